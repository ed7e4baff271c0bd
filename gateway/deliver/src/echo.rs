//! Finds the rows that a reply echoes among the rows of the parcel.
//!
//! A row is found by its number, or by its columns: all columns that the entry carries must equal
//! ours. Never guessed: rows that cannot be told apart are named only if all of them are, an
//! entry whose columns contradict its number is no match, and no row is named twice.

use std::collections::{HashMap, HashSet};

use credit_record::flow::Parcel;
use credit_record::mask::mask_text;
use serde_json::{Map, Value};

use crate::reply::{ReplyNames, object, plain_text};

/// Longest text taken over from a platform, in characters.
const REASON_CHARS_MAX: usize = 300;

/// A row of the parcel that the platform named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) row: u32,
    pub(crate) code: String,
    pub(crate) reason: String,
}

/// The rows that `entries` name, ascending; nothing if one of them cannot be told for certain.
pub(crate) fn named_rows(
    parcel: &Parcel,
    names: &ReplyNames,
    entries: Vec<Map<String, Value>>,
) -> Option<Vec<Named>> {
    if entries.is_empty() {
        return Some(Vec::new());
    }
    let mut ours = Ours::read(parcel, names)?;
    let entries: Vec<Entry> = entries.into_iter().map(|e| Entry::read(names, e)).collect();
    let mut named = Vec::with_capacity(entries.len());
    let mut alike: HashMap<Vec<u32>, Vec<Entry>> = HashMap::new();
    for entry in entries {
        let rows = ours.rows_of(&entry)?;
        alike.entry(rows).or_default().push(entry);
    }
    for (rows, entries) in alike {
        if rows.len() != entries.len() {
            return None;
        }
        named.extend(
            rows.into_iter()
                .zip(entries)
                .map(|(row, entry)| entry.naming(row)),
        );
    }
    named.sort_by_key(|n| n.row);
    let twice = named
        .windows(2)
        .any(|pair| matches!(pair, [a, b] if a.row == b.row));
    (!twice).then_some(named)
}

/// A text of the platform as we may show it.
pub(crate) fn shown(text: &str) -> String {
    let masked = mask_text(text);
    match masked.char_indices().nth(REASON_CHARS_MAX) {
        Some((end, _)) => format!("{}…", masked.get(..end).unwrap_or_default()),
        None => masked.into_owned(),
    }
}

/// One entry of `errorBody` or `failBody`.
struct Entry {
    /// The number it gives, counted from 0; `Some(None)`: a number that is no row's.
    number: Option<Option<u32>>,
    code: String,
    message: String,
    columns: Map<String, Value>,
}

impl Entry {
    fn read(names: &ReplyNames, mut fields: Map<String, Value>) -> Self {
        let first = |fields: &Map<String, Value>, names: &[String]| {
            names
                .iter()
                .find_map(|name| fields.get(name).and_then(plain_text))
        };
        let number = first(&fields, &names.row).map(|text| {
            let from_first = text.parse::<u64>().ok()?.checked_sub(names.first_row)?;
            u32::try_from(from_first).ok()
        });
        let code = first(&fields, &names.row_code).unwrap_or_default();
        let message = first(&fields, &names.row_message).unwrap_or_default();
        let data = names
            .row_data
            .iter()
            .find_map(|name| fields.remove(name).and_then(object));
        Self {
            number,
            code,
            message,
            columns: data.unwrap_or(fields),
        }
    }

    fn naming(self, row: u32) -> Named {
        Named {
            row,
            code: shown(&self.code),
            reason: shown(&self.message),
        }
    }
}

/// The parcel's rows, read, with an index by column that is made when it is first needed.
struct Ours<'a> {
    rows: Vec<Map<String, Value>>,
    /// What an entry may carry that is no column of ours.
    beside: HashSet<&'a str>,
    by_column: HashMap<String, HashMap<String, Vec<u32>>>,
}

impl<'a> Ours<'a> {
    fn read(parcel: &Parcel, names: &'a ReplyNames) -> Option<Self> {
        let row = |n| serde_json::from_str(parcel.body(n)?).ok();
        let rows = (0..parcel.rows.len()).map(row).collect::<Option<_>>()?;
        Some(Self {
            rows,
            beside: names.beside_columns(),
            by_column: HashMap::new(),
        })
    }

    /// The rows that an entry may mean; never an empty list.
    fn rows_of(&mut self, entry: &Entry) -> Option<Vec<u32>> {
        if let Some(number) = entry.number {
            let row = number?;
            let ours = self.rows.get(row as usize)?;
            // What we did not send says nothing, what we sent must agree.
            let agrees = |(name, theirs)| ours.get(name).is_none_or(|own| equal(own, theirs));
            return entry.columns.iter().all(agrees).then(|| vec![row]);
        }
        let rows: Vec<u32> = self.candidates(&entry.columns)?.to_vec();
        let meant = |row: &u32| {
            self.rows
                .get(*row as usize)
                .is_some_and(|r| self.echoes(r, entry))
        };
        let rows: Vec<u32> = rows.into_iter().filter(meant).collect();
        (!rows.is_empty()).then_some(rows)
    }

    /// The shortest list of rows that share one of the entry's columns.
    fn candidates(&mut self, columns: &Map<String, Value>) -> Option<&[u32]> {
        let texts: Vec<(&String, String)> = columns
            .iter()
            .filter_map(|(name, value)| Some((name, plain_text(value)?)))
            .collect();
        for (name, _) in &texts {
            if !self.by_column.contains_key(*name) {
                let index = self.index(name);
                self.by_column.insert((*name).clone(), index);
            }
        }
        let lists = texts
            .iter()
            .filter_map(|(name, text)| self.by_column.get(*name)?.get(text));
        lists.map(Vec::as_slice).min_by_key(|rows| rows.len())
    }

    fn index(&self, column: &str) -> HashMap<String, Vec<u32>> {
        let mut index: HashMap<String, Vec<u32>> = HashMap::new();
        for (n, row) in (0_u32..).zip(&self.rows) {
            if let Some(text) = row.get(column).and_then(plain_text) {
                index.entry(text).or_default().push(n);
            }
        }
        index
    }

    fn echoes(&self, ours: &Map<String, Value>, entry: &Entry) -> bool {
        entry
            .columns
            .iter()
            .all(|(name, theirs)| match ours.get(name) {
                Some(own) => equal(own, theirs),
                None => is_nothing(theirs) || self.beside.contains(name.as_str()),
            })
    }
}

/// Platforms echo numbers as texts and nothing as null or as empty text.
fn equal(ours: &Value, theirs: &Value) -> bool {
    ours == theirs
        || match (plain_text(ours), plain_text(theirs)) {
            (Some(ours), Some(theirs)) => ours == theirs,
            (None, None) => is_nothing(ours) && is_nothing(theirs),
            _ => false,
        }
}

fn is_nothing(value: &Value) -> bool {
    value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty())
}

#[cfg(test)]
mod tests;
