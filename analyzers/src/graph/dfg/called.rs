//! Which function of the unit a call runs and what it passes; a choice that stays open is no answer.

use crate::lang::{Language, go};
use crate::program::Program;
use crate::syntax::{Field, Kind, NodeId};

use super::{DataFlow, Value};

impl DataFlow<'_> {
    /// The function of this unit that a call runs: by its own name, as a method of `self` or of a class here, or an
    /// anonymous one that stands there or is the only value of the name.
    pub(crate) fn called(&self, call: NodeId) -> Option<NodeId> {
        let callee = self.program.tree.child(call, Field::Callee)?;
        if self.program.tree.kind(callee) == Kind::Lambda {
            return Some(callee);
        }
        if let Some(constructor) = self.constructor(call, callee) {
            return Some(constructor);
        }
        self.function_of(callee)
    }

    /// The function of this unit that an expression stands for.
    pub(crate) fn function_of(&self, node: NodeId) -> Option<NodeId> {
        self.named_function(node).or_else(|| self.anonymous_function(node))
    }

    /// The constructor that makes an object of a class of this unit, its own or that of a class above it: of PHP
    /// `new A(…)`, of Ruby `A.new(…)`.
    pub(crate) fn constructor(&self, call: NodeId, callee: NodeId) -> Option<NodeId> {
        const MOST_ABOVE: usize = 4;
        let tree = &self.program.tree;
        let text = &self.program.text;
        let (mut class, wanted) = match (self.program.language, tree.kind(call)) {
            (Language::Php, Kind::New) => (tree.name(callee, text), "__construct"),
            (Language::Ruby, Kind::Call) if tree.name(callee, text) == "new" => {
                (tree.text(tree.child(callee, Field::Object)?, text), "initialize")
            }
            _ => return None,
        };
        let symbol = *self.symbols.get(wanted)?;
        for _ in 0..MOST_ABOVE {
            let node = self.class_named(class)?;
            let mut own = self.by_symbol[symbol as usize].iter().take(64).map(|&at| self.definitions[at as usize].node);
            let found = own.find(|&function| {
                tree.kind(function) == Kind::Function
                    && tree.ancestors(function).find(|&above| tree.kind(above) == Kind::Class) == Some(node)
            });
            if found.is_some() {
                return found;
            }
            class = tree.children_in(node, Field::Base).map(|base| tree.text(base, text)).next()?;
        }
        None
    }

    fn class_named(&self, name: &str) -> Option<NodeId> {
        let symbol = *self.symbols.get(name)?;
        let mut all = self.by_symbol[symbol as usize].iter().take(64).map(|&at| self.definitions[at as usize].node);
        all.find(|&node| self.program.tree.kind(node) == Kind::Class)
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
                if self.program.language.has_receivers() {
                    return self.method_called(callee, object);
                }
                let written = tree.text(object, &self.program.text);
                let mut ours = matches!(written, "self" | "cls" | "this" | "super" | "$this" | "static" | "parent")
                    || self.defines_class(written);
                if java {
                    let kind = self.program.names.type_of(object).and_then(|kind| kind.rsplit('.').next());
                    class = kind.filter(|kind| self.defines_class(kind));
                    ours |= class.is_some();
                    if class.is_none() && self.defines_class(written) {
                        class = Some(written);
                    }
                }
                ours |= !java && self.program.names.type_of(object).is_some_and(|kind| self.defines_class(kind));
                ours |= self.program.language.is_script() && self.is_service(callee, object);
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
        if self.program.language == Language::Python {
            return self.python_method(callee, functions.collect());
        }
        let mut functions = functions;
        let first = functions.next()?;
        // Two functions of one name: which one runs is not known here.
        functions.next().is_none().then_some(first)
    }

    /// `this.userService.find(x)`, `userService.find(x)`, where the unit has a class `UserService` that defines `find`.
    fn is_service(&self, callee: NodeId, object: NodeId) -> bool {
        let Program { tree, text, .. } = self.program;
        let holder = match tree.kind(object) {
            Kind::Attribute | Kind::Name => tree.name(object, text).trim_start_matches(['_', '#']).to_ascii_lowercase(),
            _ => return false,
        };
        if holder.len() < 4 {
            return false;
        }
        let Some(&symbol) = self.symbols.get(tree.name(callee, text)) else { return false };
        self.by_symbol[symbol as usize].iter().take(64).any(|&at| {
            let method = self.definitions[at as usize].node;
            tree.kind(method) == Kind::Function
                && tree
                    .ancestors(method)
                    .take(2)
                    .find(|&above| tree.kind(above) == Kind::Class)
                    .is_some_and(|class| tree.name(class, text).to_ascii_lowercase().ends_with(&holder))
        })
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
                keep(&|method| of_class(method).is_some_and(|above| tree.name(above, &self.program.text) == class));
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

    /// Of several functions of one name the method of the class that the object is of, or of the class around.
    fn python_method(&self, callee: NodeId, functions: Vec<NodeId>) -> Option<NodeId> {
        let tree = &self.program.tree;
        if let [only] = functions[..] {
            return Some(only);
        }
        let object = tree.child(callee, Field::Object)?;
        let written = tree.text(object, &self.program.text);
        let class_of = |function: NodeId| {
            tree.parent(function).and_then(|block| tree.parent(block)).filter(|&class| tree.kind(class) == Kind::Class)
        };
        let own = matches!(written, "self" | "cls");
        let kind = self.program.names.type_of(object).unwrap_or(written);
        let mut fitting = functions.into_iter().filter(|&function| {
            class_of(function).is_some_and(|class| {
                if own { tree.contains(class, callee) } else { tree.name(class, &self.program.text) == kind }
            })
        });
        let first = fitting.next()?;
        fitting.next().is_none().then_some(first)
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
        let own = if self.program.language.has_receivers() {
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
