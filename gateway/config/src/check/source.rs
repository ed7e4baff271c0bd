//! `[source]` of a route.

use super::address::{CURSOR, cursor_url};
use super::gateway::MIB;
use super::sql;
use crate::limits::{BODY_MIB_MAX, PAGES_MAX, SOURCE_TIMEOUT_MS, STABLE_MS};
use crate::plan::{Basic, Encoding, FileOrder, FilesPlan, HttpPlan, NextCursor, Ready, SourcePlan};
use crate::reader::{Desk, NamedKind, Section, Text, Trouble};
use crate::text::shorten;
use globset::{GlobBuilder, GlobMatcher};
use std::time::Duration;

#[derive(Clone, Copy)]
enum Kind {
    Files,
    Http,
    Sql,
}

/// Reads the source of a route; nothing where it cannot be used.
pub(super) fn read(desk: &mut Desk<'_>, route: &mut Section<'_>) -> Option<SourcePlan> {
    let mut section = route.section(desk, "source");
    if !section.is_present() {
        route.miss(
            desk,
            "source",
            "a table [source] with kind = \"files\", kind = \"http\" or kind = \"sql\"",
        );
        return None;
    }
    if !section.has("kind") {
        section.need_text(desk, "kind", "kind = \"files\", \"http\" or \"sql\"");
        return None;
    }
    let kinds = [
        ("files", Kind::Files),
        ("http", Kind::Http),
        ("sql", Kind::Sql),
    ];
    let plan = match section.choice(desk, "kind", &kinds)? {
        Kind::Files => files(desk, &mut section).map(SourcePlan::Files),
        Kind::Http => http(desk, &mut section).map(|plan| SourcePlan::Http(Box::new(plan))),
        Kind::Sql => sql::source(desk, &mut section).map(|plan| SourcePlan::Sql(Box::new(plan))),
    };
    section.finish(desk);
    plan
}

fn files(desk: &mut Desk<'_>, section: &mut Section<'_>) -> Option<FilesPlan> {
    let example = "dir = \"../../inbox/tax\", seen from this file";
    let dir = match section.has("dir") {
        true => section.path(desk, "dir", NamedKind::Inbox),
        false => section
            .need_text(desk, "dir", example)
            .map(|text| text.value.into()),
    };
    let glob = glob(desk, section);
    let ready = ready(desk, section);
    let encoding = encoding(desk, section);
    let orders = [("name", FileOrder::Name), ("modified", FileOrder::Modified)];
    let order = section.choice(desk, "order", &orders);
    Some(FilesPlan {
        dir: dir?,
        glob: glob?,
        ready: ready?,
        encoding: encoding?,
        order: order?,
    })
}

fn glob(desk: &mut Desk<'_>, section: &mut Section<'_>) -> Option<GlobMatcher> {
    let text = section.need_text(desk, "glob", "glob = \"*.csv\"")?;
    pattern(desk, &text)
}

/// A pattern for files.
pub(super) fn pattern(desk: &mut Desk<'_>, text: &Text) -> Option<GlobMatcher> {
    match GlobBuilder::new(&text.value)
        .literal_separator(true)
        .build()
    {
        Ok(glob) => Some(glob.compile_matcher()),
        Err(error) => {
            let written = shorten(desk.written(&text.spot));
            let message = format!("{written} is no pattern for files: {}", error.kind());
            let help = "* stands for anything but /, ? for one character, {a,b} for either";
            desk.report(&text.spot, Trouble::error("bad_glob", message, help));
            None
        }
    }
}

fn ready(desk: &mut Desk<'_>, section: &mut Section<'_>) -> Option<Ready> {
    let mut table = section.section(desk, "ready");
    let stable = Duration::from_millis(table.number(desk, &STABLE_MS));
    let ok = table.text(desk, "ok");
    let both = table.has("ok") && table.has(STABLE_MS.name());
    let unreadable = table.has("ok") && ok.is_none();
    let spot = table.spot.clone();
    table.finish(desk);
    if both {
        let message = "a file is ready either when it is stable or when its .ok file is there";
        let help = "take out stable_ms or ok";
        desk.report(&spot, Trouble::error("conflicting_keys", message, help));
    }
    let Some(ok) = ok else {
        return (!unreadable).then_some(Ready::Stable(stable));
    };
    let rest = ok.value.replace("{stem}", "x").replace("{name}", "x");
    if rest == ok.value || rest.contains(['{', '}', '/', '\\']) {
        let message = format!(
            "{} does not name a file beside the feed",
            desk.written(&ok.spot)
        );
        let help = "as in \"{stem}.ok\" or \"{name}.ok\"";
        desk.report(&ok.spot, Trouble::error("bad_placeholder", message, help));
        return None;
    }
    Some(Ready::OkFile(ok.value))
}

fn encoding(desk: &mut Desk<'_>, section: &mut Section<'_>) -> Option<Encoding> {
    let encodings = [
        ("detect", Encoding::Detect),
        ("utf-8", Encoding::Utf8),
        ("gb18030", Encoding::Gb18030),
        ("binary", Encoding::Binary),
    ];
    section.choice(desk, "encoding", &encodings)
}

fn http(desk: &mut Desk<'_>, section: &mut Section<'_>) -> Option<HttpPlan> {
    let example = "url = \"https://department.example/export?since={cursor}\"";
    let url = section
        .need_text(desk, "url", example)
        .and_then(|text| cursor_url(desk, text));
    let with_cursor = url.as_deref().map(|url| url.contains(CURSOR));
    let cursor_start = section.text(desk, "cursor_start");
    match (with_cursor, section.has("cursor_start")) {
        (Some(true), false) => {
            let example = "cursor_start = \"…\", where the first pull begins; it is never guessed";
            section.miss(desk, "cursor_start", example);
        }
        (Some(false), true) => without_cursor(desk, section, "cursor_start"),
        _ => {}
    }
    let token = section.secret(desk, "token");
    let basic = basic(desk, section);
    if section.has("token") && section.has("basic") {
        let message = "token and basic both say who the gateway is";
        let trouble = Trouble::error("conflicting_keys", message, "take one of them out");
        desk.report(&section.spot_of("basic"), trouble);
    }
    let next = next(desk, section);
    if let (Some(false), Some(NextCursor::Header(_))) = (with_cursor, &next) {
        without_cursor(desk, section, "next");
    }
    let plan = HttpPlan {
        url: url.clone().unwrap_or_default(),
        cursor_start: cursor_start.map(|text| text.value),
        token,
        basic,
        ca_file: section.path(desk, "ca_file", NamedKind::File),
        timeout: Duration::from_millis(section.number(desk, &SOURCE_TIMEOUT_MS)),
        body_bytes_max: section.number(desk, &BODY_MIB_MAX) * MIB,
        next: next.clone().unwrap_or(NextCursor::Adapter),
        pages_max: section.number(desk, &PAGES_MAX),
        encoding: encoding(desk, section)?,
    };
    url.and(next).map(|_| plan)
}

fn without_cursor(desk: &mut Desk<'_>, section: &Section<'_>, key: &str) {
    let message = format!("\"{key}\" is given, but the url has no {CURSOR}");
    let help = format!("put {CURSOR} where the cursor goes in the url, or take \"{key}\" out");
    desk.report(
        &section.spot_of(key),
        Trouble::error("conflicting_keys", message, help),
    );
}

fn basic(desk: &mut Desk<'_>, section: &mut Section<'_>) -> Option<Basic> {
    if section.has("basic") && !section.has_table("basic") {
        // "name:password": refused as the secret that it is.
        section.secret(desk, "basic");
        return None;
    }
    let mut table = section.section(desk, "basic");
    let user = match table.is_present() {
        true => table.need_text(desk, "user", "user = \"gateway\""),
        false => table.text(desk, "user"),
    };
    if table.is_present() && !table.has("password") {
        table.miss(desk, "password", "password = { env = \"NAME\" }");
    }
    let password = table.secret(desk, "password");
    table.finish(desk);
    Some(Basic {
        user: user?.value,
        password: password?,
    })
}

fn next(desk: &mut Desk<'_>, section: &mut Section<'_>) -> Option<NextCursor> {
    if !section.has_table("next") {
        return section
            .choice(desk, "next", &[("adapter", ())])
            .map(|()| NextCursor::Adapter);
    }
    let mut table = section.section(desk, "next");
    let header = table.need_text(desk, "header", "header = \"X-Next-Cursor\"");
    table.finish(desk);
    let header = header?;
    let token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    if !header.value.bytes().all(token) {
        let message = format!(
            "{} is no name of a header",
            shorten(desk.written(&header.spot))
        );
        let help = "as in header = \"X-Next-Cursor\"";
        desk.report(&header.spot, Trouble::error("bad_header", message, help));
        return None;
    }
    Some(NextCursor::Header(header.value.to_ascii_lowercase()))
}
