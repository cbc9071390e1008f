//! What frameworks of JavaScript hand to the functions that a unit gives them: requests, messages, elements, answers.

use std::collections::{HashMap, HashSet};

use crate::graph::dfg::Value;
use crate::program::Program;
use crate::syntax::{Field, Kind, NodeId};

use super::tables::Passed;
use super::{Flow, Origins, Source, join};

/// Types (last part) of parameters that hold a request; so does whatever ends in `Request`.
const REQUEST_TYPES: &[&str] = &[
    "IncomingMessage",
    "APIGatewayProxyEvent",
    "APIGatewayProxyEventV2",
    "APIGatewayEvent",
    "ALBEvent",
    "LoaderFunctionArgs",
    "ActionFunctionArgs",
    "LoaderArgs",
    "ActionArgs",
    "GetServerSidePropsContext",
    "ParameterizedContext",
    "RequestEvent",
    "MessageEvent",
    "ExecutionContext",
    "H3Event",
    "RouterContext",
];
/// Functions that a framework calls with a request, by their name.
const HANDLERS: &[&str] =
    &["GET", "POST", "PUT", "PATCH", "DELETE", "getServerSideProps", "getInitialProps", "lambdaHandler"];
/// Names of a request's parts among the destructured parameters of a handler.
const PARTS: &[&str] = &["body", "query", "params", "headers", "cookies", "files", "file", "url"];
/// Names of what a handler gets beside the request.
const BESIDE: &[&str] = &["res", "response", "reply", "next", "resp", "h", "ctx"];
/// Names of the other side of a connection.
const PEERS: &[&str] = &["socket", "ws", "client", "connection", "conn", "peer", "bot", "websocket", "sock", "stream"];
/// Events of a connection that bring nothing that somebody else chooses.
const QUIET: &[&str] = &[
    "connect",
    "connection",
    "connected",
    "disconnect",
    "disconnecting",
    "close",
    "closed",
    "error",
    "open",
    "end",
    "listening",
    "drain",
    "ready",
    "finish",
    "timeout",
    "lookup",
    "reconnect",
];

/// The names that a module uses otherwise than to call them; `None` where nothing of it is for others.
pub(super) fn given_out(program: &Program) -> Option<HashSet<&str>> {
    let text = program.text.as_str();
    let exports = ["module.exports", "exports.", "export "].iter().any(|word| text.contains(word));
    if !program.language.is_script() || !exports {
        return None;
    }
    let tree = &program.tree;
    let used = tree.ids().filter(|&node| matches!(tree.kind(node), Kind::Name | Kind::String)).filter(|&node| {
        !matches!(tree.field(node), Field::Callee | Field::Target | Field::Parameter)
            && (tree.kind(node) == Kind::Name || tree.field(node) == Field::Key)
    });
    Some(used.map(|node| tree.name(node, text)).collect())
}

impl<'p> Flow<'p> {
    /// Whether a function is only called in its own module, which shows other things to the outside.
    pub(super) fn is_internal(&self, function: NodeId) -> bool {
        let Some(given_out) = &self.given_out else { return false };
        let tree = self.tree();
        let name = self.name(function);
        let start = tree.span(function).start as usize;
        let before = self.program().text.get(..start).unwrap_or_default().trim_end();
        let exported =
            ["export", "export default", "export async", "default"].iter().any(|word| before.ends_with(word));
        tree.kind(function) == Kind::Function
            && tree.parent(function).is_some_and(|above| tree.kind(above) == Kind::Module)
            && !name.is_empty()
            && !exported
            && !given_out.contains(name)
            // Exports stand in lists that define nothing.
            && !self.program().text.split("export {").skip(1).take(8).any(|list| {
                let list = list.split('}').next().unwrap_or_default();
                list.split(',').any(|part| part.split_whitespace().next() == Some(name))
            })
    }

    /// The functions of the unit that calls get by their name, with these calls.
    pub(super) fn handed(&self) -> HashMap<NodeId, Vec<NodeId>> {
        let tree = self.tree();
        let mut handed: HashMap<NodeId, Vec<NodeId>> = HashMap::new();
        if !self.program().language.is_script() {
            return handed;
        }
        for call in tree.ids().filter(|&node| matches!(tree.kind(node), Kind::Call | Kind::New)) {
            for argument in tree.positional(call).take(8).filter(|&part| tree.kind(part) == Kind::Name) {
                if let Some(function) = self.data.function_of(argument) {
                    let calls = handed.entry(function).or_default();
                    if calls.len() < 8 {
                        calls.push(call);
                    }
                }
            }
        }
        handed
    }

    /// Calls that get a function by its name.
    pub(super) fn takers(&self, function: NodeId) -> &[NodeId] {
        self.handed.get(&function).map(Vec::as_slice).unwrap_or_default()
    }

    /// What a call hands to a function that stands among its arguments, if that is known.
    pub(super) fn passed_back(&self, parameter: NodeId, function: NodeId) -> Option<Origins> {
        let tree = self.tree();
        if self.tables.callbacks.is_empty() || tree.kind(function) != Kind::Lambda {
            return None;
        }
        if self.is_form(function) && !matches!(self.name(parameter), "e" | "event" | "ev") {
            return Some(self.begin(parameter, Source::Input));
        }
        if tree.field(function) != Field::Argument {
            return None;
        }
        let call = tree.parent(function).filter(|&call| matches!(tree.kind(call), Kind::Call | Kind::New))?;
        self.passed_by(call, parameter, function)
    }

    /// `<Form onSubmit={values => …}>`, `useFormik({ onSubmit: values => … })`, `handleSubmit(values => …)`
    fn is_form(&self, function: NodeId) -> bool {
        let tree = self.tree();
        let Some(above) = tree.parent(function) else { return false };
        let named = |name: &str| matches!(name, "onSubmit" | "validate" | "validationSchema" | "onFinish");
        match tree.kind(above) {
            Kind::Keyword => named(self.name(above)),
            Kind::Pair => {
                tree.child(above, Field::Key).is_some_and(|key| named(self.name(key)))
                    && ["formik", "Formik", "react-hook-form", "final-form", "useForm"]
                        .iter()
                        .any(|library| self.program().text.contains(library))
            }
            Kind::Call => tree.child(above, Field::Callee).is_some_and(|callee| self.text(callee) == "handleSubmit"),
            _ => false,
        }
    }

    /// What calls hand to a function that they get by its name, if that is known.
    pub(super) fn passed_to_named(&self, parameter: NodeId, function: NodeId) -> Option<Origins> {
        let mut all: Option<Origins> = None;
        for &call in self.takers(function) {
            if let Some(found) = self.passed_by(call, parameter, function) {
                let known = all.get_or_insert_default();
                for origin in found {
                    join(known, origin);
                }
            }
        }
        all
    }

    fn passed_by(&self, call: NodeId, parameter: NodeId, function: NodeId) -> Option<Origins> {
        let tree = self.tree();
        let callee = tree.child(call, Field::Callee)?;
        let index = tree.children_in(function, Field::Parameter).position(|each| each == parameter)?;
        let path = self.path(callee).unwrap_or_default();
        let last = if tree.kind(callee) == Kind::Attribute { self.name(callee) } else { path };
        if let Some(source) = self.event(call, callee, last, index) {
            return Some(source.map_or_else(Origins::new, |source| self.begin(parameter, source)));
        }
        let known = |&&(name, at, _): &&(&str, usize, Passed)| at == index && (name == path || name == last);
        if let Some(&(_, _, passed)) = self.tables.callbacks.iter().find(known) {
            return Some(match passed {
                Passed::Object => self.gather(tree.child(callee, Field::Object).into_iter()),
                Passed::From(source) => self.begin(parameter, source),
                Passed::Nothing => Origins::new(),
            });
        }
        let count = tree.children_in(function, Field::Parameter).count();
        // `app.get("/", wrap(async (request, response) => …))`
        let around = tree.parent(call).filter(|&above| {
            tree.field(call) == Field::Argument && tree.kind(above) == Kind::Call && self.data.called(call).is_none()
        });
        let outer = around.and_then(|above| Some((above, tree.child(above, Field::Callee)?)));
        if self.handles_requests(call, callee, function)
            || outer.is_some_and(|(above, callee)| self.handles_requests(above, callee, function))
        {
            // `(request, response, next)`, `(error, request, response, next)`.
            let request = index == usize::from(count == 4);
            return Some(if request { self.begin(parameter, Source::Request) } else { Origins::new() });
        }
        if last == "addEventListener" {
            let first = tree.positional(call).next().and_then(|name| self.program().names.text(name));
            let message = matches!(first, Some("message" | "fetch" | "hashchange"));
            return Some(if message { self.begin(parameter, Source::Request) } else { Origins::new() });
        }
        None
    }

    /// What an event brings to the parameter at `index` of its listener: nothing known, nothing harmful, or a value.
    #[expect(clippy::option_option, reason = "not an event, or one that brings nothing harmful, or a source")]
    fn event(&self, call: NodeId, callee: NodeId, method: &str, index: usize) -> Option<Option<Source>> {
        let tree = self.tree();
        if !matches!(method, "on" | "once" | "addListener" | "handle" | "handleOnce" | "onText" | "hears") {
            return None;
        }
        let object = tree.child(callee, Field::Object)?;
        let event = tree.positional(call).next().and_then(|name| self.program().names.text(name));
        let name = match tree.kind(object) {
            Kind::Attribute | Kind::Name => self.name(object).to_ascii_lowercase(),
            // `chrome.runtime.onMessage`, `io.of("/x")`
            Kind::Call => tree.child(object, Field::Callee).map(|of| self.name(of).to_ascii_lowercase())?,
            _ => return None,
        };
        if name == "ipcmain" {
            return Some((index > 0).then_some(Source::Network));
        }
        if matches!(name.as_str(), "onmessage" | "onmessageexternal" | "onconnect") && method == "addListener" {
            return Some((index == 0).then_some(Source::Request));
        }
        if method == "onText" {
            return Some(Some(Source::Request));
        }
        let peer = PEERS.contains(&name.as_str()) || name.ends_with("socket");
        if !peer || !matches!(method, "on" | "once") {
            return None;
        }
        let quiet = event.is_some_and(|event| QUIET.contains(&event));
        // A stream or client that the unit shows to be something else.
        let known = self.gather(std::iter::once(object));
        if known.iter().any(|origin| origin.source > Source::Parameter) && !quiet {
            return None;
        }
        let ours = self.data.definitions_of(object).iter().any(|&at| {
            matches!(self.data.definitions[at as usize].value, Value::Expression(value)
                if matches!(tree.kind(value), Kind::Call | Kind::New | Kind::Await))
        });
        if ours && name != "bot" && !quiet {
            // A connection that the unit opens itself: whoever answers.
            return Some((index == 0).then_some(Source::Network));
        }
        Some((!quiet && index == 0 && name != "stream").then_some(Source::Request))
    }

    /// `app.get("/path", …)`, `router.use(…)`.
    pub(crate) fn handles_requests(&self, call: NodeId, callee: NodeId, function: NodeId) -> bool {
        let tree = self.tree();
        let verb = matches!(
            self.name(callee),
            "get" | "post" | "put" | "patch" | "delete" | "del" | "all" | "use" | "options" | "head" | "route" | "any"
        );
        let Some(object) = tree.child(callee, Field::Object).filter(|_| verb) else { return false };
        let route = tree.positional(call).next().and_then(|path| self.program().names.text(path));
        let rooted = route.is_some_and(|route| route.starts_with('/'));
        let served = self.program().names.type_of(object).is_some_and(|kind| {
            matches!(
                kind,
                "express"
                    | "express.Router"
                    | "fastify"
                    | "restify.createServer"
                    | "polka"
                    | "connect"
                    | "koa-router"
                    | "@koa/router"
                    | "koa"
                    | "hono.Hono"
                    | "itty-router.Router"
                    | "elysia.Elysia"
            ) || kind.ends_with(".Router")
        });
        let written = self.text(object);
        let name = written.to_ascii_lowercase();
        let named = ["app", "router", "server", "routes", "api", "fastify"].iter().any(|end| name.ends_with(end));
        if served || named && (rooted || self.name(callee) == "use") {
            return true;
        }
        // `app.route("/x").get(…)`
        if tree.kind(object) == Kind::Call
            && tree.child(object, Field::Callee).is_some_and(|callee| {
                matches!(self.name(callee), "route" | "get" | "post" | "put" | "delete" | "all" | "use")
                    && self.handles_requests(object, callee, function)
            })
        {
            return true;
        }
        let mut parameters = tree.children_in(function, Field::Parameter).map(|each| self.name(each));
        let (first, second) = (parameters.next(), parameters.next());
        rooted
            && !written.starts_with(['$', '_'])
            && !name.contains("http")
            && !name.contains("axios")
            && second.is_some_and(|second| BESIDE.contains(&second))
            && first.is_some_and(|first| !first.starts_with("err"))
    }

    /// The source that a parameter is by its type, the function's name or the parts it is taken apart into.
    pub(super) fn request_by_shape(&self, parameter: NodeId, function: NodeId) -> bool {
        let tree = self.tree();
        if !self.program().language.is_script() {
            return false;
        }
        if let Some(kind) = tree.child(parameter, Field::Type) {
            let kind = self.text(kind).split('<').next().unwrap_or_default();
            let last = kind.rsplit('.').next().unwrap_or(kind).trim();
            if last.ends_with("Request") || REQUEST_TYPES.contains(&last) {
                return true;
            }
            let koa = last == "Context" && ["koa", "hono", "oak"].iter().any(|name| self.program().text.contains(name));
            if koa {
                return true;
            }
        }
        let all: Vec<NodeId> = tree.children_in(function, Field::Parameter).take(16).collect();
        let index = all.iter().position(|&each| each == parameter).unwrap_or(0);
        if index < 2 && HANDLERS.contains(&self.function_name(function)) {
            return true;
        }
        let first = index == 0;
        let handler = matches!(self.function_name(function), "handler" | "loader" | "action");
        let parts = self.parts(parameter);
        if first && handler {
            let named = matches!(self.name(parameter), "event" | "evt" | "e" | "args" | "context" | "req" | "request");
            return named || parts.iter().any(|part| matches!(*part, "request" | "params" | "context" | "body"));
        }
        let answered = all.iter().any(|&each| each != parameter && BESIDE.contains(&self.name(each)));
        parts.iter().any(|part| matches!(*part, "request" | "req" | "searchParams"))
            || first && answered && parts.iter().any(|part| PARTS.contains(part))
    }

    /// The name of a function, also of one that is assigned.
    fn function_name(&self, function: NodeId) -> &'p str {
        let own = self.name(function);
        if !own.is_empty() {
            return own;
        }
        let tree = self.tree();
        let mut above = tree.ancestors(function).take(3);
        let assign = above.find(|&above| tree.kind(above) == Kind::Assign);
        assign.and_then(|assign| tree.child(assign, Field::Target)).map(|target| self.name(target)).unwrap_or_default()
    }

    /// The keys that a parameter is taken apart by.
    fn parts(&self, parameter: NodeId) -> Vec<&'p str> {
        let tree = self.tree();
        let Some(pattern) = tree.child(parameter, Field::Target) else { return Vec::new() };
        tree.children(pattern)
            .take(40)
            .map(|part| match tree.kind(part) {
                Kind::Pair => tree.child(part, Field::Key).or_else(|| tree.child(part, Field::Value)).unwrap_or(part),
                _ => part,
            })
            .map(|key| self.name(key))
            .collect()
    }

    /// Whether a name is a part of a taken apart parameter that nobody outside chooses.
    pub(super) fn is_harmless_pattern(&self, name: NodeId, definitions: &[u32]) -> bool {
        let tree = self.tree();
        !definitions.is_empty()
            && (self.tables.harmless.contains(&self.text(name)) || BESIDE.contains(&self.text(name)))
            && definitions.iter().all(|&at| {
                let definition = &self.data.definitions[at as usize];
                matches!(definition.value, Value::Parameter(_)) && tree.child(definition.node, Field::Target).is_some()
            })
    }
}
