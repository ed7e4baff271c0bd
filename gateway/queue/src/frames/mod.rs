//! What the frames of the log hold: takes, settlements and notes.
//!
//! Decoding checks everything as if an enemy had written it: a decoded frame keeps all the
//! promises that the rest of the crate relies on, or there is none.

mod doubtful;
mod note;
mod settle;
mod take;
#[cfg(test)]
pub(crate) mod tests;

pub use self::note::Note;
pub(crate) use self::note::{NoteFrame, read_ids, write_ids};
pub(crate) use self::settle::{SettleFrame, Settled, is_about};
pub use self::take::Order;
pub(crate) use self::take::{
    PRIOR_HERE, Part, TakeFrame, TakenRow, read_order, strip, write_order,
};
use crate::wire::{Malformed, Reader, Writer};
use credit_record::flow::{AdapterId, OpenFeed, Resume};

/// Kind of a take's frame.
pub(crate) const KIND_TAKE: u8 = 1;
/// Kind of a settlement's frame.
pub(crate) const KIND_SETTLE: u8 = 2;
/// Kind of a note's frame.
pub(crate) const KIND_NOTE: u8 = 3;

/// A frame of the log.
#[derive(Clone, Debug)]
pub(crate) enum Frame {
    Take(Box<TakeFrame>),
    Settle(Box<SettleFrame>),
    Note(NoteFrame),
    /// The log's own.
    Seal,
}

impl Frame {
    /// Reads the payload of a frame of `kind`.
    pub(crate) fn decode(kind: u8, payload: Vec<u8>) -> Result<Self, Malformed> {
        match kind {
            crate::log::KIND_SEAL => Ok(Self::Seal),
            KIND_TAKE => TakeFrame::decode(payload).map(|take| Self::Take(Box::new(take))),
            KIND_SETTLE => {
                SettleFrame::decode(&payload).map(|settle| Self::Settle(Box::new(settle)))
            }
            KIND_NOTE => NoteFrame::decode(&payload).map(Self::Note),
            _ => Err(Malformed("kind of frame")),
        }
    }
}

fn write_adapter(out: &mut Writer, adapter: &AdapterId) {
    out.text(&adapter.name);
    out.text(&adapter.version);
    out.raw(&adapter.sha256);
}

fn read_adapter(read: &mut Reader<'_>) -> Result<AdapterId, Malformed> {
    Ok(AdapterId {
        name: read.text()?,
        version: read.text()?,
        sha256: read.array()?,
    })
}

/// A route's position.
pub(crate) fn write_resume(out: &mut Writer, resume: &Resume) {
    out.option(resume.open.as_ref(), |out, open| {
        out.text(&open.name);
        out.i64(open.began_ms);
        out.u64(open.raw_bytes);
        out.raw(&open.raw_sha256);
        out.u64(open.offset);
        out.u32(open.lost);
        out.bytes(&open.carry);
        write_adapter(out, &open.adapter);
    });
    out.option(resume.cursor.as_ref(), |out, cursor| out.text(cursor));
}

/// See [`write_resume`].
pub(crate) fn read_resume(read: &mut Reader<'_>) -> Result<Resume, Malformed> {
    let open = read.option(|read| {
        Ok(OpenFeed {
            name: read.text()?,
            began_ms: read.i64()?,
            raw_bytes: read.u64()?,
            raw_sha256: read.array()?,
            offset: read.u64()?,
            lost: read.u32()?,
            carry: read.bytes()?.to_vec(),
            adapter: read_adapter(read)?,
        })
    })?;
    Ok(Resume {
        open,
        cursor: read.option(Reader::text)?,
    })
}
