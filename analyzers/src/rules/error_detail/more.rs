//! Details of errors that C#, PHP and Ruby send to clients.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::lang::Language::{CSharp, Php, Ruby};
use crate::rule::listed::{At, Table, sink};
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};

/// What is sent to the client.
static ANSWERS: Table = Table::new(&[
    sink(
        CSharp,
        &[
            "Response.Write",
            "Response.WriteAsync",
            ".WriteAsync",
            "Content",
            "BadRequest",
            "Ok",
            "Json",
            "Problem",
            "StatusCode",
            "Conflict",
            "NotFound",
            "Results.Problem",
            "Results.BadRequest",
            "Results.Json",
            "Results.Ok",
            "Results.Content",
            "Results.Text",
            "ObjectResult",
            "ContentResult",
            "JsonResult",
            "BadRequestObjectResult",
            "InternalServerError",
            ".CreateErrorResponse",
        ],
        At::Any,
    ),
    sink(CSharp, &["TextBox.Text", "Label.Text", "Literal.Text", ".InnerHtml", ".InnerText"], At::Set),
    sink(
        Php,
        &["echo", "print", "<?=", "printf", "die", "exit", "print_r", "var_dump", "json_encode", "wp_die"],
        At::Any,
    ),
    sink(Php, &[".json", "response", "wp_send_json_error"], At::Any),
    sink(Ruby, &["render", "json", "halt", "body"], At::Any),
]);

/// Checks a call, a creation or an assignment.
pub(super) fn check(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let tree = context.tree();
    if ANSWERS.row(context, node).is_none() {
        return;
    }
    let parts: Vec<NodeId> = match context.kind(node) {
        Kind::Assign => tree.child(node, Field::Value).into_iter().collect(),
        _ => tree.children_in(node, Field::Argument).take(8).collect(),
    };
    let detail = parts.into_iter().filter_map(|part| told(context, part)).max();
    let Some(detail) = detail else { return };
    let (message, confidence) = match detail {
        Detail::Trace => ("The stack trace of an error is sent to the client.", Confidence::Medium),
        Detail::Text => ("The text of an unexpected error is sent to the client.", Confidence::Low),
    };
    let report = if detail == Detail::Text && context.program().language == CSharp {
        Report::audit(node, concept::INFORMATION_LEAK, message)
    } else {
        Report::issue(node, concept::INFORMATION_LEAK, message).severity(Severity::Low)
    };
    found.push(context, report.confidence(confidence));
}

/// How much an answer tells.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Detail {
    /// The message of an error of any kind.
    Text,
    /// Where in the program it happened.
    Trace,
}

/// What an expression tells of an error.
fn told(context: &Context<'_>, part: NodeId) -> Option<Detail> {
    let tree = context.tree();
    let mut parts: Vec<NodeId> = tree.subtree(part).take(120).collect();
    // `text = e.ToString()` and then `Write(text)`
    let values: Vec<NodeId> =
        parts.iter().map(|&inner| context.value(inner)).filter(|value| !parts.contains(value)).collect();
    for value in values.into_iter().take(8) {
        parts.extend(tree.subtree(value).take(60));
    }
    parts.into_iter().filter_map(|inner| detail(context, inner)).max()
}

fn detail(context: &Context<'_>, node: NodeId) -> Option<Detail> {
    let tree = context.tree();
    let member = |node: NodeId| match context.kind(node) {
        Kind::Call => Some((context.method(node), context.object(node)?)),
        Kind::Attribute => Some((context.name(node), tree.child(node, Field::Object)?)),
        _ => None,
    };
    if context.program().language == Php
        && context.kind(node) == Kind::Call
        && matches!(
            context.callee(node),
            "debug_backtrace" | "mysqli_error" | "mysql_error" | "pg_last_error" | "mysqli_connect_error"
        )
    {
        return Some(if context.callee(node) == "debug_backtrace" { Detail::Trace } else { Detail::Text });
    }
    if let Some((name, object)) = member(node) {
        let broad = is_error(context, object)?;
        return match name {
            "StackTrace" | "ToString" | "getTraceAsString" | "getTrace" | "backtrace" | "full_message"
            | "__toString" => Some(Detail::Trace),
            "Message" | "getMessage" | "message" if broad => Some(Detail::Text),
            _ => None,
        };
    }
    // The error itself, and no part of it.
    let whole = context.kind(node) == Kind::Name
        && !matches!(tree.field(node), Field::Object | Field::Callee | Field::Type | Field::Target)
        && context.program().language == CSharp;
    (whole && is_error(context, node).is_some()).then_some(Detail::Trace)
}

/// Whether an expression is a caught error (or what is inside of one), and whether it may be any error.
fn is_error(context: &Context<'_>, node: NodeId) -> Option<bool> {
    let tree = context.tree();
    let mut at = node;
    for _ in 0..4 {
        match context.kind(at) {
            Kind::Attribute if matches!(context.name(at), "InnerException") => at = tree.child(at, Field::Object)?,
            Kind::Call if matches!(context.method(at), "GetBaseException" | "getPrevious") => {
                at = context.object(at)?;
            }
            _ => break,
        }
    }
    if context.kind(at) == Kind::New {
        return context.callee(at).ends_with("Exception").then_some(false);
    }
    if context.kind(at) != Kind::Name {
        return None;
    }
    let name = context.source(at);
    let handler = tree.ancestors(at).find(|&above| {
        context.kind(above) == Kind::Handler
            && tree.child(above, Field::Target).is_some_and(|target| context.source(target) == name)
    });
    if let Some(handler) = handler {
        let kind = tree.child(handler, Field::Type).map(|kind| context.source(kind).trim_start_matches('\\').trim());
        return Some(kind.is_none_or(|kind| {
            matches!(
                kind,
                "Exception"
                    | "System.Exception"
                    | "Throwable"
                    | "StandardError"
                    | "PDOException"
                    | "mysqli_sql_exception"
                    | "SqlException"
                    | "DbException"
            ) || kind.contains("SqlException")
        }));
    }
    let declared = context.program().names.type_of(at).unwrap_or_default();
    (context.program().language == CSharp && declared.ends_with("Exception")).then_some(declared == "Exception")
}
