//! Definitions and the uses they reach: flow-sensitive inside a scope, flow-insensitive across scopes and for scopes
//! that are too large; the work is bounded in every case.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use crate::graph::cfg::{self, ControlFlow};
use crate::program::Program;
use crate::syntax::{Field, Kind, NodeId, Tree};

mod called;
mod collect;
mod reach;

use collect::{Collector, changes_java_object, changes_object};
use reach::{Reaching, places, reach};

/// Most definitions that one use is linked to.
const MOST_REACHING: usize = 24;

/// Most definitions of one name that are looked at before and after a use.
const MOST_LOOKED_AT: usize = 1_024;

/// What a definition gives its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Value {
    /// The value of an expression.
    Expression(NodeId),
    /// An element of what an expression gives.
    Element(NodeId),
    /// What the caller passes.
    Parameter(NodeId),
    /// The arguments of a call that changes its object (`list.append(x)`).
    Arguments(NodeId),
    /// What a call writes into an argument (`json.Unmarshal(data, &x)`).
    Output(NodeId),
    /// What a library function writes through its argument at this place (`fgets(line, …)`).
    Written(NodeId, u8),
    /// Something the unit names itself: a function, class, import or caught exception.
    Named,
}

/// A place where a name (or `self.x`, a container) gets a value.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Definition {
    /// The node that is written: a name, attribute, parameter, import …
    pub(crate) node: NodeId,
    /// What it gets.
    pub(crate) value: Value,
    symbol: u32,
    scope: u32,
    vertex: u32,
    /// Replaces what was there (as opposed to adding to it).
    strong: bool,
    /// Bound inside an expression: walrus, comprehension, lambda parameter.
    inline: bool,
    /// The comprehension or lambda outside of which the name means something else.
    within: Option<NodeId>,
}

/// Data flow of one unit.
#[derive(Debug)]
pub(crate) struct DataFlow<'p> {
    program: &'p Program,
    /// The control flow it stands on.
    pub(crate) control: ControlFlow,
    /// Every definition, in tree order.
    pub(crate) definitions: Vec<Definition>,
    symbols: HashMap<&'p str, u32>,
    by_symbol: Vec<Vec<u32>>,
    /// The place of every definition among those of its scope.
    places: Vec<u32>,
    reaching: Vec<Option<Reaching>>,
    parents: Vec<u32>,
    /// Definitions of attributes by the name of their object: `query.title = …` under `query`.
    members: HashMap<&'p str, Vec<u32>>,
    known: RefCell<HashMap<NodeId, Rc<[u32]>>>,
}

/// The text by which a name or a chain of attributes is tracked.
fn symbol_text<'p>(tree: &Tree, text: &'p str, node: NodeId) -> Option<&'p str> {
    let mut at = node;
    for _ in 0..6 {
        match tree.kind(at) {
            Kind::Name => return Some(symbol_name(tree, text, node)).filter(|symbol| symbol.len() < 100),
            Kind::Attribute => at = tree.child(at, Field::Object)?,
            _ => return None,
        }
    }
    None
}

/// What a name is tracked as: without the sign that a shell puts before it.
fn symbol_name<'p>(tree: &Tree, text: &'p str, node: NodeId) -> &'p str {
    let name = if tree.kind(node) == Kind::Name { tree.name(node, text) } else { "" };
    if name.is_empty() { tree.text(node, text) } else { name }
}

/// Whether a name is that of a part of an object, which one call may set and another read.
fn outlives(name: &str) -> bool {
    name.contains('.') || name.contains("->") || name.contains("::") || name.starts_with('@')
}

/// Finds definitions and what they reach.
pub(crate) fn build(program: &Program) -> DataFlow<'_> {
    let control = cfg::build(program);
    let mut collector = Collector {
        language: program.language,
        program,
        c_family: program.language.is_c_family(),
        tree: &program.tree,
        text: &program.text,
        control: &control,
        scope_by_node: control.scopes.iter().enumerate().skip(1).map(|(scope, &node)| (node, scope as u32)).collect(),
        symbols: HashMap::new(),
        definitions: Vec::new(),
        globals: Vec::new(),
        java: program.language == crate::lang::Language::Java,
        bare_fields: program.language.has_bare_fields(),
        names: &program.names,
    };
    for node in program.tree.ids() {
        collector.visit(node);
    }
    let Collector { symbols, mut definitions, mut globals, .. } = collector;
    globals.sort_unstable();
    let parents: Vec<u32> = (0..control.scopes.len())
        .map(|scope| control.scope_of.get(control.declared_by[scope] as usize).copied().unwrap_or(0))
        .collect();
    for definition in &mut definitions {
        let declared = |outer: bool| globals.binary_search(&(definition.scope, definition.symbol, outer)).is_ok();
        if definition.scope != 0 && declared(false) {
            definition.scope = 0;
        } else if definition.scope != 0 && declared(true) {
            definition.scope = parents.get(definition.scope as usize).copied().unwrap_or(0);
        }
    }
    if program.language == crate::lang::Language::Python {
        share_module_containers(&mut definitions);
    }
    let mut by_symbol = vec![Vec::new(); symbols.len()];
    for (at, definition) in definitions.iter().enumerate() {
        by_symbol[definition.symbol as usize].push(at as u32);
    }
    let places = places(control.scopes.len(), &definitions);
    let reaching = reach(&control, &definitions, &places, &by_symbol);
    let mut members: HashMap<&str, Vec<u32>> = HashMap::new();
    for (name, &symbol) in symbols.iter().filter(|_| program.language.is_script()) {
        if let Some((object, _)) =
            name.split_once('.').filter(|(object, _)| !matches!(*object, "this" | "module" | "exports"))
        {
            let list = members.entry(object).or_default();
            list.extend(by_symbol[symbol as usize].iter().take(MOST_REACHING));
            list.truncate(4 * MOST_REACHING);
        }
    }
    DataFlow {
        program,
        control,
        definitions,
        symbols,
        by_symbol,
        places,
        reaching,
        parents,
        members,
        known: RefCell::default(),
    }
}

/// What a function adds to a container of the module is there for the other functions.
fn share_module_containers(definitions: &mut [Definition]) {
    let own: HashSet<(u32, u32)> = definitions
        .iter()
        .filter(|definition| definition.strong || matches!(definition.value, Value::Parameter(_)))
        .map(|definition| (definition.scope, definition.symbol))
        .collect();
    for definition in definitions {
        let adds = !definition.strong && !definition.inline && definition.within.is_none();
        if adds
            && definition.scope != 0
            && !own.contains(&(definition.scope, definition.symbol))
            && own.contains(&(0, definition.symbol))
        {
            definition.scope = 0;
        }
    }
}

impl<'p> DataFlow<'p> {
    /// The unit.
    pub(crate) fn program(&self) -> &'p Program {
        self.program
    }

    /// The values that attributes of the object with that name were given before `usage` in the same scope.
    pub(crate) fn members_of(&self, usage: NodeId) -> Vec<u32> {
        let Some(list) = self.members.get(self.program.tree.text(usage, &self.program.text)) else { return Vec::new() };
        let scope = self.control.scope_of.get(self.control.vertex(usage) as usize);
        let own = |&&at: &&u32| {
            let definition = &self.definitions[at as usize];
            definition.node < usage && Some(&definition.scope) == scope
        };
        list.iter().filter(own).copied().take(MOST_REACHING).collect()
    }

    /// The definitions that a use of a name (or chain of attributes) may see, and whether the unit defines it at all.
    pub(crate) fn definitions_of(&self, usage: NodeId) -> Rc<[u32]> {
        if let Some(known) = self.known.borrow().get(&usage) {
            return Rc::clone(known);
        }
        let found: Rc<[u32]> = self.look_up(usage).into();
        self.known.borrow_mut().insert(usage, Rc::clone(&found));
        found
    }

    fn look_up(&self, usage: NodeId) -> Vec<u32> {
        let mut found = Vec::new();
        let Some(name) = symbol_text(&self.program.tree, &self.program.text, usage) else { return found };
        let Some(&symbol) = self.symbols.get(name) else { return self.field(name) };
        // Of very many definitions those around the use.
        let all = &self.by_symbol[symbol as usize];
        let here = all.partition_point(|&at| self.definitions[at as usize].node <= usage);
        let near = &all[here.saturating_sub(MOST_LOOKED_AT)..(here + MOST_LOOKED_AT).min(all.len())];
        #[cfg(test)]
        crate::work::add(near.len() / 16);
        let vertex = self.control.vertex(usage);
        let mut scope = self.control.scope_of.get(vertex as usize).copied().unwrap_or(0);
        let local = scope;
        let inner = near.iter().filter_map(|&at| self.definitions[at as usize].within);
        let inner = inner.filter(|&within| self.program.tree.contains(within, usage)).max();
        // Scopes nest at most as deep as the tree.
        for _ in 0..=512 {
            let mut any = false;
            for &at in near.iter().rev() {
                let definition = &self.definitions[at as usize];
                if definition.scope != scope || definition.within != inner {
                    continue;
                }
                any = true;
                let reaches = scope != local
                    || (definition.inline && definition.vertex == vertex)
                    || self.reaching[scope as usize]
                        .as_ref()
                        .is_none_or(|reaching| reaching.holds(vertex, self.places[at as usize]));
                if reaches {
                    found.push(at);
                }
                if found.len() >= MOST_REACHING {
                    break;
                }
            }
            if any || scope == 0 {
                break;
            }
            scope = self.parents[scope as usize];
        }
        // An attribute of an object that outlives the call: any assignment in the unit may have made it.
        if found.is_empty() && outlives(name) {
            found.extend(all.iter().take(MOST_REACHING));
            found.extend(self.field(name));
            found.truncate(MOST_REACHING);
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// What a field that is read as `this.name` gets outside of methods.
    fn field(&self, name: &str) -> Vec<u32> {
        let own = ["this.", "$this->", "self::$", "static::$", "self::", "static::"];
        let Some(name) = own.iter().find_map(|own| name.strip_prefix(own)) else { return Vec::new() };
        let Some(&symbol) = self.symbols.get(name) else { return Vec::new() };
        let all = self.by_symbol[symbol as usize].iter().copied().take(MOST_LOOKED_AT);
        all.filter(|&at| self.definitions[at as usize].scope == 0).take(MOST_REACHING).collect()
    }

    /// Whether a definition only sets a property of what the name stands for (`name.setX(…)`).
    pub(crate) fn is_setting(&self, definition: u32) -> bool {
        let definition = &self.definitions[definition as usize];
        let Value::Arguments(call) = definition.value else { return false };
        let tree = &self.program.tree;
        tree.child(call, Field::Callee).is_some_and(|callee| {
            let method = tree.name(callee, &self.program.text);
            !changes_object(method) && changes_java_object(method)
        })
    }

    /// Value flow between tree nodes: definition to use, operand to expression, value to target.
    pub(crate) fn edges(&self) -> Vec<(NodeId, NodeId)> {
        let tree = &self.program.tree;
        let mut edges = Vec::with_capacity(tree.len());
        for definition in &self.definitions {
            match definition.value {
                Value::Expression(value)
                | Value::Element(value)
                | Value::Arguments(value)
                | Value::Output(value)
                | Value::Written(value, _) => {
                    edges.push((value, definition.node));
                }
                Value::Parameter(_) | Value::Named => {}
            }
        }
        for node in tree.ids() {
            let kind = tree.kind(node);
            let field = tree.field(node);
            let is_target = field == Field::Target;
            if matches!(kind, Kind::Name | Kind::Attribute) && !is_target {
                edges.extend(self.definitions_of(node).iter().map(|&at| (self.definitions[at as usize].node, node)));
            }
            let carries = !is_target
                && !kind.is_statement()
                && !matches!(field, Field::Body | Field::Decorator | Field::Parameter);
            if carries
                && let Some(parent) = tree.parent(node)
                && tree.kind(parent) != Kind::Block
                && parent != NodeId::ROOT
            {
                edges.push((node, parent));
            }
            if kind == Kind::Call
                && let Some(function) = self.called(node)
            {
                edges.extend(self.passed(node, function));
                let returns = tree
                    .subtree(function)
                    .filter(|&inner| tree.kind(inner) == Kind::Return && tree.scope(inner) == function);
                edges.extend(returns.take(8).map(|inner| (inner, node)));
            }
        }
        edges
    }
}
