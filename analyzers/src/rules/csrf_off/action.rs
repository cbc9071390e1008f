//! Actions of ASP.NET MVC that change something and take no token against forged forms.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};

/// `[HttpPost]` on an action of a `Controller` without `[ValidateAntiForgeryToken]`.
pub(super) fn check(context: &Context<'_>, function: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let named = |node: NodeId, word: &str| {
        tree.children_in(node, Field::Decorator).any(|part| context.source(part).contains(word))
    };
    let Some(post) = tree.children_in(function, Field::Decorator).find(|&part| {
        let text = context.source(part).trim_start_matches('[');
        ["HttpPost", "HttpPut", "HttpDelete", "HttpPatch"].iter().any(|verb| text.starts_with(verb))
    }) else {
        return;
    };
    let checked =
        |node: NodeId| named(node, "Antiforgery") || named(node, "AntiForgery") || named(node, "ApiController");
    let tokens = |node: NodeId| checked(node) || named(node, "Authorize(AuthenticationSchemes");
    if tokens(function) {
        return;
    }
    let class = tree.ancestors(function).find(|&above| context.kind(above) == Kind::Class);
    let message = "A form that changes something is taken without a token against forged forms.";
    match class {
        // A filter for all actions is set elsewhere.
        _ if context.mentions("AutoValidateAntiforgeryToken") => {}
        Some(class) => {
            let pages = tree.children_in(class, Field::Base).any(|base| context.source(base) == "Controller");
            if pages && !tokens(class) {
                let report = Report::issue(post, concept::CSRF_OFF, message).severity(Severity::Medium);
                found.push(context, report.confidence(Confidence::Medium));
            } else if !tokens(class)
                && tree.children_in(class, Field::Base).next().is_some_and(|base| {
                    let name = context.source(base);
                    name.ends_with("Controller") && name != "ApiController"
                })
            {
                found.push(context, Report::audit(post, concept::CSRF_OFF, message).confidence(Confidence::Low));
            }
        }
        None => found.push(context, Report::audit(post, concept::CSRF_OFF, message).confidence(Confidence::Low)),
    }
}
