//! Applies a set of edits to a text: replacements, imports and helpers; never an edit that overlaps another.

use crate::edit::place::{Place, end_of_line, line_ending};
use crate::edit::{Edit, TextEdit, place};
use crate::program::Program;
use crate::syntax::{NodeId, Span};

/// The outcome of [`apply`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// The new text.
    pub text: String,
    /// Index into the given edits of each edit that took part, in their order.
    pub used: Vec<usize>,
    /// Bytes of the original that were replaced, sorted (empty spans are insertions).
    pub replaced: Vec<Span>,
    /// Bytes of the new text that the edits put there, sorted; all else is the original's.
    pub inserted: Vec<Span>,
}

/// Applies `edits` in the order given. An edit that shares a conflict group or a byte with an earlier one is left out.
pub fn apply(program: &Program, edits: &[&Edit]) -> Applied {
    let mut chosen: Vec<TextEdit> = Vec::new();
    let mut used = Vec::new();
    let mut groups = Vec::new();
    for (index, edit) in edits.iter().enumerate() {
        if groups.contains(&edit.group) || !fits(&program.text, &chosen, &edit.texts) {
            continue;
        }
        groups.push(edit.group);
        used.push(index);
        for text in &edit.texts {
            if !chosen.contains(text) {
                chosen.push(text.clone());
            }
        }
    }
    let newline = line_ending(&program.text);
    let mut imports: Vec<&str> = Vec::new();
    let mut helpers: Vec<Helper<'_>> = Vec::new();
    for &index in &used {
        let edit = edits[index];
        for import in &edit.imports {
            if !imports.contains(&import.as_str()) && !place::has_import(program, import) {
                imports.push(import);
            }
        }
        if let Some((name, source)) = &edit.helper {
            let class = place::class_around(program, edit.node);
            let known = helpers.iter().any(|known| known.name == *name && known.class == class);
            if !known && !place::has_function(program, name, class) {
                helpers.push(Helper { name, source, class });
            }
        }
    }
    chosen.sort_by_key(|text| (text.span.start, text.span.end));
    let unused = place::unused_imports(program, &chosen);
    chosen.extend(unused);
    chosen.sort_by_key(|text| (text.span.start, text.span.end));
    insert_headers(program, &imports, &helpers, newline, &mut chosen);
    build(&program.text, used, &chosen)
}

/// A helper that is added: for Java to the outermost class that needs it.
struct Helper<'e> {
    name: &'e str,
    source: &'e str,
    class: Option<NodeId>,
}

/// Whether `texts` can be added to `chosen`: on character borders, in order, overlapping nothing (the same text twice is one).
fn fits(source: &str, chosen: &[TextEdit], texts: &[TextEdit]) -> bool {
    let sound = texts.iter().all(|text| source.get(text.span.range()).is_some())
        && texts.windows(2).all(|pair| pair[0].span.end <= pair[1].span.start);
    sound
        && texts.iter().all(|text| {
            chosen.iter().all(|other| {
                let insertion_inside = |point: Span, span: Span| {
                    point.start == point.end && span.start < point.start && point.start < span.end
                };
                other == text
                    || !(other.span.overlaps(text.span)
                        || insertion_inside(other.span, text.span)
                        || insertion_inside(text.span, other.span))
            })
        })
}

fn insert_headers(
    program: &Program,
    imports: &[&str],
    helpers: &[Helper<'_>],
    newline: &str,
    chosen: &mut Vec<TextEdit>,
) {
    if imports.is_empty() && helpers.is_empty() {
        return;
    }
    let place = Place::of(program);
    let mut sorted: Vec<(usize, String)> =
        imports.iter().filter_map(|import| place::in_import_list(program, import)).collect();
    sorted.sort();
    let imports: &[&str] = if sorted.is_empty() { imports } else { &[] };
    for (at, line) in sorted {
        insert(program, at, format!("{line}{newline}"), newline, chosen);
    }
    if !imports.is_empty() {
        let mut text = String::new();
        if place.after_package(program) {
            text.push_str(newline);
        }
        for import in imports {
            text.push_str(&place.indent);
            text.push_str(import);
            text.push_str(newline);
        }
        if place.needs_blank && (helpers.is_empty() || place.helpers != place.imports) {
            text.push_str(newline);
        }
        insert(program, place.imports, text, newline, chosen);
    }
    for (at, helper) in helpers.iter().enumerate() {
        let place = place.clone().in_class(program, helper.class);
        let at = helpers.get(..at).unwrap_or_default().iter().filter(|above| above.class == helper.class).count();
        let mut text = String::new();
        let lead = place.helper_lead(newline, !imports.is_empty() || at > 0);
        // The helper above has left its own blank lines.
        let left = if at > 0 { place.helper_trail(program, newline).len() } else { 0 };
        text.push_str(lead.get(left..).unwrap_or_default());
        for line in helper.source.lines() {
            if !line.is_empty() {
                text.push_str(&place.helper_indent);
                text.push_str(line);
            }
            text.push_str(newline);
        }
        text.push_str(place.helper_trail(program, newline).as_str());
        insert(program, place.helpers, text, newline, chosen);
    }
}

/// Inserts at `at`, after other insertions there; starts a new line where the text before lacks its end.
fn insert(program: &Program, at: usize, mut text: String, newline: &str, chosen: &mut Vec<TextEdit>) {
    if at > 0 && !program.text[..at].ends_with('\n') {
        let already = chosen.iter().any(|edit| edit.span.start as usize == at && edit.span.end as usize == at);
        if !already {
            text.insert_str(0, newline);
        }
    }
    let spot = chosen.partition_point(|edit| (edit.span.start as usize, edit.span.end as usize) <= (at, at));
    chosen.insert(spot, TextEdit { span: Span::new(at, at), text });
}

fn build(source: &str, used: Vec<usize>, chosen: &[TextEdit]) -> Applied {
    let mut text = String::with_capacity(source.len() + chosen.iter().map(|edit| edit.text.len()).sum::<usize>());
    let mut at = 0;
    let mut replaced = Vec::with_capacity(chosen.len());
    let mut inserted = Vec::with_capacity(chosen.len());
    for edit in chosen {
        let range = edit.span.range();
        if range.start < at {
            continue;
        }
        text.push_str(&source[at..range.start]);
        let from = text.len();
        text.push_str(&edit.text);
        replaced.push(edit.span);
        inserted.push(Span::new(from, text.len()));
        at = range.end;
    }
    text.push_str(&source[at..]);
    Applied { text, used, replaced, inserted }
}

/// The edit that puts `lines` after the line on which the statement at `span` ends, at the statement's indentation.
pub(crate) fn after_statement(source: &str, span: Span, lines: &[String]) -> TextEdit {
    let newline = line_ending(source);
    let indent = place::indent_at(source, span.start as usize);
    let at = end_of_line(source, span.end as usize);
    let mut text = String::new();
    for line in lines {
        text.push_str(newline);
        text.push_str(indent);
        text.push_str(line);
    }
    TextEdit { span: Span::new(at, at), text }
}
