//! Which days are worked: the State Council's holidays (节假日) and make-up working days (调休), from
//! a TOML file; other days by the week.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate, Weekday};
use serde::Deserialize;
use thiserror::Error;

/// The table shipped with the gateway.
const SHIPPED: &str = include_str!("../../../configs/holidays.toml");

/// The most days of a range.
const RANGE_DAYS_MAX: i64 = 60;

/// Which days are worked.
#[derive(Clone, Debug, Default)]
pub struct Calendar {
    /// Days that are not as their weekday says: whether they are worked.
    other: BTreeMap<NaiveDate, bool>,
    /// Years that the table knows.
    years: Vec<i32>,
}

/// Why a table of holidays cannot be used.
#[derive(Debug, Error)]
pub enum CalendarError {
    /// No TOML of this form.
    #[error("{file}: {message}")]
    Form {
        /// The file's name.
        file: String,
        /// What the parser says.
        message: String,
    },
    /// A day or a range that is none, or is not of its year.
    #[error(
        "{file}: year {year}: {found:?} is no day of it: write 2026-01-01, or 2026-01-01/2026-01-03"
    )]
    NoDay {
        /// The file's name.
        file: String,
        /// The year.
        year: i32,
        /// What stands there.
        found: String,
    },
    /// A day that is a holiday and worked, or a year that is there twice.
    #[error("{file}: {found} is there twice")]
    Twice {
        /// The file's name.
        file: String,
        /// The day or the year.
        found: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    #[serde(default)]
    year: Vec<RawYear>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawYear {
    year: i32,
    /// The notice that it was announced by.
    #[serde(rename = "notice")]
    _notice: String,
    holidays: Vec<String>,
    worked: Vec<String>,
}

impl Calendar {
    /// Reads a table.
    ///
    /// # Errors
    /// What is wrong with it, the first problem only.
    pub fn parse(file: &str, text: &str) -> Result<Self, CalendarError> {
        let raw: Raw = toml::from_str(text).map_err(|error| CalendarError::Form {
            file: file.to_owned(),
            message: error.to_string(),
        })?;
        let mut calendar = Self::default();
        for year in raw.year {
            let twice = |found: String| CalendarError::Twice {
                file: file.to_owned(),
                found,
            };
            if calendar.years.contains(&year.year) {
                return Err(twice(year.year.to_string()));
            }
            calendar.years.push(year.year);
            let holidays = year.holidays.iter().map(|text| (text, false));
            let worked = year.worked.iter().map(|text| (text, true));
            for (text, worked) in holidays.chain(worked) {
                let days = days(text, year.year).ok_or_else(|| CalendarError::NoDay {
                    file: file.to_owned(),
                    year: year.year,
                    found: text.clone(),
                })?;
                for day in days {
                    if calendar.other.insert(day, worked).is_some() {
                        return Err(twice(day.to_string()));
                    }
                }
            }
        }
        Ok(calendar)
    }

    /// The table shipped with the gateway.
    ///
    /// # Errors
    /// None that the tests would not have shown.
    pub fn shipped() -> Result<Self, CalendarError> {
        Self::parse("holidays.toml", SHIPPED)
    }

    /// Whether a day is worked. In a year that the table does not know the week decides alone.
    #[must_use]
    pub fn is_worked(&self, day: NaiveDate) -> bool {
        let weekday = !matches!(day.weekday(), Weekday::Sat | Weekday::Sun);
        self.other.get(&day).copied().unwrap_or(weekday)
    }

    /// Whether the table knows the year of a day.
    #[must_use]
    pub fn knows(&self, day: NaiveDate) -> bool {
        self.years.contains(&day.year())
    }
}

/// A day, or the days from one to another, all of one year.
fn days(text: &str, year: i32) -> Option<Vec<NaiveDate>> {
    let (first, last) = text.split_once('/').unwrap_or((text, text));
    let day = |text: &str| NaiveDate::parse_from_str(text.trim(), "%Y-%m-%d").ok();
    let (first, last) = (day(first)?, day(last)?);
    let count = last.signed_duration_since(first).num_days() + 1;
    let of_year = first.year() == year && last.year() == year;
    let fits = of_year && (1..=RANGE_DAYS_MAX).contains(&count);
    fits.then(|| first.iter_days().take_while(|d| *d <= last).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        NaiveDate::parse_from_str(text, "%Y-%m-%d").unwrap()
    }

    #[test]
    fn a_holiday_is_not_worked_and_a_make_up_day_is() {
        let calendar = Calendar::shipped().unwrap();
        let worked = |text: &str| calendar.is_worked(day(text));
        assert!(!worked("2026-02-17"), "a Tuesday of the Spring Festival");
        assert!(worked("2026-02-14"), "a Saturday that is made up");
        assert!(!worked("2026-10-07"));
        assert!(worked("2026-10-10"));
        assert!(worked("2026-11-24"));
        assert!(!worked("2026-11-28"));
    }

    #[test]
    fn a_year_that_is_not_known_goes_by_the_week() {
        let calendar = Calendar::shipped().unwrap();
        assert!(!calendar.knows(day("2031-01-01")));
        assert!(calendar.is_worked(day("2031-01-01")));
        assert!(!calendar.is_worked(day("2031-01-04")));
    }

    #[test]
    fn what_is_wrong_with_a_table_is_named() {
        let year = |holidays: &str, worked: &str| {
            let text = format!(
                "[[year]]\nyear = 2026\nnotice = \"\"\nholidays = [{holidays}]\nworked = [{worked}]"
            );
            Calendar::parse("h.toml", &text).unwrap_err().to_string()
        };
        assert!(year("\"2026-02-30\"", "").contains("2026-02-30"));
        assert!(year("\"2027-01-01\"", "").contains("is no day of it"));
        assert!(year("\"2026-01-03/2026-01-01\"", "").contains("is no day of it"));
        assert!(year("\"2026-01-01\"", "\"2026-01-01\"").contains("twice"));
        assert!(Calendar::parse("h.toml", "year = 1").is_err());
    }
}
