//! Days and times as the schema writes them: `YYYY-MM-DD`, `YYYY-MM-DDThh:mm:ss` (Beijing time).

use chrono::{Datelike, Months, NaiveDate};

/// Seconds of a day.
const DAY_SECONDS: i64 = 86_400;

/// "For ever", where a column allows it.
pub(crate) const OPEN_END: &str = "2099-12-31";

/// The day of `YYYY-MM-DD`, counted from 1 January of year 1; nothing else is a day.
pub(crate) fn day_of(text: &str) -> Option<i32> {
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = text.as_bytes().first_chunk::<10>()? else {
        return None;
    };
    if text.len() != 10 {
        return None;
    }
    let year = two(*y1, *y2)? * 100 + two(*y3, *y4)?;
    let date = NaiveDate::from_ymd_opt(year.cast_signed(), two(*m1, *m2)?, two(*d1, *d2)?)?;
    Some(date.num_days_from_ce())
}

/// Day and seconds of `YYYY-MM-DDThh:mm:ss` (or a blank for the `T`); of a day alone, its first.
pub(crate) fn second_of(text: &str) -> Option<i64> {
    let (day, time) = text.split_at_checked(10)?;
    let midnight = i64::from(day_of(day)?) * DAY_SECONDS;
    if time.is_empty() {
        return Some(midnight);
    }
    let [b'T' | b' ', h1, h2, b':', m1, m2, b':', s1, s2] = time.as_bytes() else {
        return None;
    };
    let (hour, minute, second) = (two(*h1, *h2)?, two(*m1, *m2)?, two(*s1, *s2)?);
    let real = hour < 24 && minute < 60 && second < 60;
    real.then(|| midnight + i64::from(hour * 3600 + minute * 60 + second))
}

/// The first second of a day.
pub(crate) fn midnight(day: i32) -> i64 {
    i64::from(day) * DAY_SECONDS
}

/// The same day so many months later, or the month's last where it has no such day.
pub(crate) fn months_later(day: i32, months: u32) -> Option<i32> {
    let date = NaiveDate::from_num_days_from_ce_opt(day)?;
    Some(
        date.checked_add_months(Months::new(months))?
            .num_days_from_ce(),
    )
}

/// The year of a day.
pub(crate) fn year_of(day: i32) -> i32 {
    NaiveDate::from_num_days_from_ce_opt(day).map_or(0, |date| date.year())
}

/// A day as text.
pub(crate) fn day_text(day: i32) -> String {
    NaiveDate::from_num_days_from_ce_opt(day).map_or_else(String::new, |date| date.to_string())
}

fn two(tens: u8, ones: u8) -> Option<u32> {
    let digit = |b: u8| b.is_ascii_digit().then(|| u32::from(b - b'0'));
    Some(digit(tens)? * 10 + digit(ones)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_read_in_one_form_only() {
        assert_eq!(day_text(day_of("2024-02-29").unwrap()), "2024-02-29");
        for bad in [
            "2023-02-29",
            "2024-2-9",
            "2024/02/29",
            "2024-02-29 ",
            "",
            "２０２４-01-01",
            "20240229",
        ] {
            assert_eq!(day_of(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_time_counts_the_seconds_of_its_day() {
        let midnight = second_of("2024-02-29").unwrap();
        assert_eq!(second_of("2024-02-29T01:02:03"), Some(midnight + 3723));
        assert_eq!(second_of("2024-02-29 01:02:03"), Some(midnight + 3723));
        for bad in [
            "2024-02-29T24:00:00",
            "2024-02-29T1:02:03",
            "2024-02-29T01:02:03Z",
            "2024-02",
        ] {
            assert_eq!(second_of(bad), None, "{bad}");
        }
    }

    #[test]
    fn months_end_on_the_last_day_that_exists() {
        let leap = day_of("2024-02-29").unwrap();
        assert_eq!(day_text(months_later(leap, 36).unwrap()), "2027-02-28");
    }
}
