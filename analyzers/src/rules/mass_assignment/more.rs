//! Objects of PHP and Ruby whose attributes a request chooses.

use crate::concept;
use crate::finding::Confidence;
use crate::lang::Language;
use crate::rule::{Context, Findings, Report};
use crate::syntax::NodeId;
use crate::taint::{Purposes, Source};

/// Checks a call.
pub(super) fn check(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let method = context.method(call);
    let path = context.callee(call);
    let given = context.positional(call, 0);
    let text = given.map_or("", |given| context.source(context.value(given)));
    let all = match context.program().language {
        Language::Ruby => {
            method == "permit!" && context.object(call).is_some_and(|object| context.source(object).contains("params"))
        }
        // All fields of a request into a model, or into the variables of the function.
        Language::Php => match (path, method) {
            ("extract", _) => {
                given.is_some_and(|given| {
                    context
                        .tainted(given, Purposes::CODE)
                        .is_some_and(|taint| taint.origin.source == Source::Request && !taint.origin.checked)
                }) && !context.source(call).contains("EXTR_SKIP")
            }
            ("parse_str", _) => context.positional(call, 1).is_none(),
            (_, "create" | "fill" | "update" | "forceFill" | "forceCreate" | "insert") | ("create", _) => {
                text.ends_with("->all()") && text.contains("equest")
                    || text.starts_with("$_POST") && !text.contains('[')
            }
            _ => path.ends_with(".create") && text.ends_with("->all()") && text.contains("equest"),
        },
        _ => false,
    };
    if all {
        let message = "A request chooses which attributes of an object, or which variables, are set.";
        let report = Report::issue(call, concept::UNCHECKED_INPUT, message).cwe(&[915, 621]);
        found.push(context, report.confidence(Confidence::Medium));
    }
}
