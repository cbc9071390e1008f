//! CWE-208: secrets compared byte by byte, so that the time says how far they agree.

mod go;
mod java;

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::graph::dfg::Value;
use crate::rule::{Context, Findings, Report, Rule, java, java_row, javascript, javascript_row, python, python_row};
use crate::rule::{go as golang, go_row};
use crate::syntax::{Field, Kind, NodeId};

mod script;

pub(crate) const RULE: Rule = Rule {
    id: "timing-comparison",
    cwe: &[208],
    severity: Severity::Medium,
    summary: "A signature is compared by `==`, whose time says how much of it is right.",
    advice: "Compare with `hmac.compare_digest`.",
    rows: &[
        go_row(&[Kind::Compare, Kind::Call], go::compare),
        python_row(&[Kind::Compare], python_compare),
        java_row(&[Kind::Call], java::call),
        javascript_row(&[Kind::Compare], script::check),
    ],
    bad: &[
        golang(
            "package p\nimport (\"crypto/hmac\"; \"crypto/sha256\"; \"encoding/hex\")\nfunc verify(key, m []byte, s string) bool {\n\th := hmac.New(sha256.New, key)\n\th.Write(m)\n\treturn hex.EncodeToString(h.Sum(nil)) == s\n}\n",
        ),
        golang(
            "package p\nimport (\"net/http\")\nfunc f(w http.ResponseWriter, r *http.Request) {\n\tif r.Header.Get(\"X-Token\") != apiSecret { return }\n}\n",
        ),
        java(
            "import java.util.Arrays;\nimport javax.crypto.Mac;\nclass A { boolean f(Mac mac, byte[] m, byte[] s) { byte[] own = mac.doFinal(m); return Arrays.equals(own, s); } }\n",
        ),
        python(
            "from flask import request\nAPI_KEY = load()\n@app.get('/x')\ndef x():\n    if request.headers.get('X-Key') != API_KEY:\n        return '', 403\n    return 'ok'\n",
        ),
        python("import hmac\ndef verify(k, m, s):\n    return hmac.new(k, m, 'sha256').hexdigest() == s\n"),
        python(
            "import hmac\ndef sign(k, m, a):\n    return hmac.new(k, m, a).digest()\ndef verify(m, s):\n    own = sign(KEY, m, 'sha256')\n    if own == s:\n        return True\n",
        ),
        python(
            "import hmac\ndef verify(k, m, s):\n    h = hmac.new(k, digestmod='sha256')\n    h.update(m)\n    return s != h.hexdigest()\n",
        ),
        javascript(
            "const crypto = require('crypto');\nfunction ok(key, body, given) { return crypto.createHmac('sha256', key).update(body).digest('hex') === given; }\n",
        ),
    ],
    good: &[
        golang(
            "package p\nimport (\"crypto/hmac\"; \"crypto/sha256\")\nfunc verify(key, m, s []byte) bool {\n\th := hmac.New(sha256.New, key)\n\th.Write(m)\n\treturn hmac.Equal(h.Sum(nil), s)\n}\n",
        ),
        golang(
            "package p\nimport (\"net/http\"; \"crypto/subtle\")\nfunc f(w http.ResponseWriter, r *http.Request) {\n\tif subtle.ConstantTimeCompare([]byte(r.Header.Get(\"X-Token\")), []byte(apiSecret)) != 1 { return }\n}\n",
        ),
        golang(
            "package p\nimport (\"net/http\")\nfunc f(w http.ResponseWriter, r *http.Request) {\n\tif r.FormValue(\"token\") == \"\" { return }\n}\n",
        ),
        java(
            "import java.security.MessageDigest;\nimport javax.crypto.Mac;\nclass A { boolean f(Mac mac, byte[] m, byte[] s) { return MessageDigest.isEqual(mac.doFinal(m), s); } }\n",
        ),
        python(
            "import hmac\nfrom flask import request\nAPI_KEY = load()\n@app.get('/x')\ndef x():\n    if not hmac.compare_digest(request.headers.get('X-Key', ''), API_KEY):\n        return '', 403\n    return 'ok'\n",
        ),
        python(
            "import hmac\ndef verify(k, m, s):\n    return hmac.compare_digest(hmac.new(k, m, 'sha256').hexdigest(), s)\n",
        ),
        python(
            "import hashlib\ndef same(a, b):\n    return hashlib.sha256(a).digest() == hashlib.sha256(b).digest()\n",
        ),
        python("def f(a, b):\n    return a == b\n"),
        javascript(
            "const crypto = require('crypto');\nfunction ok(key, body, given) { const own = crypto.createHmac('sha256', key).update(body).digest(); return crypto.timingSafeEqual(own, given); }\n",
        ),
        javascript("function same(a, b) { return a === b; }\n"),
    ],
};

fn python_compare(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    if !matches!(context.name(node), "==" | "!=") {
        return;
    }
    let tree = context.tree();
    let sides = [Field::Left, Field::Right].map(|field| tree.child(node, field));
    if let [Some(left), Some(right)] = sides
        && [(left, right), (right, left)].into_iter().any(|(given, kept)| is_sent_secret(context, given, kept))
    {
        let message = "The time of this comparison says how much of the secret is right.";
        let report = Report::issue(node, concept::TIMING_COMPARE, message).severity(crate::finding::Severity::Low);
        return found.push(context, report.confidence(Confidence::Medium));
    }
    if sides.into_iter().flatten().any(|side| is_signature(context, side, 0)) {
        let message = "The time of this comparison says how much of the signature is right.";
        found.push(context, Report::issue(node, concept::TIMING_COMPARE, message).confidence(Confidence::High));
    }
}

/// Whether a value is the digest of an HMAC, made here or by a function of the unit.
fn is_signature(context: &Context<'_>, node: NodeId, depth: u32) -> bool {
    let value = context.value(made_as(context, node));
    if depth > 4 || context.kind(value) != Kind::Call {
        return false;
    }
    if matches!(context.callee(value), "hmac.new" | "hmac.HMAC" | "hmac.digest") {
        return true;
    }
    if matches!(context.method(value), "digest" | "hexdigest" | "decode" | "encode" | "hex")
        && context.object(value).is_some_and(|object| is_signature(context, object, depth + 1))
    {
        return true;
    }
    if matches!(context.callee(value), "base64.b64encode" | "base64.urlsafe_b64encode" | "binascii.hexlify" | "str") {
        return context.positional(value, 0).is_some_and(|inner| is_signature(context, inner, depth + 1));
    }
    let Some(function) = context.flow().data().called(value) else { return false };
    let mut returns = context.tree().subtree(function).take(2_000).filter(|&inner| context.kind(inner) == Kind::Return);
    returns.any(|inner| {
        context.tree().child(inner, Field::Value).is_some_and(|inner| is_signature(context, inner, depth + 1))
    })
}

/// The one value a name was given, whatever was fed into it later (`h.update(…)`).
fn made_as(context: &Context<'_>, node: NodeId) -> NodeId {
    if context.kind(node) != Kind::Name {
        return node;
    }
    let data = context.flow().data();
    let definitions = data.definitions_of(node);
    let mut values = definitions.iter().filter_map(|&at| match data.definitions[at as usize].value {
        Value::Expression(value) => Some(value),
        _ => None,
    });
    match (values.next(), values.next()) {
        (Some(only), None) => only,
        _ => node,
    }
}

/// A key or token from a request beside one that the program keeps: `request.headers["X-Key"] == API_KEY`.
fn is_sent_secret(context: &Context<'_>, given: NodeId, kept: NodeId) -> bool {
    use crate::taint::{Purposes, Source};
    use crate::words::names_secret;
    let secret = match context.kind(kept) {
        Kind::Name | Kind::Attribute => {
            let name = context.name(kept);
            names_secret(name) && !crate::words::names_password(name)
        }
        Kind::Subscript | Kind::Call => {
            context.path(kept).starts_with("os.environ")
                || matches!(context.callee(kept), "os.getenv" | "os.environ.get")
        }
        _ => false,
    };
    secret
        && context.tainted(given, Purposes::CODE).is_some_and(|taint| taint.origin.source == Source::Request)
        && context.tainted(kept, Purposes::CODE).is_none_or(|taint| taint.origin.source < Source::Network)
}
