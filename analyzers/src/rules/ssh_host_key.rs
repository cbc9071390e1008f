//! CWE-295, CWE-322: an SSH host key that is accepted unseen.

use crate::concept;
use crate::finding::Severity;
use crate::lang::Language;
use crate::rule::common::{call_path, path_of};
use crate::rule::{Context, Findings, Report, Rule, example, python, python_row, row};
use crate::rule::{go as golang, go_row};
use crate::syntax::{Kind, NodeId};

pub(crate) const RULE: Rule = Rule {
    id: "ssh-host-key",
    cwe: &[295, 322],
    severity: Severity::High,
    summary: "The key of an SSH host is accepted unseen.",
    advice: "Load known hosts and use paramiko.RejectPolicy.",
    rows: &[
        go_row(&[Kind::Call], go_call),
        python_row(&[Kind::Call], check_python),
        row(&[Language::Bash], &[Kind::Call], check_shell),
    ],
    bad: &[
        example(Language::Bash, "ssh -o StrictHostKeyChecking=no deploy@server uptime\n"),
        golang(
            "package p\nimport (\"golang.org/x/crypto/ssh\")\nfunc f() {\n\tc := &ssh.ClientConfig{HostKeyCallback: ssh.InsecureIgnoreHostKey()}\n\t_ = c\n}\n",
        ),
        python("import paramiko\nc = paramiko.SSHClient()\nc.set_missing_host_key_policy(paramiko.AutoAddPolicy())\n"),
        python("from paramiko.client import WarningPolicy\nc.set_missing_host_key_policy(WarningPolicy)\n"),
    ],
    good: &[
        example(Language::Bash, "ssh -o StrictHostKeyChecking=yes deploy@server uptime\n"),
        golang(
            "package p\nimport (\"golang.org/x/crypto/ssh\")\nfunc f() {\n\tc := &ssh.ClientConfig{HostKeyCallback: ssh.FixedHostKey(key)}\n\t_ = c\n}\n",
        ),
        python("import paramiko\nc.set_missing_host_key_policy(paramiko.RejectPolicy())\n"),
    ],
};

/// `ssh -o StrictHostKeyChecking=no`
fn check_shell(context: &Context<'_>, call: NodeId, findings: &mut Findings) {
    let name = context.callee(call);
    let name = name.rsplit('/').next().unwrap_or(name);
    let unseen = matches!(name, "ssh" | "scp" | "sftp" | "rsync" | "sshpass" | "git" | "autossh")
        && context.tree().positional(call).take(24).any(|word| {
            let text = context.string(word).unwrap_or_else(|| context.source(word)).to_ascii_lowercase();
            text.contains("stricthostkeychecking=no") || text.contains("userknownhostsfile=/dev/null")
        });
    if unseen {
        let message = "The key of the host is accepted unseen.";
        findings.push(context, Report::issue(call, concept::SSH_HOST_KEY, message).severity(Severity::Medium));
    }
}

fn check_python(context: &Context<'_>, call: NodeId, findings: &mut Findings) {
    if !call_path(context, call).is_some_and(|path| path.ends_with(".set_missing_host_key_policy")) {
        return;
    }
    let Some(policy) = context.argument(call, 0, "policy") else { return };
    let class = if context.kind(policy) == Kind::Call { call_path(context, policy) } else { path_of(context, policy) };
    if class.is_some_and(|class| class.ends_with("AutoAddPolicy") || class.ends_with("WarningPolicy")) {
        findings
            .push(context, Report::issue(call, concept::SSH_HOST_KEY, "The key of an SSH host is accepted unseen."));
    }
}

fn go_call(context: &Context<'_>, call: NodeId, findings: &mut Findings) {
    if call_path(context, call) == Some("golang.org/x/crypto/ssh.InsecureIgnoreHostKey") {
        findings
            .push(context, Report::issue(call, concept::SSH_HOST_KEY, "The key of an SSH host is accepted unseen."));
    }
}
