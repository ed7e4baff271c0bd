//! What targets refused for good, a line a record.

use super::receipts::hex;
use super::table::table;
use super::time::{Clock, short};
use super::trace::masked;
use crate::exit::Exit;
use crate::failure::Failure;
use credit_queue::{DeadFilter, Queue};
use credit_record::directory::Directories;
use credit_record::mask::mask_text;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// One record that was refused for good.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Letter {
    pub route: String,
    pub record: String,
    pub directory: String,
    pub person: bool,
    /// `insert`, `update`, `withdraw` or `hold`.
    pub operation: String,
    pub file: String,
    pub source_row: u64,
    pub adapter: String,
    pub refusals: Vec<Refused>,
    /// Ids and persons masked; nothing once archived.
    pub body: Option<Map<String, Value>>,
}

/// What a target said.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Refused {
    pub target: String,
    pub at: String,
    pub code: String,
    pub reason: String,
}

/// The dead letters that fit, oldest first.
pub(crate) fn letters(
    queue: &Queue,
    directories: &Directories,
    (filter, id, limit): (&DeadFilter, Option<&str>, usize),
    clock: Clock,
) -> Result<Vec<Letter>, Failure> {
    let found = queue.dead_letters(filter);
    let found = found.map_err(|e| Failure::of(Exit::Failed, &e))?;
    let wanted = id.map(str::to_ascii_lowercase);
    let fits = |record: &String| wanted.as_ref().is_none_or(|id| record.starts_with(id));
    let letters = found.into_iter().map(|letter| {
        let refusals = letter.refusals.into_iter().map(|said| Refused {
            target: said.target,
            at: clock.text(said.at_ms),
            code: said.code,
            reason: said.reason,
        });
        let body = letter.body.as_deref();
        Letter {
            body: body.map(|b| masked(b, &letter.directory, directories)),
            route: letter.route,
            record: hex(&letter.id),
            directory: letter.directory,
            person: letter.person,
            operation: letter.operation.word().to_owned(),
            file: mask_text(&letter.feed).into_owned(),
            source_row: letter.source_row,
            adapter: format!("{} {}", letter.adapter.name, letter.adapter.version),
            refusals: refusals.collect(),
        }
    });
    let letters = letters.filter(|letter| fits(&letter.record));
    let letters: Vec<Letter> = letters.take(limit).collect();
    match (letters.is_empty(), id) {
        (true, Some(id)) => {
            let message = format!("没有这样的退回记录 no dead letter has the id {id}");
            Err(Failure::new(Exit::NotFound, message).remedy("see: gateway dead-letters list"))
        }
        _ => Ok(letters),
    }
}

/// Dead letters as a person reads them; one alone with all its values.
pub(crate) fn text(letters: &[Letter]) -> String {
    let head = [
        "路由\nroute",
        "记录\nrecord",
        "文件，行\nfile, row",
        "退回\nrefused by",
        "原因\nreason",
    ];
    let row = |letter: &Letter| {
        let each = |text: fn(&Refused) -> String| {
            let lines: Vec<String> = letter.refusals.iter().map(text).collect();
            lines.join("\n")
        };
        vec![
            letter.route.clone(),
            letter.record.chars().take(12).collect(),
            format!("{}  {}", letter.file, letter.source_row),
            each(|r| format!("{} {}", r.target, short(&r.at))),
            each(|r| format!("{} [{}]", r.reason, r.code)),
        ]
    };
    let mut text = table(&head, letters.iter().map(row));
    if let [letter] = letters {
        let values = letter.body.iter().flatten();
        let rows = values.map(|(column, value)| {
            let value = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            vec![column.clone(), value]
        });
        text.push_str(&table(&["栏目\ncolumn", "内容\nvalue"], rows));
    }
    text
}
