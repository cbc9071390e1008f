//! CWE-119: memory read as a larger thing than it is.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::{Context, Findings, Report, Rule, go as golang, go_row};
use crate::syntax::{Field, Kind, NodeId};

pub(crate) const RULE: Rule = Rule {
    id: "unsafe-pointer",
    cwe: &[119, 126],
    severity: Severity::High,
    summary: "A pointer is made to more memory than there is.",
    advice: "Keep the length of the array, or copy into a larger one; leave `unsafe` out.",
    rows: &[go_row(&[Kind::Cast], check_go)],
    bad: &[golang(
        "package p\nimport \"unsafe\"\nfunc f() {\n\tsmall := [8]byte{1, 2}\n\tlarge := (*[16]byte)(unsafe.Pointer(&small))\n\tuse(large)\n}\n",
    )],
    good: &[golang(
        "package p\nimport \"unsafe\"\nfunc f() {\n\tsmall := [8]byte{1, 2}\n\tsame := (*[8]byte)(unsafe.Pointer(&small))\n\tuse(same)\n}\n",
    )],
};

/// `(*[16]byte)(unsafe.Pointer(&small))`
fn check_go(context: &Context<'_>, cast: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let (Some(kind), Some(value)) = (tree.child(cast, Field::Type), tree.child(cast, Field::Value)) else { return };
    if context.callee(value) != "unsafe.Pointer" {
        return;
    }
    let taken = context.positional(value, 0).filter(|&taken| context.name(taken) == "&");
    let Some(inner) = taken.and_then(|taken| tree.child(taken, Field::Value)) else { return };
    // `&small[2]` leaves out what stands before.
    let (name, skipped) = match context.kind(inner) {
        Kind::Subscript => {
            let index = tree.child(inner, Field::Index).and_then(|index| context.integer(index));
            (tree.child(inner, Field::Object), index.unwrap_or(0))
        }
        _ => (Some(inner), 0),
    };
    let Some(literal) = name.map(|name| context.value(name)).filter(|&literal| context.kind(literal) == Kind::List)
    else {
        return;
    };
    let wanted = tree.subtree(kind).take(6).find_map(|part| context.integer(part));
    let held = length(context.source(literal));
    // Elements of other types have other sizes.
    let element =
        |text: &str| text.split(']').nth(1).unwrap_or_default().split('{').next().unwrap_or_default().to_owned();
    if let (Some(wanted), Some(held)) = (wanted, held)
        && element(context.source(kind)) == element(context.source(literal))
        && wanted > held - skipped
    {
        let message = "A pointer is made to more memory than there is.";
        found.push(context, Report::issue(cast, concept::UNBOUNDED_COPY, message).confidence(Confidence::High));
    }
}

/// The length that the type of an array names.
fn length(literal: &str) -> Option<i64> {
    literal.strip_prefix('[')?.split(']').next()?.trim().parse().ok()
}
