//! Which version of an adapter serves: one small file beside the versions, `shelf.toml`.
//!
//! It is read by whoever serves and written by whoever decides, at the same time: a change is
//! made under a lock and replaces the file whole. Without the file nothing was decided yet.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::inbound::now_ms;
use chrono::{DateTime, SecondsFormat};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// The file in an adapter's folder.
const FILE: &str = "shelf.toml";
/// What is locked while a file in the folder of adapters is changed.
const LOCK: &str = ".lock";
/// Who acts where nobody does.
const GATEWAY: &str = "gateway";
/// Events that are kept, the newest.
const HISTORY_MAX: usize = 200;
/// Versions that a rollback can go back by.
const BEFORE_MAX: usize = 20;

/// What was decided about the versions of an adapter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Standing {
    /// The version that serves; where there is none the unpacked or the shipped one does.
    pub current: Option<String>,
    /// Those that served before, the newest last: what a rollback goes back to.
    pub before: Vec<String>,
    /// What the gateway did by itself, until a person has acted.
    pub alarm: Option<String>,
    /// Versions that must not serve.
    pub quarantined: Vec<Event>,
    /// What happened, the newest last.
    pub history: Vec<Event>,
}

/// Something that happened to a version.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Event {
    /// When, RFC 3339.
    pub at: String,
    /// What.
    pub did: Deed,
    /// To which version.
    pub version: String,
    /// Who did it.
    pub by: String,
    /// Why; may be empty.
    #[serde(default)]
    pub reason: String,
}

/// What can happen to a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Deed {
    Installed,
    Promoted,
    RolledBack,
    Quarantined,
    Released,
    Removed,
}

/// Who does something, and why.
#[derive(Clone, Debug)]
pub(crate) struct Who {
    pub by: String,
    pub reason: String,
}

impl Who {
    /// The gateway by itself.
    pub(crate) fn gateway(reason: &str) -> Self {
        Self {
            by: GATEWAY.to_owned(),
            reason: reason.to_owned(),
        }
    }

    fn is_gateway(&self) -> bool {
        self.by == GATEWAY
    }
}

impl Standing {
    /// What stands in the adapter's folder.
    pub(crate) fn read(folder: &Path) -> Result<Self, Failure> {
        let path = path(folder);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(failed(&path, &error)),
        };
        toml::from_str(&text).map_err(|e| {
            let message = format!("{}: {}", path.display(), e.message());
            let remedy = "put it right, or take it away: then nothing is promoted";
            Failure::new(Exit::Config, message).remedy(remedy)
        })
    }

    /// Why a version must not serve, where that is so.
    pub(crate) fn quarantined(&self, version: &str) -> Option<&Event> {
        self.quarantined.iter().find(|q| q.version == version)
    }

    /// From now on `version` serves, and no longer `present`.
    pub(crate) fn promote(&mut self, version: &str, present: Option<String>, who: &Who) {
        self.before.extend(present.filter(|p| p != version));
        let spare = self.before.len().saturating_sub(BEFORE_MAX);
        self.before.drain(..spare);
        self.serve(version, Deed::Promoted, who);
    }

    /// The version that a rollback from `present` goes back to, of those that are `there`.
    pub(crate) fn earlier(
        &self,
        present: Option<&str>,
        there: impl Fn(&str) -> bool,
    ) -> Option<&str> {
        let mut before = self.before.iter().rev().map(String::as_str);
        before.find(|v| Some(*v) != present && self.quarantined(v).is_none() && there(v))
    }

    /// Back to `version`, which served before; what served after it is forgotten.
    pub(crate) fn roll_back(&mut self, version: &str, who: &Who) {
        if let Some(at) = self.before.iter().rposition(|v| v == version) {
            self.before.truncate(at);
        }
        self.serve(version, Deed::RolledBack, who);
    }

    /// `version` must not serve any more.
    pub(crate) fn quarantine(&mut self, version: &str, who: &Who) {
        self.quarantined.retain(|q| q.version != version);
        self.happened(Deed::Quarantined, version, who);
        self.alarm = None;
        self.quarantined.extend(self.history.last().cloned());
    }

    /// What the gateway did by itself a person must see to.
    pub(crate) fn raise(&mut self, alarm: &str, who: &Who) {
        if who.is_gateway() {
            self.alarm = Some(alarm.to_owned());
        }
    }

    /// `version` may serve again.
    pub(crate) fn release(&mut self, version: &str, who: &Who) {
        self.quarantined.retain(|q| q.version != version);
        self.alarm = None;
        self.happened(Deed::Released, version, who);
    }

    /// `version` is gone.
    pub(crate) fn removed(&mut self, version: &str, who: &Who) {
        self.before.retain(|v| v != version);
        self.quarantined.retain(|q| q.version != version);
        self.alarm = None;
        self.happened(Deed::Removed, version, who);
    }

    /// Writes down what happened.
    pub(crate) fn happened(&mut self, did: Deed, version: &str, who: &Who) {
        let at = DateTime::from_timestamp_millis(now_ms()).unwrap_or_default();
        self.history.push(Event {
            at: at.to_rfc3339_opts(SecondsFormat::Secs, true),
            did,
            version: version.to_owned(),
            by: who.by.clone(),
            reason: who.reason.clone(),
        });
        let spare = self.history.len().saturating_sub(HISTORY_MAX);
        self.history.drain(..spare);
    }

    fn serve(&mut self, version: &str, did: Deed, who: &Who) {
        self.current = Some(version.to_owned());
        self.alarm = None;
        self.happened(did, version, who);
    }

    fn write(&self, folder: &Path) -> Result<(), Failure> {
        let path = path(folder);
        let text = toml::to_string(self).map_err(|e| Failure::of(Exit::Failed, &e))?;
        let written = || {
            let mut file = tempfile::NamedTempFile::new_in(folder)?;
            file.write_all(text.as_bytes())?;
            file.as_file().sync_all()?;
            file.persist(&path)?;
            File::open(folder)?.sync_all()
        };
        written().map_err(|e| failed(&path, &e))
    }
}

/// Where the standing of the adapter in `folder` is written.
pub(crate) fn path(folder: &Path) -> PathBuf {
    folder.join(FILE)
}

/// Changes what lies in the folder of adapters, nobody else doing so meanwhile.
pub(crate) fn alone<T>(
    adapters: &Path,
    work: impl FnOnce() -> Result<T, Failure>,
) -> Result<T, Failure> {
    let lock = adapters.join(LOCK);
    let locked = std::fs::create_dir_all(adapters)
        .and_then(|()| File::create(&lock))
        .and_then(|file| file.lock().map(|()| file));
    let _lock = locked.map_err(|e| failed(&lock, &e))?;
    work()
}

/// Changes the standing of the adapter `name`.
pub(crate) fn change<T>(
    adapters: &Path,
    name: &str,
    edit: impl FnOnce(&mut Standing) -> Result<T, Failure>,
) -> Result<T, Failure> {
    alone(adapters, || {
        let folder = adapters.join(name);
        std::fs::create_dir_all(&folder).map_err(|e| failed(&folder, &e))?;
        let mut standing = Standing::read(&folder)?;
        let done = edit(&mut standing)?;
        standing.write(&folder)?;
        Ok(done)
    })
}

pub(super) fn failed(path: &Path, error: &io::Error) -> Failure {
    Failure::new(Exit::Failed, format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn who() -> Who {
        Who {
            by: "a test".to_owned(),
            reason: String::new(),
        }
    }

    #[test]
    fn a_rollback_goes_back_step_by_step_and_past_what_is_gone_or_in_quarantine() {
        let mut standing = Standing::default();
        for (version, present) in [("2.0.0", "1.0.0"), ("3.0.0", "2.0.0"), ("4.0.0", "3.0.0")] {
            standing.promote(version, Some(present.to_owned()), &who());
        }
        let there = |v: &str| v != "3.0.0";
        assert_eq!(standing.earlier(Some("4.0.0"), there), Some("2.0.0"));
        standing.roll_back("2.0.0", &who());
        assert_eq!(standing.before, ["1.0.0"]);
        standing.quarantine("1.0.0", &who());
        assert_eq!(standing.earlier(Some("2.0.0"), |_| true), None);
        standing.release("1.0.0", &who());
        assert_eq!(standing.earlier(Some("2.0.0"), |_| true), Some("1.0.0"));
    }

    #[test]
    fn what_is_written_is_read_again_and_a_person_can_read_it() {
        let folder = tempfile::tempdir().unwrap();
        change(folder.path(), "tax", |standing| {
            standing.promote("1.1.0", Some("1.0.0".to_owned()), &who());
            standing.quarantine("1.0.0", &who());
            Ok(())
        })
        .unwrap();
        let adapter = folder.path().join("tax");
        let text = std::fs::read_to_string(path(&adapter)).unwrap();
        assert!(text.contains("current = \"1.1.0\""), "{text}");
        let read = Standing::read(&adapter).unwrap();
        assert_eq!(read.history.len(), 2);
        assert!(read.quarantined("1.0.0").is_some());
        std::fs::write(path(&adapter), "currant = 1").unwrap();
        assert!(
            Standing::read(&adapter)
                .unwrap_err()
                .message
                .contains("currant")
        );
    }
}
