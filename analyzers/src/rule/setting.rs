//! Settings as data: keys, what they are set to, and what is wrong with that, for configuration of every format.
//!
//! A path is matched from its end: the last key must be the setting's own, those before it must stand above it in this
//! order, with any keys between. A key that ends in `*` stands for every key that begins so. Case never counts.

use std::collections::HashMap;
use std::sync::OnceLock;

use super::{Context, Findings, Report};
use crate::finding::{Confidence, Severity};
use crate::lang::Language;
use crate::syntax::{Field, Kind, NodeId};

/// What a setting must be for a row to speak.
#[derive(Clone, Copy)]
pub(crate) enum Is {
    /// Whatever it is.
    Any,
    /// True, however that is spelled.
    On,
    /// False, however that is spelled.
    Off,
    /// One of these texts.
    OneOf(&'static [&'static str]),
    /// A text for which this is true.
    Text(fn(&str) -> bool),
}

impl Is {
    fn holds(self, text: &str) -> bool {
        let same = |known: &&str| text.eq_ignore_ascii_case(known);
        match self {
            Self::Any => true,
            Self::On => is_on(text),
            Self::Off => is_off(text),
            Self::OneOf(list) => list.iter().any(same),
            Self::Text(test) => test(text),
        }
    }
}

/// Whether a text means true.
pub(crate) fn is_on(text: &str) -> bool {
    ["true", "yes", "on", "1"].iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// Whether a text means false.
pub(crate) fn is_off(text: &str) -> bool {
    ["false", "no", "off", "0"].iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// A further condition: it sees the pair of the key.
type When = fn(&Context<'_>, NodeId) -> bool;

/// One setting that is wrong.
pub(crate) struct Setting {
    languages: &'static [Language],
    path: &'static [&'static str],
    is: Is,
    when: Option<When>,
    message: &'static str,
    audit: bool,
    severity: Option<Severity>,
    confidence: Confidence,
    cwe: Option<&'static [u16]>,
}

/// A row: `message` is one sentence.
pub(crate) const fn setting(
    languages: &'static [Language],
    path: &'static [&'static str],
    is: Is,
    message: &'static str,
) -> Setting {
    Setting {
        languages,
        path,
        is,
        when: None,
        message,
        audit: false,
        severity: None,
        confidence: Confidence::High,
        cwe: None,
    }
}

impl Setting {
    /// Only where this is true as well.
    pub(crate) const fn when(mut self, when: When) -> Self {
        self.when = Some(when);
        self
    }

    /// The pattern is present, harm is not shown.
    pub(crate) const fn audit(mut self) -> Self {
        self.audit = true;
        self
    }

    /// With another severity than the rule's.
    pub(crate) const fn severity(mut self, severity: Severity) -> Self {
        self.severity = Some(severity);
        self
    }

    /// With another confidence than high.
    pub(crate) const fn confidence(mut self, confidence: Confidence) -> Self {
        self.confidence = confidence;
        self
    }

    /// With other CWE numbers than the rule's.
    pub(crate) const fn cwe(mut self, cwe: &'static [u16]) -> Self {
        self.cwe = Some(cwe);
        self
    }
}

/// The settings of one weakness.
pub(crate) struct Settings {
    rows: &'static [Setting],
    concept: &'static str,
    index: OnceLock<HashMap<&'static str, Vec<usize>>>,
}

impl Settings {
    pub(crate) const fn new(concept: &'static str, rows: &'static [Setting]) -> Self {
        Self { rows, concept, index: OnceLock::new() }
    }

    /// Looks at a pair.
    pub(crate) fn check(&self, context: &Context<'_>, pair: NodeId, found: &mut Findings) {
        let index = self.index.get_or_init(|| {
            let mut index: HashMap<&'static str, Vec<usize>> = HashMap::new();
            for (at, row) in self.rows.iter().enumerate() {
                index.entry(row.path.last().copied().unwrap_or_default()).or_default().push(at);
            }
            index
        });
        let own = key(context, pair).to_ascii_lowercase();
        let Some(rows) = index.get(own.as_str()) else { return };
        let language = context.program().language;
        let values = values(context, pair);
        for row in rows.iter().filter_map(|&at| self.rows.get(at)) {
            if !row.languages.contains(&language) || !lies_under(context, pair, row.path) {
                continue;
            }
            let value = values.iter().find(|(_, text)| row.is.holds(text));
            let Some(&(node, _)) = value else { continue };
            if row.when.is_some_and(|when| !when(context, pair)) {
                continue;
            }
            let report = if row.audit {
                Report::audit(node, self.concept, row.message)
            } else {
                Report::issue(node, self.concept, row.message).confidence(row.confidence)
            };
            let report = match row.severity {
                Some(severity) => report.severity(severity),
                None => report,
            };
            return found.push(
                context,
                match row.cwe {
                    Some(cwe) => report.cwe(cwe),
                    None => report,
                },
            );
        }
    }
}

/// The key of a pair as written, without quotes.
pub(crate) fn key<'c>(context: &'c Context<'_>, pair: NodeId) -> &'c str {
    context.tree().child(pair, Field::Key).map(|key| context.name(key)).unwrap_or_default()
}

/// The value of a pair.
pub(crate) fn value(context: &Context<'_>, pair: NodeId) -> Option<NodeId> {
    context.tree().child(pair, Field::Value)
}

/// What a scalar says; of anything else its source.
pub(crate) fn text<'c>(context: &'c Context<'_>, node: NodeId) -> &'c str {
    match context.kind(node) {
        Kind::String => context.string(node).unwrap_or_else(|| context.name(node)),
        Kind::Template => context.name(node),
        Kind::Dict | Kind::List => "",
        _ => context.source(node),
    }
}

/// The scalars that a pair is set to, with the node that a finding is about: the pair itself, or an item of its list.
pub(crate) fn values<'c>(context: &'c Context<'_>, pair: NodeId) -> Vec<(NodeId, &'c str)> {
    let Some(value) = value(context, pair) else { return Vec::new() };
    match context.kind(value) {
        Kind::List => {
            let items = context.tree().children(value).take(64);
            items.filter(|&item| context.kind(item) != Kind::Dict).map(|item| (item, text(context, item))).collect()
        }
        Kind::Dict => Vec::new(),
        _ => vec![(pair, text(context, value))],
    }
}

/// Whether the keys of `path` but for the last stand above a pair in this order.
fn lies_under(context: &Context<'_>, pair: NodeId, path: &[&str]) -> bool {
    let mut wanted = path.iter().rev().skip(1).peekable();
    if wanted.peek().is_none() {
        return true;
    }
    let tree = context.tree();
    for above in tree.ancestors(pair).take(60).filter(|&above| tree.kind(above) == Kind::Pair) {
        let Some(next) = wanted.peek() else { return true };
        let key = key(context, above);
        let fits = match next.strip_suffix('*') {
            Some(start) => key.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start)),
            None => key.eq_ignore_ascii_case(next),
        };
        if fits {
            wanted.next();
        }
    }
    wanted.peek().is_none()
}

/// The nearest pair above whose key begins with `start`.
pub(crate) fn above(context: &Context<'_>, pair: NodeId, start: &str) -> Option<NodeId> {
    let tree = context.tree();
    tree.ancestors(pair).take(60).find(|&above| {
        tree.kind(above) == Kind::Pair
            && key(context, above).get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start))
    })
}

/// The pair called `name` in a collection of pairs.
pub(crate) fn member(context: &Context<'_>, dict: NodeId, name: &str) -> Option<NodeId> {
    let tree = context.tree();
    tree.children(dict)
        .take(200)
        .find(|&pair| tree.kind(pair) == Kind::Pair && key(context, pair).eq_ignore_ascii_case(name))
}

/// What the pair called `name` beside this one is set to: a scalar, or the first of a list.
pub(crate) fn sibling<'c>(context: &'c Context<'_>, pair: NodeId, name: &str) -> Option<&'c str> {
    let dict = context.tree().parent(pair)?;
    let other = member(context, dict, name)?;
    Some(values(context, other).first().map_or("", |&(_, text)| text))
}

/// Everything that the pair called `name` beside this one is set to.
pub(crate) fn siblings<'c>(context: &'c Context<'_>, pair: NodeId, name: &str) -> Vec<&'c str> {
    let other = context.tree().parent(pair).and_then(|dict| member(context, dict, name));
    other.map(|other| values(context, other).into_iter().map(|(_, text)| text).collect()).unwrap_or_default()
}

/// The top-level pair called `name`.
pub(crate) fn top(context: &Context<'_>, name: &str) -> Option<NodeId> {
    let tree = context.tree();
    let mut dicts = tree.children(NodeId::ROOT).take(64);
    dicts.find_map(|node| match tree.kind(node) {
        Kind::Dict => member(context, node, name),
        Kind::Pair if key(context, node).eq_ignore_ascii_case(name) => Some(node),
        _ => None,
    })
}

/// Whether the pair is a part of a service of Compose.
pub(crate) fn in_service(context: &Context<'_>, pair: NodeId) -> bool {
    above(context, pair, "services").is_some()
        || context.tree().parent(pair).is_some_and(|dict| {
            ["image", "build", "container_name"].iter().any(|name| member(context, dict, name).is_some())
        })
}

/// The name of the variable of Terraform that a pair is the default of.
fn variable<'c>(context: &'c Context<'_>, pair: NodeId) -> Option<&'c str> {
    let tree = context.tree();
    let mut pairs = tree.ancestors(pair).filter(|&above| tree.kind(above) == Kind::Pair);
    let (label, block) = (pairs.next()?, pairs.next()?);
    (key(context, block) == "variable").then(|| key(context, label))
}

/// Names and values of variables that a pair sets: itself, `- NAME=value` items, `name:`/`value:` pairs.
pub(crate) fn variables<'c>(context: &'c Context<'_>, pair: NodeId) -> Vec<(&'c str, &'c str, NodeId)> {
    let tree = context.tree();
    let Some(value) = value(context, pair) else { return Vec::new() };
    let own = key(context, pair);
    match context.kind(value) {
        Kind::String | Kind::Number | Kind::Template => {
            let name = if own == "default"
                && let Some(label) = variable(context, pair)
            {
                label
            } else if own.eq_ignore_ascii_case("value") {
                let named = ["name", "key", "parameterkey"].iter().find_map(|name| sibling(context, pair, name));
                named.unwrap_or(own)
            } else {
                own
            };
            vec![(name, text(context, value), pair)]
        }
        Kind::List if matches!(own.to_ascii_lowercase().as_str(), "environment" | "env" | "args" | "variables") => tree
            .children(value)
            .take(200)
            .filter_map(|item| {
                let (name, value) = text(context, item).split_once('=')?;
                Some((name.trim(), value.trim().trim_matches(['"', '\'']), item))
            })
            .collect(),
        _ => Vec::new(),
    }
}
