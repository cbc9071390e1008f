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
        sink(Php, &["unserialize", "yaml_parse", "igbinary_unserialize"], At::Nth(0)),
        sink(
            Ruby,
            &[
                "Marshal.load",
                "Marshal.restore",
                "YAML.load",
                "YAML.unsafe_load",
                "YAML.load_file",
                "Psych.load",
                "Psych.unsafe_load",
                "Oj.load",
                "Oj.object_load",
                "Ox.parse_obj",
                "Hash.from_trusted_xml",
            ],
            At::Nth(0),
        ),
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
