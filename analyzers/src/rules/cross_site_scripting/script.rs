//! Markup in JavaScript: answers of servers, the document, jQuery and the frameworks' ways around their escaping.

use super::braces::answers_data;
use super::{markup, page};
use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::script::{is_answer, lead, option};
use crate::rule::{Context, Exposure, Findings, Report, Taint};
use crate::syntax::{Field, Kind, NodeId};
use crate::taint::{Purposes, Source};

/// Methods of jQuery that take markup.
const JQUERY: &[&str] = &[
    "html",
    "append",
    "prepend",
    "before",
    "after",
    "replaceWith",
    "wrap",
    "wrapAll",
    "wrapInner",
    "appendTo",
    "prependTo",
    "insertAfter",
    "insertBefore",
];
/// Functions that say that text is markup which may be trusted.
const TRUSTS: &[&str] = &[
    "bypassSecurityTrustHtml",
    "trustAsHtml",
    "SafeString",
    "parseHTML",
    "unsafeHTML",
    "createContextualFragment",
    "setHTMLUnsafe",
];

/// An answer of a server, and functions that put markup into the document.
pub(super) fn check_call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let path = context.callee(call);
    if context.kind(call) == Kind::New {
        return constructed(context, call, path, found);
    }
    if matches!(path, "$" | "jQuery" | "jquery") {
        return selected(context, call, found);
    }
    let first = context.positional(call, 0);
    let method = context.method(call);
    if method == "enabled"
        && first.is_some_and(|on| context.truth(on) == Some(false))
        && context.object(call).is_some_and(|object| {
            context.source(object).contains("$sceProvider")
                || context.source(context.value(object)).contains("$sceProvider")
        })
    {
        let message = "The framework's escaping is switched off for the whole page.";
        return found.push(context, Report::issue(call, concept::JINJA_AUTOESCAPE, message).cwe(&[79, 116]));
    }
    let body = match method {
        // Fastify sends text as text.
        "send" if replies_text(context, call) => None,
        "send" | "write" | "end" if context.object(call).is_some_and(|object| is_answer(context, object)) => {
            // An object is sent as JSON.
            first.filter(|&body| context.kind(context.value(body)) != Kind::Dict && !answers_data(context, call))
        }
        "response" if context.object(call).is_some_and(|object| context.source(object) == "h") => first,
        "html"
            if context
                .object(call)
                .is_some_and(|object| context.source(object) == "c" && is_answer(context, object)) =>
        {
            first
        }
        _ if matches!(
            path,
            "document.write" | "document.writeln" | "window.document.write" | "window.document.writeln"
        ) =>
        {
            first
        }
        "insertAdjacentHTML" => context.positional(call, 1),
        "setAttribute" | "attr"
            if first
                .and_then(|name| context.string(name))
                .is_some_and(|name| name == "srcdoc" || name.starts_with("on")) =>
        {
            context.positional(call, 1)
        }
        "setProperty" | "setAttribute"
            if context
                .positional(call, 1)
                .and_then(|name| context.string(name))
                .is_some_and(|name| matches!(name, "innerHTML" | "outerHTML" | "srcdoc")) =>
        {
            context.positional(call, 2)
        }
        _ if TRUSTS.contains(&method) => first,
        _ if JQUERY.contains(&method) && context.object(call).is_some_and(|object| is_jquery(context, object)) => {
            // An element is no text.
            first.filter(|&body| {
                let text = context.source(context.value(body));
                !text.starts_with("$(") && !text.starts_with("jQuery(") && !text.starts_with("document.create")
            })
        }
        _ => None,
    };
    if let Some(body) = body {
        put(context, call, body, found);
    }
}

/// Whether an answer is Fastify's and nothing says that it is a page.
fn replies_text(context: &Context<'_>, call: NodeId) -> bool {
    let mut root = context.object(call);
    while let Some(inner) = root.filter(|&node| context.kind(node) == Kind::Call).and_then(|node| context.object(node))
    {
        root = Some(inner);
    }
    root.is_some_and(|root| context.source(root) == "reply")
        && !crate::rule::script::around(context, call).contains("html")
        && context.mentions("astify")
}

/// Markup that goes into a page; what people type into it counts as well.
fn put(context: &Context<'_>, sink: NodeId, body: NodeId, found: &mut Findings) {
    let before = found.len();
    page(context, sink, body, found);
    if found.len() > before {
        return;
    }
    if let Some(taint) = thrown(context, body) {
        let message = "The text of an error, in which outside values can stand, becomes markup.";
        let report = Report::issue(sink, concept::HTML_UNESCAPED, message).severity(Severity::Medium);
        return found.push(context, report.confidence(Confidence::Medium).trace(taint.trace));
    }
    let typed = context.tainted(body, Purposes::HTML).filter(|taint| taint.origin.source == Source::Input);
    if let Some(taint) = typed {
        let message = "Text from the page becomes markup again, without being escaped.";
        let report = Report::issue(sink, concept::HTML_UNESCAPED, message).severity(Severity::Medium);
        found.push(context, report.confidence(Confidence::Medium).trace(taint.trace));
    }
}

/// The outside value in what was tried, where markup is made of the error that was caught.
fn thrown(context: &Context<'_>, body: NodeId) -> Option<Taint> {
    let (tree, data) = (context.tree(), context.flow().data());
    let handler = tree.subtree(body).take(40).filter(|&part| context.kind(part) == Kind::Name).find_map(|name| {
        data.definitions_of(name).iter().take(4).find_map(|&at| {
            let above = tree.parent(data.definitions[at as usize].node)?;
            (context.kind(above) == Kind::Handler).then_some(above)
        })
    })?;
    let tried = tree.child(tree.parent(handler)?, Field::Body)?;
    let parts = tree
        .subtree(tried)
        .take(400)
        .filter(|&part| matches!(context.kind(part), Kind::Call | Kind::New | Kind::Raise));
    // What is looked up, stored or shown does not come back in an error.
    let tells = |part: &NodeId| {
        !matches!(
            context.method(*part),
            "getItem" | "getElementById" | "querySelector" | "html" | "log" | "push" | "indexOf"
        )
    };
    parts
        .filter(tells)
        .flat_map(|part| {
            tree.children(part).filter(|&value| matches!(tree.field(value), Field::Argument | Field::Value))
        })
        .find_map(|value| {
            context
                .tainted(value, Purposes::HTML)
                .filter(|taint| taint.origin.source == Source::Request && !taint.origin.checked)
        })
}

/// Whether an expression is a collection of jQuery.
fn is_jquery(context: &Context<'_>, object: NodeId) -> bool {
    let mut at = context.value(object);
    for _ in 0..8 {
        let text = context.source(at);
        if text.starts_with('$') || text.starts_with("jQuery(") || text.starts_with("jquery(") {
            return true;
        }
        match context.object(at) {
            Some(inner) if context.kind(at) == Kind::Call => at = context.value(inner),
            _ => return false,
        }
    }
    false
}

/// `$(text)`: markup where it starts with a tag, a selector else.
fn selected(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let Some(first) = context.positional(call, 0).filter(|&first| !context.is_constant(first)) else { return };
    let start = lead(context, first, Purposes::HTML).text;
    if start.trim_start().starts_with('<') {
        return put(context, call, first, found);
    }
    if !start.is_empty() {
        return;
    }
    let Some(taint) = context.tainted(first, Purposes::HTML).filter(|taint| !taint.origin.checked) else { return };
    let plugin =
        taint.origin.source == Source::Parameter && in_plugin(context, taint.origin.node) && is_option(context, first);
    if taint.origin.source == Source::Request || plugin {
        let message = format!("jQuery makes markup of text from {} that starts with a tag.", taint.source());
        let report = Report::issue(call, concept::HTML_UNESCAPED, message).severity(Severity::Medium);
        found.push(context, report.confidence(Confidence::Medium).trace(taint.trace));
    }
}

/// Whether a value is an option that its name does not call markup or an element.
fn is_option(context: &Context<'_>, node: NodeId) -> bool {
    const MARKUP: &[&str] = &["html", "menu", "template", "content", "markup", "element", "el", "elem", "node", "body"];
    let value = context.value(node);
    match context.kind(value) {
        Kind::Attribute | Kind::Name | Kind::Subscript => {
            !MARKUP.contains(&context.name(value)) && !MARKUP.contains(&context.name(node))
        }
        _ => false,
    }
}

/// Whether a parameter is that of a plugin: `$.fn.name = function (options) { … }`.
fn in_plugin(context: &Context<'_>, parameter: NodeId) -> bool {
    let tree = context.tree();
    tree.ancestors(parameter).filter(|&above| matches!(context.kind(above), Kind::Lambda | Kind::Function)).any(
        |function| {
            tree.ancestors(function).take(6).any(|above| match context.kind(above) {
                Kind::Assign => tree.child(above, Field::Target).is_some_and(|target| {
                    let text = context.source(target);
                    text.starts_with("$.fn") || text.starts_with("jQuery.fn")
                }),
                Kind::Call => {
                    context.source(above).starts_with("$.fn.extend")
                        || context.source(above).starts_with("$.extend($.fn")
                }
                _ => false,
            })
        },
    )
}

/// `new Response(text, { headers: { "Content-Type": "text/html" } })`
fn constructed(context: &Context<'_>, call: NodeId, path: &str, found: &mut Findings) {
    if !matches!(path.rsplit('.').next(), Some("Response" | "NextResponse")) {
        return;
    }
    let tree = context.tree();
    let html = context.positional(call, 1).is_some_and(|options| {
        let headers =
            context.entry(context.value(options), "headers").map_or(options, |headers| context.value(headers));
        let scope = tree.scope(call);
        tree.subtree(headers)
            .take(60)
            .any(|part| context.string(part).is_some_and(|text| text.starts_with("text/html")))
            || option(context, call, "headers").is_some_and(|headers| {
                // Headers that are filled step by step.
                matches!(context.kind(headers), Kind::Name) && context.source(scope).contains("text/html")
            })
    });
    if let Some(body) = context.positional(call, 0).filter(|_| html) {
        page(context, call, body, found);
    }
}

/// `element.innerHTML = …`, `ctx.body = …`
pub(super) fn check_assign(context: &Context<'_>, assign: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let Some(target) = tree.child(assign, Field::Target) else { return };
    let Some(value) = tree.child(assign, Field::Value) else { return };
    let name = match context.kind(target) {
        Kind::Attribute => context.name(target),
        // `element["inner" + "HTML"]`
        Kind::Subscript => tree.child(target, Field::Index).and_then(|index| context.string(index)).unwrap_or_default(),
        _ => return,
    };
    match name {
        "innerHTML" | "outerHTML" | "srcdoc" => put(context, assign, value, found),
        "body" if matches!(context.source(target), "ctx.body" | "ctx.response.body" | "this.body") => {
            let text = matches!(
                context.kind(context.value(value)),
                Kind::Template | Kind::Binary | Kind::Attribute | Kind::Name
            );
            if text && (markup(context, value) || context.source(tree.scope(assign)).contains("text/html")) {
                page(context, assign, value, found);
            }
        }
        _ => {}
    }
}

/// `h("div", { innerHTML: … })`, `$("<div>", { html: … })`
fn creates(context: &Context<'_>, pair: NodeId, name: &str) -> bool {
    let call = context.tree().ancestors(pair).take(3).find(|&above| context.kind(above) == Kind::Call);
    call.is_some_and(|call| match name {
        "innerHTML" => {
            matches!(context.callee(call).rsplit('.').next(), Some("h" | "createElement" | "createVNode" | "jsx"))
        }
        "html" => {
            matches!(context.callee(call), "$" | "jQuery" | "jquery")
                && context
                    .positional(call, 0)
                    .and_then(|tag| context.string(tag))
                    .is_some_and(|tag| tag.starts_with('<'))
        }
        _ => false,
    })
}

/// `return "<p>" + name` of a handler whose framework sends what it gets back, or the answer of a cloud function.
pub(super) fn check_return(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let Some(value) = tree.child(node, Field::Value) else { return };
    let answer = context.value(value);
    if context.kind(answer) == Kind::Dict {
        // `{ statusCode, headers: { "Content-Type": "text/html" }, body }`
        if context.entry(answer, "statusCode").is_some()
            && context.source(answer).contains("text/html")
            && let Some(body) = context.entry(answer, "body")
        {
            page(context, node, body, found);
        }
        return;
    }
    let function = tree.ancestors(node).find(|&above| matches!(context.kind(above), Kind::Function | Kind::Lambda));
    let routed = function.is_some_and(|function| {
        let decorated = tree.children_in(function, Field::Decorator).any(|decorator| {
            ["Get(", "Post(", "All("]
                .iter()
                .any(|verb| context.source(decorator).trim_start_matches('@').starts_with(verb))
        });
        // Hapi: `server.route({ handler: (request, h) => … })`
        let served = tree.parent(function).is_some_and(|pair| {
            context.kind(pair) == Kind::Pair
                && tree.child(pair, Field::Key).is_some_and(|key| context.name(key) == "handler")
                && tree
                    .ancestors(pair)
                    .take(3)
                    .any(|call| context.kind(call) == Kind::Call && context.method(call) == "route")
        });
        decorated || served
    });
    let text = matches!(context.kind(answer), Kind::Template | Kind::Binary);
    if routed && text && markup(context, answer) {
        page(context, node, value, found);
    }
}

/// `dangerouslySetInnerHTML={{ __html: … }}`, also among the properties of `createElement`
pub(super) fn check_attribute(context: &Context<'_>, attribute: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let name = match context.kind(attribute) {
        Kind::Pair => tree.child(attribute, Field::Key).map(|key| context.name(key)).unwrap_or_default(),
        _ => context.name(attribute),
    };
    let known = match context.kind(attribute) {
        Kind::Pair => name == "dangerouslySetInnerHTML" || creates(context, attribute, name),
        _ => matches!(name, "dangerouslySetInnerHTML" | "v-html" | "innerHTML"),
    };
    if !known {
        return;
    }
    let Some(value) = tree.child(attribute, Field::Value) else { return };
    let inner = context.value(value);
    let html = context.entry(inner, "__html").unwrap_or(value);
    let before = found.len();
    put(context, attribute, html, found);
    if found.len() == before
        && !matches!(context.exposure(html, Purposes::HTML), Exposure::Constant | Exposure::Harmless)
    {
        let message = "Markup that is made at run time is set without being escaped.";
        found.push(context, Report::audit(attribute, concept::HTML_UNESCAPED, message));
    }
}
