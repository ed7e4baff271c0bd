//! An adapter as it lies there, not yet compiled: its manifest and its component.

use crate::component::COMPONENT_BYTES_MAX;
use crate::manifest::{Manifest, ManifestError};
use credit_record::flow::AdapterId;
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::path::{Path, PathBuf};

/// The manifest's file.
const MANIFEST: &str = "adapter.toml";
/// The component's.
const COMPONENT: &str = "adapter.wasm";
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
}

/// Why an adapter's folder is not read.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
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
        })
    }

    /// The adapter whose `adapter.toml` and `adapter.wasm` lie in `folder`.
    ///
    /// # Errors
    /// A file cannot be read, or the manifest is refused.
    pub fn read(folder: &Path) -> Result<Self, FolderError> {
        let manifest = Self::manifest_in(folder)?;
        let component = bytes(&folder.join(COMPONENT), COMPONENT_BYTES_MAX as u64)?;
        Ok(Self {
            manifest,
            sha256: Sha256::digest(&component).into(),
            component: Cow::Owned(component),
        })
    }

    /// What the manifest in `folder` says; the component is not touched.
    ///
    /// # Errors
    /// It cannot be read, or is refused.
    pub fn manifest_in(folder: &Path) -> Result<Manifest, FolderError> {
        let path = folder.join(MANIFEST);
        let text = bytes(&path, MANIFEST_BYTES_MAX)?;
        Manifest::parse(&String::from_utf8_lossy(&text))
            .map_err(|source| FolderError::Manifest { path, source })
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

fn bytes(path: &Path, most: u64) -> Result<Vec<u8>, FolderError> {
    let failed = |source| FolderError::Read {
        path: path.to_owned(),
        source,
    };
    let bytes = std::fs::metadata(path).map_err(failed)?.len();
    if bytes > most {
        return Err(FolderError::TooLarge {
            path: path.to_owned(),
            bytes,
            most,
        });
    }
    std::fs::read(path).map_err(failed)
}
