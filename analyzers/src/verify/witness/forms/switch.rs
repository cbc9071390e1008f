//! Safe forms that are a setting: checks on, debuggers off, addresses and modes that keep others out.

use crate::program::Program;
use crate::syntax::{Field, Kind, NodeId};
use crate::verify::witness::forms::{calls, name, numbers, path, texts};

/// Checks on, or the call left without the option that switches them off.
pub(super) fn verification(program: &Program, root: NodeId) -> bool {
    let tree = &program.tree;
    let on = tree.subtree(root).any(|node| match tree.kind(node) {
        Kind::Attribute | Kind::Name => {
            matches!(tree.name(node, &program.text), "create_default_context" | "CERT_REQUIRED" | "CERT_OPTIONAL")
        }
        Kind::Bool => matches!(tree.text(node, &program.text), "True" | "true"),
        // `process.env.NODE_TLS_REJECT_UNAUTHORIZED = "1"`
        Kind::Assign => {
            tree.text(node, &program.text).contains("NODE_TLS_REJECT_UNAUTHORIZED")
                && tree
                    .child(node, Field::Value)
                    .is_some_and(|value| matches!(tree.text(value, &program.text), "'1'" | "\"1\"" | "1"))
        }
        _ => false,
    });
    on || calls(program, root).any(|call| {
        matches!(
            name(program, call),
            "get" | "post" | "put" | "delete" | "patch" | "head" | "request" | "Session" | "Client" | "urlopen"
        ) && tree.keyword(call, "verify", &program.text).is_none()
    })
}

pub(super) fn address(program: &Program, root: NodeId) -> bool {
    texts(program, root).any(|text| matches!(text, "127.0.0.1" | "localhost" | "::1"))
        || calls(program, root)
            .any(|call| matches!(name(program, call), "getenv") || path(program, call).starts_with("os.environ"))
}

#[expect(clippy::verbose_bit_mask, reason = "modes of files are written as masks")]
pub(super) fn mode(program: &Program, root: NodeId) -> bool {
    let owner = ["S_IRUSR", "S_IWUSR", "S_IRWXU", "S_IXUSR"]
        .iter()
        .any(|flag| program.tree.text(root, &program.text).contains(flag));
    owner
        || numbers(program, root).any(|number| {
            number >= 0o77 && number & 0o007 == 0
                || number & 0o022 == 0o022
                    && number < 0o1000
                    && program.tree.text(root, &program.text).contains("umask")
                || number == 0o644
                || number == 0o755
        })
}

/// `False` in place of the switch, or the switch gone.
pub(super) fn off(program: &Program, root: NodeId) -> bool {
    let tree = &program.tree;
    tree.subtree(root).any(|node| tree.kind(node) == Kind::Bool && tree.text(node, &program.text) == "False")
        || calls(program, root)
            .any(|call| name(program, call) == "run" && tree.keyword(call, "debug", &program.text).is_none())
}

pub(super) fn on(program: &Program, root: NodeId) -> bool {
    let tree = &program.tree;
    tree.subtree(root)
        .any(|node| tree.kind(node) == Kind::Bool && matches!(tree.text(node, &program.text), "True" | "true"))
        || tree.subtree(root).filter_map(|node| program.names.text(node)).any(|text| {
            let text = text.to_ascii_lowercase();
            text.contains("httponly") && text.contains("secure")
        })
}
