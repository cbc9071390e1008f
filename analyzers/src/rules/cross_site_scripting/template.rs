//! Python: templates in the code that mark what they are given as safe.

use crate::concept;
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};
use crate::taint::Purposes;

/// `render_template_string("… {{ name|safe }} …", name=value)`, `Template("…").render(name=value)`
pub(super) fn call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let Some(template) = source(context, call).and_then(|source| context.string(source)) else { return };
    if !template.contains("safe") && !template.contains("autoescape") {
        return;
    }
    let tree = context.tree();
    let given = tree.children_in(call, Field::Argument).filter(|&part| tree.kind(part) == Kind::Keyword).take(40);
    for keyword in given {
        let Some(value) = tree.child(keyword, Field::Value) else { continue };
        if !is_raw(template, context.name(keyword)) {
            continue;
        }
        if let Some(taint) = context.tainted(value, Purposes::HTML) {
            let message = format!("A template marks {} as safe markup.", taint.source());
            let report = Report::issue(call, concept::MARK_SAFE, message);
            return found.push(context, report.confidence(taint.confidence).trace(taint.trace));
        }
    }
}

/// The text of the template that a call renders.
fn source(context: &Context<'_>, call: NodeId) -> Option<NodeId> {
    if context.callee(call).ends_with("render_template_string") {
        return context.positional(call, 0);
    }
    if context.method(call) != "render" {
        return None;
    }
    let made = context.value(context.object(call)?);
    let makes = context.kind(made) == Kind::Call
        && (context.callee(made).ends_with("Template") || context.method(made) == "from_string");
    makes.then(|| context.positional(made, 0)).flatten()
}

/// Whether a template shows the value of that name as it is.
fn is_raw(template: &str, name: &str) -> bool {
    let off = ["autoescape false", "autoescape off"].iter().any(|off| template.contains(off));
    template.split("{{").skip(1).take(200).any(|part| {
        let expression = part.split("}}").next().unwrap_or_default();
        let mut filters = expression.split('|').map(str::trim);
        let shown = filters.next().unwrap_or_default();
        let root = shown.split(['.', '[', '(']).next().unwrap_or_default();
        let mut rest = filters.map(|filter| filter.split('(').next().unwrap_or_default());
        root == name && (off || rest.any(|filter| filter == "safe"))
    })
}
