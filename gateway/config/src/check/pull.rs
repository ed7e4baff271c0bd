//! `[source]` of a route that is pulled over HTTP.

mod auth;
mod network;
mod paging;

use super::address::{CURSOR, cursor_url};
use super::gateway::MIB;
use super::source::encoding;
use crate::limits::{
    BODY_MIB_MAX, CONNECT_TIMEOUT_MS, FIRST_BYTE_TIMEOUT_MS, IDLE_TIMEOUT_MS, OVERLAP_S, PAGES_MAX,
    RATIO_MAX, TOTAL_TIMEOUT_MS, WIRE_MIB_MAX,
};
use crate::plan::pull::{Given, HttpPlan, HttpTimeouts, NextCursor, Paging};
use crate::reader::{Desk, NamedKind, Section, Text, Trouble};
use crate::text::shorten;
use credit_record::moment;
use std::time::Duration;

/// Reads a source that is pulled over HTTP; nothing where it cannot be used.
pub(super) fn http(desk: &mut Desk<'_>, section: &mut Section<'_>) -> Option<HttpPlan> {
    let example = "url = \"https://department.example/export?since={cursor}\"";
    let url = section
        .need_text(desk, "url", example)
        .and_then(|text| cursor_url(desk, text));
    let with_cursor = url.as_deref().map(|url| url.contains(CURSOR));
    let cursor_start = cursor_start(desk, section, with_cursor);
    let overlap_s = overlap(desk, section, with_cursor, cursor_start.as_ref());
    let auth = auth::read(desk, section);
    let client_certificate = auth::client_certificate(desk, section);
    let next = next(desk, section);
    let paging = paging::read(desk, section);
    if let (Some(false), Some(NextCursor::Given(_))) = (with_cursor, &next) {
        without_cursor(desk, section, "next");
    }
    let allow = network::read(desk, section);
    let mut ms = |limit| Duration::from_millis(section.number(desk, limit));
    let timeouts = HttpTimeouts {
        connect: ms(&CONNECT_TIMEOUT_MS),
        first_byte: ms(&FIRST_BYTE_TIMEOUT_MS),
        idle: ms(&IDLE_TIMEOUT_MS),
        total: ms(&TOTAL_TIMEOUT_MS),
    };
    let plan = HttpPlan {
        url: url.clone().unwrap_or_default(),
        cursor_start: cursor_start.map(|text| text.value),
        overlap_s,
        next: next.clone().unwrap_or(NextCursor::Adapter),
        paging: paging.clone().unwrap_or(Paging::None),
        auth: auth?,
        client_certificate: client_certificate?,
        ca_file: section.path(desk, "ca_file", NamedKind::File),
        allow_private: section.flag(desk, "allow_private"),
        allow,
        timeouts,
        wire_bytes_max: section.number(desk, &WIRE_MIB_MAX) * MIB,
        body_bytes_max: section.number(desk, &BODY_MIB_MAX) * MIB,
        ratio_max: section.number(desk, &RATIO_MAX),
        pages_max: section.number(desk, &PAGES_MAX),
        encoding: encoding(desk, section)?,
    };
    url.and(next).and(paging).map(|_| plan)
}

fn cursor_start(
    desk: &mut Desk<'_>,
    section: &mut Section<'_>,
    with_cursor: Option<bool>,
) -> Option<Text> {
    let cursor_start = section.text(desk, "cursor_start");
    match (with_cursor, section.has("cursor_start")) {
        (Some(true), false) => {
            let example = "cursor_start = \"…\", where the first pull begins; it is never guessed";
            section.miss(desk, "cursor_start", example);
        }
        (Some(false), true) => without_cursor(desk, section, "cursor_start"),
        _ => {}
    }
    cursor_start
}

fn overlap(
    desk: &mut Desk<'_>,
    section: &mut Section<'_>,
    with_cursor: Option<bool>,
    cursor_start: Option<&Text>,
) -> u64 {
    let overlap_s = section.number(desk, &OVERLAP_S);
    if overlap_s == 0 {
        return 0;
    }
    if with_cursor == Some(false) {
        without_cursor(desk, section, OVERLAP_S.name());
    }
    if let Some(start) = cursor_start.filter(|s| moment::earlier(&s.value, overlap_s).is_none()) {
        let written = shorten(desk.written(&start.spot));
        let message = format!("no overlap can be taken from {written}, which is no time");
        let help = "let the cursor be a time, as in \"2026-01-31 08:00:00\", or take out overlap_s";
        desk.report(&start.spot, Trouble::error("bad_time", message, help));
    }
    overlap_s
}

fn without_cursor(desk: &mut Desk<'_>, section: &Section<'_>, key: &str) {
    let message = format!("\"{key}\" is given, but the url has no {CURSOR}");
    let help = format!("put {CURSOR} where the cursor goes in the url, or take \"{key}\" out");
    desk.report(
        &section.spot_of(key),
        Trouble::error("conflicting_keys", message, help),
    );
}

fn next(desk: &mut Desk<'_>, section: &mut Section<'_>) -> Option<NextCursor> {
    if !section.has_table("next") {
        return section
            .choice(desk, "next", &[("adapter", ())])
            .map(|()| NextCursor::Adapter);
    }
    let mut table = section.section(desk, "next");
    let given = given(desk, &mut table);
    if given.is_none() && !table.has("header") && !table.has("pointer") {
        table.miss(
            desk,
            "header",
            "header = \"X-Next-Cursor\" or pointer = \"/next\"",
        );
    }
    table.finish(desk);
    given.map(NextCursor::Given)
}

/// `header` or `pointer` of a table; nothing where there is neither, or it cannot be used.
fn given(desk: &mut Desk<'_>, table: &mut Section<'_>) -> Option<Given> {
    let (header, pointer) = (table.text(desk, "header"), pointer(desk, table, "pointer"));
    if table.has("header") && table.has("pointer") {
        let message = "header and pointer both say where it is given";
        let trouble = Trouble::error("conflicting_keys", message, "take one of them out");
        desk.report(&table.spot_of("pointer"), trouble);
        return None;
    }
    let Some(header) = header else {
        return pointer.map(Given::Pointer);
    };
    let token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    if header.value.is_empty() || !header.value.bytes().all(token) {
        let written = shorten(desk.written(&header.spot));
        let message = format!("{written} is no name of a header");
        let help = "as in header = \"X-Next-Cursor\"";
        desk.report(&header.spot, Trouble::error("bad_header", message, help));
        return None;
    }
    Some(Given::Header(header.value.to_ascii_lowercase()))
}

/// A JSON pointer.
fn pointer(desk: &mut Desk<'_>, table: &mut Section<'_>, key: &'static str) -> Option<String> {
    let text = table.text(desk, key)?;
    let escaped = text.value.replace("~0", "").replace("~1", "");
    if text.value.starts_with('/') && !escaped.contains('~') {
        return Some(text.value);
    }
    let written = shorten(desk.written(&text.spot));
    let message = format!("{written} is no JSON pointer");
    let help = "it begins with / and names the way from key to key, as in \"/data/next\"";
    desk.report(&text.spot, Trouble::error("bad_pointer", message, help));
    None
}
