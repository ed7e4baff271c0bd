//! What differs between two configurations as they are written, key by key.

use crate::exit::Exit;
use crate::failure::Failure;
use credit_config::{Plan, Written};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use toml::{Table, Value};

/// What a change is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    /// `gateway.toml` but for its targets.
    Gateway,
    /// A target.
    Target,
    /// A route.
    Route,
}

/// What happened to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum How {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// Some keys differ.
    Changed,
}

/// One thing that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Change {
    pub kind: Kind,
    /// The route's or the target's name; empty for the gateway.
    pub name: String,
    pub how: How,
    /// The keys that differ, of what is neither new nor gone.
    pub keys: Vec<KeyChange>,
}

/// A key that differs: what it was and what it is; nothing where it is not set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct KeyChange {
    pub key: String,
    pub before: Option<String>,
    pub after: Option<String>,
}

/// What differs: the gateway's own first, then targets, then routes, each by name.
pub(crate) fn changes(before: &Written, after: &Written) -> Vec<Change> {
    let (own_before, targets_before) = parted(&before.gateway);
    let (own_after, targets_after) = parted(&after.gateway);
    let mut found = Vec::new();
    let own = keys(&own_before, &own_after);
    if !own.is_empty() {
        found.push(Change {
            kind: Kind::Gateway,
            name: String::new(),
            how: How::Changed,
            keys: own,
        });
    }
    let tables = |table: &Table| -> Vec<(String, Table)> {
        let tables = table.iter();
        tables
            .filter_map(|(name, value)| Some((name.clone(), value.as_table()?.clone())))
            .collect()
    };
    named(
        Kind::Target,
        &tables(&targets_before),
        &tables(&targets_after),
        &mut found,
    );
    let routes = |written: &Written| -> Vec<(String, Table)> {
        let routes = written.routes.iter();
        routes.map(|(n, t)| (n.clone(), t.clone())).collect()
    };
    named(Kind::Route, &routes(before), &routes(after), &mut found);
    found
}

/// `gateway.toml` without its targets, and those.
fn parted(gateway: &Table) -> (Table, Table) {
    let mut own = gateway.clone();
    let targets = match own.remove("targets") {
        Some(Value::Table(targets)) => targets,
        _ => Table::new(),
    };
    (own, targets)
}

fn named(
    kind: Kind,
    before: &[(String, Table)],
    after: &[(String, Table)],
    found: &mut Vec<Change>,
) {
    let get = |all: &[(String, Table)], name: &str| {
        let found = all.iter().find(|(n, _)| n == name);
        found.map(|(_, table)| table.clone())
    };
    let names: BTreeSet<&String> = before.iter().chain(after).map(|(n, _)| n).collect();
    for name in names {
        let (how, keys) = match (get(before, name), get(after, name)) {
            (None, _) => (How::Added, Vec::new()),
            (_, None) => (How::Removed, Vec::new()),
            (Some(before), Some(after)) => match keys(&before, &after) {
                keys if keys.is_empty() => continue,
                keys => (How::Changed, keys),
            },
        };
        found.push(Change {
            kind,
            name: name.clone(),
            how,
            keys,
        });
    }
}

fn keys(before: &Table, after: &Table) -> Vec<KeyChange> {
    let mut found = Vec::new();
    differing("", before, after, &mut found);
    found
}

fn differing(path: &str, before: &Table, after: &Table, found: &mut Vec<KeyChange>) {
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    for name in names {
        let key = match path {
            "" => name.clone(),
            path => format!("{path}.{name}"),
        };
        match (before.get(name), after.get(name)) {
            (Some(Value::Table(before)), Some(Value::Table(after))) => {
                differing(&key, before, after, found);
            }
            (before, after) if before == after => {}
            (before, after) => found.push(KeyChange {
                key,
                before: before.map(Value::to_string),
                after: after.map(Value::to_string),
            }),
        }
    }
}

/// The changes as a person reads them.
pub(crate) fn text(changes: &[Change]) -> String {
    if changes.is_empty() {
        return "没有变化 nothing changes\n".to_owned();
    }
    let mut text = String::new();
    for change in changes {
        let what = match change.kind {
            Kind::Gateway => "gateway.toml".to_owned(),
            Kind::Target => format!("目标 target {}", change.name),
            Kind::Route => format!("路由 route {}", change.name),
        };
        let (sign, how) = match change.how {
            How::Added => ("+", "新增 added"),
            How::Removed => ("-", "删除 removed"),
            How::Changed => ("~", "变更 changed"),
        };
        text.push_str(&format!("{sign} {what}   {how}\n"));
        for key in &change.keys {
            let or_default = |value: &Option<String>| {
                let default = "（默认 default）".to_owned();
                value.clone().unwrap_or(default)
            };
            let (before, after) = (or_default(&key.before), or_default(&key.after));
            text.push_str(&format!("    {}: {before} → {after}\n", key.key));
        }
    }
    text
}

/// The configuration in force, as it is written down in the state folder: what the next one is
/// held against, whether the service runs or not.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct InForce {
    /// What it says.
    pub written: Written,
}

impl InForce {
    fn path(state: &Path) -> PathBuf {
        state.join("in-force.json")
    }

    /// Writes it down.
    pub(crate) fn write(plan: &Plan) -> Result<(), Failure> {
        let path = Self::path(&plan.state);
        let failed = |error: std::io::Error| {
            Failure::new(
                Exit::Failed,
                format!("{} cannot be written: {error}", path.display()),
            )
        };
        let written = plan.written.clone();
        let text = serde_json::to_vec(&Self { written });
        let text = text.map_err(|e| failed(e.into()))?;
        let mut file = tempfile::NamedTempFile::new_in(&plan.state).map_err(failed)?;
        file.write_all(&text).map_err(failed)?;
        file.persist(&path).map_err(|e| failed(e.error))?;
        Ok(())
    }

    /// What was in force last on `state`; nothing where no service ever ran.
    pub(crate) fn read(state: &Path) -> Result<Option<Self>, Failure> {
        let path = Self::path(state);
        let text = match std::fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Failure::of(Exit::Failed, &error)),
        };
        let read = serde_json::from_slice(&text).map_err(|error| {
            let message = format!("{} cannot be read: {error}", path.display());
            Failure::new(Exit::Failed, message)
                .remedy("remove it: the next start of the service writes it anew")
        });
        read.map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(gateway: &str, routes: &[(&str, &str)]) -> Written {
        let table = |text: &str| toml::from_str(text).unwrap();
        let routes = routes.iter();
        Written {
            gateway: table(gateway),
            routes: routes.map(|(n, t)| ((*n).to_owned(), table(t))).collect(),
        }
    }

    #[test]
    fn what_differs_is_named_key_by_key() {
        let before = written(
            "[log]\nlevel = \"info\"\n[targets.county]\nurl = \"a\"",
            &[("old", "feed = \"x\""), ("same", "feed = \"x\"")],
        );
        let after = written(
            "[log]\nlevel = \"warn\"\n[targets.county]\nurl = \"b\"\ntimeout_ms = 5",
            &[("new", "feed = \"x\""), ("same", "feed = \"x\"")],
        );
        let found = changes(&before, &after);
        let found: Vec<_> = found
            .iter()
            .map(|c| (c.kind, c.name.as_str(), c.how, c.keys.len()))
            .collect();
        let expected = [
            (Kind::Gateway, "", How::Changed, 1),
            (Kind::Target, "county", How::Changed, 2),
            (Kind::Route, "new", How::Added, 0),
            (Kind::Route, "old", How::Removed, 0),
        ];
        assert_eq!(found, expected);
        assert!(changes(&after, &after).is_empty());
    }

    #[test]
    fn a_key_that_is_not_set_any_more_is_at_its_default() {
        let before = written("", &[("a", "[chunk]\nkib = 16")]);
        let after = written("", &[("a", "")]);
        let shown = text(&changes(&before, &after));
        assert!(
            shown.contains("chunk: { kib = 16 } → （默认 default）"),
            "{shown}"
        );
    }
}
