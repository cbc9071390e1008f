//! Functions of Rust whose promises the compiler does not check: patterns for a reader.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::lang::Language::Rust;
use crate::rule::listed::{Use, Uses};
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, NodeId};

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

/// `unsafe { … }`: what the compiler does not check stands in it.
pub(super) fn block(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let word = tree.child(node, Field::Item).filter(|&word| context.source(word) == "unsafe");
    if let Some(word) = word {
        let message =
            "What stands in here is not checked by the compiler: pointers, lengths and lifetimes must be right.";
        found.push(context, Report::audit(word, concept::DANGEROUS_FUNCTION, message));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Class;
    use crate::program::{Limits, Program};
    use crate::scan::analyse;

    fn audits(code: &str) -> usize {
        let program = Program::parse(Rust, code, &Limits::default());
        let findings = analyse(&program).findings;
        findings.iter().filter(|found| found.rule == "dangerous-function" && found.class == Class::Audit).count()
    }

    #[test]
    fn patterns_for_a_reader_are_named() {
        let check = |code: &str, expected| assert_eq!(audits(code), expected, "{code}");
        check("fn f(x: u32) -> f32 { unsafe { std::mem::transmute(x) } }\n", 2);
        check("fn f(x: u32) -> f32 { unsafe { std::mem::transmute::<u32, f32>(x) } }\n", 2);
        check("fn f(p: *const u8, n: usize) { let s = unsafe { std::slice::from_raw_parts(p, n) }; g(s); }\n", 2);
        check("fn f(p: *mut u8) { let s = unsafe { String::from_raw_parts(p, 4, 8) }; g(s); }\n", 2);
        check("fn f(v: &[u8], i: usize) -> u8 { unsafe { *v.get_unchecked(i) } }\n", 2);
        check("fn f(v: &mut Vec<u8>, n: usize) { unsafe { v.set_len(n) } }\n", 2);
        check("fn f(b: &[u8]) -> &str { unsafe { std::str::from_utf8_unchecked(b) } }\n", 2);
        check("fn f(p: *const i8) { let c = unsafe { CStr::from_ptr(p) }; g(c); }\n", 2);
        check("fn f(a: *const u8, b: *mut u8) { unsafe { std::ptr::copy_nonoverlapping(a, b, 8); } }\n", 2);
        check("fn f(p: *const u8) -> u8 { unsafe { std::ptr::read(p) } }\n", 2);
        check("fn f(v: &[u8], i: usize) -> Option<&u8> { v.get(i) }\n", 0);
        check("fn f(x: u32) -> f32 { f32::from_bits(x) }\n", 0);
    }
}
