//! Records of JavaScript that take over whatever a request sends.

use crate::concept;
use crate::finding::Confidence;
use crate::rule::script::requested;
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};
use crate::taint::Purposes;

/// Words of records whose rights are worth taking over.
const PEOPLE: &[&str] =
    &["user", "account", "profile", "member", "customer", "admin", "employee", "person", "owner", "role"];

/// `User.create(req.body)`, `new User(req.body)`, `Object.assign(user, req.body)`, `User.findByIdAndUpdate(id, req.body)`
pub(super) fn check(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let path = context.callee(call);
    let (value, record) = if path == "Object.assign" || matches!(path, "lodash.assign" | "lodash.extend" | "_.extend") {
        let target = context.positional(call, 0);
        let empty = target.is_some_and(|target| context.kind(context.value(target)) == Kind::Dict);
        (context.positional(call, 1).filter(|_| !empty), target)
    } else if context.kind(call) == Kind::New {
        let class = context.tree().child(call, Field::Callee);
        let model = class.is_some_and(|class| {
            let text = context.source(class);
            text.starts_with(|letter: char| letter.is_ascii_uppercase()) && !text.ends_with("Error")
        });
        (context.positional(call, 0).filter(|_| model), class)
    } else {
        let at = match context.method(call) {
            "create" | "insert" | "build" | "insertOne" | "set" | "merge" | "save" => 0,
            "findByIdAndUpdate" | "findOneAndUpdate" | "updateOne" | "updateMany" => 1,
            "update" => usize::from(context.positional(call, 1).is_some_and(|second| is_whole(context, second))),
            _ => return,
        };
        let object = context.object(call);
        let model = object.is_some_and(|object| {
            let last = context.source(object).rsplit('.').next().unwrap_or_default();
            last.starts_with(|letter: char| letter.is_ascii_uppercase()) || is_person(last)
        });
        (context.positional(call, at).filter(|_| model), object)
    };
    let (Some(value), Some(record)) = (value, record) else { return };
    if !is_whole(context, value) {
        return;
    }
    let Some(taint) = requested(context, value, Purposes::CODE).filter(|taint| !taint.origin.checked) else { return };
    let message = "A request chooses which attributes of a record are set.";
    let report = if is_person(context.source(record)) {
        Report::issue(call, concept::UNCHECKED_INPUT, message).confidence(Confidence::Medium)
    } else {
        Report::audit(call, concept::UNCHECKED_INPUT, message)
    };
    found.push(context, report.trace(taint.trace));
}

fn is_person(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    PEOPLE.iter().any(|word| text.contains(word)) && text.len() < 60
}

/// Whether a value is the whole body of a request, also spread into an object.
fn is_whole(context: &Context<'_>, node: NodeId) -> bool {
    let value = context.value(node);
    match context.kind(value) {
        Kind::Attribute => matches!(context.name(value), "body" | "query"),
        Kind::Dict => context.tree().children(value).take(40).any(|part| {
            context.kind(part) == Kind::Spread
                && context.tree().child(part, Field::Value).is_some_and(|inner| is_whole(context, inner))
        }),
        Kind::Call => context.method(value) == "json" && context.positional(value, 0).is_none(),
        Kind::Name => context.source(value) == "body",
        _ => false,
    }
}
