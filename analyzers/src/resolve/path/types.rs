//! Types of expressions by the path of what made or declares them; no inference beyond that.

use super::{MOST_DEFINITIONS, Resolver, TYPE};
use crate::lang::{Language, known};
use crate::resolve::{Definition, DefinitionKind, Slice};
use crate::syntax::{Field, Kind, NodeId};

impl Resolver<'_> {
    pub(in crate::resolve) fn type_of(&mut self, id: NodeId) -> Slice {
        if self.begin(id, TYPE) {
            let found = match self.tree.kind(id) {
                Kind::Name | Kind::Attribute => self.type_of_name(id),
                Kind::Parameter => self.names.definition(id).copied().map_or(Slice::default(), |it| self.type_by(&it)),
                Kind::Call => self.type_of_call(id),
                Kind::New => self.path_of_child(id, Field::Callee),
                Kind::Cast => self.path_of_child(id, Field::Type),
                Kind::Conditional if self.language == Language::Java => self.type_of_choice(id),
                Kind::Subscript if self.language == Language::Java => self.type_of_member(id),
                Kind::Await | Kind::Assign => self.type_of_child(id),
                // `&T{…}`, `*p`.
                Kind::Unary if matches!(self.name(id), "&" | "*") => self.type_of_child(id),
                _ => Slice::default(),
            };
            self.names.types[id.index()] = found;
            self.end();
        }
        self.names.types[id.index()]
    }

    fn type_of_child(&mut self, id: NodeId) -> Slice {
        self.tree.child(id, Field::Value).map_or(Slice::default(), |value| self.type_of(value))
    }

    /// The declared type of a field of a type of the unit.
    fn type_of_field(&mut self, id: NodeId) -> Slice {
        let Some(object) = self.tree.child(id, Field::Object) else { return Slice::default() };
        let class = self.type_of(object);
        if class.is_none() {
            return class;
        }
        let key = (self.names.get(class).to_owned(), self.name(id).to_owned());
        match self.extra.fields.get(&key).copied() {
            Some(declared) => self.path(declared),
            None => Slice::default(),
        }
    }

    /// The type of the first side of a choice that has one.
    fn type_of_choice(&mut self, id: NodeId) -> Slice {
        for field in [Field::Body, Field::Else] {
            if let Some(side) = self.tree.child(id, field) {
                let found = self.type_of(side);
                if !found.is_none() {
                    return found;
                }
            }
        }
        Slice::default()
    }

    /// The type of an element of a declared array.
    fn type_of_member(&mut self, id: NodeId) -> Slice {
        let Some(object) = self.tree.child(id, Field::Object) else { return Slice::default() };
        let Some(declared) = self.names.definition(object).and_then(|definition| definition.declared) else {
            return Slice::default();
        };
        let tree = self.tree;
        let element = tree.subtree(declared).find(|&part| tree.kind(part) == Kind::Name);
        element.map_or(Slice::default(), |name| self.path(name))
    }

    fn type_of_name(&mut self, id: NodeId) -> Slice {
        if self.language == Language::Go && self.tree.kind(id) == Kind::Attribute {
            return self.type_of_field(id);
        }
        let Some(binding) = self.names.binding(id) else { return self.type_by_convention(id) };
        let definitions = self.names.definitions(binding);
        // `(request, response) -> …`
        if let [only] = definitions
            && only.kind == DefinitionKind::Parameter
            && only.declared.is_none()
            && only.value.is_none()
        {
            return self.type_by_convention(id);
        }
        let before = definitions.partition_point(|definition| definition.node <= id);
        let order = (0..before).rev().chain(before..definitions.len()).take(MOST_DEFINITIONS);
        let candidates: Vec<Definition> = order.map(|at| definitions[at]).collect();
        // A loop of Go around the use gives the name anew.
        if self.language == Language::Go
            && let Some(nearest) = candidates.first().filter(|nearest| nearest.kind == DefinitionKind::Loop)
            && self.tree.ancestors(nearest.node).take(2).any(|around| self.tree.contains(around, id))
        {
            return self.type_by(nearest);
        }
        let declared = candidates.iter().find(|definition| definition.declared.is_some());
        if let Some(definition) = declared {
            return self.type_by(definition);
        }
        for definition in candidates {
            let found = self.type_by(&definition);
            if !found.is_none() {
                return found;
            }
        }
        Slice::default()
    }

    /// The type of what code calls by this name, where an excerpt does not show its declaration.
    fn type_by_convention(&mut self, id: NodeId) -> Slice {
        if self.tree.kind(id) != Kind::Name {
            return Slice::default();
        }
        match known::usual_type(self.language, self.name(id)) {
            Some(usual) => self.put(usual),
            None => Slice::default(),
        }
    }

    /// The type of the elements that a loop of Go gives its last name.
    fn type_of_element(&mut self, target: NodeId) -> Slice {
        let tree = self.tree;
        let Some(around) = tree.ancestors(target).take(2).find(|&above| tree.kind(above) == Kind::For) else {
            return Slice::default();
        };
        let whole = tree.child(around, Field::Target).filter(|&whole| tree.children(whole).last() == Some(target));
        let Some(iter) = whole.and_then(|_| tree.child(around, Field::Iter)) else { return Slice::default() };
        let path = self.path(iter);
        let elements = format!("{}[]", self.names.get(path));
        known::result(self.language, &elements).map_or(Slice::default(), |element| self.put(element))
    }

    fn type_by(&mut self, definition: &Definition) -> Slice {
        if self.language == Language::Go && definition.kind == DefinitionKind::Loop {
            return self.type_of_element(definition.node);
        }
        let found = definition.declared.map_or(Slice::default(), |declared| self.path(declared));
        let inferred = found.is_none() || matches!(self.names.get(found), "var" | "auto");
        match definition.value {
            Some(value) if inferred && definition.member.is_none() => self.type_of(value),
            _ => found,
        }
    }

    /// The class constructed, or the path of the function called, through the type of the object it is called on.
    fn type_of_call(&mut self, id: NodeId) -> Slice {
        let tree = self.tree;
        let Some(callee) = tree.child(id, Field::Callee) else { return Slice::default() };
        let mut path = Slice::default();
        if tree.kind(callee) == Kind::Attribute
            && let Some(object) = tree.child(callee, Field::Object)
        {
            let base = self.type_of(object);
            path = self.member(base, self.name(callee));
        }
        if path.is_none() {
            path = self.path(callee);
        }
        match known::result(self.language, self.names.get(path)) {
            Some(result) => self.put(result),
            None if self.language == Language::Java => self.made_by(path),
            None => path,
        }
    }

    /// What Java's naming conventions say of a result: `Thing.getInstance()` and `thing.setX()` give a thing,
    /// `ThingFactory.newPart()` a part; else the path itself.
    fn made_by(&mut self, path: Slice) -> Slice {
        let text = self.names.get(path).to_owned();
        let Some((class, method)) = text.rsplit_once('.') else { return path };
        let (package, simple) = class.rsplit_once('.').unwrap_or(("", class));
        if !simple.starts_with(|letter: char| letter.is_ascii_uppercase()) || matches!(simple, "Class" | "Array") {
            return path;
        }
        let capital = |rest: &str| rest.starts_with(|letter: char| letter.is_ascii_uppercase());
        let itself = matches!(
            method,
            "getInstance" | "newInstance" | "newFactory" | "newDefaultInstance" | "newDefaultFactory" | "getDefault"
        ) || method.strip_prefix("set").is_some_and(capital);
        if itself {
            return self.put_path(class);
        }
        let makes = ["Factory", "Context", "Schema", "Parser", "Builder", "Documents"];
        let part = ["new", "create", "get"].iter().find_map(|verb| method.strip_prefix(verb)).filter(|rest| {
            capital(rest)
                && makes.iter().any(|suffix| simple.ends_with(suffix))
                && (!method.starts_with("get") || matches!(*rest, "XMLReader" | "SocketFactory"))
        });
        match part {
            Some(part) if package.is_empty() => self.put_path(part),
            Some(part) => self.put_path(&format!("{package}.{part}")),
            None => path,
        }
    }
}
