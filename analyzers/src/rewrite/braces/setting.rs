//! CWE-295, CWE-614, CWE-208: settings of JavaScript that are put right in place, and digests compared in constant time.

use super::simple::module;
use crate::edit::{Edit, EditKind};
use crate::rewrite::context::Context;
use crate::rewrite::draft::Draft;
use crate::syntax::{Field, Kind, NodeId};

const VERIFY: &str = "check certificates";
const COOKIE: &str = "keep the cookie from scripts and plain connections";
const COMPARE: &str = "compare digests in constant time";

const HELPER: &str = r"function digestsMatch(left, right) {
  const one = Buffer.from(String(left));
  const other = Buffer.from(String(right));
  return one.length === other.length && crypto.timingSafeEqual(one, other);
}
";

/// `rejectUnauthorized: false` → `true`.
pub(super) fn verification(context: Context<'_>, node: NodeId, out: &mut Vec<Edit>) {
    let tree = context.tree();
    let draft = Draft::new(EditKind::EnableVerification, node, &[295], VERIFY);
    if tree.kind(node) == Kind::Bool && tree.field(node) == Field::Value {
        out.push(draft.replace(tree.span(node), "true").finish());
    } else if matches!(context.text(node), "'0'" | "\"0\"" | "0") {
        // `process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0"`
        out.push(draft.replace(tree.span(node), context.text(node).replace('0', "1")).finish());
    }
}

/// `algorithms: ["none", "HS256"]` → without `"none"`.
pub(super) fn algorithms(context: Context<'_>, call: NodeId, out: &mut Vec<Edit>) {
    let tree = context.tree();
    let list = tree.positional(call).nth(2).filter(|&options| tree.kind(options) == Kind::Dict).and_then(|options| {
        let pair = tree
            .children(options)
            .find(|&pair| tree.child(pair, Field::Key).is_some_and(|key| context.name(key) == "algorithms"))?;
        tree.child(pair, Field::Value).filter(|&list| tree.kind(list) == Kind::List)
    });
    let Some(list) = list.filter(|_| context.callee_name(call) == "verify") else { return };
    let none = |name: &NodeId| context.program.names.text(*name).is_some_and(|text| text.eq_ignore_ascii_case("none"));
    let kept: Vec<&str> = tree.children(list).filter(|name| !none(name)).map(|name| context.text(name)).collect();
    if !kept.is_empty() && kept.len() < tree.children(list).count() {
        let draft = Draft::new(EditKind::EnableVerification, call, &[347], "take signed tokens only");
        out.push(draft.replace(tree.span(list), format!("[{}]", kept.join(", "))).finish());
    }
}

/// `res.cookie("session", id)` → with `httpOnly` and `secure`; flags of session options that are off → on.
pub(super) fn cookie(context: Context<'_>, call: NodeId, out: &mut Vec<Edit>) {
    let tree = context.tree();
    if tree.kind(call) != Kind::Call {
        return;
    }
    let mut draft = Draft::new(EditKind::SafeOption, call, &[614, 1004], COOKIE);
    if matches!(context.callee_name(call), "setHeader" | "header" | "set" | "append") {
        return out.extend(header(context, call, draft));
    }
    if context.callee_name(call) != "cookie" {
        // `session({ cookie: { secure: false } })`
        let mut changed = false;
        for pair in tree.subtree(call).take(400).filter(|&pair| tree.kind(pair) == Kind::Pair) {
            let (Some(key), Some(value)) = (tree.child(pair, Field::Key), tree.child(pair, Field::Value)) else {
                continue;
            };
            if matches!(context.name(key), "httpOnly" | "secure") && context.text(value) == "false" {
                draft = draft.replace(tree.span(value), "true");
                changed = true;
            }
        }
        if changed {
            out.push(draft.finish());
        }
        return;
    }
    let mut arguments = tree.positional(call);
    let (Some(_), Some(value), options) = (arguments.next(), arguments.next(), arguments.next()) else { return };
    match options {
        None => {
            let at = tree.span(value).end as usize;
            out.push(draft.insert(at, ", { httpOnly: true, secure: true, sameSite: \"lax\" }").finish());
        }
        Some(options) if tree.kind(options) == Kind::Dict => {
            let mut missing = Vec::new();
            for flag in ["httpOnly", "secure"] {
                let pair = tree
                    .children(options)
                    .find(|&pair| tree.child(pair, Field::Key).is_some_and(|key| context.name(key) == flag));
                match pair.and_then(|pair| tree.child(pair, Field::Value)) {
                    Some(value) if context.text(value) == "false" => draft = draft.replace(tree.span(value), "true"),
                    Some(_) => {}
                    None => missing.push(format!("{flag}: true")),
                }
            }
            if !missing.is_empty() {
                let at = tree.span(options).start as usize + 1;
                let more = tree.children(options).next().is_some();
                let text = format!(" {}{}", missing.join(", "), if more { "," } else { " " });
                draft = draft.insert(at, text);
            }
            out.push(draft.finish());
        }
        Some(_) => {}
    }
}

/// `res.setHeader("Set-Cookie", "session=" + id)` → with the flags behind the value.
fn header(context: Context<'_>, call: NodeId, draft: Draft) -> Option<Edit> {
    let tree = context.tree();
    let mut arguments = tree.positional(call);
    let name = arguments.next().and_then(|name| context.program.names.text(name))?;
    let value = arguments.next().filter(|_| name.eq_ignore_ascii_case("set-cookie"))?;
    let written = context.text(value).to_ascii_lowercase();
    let mut flags = String::new();
    for (flag, mark) in [("; HttpOnly", "httponly"), ("; Secure", "secure")] {
        if !written.contains(mark) {
            flags.push_str(flag);
        }
    }
    let end = tree.span(value).end as usize;
    let draft = match tree.kind(value) {
        // Inside the closing quote.
        Kind::String | Kind::Template => draft.insert(end.checked_sub(1)?, flags),
        Kind::Binary => draft.insert(end, format!(" + {}", super::parts::quoted(context, &flags))),
        _ => return None,
    };
    Some(draft.finish())
}

/// `hmac.digest("hex") === given` → `digestsMatch(hmac.digest("hex"), given)`.
pub(super) fn comparison(context: Context<'_>, node: NodeId, out: &mut Vec<Edit>) {
    let tree = context.tree();
    let (Some(left), Some(right)) = (tree.child(node, Field::Left), tree.child(node, Field::Right)) else { return };
    if tree.kind(node) != Kind::Compare || ![left, right].into_iter().any(|side| is_text(context, side)) {
        return;
    }
    let Ok(import) = module(context, "crypto") else { return };
    let not = if context.name(node).starts_with('!') { "!" } else { "" };
    let text = format!("{not}digestsMatch({}, {})", context.text(left), context.text(right));
    let draft = Draft::new(EditKind::SafeCallee, node, &[208], COMPARE).import(import);
    let helper = super::typed(context, HELPER, &[("(left, right)", "(left: unknown, right: unknown): boolean")]);
    out.push(draft.helper("digestsMatch", helper).replace(tree.span(node), text).finish());
}

/// Whether a value is a digest in text form: bytes would not survive being made text.
fn is_text(context: Context<'_>, side: NodeId) -> bool {
    let tree = context.tree();
    let value = match tree.kind(side) {
        Kind::Name => match context.program.names.definition(side).and_then(|definition| definition.value) {
            Some(value) => value,
            None => return false,
        },
        _ => side,
    };
    tree.kind(value) == Kind::Call
        && context.callee_name(value) == "digest"
        && tree.positional(value).next().is_some_and(|encoding| tree.kind(encoding) == Kind::String)
}
