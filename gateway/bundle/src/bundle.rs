//! A bundle: what it holds, and who sealed it. A value of [`Bundle`] holds together: manifest and
//! component are those that the statement tells. Who signed, and whether they may, is
//! [`Bundle::verify`]'s to say.

use crate::archive::{self, AUTHOR, BUNDLE_BYTES_MAX, COMPONENT, Files, MANIFEST, OFFICE};
use crate::envelope::Envelope;
use crate::refusal::Refusal;
use crate::statement::{Admission, Content, Statement, Summary};
use crate::{Day, Fingerprint, SecretKey};
use sha2::{Digest as _, Sha256};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

/// The extension of a bundle's file.
pub const EXTENSION: &str = "adapter";
/// The most characters of an admission's note.
const NOTE_CHARS_MAX: usize = 2_000;

/// A bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bundle {
    manifest: String,
    component: Vec<u8>,
    statement: Statement,
    pub(crate) author: Envelope,
    author_bytes: Vec<u8>,
    pub(crate) office: Option<Admitted>,
}

/// The office's envelope, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Admitted {
    pub envelope: Envelope,
    pub admission: Admission,
    bytes: Vec<u8>,
}

/// Why a bundle's file is not opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// It cannot be read.
    #[error("{} cannot be read", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is refused.
    #[error("{}: {source}", path.display())]
    Refused {
        /// Which.
        path: PathBuf,
        /// Why.
        source: Refusal,
    },
}

/// Why a bundle is not sealed.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// Somebody has signed it.
    #[error("the bundle is signed already, by the key {0}; to sign in its place say --again")]
    Signed(Fingerprint),
    /// It is admitted.
    #[error("the bundle is admitted already, by the key {0}; to admit in its place say --again")]
    Admitted(Fingerprint),
    /// There is nothing to admit.
    #[error("no department has signed the bundle; there is nothing to admit")]
    NotSigned,
    /// The author's key would admit.
    #[error("the key {0} has signed as the author; nobody admits their own adapter")]
    SameKey(Fingerprint),
    /// The note is longer than it may be.
    #[error("the note has {0} characters, more than {NOTE_CHARS_MAX}")]
    Note(usize),
    /// What is signed cannot be written.
    #[error("the statement cannot be written")]
    Write(#[from] serde_json::Error),
}

impl Bundle {
    /// Packs an adapter; `summary` is what `manifest` says. The same input gives the same bundle.
    ///
    /// # Errors
    /// Manifest or component are larger than they may be.
    pub fn pack(
        manifest: String,
        component: Vec<u8>,
        summary: Summary,
        created: Day,
    ) -> Result<Self, Refusal> {
        for (entry, bytes) in [(MANIFEST, manifest.len()), (COMPONENT, component.len())] {
            if bytes > entry.bytes_max {
                return Err(Refusal::EntryTooLarge {
                    entry: entry.name,
                    bytes: bytes as u64,
                    most: entry.bytes_max as u64,
                });
            }
        }
        let statement = Statement {
            summary,
            manifest: Content::of(manifest.as_bytes()),
            component: Content::of(&component),
            created,
        };
        let unwritten = |error: serde_json::Error| Refusal::Form {
            place: "the statement".to_owned(),
            why: error.to_string(),
        };
        let author = Envelope::unsigned(statement.to_bytes().map_err(unwritten)?);
        let author_bytes = author.to_bytes().map_err(unwritten)?;
        Ok(Self {
            manifest,
            component,
            statement,
            author,
            author_bytes,
            office: None,
        })
    }

    /// Opens a bundle's file; never more of it is read than a bundle may have.
    ///
    /// # Errors
    /// It cannot be read, or is refused.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        let failed = |source| OpenError::Read {
            path: path.to_owned(),
            source,
        };
        let file = std::fs::File::open(path).map_err(failed)?;
        let mut bytes = Vec::new();
        let mut limited = file.take(BUNDLE_BYTES_MAX as u64 + 1);
        limited.read_to_end(&mut bytes).map_err(failed)?;
        Self::parse(&bytes).map_err(|source| OpenError::Refused {
            path: path.to_owned(),
            source,
        })
    }

    /// Reads a bundle. What comes back holds together; nobody is trusted by that.
    ///
    /// # Errors
    /// It is none, was tampered with, or is not in the one form.
    pub fn parse(bytes: &[u8]) -> Result<Self, Refusal> {
        let files = archive::read(bytes)?;
        let author = Envelope::parse(AUTHOR, files.author)?;
        let statement = Statement::parse(&author.payload)?;
        for (entry, content, stated) in [
            (MANIFEST, files.manifest, statement.manifest),
            (COMPONENT, files.component, statement.component),
        ] {
            if Content::of(content) != stated {
                return Err(Refusal::Changed { entry: entry.name });
            }
        }
        let manifest = String::from_utf8(files.manifest.to_vec());
        let manifest = manifest.map_err(|e| Refusal::Manifest { why: e.to_string() })?;
        let office = files.office.map(Admitted::parse).transpose()?;
        Ok(Self {
            manifest,
            component: files.component.to_vec(),
            statement,
            author,
            author_bytes: files.author.to_vec(),
            office,
        })
    }

    /// The bundle's file.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        archive::write(&self.files())
    }

    /// How its file is called: `NAME-VERSION.adapter`.
    #[must_use]
    pub fn file_name(&self) -> String {
        let Summary { name, version, .. } = &self.statement.summary;
        format!("{name}-{version}.{EXTENSION}")
    }

    /// `adapter.toml`.
    #[must_use]
    pub fn manifest(&self) -> &str {
        &self.manifest
    }

    /// `adapter.wasm`.
    #[must_use]
    pub fn component(&self) -> &[u8] {
        &self.component
    }

    /// What the author states.
    #[must_use]
    pub const fn statement(&self) -> &Statement {
        &self.statement
    }

    /// The key that is said to have signed as the author.
    #[must_use]
    pub fn author(&self) -> Option<Fingerprint> {
        self.author.signature.as_ref().map(|s| s.key)
    }

    /// What the office admitted, as it is said.
    #[must_use]
    pub fn admission(&self) -> Option<&Admission> {
        self.office.as_ref().map(|office| &office.admission)
    }

    /// The key that is said to have signed as the office.
    #[must_use]
    pub fn office(&self) -> Option<Fingerprint> {
        let signature = self.office.as_ref()?.envelope.signature.as_ref();
        signature.map(|s| s.key)
    }

    /// Signs as the author. With `again`, in the place of who signed before; the admission of that
    /// goes with it.
    ///
    /// # Errors
    /// It is signed already.
    pub fn sign(&mut self, key: &SecretKey, again: bool) -> Result<(), SealError> {
        if let Some(signer) = self.author().filter(|_| !again) {
            return Err(SealError::Signed(signer));
        }
        let mut envelope = self.author.clone();
        envelope.sign(key);
        self.author_bytes = envelope.to_bytes()?;
        self.author = envelope;
        self.office = None;
        Ok(())
    }

    /// Signs as the office. With `again`, in the place of an earlier admission.
    ///
    /// # Errors
    /// It is not signed, admitted already, or signed by that very key.
    pub fn admit(
        &mut self,
        key: &SecretKey,
        on: Day,
        note: &str,
        again: bool,
    ) -> Result<(), SealError> {
        let author = self.author().ok_or(SealError::NotSigned)?;
        if let Some(office) = self.office().filter(|_| !again) {
            return Err(SealError::Admitted(office));
        }
        if key.public().fingerprint() == author {
            return Err(SealError::SameKey(author));
        }
        let characters = note.chars().count();
        if characters > NOTE_CHARS_MAX {
            return Err(SealError::Note(characters));
        }
        let admission = Admission {
            envelope: self.author_digest(),
            name: self.statement.summary.name.clone(),
            version: self.statement.summary.version,
            author,
            admitted: on,
            note: note.to_owned(),
        };
        let mut envelope = Envelope::unsigned(admission.to_bytes()?);
        envelope.sign(key);
        let bytes = envelope.to_bytes()?;
        self.office = Some(Admitted {
            envelope,
            admission,
            bytes,
        });
        Ok(())
    }

    /// SHA-256 of the author's envelope: what an admission is about.
    pub(crate) fn author_digest(&self) -> [u8; 32] {
        Sha256::digest(&self.author_bytes).into()
    }

    pub(crate) fn files(&self) -> Files<'_> {
        Files {
            manifest: self.manifest.as_bytes(),
            component: &self.component,
            author: &self.author_bytes,
            office: self.office.as_ref().map(|office| &*office.bytes),
        }
    }
}

impl Admitted {
    fn parse(bytes: &[u8]) -> Result<Self, Refusal> {
        let envelope = Envelope::parse(OFFICE, bytes)?;
        if envelope.signature.is_none() {
            let entry = OFFICE.name;
            return Err(Refusal::Signatures { entry, count: 0 });
        }
        let admission = Admission::parse(&envelope.payload)?;
        Ok(Self {
            envelope,
            admission,
            bytes: bytes.to_vec(),
        })
    }
}

#[cfg(test)]
mod tests;
