//! One file of the log: a head of one block, then frames.
//!
//! ```text
//!  0  magic     "CGSEGM01", or "CGARCH01" for an archive
//!  8  number    u32
//! 12  crc       u32   crc32c of all other fields
//! 16  first     u64   sequence of the first frame
//! 24  made      i64   Unix milliseconds
//! 32  salt      u64   goes into the checksum of every frame
//! ```
//!
//! A segment has its name only once its head is durable; so a bad head is damage, never a crash.
//! An archive is the same frames without bodies, packed, with a table of where each one stood:
//! a place in the log stays valid for ever.

use super::disk::{Disk, DiskFile};
use super::frame::{self, Header, Stored};
use super::{Damage, LogError, ReadError};
use crate::limits::BLOCK_BYTES;
use crate::wire::{Malformed, Reader, Writer};
use std::io;
use std::sync::Arc;

pub(crate) const HEAD_BYTES: usize = 40;
const MAGIC_SEGMENT: [u8; 8] = *b"CGSEGM01";
const MAGIC_ARCHIVE: [u8; 8] = *b"CGARCH01";
const MAGIC_TABLE: [u8; 8] = *b"CGTABL01";
/// table offset, entries, crc, magic
const FOOTER_BYTES: usize = 24;
const ENTRY_BYTES: usize = 8;

/// What the head of a segment says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) number: u32,
    pub(crate) first_seq: u64,
    pub(crate) made_ms: i64,
    pub(crate) salt: u64,
    pub(crate) archived: bool,
}

impl Head {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut rest = Writer::with_capacity(HEAD_BYTES);
        rest.u64(self.first_seq);
        rest.i64(self.made_ms);
        rest.u64(self.salt);
        let rest = rest.into_bytes();
        let mut out = Writer::with_capacity(HEAD_BYTES);
        out.raw(if self.archived {
            &MAGIC_ARCHIVE
        } else {
            &MAGIC_SEGMENT
        });
        out.u32(self.number);
        let crc = crc32c::crc32c_append(out_crc(self.archived, self.number), &rest);
        out.u32(crc);
        out.raw(&rest);
        out.into_bytes()
    }

    fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut read = Reader::new(bytes, "segment head");
        let magic = read.array::<8>()?;
        let (number, crc) = (read.u32()?, read.u32()?);
        let head = Self {
            number,
            first_seq: read.u64()?,
            made_ms: read.i64()?,
            salt: read.u64()?,
            archived: magic == MAGIC_ARCHIVE,
        };
        let rest = bytes.get(16..HEAD_BYTES).ok_or(read.malformed())?;
        let sound = crc32c::crc32c_append(out_crc(head.archived, number), rest) == crc;
        if !sound || (magic != MAGIC_SEGMENT && magic != MAGIC_ARCHIVE) {
            return Err(read.malformed());
        }
        Ok(head)
    }

    /// The name of its file.
    pub(crate) fn name(&self) -> String {
        name(self.number, self.archived)
    }
}

fn out_crc(archived: bool, number: u32) -> u32 {
    let magic = if archived {
        &MAGIC_ARCHIVE
    } else {
        &MAGIC_SEGMENT
    };
    crc32c::crc32c_append(crc32c::crc32c(magic), &number.to_le_bytes())
}

/// Makes a segment that has its name only once its head is durable.
pub(super) fn new_segment(
    disk: &dyn Disk,
    segment_bytes: u64,
    head: Head,
) -> Result<(Arc<dyn DiskFile>, Head), LogError> {
    let name = head.name();
    let unborn = format!("{name}.tmp");
    let make = || {
        let file = disk.create(&unborn, segment_bytes)?;
        file.write_at(0, &[&head.encode()])?;
        file.sync_data()?;
        disk.rename(&unborn, &name)?;
        disk.sync_dir()?;
        Ok(file)
    };
    make().map(|file| (file, head)).map_err(|e| {
        if let Err(source) = disk.remove(&unborn) {
            tracing::debug!(%source, "an unborn segment could not be removed");
        }
        LogError::of(e)
    })
}

/// Random enough that nobody who feeds us can guess it.
pub(super) fn salt() -> u64 {
    use std::hash::{BuildHasher as _, RandomState};
    RandomState::new().hash_one(std::process::id())
}

/// The name of a segment's file.
pub(crate) fn name(number: u32, archived: bool) -> String {
    format!("{number:010}.{}", if archived { "arc" } else { "log" })
}

/// The segment that a file's name stands for.
pub(crate) fn parse_name(name: &str) -> Option<(u32, bool)> {
    let (number, kind) = name.split_once('.')?;
    let archived = match kind {
        "log" => false,
        "arc" => true,
        _ => return None,
    };
    (number.len() == 10).then(|| number.parse().ok().map(|number| (number, archived)))?
}

/// A segment open for reading.
pub(crate) struct SegmentFile {
    pub(crate) head: Head,
    file: Arc<dyn DiskFile>,
    name: String,
    /// Archives: (block in the segment, offset in the archive), ascending.
    table: Option<Vec<(u32, u32)>>,
}

impl SegmentFile {
    /// Opens and checks the head; an archive's table too.
    pub(crate) fn open(disk: &dyn Disk, number: u32, archived: bool) -> Result<Self, ReadError> {
        let name = name(number, archived);
        let io = |source| ReadError::Io {
            file: name.clone(),
            source,
        };
        let damaged = |offset| {
            ReadError::Damaged(Damage {
                file: name.clone(),
                offset,
                seq: 0,
                witness: None,
            })
        };
        let file = disk.open(&name).map_err(io)?;
        let mut bytes = [0; HEAD_BYTES];
        match file.read_at(0, &mut bytes) {
            Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => return Err(damaged(0)),
            other => other.map_err(io)?,
        }
        let head = Head::decode(&bytes).map_err(|_| damaged(0))?;
        if head.number != number || head.archived != archived {
            return Err(damaged(0));
        }
        let table = if archived {
            let end = file.bytes().map_err(io)?;
            let table = read_table(file.as_ref(), end).map_err(io)?;
            Some(table.ok_or_else(|| damaged(end.saturating_sub(FOOTER_BYTES as u64)))?)
        } else {
            None
        };
        Ok(Self {
            head,
            file,
            name,
            table,
        })
    }

    pub(crate) fn bytes(&self) -> Result<u64, ReadError> {
        self.file.bytes().map_err(|source| self.io(source))
    }

    pub(crate) fn file(&self) -> &dyn DiskFile {
        self.file.as_ref()
    }

    pub(crate) fn io(&self, source: io::Error) -> ReadError {
        ReadError::Io {
            file: self.name.clone(),
            source,
        }
    }

    pub(crate) fn damaged(&self, block: u32, seq: u64) -> ReadError {
        let offset = self.offset(block).map_or(0, |(offset, _)| offset);
        ReadError::Damaged(Damage {
            file: self.name.clone(),
            offset,
            seq,
            witness: None,
        })
    }

    /// Where in the file the first frame at or after `block` of the segment stands, and its block.
    fn offset(&self, block: u32) -> Option<(u64, u32)> {
        match &self.table {
            None => Some((u64::from(block) * BLOCK_BYTES, block)),
            Some(table) => {
                let at = table.partition_point(|(before, _)| *before < block);
                table
                    .get(at)
                    .map(|(block, offset)| (u64::from(*offset), *block))
            }
        }
    }

    /// The header at `block`, unchecked (archives: at or after it), and the block after it.
    pub(crate) fn header(&self, block: u32) -> Result<Option<(Header, u32)>, ReadError> {
        let Some((offset, _)) = self.offset(block) else {
            return Ok(None);
        };
        let header = frame::read_header(self.file.as_ref(), self.bytes()?, offset)
            .map_err(|source| self.io(source))?;
        Ok(header.map(|(header, _)| (header, self.after(&header))))
    }

    /// The frame at `block` (archives: at or after it), and the block after it.
    pub(crate) fn frame(&self, block: u32) -> Result<Option<(Stored, u32)>, ReadError> {
        let Some((offset, block)) = self.offset(block) else {
            return Ok(None);
        };
        let file = self.file.as_ref();
        let stored = frame::read_frame(file, self.bytes()?, offset, block, self.head.salt)
            .map_err(|source| self.io(source))?;
        Ok(stored.map(|stored| {
            let after = self.after(&stored.header);
            (stored, after)
        }))
    }

    fn after(&self, header: &Header) -> u32 {
        // An archive's frames are shorter than they were; the next is simply the next.
        let blocks = if self.table.is_some() {
            1
        } else {
            header.blocks()
        };
        header.block.saturating_add(blocks)
    }
}

/// An archive, whole, from the frames of a segment.
pub(crate) fn archive_bytes(head: &Head, frames: &[Stored]) -> Vec<u8> {
    let head = Head {
        archived: true,
        ..*head
    };
    let mut out = Writer::default();
    out.raw(&head.encode());
    let mut table = Writer::with_capacity(frames.len() * ENTRY_BYTES);
    for frame in frames {
        table.u32(frame.header.block);
        table.count(out.len());
        out.raw(
            &frame
                .header
                .encode(head.salt, crc32c::crc32c(&frame.payload)),
        );
        out.raw(&frame.payload);
    }
    let offset = out.len();
    let table = table.into_bytes();
    out.raw(&table);
    out.count(offset);
    out.count(frames.len());
    out.u32(crc32c::crc32c(&table));
    out.u32(0);
    out.raw(&MAGIC_TABLE);
    out.into_bytes()
}

fn read_table(file: &dyn DiskFile, end: u64) -> io::Result<Option<Vec<(u32, u32)>>> {
    let Some(at) = end.checked_sub(FOOTER_BYTES as u64) else {
        return Ok(None);
    };
    let mut footer = [0; FOOTER_BYTES];
    file.read_at(at, &mut footer)?;
    let mut read = Reader::new(&footer, "archive footer");
    let (Ok(offset), Ok(entries), Ok(crc), Ok(0), Ok(MAGIC_TABLE)) = (
        read.u32(),
        read.u32(),
        read.u32(),
        read.u32(),
        read.array::<8>(),
    ) else {
        return Ok(None);
    };
    let bytes = u64::from(entries) * ENTRY_BYTES as u64;
    if u64::from(offset) + bytes != at {
        return Ok(None);
    }
    let mut table = vec![0; usize::try_from(bytes).unwrap_or(0)];
    file.read_at(u64::from(offset), &mut table)?;
    if crc32c::crc32c(&table) != crc {
        return Ok(None);
    }
    let (pairs, _) = table.as_chunks::<ENTRY_BYTES>();
    let entry = |&[a, b, c, d, e, f, g, h]: &[u8; ENTRY_BYTES]| {
        (
            u32::from_le_bytes([a, b, c, d]),
            u32::from_le_bytes([e, f, g, h]),
        )
    };
    Ok(Some(pairs.iter().map(entry).collect()))
}
