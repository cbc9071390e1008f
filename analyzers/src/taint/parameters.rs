//! What a parameter gets: from the callers in the unit, the framework that calls, or from outside.

use std::rc::Rc;

use crate::graph::dfg::{self, Value};
use crate::lang::{Language, go};
use crate::syntax::{Field, Kind, NodeId};

use super::{Flow, Origin, Origins, Purposes, Source, join};

/// Types of numbers.
const NUMBERS: &[&str] = &[
    "int", "long", "short", "byte", "Integer", "Long", "Short", "double", "float", "uint", "ulong", "ushort", "u8",
    "u16", "u32", "u64", "usize", "i16", "i32", "i64", "isize", "f32", "f64",
];

impl Flow<'_> {
    /// What an annotation says of where a parameter comes from.
    fn annotated(&self, parameter: NodeId) -> Option<Source> {
        self.tree().children_in(parameter, Field::Decorator).find_map(|annotation| {
            let named = last_of_decorator(self.text(annotation));
            self.tables.parameter_annotations.iter().find(|(known, _)| *known == named).map(|&(_, known)| known)
        })
    }

    pub(super) fn look_parameter(&self, node: NodeId) -> Origins {
        let tree = self.tree();
        let name = self.name(node);
        if matches!(name, "self" | "cls" | "this") {
            return Origins::new();
        }
        let kind = tree.child(node, Field::Type).map(|kind| self.text(kind).trim()).unwrap_or_default();
        if self.is_inert(kind) {
            let mut found = self.numbers_given(node, kind);
            if self.program().language == Language::Java && NUMBERS.contains(&kind) {
                found.extend(self.annotated(node).map(|source| Origin {
                    node,
                    source,
                    safe: Purposes::NUMBER,
                    checked: false,
                }));
                return self.guarded(node, found, node);
            }
            return found;
        }
        let provided = match self.program().language {
            Language::Python => self.is_given_by_framework(node),
            _ => self.is_service(kind),
        };
        if self.is_shaped(node) || provided {
            return Origins::new();
        }
        let Some(function) =
            tree.ancestors(node).find(|&above| matches!(tree.kind(above), Kind::Function | Kind::Lambda))
        else {
            return Origins::new();
        };
        if self.program().language.has_receivers() && self.receives(function, node) {
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
        if self.tables.request_parameters.contains(&name) && (name != "event" || self.takes_context(function))
            || self.tables.handlers.contains(&self.name(function))
        {
            source = Source::Request;
        }
        if self.request_by_shape(node, function)
            || self.program().language == Language::Python && self.answers_requests(function, node)
            || self.is_request_type(kind)
            || self.is_served(function)
        {
            source = Source::Request;
        }
        source = self.annotated(node).unwrap_or(source);
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
        if self.program().language == Language::Go && self.is_remote_call(function, kind) {
            source = Source::Request;
        }
        let mut found = Origins::new();
        let handed = self.passed_to_named(node, function);
        let is_handed = handed.is_some();
        for origin in handed.into_iter().flatten() {
            join(&mut found, origin);
        }
        let calls = self.callers(function);
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
            Language::JavaScript | Language::TypeScript if self.is_internal(function) => true,
            Language::Java | Language::CSharp | Language::Php => self.is_declared(function, "private"),
            Language::Rust => !self.is_declared(function, "pub") && tree.kind(function) == Kind::Function,
            _ => self.name(function).starts_with('_') && !self.name(function).starts_with("__"),
        };
        let settled = is_handed && source == Source::Parameter;
        if (calls.is_empty() || !private) && !settled {
            let safe = if number { Purposes::NUMBER } else { Purposes::NONE };
            join(&mut found, Origin { node, source, safe, checked: false });
        }
        found
    }

    /// Whether a parameter of this type holds a request or a part of one: in Rust `Path<T>` is, `&Path` is not.
    fn is_request_type(&self, kind: &str) -> bool {
        let name = last_of_type(kind);
        let made_for = !matches!(name, "Path" | "Query" | "Json" | "Form" | "Request") || kind.contains('<');
        self.tables.request_types.contains(&name) && (self.program().language != Language::Rust || made_for)
    }

    /// Whether a framework calls a function with parts of a request: an action of a controller of C#, a route of Rust.
    fn is_served(&self, function: NodeId) -> bool {
        let tree = self.tree();
        match self.program().language {
            Language::CSharp if tree.kind(function) == Kind::Function => {
                let class = tree.ancestors(function).find(|&above| tree.kind(above) == Kind::Class);
                let Some(class) = class.filter(|_| self.is_declared(function, "public")) else { return false };
                let holds = |part: NodeId, words: &[&str]| words.iter().any(|word| self.text(part).contains(word));
                self.name(function) != self.name(class)
                    && (tree.children_in(class, Field::Base).any(|base| holds(base, &["Controller", "PageModel"]))
                        || tree.children_in(class, Field::Decorator).any(|mark| holds(mark, &["ApiController"]))
                        || self.name(class).ends_with("Controller"))
            }
            Language::Rust => {
                let start = tree.span(function).start as usize;
                let before = self.program().text.get(..start).unwrap_or_default().trim_end();
                let attribute = before.ends_with(']').then(|| before.rfind("#[")).flatten();
                let attribute = attribute.and_then(|at| before.get(at + 2..)).unwrap_or_default();
                let name = attribute.split('(').next().unwrap_or_default();
                let name = name.rsplit(':').next().unwrap_or_default().trim();
                self.tables.route_decorators.contains(&name)
            }
            _ => false,
        }
    }

    /// Whether a parameter of C# is something that the application itself provides.
    fn is_service(&self, kind: &str) -> bool {
        const SERVICES: &[&str] = &[
            "Context",
            "Service",
            "Repository",
            "Client",
            "Factory",
            "Manager",
            "Logger",
            "Store",
            "Connection",
            "Mediator",
        ];
        if self.program().language != Language::CSharp || self.tables.request_types.contains(&last_of_type(kind)) {
            return false;
        }
        let name = last_of_type(kind);
        let interface =
            name.strip_prefix('I').is_some_and(|rest| rest.starts_with(|next: char| next.is_ascii_uppercase()));
        let collection =
            ["Enumerable", "Collection", "List", "Dictionary", "Set"].iter().any(|end| name.ends_with(end));
        SERVICES.iter().any(|end| name.ends_with(end)) || interface && !collection
    }

    /// The outside numbers that the unit passes for a parameter that holds a number.
    fn numbers_given(&self, parameter: NodeId, kind: &str) -> Origins {
        if !self.program().language.types_tell_numbers() || !NUMBERS.contains(&kind) {
            return Origins::new();
        }
        let function = self.tree().scope(parameter);
        let passed = self.callers(function).iter().filter_map(|&call| {
            let mut pairs = self.data.passed(call, function).into_iter();
            pairs.find(|&(_, taker)| taker == parameter).map(|(value, _)| value)
        });
        let mut found = self.gather(passed);
        for origin in &mut found {
            origin.safe = origin.safe.with(Purposes::NUMBER);
        }
        found
    }

    /// Whether a function of Go serves remote calls, and a parameter of type `kind` holds what is asked:
    /// `func (s *server) Find(ctx context.Context, request *pb.FindRequest) (*pb.FindReply, error)`.
    fn is_remote_call(&self, function: NodeId, kind: &str) -> bool {
        let tree = self.tree();
        let asks = kind.starts_with('*') && kind.contains('.') && kind.ends_with("Request") || kind.contains("pb.");
        let typed = |parameter: NodeId| tree.child(parameter, Field::Type).map(|kind| self.text(kind));
        asks && !kind.contains("http.")
            && go::has_receiver(tree, &self.program().text, function)
            && tree.children_in(function, Field::Parameter).nth(1).and_then(typed) == Some("context.Context")
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
        if !TAKERS.contains(&self.name(callee)) {
            return None;
        }
        tree.child(callee, Field::Object).map(|object| self.gather(std::iter::once(object)))
    }

    /// Whether a modifier stands before the name of a function.
    fn is_declared(&self, function: NodeId, modifier: &str) -> bool {
        let (whole, name) = (self.tree().span(function), self.tree().name_span(function));
        let head = self.program().text.get(whole.start as usize..name.start as usize).unwrap_or_default();
        head.split(|letter: char| !letter.is_alphanumeric()).any(|word| word == modifier)
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

    /// Whether a name is the receiver of a method of Go.
    pub(super) fn is_receiver(&self, node: NodeId) -> bool {
        let definitions =
            if self.program().language.has_receivers() { self.data.definitions_of(node) } else { Rc::new([]) };
        definitions.iter().any(|&at| match self.data.definitions[at as usize] {
            dfg::Definition { value: Value::Parameter(function), node, .. } => self.receives(function, node),
            _ => false,
        })
    }

    pub(super) fn receives(&self, function: NodeId, parameter: NodeId) -> bool {
        go::has_receiver(self.tree(), &self.program().text, function)
            && self.tree().child(function, Field::Parameter) == Some(parameter)
    }
}

/// The last part of the name of a type, without what it is made for: of `web::Query<T>` it is `Query`.
fn last_of_type(kind: &str) -> &str {
    let head = kind.split('<').next().unwrap_or(kind).trim_end_matches('?');
    head.rsplit(['.', ':', '\\', ' ', '&']).next().unwrap_or(head).trim()
}

/// The last part of the name of a decorator or annotation.
fn last_of_decorator(text: &str) -> &str {
    let head = text.split('(').next().unwrap_or(text).trim_start_matches('@');
    head.rsplit('.').next().unwrap_or(text).trim()
}
