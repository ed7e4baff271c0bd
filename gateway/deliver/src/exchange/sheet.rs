//! The rows of a parcel as a table: a heading, a line a row, quotation marks where they must be.

use std::collections::HashMap;

use credit_record::flow::Parcel;
use thiserror::Error;

use crate::fields::members;
use crate::request::Form;

/// Why a parcel makes no table.
#[derive(Debug, Error, PartialEq, Eq)]
pub(super) enum Fault {
    #[error("row {0} is no record")]
    Row(usize),
    #[error("row {row} has a column {column} that the table has not")]
    Column { row: usize, column: String },
}

/// The table; columns are the target's names.
pub(super) fn write(
    form: &Form,
    parcel: &Parcel,
    columns: &[String],
    separator: char,
) -> Result<String, Fault> {
    let mut out = String::with_capacity(parcel.bodies.len());
    line(columns.iter().map(String::as_str), separator, &mut out);
    let at: HashMap<&str, usize> = (columns.iter().enumerate())
        .map(|(at, column)| (column.as_str(), at))
        .collect();
    let (mut row, mut cells) = (String::new(), vec![String::new(); columns.len()]);
    for n in 0..parcel.rows.len() {
        row.clear();
        cells.iter_mut().for_each(String::clear);
        form.row(parcel, n, &mut row).ok_or(Fault::Row(n + 1))?;
        let members = members(&row).ok_or(Fault::Row(n + 1))?;
        for (name, value) in members {
            let column: String = serde_json::from_str(name).map_err(|_| Fault::Row(n + 1))?;
            let cell = at.get(column.as_str()).and_then(|at| cells.get_mut(*at));
            let cell = cell.ok_or_else(|| Fault::Column { row: n + 1, column })?;
            *cell = plain(value).ok_or(Fault::Row(n + 1))?;
        }
        line(cells.iter().map(String::as_str), separator, &mut out);
    }
    Ok(out)
}

/// A value as a cell holds it; a number as it is written.
fn plain(value: &str) -> Option<String> {
    match value {
        "null" => Some(String::new()),
        text if text.starts_with('"') => serde_json::from_str(text).ok(),
        other => Some(other.to_owned()),
    }
}

fn line<'c>(cells: impl Iterator<Item = &'c str>, separator: char, out: &mut String) {
    for (n, cell) in cells.enumerate() {
        if n > 0 {
            out.push(separator);
        }
        let quoted = cell.contains([separator, '"', '\r', '\n'])
            || cell.starts_with(char::is_whitespace)
            || cell.ends_with(char::is_whitespace);
        match quoted {
            true => {
                out.push('"');
                out.push_str(&cell.replace('"', "\"\""));
                out.push('"');
            }
            false => out.push_str(cell),
        }
    }
    out.push_str("\r\n");
}
