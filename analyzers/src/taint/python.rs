//! What calls, attributes and parameters of Python make of outside values beyond the tables.

use super::{Flow, Origins, Purposes};
use crate::pattern::kept;
use crate::syntax::{Field, Kind, NodeId};

/// Classes (by the end of a base's name) whose methods a framework calls with parts of the address.
const VIEWS: &[&str] = &[
    "MethodView",
    "Resource",
    "HTTPEndpoint",
    "APIView",
    "RequestHandler",
    "WebSocketHandler",
    "ViewSet",
    "ModelViewSet",
    "HTTPMethodView",
];
/// Methods of such classes that answer requests.
const ANSWERS: &[&str] =
    &["get", "post", "put", "patch", "delete", "head", "options", "retrieve", "create", "update", "destroy", "list"];
/// Parameters beside `request` that a framework fills with objects of its own.
const OWN: &[&str] = &[
    "response",
    "get_response",
    "exception",
    "form",
    "obj",
    "queryset",
    "sender",
    "instance",
    "user",
    "session",
    "db",
    "view",
    "view_func",
    "handler",
    "call_next",
    "app",
    "client",
    "settings",
    "background_tasks",
];

impl Flow<'_> {
    /// What a call of Python gives where the general rule is wrong.
    pub(super) fn python_call(&self, call: NodeId, path: &str, method: &str) -> Option<Origins> {
        let tree = self.tree();
        match method {
            // `OPTIONS.get(key, default)`: the key chooses, it does not come back.
            "get" | "pop" | "setdefault" => {
                let object = tree.child(call, Field::Callee).and_then(|callee| tree.child(callee, Field::Object))?;
                return Some(self.gather(std::iter::once(object).chain(tree.positional(call).skip(1))));
            }
            _ => {}
        }
        if path != "re.sub" && !(method == "sub" && tree.positional(call).count() == 2) {
            return None;
        }
        let (pattern, rest) = if path == "re.sub" {
            (tree.positional(call).next()?, 1)
        } else {
            let object = tree.child(call, Field::Callee).and_then(|callee| tree.child(callee, Field::Object))?;
            (self.compiled_pattern(object)?, 0)
        };
        let safe = removed(self.program().names.text(pattern)?);
        let mut found = self.gather(tree.positional(call).skip(rest).take(2));
        for origin in &mut found {
            origin.safe = origin.safe.with(safe);
        }
        Some(found)
    }

    /// The pattern of `re.compile(…)` behind a name.
    fn compiled_pattern(&self, object: NodeId) -> Option<NodeId> {
        let tree = self.tree();
        let call = self.leaves(object).into_iter().next().filter(|&leaf| tree.kind(leaf) == Kind::Call)?;
        let callee = tree.child(call, Field::Callee)?;
        (self.path(callee) == Some("re.compile")).then(|| tree.positional(call).next()).flatten()
    }

    /// `Path(x).name` is the last part of a path.
    pub(super) fn is_last_part(&self, node: NodeId) -> bool {
        let tree = self.tree();
        if !matches!(self.name(node), "name" | "stem" | "suffix") {
            return false;
        }
        let Some(object) = tree.child(node, Field::Object) else { return false };
        let built = |node: NodeId| {
            tree.child(node, Field::Callee).and_then(|callee| self.path(callee)).is_some_and(|path| {
                matches!(
                    path,
                    "pathlib.Path" | "pathlib.PurePath" | "pathlib.PurePosixPath" | "pathlib.PureWindowsPath" | "Path"
                )
            })
        };
        match tree.kind(object) {
            Kind::Call => built(object),
            Kind::Name => self.program().names.type_of(object).is_some_and(|kind| kind.starts_with("pathlib.")),
            _ => false,
        }
    }

    /// A parameter whose values the unit or a framework fixes: an enumeration of the unit, something injected.
    pub(super) fn is_given_by_framework(&self, parameter: NodeId) -> bool {
        let tree = self.tree();
        let kind = tree.child(parameter, Field::Type);
        if let Some(default) = tree.child(parameter, Field::Default)
            && tree.kind(default) == Kind::Call
            && tree.child(default, Field::Callee).is_some_and(|callee| {
                matches!(self.path(callee).and_then(|path| path.rsplit('.').next()), Some("Depends" | "Security"))
            })
        {
            return true;
        }
        let Some(kind) = kind else { return false };
        let written = self.text(kind).trim();
        if written.contains("Depends(") {
            return true;
        }
        let named = tree.subtree(kind).take(8).find(|&part| tree.kind(part) == Kind::Name);
        let class = named.and_then(|name| self.program().names.definition(name)).map(|found| found.node);
        class.filter(|&class| tree.kind(class) == Kind::Class).is_some_and(|class| {
            tree.children_in(class, Field::Base).any(|base| {
                let base = self.text(base);
                base.rsplit('.').next().is_some_and(|last| matches!(last, "Enum" | "IntEnum" | "StrEnum"))
            })
        })
    }

    /// Whether a framework calls the function with parts of a request.
    pub(crate) fn answers(&self, function: NodeId, parameter: NodeId) -> bool {
        self.answers_requests(function, parameter)
    }

    /// Whether a framework gives the parameter a part of a request.
    pub(super) fn answers_requests(&self, function: NodeId, parameter: NodeId) -> bool {
        let tree = self.tree();
        let name = self.name(parameter);
        if OWN.contains(&name) || tree.kind(function) != Kind::Function {
            return false;
        }
        let parameters: Vec<&str> =
            tree.children_in(function, Field::Parameter).take(3).map(|known| self.name(known)).collect();
        let class = tree.parent(function).and_then(|block| tree.parent(block));
        let class = class.filter(|&class| tree.kind(class) == Kind::Class);
        let of_view = class.is_some_and(|class| {
            tree.children_in(class, Field::Base).any(|base| {
                let base = self.text(base).rsplit('.').next().unwrap_or_default();
                VIEWS.iter().any(|view| base.ends_with(view)) || base.ends_with("View")
            })
        });
        match (parameters.as_slice(), class) {
            (["request", ..], None) => true,
            (["self", "request", ..], Some(_)) => of_view,
            (["self", ..], Some(_)) => of_view && ANSWERS.contains(&self.name(function)),
            _ => false,
        }
    }

    /// Whether a function has the shape of a handler of events: `handler(event, context)`.
    pub(super) fn takes_context(&self, function: NodeId) -> bool {
        let tree = self.tree();
        let mut parameters = tree.children_in(function, Field::Parameter).map(|parameter| self.name(parameter));
        parameters.next() == Some("event")
            && parameters.next().is_none_or(|second| second.trim_start_matches('_').starts_with(['c', 'C']))
            && parameters.next().is_none()
    }
}

/// What is safe once every match of `pattern` is replaced.
fn removed(pattern: &str) -> Purposes {
    let Some(class) = kept(pattern) else {
        let lines = pattern.contains("\\n") && pattern.contains("\\r") || pattern == "\\s+";
        return if lines { Purposes::LINE } else { Purposes::NONE };
    };
    if class.contains(['<', '"', '\'', ';', '`', '$', '|', '&']) {
        return Purposes::NONE;
    }
    if class.contains('/') && class.contains('.') {
        return Purposes::SHELL.with(Purposes::SQL).with(Purposes::HTML).with(Purposes::LINE);
    }
    if class.contains("\\s") { Purposes::HTML.with(Purposes::PATH).with(Purposes::SQL) } else { Purposes::ALL }
}
