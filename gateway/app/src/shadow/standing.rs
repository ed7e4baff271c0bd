//! Which candidate stands beside which adapter.

use super::{Report, failed, folder, unreadable};
use crate::candidate::Named;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::inbound::Translator;
use crate::report::hex;
use crate::shelf::{Ready, Shelves};
use credit_adapter::{Adapter, Installed};
use credit_config::{Caps, RoutePlan};
use credit_record::flow::AdapterId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::Write as _;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// A candidate beside what serves.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Standing {
    /// Where it lies.
    pub named: Named,
    pub name: String,
    pub version: String,
    pub sha256: String,
    pub since_ms: i64,
    /// The routes that it is compared on.
    pub routes: BTreeMap<String, OfRoute>,
}

/// A route as it would be with the candidate.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct OfRoute {
    pub feed: String,
    pub settings: BTreeMap<String, String>,
    memory_bytes: u64,
    call_ms: u64,
    output_bytes: u64,
    carry_bytes: u64,
    stack_bytes: u64,
}

impl OfRoute {
    /// What the plan of a route says.
    pub(crate) fn of(plan: &RoutePlan) -> Self {
        Self {
            feed: plan.feed.clone(),
            settings: plan.settings.clone(),
            memory_bytes: plan.caps.memory_bytes,
            call_ms: u64::try_from(plan.caps.call.as_millis()).unwrap_or(u64::MAX),
            output_bytes: plan.caps.output_bytes,
            carry_bytes: plan.caps.carry_bytes,
            stack_bytes: plan.caps.stack_bytes,
        }
    }

    pub(super) const fn caps(&self) -> Caps {
        Caps {
            memory_bytes: self.memory_bytes,
            call: Duration::from_millis(self.call_ms),
            output_bytes: self.output_bytes,
            carry_bytes: self.carry_bytes,
            stack_bytes: self.stack_bytes,
        }
    }

    /// The candidate, by the rules that `serving` goes by.
    pub(super) fn translator(
        &self,
        serving: &Translator,
        adapter: Arc<Adapter>,
    ) -> Result<Translator, Failure> {
        let spec = adapter.manifest().feed(&self.feed).cloned();
        let spec = spec.ok_or_else(|| {
            let message = format!("the candidate reads no feed {:?}", self.feed);
            Failure::new(Exit::Config, message)
        })?;
        let settings = self.settings.iter();
        let ready = Ready {
            adapter,
            spec,
            settings: settings.map(|(n, v)| (n.clone(), v.clone())).collect(),
        };
        Ok(Translator {
            ready: Arc::new(ready),
            ..serving.clone()
        })
    }
}

impl Standing {
    /// A candidate stands beside the adapter `name`.
    pub(super) fn is_there(state: &Path, name: &str) -> bool {
        path(state, name).is_file()
    }

    /// The candidate beside the adapter `name`.
    pub(crate) fn read(state: &Path, name: &str) -> Result<Option<Self>, Failure> {
        let path = path(state, name);
        match std::fs::read(&path) {
            Ok(text) => serde_json::from_slice(&text)
                .map(Some)
                .map_err(|e| unreadable(&path, &e)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed(&path, &error)),
        }
    }

    /// From now on it stands beside the adapter of its name, in the place of another; the report
    /// begins anew.
    pub(crate) fn begin(&self, state: &Path) -> Result<(), Failure> {
        let folder = folder(state);
        let path = path(state, &self.name);
        let made = std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&folder);
        made.map_err(|e| failed(&folder, &e))?;
        Self::end(state, &self.name)?;
        Report::of(state, &self.name).forget()?;
        let text = serde_json::to_vec_pretty(self).map_err(|e| failed(&path, &e))?;
        let written = tempfile::NamedTempFile::new_in(&folder).and_then(|mut file| {
            file.write_all(&text)?;
            file.as_file().sync_all()?;
            file.persist(&path).map_err(|e| e.error)?;
            std::fs::File::open(&folder)?.sync_all()
        });
        written.map_err(|e| failed(&path, &e))
    }

    /// Nothing stands beside the adapter `name` any more; the report stays.
    pub(crate) fn end(state: &Path, name: &str) -> Result<(), Failure> {
        let path = path(state, name);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(failed(&path, &error))
            }
            _ => Ok(()),
        }
    }

    /// The candidate is this version.
    pub(super) fn is(&self, id: &AdapterId) -> bool {
        self.version == id.version && self.sha256 == hex(&id.sha256)
    }

    /// The candidate as it was when it was put there.
    pub(super) fn candidate(&self, shelves: &Shelves) -> Result<Arc<Installed>, Failure> {
        let found = self.named.admit(shelves)?;
        if self.is(&found.id()) {
            return Ok(found);
        }
        let message = format!(
            "{} {} is no longer what it was when its shadow began",
            self.name, self.version
        );
        let remedy = "begin the shadow again: gateway adapter shadow CANDIDATE --live";
        Err(Failure::new(Exit::NotFound, message).remedy(remedy))
    }
}

fn path(state: &Path, name: &str) -> PathBuf {
    folder(state).join(format!("{name}.json"))
}
