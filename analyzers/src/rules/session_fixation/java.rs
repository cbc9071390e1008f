//! Sessions of servlets and Spring that stay the same when somebody signs in.

use super::ROUTES;
use crate::concept;
use crate::finding::Confidence;
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};
use crate::words::words;

/// Words of attributes that say who is signed in.
const SIGNED_IN: &[&str] =
    &["user", "userid", "username", "uid", "account", "principal", "authenticated", "loggedin", "logged", "member"];
/// Words of code that gives the session a new identifier.
const RENEWED: &[&str] = &["invalidate", "changeSessionId", "sessionFixation", "SessionAuthenticationStrategy"];

/// A method that signs somebody in.
pub(super) fn sign_in(context: &Context<'_>, function: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let signs = |text: &str| {
        let text = text.to_ascii_lowercase();
        ROUTES.iter().any(|word| text.contains(word))
    };
    let named = signs(context.name(function))
        || tree.children_in(function, Field::Decorator).any(|decorator| signs(context.source(decorator)))
        || matches!(context.name(function), "doPost" | "service")
            && tree.ancestors(function).any(|above| context.kind(above) == Kind::Class && signs(context.name(above)));
    if !named || RENEWED.iter().any(|word| context.mentions(word)) {
        return;
    }
    let set = tree.subtree(function).take(3_000).find(|&call| {
        context.kind(call) == Kind::Call
            && context.method(call) == "setAttribute"
            && keeps_session(context, call)
            && context.positional(call, 0).and_then(|key| context.string(key)).is_some_and(|key| {
                words(key).iter().any(|word| SIGNED_IN.contains(&word.as_str()))
                    && !key.to_ascii_lowercase().contains("error")
            })
    });
    if let Some(call) = set {
        let message = "The session keeps its identifier when somebody signs in.";
        let report = Report::issue(call, concept::UNCHECKED_INPUT, message).confidence(Confidence::Medium);
        found.push(context, report);
    }
}

/// Whether a method is called on a session.
fn keeps_session(context: &Context<'_>, call: NodeId) -> bool {
    context.callee(call).contains("Session")
        || context.object(call).is_some_and(|object| context.source(object).to_ascii_lowercase().contains("session"))
}

/// `sessionFixation().none()` and its other forms.
pub(super) fn setting(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let off = match context.method(call) {
        "none" => context.object(call).is_some_and(|object| context.method(object) == "sessionFixation"),
        "sessionFixation" => context.positional(call, 0).is_some_and(|given| {
            let given = context.source(given);
            given.ends_with("::none") || given.ends_with(".none()")
        }),
        _ => false,
    };
    if off {
        let message = "The session keeps its identifier when somebody signs in.";
        found.push(context, Report::issue(call, concept::UNCHECKED_INPUT, message));
    }
}
