//! The list of reports, newest first.

use maud::html;

use super::{frame, report, time};
use crate::report::Summary;

/// A page of the list; `most` is how many were asked for.
pub(super) fn page(summaries: &[Summary], most: usize) -> String {
    let older = summaries.last().filter(|_| summaries.len() >= most).map(|last| last.time_ms);
    let body = html! {
        h1 { "Reports" }
        @if summaries.is_empty() {
            p.lead { "There is none yet. A report is kept for each answer with code." }
        } @else {
            div.wide { table {
                tr { th { "Time" } th { "Verdict" } th { "Weaknesses" } th { "Model" } th { "Report" } }
                @for summary in summaries {
                    tr {
                        td { (time::moment(summary.time_ms)) }
                        td { span class={ "pill " (report::tone(summary.verdict)) } { (summary.verdict.name()) } }
                        td { (summary.found) " → " (summary.remaining) }
                        td { (summary.model) }
                        td { a href={ "/reports/" (summary.id) } { code { (summary.id.get(..8).unwrap_or(&summary.id)) "…" } } }
                    }
                }
            } }
        }
        @if let Some(before) = older { p { a href={ "/reports?before=" (before) "&limit=" (most) } { "Older ones" } } }
    };
    frame::whole("Reports", true, &body)
}
