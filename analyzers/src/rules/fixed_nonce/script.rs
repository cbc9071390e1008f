//! Initialisation vectors and salts of JavaScript that stand in the program.

use crate::concept;
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Kind, NodeId};

const VECTOR: &[u16] = &[329, 1204];
const SALT: &[u16] = &[760, 916];

/// `crypto.createCipheriv(name, key, "…")`, `crypto.pbkdf2Sync(password, "salt", …)`
pub(super) fn check(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let (at, cwe) = match context.callee(call) {
        "crypto.createCipheriv" => (2, VECTOR),
        "crypto.pbkdf2" | "crypto.pbkdf2Sync" | "crypto.scrypt" | "crypto.scryptSync" | "crypto-js.PBKDF2" => (1, SALT),
        "bcrypt.hash" | "bcrypt.hashSync" | "bcryptjs.hash" | "bcryptjs.hashSync" => {
            let salt = context.positional(call, 1).filter(|&salt| context.string(salt).is_some());
            if let Some(salt) = salt {
                report(context, salt, SALT, found);
            }
            return;
        }
        _ => return,
    };
    // `createCipheriv("aes-128-ecb", key, null)` and its like take none.
    if let Some(value) = context.positional(call, at).filter(|&value| is_fixed(context, value, 0)) {
        report(context, value, cwe, found);
    }
}

fn report(context: &Context<'_>, value: NodeId, cwe: &'static [u16], found: &mut Findings) {
    let message = "A value that must be new each time is always the same.";
    found.push(context, Report::issue(value, concept::FIXED_NONCE, message).cwe(cwe));
}

/// Text or bytes that are the same in every run: `"…"`, `Buffer.from("…")`, `Buffer.alloc(16)`, `new Uint8Array(16)`.
fn is_fixed(context: &Context<'_>, node: NodeId, depth: u32) -> bool {
    let value = context.value(node);
    if depth > 6 {
        return false;
    }
    if context.string(value).is_some_and(|text| !text.is_empty()) {
        return true;
    }
    // Memory that is filled later.
    let filled = context.text().contains("randomFill") || context.text().contains("getRandomValues");
    match context.kind(value) {
        Kind::Call | Kind::New => match context.callee(value) {
            "Buffer.from"
            | "Buffer"
            | "crypto-js.enc.Utf8.parse"
            | "crypto-js.enc.Hex.parse"
            | "crypto-js.enc.Base64.parse" => {
                context.positional(value, 0).is_some_and(|text| is_fixed(context, text, depth + 1))
            }
            "Buffer.alloc" | "Uint8Array" => {
                !filled && context.positional(value, 0).is_some_and(|size| context.is_constant(size))
            }
            _ if matches!(
                context.method(value),
                "slice" | "repeat" | "substring" | "subarray" | "padEnd" | "padStart"
            ) =>
            {
                context.object(value).is_some_and(|object| is_fixed(context, object, depth + 1))
            }
            _ => false,
        },
        Kind::List => context.is_constant(value) && context.tree().children(value).next().is_some(),
        _ => false,
    }
}
