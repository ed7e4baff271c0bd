//! Versions of adapters by what a person calls them, beside what serves.
//!
//! What must stay true: what is only looked at needs nobody's signature; what runs passes the gate
//! as what serves does, although nothing of it is sent.

use crate::admission::{manifest, refused};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::shelf::{Origin, Shelves};
use credit_adapter::Installed;
use credit_bundle::{Bundle, EXTENSION, Occasion, OpenError};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A version, as a person named it.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Named {
    /// It lies unpacked in this folder.
    Folder(PathBuf),
    /// It is packed in this file.
    Bundle(PathBuf),
    /// It is on the shelf: shipped, installed or unpacked there.
    Shelf { name: String, version: String },
}

impl Named {
    /// What `text` names: NAME, for what serves, or NAME@VERSION; the file of a bundle; or a
    /// folder with `adapter.toml` and `adapter.wasm`.
    pub(crate) fn parse(text: &str, shelves: &Shelves) -> Result<Self, Failure> {
        let path = Path::new(text);
        let whole = || path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let packed = path.extension().is_some_and(|e| e == EXTENSION);
        match packed {
            true if path.is_file() => return Ok(Self::Bundle(whole())),
            false if path.join("adapter.toml").is_file() => return Ok(Self::Folder(whole())),
            _ => {}
        }
        let (name, version) = match text.split_once('@') {
            Some((name, version)) => (name, Some(version)),
            None => (text, None),
        };
        let names = shelves.names()?;
        if !names.contains(name) {
            let message = format!("there is no adapter {text:?}, on a shelf or in a file");
            let names: Vec<String> = names.into_iter().collect();
            let remedy = format!(
                "name a bundle's file, a folder with adapter.toml, or a version (NAME@VERSION) of \
                 one of {}",
                names.join(", ")
            );
            return Err(Failure::new(Exit::NotFound, message).remedy(remedy));
        }
        let shelf = shelves.shelf(name)?;
        let version = match version.map(str::to_owned).or_else(|| shelf.current()) {
            Some(version) => shelf.version(&version)?,
            None => shelf.to_serve()?,
        };
        Ok(Self::Shelf {
            name: name.to_owned(),
            version: version.to_string(),
        })
    }

    /// What it is and says of itself. Nothing of it runs.
    pub(crate) fn read(&self, shelves: &Shelves) -> Result<Installed, Failure> {
        match self {
            Self::Folder(folder) => unpacked(folder),
            Self::Bundle(file) => packed(file),
            Self::Shelf { name, version } => {
                let shelf = shelves.shelf(name)?;
                match shelf.versions.get(&shelf.version(version)?) {
                    Some(Origin::Shipped(installed)) => Ok(Installed::clone(installed)),
                    Some(Origin::Unpacked(folder)) => unpacked(folder),
                    Some(Origin::Bundle(file)) => packed(file),
                    None => Err(Failure::new(
                        Exit::NotFound,
                        format!("{name} {version} is gone"),
                    )),
                }
            }
        }
    }

    /// The same, where the operator's policy lets it run here.
    pub(crate) fn admit(&self, shelves: &Shelves) -> Result<Arc<Installed>, Failure> {
        let admitted = match self {
            Self::Folder(folder) => shelves.gate.unpacked(folder)?,
            // An older version may well be held against what serves.
            Self::Bundle(file) => shelves.gate.bundle(file, Occasion::Downgrade)?.0,
            Self::Shelf { name, version } => {
                let shelf = shelves.shelf(name)?;
                shelves.open(&shelf, shelf.version(version)?)?
            }
        };
        Ok(admitted.installed)
    }
}

fn unpacked(folder: &Path) -> Result<Installed, Failure> {
    Installed::read(folder).map_err(|e| Failure::of(Exit::Config, &e))
}

fn packed(file: &Path) -> Result<Installed, Failure> {
    let bundle = Bundle::open(file).map_err(|e| match e {
        OpenError::Refused { source, .. } => refused(file, &[source]),
        other => Failure::of(Exit::Failed, &other),
    })?;
    manifest(bundle.manifest()).map_err(|refusal| refused(file, &[refusal]))?;
    let component = Cow::Owned(bundle.component().to_vec());
    Installed::new(bundle.manifest(), component).map_err(|e| Failure::of(Exit::Config, &e))
}
