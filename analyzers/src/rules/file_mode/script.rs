//! File modes of JavaScript.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::common::label;
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};

/// `fs.chmod(path, 0o777)`
pub(super) fn call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let method = context.callee(call).rsplit('.').next().unwrap_or_default();
    if !matches!(method, "chmod" | "chmodSync" | "fchmod" | "fchmodSync" | "lchmod" | "lchmodSync") {
        return;
    }
    let mode = context.positional(call, 1).and_then(|mode| mode_of(context, mode));
    report(context, call, mode, found);
}

/// `{ mode: 0o666 }` among the options of a function that makes a file or directory.
pub(super) fn option(context: &Context<'_>, pair: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let (Some(key), Some(value)) = (tree.child(pair, Field::Key), tree.child(pair, Field::Value)) else { return };
    if label(context, key) != "mode" {
        return;
    }
    let call = tree.ancestors(pair).take(2).find(|&above| context.kind(above) == Kind::Call);
    let makes = call.is_some_and(|call| {
        let method = context.callee(call).rsplit('.').next().unwrap_or_default();
        let name = method.strip_suffix("Sync").unwrap_or(method);
        matches!(
            name,
            "writeFile" | "appendFile" | "mkdir" | "createWriteStream" | "outputFile" | "ensureDir" | "open" | "mkdirp"
        )
    });
    if makes {
        report(context, pair, mode_of(context, value), found);
    }
}

/// A mode as a number; text is read as octal.
fn mode_of(context: &Context<'_>, mode: NodeId) -> Option<i64> {
    match context.string(mode) {
        Some(text) => i64::from_str_radix(text.trim_start_matches("0o"), 8).ok(),
        None => context.integer(mode),
    }
}

fn report(context: &Context<'_>, node: NodeId, mode: Option<i64>, found: &mut Findings) {
    if mode.is_some_and(|mode| mode & 0o002 != 0) {
        let message = "A file or directory is made writable for everybody.";
        let report = Report::issue(node, concept::FILE_MODE, message);
        found.push(context, report.severity(Severity::Medium).confidence(Confidence::High));
    }
}
