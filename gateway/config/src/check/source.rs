//! `[source]` of a route.

mod remote;

use super::machine::Protocol;
use super::pull::http;
use super::push::pushed;
use super::sql;
use crate::limits::STABLE_MS;
use crate::plan::{After, Encoding, FileOrder, FilesPlan, Ready, SourcePlan};
use crate::reader::{Desk, NamedKind, Section, Text, Trouble};
use crate::text::shorten;
use globset::{GlobBuilder, GlobMatcher};
use std::path::PathBuf;
use std::time::Duration;

#[derive(Clone, Copy)]
enum Kind {
    Files,
    Http,
    Push,
    Remote(Protocol),
    Sql,
}

/// Reads the source of a route; nothing where it cannot be used.
pub(super) fn read(desk: &mut Desk<'_>, route: &mut Section<'_>) -> Option<SourcePlan> {
    let mut section = route.section(desk, "source");
    if !section.is_present() {
        route.miss(
            desk,
            "source",
            "a table [source] with kind = \"files\", \"http\", \"sql\" or \"push\"",
        );
        return None;
    }
    if !section.has("kind") {
        section.need_text(
            desk,
            "kind",
            "kind = \"files\", \"http\", \"sql\" or \"push\"",
        );
        return None;
    }
    let kinds = [
        ("files", Kind::Files),
        ("http", Kind::Http),
        ("push", Kind::Push),
        ("sftp", Kind::Remote(Protocol::Sftp)),
        ("ftp", Kind::Remote(Protocol::Ftp)),
        ("sql", Kind::Sql),
    ];
    let plan = match section.choice(desk, "kind", &kinds)? {
        Kind::Files => files(desk, &mut section).map(SourcePlan::Files),
        Kind::Remote(protocol) => {
            let plan = remote::remote(desk, &mut section, protocol);
            plan.map(|plan| SourcePlan::Remote(Box::new(plan)))
        }
        Kind::Http => http(desk, &mut section).map(|plan| SourcePlan::Http(Box::new(plan))),
        Kind::Push => pushed(desk, &mut section).map(SourcePlan::Push),
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
    let archive = section.path(desk, "archive_dir", NamedKind::Made);
    if let (Some(dir), Some(archive)) = (&dir, &archive)
        && dir == archive
    {
        let message = "archive_dir is the folder that files are read from";
        let trouble = Trouble::error("conflicting_keys", message, "name another folder");
        desk.report(&section.spot_of("archive_dir"), trouble);
    }
    in_folder(desk, section, dir, archive)
}

/// Which files of `dir`, and what becomes of them.
fn in_folder(
    desk: &mut Desk<'_>,
    section: &mut Section<'_>,
    dir: Option<PathBuf>,
    archive: Option<PathBuf>,
) -> Option<FilesPlan> {
    let glob = glob(desk, section);
    let ready = ready(desk, section);
    let encoding = encoding(desk, section);
    let orders = [("name", FileOrder::Name), ("modified", FileOrder::Modified)];
    let order = section.choice(desk, "order", &orders);
    let after = after(desk, section, archive);
    Some(FilesPlan {
        dir: dir?,
        glob: glob?,
        ready: ready?,
        encoding: encoding?,
        order: order?,
        after: after?,
    })
}

fn after(
    desk: &mut Desk<'_>,
    section: &mut Section<'_>,
    archive: Option<PathBuf>,
) -> Option<After> {
    let words = [
        ("keep", "keep"),
        ("archive", "archive"),
        ("delete", "delete"),
    ];
    let word = section.choice(desk, "after", &words)?;
    let has_archive = section.has("archive_dir");
    if has_archive && word != "archive" {
        let message = format!("archive_dir is given, but after = \"{word}\"");
        let help = "set after = \"archive\", or take archive_dir out";
        let spot = section.spot_of("archive_dir");
        desk.report(&spot, Trouble::error("conflicting_keys", message, help));
    }
    match word {
        "archive" if !has_archive => {
            let example = "archive_dir = \"…\", the folder that files go to";
            section.miss(desk, "archive_dir", example);
            None
        }
        "archive" => archive.map(After::Archive),
        "delete" => Some(After::Delete),
        _ => Some(After::Keep),
    }
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

pub(super) fn encoding(desk: &mut Desk<'_>, section: &mut Section<'_>) -> Option<Encoding> {
    let encodings = [
        ("detect", Encoding::Detect),
        ("utf-8", Encoding::Utf8),
        ("gb18030", Encoding::Gb18030),
        ("binary", Encoding::Binary),
    ];
    section.choice(desk, "encoding", &encodings)
}
