//! Why a file is not read now.

use std::io;

use thiserror::Error;

/// A file that is not read now, or not at all.
#[derive(Debug)]
pub struct Held {
    /// Its name in the folder.
    pub name: String,
    /// Why.
    pub reason: HeldReason,
}

/// Why a file is not read now.
#[derive(Debug, Error)]
pub enum HeldReason {
    /// It may still be written to.
    #[error("unchanged for {still_ms} ms of the {stable_ms} ms that make it complete")]
    Settling {
        /// How long it has been seen unchanged.
        still_ms: u64,
        /// How long it must be.
        stable_ms: u64,
    },
    /// It was written to just now.
    #[error("changed while it was being looked at")]
    Changing,
    /// Nothing says that it is complete.
    #[error("waits for {ok}")]
    NoOkFile {
        /// The file that would say so.
        ok: String,
    },
    /// What says that it is complete cannot be read.
    #[error("{ok} cannot be read")]
    OkFileUnreadable {
        /// The ok-file.
        ok: String,
        /// Why.
        source: io::Error,
    },
    /// The ok-file speaks of something else.
    #[error("{ok} says {what} {declared}, found {found}")]
    OkFileMismatch {
        /// The ok-file.
        ok: String,
        /// What differs: `name`, `bytes` or `sha256`.
        what: &'static str,
        /// What it says.
        declared: String,
        /// What is there.
        found: String,
    },
    /// It is a link out of the folder.
    #[error("is a link that leaves the folder")]
    LeavesFolder,
    /// It is a pipe, a device or the like.
    #[error("is no ordinary file")]
    NotAFile,
    /// Its name cannot be written down.
    #[error("its name is not UTF-8")]
    NameNotUtf8,
    /// It cannot be read.
    #[error("cannot be read")]
    Unreadable {
        /// Why.
        source: io::Error,
    },
    /// It is longer than is copied.
    #[error("has {bytes} bytes, more than {bytes_max}")]
    TooLarge {
        /// How long it is.
        bytes: u64,
        /// How long it may be.
        bytes_max: u64,
    },
    /// It was taken, and stays where it is although it should not.
    #[error("was taken, but cannot be archived or deleted")]
    NotSwept {
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl HeldReason {
    /// Stable word.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Settling { .. } => "file-settling",
            Self::Changing => "file-changing",
            Self::NoOkFile { .. } => "file-waits-for-ok",
            Self::OkFileUnreadable { .. } => "ok-file-unreadable",
            Self::OkFileMismatch { .. } => "ok-file-mismatch",
            Self::LeavesFolder => "file-leaves-folder",
            Self::NotAFile => "file-not-ordinary",
            Self::NameNotUtf8 => "file-name-not-utf8",
            Self::Unreadable { .. } => "file-unreadable",
            Self::TooLarge { .. } => "file-too-large",
            Self::NotSwept { .. } => "file-not-swept",
        }
    }

    /// It is read in time without anybody doing anything.
    #[must_use]
    pub const fn retryable(&self) -> bool {
        matches!(
            self,
            Self::Settling { .. } | Self::Changing | Self::NoOkFile { .. }
        )
    }

    /// What to do.
    #[must_use]
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::Settling { .. } | Self::Changing => "nothing: it is read once it rests",
            Self::NoOkFile { .. } => "let the department write the ok-file last",
            Self::OkFileMismatch { .. } => "ask the department to send file and ok-file again",
            Self::LeavesFolder => "copy the file into the folder instead of linking to it",
            Self::NotAFile => "remove it, or exclude its name by the glob",
            Self::NameNotUtf8 => "rename it",
            Self::TooLarge { .. } => "ask for smaller files, or raise file_mib_max",
            Self::NotSwept { .. } => "let the gateway's user write to the folder and archive_dir",
            Self::OkFileUnreadable { .. } | Self::Unreadable { .. } => {
                "let the gateway's user read it"
            }
        }
    }
}
