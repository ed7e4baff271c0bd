//! A settlement: the end of one parcel at one target.
//!
//! ```text
//! version  u8    1
//! at       i64   when we wrote it
//! route, target
//! take     u64
//! part     u16
//! rows     u32   of the parcel
//! receipt  task, at i64, attempts u32, doubted u32
//! verdicts count, then of each: row u32 · verdict u8 · code, reason · id 16 · row of take u16 ·
//!          source row u64
//! ```
//!
//! It names the records that are not simply stored by themselves, so that the state can be
//! folded from the frames alone.

use crate::wire::{Malformed, Reader, Writer};
use credit_record::flow::{ParcelId, Receipt, RowVerdict, Verdict};

const VERSION: u8 = 1;

/// Which record a verdict of the receipt is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Settled {
    pub(crate) id: [u8; 16],
    /// Its row in the take.
    pub(crate) take_row: u16,
    pub(crate) source_row: u64,
}

/// A receipt and what it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SettleFrame {
    pub(crate) at_ms: i64,
    pub(crate) route: String,
    pub(crate) parcel: ParcelId,
    pub(crate) rows: u32,
    pub(crate) receipt: Receipt,
    /// One for each of the receipt's rows.
    pub(crate) records: Vec<Settled>,
}

impl SettleFrame {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = Writer::with_capacity(256);
        out.u8(VERSION);
        out.i64(self.at_ms);
        out.text(&self.route);
        out.text(&self.parcel.target);
        out.u64(self.parcel.take);
        out.u16(self.parcel.part);
        out.u32(self.rows);
        out.text(&self.receipt.task);
        out.i64(self.receipt.at_ms);
        out.u32(self.receipt.attempts);
        out.u32(self.receipt.doubted);
        out.count(self.receipt.rows.len());
        for (verdict, record) in self.receipt.rows.iter().zip(&self.records) {
            out.u32(verdict.row);
            out.u8(match verdict.verdict {
                Verdict::Doubted => 0,
                Verdict::Refused => 1,
            });
            out.text(&verdict.code);
            out.text(&verdict.reason);
            out.raw(&record.id);
            out.u16(record.take_row);
            out.u64(record.source_row);
        }
        out.into_bytes()
    }

    pub(crate) fn decode(payload: &[u8]) -> Result<Self, Malformed> {
        let mut read = Reader::new(payload, "settlement");
        if read.u8()? != VERSION {
            return Err(Malformed(
                "settlement: written by a newer version of the gateway",
            ));
        }
        let at_ms = read.i64()?;
        let route = read.text()?;
        let target = read.text()?;
        let parcel = ParcelId {
            take: read.u64()?,
            part: read.u16()?,
            target,
        };
        let rows = read.u32()?;
        let task = read.text()?;
        let (given_ms, attempts, doubted) = (read.i64()?, read.u32()?, read.u32()?);
        let verdicts = read.list(39, |read| {
            let row = read.u32()?;
            let verdict = match read.u8()? {
                0 => Verdict::Doubted,
                1 => Verdict::Refused,
                _ => return Err(read.malformed()),
            };
            let said = RowVerdict {
                row,
                verdict,
                code: read.text()?,
                reason: read.text()?,
            };
            let record = Settled {
                id: read.array()?,
                take_row: read.u16()?,
                source_row: read.u64()?,
            };
            Ok((said, record))
        })?;
        let (said, records) = verdicts.into_iter().unzip();
        let receipt = Receipt {
            task,
            at_ms: given_ms,
            attempts,
            doubted,
            rows: said,
        };
        read.end()?;
        if !is_about(&receipt, rows) {
            return Err(Malformed("settlement"));
        }
        Ok(Self {
            at_ms,
            route,
            parcel,
            rows,
            receipt,
            records,
        })
    }
}

/// Whether a receipt can be about a parcel of so many rows.
pub(crate) fn is_about(receipt: &Receipt, rows: u32) -> bool {
    let ascending = receipt.rows.is_sorted_by(|a, b| a.row < b.row);
    let within = receipt.rows.last().is_none_or(|last| last.row < rows);
    let marked = receipt
        .rows
        .iter()
        .filter(|row| row.verdict == Verdict::Doubted)
        .count() as u64;
    let doubted = u64::from(receipt.doubted);
    ascending
        && within
        && marked <= doubted
        && doubted + u64::from(receipt.refused()) <= u64::from(rows)
}
