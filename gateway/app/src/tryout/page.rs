//! What a try of a route found, for people and for programs: where it was read from, an entry a
//! feed, a record, a doubtful row, a run of skipped rows, and the sum. No entry holds a personal id
//! unmasked.

use super::sent::Sent;
use crate::inbound::Translator;
use crate::report::rows::{Doubt, Row, Skipped, line};
use crate::report::thousands;
use crate::site::Site;
use credit_config::RoutePlan;
use credit_record::directory::Counted;
use serde::Serialize;

/// One thing that was found.
#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum Entry {
    /// What is tried.
    Try {
        route: String,
        adapter: String,
        version: String,
        source: String,
        from: From,
        /// What the lengths of columns count: the strictest of its targets' rules.
        length_in: &'static str,
        targets: Vec<At>,
    },
    /// A feed that was read; what follows is of it.
    Feed {
        file: String,
        bytes: u64,
        /// To its end.
        whole: bool,
        /// It declares totals, which a run compares before it takes anything.
        controls: bool,
    },
    /// It would be queued, and sent to the targets.
    Record {
        #[serde(flatten)]
        row: Row,
        fate: Fate,
        targets: Vec<Sent>,
    },
    /// It would be kept for a person.
    Doubtful(Doubt),
    /// No records.
    Skipped(Skipped),
    /// It is there and is not read now, and why.
    Held { what: String },
    /// All that is shown.
    Sum(Sum),
}

/// Where the source is read from.
#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum From {
    /// From where the route is.
    Position { cursor: Option<String> },
    /// As a first run would, and why.
    FirstRun { why: String },
}

/// A target.
#[derive(Serialize)]
pub(super) struct At {
    target: String,
    place: String,
}

/// What would become of a record.
#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Fate {
    /// Nothing is known of its key.
    New,
    /// It goes in the place of what is known.
    Changed,
    /// It is known, and not sent again.
    Duplicate,
    /// Something later is known.
    Stale,
}

/// All that is shown.
#[derive(Clone, Copy, Default, Serialize)]
pub(super) struct Sum {
    /// Rows of the source.
    pub rows: u64,
    pub new: u64,
    pub changed: u64,
    /// Those that are stale among them.
    pub duplicate: u64,
    pub doubtful: u64,
    pub skipped: u64,
}

impl Sum {
    pub(super) const fn count(&mut self, fate: Fate) {
        match fate {
            Fate::New => self.new += 1,
            Fate::Changed => self.changed += 1,
            Fate::Duplicate | Fate::Stale => self.duplicate += 1,
        }
    }
}

impl Entry {
    /// What is tried.
    pub(super) fn of(site: &Site, route: &RoutePlan, by: &Translator, from: From) -> Self {
        let id = by.ready.adapter.id();
        let targets = route.targets.iter().filter_map(|name| {
            let target = name.clone();
            let place = site.plan.targets.get(name)?.place();
            Some(At { target, place })
        });
        Self::Try {
            route: route.name.clone(),
            adapter: id.name.clone(),
            version: id.version.clone(),
            source: route.source.place(),
            from,
            length_in: match by.length_in {
                Counted::Characters => "characters",
                Counted::Bytes => "bytes",
            },
            targets: targets.collect(),
        }
    }
}

/// The entries as a person reads them.
pub(super) fn text(entries: &[Entry]) -> String {
    entries.iter().map(entry).collect()
}

fn entry(entry: &Entry) -> String {
    match entry {
        Entry::Try { .. } => head(entry),
        Entry::Feed {
            file,
            bytes,
            whole,
            controls,
        } => {
            let read = match whole {
                true => "全部读完 read to its end",
                false => "只读开头 read in part",
            };
            let totals = match !whole && *controls {
                true => "，控制总数未核对 control totals not compared",
                false => "",
            };
            let bytes = thousands(*bytes);
            format!("\n━━ {file}   {bytes} 字节 bytes   {read}{totals}\n")
        }
        Entry::Record { row, fate, targets } => record(row, *fate, targets),
        Entry::Doubtful(doubt) => doubt.text(),
        Entry::Skipped(skipped) => skipped.text(),
        Entry::Held { what } => format!("未读 not read: {what}\n"),
        Entry::Sum(sum) => {
            let Sum {
                rows,
                new,
                changed,
                duplicate,
                doubtful,
                skipped,
            } = sum;
            format!(
                "\n共 {rows} 行 rows：新 new {new}，变更 changed {changed}，重复 duplicate {duplicate}，\
                 存疑 doubtful {doubtful}；另跳过 besides skipped {skipped}\n\
                 未保存，未报送 nothing was stored or sent\n"
            )
        }
    }
}

fn head(entry: &Entry) -> String {
    let Entry::Try {
        route,
        adapter,
        version,
        source,
        from,
        length_in,
        targets,
    } = entry
    else {
        return String::new();
    };
    let from = match from {
        From::Position { cursor: None } => {
            "接着上次 from where the route is (读过的不再读 what was read is passed over)"
                .to_owned()
        }
        From::Position {
            cursor: Some(cursor),
        } => format!("接着上次 from where the route is: {cursor}"),
        From::FirstRun { why } => format!("首次运行 as a first run ({why})"),
    };
    let lengths = match *length_in {
        "bytes" => "按字节 in bytes",
        _ => "按字符 in characters",
    };
    let mut text = format!("试取 try   {route}   {adapter} {version}\n");
    for source in source.lines() {
        text.push_str(&format!("来源 source    {source}\n"));
    }
    text.push_str(&format!("起点 from      {from}\n"));
    for At { target, place } in targets {
        text.push_str(&format!("目标 target    {target}   {place}\n"));
    }
    text.push_str(&format!("长度 lengths   {lengths}\n"));
    text
}

fn record(row: &Row, fate: Fate, targets: &[Sent]) -> String {
    let fate = match fate {
        Fate::New => "新 new",
        Fate::Changed => "变更 changed",
        Fate::Duplicate => "重复，不再报送 duplicate: not sent again",
        Fate::Stale => "过期，不报送 stale: a later version is known, not sent",
    };
    let mut text = format!("{}   {fate}\n", row.head().trim_end());
    for (at, sent) in targets.iter().enumerate() {
        let Sent {
            target,
            table,
            department,
            ..
        } = sent;
        text.push_str(&format!(
            "  → {target}   表 table {table}   部门 department {department}\n"
        ));
        if sent.refused {
            text.push_str(
                "    目标不接收此操作，不报送 the target does not take this operation: not sent\n",
            );
            continue;
        }
        let earlier = targets.iter().take(at);
        let mut alike = earlier.filter(|other| !other.refused && other.fields == sent.fields);
        if let Some(same) = alike.next() {
            text.push_str(&format!("    字段同 the same fields as {}\n", same.target));
            continue;
        }
        for field in &sent.fields {
            text.push_str(&line(&field.title_zh, &field.name, &field.value));
        }
    }
    text.push_str(&row.remarks());
    text
}
