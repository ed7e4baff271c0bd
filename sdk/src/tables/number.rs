//! Numbers of a workbook as people see them: decimal text, days, times.
//!
//! A workbook stores numbers as binary floats, with 17 digits of which 15 mean something, and days
//! as a count. What must stay true: no float is made of them; what was typed comes back, digit by
//! digit; what has more digits than a workbook can hold is shown as destroyed (`9.1520522E+17`).

use crate::date::Date;

/// Digits that a number in a workbook can hold.
const DIGITS_MAX: usize = 15;
/// Days of the 1900 system before the 1904 system begins.
pub(super) const DAYS_1904: u64 = 1_462;
/// Days that can be meant: from March 1900 on, where both calendars agree, to the year 2199.
const DAYS: std::ops::RangeInclusive<u64> = 61..=109_572;
const DAY_SECONDS: u64 = 86_400;

/// A decimal number: `0.DIGITS` times ten to the power of `point`.
struct Decimal {
    negative: bool,
    /// No zeros at either end.
    digits: Vec<u8>,
    point: i32,
}

impl Decimal {
    /// Reads `-12.5E+3`; none where it is no number.
    fn parse(text: &str) -> Option<Self> {
        let (negative, text) = match text.strip_prefix('-') {
            Some(text) => (true, text),
            None => (false, text),
        };
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
            None => (text, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits: Vec<u8> = whole.bytes().chain(fraction.bytes()).collect();
        let valid = !digits.is_empty() && digits.len() <= 64 && exponent.abs() <= 400;
        if !valid || !digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let point = i32::try_from(whole.len()).ok()? + exponent;
        let mut number = Self {
            negative,
            digits,
            point,
        };
        number.trim();
        Some(number)
    }

    fn trim(&mut self) {
        let zeros = self
            .digits
            .iter()
            .take_while(|digit| **digit == b'0')
            .count();
        self.digits.drain(..zeros);
        self.point -= i32::try_from(zeros).unwrap_or_default();
        while self.digits.last() == Some(&b'0') {
            self.digits.pop();
        }
        if self.digits.is_empty() {
            (self.negative, self.point) = (false, 0);
        }
    }

    /// Rounds to the digits that mean something.
    fn round(&mut self) {
        let up = self
            .digits
            .get(DIGITS_MAX)
            .is_some_and(|digit| *digit >= b'5');
        self.digits.truncate(DIGITS_MAX);
        if up {
            while self.digits.last() == Some(&b'9') {
                self.digits.pop();
            }
            match self.digits.last_mut() {
                Some(digit) => *digit += 1,
                None => {
                    self.digits.push(b'1');
                    self.point += 1;
                }
            }
        }
        self.trim();
    }

    /// In full, or as a power of ten where it is too large or too small to be exact in full.
    fn text(&self) -> String {
        let mut out = String::new();
        if self.negative {
            out.push('-');
        }
        let digits = || self.digits.iter().map(|digit| char::from(*digit));
        let point = usize::try_from(self.point).unwrap_or_default();
        if point > DIGITS_MAX || self.point < -18 {
            out.extend(digits().take(1));
            if self.digits.len() > 1 {
                out.push('.');
                out.extend(digits().skip(1));
            }
            let sign = if self.point > 0 { '+' } else { '-' };
            out.push_str(&format!("E{sign}{}", (self.point - 1).unsigned_abs()));
            return out;
        }
        if point == 0 {
            out.push('0');
        }
        out.extend(digits().chain(std::iter::repeat('0')).take(point));
        if self.digits.len() > point {
            out.push('.');
            out.extend(std::iter::repeat_n(
                '0',
                (-self.point).max(0).unsigned_abs() as usize,
            ));
            out.extend(digits().skip(point));
        }
        out
    }
}

/// A number as it was typed.
pub(super) fn plain(stored: &str) -> Option<String> {
    let mut number = Decimal::parse(stored)?;
    number.round();
    Some(number.text())
}

/// A number that its format shows as a day: `2026-09-30`, with a time of the day where it has one;
/// none where no day can be meant.
pub(super) fn day(stored: &str, days_before: u64) -> Option<String> {
    let text = plain(stored)?;
    let (days, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let fraction = fraction.get(..fraction.len().min(12))?;
    let scale = 10_u64.pow(u32::try_from(fraction.len()).ok()?);
    let part = if fraction.is_empty() {
        0
    } else {
        fraction.parse::<u64>().ok()?
    };
    let second = (part * DAY_SECONDS + scale / 2) / scale;
    let day = days.parse::<u64>().ok()? + days_before + second / DAY_SECONDS;
    let date = Date::of_serial(day).filter(|_| DAYS.contains(&day))?;
    let second = second % DAY_SECONDS;
    Some(if second == 0 {
        date.to_string()
    } else {
        let (hour, minute) = (second / 3600, second / 60 % 60);
        format!("{date} {hour:02}:{minute:02}:{:02}", second % 60)
    })
}

/// Whether a format shows numbers as days or times: by its number, where it is built in, else by
/// its letters outside of quotes, brackets and escapes.
pub(super) fn is_date_format(number: u32, code: Option<&str>) -> bool {
    let Some(code) = code else {
        return matches!(number, 14..=22 | 27..=36 | 45..=47 | 50..=58);
    };
    let mut chars = code.chars();
    let mut closed_by = None;
    while let Some(c) = chars.next() {
        match (closed_by, c) {
            (Some(end), c) if c == end => closed_by = None,
            (Some(_), _) => {}
            (None, '"') => closed_by = Some('"'),
            (None, '[') => closed_by = Some(']'),
            (None, '\\' | '_' | '*') => {
                chars.next();
            }
            (None, 'y' | 'Y' | 'd' | 'D' | 'h' | 'H') => return true,
            (None, _) => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::{DAYS_1904, day, is_date_format, plain};

    #[test]
    fn a_number_comes_back_as_it_was_typed() {
        for (stored, typed) in [
            ("1234567.89", "1234567.89"),
            ("1234567.8899999999", "1234567.89"),
            ("1.1000000000000001", "1.1"),
            ("0.10000000000000001", "0.1"),
            ("1667188.2400000002", "1667188.24"),
            ("86419.749999999985", "86419.75"),
            ("520522780180013", "520522780180013"),
            ("5.20522780180013E+14", "520522780180013"),
            ("1E-3", "0.001"),
            ("9.9999999999999996E-2", "0.1"),
            ("-20.50", "-20.5"),
            ("999999999999999.9", "1E+15"),
            ("0", "0"),
            ("-0", "0"),
            ("20000", "20000"),
            ("1200.0", "1200"),
        ] {
            assert_eq!(plain(stored).as_deref(), Some(typed), "{stored}");
        }
    }

    #[test]
    fn what_a_workbook_cannot_hold_is_shown_as_destroyed() {
        for (stored, shown) in [
            ("9.1520522e+17", "9.1520522E+17"),
            ("520581198306150000", "5.2058119830615E+17"),
            ("1e300", "1E+300"),
            ("1e-30", "1E-30"),
        ] {
            assert_eq!(plain(stored).as_deref(), Some(shown), "{stored}");
        }
        for no_number in ["", "-", "1.2.3", "NaN", "1e999", "１"] {
            assert_eq!(plain(no_number), None, "{no_number}");
        }
    }

    #[test]
    fn a_day_is_counted_from_1899_or_1904() {
        for (stored, before, shown) in [
            ("45292", 0, Some("2024-01-01")),
            ("45063", 0, Some("2023-05-17")),
            ("45292.5", 0, Some("2024-01-01 12:00:00")),
            ("45292.999999", 0, Some("2024-01-02")),
            ("43830", DAYS_1904, Some("2024-01-01")),
            ("0.5", 0, None),
            ("20260930", 0, None),
            ("-3", 0, None),
        ] {
            assert_eq!(day(stored, before).as_deref(), shown, "{stored}");
        }
    }

    #[test]
    fn a_format_of_days_is_told_from_others() {
        for code in ["yyyy/m/d", "[$-804]yyyy\"年\"m\"月\"d\"日\";@", "h:mm:ss"] {
            assert!(is_date_format(164, Some(code)), "{code}");
        }
        for code in ["#,##0.00", "General", "0_ ;[Red]\\-0\\ ", "\"day\"0", "@"] {
            assert!(!is_date_format(164, Some(code)), "{code}");
        }
        assert!(is_date_format(14, None) && !is_date_format(4, None));
    }
}
