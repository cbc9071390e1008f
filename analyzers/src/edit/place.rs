//! Where imports and helpers go, per language; never inside a statement, a docstring or before `from __future__`.

use crate::edit::TextEdit;
use crate::lang::Language;
use crate::program::Program;
use crate::syntax::{Field, Kind, NodeId, Span};

/// Byte offsets of the places where headers go, each at the start of a line or at the end of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// Where imports go.
    pub(super) imports: usize,
    /// Where helper functions go.
    pub(super) helpers: usize,
    /// Indentation of imports.
    pub(super) indent: String,
    /// Indentation of helpers.
    pub(super) helper_indent: String,
    /// Whether a blank line must follow the imports.
    pub(super) needs_blank: bool,
    language: Language,
}

impl Place {
    pub(super) fn of(program: &Program) -> Self {
        match program.language {
            Language::Python => python(program),
            Language::JavaScript | Language::TypeScript => script(program),
            Language::Java => java(program),
            Language::Go => go(program),
            Language::C | Language::Cpp => included(program),
            // Nothing is rewritten in the others.
            _ => Self::top(),
        }
    }

    /// The first line.
    fn top() -> Self {
        let indent = String::new();
        Self {
            imports: 0,
            helpers: 0,
            helper_indent: indent.clone(),
            indent,
            needs_blank: false,
            language: Language::Go,
        }
    }

    /// Whether imports of Go follow the name of the package directly.
    pub(super) fn after_package(&self, program: &Program) -> bool {
        let above = program.text.get(..self.imports).unwrap_or_default();
        self.language == Language::Go && above.lines().next_back().is_some_and(|line| line.starts_with("package "))
    }

    /// The same, for the helpers of that class.
    pub(super) fn in_class(mut self, program: &Program, class: Option<NodeId>) -> Self {
        if let Some(class) = class {
            self.helpers = end_of_class(program, class);
        }
        self
    }

    /// What stands between the code above and a helper.
    pub(super) fn helper_lead(&self, newline: &str, after_imports: bool) -> String {
        let blank = if self.language == Language::Python { 2 } else { 1 };
        if self.helpers == 0 && !after_imports { String::new() } else { newline.repeat(blank) }
    }

    /// What stands between a helper and the code below, which keeps the blank lines that it has.
    pub(super) fn helper_trail(&self, program: &Program, newline: &str) -> String {
        let below = &program.text[self.helpers..];
        let blank = below.lines().take_while(|line| line.trim().is_empty()).count();
        let closes = self.language == Language::Java && below.trim_start().starts_with('}');
        let wanted: usize = match self.language {
            Language::Python => 2,
            _ if closes => 0,
            _ => 1,
        };
        if below.trim().is_empty() { String::new() } else { newline.repeat(wanted.saturating_sub(blank)) }
    }
}

/// The line ending of a text: that of its first line.
pub(crate) fn line_ending(text: &str) -> &'static str {
    match text.find('\n') {
        Some(at) if text[..at].ends_with('\r') => "\r\n",
        _ => "\n",
    }
}

/// Offset of the end of the line that holds `at`, before its line ending.
pub(crate) fn end_of_line(text: &str, at: usize) -> usize {
    let end = text[at..].find('\n').map_or(text.len(), |found| at + found);
    if end > at && text[..end].ends_with('\r') { end - 1 } else { end }
}

/// Offset of the start of the line after the one that holds `at`.
fn next_line(text: &str, at: usize) -> usize {
    text[at..].find('\n').map_or(text.len(), |found| at + found + 1)
}

/// Offset of the start of the line that holds `at`.
pub(crate) fn start_of_line(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |found| found + 1)
}

/// Blanks at the start of the line that holds `at`.
pub(crate) fn indent_at(text: &str, at: usize) -> &str {
    let line = &text[start_of_line(text, at)..];
    &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
}

fn is_docstring(program: &Program, statement: NodeId) -> bool {
    let tree = &program.tree;
    tree.kind(statement) == Kind::ExprStatement
        && tree
            .children(statement)
            .next()
            .is_some_and(|value| matches!(tree.kind(value), Kind::String | Kind::Template))
}

fn python(program: &Program) -> Place {
    let (tree, text) = (&program.tree, program.text.as_str());
    let mut last = None;
    let mut docstring = None;
    let mut first = None;
    for statement in tree.children(NodeId::ROOT) {
        match tree.kind(statement) {
            Kind::Import => last = Some(statement),
            _ if first.is_none() && last.is_none() && is_docstring(program, statement) && docstring.is_none() => {
                docstring = Some(statement);
            }
            _ => {
                first = Some(statement);
                break;
            }
        }
    }
    let indent = last.or(first).map_or("", |node| indent_at(text, tree.span(node).start as usize)).to_owned();
    let (imports, needs_blank) = match (last, docstring) {
        (Some(import), _) => (next_line(text, tree.span(import).end as usize), false),
        (None, Some(docstring)) => (next_line(text, tree.span(docstring).end as usize), true),
        (None, None) => (after_opening_comments(text), first.is_some()),
    };
    Place { imports, helpers: imports, helper_indent: indent.clone(), indent, needs_blank, language: Language::Python }
}

/// After the shebang and encoding lines, and after an opening comment block that a blank line ends.
fn after_opening_comments(text: &str) -> usize {
    let mut at = 0;
    let mut forced = 0;
    for (index, line) in text.split_inclusive('\n').enumerate() {
        if !line.trim_start_matches('\u{feff}').starts_with('#') {
            return if line.trim().is_empty() && at > 0 { at + line.len() } else { forced };
        }
        at += line.len();
        if index < 2 && (line.starts_with("#!") || line.contains("coding")) {
            forced = at;
        }
    }
    at
}

fn script(program: &Program) -> Place {
    let (tree, text) = (&program.tree, program.text.as_str());
    let mut at = if text.starts_with("#!") { next_line(text, 0) } else { 0 };
    for statement in tree.children(NodeId::ROOT) {
        let header = match tree.kind(statement) {
            Kind::Import => true,
            Kind::ExprStatement => is_docstring(program, statement),
            _ => tree.text(statement, text).contains("require("),
        };
        if !header {
            break;
        }
        at = next_line(text, tree.span(statement).end as usize);
    }
    Place {
        imports: at,
        helpers: at,
        indent: String::new(),
        helper_indent: String::new(),
        needs_blank: false,
        language: Language::JavaScript,
    }
}

/// The start of the line on which a class is closed.
fn end_of_class(program: &Program, class: NodeId) -> usize {
    let (text, span) = (program.text.as_str(), program.tree.span(class));
    let close = text[span.range()].rfind('}').map_or(span.end as usize, |found| span.start as usize + found);
    start_of_line(text, close)
}

fn java(program: &Program) -> Place {
    let (tree, text) = (&program.tree, program.text.as_str());
    let mut at = None;
    let mut class = None;
    for statement in tree.children(NodeId::ROOT) {
        match tree.kind(statement) {
            Kind::Import => at = Some(next_line(text, tree.span(statement).end as usize)),
            Kind::Class => {
                class = Some(statement);
                break;
            }
            _ if tree.text(statement, text).starts_with("package ") => {
                at = Some(next_line(text, tree.span(statement).end as usize));
            }
            _ => {}
        }
    }
    let imports = at.unwrap_or(0);
    // Helpers are static methods: they stand at the end of a class.
    let (helpers, indent) = class.map_or((text.len(), ""), |class| (end_of_class(program, class), "    "));
    Place {
        imports,
        helpers,
        indent: String::new(),
        helper_indent: indent.to_owned(),
        needs_blank: at.is_none(),
        language: Language::Java,
    }
}

/// The offset in Go's first import list at which a line for `import` keeps the list sorted, and the line.
pub(super) fn in_import_list(program: &Program, import: &str) -> Option<(usize, String)> {
    let (tree, text) = (&program.tree, program.text.as_str());
    let list = tree.children(NodeId::ROOT).find(|&node| {
        tree.kind(node) == Kind::Import
            && tree.text(node, text).trim_start_matches("import").trim_start().starts_with('(')
    })?;
    let written = import.strip_prefix("import ").filter(|_| program.language == Language::Go)?;
    let path = |written: &str| written.split('"').nth(1).unwrap_or_default().to_owned();
    let mut end = None;
    for item in tree.children(list) {
        let (line, next) =
            (start_of_line(text, tree.span(item).start as usize), next_line(text, tree.span(item).end as usize));
        // The standard library's group ends with a blank line.
        let separate = end.is_some_and(|end| text.get(end..line).is_some_and(|between| between.contains('\n')));
        if separate || path(tree.text(item, text)) > path(written) {
            break;
        }
        end = Some(next);
    }
    let first = tree.children(list).next()?;
    let at = end.unwrap_or_else(|| start_of_line(text, tree.span(first).start as usize));
    // A list on one line has no line for it.
    let own_line = at > tree.span(list).start as usize && text.get(tree.span(list).start as usize..at)?.contains('\n');
    own_line.then(|| (at, format!("{}{written}", indent_at(text, tree.span(first).start as usize))))
}

fn go(program: &Program) -> Place {
    let (tree, text) = (&program.tree, program.text.as_str());
    let mut at = None;
    for statement in tree.children(NodeId::ROOT) {
        if tree.kind(statement) == Kind::Import || tree.text(statement, text).starts_with("package ") {
            at = Some(next_line(text, tree.span(statement).end as usize));
        }
    }
    Place {
        imports: at.unwrap_or(0),
        // Functions may stand in any order.
        helpers: text.len(),
        indent: String::new(),
        helper_indent: String::new(),
        needs_blank: at.is_none(),
        language: Language::Go,
    }
}

/// After the last `#include` of the unit, at its top where it has none.
fn included(program: &Program) -> Place {
    let tree = &program.tree;
    let last = tree.children(NodeId::ROOT).filter(|&node| tree.kind(node) == Kind::Import).last();
    let at = last.map_or(0, |import| next_line(&program.text, tree.span(import).end.saturating_sub(1) as usize));
    Place {
        imports: at,
        helpers: at,
        indent: String::new(),
        helper_indent: String::new(),
        needs_blank: last.is_none(),
        language: program.language,
    }
}

/// Whether the module already imports what the statement `import` would, under the same local name.
pub(super) fn has_import(program: &Program, import: &str) -> bool {
    let wanted = normal(import);
    top_level_imports(program).any(|node| {
        let text = program.tree.text(node, &program.text);
        normal(text) == wanted || imported(text).iter().any(|single| normal(single) == wanted)
    })
}

fn top_level_imports(program: &Program) -> impl Iterator<Item = NodeId> + '_ {
    program.tree.children(NodeId::ROOT).filter(|&node| {
        program.tree.kind(node) == Kind::Import || program.tree.text(node, &program.text).contains("require(")
    })
}

fn normal(import: &str) -> String {
    import.trim().trim_end_matches(';').split_whitespace().collect::<Vec<_>>().join(" ").replace('\'', "\"")
}

/// The single imports that a Python statement stands for.
fn imported(statement: &str) -> Vec<String> {
    let flat = normal(statement).replace(['(', ')'], " ");
    if let Some((module, names)) = flat.strip_prefix("from ").and_then(|rest| rest.split_once(" import ")) {
        names.split(',').map(|name| format!("from {} import {}", module.trim(), name.trim())).collect()
    } else if let Some(names) = flat.strip_prefix("import ") {
        names.split(',').map(|name| format!("import {}", name.trim())).collect()
    } else {
        Vec::new()
    }
}

/// Edits that take away the imports of Go whose last use goes with `chosen`: Go does not compile unused ones.
pub(super) fn unused_imports(program: &Program, chosen: &[TextEdit]) -> Vec<TextEdit> {
    let (tree, text) = (&program.tree, program.text.as_str());
    if program.language != Language::Go || chosen.is_empty() {
        return Vec::new();
    }
    let gone = |node: NodeId| chosen.iter().any(|edit| edit.span.contains(tree.span(node)));
    let mut edits = Vec::new();
    for item in tree.ids().filter(|&node| tree.kind(node) == Kind::ImportItem) {
        let name = tree.name(item, text);
        if matches!(name, "_" | ".") {
            continue;
        }
        let uses: Vec<NodeId> = tree
            .ids()
            .filter(|&node| {
                tree.kind(node) == Kind::Name && tree.field(node) == Field::Object && tree.name(node, text) == name
            })
            .collect();
        let written = format!("{name}.");
        let kept = uses.iter().any(|&usage| !gone(usage)) || chosen.iter().any(|edit| edit.text.contains(&written));
        if uses.is_empty() || kept {
            continue;
        }
        // Alone in its statement the whole statement goes.
        let whole = tree.parent(item).filter(|&import| tree.children(import).count() == 1).unwrap_or(item);
        let lines = whole_lines(text, tree.span(whole));
        if text.get(lines.range()).is_some_and(|line| line.trim() == tree.text(whole, text)) {
            edits.push(TextEdit { span: lines, text: String::new() });
        }
    }
    edits
}

/// Whether the unit, or that class of it, defines a function of that name anywhere.
pub(super) fn has_function(program: &Program, name: &str, class: Option<NodeId>) -> bool {
    let tree = &program.tree;
    tree.subtree(class.unwrap_or(NodeId::ROOT))
        .any(|node| tree.kind(node) == Kind::Function && tree.name(node, &program.text) == name)
}

/// The outermost class of Java around a node: what is private there only its members see.
pub(super) fn class_around(program: &Program, node: NodeId) -> Option<NodeId> {
    let tree = &program.tree;
    let classes = std::iter::once(node).chain(tree.ancestors(node)).filter(|&above| tree.kind(above) == Kind::Class);
    classes.last().filter(|_| program.language == Language::Java)
}

/// The span of the whole lines that hold `span`.
pub(crate) fn whole_lines(text: &str, span: Span) -> Span {
    Span::new(start_of_line(text, span.start as usize), next_line(text, span.end as usize))
}
