//! Amounts of memory and time in PHP, C#, Ruby and Rust that somebody else chooses: sinks as data.

use crate::concept;
use crate::lang::Language::{CSharp, Php, Ruby, Rust};
use crate::rule::listed::{At, Sinks, sink};
use crate::rule::{Context, Findings};
use crate::syntax::NodeId;
use crate::taint::{Purposes, Source};

static SINKS: Sinks = Sinks::new(
    Purposes::SIZE,
    concept::UNBOUNDED_WORK,
    "How much memory or time is spent is chosen by",
    &[
        sink(Php, &["sleep", "usleep"], At::Nth(0)),
        sink(Php, &["time_nanosleep"], At::Any),
        sink(Php, &["time_sleep_until", "set_time_limit"], At::Nth(0)),
        sink(Php, &["str_repeat", "str_pad", "range", "array_fill"], At::Nth(1)),
        sink(CSharp, &["Thread.Sleep", "Task.Delay"], At::Nth(0)),
        sink(CSharp, &["Enumerable.Range", "Enumerable.Repeat"], At::Nth(1)),
        sink(Ruby, &["sleep", "Array.new"], At::Nth(0)),
        sink(
            Rust,
            &[
                "thread.sleep",
                "time.sleep",
                "Vec.with_capacity",
                "String.with_capacity",
                "BytesMut.with_capacity",
                ".try_reserve",
                ".reserve",
            ],
            At::Nth(0),
        ),
    ],
)
.from(Source::Network);

/// Memory by its layout: nobody but the caller looks at its size.
static LAYOUTS: Sinks = Sinks::new(
    Purposes::SIZE,
    concept::ALLOCATION,
    "The size of an allocation is made from",
    &[
        sink(Rust, &["alloc.alloc", "alloc.alloc_zeroed"], At::Nth(0)),
        sink(Rust, &["alloc.realloc"], At::Nth(2)),
        sink(Rust, &["alloc.realloc"], At::Nth(1)),
        sink(Rust, &["System.alloc", "libc.malloc"], At::Nth(0)),
        sink(Rust, &["libc.calloc"], At::Any),
        sink(Rust, &["libc.realloc"], At::Nth(1)),
    ],
)
.from(Source::Arguments)
.cwe(&[770, 789]);

/// Checks a call.
pub(super) fn check(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    SINKS.check(context, node, found);
    LAYOUTS.check(context, node, found);
}
