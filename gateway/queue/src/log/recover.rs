//! Reading the log back after whatever happened.
//!
//! Only the end of the last segment may be torn. A frame is torn, not damaged, while no later
//! frame (nor the caller, who read a snapshot) says that it was durable; it is cut off, the cut is
//! synced, and nothing is ever appended behind it. Everything else that is not what was written
//! is damage: said, never skipped.
//!
//! What is read back need not be on the disk: a killed process leaves frames that were never
//! synced, and after a failed barrier the kernel may show pages that it could not write as if it
//! had. So frames that nothing vouches for are written again, and synced, before they count.

use super::disk::Disk;
use super::frame::{self, Stored};
use super::segment::{self, Head, SegmentFile};
use super::{Damage, Place, ReadError};
use crate::limits::BLOCK_BYTES;
use crate::wire::Malformed;
use std::collections::BTreeMap;
use std::io;
use thiserror::Error;

/// What replaying found.
#[derive(Debug)]
pub(crate) struct Replayed {
    pub(crate) catalog: BTreeMap<u32, Head>,
    pub(crate) last_seq: u64,
    pub(crate) next_segment: u32,
    pub(crate) frames: u64,
    /// Bytes of the log that were handed on.
    pub(crate) bytes: u64,
    /// Bytes of a frame that was being written when it all stopped.
    pub(crate) torn_bytes: u64,
}

/// Why the log cannot be gone on with.
#[derive(Debug, Error)]
pub(crate) enum RecoverError {
    #[error("the log's folder could not be used")]
    Io(#[from] io::Error),
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error("segment {0} is missing")]
    Missing(u32),
    #[error("frame {seq} is sound but cannot be understood")]
    Unreadable {
        place: Place,
        seq: u64,
        source: Malformed,
    },
}

/// Takes what a frame holds.
pub(crate) type Sink<'a> = dyn FnMut(Place, &Stored) -> Result<(), Malformed> + 'a;

/// Hands all frames after `after` to `sink`, in order. `durable` is a sequence known from
/// elsewhere to have been durable.
pub(crate) fn replay(
    disk: &dyn Disk,
    after: u64,
    durable: u64,
    sink: &mut Sink<'_>,
) -> Result<Replayed, RecoverError> {
    let catalog = catalog(disk)?;
    let start = catalog
        .values()
        .rev()
        .find(|head| head.first_seq <= after + 1);
    let start = start
        .or_else(|| catalog.values().next())
        .map_or(0, |head| head.number);
    let mut out = Replayed {
        last_seq: after,
        next_segment: 1,
        frames: 0,
        bytes: 0,
        torn_bytes: 0,
        catalog,
    };
    let heads: Vec<Head> = out.catalog.range(start..).map(|(_, head)| *head).collect();
    for (n, head) in heads.iter().enumerate() {
        let file = SegmentFile::open(disk, head.number, head.archived)?;
        let scanned = scan(&file, after, &mut out, sink)?;
        let (expected, block) = (scanned.expected, scanned.block);
        if let Some(next) = heads.get(n + 1) {
            if expected != next.first_seq {
                return Err(witnessed(&file, block, expected, next.first_seq));
            }
            continue;
        }
        out.last_seq = expected - 1;
        out.next_segment = head.number + 1;
        if head.archived {
            // An archive is written whole; the segment after it had no frame yet.
            continue;
        }
        if let Some(witness) = witness(&file, block, expected)? {
            return Err(witnessed(&file, block, expected, witness));
        }
        if expected <= durable {
            return Err(witnessed(&file, block, expected, durable + 1));
        }
        write_again(&file, scanned.first_unvouched(head, durable), block)?;
        out.torn_bytes = trim(&file, block)?;
        if expected == head.first_seq {
            // Nothing is in it: the new segment takes its place.
            out.next_segment = head.number;
        }
    }
    if out.last_seq < durable {
        return Err(RecoverError::Missing(out.next_segment));
    }
    Ok(out)
}

/// How far a segment is sound.
struct Scanned {
    /// The sequence that comes next, and where it would stand.
    expected: u64,
    block: u32,
    /// The frames say that all up to this sequence is durable.
    vouched: u64,
    /// Where each frame begins.
    blocks: Vec<u32>,
}

impl Scanned {
    /// Where the first frame begins of which nothing says that it is durable.
    fn first_unvouched(&self, head: &Head, durable: u64) -> u32 {
        let vouched = (self.vouched.max(durable) + 1).saturating_sub(head.first_seq);
        let vouched = usize::try_from(vouched).unwrap_or(usize::MAX);
        self.blocks.get(vouched).copied().unwrap_or(self.block)
    }
}

/// Reads a segment up to the first frame that is not the next one.
fn scan(
    file: &SegmentFile,
    after: u64,
    out: &mut Replayed,
    sink: &mut Sink<'_>,
) -> Result<Scanned, RecoverError> {
    let block = if file.head.archived { 0 } else { 1 };
    let mut scanned = Scanned {
        expected: file.head.first_seq,
        block,
        vouched: 0,
        blocks: Vec::new(),
    };
    while let Some((stored, next)) = file.frame(scanned.block)? {
        let seq = scanned.expected;
        if stored.header.seq != seq {
            break;
        }
        if seq > after {
            let place = Place {
                segment: file.head.number,
                block: stored.header.block,
            };
            sink(place, &stored).map_err(|source| RecoverError::Unreadable {
                place,
                seq,
                source,
            })?;
            out.frames += 1;
            out.bytes += u64::from(stored.header.blocks()) * BLOCK_BYTES;
        }
        scanned.vouched = scanned.vouched.max(stored.header.synced);
        scanned.blocks.push(scanned.block);
        scanned.expected += 1;
        scanned.block = next;
    }
    Ok(scanned)
}

/// The heads of all segments. Where both an archive and its segment exist, the archive is whole
/// and the segment was about to be removed.
fn catalog(disk: &dyn Disk) -> Result<BTreeMap<u32, Head>, RecoverError> {
    let mut kinds: BTreeMap<u32, (bool, bool)> = BTreeMap::new();
    for name in disk.list()? {
        if name.ends_with(".tmp") {
            disk.remove(&name)?;
        } else if let Some((number, archived)) = segment::parse_name(&name) {
            let (log, archive) = kinds.entry(number).or_default();
            if archived {
                *archive = true
            } else {
                *log = true
            }
        }
    }
    if kinds.values().any(|(log, archived)| *log && *archived) {
        // The archive's name may not be durable yet.
        disk.sync_dir()?;
    }
    let mut catalog = BTreeMap::new();
    let mut next = Head {
        number: 1,
        first_seq: 1,
        made_ms: 0,
        salt: 0,
        archived: false,
    };
    for (number, (log, archived)) in kinds {
        if number != next.number {
            return Err(RecoverError::Missing(next.number));
        }
        let file = SegmentFile::open(disk, number, archived)?;
        if archived && log {
            disk.remove(&segment::name(number, false))?;
        }
        let ordered = if number == 1 {
            file.head.first_seq == next.first_seq
        } else {
            file.head.first_seq > next.first_seq
        };
        if !ordered {
            return Err(file.damaged(0, next.first_seq).into());
        }
        next = Head {
            number: number + 1,
            ..file.head
        };
        catalog.insert(number, file.head);
    }
    Ok(catalog)
}

/// A sound frame behind `block` that says `seq` was durable when it was written.
fn witness(file: &SegmentFile, block: u32, seq: u64) -> Result<Option<u64>, ReadError> {
    let bytes = file.bytes()?;
    let last = u32::try_from(bytes / BLOCK_BYTES).unwrap_or(u32::MAX);
    for at in block..last {
        let offset = u64::from(at) * BLOCK_BYTES;
        let header = frame::read_header(file.file(), bytes, offset).map_err(|e| file.io(e))?;
        let speaks = header.is_some_and(|(header, _)| header.block == at && header.synced >= seq);
        if speaks && let Some((stored, _)) = file.frame(at)? {
            return Ok(Some(stored.header.seq));
        }
    }
    Ok(None)
}

fn witnessed(file: &SegmentFile, block: u32, seq: u64, witness: u64) -> RecoverError {
    match file.damaged(block, seq) {
        ReadError::Damaged(damage) => ReadError::Damaged(Damage {
            witness: Some(witness),
            ..damage
        })
        .into(),
        other => other.into(),
    }
}

/// Writes the blocks from `from` to `to` again as they are; a crash meanwhile changes nothing.
fn write_again(file: &SegmentFile, from: u32, to: u32) -> Result<(), ReadError> {
    let (from, to) = (u64::from(from) * BLOCK_BYTES, u64::from(to) * BLOCK_BYTES);
    pieces(file, from, to, &mut |offset, piece| {
        file.file().write_at(offset, &[piece])
    })
}

/// Cuts the segment off at `block` and syncs it. What it held there beyond zeros, in bytes.
fn trim(file: &SegmentFile, block: u32) -> Result<u64, ReadError> {
    let (end, bytes) = (u64::from(block) * BLOCK_BYTES, file.bytes()?);
    let mut torn_bytes = 0;
    pieces(file, end, bytes, &mut |offset, piece| {
        if let Some(last) = piece.iter().rposition(|byte| *byte != 0) {
            torn_bytes = offset + last as u64 + 1 - end;
        }
        Ok(())
    })?;
    let cut = file
        .file()
        .resize(end)
        .and_then(|()| file.file().sync_data());
    cut.map_err(|e| file.io(e))?;
    Ok(torn_bytes)
}

/// Reads from `from` to `to` in pieces.
fn pieces(
    file: &SegmentFile,
    from: u64,
    to: u64,
    use_piece: &mut dyn FnMut(u64, &[u8]) -> io::Result<()>,
) -> Result<(), ReadError> {
    let mut offset = from;
    let mut room = vec![0; BLOCK_BYTES as usize * 16];
    while offset < to {
        let fill = usize::try_from(to - offset)
            .unwrap_or(usize::MAX)
            .min(room.len());
        let Some(piece) = room.get_mut(..fill) else {
            break;
        };
        let read = file.file().read_at(offset, piece);
        read.and_then(|()| use_piece(offset, piece))
            .map_err(|e| file.io(e))?;
        offset += fill as u64;
    }
    Ok(())
}
