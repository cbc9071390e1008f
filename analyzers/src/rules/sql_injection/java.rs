//! Queries that stand in annotations of Java.

use crate::concept;
use crate::finding::Confidence;
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Kind, NodeId};

/// `@Select("… ${name}")` of MyBatis: the text is put into the query as it is, where `#{name}` is a parameter.
pub(super) fn mapped(context: &Context<'_>, mark: NodeId, found: &mut Findings) {
    let text = context.source(mark);
    if !["@Select(", "@Update(", "@Insert(", "@Delete("].iter().any(|head| text.starts_with(head)) {
        return;
    }
    let tree = context.tree();
    let mut texts = tree.subtree(mark).take(60).filter(|&part| context.kind(part) == Kind::String);
    if texts.any(|part| context.string(part).is_some_and(|text| text.contains("${"))) {
        let message = "A parameter is put into the text of a query as it is.";
        let report = Report::issue(mark, concept::SQL_STRING, message).cwe(&[89]);
        found.push(context, report.confidence(Confidence::Medium));
    }
}
