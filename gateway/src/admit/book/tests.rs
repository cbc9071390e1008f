use proptest::prelude::*;

use super::*;
use crate::store::{open, seal};

const DAY: u64 = MILLIS_PER_DAY;

fn budget(window: Window, picos: u64) -> Budget {
    Budget { window, limit: Money(picos) }
}

#[test]
fn reserves_settles_and_gives_back() {
    let budgets = [budget(Window::Day, 100), budget(Window::Total, 150)];
    let mut book = Book::default();
    let first = book.reserve(&budgets, Money(60), 0).expect("room");
    let refused = book.reserve(&budgets, Money(41), 0).expect_err("no room");
    assert_eq!((refused.spent, refused.reserved, refused.needed), (Money(0), Money(60), Money(41)));
    assert_eq!((refused.budget, refused.resets), (budgets[0], Some(DAY)));
    let second = book.reserve(&budgets, Money(40), 0).expect("room");
    book.settle(first, Money(10), 0);
    book.settle(second, Money::ZERO, 0);
    assert_eq!((book.spent(Window::Day, 0), book.reserved(0), book.overrun()), (Money(10), Money(0), Money(0)));
    // A settled lease cannot be settled again.
    book.settle(first, Money(50), 0);
    assert_eq!(book.spent(Window::Total, 0), Money(10));
}

#[test]
fn what_ran_over_is_charged_and_told() {
    let mut book = Book::default();
    let lease = book.reserve(&[budget(Window::Total, 100)], Money(90), 0).expect("room");
    book.settle(lease, Money(120), 0);
    assert_eq!((book.spent(Window::Total, 0), book.overrun()), (Money(120), Money(30)));
    assert!(book.reserve(&[budget(Window::Total, 100)], Money(0), 0).is_err());
}

#[test]
fn windows_begin_anew() {
    let mut book = Book::default();
    let lease = book.reserve(&[], Money(5), 0).expect("no budget");
    book.settle(lease, Money(5), 0);
    let spent = |now| Window::ALL.map(|window| book.spent(window, now).0);
    assert_eq!(spent(DAY - 1), [5, 5, 5, 5]);
    assert_eq!(spent(DAY), [0, 5, 5, 5]);
    // 1970-01-05 was a Monday.
    assert_eq!(spent(4 * DAY), [0, 0, 5, 5]);
    assert_eq!(spent(31 * DAY), [0, 0, 0, 5]);
}

#[test]
fn a_clock_that_is_set_back_gives_nothing_back() {
    let mut book = Book::default();
    for now in [10 * DAY, 2 * DAY] {
        let lease = book.reserve(&[], Money(5), now).expect("no budget");
        book.settle(lease, Money(5), now);
    }
    assert_eq!(book.spent(Window::Day, 2 * DAY), Money(10));
}

#[test]
fn windows_end() {
    let check = |window, now: u64, expected: Option<u64>| {
        assert_eq!(ends(window, now * DAY + 7), expected.map(|day| day * DAY));
    };
    check(Window::Day, 0, Some(1));
    check(Window::Week, 0, Some(4));
    check(Window::Week, 3, Some(4));
    check(Window::Week, 4, Some(11));
    check(Window::Month, 0, Some(31));
    check(Window::Month, 31, Some(59));
    // February 2000 had 29 days.
    check(Window::Month, 10_988, Some(11_017));
    check(Window::Total, 0, None);
}

#[test]
fn dates() {
    let check = |days, expected| assert_eq!(date(days), expected);
    check(0, (1970, 1, 1));
    check(59, (1970, 3, 1));
    check(11_016, (2000, 2, 29));
    check(20_777, (2026, 11, 20));
}

#[test]
fn leases_of_a_crash_count_until_they_end() {
    let budgets = [budget(Window::Total, 100)];
    let mut book = Book::default();
    book.reserve(&budgets, Money(80), 0).expect("room");
    let stored = seal(&book.sheltered(1_000)).expect("sealed");
    let mut found: Book = open(&stored).expect("opened");
    assert_eq!(found.reserved(999), Money(80));
    assert!(found.reserve(&budgets, Money(21), 999).is_err());
    // Another crash does not make them last longer.
    assert_eq!(found.sheltered(5_000).reserved(1_000), Money(0));
    let lease = found.reserve(&budgets, Money(100), 1_000).expect("the lease has ended");
    found.settle(lease, Money(1), 1_000);
    assert_eq!((found.spent(Window::Total, 1_000), found.reserved(1_000)), (Money(1), Money(0)));
}

/// What version 1 wrote. Never change it: accounts of that release must open for ever.
const VERSION_1: &[u8] = b"\x01{\"spent\":[{\"number\":20777,\"spent\":7},{\"number\":2968,\"spent\":8},{\"number\":24322,\
    \"spent\":9},{\"number\":0,\"spent\":10}],\"leases\":{\"4\":{\"amount\":3,\"until\":5000}},\"overrun\":2,\"next\":5}";

#[test]
fn the_first_format_still_opens() {
    let book: Book = open(VERSION_1).expect("version 1 opens");
    let now = 20_777 * DAY;
    assert_eq!(Window::ALL.map(|window| book.spent(window, now).0), [7, 8, 9, 10]);
    assert_eq!((book.reserved(0), book.overrun()), (Money(3), Money(2)));
    assert_eq!(seal(&book).expect("sealed"), VERSION_1);
}

#[derive(Debug, Clone)]
enum Step {
    Reserve(u64),
    /// Settle one of the open leases with a share (in percent) of what it reserved.
    Settle(usize, u64),
    Wait(u64),
    Crash,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..400_u64).prop_map(Step::Reserve),
        4 => (any::<usize>(), 0..=100_u64).prop_map(|(which, percent)| Step::Settle(which, percent)),
        1 => (0..3 * DAY).prop_map(Step::Wait),
        1 => Just(Step::Crash),
    ]
}

proptest! {
    /// Whatever the order: spent + reserved never exceeds a budget, and the total is the sum of what was settled.
    #[test]
    fn never_oversells(steps in proptest::collection::vec(step(), 1..120)) {
        let budgets = [budget(Window::Day, 700), budget(Window::Week, 1_500), budget(Window::Total, 5_000)];
        let (mut book, mut open_leases, mut now, mut total) = (Book::default(), Vec::new(), 0, 0);
        for step in steps {
            match step {
                Step::Reserve(amount) => {
                    if let Ok(lease) = book.reserve(&budgets, Money(amount), now) {
                        open_leases.push((lease, amount));
                    }
                }
                Step::Settle(which, percent) if !open_leases.is_empty() => {
                    let (lease, amount) = open_leases.remove(which % open_leases.len());
                    let cost = amount * percent / 100;
                    book.settle(lease, Money(cost), now);
                    total += cost;
                }
                Step::Settle(..) => {}
                Step::Wait(time) => now += time,
                Step::Crash => {
                    book = open(&seal(&book.sheltered(now + DAY)).expect("sealed")).expect("opened");
                    open_leases.clear();
                }
            }
            for budget in budgets {
                let taken = book.spent(budget.window, now).plus(book.reserved(now));
                prop_assert!(taken <= budget.limit, "{taken} of {} a {}", budget.limit, budget.window.name());
            }
            prop_assert_eq!(book.spent(Window::Total, now), Money(total));
            prop_assert_eq!(book.overrun(), Money::ZERO);
        }
    }
}
