//! The rows of a parcel as the columns of a table: each value a text or null.

use std::collections::BTreeSet;

use credit_record::flow::Parcel;
use credit_sql::Driver;
use serde_json::{Map, Value};

use crate::request::Form;

/// Rows that all have the same columns.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Rows {
    /// The columns, by the target's names, sorted.
    pub(super) columns: Vec<String>,
    /// Their values, row by row.
    pub(super) rows: Vec<Vec<Option<String>>>,
    /// What was read, as bytes: the batch's number depends on it.
    pub(super) body: String,
}

impl Rows {
    /// The rows as the target gets them; nothing if they do not lie within the parcel's bodies.
    pub(super) fn read(form: &Form, parcel: &Parcel, driver: Driver) -> Option<Self> {
        let mut body = String::with_capacity(parcel.bodies.len());
        let mut read: Vec<Map<String, Value>> = Vec::with_capacity(parcel.rows.len());
        for n in 0..parcel.rows.len() {
            let start = body.len();
            form.row(parcel, n, &mut body)?;
            read.push(serde_json::from_str(body.get(start..)?).ok()?);
        }
        let columns: BTreeSet<String> = read.iter().flat_map(Map::keys).cloned().collect();
        let columns: Vec<String> = columns.into_iter().collect();
        let row = |mut row: Map<String, Value>| {
            let values = columns.iter().map(|c| row.remove(c).unwrap_or_default());
            values.map(|value| text(value, driver)).collect()
        };
        let rows = read.into_iter().map(row).collect();
        Some(Self {
            columns,
            rows,
            body,
        })
    }

    /// Adds a column that has the same value in each row.
    pub(super) fn add(&mut self, column: &str, value: &str) {
        self.columns.push(column.to_owned());
        for row in &mut self.rows {
            row.push(Some(value.to_owned()));
        }
    }

    /// Where each of these columns stands; nothing if one is not there.
    pub(super) fn positions(&self, columns: &[String]) -> Option<Vec<usize>> {
        let position = |column| self.columns.iter().position(|c| c == column);
        columns.iter().map(position).collect()
    }
}

/// A value as the database reads it.
fn text(value: Value, driver: Driver) -> Option<String> {
    match (value, driver) {
        (Value::Null, _) => None,
        (Value::String(text), _) => Some(text),
        (Value::Bool(is), Driver::Mysql) => Some(u8::from(is).to_string()),
        (value, _) => Some(value.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::{parcel, target};

    #[test]
    fn rows_have_all_columns_of_any_of_them() {
        let form = Form::new(&target("http://h/".into()));
        let parcel = parcel(&[
            r#"{"b":"0.10","a":null,"c":true}"#,
            r#"{"d":"x\"y","b":12345678901234567}"#,
        ]);
        let mut rows = Rows::read(&form, &parcel, Driver::Mysql).unwrap();
        rows.add("batch", "7");
        assert_eq!(rows.columns, ["a", "b", "c", "d", "batch"]);
        let values: Vec<Vec<&str>> = rows
            .rows
            .iter()
            .map(|row| row.iter().map(|v| v.as_deref().unwrap_or("-")).collect())
            .collect();
        assert_eq!(values[0], ["-", "0.10", "1", "-", "7"]);
        assert_eq!(values[1], ["-", "12345678901234567", "-", "x\"y", "7"]);
        assert_eq!(rows.positions(&["d".into(), "a".into()]), Some(vec![3, 0]));
        assert_eq!(rows.positions(&["e".into()]), None);
    }
}
