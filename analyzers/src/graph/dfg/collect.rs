//! Where names, fields and containers get their values, read off the tree; what reaches what is found elsewhere.

use std::collections::HashMap;

use crate::graph::cfg::ControlFlow;
use crate::lang::{Language, memory};
use crate::program::Program;
use crate::syntax::{Field, Kind, NodeId, Tree};

use super::{Definition, Value, symbol_name, symbol_text};

pub(super) struct Collector<'c, 'p> {
    pub(super) language: Language,
    pub(super) program: &'p Program,
    pub(super) c_family: bool,
    pub(super) tree: &'p Tree,
    pub(super) text: &'p str,
    pub(super) control: &'c ControlFlow,
    pub(super) scope_by_node: HashMap<NodeId, u32>,
    pub(super) symbols: HashMap<&'p str, u32>,
    pub(super) definitions: Vec<Definition>,
    /// Scope, symbol, and whether it belongs to the function around rather than to the module.
    pub(super) globals: Vec<(u32, u32, bool)>,
    pub(super) java: bool,
    /// Fields of the class around are called by their bare names.
    pub(super) bare_fields: bool,
    /// Bindings of the unit's names, for fields that are assigned without `this`.
    pub(super) names: &'c crate::resolve::Names,
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
                let name = symbol_name(self.tree, self.text, target);
                self.add(target, name, value, true, inline);
                if self.bare_fields && self.is_field(target) {
                    self.add_field(target, name, value);
                }
            }
            Kind::Attribute => {
                if let Some(symbol) = symbol_text(self.tree, self.text, target) {
                    self.add(target, symbol, value, true, inline);
                    if let Some(name) = symbol.strip_prefix("this.").filter(|_| self.bare_fields) {
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
                    if self.tree.kind(target) == Kind::Pair && self.tree.field(part) == Field::Key
                        || self.tree.field(part) == Field::Type
                    {
                        continue;
                    }
                    let own = given.as_mut().and_then(Iterator::next).map(Value::Expression);
                    // `value, err := f(x)`: whether it went well is no part of the value.
                    let outcome = own.is_none()
                        && self.language.returns_several_values()
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

    /// The names that a parameter of JavaScript is taken apart into: `({ body, query: { id } }) => …`.
    fn taken_apart(&mut self, parameter: NodeId, function: NodeId, inline: bool) {
        let tree = self.tree;
        let mut open: Vec<NodeId> = tree.child(parameter, Field::Target).into_iter().collect();
        let mut budget = 200;
        while let Some(part) = open.pop() {
            budget -= 1;
            if budget == 0 {
                return;
            }
            if tree.kind(part) == Kind::Name {
                self.add(parameter, tree.name(part, self.text), Value::Parameter(function), true, inline);
                continue;
            }
            open.extend(
                tree.children(part)
                    .filter(|&inner| !matches!(tree.field(inner), Field::Key | Field::Default | Field::Type)),
            );
        }
    }

    /// The arguments that a library function writes to.
    fn written(&mut self, call: NodeId, callee: NodeId) {
        let tree = self.tree;
        let path = self.program.names.path(callee).unwrap_or_default();
        let Some(writer) = memory::writer_of(tree, call, path) else { return };
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

    pub(super) fn visit(&mut self, node: NodeId) {
        let tree = self.tree;
        match tree.kind(node) {
            Kind::Assign => {
                let inline = tree.statement(node) != node;
                let Some(value) = tree.child(node, Field::Value) else {
                    // `var x T` of Go is the zero value; the fields of a struct are no variables.
                    let declares = self.language.has_zero_values()
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
            Kind::Case if self.language.compares_cases() => {}
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
                // `{ name }`, `Query(filter): Query<Filter>`
                if self.language.is_script() || self.language == Language::Rust {
                    self.taken_apart(node, function, inline);
                }
            }
            Kind::Function | Kind::Class => self.add(node, tree.name(node, self.text), Value::Named, true, false),
            Kind::ImportItem => self.add(node, tree.name(node, self.text), Value::Named, true, false),
            Kind::Binary if self.c_family && tree.name(node, self.text) == ">>" => self.streamed(node),
            // `text << more` of Ruby
            Kind::Binary if self.language == Language::Ruby && tree.name(node, self.text) == "<<" => {
                let (left, right) = (tree.child(node, Field::Left), tree.child(node, Field::Right));
                if let (Some(left), Some(right)) = (left, right)
                    && let Some(symbol) = symbol_text(tree, self.text, left)
                {
                    self.add(left, symbol, Value::Expression(right), false, false);
                }
            }
            Kind::Call => {
                let Some(callee) = tree.child(node, Field::Callee) else { return };
                if self.language.fills_arguments() {
                    self.outputs(node, callee);
                }
                if self.c_family {
                    self.written(node, callee);
                }
                // `write!(text, "…", more)` of Rust
                if self.language == Language::Rust
                    && matches!(tree.text(callee, self.text), "write" | "writeln")
                    && let Some(symbol) =
                        tree.positional(node).next().and_then(|into| symbol_text(tree, self.text, into))
                {
                    self.add(node, symbol, Value::Arguments(node), false, false);
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
                if (changes_object(method) || self.java && changes_java_object(method))
                    && let Some(symbol) = object.and_then(|object| symbol_text(tree, self.text, object))
                {
                    self.add(node, symbol, Value::Arguments(node), false, false);
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

/// Methods that put their arguments into their object.
pub(super) fn changes_object(method: &str) -> bool {
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
            | "Append"
            | "AppendLine"
            | "AppendFormat"
            | "AppendJoin"
            | "Insert"
            | "Push"
            | "Enqueue"
            | "AddRange"
            | "push_str"
            | "insert_str"
            | "write_str"
            | "merge!"
            | "prepend"
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
pub(super) fn changes_java_object(method: &str) -> bool {
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
