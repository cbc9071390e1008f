//! `--explain RULE` and `--rules`: what the rules look for, derived from the rules.

use std::io::{BufWriter, Write};
use std::process::ExitCode;

use analyzers::rule::Example;
use serde_json::{Value, json};

use super::super::output;
use super::super::style::{Colour, Style};
use super::{Format, for_eyes};
use crate::reference::{self, Entry};

/// Explains one rule, or lists all.
pub(super) fn run(id: Option<&str>, format: Format) -> ExitCode {
    if format == Format::Sarif {
        output::problem("--rules and --explain print text, json or markdown");
        return ExitCode::from(2);
    }
    let mut out = BufWriter::new(std::io::stdout().lock());
    let printed = match id.map(reference::find) {
        None => print_all(&mut out, format),
        Some(Ok(rule)) => print_one(&mut out, &Entry::of(rule), format),
        Some(Err(nearest)) => {
            output::problem(&format!("there is no such rule; did you mean {nearest}? --rules lists them"));
            return ExitCode::from(2);
        }
    };
    ExitCode::from(if output::lost(printed.and_then(|()| out.flush())) { 2 } else { 0 })
}

fn print_all(out: &mut impl Write, format: Format) -> std::io::Result<()> {
    let entries = reference::entries();
    match format {
        Format::Json => {
            serde_json::to_writer_pretty(&mut *out, &entries.iter().map(document).collect::<Vec<_>>())?;
            writeln!(out)
        }
        Format::Markdown => out.write_all(reference::markdown().as_bytes()),
        Format::Text | Format::Sarif => {
            let style = Style::new(for_eyes());
            let widest = entries.iter().map(|entry| entry.rule.id.len()).max().unwrap_or(0);
            for entry in entries {
                let id = style.paint(Colour::Bold, &format!("{:widest$}", entry.rule.id));
                let cwes = entry.rule.cwe.iter().map(|cwe| format!("CWE-{cwe}")).collect::<Vec<_>>().join(", ");
                let (severity, languages) = (entry.severity_text(), entry.languages.join(", "));
                writeln!(out, "{id}  {}\n{:widest$}  {cwes}; {severity}; {languages}", entry.rule.summary, "")?;
            }
            Ok(())
        }
    }
}

fn print_one(out: &mut impl Write, entry: &Entry, format: Format) -> std::io::Result<()> {
    let rule = entry.rule;
    match format {
        Format::Json => {
            serde_json::to_writer_pretty(&mut *out, &document(entry))?;
            writeln!(out)
        }
        Format::Markdown => {
            write!(out, "# {}\n\n", rule.id)?;
            write!(out, "Severity {}; {}.\n\n", entry.severity_text(), entry.languages.join(", "))?;
            out.write_all(reference::markdown_body(rule, &entry.cwes).as_bytes())
        }
        Format::Text | Format::Sarif => {
            let style = Style::new(for_eyes());
            writeln!(out, "{}\n{}\n", style.paint(Colour::Bold, rule.id), rule.summary)?;
            let cwes: Vec<String> = entry.cwes.iter().map(|cwe| format!("CWE-{cwe}")).collect();
            let facts = [
                ("instead", rule.advice.to_owned()),
                ("weakness", cwes.join(", ")),
                ("severity", entry.severity_text()),
                ("languages", entry.languages.join(", ")),
            ];
            for (name, value) in facts {
                writeln!(out, "{}  {value}", style.paint(Colour::Grey, &format!("{name:>9}")))?;
            }
            print_examples(out, style, "Reported", Colour::Red, rule.bad)?;
            print_examples(out, style, "Not reported", Colour::Green, rule.good)
        }
    }
}

fn print_examples(
    out: &mut impl Write,
    style: Style,
    title: &str,
    colour: Colour,
    examples: &'static [Example],
) -> std::io::Result<()> {
    for (language, examples) in reference::by_language(examples) {
        writeln!(out, "\n{}", style.paint(colour, &format!("{title}, {language}:")))?;
        for example in examples {
            writeln!(out)?;
            for line in example.code.trim_matches('\n').lines() {
                // An example may hold characters that steer what shows it: it is about them.
                let steers = |character: char| character.is_control() && character != '\t';
                let shown: String = line.chars().flat_map(|character| escaped(character, steers(character))).collect();
                writeln!(out, "{}", format!("    {shown}").trim_end())?;
            }
        }
    }
    Ok(())
}

/// A character, or how it is written in code.
fn escaped(character: char, steers: bool) -> Vec<char> {
    let bidirectional =
        matches!(character, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    if steers || bidirectional { character.escape_unicode().collect() } else { vec![character] }
}

fn document(entry: &Entry) -> Value {
    let rule = entry.rule;
    let examples = |examples: &[Example]| -> Vec<Value> {
        let one = |example: &Example| json!({ "language": example.language.name(), "code": example.code });
        examples.iter().map(one).collect()
    };
    let severities: Vec<&str> = entry.severities.iter().map(|severity| severity.name()).collect();
    json!({
        "rule": rule.id, "cwe": entry.cwes, "severities": severities, "languages": entry.languages,
        "summary": rule.summary, "advice": rule.advice, "bad": examples(rule.bad), "good": examples(rule.good),
    })
}
