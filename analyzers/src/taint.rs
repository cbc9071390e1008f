//! Taint: which outside values reach an expression, through which steps, and for which use they were made harmless.
//!
//! Demand-driven over reaching definitions, one summary level for calls inside the unit, recursion-safe. The work of
//! one unit is bounded; what lies beyond the bound counts as an unknown outside value, never as harmless.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use crate::finding::Step;
use crate::graph::dfg::{self, DataFlow, Value};
use crate::lang::memory::{self, Gives};
use crate::lang::{Language, go};
use crate::program::Program;
use crate::syntax::{Field, Kind, NodeId, Tree};

mod guards;
mod script;
mod tables;

pub use tables::{Purposes, Source};

use guards::Guard;
use tables::{Passed, Tables};

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
        let java = program.language == Language::Java;
        for node in program.tree.ids().filter(|&node| {
            let kind = program.tree.kind(node);
            kind == Kind::Call || java && kind == Kind::New
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
            returns: RefCell::new(HashMap::new()),
            memo: RefCell::new(vec![UNSEEN; program.tree.len()]),
            arena: RefCell::new(vec![Origins::new()]),
            steps: Cell::new(20_000 + 16 * program.tree.len() as u32),
            depth: Cell::new(0),
            cut: Cell::new(u32::MAX),
            data,
        };
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

    fn look(&self, node: NodeId) -> Origins {
        let tree = self.tree();
        match tree.kind(node) {
            Kind::Name => self.look_name(node),
            Kind::Attribute => self.look_attribute(node),
            Kind::Subscript => {
                if let Some(source) = self.source(node) {
                    return self.begin(node, source);
                }
                self.gather(tree.child(node, Field::Object).into_iter())
            }
            Kind::Call | Kind::New => self.look_call(node),
            Kind::Conditional => {
                let test = tree.child(node, Field::Test);
                let truth = test.and_then(|test| crate::graph::truth(self.program(), test));
                let parts = [(Field::Body, true), (Field::Else, false)];
                let taken = parts.into_iter().filter(|&(_, side)| truth.is_none_or(|truth| truth == side));
                self.gather(taken.filter_map(|(field, _)| tree.child(node, field)))
            }
            Kind::Comprehension => self.gather(tree.children_in(node, Field::Value)),
            Kind::Pair => self.gather(tree.children_in(node, Field::Value)),
            Kind::AugAssign => self.gather(tree.children_in(node, Field::Target)),
            Kind::Assign => self.gather(tree.children_in(node, Field::Value)),
            Kind::Unary if matches!(self.name(node), "not" | "!" | "typeof" | "sizeof" | "-" | "+" | "~") => {
                Origins::new()
            }
            Kind::Binary
                if matches!(self.name(node), "%" | "&" | ">>")
                    && self.program().language.is_c_family()
                    && tree.children(node).any(|part| self.program().names.constant(part).is_some()) =>
            {
                // Held below the constant.
                Origins::new()
            }
            Kind::Binary if self.program().language.is_c_family() => self.gather(tree.children(node)),
            Kind::Binary if matches!(self.name(node), "-" | "*" | "/" | "//" | "**") => {
                // Arithmetic gives numbers, but `path / name` and `"x" * n` give text.
                let mut sides = self.gather(tree.children(node));
                if self.program().language == Language::Java {
                    for origin in &mut sides {
                        origin.safe = origin.safe.with(Purposes::NUMBER);
                    }
                    return sides;
                }
                if matches!(self.name(node), "-" | "**" | "//") { Origins::new() } else { sides }
            }
            Kind::Binary if self.program().language == Language::Java && matches!(self.name(node), "%" | "&") => {
                Origins::new()
            }
            Kind::Template
            | Kind::Interpolation
            | Kind::Binary
            | Kind::Boolean
            | Kind::Unary
            | Kind::List
            | Kind::Tuple
            | Kind::Set
            | Kind::Dict
            | Kind::Spread
            | Kind::Keyword
            | Kind::Await
            | Kind::Yield
            | Kind::Slice
            | Kind::Other
            | Kind::Error
            | Kind::ExprStatement => self.gather(tree.children(node)),
            Kind::Cast => {
                // A cast of TypeScript changes nothing at run time.
                let inert = !self.program().language.is_script()
                    && tree.child(node, Field::Type).is_some_and(|kind| self.is_inert(self.text(kind)));
                let mut inner = self.gather(tree.children_in(node, Field::Value));
                if inert && self.program().language == Language::Java {
                    for origin in &mut inner {
                        origin.safe = origin.safe.with(Purposes::NUMBER);
                    }
                    return inner;
                }
                if inert { Origins::new() } else { inner }
            }
            Kind::Parameter => self.look_parameter(node),
            _ => Origins::new(),
        }
    }

    fn begin(&self, node: NodeId, source: Source) -> Origins {
        // `mime/multipart` itself reduces the names of files to their last part.
        let path = match self.tree().child(node, Field::Callee) {
            Some(callee) => self.path(callee),
            None => self.path(node),
        };
        let reduced = matches!(path, Some("mime/multipart.FileHeader.Filename" | "mime/multipart.Part.FileName"));
        let safe = if reduced { Purposes::PATH } else { Purposes::NONE };
        self.guarded(node, vec![Origin { node, source, safe, checked: false }], node)
    }

    /// The source that a dotted name is or lies in.
    fn source(&self, node: NodeId) -> Option<Source> {
        let path = self.path(node)?;
        let (base, inside) = self.tables.handler_sources;
        if inside
            .iter()
            .any(|head| path.strip_prefix(head).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')))
        {
            let class = self.tree().ancestors(node).find(|&above| self.tree().kind(above) == Kind::Class)?;
            let mut bases = self.tree().children_in(class, Field::Base);
            return bases.any(|class| self.text(class).contains(base)).then_some(Source::Request);
        }
        let (head, source) = self.tables.sources.iter().find(|(head, _)| {
            path.strip_prefix(head).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        })?;
        let part = path.get(head.len() + 1..).and_then(|rest| rest.split('.').next()).unwrap_or_default();
        (!self.tables.harmless.contains(&part)).then_some(*source)
    }

    fn is_harmless_part(&self, node: NodeId) -> bool {
        let Some(path) = self.path(node) else { return false };
        self.tables.sources.iter().any(|(head, _)| {
            let part =
                path.strip_prefix(head).and_then(|rest| rest.strip_prefix('.')).and_then(|rest| rest.split('.').next());
            part.is_some_and(|part| self.tables.harmless.contains(&part))
        })
    }

    fn look_name(&self, node: NodeId) -> Origins {
        let definitions = self.data.definitions_of(node);
        let local = definitions
            .iter()
            .any(|&at| !matches!(self.data.definitions[at as usize].value, Value::Parameter(_) | Value::Named));
        if !local && let Some(source) = self.source(node) {
            return self.begin(node, source);
        }
        if definitions.is_empty() {
            return if self.is_known(node) { Origins::new() } else { self.guarded(node, Self::unknown(node), node) };
        }
        let mut found = self.defined_by(&definitions);
        // `query.title = request.title; find(query)`: the whole holds what its parts were given.
        if self.tree().field(node) != Field::Object {
            for origin in self.defined_by(&self.data.members_of(node)) {
                join(&mut found, origin);
            }
        }
        let newest = definitions.iter().map(|&at| self.data.definitions[at as usize].node).max().unwrap_or(node);
        self.guarded(node, found, newest)
    }

    /// Whether a name without a definition is a builtin, a module, a class or a constant rather than outside data.
    fn is_known(&self, node: NodeId) -> bool {
        let name = self.text(node);
        let upper = name.bytes().any(|byte| byte.is_ascii_uppercase())
            && name.bytes().next().is_some_and(|byte| !byte.is_ascii_lowercase());
        upper
            || self.tables.builtins.contains(&name)
            || self.tables.sanitizers.iter().any(|(path, _)| *path == name)
            || self.path(node).is_some_and(|path| path != name)
            || matches!(
                self.tree().field(node),
                Field::Callee | Field::Decorator | Field::Type | Field::Base | Field::Key
            )
    }

    fn defined_by(&self, definitions: &[u32]) -> Origins {
        let values = definitions.iter().filter_map(|&at| match self.data.definitions[at as usize].value {
            Value::Expression(value) | Value::Element(value) | Value::Output(value) => Some(value),
            Value::Parameter(_) => Some(self.data.definitions[at as usize].node),
            Value::Arguments(_) | Value::Written(..) | Value::Named => None,
        });
        let mut found = self.gather(values);
        for &at in definitions {
            if let Value::Written(call, _) = self.data.definitions[at as usize].value {
                for origin in self.written(call) {
                    join(&mut found, origin);
                }
            }
            if let Value::Arguments(call) = self.data.definitions[at as usize].value {
                for origin in self.gather(self.tree().children_in(call, Field::Argument)) {
                    join(&mut found, origin);
                }
            }
        }
        found
    }

    /// What a library function writes through its arguments.
    fn written(&self, call: NodeId) -> Origins {
        let tree = self.tree();
        let path = tree.child(call, Field::Callee).and_then(|callee| self.path(callee)).unwrap_or_default();
        let Some(writer) = memory::writer(path) else { return Origins::new() };
        let outside = |source| vec![Origin { node: call, source, safe: Purposes::NONE, checked: false }];
        match writer.gives {
            Gives::Outside(source) => outside(source),
            Gives::Stream(at) => {
                let stream = tree.positional(call).nth(usize::from(at));
                let is_user = stream.is_some_and(|stream| self.path(stream) == Some("stdin"));
                outside(if is_user { Source::Input } else { Source::File })
            }
            Gives::Same(at) => self.gather(tree.positional(call).nth(usize::from(at)).into_iter()),
            Gives::From(at) => self.gather(tree.positional(call).skip(usize::from(at))),
        }
    }

    fn look_attribute(&self, node: NodeId) -> Origins {
        if self.is_harmless_part(node) {
            return Origins::new();
        }
        if let Some(source) = self.source(node) {
            return self.begin(node, source);
        }
        let definitions = self.data.definitions_of(node);
        if !definitions.is_empty() {
            let newest = definitions.iter().map(|&at| self.data.definitions[at as usize].node).max().unwrap_or(node);
            return self.guarded(node, self.defined_by(&definitions), newest);
        }
        // What people type into a page.
        if self.program().language.is_script() && self.name(node) == "value" {
            let object = self.tree().child(node, Field::Object).map(|object| self.text(object)).unwrap_or_default();
            let element =
                ["getElementById(", "querySelector(", "getElementsBy"].iter().any(|call| object.contains(call));
            if element || matches!(object, "e.target" | "event.target" | "ev.target" | "evt.target") {
                return self.begin(node, Source::Input);
            }
        }
        // A count or a code, whatever it is a count of.
        if matches!(
            self.name(node),
            "returncode" | "rowcount" | "lastrowid" | "pid" | "status_code" | "st_size" | "exitValue"
        ) {
            return Origins::new();
        }
        let Some(object) = self.tree().child(node, Field::Object) else { return Origins::new() };
        if matches!(self.text(object), "self" | "cls" | "this") || self.is_receiver(object) {
            // Set nowhere in the unit: a fragment, or a base class's.
            let origin = Origin { node, source: Source::Unknown, safe: Purposes::NONE, checked: true };
            return if self.tree().field(node) == Field::Callee {
                Origins::new()
            } else {
                self.guarded(node, vec![origin], node)
            };
        }
        let origins = self.gather(std::iter::once(object));
        self.guarded(node, origins, node)
    }

    /// Whether a name is the receiver of a method of Go.
    fn is_receiver(&self, node: NodeId) -> bool {
        let definitions =
            if self.program().language == Language::Go { self.data.definitions_of(node) } else { Rc::new([]) };
        definitions.iter().any(|&at| match self.data.definitions[at as usize] {
            dfg::Definition { value: Value::Parameter(function), node, .. } => self.receives(function, node),
            _ => false,
        })
    }

    fn receives(&self, function: NodeId, parameter: NodeId) -> bool {
        go::has_receiver(self.tree(), &self.program().text, function)
            && self.tree().child(function, Field::Parameter) == Some(parameter)
    }

    fn is_inert(&self, written: &str) -> bool {
        let inner = written.trim().trim_start_matches("Optional[").trim_end_matches(']');
        let mut parts = inner.split('|').map(str::trim).filter(|part| !matches!(*part, "None" | "null" | "undefined"));
        parts.all(|part| self.tables.inert_types.contains(&part.rsplit('.').next().unwrap_or(part)))
    }

    fn look_parameter(&self, node: NodeId) -> Origins {
        let tree = self.tree();
        let name = self.name(node);
        if matches!(name, "self" | "cls" | "this") {
            return Origins::new();
        }
        let kind = tree.child(node, Field::Type).map(|kind| self.text(kind).trim()).unwrap_or_default();
        if self.is_inert(kind) {
            return self.numbers_given(node, kind);
        }
        if self.is_shaped(node) {
            return Origins::new();
        }
        let Some(function) =
            tree.ancestors(node).find(|&above| matches!(tree.kind(above), Kind::Function | Kind::Lambda))
        else {
            return Origins::new();
        };
        if self.program().language == Language::Go && self.receives(function, node) {
            return Origins::new();
        }
        if let Some(passed) = self.passed_back(node, function) {
            return passed;
        }
        if self.program().language.is_c_family()
            && let Some(path) = self.tables.sources.iter().find(|(path, _)| *path == name)
        {
            return self.begin(node, path.1);
        }
        let number = self.program().language.is_c_family() && self.is_number(node);
        let mut source = Source::Parameter;
        if self.tables.request_parameters.contains(&name) || self.tables.handlers.contains(&self.name(function)) {
            source = Source::Request;
        }
        for annotation in tree.children_in(node, Field::Decorator) {
            let named = last_of_decorator(self.text(annotation));
            if let Some(&(_, known)) = self.tables.parameter_annotations.iter().find(|(known, _)| *known == named) {
                source = known;
            }
        }
        if tree.kind(function) == Kind::Lambda
            && let Some(found) = self.given_to_lambda(function, node)
        {
            return found;
        }
        for decorator in tree.children_in(function, Field::Decorator) {
            let text = self.text(decorator);
            let head = last_of_decorator(text);
            if self.tables.route_decorators.contains(&head) {
                let converted = ["int", "float", "uuid"].iter().any(|kind| text.contains(&format!("<{kind}:{name}>")));
                if converted {
                    return Origins::new();
                }
                source = Source::Request;
            }
        }
        let mut found = Origins::new();
        let calls = self.calls.get(&function).map(Vec::as_slice).unwrap_or_default();
        let passed = calls.iter().filter_map(|&call| {
            self.data
                .passed(call, function)
                .into_iter()
                .find(|&(_, parameter)| parameter == node)
                .map(|(value, _)| value)
        });
        for origin in self.gather(passed) {
            join(&mut found, origin);
        }
        // What nobody outside the unit can call gets its values here.
        let private = match self.program().language {
            Language::Go => self.name(function).starts_with(char::is_lowercase),
            Language::Java => self.is_declared(function, "private"),
            _ => self.name(function).starts_with('_') && !self.name(function).starts_with("__"),
        };
        if calls.is_empty() || !private {
            let safe = if number { Purposes::NUMBER } else { Purposes::NONE };
            join(&mut found, Origin { node, source, safe, checked: false });
        }
        found
    }

    /// What a call hands to a function that it was given, if that is known.
    fn passed_back(&self, parameter: NodeId, function: NodeId) -> Option<Origins> {
        let tree = self.tree();
        if self.tables.callbacks.is_empty() || tree.kind(function) != Kind::Lambda {
            return None;
        }
        let call = tree.parent(function).filter(|&call| matches!(tree.kind(call), Kind::Call | Kind::New))?;
        if tree.field(function) != Field::Argument {
            return None;
        }
        let callee = tree.child(call, Field::Callee)?;
        let index = tree.children_in(function, Field::Parameter).position(|each| each == parameter)?;
        let path = self.path(callee).unwrap_or_default();
        let last = if tree.kind(callee) == Kind::Attribute { self.name(callee) } else { path };
        let known = |&&(name, at, _): &&(&str, usize, Passed)| at == index && (name == path || name == last);
        if let Some(&(_, _, passed)) = self.tables.callbacks.iter().find(known) {
            return Some(match passed {
                Passed::Object => self.gather(tree.child(callee, Field::Object).into_iter()),
                Passed::From(source) => self.begin(parameter, source),
                Passed::Nothing => Origins::new(),
            });
        }
        let count = tree.children_in(function, Field::Parameter).count();
        if self.handles_requests(call, callee) {
            // `(request, response, next)`, `(error, request, response, next)`.
            let request = index == usize::from(count == 4);
            return Some(if request { self.begin(parameter, Source::Request) } else { Origins::new() });
        }
        if last == "addEventListener" {
            let first = tree.positional(call).next().and_then(|name| self.program().names.text(name));
            let message = first == Some("message");
            return Some(if message { self.begin(parameter, Source::Request) } else { Origins::new() });
        }
        None
    }

    /// `app.get("/path", …)`, `router.use(…)`.
    fn handles_requests(&self, call: NodeId, callee: NodeId) -> bool {
        let tree = self.tree();
        let verb = matches!(
            self.name(callee),
            "get" | "post" | "put" | "patch" | "delete" | "all" | "use" | "options" | "head" | "route"
        );
        let Some(object) = tree.child(callee, Field::Object).filter(|_| verb) else { return false };
        let route = tree.positional(call).next().and_then(|path| self.program().names.text(path));
        let served = self.program().names.type_of(object).is_some_and(|kind| {
            matches!(kind, "express" | "express.Router" | "fastify" | "restify.createServer" | "polka" | "connect")
        });
        let name = self.text(object).to_ascii_lowercase();
        served
            || (name.ends_with("app") || name.ends_with("router") || name.ends_with("server"))
                && (route.is_some_and(|route| route.starts_with('/')) || self.name(callee) == "use")
    }

    /// Whether a modifier stands before the name of a function.
    fn is_declared(&self, function: NodeId, modifier: &str) -> bool {
        let (whole, name) = (self.tree().span(function), self.tree().name_span(function));
        let head = self.program().text.get(whole.start as usize..name.start as usize).unwrap_or_default();
        head.split(|letter: char| !letter.is_alphanumeric()).any(|word| word == modifier)
    }

    /// The outside numbers that the unit passes for a parameter that holds a number.
    fn numbers_given(&self, parameter: NodeId, kind: &str) -> Origins {
        const NUMBERS: &[&str] = &["int", "long", "short", "byte", "Integer", "Long", "Short", "double", "float"];
        if self.program().language != Language::Java || !NUMBERS.contains(&kind) {
            return Origins::new();
        }
        let function = self.tree().scope(parameter);
        let passed = self.calls_of(function).iter().filter_map(|&call| {
            let mut pairs = self.data.passed(call, function).into_iter();
            pairs.find(|&(_, taker)| taker == parameter).map(|(value, _)| value)
        });
        let mut found = self.gather(passed);
        for origin in &mut found {
            origin.safe = origin.safe.with(Purposes::NUMBER);
        }
        found
    }

    /// Whether an annotation of a parameter keeps it to a pattern without a wildcard.
    fn is_shaped(&self, parameter: NodeId) -> bool {
        self.program().language == Language::Java
            && self.tree().children_in(parameter, Field::Decorator).any(|annotation| {
                let text = self.text(annotation);
                last_of_decorator(text) == "Pattern"
                    && text.contains("regexp")
                    && !text.contains(".*")
                    && !text.contains(".+")
            })
    }

    /// What a lambda's parameter gets where the unit shows it: from the function of the unit that the lambda is passed
    /// to, or an element of the collection, stream or optional whose method takes it.
    fn given_to_lambda(&self, lambda: NodeId, parameter: NodeId) -> Option<Origins> {
        if self.program().language != Language::Java {
            return None;
        }
        let tree = self.tree();
        let call = tree.parent(lambda).filter(|&above| tree.kind(above) == Kind::Call)?;
        let callee = tree.child(call, Field::Callee)?;
        if let Some(function) = self.data.called(call) {
            let (_, taker) = self.data.passed(call, function).into_iter().find(|&(value, _)| value == lambda)?;
            let taker = self.name(taker);
            let at = tree.children_in(lambda, Field::Parameter).position(|known| known == parameter)?;
            let runs = tree.subtree(function).take(4_000).filter(|&inner| {
                tree.kind(inner) == Kind::Call
                    && tree
                        .child(inner, Field::Callee)
                        .and_then(|callee| tree.child(callee, Field::Object))
                        .is_some_and(|object| self.text(object) == taker)
            });
            let values: Vec<NodeId> = runs.filter_map(|run| tree.positional(run).nth(at)).take(8).collect();
            return (!values.is_empty()).then(|| self.gather(values.into_iter()));
        }
        const TAKERS: &[&str] = &[
            "forEach",
            "map",
            "filter",
            "flatMap",
            "ifPresent",
            "mapToObj",
            "anyMatch",
            "allMatch",
            "noneMatch",
            "peek",
            "removeIf",
            "thenApply",
            "thenAccept",
            "sorted",
            "collect",
            "reduce",
        ];
        if !TAKERS.contains(&self.name(callee)) {
            return None;
        }
        tree.child(callee, Field::Object).map(|object| self.gather(std::iter::once(object)))
    }

    /// Whether a parameter of C is a number and no pointer to one.
    fn is_number(&self, parameter: NodeId) -> bool {
        let Some(kind) = self.tree().child(parameter, Field::Type) else { return false };
        let written = self.text(parameter);
        let number = |word: &str| {
            matches!(word, "int" | "long" | "short" | "char" | "unsigned" | "signed" | "float" | "double" | "DWORD")
                || word.ends_with("int")
                || word.ends_with("_t") && word.contains("int")
                || matches!(word, "size_t" | "ssize_t" | "off_t" | "UINT" | "ULONG" | "WORD" | "BYTE")
        };
        !written.contains(['*', '[', '&']) && self.text(kind).split_whitespace().all(number)
    }

    fn look_call(&self, node: NodeId) -> Origins {
        let tree = self.tree();
        let Some(callee) = tree.child(node, Field::Callee) else { return self.gather(tree.children(node)) };
        let is_method = tree.kind(callee) == Kind::Attribute;
        let method = if is_method { self.name(callee) } else { "" };
        if tree.kind(node) == Kind::New && self.program().language == Language::Java {
            return self.gather(tree.children_in(node, Field::Argument));
        }
        if let Some(function) = self.data.called(node) {
            return self.summary(node, function);
        }
        let path = self.path(callee);
        if self.program().language == Language::Go {
            // A literal of a struct holds what it is given; fresh memory holds nothing.
            if tree.kind(node) == Kind::New {
                return self.gather(tree.children_in(node, Field::Argument));
            }
            if matches!(path, Some("make" | "new")) {
                return Origins::new();
            }
            // What is cleaned as an absolute path stays below the root.
            if matches!(path, Some("path/filepath.Clean" | "path.Clean"))
                && tree.positional(node).next().is_some_and(|name| self.is_rooted(name))
            {
                return self.made_safe(node, Purposes::PATH);
            }
            if let Some(format) = path.and_then(format_argument) {
                return self.formatted(node, format);
            }
        }
        if let Some(path) = path
            && let Some(&(_, safe)) = self.tables.sanitizers.iter().find(|(known, _)| *known == path)
        {
            return self.made_safe(node, safe);
        }
        if self.is_harmless_part(callee) {
            return Origins::new();
        }
        // `request.query.name.replace(…)`: what is done to the text counts.
        let changes = matches!(method, "replace" | "replaceAll")
            || self.tables.sanitizing_methods.iter().any(|(known, _)| *known == method);
        if !(changes && self.program().language.is_script())
            && let Some(source) = self.source(callee)
        {
            return self.begin(node, source);
        }
        if is_method || path.is_some() {
            let last =
                if is_method { method } else { path.and_then(|path| path.rsplit('.').next()).unwrap_or_default() };
            if let Some(&(_, safe)) = self.tables.sanitizing_methods.iter().find(|(known, _)| *known == last) {
                return self.made_safe(node, safe);
            }
            if is_method && let Some(&(_, source)) = self.tables.source_methods.iter().find(|(known, _)| *known == last)
            {
                // A reader says where its lines come from.
                let known = match tree.child(callee, Field::Object) {
                    Some(object) if source == Source::Input && self.program().language == Language::Java => {
                        self.gather(std::iter::once(object))
                    }
                    _ => Origins::new(),
                };
                if known.iter().any(|origin| origin.source > Source::Parameter) {
                    return known;
                }
                return self.begin(node, source);
            }
        }
        let mut found = self.gather(tree.children_in(node, Field::Argument));
        if matches!(path, Some("strings.ReplaceAll" | "strings.Replace")) {
            let part = |at| tree.positional(node).nth(at).and_then(|part| self.program().names.text(part));
            let safe = match (part(1), part(2)) {
                (Some("\n" | "\r\n"), _) => Purposes::LINE,
                (Some("<"), Some("&lt;")) => Purposes::HTML,
                (Some(".."), _) => Purposes::PATH,
                (Some("'" | "\""), _) => Purposes::SQL,
                _ => Purposes::NONE,
            };
            for origin in &mut found {
                origin.safe = origin.safe.with(safe);
            }
            return found;
        }
        // Line ends taken out.
        if matches!(method, "replace" | "replaceAll")
            && tree
                .positional(node)
                .next()
                .and_then(|part| self.program().names.text(part))
                .is_some_and(|text| text == "\n" || text == "\r\n")
        {
            for origin in
                tree.child(callee, Field::Object).map(|object| self.gather(std::iter::once(object))).unwrap_or_default()
            {
                join(&mut found, Origin { safe: origin.safe.with(Purposes::LINE), ..origin });
            }
            return found;
        }
        if matches!(method, "format" | "join" | "format_map")
            && let Some(object) = tree.child(callee, Field::Object)
            && self.program().names.type_of(object).is_some_and(|kind| self.tables.escaping_types.contains(&kind))
        {
            for origin in &mut found {
                origin.safe = origin.safe.with(Purposes::HTML);
            }
        }
        if is_method {
            for origin in self.gather(tree.child(callee, Field::Object).into_iter()) {
                join(&mut found, origin);
            }
        }
        let removed = self.taken_out(node, method);
        for origin in &mut found {
            origin.safe = origin.safe.with(removed);
        }
        if self.escapes_markup(node, method) {
            for origin in &mut found {
                origin.safe = origin.safe.with(Purposes::HTML);
            }
        }
        if is_reader(path.unwrap_or_default(), method) && self.reads_file(callee) {
            return vec![Origin { node, source: Source::File, safe: Purposes::NONE, checked: false }];
        }
        found
    }

    /// `"/" + name`, `string(os.PathSeparator) + name`.
    fn is_rooted(&self, node: NodeId) -> bool {
        let tree = self.tree();
        let mut at = node;
        for _ in 0..8 {
            match tree.child(at, Field::Left) {
                Some(left) if tree.kind(at) == Kind::Binary => at = left,
                _ => break,
            }
        }
        at != node
            && (self.program().names.text(at).is_some_and(|text| text.starts_with('/'))
                || self.text(at).contains("os.PathSeparator"))
    }

    /// What `fmt.Sprintf` puts into its text: numbers carry nothing.
    fn formatted(&self, call: NodeId, format: usize) -> Origins {
        let tree = self.tree();
        let text = tree.positional(call).nth(format).and_then(|format| self.program().names.text(format));
        let verbs = text.map(verbs);
        let arguments: Vec<NodeId> = tree.children_in(call, Field::Argument).collect();
        let carries = |at: usize| match &verbs {
            Some(verbs) if at > format => {
                verbs.get(at - format - 1).is_none_or(|verb| matches!(verb, 's' | 'v' | 'q' | 'w'))
            }
            _ => at >= format,
        };
        let carried = arguments.into_iter().enumerate().filter(|&(at, _)| carries(at)).map(|(_, argument)| argument);
        self.gather(carried)
    }

    /// `text.replace("<", "&lt;")`: the step of escaping by hand that takes tags away.
    fn escapes_markup(&self, call: NodeId, method: &str) -> bool {
        if !matches!(method, "replace" | "replaceAll") {
            return false;
        }
        let mut arguments = self.tree().positional(call);
        let (Some(from), Some(to)) = (arguments.next(), arguments.next()) else { return false };
        let every = match self.tree().kind(from) {
            Kind::Regex => self.text(from) == "/</g",
            // In JavaScript a text is replaced once.
            _ if self.program().language.is_script() && method == "replace" => false,
            _ => self.program().names.text(from) == Some("<"),
        };
        every && self.program().names.text(to) == Some("&lt;")
    }

    /// Whether the object of a reading method is an opened file.
    fn reads_file(&self, callee: NodeId) -> bool {
        let tree = self.tree();
        let Some(object) = tree.child(callee, Field::Object) else { return false };
        let opened = |node: NodeId| {
            tree.kind(node) == Kind::Call
                && tree.child(node, Field::Callee).and_then(|callee| self.path(callee)).is_some_and(|path| {
                    matches!(path, "open" | "io.open" | "codecs.open") || path.rsplit('.').next() == Some("open")
                })
        };
        opened(object)
            || self.data.definitions_of(object).iter().any(
                |&at| matches!(self.data.definitions[at as usize].value, Value::Expression(value) if opened(value)),
            )
    }

    fn made_safe(&self, call: NodeId, safe: Purposes) -> Origins {
        if safe == Purposes::ALL {
            return Origins::new();
        }
        let tree = self.tree();
        let mut found = self.gather(tree.children_in(call, Field::Argument));
        // A method without arguments is asked of its object.
        let callee = tree.child(call, Field::Callee).filter(|&callee| tree.kind(callee) == Kind::Attribute);
        if tree.positional(call).next().is_none()
            && let Some(object) = callee.and_then(|callee| tree.child(callee, Field::Object))
        {
            found = self.gather(std::iter::once(object));
        }
        for origin in &mut found {
            origin.safe = origin.safe.with(safe);
        }
        found
    }

    /// The calls of a function of the unit.
    pub(crate) fn calls_of(&self, function: NodeId) -> &[NodeId] {
        self.calls.get(&function).map(Vec::as_slice).unwrap_or_default()
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
                    let passed = self.calls_of(function).iter().filter_map(|&call| {
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

    /// What a call of a function of the unit returns: its own sources, and its parameters replaced by the arguments.
    fn summary(&self, call: NodeId, function: NodeId) -> Origins {
        let returned = self.gather(self.returns_of(function).into_iter());
        let passed = self.data.passed(call, function);
        let mut found = Origins::new();
        for origin in returned {
            let own = self.tree().kind(origin.node) == Kind::Parameter && self.tree().contains(function, origin.node);
            if !own {
                join(&mut found, origin);
                continue;
            }
            let values = passed.iter().filter(|&&(_, parameter)| parameter == origin.node).map(|&(value, _)| value);
            for mut outer in self.gather(values) {
                outer.safe = outer.safe.with(origin.safe);
                outer.checked |= origin.checked;
                join(&mut found, outer);
            }
        }
        found
    }

    fn returns_of(&self, function: NodeId) -> Vec<NodeId> {
        if let Some(known) = self.returns.borrow().get(&function) {
            return known.clone();
        }
        let tree = self.tree();
        let mut list = Vec::new();
        // `x => x.y`
        let body = tree.child(function, Field::Body).filter(|&body| tree.kind(body) != Kind::Block);
        if let Some(body) = body.filter(|_| tree.kind(function) == Kind::Lambda) {
            list.push(body);
            self.returns.borrow_mut().insert(function, list.clone());
            return list;
        }
        let mut at = NodeId(function.0 + 1);
        while at < tree.end(function) && list.len() < 32 {
            match tree.kind(at) {
                Kind::Function | Kind::Lambda | Kind::Class => at = tree.end(at),
                Kind::Return | Kind::Yield => {
                    list.extend(tree.child(at, Field::Value));
                    at = tree.end(at);
                }
                _ => at = NodeId(at.0 + 1),
            }
        }
        self.returns.borrow_mut().insert(function, list.clone());
        list
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

/// Where the formatting functions of Go take their format.
fn format_argument(path: &str) -> Option<usize> {
    match path {
        "fmt.Sprintf" | "fmt.Errorf" => Some(0),
        "fmt.Fprintf" => Some(1),
        _ => None,
    }
}

/// The letters of the verbs in a format of Go, in order.
pub(crate) fn verbs(format: &str) -> Vec<char> {
    let mut verbs = Vec::new();
    let mut rest = format;
    while let Some((_, after)) = rest.split_once('%') {
        let plain = after.trim_start_matches(|letter: char| "+-# 0123456789.*[]".contains(letter));
        let mut letters = plain.chars();
        match letters.next() {
            Some('%') | None => {}
            Some(verb) => verbs.push(verb),
        }
        rest = letters.as_str();
    }
    verbs
}

/// The last part of the name of a decorator or annotation.
fn last_of_decorator(text: &str) -> &str {
    let head = text.split('(').next().unwrap_or(text).trim_start_matches('@');
    head.rsplit('.').next().unwrap_or(text).trim()
}

fn is_reader(path: &str, method: &str) -> bool {
    matches!(method, "read" | "readline" | "readlines" | "read_text" | "read_bytes") && !path.starts_with("sys.stdin")
}

#[cfg(test)]
mod tests;
