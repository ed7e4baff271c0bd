//! What a file would become, for people and for programs: an entry a record, a doubtful row, a run
//! of skipped rows, a control total, and the sum. No entry holds a personal id unmasked.

use crate::adapter::kit::walk::Walked;
use crate::report;
use crate::report::rows::{Doubt, Field, Reason, Row, Skipped, fields, line, shown};
use credit_record::directory::Directories;
use credit_record::flow::Judged;
use credit_record::mask::mask_text;
use serde::Serialize;

/// One thing that a file became.
#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum Entry {
    /// It would be delivered.
    Record {
        #[serde(flatten)]
        row: Row,
        fields: Vec<Field>,
    },
    /// It would be kept for a person.
    Doubtful(Doubt),
    /// No records.
    Skipped(Skipped),
    /// A total that the feed declares.
    Control {
        name: String,
        declared: String,
        found: String,
        agrees: bool,
    },
    /// The feed as a whole cannot be read.
    Refused {
        source_row: Option<u64>,
        code: String,
        message_zh: String,
        message_en: String,
    },
    /// All of it.
    Sum {
        rows: u64,
        records: u64,
        doubtful: u64,
        skipped: u64,
    },
}

/// All entries, in the order of rows; the sum is the last.
pub(super) fn entries(walked: &Walked, directories: &Directories) -> Vec<Entry> {
    let mut placed: Vec<(u64, Entry)> = Vec::new();
    for judged in &walked.judged {
        records(judged, directories, &mut placed);
        let doubtful = judged.doubtful.iter();
        placed.extend(doubtful.map(|d| {
            let entry = Entry::Doubtful(Doubt::of(d, directories));
            (d.source_row, entry)
        }));
    }
    let skipped = walked.page.skipped.iter();
    placed.extend(skipped.map(|run| (run.first_row, Entry::Skipped(Skipped::of(run)))));
    placed.sort_by_key(|(row, _)| *row);
    let mut entries: Vec<Entry> = placed.into_iter().map(|(_, entry)| entry).collect();
    entries.extend(walked.cuts.iter().map(|cut| {
        Entry::Doubtful(Doubt {
            source_row: 0,
            directory: String::new(),
            person: false,
            reasons: vec![Reason::of("", "", &cut.code, (&cut.zh, &cut.en))],
            excerpt: None,
            offset: Some(cut.offset),
            bytes: Some(cut.bytes as u64),
        })
    }));
    entries.extend(walked.page.controls.iter().map(|control| Entry::Control {
        name: control.name.clone(),
        declared: mask_text(&control.declared).into_owned(),
        found: mask_text(&control.found).into_owned(),
        agrees: control.declared == control.found,
    }));
    entries.extend(refused(walked));
    let (records, doubtful) = walked.fates();
    entries.push(Entry::Sum {
        rows: walked.rows(),
        records,
        doubtful,
        skipped: walked.skipped(),
    });
    entries
}

/// Why the file would not be read, or not to its end.
fn refused(walked: &Walked) -> Option<Entry> {
    if let Some(broken) = &walked.broken {
        return Some(Entry::Refused {
            source_row: None,
            code: "adapter_broken".to_owned(),
            message_zh: "适配器一再出错，读取停止".to_owned(),
            message_en: broken.clone(),
        });
    }
    let refused = walked.refused.as_ref()?;
    let source_row = match refused {
        credit_adapter::CallError::Feed { source_row, .. } => *source_row,
        _ => None,
    };
    Some(Entry::Refused {
        source_row,
        code: refused.code().to_owned(),
        message_zh: refused.zh(),
        message_en: refused.to_string(),
    })
}

fn records(judged: &Judged, directories: &Directories, placed: &mut Vec<(u64, Entry)>) {
    for (record, body) in judged.each() {
        let code = judged.directories.get(usize::from(record.directory()));
        let code = code.map_or("", String::as_str);
        let entry = Entry::Record {
            row: Row::of(record, code, directories),
            fields: fields(body, code, directories),
        };
        placed.push((record.source_row(), entry));
    }
}

/// The entries as a person reads them.
pub(super) fn text(entries: &[Entry]) -> String {
    entries.iter().map(entry).collect()
}

fn entry(entry: &Entry) -> String {
    match entry {
        Entry::Record { row, fields } => {
            let mut text = row.head();
            for field in fields {
                text.push_str(&line(&field.title_zh, &field.code, &shown(&field.value)));
            }
            text.push_str(&row.remarks());
            text
        }
        Entry::Doubtful(doubt) => doubt.text(),
        Entry::Skipped(skipped) => skipped.text(),
        Entry::Control {
            name,
            declared,
            found,
            agrees,
        } => {
            let word = if *agrees {
                "一致 agrees"
            } else {
                "不符，整个文件不会接收 does not agree: nothing of the file would be taken"
            };
            format!("控制总数 control {name}: {declared} / {found}   {word}\n")
        }
        Entry::Refused {
            source_row,
            code,
            message_zh,
            message_en,
        } => {
            let at = source_row.map_or_else(String::new, |row| format!(" (row {row})"));
            format!("无法读取 cannot be read{at}: {message_zh}\n    {message_en} [{code}]\n")
        }
        Entry::Sum {
            rows,
            records,
            doubtful,
            skipped,
        } => {
            let number = report::thousands;
            format!(
                "共 {} 行 rows：记录 records {}，存疑 doubtful {}，跳过 skipped {}；\
                 未保存，未报送 nothing was stored or sent\n",
                number(*rows),
                number(*records),
                number(*doubtful),
                number(*skipped)
            )
        }
    }
}
