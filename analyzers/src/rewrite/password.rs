//! CWE-916: a salted password is hashed slowly; never one whose salt is not at hand.

use crate::edit::{Edit, EditKind};
use crate::rewrite::context::Context;
use crate::rewrite::draft::Draft;
use crate::syntax::{Field, Kind, NodeId};

/// `hashlib.sha256(password.encode() + salt).hexdigest()` → `hashlib.pbkdf2_hmac("sha256", password.encode(), salt, 600_000).hex()`.
pub(super) fn propose(context: Context<'_>, node: NodeId, out: &mut Vec<Edit>) {
    let tree = context.tree();
    let hashes = |call: NodeId| {
        tree.kind(call) == Kind::Call
            && context
                .callee_path(call)
                .strip_prefix("hashlib.")
                .is_some_and(|name| matches!(name, "md5" | "sha1" | "sha224" | "sha256" | "sha384" | "sha512"))
    };
    let found =
        context.around(node, hashes).or_else(|| tree.subtree(tree.statement(node)).find(|&below| hashes(below)));
    out.extend(found.and_then(|call| slow(context, call)));
}

fn slow(context: Context<'_>, call: NodeId) -> Option<Edit> {
    let tree = context.tree();
    let mut arguments = tree.children_in(call, Field::Argument);
    let (argument, None) = (arguments.next()?, arguments.next()) else { return None };
    // The digest is taken at once, so that nothing is added to it later.
    let taking = tree.parent(call).filter(|&above| tree.kind(above) == Kind::Attribute)?;
    let whole = tree
        .parent(taking)
        .filter(|&above| tree.kind(above) == Kind::Call && tree.child(above, Field::Callee) == Some(taking))?;
    let text = match context.name(taking) {
        "hexdigest" => ".hex()",
        "digest" => "",
        _ => return None,
    };
    let (sum, encoding) = match tree.kind(argument) {
        Kind::Binary => (argument, String::new()),
        // `(password + salt).encode("utf-8")`
        Kind::Call if context.callee_name(argument) == "encode" => {
            let callee = tree.child(argument, Field::Callee)?;
            let object = tree.child(callee, Field::Object).filter(|&object| tree.kind(object) == Kind::Binary)?;
            let source = context.text(argument);
            (object, source.get(source.rfind(".encode(")?..)?.to_owned())
        }
        _ => return None,
    };
    let (left, right) = (tree.child(sum, Field::Left)?, tree.child(sum, Field::Right)?);
    let simple = |side: NodeId| matches!(tree.kind(side), Kind::Name | Kind::Attribute | Kind::Call | Kind::Subscript);
    if context.name(sum) != "+" || !simple(left) || !simple(right) {
        return None;
    }
    let is_salt = |side: NodeId| context.text(side).to_ascii_lowercase().contains("salt");
    let (password, salt) = match (is_salt(left), is_salt(right)) {
        (false, true) => (left, right),
        (true, false) => (right, left),
        _ => return None,
    };
    let (hashlib, import) = context.module("hashlib");
    let hashed = format!(
        "{hashlib}.pbkdf2_hmac(\"sha256\", {}{encoding}, {}{encoding}, 600_000){text}",
        context.text(password),
        context.text(salt),
    );
    let draft = Draft::new(EditKind::StrongAlgorithm, call, &[916, 327], "hash the salted password slowly");
    Some(draft.replace(tree.span(whole), hashed).import(import).finish())
}
