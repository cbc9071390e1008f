//! CWE-807/290: a check of rights that the client answers itself.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::{Context, Findings, Report, Rule, java, java_row};
use crate::syntax::{Field, Kind, NodeId};
use crate::taint::{Purposes, Source};
use crate::words::words;

pub(crate) const RULE: Rule = Rule {
    id: "client-decides",
    cwe: &[807, 290],
    severity: Severity::Medium,
    summary: "What the client sends decides whether rights are checked.",
    advice: "Keep the answer on the server: in the session, or in a token whose signature is checked.",
    rows: &[java_row(&[Kind::If], check_java)],
    bad: &[java(
        "class A { void f(javax.servlet.http.HttpServletRequest r, String u, String p) { if (r.getParameter(\"isAdmin\").equals(\"false\")) { login(u, p); } } }\n",
    )],
    good: &[java(
        "class A { void f(javax.servlet.http.HttpServletRequest r, String u, String p) { if (r.getParameter(\"mode\").equals(\"new\")) { register(u, p); } } }\n",
    )],
};

/// Calls that check or give rights.
fn decides(context: &Context<'_>, call: NodeId) -> bool {
    let path = context.callee(call);
    let name = path.rsplit('.').next().unwrap_or(path);
    words(name).first().is_some_and(|first| {
        matches!(
            first.as_str(),
            "login"
                | "authorize"
                | "authorise"
                | "authenticate"
                | "authorized"
                | "authenticated"
                | "signin"
                | "verify"
                | "grant"
        ) && !name.to_ascii_lowercase().contains("page")
    })
}

fn check_java(context: &Context<'_>, branch: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let (Some(test), Some(body)) = (tree.child(branch, Field::Test), tree.child(branch, Field::Body)) else { return };
    let inside = |part: NodeId| {
        tree.subtree(part).take(400).find(|&node| context.kind(node) == Kind::Call && decides(context, node))
    };
    let Some(call) = inside(body) else { return };
    // Either way the rights are checked.
    if tree.child(branch, Field::Else).is_some_and(|other| {
        tree.subtree(other).take(400).any(|node| {
            context.kind(node) == Kind::Call && {
                let name = context.callee(node).to_ascii_lowercase();
                ["auth", "login", "check"].iter().any(|word| name.contains(word))
            }
        })
    }) {
        return;
    }
    let compared = tree
        .subtree(test)
        .take(60)
        .filter(|&part| matches!(context.kind(part), Kind::Call | Kind::Compare))
        .any(|part| {
            let sides: Vec<NodeId> = match context.kind(part) {
                Kind::Compare => tree.children(part).collect(),
                _ if matches!(context.method(part), "equals" | "equalsIgnoreCase" | "contentEquals") => {
                    context.object(part).into_iter().chain(tree.positional(part)).collect()
                }
                _ => return false,
            };
            sides.iter().any(|&side| context.string(side).is_some_and(|text| !text.is_empty()))
                && sides.iter().any(|&side| {
                    context.tainted(side, Purposes::CODE).is_some_and(|taint| taint.origin.source == Source::Request)
                })
        });
    if compared {
        let message = "What the client sends decides whether rights are checked.";
        found.push(context, Report::issue(call, concept::UNCHECKED_INPUT, message).confidence(Confidence::Medium));
    }
}
