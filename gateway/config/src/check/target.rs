//! `[targets.NAME]`.

mod exchange;
mod fields;

use super::address::plain_url;
use super::sql;
use crate::known::KnownDirectory;
use crate::limits::{
    BREAKER_FAILURES, BREAKER_OPEN_MS, FIRST_ROW, RECORDS_PER_SECOND, RETRY_FACTOR, RETRY_FIRST_MS,
    RETRY_MOST_MS, TARGET_TIMEOUT_MS,
};
use crate::plan::{
    BreakerPlan, HttpPushPlan, OpenHours, PacingPlan, ReplyFields, RetryPlan, SqlMode, Table,
    TargetPlan, WayPlan,
};
use crate::reader::{Desk, NamedKind, Section, Trouble};
use chrono::NaiveTime;
use credit_record::directory::Counted;
use std::collections::BTreeMap;
use std::time::Duration;

const EXAMPLE: &str = "url = \"https://platform.example/api/upload\"";

/// Reads a target; nothing where it cannot be used.
pub(super) fn read(
    desk: &mut Desk<'_>,
    mut section: Section<'_>,
    name: &str,
    directories: &[KnownDirectory],
) -> Option<TargetPlan> {
    let kind = section.choice(desk, "kind", &KINDS);
    let way = match kind.unwrap_or(Kind::HttpPush) {
        Kind::HttpPush => {
            http_push(desk, &mut section).map(|push| WayPlan::HttpPush(Box::new(push)))
        }
        Kind::Exchange => {
            exchange::read(desk, &mut section).map(|way| WayPlan::Exchange(Box::new(way)))
        }
        Kind::Sql => sql::tables(desk, &mut section).map(|tables| WayPlan::Sql(Box::new(tables))),
    };
    let lengths = [
        ("characters", Counted::Characters),
        ("bytes", Counted::Bytes),
    ];
    let rest = (
        section.text(desk, "department_code").map(|text| text.value),
        section
            .choice(desk, "length_in", &lengths)
            .unwrap_or(Counted::Characters),
        retry(desk, &mut section),
        breaker(desk, &mut section),
        pacing(desk, &mut section),
        envelope(desk, &mut section),
        fields::fields(desk, &mut section, directories),
        tables(desk, &mut section, directories, upserts(way.as_ref())),
    );
    section.finish(desk);
    let (department_code, length_in, retry, breaker, pacing, send_envelope, fields, tables) = rest;
    kind?;
    Some(TargetPlan {
        name: name.to_owned(),
        way: way?,
        department_code,
        length_in,
        retry,
        breaker,
        pacing,
        send_envelope,
        fields,
        tables,
    })
}

/// The kinds of targets.
#[derive(Clone, Copy)]
enum Kind {
    HttpPush,
    Exchange,
    Sql,
}

const KINDS: [(&str, Kind); 3] = [
    ("http-push", Kind::HttpPush),
    ("exchange", Kind::Exchange),
    ("sql", Kind::Sql),
];

fn http_push(desk: &mut Desk<'_>, section: &mut Section<'_>) -> Option<HttpPushPlan> {
    let url = section
        .need_text(desk, "url", EXAMPLE)
        .and_then(|text| plain_url(desk, text));
    let mut other = |key| {
        section
            .text(desk, key)
            .and_then(|text| plain_url(desk, text))
    };
    let (repair_url, withdraw_url, hold_url) = (
        other("repair_url"),
        other("withdraw_url"),
        other("hold_url"),
    );
    let plan = HttpPushPlan {
        url: url.clone().unwrap_or_default(),
        repair_url,
        withdraw_url,
        hold_url,
        token: section.secret(desk, "token"),
        ca_file: section.path(desk, "ca_file", NamedKind::File),
        timeout: Duration::from_millis(section.number(desk, &TARGET_TIMEOUT_MS)),
        reply: reply(desk, section),
    };
    url.map(|_| plan)
}

fn pacing(desk: &mut Desk<'_>, section: &mut Section<'_>) -> PacingPlan {
    let rate = section.number(desk, &RECORDS_PER_SECOND);
    let mut hours = Vec::new();
    for text in section.texts(desk, "hours") {
        match open_hours(&text.value) {
            Some(open) => hours.push(open),
            None => {
                let message = format!("{} is no time of the day", desk.written(&text.spot));
                let help = "write from and until, such as hours = [\"20:00-06:00\"]";
                desk.report(&text.spot, Trouble::error("bad_hours", message, help));
            }
        }
    }
    PacingPlan {
        records_per_second: u32::try_from(rate).ok().filter(|rate| *rate > 0),
        hours,
    }
}

fn open_hours(text: &str) -> Option<OpenHours> {
    let (from, until) = text.split_once('-')?;
    let time = |text: &str| NaiveTime::parse_from_str(text.trim(), "%H:%M").ok();
    let (from, until) = (time(from)?, time(until)?);
    (from != until).then_some(OpenHours { from, until })
}

fn retry(desk: &mut Desk<'_>, target: &mut Section<'_>) -> RetryPlan {
    let mut section = target.section(desk, "retry");
    let first_ms = section.number(desk, &RETRY_FIRST_MS);
    let most_ms = section.number(desk, &RETRY_MOST_MS);
    let factor = section.number(desk, &RETRY_FACTOR);
    if first_ms > most_ms {
        let message = format!("first_ms = {first_ms} is more than most_ms = {most_ms}");
        let spot = section.spot_of("first_ms");
        let help = "the first pause is the shortest, most_ms the longest";
        desk.report(&spot, Trouble::error("out_of_range", message, help));
    }
    section.finish(desk);
    RetryPlan {
        first: Duration::from_millis(first_ms),
        factor: u32::try_from(factor).unwrap_or(u32::MAX),
        most: Duration::from_millis(most_ms),
    }
}

fn breaker(desk: &mut Desk<'_>, target: &mut Section<'_>) -> BreakerPlan {
    let mut section = target.section(desk, "breaker");
    let failures = section.number(desk, &BREAKER_FAILURES);
    let open = Duration::from_millis(section.number(desk, &BREAKER_OPEN_MS));
    section.finish(desk);
    BreakerPlan {
        failures: u32::try_from(failures).unwrap_or(u32::MAX),
        open,
    }
}

fn envelope(desk: &mut Desk<'_>, section: &mut Section<'_>) -> Vec<String> {
    let mut columns: Vec<String> = Vec::new();
    for text in section.texts(desk, "send_envelope") {
        if columns.contains(&text.value) {
            let message = format!("the column {} is named twice", desk.written(&text.spot));
            desk.report(
                &text.spot,
                Trouble::error("twice", message, "take one of them out"),
            );
        } else {
            columns.push(text.value);
        }
    }
    columns
}

fn tables(
    desk: &mut Desk<'_>,
    target: &mut Section<'_>,
    directories: &[KnownDirectory],
    upserts: bool,
) -> BTreeMap<String, Table> {
    let mut tables = BTreeMap::new();
    for (directory, mut entry) in target.section(desk, "tables").sections(desk) {
        let code = entry.need_text(desk, "code", "code = \"the platform's tableCode\"");
        let version = entry.text(desk, "version").map(|text| text.value);
        let key = key(desk, &mut entry, upserts);
        entry.finish(desk);
        fields::known(desk, &directory, directories);
        tables.extend(code.map(|code| {
            (
                directory.value,
                Table {
                    code: code.value,
                    version,
                    key,
                },
            )
        }));
    }
    tables
}

/// The columns that tell rows apart: needed where a newer state takes the older one's place.
fn key(desk: &mut Desk<'_>, entry: &mut Section<'_>, upserts: bool) -> Vec<String> {
    let key = match upserts {
        true => entry.need_texts(desk, "key", "key = [\"the table's key columns\"]"),
        false => entry.texts(desk, "key"),
    };
    if !upserts && entry.has("key") {
        let message = "\"key\" is given, but rows are not replaced by it";
        let help = "take it out, or set kind = \"sql\" and mode = \"upsert\"";
        let trouble = Trouble::error("conflicting_keys", message, help);
        desk.report(&entry.spot_of("key"), trouble);
    }
    key.into_iter().map(|text| text.value).collect()
}

fn upserts(way: Option<&WayPlan>) -> bool {
    matches!(way, Some(WayPlan::Sql(sql)) if sql.mode == SqlMode::Upsert)
}

fn reply(desk: &mut Desk<'_>, target: &mut Section<'_>) -> ReplyFields {
    let mut section = target.section(desk, "reply");
    let first_row = section.number(desk, &FIRST_ROW);
    let mut names = |key, usual: &[&str]| {
        let given = section.text_or_texts(desk, key);
        let given = given.into_iter().map(|text| text.value);
        let mut names: Vec<String> = given.filter(|name| !name.is_empty()).collect();
        if names.is_empty() {
            names.extend(usual.iter().map(ToString::to_string));
        }
        names
    };
    let row = names("row", &["row", "index"]);
    let row_code = names("row_code", &["code", "errorCode"]);
    let row_message = names("row_message", &["message", "errorMsg", "msg"]);
    let row_data = names("row_data", &["data"]);
    let mut field = |key, usual: &str| match section.text(desk, key) {
        Some(text) if !text.value.is_empty() => text.value,
        _ => usual.to_owned(),
    };
    let fields = ReplyFields {
        task: field("task", "taskCode"),
        error_code: field("error_code", "errorCode"),
        error_message: field("error_message", "errorMsg"),
        total: field("total", "totalSize"),
        success: field("success", "successSize"),
        doubt: field("doubt", "failSize"),
        error: field("error", "errorSize"),
        error_body: field("error_body", "errorBody"),
        doubt_body: field("doubt_body", "failBody"),
        row,
        first_row,
        row_code,
        row_message,
        row_data,
    };
    section.finish(desk);
    fields
}
