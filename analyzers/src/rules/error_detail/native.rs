//! CWE-497: facts about the system sent over the network.

use crate::concept;
use crate::finding::Confidence;
use crate::rule::c::origin::{Way, origin};
use crate::rule::c::{arguments, library};
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};

/// Functions that send the buffer at a place.
const SENDS: &[(&str, usize)] = &[
    ("send", 1),
    ("sendto", 1),
    ("write", 1),
    ("SSL_write", 1),
    ("BIO_write", 1),
    ("zmq_send", 1),
    ("zmq_sendmsg", 1),
    ("zmq_msg_send", 0),
    ("mg_send", 1),
];

/// Functions whose result, or what they write, tells of the system.
const FACTS: &[&str] = &[
    "mysql_get_client_info",
    "mysql_get_server_info",
    "getpwuid",
    "getpwnam",
    "getpwent",
    "getspnam",
    "sysconf",
    "confstr",
    "uname",
    "gethostid",
    "GetVersionEx",
    "GetSystemDirectory",
    "GetSystemDirectoryA",
    "GetWindowsDirectory",
    "GetWindowsDirectoryA",
    "SHGetFolderPath",
    "SHGetSpecialFolderPath",
    "PQerrorMessage",
    "mysql_error",
    "sqlite3_errmsg",
];

/// Words of environment variables that say something of the system or its secrets.
const VARIABLES: &[&str] =
    &["HOME", "PATH", "USER", "PASS", "TOKEN", "SECRET", "KEY", "LOGNAME", "SHELL", "HOST", "TEMP", "TMP", "APPDATA"];

/// Checks a call.
pub(super) fn check(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let name = library(context, call);
    if name == "printf" {
        return printed(context, call, found);
    }
    let Some(&(_, at)) = SENDS.iter().find(|(known, _)| *known == name) else { return };
    let given = arguments(context, call);
    let Some(&buffer) = given.get(at) else { return };
    if name == "write" && given.first().is_some_and(|&target| is_file(context, target)) {
        return;
    }
    let fact = origin(context, buffer, |node| way(context, node)).or_else(|| filled(context, call, buffer));
    if fact.is_some() {
        let message = "What tells of the system is sent to the other side.";
        let report = Report::issue(call, concept::INFORMATION_LEAK, message).cwe(&[497, 200]);
        found.push(context, report.confidence(Confidence::Medium));
    }
}

fn way(context: &Context<'_>, node: NodeId) -> Way {
    match context.kind(node) {
        Kind::Call => match library(context, node) {
            "getenv" | "secure_getenv" | "_wgetenv" => {
                let variable = context.positional(node, 0).and_then(|name| context.string(name)).unwrap_or_default();
                let upper = variable.to_ascii_uppercase();
                if VARIABLES.iter().any(|word| upper.contains(word)) { Way::Found } else { Way::Stop }
            }
            known if FACTS.contains(&known) => Way::Found,
            _ => Way::On,
        },
        // `entry->pw_passwd`
        Kind::Attribute => {
            let name = context.name(node);
            if name.starts_with("pw_passwd") || name.starts_with("sp_pwdp") {
                return Way::Found;
            }
            let object = context.tree().child(node, Field::Object).map(|object| context.value(object));
            let fact = object
                .is_some_and(|object| context.kind(object) == Kind::Call && FACTS.contains(&library(context, object)));
            if fact { Way::Found } else { Way::On }
        }
        _ => Way::On,
    }
}

/// What a call before this one filled the buffer with: `confstr(_CS_PATH, buffer, n)`, or a password that was handed to
/// a database.
fn filled(context: &Context<'_>, call: NodeId, buffer: NodeId) -> Option<NodeId> {
    let tree = context.tree();
    let name = context.source(buffer).trim_start_matches('&');
    if !matches!(context.kind(buffer), Kind::Name | Kind::Attribute | Kind::Unary) || name.is_empty() {
        return None;
    }
    let function = context.body(call).unwrap_or(NodeId::ROOT);
    tree.subtree(function).take(4_000).take_while(|&node| node < call).find(|&node| {
        if context.kind(node) != Kind::Call {
            return false;
        }
        let given = arguments(context, node);
        let at =
            |place: usize| given.get(place).is_some_and(|&part| context.source(part).trim_start_matches('&') == name);
        match library(context, node) {
            "confstr" | "SHGetFolderPath" => at(1),
            "uname" | "gethostname" | "GetVersionEx" | "GetSystemDirectory" | "GetWindowsDirectory" => at(0),
            "mysql_real_connect" => at(3),
            "zmq_msg_init_data" => {
                at(0) && given.get(1).is_some_and(|&data| origin(context, data, |node| way(context, node)).is_some())
            }
            "memcpy" => given.first().is_some_and(|&to| {
                context.kind(to) == Kind::Call
                    && library(context, to) == "zmq_msg_data"
                    && context
                        .positional(to, 0)
                        .is_some_and(|part| context.source(part).trim_start_matches('&') == name)
                    && given.get(1).is_some_and(|&data| origin(context, data, |node| way(context, node)).is_some())
            }),
            _ => false,
        }
    })
}

/// `printf("%s", entry->pw_passwd)` and `printf("%p", pointer)`.
fn printed(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let given = arguments(context, call);
    let entry = given.iter().skip(1).any(|&part| {
        context.kind(part) == Kind::Attribute && matches!(context.name(part), "pw_passwd" | "sp_pwdp" | "pw_dir")
    });
    if entry {
        let message = "An entry of the password file is printed.";
        let report = Report::issue(call, concept::INFORMATION_LEAK, message).cwe(&[497, 200]);
        return found.push(context, report.confidence(Confidence::Low));
    }
    let address = given.first().and_then(|&format| context.string(format)).is_some_and(|text| text.contains("%p"));
    if address {
        let message = "An address of memory is printed: it helps who wants to overwrite it.";
        found.push(context, Report::audit(call, concept::INFORMATION_LEAK, message).cwe(&[497, 209]));
    }
}

/// Whether a descriptor is one of a file or terminal.
fn is_file(context: &Context<'_>, target: NodeId) -> bool {
    let opened = |node: NodeId| match context.kind(node) {
        Kind::Call if matches!(library(context, node), "open" | "creat" | "openat" | "fileno" | "mkstemp") => {
            Way::Found
        }
        Kind::Number => Way::Found,
        Kind::Name if context.source(node).ends_with("_FILENO") => Way::Found,
        _ => Way::On,
    };
    origin(context, target, opened).is_some()
}
