//! What the last full snapshots lack: for each route its snapshot, then the records.

use super::receipts::hex;
use super::table::{table, thousands};
use super::time::{Clock, short};
use super::trace::masked;
use crate::exit::Exit;
use crate::failure::Failure;
use credit_queue::{Queue, Removal, RemovalBooks, RemovalState};
use credit_record::directory::Directories;
use credit_record::mask::mask_text;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Values of a record that tell what it is.
const VALUES_SHOWN: usize = 3;

/// What full snapshots of a route lack.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Missing {
    /// The last one that was compared; nothing before the first.
    pub file: Option<String>,
    pub read_at: Option<String>,
    /// Records of the route that were alive then.
    pub known: u64,
    /// Those of them that it lacks, but for those that a person keeps.
    pub absent: u64,
    /// Rows in it of which it is not known which record they are.
    pub unidentified_rows: u64,
    /// So much is absent, or unclear, that the file may have been cut off.
    pub suspicious: bool,
    /// Records that wait for a person's word.
    pub pending: u64,
    /// Records that a person keeps at the targets.
    pub kept: u64,
    /// A later file that could not be compared, and why.
    pub unusable: Option<String>,
}

/// A route's snapshot, or a record that it lacks.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Entry {
    /// The snapshot.
    Snapshot {
        route: String,
        #[serde(flatten)]
        missing: Missing,
    },
    /// A record.
    Record(Box<Record>),
}

/// A record that the last snapshot lacks.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Record {
    pub route: String,
    pub record: String,
    /// `pending` or `kept`.
    pub state: String,
    pub directory: String,
    /// It concerns a natural person.
    pub person: bool,
    /// Where it came from last.
    pub file: String,
    pub source_row: u64,
    pub taken_at: String,
    /// Who keeps it, why, since when.
    pub by: Option<String>,
    pub reason: Option<String>,
    pub decided_at: Option<String>,
    /// Its first values, in the order of its directory, masked as in `body`.
    pub summary: Vec<String>,
    /// The record, ids and persons masked; nothing once archived.
    pub body: Option<Map<String, Value>>,
}

/// The same for a status.
pub(crate) fn missing(books: RemovalBooks, clock: Clock) -> Missing {
    let (pending, kept) = (books.pending, books.kept);
    let unusable = books
        .unusable
        .map(|(feed, at_ms, code)| format!("{} {} [{code}]", mask_text(&feed), clock.text(at_ms)));
    let seen = books.snapshot;
    let number = |value: fn(&credit_queue::SnapshotSeen) -> u64| seen.as_ref().map_or(0, value);
    Missing {
        known: number(|s| s.known),
        absent: number(|s| s.absent),
        unidentified_rows: number(|s| s.unidentified),
        suspicious: pending > 0 && seen.as_ref().is_some_and(|s| s.is_suspicious()),
        read_at: seen.as_ref().map(|s| clock.text(s.at_ms)),
        file: seen.map(|s| mask_text(&s.feed).into_owned()),
        pending,
        kept,
        unusable,
    }
}

/// What the last snapshots lack, at most `limit` records of a route.
pub(crate) fn removals(
    queue: &Queue,
    directories: &Directories,
    only: Option<&str>,
    limit: usize,
    clock: Clock,
) -> Result<Vec<Entry>, Failure> {
    let mut entries = Vec::new();
    for books in queue.books() {
        let route = books.route;
        let Some(removals) = books.removals.filter(|_| only.is_none_or(|o| o == route)) else {
            continue;
        };
        let missing = missing(removals, clock);
        let found = queue.removals(&route, limit);
        let found = found.map_err(|e| Failure::of(Exit::Failed, &e))?;
        entries.push(Entry::Snapshot {
            route: route.clone(),
            missing,
        });
        let record = |r| Entry::Record(Box::new(record(&route, r, directories, clock)));
        entries.extend(found.into_iter().map(record));
    }
    Ok(entries)
}

fn record(route: &str, found: Removal, directories: &Directories, clock: Clock) -> Record {
    let body = found
        .body
        .as_deref()
        .map(|b| masked(b, &found.directory, directories));
    let directory = directories.get(&found.directory);
    let columns = directory.into_iter().flat_map(|d| d.columns());
    let values = columns.filter_map(|c| body.as_ref()?.get(&c.code)?.as_str());
    let summary = values.take(VALUES_SHOWN).map(str::to_owned).collect();
    let (state, order, at_ms) = match found.state {
        RemovalState::Pending => ("pending", None, None),
        RemovalState::Kept { at_ms, order } => ("kept", Some(order), Some(at_ms)),
    };
    let (by, reason) = order.map(|o| (o.by, o.reason)).unzip();
    Record {
        route: route.to_owned(),
        record: hex(&found.id),
        state: state.to_owned(),
        directory: found.directory,
        person: found.person,
        file: mask_text(&found.feed).into_owned(),
        source_row: found.source_row,
        taken_at: clock.text(found.at_ms),
        by,
        reason,
        decided_at: at_ms.map(|at| clock.text(at)),
        summary,
        body,
    }
}

/// A line about what a route's snapshots lack, where there is something to say.
pub(crate) fn line(route: &str, m: &Missing) -> String {
    let mut text = String::new();
    if m.pending + m.kept > 0 {
        let file = m.file.as_deref().unwrap_or_default();
        let at = m.read_at.as_deref().map(short).unwrap_or_default();
        let suspicious = if m.suspicious {
            "  可疑：文件可能不完整 SUSPICIOUS: the file may have been cut off"
        } else {
            ""
        };
        text.push_str(&format!(
            "待确认移除 absent, to be confirmed   {route}: {} / {}，保留 kept {}，无法识别的行 rows \
             not identified {}  ({file} {at}){suspicious}\n",
            thousands(m.pending),
            thousands(m.known),
            thousands(m.kept),
            thousands(m.unidentified_rows),
        ));
    }
    if let Some(unusable) = &m.unusable {
        text.push_str(&format!(
            "未比对的全量文件 snapshot not compared   {route}: {unusable}\n"
        ));
    }
    text
}

/// What is missing as a person reads it.
pub(crate) fn text(entries: &[Entry]) -> String {
    let mut text = String::new();
    for entry in entries {
        if let Entry::Snapshot { route, missing } = entry {
            let said = line(route, missing);
            if said.is_empty() {
                text.push_str(&format!("没有缺少的记录 nothing is absent   {route}\n"));
            }
            text.push_str(&said);
        }
    }
    let records: Vec<&Record> = entries
        .iter()
        .filter_map(|entry| match entry {
            Entry::Record(record) => Some(&**record),
            Entry::Snapshot { .. } => None,
        })
        .collect();
    if records.is_empty() {
        return text;
    }
    let head = [
        "记录\nrecord",
        "路由\nroute",
        "目录\ndirectory",
        "内容\nwhat it is",
        "来自\nfrom",
        "决定\ndecision",
    ];
    text.push_str(&table(&head, records.iter().map(|r| row(r))));
    text.push_str(
        "gateway removals confirm|dismiss ROUTE (--record ID … | --all) --by NAME --reason TEXT\n",
    );
    text
}

fn row(r: &Record) -> Vec<String> {
    let what = match &r.body {
        Some(_) => r.summary.join("\n"),
        None => "已归档 archived".to_owned(),
    };
    let decision = match (&r.by, &r.reason) {
        (Some(by), Some(reason)) => format!("保留 kept\n{by}：{reason}"),
        _ => "待确认 pending".to_owned(),
    };
    vec![
        r.record.get(..12).unwrap_or(&r.record).to_owned(),
        r.route.clone(),
        r.directory.clone(),
        what,
        format!("{}\n行 row {}", r.file, r.source_row),
        decision,
    ]
}
