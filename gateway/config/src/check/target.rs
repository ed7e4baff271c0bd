//! `[targets.NAME]`.

use super::address::plain_url;
use crate::limits::{
    BREAKER_FAILURES, BREAKER_OPEN_MS, FIRST_ROW, RETRY_FACTOR, RETRY_FIRST_MS, RETRY_MOST_MS,
    TARGET_TIMEOUT_MS,
};
use crate::plan::{BreakerPlan, ReplyFields, RetryPlan, Table, TargetKind, TargetPlan};
use crate::reader::{Desk, NamedKind, Section, Trouble};
use crate::suggest::remedy;
use credit_record::directory::Counted;
use std::collections::BTreeMap;
use std::time::Duration;

const EXAMPLE: &str = "url = \"https://platform.example/api/upload\"";

/// Reads a target; nothing where it cannot be used.
pub(super) fn read(
    desk: &mut Desk<'_>,
    mut section: Section<'_>,
    name: &str,
    directories: &[String],
) -> Option<TargetPlan> {
    let kind = section.choice(desk, "kind", &[("http-push", TargetKind::HttpPush)]);
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
    let lengths = [
        ("characters", Counted::Characters),
        ("bytes", Counted::Bytes),
    ];
    let plan = TargetPlan {
        name: name.to_owned(),
        kind: kind.unwrap_or(TargetKind::HttpPush),
        url: url.clone().unwrap_or_default(),
        repair_url,
        withdraw_url,
        hold_url,
        token: section.secret(desk, "token"),
        ca_file: section.path(desk, "ca_file", NamedKind::File),
        department_code: section.text(desk, "department_code").map(|text| text.value),
        length_in: section
            .choice(desk, "length_in", &lengths)
            .unwrap_or(Counted::Characters),
        timeout: Duration::from_millis(section.number(desk, &TARGET_TIMEOUT_MS)),
        retry: retry(desk, &mut section),
        breaker: breaker(desk, &mut section),
        send_envelope: envelope(desk, &mut section),
        tables: tables(desk, &mut section, directories),
        reply: reply(desk, &mut section),
    };
    section.finish(desk);
    url.and(kind).map(|_| plan)
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
    directories: &[String],
) -> BTreeMap<String, Table> {
    let mut tables = BTreeMap::new();
    for (directory, mut entry) in target.section(desk, "tables").sections(desk) {
        let code = entry.need_text(desk, "code", "code = \"the platform's tableCode\"");
        let version = entry.text(desk, "version").map(|text| text.value);
        entry.finish(desk);
        if !directories.contains(&directory.value) {
            let message = format!("there is no directory {:?}", directory.value);
            let help = remedy(&directory.value, directories.iter().map(String::as_str));
            desk.report(
                &directory.spot,
                Trouble::error("unknown_directory", message, help),
            );
        }
        tables.extend(code.map(|code| {
            (
                directory.value,
                Table {
                    code: code.value,
                    version,
                },
            )
        }));
    }
    tables
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
