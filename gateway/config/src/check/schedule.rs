//! `[schedule]` of a route.
//!
//! A weekday by number is refused: some count from Sunday, some from Monday, some from 0. A time
//! that never comes is refused as well.

use super::gateway::zone;
use crate::limits::{EVERY_MS, JITTER_S, SILENT_AFTER_H};
use crate::plan::{Cron, DaysPlan, Missed, SchedulePlan, SourcePlan};
use crate::reader::{Desk, Section, Text, Trouble};
use crate::text::shorten;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use cron::Schedule;
use std::time::Duration;

/// Fields of an expression, in their order.
const FIELDS: [(&str, &str); 7] = [
    ("second", "0-59"),
    ("minute", "0-59"),
    ("hour", "0-23"),
    ("day of the month", "1-31"),
    ("month", "1-12 or JAN-DEC"),
    ("weekday", "MON-SUN"),
    ("year", "1970-2100"),
];
const WEEKDAY: usize = 5;
const EXAMPLE: &str = "as in \"0 0 2 * * *\", 02:00 each day: second minute hour day month weekday";
/// The characters an expression can need at most, with room to spare.
const CRON_BYTES_MAX: usize = 256;
/// 1 January 2026: a time that does not come after it never comes.
const EPOCH_SECONDS: i64 = 1_767_225_600;

/// Reads the schedule of a route; nothing where it cannot be used.
pub(super) fn read(
    desk: &mut Desk<'_>,
    route: &mut Section<'_>,
    source: Option<&SourcePlan>,
    default_zone: Tz,
) -> (Option<SchedulePlan>, Option<Duration>) {
    let mut section = route.section(desk, "schedule");
    let text = section.text(desk, "cron");
    let own_zone = section.text(desk, "timezone");
    let zone = match &own_zone {
        Some(text) => zone(desk, text),
        None => Some(default_zone),
    };
    let days = [
        ("all", DaysPlan::All),
        ("working", DaysPlan::Working),
        ("resting", DaysPlan::Resting),
    ];
    let days = section.choice(desk, "days", &days).unwrap_or_default();
    let missed = [
        ("once", Missed::Once),
        ("all", Missed::All),
        ("none", Missed::None),
    ];
    let missed = section.choice(desk, "missed", &missed).unwrap_or_default();
    let jitter = Duration::from_secs(section.number(desk, &JITTER_S));
    let silent = Duration::from_secs(section.number(desk, &SILENT_AFTER_H) * 3_600);
    let silent = (!silent.is_zero()).then_some(silent);
    let every = Duration::from_millis(section.number(desk, &EVERY_MS));
    let (has_cron, has_every) = (section.has("cron"), section.has(EVERY_MS.name()));
    if has_cron && has_every {
        let message = "cron and every_ms both say when";
        let trouble = Trouble::error("conflicting_keys", message, "take one of them out");
        desk.report(&section.spot_of(EVERY_MS.name()), trouble);
    } else if !has_cron && section.has("timezone") {
        let message = "a time zone is given, but no cron that it is for";
        let trouble = Trouble::error("conflicting_keys", message, "take it out, or add cron");
        desk.report(&section.spot_of("timezone"), trouble);
    }
    for key in ["days", "missed", "jitter_s"] {
        if !has_cron && section.has(key) {
            let message = format!("{key} is given, but no cron that it is for");
            let trouble = Trouble::error("conflicting_keys", message, "take it out, or add cron");
            desk.report(&section.spot_of(key), trouble);
        }
    }
    let files = source.is_some_and(SourcePlan::is_folder);
    let http = matches!(source, Some(SourcePlan::Http(_) | SourcePlan::Sql(_)));
    if !has_cron && !has_every && http {
        let owner = if section.is_present() {
            &section
        } else {
            route
        };
        let example = "[schedule] with cron = \"0 0 2 * * *\" or every_ms = 600_000";
        owner.miss(desk, "schedule", example);
    }
    let pushed = matches!(source, Some(SourcePlan::Push(_)));
    for key in ["cron", EVERY_MS.name()] {
        if pushed && section.has(key) {
            let message = "a feed that is handed in has no times of its own";
            let help = format!("take {key} out: it is read when it comes");
            let trouble = Trouble::error("conflicting_keys", message, help);
            desk.report(&section.spot_of(key), trouble);
        }
    }
    section.finish(desk);
    let plan = match (has_cron, text, zone) {
        (true, Some(text), Some(zone)) => expression(desk, &text).map(|schedule| {
            SchedulePlan::Cron(Box::new(Cron {
                schedule,
                zone,
                days,
                missed,
                jitter,
            }))
        }),
        (true, ..) => None,
        (false, ..) if pushed => Some(SchedulePlan::Called),
        (false, ..) => (has_every || files).then_some(SchedulePlan::Every(every)),
    };
    (plan, silent)
}

fn expression(desk: &mut Desk<'_>, text: &Text) -> Option<Schedule> {
    let written = shorten(desk.written(&text.spot));
    match parse(&text.value) {
        Ok(schedule) => Some(schedule),
        Err((why, help)) => {
            let message = format!("{written} is no time: {why}");
            desk.report(&text.spot, Trouble::error("bad_cron", message, help));
            None
        }
    }
}

/// The schedule of an expression of five, six or seven fields, or why not and what to do.
fn parse(text: &str) -> Result<Schedule, (String, String)> {
    let mut fields: Vec<&str> = text.split_ascii_whitespace().collect();
    if fields.len() == 5 {
        fields.insert(0, "0");
    }
    if !(6..=7).contains(&fields.len()) || text.len() > CRON_BYTES_MAX {
        let why = format!("it has {} fields, not 5, 6 or 7", fields.len());
        return Err((why, EXAMPLE.to_owned()));
    }
    for (at, (field, (name, range))) in fields.iter().zip(FIELDS).enumerate() {
        let wrong = || {
            (
                format!("the {name} {field:?} is not understood"),
                format!("{name}: {range}"),
            )
        };
        let steps = field.split(',').filter_map(|part| part.split_once('/'));
        if steps
            .into_iter()
            .any(|(_, step)| step.bytes().all(|b| b == b'0'))
        {
            return Err(wrong());
        }
        let numbered = |part: &str| {
            part.split('/')
                .next()
                .unwrap_or("")
                .contains(|c: char| c.is_ascii_digit())
        };
        if at == WEEKDAY && field.split(',').any(numbered) {
            let why = "a weekday by number means different days in different systems";
            let help = "write it as a name, as in MON-FRI or SUN";
            return Err((why.to_owned(), help.to_owned()));
        }
        let mut alone = ["*"; 7];
        alone
            .iter_mut()
            .skip(at)
            .take(1)
            .for_each(|only| *only = field);
        if alone.join(" ").parse::<Schedule>().is_err() {
            return Err(wrong());
        }
    }
    let schedule: Schedule = fields
        .join(" ")
        .parse()
        .map_err(|error: cron::error::Error| (error.to_string(), EXAMPLE.to_owned()))?;
    let start: DateTime<Utc> = DateTime::from_timestamp(EPOCH_SECONDS, 0).unwrap_or_default();
    if schedule.after(&start).next().is_none() {
        return Err(("it never comes".to_owned(), EXAMPLE.to_owned()));
    }
    Ok(schedule)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_fields_begin_at_second_zero() {
        assert_eq!(
            parse("30 2 * * MON-FRI").unwrap(),
            parse("0 30 2 * * MON-FRI").unwrap()
        );
        let start: DateTime<Utc> = DateTime::from_timestamp(EPOCH_SECONDS, 0).unwrap();
        let zone = Tz::Asia__Shanghai;
        let next = parse("0 2 * * MON")
            .unwrap()
            .after(&start.with_timezone(&zone))
            .next()
            .unwrap();
        assert_eq!(next.to_rfc3339(), "2026-01-05T02:00:00+08:00");
    }

    #[test]
    fn the_field_that_is_wrong_is_named() {
        let why = |text| parse(text).unwrap_err().0;
        assert_eq!(why("0 0 25 * * *"), "the hour \"25\" is not understood");
        assert_eq!(
            why("0 0 2 * * MOO"),
            "the weekday \"MOO\" is not understood"
        );
        assert_eq!(why("0 */0 2 * * *"), "the minute \"*/0\" is not understood");
        assert_eq!(why("daily"), "it has 1 fields, not 5, 6 or 7");
        assert_eq!(why("0 0 2 31 2 *"), "it never comes");
        assert_eq!(why("0 0 2 1 1 * 2020"), "it never comes");
        assert!(why("0 2 * * 1").contains("by number"));
        assert!(parse("0 0 2 * * */2").is_ok());
    }
}
