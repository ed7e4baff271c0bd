//! Why raw input is not kept, or not read back.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// Why raw input is not kept, or not read back.
#[derive(Debug, Error)]
pub enum RawError {
    /// A folder cannot be made or listed.
    #[error("the folder of raw input {} cannot be used", path.display())]
    Folder {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A copy cannot be written, or not be removed.
    #[error("raw input cannot be written to {}", path.display())]
    Write {
        /// Where.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A copy cannot be read, or is not what its label says.
    #[error("raw input cannot be read from {}", path.display())]
    Read {
        /// Where.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The label of a copy is none.
    #[error("{} has no label", path.display())]
    Label {
        /// Which.
        path: PathBuf,
    },
    /// The disk has no room beside what is to be left free.
    #[error(
        "the disk of {} has {free_mib} MiB free, and {least_mib} MiB are to be left free",
        path.display()
    )]
    NoRoom {
        /// Where it would be written.
        path: PathBuf,
        /// What is free.
        free_mib: u64,
        /// What is to be left free.
        least_mib: u64,
    },
}

impl RawError {
    /// Stable word.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Folder { .. } => "raw-folder",
            Self::Write { .. } => "raw-write",
            Self::Read { .. } => "raw-read",
            Self::Label { .. } => "raw-label",
            Self::NoRoom { .. } => "raw-no-room",
        }
    }

    /// What to do.
    #[must_use]
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::Folder { .. } | Self::Write { .. } => {
                "let the gateway's user write to the raw folder in the state folder"
            }
            Self::Read { .. } | Self::Label { .. } => {
                "look at the disk; hand the file in again from where it came"
            }
            Self::NoRoom { .. } => {
                "make room on the disk, or set keep_gib or free_gib in [raw] lower"
            }
        }
    }

    pub(super) fn folder(path: &Path, source: io::Error) -> Self {
        Self::Folder {
            path: path.to_owned(),
            source,
        }
    }
}
