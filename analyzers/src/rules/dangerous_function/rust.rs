//! Functions of Rust whose promises the compiler does not check: patterns for a reader.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::lang::Language::Rust;
use crate::rule::listed::{Use, Uses};
use crate::rule::{Context, Findings};
use crate::syntax::NodeId;

const fn audit(names: &'static [&'static str], message: &'static str) -> Use {
    let (severity, confidence) = (Severity::Low, Confidence::Medium);
    Use { language: Rust, names, with: &[], severity, confidence, audit: true, message }
}

static USES: Uses = Uses::new(
    concept::DANGEROUS_FUNCTION,
    &[
        audit(
            &["mem.transmute", "transmute", "mem.transmute_copy"],
            "A value is taken for one of another type; both must be laid out alike.",
        ),
        audit(
            &["slice.from_raw_parts", "slice.from_raw_parts_mut"],
            "A slice is made from a pointer and a length that must be right.",
        ),
        audit(&["Vec.from_raw_parts"], "A vector is made from a pointer, a length and a capacity that must be right."),
        audit(&["String.from_raw_parts"], "A text is made from a pointer, a length and a capacity that must be right."),
        audit(&[".get_unchecked"], "An element is read without a look at the length."),
        audit(&[".get_unchecked_mut"], "An element is written without a look at the length."),
        audit(&[".set_len"], "The length is set without writing what the new elements hold."),
        audit(&["str.from_utf8_unchecked", "String.from_utf8_unchecked"], "Bytes are taken for text without a check."),
        audit(&["CStr.from_ptr"], "A text is read up to a zero byte that must be there."),
        audit(&["ptr.copy_nonoverlapping", "ptr.copy"], "Memory is copied by pointers whose lengths must be right."),
        audit(&["ptr.read"], "Memory is read by a pointer that must be valid."),
        audit(&["ptr.write"], "Memory is written by a pointer that must be valid."),
        audit(&["mem.zeroed"], "A value is made of zero bytes, which not every type may hold."),
        Use {
            language: Rust,
            names: &["mem.uninitialized"],
            with: &[],
            severity: Severity::Medium,
            confidence: Confidence::High,
            audit: false,
            message: "A value is made of memory that holds anything; `MaybeUninit` is what is meant.",
        },
    ],
);

/// Checks a call.
pub(super) fn check(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    USES.check(context, node, found);
}
