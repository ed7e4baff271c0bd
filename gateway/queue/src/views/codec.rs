//! How the entries stand in sled.
//!
//! ```text
//! 'T' take u64 BE                            a take
//! 'D' take u64 BE                            its doubtful rows by code, where there are any
//! 'R' take u64 BE · part u16 BE · target     a receipt
//! 'N' note u64 BE                            a note about runs and targets
//! ```

use super::entries::{DoubtCount, ReceiptEntry, Row, RunEntry, TakeEntry};
use crate::frames::NoteFrame;
use crate::log::Place;
use crate::wire::{Malformed, Reader, Writer};
use credit_record::flow::ParcelId;

/// The first key of each kind of entry, from take or note `seq` on.
pub(crate) fn key(kind: u8, seq: u64) -> Vec<u8> {
    let mut key = vec![kind];
    key.extend_from_slice(&seq.to_be_bytes());
    key
}

/// The key of a receipt.
pub(crate) fn receipt_key(parcel: &ParcelId) -> Vec<u8> {
    let mut key = key(b'R', parcel.take);
    key.extend_from_slice(&parcel.part.to_be_bytes());
    key.extend_from_slice(parcel.target.as_bytes());
    key
}

impl Row {
    pub(crate) fn key(&self) -> Vec<u8> {
        match self {
            Self::Take(take, _) => key(b'T', take.seq),
            Self::Doubts(doubts, _) => key(b'D', doubts.first().map_or(0, |doubt| doubt.seq)),
            Self::Receipt(receipt, _) => receipt_key(&receipt.parcel),
            Self::Run(run) => key(b'N', run.seq),
        }
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = Writer::with_capacity(192);
        match self {
            Self::Take(take, at) => {
                out.u8(b'T');
                write_place(&mut out, *at);
                write_take(&mut out, take);
            }
            Self::Doubts(doubts, at) => {
                out.u8(b'D');
                write_place(&mut out, *at);
                out.list(doubts, |out, doubt| {
                    out.u64(doubt.seq);
                    out.i64(doubt.at_ms);
                    for text in [&doubt.route, &doubt.feed, &doubt.code] {
                        out.text(text);
                    }
                    out.u64(doubt.reasons);
                });
            }
            Self::Receipt(receipt, at) => {
                out.u8(b'R');
                write_place(&mut out, *at);
                write_receipt(&mut out, receipt);
            }
            Self::Run(run) => {
                out.u8(b'N');
                out.u64(run.seq);
                out.bytes(
                    &NoteFrame {
                        at_ms: run.at_ms,
                        note: run.note.clone(),
                    }
                    .encode(),
                );
            }
        }
        out.into_bytes()
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut read = Reader::new(bytes, "view");
        let row = match read.u8()? {
            b'T' => {
                let at = read_place(&mut read)?;
                Self::Take(read_take(&mut read)?, at)
            }
            b'D' => {
                let at = read_place(&mut read)?;
                Self::Doubts(read.list(36, read_doubt)?, at)
            }
            b'R' => {
                let at = read_place(&mut read)?;
                Self::Receipt(read_receipt(&mut read)?, at)
            }
            b'N' => {
                let seq = read.u64()?;
                let NoteFrame { at_ms, note } = NoteFrame::decode(read.bytes()?)?;
                Self::Run(RunEntry { seq, at_ms, note })
            }
            _ => return Err(read.malformed()),
        };
        read.end()?;
        Ok(row)
    }
}

fn write_place(out: &mut Writer, place: Place) {
    out.u32(place.segment);
    out.u32(place.block);
}

fn read_place(read: &mut Reader<'_>) -> Result<Place, Malformed> {
    Ok(Place {
        segment: read.u32()?,
        block: read.u32()?,
    })
}

fn write_take(out: &mut Writer, take: &TakeEntry) {
    out.u64(take.seq);
    out.i64(take.at_ms);
    for text in [&take.route, &take.feed, &take.adapter.0, &take.adapter.1] {
        out.text(text);
    }
    for n in [
        take.drafted,
        take.accepted,
        take.doubtful,
        take.duplicate,
        take.stale,
    ] {
        out.u32(n);
    }
    out.u64(take.skipped);
    out.flag(take.finished);
}

fn read_take(read: &mut Reader<'_>) -> Result<TakeEntry, Malformed> {
    Ok(TakeEntry {
        seq: read.u64()?,
        at_ms: read.i64()?,
        route: read.text()?,
        feed: read.text()?,
        adapter: (read.text()?, read.text()?),
        drafted: read.u32()?,
        accepted: read.u32()?,
        doubtful: read.u32()?,
        duplicate: read.u32()?,
        stale: read.u32()?,
        skipped: read.u64()?,
        finished: read.flag()?,
    })
}

fn read_doubt(read: &mut Reader<'_>) -> Result<DoubtCount, Malformed> {
    Ok(DoubtCount {
        seq: read.u64()?,
        at_ms: read.i64()?,
        route: read.text()?,
        feed: read.text()?,
        code: read.text()?,
        reasons: read.u64()?,
    })
}

fn write_receipt(out: &mut Writer, receipt: &ReceiptEntry) {
    out.u64(receipt.parcel.take);
    out.u16(receipt.parcel.part);
    for text in [&receipt.parcel.target, &receipt.route, &receipt.task] {
        out.text(text);
    }
    out.i64(receipt.at_ms);
    out.i64(receipt.given_ms);
    for n in [
        receipt.rows,
        receipt.attempts,
        receipt.doubted,
        receipt.refused,
    ] {
        out.u32(n);
    }
}

fn read_receipt(read: &mut Reader<'_>) -> Result<ReceiptEntry, Malformed> {
    let (take, part) = (read.u64()?, read.u16()?);
    let parcel = ParcelId {
        take,
        part,
        target: read.text()?,
    };
    let (route, task) = (read.text()?, read.text()?);
    Ok(ReceiptEntry {
        parcel,
        route,
        task,
        at_ms: read.i64()?,
        given_ms: read.i64()?,
        rows: read.u32()?,
        attempts: read.u32()?,
        doubted: read.u32()?,
        refused: read.u32()?,
        verdicts: Vec::new(),
    })
}
