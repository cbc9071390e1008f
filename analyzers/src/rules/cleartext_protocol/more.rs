//! Requests of PHP, C#, Ruby and Rust that go in the clear to other machines.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::lang::Language;
use crate::rule::{Context, Findings, Report};
use crate::syntax::NodeId;

/// Which argument of a call is an address.
fn place(context: &Context<'_>, call: NodeId) -> Option<usize> {
    let path = context.callee(call);
    let ends = |names: &[&str]| {
        names.iter().any(|name| path.strip_suffix(name).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')))
    };
    match context.program().language {
        Language::Rust if ends(&["reqwest.get", "reqwest.blocking.get", "blocking.get", "ureq.get", "ureq.post"]) => {
            Some(0)
        }
        Language::Rust if ends(&["surf.get", "surf.post", "attohttpc.get", "isahc.get"]) => Some(0),
        Language::Ruby if ends(&["HTTParty.get", "HTTParty.post", "RestClient.get", "RestClient.post"]) => Some(0),
        Language::Ruby if ends(&["Faraday.get", "Faraday.post", "URI.open"]) => Some(0),
        Language::Php if ends(&["curl_init", "file_get_contents", "Http.get", "Http.post"]) => Some(0),
        Language::CSharp if ends(&["WebRequest.Create"]) => Some(0),
        Language::CSharp
            if matches!(
                context.method(call),
                "GetStringAsync" | "GetAsync" | "PostAsync" | "DownloadString" | "DownloadFile" | "DownloadData"
            ) =>
        {
            Some(0)
        }
        _ => None,
    }
}

/// Protocols that send passwords as they are.
fn is_old(context: &Context<'_>, call: NodeId) -> bool {
    let path = context.callee(call);
    match context.program().language {
        Language::Php => matches!(path, "ftp_connect" | "ssh1_connect"),
        Language::Ruby => matches!(path, "Net.FTP.new" | "Net.FTP.open" | "Net.Telnet.new" | "Net.POP3.new"),
        Language::CSharp => path.ends_with("TelnetConnection") || path.ends_with("FtpWebRequest.Create"),
        _ => false,
    }
}

/// Checks a call or a creation.
pub(super) fn check(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    if is_old(context, call) {
        let message = "A protocol is used that sends passwords in the clear.";
        let report = Report::audit(call, concept::CLEARTEXT_PROTOCOL, message);
        return found.push(context, report.severity(Severity::Low));
    }
    if context.program().language == Language::Bash {
        return shell(context, call, found);
    }
    let Some(address) = place(context, call).and_then(|place| context.positional(call, place)) else { return };
    let Some(text) = context.string(address) else { return };
    let clear = text.get(..7).is_some_and(|scheme| scheme.eq_ignore_ascii_case("http://"));
    if clear && !is_near(text.get(7..).unwrap_or_default()) {
        let message = "The request and its answer travel in the clear, where they can be read and changed.";
        let report = Report::issue(call, concept::CLEARTEXT_PROTOCOL, message).cwe(&[319, 345]);
        found.push(context, report.severity(Severity::Low).confidence(Confidence::Medium));
    }
}

/// Whether an address never leaves the machine or its own network.
fn is_near(rest: &str) -> bool {
    let rest = rest.strip_prefix('[').map_or(rest, |inner| inner.split(']').next().unwrap_or(inner));
    let inner = rest.starts_with("::1") || rest.starts_with("fe80:") || rest.starts_with("fd") && rest.contains(':');
    let host = rest.split(['/', ':', '?']).next().unwrap_or(rest);
    let mut parts = host.split('.').map(|part| part.parse::<u8>().ok());
    let private = match (parts.next().flatten(), parts.next().flatten()) {
        (Some(127 | 10), Some(_)) | (Some(192), Some(168)) | (Some(169), Some(254)) => true,
        (Some(172), Some(second)) => (16..=31).contains(&second),
        _ => false,
    };
    inner
        || private
        || host.is_empty()
        || host == "localhost"
        || host.contains('{')
        || [".local", ".localhost", ".internal", ".test", ".lan"].iter().any(|end| host.ends_with(end))
        || !host.contains('.')
}

/// `curl http://…`
fn shell(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    if !matches!(context.callee(call), "curl" | "wget") {
        return;
    }
    let clear = context.tree().positional(call).take(24).any(|word| {
        context.string(word).and_then(|text| text.strip_prefix("http://")).is_some_and(|rest| !is_near(rest))
    });
    if clear {
        let message = "What is fetched travels in the clear, where it can be read and changed.";
        let report = Report::issue(call, concept::CLEARTEXT_PROTOCOL, message).cwe(&[319, 345]);
        found.push(context, report.severity(Severity::Low).confidence(Confidence::Medium));
    }
}
