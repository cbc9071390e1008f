//! Sessions and tokens of Java that stay valid for ever.

use super::{MOST_DAYS, report};
use crate::finding::Severity;
use crate::rule::{Context, Findings};
use crate::syntax::NodeId;

/// Makers of tokens: how the chain starts, the method that ends it, and what in the code gives an end or claims that
/// may hold one.
const TOKENS: &[(&str, &str, &[&str])] = &[
    ("Jwts.builder(", "compact", &["xpiration(", "laims(", "\"exp\"", "EXPIRATION", "content(", "setPayload("]),
    ("JWT.create(", "sign", &["withExpiresAt(", "withPayload(", "\"exp\""]),
];

/// Checks a call.
pub(super) fn check(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let method = context.method(call);
    if method == "setMaxInactiveInterval" {
        let seconds = context.positional(call, 0).and_then(|seconds| context.integer(seconds));
        match seconds {
            Some(seconds) if seconds <= 0 => report(context, call, "The session never ends.", Severity::Low, found),
            Some(seconds) if seconds / 86_400 > MOST_DAYS => {
                report(context, call, "Sessions stay valid for months.", Severity::Low, found);
            }
            _ => {}
        }
        return;
    }
    let Some((start, _, ends)) = TOKENS.iter().find(|(_, end, _)| *end == method) else { return };
    let chain = context.source(call);
    if chain.starts_with(start) && !ends.iter().any(|end| chain.contains(end)) {
        report(context, call, "The token never expires.", Severity::Low, found);
    }
}
