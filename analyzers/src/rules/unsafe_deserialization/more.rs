//! Deserialisers in PHP and Ruby: sinks as data.

use crate::concept;
use crate::lang::Language::{Php, Ruby};
use crate::rule::listed::{At, Sinks, sink};
use crate::rule::{Context, Findings};
use crate::syntax::NodeId;
use crate::taint::Purposes;

static SINKS: Sinks = Sinks::new(
    Purposes::DATA,
    concept::PICKLE_LOAD,
    "Objects are built from",
    &[
        sink(Php, "unserialize", At::Nth(0)),
        sink(Php, "yaml_parse", At::Nth(0)),
        sink(Php, "igbinary_unserialize", At::Nth(0)),
        sink(Ruby, "Marshal.load", At::Nth(0)),
        sink(Ruby, "Marshal.restore", At::Nth(0)),
        sink(Ruby, "YAML.load", At::Nth(0)),
        sink(Ruby, "YAML.unsafe_load", At::Nth(0)),
        sink(Ruby, "YAML.load_file", At::Nth(0)),
        sink(Ruby, "Psych.load", At::Nth(0)),
        sink(Ruby, "Psych.unsafe_load", At::Nth(0)),
        sink(Ruby, "Oj.load", At::Nth(0)),
        sink(Ruby, "Oj.object_load", At::Nth(0)),
        sink(Ruby, "Ox.parse_obj", At::Nth(0)),
        sink(Ruby, "Hash.from_trusted_xml", At::Nth(0)),
    ],
);
/// Checks a call, a creation or an assignment.
pub(super) fn check(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    // `Oj.load(text, mode: :strict)`
    let mode = context.keyword(node, "mode").map_or("", |mode| context.source(mode));
    if matches!(mode, ":strict" | ":compat" | ":json" | ":null" | ":rails") {
        return;
    }
    SINKS.check(context, node, found);
}
