//! XML in C and C++: libxml2 and Xerces.

use crate::concept;
use crate::finding::Confidence;
use crate::rule::c::{arguments, library};
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};

/// Functions of libxml2 and the place of their options.
const LIBXML: &[(&str, usize)] = &[
    ("xmlReadFile", 2),
    ("xmlReadFd", 3),
    ("xmlReadMemory", 4),
    ("xmlReadDoc", 3),
    ("xmlReadIO", 5),
    ("xmlCtxtReadFile", 3),
    ("xmlCtxtReadFd", 4),
    ("xmlCtxtReadMemory", 5),
    ("xmlCtxtReadDoc", 4),
    ("xmlCtxtReadIO", 6),
    ("xmlCtxtUseOptions", 1),
    ("xmlParseInNodeContext", 3),
    ("xmlReaderForFile", 2),
    ("xmlReaderForMemory", 4),
    ("xmlReaderForDoc", 3),
    ("xmlReaderForFd", 3),
];

/// Parsers of Xerces.
const XERCES: &[&str] = &["XercesDOMParser", "SAXParser", "DOMLSParser", "SAX2XMLReader"];

/// Checks a call.
pub(super) fn check(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let name = library(context, call);
    if let Some(&(_, at)) = LIBXML.iter().find(|(known, _)| *known == name) {
        let given = arguments(context, call);
        let Some(&options) = given.get(at) else { return };
        let text = context.source(options);
        let value = context.source(context.value(options));
        let holds = |word: &str| text.contains(word) || value.contains(word);
        let number = context.integer(options).unwrap_or(0);
        if holds("XML_PARSE_NOENT") || holds("XML_PARSE_DTDLOAD") || holds("XML_PARSE_DTDATTR") || number & 0b1110 != 0
        {
            let message = "The parser is told to load and replace external entities.";
            found.push(context, Report::issue(call, concept::XML_PARSER, message));
        } else if !holds("XML_PARSE_NONET") && number & (1 << 11) == 0 {
            let message = "The parser may reach the network for what the document names: add XML_PARSE_NONET.";
            found.push(context, Report::audit(call, concept::XML_PARSER, message));
        }
        return;
    }
    if name == "xmlSubstituteEntitiesDefault"
        && context.positional(call, 0).and_then(|part| context.truth(part)) == Some(true)
    {
        let message = "Every parser is told to replace external entities.";
        return found.push(context, Report::issue(call, concept::XML_PARSER, message));
    }
    if context.method(call) != "parse" {
        return;
    }
    let Some(object) = context.object(call) else { return };
    let own = crate::rule::c::declared(context, object);
    let made = context.value(object);
    let class = own.as_ref().map(|own| own.kind).filter(|kind| *kind != "auto").unwrap_or_else(|| context.source(made));
    if !XERCES.iter().any(|parser| class.contains(parser)) {
        return;
    }
    let name = context.source(object);
    let tree = context.tree();
    let function = context.function(call).unwrap_or(NodeId::ROOT);
    let guarded =
        tree.subtree(function).take(4_000).filter(|&inner| inner < call && context.kind(inner) == Kind::Call).any(
            |inner| {
                context.object(inner).is_some_and(|object| context.source(object).starts_with(name))
                    && (matches!(
                        context.method(inner),
                        "setDisableDefaultEntityResolution"
                            | "setCreateEntityReferenceNodes"
                            | "setFeature"
                            | "setParameter"
                    ) || tree
                        .child(inner, Field::Callee)
                        .is_some_and(|callee| context.source(callee).ends_with("setSecurityManager")))
                    && context.tree().positional(inner).last().and_then(|part| context.truth(part)) != Some(false)
            },
        );
    if !guarded {
        let message = "The parser resolves external entities.";
        found.push(context, Report::issue(call, concept::XML_PARSER, message).confidence(Confidence::Medium));
    }
}
