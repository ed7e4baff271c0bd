//! A note: something that happened to a route, for those who look.
//!
//! ```text
//! version  u8   1; 2 with what is of 4 and more
//! at       i64
//! what     u8   0 run began, 1 run ended, 2 target stopped, 3 target goes on,
//!               4 absent from a snapshot, 5 there again, 6 kept all the same,
//!               7 paused, 8 resumed, 9 alarm raised, 10 alarm cleared
//! route, then the fields of each in their order
//! ```

use crate::wire::{Malformed, Reader, Writer};

const VERSION: u8 = 1;
/// Of notes that version 1 does not know.
const VERSION_OF_SNAPSHOTS: u8 = 2;

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
    /// A full snapshot was read to its end, and lacks records that the platforms have.
    Absent {
        /// The route.
        route: String,
        /// The snapshot.
        feed: String,
        /// Records of the route that were alive.
        known: u64,
        /// Rows of which it is not known which record they are.
        unidentified: u64,
        /// More absent records than this share of the known are suspicious.
        absent_max_percent: u8,
        /// Ids of those that are absent.
        records: Vec<[u8; 16]>,
    },
    /// A feed was read to its end that says of no record that it is absent.
    Present {
        /// The route.
        route: String,
        /// The feed.
        feed: String,
        /// Why it does not, where it should have been a full snapshot: a stable word.
        code: Option<String>,
        /// Ids of records in it that an earlier snapshot lacked.
        records: Vec<[u8; 16]>,
    },
    /// A person keeps records at the platforms that a snapshot lacks.
    Kept {
        /// The route.
        route: String,
        /// Who.
        by: String,
        /// Why.
        reason: String,
        /// Ids of the records.
        records: Vec<[u8; 16]>,
    },
    /// A person has the route take nothing in.
    Paused {
        /// The route.
        route: String,
        /// Who.
        by: String,
        /// Why.
        reason: String,
    },
    /// A person has it take in again.
    Resumed {
        /// The route.
        route: String,
    },
    /// Something is wrong that somebody should know of.
    AlarmRaised {
        /// The route.
        route: String,
        /// A stable word.
        code: String,
        /// What it is about besides the route; empty for the route itself.
        subject: String,
        /// Why, ids masked.
        reason: String,
    },
    /// It is over.
    AlarmCleared {
        /// The route.
        route: String,
        /// A stable word.
        code: String,
        /// What it was about.
        subject: String,
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
            | Self::TargetGoesOn { route, .. }
            | Self::Absent { route, .. }
            | Self::Present { route, .. }
            | Self::Kept { route, .. }
            | Self::Paused { route, .. }
            | Self::Resumed { route }
            | Self::AlarmRaised { route, .. }
            | Self::AlarmCleared { route, .. } => route,
        }
    }

    /// The note without its records, of which there may be very many.
    pub(crate) fn without_records(&self) -> Self {
        let mut note = self.clone();
        if let Self::Absent { records, .. }
        | Self::Present { records, .. }
        | Self::Kept { records, .. } = &mut note
        {
            *records = Vec::new();
        }
        note
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
        let what: u8 = match &self.note {
            Note::RunBegan { .. } => 0,
            Note::RunEnded { .. } => 1,
            Note::TargetStopped { .. } => 2,
            Note::TargetGoesOn { .. } => 3,
            Note::Absent { .. } => 4,
            Note::Present { .. } => 5,
            Note::Kept { .. } => 6,
            Note::Paused { .. } => 7,
            Note::Resumed { .. } => 8,
            Note::AlarmRaised { .. } => 9,
            Note::AlarmCleared { .. } => 10,
        };
        let mut out = Writer::with_capacity(128);
        out.u8(version(what));
        out.i64(self.at_ms);
        out.u8(what);
        out.text(self.note.route());
        write_rest(&mut out, &self.note);
        out.into_bytes()
    }

    pub(crate) fn decode(payload: &[u8]) -> Result<Self, Malformed> {
        let mut read = Reader::new(payload, "note");
        let written = read.u8()?;
        if !(VERSION..=VERSION_OF_SNAPSHOTS).contains(&written) {
            return Err(Malformed("note: written by a newer version of the gateway"));
        }
        let at_ms = read.i64()?;
        let what = read.u8()?;
        if written != version(what) {
            return Err(read.malformed());
        }
        let route = read.text()?;
        let note = read_rest(&mut read, what, route)?;
        read.end()?;
        Ok(Self { at_ms, note })
    }
}

const fn version(what: u8) -> u8 {
    if what < 4 {
        VERSION
    } else {
        VERSION_OF_SNAPSHOTS
    }
}

/// All but the route.
fn write_rest(out: &mut Writer, note: &Note) {
    let mut texts = |texts: &[&String]| texts.iter().for_each(|text| out.text(text));
    match note {
        Note::RunBegan { .. } => {}
        Note::RunEnded {
            outcome, detail, ..
        } => texts(&[outcome, detail]),
        Note::TargetStopped {
            target,
            code,
            reason,
            ..
        } => texts(&[target, code, reason]),
        Note::TargetGoesOn { target, .. } => texts(&[target]),
        Note::Paused { by, reason, .. } => texts(&[by, reason]),
        Note::Resumed { .. } => {}
        Note::AlarmRaised {
            code,
            subject,
            reason,
            ..
        } => texts(&[code, subject, reason]),
        Note::AlarmCleared { code, subject, .. } => texts(&[code, subject]),
        Note::Absent {
            feed,
            known,
            unidentified,
            absent_max_percent,
            records,
            ..
        } => {
            out.text(feed);
            out.u64(*known);
            out.u64(*unidentified);
            out.u8(*absent_max_percent);
            write_ids(out, records);
        }
        Note::Present {
            feed,
            code,
            records,
            ..
        } => {
            out.text(feed);
            out.option(code.as_ref(), |out, code| out.text(code));
            write_ids(out, records);
        }
        Note::Kept {
            by,
            reason,
            records,
            ..
        } => {
            out.text(by);
            out.text(reason);
            write_ids(out, records);
        }
    }
}

fn read_rest(read: &mut Reader<'_>, what: u8, route: String) -> Result<Note, Malformed> {
    Ok(match what {
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
        4 => Note::Absent {
            route,
            feed: read.text()?,
            known: read.u64()?,
            unidentified: read.u64()?,
            absent_max_percent: read.u8()?,
            records: read_ids(read)?,
        },
        5 => Note::Present {
            route,
            feed: read.text()?,
            code: read.option(Reader::text)?,
            records: read_ids(read)?,
        },
        6 => Note::Kept {
            route,
            by: read.text()?,
            reason: read.text()?,
            records: read_ids(read)?,
        },
        7 => Note::Paused {
            route,
            by: read.text()?,
            reason: read.text()?,
        },
        8 => Note::Resumed { route },
        9 => Note::AlarmRaised {
            route,
            code: read.text()?,
            subject: read.text()?,
            reason: read.text()?,
        },
        10 => Note::AlarmCleared {
            route,
            code: read.text()?,
            subject: read.text()?,
        },
        _ => return Err(read.malformed()),
    })
}

/// Ids of records, one after the other.
pub(crate) fn write_ids(out: &mut Writer, ids: &[[u8; 16]]) {
    out.list(ids, |out, id| out.raw(id));
}

/// See [`write_ids`].
pub(crate) fn read_ids(read: &mut Reader<'_>) -> Result<Vec<[u8; 16]>, Malformed> {
    read.list(16, Reader::array)
}
