//! Which literal a finding of a credential is about, shared by what takes it out of the source and what judges that.

use crate::program::Program;
use crate::syntax::{Field, Kind, NodeId};

/// Deepest chain of names and conversions that is followed.
const DEEPEST: usize = 6;

/// Calls of a method of text that keep what it says.
const OF_TEXT: &[&str] = &["getBytes", "toCharArray", "toString", "trim", "strip"];

/// Calls that take text and keep what it says.
const TAKES_TEXT: &[&str] = &["from", "encode", "valueOf", "String", "stringToBytes"];

/// The literal that a finding at `node` is about: the node itself, or the last argument that can be a credential.
pub(crate) fn literal(program: &Program, node: NodeId) -> Option<NodeId> {
    let tree = &program.tree;
    match tree.kind(node) {
        Kind::Return | Kind::Keyword | Kind::Pair | Kind::Assign => behind(program, tree.child(node, Field::Value)?),
        Kind::Call | Kind::New => behind(program, node).or_else(|| {
            let arguments: Vec<NodeId> = tree.positional(node).collect();
            let mut texts = arguments.iter().rev().filter_map(|&argument| behind(program, argument));
            texts.find(|&text| !is_setting(program.names.text(text).unwrap_or_default()))
        }),
        _ => behind(program, node),
    }
}

/// The literal behind names, conversions and the first of several results.
pub(crate) fn behind(program: &Program, node: NodeId) -> Option<NodeId> {
    let (tree, names) = (&program.tree, &program.names);
    let mut at = node;
    for _ in 0..DEEPEST {
        match tree.kind(at) {
            Kind::String | Kind::Template | Kind::Binary => {
                return names.text(at).is_some_and(|text| !text.is_empty()).then_some(at);
            }
            Kind::Cast => at = tree.child(at, Field::Value)?,
            Kind::Tuple => at = tree.children(at).next()?,
            Kind::Name | Kind::Attribute => at = names.definition(at)?.value.filter(|&value| value != at)?,
            Kind::Call => {
                let callee = tree.child(at, Field::Callee)?;
                let name = tree.name(callee, &program.text);
                at = if OF_TEXT.contains(&name) {
                    tree.child(callee, Field::Object)?
                } else if TAKES_TEXT.contains(&name) {
                    tree.positional(at).next()?
                } else {
                    return None;
                };
            }
            _ => return None,
        }
    }
    None
}

/// Text that names an algorithm, an encoding or an address, as stands beside keys.
fn is_setting(text: &str) -> bool {
    const NAMES: &[&str] = &[
        "aes", "des", "desede", "rc4", "rsa", "hmac", "utf-8", "utf8", "hex", "base64", "ascii", "latin1", "hs256",
        "hs384", "hs512", "binary", "raw",
    ];
    let lower = text.to_ascii_lowercase();
    NAMES.contains(&lower.as_str())
        || lower.starts_with("hmacsha")
        || lower.starts_with("aes/")
        || lower.starts_with("aes-")
        || lower.starts_with("pbe")
        || lower.contains("://")
}
