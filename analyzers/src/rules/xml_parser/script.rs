//! XML parsers of JavaScript that resolve entities.

use crate::concept;
use crate::finding::Confidence;
use crate::rule::script::option;
use crate::rule::{Context, Findings, Report};
use crate::syntax::NodeId;

/// Parsers that resolve entities when told so.
const PARSERS: &[&str] = &["parseXml", "parseXmlString", "parseXmlAsync", "fromXml", "parseHtmlString"];

/// Checks a call.
pub(super) fn check(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let path = context.callee(call);
    let named = PARSERS.contains(&context.method(call)) && path.starts_with("libxml");
    let told = named
        && ["noent", "replaceEntities", "dtdload"]
            .iter()
            .any(|name| option(context, call, name).is_some_and(|value| context.truth(value) == Some(true)));
    // These resolve them without being told.
    let always = matches!(
        path,
        "libxmljs.SaxParser.parseString"
            | "libxmljs.SaxPushParser.push"
            | "node-expat.Parser.parse"
            | "node-expat.Parser.write"
    ) || context.method(call) == "loadXML"
        && context.object(call).is_some_and(|object| context.source(context.value(object)).contains("ActiveXObject"));
    let constant = context.positional(call, 0).is_none_or(|text| context.is_constant(text));
    if (told || always) && !constant {
        let report = Report::issue(call, concept::XML_PARSER, "XML is read by a parser that resolves entities.");
        found.push(context, report.confidence(Confidence::Medium));
    }
}
