//! Formats of Ruby, C# and PHP that somebody else chooses.

use crate::concept;
use crate::finding::Severity;
use crate::lang::Language::{self, CSharp, Php, Ruby};
use crate::rule::listed::{At, Sinks, sink};
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};
use crate::taint::{Purposes, Source};

static SINKS: Sinks = Sinks::new(
    Purposes::CODE,
    concept::FORMAT_STRING,
    "The format of this text is chosen by",
    &[
        sink(
            Ruby,
            &[
                "printf",
                "sprintf",
                "format",
                "Kernel.printf",
                "Kernel.sprintf",
                "Kernel.format",
                "IO.printf",
                ".printf",
            ],
            At::Nth(0),
        ),
        sink(Ruby, &["printf", "Kernel.printf"], At::Nth(1)),
        sink(Php, &["sprintf", "printf", "vsprintf", "vprintf"], At::Nth(0)),
        sink(Php, &["fprintf", "vfprintf"], At::Nth(1)),
        sink(
            CSharp,
            &[
                "String.Format",
                "string.Format",
                ".AppendFormat",
                "Console.WriteLine",
                "Console.Write",
                "CompositeFormat.Parse",
            ],
            At::Nth(0),
        ),
    ],
)
.from(Source::Network)
.severity(Severity::Low);

/// Checks a call: with nothing to put in, the text is no format.
pub(super) fn call(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let least = if context.program().language == Language::Php { 1 } else { 2 };
    let fixed = context.positional(node, 0).is_some_and(|format| context.is_constant(format));
    if context.tree().positional(node).count() >= least && !fixed {
        SINKS.check(context, node, found);
    }
}

/// `format % values` of Ruby.
pub(super) fn operator(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let (Some(left), Some(right)) = (tree.child(node, Field::Left), tree.child(node, Field::Right)) else { return };
    // Of two numbers it is what is left of a division.
    let values = matches!(context.kind(right), Kind::List | Kind::Dict | Kind::String | Kind::Template | Kind::Name);
    if context.name(node) != "%" || !values || context.is_constant(left) {
        return;
    }
    let text = matches!(context.kind(context.value(left)), Kind::Template | Kind::Subscript | Kind::Binary);
    let taint = context.tainted(left, Purposes::CODE).filter(|taint| taint.origin.source >= Source::Network && text);
    if let Some(taint) = taint {
        let message = format!("The format of this text is chosen by {}.", taint.source());
        let report = Report::issue(node, concept::FORMAT_STRING, message).severity(Severity::Low);
        found.push(context, report.confidence(taint.confidence).trace(taint.trace));
    }
}
