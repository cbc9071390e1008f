//! What reaches an expression, by its kind: operands, names by their definitions, attributes; never calls or parameters.

use crate::graph::dfg::Value;
use crate::lang::Language;
use crate::lang::memory::{self, Gives};
use crate::syntax::{Field, Kind, NodeId};

use super::{Flow, Origin, Origins, Purposes, Source, join};

/// A file's name that holds no folder.
fn reduced(origin: Origin) -> Origin {
    Origin { safe: origin.safe.with(Purposes::PATH), ..origin }
}

impl Flow<'_> {
    pub(super) fn look(&self, node: NodeId) -> Origins {
        let tree = self.tree();
        match tree.kind(node) {
            Kind::Name => self.look_name(node),
            Kind::Attribute => self.look_attribute(node),
            // The program and the script are not what its user types.
            Kind::Subscript
                if self.program().language.is_script()
                    && tree
                        .child(node, Field::Object)
                        .is_some_and(|object| self.path(object) == Some("process.argv"))
                    && tree
                        .child(node, Field::Index)
                        .and_then(|index| self.program().names.constant(index))
                        .and_then(crate::resolve::Constant::integer)
                        .is_some_and(|index| index < 2) =>
            {
                Origins::new()
            }
            Kind::Subscript => {
                if let Some(source) = self.source(node) {
                    return self.begin(node, source);
                }
                let found = self.gather(tree.child(node, Field::Object).into_iter());
                if self.program().language.names_keys_in_guards() { self.guarded(node, found, node) } else { found }
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
                if self.program().language.types_tell_numbers() || self.program().language.is_script() {
                    for origin in &mut sides {
                        origin.safe = origin.safe.with(Purposes::NUMBER);
                    }
                    return sides;
                }
                if matches!(self.name(node), "-" | "**" | "//") { Origins::new() } else { sides }
            }
            Kind::Binary if self.program().language.types_tell_numbers() && matches!(self.name(node), "%" | "&") => {
                Origins::new()
            }
            kind if kind.holds_parts() => self.gather(tree.children(node)),
            Kind::Keyword | Kind::Yield | Kind::Slice | Kind::Other | Kind::Error | Kind::ExprStatement => {
                self.gather(tree.children(node))
            }
            Kind::Cast => {
                // A cast of TypeScript changes nothing at run time.
                let inert = !self.program().language.is_script()
                    && tree.child(node, Field::Type).is_some_and(|kind| self.is_inert(self.text(kind)));
                let mut inner = self.gather(tree.children_in(node, Field::Value));
                if inert && self.program().language.types_tell_numbers() {
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

    pub(super) fn begin(&self, node: NodeId, source: Source) -> Origins {
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
    pub(super) fn source(&self, node: NodeId) -> Option<Source> {
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

    pub(super) fn is_harmless_part(&self, node: NodeId) -> bool {
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
        if self.program().language.is_script() && self.is_harmless_pattern(node, &definitions) {
            return Origins::new();
        }
        let mut found = self.defined_by(&definitions);
        // `filter` of Ruby may be a call of a method without arguments.
        if self.program().language == Language::Ruby
            && let [only] = definitions[..]
            && let Some(definition) = self.data.definitions.get(only as usize)
            && definition.value == Value::Named
            && self.tree().kind(definition.node) == Kind::Function
        {
            found = self.gather(self.returns_of(definition.node).into_iter());
        }
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
        let Some(writer) = memory::writer_of(tree, call, path) else { return Origins::new() };
        let outside = |source| vec![Origin { node: call, source, safe: Purposes::NONE, checked: false }];
        match writer.gives {
            Gives::Outside(source) => outside(source),
            Gives::Stream(at) => {
                let stream = tree.positional(call).nth(usize::from(at));
                let is_user = stream.is_some_and(|stream| matches!(self.path(stream), Some("stdin" | "cin" | "wcin")));
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
        // What another machine answers.
        if self.program().language.is_script() && matches!(self.name(node), "responseText" | "responseXML") {
            return self.begin(node, Source::Network);
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
        if self.program().language.is_script() && matches!(self.name(node), "length" | "byteLength") {
            return Origins::new();
        }
        // A count or a code, whatever it is a count of.
        if matches!(
            self.name(node),
            "returncode" | "rowcount" | "lastrowid" | "pid" | "status_code" | "st_size" | "exitValue"
        ) {
            return Origins::new();
        }
        let Some(object) = self.tree().child(node, Field::Object) else { return Origins::new() };
        if self.program().language == Language::Go && self.name(node) == "Filename" && self.is_uploaded(object) {
            return self.gather(std::iter::once(object)).into_iter().map(reduced).collect();
        }
        if matches!(self.text(object), "self" | "cls" | "this") || self.is_receiver(object) {
            // Set nowhere in the unit: a fragment, or a base class's.
            let origin = Origin { node, source: Source::Unknown, safe: Purposes::NONE, checked: true };
            return if self.tree().field(node) == Field::Callee {
                Origins::new()
            } else {
                self.guarded(node, vec![origin], node)
            };
        }
        let mut origins = self.gather(std::iter::once(object));
        if self.program().language == Language::Python && self.is_last_part(node) {
            for origin in &mut origins {
                origin.safe = origin.safe.with(Purposes::PATH);
            }
        }
        self.guarded(node, origins, node)
    }

    /// Whether a name stands for an uploaded file of a form, whose name Go itself reduces to its last part.
    fn is_uploaded(&self, object: NodeId) -> bool {
        self.data.definitions_of(object).iter().any(|&at| match self.data.definitions[at as usize].value {
            Value::Expression(value) => {
                let callee = self.tree().child(value, Field::Callee);
                callee.is_some_and(|callee| self.name(callee) == "FormFile")
            }
            Value::Element(files) => self.text(files).contains(".File["),
            _ => false,
        })
    }

    pub(super) fn is_inert(&self, written: &str) -> bool {
        let inner = written.trim().trim_start_matches("Optional[").trim_end_matches(']');
        let mut parts = inner.split('|').map(str::trim).filter(|part| !matches!(*part, "None" | "null" | "undefined"));
        parts.all(|part| self.tables.inert_types.contains(&part.rsplit('.').next().unwrap_or(part)))
    }
}
