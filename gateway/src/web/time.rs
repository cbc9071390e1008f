//! Times and amounts as people read them.

use crate::admit::date;

const MILLIS_PER_DAY: u64 = 86_400_000;

/// `2026-11-20 12:15:03 UTC`.
pub(super) fn moment(millis: u64) -> String {
    let (year, month, day) = date(millis / MILLIS_PER_DAY);
    let seconds = millis % MILLIS_PER_DAY / 1_000;
    format!("{year:04}-{month:02}-{day:02} {:02}:{:02}:{:02} UTC", seconds / 3_600, seconds / 60 % 60, seconds % 60)
}

/// `640 µs`, `12.3 ms`, `4.56 s`, `2 min 5 s`.
pub(super) fn span(micros: u64) -> String {
    match micros {
        0..1_000 => format!("{micros} µs"),
        1_000..10_000 => format!("{:.2} ms", micros as f64 / 1e3),
        10_000..1_000_000 => format!("{:.0} ms", micros as f64 / 1e3),
        1_000_000..60_000_000 => format!("{:.2} s", micros as f64 / 1e6),
        _ => format!("{} min {} s", micros / 60_000_000, micros / 1_000_000 % 60),
    }
}

/// A span that was measured in milliseconds.
pub(super) fn millis(millis: u64) -> String {
    match millis {
        0 => "< 1 ms".to_owned(),
        1..10 => format!("{millis} ms"),
        _ => span(millis.saturating_mul(1_000)),
    }
}

/// `1,234,567`.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `$0.0042`, from millionths of a dollar.
pub(super) fn dollars(micros: u64) -> String {
    let text = format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000);
    let shown = text.trim_end_matches('0');
    let least = text.find('.').map_or(0, |point| point + 3);
    format!("${}", text.get(..shown.len().max(least)).unwrap_or(shown))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_as_people_read() {
        assert_eq!(moment(0), "1970-01-01 00:00:00 UTC");
        assert_eq!(moment(951_827_696_789), "2000-02-29 12:34:56 UTC");
        assert_eq!(moment(1_795_176_903_000), "2026-11-20 12:15:03 UTC");
        let spans = [640, 1_234, 12_300, 4_560_000, 125_000_000].map(span);
        assert_eq!(spans, ["640 µs", "1.23 ms", "12 ms", "4.56 s", "2 min 5 s"]);
        assert_eq!([0, 9, 2_350].map(millis), ["< 1 ms", "9 ms", "2.35 s"]);
        assert_eq!([0, 999, 1_000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!([0, 1, 4_200, 1_500_000].map(dollars), ["$0.00", "$0.000001", "$0.0042", "$1.50"]);
    }
}
