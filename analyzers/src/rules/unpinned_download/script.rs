//! Programs that JavaScript fetches without encryption.

use crate::concept;
use crate::finding::Confidence;
use crate::rule::script::lead;
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Kind, NodeId};
use crate::taint::Purposes;

/// Ends of the names of files that are run or unpacked to be run.
const PROGRAMS: &[&str] = &[
    ".exe",
    ".dmg",
    ".pkg",
    ".msi",
    ".deb",
    ".rpm",
    ".apk",
    ".app",
    ".jar",
    ".sh",
    ".bat",
    ".ps1",
    ".run",
    ".appimage",
];
/// Functions that fetch, by the end of their name.
const FETCHES: &[&str] = &[
    "nugget",
    "request",
    "get",
    "fetch",
    "axios",
    "got",
    "download",
    "node-fetch",
    "needle",
    "wget",
    "getScript",
    "ky",
];
/// Functions that run a command, which may fetch.
const COMMANDS: &[&str] = &["exec", "execSync", "spawn", "spawnSync", "execFile", "execFileSync", "execa"];

/// `nugget("http://example.org/setup.exe")`, `exec("curl http://example.org/setup.sh | sh")`
pub(super) fn check(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let last = context.callee(call).rsplit('.').next().unwrap_or_default();
    let fetches = FETCHES.contains(&last) || matches!(context.method(call), "get" | "download");
    if !fetches && !COMMANDS.contains(&last) {
        return;
    }
    let mut texts = Vec::new();
    for part in context.tree().positional(call).take(3) {
        let value = context.value(part);
        match context.kind(value) {
            Kind::List => texts.extend(context.tree().children(value).take(12).map(|part| whole(context, part))),
            Kind::Dict => {
                let named = ["url", "uri", "target"].iter().filter_map(|name| context.entry(value, name));
                texts.extend(named.map(|part| whole(context, part)));
            }
            _ => texts.push(whole(context, part)),
        }
    }
    let all = texts.join(" ");
    let command = fetches || all.contains("curl") || all.contains("wget") || all.contains("Invoke-WebRequest");
    let plain = all.contains("http://") || all.contains("ftp://");
    let local = ["//localhost", "//127.", "//0.0.0.0", "//[::1]"].iter().any(|host| all.contains(host));
    let lower = all.to_ascii_lowercase();
    let program =
        lower.split([' ', '"', '\'', '|', '?', '#']).any(|word| PROGRAMS.iter().any(|end| word.ends_with(end)));
    if command && plain && program && !local {
        let message = "A program is fetched without encryption: whoever is on the way can replace it.";
        let report = Report::issue(call, concept::UNPINNED_DOWNLOAD, message).cwe(&[829, 494, 319]);
        found.push(context, report.confidence(Confidence::Medium));
    }
}

/// The constant text of an argument.
fn whole(context: &Context<'_>, part: NodeId) -> String {
    match context.string(part) {
        Some(text) => text.to_owned(),
        None => lead(context, part, Purposes::URL).text,
    }
}
