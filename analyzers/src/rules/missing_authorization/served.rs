//! Routes of Java and Go that ask nobody who they are.

use super::{ASKED, concerns, says};
use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::served::speaks_of;
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};

/// Annotations of Java that make a method answer requests.
const ROUTES: &[&str] = &[
    "RequestMapping",
    "GetMapping",
    "PostMapping",
    "PutMapping",
    "DeleteMapping",
    "PatchMapping",
    "Path",
    "DELETE",
    "POST",
    "PUT",
    "Delete",
    "Post",
    "Put",
];
/// Words of Java, in lower case, that say that the whole program asks.
const FILTERS: &[&str] = &[
    "securityfilterchain",
    "websecurityconfigureradapter",
    "handlerinterceptor",
    "onceperrequestfilter",
    "containerrequestfilter",
    "preauthorize",
    "rolesallowed",
    "secured",
    "securityrequirement",
];
/// Beginnings of methods, in lower case, that do or give out something.
const ACTS: &[&str] = &[
    "delete", "remove", "save", "update", "find", "exec", "query", "ban", "promote", "grant", "reset", "set", "list",
    "getall", "destroy", "wipe", "drop", "create",
];

fn acts(context: &Context<'_>, function: NodeId) -> bool {
    context.tree().subtree(function).take(3_000).any(|node| {
        if context.kind(node) != Kind::Call {
            return false;
        }
        let name = match context.method(node) {
            "" => context.callee(node).rsplit('.').next().unwrap_or_default(),
            method => method,
        };
        let name = name.to_ascii_lowercase();
        ACTS.iter().any(|act| name.starts_with(act)) && !matches!(name.as_str(), "setheader" | "setstatus" | "set")
    })
}

/// A method that answers requests of Spring, JAX-RS or Micronaut.
pub(super) fn java(context: &Context<'_>, function: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let mut route = String::new();
    let mut served = false;
    let mut deletes = false;
    let mut read = |owner: NodeId, own: bool| {
        for decorator in tree.children_in(owner, Field::Decorator).take(8) {
            let text = context.source(decorator);
            let name = text.trim_start_matches('@').split('(').next().unwrap_or_default();
            let Some(name) = name.rsplit('.').next().filter(|name| ROUTES.contains(name)) else { continue };
            served |= own;
            deletes |=
                own && (name.eq_ignore_ascii_case("delete") || name == "DeleteMapping" || text.contains("DELETE"));
            route.push_str(text.split('"').nth(1).unwrap_or_default());
            route.push('/');
        }
    };
    let class = tree.ancestors(function).find(|&above| context.kind(above) == Kind::Class);
    if let Some(class) = class {
        read(class, false);
    }
    read(function, true);
    if !served || speaks_of(context, NodeId::ROOT, FILTERS) || speaks_of(context, function, ASKED) {
        return;
    }
    // Who calls is given to the method.
    let caller = tree.children_in(function, Field::Parameter).take(12).any(|parameter| {
        let text = context.source(parameter);
        ["Principal", "Authentication", "HttpSession", "SecurityContext", "UserDetails"]
            .iter()
            .any(|name| text.contains(name))
    });
    let Some(confidence) = concerns(&route, context.name(function), deletes).filter(|_| !caller) else { return };
    if acts(context, function) {
        says(context, function, confidence, found);
    }
}

/// `anyRequest().permitAll()` of Spring.
pub(super) fn permits_all(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let all = context.method(call) == "permitAll"
        && context.object(call).is_some_and(|object| context.method(object) == "anyRequest");
    if !all {
        return;
    }
    let message = "Every request that no rule names is let in.";
    let asks = context.function(call).is_some_and(|function| {
        let text = context.source(function);
        ["hasRole", "hasAuthority", "authenticated", "hasAnyRole", "addFilter", "denyAll"]
            .iter()
            .any(|word| text.contains(word))
    });
    let report = if asks {
        Report::audit(call, concept::MISSING_AUTHORIZATION, message)
    } else {
        Report::issue(call, concept::MISSING_AUTHORIZATION, message).confidence(Confidence::Medium)
    };
    found.push(context, report.severity(Severity::Medium));
}

/// `mux.HandleFunc("/admin/delete", handler)`, `router.DELETE("/users/:id", handler)`
pub(super) fn go(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let method = match context.method(call) {
        "" => context.callee(call).rsplit('.').next().unwrap_or_default(),
        method => method,
    };
    if !matches!(
        method,
        "HandleFunc"
            | "Handle"
            | "GET"
            | "POST"
            | "PUT"
            | "DELETE"
            | "PATCH"
            | "Get"
            | "Post"
            | "Put"
            | "Delete"
            | "Patch"
            | "Any"
    ) {
        return;
    }
    let tree = context.tree();
    let parts: Vec<NodeId> = tree.positional(call).take(4).collect();
    // More than a route and a handler: something runs before.
    let [route, handler] = parts[..] else { return };
    let Some(text) = context.string(route).filter(|text| text.contains('/')) else { return };
    let Some(function) = context.flow().data().function_of(handler) else { return };
    let deletes = method.eq_ignore_ascii_case("delete") || text.starts_with("DELETE ");
    let named = if context.kind(function) == Kind::Function { context.name(function) } else { "" };
    let Some(confidence) = concerns(text, named, deletes) else { return };
    // Who asks may stand in front of the router anywhere in the program.
    if speaks_of(context, NodeId::ROOT, &["auth", "jwt", "session", "token", "middleware", "forbidden", "permission"]) {
        return;
    }
    if acts(context, function) {
        says(context, call, confidence, found);
    }
}
