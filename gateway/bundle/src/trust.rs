//! The trust store: a folder with one TOML file a key, which a person can read and compare.
//!
//! ```toml
//! role = "author"
//! name = "黔西市税务局"
//! adapters = ["qianxi-tax", "tax-*"]     # an author's: what it may sign; "*" is all
//! valid_from = "2026-11-24"              # both may be absent
//! valid_until = "2029-11-24"
//! key = """
//! -----BEGIN PUBLIC KEY-----
//! ...
//! -----END PUBLIC KEY-----
//! """
//! [revoked]                              # for good: a signature's date cannot be believed
//! on = "2027-01-05"
//! reason = "the notebook was stolen"
//! ```
//!
//! What must stay true: a file that cannot be understood makes the whole store unusable, for it
//! could be a revocation; no key stands there twice, so that none comes back under another name.

mod pattern;

pub use pattern::Pattern;

use crate::disk::replace;
use crate::key::{self, Fingerprint, PublicKey, Role};
use crate::{Day, day};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

/// The largest file of a key.
const FILE_BYTES_MAX: u64 = 64 * 1024;
/// The most keys.
const KEYS_MAX: usize = 4_096;
/// The fewest digits that a key can be named by.
const DIGITS_LEAST: usize = 8;

/// Why the trust store cannot be read or changed.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// A file or the folder cannot be read or written.
    #[error("{}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file cannot be understood.
    #[error("{}: {why}", path.display())]
    Form {
        /// Which.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// A key stands in two files.
    #[error("{} and {} hold the same key {key}", one.display(), other.display())]
    Twice {
        /// Which key.
        key: Fingerprint,
        /// One file.
        one: PathBuf,
        /// The other.
        other: PathBuf,
    },
    /// There are more keys than there may be.
    #[error("{} holds more than {KEYS_MAX} keys", .0.display())]
    Many(PathBuf),
    /// The key is there already.
    #[error("the key {key} is there already, as {role} {name}{}", if *revoked { ", revoked" }
            else { "" })]
    Known {
        /// Which.
        key: Fingerprint,
        /// What for.
        role: Role,
        /// Whose.
        name: String,
        /// It was revoked.
        revoked: bool,
    },
    /// What is to be added cannot be.
    #[error("{0}")]
    Wrong(String),
    /// No key begins with these digits.
    #[error("no key in the trust store begins with {0:?}")]
    Unknown(String),
    /// Several keys do, or the digits are too few.
    #[error("{0:?} does not name one key: give at least {DIGITS_LEAST} digits of its fingerprint")]
    Ambiguous(String),
    /// It was revoked before.
    #[error("the key {key} was revoked on {on} already: {reason}")]
    Revoked {
        /// Which.
        key: Fingerprint,
        /// When.
        on: Day,
        /// Why.
        reason: String,
    },
}

/// A key that is trusted, or was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trusted {
    /// What for.
    pub role: Role,
    /// Whose.
    pub name: String,
    /// The key.
    pub key: PublicKey,
    /// What an author may sign; empty for the office.
    pub adapters: Vec<Pattern>,
    /// Its first day.
    pub valid_from: Option<Day>,
    /// Its last day.
    pub valid_until: Option<Day>,
    /// It is not trusted any more.
    pub revoked: Option<Revoked>,
}

/// A revocation.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Revoked {
    /// When.
    #[serde(with = "day")]
    pub on: Day,
    /// Why.
    pub reason: String,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    role: Role,
    name: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    adapters: Vec<Pattern>,
    #[serde(default, with = "day::maybe", skip_serializing_if = "Option::is_none")]
    valid_from: Option<Day>,
    #[serde(default, with = "day::maybe", skip_serializing_if = "Option::is_none")]
    valid_until: Option<Day>,
    key: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    revoked: Option<Revoked>,
}

impl Trusted {
    /// What it may sign, for people.
    #[must_use]
    pub fn allowed(&self) -> String {
        let texts: Vec<String> = self.adapters.iter().map(ToString::to_string).collect();
        texts.join(", ")
    }

    fn parse(text: &str) -> Result<Self, String> {
        let raw: Raw = toml::from_str(text).map_err(|e| e.to_string())?;
        let key = PublicKey::from_pem(&raw.key);
        let trusted = Self {
            role: raw.role,
            name: raw.name,
            key: key.ok_or("key is no Ed25519 public key as PEM")?,
            adapters: raw.adapters,
            valid_from: raw.valid_from,
            valid_until: raw.valid_until,
            revoked: raw.revoked,
        };
        trusted.check()?;
        Ok(trusted)
    }

    fn check(&self) -> Result<(), String> {
        if !key::is_name(&self.name) {
            return Err(format!("{:?} is no name of a key's owner", self.name));
        }
        match (self.role, self.adapters.is_empty()) {
            (Role::Author, true) => {
                return Err("an author's key needs the adapters that it may sign: \
                            adapters = [\"name\", \"beginning-*\"]"
                    .to_owned());
            }
            (Role::Office, false) => {
                return Err("the office's key admits every adapter: adapters goes with \
                            an author's alone"
                    .to_owned());
            }
            _ => {}
        }
        match (self.valid_from, self.valid_until) {
            (Some(from), Some(until)) if until < from => {
                Err(format!("valid_until {until} is before valid_from {from}"))
            }
            _ => Ok(()),
        }
    }

    fn to_toml(&self) -> Result<String, toml::ser::Error> {
        toml::to_string_pretty(&Raw {
            role: self.role,
            name: self.name.clone(),
            adapters: self.adapters.clone(),
            valid_from: self.valid_from,
            valid_until: self.valid_until,
            key: self.key.to_pem(),
            revoked: self.revoked.clone(),
        })
    }
}

/// Whom the operator trusts, by key.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    keys: BTreeMap<Fingerprint, (PathBuf, Trusted)>,
}

impl Trust {
    /// Reads the folder of keys: every file `*.toml` in it.
    ///
    /// # Errors
    /// The folder or a file cannot be read or understood, or a key stands there twice.
    pub fn read(folder: &Path) -> Result<Self, TrustError> {
        let mut trust = Self::default();
        for entry in std::fs::read_dir(folder).map_err(|e| failed(folder, e))? {
            let path = entry.map_err(|e| failed(folder, e))?.path();
            if path.extension().is_none_or(|e| e != "toml") {
                continue;
            }
            if trust.keys.len() == KEYS_MAX {
                return Err(TrustError::Many(folder.to_owned()));
            }
            let bytes = std::fs::metadata(&path)
                .map_err(|e| failed(&path, e))?
                .len();
            let form = |why| TrustError::Form {
                path: path.clone(),
                why,
            };
            if bytes > FILE_BYTES_MAX {
                return Err(form(format!(
                    "it has {bytes} bytes, more than {FILE_BYTES_MAX}"
                )));
            }
            let text = std::fs::read_to_string(&path).map_err(|e| failed(&path, e))?;
            let trusted = Trusted::parse(&text).map_err(form)?;
            let key = trusted.key.fingerprint();
            if let Some((one, _)) = trust.keys.insert(key, (path.clone(), trusted)) {
                return Err(TrustError::Twice {
                    key,
                    one,
                    other: path,
                });
            }
        }
        Ok(trust)
    }

    /// What is known of a key.
    #[must_use]
    pub fn get(&self, key: &Fingerprint) -> Option<&Trusted> {
        self.keys.get(key).map(|(_, trusted)| trusted)
    }

    /// All keys.
    pub fn iter(&self) -> impl Iterator<Item = &Trusted> {
        self.keys.values().map(|(_, trusted)| trusted)
    }

    /// Adds a key to the folder, which is made where it is not there; the file.
    ///
    /// # Errors
    /// It is there already, is not complete, or cannot be written.
    pub fn add(folder: &Path, trusted: &Trusted) -> Result<PathBuf, TrustError> {
        trusted.check().map_err(TrustError::Wrong)?;
        std::fs::create_dir_all(folder).map_err(|e| failed(folder, e))?;
        let key = trusted.key.fingerprint();
        if let Some(known) = Self::read(folder)?.get(&key) {
            return Err(TrustError::Known {
                key,
                role: known.role,
                name: known.name.clone(),
                revoked: known.revoked.is_some(),
            });
        }
        let path = folder.join(format!("{}-{}.toml", trusted.role, key.short()));
        if path.exists() {
            let why = "it is there already, and holds another key".to_owned();
            return Err(TrustError::Form { path, why });
        }
        write(&path, trusted)?;
        Ok(path)
    }

    /// Revokes the key whose fingerprint begins with `digits`, for good; what was revoked.
    ///
    /// # Errors
    /// There is no such key, or several; it was revoked before; it cannot be written.
    pub fn revoke(folder: &Path, digits: &str, revoked: Revoked) -> Result<Trusted, TrustError> {
        if revoked.reason.trim().is_empty() {
            return Err(TrustError::Wrong("a revocation needs a reason".to_owned()));
        }
        let trust = Self::read(folder)?;
        if digits.len() < DIGITS_LEAST {
            return Err(TrustError::Ambiguous(digits.to_owned()));
        }
        let mut found = trust
            .keys
            .iter()
            .filter(|(key, _)| key.to_string().starts_with(digits));
        let Some((key, (path, trusted))) = found.next() else {
            return Err(TrustError::Unknown(digits.to_owned()));
        };
        if found.next().is_some() {
            return Err(TrustError::Ambiguous(digits.to_owned()));
        }
        if let Some(Revoked { on, reason }) = trusted.revoked.clone() {
            let key = *key;
            return Err(TrustError::Revoked { key, on, reason });
        }
        let trusted = Trusted {
            revoked: Some(revoked),
            ..trusted.clone()
        };
        write(path, &trusted)?;
        Ok(trusted)
    }
}

fn failed(path: &Path, source: io::Error) -> TrustError {
    TrustError::File {
        path: path.to_owned(),
        source,
    }
}

fn write(path: &Path, trusted: &Trusted) -> Result<(), TrustError> {
    let text = trusted
        .to_toml()
        .map_err(|e| TrustError::Wrong(e.to_string()))?;
    replace(path, text.as_bytes()).map_err(|e| failed(path, e))
}

#[cfg(test)]
mod tests;
