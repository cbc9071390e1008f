//! CWE-476: a file that may not be open, or a place that may not be found, is used without a look.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::c::library;
use crate::rule::c::result::unchecked_use;
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Kind, NodeId};

/// Functions that give a file, a directory or the like, or a null pointer.
const OPENERS: &[&str] = &[
    "fopen",
    "fdopen",
    "popen",
    "tmpfile",
    "opendir",
    "freopen",
    "gethostbyname",
    "getpwnam",
    "getpwuid",
    "getgrnam",
    "_wfopen",
    "dlopen",
];

/// Functions that find a place in a text, or nothing.
const FINDERS: &[&str] = &["strchr", "strrchr", "strstr", "memchr", "strpbrk", "getenv", "wcschr", "wcsstr"];

/// Functions that go through every pointer that they get.
const READERS: &[&str] = &[
    "fgets", "fputs", "fprintf", "fscanf", "fread", "fwrite", "fgetc", "getc", "fputc", "putc", "fseek", "ftell",
    "rewind", "fclose", "pclose", "feof", "getline", "readdir", "closedir", "fileno", "strlen", "strcpy", "strcat",
    "strcmp", "strncpy", "strdup", "atoi", "memcpy", "puts", "fflush", "vfprintf",
];

/// Checks a call.
pub(super) fn check(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let name = library(context, call);
    let opens = OPENERS.contains(&name);
    if !opens && !FINDERS.contains(&name) {
        return;
    }
    let reaches =
        |inner: NodeId, _: &str| context.kind(inner) == Kind::Call && READERS.contains(&library(context, inner));
    if unchecked_use(context, call, reaches).is_some() {
        let message = if opens {
            "The result is used without a look whether there is one."
        } else {
            "What was looked for may not be there, and is used without a look."
        };
        let report = Report::issue(call, concept::UNCHECKED_RESULT, message).cwe(&[476, 690, 252]);
        found.push(context, report.severity(Severity::Low).confidence(Confidence::Medium));
    }
}
