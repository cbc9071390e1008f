//! Checks by a regular expression, and checks by a name that says so.

use super::Collector;
use crate::syntax::{Field, Kind, NodeId};

impl<'p> Collector<'_, 'p> {
    /// The text between the slashes of a regular expression literal, also through a name.
    pub(super) fn regex(&self, node: NodeId) -> Option<&'p str> {
        let value = match self.tree.kind(node) {
            Kind::Regex => node,
            _ => match self.flow.data.definitions_of(node)[..] {
                [only] => match self.flow.data.definitions[only as usize].value {
                    crate::graph::dfg::Value::Expression(value) if self.tree.kind(value) == Kind::Regex => value,
                    _ => return None,
                },
                _ => return None,
            },
        };
        self.text(value).strip_prefix('/')?.rsplit_once('/').map(|(pattern, _)| pattern)
    }

    /// The pattern text of a compiled expression.
    pub(super) fn compiled(&self, node: NodeId) -> Option<NodeId> {
        let tree = self.tree;
        let call = match tree.kind(node) {
            Kind::Call => node,
            _ => match self.flow.data.definitions_of(node)[..] {
                [only] => match self.flow.data.definitions[only as usize].value {
                    crate::graph::dfg::Value::Expression(value) => value,
                    _ => return None,
                },
                _ => return None,
            },
        };
        let callee = tree.child(call, Field::Callee)?;
        let compiles = matches!(self.flow.path(callee), Some("re.compile" | "regexp.MustCompile" | "regexp.Compile"));
        compiles.then(|| tree.positional(call).next()).flatten()
    }

    /// Whether a pattern leaves no room for markup, separators or dots without end: anchored, no open wildcard.
    pub(super) fn is_strict(&self, pattern: NodeId, method: &str) -> bool {
        self.program.names.text(pattern).is_some_and(|pattern| is_strict_text(pattern, method))
    }
}

pub(super) fn is_strict_text(pattern: &str, method: &str) -> bool {
    let anchored_end =
        method == "fullmatch" || pattern.ends_with('$') || pattern.ends_with("\\Z") || pattern.ends_with("\\z");
    let anchored_start = method != "search" || pattern.starts_with('^') || pattern.starts_with("\\A");
    let open = [".*", ".+", "\\S+", "\\S*", "[^"].iter().any(|part| pattern.contains(part));
    anchored_start && anchored_end && !open
}

/// Whether a function's name says that it checks its argument.
pub(super) fn is_check(name: &str) -> bool {
    let name = name.rsplit('.').next().unwrap_or(name).to_ascii_lowercase();
    [
        "valid",
        "allowed",
        "is_safe",
        "issafe",
        "sanit",
        "check_",
        "verify_",
        "whitelist",
        "allowlist",
        "permitted",
        "authorized",
    ]
    .iter()
    .any(|part| name.contains(part))
}
