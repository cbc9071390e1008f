//! Archives that JavaScript unpacks by hand: the name of an entry becomes a path.

use crate::concept;
use crate::finding::{Confidence, Step};
use crate::rule::script::around;
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};

/// What a unit mentions that reads archives.
const READERS: &[&str] = &["zip", "tar", "Zip", "unrar", "Tar"];
/// Functions that write to their first argument.
const WRITERS: &[&str] = &[
    "createWriteStream",
    "writeFile",
    "writeFileSync",
    "outputFile",
    "outputFileSync",
    "mkdirSync",
    "mkdir",
    "appendFileSync",
];
/// Attributes that hold the name of an entry.
const NAMES: &[&str] = &["path", "entryName", "fileName", "filename", "name", "relativePath"];
/// Words that say that a name is looked at before it is used.
const CHECKS: &[&str] =
    &["startsWith(", "'..'", "\"..\"", "indexOf(", "includes(", "basename(", "relative(", "isAbsolute(", "\\.\\."];

/// `entry.pipe(fs.createWriteStream(entry.path))`
pub(super) fn check(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let method = context.callee(call).rsplit('.').next().unwrap_or_default();
    if !WRITERS.contains(&method) || !READERS.iter().any(|word| context.mentions(word)) {
        return;
    }
    let Some(target) = context.positional(call, 0) else { return };
    let Some(name) = entry_name(context, target, 0) else { return };
    let text = around(context, call);
    if CHECKS.iter().any(|word| text.contains(word)) {
        return;
    }
    let step = |node: NodeId, note: &str| Step { span: context.tree().span(node), note: note.to_owned() };
    let message = "The name of an archive's entry becomes a path, which may point outside the target.";
    let report = Report::issue(call, concept::TAR_EXTRACT, message).confidence(Confidence::Medium);
    found.push(
        context,
        report.trace(vec![step(name, "the entry's name comes in"), step(target, "goes into this path")]),
    );
}

/// The name of an entry in a path that is put together: `entry.path`, also through names, or a key of the archive.
fn entry_name(context: &Context<'_>, node: NodeId, depth: u32) -> Option<NodeId> {
    if depth > 5 {
        return None;
    }
    let tree = context.tree();
    tree.subtree(node).take(80).find_map(|part| match context.kind(part) {
        Kind::Attribute if NAMES.contains(&context.name(part)) => {
            let object = tree.child(part, Field::Object)?;
            let holder = context.source(object).to_ascii_lowercase();
            ["entry", "header", "zipentry", "member", "item"].iter().any(|word| holder.ends_with(word)).then_some(part)
        }
        Kind::Name if tree.field(part) != Field::Callee => {
            let value = context.value(part);
            if value != part {
                return entry_name(context, value, depth + 1);
            }
            is_key(context, part).then_some(part)
        }
        _ => None,
    })
}

/// `for (const name in zip.files)`, `zip.forEach((name, file) => …)`
fn is_key(context: &Context<'_>, name: NodeId) -> bool {
    let (tree, data) = (context.tree(), context.flow().data());
    data.definitions_of(name).iter().take(4).any(|&at| {
        let definition = &data.definitions[at as usize];
        let archive = |node: NodeId| {
            let text = context.source(node);
            (text.contains("zip") || text.contains("Zip") || text.contains("archive")) && text.len() < 60
        };
        match definition.value {
            crate::graph::dfg::Value::Element(of) => archive(of) && context.source(of).contains("files"),
            crate::graph::dfg::Value::Parameter(function) => {
                let call = tree.parent(function).filter(|&call| context.kind(call) == Kind::Call);
                let first = tree.children_in(function, Field::Parameter).next() == Some(definition.node);
                call.is_some_and(|call| {
                    first
                        && context.method(call) == "forEach"
                        && context.object(call).is_some_and(archive)
                        && tree.children_in(function, Field::Parameter).count() > 1
                })
            }
            _ => false,
        }
    })
}
