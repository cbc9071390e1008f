//! What a check may ask about the unit: names, constants, arguments, flows; never another rule's findings.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::{HashMap, HashSet};

use crate::finding::{Confidence, Step};
use crate::graph::Edge;
use crate::graph::dfg::Value;
use crate::lang::Language;
use crate::program::Program;
use crate::syntax::{Field, Kind, NodeId, Tree};
use crate::taint::{Flow, Origin, Purposes, Source};

/// What can be said of a value that reaches a sink.
#[derive(Debug)]
pub(crate) enum Exposure {
    /// It is the same in every run.
    Constant,
    /// It varies, but cannot do harm in this use.
    Harmless,
    /// An outside value reaches it.
    Tainted(Taint),
    /// It varies, and where it comes from cannot be seen.
    Unclear,
}

/// An outside value at a sink.
#[derive(Debug)]
pub(crate) struct Taint {
    /// Where it comes from.
    pub(crate) origin: Origin,
    /// How sure it is that somebody else chooses it.
    pub(crate) confidence: Confidence,
    /// The way from there.
    pub(crate) trace: Vec<Step>,
}

impl Taint {
    /// What the source is called in messages.
    pub(crate) fn source(&self) -> &'static str {
        self.origin.source.name()
    }
}

/// How the arguments of a call reach the function that runs.
#[derive(Debug, Clone, Copy)]
enum Forward {
    /// `f.call(this, a, b)`
    Call,
    /// `f.apply(this, [a, b])`
    Apply,
    /// `Reflect.apply(f, this, [a, b])`
    Reflect,
    /// `f.bind(this, a)(b)`; the call of `bind`.
    Bound(NodeId),
}

/// The unit under analysis, with what is computed on demand and shared by the checks.
#[derive(Debug)]
pub struct Context<'p> {
    program: &'p Program,
    flow: OnceCell<Flow<'p>>,
    queries: OnceCell<HashSet<NodeId>>,
    /// Words that were looked for in the text, and whether they are there.
    mentioned: RefCell<HashMap<&'static str, bool>>,
    /// Texts that may still be looked into as code.
    texts_left: Cell<u32>,
    /// The unit is code that another unit holds as text.
    inner: bool,
    successors: OnceCell<Vec<Vec<(u32, Edge)>>>,
    types: OnceCell<HashMap<&'p str, NodeId>>,
    piece: OnceCell<bool>,
    classes: OnceCell<Vec<NodeId>>,
}

impl<'p> Context<'p> {
    /// A context of `program`.
    pub fn new(program: &'p Program) -> Self {
        Self {
            program,
            flow: OnceCell::new(),
            queries: OnceCell::new(),
            mentioned: RefCell::default(),
            texts_left: Cell::new(16),
            inner: false,
            successors: OnceCell::new(),
            types: OnceCell::new(),
            piece: OnceCell::new(),
            classes: OnceCell::new(),
        }
    }

    /// A context of code that another unit holds as text.
    pub(crate) fn inside(program: &'p Program) -> Self {
        Self { inner: true, ..Self::new(program) }
    }

    /// Whether one more text may be looked into as code: a few of a unit, none of code that is such a text itself.
    pub(crate) fn may_look_inside(&self) -> bool {
        let left = self.texts_left.get();
        self.texts_left.set(left.saturating_sub(1));
        !self.inner && left > 0
    }

    /// The unit.
    pub fn program(&self) -> &'p Program {
        self.program
    }

    /// Its tree.
    pub fn tree(&self) -> &'p Tree {
        &self.program.tree
    }

    /// Its text.
    pub fn text(&self) -> &'p str {
        &self.program.text
    }

    /// Whether a word stands anywhere in its text; looked for once.
    pub(crate) fn mentions(&self, word: &'static str) -> bool {
        *self.mentioned.borrow_mut().entry(word).or_insert_with(|| self.text().contains(word))
    }

    /// Its flows, computed when first asked for.
    pub fn flow(&self) -> &Flow<'p> {
        self.flow.get_or_init(|| Flow::of(self.program))
    }

    /// What the node is.
    pub fn kind(&self, node: NodeId) -> Kind {
        self.program.tree.kind(node)
    }

    /// The text of a node.
    pub(crate) fn source(&self, node: NodeId) -> &'p str {
        self.tree().text(node, self.text())
    }

    /// The name or operator of a node.
    pub(crate) fn name(&self, node: NodeId) -> &'p str {
        self.tree().name(node, self.text())
    }

    /// The canonical dotted name of an expression, empty where it has none.
    pub(crate) fn path(&self, node: NodeId) -> &str {
        self.program.names.path(node).unwrap_or_default()
    }

    /// The canonical dotted name of what a call calls, empty where it has none. `f.call(…)`, `f.apply(…)` and
    /// `Reflect.apply(f, …)` of JavaScript call `f`.
    pub(crate) fn callee(&self, call: NodeId) -> &str {
        let Some(callee) = self.tree().child(call, Field::Callee) else { return "" };
        match self.forwarded(call) {
            Some(Forward::Call | Forward::Apply) => {
                self.tree().child(callee, Field::Object).map(|object| self.path(object)).unwrap_or_default()
            }
            Some(Forward::Reflect) => {
                self.tree().positional(call).next().map(|target| self.path(target)).unwrap_or_default()
            }
            Some(Forward::Bound(_)) | None => self.path(callee),
        }
    }

    /// How JavaScript hands the arguments of a call on to another function.
    fn forwarded(&self, call: NodeId) -> Option<Forward> {
        if !self.program.language.is_script() || self.kind(call) != Kind::Call {
            return None;
        }
        let callee = self.tree().child(call, Field::Callee)?;
        match self.kind(callee) {
            Kind::Attribute => {
                let known =
                    || self.tree().child(callee, Field::Object).is_some_and(|object| !self.path(object).is_empty());
                match self.name(callee) {
                    "call" if known() => Some(Forward::Call),
                    "apply" if self.path(callee) == "Reflect.apply" => Some(Forward::Reflect),
                    "apply" if known() => Some(Forward::Apply),
                    _ => None,
                }
            }
            Kind::Call => {
                let inner = self.tree().child(callee, Field::Callee)?;
                (self.kind(inner) == Kind::Attribute && self.name(inner) == "bind").then_some(Forward::Bound(callee))
            }
            _ => None,
        }
    }

    /// The same, through what the unit keeps in an attribute: `tools.run = os.system` and then `tools.run(…)`; of a
    /// loop over functions the one that `wanted` takes.
    pub(crate) fn callee_through(&self, call: NodeId, wanted: impl Fn(&str) -> bool) -> &str {
        let path = self.callee(call);
        let Some(callee) = self.tree().child(call, Field::Callee).filter(|_| !wanted(path)) else { return path };
        if !matches!(self.kind(callee), Kind::Name | Kind::Attribute) {
            return path;
        }
        let data = self.flow().data();
        let definitions = data.definitions_of(callee);
        let values = definitions.iter().take(8).flat_map(|&at| match data.definitions[at as usize].value {
            Value::Expression(value) => vec![value],
            Value::Element(list) if matches!(self.kind(list), Kind::Tuple | Kind::List) => {
                self.tree().children(list).take(16).collect()
            }
            _ => Vec::new(),
        });
        let mut paths = values.map(|value| self.path(value));
        paths.find(|path| wanted(path)).unwrap_or(path)
    }

    /// The method that a call names on an object, empty for plain functions.
    pub(crate) fn method(&self, call: NodeId) -> &'p str {
        match self.tree().child(call, Field::Callee) {
            Some(callee) if self.kind(callee) == Kind::Attribute => self.name(callee),
            _ => "",
        }
    }

    /// The object on which a call names a method.
    pub(crate) fn object(&self, call: NodeId) -> Option<NodeId> {
        let callee = self.tree().child(call, Field::Callee)?;
        if self.kind(callee) == Kind::Attribute { self.tree().child(callee, Field::Object) } else { None }
    }

    /// The argument at `index`, or the keyword argument called `name`.
    pub(crate) fn argument(&self, call: NodeId, index: usize, name: &str) -> Option<NodeId> {
        self.tree().argument(call, index, name, self.text())
    }

    /// The positional argument at `index` of the function that is called in the end.
    pub(crate) fn positional(&self, call: NodeId, index: usize) -> Option<NodeId> {
        let tree = self.tree();
        let of_list = |list: NodeId| {
            let list = self.value(list);
            (self.kind(list) == Kind::List).then(|| tree.children(list).nth(index)).flatten()
        };
        match self.forwarded(call) {
            Some(Forward::Call) => tree.positional(call).nth(index + 1),
            Some(Forward::Apply) => tree.positional(call).nth(1).and_then(of_list),
            Some(Forward::Reflect) => tree.positional(call).nth(2).and_then(of_list),
            Some(Forward::Bound(bind)) => tree.positional(bind).skip(1).chain(tree.positional(call)).nth(index),
            None => tree.positional(call).nth(index).or_else(|| {
                // `f(...list)` with a list that the unit writes out.
                let script = self.program.language.is_script();
                let spread = tree.children_in(call, Field::Argument).next().filter(|_| script)?;
                let list = tree.child(spread, Field::Value).filter(|_| self.kind(spread) == Kind::Spread)?;
                of_list(list)
            }),
        }
    }

    /// The value of the keyword argument called `name`.
    pub(crate) fn keyword(&self, call: NodeId, name: &str) -> Option<NodeId> {
        if let Some(value) = self.tree().keyword(call, name, self.text()) {
            return Some(value);
        }
        // `f(**options)` where the unit says what the options are.
        let spread = self.tree().children_in(call, Field::Argument).find(|&part| self.kind(part) == Kind::Spread);
        let Some(spread) = spread else { return self.given_before(call, name) };
        let inner = self.tree().children(spread).last()?;
        let dict = self.value(inner);
        self.entry(dict, name)
    }

    /// A keyword argument that `functools.partial` gave the callee before.
    fn given_before(&self, call: NodeId, name: &str) -> Option<NodeId> {
        let callee = self.tree().child(call, Field::Callee)?;
        if self.program.language != Language::Python || !matches!(self.kind(callee), Kind::Name | Kind::Call) {
            return None;
        }
        // A look at the path is cheaper than one at the flow.
        self.program.names.path(callee).filter(|path| path.contains('.'))?;
        let partial = self.value(callee);
        (self.kind(partial) == Kind::Call && self.callee(partial) == "functools.partial")
            .then(|| self.tree().keyword(partial, name, self.text()))
            .flatten()
    }

    /// A function that a call hands over to be called, with what it will be called with: `map(f, values)`,
    /// `Thread(target=f, args=…)`, `pool.submit(f, value)`, `operator.methodcaller("f", value)(module)` excluded.
    pub(crate) fn handed_over(&self, call: NodeId) -> Option<(NodeId, Vec<NodeId>)> {
        let path = self.callee(call);
        let skipped = match self.method(call) {
            "submit"
            | "map"
            | "starmap"
            | "imap"
            | "imap_unordered"
            | "map_async"
            | "apply"
            | "apply_async"
            | "call_soon"
            | "call_soon_threadsafe"
            | "register"
            | "spawn"
            | "to_thread"
            | "starmap_async" => 0,
            "run_in_executor" | "call_later" | "call_at" => 1,
            _ => match path {
                "map"
                | "filter"
                | "operator.call"
                | "functools.partial"
                | "functools.reduce"
                | "itertools.starmap"
                | "multiprocessing.Process"
                | "threading.Thread"
                | "asyncio.to_thread"
                | "atexit.register" => 0,
                "threading.Timer" => 1,
                _ => return None,
            },
        };
        let mut values: Vec<NodeId> = self.tree().positional(call).skip(skipped).collect();
        let function = match self.keyword(call, "target").or_else(|| self.keyword(call, "func")) {
            Some(target) => target,
            None if values.is_empty() => return None,
            None => values.remove(0),
        };
        values.extend(["args", "kwargs"].iter().filter_map(|name| self.keyword(call, name)));
        Some((function, values))
    }

    /// The value under a constant key of a dictionary, also of `dict(key=…)`.
    pub(crate) fn entry(&self, dict: NodeId, name: &str) -> Option<NodeId> {
        match self.kind(dict) {
            Kind::Dict => self.tree().children(dict).take(200).find_map(|pair| {
                let key = self.tree().child(pair, Field::Key)?;
                (self.string(key) == Some(name)).then(|| self.tree().child(pair, Field::Value)).flatten()
            }),
            Kind::Call if self.callee(dict) == "dict" => self.tree().keyword(dict, name, self.text()),
            _ => None,
        }
    }

    /// Whether a call has arguments that cannot be seen (`*args`, `**options`).
    pub(crate) fn has_spread(&self, call: NodeId) -> bool {
        self.tree().children_in(call, Field::Argument).any(|part| self.kind(part) == Kind::Spread)
    }

    /// The folded text of an expression.
    pub(crate) fn string(&self, node: NodeId) -> Option<&str> {
        self.program.names.text(node)
    }

    /// Whether the first argument of a call is constant text.
    pub(crate) fn is_constant_text(&self, call: NodeId) -> bool {
        self.positional(call, 0).is_some_and(|first| self.string(first).is_some())
    }

    /// The folded whole number of an expression.
    pub(crate) fn integer(&self, node: NodeId) -> Option<i64> {
        self.program.names.constant(node)?.integer()
    }

    /// The folded truth value of an expression; numbers and `None` count as in conditions.
    pub(crate) fn truth(&self, node: NodeId) -> Option<bool> {
        crate::graph::truth(self.program, node)
    }

    /// Whether the keyword argument of that name is given and true.
    pub(crate) fn is_on(&self, call: NodeId, name: &str) -> bool {
        self.keyword(call, name).and_then(|value| self.truth(value)) == Some(true)
    }

    /// Whether the keyword argument of that name is given and false.
    pub(crate) fn is_off(&self, call: NodeId, name: &str) -> bool {
        self.keyword(call, name).is_some_and(|value| self.kind(value) != Kind::Null && self.truth(value) == Some(false))
    }

    /// The expression that a name stands for where the unit gives it only one, else the node itself.
    pub(crate) fn value(&self, node: NodeId) -> NodeId {
        let mut at = node;
        for _ in 0..6 {
            match self.kind(at) {
                Kind::Await => match self.tree().child(at, Field::Value) {
                    Some(inner) => at = inner,
                    None => return at,
                },
                Kind::Name | Kind::Attribute => {
                    let data = self.flow().data();
                    let definitions = data.definitions_of(at);
                    let mut giving = definitions.iter().copied().filter(|&definition| !data.is_setting(definition));
                    let (Some(only), None) = (giving.next(), giving.next()) else { return at };
                    let definition = &data.definitions[only as usize];
                    // `a[0] = x` gives a part of `a` only.
                    let whole = !matches!(self.kind(definition.node), Kind::Subscript | Kind::Unary);
                    match definition.value {
                        Value::Expression(value) if value != at && whole => at = value,
                        _ => return at,
                    }
                }
                _ => return at,
            }
        }
        at
    }

    /// Whether an expression is the same in every run: folded, or a collection of such.
    pub(crate) fn is_constant(&self, node: NodeId) -> bool {
        self.constant_below(node, 0)
    }

    fn constant_below(&self, node: NodeId, depth: u32) -> bool {
        if self.program.names.constant(node).is_some() {
            return true;
        }
        match self.kind(node) {
            Kind::List | Kind::Tuple | Kind::Set | Kind::Dict | Kind::Pair if depth < 6 => {
                self.tree().children(node).take(300).all(|part| self.constant_below(part, depth + 1))
            }
            Kind::String | Kind::Number | Kind::Bool | Kind::Null => true,
            _ => false,
        }
    }

    /// What reaches a sink that is harmed by what is not safe for `purpose`.
    pub(crate) fn exposure(&self, node: NodeId, purpose: Purposes) -> Exposure {
        if self.is_constant(node) {
            return Exposure::Constant;
        }
        if let Some(taint) = self.tainted(node, purpose) {
            return Exposure::Tainted(taint);
        }
        if self.flow().sanitised(node, purpose) {
            return Exposure::Harmless;
        }
        let mut budget = 300;
        if self.harmless(node, purpose, 0, &mut budget) { Exposure::Harmless } else { Exposure::Unclear }
    }

    /// The outside value that reaches a node unsafe for `purpose`.
    pub(crate) fn tainted(&self, node: NodeId, purpose: Purposes) -> Option<Taint> {
        let origin = self.flow().tainted(node, purpose)?;
        let confidence = match (origin.checked, origin.source) {
            (true, _) => Confidence::Low,
            (false, Source::Request | Source::Input | Source::Network) => Confidence::High,
            (false, Source::Environment) => Confidence::Low,
            (false, _) => Confidence::Medium,
        };
        Some(Taint { origin, confidence, trace: self.flow().trace(node, origin) })
    }

    /// The value from a request, the network, the user or the command line that reaches a node unsafe for `purpose`.
    pub(crate) fn outside(&self, node: NodeId, purpose: Purposes) -> Option<Taint> {
        if self.is_constant(node) {
            return None;
        }
        self.tainted(node, purpose).filter(|taint| taint.origin.source >= Source::Arguments && !taint.origin.checked)
    }

    /// Whether everything that varies in an expression is a number, a constant choice or made harmless.
    fn harmless(&self, node: NodeId, purpose: Purposes, depth: u32, budget: &mut u32) -> bool {
        if *budget == 0 || depth > 14 {
            return false;
        }
        *budget -= 1;
        if self.program.names.constant(node).is_some() {
            return true;
        }
        let tree = self.tree();
        let mut all = |mut nodes: Box<dyn Iterator<Item = NodeId> + '_>| {
            nodes.all(|part| self.harmless(part, purpose, depth + 1, budget))
        };
        match self.kind(node) {
            Kind::String | Kind::Text | Kind::Number | Kind::Bool | Kind::Null | Kind::Compare => true,
            Kind::Name | Kind::Attribute => {
                let data = self.flow().data();
                let definitions = data.definitions_of(node);
                // `colour.value` of an enumeration.
                if definitions.is_empty() && self.kind(node) == Kind::Attribute {
                    return self.program.language == Language::Python
                        && tree.child(node, Field::Object).is_some_and(|object| {
                            self.kind(object) == Kind::Name
                                && !matches!(self.source(object), "self" | "cls")
                                && self.harmless(object, purpose, depth + 1, budget)
                        });
                }
                !definitions.is_empty()
                    && definitions.iter().all(|&at| match data.definitions[at as usize].value {
                        Value::Expression(value) | Value::Element(value) => {
                            self.harmless(value, purpose, depth + 1, budget)
                        }
                        Value::Output(_) => false,
                        Value::Written(call, _) | Value::Arguments(call) => tree
                            .children_in(call, Field::Argument)
                            .all(|part| self.harmless(part, purpose, depth + 1, budget)),
                        // Not tainted, or this would not be asked.
                        Value::Parameter(_) => true,
                        Value::Named => false,
                    })
            }
            Kind::Subscript => tree.child(node, Field::Object).is_some_and(|object| {
                let object = self.value(object);
                matches!(self.kind(object), Kind::Dict | Kind::List | Kind::Tuple)
                    && self.harmless(object, purpose, depth + 1, budget)
            }),
            Kind::Conditional => {
                all(Box::new(tree.children(node).filter(|&part| matches!(tree.field(part), Field::Body | Field::Else))))
            }
            Kind::Comprehension => all(Box::new(tree.children_in(node, Field::Value))),
            Kind::Pair | Kind::Keyword => all(Box::new(tree.children_in(node, Field::Value))),
            Kind::Cast => all(Box::new(tree.children(node))),
            kind if kind.holds_parts() => all(Box::new(tree.children(node))),
            Kind::Call | Kind::New => {
                let path = self.callee(node);
                // Numbers between constant text.
                if path == "fmt.Sprintf" && self.positional(node, 0).is_some_and(|format| self.string(format).is_some())
                {
                    return self.flow().origins(node).is_empty();
                }
                if self.flow().makes_safe(path, self.method(node), purpose) {
                    return true;
                }
                let keeps = matches!(
                    self.method(node),
                    "join"
                        | "format"
                        | "strip"
                        | "lower"
                        | "upper"
                        | "replace"
                        | "encode"
                        | "decode"
                        | "get"
                        | "rstrip"
                        | "lstrip"
                        | "title"
                        | "keys"
                        | "values"
                        | "items"
                ) || matches!(
                    path,
                    "str"
                        | "list"
                        | "tuple"
                        | "set"
                        | "sorted"
                        | "dict"
                        | "zip"
                        | "enumerate"
                        | "reversed"
                        | "map"
                        | "bytes"
                        | "repr"
                        | "max"
                        | "os.path.join"
                        | "os.path.dirname"
                        | "os.path.abspath"
                        | "os.path.realpath"
                        | "pathlib.Path"
                );
                // The key of a look-up does not come back.
                let skipped = usize::from(matches!(self.method(node), "get" | "pop"));
                keeps && all(Box::new(tree.children_in(node, Field::Argument).skip(skipped).chain(self.object(node))))
                    || matches!(
                        path,
                        "range"
                            | "os.getcwd"
                            | "time.time"
                            | "os.getpid"
                            | "os.path.expanduser"
                            | "tempfile.mkdtemp"
                            | "tempfile.gettempdir"
                            | "uuid.uuid4"
                            | "secrets.token_hex"
                            | "datetime.datetime.now"
                            | "os.cpu_count"
                            | "shutil.which"
                            | "random.randint"
                            | "time.strftime"
                    )
            }
            _ => false,
        }
    }

    /// Whether the node can never run because a condition is constant.
    pub(crate) fn is_dead(&self, node: NodeId) -> bool {
        self.flow().data().control.dead.iter().any(|&(from, to)| from <= node && node < to)
    }

    /// For each vertex of the control flow what comes next.
    pub(crate) fn successors(&self) -> &[Vec<(u32, Edge)>] {
        self.successors.get_or_init(|| {
            let control = &self.flow().data().control;
            let mut successors = vec![Vec::new(); control.nodes.len()];
            for &(from, to, edge) in &control.edges {
                if let Some(list) = successors.get_mut(from as usize) {
                    list.push((to, edge));
                }
            }
            successors
        })
    }

    /// Every class and structure.
    pub(crate) fn classes(&self) -> &[NodeId] {
        let tree = &self.program.tree;
        self.classes.get_or_init(|| tree.ids().filter(|&id| tree.kind(id) == Kind::Class).collect())
    }

    /// Types that a unit in C or C++ defines, by name: the class, or the Assign of an alias.
    pub(crate) fn types(&self) -> &HashMap<&'p str, NodeId> {
        self.types.get_or_init(|| {
            let tree = self.tree();
            let mut types = HashMap::new();
            for node in tree.ids() {
                match self.kind(node) {
                    Kind::Class => {
                        types.entry(self.name(node)).or_insert(node);
                    }
                    Kind::Assign if self.source(node).starts_with("typedef") => {
                        if let Some(target) = tree.child(node, Field::Target) {
                            types.entry(self.name(target)).or_insert(node);
                        }
                    }
                    _ => {}
                }
            }
            types.remove("");
            types
        })
    }

    /// The innermost function around a node; of Java also the excerpt that holds a statement outside of any class.
    pub(crate) fn function(&self, node: NodeId) -> Option<NodeId> {
        let mut around = self.tree().ancestors(node);
        let found = around.find(|&above| matches!(self.kind(above), Kind::Function | Kind::Class | Kind::Module))?;
        match self.kind(found) {
            Kind::Function => Some(found),
            Kind::Class => self.tree().ancestors(found).find(|&above| self.kind(above) == Kind::Function),
            _ => (self.program.language == Language::Java).then_some(found),
        }
    }

    /// The innermost function around a node, or the unit where it is a piece cut out of one.
    pub(crate) fn body(&self, node: NodeId) -> Option<NodeId> {
        self.function(node).or_else(|| {
            let piece = self.piece.get_or_init(|| {
                let tree = self.tree();
                tree.children(NodeId::ROOT).take(200).any(|part| match self.kind(part) {
                    Kind::Return | Kind::If | Kind::For | Kind::While | Kind::Break | Kind::AugAssign => {
                        !self.source(part).starts_with('#')
                    }
                    Kind::Assign => {
                        tree.child(part, Field::Type).is_none() && !self.source(part).starts_with(['#', 't', 'u'])
                    }
                    Kind::ExprStatement => self.source(part).ends_with(';'),
                    // Only statements have blocks of their own.
                    Kind::Block => {
                        matches!(self.program.language, Language::C | Language::Cpp)
                            && self.source(part).starts_with('{')
                    }
                    _ => false,
                })
            });
            piece.then_some(NodeId::ROOT)
        })
    }

    /// Nodes that make up the text of queries which the unit runs.
    pub(crate) fn queries(&self, fill: impl FnOnce(&Self) -> HashSet<NodeId>) -> &HashSet<NodeId> {
        self.queries.get_or_init(|| fill(self))
    }
}
