//! Files that JavaScript asks about by their name and then changes by their name.

use crate::concept;
use crate::finding::{Confidence, Severity, Step};
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Kind, NodeId};

const CHECKS: &[&str] = &["exists", "access", "stat", "lstat"];
const USES: &[&str] =
    &["writeFile", "appendFile", "unlink", "rename", "truncate", "chmod", "chown", "open", "createWriteStream", "rm"];

/// `if (fs.existsSync(p)) fs.writeFileSync(p, …)`
pub(super) fn check(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let Some(name) = plain(context, call).filter(|name| USES.contains(name)) else { return };
    let tree = context.tree();
    let Some(target) = context.positional(call, 0) else { return };
    if name == "open" && !writes(context, call) || is_exclusive(context, call) {
        return;
    }
    let written = context.source(target);
    let same = |other: NodeId| {
        context.source(other) == written
            || context.string(target).is_some_and(|text| context.string(other) == Some(text))
    };
    // The function around, and the one that hands this callback over.
    let mut scope = tree.scope(call);
    for _ in 0..3 {
        let check = tree.subtree(scope).take(4_000).take_while(|&node| node < call).find(|&node| {
            context.kind(node) == Kind::Call
                && plain(context, node).is_some_and(|name| CHECKS.contains(&name))
                && context.positional(node, 0).is_some_and(same)
        });
        if let Some(check) = check {
            let step = |node: NodeId, note: &str| Step { span: tree.span(node), note: note.to_owned() };
            let message = "A file is looked at by its name and then used by its name: it can be another one by then.";
            let report = Report::issue(call, concept::FILE_RACE, message).severity(Severity::Low);
            let trace = vec![step(check, "the file is looked at"), step(call, "it is used")];
            return found.push(context, report.confidence(Confidence::Medium).trace(trace));
        }
        if context.kind(scope) != Kind::Lambda {
            return;
        }
        scope = tree.scope(tree.parent(scope).unwrap_or(NodeId::ROOT));
    }
}

/// The function of `fs` that a call calls, without `Sync`.
fn plain<'c>(context: &'c Context<'_>, call: NodeId) -> Option<&'c str> {
    let path = context.callee(call);
    let (module, function) = path.rsplit_once('.')?;
    matches!(module, "fs" | "fs/promises" | "fs.promises" | "fs-extra" | "graceful-fs")
        .then(|| function.strip_suffix("Sync").unwrap_or(function))
}

/// Whether `open` is called to write.
fn writes(context: &Context<'_>, call: NodeId) -> bool {
    context
        .positional(call, 1)
        .and_then(|flags| context.string(flags))
        .is_some_and(|flags| flags.starts_with(['w', 'a']) || flags.contains('+'))
}

/// Whether the use fails where the file is there already.
fn is_exclusive(context: &Context<'_>, call: NodeId) -> bool {
    context.tree().subtree(call).take(60).any(|part| matches!(context.string(part), Some("wx" | "ax" | "wx+" | "ax+")))
}
