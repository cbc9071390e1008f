//! `os.access(path, …)` and then `open(path)`: what was allowed may be another file by then.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};

pub(super) fn check(context: &Context<'_>, branch: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let Some(test) = tree.child(branch, Field::Test) else { return };
    let looked = tree.subtree(test).take(40).find_map(|part| {
        if context.kind(part) != Kind::Call {
            return None;
        }
        let subject = context.positional(part, 0);
        match context.callee(part) {
            "os.access" | "os.path.islink" | "os.path.exists" | "os.path.isfile" | "os.path.lexists" => {
                Some((part, subject?))
            }
            _ if matches!(context.method(part), "is_symlink" | "exists") => Some((part, context.object(part)?)),
            _ => None,
        }
    });
    let Some((check, subject)) = looked else { return };
    let written = context.source(subject);
    if written.is_empty() || !matches!(context.kind(subject), Kind::Name | Kind::Attribute) {
        return;
    }
    let name = context.callee(check);
    let rights = name == "os.access";
    let link = name == "os.path.islink" || context.method(check) == "is_symlink";
    let scope = context.function(branch).unwrap_or(NodeId::ROOT);
    let used = tree.subtree(scope).take(4_000).skip_while(|&node| node <= check).find(|&node| {
        context.kind(node) == Kind::Call
            && (matches!(
                context.callee(node),
                "open"
                    | "os.open"
                    | "os.remove"
                    | "os.unlink"
                    | "os.chmod"
                    | "os.chown"
                    | "os.rename"
                    | "shutil.rmtree"
            ) && context.positional(node, 0).is_some_and(|path| context.source(path) == written)
                || matches!(context.method(node), "unlink" | "write_text" | "write_bytes" | "read_text" | "open")
                    && context.object(node).is_some_and(|object| context.source(object) == written))
    });
    let Some(used) = used else { return };
    // A file that is made where there was none: another one may have been put there.
    let creates = context.callee(used) == "open"
        && context.positional(used, 1).and_then(|mode| context.string(mode)).is_some_and(|mode| mode.starts_with('w'));
    let message = "The file was checked by its name before: it can be another one by now.";
    let report = if rights || link {
        Report::issue(used, concept::FILE_RACE, message).severity(Severity::Medium)
    } else if creates && inside(context, branch, used) && tests_absence(context, test) {
        Report::issue(used, concept::FILE_RACE, message).severity(Severity::Low)
    } else {
        return;
    };
    found.push(context, report.confidence(Confidence::Medium));
}

fn inside(context: &Context<'_>, branch: NodeId, node: NodeId) -> bool {
    context.tree().child(branch, Field::Body).is_some_and(|body| context.tree().contains(body, node))
}

fn tests_absence(context: &Context<'_>, test: NodeId) -> bool {
    context.kind(test) == Kind::Unary && context.name(test) == "not"
}
