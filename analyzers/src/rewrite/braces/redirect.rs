//! CWE-601: targets of redirects stay on the site; never of a service that leads elsewhere by what it stores.

use super::typed;
use crate::edit::{Edit, EditKind};
use crate::rewrite::context::Context;
use crate::rewrite::draft::Draft;
use crate::syntax::{Field, Kind, NodeId};

const HELPER: &str = r#"function localTarget(target) {
  const path = String(target || "/").replace(/\s/g, "").replace(/\\/g, "/");
  return path.startsWith("/") && !path.startsWith("//") ? path : "/";
}
"#;

/// Whether a target is taken from a request as it is: a place to come back to.
pub(super) fn comes_back(context: Context<'_>, target: NodeId) -> bool {
    const WORDS: &[&str] =
        &["next", "return", "redirect", "back", "target", "continue", "dest", "referrer", "url", "uri", "goto", "to"];
    const READERS: &[&str] =
        &["getParameter", "getHeader", "FormValue", "Query", "get", "Get", "DefaultQuery", "QueryParam"];
    let tree = context.tree();
    let value = match tree.kind(target) {
        Kind::Name => {
            context.program.names.definition(target).and_then(|definition| definition.member.or(definition.value))
        }
        _ => None,
    };
    let value = value.unwrap_or(target);
    let read = match tree.kind(value) {
        Kind::Call => READERS.contains(&context.callee_name(value)),
        Kind::Boolean => tree
            .children(value)
            .next()
            .is_some_and(|first| matches!(tree.kind(first), Kind::Attribute | Kind::Subscript | Kind::Call)),
        Kind::Attribute | Kind::Subscript | Kind::Name | Kind::Parameter | Kind::String => true,
        _ => false,
    };
    let named = |node: NodeId| {
        context
            .text(node)
            .split(|letter: char| !letter.is_alphanumeric())
            .flat_map(crate::words::words)
            .any(|word| WORDS.contains(&word.as_str()))
    };
    read && (named(target) || named(value))
}

/// `res.redirect(req.query.next)` → of a target on this site.
pub(super) fn javascript(context: Context<'_>, call: NodeId, out: &mut Vec<Edit>) {
    out.extend(edit(context, call));
}

fn edit(context: Context<'_>, call: NodeId) -> Option<Edit> {
    let tree = context.tree();
    let mut arguments = tree.positional(call);
    let target = match context.callee_name(call) {
        // `redirect(301, url)`, `redirect(url, 301)`
        "redirect" => arguments.find(|&argument| !context.is_constant(argument))?,
        "location" => arguments.next()?,
        "header" | "set" | "setHeader" => arguments.nth(1)?,
        "writeHead" => {
            let headers = arguments.find(|&argument| tree.kind(argument) == Kind::Dict)?;
            let pair = tree.children(headers).find(|&pair| {
                tree.child(pair, Field::Key).is_some_and(|key| context.name(key).eq_ignore_ascii_case("location"))
            })?;
            tree.child(pair, Field::Value)?
        }
        _ => return None,
    };
    if !comes_back(context, target) {
        return None;
    }
    let draft = Draft::new(EditKind::ValidateInput, call, &[601], "redirect within this site only");
    let helper = typed(context, HELPER, &[("(target)", "(target: unknown): string")]);
    Some(
        draft
            .replace(tree.span(target), format!("localTarget({})", context.text(target)))
            .helper("localTarget", helper)
            .finish(),
    )
}
