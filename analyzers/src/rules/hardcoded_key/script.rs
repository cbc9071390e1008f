//! Keys that JavaScript hands to ciphers, tokens, sessions and databases as they stand in the program.

use super::in_test;
use crate::concept;
use crate::finding::{Confidence, Step};
use crate::rule::common::label;
use crate::rule::script::option;
use crate::rule::{Context, Findings, Report};
use crate::rules::hardcoded_secret::is_credential;
use crate::syntax::{Field, Kind, NodeId};
use crate::words::is_placeholder;

/// Checks a call or construction.
pub(super) fn check(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let path = context.callee(call);
    let key = match path {
        "crypto.createCipheriv"
        | "crypto.createDecipheriv"
        | "crypto.createCipher"
        | "crypto.createDecipher"
        | "crypto-js.AES.encrypt"
        | "crypto-js.AES.decrypt"
        | "crypto-js.DES.encrypt"
        | "crypto-js.TripleDES.encrypt"
        | "jwt-simple.encode"
        | "jwt-simple.decode"
        | "crypto-js.HmacSHA256"
        | "crypto-js.HmacSHA512"
        | "cookie-signature.sign"
        | "cookie-signature.unsign" => context.positional(call, 1),
        "jsonwebtoken.sign" | "jsonwebtoken.verify" | "crypto.createHmac" => context.positional(call, 1),
        "express-jwt" | "express-jwt.expressjwt" | "expressJwt" | "koa-jwt" | "expressjwt" => {
            option(context, call, "secret")
        }
        "cookie-parser" | "cookieParser" => context.positional(call, 0),
        "cookie-session" | "cookieSession" => option(context, call, "keys").and_then(|keys| {
            let list = context.value(keys);
            context.tree().children(list).next().filter(|_| context.kind(list) == Kind::List)
        }),
        "passport-jwt.Strategy" | "JwtStrategy" => option(context, call, "secretOrKey"),
        "jose.JWK.asKey" | "jose.JWT.sign" | "jose.JWT.verify" => {
            context.positional(call, usize::from(path != "jose.JWK.asKey"))
        }
        "express-session" | "session" => option(context, call, "secret"),
        _ => return database(context, call, found),
    };
    if let Some(key) = key {
        report(context, call, key, found);
    }
}

/// A password of a database, whatever it looks like.
fn database(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    if let Some(password) = crate::rules::empty_password::script::password(context, call) {
        report(context, call, password, found);
    }
}

fn report(context: &Context<'_>, call: NodeId, key: NodeId, found: &mut Findings) {
    let Some((value, text)) = literal(context, key, 0) else { return };
    if text.len() < 3 || is_placeholder(&text) || text.contains("-----BEGIN PUBLIC") || in_test(context, call) {
        return;
    }
    // Where the name or key of the literal says what it is, that has its own finding.
    if has_own_finding(context, call, value, &text) {
        return;
    }
    let step = |node: NodeId, note: &str| Step { span: context.tree().span(node), note: note.to_owned() };
    let trace = vec![step(value, "the key stands here"), step(call, "it is used as a key")];
    let message = "A cryptographic key or password is written into the source.";
    found.push(
        context,
        Report::issue(value, concept::HARDCODED_SECRET, message)
            .cwe(&[798, 321, 259, 287])
            .confidence(Confidence::Medium)
            .trace(trace),
    );
}

/// Whether what a literal is assigned to, stored under or passed as says that it is a credential.
fn has_own_finding(context: &Context<'_>, call: NodeId, value: NodeId, text: &str) -> bool {
    let tree = context.tree();
    let Some(above) = tree.parent(value) else { return false };
    let name = match context.kind(above) {
        Kind::Assign => tree.child(above, Field::Target).map(|target| label(context, target)),
        Kind::Pair => tree.child(above, Field::Key).map(|key| label(context, key)),
        Kind::Call if above == call && context.callee(call).starts_with("jsonwebtoken.") => Some("secret"),
        Kind::Call if above == call && context.callee(call) == "crypto.createHmac" => Some("secret"),
        _ => None,
    };
    name.is_some_and(|name| is_credential(name, text))
}

/// The literal that a key is: a text, `Buffer.from("…")`, `new TextEncoder().encode("…")`, also through a name.
fn literal(context: &Context<'_>, key: NodeId, depth: u32) -> Option<(NodeId, String)> {
    if depth > 4 {
        return None;
    }
    let value = context.value(key);
    match context.kind(value) {
        Kind::String => context.string(value).map(|text| (value, text.to_owned())),
        Kind::Call | Kind::New
            if matches!(
                context.callee(value),
                "Buffer.from" | "Buffer" | "crypto-js.enc.Utf8.parse" | "crypto.createSecretKey"
            ) || matches!(context.method(value), "encode" | "toString") =>
        {
            let inner =
                context.positional(value, 0).filter(|&inner| context.kind(context.value(inner)) != Kind::Number)?;
            literal(context, inner, depth + 1)
        }
        _ => None,
    }
}
