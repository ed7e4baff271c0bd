//! The memory of what was ever taken in: no version comes back with other content, and none goes
//! back below the newest unless a person says so. It is forgotten only with the state folder.

use crate::refusal::Refusal;
use crate::statement::Statement;
use crate::{Day, Version, hex};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

/// How its file in the gateway's state folder is called.
pub const LEDGER: &str = "admitted.json";
/// The largest file: some ten thousand versions.
const FILE_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// Why the memory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// It cannot be read or written.
    #[error("{}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is damaged. It is not made anew by itself: with it the floor would be forgotten.
    #[error("{} is damaged: {why}", path.display())]
    Damaged {
        /// Which.
        path: PathBuf,
        /// How.
        why: String,
    },
}

/// What was ever taken in, by name and version.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Ledger {
    adapters: BTreeMap<String, BTreeMap<Version, Remembered>>,
}

/// A version that was taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Remembered {
    /// Its [`Statement::content`].
    #[serde(with = "content")]
    pub content: [u8; 32],
    /// When it was first taken in.
    #[serde(with = "crate::day")]
    pub on: Day,
}

impl Ledger {
    /// Reads the memory in `path`; an empty one where there is none yet.
    ///
    /// # Errors
    /// It cannot be read, or is damaged.
    pub fn read(path: &Path) -> Result<Self, LedgerError> {
        let failed = |source| LedgerError::File {
            path: path.to_owned(),
            source,
        };
        let damaged = |why: String| LedgerError::Damaged {
            path: path.to_owned(),
            why,
        };
        match std::fs::metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(failed(error)),
            Ok(data) if data.len() > FILE_BYTES_MAX => {
                return Err(damaged(format!("it has {} bytes", data.len())));
            }
            Ok(_) => {}
        }
        let bytes = std::fs::read(path).map_err(failed)?;
        serde_json::from_slice(&bytes).map_err(|e| damaged(e.to_string()))
    }

    /// Writes it, whole or not at all.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn save(&self, path: &Path) -> Result<(), LedgerError> {
        let failed = |source| LedgerError::File {
            path: path.to_owned(),
            source,
        };
        let mut text = serde_json::to_vec_pretty(self).map_err(|e| failed(e.into()))?;
        text.push(b'\n');
        crate::disk::replace(path, &text).map_err(failed)
    }

    /// This version, with this content, was taken in here.
    #[must_use]
    pub fn knows(&self, statement: &Statement) -> bool {
        let found = self.get(&statement.summary.name, statement.summary.version);
        found.is_some_and(|r| r.content == statement.content())
    }

    /// What is remembered of a version.
    #[must_use]
    pub fn get(&self, name: &str, version: Version) -> Option<Remembered> {
        self.adapters.get(name)?.get(&version).copied()
    }

    /// The newest version of an adapter that was ever taken in.
    #[must_use]
    pub fn newest(&self, name: &str) -> Option<(Version, Remembered)> {
        let (version, remembered) = self.adapters.get(name)?.last_key_value()?;
        Some((*version, *remembered))
    }

    /// Whether a bundle may be taken in, by its version; an older one only where it is meant.
    ///
    /// # Errors
    /// The version was here with other content, or is older than the newest.
    pub fn check(&self, statement: &Statement, older: bool) -> Result<(), Refusal> {
        let (name, version) = (&statement.summary.name, statement.summary.version);
        if let Some(here) = self.get(name, version)
            && here.content != statement.content()
        {
            return Err(Refusal::OtherContent {
                name: name.clone(),
                version,
                on: here.on,
            });
        }
        match self.newest(name) {
            Some((newest, remembered)) if version < newest && !older => Err(Refusal::Older {
                name: name.clone(),
                version,
                newest,
                on: remembered.on,
            }),
            _ => Ok(()),
        }
    }

    /// Remembers a bundle that was taken in. What is known keeps its day.
    pub fn remember(&mut self, statement: &Statement, today: Day) {
        if self.knows(statement) {
            return;
        }
        let (name, content) = (statement.summary.name.clone(), statement.content());
        let versions = self.adapters.entry(name).or_default();
        versions.insert(statement.summary.version, Remembered { content, on: today });
    }
}

/// A digest in the file.
mod content {
    use super::hex;
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<[u8; 32], D::Error> {
        let text = String::deserialize(from)?;
        hex::parse(&text).ok_or_else(|| D::Error::custom("a digest has 64 hexadecimal digits"))
    }

    pub(super) fn serialize<S: Serializer>(digest: &[u8; 32], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&hex::text(digest))
    }
}
