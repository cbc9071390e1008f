//! Credentials in Go that are no assignment: keys of signatures and ciphers, and keys that a callback returns.

use super::{in_test, report};
use crate::concept;
use crate::finding::Confidence;
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};
use crate::words::is_placeholder;

/// Calls that take a key, and where it stands.
const KEYS: &[(&str, usize)] = &[
    ("crypto/hmac.New", 1),
    ("crypto/aes.NewCipher", 0),
    ("crypto/des.NewCipher", 0),
    ("crypto/rc4.NewCipher", 0),
    ("golang.org/x/crypto/chacha20poly1305.New", 0),
    ("github.com/gorilla/sessions.NewCookieStore", 0),
    ("github.com/gorilla/sessions.NewFilesystemStore", 1),
    ("github.com/gorilla/securecookie.New", 0),
    ("github.com/gorilla/csrf.Protect", 0),
    ("github.com/gin-contrib/sessions/cookie.NewStore", 0),
    ("github.com/boj/redistore.NewRediStore", 4),
    ("golang.org/x/crypto/ssh.Password", 0),
    ("net/smtp.PlainAuth", 2),
    ("net/smtp.CRAMMD5Auth", 1),
    ("net/http.Request.SetBasicAuth", 1),
    ("net/http.NewRequest.SetBasicAuth", 1),
    ("github.com/go-ldap/ldap.Conn.Bind", 1),
    ("github.com/gin-contrib/sessions/redis.NewStore", 4),
    ("github.com/golang-jwt/jwt.SigningMethodHS256.Sign", 1),
    ("github.com/stripe/stripe-go.Key", 0),
    ("github.com/aws/aws-sdk-go/aws/credentials.NewStaticCredentials", 1),
    ("github.com/aws/aws-sdk-go-v2/credentials.NewStaticCredentialsProvider", 1),
];
/// Packages of signed tokens and their like.
const SIGNERS: &[&str] = &["jwt", "jose", "cristal", "iris/v12/middleware", "kataras", "paseto", "jws", "securecookie"];
/// Functions of those that take a key.
const SIGNING: &[&str] = &[
    "SignedString",
    "NewSigner",
    "NewSignerHS",
    "NewVerifierHS",
    "NewHS256",
    "NewHS384",
    "NewHS512",
    "NewHMAC",
    "Sign",
    "SignEncrypted",
    "SignEncryptedWithHeader",
    "SignWithHeader",
    "Register",
    "Claims",
    "Verify",
    "Encode",
    "New",
    "Signed",
    "HMACKey",
];

/// Checks a call.
pub(super) fn call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let path = context.callee(call);
    if let Some(&(_, at)) = KEYS.iter().find(|(known, _)| *known == path) {
        let keys = context.tree().children_in(call, Field::Argument).skip(at);
        for key in keys.take(if path.contains("gorilla/sessions") { 8 } else { 1 }) {
            literal_key(context, key, key, found);
        }
        return;
    }
    let name = path.rsplit('.').next().unwrap_or_default();
    let signs = SIGNING.contains(&name) && (SIGNERS.iter().any(|part| path.contains(part)) || name == "SignedString");
    if signs {
        let key = context.tree().positional(call).find(|&part| {
            // The name of a method of signing is text as well.
            literal(context, part).is_some() && context.kind(context.value(part)) != Kind::String
                || name == "Sign" && literal(context, part).is_some()
        });
        if let Some(key) = key {
            literal_key(context, call, key, found);
        }
    }
}

/// `Key: []byte("…")` of a token's middleware.
pub(super) fn option(context: &Context<'_>, keyword: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let Some(value) = tree.child(keyword, Field::Value) else { return };
    let owner = tree.parent(keyword).map(|literal| context.callee(literal)).unwrap_or_default();
    let signs = SIGNERS.iter().any(|part| owner.contains(part));
    if signs && matches!(context.name(keyword), "Key" | "SigningKey" | "SecretKey" | "Secret" | "SigningMethodKey") {
        literal_key(context, keyword, value, found);
    } else {
        report(context, context.name(keyword), value, found);
    }
}

/// `return []byte("…"), nil` of the function that gives a parser of tokens its key.
pub(super) fn returned(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let scope = tree.scope(node);
    let gives_key = tree.children_in(scope, Field::Parameter).any(|parameter| {
        tree.child(parameter, Field::Type).is_some_and(|kind| context.source(kind).ends_with("jwt.Token"))
    });
    let Some(value) = tree.child(node, Field::Value).filter(|_| gives_key) else { return };
    let first = if context.kind(value) == Kind::Tuple { tree.children(value).next() } else { Some(value) };
    if let Some(first) = first {
        literal_key(context, node, first, found);
    }
}

/// The constant text of a key.
fn literal<'c>(context: &'c Context<'_>, key: NodeId) -> Option<&'c str> {
    let text = context.string(key).or_else(|| context.string(context.value(key)))?;
    (text.len() >= 4 && !is_placeholder(text)).then_some(text)
}

fn literal_key(context: &Context<'_>, node: NodeId, key: NodeId, found: &mut Findings) {
    if literal(context, key).is_none() || in_test(context, node) {
        return;
    }
    let message = "A cryptographic key stands in the source.";
    let report = Report::issue(node, concept::HARDCODED_SECRET, message).cwe(&[321, 798]);
    found.push(context, report.confidence(Confidence::Medium));
}
