//! Days, in the many forms of departments' feeds.
//!
//! What must stay true: "unknown" and "for ever" are different values, and both are different from
//! a day; a day that no calendar has is an error, never a neighbour of it.

use std::fmt;

use chrono::{Datelike, Days, NaiveDate};

use crate::page::Reason;
use crate::text;

/// Beijing is so far ahead of UTC, all year.
const BEIJING_MS: u64 = 8 * 3_600_000;
const DAY_MS: u64 = 24 * 3_600_000;

/// Earliest and latest year that a feed can mean.
const YEARS: std::ops::RangeInclusive<i32> = 1850..=2199;

/// A day of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(NaiveDate);

/// A second of a day, as Beijing's clocks show it; midnight where the feed names the day only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment {
    day: Date,
    second: u32,
}

/// What stands in a column of days, or of moments.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum When<T = Date> {
    /// No value, in any of its spellings.
    #[default]
    Unknown,
    /// A day or a moment.
    On(T),
    /// For ever: `2099/12/31`, `9999-09-09`, 长期.
    NoEnd,
}

/// A text that is no date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DateError;

impl Date {
    /// The day, where the calendar has it.
    #[must_use]
    pub fn new(year: i32, month: u32, day: u32) -> Option<Self> {
        NaiveDate::from_ymd_opt(year, month, day).map(Self)
    }

    /// The day that a spreadsheet counts as `serial`, from March 1900 on.
    pub(crate) fn of_serial(serial: u64) -> Option<Self> {
        NaiveDate::from_ymd_opt(1899, 12, 30)?
            .checked_add_days(Days::new(serial))
            .map(Self)
    }

    /// Appends `YYYY-MM-DD`.
    pub(crate) fn push(self, out: &mut String) {
        let year = self.0.year().unsigned_abs();
        let digits = [year / 1000, year / 100, year / 10, year].map(|n| b'0' + (n % 10) as u8);
        let two = |n: u32| [b'-', b'0' + (n / 10 % 10) as u8, b'0' + (n % 10) as u8];
        out.extend(digits.into_iter().map(char::from));
        out.extend(two(self.0.month()).into_iter().map(char::from));
        out.extend(two(self.0.day()).into_iter().map(char::from));
    }
}

impl Moment {
    /// Appends `YYYY-MM-DDThh:mm:ss`.
    pub(crate) fn push(self, out: &mut String) {
        self.day.push(out);
        for (before, number) in [
            ('T', self.second / 3600),
            (':', self.second / 60 % 60),
            (':', self.second % 60),
        ] {
            out.push(before);
            out.extend([number / 10, number % 10].map(|n| char::from(b'0' + (n % 10) as u8)));
        }
    }
}

impl From<Date> for Moment {
    fn from(day: Date) -> Self {
        Self { day, second: 0 }
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::with_capacity(10);
        self.push(&mut text);
        f.write_str(&text)
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::with_capacity(19);
        self.push(&mut text);
        f.write_str(&text)
    }
}

impl When {
    /// Reads `yyyy-MM-dd`, `yyyy/MM/dd`, `yyyy.MM.dd`, `yyyyMMdd`, `yyyy年MM月dd日`, each with or
    /// without a time of the day, and milliseconds since 1970 as Beijing's clocks show them.
    ///
    /// # Errors
    ///
    /// [`DateError`] where it is none of these, or a day that no calendar has.
    pub fn parse(text: &str) -> Result<Self, DateError> {
        let trimmed = text::trim(text);
        match plain(trimmed) {
            Some((year, month, day)) => of(year, month, day),
            None => When::<Moment>::parse(trimmed).map(When::without_time),
        }
    }

    /// As [`When::parse`], and days counted by a spreadsheet (`45063`), which only an adapter that
    /// knows its feed can tell from other numbers.
    ///
    /// # Errors
    ///
    /// As [`When::parse`].
    pub fn parse_with_serial(text: &str) -> Result<Self, DateError> {
        let trimmed = text::trim(text);
        let whole = trimmed.split_once('.').map_or(trimmed, |(days, _)| days);
        match whole.parse::<u64>() {
            // From 1954 to 2119; sooner is more likely a year or a number of something.
            Ok(serial @ 20_000..=80_000) if whole.len() == 5 => {
                Date::of_serial(serial).map(Self::On).ok_or(DateError)
            }
            _ => Self::parse(text),
        }
    }
}

impl When {
    /// Reads two days in one text, parted by 至, a tilde, a dash, or a hyphen that stands between
    /// two whole days: `2025-01-01至2025-12-31`, `2025.1.1-2026.1.1`, `2025年1月1日至长期`. Of
    /// anything else it makes nothing.
    #[must_use]
    pub fn parse_span(text: &str) -> Option<(Self, Self)> {
        text.char_indices().find_map(|(at, mark)| {
            if !is_between_days(mark) {
                return None;
            }
            let (first, second) = text.split_at_checked(at)?;
            let second = second.trim_start_matches(is_between_days);
            match (Self::parse(first), Self::parse(second)) {
                (Ok(first @ Self::On(_)), Ok(second @ (Self::On(_) | Self::NoEnd))) => {
                    Some((first, second))
                }
                _ => None,
            }
        })
    }
}

/// What parts two days; a hyphen may also be within one.
const fn is_between_days(c: char) -> bool {
    matches!(c, '至' | '~' | '～' | '—' | '–' | '―' | '-' | '－')
}

impl When<Moment> {
    /// Reads what [`When::parse`] reads, and keeps the time of the day.
    ///
    /// # Errors
    ///
    /// As [`When::parse`].
    pub fn parse(text: &str) -> Result<Self, DateError> {
        let trimmed = text::trim(text);
        if text::is_unknown(trimmed) {
            return Ok(Self::Unknown);
        }
        if let Some((year, month, day)) = plain(trimmed) {
            return of(year, month, day).map(|day| day.at(0));
        }
        parse_other(trimmed)
    }

    fn without_time(self) -> When {
        match self {
            Self::Unknown => When::Unknown,
            Self::On(moment) => When::On(moment.day),
            Self::NoEnd => When::NoEnd,
        }
    }
}

impl When {
    /// The day with a time.
    fn at(self, second: u32) -> When<Moment> {
        match self {
            Self::Unknown => When::Unknown,
            Self::On(day) => When::On(Moment { day, second }),
            Self::NoEnd => When::NoEnd,
        }
    }
}

/// A day as it is written, with the days that mean something else.
fn of(year: u32, month: u32, day: u32) -> Result<When, DateError> {
    match (year, month, day) {
        (1900, 1, 1) | (1899, 12, 31) => Ok(When::Unknown),
        (2099 | 9999, 12, 31) | (9999, 9, 9) => Ok(When::NoEnd),
        _ => i32::try_from(year)
            .ok()
            .filter(|year| YEARS.contains(year))
            .and_then(|year| Date::new(year, month, day))
            .map(When::On)
            .ok_or(DateError),
    }
}

/// The commonest form: ten bytes, `yyyy?MM?dd`, both separators alike.
fn plain(text: &str) -> Option<(u32, u32, u32)> {
    let [a, b, c, d, s, e, f, t, g, h] = *text.as_bytes().first_chunk::<10>()?;
    if text.len() != 10 || s != t || !matches!(s, b'-' | b'/' | b'.') {
        return None;
    }
    let digit = |byte: u8| byte.is_ascii_digit().then(|| u32::from(byte - b'0'));
    let year = digit(a)? * 1000 + digit(b)? * 100 + digit(c)? * 10 + digit(d)?;
    Some((year, digit(e)? * 10 + digit(f)?, digit(g)? * 10 + digit(h)?))
}

fn parse_other(text: &str) -> Result<When<Moment>, DateError> {
    if matches!(text, "长期" | "永久" | "长期有效" | "无固定期限") {
        return Ok(When::NoEnd);
    }
    let (date, time) = split_time(text);
    let date = text::half_width(date);
    if let Some(number) = digits(&date) {
        return match (date.len(), time) {
            (8, _) => Ok(day_of(number)?.at(time.map_or(Ok(0), second_of)?)),
            (14, None) => {
                let clock = number % 1_000_000;
                let second = clock_second(clock / 10_000, clock / 100 % 100, clock % 100);
                Ok(day_of(number / 1_000_000)?.at(second.ok_or(DateError)?))
            }
            (12 | 13, None) => epoch_ms(number),
            _ => Err(DateError),
        };
    }
    let (first, second) = match date.chars().find(|c| !c.is_ascii_digit()) {
        Some(separator @ ('-' | '/' | '.')) => (separator, separator),
        Some('年') => ('年', '月'),
        _ => return Err(DateError),
    };
    let (year, rest) = date.split_once(first).ok_or(DateError)?;
    let (month, day) = rest.split_once(second).ok_or(DateError)?;
    let day = if first == '年' {
        day.strip_suffix('日').unwrap_or(day)
    } else {
        day
    };
    if year.len() != 4 || ![1, 2].contains(&month.len()) || ![1, 2].contains(&day.len()) {
        return Err(DateError);
    }
    let number = |text| {
        digits(text)
            .and_then(|n| u32::try_from(n).ok())
            .ok_or(DateError)
    };
    Ok(of(number(year)?, number(month)?, number(day)?)?.at(time.map_or(Ok(0), second_of)?))
}

/// Decimal digits and nothing else.
fn digits(text: &str) -> Option<u64> {
    let all = text.bytes().all(|byte| byte.is_ascii_digit());
    if all { text.parse().ok() } else { None }
}

/// The date and the time of the day behind it.
fn split_time(text: &str) -> (&str, Option<&str>) {
    let at = text.find([' ', 'T', '\u{a0}', '\u{3000}']);
    let at = at.or_else(|| text.find('日').map(|at| at + '日'.len_utf8()));
    match at.and_then(|at| text.split_at_checked(at)) {
        None | Some((_, "")) => (text, None),
        Some((date, time)) => {
            let time = text::trim(time);
            (date, Some(time.strip_prefix('T').unwrap_or(time)))
        }
    }
}

/// Of `HH:MM`, `HH:MM:SS` or `HH:MM:SS.fff`. A time zone would move the day: it is not read.
fn second_of(text: &str) -> Result<u32, DateError> {
    let time = text::half_width(text).replace('：', ":");
    let (clock, fraction) = time.split_once('.').unwrap_or((&time, "0"));
    let mut parts = clock
        .split(':')
        .map(|part| digits(part).filter(|_| part.len() <= 2));
    let (hour, minute) = (parts.next().flatten(), parts.next().flatten());
    let second = parts.next().unwrap_or(Some(0));
    match (hour, minute, second, parts.next(), digits(fraction)) {
        (Some(hour), Some(minute), Some(second), None, Some(_)) => {
            clock_second(hour, minute, second).ok_or(DateError)
        }
        _ => Err(DateError),
    }
}

fn clock_second(hour: u64, minute: u64, second: u64) -> Option<u32> {
    let valid = hour < 24 && minute < 60 && second < 60;
    u32::try_from(hour * 3600 + minute * 60 + second)
        .ok()
        .filter(|_| valid)
}

/// Of `yyyyMMdd`.
fn day_of(number: u64) -> Result<When, DateError> {
    let number = u32::try_from(number).map_err(|_| DateError)?;
    of(number / 10_000, number / 100 % 100, number % 100)
}

fn epoch_ms(ms: u64) -> Result<When<Moment>, DateError> {
    let ms = ms.saturating_add(BEIJING_MS);
    let day = NaiveDate::from_ymd_opt(1970, 1, 1)
        .and_then(|zero| zero.checked_add_days(Days::new(ms / DAY_MS)))
        .ok_or(DateError)?;
    let second = u32::try_from(ms % DAY_MS / 1000).map_err(|_| DateError)?;
    Ok(of(day.year().unsigned_abs(), day.month(), day.day())?.at(second))
}

impl From<DateError> for Reason {
    fn from(DateError: DateError) -> Self {
        Self::new("date_unreadable", "日期无法识别", "the date cannot be read")
    }
}

#[cfg(test)]
mod tests;
