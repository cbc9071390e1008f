//! A unit with the code it stands in: what it continues is read with it, never changed.

use analyzers::finding::{Finding, Status, weighted_count};
use analyzers::lang::Language;
use analyzers::program::{Limits, Program};
use analyzers::scan::{Analysis, analyse};
use analyzers::syntax::{Kind, Span};
use similar::{DiffOp, TextDiff};
use tokio::time::Instant;

use super::{Job, Level, indent, message};
use crate::external::{External, Failure};
use crate::hold::{self, Holder, Step};
use crate::unit::{Carrier, Unit};

/// The code before a unit that is analysed together with it.
#[derive(Debug, Clone)]
pub(super) struct Scope {
    language: Language,
    /// Code that the unit continues, and the indentation its first line lost; empty for a unit that stands alone.
    lead: String,
    /// Whether code is read and written with the unit's own indentation.
    indented: bool,
    limits: Limits,
}

/// A unit's code, read in its scope.
#[derive(Debug)]
pub(super) struct Reading {
    /// The whole program, what the unit continues included.
    pub(super) program: Program,
    /// Everything that the builtin found in it.
    pub(super) analysis: Analysis,
    /// What was found in the unit, by other analyzers too, with spans in the unit's code.
    pub(super) own: Analysis,
    /// k of the unit.
    pub(super) k: f32,
    /// Bytes of the program before the unit.
    from: usize,
}

impl Reading {
    /// The unit's findings at or above a level.
    pub(super) fn at(&self, level: Level) -> Vec<&Finding> {
        self.own.issues().filter(|finding| level.reached(finding)).collect()
    }

    /// Adds what other analyzers find in it; tells which had nothing to say.
    pub(super) async fn consult(&mut self, external: &External, deadline: Instant) -> Vec<(&'static str, Failure)> {
        let opinion = external.opinion(&self.program, &self.analysis.findings, deadline).await;
        let own = opinion.findings.iter().filter_map(|finding| moved(finding, self.from));
        self.own.findings.extend(own);
        self.k = weighted_count(&self.own.findings);
        opinion.failed
    }

    /// Whether another analyzer found something that the builtin does not judge.
    pub(super) fn is_judged_elsewhere(&self) -> bool {
        let builtin = |finding: &Finding| self.analysis.findings.iter().any(|known| known.rule == finding.rule);
        self.own.issues().any(|finding| !builtin(finding))
    }

    /// Whether all of it was read.
    pub(super) fn whole(&self) -> bool {
        self.own.status == Status::Scanned
    }
}

/// Longest code before a unit that is read with it.
const LEAD_BYTES: usize = 256 << 10;

impl Scope {
    /// The scope of a job's unit.
    pub(super) fn of(job: &Job<'_>, language: Language, limits: Limits) -> Self {
        let lead = continued(job, language).map(|lead| (lead, true)).or_else(|| Some((earlier(job, language)?, false)));
        let (lead, indented) = lead.filter(|(lead, _)| lead.len() <= LEAD_BYTES).unwrap_or_default();
        Self { language, lead, indented, limits }
    }

    /// Whether the unit is read by itself.
    pub(super) fn is_alone(&self) -> bool {
        self.lead.is_empty()
    }

    /// Length of the code that is read before the unit.
    pub(super) fn lead_bytes(&self) -> usize {
        self.lead.len()
    }

    /// The same scope without the code before the unit, for code that repeats it.
    pub(super) fn alone(&self) -> Self {
        Self { lead: String::new(), indented: false, ..self.clone() }
    }

    /// The same scope for code of another language, which what leads it says nothing about.
    pub(super) fn in_language(&self, language: Language) -> Self {
        if language == self.language { self.clone() } else { Self { language, ..self.alone() } }
    }

    /// Whether `code` repeats what this scope leads with, so that it stands alone.
    pub(super) fn is_repeated_by(&self, code: &str) -> bool {
        self.lead.is_empty() || last_definition(&self.lead).is_some_and(|name| definitions(code).contains(&name))
    }

    /// The unit's code in the form in which it is read.
    pub(super) fn code(&self, unit: &Unit) -> String {
        if self.indented { unit.encode(&unit.text) } else { unit.text.clone() }
    }

    /// `code` in the form in which it takes the unit's place.
    pub(super) fn encode(&self, unit: &Unit, code: &str) -> String {
        if self.indented { code.to_owned() } else { unit.encode(code) }
    }

    /// Whether `after` leaves the code that `before` continues as it was: a function that was open keeps its body.
    pub(super) fn is_kept(&self, before: (&str, &Reading), after: (&str, &Reading)) -> bool {
        let first = |code: &str| code.lines().map(str::trim).find(|line| !line.is_empty()).map(str::to_owned);
        if self.language == Language::Python {
            let readable = |code: &str| indent::is_readable(&[&self.lead, code].concat());
            // Code that continues what is not known: nothing may come before it.
            if !readable(before.0) && first(before.0) != first(after.0) || readable(before.0) && !readable(after.0) {
                return false;
            }
        }
        let from = self.lead.len();
        let open = |reading: &Reading| -> Vec<(u32, usize)> {
            let tree = &reading.program.tree;
            let returns = |node| tree.subtree(node).filter(|&below| tree.kind(below) == Kind::Return).count();
            let is_open = |span: Span| (span.start as usize) < from && span.end as usize > from;
            tree.ids()
                .filter(|&node| tree.kind(node) == Kind::Function && is_open(tree.span(node)))
                .map(|node| (tree.span(node).start, returns(node)))
                .collect()
        };
        let kept = open(after.1);
        open(before.1)
            .iter()
            .all(|(start, returns)| kept.iter().any(|(other, count)| other == start && count >= returns))
    }

    /// Reads code in this scope.
    pub(super) fn read(&self, code: &str) -> Reading {
        let program = Program::parse(self.language, [&self.lead, code].concat(), &self.limits);
        let analysis = analyse(&program);
        self.reading(program, analysis)
    }

    /// The reading of a program that is known already, what this scope leads with included.
    pub(super) fn reading(&self, program: Program, analysis: Analysis) -> Reading {
        let from = self.lead.len();
        let own = Analysis {
            findings: analysis.findings.iter().filter_map(|finding| moved(finding, from)).collect(),
            suppressions: analysis
                .suppressions
                .iter()
                .filter(|found| found.span.start as usize >= from)
                .cloned()
                .collect(),
            ..analysis.clone()
        };
        let k = weighted_count(&own.findings);
        Reading { program, analysis, own, k, from }
    }

    /// The unit's code out of a rewritten whole program: what changed before the unit is left out, statements and
    /// helpers that the changes need are put where the unit can have them.
    pub(super) fn code_of(&self, before: &str, after: &str, headers: &[String]) -> String {
        if self.lead.is_empty() {
            return after.to_owned();
        }
        let fixed = self.lead.matches('\n').count();
        let lines: Vec<&str> = after.split_inclusive('\n').collect();
        let mut code = String::new();
        for op in TextDiff::from_lines(before, after).ops() {
            let (old, new) = (op.old_range(), op.new_range());
            let taken = match op {
                DiffOp::Equal { .. } => new.start + fixed.saturating_sub(old.start).min(new.len())..new.end,
                _ if old.end > fixed || (old.is_empty() && old.start >= fixed) => new,
                _ => continue,
            };
            code.extend(lines.get(taken).into_iter().flatten().copied());
        }
        let pad = &self.lead[self.lead.rfind('\n').map_or(0, |at| at + 1)..];
        let code = code.strip_prefix(pad).unwrap_or(&code);
        with_headers(code, pad, headers)
    }
}

/// A finding with its spans in the unit's code; `None` for one before the unit.
fn moved(finding: &Finding, from: usize) -> Option<Finding> {
    let shift =
        |span: Span| Span::new((span.start as usize).saturating_sub(from), (span.end as usize).saturating_sub(from));
    if from == 0 {
        return Some(finding.clone());
    }
    ((finding.span.end as usize) > from).then(|| {
        let mut finding = Finding { span: shift(finding.span), ..finding.clone() };
        finding.trace.retain(|step| step.span.end as usize > from);
        finding.trace.iter_mut().for_each(|step| step.span = shift(step.span));
        finding
    })
}

/// The code in the last user message that a bare answer continues, with the indentation that the answer's first line lost.
fn continued(job: &Job<'_>, language: Language) -> Option<String> {
    if job.unit.carrier != Carrier::Bare || !job.answer.trim().is_empty() {
        return None;
    }
    let asked = message::last_user_text(job.messages);
    let code = last_code(&asked, language)?;
    if definitions(&job.unit.text).iter().any(|name| definitions(&code).contains(name)) {
        return None;
    }
    let raw = job.unit.encode(&job.unit.text);
    let pad = indent::lost(&code, &raw);
    Some(format!("{}\n{pad}", code.trim_end()))
}

/// The code that a text ends with.
fn last_code(text: &str, language: Language) -> Option<String> {
    let mut holder = Holder::new(hold::Limits { unit_bytes: LEAD_BYTES, ..hold::Limits::default() });
    holder.push(text);
    holder.finish();
    let mut last = None;
    while let Some(step) = holder.next() {
        if let Step::Unit(unit) = step {
            last = Some(unit);
        }
    }
    let unit = last.filter(|unit| unit.language == Some(language) && !unit.truncated)?;
    let rest = text.get(unit.span.end..)?.trim_matches(['`', '~', '\n', '\r', ' ']);
    rest.is_empty().then_some(unit.text)
}

/// Code released before, for a unit that is no program by itself.
fn earlier(job: &Job<'_>, language: Language) -> Option<String> {
    let imports = |line: &str| {
        ["import ", "from ", "const ", "package "].iter().any(|start| line.trim_start().starts_with(start))
    };
    if job.unit.carrier == Carrier::ToolArgument || job.unit.text.lines().any(imports) {
        return None;
    }
    let known = definitions(&job.unit.text);
    let mut lead = String::new();
    for code in job.released.iter().filter(|code| {
        hold::read_language(code).is_some_and(|read| read == language || read.is_script() && language.is_script())
    }) {
        if definitions(code).iter().any(|name| known.contains(name)) {
            return None;
        }
        lead.push_str(code.trim_end());
        lead.push('\n');
    }
    (!lead.is_empty()).then_some(lead)
}

/// Names of functions and classes that code defines, in order.
fn definitions(code: &str) -> Vec<&str> {
    code.lines().filter_map(defined).collect()
}

/// The name that a line defines.
fn defined(line: &str) -> Option<&str> {
    const STARTS: [&str; 6] = ["async def ", "def ", "class ", "async function ", "function ", "public class "];
    let line = line.trim_start();
    let rest = STARTS.iter().find_map(|start| line.strip_prefix(start))?;
    let end = rest.find(|character: char| !character.is_alphanumeric() && character != '_').unwrap_or(rest.len());
    (end > 0).then(|| &rest[..end])
}

fn last_definition(code: &str) -> Option<&str> {
    definitions(code).last().copied()
}

/// `code` with what it needs: at its start, and again before the first statement of the module that uses it.
fn with_headers(code: &str, pad: &str, headers: &[String]) -> String {
    let mut code = code.to_owned();
    for header in headers.iter().rev() {
        let Some(name) = bound_name(header).filter(|name| uses(&code, name)) else { continue };
        let indent = if pad.is_empty() { leading(&code) } else { pad.to_owned() };
        let top = if indent.is_empty() { 0 } else { module_start(&code).unwrap_or(code.len()) };
        if !indent.is_empty() && !definitions(header).is_empty() {
            // A helper stands beside the function that the code continues: it is called when the module is complete.
            let before = code[..top].trim_end_matches('\n').len();
            let rest = code[top..].trim_start_matches('\n').to_owned();
            code.truncate(before);
            code.extend(["\n\n\n", header.trim(), "\n"]);
            code.extend((!rest.is_empty()).then(|| format!("\n\n{rest}")));
            continue;
        }
        if !indent.is_empty()
            && let Some(at) = chunk_using(&code, top, name)
        {
            code.insert_str(at, &format!("{}\n", header.trim_end()));
        }
        if indent.is_empty() || uses(&code[..top.min(code.len())], name) {
            let lines: String = header
                .trim_end()
                .lines()
                .map(|line| if line.is_empty() { "\n".to_owned() } else { format!("{indent}{line}\n") })
                .collect();
            // The first line of the code has lost its indentation: the header's first line takes its place.
            code = if pad.is_empty() { lines + &code } else { lines[pad.len()..].to_owned() + pad + &code };
        }
    }
    code
}

/// Indentation of the first line that is not blank.
fn leading(code: &str) -> String {
    let line = code.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    line[..line.len() - line.trim_start_matches([' ', '\t']).len()].to_owned()
}

/// Where the first line after the first starts that stands at the margin.
fn module_start(code: &str) -> Option<usize> {
    line_starts(code).skip(1).find(|&at| at_margin(&code[at..]))
}

fn line_starts(code: &str) -> impl Iterator<Item = usize> {
    std::iter::once(0).chain(code.match_indices('\n').map(|(at, _)| at + 1))
}

fn at_margin(rest: &str) -> bool {
    rest.starts_with(|first: char| !first.is_whitespace() && !")]}".contains(first))
}

/// Start of the first statement at the margin, decorators included, from `top` on, that uses `name`.
fn chunk_using(code: &str, top: usize, name: &str) -> Option<usize> {
    let rest = code.get(top..)?;
    let mut chunks: Vec<usize> = Vec::new();
    let mut decorated = false;
    for at in line_starts(rest).filter(|&at| at_margin(&rest[at..])) {
        if !decorated {
            chunks.push(at);
        }
        decorated = rest[at..].starts_with('@');
    }
    let end = |index: usize| chunks.get(index + 1).copied().unwrap_or(rest.len());
    (0..chunks.len()).find(|&index| uses(&rest[chunks[index]..end(index)], name)).map(|index| top + chunks[index])
}

/// Whether `name` occurs as a word.
fn uses(code: &str, name: &str) -> bool {
    let word = |character: char| character.is_alphanumeric() || character == '_';
    code.match_indices(name).any(|(at, _)| !code[..at].ends_with(word) && !code[at + name.len()..].starts_with(word))
}

/// The name that an import or a definition binds.
fn bound_name(header: &str) -> Option<&str> {
    let line = header.trim_start().lines().next()?.trim_end();
    if let Some(name) = definitions(line).first() {
        return Some(name);
    }
    if let Some((_, alias)) = line.rsplit_once(" as ") {
        return Some(alias.trim_end_matches(';'));
    }
    if let Some((_, names)) = line.split_once(" import ").filter(|_| line.starts_with("from ")) {
        return Some(names.split(',').next().unwrap_or(names).trim());
    }
    let rest = ["import ", "const ", "let ", "var "].iter().find_map(|start| line.strip_prefix(start))?;
    let rest = rest.trim_start_matches(['{', ' ']);
    let end = rest.find(|character: char| !character.is_alphanumeric() && character != '_').unwrap_or(rest.len());
    (end > 0).then(|| &rest[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn headed(code: &str, pad: &str, header: &str, expected: &str) {
        assert_eq!(with_headers(code, pad, &[header.to_owned()]), expected);
    }

    #[test]
    fn what_a_rewrite_needs_is_put_where_the_unit_can_have_it() {
        headed("    html.escape(x)\n", "", "import html", "    import html\n    html.escape(x)\n");
        headed(
            "html.escape(x)\n    return 1\n",
            "    ",
            "import html",
            "import html\n    html.escape(x)\n    return 1\n",
        );
        headed("html.escape(x)\n", "", "import html", "import html\nhtml.escape(x)\n");
        headed("    return 1\n", "", "import html", "    return 1\n");
        headed(
            "    return 1\n\n@app.route('/')\ndef g():\n    return html.escape(x)\n",
            "",
            "import html",
            "    return 1\n\nimport html\n@app.route('/')\ndef g():\n    return html.escape(x)\n",
        );
        headed(
            "    return safe(x)\n\nif main:\n    run()\n",
            "",
            "def safe(x):\n    return x\n",
            "    return safe(x)\n\n\ndef safe(x):\n    return x\n\n\nif main:\n    run()\n",
        );
        headed(
            "    return safe(x)",
            "",
            "def safe(x):\n    return x\n",
            "    return safe(x)\n\n\ndef safe(x):\n    return x\n",
        );
    }

    #[test]
    fn names_that_headers_bind() {
        let check = |header: &str, name: Option<&str>| assert_eq!(bound_name(header), name, "{header}");
        check("import os", Some("os"));
        check("import os.path as path", Some("path"));
        check("from html import escape as escape_html", Some("escape_html"));
        check("from html import escape", Some("escape"));
        check("const path = require('path');", Some("path"));
        check("const { execFile } = require('child_process');", Some("execFile"));
        check("def helper(x):\n    return x", Some("helper"));
        check("", None);
    }
}
