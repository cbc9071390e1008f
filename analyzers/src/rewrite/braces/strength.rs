//! Protocol versions and key lengths of Java, raised where they stand; nothing where they come from elsewhere.

use crate::edit::{Edit, EditKind};
use crate::rewrite::context::Context;
use crate::rewrite::draft::Draft;
use crate::syntax::{Field, Kind, NodeId};

/// `SSLContext.getInstance("SSLv3")` → `"TLSv1.2"`, which is the least that is sound and the first that all support.
pub(super) fn java_protocol(context: Context<'_>, node: NodeId, out: &mut Vec<Edit>) {
    let tree = context.tree();
    if context.callee_path(node) != "javax.net.ssl.SSLContext.getInstance" {
        return;
    }
    let Some(name) = tree.positional(node).next().filter(|&name| tree.kind(name) == Kind::String) else { return };
    let draft = Draft::new(EditKind::StrongAlgorithm, node, &[327], "allow no version before TLS 1.2");
    out.push(draft.replace(tree.span(name), "\"TLSv1.2\"").finish());
}

/// `generator.initialize(1024)` → `2048` for RSA, DSA and Diffie-Hellman, by the one call that made the generator.
pub(super) fn java_key(context: Context<'_>, node: NodeId, out: &mut Vec<Edit>) {
    let tree = context.tree();
    if context.callee_path(node) != "java.security.KeyPairGenerator.initialize" {
        return;
    }
    let Some(bits) = tree.positional(node).next().filter(|&bits| tree.kind(bits) == Kind::Number) else { return };
    let names = &context.program.names;
    let object = tree.child(node, Field::Callee).and_then(|callee| tree.child(callee, Field::Object));
    let maker = object.and_then(|object| names.definition(object)).and_then(|definition| definition.value);
    let algorithm = maker
        .filter(|&maker| tree.kind(maker) == Kind::Call)
        .and_then(|maker| tree.positional(maker).next())
        .and_then(|name| names.text(name));
    if !algorithm.is_some_and(|name| matches!(name.to_ascii_uppercase().as_str(), "RSA" | "DSA" | "DH")) {
        return;
    }
    let draft = Draft::new(EditKind::StrongAlgorithm, node, &[326], "make keys of 2048 bits");
    out.push(draft.replace(tree.span(bits), "2048").finish());
}
