//! Files and sockets of Python that a function opens and never closes.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};

const OPENERS: &[&str] = &["open", "io.open", "codecs.open", "gzip.open", "bz2.open", "socket.socket"];

pub(super) fn check(context: &Context<'_>, assign: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let (Some(target), Some(value)) = (tree.child(assign, Field::Target), tree.child(assign, Field::Value)) else {
        return;
    };
    if context.kind(target) != Kind::Name
        || context.kind(value) != Kind::Call
        || !OPENERS.contains(&context.callee(value))
        || context.flow().data().called(value).is_some()
    {
        return;
    }
    let Some(function) = context.function(assign) else { return };
    let name = context.source(target);
    let mut kept = false;
    for node in tree.subtree(function).take(6_000).skip_while(|&node| node <= assign) {
        if context.kind(node) != Kind::Name || context.source(node) != name {
            continue;
        }
        let Some(above) = tree.parent(node) else { continue };
        kept |= match context.kind(above) {
            // `f.close()`, `f.detach()`
            Kind::Attribute => matches!(context.name(above), "close" | "detach" | "shutdown" | "fileno" | "makefile"),
            // The object that is called or looped over stays ours; anything else takes it over.
            Kind::For | Kind::Comprehension | Kind::Compare => false,
            Kind::Call => tree.field(node) == Field::Argument && !only_reads(context, above),
            Kind::Assign => tree.field(node) == Field::Value,
            _ => true,
        };
        if kept {
            return;
        }
    }
    let message = "What is opened here is never closed.";
    let report = Report::issue(value, concept::RESOURCE_LEAK, message).severity(Severity::Low);
    found.push(context, report.confidence(Confidence::Medium));
}

/// Calls that read a file to its end and leave it open.
fn only_reads(context: &Context<'_>, call: NodeId) -> bool {
    matches!(
        context.callee(call),
        "json.load"
            | "json.dump"
            | "yaml.safe_load"
            | "yaml.load"
            | "pickle.load"
            | "pickle.dump"
            | "csv.reader"
            | "csv.DictReader"
            | "csv.writer"
            | "csv.DictWriter"
            | "list"
            | "print"
            | "len"
            | "str"
            | "enumerate"
    )
}
