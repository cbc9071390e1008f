//! CWE-79: values are escaped where they enter markup; never inside scripts or links, where escaping is not enough.

use super::parts::{Part, parts, reads, source};
use super::typed;
use crate::edit::{Edit, EditKind};
use crate::lang::Language;
use crate::rewrite::context::Context;
use crate::rewrite::draft::Draft;
use crate::syntax::{Field, Kind, NodeId};

const CWE: &[u16] = &[79, 80];
const SUMMARY: &str = "escape values where they enter markup";

const JAVA_HELPER: &str = r#"private static String escapeHtml(Object value) {
    return String.valueOf(value)
        .replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;")
        .replace("'", "&#39;");
}
"#;

const SCRIPT_HELPER: &str = r#"function escapeHtml(value) {
  return String(value)
    .replace(/&/g, "&amp;")
    .replace(/</g, "&lt;")
    .replace(/>/g, "&gt;")
    .replace(/"/g, "&quot;")
    .replace(/'/g, "&#39;");
}
"#;

/// A writer's argument or a returned page.
pub(super) fn java(context: Context<'_>, node: NodeId, out: &mut Vec<Edit>) {
    let tree = context.tree();
    match tree.kind(node) {
        Kind::Call => out.extend(tree.positional(node).next().and_then(|body| escape(context, node, body))),
        _ => out.extend(escape(context, node, node)),
    }
}

/// The body of an answer, or what is put into the document.
pub(super) fn javascript(context: Context<'_>, node: NodeId, out: &mut Vec<Edit>) {
    let tree = context.tree();
    let body = match tree.kind(node) {
        Kind::Call if context.callee_name(node) == "insertAdjacentHTML" => tree.positional(node).nth(1),
        Kind::Call => tree.positional(node).next(),
        Kind::Assign | Kind::AugAssign => tree.child(node, Field::Value),
        _ => None,
    };
    if let Some(body) = body {
        out.extend(text_content(context, node, body).or_else(|| escape(context, node, body)));
    }
}

/// `element.innerHTML = value` without any markup → `textContent`.
fn text_content(context: Context<'_>, assign: NodeId, body: NodeId) -> Option<Edit> {
    let tree = context.tree();
    let target = tree.child(assign, Field::Target).filter(|_| tree.kind(assign) == Kind::Assign)?;
    if context.name(target) != "innerHTML" {
        return None;
    }
    let (value, _) = source(context, body)?;
    let plain = match parts(context.program, value) {
        Some(parts) => parts.iter().all(|part| !matches!(part, Part::Text(text) if text.contains(['<', '&']))),
        None => is_outside(context, value),
    };
    let draft = Draft::new(EditKind::EscapeMarkup, assign, CWE, "put text into the document as text");
    plain.then(|| draft.replace(tree.name_span(target), "textContent").finish())
}

/// Text that a request or the address of the page holds, taken as it is.
fn is_outside(context: Context<'_>, value: NodeId) -> bool {
    const HEADS: &[&str] = &[
        "req.query",
        "req.params",
        "req.body",
        "req.url",
        "request.query",
        "request.params",
        "request.body",
        "request.url",
        "ctx.query",
        "ctx.params",
        "location.",
        "document.location",
        "window.location",
        "document.URL",
        "document.referrer",
        "window.name",
        "new URLSearchParams(",
    ];
    let text = context.text(value);
    match context.tree().kind(value) {
        // `req.body` as a whole may be an object.
        Kind::Attribute | Kind::Subscript => !text.ends_with("body") && HEADS.iter().any(|head| text.starts_with(head)),
        Kind::Call => {
            matches!(
                context.callee_name(value),
                "getParameter" | "getHeader" | "getQueryString" | "getRequestURI" | "getPathInfo"
            ) || context.callee_name(value) == "get"
                && context.type_of_callee(value).is_some_and(|kind| kind.ends_with("URLSearchParams"))
                || matches!(context.callee_name(value), "slice" | "substring" | "substr" | "replace" | "trim")
                    && context
                        .tree()
                        .child(value, Field::Callee)
                        .and_then(|callee| context.tree().child(callee, Field::Object))
                        .is_some_and(|object| is_outside(context, object))
                || context.callee_name(value) == "decodeURIComponent"
                    && context.tree().positional(value).next().is_some_and(|inner| is_outside(context, inner))
        }
        _ => false,
    }
}

fn escape(context: Context<'_>, node: NodeId, body: NodeId) -> Option<Edit> {
    let tree = context.tree();
    let (value, variable) = source(context, body)?;
    let mut draft = Draft::new(EditKind::EscapeMarkup, node, CWE, SUMMARY);
    let mut changed = false;
    if let Some(parts) = parts(context.program, value) {
        // What a variable holds may be meant for other places too, unless it is markup.
        let is_markup = parts.iter().any(|part| matches!(part, Part::Text(text) if text.contains('<')));
        if variable.is_some() && !is_markup && reads(context, body).len() != 1 {
            return None;
        }
        let mut before = String::new();
        for part in &parts {
            match part {
                Part::Text(text) => before.push_str(text),
                Part::Value(value) if is_harmless(context, *value) => before.push('x'),
                Part::Value(value) => {
                    if needs_more(&before) {
                        return None;
                    }
                    let span = tree.span(*value);
                    draft = draft.insert(span.start as usize, "escapeHtml(").insert(span.end as usize, ")");
                    before.push('x');
                    changed = true;
                }
            }
        }
    } else if is_outside(context, value) && !is_harmless(context, value) {
        let span = tree.span(body);
        draft = draft.insert(span.start as usize, "escapeHtml(").insert(span.end as usize, ")");
        changed = true;
    }
    changed.then(|| helper(context, draft).finish())
}

/// Whether a place in markup is inside a script, a style or a link, where escaping alone does not help.
fn needs_more(before: &str) -> bool {
    let lower = before.to_ascii_lowercase();
    let inside =
        |tag: &str| lower.rfind(&format!("<{tag}")).is_some_and(|at| !lower[at..].contains(&format!("</{tag}")));
    let end = lower.trim_end_matches(['"', '\'']);
    let in_tag = lower.rfind('<').is_some_and(|open| !lower[open..].contains('>'));
    if in_tag && lower.ends_with('=') {
        return true;
    }
    inside("script")
        || inside("style")
        || ["href=", "src=", "action="].iter().any(|name| end.ends_with(name))
        || end.rsplit_once(" on").is_some_and(|(_, rest)| rest.ends_with('=') && !rest.contains(['>', ' ']))
}

fn is_harmless(context: Context<'_>, value: NodeId) -> bool {
    let tree = context.tree();
    if context.is_constant(value) {
        return true;
    }
    let name = context.callee_name(value).to_ascii_lowercase();
    let escaped = tree.kind(value) == Kind::Call
        && (name.contains("escape")
            || name.contains("encode")
            || name.contains("sanitize")
            || matches!(name.as_str(), "parseint" | "number" | "valueof"));
    escaped
        || matches!(context.type_of(value), Some("int" | "long" | "double" | "float" | "boolean" | "short" | "byte"))
}

fn helper(context: Context<'_>, draft: Draft) -> Draft {
    let tree = context.tree();
    let known = tree.ids().any(|node| {
        matches!(tree.kind(node), Kind::ImportItem | Kind::Name)
            && context.name(node) == "escapeHtml"
            && context.program.names.binding(node).is_some()
    });
    if known {
        return draft;
    }
    let source = if context.program.language == Language::Java {
        JAVA_HELPER.to_owned()
    } else {
        typed(context, SCRIPT_HELPER, &[("(value)", "(value: unknown): string")])
    };
    draft.helper("escapeHtml", source)
}
