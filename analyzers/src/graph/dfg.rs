//! Definitions and the uses they reach: flow-sensitive inside a scope, flow-insensitive across scopes and for scopes
//! that are too large; the work is bounded in every case.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use crate::graph::Edge;
use crate::graph::cfg::{self, ControlFlow};
use crate::lang::{Language, go, memory};
use crate::program::Program;
use crate::syntax::{Field, Kind, NodeId, Tree};

/// Most machine words of reaching-definition sets that one scope may take.
const MOST_WORDS: usize = 300_000;
/// Most passes over a scope before it is treated flow-insensitively.
const MOST_PASSES: usize = 12;
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

/// Reaching definitions of one scope as bit sets, one row per vertex.
#[derive(Debug)]
struct Reaching {
    first: u32,
    words: usize,
    /// Definition → bit, by position in the scope's sorted list.
    members: Vec<u32>,
    bits: Vec<u64>,
}

impl Reaching {
    fn holds(&self, vertex: u32, definition: u32) -> bool {
        let Ok(bit) = self.members.binary_search(&definition) else { return false };
        let at = (vertex.wrapping_sub(self.first)) as usize * self.words + bit / 64;
        self.bits.get(at).is_some_and(|word| word >> (bit % 64) & 1 == 1)
    }
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
            Kind::Name => return Some(tree.text(node, text)).filter(|symbol| symbol.len() < 100),
            Kind::Attribute => at = tree.child(at, Field::Object)?,
            _ => return None,
        }
    }
    None
}

/// Methods that put their arguments into their object.
fn changes_object(method: &str) -> bool {
    matches!(
        method,
        "append"
            | "extend"
            | "insert"
            | "add"
            | "update"
            | "setdefault"
            | "push"
            | "unshift"
            | "put"
            | "putAll"
            | "addAll"
            | "write"
            | "writelines"
            | "concat"
            | "WriteString"
            | "Write"
            | "WriteByte"
            | "WriteRune"
            | "PushBack"
            | "PushFront"
            | "Add"
            | "Set"
            | "Store"
    )
}

/// Functions of Go that write into their first argument (`io.Copy(dst, src)`, `reader.Read(buffer)`).
fn fills_first(name: &str) -> bool {
    matches!(
        name,
        "copy"
            | "Copy"
            | "CopyN"
            | "CopyBuffer"
            | "Fprintf"
            | "Fprint"
            | "Fprintln"
            | "Read"
            | "Decode"
            | "Bind"
            | "BindJSON"
            | "ShouldBind"
            | "ShouldBindJSON"
            | "ShouldBindQuery"
            | "BodyParser"
            | "QueryParser"
            | "ReadJSON"
    )
}

/// Methods of Go that fill their arguments with what a database holds, whatever was asked.
fn reads_database(name: &str) -> bool {
    matches!(
        name,
        "Scan"
            | "StructScan"
            | "First"
            | "Find"
            | "Take"
            | "Last"
            | "Pluck"
            | "Select"
            | "Get"
            | "All"
            | "Save"
            | "Create"
    )
}

/// Java's methods that put their arguments into their object, by its naming conventions.
fn changes_java_object(method: &str) -> bool {
    let verb = ["set", "add", "put", "append", "insert", "offer", "with", "write", "replace"]
        .iter()
        .find_map(|verb| method.strip_prefix(verb));
    verb.is_some_and(|rest| rest.is_empty() || rest.starts_with(|letter: char| letter.is_ascii_uppercase()))
        || matches!(method, "push" | "init" | "load" | "parse" | "addedTo" | "loadFrom")
}

/// Java's methods that fill their first argument from their object.
fn fills_argument(method: &str) -> bool {
    matches!(
        method,
        "read" | "readFully" | "readNBytes" | "receive" | "getChars" | "getBytes" | "transferTo" | "drainTo"
    )
}

struct Collector<'c, 'p> {
    language: Language,
    program: &'p Program,
    c_family: bool,
    tree: &'p Tree,
    text: &'p str,
    control: &'c ControlFlow,
    scope_by_node: HashMap<NodeId, u32>,
    symbols: HashMap<&'p str, u32>,
    definitions: Vec<Definition>,
    /// Scope, symbol, and whether it belongs to the function around rather than to the module.
    globals: Vec<(u32, u32, bool)>,
    java: bool,
    /// Bindings of the unit's names, for fields that are assigned without `this`.
    names: &'c crate::resolve::Names,
}

impl<'p> Collector<'_, 'p> {
    fn symbol(&mut self, name: &'p str) -> u32 {
        let next = self.symbols.len() as u32;
        *self.symbols.entry(name).or_insert(next)
    }

    fn add(&mut self, node: NodeId, name: &'p str, value: Value, strong: bool, inline: bool) {
        if name.is_empty() {
            return;
        }
        let symbol = self.symbol(name);
        let vertex = self.control.vertex(node);
        let mut scope = self.control.scope_of.get(vertex as usize).copied().unwrap_or(0);
        if let Value::Parameter(function) = value {
            scope = self.scope_by_node.get(&function).copied().unwrap_or(scope);
        }
        let within = match value {
            Value::Parameter(lambda) if inline => Some(lambda),
            Value::Element(_) if inline => {
                self.tree.ancestors(node).find(|&above| self.tree.kind(above) == Kind::Comprehension)
            }
            _ => None,
        };
        self.definitions.push(Definition { node, value, symbol, scope, vertex, strong, inline, within });
    }

    /// Whether a bare name stands for a field of the class around.
    fn is_field(&self, name: NodeId) -> bool {
        self.control.scope_of.get(self.control.vertex(name) as usize).is_some_and(|&scope| scope != 0)
            && self.names.binding(name).is_some_and(|binding| {
                let first = self.names.definitions(binding).first();
                first.is_some_and(|definition| self.tree.kind(definition.scope) == Kind::Class)
            })
    }

    /// A field keeps its value beyond the method that sets it: the other methods see it too.
    fn add_field(&mut self, node: NodeId, name: &'p str, value: Value) {
        let symbol = self.symbol(name);
        let vertex = self.control.vertex(node);
        self.definitions.push(Definition {
            node,
            value,
            symbol,
            scope: 0,
            vertex,
            strong: false,
            inline: false,
            within: None,
        });
    }

    /// Binds a target to a value, taking tuples apart.
    fn bind(&mut self, target: NodeId, value: Value, inline: bool) {
        match self.tree.kind(target) {
            Kind::Name => {
                let name = self.tree.text(target, self.text);
                self.add(target, name, value, true, inline);
                if self.java && self.is_field(target) {
                    self.add_field(target, name, value);
                }
            }
            Kind::Attribute => {
                if let Some(symbol) = symbol_text(self.tree, self.text, target) {
                    self.add(target, symbol, value, true, inline);
                    if let Some(name) = symbol.strip_prefix("this.").filter(|_| self.java) {
                        self.add_field(target, name, value);
                    }
                } else if self.c_family {
                    self.bind_base(target, value, inline);
                }
            }
            Kind::Unary => self.bind_base(target, value, inline),
            Kind::Subscript if self.c_family => self.bind_base(target, value, inline),
            Kind::Subscript => {
                let object = self.tree.child(target, Field::Object);
                if let Some(symbol) = object.and_then(|object| symbol_text(self.tree, self.text, object)) {
                    self.add(target, symbol, value, false, inline);
                }
            }
            Kind::Tuple | Kind::List | Kind::Set | Kind::Dict | Kind::Spread | Kind::Pair | Kind::Other => {
                let values = match value {
                    Value::Expression(value) if matches!(self.tree.kind(value), Kind::Tuple | Kind::List) => {
                        Some(value)
                    }
                    _ => None,
                };
                let same = values.is_some_and(|values| {
                    self.tree.children(values).count() == self.tree.children(target).count()
                        && self.tree.children(values).all(|child| self.tree.kind(child) != Kind::Spread)
                });
                let parts: Vec<NodeId> = self.tree.children(target).collect();
                let mut given = values.filter(|_| same).map(|values| self.tree.children(values));
                for part in parts {
                    if self.tree.kind(target) == Kind::Pair && self.tree.field(part) == Field::Key {
                        continue;
                    }
                    let own = given.as_mut().and_then(Iterator::next).map(Value::Expression);
                    // `value, err := f(x)`: whether it went well is no part of the value.
                    let outcome = own.is_none()
                        && self.language == Language::Go
                        && matches!(self.tree.text(part, self.text), "err" | "ok" | "found" | "exists");
                    let value = if outcome { Value::Named } else { value };
                    self.bind(part, own.unwrap_or(value), inline);
                }
            }
            _ => {}
        }
    }

    /// What a call of Go writes into: `&x`, and the first argument of copying and reading functions.
    fn outputs(&mut self, call: NodeId, callee: NodeId) {
        let tree = self.tree;
        let name = tree.name(callee, self.text);
        let method = tree.kind(callee) == Kind::Attribute;
        let scans = tree.child(callee, Field::Object).is_some_and(|object| tree.text(object, self.text) == "fmt");
        if method && !scans && reads_database(name) {
            return;
        }
        for (at, argument) in tree.positional(call).take(16).collect::<Vec<_>>().into_iter().enumerate() {
            let taken = tree.kind(argument) == Kind::Unary && tree.name(argument, self.text) == "&";
            let inner = if taken { tree.child(argument, Field::Value) } else { Some(argument) };
            let filled = taken
                || (at == 0 && fills_first(name))
                || (at == 1 && matches!(name, "Unmarshal" | "ReadFull" | "ReadAtLeast"));
            let Some(inner) = inner.filter(|_| filled) else { continue };
            let object =
                if tree.kind(inner) == Kind::Subscript { tree.child(inner, Field::Object) } else { Some(inner) };
            if let Some(symbol) = object.and_then(|object| symbol_text(tree, self.text, object)) {
                self.add(inner, symbol, Value::Output(call), false, false);
            }
        }
    }

    /// `*p = x`, `a[i].f = x`: a part of what the name at the bottom stands for.
    fn bind_base(&mut self, target: NodeId, value: Value, inline: bool) {
        let Some(base) = memory::base(self.tree, self.text, target) else { return };
        if let Some(symbol) = symbol_text(self.tree, self.text, base) {
            self.add(target, symbol, value, false, inline);
        }
    }

    /// The arguments that a library function writes to.
    fn written(&mut self, call: NodeId, callee: NodeId) {
        let tree = self.tree;
        let path = self.program.names.path(callee).unwrap_or_default();
        let Some(writer) = memory::writer(path) else { return };
        let count = if writer.rest { 16 } else { 1 };
        let targets: Vec<NodeId> = tree.positional(call).skip(usize::from(writer.into)).take(count).collect();
        for (at, target) in targets.into_iter().enumerate() {
            let value = Value::Written(call, writer.into + at as u8);
            let Some(base) = memory::base(tree, self.text, target) else { continue };
            let strong = !writer.keeps && tree.kind(target) != Kind::Subscript && tree.kind(target) != Kind::Binary;
            if let Some(symbol) = symbol_text(tree, self.text, base) {
                self.add(base, symbol, value, strong, false);
            }
        }
    }

    /// `stream >> a >> b`: each gets what the stream gives.
    fn streamed(&mut self, node: NodeId) {
        let tree = self.tree;
        let (Some(right), Some(left)) = (tree.child(node, Field::Right), tree.child(node, Field::Left)) else { return };
        let mut stream = left;
        for _ in 0..32 {
            match tree.child(stream, Field::Left) {
                Some(inner) if tree.kind(stream) == Kind::Binary => stream = inner,
                _ => break,
            }
        }
        let stands = tree.parent(node).is_some_and(|above| {
            matches!(tree.kind(above), Kind::ExprStatement | Kind::While | Kind::If)
                || tree.kind(above) == Kind::Binary && tree.name(above, self.text) == ">>"
        });
        if stands
            && tree.kind(stream) != Kind::Number
            && let Some(symbol) = symbol_text(tree, self.text, right)
        {
            self.add(right, symbol, Value::Expression(stream), true, false);
        }
    }

    fn visit(&mut self, node: NodeId) {
        let tree = self.tree;
        match tree.kind(node) {
            Kind::Assign => {
                let inline = tree.statement(node) != node;
                let Some(value) = tree.child(node, Field::Value) else {
                    // `var x T` of Go is the zero value; the fields of a struct are no variables.
                    let declares = self.language == Language::Go
                        && tree
                            .parent(node)
                            .and_then(|block| tree.parent(block))
                            .is_none_or(|above| tree.kind(above) != Kind::Class);
                    if declares {
                        for target in tree.children_in(node, Field::Target) {
                            self.bind(target, Value::Named, self.control.vertex(node) == 0);
                        }
                    }
                    return;
                };
                for target in tree.children_in(node, Field::Target) {
                    self.bind(target, Value::Expression(value), inline || self.control.vertex(node) == 0);
                }
            }
            Kind::AugAssign if self.c_family && tree.child(node, Field::Value).is_none() => {
                // `i++`: what it was, and something more.
                if let Some(target) = tree.child(node, Field::Target)
                    && let Some(symbol) = symbol_text(tree, self.text, target)
                {
                    self.add(target, symbol, Value::Expression(target), false, false);
                }
            }
            Kind::AugAssign => {
                let (Some(target), Some(value)) = (tree.child(node, Field::Target), tree.child(node, Field::Value))
                else {
                    return;
                };
                let object =
                    if tree.kind(target) == Kind::Subscript { tree.child(target, Field::Object) } else { Some(target) };
                if let Some(symbol) = object.and_then(|object| symbol_text(tree, self.text, object)) {
                    self.add(target, symbol, Value::Expression(value), false, false);
                }
            }
            Kind::For => {
                let inline = tree.parent(node).is_some_and(|parent| tree.kind(parent) == Kind::Comprehension);
                if let (Some(target), Some(iter)) = (tree.child(node, Field::Target), tree.child(node, Field::Iter)) {
                    self.bind(target, Value::Element(iter), inline);
                }
            }
            Kind::WithItem => {
                if let (Some(target), Some(value)) = (tree.child(node, Field::Target), tree.child(node, Field::Value)) {
                    self.bind(target, Value::Expression(value), false);
                }
            }
            Kind::Handler => {
                if let Some(target) = tree.child(node, Field::Target) {
                    self.bind(target, Value::Named, false);
                }
            }
            Kind::Case if self.language == Language::Go => {}
            Kind::Case => {
                let subject = tree
                    .ancestors(node)
                    .find(|&above| tree.kind(above) == Kind::Switch)
                    .and_then(|switch| tree.child(switch, Field::Test));
                if let (Some(subject), Some(test)) = (subject, tree.child(node, Field::Test)) {
                    self.bind(test, Value::Expression(subject), false);
                }
            }
            Kind::Parameter => {
                let Some(function) =
                    tree.ancestors(node).find(|&above| matches!(tree.kind(above), Kind::Function | Kind::Lambda))
                else {
                    return;
                };
                let inline = !self.scope_by_node.contains_key(&function);
                self.add(node, tree.name(node, self.text), Value::Parameter(function), true, inline);
            }
            Kind::Function | Kind::Class => self.add(node, tree.name(node, self.text), Value::Named, true, false),
            Kind::ImportItem => self.add(node, tree.name(node, self.text), Value::Named, true, false),
            Kind::Binary if self.c_family && tree.name(node, self.text) == ">>" => self.streamed(node),
            Kind::Call => {
                let Some(callee) = tree.child(node, Field::Callee) else { return };
                if self.language == Language::Go {
                    self.outputs(node, callee);
                }
                if self.c_family {
                    self.written(node, callee);
                }
                if tree.kind(callee) != Kind::Attribute {
                    return;
                }
                let method = tree.name(callee, self.text);
                let object = tree.child(callee, Field::Object);
                if self.java && fills_argument(method) {
                    let buffer = tree.positional(node).next();
                    if let (Some(buffer), Some(object)) = (buffer, object)
                        && tree.kind(buffer) == Kind::Name
                    {
                        self.add(buffer, tree.text(buffer, self.text), Value::Expression(object), false, false);
                    }
                }
                if changes_object(method) || self.java && changes_java_object(method) {
                    if let Some(symbol) = object.and_then(|object| symbol_text(tree, self.text, object)) {
                        self.add(node, symbol, Value::Arguments(node), false, false);
                    }
                }
            }
            Kind::Global => {
                let scope = self.control.scope_of.get(self.control.vertex(node) as usize).copied().unwrap_or(0);
                for name in tree.children(node).collect::<Vec<_>>() {
                    let symbol = self.symbol(tree.text(name, self.text));
                    let outer = tree.text(node, self.text).starts_with("nonlocal");
                    self.globals.push((scope, symbol, outer));
                }
            }
            _ => {}
        }
    }
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
    let mut by_symbol = vec![Vec::new(); symbols.len()];
    for (at, definition) in definitions.iter().enumerate() {
        by_symbol[definition.symbol as usize].push(at as u32);
    }
    let reaching = reach(&control, &definitions, &by_symbol);
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
        reaching,
        parents,
        members,
        known: RefCell::default(),
    }
}

/// Reaching definitions of every scope.
fn reach(control: &ControlFlow, definitions: &[Definition], by_symbol: &[Vec<u32>]) -> Vec<Option<Reaching>> {
    let count = control.nodes.len();
    let mut dead = vec![false; control.dead.iter().map(|&(_, to)| to.index()).max().unwrap_or(0)];
    for &(from, to) in &control.dead {
        dead[from.index()..to.index()].fill(true);
    }
    let mut members: Vec<Vec<u32>> = vec![Vec::new(); control.scopes.len()];
    let mut at_vertex: Vec<(u32, u32)> = Vec::with_capacity(definitions.len());
    for (at, definition) in definitions.iter().enumerate() {
        members[definition.scope as usize].push(at as u32);
        let own_scope = control.scope_of[definition.vertex as usize] == definition.scope;
        // What never runs defines nothing.
        if dead.get(definition.node.index()) == Some(&true) {
            continue;
        }
        if own_scope && !matches!(definition.value, Value::Parameter(_)) {
            at_vertex.push((definition.vertex, at as u32));
        }
    }
    at_vertex.sort_unstable();
    let mut incoming: Vec<(u32, u32, Edge)> = control.edges.iter().map(|&(from, to, edge)| (to, from, edge)).collect();
    incoming.sort_unstable_by_key(|&(to, from, _)| (to, from));
    let starts = |list: &[u32]| -> Vec<u32> {
        let mut starts = vec![0_u32; count + 1];
        for &vertex in list {
            starts[vertex as usize + 1] += 1;
        }
        for at in 0..count {
            starts[at + 1] += starts[at];
        }
        starts
    };
    let incoming_starts = starts(&incoming.iter().map(|&(to, ..)| to).collect::<Vec<_>>());
    let defined_starts = starts(&at_vertex.iter().map(|&(vertex, _)| vertex).collect::<Vec<_>>());

    let mut ranges = vec![(u32::MAX, 0_u32); control.scopes.len()];
    for (vertex, &scope) in control.scope_of.iter().enumerate() {
        let range = &mut ranges[scope as usize];
        *range = (range.0.min(vertex as u32), range.1.max(vertex as u32 + 1));
    }
    members
        .into_iter()
        .enumerate()
        .map(|(scope, members)| {
            let (first, end) = ranges[scope];
            let words = members.len().div_ceil(64);
            if first >= end || words == 0 || (end - first) as usize * words > MOST_WORDS {
                return None;
            }
            let mut reaching = Reaching { first, words, members, bits: vec![0; (end - first) as usize * words] };
            let mut entry = vec![0_u64; words];
            for (bit, &at) in reaching.members.iter().enumerate() {
                let definition = &definitions[at as usize];
                let foreign = control.scope_of[definition.vertex as usize] as usize != scope;
                if (matches!(definition.value, Value::Parameter(_)) && !definition.inline) || foreign {
                    entry[bit / 64] |= 1 << (bit % 64);
                }
            }
            let mut out = reaching.bits.clone();
            let mut state = vec![0_u64; words];
            for _ in 0..MOST_PASSES {
                let mut changed = false;
                for vertex in first..end {
                    state.fill(0);
                    if scope == 0 && vertex == 0 {
                        state.copy_from_slice(&entry);
                    }
                    let range =
                        incoming_starts[vertex as usize] as usize..incoming_starts[vertex as usize + 1] as usize;
                    for &(_, from, edge) in &incoming[range] {
                        if from < first || from >= end || edge == Edge::Child {
                            merge(&mut state, &entry);
                            continue;
                        }
                        let row = (from - first) as usize * words;
                        merge(&mut state, &out[row..row + words]);
                        if edge == Edge::Exception {
                            merge(&mut state, &reaching.bits[row..row + words]);
                        }
                    }
                    let row = (vertex - first) as usize * words;
                    reaching.bits[row..row + words].copy_from_slice(&state);
                    let range = defined_starts[vertex as usize] as usize..defined_starts[vertex as usize + 1] as usize;
                    for &(_, at) in &at_vertex[range.clone()] {
                        let definition = &definitions[at as usize];
                        if definition.strong && !definition.inline {
                            // What another function gives the name may come at any time.
                            let own =
                                |at: u32| control.scope_of[definitions[at as usize].vertex as usize] as usize == scope;
                            kill(&mut state, &reaching.members, &by_symbol[definition.symbol as usize], own);
                        }
                    }
                    for &(_, at) in &at_vertex[range] {
                        if let Ok(bit) = reaching.members.binary_search(&at) {
                            state[bit / 64] |= 1 << (bit % 64);
                        }
                    }
                    if out[row..row + words] != state[..] {
                        out[row..row + words].copy_from_slice(&state);
                        changed = true;
                    }
                }
                if !changed {
                    return Some(reaching);
                }
            }
            None
        })
        .collect()
}

fn merge(into: &mut [u64], from: &[u64]) {
    for (word, add) in into.iter_mut().zip(from) {
        *word |= add;
    }
}

fn kill(state: &mut [u64], members: &[u32], symbol: &[u32], own: impl Fn(u32) -> bool) {
    // A symbol with very many definitions is left alone: the result only grows.
    for at in symbol.iter().take(256).filter(|&&at| own(at)) {
        if let Ok(bit) = members.binary_search(at) {
            state[bit / 64] &= !(1 << (bit % 64));
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
                    || self.reaching[scope as usize].as_ref().is_none_or(|reaching| reaching.holds(vertex, at));
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
        if found.is_empty() && name.contains('.') {
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
        let Some(name) = name.strip_prefix("this.") else { return Vec::new() };
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

    /// The function of this unit that a call runs: by its own name, as a method of `self` or of a class here, or an
    /// anonymous one that stands there or is the only value of the name.
    pub(crate) fn called(&self, call: NodeId) -> Option<NodeId> {
        let callee = self.program.tree.child(call, Field::Callee)?;
        if self.program.tree.kind(callee) == Kind::Lambda {
            return Some(callee);
        }
        self.named_function(callee).or_else(|| self.anonymous_function(callee))
    }

    /// The anonymous function that a name or attribute stands for.
    fn anonymous_function(&self, callee: NodeId) -> Option<NodeId> {
        if !matches!(self.program.tree.kind(callee), Kind::Name | Kind::Attribute) {
            return None;
        }
        let definitions = self.definitions_of(callee);
        let [only] = definitions[..] else { return None };
        match self.definitions[only as usize].value {
            Value::Expression(value) if self.program.tree.kind(value) == Kind::Lambda => Some(value),
            _ => None,
        }
    }

    /// The function with a name of its own that an expression stands for.
    pub(crate) fn named_function(&self, callee: NodeId) -> Option<NodeId> {
        let tree = &self.program.tree;
        let call = tree.parent(callee).unwrap_or(callee);
        let java = self.program.language == Language::Java;
        let mut class = None;
        let name = match tree.kind(callee) {
            Kind::Name => tree.text(callee, &self.program.text),
            Kind::Attribute => {
                let object = tree.child(callee, Field::Object)?;
                if self.program.language == Language::Go {
                    return self.method_called(callee, object);
                }
                let written = tree.text(object, &self.program.text);
                let mut ours = matches!(written, "self" | "cls" | "this" | "super") || self.defines_class(written);
                if java {
                    let kind = self.program.names.type_of(object).and_then(|kind| kind.rsplit('.').next());
                    class = kind.filter(|kind| self.defines_class(kind));
                    ours |= class.is_some();
                    if class.is_none() && self.defines_class(written) {
                        class = Some(written);
                    }
                }
                ours |= !java && self.program.names.type_of(object).is_some_and(|kind| self.defines_class(kind));
                if !ours {
                    return None;
                }
                tree.name(callee, &self.program.text)
            }
            _ => return None,
        };
        let symbol = *self.symbols.get(name)?;
        let functions = self.by_symbol[symbol as usize]
            .iter()
            .take(64)
            .map(|&at| &self.definitions[at as usize])
            .filter(|definition| definition.value == Value::Named && tree.kind(definition.node) == Kind::Function)
            .map(|definition| definition.node);
        if java {
            return self.chosen(call, functions.collect(), class);
        }
        let mut functions = functions;
        let first = functions.next()?;
        // Two functions of one name: which one runs is not known here.
        functions.next().is_none().then_some(first)
    }

    /// The method of a type of this unit that `object.name()` runs.
    fn method_called(&self, callee: NodeId, object: NodeId) -> Option<NodeId> {
        let Program { tree, text, names, .. } = self.program;
        // A package, or a type of one.
        let foreign = |path: &str| path.contains(['/', '.']) || crate::lang::known::go_package(path).is_some();
        let package = tree.kind(object) == Kind::Name
            && names.definition(object).is_some_and(|found| found.kind == crate::resolve::DefinitionKind::Import);
        if package || names.type_of(object).is_some_and(foreign) {
            return None;
        }
        let symbol = *self.symbols.get(tree.name(callee, text))?;
        let mut methods = self.by_symbol[symbol as usize]
            .iter()
            .take(64)
            .map(|&at| self.definitions[at as usize].node)
            .filter(|&node| go::has_receiver(tree, text, node));
        let first = methods.next()?;
        methods.next().is_none().then_some(first)
    }

    /// Of several methods of one name that of the class, then that with as many parameters, then that with a body.
    fn chosen(&self, call: NodeId, mut methods: Vec<NodeId>, class: Option<&str>) -> Option<NodeId> {
        let tree = &self.program.tree;
        let of_class = |method: NodeId| tree.ancestors(method).find(|&above| tree.kind(above) == Kind::Class);
        let mut keep = |holds: &dyn Fn(NodeId) -> bool| {
            if methods.len() > 1 && methods.iter().any(|&method| holds(method)) {
                methods.retain(|&method| holds(method));
            }
        };
        keep(&|method| tree.child(method, Field::Body).is_some());
        match class {
            Some(class) => {
                keep(&|method| of_class(method).is_some_and(|above| tree.name(above, &self.program.text) == class))
            }
            None => keep(&|method| of_class(method).is_some_and(|above| tree.contains(above, call))),
        }
        let given = tree.positional(call).count();
        keep(&|method| {
            let parameters = tree.children_in(method, Field::Parameter);
            parameters.filter(|&parameter| tree.kind(parameter) == Kind::Parameter).count() == given
        });
        let [only] = methods[..] else { return None };
        tree.child(only, Field::Body).is_some().then_some(only)
    }

    fn defines_class(&self, name: &str) -> bool {
        let Some(&symbol) = self.symbols.get(name) else { return false };
        self.by_symbol[symbol as usize]
            .iter()
            .take(64)
            .any(|&at| self.program.tree.kind(self.definitions[at as usize].node) == Kind::Class)
    }

    /// Argument → parameter pairs of a call inside the unit.
    pub(crate) fn passed(&self, call: NodeId, function: NodeId) -> Vec<(NodeId, NodeId)> {
        let tree = &self.program.tree;
        let text = &self.program.text;
        let is_method = tree.child(call, Field::Callee).is_some_and(|callee| tree.kind(callee) == Kind::Attribute);
        let parameters: Vec<NodeId> =
            tree.children(function).filter(|&node| tree.kind(node) == Kind::Parameter).take(64).collect();
        let own = if self.program.language == Language::Go {
            go::has_receiver(tree, text, function)
        } else {
            parameters.first().is_some_and(|&first| matches!(tree.name(first, text), "self" | "cls"))
        };
        let skipped = usize::from(own && is_method);
        let positional = tree.positional(call).zip(parameters.iter().skip(skipped).copied());
        let named = tree
            .children_in(call, Field::Argument)
            .filter(|&child| tree.kind(child) == Kind::Keyword)
            .filter_map(|keyword| {
                let name = tree.name(keyword, text);
                let parameter = parameters.iter().copied().find(|&parameter| tree.name(parameter, text) == name)?;
                Some((tree.child(keyword, Field::Value)?, parameter))
            });
        positional.chain(named).collect()
    }
}
