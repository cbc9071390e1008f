//! Users of processes in Go.

use crate::concept;
use crate::finding::Confidence;
use crate::rule::common::setting;
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Kind, NodeId};

const USERS: &[&str] = &["Setuid", "Seteuid", "Setreuid", "Setresuid"];
const GROUPS: &[&str] = &["Setgid", "Setgroups", "Setegid", "Setregid", "Setresgid"];

/// The function of the system that a call calls.
fn system<'c>(context: &'c Context<'_>, call: NodeId) -> &'c str {
    let path = context.callee(call);
    ["syscall.", "golang.org/x/sys/unix."].iter().find_map(|module| path.strip_prefix(module)).unwrap_or_default()
}

/// `syscall.Setuid(0)`, `syscall.Setuid(uid)` before `syscall.Setgid(gid)`, and without a look at the outcome.
pub(super) fn call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    if !USERS.contains(&system(context, call)) {
        return;
    }
    let report = |message: &'static str, cwe: &'static [u16]| {
        Report::issue(call, concept::PRIVILEGE_DROP, message).cwe(cwe).confidence(Confidence::Medium)
    };
    if context.positional(call, 0).and_then(|user| context.integer(user)) == Some(0) {
        return found.push(context, report("The program makes itself the superuser.", &[250, 269]));
    }
    let tree = context.tree();
    let within = context.function(call).unwrap_or(NodeId::ROOT);
    let later = tree
        .subtree(within)
        .take(4_000)
        .skip_while(|&node| node <= call)
        .any(|node| context.kind(node) == Kind::Call && GROUPS.contains(&system(context, node)));
    if later {
        return found.push(context, report("The user is given up before the groups, which then stay.", &[269, 273]));
    }
    if tree.parent(call).is_some_and(|above| context.kind(above) == Kind::ExprStatement) {
        let message = "The program goes on with its privileges when it cannot give them up.";
        found.push(context, report(message, &[273, 252, 269]));
    }
}

/// `syscall.Credential{Uid: 0}`
pub(super) fn option(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let Some((name, owner, value)) = setting(context, node) else { return };
    if name == "Uid" && owner.ends_with("Credential") && context.integer(value) == Some(0) {
        let message = "A program is run as the superuser.";
        let report = Report::issue(node, concept::PRIVILEGE_DROP, message).cwe(&[250, 269]);
        found.push(context, report.confidence(Confidence::Medium));
    }
}
