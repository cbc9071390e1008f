//! Bindings of libxml2 in Go that are told to expand entities; the standard library reads none.

use crate::concept;
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Kind, NodeId};

/// Options that expand entities or load what a document names.
const EXPANDS: &[&str] = &[
    "XMLParseNoEnt",
    "XMLParseDTDLoad",
    "XMLParseDTDAttr",
    "XML_PARSE_NOENT",
    "XML_PARSE_DTDLOAD",
    "StrictParseOption",
];

/// `parser.New(parser.XMLParseNoEnt)`
pub(super) fn check(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let path = context.callee(call);
    if !path.contains("libxml2") && !path.contains("gokogiri") {
        return;
    }
    let tree = context.tree();
    let expands = tree.positional(call).take(8).any(|part| {
        tree.subtree(context.value(part))
            .take(30)
            .any(|option| context.kind(option) == Kind::Attribute && EXPANDS.contains(&context.name(option)))
    });
    if expands {
        found.push(context, Report::issue(call, concept::XML_PARSER, "XML is read by a parser that expands entities."));
    }
}
