//! How the rows of a table are known and checked: the options, made ready for many rows.

use std::borrow::Cow;

use serde_json::value::RawValue;
use xxhash_rust::xxh3::{Xxh3, xxh3_128};

use crate::answer::Entry;
use crate::options::{Table, Verdict};
use crate::row;

/// A table's options, its columns replaced by their places among those read from a row.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    columns: Vec<String>,
    keys: Vec<Vec<usize>>,
    required: Vec<usize>,
    checks: Vec<(usize, String, Verdict, String)>,
}

/// A row, read.
pub(crate) struct Read<'a> {
    /// Hash of the row's key.
    pub(crate) key: u128,
    /// What the checks found, if anything.
    pub(crate) finding: Option<(Verdict, Entry<'a>)>,
}

impl Plan {
    pub(crate) fn new(table: &Table) -> Self {
        let mut columns: Vec<String> = Vec::new();
        let mut place = |column: &String| {
            columns.iter().position(|c| c == column).unwrap_or_else(|| {
                columns.push(column.clone());
                columns.len() - 1
            })
        };
        let keys = table
            .keys
            .iter()
            .map(|key| key.iter().map(&mut place).collect())
            .collect();
        let required = table.required.iter().map(&mut place).collect();
        let checks = table.checks.iter().map(|check| {
            (
                place(&check.column),
                check.equals.clone(),
                check.verdict,
                check.message.clone(),
            )
        });
        let checks = checks.collect();
        Self {
            keys,
            required,
            checks,
            columns,
        }
    }

    /// Reads the row that is number `number` of its request, from 1; nothing if it is no object.
    pub(crate) fn read<'a>(&self, number: usize, raw: &'a RawValue) -> Option<Read<'a>> {
        if self.columns.is_empty() {
            let key = xxh3_128(raw.get().as_bytes());
            return raw
                .get()
                .starts_with('{')
                .then_some(Read { key, finding: None });
        }
        let values = row::values(raw.get(), &self.columns)?;
        let value = |at: &usize| values.get(*at).and_then(Option::as_deref);
        let finding = self.finding(value).map(|(verdict, code, message)| {
            (
                verdict,
                Entry {
                    row: number,
                    code,
                    message,
                    data: raw,
                },
            )
        });
        Some(Read {
            key: self.key(&values, raw),
            finding,
        })
    }

    fn key(&self, values: &[Option<Cow<'_, str>>], raw: &RawValue) -> u128 {
        let whole = |key: &&Vec<usize>| {
            key.iter()
                .all(|at| matches!(values.get(*at), Some(Some(_))))
        };
        let Some(key) = self.keys.iter().find(whole) else {
            return xxh3_128(raw.get().as_bytes());
        };
        let mut hash = Xxh3::new();
        for at in key {
            if let Some(Some(value)) = values.get(*at) {
                hash.update(&at.to_le_bytes());
                hash.update(&value.len().to_le_bytes());
                hash.update(value.as_bytes());
            }
        }
        hash.digest128()
    }

    fn finding<'v>(
        &self,
        value: impl Fn(&usize) -> Option<&'v str>,
    ) -> Option<(Verdict, &'static str, String)> {
        let name = |at: &usize| self.columns.get(*at).map_or("", String::as_str);
        if let Some(missing) = self.required.iter().find(|at| value(at).is_none()) {
            return Some((
                Verdict::Refuse,
                "required",
                format!("{}不能为空", name(missing)),
            ));
        }
        let hit = self
            .checks
            .iter()
            .find(|(at, equals, ..)| value(at) == Some(equals))?;
        let (_, _, verdict, message) = hit;
        Some((*verdict, "check", message.clone()))
    }
}
