//! CWE-404: what a class makes for a member is not given back by its destructor.

use crate::concept;
use crate::finding::{Confidence, Step};
use crate::rule::c::{arguments, declarations, declared, library};
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};

/// Most nodes of a class or function that are looked at.
const MOST_NODES: usize = 8_000;

const MAKERS: &[&str] = &[
    "malloc",
    "calloc",
    "realloc",
    "strdup",
    "strndup",
    "fopen",
    "fdopen",
    "popen",
    "tmpfile",
    "opendir",
    "CreateFile",
    "CreateFileA",
    "CreateFileW",
];

/// Words of methods by which an object ends itself.
const ENDINGS: &[&str] = &["release", "close", "free", "destroy", "delete", "dispose", "unref", "shutdown"];

/// Checks a class.
pub(super) fn check(context: &Context<'_>, class: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let Some(body) = tree.child(class, Field::Body) else { return };
    let name = context.name(class);
    let methods = methods(context, class, body, name);
    let ending = format!("~{name}");
    let destructor = methods.iter().copied().find(|&method| context.name(method) == ending);
    let declared_only = destructor.is_none() && context.source(body).contains('~');
    if methods.is_empty() || declared_only || destructor.is_none() && tree.child(class, Field::Base).is_some() {
        return;
    }
    for field in tree.children(body).take(300).filter(|&field| context.kind(field) == Kind::Assign) {
        for target in tree.children_in(field, Field::Target).take(16) {
            if declared(context, target).is_some_and(|own| own.is_pointer() && own.stars == 1) {
                member(context, class, context.name(target), (&methods, destructor), found);
            }
        }
    }
}

/// The functions of a class, inside it and outside.
fn methods(context: &Context<'_>, class: NodeId, body: NodeId, name: &str) -> Vec<NodeId> {
    let tree = context.tree();
    let prefix = format!("{name}::");
    let outside = tree.children(NodeId::ROOT).take(2_000).filter(|&part| {
        context.kind(part) == Kind::Function
            && !tree.contains(class, part)
            && context
                .text()
                .get(..tree.name_span(part).start as usize)
                .is_some_and(|before| before.trim_end().ends_with(&prefix))
    });
    let inside = tree.children(body).take(500).filter(|&part| context.kind(part) == Kind::Function);
    inside.chain(outside).take(200).collect()
}

/// The functions of a class, and its destructor.
type Methods<'m> = (&'m [NodeId], Option<NodeId>);

fn member(context: &Context<'_>, class: NodeId, name: &str, (methods, destructor): Methods<'_>, found: &mut Findings) {
    let mut made = Vec::new();
    for &method in methods {
        for node in context.tree().subtree(method).take(MOST_NODES) {
            // A capture is no node of its own.
            if context.kind(node) == Kind::Lambda
                && context.source(node).split(']').next().is_some_and(|head| {
                    head.split(|letter: char| !(letter.is_alphanumeric() || letter == '_')).any(|word| word == name)
                })
            {
                return;
            }
            match use_of(context, node, name) {
                Role::Made(at) => made.push(at),
                // Somebody else may see to it.
                Role::Handed => return,
                Role::Released if destructor.is_none() => return,
                Role::Released | Role::Other => {}
            }
        }
    }
    let released = destructor.is_some_and(|destructor| ends(context, destructor, name, methods));
    if released {
        return;
    }
    for at in made.into_iter().take(8) {
        let message = "The destructor does not give back what is made for this member.";
        let report = Report::issue(at, concept::RESOURCE_LEAK, message).cwe(&[404, 401, 772]);
        let step = |node: NodeId, note: &str| Step { span: context.tree().span(node), note: note.to_owned() };
        let mut trace = declarations(context, context.tree().parent(at).unwrap_or(at));
        trace.push(step(class, "the class"));
        trace.extend(destructor.map(|destructor| step(destructor, "the destructor")));
        found.push(context, report.confidence(Confidence::Medium).trace(trace));
    }
}

enum Role {
    Made(NodeId),
    Released,
    Handed,
    Other,
}

/// What a node does with the member of that name.
fn use_of(context: &Context<'_>, node: NodeId, name: &str) -> Role {
    let tree = context.tree();
    let ours = context.kind(node) == Kind::Name && context.source(node) == name
        || context.kind(node) == Kind::Attribute
            && context.name(node) == name
            && tree.child(node, Field::Object).is_some_and(|object| context.source(object) == "this");
    if !ours {
        return Role::Other;
    }
    let Some(above) = tree.parent(node) else { return Role::Other };
    match (context.kind(above), tree.field(node)) {
        (Kind::Assign, Field::Target) => {
            let alone = tree.is_statement(above);
            match tree.child(above, Field::Value).map(|value| uncast(context, value)) {
                Some(value) if is_made(context, value) => {
                    let registers = tree.subtree(value).take(60).any(|part| {
                        let text = context.source(part).to_ascii_lowercase();
                        text == "this" || text.ends_with("parent") || text.ends_with("owner")
                    });
                    if registers || !alone { Role::Handed } else { Role::Made(value) }
                }
                _ => Role::Other,
            }
        }
        (Kind::Assign, Field::Value) if !context.source(above).contains("[]") => Role::Handed,
        (Kind::Delete, _) => {
            if tree.ancestors(node).any(|outer| context.kind(outer) == Kind::Lambda) {
                Role::Handed
            } else {
                Role::Released
            }
        }
        (Kind::Return | Kind::Pair | Kind::List, _) => Role::Handed,
        (Kind::Call | Kind::New, Field::Argument) => {
            let callee = library(context, above);
            if matches!(callee, "free" | "fclose" | "pclose" | "closedir" | "CloseHandle") {
                Role::Released
            } else if callee.starts_with("str") || callee.starts_with("mem") {
                Role::Other
            } else if is_small(context, node, above) {
                Role::Released
            } else {
                Role::Handed
            }
        }
        // `member->bind(this)`
        (Kind::Attribute, Field::Object) => {
            let call = tree.parent(above).filter(|&call| context.kind(call) == Kind::Call);
            let registers =
                call.is_some_and(|call| arguments(context, call).iter().any(|&part| context.source(part) == "this"));
            if registers || context.name(above).to_ascii_lowercase().contains("parent") {
                Role::Handed
            } else {
                Role::Other
            }
        }
        (Kind::Other | Kind::Lambda, _) if tree.ancestors(node).any(|outer| context.kind(outer) == Kind::Lambda) => {
            Role::Handed
        }
        _ => Role::Other,
    }
}

/// A function of the unit that deletes or frees its parameter.
fn is_small(context: &Context<'_>, node: NodeId, call: NodeId) -> bool {
    let tree = context.tree();
    let data = context.flow().data();
    let Some(function) = data.called(call) else { return false };
    let given = data.passed(call, function).into_iter().find(|&(value, _)| value == node);
    let Some((_, parameter)) = given else { return false };
    let name = context.name(parameter);
    tree.subtree(function).take(MOST_NODES).any(|part| match context.kind(part) {
        Kind::Delete => tree.child(part, Field::Value).is_some_and(|value| context.source(value) == name),
        Kind::Call => {
            matches!(library(context, part), "free" | "fclose")
                && arguments(context, part).first().is_some_and(|&value| context.source(value) == name)
        }
        _ => false,
    })
}

fn uncast(context: &Context<'_>, node: NodeId) -> NodeId {
    let mut at = node;
    while context.kind(at) == Kind::Cast {
        let Some(inner) = context.tree().children_in(at, Field::Value).last() else { break };
        at = inner;
    }
    at
}

fn is_made(context: &Context<'_>, value: NodeId) -> bool {
    let tree = context.tree();
    match context.kind(value) {
        Kind::New => tree.child(value, Field::Callee).is_some() && tree.child(value, Field::Item).is_none(),
        Kind::Call => MAKERS.contains(&library(context, value)),
        _ => false,
    }
}

/// Whether a destructor, with the methods it calls, gives the member back.
fn ends(context: &Context<'_>, destructor: NodeId, name: &str, methods: &[NodeId]) -> bool {
    let tree = context.tree();
    let mut open = vec![destructor];
    let mut at = 0;
    while let Some(&function) = open.get(at) {
        at += 1;
        for node in tree.subtree(function).take(MOST_NODES) {
            match use_of(context, node, name) {
                Role::Released | Role::Handed => return true,
                Role::Made(_) | Role::Other => {}
            }
            if context.kind(node) != Kind::Call {
                continue;
            }
            let Some(callee) = tree.child(node, Field::Callee) else { continue };
            if context.kind(callee) == Kind::Attribute
                && let Some(object) = tree.child(callee, Field::Object)
                && context.source(object).trim_matches(['(', ')', '*', ' ']) == name
                && arguments(context, node).is_empty()
            {
                let method = context.name(callee).to_ascii_lowercase();
                if ENDINGS.iter().any(|word| method.contains(word)) {
                    return true;
                }
            }
            let called = context.name(callee);
            for &method in methods {
                if context.name(method) == called && open.len() < 12 && !open.contains(&method) {
                    open.push(method);
                }
            }
        }
    }
    false
}
