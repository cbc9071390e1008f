//! Sinks as data: which call, which argument; also calls that are harm or a pattern in themselves. A weakness that is a
//! call with an outside value and nothing more needs no other code; other rules ask a table which values are harmed.

use std::collections::HashMap;
use std::sync::OnceLock;

use super::{Context, Exposure, Findings, Report};
use crate::finding::{Confidence, Severity};
use crate::lang::Language;
use crate::syntax::{Field, Kind, NodeId};
use crate::taint::{Purposes, Source};

/// Which part of a call counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum At {
    /// The positional argument at this index.
    Nth(usize),
    /// Every positional argument from this index on.
    From(usize),
    /// The last positional argument.
    Last,
    /// Every argument.
    Any,
    /// The object that the method is called on.
    Object,
    /// The keyword argument of this name.
    Named(&'static str),
    /// What is assigned to the member of this name.
    Set,
}

/// Sinks of one language that are harmed at the same place.
///
/// Without a class, a name is that of a function or class, a dotted path or its end (`Process.Start`), or `.name`, a
/// method of any object. With one (its simple name, `*`: any), a name is that of a method of it, `new` its creation: so
/// that code without imports and with wildcard imports is read like the rest, and a chain that starts at the class
/// (`Class.builder().part().method()`) counts too.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sink {
    pub(crate) language: Language,
    pub(crate) class: &'static str,
    pub(crate) names: &'static [&'static str],
    pub(crate) at: At,
}

/// A row of sinks.
pub(crate) const fn sink(language: Language, names: &'static [&'static str], at: At) -> Sink {
    Sink { language, class: "", names, at }
}

/// A row of methods of a class of Java.
pub(crate) const fn of(class: &'static str, names: &'static [&'static str], at: At) -> Sink {
    Sink { language: Language::Java, class, names, at }
}

impl Sink {
    /// The last parts of the callees that it may be.
    fn keys(self) -> impl Iterator<Item = &'static str> {
        self.names.iter().map(move |&name| match name {
            "new" if !self.class.is_empty() => self.class,
            _ => last(name),
        })
    }

    fn is(self, name: &Name<'_>) -> bool {
        match self.class {
            "" => name.is_one_of(self.names),
            class if name.is_new => name.last == class && self.names.contains(&"new"),
            class => self.names.contains(&name.last) && name.last != "new" && is_method_of(name.path, class, name.last),
        }
    }
}

/// Whether the dotted `path` of a callee names `method` of `class`, also at the end of a chain.
pub(crate) fn is_method_of(path: &str, class: &str, method: &str) -> bool {
    path.strip_suffix(method)
        .and_then(|head| head.strip_suffix('.'))
        .is_some_and(|head| class == "*" || head.split('.').any(|part| part == class))
}

/// Rows of sinks and their look-up.
#[derive(Debug)]
pub(crate) struct Table {
    rows: &'static [Sink],
    index: OnceLock<HashMap<&'static str, Vec<usize>>>,
}

impl Table {
    pub(crate) const fn new(rows: &'static [Sink]) -> Self {
        Self { rows, index: OnceLock::new() }
    }

    /// The rows that a call, a creation or an assignment is in, in order.
    fn rows_of(&self, context: &Context<'_>, node: NodeId) -> Vec<&'static Sink> {
        let index = self.index.get_or_init(|| index(self.rows.iter().map(|sink| sink.keys())));
        let name = Name::of(context, node);
        let set = context.kind(node) == Kind::Assign;
        let rows = index.get(name.last).into_iter().flatten().filter_map(|&at| self.rows.get(at));
        rows.filter(|sink| sink.language == context.program().language && set == (sink.at == At::Set) && sink.is(&name))
            .collect()
    }

    /// The first row that a call, a creation or an assignment is in.
    pub(crate) fn row(&self, context: &Context<'_>, node: NodeId) -> Option<&'static Sink> {
        self.rows_of(context, node).first().copied()
    }

    /// The values by which a call is harmed.
    pub(crate) fn reached(&self, context: &Context<'_>, node: NodeId) -> Vec<NodeId> {
        self.row(context, node).map(|sink| parts(context, node, sink.at)).unwrap_or_default()
    }
}

/// The sinks of one weakness.
#[derive(Debug)]
pub(crate) struct Sinks {
    table: Table,
    purpose: Purposes,
    concept: &'static str,
    /// What is said, before the source of the value.
    message: &'static str,
    /// Whether a whole value from a parameter or an unknown name shows no harm: only text that is put together, or
    /// that comes from outside the program.
    built_only: bool,
    /// The least source that does harm.
    least: Source,
    severity: Option<Severity>,
    cwe: Option<&'static [u16]>,
    /// Whether text that varies, and whose origin cannot be seen, is noted as a pattern.
    notes_open: bool,
}

impl Sinks {
    pub(crate) const fn new(
        purpose: Purposes,
        concept: &'static str,
        message: &'static str,
        rows: &'static [Sink],
    ) -> Self {
        Self {
            table: Table::new(rows),
            purpose,
            concept,
            message,
            built_only: false,
            least: Source::Unknown,
            severity: None,
            cwe: None,
            notes_open: false,
        }
    }

    /// Also notes text that varies, and whose origin cannot be seen.
    pub(crate) const fn noting_open(mut self) -> Self {
        self.notes_open = true;
        self
    }

    /// Only text that is put together in place, or comes from a request or input as it is.
    pub(crate) const fn built_only(mut self) -> Self {
        self.built_only = true;
        self
    }

    /// Only what comes from `least` or from further outside.
    pub(crate) const fn from(mut self, least: Source) -> Self {
        self.least = least;
        self
    }

    /// With another severity than the rule's.
    pub(crate) const fn severity(mut self, severity: Severity) -> Self {
        self.severity = Some(severity);
        self
    }

    /// With other CWE numbers than the rule's.
    pub(crate) const fn cwe(mut self, cwe: &'static [u16]) -> Self {
        self.cwe = Some(cwe);
        self
    }

    /// Looks at a call, a creation or an assignment.
    pub(crate) fn check(&self, context: &Context<'_>, node: NodeId, found: &mut Findings) {
        for sink in self.table.rows_of(context, node) {
            let parts = parts(context, node, sink.at);
            if let Some(report) = parts.iter().find_map(|&part| self.report(context, node, part)) {
                return found.push(context, report);
            }
            let open = |&part: &NodeId| {
                !context.is_constant(part) && !matches!(context.exposure(part, self.purpose), Exposure::Harmless)
            };
            // A method that only has the name says little.
            let name = Name::of(context, node);
            let named = sink.at == At::Set || sink.names.iter().any(|known| !known.starts_with('.') && name.is(known));
            if self.notes_open && named && parts.iter().any(open) {
                let message = format!("{} a value whose origin cannot be seen.", self.message);
                let report = Report::audit(node, self.concept, message);
                return found.push(context, if let Some(cwe) = self.cwe { report.cwe(cwe) } else { report });
            }
        }
    }

    fn report(&self, context: &Context<'_>, node: NodeId, part: NodeId) -> Option<Report> {
        let taint = context.tainted(part, self.purpose)?;
        let direct = matches!(taint.origin.source, Source::Request | Source::Input | Source::Arguments);
        if self.built_only && !direct && !is_built(context, part) || taint.origin.source < self.least {
            return None;
        }
        let message = format!("{} {}.", self.message, taint.source());
        // What was compared with something first may be one of few.
        let report = if taint.origin.checked {
            Report::audit(node, self.concept, message)
        } else {
            Report::issue(node, self.concept, message)
        };
        let report = match self.severity {
            Some(severity) => report.severity(severity),
            None => report,
        };
        let report = report.confidence(taint.confidence).trace(taint.trace);
        Some(match self.cwe {
            Some(cwe) => report.cwe(cwe),
            None => report,
        })
    }
}

/// A call that is harm or a pattern in itself.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Use {
    pub(crate) language: Language,
    /// Each as in [`Sink`].
    pub(crate) names: &'static [&'static str],
    /// The constant text (in any case) that one argument must begin with; empty: none is looked at.
    pub(crate) with: &'static [&'static str],
    pub(crate) severity: Severity,
    pub(crate) confidence: Confidence,
    /// Whether only the pattern is shown.
    pub(crate) audit: bool,
    pub(crate) message: &'static str,
}

/// The uses of one weakness.
#[derive(Debug)]
pub(crate) struct Uses {
    pub(crate) rows: &'static [Use],
    pub(crate) concept: &'static str,
    index: OnceLock<HashMap<&'static str, Vec<usize>>>,
}

impl Uses {
    pub(crate) const fn new(concept: &'static str, rows: &'static [Use]) -> Self {
        Self { rows, concept, index: OnceLock::new() }
    }

    /// Looks at a call, a creation or a name.
    pub(crate) fn check(&self, context: &Context<'_>, node: NodeId, found: &mut Findings) {
        let index =
            self.index.get_or_init(|| index(self.rows.iter().map(|known| known.names.iter().map(|name| last(name)))));
        let name = Name::of(context, node);
        for &at in index.get(name.last).into_iter().flatten() {
            let Some(known) = self.rows.get(at) else { continue };
            if known.language != context.program().language
                || !name.is_one_of(known.names)
                || !said(context, node, known.with)
            {
                continue;
            }
            let report = if known.audit {
                Report::audit(node, self.concept, known.message)
            } else {
                Report::issue(node, self.concept, known.message)
            };
            return found.push(context, report.severity(known.severity).confidence(known.confidence));
        }
    }
}

/// The rows by what their callees end in.
fn index<N: Iterator<Item = &'static str>>(rows: impl Iterator<Item = N>) -> HashMap<&'static str, Vec<usize>> {
    let mut index: HashMap<&'static str, Vec<usize>> = HashMap::new();
    for (at, keys) in rows.enumerate() {
        for key in keys {
            let rows = index.entry(key).or_default();
            if rows.last() != Some(&at) {
                rows.push(at);
            }
        }
    }
    index
}

fn last(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

/// What a node calls, creates or sets.
struct Name<'c> {
    path: &'c str,
    last: &'c str,
    is_method: bool,
    is_new: bool,
}

impl<'c> Name<'c> {
    fn of(context: &'c Context<'_>, node: NodeId) -> Self {
        let tree = context.tree();
        let named = match context.kind(node) {
            Kind::Call | Kind::New => tree.child(node, Field::Callee),
            Kind::Assign => tree.child(node, Field::Target),
            _ => Some(node),
        };
        let is_new = context.kind(node) == Kind::New;
        let Some(named) = named else { return Self { path: "", last: "", is_method: false, is_new } };
        let is_method = context.kind(named) == Kind::Attribute;
        let path = context.path(named);
        // A callee without a path of its own still has a name.
        let last = if path.is_empty() || is_method { context.name(named) } else { last(path) };
        Self { path, last, is_method, is_new }
    }

    fn is_one_of(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.is(name))
    }

    fn is(&self, name: &str) -> bool {
        match name.strip_prefix('.') {
            Some(method) => self.is_method && self.last == method,
            None if !name.contains('.') => !self.is_method && self.last == name,
            None => self.path.strip_suffix(name).is_some_and(|rest| rest.is_empty() || rest.ends_with(['.', '/'])),
        }
    }
}

/// The parts of a call that stand at the place in a row.
pub(crate) fn parts(context: &Context<'_>, node: NodeId, at: At) -> Vec<NodeId> {
    let tree = context.tree();
    match at {
        At::Nth(nth) => context.positional(node, nth).into_iter().collect(),
        At::From(nth) => tree.positional(node).skip(nth).take(12).collect(),
        At::Last => tree.positional(node).last().into_iter().collect(),
        At::Any => tree
            .children_in(node, Field::Argument)
            .filter(|&part| context.kind(part) != Kind::Lambda)
            .take(16)
            .collect(),
        At::Object => context.object(node).into_iter().collect(),
        At::Named(name) => context.keyword(node, name).into_iter().collect(),
        At::Set => tree.child(node, Field::Value).into_iter().collect(),
    }
}

/// Whether an expression puts text together, in place or where the names in it are given their values.
pub(crate) fn is_built(context: &Context<'_>, node: NodeId) -> bool {
    let value = context.value(node);
    match context.kind(value) {
        Kind::Template => true,
        Kind::Binary => matches!(context.name(value), "+" | "." | "%"),
        Kind::Subscript => true,
        Kind::Call => {
            matches!(
                context.method(value),
                "format" | "Format" | "Concat" | "concat" | "join" | "Join" | "sprintf" | "replace" | "Replace"
            ) || is_collected(context, value)
                || matches!(last(context.callee(value)), "sprintf" | "format" | "implode" | "str_replace" | "vsprintf")
        }
        _ => false,
    }
}

/// Whether a call gives the text that was put together in its object: `builder.ToString()`.
fn is_collected(context: &Context<'_>, call: NodeId) -> bool {
    let gives = matches!(context.method(call), "ToString" | "to_s" | "to_string" | "as_str");
    let Some(object) = context.object(call).filter(|_| gives) else { return false };
    let data = context.flow().data();
    let definitions = data.definitions_of(object);
    definitions
        .iter()
        .filter_map(|&at| data.definitions.get(at as usize))
        .any(|definition| matches!(definition.value, crate::graph::dfg::Value::Arguments(_)))
}

fn said(context: &Context<'_>, node: NodeId, with: &[&str]) -> bool {
    if with.is_empty() {
        return true;
    }
    let tree = context.tree();
    tree.children_in(node, Field::Argument).take(8).any(|part| {
        let value =
            if context.kind(part) == Kind::Keyword { tree.child(part, Field::Value).unwrap_or(part) } else { part };
        // `true`, also where a name stands for it.
        let on = with == ["true"] && context.flow().leaves(value).iter().any(|&leaf| context.truth(leaf) == Some(true));
        if on || with == ["true"] && context.truth(value) == Some(true) {
            return true;
        }
        let text = context.string(value).unwrap_or_else(|| context.source(value)).to_ascii_lowercase();
        with.iter().any(|start| text.starts_with(start) || text.rsplit(['.', ':']).next() == Some(*start))
    })
}
