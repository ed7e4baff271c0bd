//! When a route is due: pure functions of the time that is passed in.
//!
//! What must stay true: the next time is always later than the one it is asked for; a local
//! time that clocks skip is due at the moment they go forward, one that they repeat is due
//! once, the first time.

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, TimeZone, Timelike, Utc};
use chrono_tz::Tz;
use std::sync::Arc;

/// The longest that clocks have ever skipped: a day (Samoa, 2011).
const SKIP_MINUTES_MAX: i64 = 25 * 60;
/// The most times that have been when clocks are set back by as much: one each second.
const PASSED_MAX: usize = 25 * 60 * 60;

/// Times that are looked at for one on a day that fits: a year of working days, many times over.
const DAYS_TRIED_MAX: usize = 100_000;

/// Says whether a local day counts.
pub type Days = Arc<dyn Fn(NaiveDate) -> bool + Send + Sync>;

/// How often a route runs.
#[derive(Clone)]
pub enum Cadence {
    /// At local times.
    Cron {
        /// Which.
        schedule: Box<cron::Schedule>,
        /// Where.
        zone: Tz,
        /// On which days; all of them where nothing is said.
        days: Option<Days>,
        /// Each time is put off by up to this, by as much each time it is asked for.
        jitter_ms: u64,
        /// Tells one route from another, so that they are not put off alike.
        salt: u64,
    },
    /// This long after the last time, whatever clocks do.
    Every {
        /// How long, at least 1.
        every_ms: u64,
    },
}

impl Cadence {
    /// When the route is due next after `after_ms` (both Unix milliseconds); `None`: never again.
    #[must_use]
    pub fn next_due_ms(&self, after_ms: i64) -> Option<i64> {
        match self {
            Self::Cron {
                schedule,
                zone,
                days,
                jitter_ms,
                salt,
            } => {
                // What was put off past `after` is due still.
                let least = after_ms.checked_sub_unsigned(*jitter_ms)?;
                let mut after = DateTime::from_timestamp_millis(least)?;
                for _ in 0..DAYS_TRIED_MAX {
                    let due = next_due(schedule, *zone, after)?;
                    let put_off = put_off(due.timestamp_millis(), *jitter_ms, *salt);
                    let local = due.with_timezone(zone).date_naive();
                    let fits = days.as_ref().is_none_or(|days| days(local));
                    if fits && put_off > after_ms {
                        return Some(put_off);
                    }
                    after = due;
                }
                None
            }
            Self::Every { every_ms } => after_ms.checked_add_unsigned((*every_ms).max(1)),
        }
    }
}

/// The time by which a due time is put off: the same whenever it is asked for.
fn put_off(due_ms: i64, jitter_ms: u64, salt: u64) -> i64 {
    let Some(span) = jitter_ms.checked_add(1).filter(|_| jitter_ms > 0) else {
        return due_ms;
    };
    let mut mixed = salt ^ due_ms.cast_unsigned().wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
    due_ms.saturating_add_unsigned((mixed ^ (mixed >> 32)) % span)
}

/// When `schedule`, read in local time of `zone`, is due next after `after`; `None`: never again.
#[must_use]
pub fn next_due(
    schedule: &cron::Schedule,
    zone: Tz,
    after: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    // Local time is counted as if clocks never changed, and each time found put on the clock:
    // that keeps the order, but may give a time more than once, or one that has been.
    let local = after.with_timezone(&zone).naive_local();
    schedule
        .after(&local.and_utc())
        .take(PASSED_MAX)
        .filter_map(|due| on_the_clock(zone, due.naive_utc()))
        .find(|due| *due > after)
}

/// The first moment at which clocks in `zone` show `local`, or go forward past it.
fn on_the_clock(zone: Tz, local: NaiveDateTime) -> Option<DateTime<Utc>> {
    let shown = |local: &NaiveDateTime| zone.from_local_datetime(local).earliest();
    if let Some(moment) = shown(&local) {
        return Some(moment.to_utc());
    }
    let minute = local.with_second(0)?;
    (1..=SKIP_MINUTES_MAX)
        .find_map(|minutes| shown(&minute.checked_add_signed(TimeDelta::minutes(minutes))?))
        .map(|moment| moment.to_utc())
}

#[cfg(test)]
mod tests {
    use std::str::FromStr;

    use super::*;
    use chrono::Datelike as _;

    fn due(cron: &str, zone: Tz, after: &str) -> String {
        let schedule = cron::Schedule::from_str(cron).unwrap();
        let after = DateTime::parse_from_rfc3339(after).unwrap().to_utc();
        let due = next_due(&schedule, zone, after).unwrap();
        due.with_timezone(&zone).to_rfc3339()
    }

    fn at(text: &str) -> i64 {
        DateTime::parse_from_rfc3339(text)
            .unwrap()
            .timestamp_millis()
    }

    #[test]
    fn a_day_that_does_not_count_is_passed_over() {
        let weekdays: Days = Arc::new(|day| day.weekday().number_from_monday() < 6);
        let cadence = Cadence::Cron {
            schedule: Box::new(cron::Schedule::from_str("0 0 2 * * *").unwrap()),
            zone: Tz::Asia__Shanghai,
            days: Some(weekdays),
            jitter_ms: 0,
            salt: 0,
        };
        let friday = at("2026-11-27T02:00:00+08:00");
        assert_eq!(
            cadence.next_due_ms(friday),
            Some(at("2026-11-30T02:00:00+08:00"))
        );
    }

    #[test]
    fn a_time_is_put_off_alike_whenever_it_is_asked_for_and_comes_once() {
        let cadence = |salt| Cadence::Cron {
            schedule: Box::new(cron::Schedule::from_str("0 0 2 * * *").unwrap()),
            zone: Tz::UTC,
            days: None,
            jitter_ms: 600_000,
            salt,
        };
        let two = at("2026-11-27T02:00:00Z");
        let first = cadence(1).next_due_ms(two - 7_000_000).unwrap();
        assert!((two..=two + 600_000).contains(&first));
        assert_eq!(
            cadence(1).next_due_ms(two),
            Some(first).filter(|f| *f > two)
        );
        let next = cadence(1).next_due_ms(first).unwrap();
        assert!(next >= two + 86_400_000, "not twice for one time");
        assert_ne!(cadence(2).next_due_ms(two - 7_000_000), Some(first));
    }

    #[test]
    fn a_local_time_is_read_in_the_zone() {
        let due = due("0 30 2 * * *", Tz::Asia__Shanghai, "2026-11-24T19:00:00Z");
        assert_eq!(due, "2026-11-26T02:30:00+08:00");
    }

    #[test]
    fn the_time_asked_for_is_not_given_again() {
        let due = due("0 30 2 * * *", Tz::Asia__Shanghai, "2026-11-24T18:30:00Z");
        assert_eq!(due, "2026-11-26T02:30:00+08:00");
    }

    #[test]
    fn a_skipped_time_is_due_when_clocks_go_forward() {
        let berlin = Tz::Europe__Berlin;
        assert_eq!(
            due("0 30 2 * * *", berlin, "2026-03-29T00:00:00Z"),
            "2026-03-29T03:00:00+02:00"
        );
        assert_eq!(
            due("0 30 2 * * *", berlin, "2026-03-29T01:00:00Z"),
            "2026-03-30T02:30:00+02:00"
        );
        assert_eq!(
            due("0 */20 * * * *", berlin, "2026-03-29T00:59:59Z"),
            "2026-03-29T03:00:00+02:00"
        );
    }

    #[test]
    fn a_repeated_time_is_due_once() {
        let berlin = Tz::Europe__Berlin;
        assert_eq!(
            due("0 30 2 * * *", berlin, "2026-10-24T22:00:00Z"),
            "2026-10-25T02:30:00+02:00"
        );
        assert_eq!(
            due("0 30 2 * * *", berlin, "2026-10-25T00:30:00Z"),
            "2026-10-26T02:30:00+01:00"
        );
        assert_eq!(
            due("0 30 2 * * *", berlin, "2026-10-25T01:10:00Z"),
            "2026-10-26T02:30:00+01:00"
        );
        assert_eq!(
            due("* * * * * *", berlin, "2026-10-25T01:00:00Z"),
            "2026-10-25T03:00:00+01:00"
        );
    }

    #[test]
    fn a_schedule_that_is_over_is_never_due() {
        let schedule = cron::Schedule::from_str("0 0 0 1 1 * 2020").unwrap();
        let cadence = Cadence::Cron {
            schedule: Box::new(schedule),
            zone: Tz::Asia__Shanghai,
            days: None,
            jitter_ms: 0,
            salt: 0,
        };
        assert_eq!(cadence.next_due_ms(1_800_000_000_000), None);
        assert_eq!(
            Cadence::Every { every_ms: 500 }.next_due_ms(1_000),
            Some(1_500)
        );
    }
}
