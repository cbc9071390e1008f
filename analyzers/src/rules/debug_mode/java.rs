//! Entry points for debugging left in what a server runs.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};

/// `main` of a servlet or an enterprise bean.
pub(super) fn entry(context: &Context<'_>, function: NodeId, found: &mut Findings) {
    const SERVED: &[&str] = &[
        "HttpServlet",
        "GenericServlet",
        "Servlet",
        "Filter",
        "ServletContextListener",
        "SessionBean",
        "EntityBean",
        "MessageDrivenBean",
        "EnterpriseBean",
        "HttpSessionListener",
    ];
    const MARKS: &[&str] = &["WebServlet", "Stateless", "Stateful", "MessageDriven", "WebFilter", "WebListener"];
    let tree = context.tree();
    if context.name(function) != "main" || tree.children_in(function, Field::Parameter).count() != 1 {
        return;
    }
    let head = tree.span(function).start as usize..tree.name_span(function).start as usize;
    if !context.text().get(head).is_some_and(|head| head.contains("static")) {
        return;
    }
    let Some(class) = tree.ancestors(function).find(|&above| context.kind(above) == Kind::Class) else { return };
    let based = tree.children_in(class, Field::Base).any(|base| {
        let text = context.source(base);
        SERVED.contains(&text.rsplit('.').next().unwrap_or(text))
    });
    let marked = tree
        .children_in(class, Field::Decorator)
        .any(|mark| MARKS.iter().any(|name| context.source(mark).contains(name)));
    if based || marked {
        let message = "What a server runs has an entry point of its own, as for debugging.";
        let report = Report::issue(function, concept::FLASK_DEBUG, message).cwe(&[489]).severity(Severity::Low);
        let report = report.step(context, class, "what the server runs");
        found.push(context, report.confidence(Confidence::Medium));
    }
}
