//! CWE-416 in C++: what is taken of an object that ends with its expression: `make().c_str()`, `make_unique<T>().get()`.

use crate::concept;
use crate::finding::Confidence;
use crate::rule::c::declared;
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};

/// Methods that give a pointer into their object.
const VIEWS: &[&str] = &["c_str", "data", "get", "begin", "end", "str_view", "front", "back"];

/// Checks `T name = …;`, `name = …;` and `return …;`.
pub(super) fn kept(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let Some(value) = tree.child(node, Field::Value) else { return };
    let own = tree.child(node, Field::Target).and_then(|target| declared(context, target));
    let kind = own.as_ref().map(|own| own.kind.trim()).unwrap_or_default();
    let message = "What this points into ends with the expression.";
    // `std::string_view view = first + "x";`
    if kind.ends_with("string_view") || kind.ends_with("span") {
        if is_temporary_text(context, value) {
            let report = Report::issue(node, concept::MEMORY_LIFETIME, message).cwe(&[416, 825]);
            found.push(context, report.confidence(Confidence::Medium));
        }
        return;
    }
    let mut at = value;
    while context.kind(at) == Kind::Cast {
        let Some(inner) = tree.children_in(at, Field::Value).last() else { return };
        at = inner;
    }
    if context.kind(at) != Kind::Call || !VIEWS.contains(&context.method(at)) {
        return;
    }
    let Some(object) = context.object(at) else { return };
    // A string made from the text copies it.
    let points = own.as_ref().is_some_and(|own| own.stars > 0)
        || matches!(context.method(at), "begin" | "end")
        || kind == "auto" && matches!(context.method(at), "c_str" | "data" | "get")
        || context.kind(node) == Kind::Return && returns_pointer(context, node);
    let ends = match context.method(at) {
        "get" => is_made_pointer(context, object),
        "begin" | "end" => is_made_container(context, object),
        _ => is_temporary_text(context, object),
    };
    if points && ends {
        let report = Report::issue(node, concept::MEMORY_LIFETIME, message).cwe(&[416, 825]);
        found.push(context, report.confidence(Confidence::Medium));
    }
}

fn returns_pointer(context: &Context<'_>, node: NodeId) -> bool {
    let tree = context.tree();
    context.function(node).is_some_and(|function| {
        tree.child(function, Field::Type).is_some_and(|kind| {
            crate::rule::c::between(context, tree.span(kind).end, tree.name_span(function).start).contains('*')
        })
    })
}

/// The name of the type or function that a call or creation names last.
fn callee<'p>(context: &Context<'p>, node: NodeId) -> &'p str {
    context.tree().child(node, Field::Callee).map(|callee| context.name(callee)).unwrap_or_default()
}

/// A text that nobody keeps: `std::string("a")`, `first + "b"`, a call of a function that gives a string.
fn is_temporary_text(context: &Context<'_>, node: NodeId) -> bool {
    let tree = context.tree();
    let text = |kind: &str| {
        let kind = kind.trim();
        kind == "string"
            || kind == "std::string"
            || kind == "wstring"
            || kind == "std::wstring"
            || kind.ends_with("basic_string")
    };
    match context.kind(node) {
        Kind::Call | Kind::New => {
            let name = callee(context, node);
            if matches!(name, "string" | "wstring" | "basic_string" | "to_string" | "substr" | "str") {
                return true;
            }
            context.flow().data().called(node).and_then(|function| {
                let kind = tree.child(function, Field::Type)?;
                let between = crate::rule::c::between(context, tree.span(kind).end, tree.name_span(function).start);
                Some(text(context.source(kind)) && !between.contains(['&', '*']))
            }) == Some(true)
        }
        Kind::Binary if context.name(node) == "+" => tree.children(node).take(2).any(|part| {
            is_temporary_text(context, part)
                || declared(context, part).is_some_and(|own| text(own.kind) && own.stars == 0 && !own.array)
        }),
        _ => false,
    }
}

/// `std::make_unique<T>(…)`, `std::unique_ptr<T>(…)`.
fn is_made_pointer(context: &Context<'_>, node: NodeId) -> bool {
    matches!(context.kind(node), Kind::Call | Kind::New)
        && matches!(callee(context, node), "make_unique" | "make_shared" | "unique_ptr" | "shared_ptr")
}

/// A call of a function that gives a container by value.
fn is_made_container(context: &Context<'_>, node: NodeId) -> bool {
    let tree = context.tree();
    context.kind(node) == Kind::Call
        && context.flow().data().called(node).is_some_and(|function| {
            tree.child(function, Field::Type).is_some_and(|kind| {
                let between = crate::rule::c::between(context, tree.span(kind).end, tree.name_span(function).start);
                let name = context.source(kind);
                ["vector", "string", "list", "map", "set", "deque"].iter().any(|own| name.contains(own))
                    && !between.contains(['&', '*'])
            })
        })
}
