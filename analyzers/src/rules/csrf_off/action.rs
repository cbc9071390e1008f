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

/// `[HttpPost]` where the action that it stands on is cut off: a pattern for a reader.
pub(super) fn alone(context: &Context<'_>, decorator: NodeId, found: &mut Findings) {
    const AFTER: usize = 400;
    let tree = context.tree();
    let text = context.source(decorator).trim_start_matches('[');
    let posts = ["HttpPost", "HttpPut", "HttpDelete", "HttpPatch"].iter().any(|verb| text.starts_with(verb));
    let belongs =
        tree.parent(decorator).is_some_and(|above| matches!(context.kind(above), Kind::Function | Kind::Decorator));
    if !posts || belongs {
        return;
    }
    let from = tree.span(decorator).start as usize;
    let from = context.text().floor_char_boundary(from.saturating_sub(AFTER));
    let to = context.text().ceil_char_boundary((tree.span(decorator).end as usize + AFTER).min(context.text().len()));
    let around = context.text().get(from..to).unwrap_or_default();
    if !["AntiForgery", "Antiforgery", "ApiController"].iter().any(|word| around.contains(word)) {
        let message = "A form that changes something is taken without a token against forged forms.";
        found.push(context, Report::audit(decorator, concept::CSRF_OFF, message).confidence(Confidence::Low));
    }
}
