//! File modes of Go.

use super::{GROUP_WRITE, OTHERS_WRITE, RUN, report};
use crate::concept;
use crate::finding::Severity;
use crate::rule::{Context, Findings, Report};
use crate::syntax::NodeId;

/// Where functions take a mode, and whether they make folders.
const FUNCTIONS: &[(&str, usize, bool)] = &[
    ("os.Chmod", 1, false),
    ("os.File.Chmod", 0, false),
    ("os.Mkdir", 1, true),
    ("os.MkdirAll", 1, true),
    ("os.OpenFile", 2, false),
    ("os.WriteFile", 2, false),
    ("io/ioutil.WriteFile", 2, false),
    ("syscall.Chmod", 1, false),
    ("syscall.Mkdir", 1, true),
];

/// Checks a call.
pub(super) fn call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let path = context.callee(call);
    let Some(&(_, at, folder)) = FUNCTIONS.iter().find(|(known, ..)| *known == path) else { return };
    let Some(mode) = context.positional(call, at) else { return };
    let bits = match context.integer(mode) {
        Some(bits) => bits,
        None if context.path(mode) == "os.ModePerm" || context.path(mode) == "io/fs.ModePerm" => 0o777,
        None => return,
    };
    if bits & OTHERS_WRITE != 0 {
        found.push(context, report(mode, "Everybody may write."));
    } else if bits & GROUP_WRITE != 0 {
        found.push(context, report(mode, "The whole group may write.").severity(Severity::Medium));
    } else if bits & RUN != 0 && !folder {
        found.push(context, report(mode, "Everybody may run it.").severity(Severity::Low));
    } else if bits & 0o044 != 0 {
        found.push(context, Report::audit(mode, concept::FILE_MODE, "Others may read it."));
    }
}
