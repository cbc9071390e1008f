//! The report as Markdown and JSON, in the papers' form. Says under each table what stood in the model's place, and prints
//! no figure that was not measured.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::judge::LEVELS;
use super::summary::{CONTROL, Judged, Summary};
use super::{Model, Row, summary};
use crate::strategy::{Asking, Reach};

/// Most weaknesses that the table of them lists.
const MOST_WEAKNESSES: usize = 15;

/// What a report is about.
#[derive(Debug)]
pub struct About<'a> {
    /// The data set, as it was named.
    pub dataset: &'a str,
    /// The flags that choose it.
    pub chosen: &'a str,
    /// What stands in the model's place.
    pub model: Model,
    /// Judges, the builtin first.
    pub judges: &'a [&'static str],
    /// What each strategy may do.
    pub reaches: &'a BTreeMap<&'static str, Reach>,
    /// What ended the run early, if anything.
    pub unfinished: Option<&'a str>,
    /// Records of the data set that were not run.
    pub unusable: usize,
    /// Plots beside the report: title and file name.
    pub plots: &'a [(String, String)],
}

impl About<'_> {
    /// The command that measures with a live model what was not.
    fn command(&self, strategy: &str) -> String {
        format!("sallyport eval {} --strategy {strategy} --upstream URL --model NAME --out DIR", self.chosen)
    }

    /// Whether the strategy asks a model at all.
    fn asks(&self, strategy: &str) -> bool {
        self.reaches.get(strategy).is_some_and(|reach| reach.asks != Asking::Never)
    }

    /// Whether the strategy would have asked, and nothing was there.
    fn lacks_model(&self, strategy: &str) -> bool {
        self.model == Model::None && self.asks(strategy)
    }
}

/// What stands in a cell that a stand-in cannot fill.
pub const NOT_MEASURED: &str = "not measured (needs a live model)";

/// The report as Markdown.
pub fn markdown(about: &About<'_>, rows: &[Row]) -> String {
    let sums = summary::by_strategy(rows);
    let mut text = format!(
        "# Evaluation: {}\n\nModel: **{}** ({}). Judges: {}. {} runs.\n",
        about.dataset,
        about.model.name(),
        about.model.shows(),
        about.judges.join(", "),
        rows.len(),
    );
    if let Some(reason) = about.unfinished {
        line(&mut text, &format!("\n**Unfinished: {reason}** The tables cover what was run."));
    }
    if about.unusable > 0 {
        line(
            &mut text,
            &format!(
                "\n{} records could not be run: no code in a known language, no prompt, or no model or recorded answer for it.",
                about.unusable
            ),
        );
    }
    text.push_str(
        "\nLevels: *all* findings; *quiet* without Bandit's B404 and B101 (imports, asserts); *actionable* without any reminder that \
         stays on correct code; *MEDIUM+* by severity. k is the papers' count: distinct weaknesses (CWE) of a program, summed. A program \
         is cleared at a level if it had findings there, has none now and still parses. No findings are no proof of security.\n",
    );
    for judge in about.judges {
        by_judge(&mut text, about, &sums, judge);
    }
    effort(&mut text, about, &sums);
    for judge in about.judges {
        weaknesses(&mut text, about, &sums, judge);
        models(&mut text, about, rows, judge);
    }
    if !about.plots.is_empty() {
        text.push_str("\n## Plots\n\n");
        for (title, file) in about.plots {
            line(&mut text, &format!("![{title}]({file})"));
        }
    }
    missing(&mut text, about, &sums);
    text
}

/// The report as JSON.
pub fn json(about: &About<'_>, rows: &[Row]) -> Value {
    let sums = summary::by_strategy(rows);
    let asked: Vec<Value> = sums
        .iter()
        .filter(|sum| about.lacks_model(&sum.strategy))
        .map(|sum| json!({ "strategy": sum.strategy, "what": "queries, tokens, cost, effect of asking", "command": about.command(&sum.strategy) }))
        .collect();
    json!({
        "dataset": about.dataset,
        "model": about.model,
        "shows": about.model.shows(),
        "judges": about.judges,
        "levels": LEVELS,
        "unfinished": about.unfinished,
        "unusable": about.unusable,
        "summaries": sums,
        "not_measured": asked,
    })
}

fn line(text: &mut String, line: &str) {
    text.push_str(line);
    text.push('\n');
}

/// A table's head.
fn head(text: &mut String, columns: &[&str]) {
    let rule: Vec<&str> = columns.iter().enumerate().map(|(at, _)| if at == 0 { "---" } else { "---:" }).collect();
    line(text, &format!("\n| {} |\n|{}|", columns.join(" | "), rule.join("|")));
}

fn share(part: u32, whole: u32) -> String {
    if whole == 0 {
        "-".to_owned()
    } else {
        format!("{part}/{whole} = {:.1} %", 100.0 * f64::from(part) / f64::from(whole))
    }
}

fn foot(text: &mut String, about: &About<'_>) {
    line(text, &format!("\n*Model: {}.*", about.model.name()));
}

/// Name of a row: strategy and, where there is one, graph.
pub(super) fn named(sum: &Summary) -> String {
    if sum.graph == "-" { sum.strategy.clone() } else { format!("{} ({})", sum.strategy, sum.graph) }
}

fn by_judge(text: &mut String, about: &About<'_>, sums: &[Summary], judge: &str) {
    let found: Vec<(&Summary, &Judged)> = sums
        .iter()
        .filter_map(|sum| Some((sum, sum.judges.get(judge)?)))
        .filter(|(_, judged)| judged.programs > 0)
        .collect();
    line(text, &format!("\n## Judged by {judge}"));
    if found.is_empty() {
        line(text, "\nIt judged no program: it is not available, or reads none of the languages.");
        return;
    }
    head(
        text,
        &[
            "strategy",
            "programs",
            "k all",
            "k quiet",
            "k actionable",
            "k MEDIUM+",
            "cleared, actionable",
            "cleared, MEDIUM+",
            "gain over resample",
            "not judged after",
        ],
    );
    for (sum, judged) in &found {
        let k: Vec<String> =
            judged.k_before.iter().zip(&judged.k_after).map(|(before, after)| format!("{before} → {after}")).collect();
        let cleared: Vec<String> =
            judged.cleared.iter().zip(&judged.with).skip(2).map(|(part, whole)| share(*part, *whole)).collect();
        let spread = judged.deviation.map(|deviation| format!(" ± {:.1}", 100.0 * deviation)).unwrap_or_default();
        let gain = match (&judged.gain, sum.strategy == CONTROL) {
            (_, true) => "control".to_owned(),
            (None, _) => "-".to_owned(),
            (Some(gain), _) if gain.is_clear() => {
                format!("{:+.1} ± {:.1} points", 100.0 * gain.mean, 100.0 * gain.margin)
            }
            (Some(_), _) => "=".to_owned(),
        };
        let (actionable, medium) =
            (cleared.first().map_or("-", String::as_str), cleared.get(1).map_or("-", String::as_str));
        line(
            text,
            &format!(
                "| {} | {} | {} | {actionable}{spread} | {medium} | {gain} | {} |",
                named(sum),
                judged.programs,
                k.join(" | "),
                judged.unjudged
            ),
        );
    }
    foot(text, about);
    line(
        text,
        "\nFindings, and what each iteration cleared and left (level actionable; a program that went on counts as it was before):",
    );
    head(
        text,
        &["strategy", "all", "quiet", "actionable", "MEDIUM+", "cleared after 1, 2, …", "findings left after 1, 2, …"],
    );
    for (sum, judged) in &found {
        let findings: Vec<String> = judged
            .findings_before
            .iter()
            .zip(&judged.findings_after)
            .map(|(before, after)| format!("{before} → {after}"))
            .collect();
        let list = |values: Vec<String>| values.join(", ");
        line(
            text,
            &format!(
                "| {} | {} | {} | {} |",
                named(sum),
                findings.join(" | "),
                list(judged.cleared_by.iter().map(u32::to_string).collect()),
                list(judged.findings_by.iter().map(u64::to_string).collect())
            ),
        );
    }
    foot(text, about);
}

fn effort(text: &mut String, about: &About<'_>, sums: &[Summary]) {
    line(text, "\n## What it takes");
    head(
        text,
        &[
            "strategy",
            "programs",
            "changed",
            "failed",
            "similarity",
            "of those changed",
            "queries",
            "tokens in + out",
            "cost, $",
            "time, ms (p95)",
            "errors",
            "not counted",
        ],
    );
    for sum in sums {
        let (queries, tokens, cost) = if about.lacks_model(&sum.strategy) {
            (NOT_MEASURED.to_owned(), NOT_MEASURED.to_owned(), NOT_MEASURED.to_owned())
        } else {
            let cost = if sum.cost_usd == 0.0 && sum.queries > 0 {
                "no price".to_owned()
            } else {
                format!("{:.4}", sum.cost_usd)
            };
            let queries = match sum.unanswered {
                0 => sum.queries.to_string(),
                lost => format!("{} ({lost} unanswered)", sum.queries),
            };
            (queries, format!("{} + {}", sum.input_tokens, sum.output_tokens), cost)
        };
        let changed = sum.similarity_changed.map_or_else(|| "-".to_owned(), |value| format!("{value:.3}"));
        line(
            text,
            &format!(
                "| {} | {} | {} | {} | {:.3} | {changed} | {queries} | {tokens} | {cost} | {:.1} ({:.1}) | {} | {} |",
                named(sum),
                sum.programs,
                share(sum.changed, sum.programs),
                sum.failed,
                sum.similarity,
                sum.time_ms,
                sum.time_ms_p95,
                sum.errors,
                sum.unparsed
            ),
        );
    }
    foot(text, about);
    line(
        text,
        "\nFailed: no longer parses; counts as not cleared. Not counted: did not parse before, or held no code. Time: analysis, rewriting, verification and calls, on this machine.",
    );
}

fn weaknesses(text: &mut String, about: &About<'_>, sums: &[Summary], judge: &str) {
    let found: Vec<(&Summary, &Judged)> = sums.iter().filter_map(|sum| Some((sum, sum.judges.get(judge)?))).collect();
    let Some((_, first)) = found.first() else { return };
    let mut order: Vec<(u16, u32)> = first.weaknesses.iter().map(|(cwe, (before, _))| (*cwe, *before)).collect();
    order.retain(|(_, before)| *before > 0);
    order.sort_by_key(|(cwe, before)| (std::cmp::Reverse(*before), *cwe));
    order.truncate(MOST_WEAKNESSES);
    if order.is_empty() {
        return;
    }
    line(
        text,
        &format!(
            "\n## Weaknesses, judged by {judge}\n\nPrograms with each weakness (level actionable) before, and after each strategy."
        ),
    );
    let names: Vec<String> = found.iter().map(|(sum, _)| named(sum)).collect();
    let columns: Vec<&str> = ["weakness", "before"].into_iter().chain(names.iter().map(String::as_str)).collect();
    head(text, &columns);
    for (cwe, before) in order {
        let after: Vec<String> = found
            .iter()
            .map(|(_, judged)| judged.weaknesses.get(&cwe).map_or(0, |(_, after)| *after).to_string())
            .collect();
        line(text, &format!("| CWE-{cwe} | {before} | {} |", after.join(" | ")));
    }
    foot(text, about);
}

fn models(text: &mut String, about: &About<'_>, rows: &[Row], judge: &str) {
    let cells = summary::by_model(rows, judge);
    let mut models: Vec<&String> = cells.iter().map(|(model, _, _)| model).collect();
    models.dedup();
    if models.len() < 2 {
        return;
    }
    line(text, &format!("\n## By model, judged by {judge}"));
    head(text, &["model", "strategy", "programs", "with findings, actionable", "cleared"]);
    for (model, strategy, judged) in &cells {
        let (with, cleared) = (judged.with.get(2).copied().unwrap_or(0), judged.cleared.get(2).copied().unwrap_or(0));
        line(
            text,
            &format!(
                "| {model} | {strategy} | {} | {} | {} |",
                judged.programs,
                share(with, judged.programs),
                share(cleared, with)
            ),
        );
    }
    foot(text, about);
}

/// What only a live model can show.
fn missing(text: &mut String, about: &About<'_>, sums: &[Summary]) {
    if about.model == Model::Live {
        return;
    }
    let mut asking: Vec<&str> = sums.iter().map(|sum| sum.strategy.as_str()).filter(|name| about.asks(name)).collect();
    asking.dedup();
    line(text, "\n## Not measured");
    head(text, &["what", "value", "command"]);
    let what = match about.model {
        Model::None => "programs cleared by asking, queries, tokens, cost",
        _ => {
            "effect of the prompts (appended and reverse form), queries until clean, tokens and cost of a model that reads them"
        }
    };
    let names = if asking.is_empty() { "promsec".to_owned() } else { asking.join(",") };
    // Writing to a String cannot fail.
    let _ = writeln!(text, "| {what} | {NOT_MEASURED} | `{}` |", about.command(&names));
}
