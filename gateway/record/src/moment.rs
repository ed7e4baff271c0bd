//! A moment as sources write it, taken back by some seconds in the same form.
//!
//! What must stay true: what comes out is written as what went in, so a source understands it;
//! a text that is no moment for certain is none.

use chrono::{DateTime, Duration, NaiveDate, NaiveDateTime};

/// How sources write a day and its time; what follows the seconds (a fraction, a zone) stays.
const FORMS: [(&str, usize); 5] = [
    ("%Y-%m-%d %H:%M:%S", 19),
    ("%Y-%m-%dT%H:%M:%S", 19),
    ("%Y/%m/%d %H:%M:%S", 19),
    ("%Y-%m-%d %H:%M", 16),
    ("%Y%m%d%H%M%S", 14),
];
/// The same of a day alone.
const DAYS: [&str; 3] = ["%Y-%m-%d", "%Y/%m/%d", "%Y%m%d"];
/// Digits of a count of seconds, or of milliseconds, since 1970.
const SECONDS_DIGITS: usize = 10;
const MILLIS_DIGITS: usize = 13;

/// The moment `seconds` before the one that `text` is, in its form: a day and time with `-` or
/// `/` and a blank or `T`, or without any sign; a day, which goes back to the day that holds the
/// earlier moment; or seconds (10 digits) or milliseconds (13) since 1970.
#[must_use]
pub fn earlier(text: &str, seconds: u64) -> Option<String> {
    let back = i64::try_from(seconds).ok()?;
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    if digits && matches!(text.len(), SECONDS_DIGITS | MILLIS_DIGITS) {
        let unit = if text.len() == SECONDS_DIGITS {
            1
        } else {
            1_000
        };
        let count: i64 = text.parse().ok()?;
        let earlier = count.checked_sub(back.checked_mul(unit)?)?;
        // With fewer digits it would be read as something else.
        let written = earlier.to_string();
        return (earlier >= 0 && written.len() == text.len()).then_some(written);
    }
    let back = Duration::try_seconds(back)?;
    let day = DAYS.iter().find_map(|form| {
        let day = NaiveDate::parse_from_str(text, form).ok()?;
        let earlier = day.and_hms_opt(0, 0, 0)?.checked_sub_signed(back)?;
        (day.format(form).to_string() == text).then(|| earlier.format(form).to_string())
    });
    day.or_else(|| {
        FORMS
            .iter()
            .find_map(|(form, length)| of_form(text, form, *length, back))
    })
}

fn of_form(text: &str, form: &str, length: usize, back: Duration) -> Option<String> {
    let (moment, rest) = text.split_at_checked(length)?;
    let read = NaiveDateTime::parse_from_str(moment, form)
        .or_else(|_| NaiveDateTime::parse_from_str(&format!("{moment}:00"), &format!("{form}:%S")))
        .ok()?;
    let same = read.format(form).to_string() == moment;
    let earlier = read.checked_sub_signed(back)?;
    (same && is_fraction_or_zone(rest)).then(|| format!("{}{rest}", earlier.format(form)))
}

/// What may follow the seconds: `.123`, `Z`, `+08:00`, or a fraction and a zone; or three digits
/// of milliseconds behind a moment without signs.
fn is_fraction_or_zone(rest: &str) -> bool {
    let fraction = rest.strip_prefix('.').map_or(rest, |fraction| {
        fraction.trim_start_matches(|c: char| c.is_ascii_digit())
    });
    let zone = ["", "Z"].contains(&fraction)
        || DateTime::parse_from_rfc3339(&format!("2000-01-01T00:00:00{fraction}")).is_ok()
        || DateTime::parse_from_str(
            &format!("2000-01-01T00:00:00{fraction}"),
            "%Y-%m-%dT%H:%M:%S%z",
        )
        .is_ok();
    zone || (rest.len() == 3 && rest.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_goes_back_in_its_own_form() {
        for (text, seconds, wanted) in [
            ("2026-03-01 00:00:30", 60, "2026-02-28 23:59:30"),
            ("2026-03-01T08:00:00Z", 3_600, "2026-03-01T07:00:00Z"),
            (
                "2026-03-01T08:00:00.250+08:00",
                1,
                "2026-03-01T07:59:59.250+08:00",
            ),
            ("2026-03-01 08:00:00+0800", 1, "2026-03-01 07:59:59+0800"),
            ("2026/03/01 08:00:00", 1, "2026/03/01 07:59:59"),
            ("2026-03-01 08:00", 60, "2026-03-01 07:59"),
            ("20260301080000", 1, "20260301075959"),
            ("20260301080000123", 1, "20260301075959123"),
            ("2026-03-01", 1, "2026-02-28"),
            ("20260301", 86_400, "20260228"),
            ("1772323200", 600, "1772322600"),
            ("1772323200123", 600, "1772322600123"),
            ("2026-03-01 08:00:00", 0, "2026-03-01 08:00:00"),
        ] {
            assert_eq!(earlier(text, seconds).as_deref(), Some(wanted), "{text}");
        }
    }

    #[test]
    fn what_is_no_moment_for_certain_is_none() {
        for text in [
            "",
            "p2",
            "2026",
            "2026-3-1",
            "2026-02-30",
            "2026-03-01 25:00:00",
            "昨天",
            "2026-03-01 08:00:00 oder so",
            "12345",
            "1000000000000000000",
            "2026-03-01T08:00:00税",
        ] {
            assert_eq!(earlier(text, 1), None, "{text}");
        }
        assert_eq!(earlier("1000000000", 1), None, "one digit fewer");
        assert_eq!(earlier("2026-03-01", u64::MAX), None);
    }
}
