//! Who somebody is, in PHP, C#, Ruby and Rust, told by what he chooses himself: patterns, and comparisons that decide.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::lang::Language::{self, Rust};
use crate::rule::listed::{Use, Uses};
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};

const fn audit(names: &'static [&'static str], message: &'static str) -> Use {
    let (severity, confidence) = (Severity::Low, Confidence::Low);
    Use { language: Rust, names, with: &[], severity, confidence, audit: true, message }
}

static USES: Uses = Uses::new(
    concept::UNCHECKED_INPUT,
    &[
        audit(
            &["env.args", "env.args_os", "args_os"],
            "The arguments, also the first, are chosen by whoever starts the program: nothing may be allowed for them.",
        ),
        audit(
            &["env.current_exe", "current_exe"],
            "The path of the program may be a link that somebody else set: nothing may be loaded or allowed for it.",
        ),
    ],
);

/// Parts of a request that any client sets as it likes, in lower case.
const FORGED: &[&str] = &[
    "x-forwarded-for",
    "x-forwarded",
    "x-forwarded-host",
    "x-real-ip",
    "x-client-ip",
    "x-remote-ip",
    "x-remote-addr",
    "x-originating-ip",
    "x-cluster-client-ip",
    "client-ip",
    "forwarded-for",
    "forwarded",
    "true-client-ip",
    "cf-connecting-ip",
    "via",
    "referer",
    "user-agent",
    "x-user",
    "x-user-id",
    "x-role",
    "x-admin",
    "x-is-admin",
    "x-authenticated-user",
];

/// What a server says of the other end, which stands for an address and not for a person.
const ADDRESS: &[&str] = &["remote-addr", "remote-host"];

/// The name of a header as browsers write it: of `HTTP_X_REAL_IP` it is `x-real-ip`.
fn header(text: &str) -> String {
    let name = text.to_ascii_lowercase().replace('_', "-");
    name.strip_prefix("http-").map(str::to_owned).unwrap_or(name)
}

/// Checks a call of Rust.
pub(super) fn call(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    USES.check(context, node, found);
}

/// `$_SERVER['REMOTE_ADDR']`
pub(super) fn read(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let (Some(object), Some(index)) = (tree.child(node, Field::Object), tree.child(node, Field::Index)) else { return };
    if context.source(object) != "$_SERVER" {
        return;
    }
    let Some(name) = context.string(index).filter(|name| name.len() < 40).map(header) else { return };
    if ADDRESS.contains(&name.as_str()) || FORGED.contains(&name.as_str()) && !name.contains("agent") {
        let message = "The address of the other end, or what it says of itself, tells nobody who it is.";
        found.push(context, Report::audit(node, concept::UNCHECKED_INPUT, message).cwe(&[290, 807]));
    }
}

/// A comparison of what any client can send with what is let in.
pub(super) fn compared(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let parts: Vec<NodeId> = match context.kind(node) {
        Kind::Compare if matches!(context.name(node), "==" | "===") => tree.children(node).collect(),
        Kind::Call if is_look_up(context, node) => tree.positional(node).take(2).chain(context.object(node)).collect(),
        _ => return,
    };
    let forged = |part: NodeId| {
        let value = context.value(part);
        let mut inner = tree.subtree(value).take(40);
        !context.is_constant(value)
            && inner.any(|inner| {
                context.kind(inner) == Kind::String
                    && context.string(inner).is_some_and(|text| {
                        text.len() < 40 && {
                            let name = header(text);
                            FORGED.contains(&name.as_str())
                                && !matches!(name.as_str(), "user-agent" | "referer" | "via")
                        }
                    })
            })
    };
    let listed = |part: NodeId| {
        let value = context.value(part);
        context.is_constant(value)
            && !context.string(value).is_some_and(str::is_empty)
            && context.kind(value) != Kind::Null
            && (!matches!(context.kind(value), Kind::List | Kind::Dict) || tree.children(value).next().is_some())
    };
    if parts.len() >= 2 && parts.iter().any(|&part| forged(part)) && parts.iter().any(|&part| listed(part)) {
        let message = "Who may do something is decided by a header that any client can send.";
        let report = Report::issue(node, concept::UNCHECKED_INPUT, message).cwe(&[290, 807, 348]);
        found.push(context, report.confidence(Confidence::Medium));
    }
}

/// `in_array($address, ['10.0.0.1'])`, `allowed.Contains(address)`, `allowed.include?(address)`.
fn is_look_up(context: &Context<'_>, call: NodeId) -> bool {
    match context.program().language {
        Language::Php => context.callee(call) == "in_array",
        Language::CSharp => matches!(context.method(call), "Contains" | "Equals"),
        Language::Ruby => matches!(context.method(call), "include?" | "eql?"),
        Language::Rust => context.method(call) == "contains",
        _ => false,
    }
}
