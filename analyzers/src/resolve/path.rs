//! Canonical dotted paths and types, memoised per node.

use std::collections::HashMap;

use super::scope::Extra;
use super::{Binding, Definition, DefinitionKind, Names, Slice, Value};
use crate::lang::{Language, known};
use crate::syntax::{Field, Kind, NodeId, Tree};

mod types;

/// Longest path that is kept; longer ones say nothing.
const LONGEST_PATH: usize = 200;
/// Most alias steps that are followed.
const DEEPEST: u32 = 100;
/// Definitions looked at for the type of a name that has several.
const MOST_DEFINITIONS: usize = 8;
/// Most entries of a table of functions that are looked at.
const MOST_ENTRIES: usize = 64;
/// Modules of the standard library through which others can be reached.
const CARRIERS: &[&str] = &[
    "shutil",
    "glob",
    "tempfile",
    "logging",
    "platform",
    "pathlib",
    "random",
    "zipfile",
    "tarfile",
    "codecs",
    "inspect",
    "linecache",
    "webbrowser",
    "fileinput",
    "pdb",
    "cgi",
    "socket",
    "threading",
    "subprocess",
    "multiprocessing",
];

/// Fills the paths, types and constants of `names`.
pub(super) fn resolve(names: &mut Names, extra: &Extra, language: Language, tree: &Tree, text: &str) {
    let count = tree.len();
    names.paths = vec![Slice::default(); count];
    names.types = vec![Slice::default(); count];
    names.constants = vec![Value::No; count];
    let mut resolver = Resolver {
        names,
        extra,
        language,
        tree,
        text,
        done: vec![0; count],
        depth: 0,
        jumps: language.is_c_family() && text.contains("goto "),
        members: members(language, tree, text),
        folded: 0,
        most_folded: text.len() * 4 + (1 << 16),
    };
    for index in (0..count as u32).rev() {
        let id = NodeId(index);
        resolver.path(id);
        resolver.type_of(id);
        resolver.constant(id);
    }
}

/// What the bodies of classes assign to names, where it is a name itself.
fn members<'a>(language: Language, tree: &Tree, text: &'a str) -> HashMap<(NodeId, &'a str), NodeId> {
    let mut members = HashMap::new();
    if language != Language::Python {
        return members;
    }
    for class in tree.ids().filter(|&node| tree.kind(node) == Kind::Class) {
        let Some(body) = tree.child(class, Field::Body) else { continue };
        for assign in tree.children(body).filter(|&part| tree.kind(part) == Kind::Assign) {
            let value = tree.child(assign, Field::Value);
            let value = value.filter(|&value| matches!(tree.kind(value), Kind::Name | Kind::Attribute));
            if let (Some(target), Some(value)) = (tree.child(assign, Field::Target), value) {
                members.insert((class, tree.text(target, text)), value);
            }
        }
    }
    members
}

/// Bits of [`Resolver::done`]: asked for, so an answer in progress is not asked for again.
const PATH: u8 = 1;
const TYPE: u8 = 2;
pub(super) const CONSTANT: u8 = 4;

pub(super) struct Resolver<'a> {
    pub(super) names: &'a mut Names,
    extra: &'a Extra,
    pub(super) language: Language,
    pub(super) tree: &'a Tree,
    pub(super) text: &'a str,
    done: Vec<u8>,
    /// The unit jumps, so that what stands before a use need not run before it.
    pub(super) jumps: bool,
    depth: u32,
    /// Functions that classes of the unit keep under a name.
    members: HashMap<(NodeId, &'a str), NodeId>,
    pub(super) folded: usize,
    pub(super) most_folded: usize,
}

impl<'a> Resolver<'a> {
    /// Whether `what` was not asked of `id` before, and may be now.
    pub(super) fn begin(&mut self, id: NodeId, what: u8) -> bool {
        let done = &mut self.done[id.index()];
        if *done & what != 0 || self.depth >= DEEPEST {
            return false;
        }
        *done |= what;
        self.depth += 1;
        true
    }

    pub(super) fn end(&mut self) {
        self.depth -= 1;
    }

    pub(super) fn name(&self, id: NodeId) -> &'a str {
        self.tree.name(id, self.text)
    }

    pub(super) fn put(&mut self, text: &str) -> Slice {
        let start = self.names.arena.len() as u32;
        self.names.arena.push_str(text);
        Slice { start, end: self.names.arena.len() as u32 }
    }

    fn put_path(&mut self, text: &str) -> Slice {
        if text.len() > LONGEST_PATH { Slice::default() } else { self.put(text) }
    }

    /// `base.member`; shares the bytes of `base` where it stands last in the arena.
    fn member(&mut self, base: Slice, member: &str) -> Slice {
        let length = (base.end - base.start) as usize;
        if base.is_none() || member.is_empty() || length + member.len() >= LONGEST_PATH {
            return Slice::default();
        }
        if matches!(self.names.get(base), "builtins" | "__builtins__") {
            return self.put(member);
        }
        let arena = &mut self.names.arena;
        let start = if base.end as usize == arena.len() {
            base.start
        } else {
            let start = arena.len() as u32;
            arena.extend_from_within(base.start as usize..base.end as usize);
            start
        };
        arena.push('.');
        arena.push_str(member);
        Slice { start, end: arena.len() as u32 }
    }

    pub(super) fn path(&mut self, id: NodeId) -> Slice {
        if self.begin(id, PATH) {
            let found = match self.tree.kind(id) {
                Kind::Name => self.path_of_name(id),
                Kind::Attribute => self.path_of_attribute(id),
                Kind::Subscript => self.path_of_subscript(id),
                Kind::Call => self.path_of_call(id),
                Kind::ImportItem => self.path_of_import(id),
                Kind::Assign if !self.tree.is_statement(id) => self.path_of_child(id, Field::Value),
                Kind::Await => self.path_of_child(id, Field::Value),
                Kind::Conditional => self.path_of_child(id, Field::Body),
                Kind::Type => self.path_of_type(id),
                Kind::Cast if self.language.is_script() => self.path_of_child(id, Field::Value),
                Kind::Tuple if self.language.is_script() => {
                    self.tree.children(id).last().map_or(Slice::default(), |last| self.path(last))
                }
                _ => Slice::default(),
            };
            self.names.paths[id.index()] = found;
            self.end();
        }
        self.names.paths[id.index()]
    }

    fn path_of_child(&mut self, id: NodeId, field: Field) -> Slice {
        self.tree.child(id, field).map_or(Slice::default(), |child| self.path(child))
    }

    fn path_of_import(&mut self, id: NodeId) -> Slice {
        let tree = self.tree;
        let Some(path) = tree.import_path(id) else { return Slice::default() };
        // `import a.b` binds `a`: the name is the first part of the item.
        let (item, name) = (tree.span(id), tree.name_span(id));
        let head = item.start == name.start && name.end < item.end;
        if self.language == Language::Java
            && let Some(rest) = path.strip_prefix("jakarta.")
        {
            // The same classes under their newer package.
            return self.put_path(&format!("javax.{rest}"));
        }
        if self.language == Language::Go {
            return self.put_path(path);
        }
        if self.language == Language::Cpp
            && let Some(rest) = path.strip_prefix("std.")
        {
            return self.put_path(rest);
        }
        self.put_path(if head { self.name(id) } else { path })
    }

    fn path_of_name(&mut self, id: NodeId) -> Slice {
        let name = self.name(id);
        let Some(binding) = self.names.binding(id) else {
            return match self.language {
                Language::Python => self.path_of_unbound(&super::decode::plain_identifier(name)),
                _ => self.path_of_unbound(name),
            };
        };
        if let Some(import) = self.import(binding) {
            return self.path(import);
        }
        if self.language.is_script()
            && let Some(load) = self.imported_parameter(binding)
        {
            return self.path(load);
        }
        // `def run(text, call=eval)`: a function where nothing else is given.
        if self.language == Language::Python
            && let [only] = self.names.definitions(binding)
            && only.kind == DefinitionKind::Parameter
            && let Some(default) = self.tree.child(only.node, Field::Default)
            && matches!(self.tree.kind(default), Kind::Name | Kind::Attribute)
            && (self.tree.field(id) == Field::Callee
                || self.tree.field(id) == Field::Object && self.names_function(default))
        {
            return self.path(default);
        }
        if self.language.is_c_family()
            && let Some(inner) = self.wrapped(binding)
        {
            return self.path(inner);
        }
        if let Some(definition) = self.reaching(id, binding) {
            if definition.node != id
                && let Some(value) = definition.value
            {
                let path = self.path_of_value(value, definition.member);
                if !path.is_none() {
                    return path;
                }
            }
        } else if let Some(path) = self.agreed_path(id, binding) {
            return path;
        }
        self.put_path(name)
    }

    /// The path of a module or function that every definition of a name gives it: `var cp = require("…")` twice.
    fn agreed_path(&mut self, id: NodeId, binding: Binding) -> Option<Slice> {
        let definitions = self.names.definitions(binding);
        if definitions.len() > MOST_DEFINITIONS || definitions.iter().any(|each| each.node == id) {
            return None;
        }
        let definitions = definitions.to_vec();
        let mut agreed: Option<Slice> = None;
        for definition in definitions {
            let path = self.path_of_value(definition.value?, definition.member);
            match agreed {
                _ if path.is_none() => return None,
                Some(known) if self.names.get(known) != self.names.get(path) => return None,
                _ => agreed = Some(path),
            }
        }
        agreed
    }

    /// The callee that a function-like macro does nothing but call, with its own parameters in order.
    fn wrapped(&self, binding: Binding) -> Option<NodeId> {
        let [only] = self.names.definitions(binding) else { return None };
        if only.kind != DefinitionKind::Function || !self.tree.text(only.node, self.text).starts_with('#') {
            return None;
        }
        let tree = self.tree;
        let body = tree.child(only.node, Field::Body)?;
        let statement = tree.children(body).next()?;
        let call = tree.child(statement, Field::Value).filter(|&call| tree.kind(call) == Kind::Call)?;
        let parameters = tree.children(only.node).filter(|&part| tree.kind(part) == Kind::Parameter);
        let same =
            tree.positional(call).map(|part| tree.text(part, self.text)).eq(parameters.map(|part| self.name(part)));
        same.then(|| tree.child(call, Field::Callee)).flatten()
    }

    /// The path that a name takes over from its value: of a module, function or attribute, never of a result.
    fn path_of_value(&mut self, value: NodeId, member: Option<NodeId>) -> Slice {
        let base = self.path(value);
        let Some(member) = member else { return base };
        let name = match self.tree.kind(member) {
            Kind::String => self.tree.string(member, self.text).unwrap_or_default(),
            _ => self.name(member).into(),
        };
        self.member(base, &name)
    }

    fn path_of_unbound(&mut self, name: &str) -> Slice {
        let tree = self.tree;
        if self.language == Language::Go {
            if let Some(package) = known::go_package(name) {
                return self.put(package);
            }
            // `import . "package"` brings in what starts with a capital.
            let dotted = self.extra.wildcards.first().and_then(|&item| tree.import_path(item));
            return match dotted.filter(|_| name.starts_with(char::is_uppercase)) {
                Some(package) => {
                    let base = self.put_path(package);
                    self.member(base, name)
                }
                None => self.put_path(name),
            };
        }
        let modules = self.extra.wildcards.iter().filter_map(|&item| tree.import_path(item));
        match known::origin(self.language, name, modules) {
            Some(module) => {
                let base = self.put(module);
                self.member(base, name)
            }
            None if self.language == Language::Python => self.put_path(known::python_name(name).unwrap_or(name)),
            None if self.language.is_script() => self.put_path(known::script_module(name).unwrap_or(name)),
            None => self.put_path(name),
        }
    }

    fn path_of_attribute(&mut self, id: NodeId) -> Slice {
        let name = self.name(id);
        if let Some(binding) = self.names.binding(id)
            && let Some(definition) = self.reaching(id, binding)
            && definition.node != id
            && let Some(value) = definition.value
            && (self.tree.kind(value) != Kind::Name || self.names_function(value))
        {
            let path = self.path_of_value(value, definition.member);
            if !path.is_none() {
                return path;
            }
        }
        let Some(object) = self.tree.child(id, Field::Object) else { return Slice::default() };
        if self.language.is_script()
            && let Some(value) = self.property(object, name)
        {
            let path = self.path(value);
            if !path.is_none() {
                return path;
            }
        }
        if let Some(value) = self.class_member(object, name) {
            return self.path(value);
        }
        if let Some(value) = self.space_member(object, name) {
            return self.path(value);
        }
        let typed = matches!(self.tree.kind(object), Kind::Call | Kind::New);
        let mut base = match self.language {
            Language::Java | Language::Go | Language::CSharp => self.type_of(object),
            _ => Slice::default(),
        };
        if base.is_none() {
            base = self.path(object);
        }
        if base.is_none() && typed {
            base = self.type_of(object);
        }
        // The library of C++ by the names that C gives it, and that `using namespace std` gives.
        if self.language == Language::Cpp && self.names.get(base) == "std" {
            return self.put_path(name);
        }
        if self.language != Language::Python {
            return self.member(base, name);
        }
        if name == "__call__" {
            return base;
        }
        // `shutil.os.system`: what a module imports is an attribute of it.
        if matches!(name, "os" | "sys" | "subprocess") && CARRIERS.contains(&self.names.get(base)) {
            return self.put(name);
        }
        self.member(base, &super::decode::plain_identifier(name))
    }

    /// Whether a name is that of a builtin or an import rather than of a value of the unit.
    fn names_function(&self, name: NodeId) -> bool {
        self.language == Language::Python
            && match self.names.binding(name) {
                None => known::is_dangerous_builtin(self.name(name)),
                Some(binding) => self.import(binding).is_some(),
            }
    }

    /// What a name space made by one call keeps under a name: `SimpleNamespace(run=eval)` and then `.run`.
    fn space_member(&mut self, object: NodeId, name: &str) -> Option<NodeId> {
        let tree = self.tree;
        if self.language != Language::Python || tree.kind(object) != Kind::Name {
            return None;
        }
        let made = self.names.definition(object)?.value.filter(|&made| tree.kind(made) == Kind::Call)?;
        let maker = self.path_of_child(made, Field::Callee);
        matches!(self.names.get(maker), "types.SimpleNamespace" | "argparse.Namespace")
            .then(|| tree.keyword(made, name, self.text))
            .flatten()
    }

    /// The function that a class of the unit keeps under a name: `class A: run = eval` and then `A.run`, `self.run`.
    fn class_member(&self, object: NodeId, name: &str) -> Option<NodeId> {
        if self.members.is_empty() || self.tree.kind(object) != Kind::Name {
            return None;
        }
        let class = match self.name(object) {
            "self" | "cls" => self.tree.ancestors(object).find(|&above| self.tree.kind(above) == Kind::Class)?,
            _ => self.names.definition(object).filter(|it| it.kind == DefinitionKind::Class)?.node,
        };
        self.members.get(&(class, name)).copied()
    }

    /// The value that an object literal, the only value of a name, gives a property: of a function, not of data.
    fn property(&self, object: NodeId, name: &str) -> Option<NodeId> {
        let binding = self.names.binding(object)?;
        let [only] = self.names.definitions(binding) else { return None };
        let dict = only.value.filter(|&value| only.member.is_none() && self.tree.kind(value) == Kind::Dict)?;
        let pair = self.tree.children(dict).take(100).find(|&pair| {
            let key = self.tree.child(pair, Field::Key);
            key.is_some_and(|key| self.tree.kind(key) == Kind::String && self.name(key) == name)
        })?;
        let value = self.tree.child(pair, Field::Value)?;
        matches!(self.tree.kind(value), Kind::Name | Kind::Attribute | Kind::Subscript).then_some(value)
    }

    /// `import("m").then(m => …)`: the parameter is the module.
    fn imported_parameter(&self, binding: Binding) -> Option<NodeId> {
        let [only] = self.names.definitions(binding) else { return None };
        let tree = self.tree;
        let lambda = tree.parent(only.node).filter(|&above| {
            only.kind == DefinitionKind::Parameter
                && tree.kind(above) == Kind::Lambda
                && tree.field(above) == Field::Argument
        })?;
        let callee = tree.child(tree.parent(lambda)?, Field::Callee)?;
        let object = tree.child(callee, Field::Object).filter(|_| self.name(callee) == "then")?;
        let loads = tree.child(object, Field::Callee).is_some_and(|load| tree.text(load, self.text) == "import");
        (tree.kind(object) == Kind::Call && loads).then_some(object)
    }

    fn path_of_subscript(&mut self, id: NodeId) -> Slice {
        let tree = self.tree;
        // `new Thing<Part>(…)`, `new Thing<>(…)`
        if self.language == Language::Java && tree.field(id) == Field::Callee {
            return self.path_of_child(id, Field::Object);
        }
        let (Some(object), Some(index)) = (tree.child(id, Field::Object), tree.child(id, Field::Index)) else {
            return Slice::default();
        };
        let key = self.constant(index);
        if self.language == Language::Python
            && let Some(entry) = self.entry(object, key)
        {
            return self.path(entry);
        }
        let Value::Text(key) = key else { return Slice::default() };
        let key = self.names.get(key).to_owned();
        let base = match self.language {
            Language::JavaScript | Language::TypeScript => self.path(object),
            Language::Python => match tree.kind(object) {
                Kind::Attribute if self.name(object) == "__dict__" => self.path_of_child(object, Field::Object),
                Kind::Call => {
                    let callee = self.path_of_child(object, Field::Callee);
                    match self.names.get(callee) {
                        "vars" => tree.positional(object).next().map_or(Slice::default(), |of| self.path(of)),
                        "globals" | "locals" => return self.path_of_global(&key),
                        _ => Slice::default(),
                    }
                }
                _ => {
                    let base = self.path(object);
                    match self.names.get(base) {
                        "sys.modules" => return self.put_path(&key),
                        "__builtins__" | "builtins" => base,
                        _ => Slice::default(),
                    }
                }
            },
            _ => Slice::default(),
        };
        self.member(base, &key)
    }

    /// The entry of a table of functions that the unit writes once: `TABLE["eval"]`, `TOOLS[1]`.
    fn entry(&mut self, object: NodeId, key: Value) -> Option<NodeId> {
        let tree = self.tree;
        let binding = self.names.binding(object).filter(|_| tree.kind(object) == Kind::Name)?;
        let [only] = self.names.definitions(binding) else { return None };
        let table = only.value?;
        let entry = match (tree.kind(table), key) {
            (Kind::List | Kind::Tuple, Value::Integer(at)) => tree.children(table).nth(usize::try_from(at).ok()?)?,
            (Kind::Dict, Value::Text(key)) => {
                let key = self.names.get(key).to_owned();
                let pairs = tree.children(table).take(MOST_ENTRIES).filter(|&pair| tree.kind(pair) == Kind::Pair);
                let mut found = None;
                for pair in pairs {
                    let name = tree.child(pair, Field::Key)?;
                    if let Value::Text(name) = self.constant(name)
                        && self.names.get(name) == key
                    {
                        found = tree.child(pair, Field::Value);
                        break;
                    }
                }
                found?
            }
            _ => return None,
        };
        matches!(tree.kind(entry), Kind::Name | Kind::Attribute).then_some(entry)
    }

    /// `globals()["name"]`.
    fn path_of_global(&mut self, name: &str) -> Slice {
        let found = (self.names.definitions.iter())
            .find(|definition| definition.scope == NodeId::ROOT && self.name(definition.node) == name)
            .map(|definition| (definition.kind, definition.node, definition.value));
        match found {
            Some((DefinitionKind::Import, node, _)) => self.path(node),
            Some((_, _, Some(value))) => self.path(value),
            _ if name == "__builtins__" => self.put("builtins"),
            _ => self.put_path(name),
        }
    }

    /// Calls that denote a module or a function.
    fn path_of_call(&mut self, id: NodeId) -> Slice {
        let tree = self.tree;
        let Some(callee) = tree.child(id, Field::Callee) else { return Slice::default() };
        let first = tree.positional(id).next();
        let path = self.path(callee);
        if self.language.is_script() {
            return self.path_of_script_call(callee, path, first, tree.positional(id).nth(1));
        }
        if self.language != Language::Python {
            return Slice::default();
        }
        if tree.kind(callee) == Kind::Call {
            let getter = self.path_of_child(callee, Field::Callee);
            // `operator.itemgetter("system")(vars(os))`
            if self.names.get(getter) == "operator.itemgetter"
                && let (Some(table), Some(key)) = (first, tree.positional(callee).next())
                && let Value::Text(key) = self.constant(key)
            {
                let key = self.names.get(key).to_owned();
                let of = match tree.kind(table) {
                    Kind::Call => tree.positional(table).next(),
                    Kind::Attribute if self.name(table) == "__dict__" => tree.child(table, Field::Object),
                    _ => None,
                };
                let base = of.map_or(Slice::default(), |of| self.path(of));
                return self.member(base, &key);
            }
            if self.names.get(getter) == "operator.attrgetter"
                && let (Some(object), Some(key)) = (first, tree.positional(callee).next())
                && let Value::Text(key) = self.constant(key)
            {
                let key = self.names.get(key).to_owned();
                let base = self.path(object);
                return self.member(base, &key);
            }
            return Slice::default();
        }
        // `TABLE.get("eval")`
        if tree.kind(callee) == Kind::Attribute
            && self.name(callee) == "get"
            && let (Some(table), Some(key)) = (tree.child(callee, Field::Object), first)
        {
            let key = self.constant(key);
            if let Some(entry) = self.entry(table, key) {
                return self.path(entry);
            }
        }
        // `type(os).__getattribute__(os, "system")`
        if tree.kind(callee) == Kind::Attribute
            && self.name(callee) == "__getattribute__"
            && let (Some(object), Some(key)) = (first, tree.positional(id).nth(1))
            && let Value::Text(key) = self.constant(key)
        {
            let key = self.names.get(key).to_owned();
            let base = self.path(object);
            return self.member(base, &key);
        }
        // `os.__getattribute__("system")`
        if tree.kind(callee) == Kind::Attribute
            && self.name(callee) == "__getattribute__"
            && tree.positional(id).count() == 1
            && let Some(Value::Text(key)) = first.map(|key| self.constant(key))
        {
            let key = self.names.get(key).to_owned();
            let base = self.path_of_child(callee, Field::Object);
            return self.member(base, &key);
        }
        match self.names.get(path) {
            "getattr" | "object.__getattribute__" => {
                let mut arguments = tree.positional(id);
                let (Some(object), Some(key)) = (arguments.next(), arguments.next()) else { return Slice::default() };
                let Value::Text(key) = self.constant(key) else { return Slice::default() };
                let key = self.names.get(key).to_owned();
                let base = self.path(object);
                self.member(base, &key)
            }
            "__import__" | "importlib.import_module" | "importlib.__import__" => {
                let whole = self.names.get(path) == "importlib.import_module"
                    || tree.children_in(id, Field::Argument).count() > 1;
                let Some(Value::Text(module)) = first.map(|module| self.constant(module)) else {
                    return Slice::default();
                };
                let module = self.names.get(module).to_owned();
                self.put_path(if whole { &module } else { module.split('.').next().unwrap_or_default() })
            }
            "functools.partial" => first.map_or(Slice::default(), |function| self.path(function)),
            _ => Slice::default(),
        }
    }

    /// `require("x")`, `import("x")`, `f.bind(…)`, `promisify(f)`.
    fn path_of_script_call(
        &mut self,
        callee: NodeId,
        path: Slice,
        first: Option<NodeId>,
        second: Option<NodeId>,
    ) -> Slice {
        if self.tree.kind(callee) == Kind::Attribute && self.name(callee) == "bind" {
            return self.path_of_child(callee, Field::Object);
        }
        match self.names.get(path) {
            "Reflect.get" => {
                let (Some(object), Some(key)) = (first, second) else { return Slice::default() };
                let Value::Text(key) = self.constant(key) else { return Slice::default() };
                let key = self.names.get(key).to_owned();
                let base = self.path(object);
                self.member(base, &key)
            }
            "require" | "import" | "process.mainModule.require" | "module.require" => {
                let Some(Value::Text(module)) = first.map(|module| self.constant(module)) else {
                    return Slice::default();
                };
                let module = self.names.get(module).to_owned();
                let module = module.strip_prefix("node:").unwrap_or(&module);
                self.put_path(module.strip_prefix("mz/").unwrap_or(module))
            }
            "util.promisify" | "bluebird.promisify" | "bluebird.promisifyAll" | "pify" | "thenify" | "thenify-all" => {
                first.map_or(Slice::default(), |function| self.path(function))
            }
            _ => Slice::default(),
        }
    }

    /// The class a type expression names; what is optional counts as present.
    fn path_of_type(&mut self, id: NodeId) -> Slice {
        let tree = self.tree;
        let Some(mut inner) = tree.children(id).next() else { return Slice::default() };
        if tree.kind(inner) == Kind::Subscript
            && let Some(object) = tree.child(inner, Field::Object)
        {
            let generic = self.path(object);
            let optional = matches!(self.names.get(generic), "typing.Optional" | "Optional" | "typing.Annotated");
            let index = tree.child(inner, Field::Index).filter(|_| optional);
            inner = index.unwrap_or(object);
        }
        self.path(inner)
    }

    /// The import that a binding comes from, if one of its definitions is one.
    fn import(&self, binding: Binding) -> Option<NodeId> {
        let definitions = self.names.definitions(binding);
        definitions.iter().take(MOST_DEFINITIONS).find(|each| each.kind == DefinitionKind::Import).map(|each| each.node)
    }

    /// The definition whose value a use has whatever path is taken to it: the only one, or the last one before it in a
    /// block around it.
    pub(super) fn reaching(&self, id: NodeId, binding: Binding) -> Option<Definition> {
        let definitions = self.names.definitions(binding);
        if let [only] = definitions {
            return Some(*only);
        }
        let before = definitions.partition_point(|definition| definition.node < id);
        let last = definitions.get(before.checked_sub(1)?)?;
        let tree = self.tree;
        let statement = tree.statement(last.node);
        let same_scope = last.scope == NodeId::ROOT && tree.scope(id) == NodeId::ROOT || tree.scope(id) == last.scope;
        let dominates =
            tree.end(statement) <= id && tree.parent(statement).is_some_and(|block| tree.contains(block, id));
        if !same_scope || !dominates || matches!(tree.kind(tree.parent(statement)?), Kind::If | Kind::Try) {
            return None;
        }
        for above in tree.ancestors(id) {
            if tree.contains(above, last.node) {
                break;
            }
            if matches!(tree.kind(above), Kind::While | Kind::For) {
                let from = definitions.partition_point(|definition| definition.node < above);
                if definitions.get(from).is_some_and(|definition| definition.node < tree.end(above)) {
                    return None;
                }
            }
        }
        Some(*last)
    }
}
