//! What rows of a feed would become, for people and for programs: a record, a doubtful row, a run
//! of skipped rows. Nothing here holds a personal id unmasked.

use super::trace::masked;
use credit_record::directory::Directories;
use credit_record::flow::{Doubtful, Skip};
use credit_record::id::{Repairs, Warnings};
use credit_record::judge::Record;
use credit_record::mask::mask_text;
use serde::Serialize;
use serde_json::Value;

/// What is shown of a row that cannot be read, in characters.
const EXCERPT_CHARS_MAX: usize = 300;
/// Columns that titles and codes stand in.
const TITLE_COLUMNS: usize = 24;

/// A record, without its columns.
#[derive(Serialize)]
pub(crate) struct Row {
    pub source_row: u64,
    pub directory: String,
    pub title_zh: String,
    pub title_en: String,
    pub operation: &'static str,
    pub person: bool,
    pub repairs: Vec<&'static str>,
    pub warnings: Vec<&'static str>,
}

/// A row that would be kept for a person.
#[derive(Serialize)]
pub(crate) struct Doubt {
    pub source_row: u64,
    pub directory: String,
    pub person: bool,
    pub reasons: Vec<Reason>,
    /// As it stood in the feed; not shown where it may concern a person.
    pub excerpt: Option<String>,
    /// A stretch that the adapter cannot be got past.
    pub offset: Option<u64>,
    pub bytes: Option<u64>,
}

/// Rows that are no records.
#[derive(Serialize)]
pub(crate) struct Skipped {
    pub first_row: u64,
    pub rows: u64,
    pub reason: String,
}

/// One column of a record.
#[derive(Serialize)]
pub(crate) struct Field {
    pub code: String,
    pub title_zh: String,
    pub title_en: String,
    pub value: Value,
}

/// Why a row is doubtful.
#[derive(Serialize)]
pub(crate) struct Reason {
    pub field: String,
    pub title_zh: String,
    pub code: String,
    pub message_zh: String,
    pub message_en: String,
}

impl Row {
    /// The record of the directory `code`.
    pub(crate) fn of(record: &Record, code: &str, directories: &Directories) -> Self {
        let directory = directories.get(code);
        let titles = directory.map_or(("", ""), |d| (d.title_zh(), d.title_en()));
        let repairs = Repairs::from_bits(record.repairs()).unwrap_or_default();
        let warnings = Warnings::from_bits(record.warnings()).unwrap_or_default();
        Self {
            source_row: record.source_row(),
            directory: code.to_owned(),
            title_zh: titles.0.to_owned(),
            title_en: titles.1.to_owned(),
            operation: record.operation().word(),
            person: record.person(),
            repairs: repairs.words().collect(),
            warnings: warnings.words().collect(),
        }
    }

    /// Its first line.
    pub(crate) fn head(&self) -> String {
        let Self {
            source_row: row,
            title_zh,
            directory,
            operation,
            ..
        } = self;
        let person = person(self.person);
        format!("第 {row} 行 row {row}   {title_zh} {directory}   {operation}{person}\n")
    }

    /// What was put right, and what is odd.
    pub(crate) fn remarks(&self) -> String {
        let mut text = String::new();
        for (what, words) in [
            ("修正 repairs", &self.repairs),
            ("提示 warnings", &self.warnings),
        ] {
            if !words.is_empty() {
                text.push_str(&format!("    {what}: {}\n", words.join(", ")));
            }
        }
        text
    }
}

/// The columns of a record, in its directory's order: a body has no others.
pub(crate) fn fields(body: &str, code: &str, directories: &Directories) -> Vec<Field> {
    let mut values = masked(body, code, directories);
    values.retain(|_, value| !value.is_null());
    let columns = directories.get(code).map_or(&[][..], |d| d.columns());
    let fields = columns.iter().filter_map(|column| {
        Some(Field {
            code: column.code.clone(),
            title_zh: column.title_zh.clone(),
            title_en: column.title_en.clone(),
            value: values.remove(&column.code)?,
        })
    });
    fields.collect()
}

impl Doubt {
    /// The doubtful row.
    pub(crate) fn of(row: &Doubtful, directories: &Directories) -> Self {
        let directory = directories.get(&row.directory);
        let reasons = row.reasons.iter().map(|r| {
            let column = directory.and_then(|d| d.column(&r.field));
            let title = column.map_or("", |c| c.title_zh.as_str());
            Reason::of(&r.field, title, &r.code, (&r.zh, &r.en))
        });
        // What the adapter cannot be got past may hold anything.
        let shown = !row.person && row.place.is_none() && !row.content.is_empty();
        Self {
            source_row: row.source_row,
            directory: row.directory.clone(),
            person: row.person,
            reasons: reasons.collect(),
            excerpt: shown.then(|| excerpt(&row.content)),
            offset: row.place.map(|place| place.offset),
            bytes: row.place.map(|place| place.bytes),
        }
    }

    /// The same for a person.
    pub(crate) fn text(&self) -> String {
        let row = self.source_row;
        let place = match (self.offset, self.bytes) {
            (Some(offset), Some(bytes)) => format!("{bytes} 字节 bytes @{offset}"),
            _ => format!("第 {row} 行 row {row}"),
        };
        let (directory, person) = (&self.directory, person(self.person));
        let mut text = format!("{place}   存疑 doubtful {directory}{person}\n");
        for reason in &self.reasons {
            let (field, title) = (&reason.field, &reason.title_zh);
            text.push_str(&line(title, field, &reason.message_zh));
            let english = format!("{} [{}]", reason.message_en, reason.code);
            text.push_str(&line("", "", &english));
        }
        if let Some(excerpt) = &self.excerpt {
            text.push_str(&line("原文 as it stood", "", excerpt));
        }
        text
    }
}

impl Reason {
    /// Why, in Chinese and in English.
    pub(crate) fn of(field: &str, title: &str, code: &str, (zh, en): (&str, &str)) -> Self {
        Self {
            field: field.to_owned(),
            title_zh: title.to_owned(),
            code: code.to_owned(),
            message_zh: mask_text(zh).into_owned(),
            message_en: mask_text(en).into_owned(),
        }
    }
}

impl Skipped {
    /// The run.
    pub(crate) fn of(run: &Skip) -> Self {
        Self {
            first_row: run.first_row,
            rows: run.rows,
            reason: mask_text(&run.reason).into_owned(),
        }
    }

    /// The same for a person.
    pub(crate) fn text(&self) -> String {
        let last = self.first_row.saturating_add(self.rows.saturating_sub(1));
        let span = match self.rows {
            1 => self.first_row.to_string(),
            _ => format!("{}–{last}", self.first_row),
        };
        format!("第 {span} 行 row {span}   跳过 skipped: {}\n", self.reason)
    }
}

const fn person(person: bool) -> &'static str {
    if person { "  自然人 person" } else { "" }
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

/// A value as it is shown.
pub(crate) fn shown(value: &Value) -> String {
    let text = value.as_str().map(str::to_owned);
    text.unwrap_or_else(|| value.to_string())
}

/// A title, a code and a value, each at its place.
pub(crate) fn line(title: &str, code: &str, value: &str) -> String {
    let (title, code) = (padded(title, TITLE_COLUMNS), padded(code, 14));
    format!("    {title} {code} {value}\n")
}

/// A text filled up to so many columns; Chinese characters take two.
fn padded(text: &str, columns: usize) -> String {
    let wide: usize = text.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum();
    format!("{text}{}", " ".repeat(columns.saturating_sub(wide)))
}
