//! Fixed initialisation vectors and nonces of Go's `crypto/cipher`.

use crate::concept;
use crate::graph::dfg::Value;
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};

/// Functions of `crypto/cipher` that take the vector, and where it stands.
const MODES: &[(&str, usize)] = &[
    ("crypto/cipher.NewCBCEncrypter", 1),
    ("crypto/cipher.NewCFBEncrypter", 1),
    ("crypto/cipher.NewCTR", 1),
    ("crypto/cipher.NewOFB", 1),
    ("golang.org/x/crypto/pbkdf2.Key", 1),
    ("golang.org/x/crypto/scrypt.Key", 1),
    ("golang.org/x/crypto/argon2.Key", 1),
    ("golang.org/x/crypto/argon2.IDKey", 1),
];

/// Checks a call.
pub(super) fn call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let path = context.callee(call);
    let at = match MODES.iter().find(|(known, _)| *known == path) {
        Some(&(_, at)) => at,
        // `aead.Seal(destination, nonce, text, data)`
        None if context.method(call) == "Seal"
            && context.positional(call, 3).is_some()
            && (path.starts_with("crypto/cipher.") || !path.contains('/')) =>
        {
            1
        }
        None => return,
    };
    let Some(value) = context.positional(call, at) else { return };
    if is_fixed(context, value, 0) {
        let cwe: &[u16] = if path.ends_with("Key") { &[760, 916] } else { &[329, 1204] };
        let message = "A value that must be new each time is always the same.";
        found.push(context, Report::issue(call, concept::FIXED_NONCE, message).cwe(cwe));
    }
}

/// Whether bytes are the same in every run: constant text, a list of constants, or fresh memory that nobody fills.
fn is_fixed(context: &Context<'_>, node: NodeId, depth: u32) -> bool {
    let tree = context.tree();
    if depth > 8 {
        return false;
    }
    match context.kind(node) {
        // A number is one element that is set.
        Kind::String | Kind::Number => true,
        Kind::Cast => tree.child(node, Field::Value).is_some_and(|inner| is_fixed(context, inner, depth + 1)),
        Kind::List => tree.children(node).take(300).all(|part| context.is_constant(part)),
        Kind::Subscript => tree.child(node, Field::Object).is_some_and(|inner| is_fixed(context, inner, depth + 1)),
        Kind::Call => {
            if context.callee(node) == "make" {
                return true;
            }
            let lambda = tree.child(node, Field::Callee).filter(|&callee| context.kind(callee) == Kind::Lambda);
            lambda.or_else(|| context.flow().data().called(node)).is_some_and(|function| {
                let mut returned = tree
                    .subtree(function)
                    .take(2_000)
                    .filter(|&inner| context.kind(inner) == Kind::Return && tree.scope(inner) == function)
                    .filter_map(|inner| tree.child(inner, Field::Value))
                    .map(|value| match context.kind(value) {
                        Kind::Tuple => tree.children(value).next().unwrap_or(value),
                        _ => value,
                    })
                    .peekable();
                returned.peek().is_some() && returned.all(|value| is_fixed(context, value, depth + 1))
            })
        }
        Kind::Name | Kind::Attribute => {
            let data = context.flow().data();
            let definitions = data.definitions_of(node);
            !definitions.is_empty()
                && !is_filled(context, node)
                && definitions.iter().all(|&at| match data.definitions[at as usize].value {
                    Value::Expression(value) => value != node && is_fixed(context, value, depth + 1),
                    // What the callers of a function of the unit hand over.
                    Value::Parameter(function) => passed(context, function, data.definitions[at as usize].node, depth),
                    _ => false,
                })
        }
        _ => false,
    }
}

/// Whether a function of the unit gets the bytes before, and may fill them.
fn is_filled(context: &Context<'_>, node: NodeId) -> bool {
    let tree = context.tree();
    let name = context.source(node);
    let before = tree.subtree(tree.scope(node)).take(4_000).take_while(|&part| part < node);
    before.filter(|&part| context.kind(part) == Kind::Call && !tree.contains(part, node)).any(|call| {
        context.flow().data().called(call).is_some() && tree.positional(call).any(|part| context.source(part) == name)
    })
}

/// Whether every call in the unit gives a parameter a fixed value.
fn passed(context: &Context<'_>, function: NodeId, parameter: NodeId, depth: u32) -> bool {
    let data = context.flow().data();
    let calls = context.flow().callers(function);
    !calls.is_empty()
        && calls.iter().take(8).all(|&call| {
            data.passed(call, function)
                .into_iter()
                .find(|&(_, to)| to == parameter)
                .is_some_and(|(value, _)| is_fixed(context, value, depth + 2))
        })
}
