//! A note: something that happened to a route, for those who look.
//!
//! ```text
//! version  u8   1
//! at       i64
//! what     u8   0 run began, 1 run ended, 2 target stopped, 3 target goes on
//! route, then the texts of each in the order of its fields
//! ```

use crate::wire::{Malformed, Reader, Writer};

const VERSION: u8 = 1;

/// What happened to a route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// A run of the schedule began.
    RunBegan {
        /// The route.
        route: String,
    },
    /// A run ended.
    RunEnded {
        /// The route.
        route: String,
        /// A stable word: `done`, `idle`, `failed`, ...
        outcome: String,
        /// More about it, ids masked.
        detail: String,
    },
    /// Nothing is sent to a target until somebody acts.
    TargetStopped {
        /// The route.
        route: String,
        /// The target.
        target: String,
        /// A stable word.
        code: String,
        /// Why, ids masked.
        reason: String,
    },
    /// A target that was stopped is sent to again.
    TargetGoesOn {
        /// The route.
        route: String,
        /// The target.
        target: String,
    },
}

impl Note {
    /// The route it is about.
    #[must_use]
    pub fn route(&self) -> &str {
        match self {
            Self::RunBegan { route }
            | Self::RunEnded { route, .. }
            | Self::TargetStopped { route, .. }
            | Self::TargetGoesOn { route, .. } => route,
        }
    }
}

/// A note with its time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NoteFrame {
    pub(crate) at_ms: i64,
    pub(crate) note: Note,
}

impl NoteFrame {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let (what, rest): (u8, &[&String]) = match &self.note {
            Note::RunBegan { .. } => (0, &[]),
            Note::RunEnded {
                outcome, detail, ..
            } => (1, &[outcome, detail]),
            Note::TargetStopped {
                target,
                code,
                reason,
                ..
            } => (2, &[target, code, reason]),
            Note::TargetGoesOn { target, .. } => (3, &[target]),
        };
        let mut out = Writer::with_capacity(128);
        out.u8(VERSION);
        out.i64(self.at_ms);
        out.u8(what);
        out.text(self.note.route());
        for text in rest {
            out.text(text);
        }
        out.into_bytes()
    }

    pub(crate) fn decode(payload: &[u8]) -> Result<Self, Malformed> {
        let mut read = Reader::new(payload, "note");
        if read.u8()? != VERSION {
            return Err(Malformed("note: written by a newer version of the gateway"));
        }
        let at_ms = read.i64()?;
        let what = read.u8()?;
        let route = read.text()?;
        let note = match what {
            0 => Note::RunBegan { route },
            1 => Note::RunEnded {
                route,
                outcome: read.text()?,
                detail: read.text()?,
            },
            2 => Note::TargetStopped {
                route,
                target: read.text()?,
                code: read.text()?,
                reason: read.text()?,
            },
            3 => Note::TargetGoesOn {
                route,
                target: read.text()?,
            },
            _ => return Err(read.malformed()),
        };
        read.end()?;
        Ok(Self { at_ms, note })
    }
}
