//! Scripts that are fetched and run at once, and packages that are taken without their signatures.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Kind, NodeId};

/// Programs that fetch.
const FETCHERS: &[&str] = &["curl", "wget", "fetch", "aria2c", "http"];
/// Programs that run what they read.
const RUNNERS: &[&str] = &[
    "sh", "bash", "zsh", "dash", "ksh", "ash", "python", "python3", "perl", "ruby", "node", "php", "source", ".",
    "eval",
];

/// Options by which a package manager takes what nobody signed.
const UNSIGNED: &[(&str, &[&str])] = &[
    (
        "apt-get",
        &[
            "--allow-unauthenticated",
            "--force-yes",
            "--allow-insecure-repositories",
            "acquire::allowinsecurerepositories=true",
        ],
    ),
    (
        "apt",
        &[
            "--allow-unauthenticated",
            "--force-yes",
            "--allow-insecure-repositories",
            "acquire::allowinsecurerepositories=true",
        ],
    ),
    ("yum", &["--nogpgcheck"]),
    ("dnf", &["--nogpgcheck"]),
    ("zypper", &["--no-gpg-checks", "--no-gpg-check"]),
    ("rpm", &["--nosignature", "--nodigest"]),
    ("apk", &["--allow-untrusted"]),
    ("pip", &["--trusted-host"]),
    ("pip3", &["--trusted-host"]),
];

/// The program that a command runs: behind `sudo`, `env` and the like; and its arguments.
fn command<'c>(context: &'c Context<'_>, call: NodeId) -> (&'c str, Vec<&'c str>) {
    let words = |part: NodeId| context.string(part).unwrap_or_else(|| context.source(part));
    let mut arguments: Vec<&str> = context.tree().positional(call).take(40).map(words).collect();
    let mut program = context.callee(call);
    while matches!(program, "sudo" | "env" | "exec" | "command" | "time" | "nohup") {
        let skipped = arguments.iter().take_while(|word| word.starts_with('-') || word.contains('=')).count();
        if skipped >= arguments.len() {
            break;
        }
        program = arguments.get(skipped).copied().unwrap_or_default();
        arguments.drain(..=skipped);
    }
    (program.rsplit('/').next().unwrap_or(program), arguments)
}

/// What a fetching command fetches, if it is one.
fn fetched<'c>(context: &'c Context<'_>, call: NodeId) -> Option<Vec<&'c str>> {
    let (program, arguments) = command(context, call);
    FETCHERS.contains(&program).then_some(arguments)
}

/// Checks a pipeline: `curl … | sh`.
pub(super) fn pipeline(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let calls: Vec<NodeId> = tree.children(node).take(8).filter(|&part| tree.kind(part) == Kind::Call).collect();
    let Some((fetch, rest)) = calls.split_first() else { return };
    let Some(arguments) = fetched(context, *fetch) else { return };
    let runs = rest.iter().any(|&call| {
        let (program, arguments) = command(context, call);
        // `python -m json.tool`, `python -c '…'`, `node -e '…'` read data.
        RUNNERS.contains(&program)
            && !arguments.iter().any(|word| matches!(*word, "-c" | "-m" | "-e" | "-r" | "-n" | "-p" | "-ne" | "-pe"))
    });
    if runs {
        report(context, node, &arguments, found);
    }
}

/// Checks a command: `bash <(curl …)`, `sh -c "$(curl …)"`, `apt-get --allow-unauthenticated`.
pub(super) fn call(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let (program, arguments) = command(context, node);
    if let Some((_, options)) = UNSIGNED.iter().find(|(name, _)| *name == program) {
        let installs = arguments.iter().any(|word| {
            matches!(*word, "install" | "update" | "upgrade" | "add" | "-i" | "-Uvh" | "-ivh" | "localinstall")
        });
        let unsigned = arguments.iter().any(|word| {
            let word = word.to_ascii_lowercase();
            options
                .iter()
                .any(|option| word == *option || word.strip_prefix(option).is_some_and(|rest| rest.starts_with('=')))
        });
        if installs && unsigned {
            let message = "Packages are installed without checking who made them.";
            let report = Report::issue(node, concept::UNPINNED_DOWNLOAD, message).cwe(&[494, 347]);
            found.push(context, report.severity(Severity::Medium));
        }
        return;
    }
    if !RUNNERS.contains(&program) {
        return;
    }
    let inner = tree.subtree(node).skip(1).take(60).find(|&part| {
        tree.kind(part) == Kind::Call
            && fetched(context, part).is_some()
            && tree
                .parent(part)
                .is_some_and(|around| tree.kind(around) == Kind::Other || tree.kind(around) == Kind::Interpolation)
    });
    if let Some(arguments) = inner.and_then(|inner| fetched(context, inner)) {
        report(context, node, &arguments, found);
    }
}

fn report(context: &Context<'_>, node: NodeId, arguments: &[&str], found: &mut Findings) {
    let clear = arguments.iter().any(|word| word.trim_matches(['"', '\'']).starts_with("http://"));
    let unchecked = arguments.iter().any(|word| matches!(*word, "-k" | "--insecure" | "--no-check-certificate"));
    let message = "A script is fetched and run at once, whatever it says.";
    let report = Report::issue(node, concept::UNPINNED_DOWNLOAD, message).cwe(&[494, 829]);
    // By a checked connection it is what its site says; installers are published so.
    let (severity, confidence) =
        if clear || unchecked { (Severity::High, Confidence::High) } else { (Severity::Low, Confidence::Medium) };
    found.push(context, report.severity(severity).confidence(confidence));
}
