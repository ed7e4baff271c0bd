//! Two bodies, column by column.

use crate::report::trace::masked;
use credit_record::directory::Directories;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// A column that has another value; ids and persons masked.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct FieldChange {
    pub field: String,
    pub before: Option<String>,
    pub after: Option<String>,
    /// The difference lies in what is masked.
    pub hidden: bool,
}

impl FieldChange {
    /// The same for a person.
    pub(crate) fn text(&self) -> String {
        let shown = |value: &Option<String>| value.clone().unwrap_or_else(|| "—".to_owned());
        let hidden = if self.hidden {
            "（遮盖部分不同 masked part differs）"
        } else {
            ""
        };
        let (before, after) = (shown(&self.before), shown(&self.after));
        format!("{}: {before} → {after}{hidden}", self.field)
    }
}

/// The columns that differ between two bodies of a directory, by name.
pub(crate) fn changes(
    (before, after): (Option<&str>, &str),
    directory: &str,
    directories: &Directories,
) -> Vec<FieldChange> {
    let read = |body: &str| serde_json::from_str::<Map<String, Value>>(body).unwrap_or_default();
    let Some(before) = before else {
        return Vec::new();
    };
    let whole = [read(before), read(after)];
    let shown = [before, after].map(|body| masked(body, directory, directories));
    let [old, new] = &whole;
    let [old_shown, new_shown] = &shown;
    let fields: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let text = |value: Option<&Value>| {
        let value = value.filter(|value| !value.is_null())?;
        Some(
            value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned),
        )
    };
    let differing = fields
        .into_iter()
        .filter(|f| text(old.get(*f)) != text(new.get(*f)));
    let change = |field: &String| {
        let (before, after) = (text(old_shown.get(field)), text(new_shown.get(field)));
        FieldChange {
            field: field.clone(),
            hidden: before == after,
            before,
            after,
        }
    };
    differing.map(change).collect()
}
