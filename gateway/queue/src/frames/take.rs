//! A take: what one batch became.
//!
//! ```text
//! version    u8    1; 2 where a person ordered it, 3 where a feed is read again,
//!                  4 where the feed that ends is refused
//! bodies     u8    1 kept, 0 archived without
//! head       u32   bytes of the head
//! ── head
//! at         i64
//! route, targets, feed, adapter
//! counts     drafted u32, duplicate u32, stale u32
//! directories
//! rows       count, then of each 60 bytes:
//!              id 16 · digest u64 · version i64 · source row u64 · prior u64 ·
//!              end u32 · directory u16 · repairs u16 · warnings u16 · operation u8 · flags u8
//! parcels    count, then of each 8 bytes: rows u32 · directory u16 · operation u8 · repair u8
//! doubtful, skipped, resume, finished feed; in version 2 who ordered it, and why; in version 3
//! the take that ended the feed which is read again, u64
//! ── bodies of the accepted rows, UTF-8
//! ```
//!
//! Texts are u32 length and UTF-8. `prior` is the place of the record's earlier version, 0 for
//! none; in the same take it is only the row plus [`PRIOR_HERE`], as the take has no place yet.

use super::doubtful::{read_doubtful, write_doubtful};
use super::{read_adapter, read_resume, write_adapter, write_resume};
use crate::limits::{TAKE_PARCELS_MAX, TAKE_ROWS_MAX};
use crate::wire::{Malformed, Reader, Writer};
use credit_record::flow::{AdapterId, Doubtful, FinishedFeed, Operation, Resume, Skip};

const VERSION: u8 = 1;
/// Of takes that a person ordered.
const VERSION_OF_ORDERS: u8 = 2;
/// Of feeds that are read again.
const VERSION_AGAIN: u8 = 3;
/// Of takes that end a refused feed.
const VERSION_REFUSED: u8 = 4;
/// version, bodies, head length
const PREFIX_BYTES: usize = 6;
const ROW_BYTES: usize = 60;
const PART_BYTES: usize = 8;

/// Marks a prior that is a row of the same take: such a place would be in segment 0.
pub(crate) const PRIOR_HERE: u64 = 1;

/// One accepted record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TakenRow {
    pub(crate) id: [u8; 16],
    /// Of its content; of a withdrawal, that of the content withdrawn.
    pub(crate) digest: u64,
    /// `i64::MIN` for none.
    pub(crate) version: i64,
    pub(crate) source_row: u64,
    pub(crate) prior: u64,
    /// End of its body.
    pub(crate) end: u32,
    pub(crate) directory: u16,
    pub(crate) repairs: u16,
    pub(crate) warnings: u16,
    pub(crate) operation: Operation,
    pub(crate) person: bool,
}

/// One parcel: so many rows, going on where the one before ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) rows: u32,
    pub(crate) directory: u16,
    pub(crate) operation: Operation,
    pub(crate) repair: bool,
}

/// A person's word that something is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// Who said so.
    pub by: String,
    /// Why.
    pub reason: String,
}

/// What one take made durable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TakeFrame {
    pub(crate) at_ms: i64,
    pub(crate) route: String,
    pub(crate) targets: Vec<String>,
    pub(crate) feed: String,
    pub(crate) adapter: AdapterId,
    /// As counted on the way in, apart from what became of them.
    pub(crate) drafted: u32,
    pub(crate) duplicate: u32,
    /// Those of `duplicate` that were older than what is known.
    pub(crate) stale: u32,
    pub(crate) directories: Vec<String>,
    pub(crate) rows: Vec<TakenRow>,
    pub(crate) parcels: Vec<Part>,
    pub(crate) doubtful: Vec<Doubtful>,
    pub(crate) skipped: Vec<Skip>,
    pub(crate) resume: Resume,
    pub(crate) finished: Option<FinishedFeed>,
    /// Whose word it is that records absent from a snapshot are withdrawn, or refused ones sent
    /// again; `None` for what a feed says.
    pub(crate) order: Option<Order>,
    /// The take that ended the feed which is read again with this one.
    pub(crate) replay_of: Option<u64>,
    /// `None` in an archive.
    pub(crate) bodies: Option<String>,
}

impl TakeFrame {
    /// All but the bodies, which follow as they are.
    pub(crate) fn encode_head(&self) -> Vec<u8> {
        let mut head = Writer::with_capacity(1024 + self.rows.len() * ROW_BYTES);
        head.i64(self.at_ms);
        head.text(&self.route);
        head.list(&self.targets, |out, target| out.text(target));
        head.text(&self.feed);
        write_adapter(&mut head, &self.adapter);
        head.u32(self.drafted);
        head.u32(self.duplicate);
        head.u32(self.stale);
        head.list(&self.directories, |out, code| out.text(code));
        head.list(&self.rows, write_row);
        head.list(&self.parcels, |out, part| {
            out.u32(part.rows);
            out.u16(part.directory);
            out.u8(part.operation as u8);
            out.flag(part.repair);
        });
        head.list(&self.doubtful, write_doubtful);
        head.list(&self.skipped, |out, skip| {
            out.text(&skip.reason);
            out.u64(skip.first_row);
            out.u64(skip.rows);
        });
        write_resume(&mut head, &self.resume);
        head.option(self.finished.as_ref(), |out, finished| {
            out.text(&finished.name);
            out.u64(finished.bytes);
            out.raw(&finished.sha256);
        });
        // What is taken for the first time is written as it always was.
        let version = match (&self.order, self.replay_of) {
            (Some(order), _) => {
                write_order(&mut head, order);
                VERSION_OF_ORDERS
            }
            (None, Some(ended)) => {
                head.u64(ended);
                VERSION_AGAIN
            }
            (None, None) if self.finished.as_ref().is_some_and(|f| f.refused) => VERSION_REFUSED,
            (None, None) => VERSION,
        };
        let mut out = Writer::with_capacity(PREFIX_BYTES + head.len());
        out.u8(version);
        out.flag(self.bodies.is_some());
        let head = head.into_bytes();
        out.bytes(&head);
        out.into_bytes()
    }

    pub(crate) fn decode(mut payload: Vec<u8>) -> Result<Self, Malformed> {
        let what = "take";
        let mut read = Reader::new(&payload, what);
        let version = read.u8()?;
        if !(VERSION..=VERSION_REFUSED).contains(&version) {
            return Err(Malformed("take: written by a newer version of the gateway"));
        }
        let kept = read.flag()?;
        let head = read.bytes()?;
        let bodies_bytes = read.remaining();
        let mut head = Reader::new(head, what);
        let mut take = Self {
            at_ms: head.i64()?,
            route: head.text()?,
            targets: head.list(4, Reader::text)?,
            feed: head.text()?,
            adapter: read_adapter(&mut head)?,
            drafted: head.u32()?,
            duplicate: head.u32()?,
            stale: head.u32()?,
            directories: head.list(4, Reader::text)?,
            rows: head.list(ROW_BYTES, read_row)?,
            parcels: head.list(PART_BYTES, read_part)?,
            doubtful: head.list(25, read_doubtful)?,
            skipped: head.list(20, |read| {
                Ok(Skip {
                    reason: read.text()?,
                    first_row: read.u64()?,
                    rows: read.u64()?,
                })
            })?,
            resume: read_resume(&mut head)?,
            finished: head.option(|read| {
                Ok(FinishedFeed {
                    name: read.text()?,
                    bytes: read.u64()?,
                    sha256: read.array()?,
                    refused: version == VERSION_REFUSED,
                })
            })?,
            order: None,
            replay_of: None,
            bodies: None,
        };
        match version {
            VERSION_OF_ORDERS => take.order = Some(read_order(&mut head)?),
            VERSION_AGAIN => take.replay_of = Some(head.u64()?),
            VERSION_REFUSED if take.finished.is_none() => return Err(Malformed(what)),
            _ => {}
        }
        head.end()?;
        if kept {
            let start = payload.len() - bodies_bytes;
            payload.drain(..start);
            take.bodies = Some(String::from_utf8(payload).map_err(|_| Malformed(what))?);
        } else if bodies_bytes != 0 {
            return Err(Malformed(what));
        }
        take.check().ok_or(Malformed(what))?;
        Ok(take)
    }

    /// The promises that a take keeps.
    pub(crate) fn check(&self) -> Option<()> {
        let fits = self.rows.len() <= TAKE_ROWS_MAX as usize
            && self.parcels.len() <= TAKE_PARCELS_MAX
            && self.targets.len() <= usize::from(u16::MAX);
        let mut targets: Vec<&String> = self.targets.iter().collect();
        targets.sort();
        targets.dedup();
        let distinct = targets.len() == self.targets.len();
        let delivered_to_some = self.rows.is_empty() || !self.targets.is_empty();
        let sums = u64::from(self.drafted)
            == self.rows.len() as u64 + self.doubtful.len() as u64 + u64::from(self.duplicate)
            && self.stale <= self.duplicate;
        let known = |directory: u16| usize::from(directory) < self.directories.len();
        let mut end = 0;
        for row in &self.rows {
            let on_border = self
                .bodies
                .as_ref()
                .is_none_or(|bodies| bodies.is_char_boundary(row.end as usize));
            if row.end < end || !on_border || !known(row.directory) {
                return None;
            }
            end = row.end;
        }
        let all_bodies = self
            .bodies
            .as_ref()
            .is_none_or(|bodies| bodies.len() == end as usize);
        let mut rows = self.rows.iter();
        for part in &self.parcels {
            let alike = rows
                .by_ref()
                .take(part.rows as usize)
                .filter(|row| row.directory == part.directory && row.operation == part.operation)
                .count();
            if part.rows == 0 || alike != part.rows as usize {
                return None;
            }
        }
        let sound = fits && distinct && delivered_to_some && sums && all_bodies;
        (sound && rows.next().is_none()).then_some(())
    }

    /// Where the record in `row` stands that a person had sent again as it was: it says no more
    /// than was known there.
    pub(crate) fn sent_again(&self, row: u16) -> Option<u64> {
        let row = self.rows.get(usize::from(row))?;
        let as_it_was = self.order.is_some() && row.operation != Operation::Withdraw;
        (as_it_was && row.prior & PRIOR_HERE == 0 && row.prior != 0).then_some(row.prior)
    }

    /// Up to which take of its route a take with this sequence is up to date: what it says of a
    /// record was known when that one ended.
    pub(crate) fn known_at(&self, seq: u64) -> u64 {
        self.replay_of.unwrap_or(seq)
    }

    /// The bytes of bodies in each parcel, and its first row.
    pub(crate) fn parts(&self) -> impl Iterator<Item = (Part, usize, u64)> + '_ {
        let mut first = 0;
        self.parcels.iter().map(move |part| {
            let here = first;
            first += part.rows as usize;
            let bytes = self.body_end(first) - self.body_end(here);
            (*part, here, bytes as u64)
        })
    }

    /// Where the body of row `n` begins: where the one before ends.
    pub(crate) fn body_end(&self, rows: usize) -> usize {
        let last = rows.checked_sub(1).and_then(|last| self.rows.get(last));
        last.map_or(0, |row| row.end as usize)
    }

    /// The body of row `n`.
    pub(crate) fn body(&self, n: usize) -> Option<&str> {
        let end = self.rows.get(n)?.end as usize;
        self.bodies.as_ref()?.get(self.body_end(n)..end)
    }
}

/// A take's payload without its bodies, byte for byte the same otherwise.
pub(crate) fn strip(mut payload: Vec<u8>) -> Vec<u8> {
    let mut read = Reader::new(&payload, "take");
    let whole = read.u8().and_then(|_| read.flag()).and_then(|kept| {
        read.bytes()?;
        Ok(kept)
    });
    if whole == Ok(true) {
        let bodies_bytes = read.remaining();
        payload.truncate(payload.len() - bodies_bytes);
        if let Some(kept) = payload.get_mut(1) {
            *kept = 0;
        }
    }
    payload
}

pub(crate) fn write_order(out: &mut Writer, order: &Order) {
    out.text(&order.by);
    out.text(&order.reason);
}

/// See [`write_order`].
pub(crate) fn read_order(read: &mut Reader<'_>) -> Result<Order, Malformed> {
    Ok(Order {
        by: read.text()?,
        reason: read.text()?,
    })
}

fn write_row(out: &mut Writer, row: &TakenRow) {
    out.raw(&row.id);
    out.u64(row.digest);
    out.i64(row.version);
    out.u64(row.source_row);
    out.u64(row.prior);
    out.u32(row.end);
    out.u16(row.directory);
    out.u16(row.repairs);
    out.u16(row.warnings);
    out.u8(row.operation as u8);
    out.flag(row.person);
}

fn read_operation(read: &mut Reader<'_>) -> Result<Operation, Malformed> {
    Operation::from_byte(read.u8()?).ok_or(read.malformed())
}

fn read_row(read: &mut Reader<'_>) -> Result<TakenRow, Malformed> {
    Ok(TakenRow {
        id: read.array()?,
        digest: read.u64()?,
        version: read.i64()?,
        source_row: read.u64()?,
        prior: read.u64()?,
        end: read.u32()?,
        directory: read.u16()?,
        repairs: read.u16()?,
        warnings: read.u16()?,
        operation: read_operation(read)?,
        person: read.flag()?,
    })
}

fn read_part(read: &mut Reader<'_>) -> Result<Part, Malformed> {
    Ok(Part {
        rows: read.u32()?,
        directory: read.u16()?,
        operation: read_operation(read)?,
        repair: read.flag()?,
    })
}
