//! Everything that happened to one record.

use super::doubts::Doubt;
use super::receipts::{hex, receipt};
use super::time::{Clock, short};
use crate::exit::Exit;
use crate::failure::Failure;
use credit_queue::{Outcome, OutcomeState, Queue, Trace, TraceQuery, TracedVersion};
use credit_record::directory::{Directories, Kind, Personal};
use credit_record::id::{Repairs, Warnings};
use credit_record::mask::{mask_id, mask_reg_no, mask_text};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// One version of a record, or a doubtful row that was found.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Traced {
    /// A version of a record.
    Record(Box<Version>),
    /// A row kept for a person.
    Doubtful(Box<Doubt>),
    /// Not all there is: archived segments have no bodies to look into, and a value that stands
    /// in very many records is shown in some.
    Incomplete {
        /// Segments that could not be looked into.
        archived_segments: usize,
        /// There is more than is shown.
        more: bool,
    },
}

/// One version of a record.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Version {
    /// The record's id.
    pub record: String,
    /// Whether this is its newest version.
    pub newest: bool,
    pub route: String,
    pub directory: String,
    pub operation: String,
    pub file: String,
    pub source_row: u64,
    pub taken_at: String,
    pub take: u64,
    pub part: u16,
    pub adapter: String,
    pub adapter_version: String,
    pub adapter_sha256: String,
    /// What was put right on the way.
    pub repairs: Vec<String>,
    /// What is odd, but does not stop it.
    pub warnings: Vec<String>,
    pub person: bool,
    /// Who had it withdrawn because a full snapshot (`file`) lacked it, and why.
    pub confirmed_by: Option<String>,
    pub reason: Option<String>,
    pub targets: Vec<AtTarget>,
    /// The record as it was queued, ids and persons masked; nothing once archived.
    pub body: Option<Map<String, Value>>,
}

/// What became of it at one target.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct AtTarget {
    pub target: String,
    /// `waiting`, `delivered`, `doubted` or `refused`.
    pub fate: String,
    pub task: Option<String>,
    pub at: Option<String>,
    pub attempts: Option<u32>,
    pub code: Option<String>,
    pub reason: Option<String>,
}

/// What is known of `key`: a record's id, or a value of one of its fields.
pub(crate) fn trace(
    queue: &Queue,
    directories: &Directories,
    key: &str,
    clock: Clock,
) -> Result<Vec<Traced>, Failure> {
    let key = key.trim();
    let failed = |e| Failure::of(Exit::Failed, &e);
    let is_id = (8..=32).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_hexdigit());
    let mut found = Trace::default();
    if is_id {
        found = queue
            .trace(&TraceQuery::Id(key.to_owned()))
            .map_err(failed)?;
    }
    if found.versions.is_empty() {
        found = queue
            .trace(&TraceQuery::Value(key.to_owned()))
            .map_err(failed)?;
    }
    // Told as it happened, however it was found.
    found
        .versions
        .sort_by_key(|v| (v.take, v.part, v.source_row));
    let versions = found
        .versions
        .into_iter()
        .map(|v| version(v, directories, clock));
    let mut traced: Vec<Traced> = versions.map(|v| Traced::Record(Box::new(v))).collect();
    for entry in found.doubts {
        let reasons = super::doubts::reasons(entry, &credit_queue::DoubtFilter::default(), clock);
        traced.extend(reasons.into_iter().map(|d| Traced::Doubtful(Box::new(d))));
    }
    if found.archived > 0 || found.more {
        traced.push(Traced::Incomplete {
            archived_segments: found.archived,
            more: found.more,
        });
    }
    Ok(traced)
}

fn version(found: TracedVersion, directories: &Directories, clock: Clock) -> Version {
    let body = found
        .body
        .as_deref()
        .map(|b| masked(b, &found.directory, directories));
    let (confirmed_by, reason) = found.order.map(|o| (o.by, o.reason)).unzip();
    let words = |words: Vec<&str>| words.into_iter().map(str::to_owned).collect();
    Version {
        record: hex(&found.id),
        newest: found.newest,
        route: found.route,
        directory: found.directory,
        operation: found.operation.word().to_owned(),
        file: mask_text(&found.feed).into_owned(),
        source_row: found.source_row,
        taken_at: clock.text(found.at_ms),
        take: found.take,
        part: found.part,
        adapter: found.adapter.name,
        adapter_version: found.adapter.version,
        adapter_sha256: hex(&found.adapter.sha256),
        repairs: words(
            Repairs::from_bits(found.repairs)
                .unwrap_or_default()
                .words()
                .collect(),
        ),
        warnings: words(
            Warnings::from_bits(found.warnings)
                .unwrap_or_default()
                .words()
                .collect(),
        ),
        person: found.person,
        confirmed_by,
        reason,
        targets: found
            .outcomes
            .into_iter()
            .map(|o| at_target(o, clock))
            .collect(),
        body,
    }
}

fn at_target(outcome: Outcome, clock: Clock) -> AtTarget {
    let fate = match outcome.state {
        OutcomeState::Waiting => "waiting",
        OutcomeState::Delivered => "delivered",
        OutcomeState::Doubted => "doubted",
        OutcomeState::Refused => "refused",
    };
    let receipt = outcome.receipt.map(|r| receipt(r, clock));
    let (code, reason) = outcome.verdict.map(|v| (v.code, v.reason)).unzip();
    AtTarget {
        target: outcome.target,
        fate: fate.to_owned(),
        task: receipt.as_ref().map(|r| r.task.clone()),
        at: receipt.as_ref().map(|r| r.at.clone()),
        attempts: receipt.as_ref().map(|r| r.attempts),
        code,
        reason: reason.map(|r| mask_text(&r).into_owned()),
    }
}

/// The body with its directory's personal columns hidden, and ids in any other.
pub(crate) fn masked(body: &str, directory: &str, directories: &Directories) -> Map<String, Value> {
    let mut fields: Map<String, Value> = serde_json::from_str(body).unwrap_or_default();
    let directory = directories.get(directory);
    for (code, value) in &mut fields {
        let Value::String(text) = value else { continue };
        let column = directory.and_then(|d| d.column(code));
        *text = match column.map(|c| (c.personal, &c.kind)) {
            Some((Personal::Sensitive, _)) => mask_id(text),
            Some((Personal::Person, _)) => first_character(text),
            Some((Personal::None, Kind::RegNo)) => mask_reg_no(text).into_owned(),
            _ => mask_text(text).into_owned(),
        };
    }
    fields
}

/// A person's name as it is shown: 张** for 张某某.
fn first_character(name: &str) -> String {
    let mut characters = name.chars();
    let first = characters.next().map(String::from).unwrap_or_default();
    characters.fold(first, |shown, _| shown + "*")
}

/// What was found as a person reads it.
pub(crate) fn text(traced: &[Traced]) -> String {
    let mut text = String::new();
    for found in traced {
        match found {
            Traced::Record(version) => record(&mut text, version),
            Traced::Incomplete {
                archived_segments,
                more,
            } => {
                if *archived_segments > 0 {
                    text.push_str(&format!(
                        "{archived_segments} 个归档段只能按记录号查询 archived segments can be \
                         searched by record id only\n"
                    ));
                }
                if *more {
                    text.push_str("还有更多 there is more than is shown: name a whole id\n");
                }
            }
            Traced::Doubtful(d) => text.push_str(&format!(
                "疑问 doubtful   {} 行 row {}  {}\n  {}: {}\n  {} [{}]\n\n",
                d.file,
                d.source_row,
                short(&d.taken_at),
                d.field,
                d.message_zh,
                d.message_en,
                d.code
            )),
        }
    }
    text
}

fn record(text: &mut String, v: &Version) {
    let newest = if v.newest {
        "最新 newest"
    } else {
        "旧版 earlier"
    };
    let mut say = |line: String| {
        text.push_str(&line);
        text.push('\n');
    };
    say(format!("记录 record    {}  ({newest})", v.record));
    say(format!("目录 directory {}  {}", v.directory, v.operation));
    match (&v.confirmed_by, &v.reason) {
        (Some(by), Some(reason)) => {
            say(format!(
                "缺于 absent from {}  (路由 route {})",
                v.file, v.route
            ));
            say(format!("确认 confirmed {by}：{reason}"));
        }
        _ => {
            say(format!(
                "来源 source    {} 行 row {}  (路由 route {})",
                v.file, v.source_row, v.route
            ));
            let digest = v.adapter_sha256.get(..12).unwrap_or(&v.adapter_sha256);
            say(format!(
                "适配器 adapter {} {}  sha256 {digest}…",
                v.adapter, v.adapter_version
            ));
        }
    }
    say(format!(
        "收到 taken     {}  (take {}.{})",
        short(&v.taken_at),
        v.take,
        v.part
    ));
    if !v.repairs.is_empty() {
        say(format!("修正 repairs   {}", v.repairs.join(", ")));
    }
    if !v.warnings.is_empty() {
        say(format!("提示 warnings  {}", v.warnings.join(", ")));
    }
    for t in &v.targets {
        let at = t.at.as_deref().map(short).unwrap_or_default();
        let task = t.task.as_deref().unwrap_or("-");
        let why = match (&t.code, &t.reason) {
            (Some(code), Some(reason)) => format!("  [{code}] {reason}"),
            _ => String::new(),
        };
        say(format!(
            "回执 receipt   {}: {} {at}  任务号 task {task}{why}",
            t.target, t.fate
        ));
    }
    for (code, value) in v
        .body
        .iter()
        .flatten()
        .filter(|(_, value)| !value.is_null())
    {
        let shown = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        say(format!("    {code:<16} {shown}"));
    }
    say(String::new());
}
