//! The page of one exchange: what was found, what became of it, what it cost; one file, with or without a server.

use maud::{Markup, html};

use super::{code, frame, time};
use crate::exchange::{CacheUse, CallRecord, FindingRecord, Record, UnitRecord, Verdict};

/// Where the page stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// On the gateway: it may link to the gateway's other pages.
    Served,
    /// In a file.
    File,
}

/// The page of an exchange.
pub fn page(record: &Record, place: Place) -> String {
    let body = html! {
        span class={ "pill " (tone(record.verdict)) } { (record.verdict.name()) }
        h1 { (headline(record)) }
        p.lead { (circumstances(record)) }
        (facts(record))
        (notes(record))
        @for (at, unit) in record.units.iter().enumerate() { (unit_section(unit, at + 1, record.units.len())) }
        @if !record.calls.is_empty() { h2 { "Calls to the model" } (calls(&record.calls)) }
        h2 { "Where the time went" }
        (stages(record))
        footer {
            p { "Report " code { (record.id) } @if !record.path.is_empty() { " · " code { (record.path) } } }
            @if place == Place::Served { p { a href={ "/api/reports/" (record.id) } { "The same as JSON" } } }
        }
    };
    frame::whole(&headline(record), place == Place::Served, &body)
}

/// The colour of a verdict.
pub(super) const fn tone(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Clean | Verdict::Secured => "good",
        Verdict::NotCode => "calm",
        Verdict::Observed | Verdict::Unscanned => "warn",
        Verdict::Residual | Verdict::Blocked => "bad",
    }
}

fn headline(record: &Record) -> String {
    let (before, after) = record.counts();
    let fixed = before.saturating_sub(after);
    let count = |number: usize| if number == 1 { "1 weakness".to_owned() } else { format!("{number} weaknesses") };
    match record.verdict {
        Verdict::NotCode => "An answer without code".to_owned(),
        Verdict::Clean => "No weakness was found".to_owned(),
        Verdict::Observed => format!("{} found and left as they are", count(before)),
        Verdict::Secured => format!("{} found and fixed", count(fixed)),
        Verdict::Unscanned if before == 0 => "Some of the code could not be scanned".to_owned(),
        Verdict::Unscanned => format!("{} found, and some code could not be scanned", count(before)),
        Verdict::Residual if fixed == 0 => format!("{} found and not fixed", count(after)),
        Verdict::Residual => format!("{} fixed, {after} left", count(fixed)),
        Verdict::Blocked => format!("Withheld: {} left", count(after)),
    }
}

fn circumstances(record: &Record) -> Markup {
    html! {
        (time::moment(record.time_ms))
        @if !record.model.is_empty() { " · model " code { (record.model) } }
        " · " (if record.streamed { "streamed" } else { "in one piece" })
        " · policy " code { (record.policy) }
        @if !record.mode.is_empty() { " · mode " code { (record.mode) } }
        @if !record.strategy.is_empty() { " · strategy " code { (record.strategy) } }
        @if record.cancelled { " · the client left before the end" }
    }
}

fn facts(record: &Record) -> Markup {
    let (before, after) = record.counts();
    let sum = |field: fn(&CallRecord) -> u64| record.calls.iter().map(field).sum::<u64>();
    let (input, output) = (sum(|call| call.input_tokens), sum(|call| call.output_tokens));
    let extra = record.calls.iter().filter(|call| call.purpose != "first").count();
    let stages = &record.stages;
    let added = stages.ask_us + stages.analyse_us + stages.rewrite_us + stages.verify_us;
    html! {
        dl.facts {
            (fact("Weaknesses", &format!("{before} → {after}"), "before → after"))
            (fact("Units of code", &record.units.len().to_string(), ""))
            (fact("Calls to the model", &record.calls.len().to_string(), &format!("{extra} of them extra")))
            (fact("Tokens", &time::grouped(input + output), &format!("{} in, {} out", time::grouped(input), time::grouped(output))))
            (fact("Cost", &time::dollars(sum(|call| call.cost_micros)), ""))
            (fact("Added time", &time::span(added), &format!("of {} in all", time::span(stages.total_us))))
            @if record.cache != CacheUse::Off { (fact("Prompt cache", record.cache.name(), cache_note(record.cache))) }
        }
    }
}

const fn cache_note(cache: CacheUse) -> &'static str {
    match cache {
        CacheUse::Hit => "requirements were added up front",
        CacheUse::Miss => "nothing known for this intent",
        CacheUse::Off => "",
    }
}

fn fact(name: &str, value: &str, note: &str) -> Markup {
    html! { div { dt { (name) } dd { (value) @if !note.is_empty() { small { (note) } } } } }
}

/// What a reader must know beside the units.
fn notes(record: &Record) -> Markup {
    html! {
        (noted("To be configured", "The released code reads these environment variables:", &record.variables))
        (noted("Not scanned", "These parts of the answer were passed on unread:", &record.unscanned))
        (noted("Mentioned in prose", "The text around the code still names what an edit removed:", &record.prose_mentions))
        (noted("Added up front", "Requirements from earlier answers to this intent:", &record.added_requirements))
    }
}

fn noted(title: &str, lead: &str, items: &[String]) -> Markup {
    html! {
        @if !items.is_empty() {
            h2 { (title) }
            p { (lead) }
            ul.plain { @for item in items { li { code { (item) } } } }
        }
    }
}

fn unit_section(unit: &UnitRecord, number: usize, of: usize) -> Markup {
    let anchor = format!("u{number}");
    let fates = fates(unit);
    html! {
        section.unit {
            header {
                h2 { "Unit " (number) @if of > 1 { " of " (of) } }
                span class={ "pill " (tone(unit.verdict)) } { (unit.verdict.name()) }
                span.soft { (described(unit)) }
            }
            div.body {
                @if !fates.is_empty() {
                    h3 { "Findings" }
                    ul.findings { @for (finding, fate) in &fates { (finding_item(finding, *fate, &anchor, unit)) } }
                }
                @if !unit.edits.is_empty() {
                    h3 { "Edits" }
                    ul.plain {
                        @for edit in &unit.edits {
                            li { (edit.summary) " " code { (edit.kind) } @for cwe in &edit.cwe { " " (cwe_link(*cwe)) } }
                        }
                    }
                }
                @if !unit.suppressions.is_empty() {
                    p { "Comments that ask analyzers to look away, not obeyed: "
                        @for (at, marker) in unit.suppressions.iter().enumerate() { @if at > 0 { ", " } code { (marker) } } }
                }
                (unit_code(unit, &anchor))
            }
        }
    }
}

fn described(unit: &UnitRecord) -> String {
    let mut parts = vec![unit.language.clone(), unit.carrier.replace('-', " ")];
    if unit.choice > 0 {
        parts.push(format!("choice {}", unit.choice + 1));
    }
    if !unit.standing.is_empty() && unit.standing != "proposed" {
        parts.push(unit.standing.clone());
    }
    if !unit.status.is_empty() && unit.status != "scanned" {
        parts.push(format!("{} scan", unit.status));
    }
    if unit.after.is_some() {
        parts.push(format!("{:.0} % similar to the original", f64::from(unit.similarity) * 100.0));
    }
    parts.retain(|part| !part.is_empty());
    parts.join(" · ")
}

fn unit_code(unit: &UnitRecord, anchor: &str) -> Markup {
    match (&unit.before, &unit.after) {
        (Some(before), Some(after)) if before != after => html! {
            h3 { "Code" }
            (code::compared((before, &unit.found), (after, &unit.remaining), &unit.language, anchor))
        },
        (Some(before), _) => html! {
            h3 { "Code" }
            (code::plain(before, &unit.language, &unit.found, anchor))
        },
        (None, _) => html! { p.soft { "The code of this unit is not kept." } },
    }
}

/// What became of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Fixed,
    Left,
    /// It came with the released code.
    New,
    /// A pattern only; not counted.
    Audit,
}

/// Findings of the unit with what became of them: a finding is left if one of the same rule and words is left.
fn fates(unit: &UnitRecord) -> Vec<(&FindingRecord, Fate)> {
    let changed = unit.after.is_some() || unit.found.len() != unit.remaining.len();
    let mut left: Vec<&FindingRecord> = unit.remaining.iter().collect();
    let mut fates = Vec::with_capacity(unit.found.len());
    for finding in &unit.found {
        let same = |other: &&FindingRecord| other.rule == finding.rule && other.message == finding.message;
        let still = if changed { left.iter().position(same).map(|at| left.remove(at)).is_some() } else { true };
        let fate = match (finding.class.as_str(), still) {
            ("audit", _) => Fate::Audit,
            (_, true) => Fate::Left,
            (_, false) => Fate::Fixed,
        };
        fates.push((finding, fate));
    }
    if changed {
        fates.extend(left.into_iter().filter(|finding| finding.class != "audit").map(|finding| (finding, Fate::New)));
    }
    fates.sort_by_key(|(_, fate)| *fate == Fate::Audit);
    fates
}

fn finding_item(finding: &FindingRecord, fate: Fate, anchor: &str, unit: &UnitRecord) -> Markup {
    let (class, pill, word) = match fate {
        Fate::Fixed => ("is-fixed", "good", "fixed"),
        Fate::Left => ("is-left", "bad", "left"),
        Fate::New => ("is-left", "bad", "left, in the new code"),
        Fate::Audit => ("is-audit", "calm", "note"),
    };
    let side = if fate == Fate::New { "a" } else { "b" };
    html! {
        li class=(class) {
            div.head {
                span class={ "pill " (pill) } { (word) }
                strong { @for (at, cwe) in finding.cwe.iter().enumerate() { @if at > 0 { ", " } (cwe_link(*cwe)) } }
                code { (finding.rule) }
                span.soft { (finding.severity) " severity, " (finding.confidence) " confidence" }
                span.where { (place(finding, &format!("#{anchor}{side}"), unit.before.is_some())) }
            }
            p { (finding.message) }
            @if !finding.advice.is_empty() { p.soft { (finding.advice) } }
            @if !finding.trace.is_empty() {
                ol.trace { @for step in &finding.trace { li { "line " (step.at.line) ": " (step.note) } } }
            }
        }
    }
}

fn place(finding: &FindingRecord, anchor: &str, linked: bool) -> Markup {
    let text = format!("line {}, column {}", finding.start.line, finding.start.column);
    html! { @if linked { a href={ (anchor) (finding.start.line) } { (text) } } @else { (text) } }
}

fn cwe_link(cwe: u16) -> Markup {
    html! { a href=(crate::reference::cwe_address(cwe)) rel="noreferrer" { "CWE-" (cwe) } }
}

fn calls(calls: &[CallRecord]) -> Markup {
    html! {
        div.wide { table {
            tr { th { "Purpose" } th { "Requirements" } th.r { "In" } th.r { "Out" } th.r { "Cost" } th.r { "Time" } }
            @for call in calls {
                tr {
                    td { (purpose(&call.purpose)) @if let Some(error) = &call.error { br; span.pill.bad { (error) } } }
                    td { @if call.requirements.is_empty() { span.soft { "–" } }
                        @for requirement in &call.requirements { code { (requirement) } " " } }
                    td.r { (time::grouped(call.input_tokens)) }
                    td.r { (time::grouped(call.output_tokens)) }
                    td.r { (time::dollars(call.cost_micros)) }
                    td.r { (time::millis(call.elapsed_ms)) }
                }
            }
        } }
    }
}

fn purpose(name: &str) -> &str {
    match name {
        "first" => "the client's own call",
        "again" => "again, with requirements",
        "block" => "only the corrected block",
        "describe" => "describe the rewritten code",
        "find" => "find weaknesses in the code",
        "generate" => "the request, to the security-tuned model",
        other => other,
    }
}

fn stages(record: &Record) -> Markup {
    let stages = &record.stages;
    let known = [
        ("Waiting for the model's own answer", stages.upstream_us),
        ("Extra calls to the model", stages.ask_us),
        ("Parsing and scanning", stages.analyse_us),
        ("Graph, model and edits", stages.rewrite_us),
        ("Verification", stages.verify_us),
    ];
    let longest = known.iter().map(|(_, micros)| *micros).max().unwrap_or_default().max(1);
    html! {
        div.wide { table {
            @for (name, micros) in known {
                tr { td { (name) } td.r { (time::span(micros)) } td { (bar(micros, longest)) } }
            }
            tr { td { "From the first byte of the request to the last of the answer" } td.r { (time::span(stages.total_us)) } td {} }
            tr { td { "Code held back" } td.r { (time::span(stages.hold_us)) } td {} }
        } }
    }
}

fn bar(micros: u64, longest: u64) -> Markup {
    let width = format!("{:.1}", micros as f64 / longest as f64 * 100.0);
    html! {
        svg.bar viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true" { rect width=(width) height="4" {} }
    }
}

#[cfg(test)]
pub(super) mod tests;
