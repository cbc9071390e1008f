//! The rule reference: one page, derived from the rules.

use std::sync::LazyLock;

use analyzers::finding::Severity;
use analyzers::rule::Example;
use maud::{Markup, html};

use super::frame;
use crate::reference::{self, Entry};

static PAGE: LazyLock<String> = LazyLock::new(make);

/// The page. The first call reads every example.
pub(super) fn page() -> &'static str {
    &PAGE
}

fn make() -> String {
    let entries = reference::entries();
    let body = html! {
        h1 { "Rules" }
        p.lead { "What the analyzer looks for, in which languages, and what to do instead. The same as Markdown: "
            code { "sallyport scan --rules --format markdown" } "." }
        div.wide { table {
            thead { tr { th { "Rule" } th { "Weakness" } th { "Severity" } th { "Languages" } th { "What is wrong" } } }
            tbody { @for entry in entries { tr {
                td { a href={ "#" (entry.rule.id) } { (entry.rule.id) } }
                td { (cwes(entry)) }
                td { (severities(entry)) }
                td { (entry.languages.join(", ")) }
                td { (entry.rule.summary) }
            } } }
        } }
        @for entry in entries { (section(entry)) }
    };
    frame::whole("Rules", true, &body)
}

fn section(entry: &Entry) -> Markup {
    let rule = entry.rule;
    html! {
        section.unit id=(rule.id) {
            header { h2 { (rule.id) } (severities(entry)) span.soft { (cwes(entry)) } span.soft { (entry.languages.join(", ")) } }
            div.body {
                p { (rule.summary) }
                p { strong { "Instead: " } (rule.advice) }
                (examples("Reported", rule.bad))
                (examples("Not reported", rule.good))
            }
        }
    }
}

fn examples(title: &str, examples: &'static [Example]) -> Markup {
    html! { @for (language, examples) in reference::by_language(examples) {
        h3 { (title) ", " (language) }
        @for example in examples { pre { code { (example.code.trim_matches('\n')) } } }
    } }
}

fn severities(entry: &Entry) -> Markup {
    html! { @for (at, severity) in entry.severities.iter().enumerate() {
        @if at > 0 { " " }
        span class={ "pill " (colour(*severity)) } { (severity.name()) }
    } }
}

const fn colour(severity: Severity) -> &'static str {
    match severity {
        Severity::High => "bad",
        Severity::Medium => "warn",
        Severity::Low => "calm",
    }
}

fn cwes(entry: &Entry) -> Markup {
    html! { @for (at, cwe) in entry.cwes.iter().enumerate() {
        @if at > 0 { ", " }
        a href=(reference::cwe_address(*cwe)) rel="noreferrer" { "CWE-" (cwe) }
    } }
}

#[cfg(test)]
mod tests {
    use super::page;

    #[test]
    fn every_rule_has_its_place_and_code_is_escaped() {
        let page = page();
        for rule in analyzers::rules::RULES {
            assert!(page.contains(&format!("id=\"{}\"", rule.id)), "{}", rule.id);
        }
        assert!(!page.contains("<script"), "examples are text");
        assert!(page.contains("&lt;"), "examples with markup are there");
    }
}
