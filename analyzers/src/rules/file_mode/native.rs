//! File modes in C and C++: chmod, open, umask, and access lists of Windows.

use crate::concept;
use crate::finding::Confidence;
use crate::rule::c::{arguments, declarations, library};
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Kind, NodeId};

/// Functions with a mode, and its place.
const MODES: &[(&str, usize)] = &[
    ("chmod", 1),
    ("fchmod", 1),
    ("fchmodat", 2),
    ("lchmod", 1),
    ("open", 2),
    ("openat", 3),
    ("creat", 1),
    ("mkdir", 1),
    ("mkdirat", 2),
    ("mkfifo", 1),
    ("mknod", 1),
    ("shm_open", 2),
    ("_chmod", 1),
];

/// Checks a call.
pub(super) fn check(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let name = library(context, call);
    let given = arguments(context, call);
    match name {
        "umask" => {
            let Some(&mask) = given.first() else { return };
            if context.integer(mask) == Some(0) {
                let message = "With a mask of zero every new file can be writable for everybody.";
                found.push(context, Report::issue(call, concept::FILE_MODE, message).cwe(&[732, 276, 266, 560]));
            } else if value(context, mask)
                .is_some_and(|mask| mask & 0o777 == 0o666 || mask & 0o777 == 0o777 || mask & 0o777 == 0o644)
            {
                let message = "A mask names the permissions that are taken away, not those that are given.";
                let report = Report::issue(call, concept::FILE_MODE, message).cwe(&[560, 266, 264, 732]);
                found.push(context, report.confidence(Confidence::Medium));
            }
            return;
        }
        "SetSecurityDescriptorDacl" => {
            let none = |at: usize| {
                given.get(at).is_some_and(|&part| {
                    context.kind(part) == Kind::Null
                        || context.source(part) == "NULL"
                        || context.integer(part) == Some(0)
                })
            };
            let present =
                given.get(1).is_some_and(|&part| context.truth(part) == Some(true) || context.source(part) == "TRUE");
            let named = given.get(2).map(|&part| context.value(part));
            let empty =
                none(2) || named.is_some_and(|part| context.kind(part) == Kind::Null || context.source(part) == "NULL");
            if present && empty {
                let message = "An empty access list lets everybody do everything.";
                found.push(context, Report::issue(call, concept::FILE_MODE, message));
            }
            return;
        }
        _ => {}
    }
    let Some(&(_, at)) = MODES.iter().find(|(known, _)| *known == name) else { return };
    if matches!(name, "open" | "openat") {
        let flags = given.get(at - 1).map(|&part| context.source(part)).unwrap_or_default();
        let creates = flags.split(['|', ' ']).any(|flag| matches!(flag.trim(), "O_CREAT" | "O_TMPFILE"));
        if !creates {
            return;
        }
        if given.len() <= at {
            let message = "A new file gets whatever mode happens to be on the stack: give one.";
            return found.push(context, Report::issue(call, concept::FILE_MODE, message));
        }
    }
    let Some(mode) = given.get(at).and_then(|&mode| value(context, mode)) else { return };
    let directory = name.starts_with("mkdir");
    // The mask takes the rest away from what is created, not from what is changed.
    let changes = name.contains("chmod");
    if mode & 0o002 != 0 && mode & 0o1000 == 0 {
        let message = "Everybody can write to the file.";
        let sure = if changes { Confidence::High } else { Confidence::Medium };
        if directory && mode & 0o777 == 0o777 {
            return found.push(context, Report::audit(call, concept::FILE_MODE, message));
        }
        let report = Report::issue(call, concept::FILE_MODE, message).confidence(sure);
        found.push(context, report.trace(declarations(context, call)));
    }
}

/// A mode as a number: octal, or a union of the names for bits.
fn value(context: &Context<'_>, mode: NodeId) -> Option<i64> {
    if let Some(number) = context.integer(mode) {
        return Some(number);
    }
    let text = context.source(mode);
    text.contains("S_I").then(|| text.split(['|', ' ', '(', ')']).map(bits).fold(0, |all, bits| all | bits))
}

fn bits(name: &str) -> i64 {
    match name.trim() {
        "S_IRWXU" => 0o700,
        "S_IRUSR" | "S_IREAD" => 0o400,
        "S_IWUSR" | "S_IWRITE" => 0o200,
        "S_IXUSR" => 0o100,
        "S_IRWXG" => 0o070,
        "S_IRGRP" => 0o040,
        "S_IWGRP" => 0o020,
        "S_IXGRP" => 0o010,
        "S_IRWXO" => 0o007,
        "S_IROTH" => 0o004,
        "S_IWOTH" => 0o002,
        "S_IXOTH" => 0o001,
        "S_ISVTX" => 0o1000,
        _ => 0,
    }
}
