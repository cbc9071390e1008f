//! Old protocol versions in PHP, C#, Ruby and Rust: names as data.

use crate::concept;
use crate::finding::Confidence;
use crate::lang::Language;
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Kind, NodeId};

/// Names of old versions: what stands before the last point, and the last names.
const OLD: &[(Language, &str, &[&str])] = &[
    (Language::CSharp, "SecurityProtocolType", &["Ssl3", "Tls", "Tls11"]),
    (Language::CSharp, "SslProtocols", &["Ssl2", "Ssl3", "Tls", "Tls11", "Default"]),
    (Language::Ruby, "SSL", &["TLS1_VERSION", "TLS1_1_VERSION", "SSL3_VERSION", "SSL2_VERSION"]),
    (Language::Rust, "SslVersion", &["SSL3", "TLS1", "TLS1_1"]),
    (Language::Rust, "Version", &["TLS_1_0", "TLS_1_1"]),
    (Language::Rust, "Protocol", &["Sslv3", "Tlsv10", "Tlsv11"]),
];

/// Constants of PHP.
const CONSTANTS: &[&str] = &[
    "CURL_SSLVERSION_SSLv2",
    "CURL_SSLVERSION_SSLv3",
    "CURL_SSLVERSION_TLSv1_0",
    "CURL_SSLVERSION_TLSv1_1",
    "STREAM_CRYPTO_METHOD_SSLv2_CLIENT",
    "STREAM_CRYPTO_METHOD_SSLv3_CLIENT",
    "STREAM_CRYPTO_METHOD_SSLv23_CLIENT",
    "STREAM_CRYPTO_METHOD_TLSv1_0_CLIENT",
    "STREAM_CRYPTO_METHOD_TLSv1_1_CLIENT",
];

/// Checks a name.
pub(super) fn check(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let language = context.program().language;
    let path = context.path(node);
    let old = if context.kind(node) == Kind::Name {
        language == Language::Php && CONSTANTS.contains(&context.name(node))
    } else {
        path.rsplit_once('.').is_some_and(|(before, last)| {
            let before = before.rsplit('.').next().unwrap_or(before);
            OLD.iter().any(|(known, class, names)| *known == language && *class == before && names.contains(&last))
        })
    };
    // `protocols & ~SslProtocols.Tls` takes it out.
    let out = context.tree().ancestors(node).take(3).any(|above| {
        matches!(context.kind(above), Kind::Compare | Kind::Case)
            || context.kind(above) == Kind::Unary && context.name(above) == "~"
    });
    if old && !out {
        let message = "An old version of SSL or TLS is allowed.";
        found.push(context, Report::issue(node, concept::TLS_VERSION, message).confidence(Confidence::Medium));
    }
}
