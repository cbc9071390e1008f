//! Files of JavaScript with a foreseeable name in the directory for temporary files.

use crate::concept;
use crate::finding::Confidence;
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Kind, NodeId};

const WRITERS: &[&str] = &["writeFile", "createWriteStream", "appendFile", "outputFile", "open", "mkdir", "copyFile"];
/// What makes a name that nobody foresees, or a directory of its own.
const UNFORESEEN: &[&str] = &["random", "uuid", "nanoid", "mkdtemp", "UUID", "mktemp"];

/// `fs.writeFileSync(path.join(os.tmpdir(), "name"), …)`, `tmp.tmpNameSync()`
pub(super) fn check(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let path = context.callee(call);
    if matches!(path, "tmp.tmpName" | "tmp.tmpNameSync" | "tempfile" | "tempy.file") && path.starts_with("tmp.") {
        let message = "Only a name is made: somebody else can take it before the file is there.";
        return found.push(context, Report::issue(call, concept::MKTEMP, message).confidence(Confidence::Medium));
    }
    let Some((module, function)) = path.rsplit_once('.') else { return };
    let name = function.strip_suffix("Sync").unwrap_or(function);
    if !matches!(module, "fs" | "fs/promises" | "fs.promises" | "fs-extra" | "graceful-fs") || !WRITERS.contains(&name)
    {
        return;
    }
    let at = usize::from(name == "copyFile");
    let Some(target) = context.positional(call, at) else { return };
    if name == "open"
        && context
            .positional(call, 1)
            .and_then(|flags| context.string(flags))
            .is_none_or(|flags| flags.starts_with('r'))
    {
        return;
    }
    let exclusive = context.tree().subtree(call).take(80).any(|part| {
        matches!(context.string(part), Some("wx" | "ax" | "wx+" | "ax+")) || context.name(part) == "O_EXCL"
    });
    let mut parts = Vec::new();
    gather(context, target, &mut parts, 0);
    let shared = parts.iter().any(|&part| {
        context.kind(part) == Kind::Call && context.callee(part) == "os.tmpdir"
            || context.string(part).is_some_and(|text| text.starts_with("/tmp/") || text.starts_with("/var/tmp/"))
    });
    let unforeseen = parts.iter().any(|&part| {
        matches!(context.kind(part), Kind::Call | Kind::Name | Kind::Attribute)
            && UNFORESEEN.iter().any(|word| context.source(part).contains(word))
    });
    if shared && !unforeseen && !exclusive {
        let message = "A file with a foreseeable name is made in a directory that everybody can write to.";
        found.push(context, Report::issue(call, concept::TEMPORARY_PATH, message).confidence(Confidence::Medium));
    }
}

/// What a path is put together from, also through names.
fn gather(context: &Context<'_>, node: NodeId, parts: &mut Vec<NodeId>, depth: u32) {
    for part in context.tree().subtree(node).take(60) {
        if parts.len() > 200 {
            return;
        }
        parts.push(part);
        let value = context.value(part);
        if context.kind(part) == Kind::Name && value != part && depth < 4 {
            gather(context, value, parts, depth + 1);
        }
    }
}
