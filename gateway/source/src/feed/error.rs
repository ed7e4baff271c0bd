//! Why a feed cannot be read.

use std::io;

use thiserror::Error;

/// Why a feed cannot be read.
#[derive(Debug, Error)]
pub enum FeedError {
    /// It does not open.
    #[error("feed {name} does not open")]
    Open {
        /// The feed.
        name: String,
        /// Why.
        source: io::Error,
    },
    /// It cannot be read on.
    #[error("feed {name} cannot be read on from byte {offset} of its text")]
    Read {
        /// The feed.
        name: String,
        /// Where.
        offset: u64,
        /// Why.
        source: io::Error,
    },
    /// It is not the feed that was begun: begin it from the start, as a new one.
    #[error("feed {name} no longer begins with the {raw_bytes} bytes that were read of it")]
    Changed {
        /// The feed.
        name: String,
        /// Bytes that had been read.
        raw_bytes: u64,
    },
    /// It was written to, or replaced, while it was read: nothing of its last piece may be kept.
    #[error("feed {name} changed while it was being read")]
    ChangedWhileReading {
        /// The feed.
        name: String,
    },
    /// Asked to finish before the last piece.
    #[error("feed {name} is not finished at byte {offset} of its text")]
    Unfinished {
        /// The feed.
        name: String,
        /// Where it stands.
        offset: u64,
    },
}

impl FeedError {
    /// Stable word.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Open { .. } => "feed-open",
            Self::Read { .. } => "feed-read",
            Self::Changed { .. } => "feed-changed",
            Self::ChangedWhileReading { .. } => "feed-changed-while-reading",
            Self::Unfinished { .. } => "feed-unfinished",
        }
    }

    /// Trying again later, from the last position kept, can help.
    #[must_use]
    pub const fn retryable(&self) -> bool {
        matches!(
            self,
            Self::Open { .. } | Self::Read { .. } | Self::ChangedWhileReading { .. }
        )
    }

    /// What to do.
    #[must_use]
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::Open { .. } => "let the gateway's user read the file",
            Self::Read { .. } => "check the disk or the network folder that holds the file",
            Self::Changed { .. } => "nothing: the new content is read from its beginning",
            Self::ChangedWhileReading { .. } => {
                "write feeds under another name and rename them when complete, or use an ok-file"
            }
            Self::Unfinished { .. } => "report this as a fault of the gateway",
        }
    }
}
