//! CWE-347: signatures of tokens and messages that nobody checks.

mod java;
mod more;

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::lang::Language;
use crate::rule::{
    Context, Findings, Report, Rule, example, java, java_row, javascript, javascript_row, python, python_row, row,
};
use crate::rule::{go as golang, go_row};
use crate::syntax::{Kind, NodeId};

mod script;

pub(crate) const RULE: Rule = Rule {
    id: "token-verification",
    cwe: &[347],
    severity: Severity::High,
    summary: "A token is accepted without checking its signature.",
    advice: "Decode with the key and a fixed list of algorithms, and leave signature checks on.",
    rows: &[
        go_row(&[Kind::Call], go_call),
        go_row(&[Kind::Attribute], go_name),
        python_row(&[Kind::Call], python_call),
        javascript_row(&[Kind::Call], script::check),
        java_row(&[Kind::Call], java::call),
        row(&[Language::Php, Language::CSharp, Language::Ruby, Language::Rust], &[Kind::Call], more::call),
        row(&[Language::CSharp], &[Kind::Keyword, Kind::Assign], more::option),
    ],
    bad: &[
        example(Language::Ruby, "def f(t)\n  JWT.decode(t, nil, false)\nend\n"),
        example(Language::Ruby, "def f(t, k)\n  JWT.decode(t, k, true, algorithm: 'none')\nend\n"),
        example(Language::Php, "<?php\n$user = JWT::decode($t, $key, array('none'));\n"),
        example(
            Language::CSharp,
            "class A { object F(string t) { IJwtDecoder decoder = G(); return decoder.Decode(t); } }\n",
        ),
        example(
            Language::CSharp,
            "class A { object F() { return new TokenValidationParameters { ValidateIssuerSigningKey = false }; } }\n",
        ),
        example(
            Language::CSharp,
            "class A { void F(JwtBearerOptions o) { o.TokenValidationParameters.ValidateLifetime = false; } }\n",
        ),
        example(Language::Rust, "fn f(v: &mut Validation) { v.insecure_disable_signature_validation(); }\n"),
        golang(
            "package p\nimport (\"github.com/golang-jwt/jwt/v5\")\nfunc f() {\n\tp := jwt.NewParser()\n\tt, _, err := p.ParseUnverified(text, claims)\n\t_, _ = t, err\n}\n",
        ),
        golang(
            "package p\nimport (\"github.com/golang-jwt/jwt/v5\")\nfunc f() {\n\tt := jwt.NewWithClaims(jwt.SigningMethodNone, claims)\n\ts, err := t.SignedString(jwt.UnsafeAllowNoneSignatureType)\n\t_, _ = s, err\n}\n",
        ),
        java(
            "import io.jsonwebtoken.*;\nclass A { Object f(String t, String k) { return Jwts.parser().setSigningKey(k).parse(t); } }\n",
        ),
        python("import jwt\ndef f(t, k):\n    return jwt.decode(t, k, options={'verify_signature': False})\n"),
        python("import jwt\ndef f(t):\n    return jwt.decode(t, verify=False)\n"),
        python("import jwt\ndef f(t, k):\n    return jwt.decode(t, k, algorithms=['none'])\n"),
        python(
            "from jose import jwt\ndef f(t, k):\n    o = dict(verify_signature=False)\n    return jwt.decode(t, k, options=o)\n",
        ),
        python("from jose import jwt\ndef f(t):\n    return jwt.get_unverified_claims(t)\n"),
        python("import jwt\ndef f(p):\n    return jwt.encode(p, None, algorithm='none')\n"),
        javascript(
            "const jwt = require('jsonwebtoken');\nconst user = jwt.verify(token, key, { algorithms: ['HS256', 'none'] });\n",
        ),
        javascript("const jwt = require('jsonwebtoken');\nconst user = jwt.decode(token);\n"),
        javascript("const jwt = require('jwt-simple');\nconst user = jwt.decode(token, key, true);\n"),
    ],
    good: &[
        example(Language::Ruby, "def f(t, k)\n  JWT.decode(t, k, true, algorithm: 'HS256')\nend\n"),
        example(Language::Php, "<?php\n$user = JWT::decode($t, new Key($key, 'HS256'));\n"),
        example(
            Language::CSharp,
            "class A { object F(string t, string k) { IJwtDecoder decoder = G(); return decoder.Decode(t, k, verify: true); } }\n",
        ),
        example(
            Language::CSharp,
            "class A { object F() { return new TokenValidationParameters { ValidateIssuerSigningKey = true }; } }\n",
        ),
        example(
            Language::Rust,
            "fn f(t: &str, k: &DecodingKey) { decode::<Claims>(t, k, &Validation::new(Algorithm::HS256)); }\n",
        ),
        golang(
            "package p\nimport (\"github.com/golang-jwt/jwt/v5\")\nfunc f() {\n\tt, err := jwt.Parse(text, key, jwt.WithValidMethods([]string{\"HS256\"}))\n\t_, _ = t, err\n}\n",
        ),
        java(
            "import io.jsonwebtoken.*;\nclass A { Object f(String t, String k) { return Jwts.parser().setSigningKey(k).parseClaimsJws(t).getBody(); } }\n",
        ),
        python("import jwt\ndef f(t, k):\n    return jwt.decode(t, k, algorithms=['HS256'])\n"),
        python(
            "import jwt\ndef f(t, k):\n    return jwt.decode(t, k, algorithms=['HS256'], options={'verify_aud': False})\n",
        ),
        python("def f(data):\n    return data.decode(verify=False)\n"),
        javascript(
            "const jwt = require('jsonwebtoken');\nconst user = jwt.verify(token, key, { algorithms: ['HS256'] });\n",
        ),
        javascript("const jwt = require('jwt-simple');\nconst user = jwt.decode(token, key);\n"),
    ],
};

fn python_call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    match context.callee(call) {
        "jwt.decode" | "jose.jwt.decode" | "jwt.PyJWT.decode" | "authlib.jose.jwt.decode" | "jwt.api_jwt.decode" => {
            let options = context.keyword(call, "options").map(|options| context.value(options));
            let entry = options.and_then(|options| context.entry(options, "verify_signature"));
            let unchecked =
                entry.is_some_and(|value| context.truth(value) == Some(false)) || context.is_off(call, "verify");
            if unchecked || context.keyword(call, "algorithms").is_some_and(|list| allows_none(context, list)) {
                found
                    .push(context, Report::issue(call, concept::TOKEN_VERIFY, "The token's signature is not checked."));
            }
        }
        "jose.jwt.get_unverified_claims" | "jose.jws.get_unverified_claims" => {
            let report =
                Report::issue(call, concept::TOKEN_VERIFY, "Claims are read from a token that nobody checked.");
            found.push(context, report.severity(Severity::Medium).confidence(Confidence::Medium));
        }
        "jwt.encode" | "jose.jwt.encode" => {
            let algorithm = context.argument(call, 2, "algorithm");
            if algorithm.and_then(|name| context.string(name)).is_some_and(|name| name.eq_ignore_ascii_case("none")) {
                found.push(
                    context,
                    Report::issue(call, concept::TOKEN_VERIFY, "The token is made without a signature."),
                );
            }
        }
        _ => {}
    }
}

fn allows_none(context: &Context<'_>, list: NodeId) -> bool {
    let list = context.value(list);
    std::iter::once(list)
        .chain(context.tree().children(list).take(20))
        .any(|part| context.string(part).is_some_and(|name| name.eq_ignore_ascii_case("none")))
}

fn go_call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    if matches!(context.method(call), "ParseUnverified" | "UnsafeClaimsWithoutVerification") {
        let report = Report::issue(call, concept::TOKEN_VERIFY, "Claims are read from a token that nobody checked.");
        found.push(context, report.confidence(Confidence::Medium));
    }
}

fn go_name(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    if matches!(context.name(node), "UnsafeAllowNoneSignatureType" | "SigningMethodNone")
        && context.path(node).contains("jwt")
    {
        found.push(context, Report::issue(node, concept::TOKEN_VERIFY, "The token is made without a signature."));
    }
}
