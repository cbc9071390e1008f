//! Cookies of ASP.NET: the flags of a cookie or of its options, where they are made or set later.

use super::more::{is_secret, report};
use crate::rule::{Context, Findings};
use crate::syntax::{Field, Kind, NodeId};

/// Most nodes of a function that are looked at.
const MOST: usize = 6_000;

/// What is known of a flag.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flag {
    Missing,
    Off,
    On,
}

/// Checks a call or a creation.
pub(super) fn call(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let path = context.callee(node);
    let name = context.positional(node, 0).and_then(|first| context.string(first)).unwrap_or_default();
    match (context.kind(node), path.rsplit('.').next().unwrap_or(path)) {
        (Kind::New, "HttpCookie") => {
            let flags = ["HttpOnly", "Secure"].map(|flag| flag_of(context, node, flag));
            let lacks = is_secret(name) && flags.iter().any(|&flag| flag != Flag::On);
            if lacks || flags.get(1) == Some(&Flag::Off) {
                report(context, node, found);
            }
        }
        (Kind::New, "CookieOptions") => options(context, node, found),
        (Kind::Call, "Append") if path.ends_with("Cookies.Append") => {
            let alone = is_secret(name) && context.positional(node, 2).is_none();
            if alone && !context.mentions("HttpOnlyPolicy.Always") && !context.mentions("OnAppendCookie") {
                report(context, node, found);
            }
        }
        _ => {}
    }
}

/// Options are judged by the cookies that they are used for.
fn options(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let own = variable(context, node);
    let scope = tree.scope(node);
    let uses: Vec<NodeId> = tree
        .subtree(scope)
        .take(MOST)
        .filter(|&part| context.kind(part) == Kind::Call && context.callee(part).contains("Cookies."))
        .filter(|&call| {
            tree.positional(call).any(|part| part == node || own.is_some_and(|own| context.source(part) == own))
        })
        .collect();
    let deletes = uses.iter().any(|&call| context.method(call) == "Delete");
    let named = uses.iter().filter_map(|&call| context.positional(call, 0)).find_map(|name| context.string(name));
    let secret = named.map(is_secret);
    let flags = ["HttpOnly", "Secure"].map(|flag| flag_of(context, node, flag));
    let policy = context.mentions("HttpOnlyPolicy.Always") || context.mentions("OnAppendCookie");
    let lacks = match secret {
        Some(true) => flags.contains(&Flag::Off) || flags.contains(&Flag::Missing) && !policy,
        Some(false) => flags.get(1) == Some(&Flag::Off),
        None => flags.contains(&Flag::Off),
    };
    if lacks && !deletes {
        report(context, node, found);
    }
}

/// The name that a creation is given.
fn variable<'c>(context: &'c Context<'_>, node: NodeId) -> Option<&'c str> {
    let tree = context.tree();
    let assign = tree.parent(node).filter(|&above| context.kind(above) == Kind::Assign)?;
    tree.child(assign, Field::Target).map(|target| context.source(target))
}

/// Whether a flag is set where the object is made, or on its name afterwards.
fn flag_of(context: &Context<'_>, node: NodeId, flag: &str) -> Flag {
    let tree = context.tree();
    let value = |value: NodeId| if context.truth(value) == Some(false) { Flag::Off } else { Flag::On };
    if let Some(given) = context.keyword(node, flag) {
        return value(given);
    }
    let Some(own) = variable(context, node) else { return Flag::Missing };
    let set =
        tree.subtree(tree.scope(node)).take(MOST).filter(|&part| context.kind(part) == Kind::Assign).find_map(|part| {
            let target = tree.child(part, Field::Target)?;
            let ours = context.name(target) == flag
                && tree.child(target, Field::Object).is_some_and(|object| context.source(object) == own);
            tree.child(part, Field::Value).filter(|_| ours && part > node)
        });
    set.map_or(Flag::Missing, value)
}

/// `options.Cookie.HttpOnly = false`; a cookie that is made in the function is told where it is made.
pub(super) fn assign(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let (Some(target), Some(value)) = (tree.child(node, Field::Target), tree.child(node, Field::Value)) else { return };
    let Some(object) = tree.child(target, Field::Object) else { return };
    let made = context.value(object);
    let told = context.kind(made) == Kind::New
        && ["HttpCookie", "CookieOptions"].iter().any(|class| context.callee(made).ends_with(class));
    let cookie = context.source(object).to_ascii_lowercase().contains("cookie");
    let named = matches!(context.name(target), "HttpOnly" | "Secure") && context.truth(value) == Some(false);
    let policy = context.name(target) == "SecurePolicy" && context.source(value).ends_with("CookieSecurePolicy.None")
        || context.name(target) == "HttpOnly" && context.source(value).ends_with("HttpOnlyPolicy.None");
    if cookie && !told && (named || policy) {
        report(context, node, found);
    }
}
