//! CGI programs in C and C++: what the request holds, printed as it is.

use crate::concept;
use crate::finding::Confidence;
use crate::rule::c::origin::{Way, origin};
use crate::rule::c::{arguments, declared, library};
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Kind, NodeId};

/// Variables by which a server hands a request to a program.
const VARIABLES: &[&str] =
    &["QUERY_STRING", "PATH_INFO", "REQUEST_URI", "PATH_TRANSLATED", "REMOTE_USER", "SCRIPT_NAME", "CONTENT_TYPE"];

/// Checks a call.
pub(super) fn check(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let given = arguments(context, call);
    let written: &[NodeId] = match library(context, call) {
        "puts" | "printf" | "cgiHtmlEscape" | "FCGI_printf" => &given,
        "fputs" if given.get(1).is_some_and(|&stream| context.path(stream) == "stdout") => {
            given.get(..1).unwrap_or_default()
        }
        "fprintf" | "FCGX_FPrintF"
            if given.first().is_some_and(|&stream| matches!(context.path(stream), "stdout" | "out" | "cgiOut")) =>
        {
            given.get(1..).unwrap_or_default()
        }
        _ => return,
    };
    let from_request = |node: NodeId| {
        if context.kind(node) != Kind::Call {
            return Way::On;
        }
        match library(context, node) {
            "getenv" => {
                let name = context.positional(node, 0).and_then(|name| context.string(name)).unwrap_or_default();
                if VARIABLES.contains(&name) || name.starts_with("HTTP_") { Way::Found } else { Way::Stop }
            }
            "FCGX_GetParam" | "cgiFormString" => Way::Found,
            name if name.to_ascii_lowercase().contains("escape") || name.to_ascii_lowercase().contains("encode") => {
                Way::Stop
            }
            _ => Way::On,
        }
    };
    // Numbers carry no markup.
    let text = |part: &&NodeId| {
        !matches!(context.kind(**part), Kind::Number | Kind::String)
            && !declared(context, **part).is_some_and(|own| own.is_integer())
    };
    if written.iter().filter(text).any(|&part| origin(context, part, from_request).is_some()) {
        let message = "Markup is made from the request as it came.";
        let report = Report::issue(call, concept::HTML_UNESCAPED, message).cwe(&[79]);
        found.push(context, report.confidence(Confidence::Medium));
    }
}
