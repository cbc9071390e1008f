//! Formatters and serialisers of C# that build whatever object the data names.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};

const ANY: &[&str] = &[
    "BinaryFormatter",
    "NetDataContractSerializer",
    "LosFormatter",
    "SoapFormatter",
    "ObjectStateFormatter",
    "ResourceReader",
];

/// Checks a call, a creation or a name.
pub(super) fn check(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    match context.kind(node) {
        Kind::Call => call(context, node, found),
        Kind::New => {
            let name = last(context.callee(node));
            if name == "ResourceReader" {
                if context.positional(node, 0).is_some_and(|data| !context.is_constant(data)) {
                    report(context, node, "Objects of any type are built from the data.", found);
                }
            } else if ANY.contains(&name) {
                audit(context, node, "A formatter that builds any object is made.", found);
            }
        }
        Kind::Attribute if is_type_handling(context.source(node)) && is_global(context, node) => {
            let at = context.tree().ancestors(node).find(|&above| context.kind(above) == Kind::Assign).unwrap_or(node);
            report(context, at, "All texts may name the types that are built from them.", found);
        }
        Kind::Attribute if is_type_handling(context.source(node)) => {
            audit(context, node, "A serialiser is told to build any type that the text names.", found);
        }
        _ => {}
    }
}

/// Whether a type handling is that of all texts: `JsonConvert.DefaultSettings`, `AddNewtonsoftJson(options => …)`.
fn is_global(context: &Context<'_>, node: NodeId) -> bool {
    let tree = context.tree();
    let statement = tree.statement(node);
    if context.source(statement).contains("Binder") {
        return false;
    }
    let assign = tree.ancestors(node).find(|&above| context.kind(above) == Kind::Assign);
    let Some(target) = assign.and_then(|assign| tree.child(assign, Field::Target)) else { return false };
    let text = context.source(target);
    let named = text.ends_with("JsonConvert.DefaultSettings") || text.contains("SerializerSettings.TypeNameHandling");
    // `var settings = new …; JsonConvert.DefaultSettings = () => settings;`
    let later = context.kind(target) == Kind::Name
        && context.mentions("JsonConvert.DefaultSettings")
        && tree.subtree(tree.scope(node)).take(4_000).any(|part| {
            context.kind(part) == Kind::Assign
                && tree
                    .child(part, Field::Target)
                    .is_some_and(|known| context.source(known).ends_with("JsonConvert.DefaultSettings"))
                && tree.child(part, Field::Value).is_some_and(|value| context.source(value).contains(text))
        });
    (named || later) && !context.mentions("SerializationBinder")
}

fn call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let data = context.positional(call, 0);
    if data.is_none_or(|data| context.is_constant(data)) {
        return;
    }
    let method = context.method(call);
    match method {
        "Deserialize" | "UnsafeDeserialize" | "DeserializeMethodResponse" | "ReadObject" | "DeserializeObject" => {}
        _ => return,
    }
    if last(context.object(call).map_or("", |object| context.path(object))) == "JsonConvert" {
        // With settings that let the text name types, and no binder that says which.
        let settings =
            context.tree().positional(call).skip(1).take(3).any(|settings| names_any_type(context, settings));
        if settings {
            report(context, call, "The text names the types that are built.", found);
        }
        return;
    }
    let Some(object) = context.object(call) else { return };
    let made = context.value(object);
    let kind = match context.kind(made) {
        Kind::New => last(context.callee(made)),
        _ => last(context.program().names.type_of(object).unwrap_or_default()),
    };
    // A serialiser for a type that is chosen at run time.
    let chosen = context.kind(made) == Kind::New
        && matches!(kind, "DataContractSerializer" | "DataContractJsonSerializer" | "XmlSerializer")
        && context.positional(made, 0).is_some_and(|kind| {
            let kind = context.value(kind);
            !context.source(kind).starts_with("typeof") && context.tainted(kind, crate::taint::Purposes::CODE).is_some()
        });
    if chosen {
        return report(context, call, "Objects of a type that somebody else chooses are built from the data.", found);
    }
    let resolves = kind == "JavaScriptSerializer" && context.source(made).contains("SimpleTypeResolver");
    if resolves || ANY.contains(&kind) {
        // A binder says which types may be built.
        let binder = context.kind(made) == Kind::New && context.source(made).contains("Binder");
        if !binder {
            report(context, call, "Objects of any type are built from the data.", found);
        }
    }
}

/// Settings whose type handling is on and that have no binder, in place, through a name or set later.
fn names_any_type(context: &Context<'_>, settings: NodeId) -> bool {
    let tree = context.tree();
    let made = context.value(settings);
    let text = context.source(made);
    if context.kind(made) == Kind::New && text.contains("Binder") {
        return false;
    }
    let name = context.source(settings);
    let mut on = false;
    if context.kind(made) == Kind::New
        && context
            .keyword(made, "TypeNameHandling")
            .is_some_and(|kind| is_type_handling(context.source(context.value(kind))))
    {
        on = true;
    }
    for node in tree.ids().take(20_000).filter(|&node| context.kind(node) == Kind::Assign) {
        let Some(target) = tree.child(node, Field::Target).map(|target| context.source(target)) else { continue };
        let Some(value) = tree.child(node, Field::Value) else { continue };
        match target.strip_prefix(name).and_then(|rest| rest.strip_prefix('.')) {
            Some("SerializationBinder" | "Binder") => return false,
            Some("TypeNameHandling") => on |= is_type_handling(context.source(context.value(value))),
            _ if target == name && context.kind(value) == Kind::New => {
                let text = context.source(value);
                if text.contains("Binder") {
                    return false;
                }
                on |= text.split("TypeNameHandling").skip(1).any(is_on);
            }
            _ => {}
        }
    }
    on
}

fn is_on(rest: &str) -> bool {
    rest.strip_prefix('.')
        .is_some_and(|rest| ["All", "Auto", "Objects", "Arrays"].iter().any(|kind| rest.starts_with(kind)))
}

fn is_type_handling(text: &str) -> bool {
    text.rsplit_once("TypeNameHandling.").is_some_and(|(_, kind)| matches!(kind, "All" | "Auto" | "Objects" | "Arrays"))
}

fn last(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}

fn report(context: &Context<'_>, node: NodeId, message: &str, found: &mut Findings) {
    let report = Report::issue(node, concept::PICKLE_LOAD, message).severity(Severity::High);
    found.push(context, report.confidence(Confidence::Medium));
}

fn audit(context: &Context<'_>, node: NodeId, message: &str, found: &mut Findings) {
    found.push(context, Report::audit(node, concept::PICKLE_LOAD, message).severity(Severity::Medium));
}
