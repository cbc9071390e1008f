//! Passwords on the command lines of shell scripts, which everybody on the machine can read.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, NodeId};
use crate::words::is_placeholder;

/// Programs, and the option that takes a password with it or after it.
const OPTIONS: &[(&str, &[&str], &[&str])] = &[
    ("mysql", &["-p", "--password="], &[]),
    ("mysqldump", &["-p", "--password="], &[]),
    ("mysqladmin", &["-p", "--password="], &[]),
    ("mongo", &["--password="], &["-p", "--password"]),
    ("mongodump", &["--password="], &["-p", "--password"]),
    ("redis-cli", &[], &["-a", "--pass"]),
    ("sshpass", &["-p"], &["-p"]),
    ("curl", &["--user=", "-u"], &["-u", "--user"]),
    ("wget", &["--password=", "--http-password=", "--ftp-password="], &[]),
    ("docker", &["--password="], &["-p", "--password"]),
    ("openssl", &["pass:"], &[]),
    ("zip", &["-P"], &["-P"]),
    ("ldapsearch", &["-w"], &["-w"]),
    ("smbclient", &[], &[]),
    ("htpasswd", &[], &[]),
];

/// Checks a command.
pub(super) fn check(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let name = context.callee(call);
    let name = name.rsplit('/').next().unwrap_or(name);
    let Some((_, joined, after)) = OPTIONS.iter().find(|(known, ..)| *known == name) else { return };
    let words: Vec<NodeId> = context.tree().children_in(call, Field::Argument).take(40).collect();
    let signs_in = name != "docker" || words.first().is_some_and(|&word| context.string(word) == Some("login"));
    for (at, &word) in words.iter().enumerate() {
        let Some(text) = context.string(word) else { continue };
        let value =
            joined.iter().find_map(|option| text.strip_prefix(option).filter(|rest| !rest.is_empty())).or_else(|| {
                after.contains(&text).then(|| words.get(at + 1).and_then(|&next| context.string(next))).flatten()
            });
        let Some(value) = value.filter(|_| signs_in) else { continue };
        // Of `user:password` the second part.
        let secret = if name == "curl" { value.split_once(':').map_or("", |(_, secret)| secret) } else { value };
        if secret.len() >= 4 && !is_placeholder(secret) && !secret.starts_with(['$', '-']) {
            let message = "A password stands on the command line of a script.";
            let report = Report::issue(word, concept::HARDCODED_SECRET, message).cwe(&[798, 259, 214]);
            return found.push(context, report.severity(Severity::Medium).confidence(Confidence::Medium));
        }
    }
}
