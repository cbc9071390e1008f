//! Containers that are started with the host's privileges, and accounts that need no password to become root.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::{Context, Findings, Report};
use crate::syntax::NodeId;

const PRIVILEGED: &[&str] = &[
    "--privileged",
    "--privileged=true",
    "--cap-add=all",
    "--cap-add=sys_admin",
    "--pid=host",
    "--security-opt=seccomp=unconfined",
    "--security-opt=apparmor=unconfined",
];

/// Checks a command.
pub(super) fn check(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let program = context.callee(call).rsplit('/').next().unwrap_or_default();
    let is_sudo = program == "sudo";
    if !is_sudo && !matches!(program, "docker" | "podman" | "nerdctl" | "echo" | "printf") {
        return;
    }
    let words: Vec<&str> = context
        .tree()
        .positional(call)
        .take(40)
        .map(|part| context.string(part).unwrap_or_else(|| context.source(part)))
        .collect();
    if matches!(program, "echo" | "printf") {
        if words.iter().any(|word| word.contains("NOPASSWD:")) {
            let message = "An account becomes root without a password.";
            found.push(context, Report::issue(call, concept::EXCESSIVE_PRIVILEGE, message));
        }
        return;
    }
    if is_sudo && !words.first().is_some_and(|word| matches!(*word, "docker" | "podman" | "nerdctl")) {
        return;
    }
    if !words.iter().any(|word| matches!(*word, "run" | "create")) {
        return;
    }
    let lower: Vec<String> = words.iter().map(|word| word.to_ascii_lowercase()).collect();
    let pairs = lower.iter().zip(lower.iter().skip(1)).map(|(one, two)| format!("{one}={two}"));
    let options: Vec<String> = lower.iter().cloned().chain(pairs).collect();
    let has = |wanted: &str| options.iter().any(|option| option == wanted);
    let socket = options.iter().any(|option| {
        let mount = ["-v=", "--volume=", "--mount="].iter().find_map(|start| option.strip_prefix(start));
        mount.is_some_and(|mount| mount.contains("docker.sock") || mount.starts_with("/:"))
    });
    if socket || PRIVILEGED.iter().any(|option| has(option)) {
        let message = "A container is started with the privileges of its host.";
        let report = Report::issue(call, concept::EXCESSIVE_PRIVILEGE, message);
        found.push(context, report.severity(Severity::Medium).confidence(Confidence::Medium));
    }
}
