//! Generators in C and C++: rand and its relatives.

use crate::concept;
use crate::finding::Confidence;
use crate::rule::c::library;
use crate::rule::common::purpose;
use crate::rule::{Context, Findings, Report};
use crate::syntax::NodeId;
use crate::words::names_unguessable;

const GENERATORS: &[&str] = &[
    "rand",
    "rand_r",
    "random",
    "random_r",
    "drand48",
    "erand48",
    "lrand48",
    "nrand48",
    "mrand48",
    "jrand48",
    "srand",
    "srandom",
    "srand48",
    "RAND_pseudo_bytes",
    "g_random_int",
    "g_random_int_range",
    "g_rand_int",
    "qrand",
];

/// Checks a call.
pub(super) fn check(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let name = library(context, call);
    let by_method = !GENERATORS.contains(&name) && matches!(context.method(call), "rand" | "random");
    if !(GENERATORS.contains(&name) || by_method) {
        return;
    }
    let seeds = name.starts_with("srand");
    if !by_method && !seeds && purpose(context, call).iter().any(|name| names_unguessable(name)) {
        let message = "A predictable generator makes a value that must not be guessed.";
        let report = Report::issue(call, concept::INSECURE_RANDOM, message).confidence(Confidence::Medium);
        return found.push(context, report);
    }
    let message = if seeds { "What follows can be computed from the seed." } else { "The generator is predictable." };
    found.push(context, Report::audit(call, concept::INSECURE_RANDOM, message).cwe(&[338, 330, 335]));
}
