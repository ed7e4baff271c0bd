//! The ledger as it stands in a snapshot: the fields of [`Ledger`] in their order.

use super::books::Counts;
use super::ledger::{FileSeen, Ledger, OpenPart, OpenTake, RunSeen, StopSeen, Target};
use crate::frames::{read_resume, write_resume};
use crate::log::Place;
use crate::wire::{Malformed, Reader, Writer};

impl Ledger {
    pub(crate) fn encode(&self, out: &mut Writer) {
        out.u64(self.applied);
        write_resume(out, &self.resume);
        out.count(self.files.len());
        for (sha256, file) in &self.files {
            out.raw(sha256);
            out.text(&file.name);
            out.u64(file.bytes);
            out.u64(file.seq);
            out.i64(file.at_ms);
        }
        for count in self.counts.fields() {
            out.u64(count);
        }
        out.count(self.takes.len());
        for (seq, take) in &self.takes {
            out.u64(*seq);
            write_take(out, take);
        }
        out.list(&self.targets, write_target);
        out.option(self.last_take_ms, Writer::i64);
        out.option(self.run.as_ref(), |out, run| {
            out.i64(run.began_ms);
            out.option(run.ended.as_ref(), |out, (at_ms, outcome, detail)| {
                out.i64(*at_ms);
                out.text(outcome);
                out.text(detail);
            });
        });
        out.u64(self.waiting_records);
        out.u64(self.waiting_bytes);
    }

    pub(crate) fn decode(read: &mut Reader<'_>) -> Result<Self, Malformed> {
        let mut ledger = Self {
            applied: read.u64()?,
            ..Self::default()
        };
        ledger.resume = read_resume(read)?;
        let files = read.list(60, |read| {
            let sha256 = read.array::<32>()?;
            let (name, bytes) = (read.text()?, read.u64()?);
            Ok((
                sha256,
                FileSeen {
                    name,
                    bytes,
                    seq: read.u64()?,
                    at_ms: read.i64()?,
                },
            ))
        })?;
        for (sha256, file) in files {
            *ledger.sizes.entry(file.bytes).or_default() += 1;
            ledger.files.insert(sha256, file);
        }
        ledger.counts = Counts::read(read)?;
        let takes = read.list(24, |read| Ok((read.u64()?, read_take(read)?)))?;
        ledger.takes = takes.into_iter().collect();
        ledger.targets = read.list(48, read_target)?;
        ledger.last_take_ms = read.option(Reader::i64)?;
        ledger.run = read.option(|read| {
            let began_ms = read.i64()?;
            let ended = read.option(|read| Ok((read.i64()?, read.text()?, read.text()?)))?;
            Ok(RunSeen { began_ms, ended })
        })?;
        ledger.waiting_records = read.u64()?;
        ledger.waiting_bytes = read.u64()?;
        if ledger.check("").is_empty() {
            Ok(ledger)
        } else {
            Err(read.malformed())
        }
    }
}

impl Counts {
    const fn fields(&self) -> [u64; 9] {
        [
            self.takes,
            self.drafted,
            self.accepted,
            self.doubtful,
            self.duplicate,
            self.stale,
            self.skipped,
            self.delivered,
            self.refused,
        ]
    }

    fn read(read: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            takes: read.u64()?,
            drafted: read.u64()?,
            accepted: read.u64()?,
            doubtful: read.u64()?,
            duplicate: read.u64()?,
            stale: read.u64()?,
            skipped: read.u64()?,
            delivered: read.u64()?,
            refused: read.u64()?,
        })
    }
}

fn write_take(out: &mut Writer, take: &OpenTake) {
    out.i64(take.at_ms);
    out.u32(take.place.segment);
    out.u32(take.place.block);
    out.u16(take.targets);
    out.list(&take.parts, |out, part| {
        out.u32(part.rows);
        out.u64(part.bytes);
        out.u32(part.first);
        out.u16(part.answered);
        out.list(&part.refused, |out, row| out.u32(*row));
    });
}

fn read_take(read: &mut Reader<'_>) -> Result<OpenTake, Malformed> {
    Ok(OpenTake {
        at_ms: read.i64()?,
        place: Place {
            segment: read.u32()?,
            block: read.u32()?,
        },
        targets: read.u16()?,
        parts: read.list(22, |read| {
            Ok(OpenPart {
                rows: read.u32()?,
                bytes: read.u64()?,
                first: read.u32()?,
                answered: read.u16()?,
                refused: read.list(4, Reader::u32)?,
            })
        })?,
    })
}

fn write_target(out: &mut Writer, target: &Target) {
    out.text(&target.name);
    out.count(target.takes.len());
    for (seq, part) in &target.takes {
        out.u64(*seq);
        out.u16(*part);
    }
    out.u64(target.waiting_records);
    out.u64(target.waiting_bytes);
    out.u64(target.delivered);
    out.u64(target.doubted);
    out.u64(target.refused);
    out.option(target.stopped.as_ref(), |out, stopped| {
        out.i64(stopped.at_ms);
        out.text(&stopped.code);
        out.text(&stopped.reason);
    });
}

fn read_target(read: &mut Reader<'_>) -> Result<Target, Malformed> {
    Ok(Target {
        name: read.text()?,
        takes: read.list(10, |read| Ok((read.u64()?, read.u16()?)))?.into(),
        waiting_records: read.u64()?,
        waiting_bytes: read.u64()?,
        delivered: read.u64()?,
        doubted: read.u64()?,
        refused: read.u64()?,
        stopped: read.option(|read| {
            Ok(StopSeen {
                at_ms: read.i64()?,
                code: read.text()?,
                reason: read.text()?,
            })
        })?,
    })
}
