//! Stretches of time as a person writes them.

use crate::exit::Exit;
use crate::failure::Failure;
use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, TimeZone as _};
use chrono_tz::Tz;
use clap::Args;

/// From when to when.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Span {
    /// Read to its end then or later: 2026-11-24, "2026-11-24 08:30", or with offset as the
    /// reports write it.
    #[arg(long, value_name = "TIME")]
    pub since: Option<String>,
    /// Read to its end before; of a date alone, that day still counts.
    #[arg(long, value_name = "TIME")]
    pub until: Option<String>,
}

impl Span {
    /// In milliseconds since 1970: from, and up to but without.
    pub(crate) fn in_ms(&self, zone: Tz) -> Result<(i64, i64), Failure> {
        let since = self.since.as_deref().map(|text| at(text, zone, false));
        let until = self.until.as_deref().map(|text| at(text, zone, true));
        let (since, until) = (since.transpose()?, until.transpose()?);
        Ok((since.unwrap_or(i64::MIN), until.unwrap_or(i64::MAX)))
    }
}

fn at(text: &str, zone: Tz, whole_day: bool) -> Result<i64, Failure> {
    let text = text.trim();
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return Ok(at.timestamp_millis());
    }
    let local = match NaiveDate::parse_from_str(text, "%Y-%m-%d") {
        Ok(day) if whole_day => day.checked_add_days(Days::new(1)),
        Ok(day) => Some(day),
        Err(_) => None,
    };
    let local = local.and_then(|day| day.and_hms_opt(0, 0, 0)).or_else(|| {
        let spelled = ["%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S"];
        let mut parsed = spelled
            .iter()
            .map(|s| NaiveDateTime::parse_from_str(text, s));
        parsed.find_map(Result::ok)
    });
    let at = local.and_then(|local| zone.from_local_datetime(&local).earliest());
    at.map(|at| at.timestamp_millis()).ok_or_else(|| {
        let message = format!("{text:?} is no time");
        let remedy = "write 2026-11-24, \"2026-11-24 08:30\" or 2026-11-24T08:30:00+08:00";
        Failure::new(Exit::Usage, message).remedy(remedy)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(text: &str, whole_day: bool) -> i64 {
        at(text, Tz::Asia__Shanghai, whole_day).unwrap()
    }

    #[test]
    fn a_date_alone_is_its_whole_day_and_times_are_those_of_the_zone() {
        let midnight = ms("2026-11-24", false);
        assert_eq!(ms("2026-11-23T16:00:00Z", false), midnight);
        assert_eq!(ms("2026-11-24 00:00", true), midnight);
        assert_eq!(
            ms("2026-11-24T08:30:01.000+08:00", false),
            midnight + 30_601_000
        );
        assert_eq!(ms("2026-11-24", true) - midnight, 86_400_000);
        assert!(at("yesterday", Tz::UTC, false).is_err());
        assert!(at("2026-13-01", Tz::UTC, false).is_err());
    }
}
