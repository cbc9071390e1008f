//! Markup of mails made from requests, in Python.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};
use crate::taint::{Purposes, Source};

/// Keyword arguments that hold the markup of a mail.
const KEYWORDS: &[&str] = &["html_message", "html_content", "html", "html_body"];

pub(super) fn call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let path = context.callee(call);
    let last = path.rsplit('.').next().unwrap_or(path);
    let markup = match last {
        "attach_alternative" => context.positional(call, 0),
        "MIMEText" if is_html(context, context.argument(call, 1, "_subtype")) => context.positional(call, 0),
        "Content" if is_html(context, context.argument(call, 0, "mime_type")) => context.argument(call, 1, "content"),
        "HtmlContent" => context.positional(call, 0),
        "send_mail" | "mail_admins" | "mail_managers" | "send_mass_mail" | "Message" | "Mail" | "EmailMessage"
        | "send_message" => KEYWORDS.iter().find_map(|name| context.keyword(call, name)),
        _ => return,
    };
    if let Some(markup) = markup {
        sent(context, call, markup, found);
    }
}

fn is_html(context: &Context<'_>, kind: Option<NodeId>) -> bool {
    kind.and_then(|kind| context.string(kind)).is_some_and(|kind| kind.contains("html"))
}

/// `message.html = …`
pub(super) fn assign(context: &Context<'_>, assign: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let (Some(target), Some(value)) = (tree.child(assign, Field::Target), tree.child(assign, Field::Value)) else {
        return;
    };
    if context.kind(target) == Kind::Attribute && KEYWORDS.contains(&context.name(target)) {
        sent(context, assign, value, found);
    }
}

fn sent(context: &Context<'_>, sink: NodeId, markup: NodeId, found: &mut Findings) {
    let Some(taint) = context.tainted(markup, Purposes::HTML).filter(|taint| taint.origin.source == Source::Request)
    else {
        return;
    };
    let message = format!("Text from {} becomes part of a mail's markup unescaped.", taint.source());
    let report = Report::issue(sink, concept::HTML_UNESCAPED, message).severity(Severity::Medium);
    found.push(context, report.confidence(taint.confidence.min(Confidence::Medium)).trace(taint.trace));
}
