//! Safe forms of Java's XML parsers: settings that keep entities out, as they are written.

use crate::program::Program;
use crate::resolve::Constant;
use crate::syntax::NodeId;
use crate::verify::witness::forms::{calls, name};

/// Settings that must be on, or off.
const ON: &[&str] = &["disallow-doctype-decl", "FEATURE_SECURE_PROCESSING", "feature/secure-processing"];
const OFF: &[&str] = &[
    "external-general-entities",
    "external-parameter-entities",
    "load-external-dtd",
    "SUPPORT_DTD",
    "IS_SUPPORTING_EXTERNAL_ENTITIES",
    "javax.xml.stream.supportDTD",
    "javax.xml.stream.isSupportingExternalEntities",
];
/// Settings that must be given nothing.
const EMPTY: &[&str] = &["ACCESS_EXTERNAL_DTD", "ACCESS_EXTERNAL_STYLESHEET", "ACCESS_EXTERNAL_SCHEMA"];

/// Whether the code at `root` sets one of them as it must be.
pub(super) fn is_hardened(program: &Program, root: NodeId) -> bool {
    let tree = &program.tree;
    calls(program, root).any(|call| {
        if name(program, call) == "setExpandEntityReferences" {
            return tree.positional(call).next().and_then(|on| program.names.constant(on))
                == Some(Constant::Bool(false));
        }
        if !matches!(name(program, call), "setFeature" | "setProperty" | "setAttribute") {
            return false;
        }
        let mut given = tree.positional(call);
        let (Some(key), Some(value)) = (given.next(), given.next()) else { return false };
        let key = program.names.text(key).unwrap_or_else(|| tree.text(key, &program.text));
        let says = |settings: &[&str]| settings.iter().any(|setting| key.ends_with(setting));
        match program.names.constant(value) {
            Some(Constant::Bool(on)) => says(if on { ON } else { OFF }),
            Some(Constant::Text(text)) => text.is_empty() && says(EMPTY),
            _ => tree.text(value, &program.text) == "Boolean.FALSE" && says(OFF),
        }
    })
}
