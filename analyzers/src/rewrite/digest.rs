//! CWE-327, 328: MD5 and SHA-1 give way to SHA-256 where they guard something, and say that they do not elsewhere.

use crate::edit::{Edit, EditKind};
use crate::rewrite::context::Context;
use crate::rewrite::draft::Draft;
use crate::rewrite::literal;
use crate::syntax::{Field, Kind, NodeId};

const GUARDS: &[&str] = &[
    "passw",
    "passwd",
    "pwd",
    "secret",
    "token",
    "auth",
    "sign",
    "credential",
    "session",
    "otp",
    "verif",
    "login",
    "user",
    "hmac",
    "cookie",
    "certificate",
];
const NAMES_DATA: &[&str] = &[
    "etag",
    "checksum",
    "cache",
    "fingerprint",
    "dedup",
    "duplicate",
    "gravatar",
    "file",
    "content",
    "bucket",
    "shard",
    "chunk",
    "color",
    "colour",
    "avatar",
    "key_for",
];

/// `hashlib.md5` → `hashlib.sha256`, or `usedforsecurity=False`.
pub(super) fn propose(context: Context<'_>, node: NodeId, out: &mut Vec<Edit>) {
    let tree = context.tree();
    let weak = |path: &str| {
        let name = path.rsplit('.').next().unwrap_or_default();
        path.starts_with("hashlib.") && matches!(name, "md5" | "sha1" | "md4")
    };
    let found = std::iter::once(node).chain(context.call_around(node)).chain(tree.subtree(node)).find(|&at| {
        matches!(tree.kind(at), Kind::Attribute | Kind::Name) && weak(context.path(at)) && !context.text(at).is_empty()
    });
    if let Some(callee) = found {
        let call = tree
            .parent(callee)
            .filter(|&parent| tree.kind(parent) == Kind::Call && tree.child(parent, Field::Callee) == Some(callee));
        swap(context, callee, call, out);
        return;
    }
    let is_new = |call: NodeId| {
        tree.kind(call) == Kind::Call && matches!(context.callee_path(call), "hashlib.new" | "hmac.new" | "hmac.digest")
    };
    if let Some(call) = context.around(node, is_new) {
        by_name(context, call, out);
    }
    library_hash(context, node, out);
}

fn guards(context: Context<'_>, node: NodeId) -> (bool, bool) {
    let tree = context.tree();
    let mut words = context.text(tree.statement(node)).to_ascii_lowercase();
    if let Some(function) = tree.ancestors(node).find(|&above| tree.kind(above) == Kind::Function) {
        words.push_str(&context.name(function).to_ascii_lowercase());
        for parameter in tree.children_in(function, Field::Parameter) {
            words.push(' ');
            words.push_str(&context.name(parameter).to_ascii_lowercase());
        }
    }
    (GUARDS.iter().any(|word| words.contains(word)), NAMES_DATA.iter().any(|word| words.contains(word)))
}

fn swap(context: Context<'_>, callee: NodeId, call: Option<NodeId>, out: &mut Vec<Edit>) {
    let tree = context.tree();
    let (guards, names_data) = guards(context, callee);
    if call.is_some_and(|call| context.keyword(call, "usedforsecurity").is_some()) {
        return;
    }
    if guards || !names_data {
        let (hashlib, import) = context.module("hashlib");
        let draft = Draft::new(EditKind::StrongAlgorithm, callee, &[327], "hash with SHA-256");
        out.push(draft.replace(tree.span(callee), format!("{hashlib}.sha256")).import(import).finish());
    }
    if !guards && let Some((at, comma)) = call.and_then(|call| context.argument_end(call)) {
        let draft = Draft::new(EditKind::SafeOption, callee, &[327], "say that the hash guards nothing");
        out.push(draft.insert(at, if comma { ", usedforsecurity=False" } else { "usedforsecurity=False" }).finish());
    }
}

fn by_name(context: Context<'_>, call: NodeId, out: &mut Vec<Edit>) {
    let tree = context.tree();
    let algorithm = tree.children_in(call, Field::Argument).find_map(|argument| {
        let value = if tree.kind(argument) == Kind::Keyword { tree.child(argument, Field::Value)? } else { argument };
        let (style, text) = literal::read((tree.kind(value) == Kind::String).then(|| context.text(value))?)?;
        matches!(text.to_ascii_lowercase().as_str(), "md5" | "sha1" | "md4" | "sha-1").then_some((value, style))
    });
    if let Some((value, style)) = algorithm {
        let draft = Draft::new(EditKind::StrongAlgorithm, value, &[327], "hash with SHA-256");
        out.push(draft.replace(tree.span(value), literal::write("sha256", &style)).finish());
    }
}

/// `hashes.MD5()` of cryptography, `MD5.new()` of PyCryptodome.
fn library_hash(context: Context<'_>, node: NodeId, out: &mut Vec<Edit>) {
    let tree = context.tree();
    let found = context.around(node, |call| {
        let path = context.callee_path(call);
        tree.kind(call) == Kind::Call
            && (path.ends_with("hashes.MD5")
                || path.ends_with("hashes.SHA1")
                || [
                    "Crypto.Hash.MD5.new",
                    "Crypto.Hash.SHA.new",
                    "Crypto.Hash.SHA1.new",
                    "Cryptodome.Hash.MD5.new",
                    "Cryptodome.Hash.SHA1.new",
                ]
                .contains(&path))
    });
    let Some((call, callee)) = found.and_then(|call| tree.child(call, Field::Callee).map(|callee| (call, callee)))
    else {
        return;
    };
    if tree.kind(callee) != Kind::Attribute {
        return;
    }
    let draft = Draft::new(EditKind::StrongAlgorithm, call, &[327], "hash with SHA-256");
    let path = context.path(callee);
    if path.ends_with(".new") {
        let library = path.split('.').next().unwrap_or("Crypto");
        let Some(object) = tree.child(callee, Field::Object) else { return };
        out.push(
            draft
                .replace(tree.span(object), "SHA256")
                .import(Some(format!("from {library}.Hash import SHA256")))
                .finish(),
        );
    } else {
        out.push(draft.replace(tree.name_span(callee), "SHA256").finish());
    }
}
