//! What a file would become, for people and for programs: an entry a record, a doubtful row, a run
//! of skipped rows, a control total, and the sum. No entry holds a personal id unmasked.

use crate::adapter::kit::walk::Walked;
use crate::report;
use crate::report::trace::masked;
use credit_record::directory::Directories;
use credit_record::flow::{Doubtful, Judged};
use credit_record::id::{Repairs, Warnings};
use credit_record::judge::Record;
use credit_record::mask::mask_text;
use serde::Serialize;
use serde_json::Value;

/// What is shown of a row that cannot be read, in characters.
const EXCERPT_CHARS_MAX: usize = 300;
/// Columns that titles and codes stand in.
const TITLE_COLUMNS: usize = 24;

/// One thing that a file became.
#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum Entry {
    /// It would be delivered.
    Record {
        source_row: u64,
        directory: String,
        title_zh: String,
        title_en: String,
        operation: &'static str,
        person: bool,
        repairs: Vec<&'static str>,
        warnings: Vec<&'static str>,
        fields: Vec<Field>,
    },
    /// It would be kept for a person.
    Doubtful {
        source_row: u64,
        directory: String,
        person: bool,
        reasons: Vec<Reason>,
        /// As it stood in the feed; not shown where it may concern a person.
        excerpt: Option<String>,
        /// A stretch that the adapter cannot be got past.
        offset: Option<u64>,
        bytes: Option<u64>,
    },
    /// No records.
    Skipped {
        first_row: u64,
        rows: u64,
        reason: String,
    },
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

/// One column of a record.
#[derive(Serialize)]
pub(super) struct Field {
    code: String,
    title_zh: String,
    title_en: String,
    value: Value,
}

/// Why a row is doubtful.
#[derive(Serialize)]
pub(super) struct Reason {
    field: String,
    title_zh: String,
    code: String,
    message_zh: String,
    message_en: String,
}

/// All entries, in the order of rows; the sum is the last.
pub(super) fn entries(walked: &Walked, directories: &Directories) -> Vec<Entry> {
    let mut placed: Vec<(u64, Entry)> = Vec::new();
    for judged in &walked.judged {
        records(judged, directories, &mut placed);
        let doubtful = judged.doubtful.iter();
        placed.extend(doubtful.map(|d| (d.source_row, self::doubtful(d, directories))));
    }
    placed.extend(walked.page.skipped.iter().map(|run| {
        let entry = Entry::Skipped {
            first_row: run.first_row,
            rows: run.rows,
            reason: mask_text(&run.reason).into_owned(),
        };
        (run.first_row, entry)
    }));
    placed.sort_by_key(|(row, _)| *row);
    let mut entries: Vec<Entry> = placed.into_iter().map(|(_, entry)| entry).collect();
    entries.extend(walked.cuts.iter().map(|cut| Entry::Doubtful {
        source_row: 0,
        directory: String::new(),
        person: false,
        reasons: vec![reason("", "", &cut.code, (&cut.zh, &cut.en))],
        excerpt: None,
        offset: Some(cut.offset),
        bytes: Some(cut.bytes as u64),
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
    let mut start = 0;
    for record in &judged.records {
        let end = record.end() as usize;
        let body = judged.bodies.get(start..end).unwrap_or_default();
        start = end;
        let code = judged.directories.get(usize::from(record.directory()));
        let code = code.map_or("", String::as_str);
        placed.push((
            record.source_row(),
            of_record(record, code, body, directories),
        ));
    }
}

fn of_record(record: &Record, code: &str, body: &str, directories: &Directories) -> Entry {
    let directory = directories.get(code);
    let titles = directory.map_or(("", ""), |d| (d.title_zh(), d.title_en()));
    let mut values = masked(body, code, directories);
    values.retain(|_, value| !value.is_null());
    // In the directory's order; a body has no other columns.
    let columns = directory.map_or(&[][..], |d| d.columns());
    let fields = columns.iter().filter_map(|column| {
        Some(Field {
            code: column.code.clone(),
            title_zh: column.title_zh.clone(),
            title_en: column.title_en.clone(),
            value: values.remove(&column.code)?,
        })
    });
    let fields = fields.collect();
    let repairs = Repairs::from_bits(record.repairs()).unwrap_or_default();
    let warnings = Warnings::from_bits(record.warnings()).unwrap_or_default();
    Entry::Record {
        source_row: record.source_row(),
        directory: code.to_owned(),
        title_zh: titles.0.to_owned(),
        title_en: titles.1.to_owned(),
        operation: record.operation().word(),
        person: record.person(),
        repairs: repairs.words().collect(),
        warnings: warnings.words().collect(),
        fields,
    }
}

fn doubtful(row: &Doubtful, directories: &Directories) -> Entry {
    let directory = directories.get(&row.directory);
    let reasons = row.reasons.iter().map(|r| {
        let column = directory.and_then(|d| d.column(&r.field));
        let title = column.map_or("", |c| c.title_zh.as_str());
        reason(&r.field, title, &r.code, (&r.zh, &r.en))
    });
    Entry::Doubtful {
        source_row: row.source_row,
        directory: row.directory.clone(),
        person: row.person,
        reasons: reasons.collect(),
        excerpt: (!row.person && !row.content.is_empty()).then(|| excerpt(&row.content)),
        offset: None,
        bytes: None,
    }
}

fn reason(field: &str, title: &str, code: &str, (zh, en): (&str, &str)) -> Reason {
    Reason {
        field: field.to_owned(),
        title_zh: title.to_owned(),
        code: code.to_owned(),
        message_zh: mask_text(zh).into_owned(),
        message_en: mask_text(en).into_owned(),
    }
}

/// The beginning of a row, in one line, with ids masked.
fn excerpt(content: &str) -> String {
    let masked = mask_text(content);
    let mut characters = masked.chars().map(|c| if c.is_control() { ' ' } else { c });
    let mut excerpt: String = characters.by_ref().take(EXCERPT_CHARS_MAX).collect();
    if characters.next().is_some() {
        excerpt.push('…');
    }
    excerpt
}

/// The entries as a person reads them.
pub(super) fn text(entries: &[Entry]) -> String {
    entries.iter().map(entry).collect()
}

fn entry(entry: &Entry) -> String {
    match entry {
        Entry::Record {
            source_row,
            directory,
            title_zh,
            operation,
            person,
            repairs,
            warnings,
            fields,
            ..
        } => {
            let person = if *person { "  自然人 person" } else { "" };
            let mut text = format!(
                "第 {source_row} 行 row {source_row}   {title_zh} {directory}   {operation}{person}\n"
            );
            for field in fields {
                text.push_str(&line(&field.title_zh, &field.code, &field.value));
            }
            for (what, words) in [("修正 repairs", repairs), ("提示 warnings", warnings)] {
                if !words.is_empty() {
                    text.push_str(&format!("    {what}: {}\n", words.join(", ")));
                }
            }
            text
        }
        Entry::Doubtful { .. } => doubt(entry),
        Entry::Skipped {
            first_row,
            rows,
            reason,
        } => {
            let last = first_row.saturating_add(rows.saturating_sub(1));
            let span = match rows {
                1 => first_row.to_string(),
                _ => format!("{first_row}–{last}"),
            };
            format!("第 {span} 行 row {span}   跳过 skipped: {reason}\n")
        }
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

fn doubt(entry: &Entry) -> String {
    let Entry::Doubtful {
        source_row,
        directory,
        person,
        reasons,
        excerpt,
        offset,
        bytes,
    } = entry
    else {
        return String::new();
    };
    let place = match (offset, bytes) {
        (Some(offset), Some(bytes)) => format!("{bytes} 字节 bytes @{offset}"),
        _ => format!("第 {source_row} 行 row {source_row}"),
    };
    let person = if *person { "  自然人 person" } else { "" };
    let mut text = format!("{place}   存疑 doubtful {directory}{person}\n");
    for reason in reasons {
        let (field, title) = (&reason.field, &reason.title_zh);
        text.push_str(&line(
            title,
            field,
            &Value::from(reason.message_zh.as_str()),
        ));
        let english = format!("{} [{}]", reason.message_en, reason.code);
        text.push_str(&line("", "", &Value::from(english)));
    }
    if let Some(excerpt) = excerpt {
        text.push_str(&line(
            "原文 as it stood",
            "",
            &Value::from(excerpt.as_str()),
        ));
    }
    text
}

/// A title, a code and a value, each at its place.
fn line(title: &str, code: &str, value: &Value) -> String {
    let value = value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned);
    let (title, code) = (padded(title, TITLE_COLUMNS), padded(code, 14));
    format!("    {title} {code} {value}\n")
}

/// A text filled up to so many columns; Chinese characters take two.
fn padded(text: &str, columns: usize) -> String {
    let wide: usize = text.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum();
    format!("{text}{}", " ".repeat(columns.saturating_sub(wide)))
}
