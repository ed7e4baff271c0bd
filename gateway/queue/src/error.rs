//! What can go wrong, one enum an operation. What a person must act on has a stable code and says
//! what to do.

use crate::log::{LogError, ReadError, RecoverError};
use std::io;
use std::path::PathBuf;
use thiserror::Error;

/// Why a queue could not be opened.
#[derive(Debug, Error)]
pub enum OpenError {
    /// Another process has it.
    #[error("the queue in {folder} is in use by process {pid}")]
    Held {
        /// The folder.
        folder: PathBuf,
        /// Who has it, 0 if it does not say.
        pid: u32,
    },
    /// The folder or a file in it cannot be used.
    #[error("{what} cannot be used")]
    Unusable {
        /// The folder or file.
        what: String,
        /// Why.
        source: io::Error,
    },
    /// What is there is not what was written.
    #[error("{file} is damaged at byte {offset} (frame {seq} was durable)")]
    Damaged {
        /// The file.
        file: String,
        /// Where.
        offset: u64,
        /// The sequence that should stand there, 0 if none in particular.
        seq: u64,
    },
    /// A file of the log is not there.
    #[error("segment {segment} of the log is missing")]
    Missing {
        /// Which.
        segment: u32,
    },
    /// Written by a newer gateway, or by nobody.
    #[error("frame {seq} in segment {segment} at byte {offset} cannot be understood: {what}")]
    Unreadable {
        /// The segment.
        segment: u32,
        /// Where in it.
        offset: u64,
        /// The frame.
        seq: u64,
        /// What is wrong with it.
        what: String,
    },
}

impl OpenError {
    /// A stable word.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Held { .. } => "queue-held",
            Self::Unusable { .. } => "queue-unusable",
            Self::Damaged { .. } => "queue-damaged",
            Self::Missing { .. } => "queue-missing",
            Self::Unreadable { .. } => "queue-unreadable",
        }
    }

    /// What to do.
    #[must_use]
    pub const fn help(&self) -> &'static str {
        match self {
            Self::Held { .. } => "stop the other gateway, or ask it instead",
            Self::Unusable { .. } => "see to permissions and space of the state folder",
            Self::Damaged { .. } | Self::Missing { .. } => {
                "nothing was changed; look at the disk, restore the log folder from a backup, or \
                 put the state folder aside and start with an empty one: feeds are then read \
                 anew and platforms get records again that they know by key"
            }
            Self::Unreadable { .. } => "start the version of the gateway that wrote it, or a newer",
        }
    }
}

impl From<ReadError> for OpenError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Io { file, source } => Self::Unusable { what: file, source },
            ReadError::Damaged(damage) => Self::Damaged {
                file: damage.file,
                offset: damage.offset,
                seq: damage.seq,
            },
            ReadError::Missing(segment) => Self::Missing { segment },
        }
    }
}

impl From<RecoverError> for OpenError {
    fn from(error: RecoverError) -> Self {
        match error {
            RecoverError::Io(source) => Self::Unusable {
                what: "the log folder".into(),
                source,
            },
            RecoverError::Read(error) => error.into(),
            RecoverError::Missing(segment) => Self::Missing { segment },
            RecoverError::Unreadable { place, seq, source } => Self::Unreadable {
                segment: place.segment,
                offset: u64::from(place.block) * crate::limits::BLOCK_BYTES,
                seq,
                what: source.to_string(),
            },
        }
    }
}

impl From<LogError> for OpenError {
    fn from(error: LogError) -> Self {
        let source = match error {
            LogError::Full(source) | LogError::Write(source) => source,
            other => io::Error::other(other),
        };
        Self::Unusable {
            what: "the log folder".into(),
            source,
        }
    }
}

/// Why nothing was written.
#[derive(Debug, Error)]
#[error(transparent)]
pub struct WriteFailed(pub(crate) LogError);

impl WriteFailed {
    const fn code(&self) -> &'static str {
        match self.0 {
            LogError::Full(_) => "queue-disk-full",
            LogError::Write(_) => "queue-write",
            LogError::Poisoned(_) => "queue-stopped",
            LogError::TooLong { .. } => "queue-too-long",
        }
    }

    const fn can_retry(&self) -> bool {
        matches!(self.0, LogError::Full(_) | LogError::Write(_))
    }
}

impl From<LogError> for WriteFailed {
    fn from(error: LogError) -> Self {
        Self(error)
    }
}

/// Why a batch was not taken. Nothing of it is kept.
#[derive(Debug, Error)]
pub enum TakeError {
    /// Records that nobody is to get.
    #[error("the batch of route {route} has records but no target")]
    NoTarget {
        /// The route.
        route: String,
    },
    /// More than one take holds.
    #[error("the batch has {rows} records, one take holds {most}")]
    TooMany {
        /// How many.
        rows: usize,
        /// How many are possible.
        most: u32,
    },
    /// Not what a judge makes.
    #[error("the batch is not sound: {what}")]
    Unsound {
        /// What is wrong.
        what: &'static str,
    },
    /// What is known of records that are read again could not be read back.
    #[error("what is known of a record cannot be read back: {why}")]
    Known {
        /// Where and why.
        why: String,
    },
    /// The disk.
    #[error(transparent)]
    Write(#[from] WriteFailed),
}

impl From<ReadError> for TakeError {
    fn from(error: ReadError) -> Self {
        Self::Known {
            why: error.to_string(),
        }
    }
}

impl TakeError {
    /// A stable word.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoTarget { .. } => "queue-no-target",
            Self::TooMany { .. } => "queue-too-many",
            Self::Unsound { .. } => "queue-unsound",
            Self::Known { .. } => "queue-unreadable",
            Self::Write(failed) => failed.code(),
        }
    }

    /// Whether the same batch can be taken later without anything being started again.
    #[must_use]
    pub const fn can_retry(&self) -> bool {
        matches!(self, Self::Write(failed) if failed.can_retry())
    }

    /// Whether a smaller batch would be taken.
    #[must_use]
    pub const fn is_too_large(&self) -> bool {
        matches!(
            self,
            Self::TooMany { .. } | Self::Write(WriteFailed(LogError::TooLong { .. }))
        )
    }
}

impl From<LogError> for TakeError {
    fn from(error: LogError) -> Self {
        Self::Write(WriteFailed(error))
    }
}

/// Why a parcel was not settled.
#[derive(Debug, Error)]
pub enum SettleError {
    /// Settled already, never there, or not the next one of its target.
    #[error("parcel {take}.{part} is not the next one for {target}")]
    NotNext {
        /// Its take.
        take: u64,
        /// Its number in the take.
        part: u16,
        /// The target.
        target: String,
    },
    /// The receipt is about something else.
    #[error(
        "a receipt with {doubted} doubted and {refused} refused rows cannot be about a parcel \
             of {rows}, or its rows do not ascend"
    )]
    Unsound {
        /// Rows of the parcel.
        rows: u32,
        /// Rows doubted, by the receipt.
        doubted: u32,
        /// Rows refused, by the receipt.
        refused: u32,
    },
    /// The rows that the receipt speaks of could not be read back.
    #[error(transparent)]
    Read(#[from] NextError),
    /// The disk.
    #[error(transparent)]
    Write(#[from] WriteFailed),
}

impl SettleError {
    /// Whether the same receipt can be settled later without anything being started again.
    #[must_use]
    pub const fn can_retry(&self) -> bool {
        matches!(self, Self::Write(failed) if failed.can_retry())
    }
}

/// Why nothing was done about records that a snapshot lacks.
#[derive(Debug, Error)]
pub enum RemovalError {
    /// What is read may have the records.
    #[error("{feed} is half read: what it has may not be absent")]
    HalfRead {
        /// The feed.
        feed: String,
    },
    /// Seen again, withdrawn, or never known.
    #[error("the last snapshot does not lack record {record}")]
    NotAbsent {
        /// Its id.
        record: String,
    },
    /// What is known could not be read.
    #[error(transparent)]
    Read(#[from] LookupError),
    /// It could not be taken.
    #[error(transparent)]
    Take(#[from] TakeError),
    /// It could not be noted.
    #[error(transparent)]
    Note(#[from] NoteError),
}

impl From<WriteFailed> for RemovalError {
    fn from(error: WriteFailed) -> Self {
        Self::Note(error.into())
    }
}

/// Why dead letters are not sent again.
#[derive(Debug, Error)]
pub enum DeadLetterError {
    /// It was not refused, or another version of it came since.
    #[error("record {record} is no dead letter")]
    NotDead {
        /// Its id.
        record: String,
    },
    /// What is known could not be read.
    #[error(transparent)]
    Read(#[from] LookupError),
    /// It could not be taken.
    #[error(transparent)]
    Take(#[from] TakeError),
}

/// Why a note was not written.
#[derive(Debug, Error)]
#[error(transparent)]
pub struct NoteError(#[from] WriteFailed);

/// Why what waits could not be read back.
#[derive(Debug, Error)]
pub enum NextError {
    /// The log is not what was written.
    #[error("take {take} cannot be read back: {why}")]
    Unreadable {
        /// The take.
        take: u64,
        /// Where and why.
        why: String,
    },
    /// What is delivered now could not be settled.
    #[error(transparent)]
    Stopped(#[from] WriteFailed),
}

/// Why nothing was looked up.
#[derive(Debug, Error)]
pub enum LookupError {
    /// The views are not there; the log is.
    #[error("the views cannot be used ({0}); they are seen to when the gateway is started again")]
    Views(String),
    /// The log is not what was written.
    #[error("the log cannot be read: {0}")]
    Log(String),
    /// The query says nothing.
    #[error("{query:?} is no record id: give at least {digits_least} hexadecimal digits of it")]
    Query {
        /// What was asked.
        query: String,
        /// Digits needed.
        digits_least: usize,
    },
}

impl From<ReadError> for LookupError {
    fn from(error: ReadError) -> Self {
        Self::Log(error.to_string())
    }
}

/// Why the queue could not look after itself. Nothing is lost by it.
#[derive(Debug, Error)]
pub enum TendError {
    /// No snapshot was written: the next start takes longer.
    #[error("no snapshot could be written")]
    Snapshot(#[source] io::Error),
    /// A segment was not archived: it keeps its bodies.
    #[error("segment {segment} could not be archived: {why}")]
    Archive {
        /// Which.
        segment: u32,
        /// Why.
        why: String,
    },
    /// The last barrier failed.
    #[error(transparent)]
    Write(#[from] WriteFailed),
}
