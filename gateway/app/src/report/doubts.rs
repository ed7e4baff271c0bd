//! Rows kept for a person, a line a reason.

use super::table::table;
use super::time::{Clock, short};
use crate::exit::Exit;
use crate::failure::Failure;
use credit_queue::{DoubtEntry, DoubtFilter, Queue};
use credit_record::mask::mask_text;
use serde::{Deserialize, Serialize};

/// One reason why one row is doubtful.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Doubt {
    pub route: String,
    pub file: String,
    /// From 1; 0 where only a place in the file is known.
    pub source_row: u64,
    /// The column, or empty for the whole row.
    pub field: String,
    pub code: String,
    pub message_zh: String,
    pub message_en: String,
    pub directory: String,
    /// It concerns a natural person.
    pub person: bool,
    /// For a stretch that could not be read: its first byte in the decoded file, and its bytes.
    pub offset: Option<u64>,
    pub bytes: Option<u64>,
    pub taken_at: String,
    pub adapter: String,
    pub adapter_version: String,
}

/// The doubts that fit, at most `limit`, oldest first.
pub(crate) fn doubts(
    queue: &Queue,
    filter: &DoubtFilter,
    limit: usize,
    clock: Clock,
) -> Result<Vec<Doubt>, Failure> {
    let failed = |e| Failure::of(Exit::Failed, &e);
    let mut found = Vec::new();
    for entry in queue.doubts(filter).map_err(failed)? {
        found.extend(reasons(entry.map_err(failed)?, filter, clock));
        if found.len() >= limit {
            found.truncate(limit);
            break;
        }
    }
    Ok(found)
}

pub(super) fn reasons(entry: DoubtEntry, filter: &DoubtFilter, clock: Clock) -> Vec<Doubt> {
    let DoubtEntry {
        row,
        route,
        feed,
        adapter,
        at_ms,
        ..
    } = entry;
    let asked = |code: &String| filter.code.as_ref().is_none_or(|c| c == code);
    let reasons = row.reasons.into_iter().filter(|r| asked(&r.code));
    let doubts = reasons.map(|reason| Doubt {
        route: route.clone(),
        file: mask_text(&feed).into_owned(),
        source_row: row.source_row,
        field: reason.field,
        code: reason.code,
        message_zh: mask_text(&reason.zh).into_owned(),
        message_en: mask_text(&reason.en).into_owned(),
        directory: row.directory.clone(),
        person: row.person,
        offset: row.place.map(|p| p.offset),
        bytes: row.place.map(|p| p.bytes),
        taken_at: clock.text(at_ms),
        adapter: adapter.name.clone(),
        adapter_version: adapter.version.clone(),
    });
    doubts.collect()
}

/// The doubts as a person reads them.
pub(crate) fn text(doubts: &[Doubt]) -> String {
    if doubts.is_empty() {
        return "没有疑问数据 nothing is doubtful\n".to_owned();
    }
    let head = [
        "文件\nfile",
        "行\nrow",
        "字段\nfield",
        "原因\nreason",
        "收到\ntaken",
    ];
    let row = |d: &Doubt| {
        let place = match (d.source_row, d.offset) {
            (0, Some(offset)) => format!("@{offset}"),
            (row, _) => row.to_string(),
        };
        let why = format!("{}\n{} [{}]", d.message_zh, d.message_en, d.code);
        vec![
            format!("{}\n{}", d.file, d.route),
            place,
            d.field.clone(),
            why,
            short(&d.taken_at),
        ]
    };
    let count = super::thousands(doubts.len() as u64);
    format!(
        "{}{count} 条 reasons\n",
        table(&head, doubts.iter().map(row))
    )
}
