//! XML parsers and transformations of .NET whose settings load what a document refers to.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::common::used_later;
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};

/// Checks a name that a setting is given: `DtdProcessing.Parse`, `new XmlUrlResolver()`.
pub(super) fn setting(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let path = context.path(node);
    let message = if context.kind(node) == Kind::New {
        match context.callee(node).rsplit('.').next() {
            Some("XmlUrlResolver") => "XML is read with what it refers to.",
            _ => return,
        }
    } else if path.ends_with("DtdProcessing.Parse") {
        "XML is read with its document types."
    } else {
        return;
    };
    // What a comparison looks for sets nothing.
    if context.tree().parent(node).is_some_and(|above| matches!(context.kind(above), Kind::Compare | Kind::Case)) {
        return;
    }
    let trace = used_later(context, node, &["Create", "Load", "Transform", "Validate"], "XML is read with it here");
    let report = Report::issue(node, concept::XML_PARSER, message).severity(Severity::High);
    found.push(context, report.confidence(Confidence::Medium).trace(trace));
}

/// `ProhibitDtd = false`, `EnableScript = true`, `EnableDocumentFunction = true`.
pub(super) fn option(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let name = match context.kind(node) {
        Kind::Keyword => context.name(node),
        _ => tree.child(node, Field::Target).map_or("", |target| context.name(target)),
    };
    let Some(on) = tree.child(node, Field::Value).and_then(|value| context.truth(value)) else { return };
    let (message, cwe): (_, &'static [u16]) = match (name, on) {
        ("ProhibitDtd", false) => ("XML is read with its document types.", &[611, 776]),
        ("EnableScript", true) => ("A style sheet may run programs.", &[611, 94]),
        ("EnableDocumentFunction", true) => ("A style sheet may read other documents.", &[611, 918]),
        _ => return,
    };
    let report = Report::issue(node, concept::XML_PARSER, message).cwe(cwe).severity(Severity::Medium);
    found.push(context, report.confidence(Confidence::Medium));
}

/// `XsltSettings.TrustedXslt`, `new XsltSettings(true, true)`.
pub(super) fn trusted(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let risky = match context.kind(node) {
        Kind::New => {
            context.callee(node).ends_with("XsltSettings")
                && context.tree().positional(node).any(|on| context.truth(on) == Some(true))
        }
        _ => context.path(node).ends_with("XsltSettings.TrustedXslt"),
    };
    if risky {
        let message = "A style sheet may run programs and read other documents.";
        let report = Report::issue(node, concept::XML_PARSER, message).cwe(&[611, 94]).severity(Severity::Medium);
        found.push(context, report.confidence(Confidence::Medium));
    }
}
