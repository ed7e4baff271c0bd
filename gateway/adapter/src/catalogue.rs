//! The adapters at hand: those shipped with the binary, and those in the operator's folder.
//!
//! An installed adapter is a folder with `adapter.toml` and `adapter.wasm`. One in the operator's
//! folder takes the place of a shipped one of the same name.

use crate::component::COMPONENT_BYTES_MAX;
use crate::manifest::{Manifest, ManifestError};
use credit_record::flow::AdapterId;
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The most bytes a manifest may have.
const MANIFEST_BYTES_MAX: u64 = 1024 * 1024;

/// An adapter as it lies there, not yet compiled.
#[derive(Clone, Debug)]
pub struct Installed {
    /// What it says of itself.
    pub manifest: Manifest,
    /// Its component, or the core module it is made of.
    pub component: Cow<'static, [u8]>,
    /// SHA-256 of `component`.
    pub sha256: [u8; 32],
    /// The folder that it was read from; nothing for one that was shipped.
    pub folder: Option<PathBuf>,
}

impl Installed {
    /// An adapter from its manifest and its component.
    ///
    /// # Errors
    /// The manifest is refused.
    pub fn new(manifest: &str, component: Cow<'static, [u8]>) -> Result<Self, ManifestError> {
        let manifest = Manifest::parse(manifest)?;
        let sha256 = Sha256::digest(&component).into();
        Ok(Self {
            manifest,
            component,
            sha256,
            folder: None,
        })
    }

    /// The adapter in a folder with `adapter.toml` and `adapter.wasm`.
    ///
    /// # Errors
    /// A file cannot be read, or the manifest is refused.
    pub fn read(folder: &Path) -> Result<Self, CatalogueError> {
        let path = folder.join("adapter.toml");
        let text = bytes(&path, MANIFEST_BYTES_MAX)?;
        let component = bytes(&folder.join("adapter.wasm"), COMPONENT_BYTES_MAX as u64)?;
        let installed = Self::new(&String::from_utf8_lossy(&text), Cow::Owned(component))
            .map_err(|source| CatalogueError::Manifest { path, source })?;
        let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
        Ok(Self {
            folder: Some(folder),
            ..installed
        })
    }

    /// Name, version and digest.
    #[must_use]
    pub fn id(&self) -> AdapterId {
        AdapterId {
            name: self.manifest.name.clone(),
            version: self.manifest.version.clone(),
            sha256: self.sha256,
        }
    }
}

/// Why an adapter's folder is not read.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    /// A file cannot be read.
    #[error("{} cannot be read", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file is larger than it may be.
    #[error("{} has {bytes} bytes, more than {most}", path.display())]
    TooLarge {
        /// Which.
        path: PathBuf,
        /// How many.
        bytes: u64,
        /// The most.
        most: u64,
    },
    /// A manifest is refused.
    #[error("{}: {source}", path.display())]
    Manifest {
        /// Which.
        path: PathBuf,
        /// Why.
        source: ManifestError,
    },
    /// The folder has another name than its adapter.
    #[error("{} holds the adapter {name:?}: give the folder that name", path.display())]
    Name {
        /// Which.
        path: PathBuf,
        /// What its manifest says.
        name: String,
    },
}

/// The adapters at hand, by name.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    adapters: BTreeMap<String, Installed>,
}

impl Catalogue {
    /// Adds an adapter, in the place of one of the same name.
    pub fn add(&mut self, installed: Installed) {
        self.adapters
            .insert(installed.manifest.name.clone(), installed);
    }

    /// Adds every adapter of a folder of folders. What is wrong with one does not keep the others
    /// away.
    pub fn add_folder(&mut self, folder: &Path) -> Vec<CatalogueError> {
        let listed = match std::fs::read_dir(folder) {
            Ok(listed) => listed,
            Err(source) => {
                return vec![CatalogueError::Read {
                    path: folder.to_owned(),
                    source,
                }];
            }
        };
        let mut errors = Vec::new();
        for entry in listed.flatten() {
            let path = entry.path();
            if !path.join("adapter.toml").is_file() {
                continue;
            }
            match read(&path) {
                Ok(installed) => self.add(installed),
                Err(error) => errors.push(error),
            }
        }
        errors
    }

    /// The adapter of that name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Installed> {
        self.adapters.get(name)
    }

    /// All of them, by name.
    pub fn iter(&self) -> impl Iterator<Item = &Installed> {
        self.adapters.values()
    }
}

fn read(folder: &Path) -> Result<Installed, CatalogueError> {
    let installed = Installed::read(folder)?;
    if folder.file_name() != Some(installed.manifest.name.as_ref()) {
        let (path, name) = (folder.to_owned(), installed.manifest.name);
        return Err(CatalogueError::Name { path, name });
    }
    Ok(installed)
}

fn bytes(path: &Path, most: u64) -> Result<Vec<u8>, CatalogueError> {
    let failed = |source| CatalogueError::Read {
        path: path.to_owned(),
        source,
    };
    let bytes = std::fs::metadata(path).map_err(failed)?.len();
    if bytes > most {
        return Err(CatalogueError::TooLarge {
            path: path.to_owned(),
            bytes,
            most,
        });
    }
    std::fs::read(path).map_err(failed)
}
