//! CWE-613: sessions and tokens that stay valid for ever.

mod go;
mod java;

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::served::setting;
use crate::rule::{Context, Findings, Report, Rule, java, java_row, python, python_row};
use crate::rule::{go as golang, go_row};
use crate::syntax::{Field, Kind, NodeId};

pub(crate) const RULE: Rule = Rule {
    id: "session-expiry",
    cwe: &[613],
    severity: Severity::Low,
    summary: "A session or token stays valid for ever.",
    advice: "Give tokens an `exp` claim of minutes and sessions a lifetime of days, and check both.",
    rows: &[
        go_row(&[Kind::Call], go::call),
        go_row(&[Kind::Keyword, Kind::Assign], go::option),
        java_row(&[Kind::Call], java::check),
        python_row(&[Kind::Call], check_token),
        python_row(&[Kind::Assign, Kind::Keyword, Kind::Pair], check_setting),
    ],
    bad: &[
        golang(
            "package p\nimport \"github.com/golang-jwt/jwt/v5\"\nfunc issue(user string, key []byte) (string, error) {\n\tt := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{\"sub\": user})\n\treturn t.SignedString(key)\n}\n",
        ),
        golang(
            "package p\nimport \"github.com/golang-jwt/jwt/v5\"\nfunc read(text string, find jwt.Keyfunc) (*jwt.Token, error) {\n\treturn jwt.Parse(text, find, jwt.WithoutClaimsValidation())\n}\n",
        ),
        java(
            "import io.jsonwebtoken.*;\nclass A { String f(String user, java.security.Key key) { return Jwts.builder().setSubject(user).signWith(key).compact(); } }\n",
        ),
        java(
            "import javax.servlet.http.*;\nclass A { void f(HttpServletRequest r) { HttpSession s = r.getSession(); s.setMaxInactiveInterval(-1); } }\n",
        ),
        python("import jwt\ndef make(user, key):\n    return jwt.encode({'sub': user}, key, algorithm='HS256')\n"),
        python(
            "import jwt\ndef read(token, key):\n    return jwt.decode(token, key, algorithms=['HS256'], options={'verify_exp': False})\n",
        ),
        python("from datetime import timedelta\napp.config['PERMANENT_SESSION_LIFETIME'] = timedelta(days=3650)\n"),
        python("SESSION_COOKIE_AGE = 60 * 60 * 24 * 365\n"),
    ],
    good: &[
        golang(
            "package p\nimport (\"time\"; \"github.com/golang-jwt/jwt/v5\")\nfunc issue(user string, key []byte) (string, error) {\n\tclaims := jwt.MapClaims{\"sub\": user}\n\tclaims[\"exp\"] = time.Now().Add(time.Hour).Unix()\n\treturn jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString(key)\n}\n",
        ),
        golang(
            "package p\nimport \"github.com/golang-jwt/jwt/v5\"\nfunc issue(claims jwt.Claims, key []byte) (string, error) {\n\treturn jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString(key)\n}\n",
        ),
        java(
            "import io.jsonwebtoken.*;\nclass A { String f(String user, java.security.Key key, java.util.Date end) { return Jwts.builder().setSubject(user).setExpiration(end).signWith(key).compact(); } }\n",
        ),
        java(
            "import javax.servlet.http.*;\nclass A { void f(HttpServletRequest r) { HttpSession s = r.getSession(); s.setMaxInactiveInterval(1800); } }\n",
        ),
        python(
            "import jwt\ndef make(user, key, end):\n    claims = {'sub': user, 'exp': end}\n    return jwt.encode(claims, key, algorithm='HS256')\n",
        ),
        python(
            "import jwt\ndef make(user, key, end):\n    claims = {'sub': user}\n    claims['exp'] = end\n    return jwt.encode(claims, key, algorithm='HS256')\n",
        ),
        python("import jwt\ndef make(claims, key):\n    return jwt.encode(claims, key, algorithm='HS256')\n"),
        python("from datetime import timedelta\napp.config['PERMANENT_SESSION_LIFETIME'] = timedelta(hours=2)\n"),
    ],
};

/// Days beyond which a session is as good as for ever.
const MOST_DAYS: i64 = 120;

fn report(context: &Context<'_>, node: NodeId, message: &'static str, severity: Severity, found: &mut Findings) {
    let report = Report::issue(node, concept::SESSION_EXPIRY, message);
    found.push(context, report.severity(severity).confidence(Confidence::Medium));
}

fn check_token(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    match context.callee(call) {
        "jwt.encode" | "jose.jwt.encode" | "jwt.PyJWT.encode" => {
            let Some(claims) = context.positional(call, 0).or_else(|| context.keyword(call, "payload")) else { return };
            let value = context.value(claims);
            if context.kind(value) != Kind::Dict || has_expiry(context, claims, value) {
                return;
            }
            report(context, call, "The token never expires.", Severity::Low, found);
        }
        "jwt.decode" | "jose.jwt.decode" | "jwt.PyJWT.decode" => {
            let options = context.keyword(call, "options").map(|options| context.value(options));
            let entry = options.and_then(|options| context.entry(options, "verify_exp"));
            if entry.is_some_and(|value| context.truth(value) == Some(false)) {
                report(context, call, "Tokens are taken that have expired.", Severity::Medium, found);
            }
        }
        _ => {}
    }
}

/// Whether the claims are given an expiry, in place or later.
fn has_expiry(context: &Context<'_>, claims: NodeId, dict: NodeId) -> bool {
    let tree = context.tree();
    let inside = tree.children(dict).take(60).any(|pair| match context.kind(pair) {
        Kind::Spread => true,
        _ => tree.child(pair, Field::Key).is_none_or(|key| context.string(key).is_none_or(|key| key == "exp")),
    });
    let name = context.source(claims);
    inside
        || context.kind(claims) == Kind::Name
            && tree.subtree(tree.scope(claims)).take(3_000).any(|node| match context.kind(node) {
                Kind::Subscript => {
                    tree.child(node, Field::Object).is_some_and(|object| context.source(object) == name)
                        && tree.child(node, Field::Index).and_then(|index| context.string(index)) == Some("exp")
                }
                Kind::Call => {
                    context.method(node) == "update"
                        && context.object(node).is_some_and(|object| context.source(object) == name)
                }
                _ => false,
            })
}

fn check_setting(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let Some((name, value)) = setting(context, node) else { return };
    let days = match name {
        "PERMANENT_SESSION_LIFETIME"
        | "JWT_ACCESS_TOKEN_EXPIRES"
        | "SESSION_COOKIE_AGE"
        | "permanent_session_lifetime" => {
            if name.starts_with("JWT") && context.truth(value) == Some(false) {
                return report(context, value, "Tokens never expire.", Severity::Medium, found);
            }
            match context.kind(value) {
                Kind::Call if context.callee(value).ends_with("timedelta") => {
                    let days = context.argument(value, 0, "days").and_then(|days| context.integer(days));
                    days.or_else(|| {
                        context.keyword(value, "weeks").and_then(|weeks| context.integer(weeks)).map(|weeks| weeks * 7)
                    })
                }
                _ => context.integer(value).map(|seconds| seconds / 86_400),
            }
        }
        _ => None,
    };
    if days.is_some_and(|days| days > MOST_DAYS) {
        report(context, value, "Sessions stay valid for months.", Severity::Low, found);
    }
}
