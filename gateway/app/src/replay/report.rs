//! What a replay came to, a feed an entry.

use crate::compare::FieldChange;
use crate::report::{hex, table, thousands};
use credit_record::flow::AdapterId;
use credit_record::mask::mask_text;
use credit_source::raw::Kept;
use serde::{Deserialize, Serialize};

/// One feed; numbers are records, unless said otherwise. Of a dry replay: what would be.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct FeedReport {
    pub route: String,
    pub file: String,
    pub sha256: String,
    /// The adapter that reads it now, and its version.
    pub adapter: String,
    pub adapter_version: String,
    /// Records, and rows that are doubtful for the first time.
    pub drafted: u64,
    /// Those that go out, new or in the place of an earlier version.
    pub accepted: u64,
    /// Those that are known, or that gave way.
    pub duplicate: u64,
    /// Those of `duplicate` of which something later is known.
    pub stale: u64,
    /// Records that the same feed overrules further on; not in `drafted`.
    pub superseded: u64,
    /// Rows that were not kept for a person before.
    pub doubtful: u64,
    /// Rows that were, and are doubtful still; not in `drafted`.
    pub doubtful_still: u64,
    /// Rows that were, and are not doubtful any more.
    pub no_longer_doubtful: u64,
    /// Records that the feed made, and that the adapter does not make of it any more.
    pub no_longer_made: u64,
    /// They stay at the platforms until somebody withdraws them.
    pub no_longer: Vec<NoLonger>,
    /// Its control totals do not agree: nothing of it was taken.
    pub held: bool,
    /// Of a dry replay.
    pub changes: Vec<Change>,
    /// Why it was not read to its end.
    pub trouble: Option<String>,
}

/// A record that is not made any more.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct NoLonger {
    pub record: String,
    pub directory: String,
    pub source_row: u64,
    /// Its row is doubtful now.
    pub doubtful: bool,
}

/// A record that would go out.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Change {
    pub source_row: u64,
    pub directory: String,
    pub record: String,
    /// `insert`, `update`, `repair`, `withdraw` or `hold`.
    pub effect: String,
    /// What differs from what is known, where that is kept.
    pub fields: Vec<FieldChange>,
}

impl FeedReport {
    /// Nothing of it yet.
    pub(super) fn of(kept: &Kept, adapter: &AdapterId) -> Self {
        Self {
            route: kept.route.clone(),
            file: mask_text(&kept.label.name).into_owned(),
            sha256: hex(&kept.label.sha256),
            adapter: adapter.name.clone(),
            adapter_version: adapter.version.clone(),
            ..Self::default()
        }
    }

    /// A copy that cannot be read.
    pub(super) fn unreadable(why: String) -> Self {
        Self {
            trouble: Some(why),
            ..Self::default()
        }
    }
}

/// The reports as a person reads them.
pub(crate) fn text(reports: &[FeedReport]) -> String {
    let head = [
        "文件\nfile",
        "收到\ndrafted",
        "接收\naccepted",
        "重复\nduplicate",
        "较旧\nstale",
        "新疑问\ndoubtful",
        "仍存疑\nstill",
        "疑问消除\nno longer",
        "不再产生\nnot made",
    ];
    let row = |r: &FeedReport| {
        let numbers = [
            r.drafted,
            r.accepted,
            r.duplicate,
            r.stale,
            r.doubtful,
            r.doubtful_still,
            r.no_longer_doubtful,
            r.no_longer_made,
        ];
        std::iter::once(r.file.clone())
            .chain(numbers.map(thousands))
            .collect()
    };
    let mut text = table(&head, reports.iter().map(row));
    let changes = reports
        .iter()
        .flat_map(|r| r.changes.iter().map(move |c| (r, c)));
    let changes: Vec<Vec<String>> = changes
        .map(|(report, change)| {
            let fields: Vec<String> = change.fields.iter().map(FieldChange::text).collect();
            vec![
                report.file.clone(),
                change.source_row.to_string(),
                format!("{}\n{}", change.effect, change.directory),
                fields.join("\n"),
            ]
        })
        .collect();
    if !changes.is_empty() {
        let head = ["文件\nfile", "行\nrow", "将要\nwould be", "字段\nfields"];
        text.push_str(&table(&head, changes));
    }
    for report in reports {
        let mut say = |line: String| {
            text.push_str(&line);
            text.push('\n');
        };
        if report.held {
            say(format!(
                "未接收 held   {}: 控制总数不符 control totals",
                report.file
            ));
        }
        for gone in &report.no_longer {
            let now = if gone.doubtful {
                "，现存疑 its row is doubtful now"
            } else {
                ""
            };
            say(format!(
                "不再产生 no longer made   {} 行 row {}: {} {} 未撤销 not withdrawn{now}",
                report.file, gone.source_row, gone.directory, gone.record
            ));
        }
        if let Some(why) = &report.trouble {
            say(format!("故障 trouble   {}: {why}", report.file));
        }
    }
    text
}
