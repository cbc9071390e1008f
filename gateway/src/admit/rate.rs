//! Requests and tokens per minute, by governor; never waits: it says when to come back.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use governor::clock::{Clock, DefaultClock, Reference};
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::{NotKeyed, StateStore};
use governor::{Quota, RateLimiter};

/// Most that may be owed, in nanoseconds: no figure of an upstream, however wrong, shuts a key out for longer.
const MOST_OWED: u64 = 600_000_000_000;

/// A limit per minute whose charges can be corrected afterwards: what a call reserved and did not use comes back.
#[derive(Debug)]
pub(super) struct Rate<C: Clock = DefaultClock> {
    limiter: RateLimiter<NotKeyed, Level, C, NoOpMiddleware<C::Instant>>,
    level: Level,
    clock: C,
    start: C::Instant,
    /// Nanoseconds that one request or token takes to come back.
    interval: u64,
    limit: NonZeroU32,
}

/// How a limit stands: what the `x-ratelimit-*` headers say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Most in a minute.
    pub limit: u32,
    /// Left now.
    pub remaining: u32,
    /// Until all of it is back.
    pub reset: Duration,
}

/// The limiter's theoretical arrival time in nanoseconds since its start, 0 before the first charge.
#[derive(Debug, Clone, Default)]
struct Level(Arc<AtomicU64>);

impl StateStore for Level {
    type Key = NotKeyed;

    fn measure_and_replace<T, F, E>(&self, _key: &NotKeyed, decide: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let mut before = self.0.load(Ordering::Acquire);
        loop {
            let (value, after) = decide((before > 0).then(|| Nanos::new(before)))?;
            match self.0.compare_exchange_weak(before, after.into(), Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => return Ok(value),
                Err(changed) => before = changed,
            }
        }
    }
}

impl Rate {
    /// So many per minute, by the system's clock.
    pub(super) fn per_minute(limit: NonZeroU32) -> Self {
        Self::with_clock(limit, DefaultClock::default())
    }
}

impl<C: Clock + Clone> Rate<C> {
    fn with_clock(limit: NonZeroU32, clock: C) -> Self {
        let level = Level::default();
        let quota = Quota::per_minute(limit);
        let interval = u64::try_from(quota.replenish_interval().as_nanos()).unwrap_or(u64::MAX).max(1);
        let start = clock.now();
        let limiter = RateLimiter::new(quota, level.clone(), clock.clone());
        Self { limiter, level, clock, start, interval, limit }
    }

    /// Charges `count`, never more than one minute's worth. Otherwise says how long until there is room.
    pub(super) fn take(&self, count: u64) -> Result<u64, Duration> {
        let count = count.min(u64::from(self.limit.get()));
        let Some(cells) = u32::try_from(count).ok().and_then(NonZeroU32::new) else { return Ok(0) };
        match self.limiter.check_n(cells) {
            Ok(Ok(())) => Ok(count),
            Ok(Err(until)) => Err(until.wait_time_from(self.clock.now())),
            Err(_capacity) => Err(Duration::from_mins(1)),
        }
    }

    /// Corrects an earlier charge to what was really used. May go into debt: later requests wait for it.
    pub(super) fn correct(&self, charged: u64, used: u64) {
        let now = self.now();
        let shift = |tat: u64| {
            if used >= charged {
                let owed = (used - charged).saturating_mul(self.interval);
                tat.max(now).saturating_add(owed).min(now.saturating_add(MOST_OWED))
            } else {
                tat.saturating_sub((charged - used).saturating_mul(self.interval))
            }
        };
        let _ = self.level.0.fetch_update(Ordering::AcqRel, Ordering::Acquire, |tat| Some(shift(tat).max(1)));
    }

    /// How the limit stands now.
    pub(super) fn standing(&self) -> Standing {
        let limit = u64::from(self.limit.get());
        let used = self.level.0.load(Ordering::Acquire).saturating_sub(self.now());
        let remaining = limit.saturating_sub(used.div_ceil(self.interval));
        Standing { limit: self.limit.get(), remaining: remaining as u32, reset: Duration::from_nanos(used) }
    }

    fn now(&self) -> u64 {
        self.clock.now().duration_since(self.start).into()
    }
}

/// A duration as OpenAI writes it: `20ms`, `1s`, `6m0s`.
pub(super) fn spell(duration: Duration) -> String {
    let millis = duration.as_nanos().div_ceil(1_000_000);
    if millis < 1_000 {
        return format!("{millis}ms");
    }
    let seconds = millis.div_ceil(1_000);
    if seconds < 60 { format!("{seconds}s") } else { format!("{}m{}s", seconds / 60, seconds % 60) }
}

#[cfg(test)]
mod tests {
    use governor::clock::FakeRelativeClock;

    use super::*;

    fn rate(limit: u32) -> (Rate<FakeRelativeClock>, FakeRelativeClock) {
        let clock = FakeRelativeClock::default();
        clock.advance(Duration::from_secs(1));
        (Rate::with_clock(NonZeroU32::new(limit).expect("limits in tests are positive"), clock.clone()), clock)
    }

    #[test]
    fn lets_a_minute_through_then_says_when() {
        let (rate, clock) = rate(60);
        assert_eq!(rate.take(60), Ok(60));
        assert_eq!(rate.take(1), Err(Duration::from_secs(1)));
        assert_eq!(rate.standing(), Standing { limit: 60, remaining: 0, reset: Duration::from_mins(1) });
        clock.advance(Duration::from_secs(1));
        assert_eq!(rate.standing().remaining, 1);
        assert_eq!(rate.take(1), Ok(1));
        clock.advance(Duration::from_mins(2));
        assert_eq!(rate.standing(), Standing { limit: 60, remaining: 60, reset: Duration::ZERO });
    }

    #[test]
    fn gives_back_what_was_not_used() {
        let (rate, _clock) = rate(1_000);
        assert_eq!(rate.take(900), Ok(900));
        rate.correct(900, 100);
        assert_eq!(rate.standing().remaining, 900);
        assert_eq!(rate.take(900), Ok(900));
    }

    #[test]
    fn what_ran_over_is_owed() {
        let (rate, clock) = rate(60);
        assert_eq!(rate.take(10), Ok(10));
        rate.correct(10, 90);
        assert_eq!(rate.standing().remaining, 0);
        clock.advance(Duration::from_secs(30));
        assert_eq!(rate.take(1), Err(Duration::from_secs(1)));
        clock.advance(Duration::from_secs(1));
        assert_eq!(rate.take(1), Ok(1));
    }

    #[test]
    fn no_figure_shuts_a_key_out_for_ever() {
        let (rate, clock) = rate(1_000_000);
        rate.correct(0, u64::MAX);
        rate.correct(0, u64::MAX);
        assert!(rate.take(1).is_err_and(|wait| wait <= Duration::from_mins(10)));
        clock.advance(Duration::from_mins(11));
        assert_eq!(rate.take(1), Ok(1));
        rate.correct(u64::MAX, 0);
        assert_eq!(rate.standing().remaining, 1_000_000);
    }

    #[test]
    fn one_large_request_passes_when_the_minute_is_free() {
        let (rate, _clock) = rate(100);
        assert_eq!(rate.take(5_000), Ok(100));
        assert!(rate.take(1).is_err());
    }

    #[test]
    fn spells_durations_as_openai_does() {
        let check = |millis: u64, expected: &str| assert_eq!(spell(Duration::from_millis(millis)), expected);
        check(0, "0ms");
        check(20, "20ms");
        check(1_000, "1s");
        check(1_001, "2s");
        check(59_900, "1m0s");
        check(360_000, "6m0s");
    }
}
