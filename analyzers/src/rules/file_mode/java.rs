//! Files of Java that everybody may write.

use crate::concept;
use crate::finding::Severity;
use crate::rule::listed::is_method_of;
use crate::rule::{Context, Findings, Report};
use crate::syntax::NodeId;

/// `file.setWritable(true, false)`, `PosixFilePermissions.fromString("rwxrwxrwx")`.
pub(super) fn call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let path = context.callee(call);
    let method = context.method(call);
    let everybody = context.positional(call, 0).and_then(|on| context.truth(on)) == Some(true)
        && context.positional(call, 1).and_then(|owner| context.truth(owner)) == Some(false);
    let (open, severity) = match method {
        "setWritable" => (everybody, Severity::High),
        "setReadable" | "setExecutable" => (everybody && path.contains("File"), Severity::Low),
        "fromString" if is_method_of(path, "PosixFilePermissions", "fromString") => {
            let text = context.positional(call, 0).and_then(|text| context.string(text)).unwrap_or_default();
            (text.len() == 9 && text.as_bytes().get(7) == Some(&b'w'), Severity::High)
        }
        "add" | "of" => {
            let others = context.tree().positional(call).any(|part| context.path(part).ends_with("OTHERS_WRITE"));
            (others, Severity::High)
        }
        _ => return,
    };
    if open {
        let message = "A file may be read or changed by everybody.";
        found.push(context, Report::issue(call, concept::FILE_MODE, message).severity(severity));
    }
}
