//! Settings of Django and Flask, and cookies of the standard library, without their flags.

use crate::concept;
use crate::finding::Confidence;
use crate::rule::common::is_false;
use crate::rule::served::setting;
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};

/// `SESSION_COOKIE_SECURE = False`, also in `config.update(…)`.
pub(super) fn option(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let Some((name, value)) = setting(context, node) else { return };
    let (cwe, message): (&'static [u16], _) = match name {
        "SESSION_COOKIE_SECURE" | "CSRF_COOKIE_SECURE" | "REMEMBER_COOKIE_SECURE" | "JWT_COOKIE_SECURE" => {
            (&[614, 319], "The cookie is sent over plain connections too.")
        }
        "SESSION_COOKIE_HTTPONLY" | "REMEMBER_COOKIE_HTTPONLY" => (&[1004], "Scripts can read the session cookie."),
        "SESSION_COOKIE_SAMESITE" => (&[1275, 352], "The session cookie is sent with requests of other sites."),
        "https_only" if context.mentions("SessionMiddleware") => {
            (&[614, 319], "The cookie is sent over plain connections too.")
        }
        _ => return,
    };
    let open = if name.ends_with("SAMESITE") {
        context.kind(value) == Kind::Null || context.string(value).is_some_and(|text| text.eq_ignore_ascii_case("none"))
    } else {
        is_false(context, value)
    };
    if open {
        found.push(
            context,
            Report::issue(value, concept::COOKIE_FLAGS, message).cwe(cwe).confidence(Confidence::Medium),
        );
    }
}

/// `jar["session"] = value` of a `SimpleCookie` that gets no flags.
pub(super) fn jar(context: &Context<'_>, assign: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let Some(target) = tree.child(assign, Field::Target).filter(|&target| context.kind(target) == Kind::Subscript)
    else {
        return;
    };
    let (Some(object), Some(index)) = (tree.child(target, Field::Object), tree.child(target, Field::Index)) else {
        return;
    };
    let made = context.program().names.type_of(object).unwrap_or_default();
    let name = context.string(index).unwrap_or_default();
    if !made.ends_with("SimpleCookie") || !super::is_session_name(name) {
        return;
    }
    let around = context.source(tree.scope(assign)).to_ascii_lowercase();
    if !(around.contains("secure") && around.contains("httponly")) {
        let message = "A session cookie can be read by scripts or over plain connections.";
        found.push(context, Report::issue(assign, concept::COOKIE_FLAGS, message).confidence(Confidence::Medium));
    }
}
