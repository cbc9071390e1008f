//! Taint: which outside values reach an expression, through which steps, and for which use they were made harmless.
//!
//! Demand-driven over reaching definitions, one summary level for calls inside the unit, recursion-safe. The work of
//! one unit is bounded; what lies beyond the bound counts as an unknown outside value, never as harmless.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use crate::finding::Step;
use crate::graph::dfg::{self, DataFlow, Value};
use crate::lang::Language;
use crate::program::Program;
use crate::syntax::{Field, Kind, NodeId, Tree};

mod calls;
mod evaluate;
mod guards;
mod handlers;
mod parameters;
mod python;
mod script;
mod tables;

pub(crate) use calls::verbs;
pub use tables::{Purposes, Source};

use guards::Guard;
use tables::Tables;

/// Most origins that are kept for one expression.
const MOST_ORIGINS: usize = 8;
/// Deepest chain of expressions and definitions that is followed.
const MOST_DEPTH: u32 = 160;
/// Most steps of a trace.
const MOST_STEPS: usize = 10;

/// An outside value that reaches an expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin {
    /// Where it comes in.
    pub node: NodeId,
    /// From where.
    pub source: Source,
    /// What it was made harmless for on every way here.
    pub safe: Purposes,
    /// A check of unknown strength was made on it.
    pub checked: bool,
}

type Origins = Vec<Origin>;

fn join(into: &mut Origins, origin: Origin) {
    if let Some(known) = into.iter_mut().find(|known| known.node == origin.node) {
        known.safe = known.safe.both(origin.safe);
        known.checked &= origin.checked;
        known.source = known.source.max(origin.source);
    } else if into.len() < MOST_ORIGINS {
        into.push(origin);
    } else if let Some(weakest) = into.iter_mut().min_by_key(|known| known.source)
        && weakest.source < origin.source
    {
        *weakest = origin;
    }
}

const UNSEEN: u32 = u32::MAX;
const OPEN: u32 = u32::MAX - 1;

/// Flows of one unit.
#[derive(Debug)]
pub struct Flow<'p> {
    data: DataFlow<'p>,
    tables: &'static Tables,
    guards: HashMap<&'p str, Vec<Guard>>,
    calls: HashMap<NodeId, Vec<NodeId>>,
    /// Functions of the unit that calls get by their name, with these calls.
    handed: HashMap<NodeId, Vec<NodeId>>,
    /// Names that a module of JavaScript uses for more than calls; `None` where it shows nothing to others.
    given_out: Option<std::collections::HashSet<&'p str>>,
    returns: RefCell<HashMap<NodeId, Vec<NodeId>>>,
    memo: RefCell<Vec<u32>>,
    arena: RefCell<Vec<Origins>>,
    /// Steps left before everything counts as unknown.
    steps: Cell<u32>,
    depth: Cell<u32>,
    /// Depth of the shallowest open expression that a cycle led back to.
    cut: Cell<u32>,
}

impl<'p> Flow<'p> {
    /// The flows of a program.
    pub fn of(program: &'p Program) -> Self {
        let data = dfg::build(program);
        let tables = tables::of(program.language);
        let mut calls: HashMap<NodeId, Vec<NodeId>> = HashMap::new();
        let creates = matches!(program.language, Language::Java | Language::CSharp | Language::Php);
        for node in program.tree.ids().filter(|&node| {
            let kind = program.tree.kind(node);
            kind == Kind::Call || creates && kind == Kind::New
        }) {
            if let Some(function) = data.called(node) {
                let list = calls.entry(function).or_default();
                if list.len() < 32 {
                    list.push(node);
                }
            }
        }
        let flow = Self {
            guards: HashMap::new(),
            tables,
            calls,
            handed: HashMap::new(),
            given_out: handlers::given_out(program),
            returns: RefCell::new(HashMap::new()),
            memo: RefCell::new(vec![UNSEEN; program.tree.len()]),
            arena: RefCell::new(vec![Origins::new()]),
            steps: Cell::new(20_000 + 16 * program.tree.len() as u32),
            depth: Cell::new(0),
            cut: Cell::new(u32::MAX),
            data,
        };
        let handed = flow.handed();
        let flow = Self { handed, ..flow };
        let guards = guards::collect(&flow);
        let flow = Self { guards, ..flow };
        // In tree order, so that chains of definitions are short when they are asked for.
        for definition in &flow.data.definitions {
            if let Value::Expression(value) = definition.value {
                flow.evaluate(value);
            }
        }
        flow
    }

    /// Calls in the unit that run a function of it.
    pub(crate) fn callers(&self, function: NodeId) -> &[NodeId] {
        self.calls.get(&function).map(Vec::as_slice).unwrap_or_default()
    }

    /// The data flow below.
    pub(crate) fn data(&self) -> &DataFlow<'p> {
        &self.data
    }

    fn program(&self) -> &'p Program {
        self.data.program()
    }

    fn tree(&self) -> &'p Tree {
        &self.program().tree
    }

    fn text(&self, node: NodeId) -> &'p str {
        self.tree().text(node, &self.program().text)
    }

    fn name(&self, node: NodeId) -> &'p str {
        self.tree().name(node, &self.program().text)
    }

    fn path(&self, node: NodeId) -> Option<&str> {
        self.program().names.path(node)
    }

    /// Every outside value that reaches an expression.
    pub fn origins(&self, node: NodeId) -> Vec<Origin> {
        let set = self.evaluate(node);
        self.arena.borrow()[set as usize].clone()
    }

    /// The strongest outside value that reaches an expression without having been made harmless for `purpose`.
    pub fn tainted(&self, node: NodeId, purpose: Purposes) -> Option<Origin> {
        let set = self.evaluate(node);
        let arena = self.arena.borrow();
        let open = arena[set as usize].iter().filter(|origin| !origin.safe.holds(purpose));
        open.copied().max_by_key(|origin| (!origin.checked, origin.source))
    }

    /// Whether outside values reach the expression and every one was made harmless for `purpose`.
    pub fn sanitised(&self, node: NodeId, purpose: Purposes) -> bool {
        !self.origins(node).is_empty() && self.tainted(node, purpose).is_none()
    }

    /// The steps from an origin to an expression, source first.
    pub fn trace(&self, node: NodeId, origin: Origin) -> Vec<Step> {
        let mut steps = Vec::new();
        let mut seen = vec![node];
        let mut at = node;
        while steps.len() < MOST_STEPS {
            let Some((usage, definition)) = self.towards(at, origin, &seen) else { break };
            let said = if self.tree().kind(usage) == Kind::Attribute {
                "kept in an attribute"
            } else {
                "goes into this value"
            };
            steps.push(Step { span: self.tree().span(definition), note: said.to_owned() });
            seen.push(definition);
            at = definition;
        }
        steps.push(Step { span: self.tree().span(origin.node), note: format!("{} comes in", origin.source.name()) });
        steps.reverse();
        steps
    }

    /// Inside `at`, a use that carries `origin`, and the value that its definition gives.
    fn towards(&self, at: NodeId, origin: Origin, seen: &[NodeId]) -> Option<(NodeId, NodeId)> {
        if self.tree().contains(at, origin.node) {
            return None;
        }
        let carries = |node: NodeId| self.origins(node).iter().any(|known| known.node == origin.node);
        for usage in self.tree().subtree(at).take(400) {
            if !matches!(self.tree().kind(usage), Kind::Name | Kind::Attribute) || !carries(usage) {
                continue;
            }
            for &at in self.data.definitions_of(usage).iter() {
                let definition = &self.data.definitions[at as usize];
                let (Value::Expression(value)
                | Value::Element(value)
                | Value::Arguments(value)
                | Value::Output(value)
                | Value::Written(value, _)) = definition.value
                else {
                    continue;
                };
                if !seen.contains(&value) && carries(value) {
                    return Some((usage, value));
                }
            }
        }
        None
    }

    /// Whether the result of a callee (dotted name, and method for calls on objects) is safe for `purpose`.
    pub(crate) fn makes_safe(&self, path: &str, method: &str, purpose: Purposes) -> bool {
        let known = |table: &[(&str, Purposes)], name: &str| {
            !name.is_empty() && table.iter().any(|(known, safe)| *known == name && safe.holds(purpose))
        };
        known(self.tables.sanitizers, path) || known(self.tables.sanitizing_methods, method)
    }

    fn unknown(node: NodeId) -> Origins {
        vec![Origin { node, source: Source::Unknown, safe: Purposes::NONE, checked: false }]
    }

    fn store(&self, origins: Origins) -> u32 {
        if origins.is_empty() {
            return 0;
        }
        let mut arena = self.arena.borrow_mut();
        arena.push(origins);
        arena.len() as u32 - 1
    }

    fn evaluate(&self, node: NodeId) -> u32 {
        match self.memo.borrow().get(node.index()).copied() {
            None => return 0,
            Some(UNSEEN) => {}
            Some(OPEN) => {
                // A cycle: the open expression will add what it finds itself.
                self.cut.set(0);
                return 0;
            }
            Some(known) => return known,
        }
        let depth = self.depth.get();
        let left = self.steps.get();
        if left == 0 || depth >= MOST_DEPTH {
            return self.store(Self::unknown(node));
        }
        self.steps.set(left - 1);
        self.depth.set(depth + 1);
        self.memo.borrow_mut()[node.index()] = OPEN;
        let before = self.cut.replace(u32::MAX);
        let set = self.store(self.look(node));
        let partial = self.cut.get() != u32::MAX && depth > 0;
        self.memo.borrow_mut()[node.index()] = if partial { UNSEEN } else { set };
        self.cut.set(if depth == 0 { u32::MAX } else { self.cut.get().min(before) });
        self.depth.set(depth);
        set
    }

    fn gather(&self, nodes: impl Iterator<Item = NodeId>) -> Origins {
        let mut all = Origins::new();
        for node in nodes {
            let set = self.evaluate(node);
            for &origin in &self.arena.borrow()[set as usize] {
                join(&mut all, origin);
            }
        }
        all
    }

    /// The expressions one of which a value is: through names, choices, casts, parameters whose callers are here, and
    /// functions of the unit. What cannot be followed stands for itself.
    pub(crate) fn leaves(&self, node: NodeId) -> Vec<NodeId> {
        let tree = self.tree();
        let mut found = Vec::new();
        let mut seen = vec![node];
        let mut at = 0;
        while let Some(&node) = seen.get(at) {
            at += 1;
            let next: Vec<NodeId> = match tree.kind(node) {
                Kind::Name | Kind::Attribute => {
                    let definitions = self.data.definitions_of(node);
                    let values = definitions.iter().filter_map(|&at| match self.data.definitions[at as usize].value {
                        Value::Expression(value) => Some(value),
                        Value::Parameter(_) => Some(self.data.definitions[at as usize].node),
                        _ => None,
                    });
                    values.collect()
                }
                Kind::Parameter => {
                    let function = tree.scope(node);
                    let passed = self.callers(function).iter().filter_map(|&call| {
                        let pairs = self.data.passed(call, function).into_iter();
                        pairs.filter(|&(_, parameter)| parameter == node).map(|(value, _)| value).next()
                    });
                    passed.collect()
                }
                Kind::Conditional => [Field::Body, Field::Else].iter().filter_map(|&f| tree.child(node, f)).collect(),
                Kind::Cast | Kind::Assign => tree.children_in(node, Field::Value).collect(),
                Kind::Call => self.data.called(node).map(|function| self.returns_of(function)).unwrap_or_default(),
                _ => Vec::new(),
            };
            let mut any = false;
            for value in next {
                any = true;
                if seen.len() < 64 && !seen.contains(&value) {
                    seen.push(value);
                }
            }
            if !any {
                found.push(node);
            }
        }
        found
    }

    /// Applies the checks under which `node` runs; `newest` is the newest definition it sees.
    fn guarded(&self, node: NodeId, mut origins: Origins, newest: NodeId) -> Origins {
        if origins.is_empty() {
            return origins;
        }
        let Some(guards) = self.guards.get(self.text(node)) else { return origins };
        for guard in guards.iter().filter(|guard| guard.from <= node && node < guard.to) {
            // Given anew after the check.
            if newest != node && newest >= guard.from && newest < node {
                continue;
            }
            for origin in &mut origins {
                origin.safe = origin.safe.with(guard.safe);
                origin.checked = true;
            }
        }
        origins
    }
}

#[cfg(test)]
mod tests;
