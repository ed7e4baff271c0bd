//! What an adapter makes of a feed, as text: the golden files that stand beside feeds.
//!
//! The SDK's test kit writes the same text natively; both compare with one file.

use super::walk::Walked;
use credit_adapter::CallError;
use credit_record::mask::mask_text;
use std::path::{Path, PathBuf};

/// The golden file of a feed: `list.csv.golden` beside `list.csv`.
pub(super) fn path(feed: &Path) -> PathBuf {
    let mut name = feed.as_os_str().to_owned();
    name.push(".golden");
    PathBuf::from(name)
}

/// The golden text: a line for each draft, doubt and run of skipped rows, in the order of rows.
pub(super) fn text(walked: &Walked) -> String {
    let mut text = String::new();
    if let Some(CallError::Feed {
        code,
        zh,
        en,
        source_row,
    }) = &walked.refused
    {
        let row = source_row.map_or_else(|| "-".to_owned(), |row| row.to_string());
        return format!("fault {row} {code}: {zh} | {en}\n");
    }
    let page = &walked.page;
    let mut lines: Vec<(u64, String)> = Vec::new();
    for run in &page.skipped {
        let (first, end) = (run.first_row, run.first_row.saturating_add(run.rows));
        lines.push((first, format!("skip {first}..{end} {}", run.reason)));
    }
    let mut start = 0;
    for draft in &page.drafts {
        let end = draft.end as usize;
        let body = page.bodies.get(start..end).unwrap_or_default();
        start = end;
        let directory = page.directories.get(usize::from(draft.directory));
        let directory = directory.map_or("", String::as_str);
        let (row, operation) = (draft.source_row, draft.operation);
        lines.push((row, format!("draft {row} {directory} {operation:?} {body}")));
    }
    for doubt in &page.doubts {
        let (row, field, code) = (doubt.source_row, &doubt.field, &doubt.code);
        let (zh, en, excerpt) = (&doubt.zh, &doubt.en, &doubt.excerpt);
        let line = format!("doubt {row} {field:?} {code}: {zh} | {en} | {excerpt:?}");
        lines.push((row, line));
    }
    lines.sort_by_key(|(row, _)| *row);
    for (_, line) in lines {
        text.push_str(&line);
        text.push('\n');
    }
    for control in &page.controls {
        let (name, declared, found) = (&control.name, &control.declared, &control.found);
        text.push_str(&format!("control {name}: {declared} | {found}\n"));
    }
    if let Some(cursor) = &page.cursor {
        text.push_str(&format!("cursor {cursor}\n"));
    }
    text
}

/// The first line in which two texts differ, both with ids masked: its number, as it should be,
/// and as it is.
pub(super) fn difference(wanted: &str, found: &str) -> Option<(usize, String, String)> {
    let (mut left, mut right) = (wanted.lines(), found.lines());
    for number in 1.. {
        match (left.next(), right.next()) {
            (None, None) => break,
            (left, right) if left == right => {}
            (left, right) => {
                let shown = |line: Option<&str>| mask_text(line.unwrap_or("(end)")).into_owned();
                return Some((number, shown(left), shown(right)));
            }
        }
    }
    None
}
