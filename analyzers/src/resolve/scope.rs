//! Scopes and definitions: which name is bound where, and which use means which binding.

use std::collections::{HashMap, HashSet};

use super::{Binding, Definition, DefinitionKind};
use crate::lang::{Language, memory};
use crate::syntax::{Field, Kind, NodeId, Tree};

/// What [`collect`] found.
pub(super) struct Scopes {
    pub(super) bindings: Vec<u32>,
    pub(super) definitions: Vec<Definition>,
    pub(super) starts: Vec<u32>,
    pub(super) extra: Extra,
}

/// What resolving paths needs besides.
#[derive(Default)]
pub(super) struct Extra {
    /// `from module import *`, in source order.
    pub(super) wildcards: Vec<NodeId>,
    /// Type and field of Go's structs → the declared type.
    pub(super) fields: HashMap<(String, String), NodeId>,
}

struct Scope {
    node: NodeId,
    kind: Kind,
    parent: usize,
    end: NodeId,
}

struct Collector<'a> {
    language: Language,
    tree: &'a Tree,
    text: &'a str,
    symbols: HashMap<&'a str, u32>,
    scopes: Vec<Scope>,
    /// (scope, symbol) → binding.
    bound: HashMap<(u32, u32), u32>,
    /// (scope, symbol) declared `global` or `nonlocal` → whether global.
    redirected: HashMap<(u32, u32), bool>,
    definitions: Vec<Definition>,
    /// Per node: the statement that binds it as (part of) its target, else the root.
    target: Vec<NodeId>,
    uses: Vec<(NodeId, u32, u32)>,
    bindings: Vec<u32>,
    count: u32,
    /// Uses that are definitions too.
    changed: HashSet<NodeId>,
    extra: Extra,
}

/// Marks a scope number as that of the attributes of `self` where no class is in sight.
const ATTRIBUTES: u32 = 1 << 31;

pub(super) fn collect(language: Language, tree: &Tree, text: &str) -> Scopes {
    let mut collector = Collector {
        language,
        tree,
        text,
        symbols: HashMap::with_capacity(128),
        scopes: Vec::with_capacity(16),
        bound: HashMap::with_capacity(64),
        redirected: HashMap::new(),
        definitions: Vec::with_capacity(64),
        target: vec![NodeId::ROOT; tree.len()],
        uses: Vec::with_capacity(tree.len() / 3),
        bindings: vec![0; tree.len()],
        count: 0,
        changed: HashSet::new(),
        extra: Extra::default(),
    };
    collector.run();
    collector.finish()
}

impl<'a> Collector<'a> {
    fn run(&mut self) {
        let (tree, language) = (self.tree, self.language);
        self.scopes.push(Scope { node: NodeId::ROOT, kind: Kind::Module, parent: 0, end: tree.end(NodeId::ROOT) });
        let mut at = 0;
        for id in tree.ids().skip(1) {
            while id >= self.scopes[at].end && at != 0 {
                at = self.scopes[at].parent;
            }
            let kind = tree.kind(id);
            match kind {
                Kind::Function | Kind::Class => {
                    let defined = if kind == Kind::Class { DefinitionKind::Class } else { DefinitionKind::Function };
                    // A method of an object literal is no variable.
                    if tree.parent(id).is_none_or(|above| tree.kind(above) != Kind::Dict) {
                        self.define(at, id, defined, None);
                    }
                    at = self.open(id, kind, at);
                }
                Kind::Lambda | Kind::Comprehension => at = self.open(id, kind, at),
                Kind::Parameter => self.define(at, id, DefinitionKind::Parameter, None),
                Kind::ImportItem if matches!(tree.name(id, self.text), "*" | ".") => self.extra.wildcards.push(id),
                Kind::ImportItem => self.define(at, id, DefinitionKind::Import, None),
                Kind::Global => self.redirect(at, id),
                Kind::Type if self.language == Language::Go => self.field(id),
                Kind::Unary | Kind::Call | Kind::Binary if language.is_c_family() => self.change(at, id, kind),
                Kind::Name | Kind::Attribute | Kind::Tuple | Kind::List | Kind::Dict | Kind::Spread | Kind::Pair => {
                    self.visit(at, id, kind);
                }
                _ => {}
            }
        }
    }

    /// Notes the fields that a type in a struct is declared for.
    fn field(&mut self, declared: NodeId) {
        let tree = self.tree;
        let Some(assign) = tree.parent(declared).filter(|&above| tree.kind(above) == Kind::Assign) else { return };
        let class = tree.parent(assign).and_then(|block| tree.parent(block));
        let Some(class) = class.filter(|&class| tree.kind(class) == Kind::Class) else { return };
        for target in tree.children_in(assign, Field::Target) {
            for name in tree.subtree(target).filter(|&name| tree.kind(name) == Kind::Name).take(16) {
                let key = (tree.name(class, self.text).to_owned(), tree.name(name, self.text).to_owned());
                self.extra.fields.insert(key, declared);
            }
        }
    }

    fn open(&mut self, node: NodeId, kind: Kind, parent: usize) -> usize {
        self.scopes.push(Scope { node, kind, parent, end: self.tree.end(node) });
        self.scopes.len() - 1
    }

    fn symbol(&mut self, name: &'a str) -> u32 {
        let next = self.symbols.len() as u32;
        *self.symbols.entry(name).or_insert(next)
    }

    fn redirect(&mut self, at: usize, id: NodeId) {
        let global = !self.tree.text(id, self.text).starts_with("nonlocal");
        for name in self.tree.children(id) {
            let symbol = self.symbol(self.tree.name(name, self.text));
            self.redirected.insert((at as u32, symbol), global);
        }
    }

    /// Names, attributes and the patterns that hold them: definitions where they are targets, else uses.
    fn visit(&mut self, at: usize, id: NodeId, kind: Kind) {
        let tree = self.tree;
        let Some(above) = tree.parent(id) else { return };
        let above_kind = tree.kind(above);
        let root = match (tree.field(id), above_kind) {
            (
                Field::Target,
                Kind::Assign | Kind::AugAssign | Kind::For | Kind::WithItem | Kind::Handler | Kind::Delete,
            ) => above,
            (Field::Target, Kind::Parameter) => above,
            (field, Kind::Tuple | Kind::List | Kind::Dict | Kind::Spread | Kind::Pair | Kind::Other)
                if !matches!(field, Field::Key | Field::Type | Field::Default) =>
            {
                self.target[above.index()]
            }
            (Field::Target, Kind::Spread) => self.target[above.index()],
            (Field::Test, Kind::Case) if !self.language.compares_cases() => above,
            _ => NodeId::ROOT,
        };
        self.target[id.index()] = root;
        if root == NodeId::ROOT {
            if kind == Kind::Name && !self.changed.contains(&id) {
                let symbol = self.symbol(tree.name(id, self.text));
                self.uses.push((id, at as u32, symbol));
            } else if kind == Kind::Attribute && self.of_self(id) {
                let symbol = self.symbol(tree.name(id, self.text));
                self.uses.push((id, self.class_of(at), symbol));
            }
            return;
        }
        let defined = match tree.kind(root) {
            Kind::AugAssign => DefinitionKind::Augment,
            Kind::For => DefinitionKind::Loop,
            Kind::WithItem => DefinitionKind::Resource,
            Kind::Handler => DefinitionKind::Handler,
            Kind::Delete => DefinitionKind::Delete,
            Kind::Case => DefinitionKind::Pattern,
            Kind::Parameter => DefinitionKind::Parameter,
            _ if tree.field(root) == Field::Resource => DefinitionKind::Resource,
            _ => DefinitionKind::Assign,
        };
        match kind {
            Kind::Name => {
                let mut at = at;
                if tree.kind(root) == Kind::Assign {
                    while self.scopes[at].kind == Kind::Comprehension {
                        at = self.scopes[at].parent;
                    }
                }
                self.define(at, id, defined, Some(root));
            }
            Kind::Attribute if self.of_self(id) => {
                let scope = self.class_of(at);
                self.add(scope, id, defined, Some(root));
            }
            _ => {}
        }
    }

    /// What may be changed without an assignment: `&x`, `fgets(x, …)`, `stream >> x`, and in C++ what is passed by name.
    fn change(&mut self, at: usize, id: NodeId, kind: Kind) {
        let (tree, text) = (self.tree, self.text);
        let mut names: Vec<NodeId> = Vec::new();
        match kind {
            Kind::Unary if tree.name(id, text) == "&" => names.extend(tree.child(id, Field::Value)),
            Kind::Binary if tree.name(id, text) == ">>" => names.extend(tree.child(id, Field::Right)),
            Kind::Call => {
                let Some(callee) = tree.child(id, Field::Callee) else { return };
                let writer = memory::writer_of(tree, id, tree.name(callee, text));
                if let Some(writer) = writer {
                    let count = if writer.rest { 16 } else { 1 };
                    names.extend(tree.positional(id).skip(usize::from(writer.into)).take(count));
                } else if self.language == Language::Cpp {
                    names.extend(tree.positional(id).take(16));
                }
            }
            _ => {}
        }
        for name in names {
            let name = if kind == Kind::Call { memory::base(tree, text, name).unwrap_or(name) } else { name };
            if tree.kind(name) != Kind::Name {
                continue;
            }
            let symbol = self.symbol(tree.name(name, text));
            if let Some(scope) = self.holder(at, symbol) {
                self.add(scope as u32, name, DefinitionKind::Augment, None);
                self.changed.insert(name);
            }
        }
    }

    /// The scope around `at` that binds `symbol` so far.
    fn holder(&self, mut at: usize, symbol: u32) -> Option<usize> {
        loop {
            if self.bound.contains_key(&(at as u32, symbol)) {
                return Some(at);
            }
            if at == 0 {
                return None;
            }
            at = self.scopes[at].parent;
        }
    }

    fn of_self(&self, id: NodeId) -> bool {
        let object = self.tree.child(id, Field::Object);
        object.is_some_and(|object| {
            self.tree.kind(object) == Kind::Name && matches!(self.tree.name(object, self.text), "self" | "this" | "cls")
        })
    }

    /// The scope of the attributes of `self` at `at`.
    fn class_of(&self, mut at: usize) -> u32 {
        while at != 0 {
            if self.scopes[at].kind == Kind::Class {
                return at as u32;
            }
            at = self.scopes[at].parent;
        }
        ATTRIBUTES
    }

    fn define(&mut self, at: usize, id: NodeId, kind: DefinitionKind, root: Option<NodeId>) {
        let name = self.tree.name(id, self.text);
        if name.is_empty() || (name == "_" && self.language.has_blank_name()) {
            return;
        }
        let symbol = self.symbol(self.tree.name(id, self.text));
        // An assignment that declares nothing is to a variable that exists.
        let declares = root.is_none_or(|root| self.tree.child(root, Field::Type).is_some());
        if (self.language.is_c_family() || self.language == Language::CSharp)
            && !declares
            && let Some(scope) = self.holder(at, symbol)
        {
            return self.add(scope as u32, id, kind, root);
        }
        let scope = match self.redirected.get(&(at as u32, symbol)) {
            None => at,
            Some(true) => 0,
            Some(false) => self.scopes[at].parent,
        };
        self.add(scope as u32, id, kind, root);
    }

    fn add(&mut self, scope: u32, id: NodeId, kind: DefinitionKind, root: Option<NodeId>) {
        let tree = self.tree;
        let symbol = self.symbol(tree.name(id, self.text));
        let next = self.count;
        let binding = *self.bound.entry((scope, symbol)).or_insert(next);
        self.count += u32::from(binding == next);
        self.bindings[id.index()] = binding + 1;
        let mut definition = Definition {
            node: id,
            kind,
            value: None,
            member: None,
            declared: tree.child(root.unwrap_or(id), Field::Type),
            binding: Binding(binding),
            scope: self.scopes.get(scope as usize).map_or(NodeId::ROOT, |scope| scope.node),
        };
        if kind == DefinitionKind::Handler {
            definition.declared = root.and_then(|root| tree.child(root, Field::Type));
        } else if let Some(root) = root
            && matches!(kind, DefinitionKind::Assign | DefinitionKind::Resource)
        {
            self.bind_value(&mut definition, root);
        }
        self.definitions.push(definition);
    }

    /// Finds which part of the assigned value the name gets.
    fn bind_value(&self, definition: &mut Definition, root: NodeId) {
        let tree = self.tree;
        let Some(value) = tree.children_in(root, Field::Value).last() else { return };
        let id = definition.node;
        let Some(above) = tree.parent(id) else { return };
        if above == root {
            definition.value = Some(value);
            return;
        }
        definition.declared = None;
        match tree.kind(above) {
            Kind::Tuple | Kind::List if tree.parent(above) == Some(root) => {
                let sequence = matches!(tree.kind(value), Kind::Tuple | Kind::List);
                let plain = |pattern| tree.children(pattern).all(|part| tree.kind(part) != Kind::Spread);
                if sequence
                    && plain(above)
                    && plain(value)
                    && tree.children(above).count() == tree.children(value).count()
                {
                    let at = tree.children(above).position(|part| part == id);
                    definition.value = at.and_then(|at| tree.children(value).nth(at));
                } else if self.language.returns_several_values() && !sequence && tree.children(above).next() == Some(id)
                {
                    // `value, err := f()`: what the call is named for comes first.
                    definition.value = Some(value);
                }
            }
            Kind::Dict if tree.parent(above) == Some(root) => {
                definition.value = Some(value);
                definition.member = Some(id);
            }
            Kind::Pair if tree.parent(above).and_then(|pattern| tree.parent(pattern)) == Some(root) => {
                definition.value = Some(value);
                definition.member = tree.child(above, Field::Key).or(Some(id));
            }
            _ => {}
        }
    }

    /// The binding that `symbol` means in `scope`.
    fn lookup(&self, scope: u32, symbol: u32) -> Option<u32> {
        if scope == ATTRIBUTES {
            return self.bound.get(&(scope, symbol)).copied();
        }
        let start = scope as usize;
        let mut at = start;
        loop {
            let visible = at == start || self.language.sees_members() || self.scopes[at].kind != Kind::Class;
            if visible && let Some(&binding) = self.bound.get(&(at as u32, symbol)) {
                return Some(binding);
            }
            if at == 0 {
                return None;
            }
            at = self.scopes[at].parent;
        }
    }

    fn finish(mut self) -> Scopes {
        for &(id, scope, symbol) in &self.uses {
            let own = self.tree.kind(id) == Kind::Attribute;
            let found = if own { self.bound.get(&(scope, symbol)).copied() } else { self.lookup(scope, symbol) };
            if let Some(binding) = found {
                self.bindings[id.index()] = binding + 1;
            }
        }
        self.definitions.sort_by_key(|definition| (definition.binding, definition.node));
        let mut starts = vec![0; self.count as usize + 1];
        for definition in &self.definitions {
            starts[definition.binding.index() + 1] += 1;
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        Scopes { bindings: self.bindings, definitions: self.definitions, starts, extra: self.extra }
    }
}
