//! One account's figures: spent per window, open leases; pure arithmetic, never a clock or a store.
//!
//! **Spent + reserved ≤ budget, in every window**, apart from what a settled call ran over its reservation.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::key::{Budget, Window};
use super::price::Money;
use crate::store::Stored;

const MILLIS_PER_DAY: u64 = 86_400_000;

/// Why a reservation was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shortfall {
    /// The budget that has no room.
    pub budget: Budget,
    /// Spent in its window.
    pub spent: Money,
    /// Reserved by calls that are under way.
    pub reserved: Money,
    /// What the call would have needed.
    pub needed: Money,
    /// When the window ends, in milliseconds of Unix time; never for `total`.
    pub resets: Option<u64>,
}

/// An account. The stored form of it is what a restart begins with.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Book {
    /// Spent, per window in the order of [`Window::ALL`].
    spent: [Period; 4],
    /// Reservations of calls that were under way.
    #[serde(default)]
    leases: BTreeMap<u64, Lease>,
    /// What calls cost beyond what was reserved for them.
    #[serde(default)]
    overrun: Money,
    /// The next lease's number.
    #[serde(default)]
    next: u64,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Period {
    number: u64,
    spent: Money,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Lease {
    amount: Money,
    /// When it ends if nobody settles it; `None` while the process that took it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    until: Option<u64>,
}

impl Stored for Book {
    const KIND: &'static str = "account";
    const VERSION: u8 = 1;
}

impl Book {
    /// Takes a lease of `amount`, if every budget has room for it.
    pub(super) fn reserve(&mut self, budgets: &[Budget], amount: Money, now: u64) -> Result<u64, Shortfall> {
        self.leases.retain(|_, lease| lease.holds(now));
        let reserved = self.reserved(now);
        for &budget in budgets {
            let spent = self.spent(budget.window, now);
            if spent.plus(reserved).plus(amount) > budget.limit {
                let resets = ends(budget.window, now);
                return Err(Shortfall { budget, spent, reserved, needed: amount, resets });
            }
        }
        let id = self.next;
        self.next += 1;
        self.leases.insert(id, Lease { amount, until: None });
        Ok(id)
    }

    /// Ends a lease: `cost` is spent, the rest of it is free again.
    pub(super) fn settle(&mut self, lease: u64, cost: Money, now: u64) {
        let Some(Lease { amount, .. }) = self.leases.remove(&lease) else { return };
        self.overrun = self.overrun.plus(cost.minus(amount));
        for (window, period) in Window::ALL.into_iter().zip(&mut self.spent) {
            let number = number(window, now);
            // A clock that was set back never gives money back.
            if period.number < number {
                *period = Period { number, spent: Money::ZERO };
            }
            period.spent = period.spent.plus(cost);
        }
    }

    /// Spent in the window that `now` lies in.
    pub fn spent(&self, window: Window, now: u64) -> Money {
        let at = Window::ALL.iter().position(|&each| each == window).unwrap_or(Window::ALL.len() - 1);
        self.spent
            .get(at)
            .filter(|period| period.number >= number(window, now))
            .map_or(Money::ZERO, |period| period.spent)
    }

    /// Held by leases.
    pub fn reserved(&self, now: u64) -> Money {
        self.leases.values().filter(|lease| lease.holds(now)).fold(Money::ZERO, |sum, lease| sum.plus(lease.amount))
    }

    /// What calls cost beyond what was reserved for them.
    pub fn overrun(&self) -> Money {
        self.overrun
    }

    /// The account as it must be found after a crash: every open lease ends at `until` at the earliest.
    pub(super) fn sheltered(&self, until: u64) -> Self {
        let mut book = self.clone();
        for lease in book.leases.values_mut() {
            lease.until.get_or_insert(until);
        }
        book
    }
}

impl Lease {
    /// Whether it still counts: always for the process that took it, else until its time is over.
    fn holds(&self, now: u64) -> bool {
        self.until.is_none_or(|until| until > now)
    }
}

/// Number of the window that `now` lies in.
fn number(window: Window, now: u64) -> u64 {
    let days = now / MILLIS_PER_DAY;
    match window {
        Window::Day => days,
        // Day 0 was a Thursday: the week began three days before it.
        Window::Week => (days + 3) / 7,
        Window::Month => month(days),
        Window::Total => 0,
    }
}

/// When the window that `now` lies in ends.
pub(super) fn ends(window: Window, now: u64) -> Option<u64> {
    let days = now / MILLIS_PER_DAY;
    let last = match window {
        Window::Day => days + 1,
        Window::Week => (days + 3) / 7 * 7 + 4,
        Window::Month => (days + 1..days + 32).find(|&day| month(day) != month(days))?,
        Window::Total => return None,
    };
    Some(last * MILLIS_PER_DAY)
}

/// Months since year 0 of the day, in the Gregorian calendar (days are counted from 1970-01-01).
fn month(days: u64) -> u64 {
    let (year, month, _) = date(days);
    year * 12 + month - 1
}

/// Year, month and day of a day counted from 1970-01-01, in the Gregorian calendar.
pub(crate) fn date(days: u64) -> (u64, u64, u64) {
    // Years are counted from 1 March, so that the leap day is a year's last; an era is 400 years.
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    (era * 400 + year_of_era + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests;
