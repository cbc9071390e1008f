//! Checks of Go and Java: look-ups in allow lists, outcomes of parsers, refusals that throw, hosts of URLs.

use super::{Collector, Fact};
use crate::lang::Language;
use crate::syntax::{Field, Kind, NodeId};
use crate::taint::Purposes;

impl<'p> Collector<'_, 'p> {
    /// What holds where `strings.Contains(x, "..")` or `strings.HasPrefix(x, "/")` of Go came out false.
    pub(super) fn refusal(&self, call: NodeId) -> Vec<Fact<'p>> {
        let tree = self.tree;
        let path = tree.child(call, Field::Callee).and_then(|callee| self.flow.path(callee)).unwrap_or_default();
        let mut arguments = tree.positional(call);
        let (Some(subject), Some(part)) = (arguments.next(), arguments.next()) else { return Vec::new() };
        let part = self.program.names.text(part).unwrap_or_default();
        match path {
            "strings.Contains" | "strings.ContainsAny" | "strings.HasPrefix" => {
                let dots = part.contains("..") || part == "." || part.contains(['/', '\\']);
                vec![(self.text(subject), if dots { Purposes::PATH } else { Purposes::NONE })]
            }
            _ => Vec::new(),
        }
    }

    /// `allowed[x]`, where `allowed` is a collection of constants: `x` is one of them.
    pub(super) fn looked_up(&self, node: NodeId) -> Vec<Fact<'p>> {
        let tree = self.tree;
        let (Some(object), Some(index)) = (tree.child(node, Field::Object), tree.child(node, Field::Index)) else {
            return Vec::new();
        };
        let listed = self.is_allow_list(object);
        let mut facts = vec![(self.text(index), if listed { Purposes::ALL } else { Purposes::NONE })];
        if listed {
            facts.extend(self.owner_of_host(index));
        }
        facts
    }

    /// What the good outcome of `_, ok := allowed[x]` or `_, err := check(x)` says, for the definition of `ok` or `err`.
    pub(super) fn outcome_of(&self, definition: u32) -> Vec<Fact<'p>> {
        let tree = self.tree;
        let node = self.flow.data.definitions[definition as usize].node;
        let assign = tree.ancestors(node).take(2).find(|&above| tree.kind(above) == Kind::Assign);
        let Some(value) = assign.and_then(|assign| tree.child(assign, Field::Value)) else { return Vec::new() };
        match tree.kind(value) {
            Kind::Subscript => self.looked_up(value),
            Kind::Call => self.parsed(value),
            _ => Vec::new(),
        }
    }

    /// What holds of the arguments of a Go call that came back without an error.
    pub(super) fn parsed(&self, call: NodeId) -> Vec<Fact<'p>> {
        let tree = self.tree;
        let path = tree.child(call, Field::Callee).and_then(|callee| self.flow.path(callee)).unwrap_or_default();
        let safe = match path {
            "strconv.Atoi" | "strconv.ParseInt" | "strconv.ParseUint" | "strconv.ParseFloat" => Purposes::NUMBER,
            "strconv.ParseBool" | "github.com/google/uuid.Parse" | "time.Parse" => Purposes::ALL,
            "net/mail.ParseAddress" => Purposes::LINE,
            _ => return self.call_facts(call),
        };
        tree.positional(call).next().map(|first| vec![(self.text(first), safe)]).unwrap_or_default()
    }

    /// `!name.contains("..")`.
    pub(super) fn refused(&self, call: NodeId) -> Vec<Fact<'p>> {
        let tree = self.tree;
        let Some(callee) = tree.child(call, Field::Callee) else { return Vec::new() };
        let dots = tree.name(callee, &self.program.text) == "contains"
            && tree
                .positional(call)
                .next()
                .and_then(|part| self.program.names.text(part))
                .is_some_and(|text| text.starts_with(".."));
        let Some(object) = tree.child(callee, Field::Object).filter(|_| dots) else { return Vec::new() };
        [object, self.innermost(object)].map(|part| (self.text(part), Purposes::PATH)).to_vec()
    }

    /// The names that a path was made from by steps that take `..` out of it.
    pub(super) fn normalised_from(&self, object: NodeId) -> Vec<Fact<'p>> {
        const STEPS: &[&str] = &["normalize", "getCanonicalPath", "getCanonicalFile", "toRealPath"];
        let tree = self.tree;
        let mut facts = Vec::new();
        let mut at = object;
        let mut normal = false;
        for _ in 0..4 {
            let inner = self.innermost(at);
            normal |= tree
                .subtree(at)
                .take(60)
                .any(|part| tree.kind(part) == Kind::Attribute && STEPS.contains(&tree.name(part, &self.program.text)));
            facts.push((self.text(inner), Purposes::PATH));
            let [only] = self.flow.data.definitions_of(inner)[..] else { break };
            match self.flow.data.definitions[only as usize].value {
                crate::graph::dfg::Value::Expression(value) if matches!(tree.kind(value), Kind::Call | Kind::Name) => {
                    at = value;
                }
                _ => break,
            }
        }
        if normal { facts } else { Vec::new() }
    }

    /// A call of a function of the unit that throws on what it refuses.
    pub(super) fn refused_by(&self, call: NodeId) -> Vec<Fact<'p>> {
        let tree = self.tree;
        let Some(function) = self.flow.data.called(call) else { return Vec::new() };
        let (mut throws, mut paths) = (false, false);
        for part in tree.subtree(function).take(2_000) {
            match tree.kind(part) {
                Kind::Raise => throws = true,
                Kind::Attribute => match tree.name(part, &self.program.text) {
                    "startsWith" | "normalize" | "getCanonicalPath" => paths = true,
                    _ => {}
                },
                _ => {}
            }
        }
        if !throws {
            return Vec::new();
        }
        let safe = if paths { Purposes::PATH.with(Purposes::URL) } else { Purposes::NONE };
        tree.positional(call)
            .filter(|&part| tree.kind(part) == Kind::Name)
            .map(|part| (self.text(part), safe))
            .collect()
    }

    /// The URL of Go or Java whose host an expression is (`u.Host`, `uri.getHost()`), and the text that it was made from:
    /// where the host is one of few, both lead there.
    pub(super) fn owner_of_host(&self, node: NodeId) -> Vec<Fact<'p>> {
        let tree = self.tree;
        let callee = match tree.kind(node) {
            Kind::Call => tree.child(node, Field::Callee),
            _ => Some(node),
        };
        let Some(part) = callee.filter(|&part| tree.kind(part) == Kind::Attribute) else { return Vec::new() };
        let host = match self.program.language {
            Language::Go => matches!(tree.name(part, &self.program.text), "Host" | "Hostname"),
            Language::Java => matches!(tree.name(part, &self.program.text), "getHost" | "getAuthority" | "host"),
            _ => false,
        };
        let Some(object) = tree.child(part, Field::Object).filter(|_| host) else { return Vec::new() };
        let mut facts = vec![(self.text(object), Purposes::URL)];
        if let [only] = self.flow.data.definitions_of(object)[..]
            && let crate::graph::dfg::Value::Expression(made) = self.flow.data.definitions[only as usize].value
            && let Some(from) = tree.positional(made).next()
        {
            facts.push((self.text(from), Purposes::URL));
        }
        facts
    }
}
