//! How far a long run is: one line on a terminal's standard error, rewritten now and then; silent anywhere else.

use std::io::{IsTerminal as _, Write as _};
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Runs shorter than this show nothing.
const PATIENCE: Duration = Duration::from_millis(400);
/// Pause between two states of the line.
const PACE: Duration = Duration::from_millis(100);

/// The line. Dropping it removes it.
#[derive(Debug)]
pub(super) struct Progress {
    total: usize,
    noun: &'static str,
    state: Option<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    done: usize,
    shown: bool,
    next: Instant,
}

impl Progress {
    /// For `total` pieces of work, which `noun` names.
    pub(super) fn new(total: usize, noun: &'static str) -> Self {
        let shows = std::io::stderr().is_terminal();
        let state = State { done: 0, shown: false, next: Instant::now() + PATIENCE };
        Self { total, noun, state: shows.then(|| Mutex::new(state)) }
    }

    /// One more piece is done.
    pub(super) fn step(&self) {
        let Some(state) = &self.state else { return };
        let mut state = state.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        state.done += 1;
        let now = Instant::now();
        if now >= state.next {
            state.next = now + PACE;
            state.shown = true;
            // A line that cannot be shown is not missed.
            let _ = write!(std::io::stderr(), "\r{} of {} {}\u{1b}[K", state.done, self.total, self.noun);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        let shown = self
            .state
            .as_mut()
            .is_some_and(|state| state.get_mut().unwrap_or_else(std::sync::PoisonError::into_inner).shown);
        if shown {
            // As above.
            let _ = write!(std::io::stderr(), "\r\u{1b}[K");
        }
    }
}
