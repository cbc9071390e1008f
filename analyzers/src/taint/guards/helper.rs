//! Checks that a function of the unit makes for its caller: `if not is_valid(name): refuse`, `check(path)`.

use super::{Collector, Fact, MOST_DEPTH};
use crate::graph::dfg::Value;
use crate::syntax::{Field, Kind, NodeId};
use crate::taint::Purposes;

/// Properties of an address that is not one of this network.
const INSIDE: &[&str] = &["is_private", "is_loopback", "is_link_local", "is_reserved", "is_multicast"];

impl<'p> Collector<'_, 'p> {
    /// Whether a node holds a condition or a statement that calls a function of the unit.
    pub(super) fn asks_helper(&self, node: NodeId) -> bool {
        let tree = self.tree;
        let asked = match tree.kind(node) {
            Kind::If | Kind::Conditional | Kind::Assert | Kind::While => tree.child(node, Field::Test),
            Kind::ExprStatement => tree.child(node, Field::Value),
            _ => None,
        };
        asked.is_some_and(|asked| {
            tree.subtree(asked).take(40).any(|part| match tree.kind(part) {
                Kind::Call => self.flow.data.called(part).is_some(),
                Kind::Name => matches!(self.only_value(part), Some(value) if tree.kind(value) == Kind::Call),
                _ => false,
            })
        })
    }

    fn only_value(&self, name: NodeId) -> Option<NodeId> {
        let [only] = self.flow.data.definitions_of(name)[..] else { return None };
        match self.flow.data.definitions[only as usize].value {
            Value::Expression(value) => Some(value),
            _ => None,
        }
    }

    /// What holds of the arguments of a call of a function of the unit that came out as `side`.
    pub(super) fn answered_by_helper(&self, call: NodeId, side: bool, depth: u32) -> Vec<Fact<'p>> {
        let tree = self.tree;
        if !self.helpers || depth > MOST_DEPTH / 2 {
            return Vec::new();
        }
        let Some(function) = self.flow.data.called(call) else { return Vec::new() };
        let mut common: Option<Vec<Fact<'p>>> = None;
        for value in self.flow.returns_of(function) {
            let constant = self.program.names.constant(value);
            if let Some(known) = constant.and_then(crate::resolve::Constant::bool)
                && known != side
            {
                continue;
            }
            if side && tree.kind(value) == Kind::Null {
                continue;
            }
            let mut facts = self.facts(value, side, depth + MOST_DEPTH / 4);
            facts.extend(self.known_at(value));
            common = Some(match common {
                None => facts,
                Some(before) => before
                    .into_iter()
                    .filter(|fact| facts.iter().any(|other| other.0 == fact.0 && other.1.holds(fact.1)))
                    .collect(),
            });
        }
        self.for_caller(call, function, &common.unwrap_or_default())
    }

    /// What holds of the arguments of a call of a function of the unit that came back.
    pub(super) fn passed_check(&self, call: NodeId) -> Vec<Fact<'p>> {
        let tree = self.tree;
        if !self.helpers {
            return Vec::new();
        }
        let Some(function) = self.flow.data.called(call) else { return Vec::new() };
        let Some(body) = tree.child(function, Field::Body) else { return Vec::new() };
        let end = tree.end(body);
        let mut facts = Vec::new();
        for parameter in tree.children_in(function, Field::Parameter).take(16) {
            let name = tree.name(parameter, &self.program.text);
            let guards = self.guards.get(name).into_iter().flatten();
            let lasting = guards.filter(|guard| guard.to >= end && guard.from >= body && guard.from < end);
            facts.extend(lasting.map(|guard| (name, guard.safe)));
            // The last statement may be the check itself.
            if let Some(last) = tree.children(body).last().filter(|&last| tree.kind(last) == Kind::If)
                && let Some(test) = tree.child(last, Field::Test)
                && tree.child(last, Field::Body).is_some_and(|body| self.leaves(body))
            {
                facts.extend(self.facts(test, false, MOST_DEPTH / 2).into_iter().filter(|fact| fact.0 == name));
            }
        }
        self.for_caller(call, function, &facts)
    }

    /// What is known of names at a node, by the guards found so far.
    fn known_at(&self, node: NodeId) -> Vec<Fact<'p>> {
        let tree = self.tree;
        let Some(function) = tree.ancestors(node).find(|&above| tree.kind(above) == Kind::Function) else {
            return Vec::new();
        };
        let mut facts = Vec::new();
        for parameter in tree.children_in(function, Field::Parameter).take(16) {
            let name = tree.name(parameter, &self.program.text);
            let guards = self.guards.get(name).into_iter().flatten();
            facts.extend(guards.filter(|guard| guard.from <= node && node < guard.to).map(|guard| (name, guard.safe)));
        }
        facts
    }

    /// Facts of parameters as facts of what is passed for them.
    fn for_caller(&self, call: NodeId, function: NodeId, facts: &[Fact<'p>]) -> Vec<Fact<'p>> {
        if facts.is_empty() {
            return Vec::new();
        }
        let mut found = Vec::new();
        for (value, parameter) in self.flow.data.passed(call, function) {
            let name = self.tree.name(parameter, &self.program.text);
            found.extend(facts.iter().filter(|fact| fact.0 == name).map(|fact| (self.text(value), fact.1)));
        }
        found
    }

    /// `ip.is_private` came out false, `ip.is_global` true: whatever the address was made from may be fetched.
    pub(super) fn kind_of_address(&self, test: NodeId, side: bool) -> Vec<Fact<'p>> {
        let tree = self.tree;
        let name = tree.name(test, &self.program.text);
        if !(side && name == "is_global" || !side && INSIDE.contains(&name)) {
            return if side { Vec::new() } else { self.part_of_url(test).into_iter().collect() };
        }
        let Some(object) = tree.child(test, Field::Object) else { return Vec::new() };
        let mut facts = Vec::new();
        let mut open = vec![object];
        let mut seen = 0;
        while let Some(node) = open.pop() {
            seen += 1;
            if seen > 24 {
                break;
            }
            match tree.kind(node) {
                Kind::Name => {
                    facts.push((self.text(node), Purposes::URL));
                    open.extend(self.only_value(node));
                }
                Kind::Attribute => open.extend(tree.child(node, Field::Object)),
                Kind::Call => {
                    open.extend(tree.positional(node).take(1));
                    let callee = tree.child(node, Field::Callee);
                    open.extend(callee.and_then(|callee| tree.child(callee, Field::Object)));
                }
                Kind::Subscript => open.extend(tree.child(node, Field::Object)),
                _ => {}
            }
        }
        facts
    }
}
