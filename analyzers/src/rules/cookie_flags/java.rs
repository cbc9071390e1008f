//! Cookies of servlets, Spring and Micronaut.

use crate::concept;
use crate::finding::Confidence;
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Kind, NodeId};

/// Setters called on the object that a name stands for, with what they are given.
fn switched(context: &Context<'_>, node: NodeId, object: NodeId, names: &[&str]) -> Option<bool> {
    let tree = context.tree();
    let name = context.source(object);
    let binding = context.program().names.binding(object);
    let mut state = None;
    for call in tree.subtree(tree.scope(node)).take(6_000).filter(|&call| context.kind(call) == Kind::Call) {
        let ours = names.contains(&context.method(call))
            && context.object(call).is_some_and(|of| {
                context.source(of) == name && (binding.is_none() || context.program().names.binding(of) == binding)
            });
        if ours {
            state = Some(context.positional(call, 0).is_none_or(|on| context.truth(on) != Some(false)));
        }
    }
    state
}

fn report(context: &Context<'_>, node: NodeId, secure: bool, hidden: bool, found: &mut Findings) {
    let cwe: &'static [u16] = match (secure, hidden) {
        (false, false) => &[614, 1004],
        (false, true) => &[614],
        (true, false) => &[1004],
        (true, true) => return,
    };
    let message = "A cookie can be read by scripts or over plain connections.";
    found.push(context, Report::issue(node, concept::COOKIE_FLAGS, message).cwe(cwe).confidence(Confidence::Medium));
}

/// Whether a cookie is taken away rather than set.
fn is_removed(context: &Context<'_>, node: NodeId, object: NodeId) -> bool {
    let tree = context.tree();
    let name = context.source(object);
    tree.subtree(tree.scope(node)).take(6_000).any(|call| {
        context.kind(call) == Kind::Call
            && context.method(call) == "setMaxAge"
            && context.object(call).is_some_and(|of| context.source(of) == name)
            && context.positional(call, 0).and_then(|age| context.integer(age)) == Some(0)
    })
}

/// `response.addCookie(cookie)`, `cookie.setSecure(false)`, `Set-Cookie` headers.
pub(super) fn call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    match context.method(call) {
        "addCookie" => {
            let Some(cookie) = context.positional(call, 0) else { return };
            let maker = context.value(cookie);
            if context.kind(maker) != Kind::New || context.kind(cookie) == Kind::Call {
                return;
            }
            if context.kind(cookie) == Kind::New {
                return report(context, call, false, false, found);
            }
            if is_removed(context, call, cookie) {
                return;
            }
            let secure = switched(context, call, cookie, &["setSecure"]) == Some(true);
            let hidden = switched(context, call, cookie, &["setHttpOnly"]) == Some(true);
            report(context, call, secure, hidden, found);
        }
        "setSecure" | "secure" | "setHttpOnly" | "httpOnly" => {
            let off = context.positional(call, 0).and_then(|on| context.truth(on)) == Some(false);
            let cookie = context.object(call).is_some_and(|object| {
                context.callee(call).contains("Cookie")
                    || context.source(object).to_ascii_lowercase().contains("cookie")
            });
            if off && cookie {
                let secure = !context.method(call).to_ascii_lowercase().ends_with("secure");
                report(context, call, secure, !secure, found);
            }
        }
        "setHeader" | "addHeader" | "header" => {
            let name = context.positional(call, 0).and_then(|name| context.string(name)).unwrap_or_default();
            let value = context.positional(call, 1).and_then(|value| context.string(value)).unwrap_or_default();
            if name.eq_ignore_ascii_case("set-cookie") && !value.is_empty() {
                let value = value.to_ascii_lowercase();
                let strict = value.contains("samesite");
                report(context, call, value.contains("secure") || strict, value.contains("httponly"), found);
                if !strict {
                    let message = "A cookie is sent with requests from other sites.";
                    found.push(context, Report::audit(call, concept::COOKIE_FLAGS, message).cwe(&[352, 1275]));
                }
            }
        }
        // Micronaut and others: `Cookie.of("a", "b").secure()`.
        "of" if context.callee(call).ends_with("Cookie.of") => built(context, call, found),
        "from" if context.callee(call).ends_with("ResponseCookie.from") => built(context, call, found),
        _ => {}
    }
}

/// `new SimpleCookie("a", "b").secure().httpOnly()`.
pub(super) fn construction(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let class = context.callee(node).rsplit('.').next().unwrap_or_default();
    if matches!(class, "SimpleCookie" | "NettyCookie" | "DefaultCookie") && context.positional(node, 0).is_some() {
        built(context, node, found);
    }
}

fn built(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let (mut secure, mut hidden) = (false, false);
    let mut note = |call: NodeId| {
        let on = context.positional(call, 0).is_none_or(|on| context.truth(on) != Some(false));
        match context.method(call) {
            "secure" | "setSecure" => secure = on,
            "httpOnly" | "setHttpOnly" => hidden = on,
            _ => {}
        }
    };
    for above in tree.ancestors(node).take(24) {
        match context.kind(above) {
            Kind::Call => note(above),
            Kind::Attribute => {}
            Kind::Assign => {
                let target = tree.child(above, crate::syntax::Field::Target).map(|target| context.source(target));
                for call in tree.subtree(tree.scope(node)).take(6_000).filter(|&call| context.kind(call) == Kind::Call)
                {
                    if context.object(call).map(|object| context.source(object)) == target {
                        note(call);
                    }
                }
                break;
            }
            _ => break,
        }
    }
    report(context, node, secure, hidden, found);
}
