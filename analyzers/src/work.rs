//! How much is done, counted by thread, for tests that hold it to the length of a text: no clock tells that reliably.

use std::cell::Cell;

thread_local! {
    static STEPS: Cell<usize> = const { Cell::new(0) };
}

/// Counts what is done.
pub(crate) fn add(steps: usize) {
    STEPS.with(|count| count.set(count.get() + steps));
}

/// What `work` takes: operations of the parser, looks at nodes and at definitions.
pub(crate) fn steps(work: impl FnOnce()) -> usize {
    STEPS.with(|count| count.set(0));
    work();
    STEPS.with(Cell::get)
}
