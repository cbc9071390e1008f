//! Forgery checks of Spring switched off.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Kind, NodeId};

/// `http.csrf().disable()` and its other forms.
pub(super) fn call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    match context.method(call) {
        "disable" => {
            let of_forgery = context.object(call).is_some_and(|object| {
                context.kind(object) == Kind::Call && context.method(object) == "csrf"
                    || context.kind(object) == Kind::Name
                        && context
                            .tree()
                            .ancestors(call)
                            .any(|above| context.kind(above) == Kind::Call && context.method(above) == "csrf")
            });
            if of_forgery {
                off(context, call, found);
            }
        }
        "csrf" => {
            let named = context.positional(call, 0).is_some_and(|given| context.source(given).ends_with("::disable"));
            if named {
                off(context, call, found);
            }
        }
        _ => {}
    }
}

fn off(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    // Interfaces without cookies need no such check.
    let stateless = context.function(call).is_some_and(|function| context.source(function).contains("STATELESS"));
    let report =
        Report::issue(call, concept::CSRF_OFF, "The check against forged requests is switched off.").cwe(&[352]);
    found.push(
        context,
        if stateless {
            report.severity(Severity::Low).confidence(Confidence::Low)
        } else {
            report.confidence(Confidence::Medium)
        },
    );
}
