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
                "JSON.load",
                "JSON.restore",
                "JSON.unsafe_load",
                "Ox.load",
                "Psych.unsafe_load_file",
                "Psych.load_file",
                "Psych.load_stream",
                "YAML.load_stream",
                "YAML.unsafe_load_file",
                "Plist.parse_xml",
                "ActiveJob.Serializers.deserialize",
                "ActiveJob.Arguments.deserialize",
                "PStore.new",
                "YAML.Store.new",
                "Sidekiq.load_json",
            ],
            At::Nth(0),
        ),
        sink(Ruby, &[".to_ruby"], At::Object),
    ],
);
/// Whether the object of a call is what `YAML.parse` gives.
fn parses(context: &Context<'_>, call: NodeId) -> bool {
    let Some(object) = context.object(call).map(|object| context.value(object)) else { return false };
    ["YAML.parse", "Psych.parse", "YAML.parse_file", "Psych.parse_file", "YAML.parse_stream", "Psych.parse_stream"]
        .contains(&context.callee(object))
}

/// Checks a call, a creation or an assignment.
pub(super) fn check(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let path = context.callee(node);
    // `Oj.load(text, mode: :strict)`
    let mode = context.keyword(node, "mode").map_or("", |mode| context.source(mode));
    // `unserialize($text, ['allowed_classes' => false])`
    let no_class = context.positional(node, 1).is_some_and(|options| {
        let allowed = context.entry(context.value(options), "allowed_classes");
        allowed.is_some_and(|allowed| context.truth(allowed) != Some(true))
    });
    let plain = no_class
        || matches!(mode, ":strict" | ":compat" | ":json" | ":null" | ":rails" | ":generic" | ":hash")
        || path == "Ox.load" && mode != ":object"
        || path == "Plist.parse_xml" && context.is_off(node, "marshal");
    // Tokens that are parsed without classes: `YAML.parse(text).to_ruby` alone makes objects.
    let tree_of = context.method(node) == "to_ruby" && !parses(context, node);
    if plain || tree_of {
        return;
    }
    SINKS.check(context, node, found);
}
