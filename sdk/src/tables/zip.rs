//! The parts of a ZIP archive, read from memory.
//!
//! ```text
//! parts ... | central directory: 0x02014b50, flags 2.., method, sizes, name | end: 0x06054b50
//! ```
//!
//! What must stay true: sizes are what comes out, never what the archive says; a part that grows
//! beyond its limit, or has no mark of XML for too long, ends in an error and not in memory.

use std::io::{self, BufReader, Read};

use memchr::{memmem, memrchr};
use miniz_oxide::inflate::stream::{InflateState, inflate};
use miniz_oxide::{DataFormat, MZFlush, MZStatus};

/// Largest part, unpacked.
pub(super) const PART_BYTES_MAX: u64 = 96 * 1024 * 1024;
/// Longest stretch of a part without the beginning of a tag: no cell is longer.
const STRETCH_BYTES_MAX: usize = 1024 * 1024;
/// What is unpacked at a time.
const BUFFER_BYTES: usize = 32 * 1024;
/// Most parts of an archive.
const PARTS_MAX: usize = 10_000;
/// The end of the archive stands among its last bytes, before a comment.
const END_BYTES_MAX: usize = 66_000;

const END: [u8; 4] = *b"PK\x05\x06";
const ENTRY: [u8; 4] = *b"PK\x01\x02";
const LOCAL: [u8; 4] = *b"PK\x03\x04";

/// Why a part cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unreadable {
    /// It is no archive, or damaged.
    Damaged,
    /// It wants a password.
    Locked,
}

/// An archive.
#[derive(Debug)]
pub(super) struct Archive<'b> {
    bytes: &'b [u8],
    parts: Vec<Part<'b>>,
}

#[derive(Debug)]
struct Part<'b> {
    name: &'b [u8],
    flags: u16,
    method: u16,
    crc: u32,
    packed: usize,
    local: usize,
}

impl<'b> Archive<'b> {
    /// Reads the central directory.
    pub(super) fn open(bytes: &'b [u8]) -> Result<Self, Unreadable> {
        let tail_from = bytes.len().saturating_sub(END_BYTES_MAX);
        let tail = bytes.get(tail_from..).unwrap_or_default();
        let end = memmem::rfind(tail, &END).ok_or(Unreadable::Damaged)?;
        let end = tail.get(end..).unwrap_or_default();
        let count = usize::from(u16_at(end, 10).ok_or(Unreadable::Damaged)?);
        let directory = u32_at(end, 16).and_then(|at| usize::try_from(at).ok());
        let mut at = directory.ok_or(Unreadable::Damaged)?;
        let mut parts = Vec::new();
        for _ in 0..count.min(PARTS_MAX) {
            let entry = bytes.get(at..).unwrap_or_default();
            let (part, length) = entry_at(entry).ok_or(Unreadable::Damaged)?;
            parts.push(part);
            at += length;
        }
        Ok(Self { bytes, parts })
    }

    /// A part, unpacked as it is read; none where there is no such part. Names differ in case.
    pub(super) fn part(&self, name: &str) -> Result<Option<Unpack<'b>>, Unreadable> {
        let same = |part: &&Part<'_>| part.name.eq_ignore_ascii_case(name.as_bytes());
        let Some(part) = self.parts.iter().find(same) else {
            return Ok(None);
        };
        if part.flags & 1 != 0 {
            return Err(Unreadable::Locked);
        }
        let packed = self.packed(part).ok_or(Unreadable::Damaged)?;
        let source = match part.method {
            0 => Source::Stored(packed),
            8 => Source::Deflated(packed, InflateState::new_boxed(DataFormat::Raw)),
            _ => return Err(Unreadable::Damaged),
        };
        Ok(Some(BufReader::with_capacity(
            BUFFER_BYTES,
            Bounded {
                source,
                total: 0,
                stretch: 0,
                crc: 0,
                declared_crc: part.crc,
            },
        )))
    }

    fn packed(&self, part: &Part<'_>) -> Option<&'b [u8]> {
        let local = self.bytes.get(part.local..)?;
        if !local.starts_with(&LOCAL) {
            return None;
        }
        let head = 30 + usize::from(u16_at(local, 26)?) + usize::from(u16_at(local, 28)?);
        local.get(head..)?.get(..part.packed)
    }
}

/// An entry of the central directory, and how long it is.
fn entry_at(entry: &[u8]) -> Option<(Part<'_>, usize)> {
    if !entry.starts_with(&ENTRY) {
        return None;
    }
    let name = usize::from(u16_at(entry, 28)?);
    let behind = usize::from(u16_at(entry, 30)?) + usize::from(u16_at(entry, 32)?);
    let part = Part {
        name: entry.get(46..46 + name)?,
        flags: u16_at(entry, 8)?,
        method: u16_at(entry, 10)?,
        crc: u32_at(entry, 16)?,
        packed: usize::try_from(u32_at(entry, 20)?).ok()?,
        local: usize::try_from(u32_at(entry, 42)?).ok()?,
    };
    Some((part, 46 + name + behind))
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    let two = bytes.get(at..)?.first_chunk::<2>()?;
    Some(u16::from_le_bytes(*two))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let four = bytes.get(at..)?.first_chunk::<4>()?;
    Some(u32::from_le_bytes(*four))
}

/// A part being unpacked.
pub(super) type Unpack<'b> = BufReader<Bounded<'b>>;

/// Unpacks within limits, and checks at its end that it was the part that was packed.
pub(super) struct Bounded<'b> {
    source: Source<'b>,
    total: u64,
    stretch: usize,
    crc: u32,
    declared_crc: u32,
}

enum Source<'b> {
    Stored(&'b [u8]),
    Deflated(&'b [u8], Box<InflateState>),
    End,
}

impl Read for Bounded<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = match &mut self.source {
            Source::Stored(bytes) => bytes.read(out)?,
            Source::Deflated(bytes, state) => unpack(bytes, state, out)?,
            Source::End => return Ok(0),
        };
        let bytes = out.get(..read).unwrap_or_default();
        if bytes.is_empty() {
            self.source = Source::End;
            return if self.crc == self.declared_crc {
                Ok(0)
            } else {
                Err(io::ErrorKind::InvalidData.into())
            };
        }
        self.crc = crc32(self.crc, bytes);
        self.total += read as u64;
        match memrchr(b'<', bytes) {
            Some(at) => self.stretch = read - at,
            None => self.stretch += read,
        }
        if self.total > PART_BYTES_MAX || self.stretch > STRETCH_BYTES_MAX {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        Ok(read)
    }
}

/// Fills some of `out`, and takes what it needs for it off `bytes`; 0 at the end of the stream.
fn unpack(bytes: &mut &[u8], state: &mut InflateState, out: &mut [u8]) -> io::Result<usize> {
    loop {
        let result = inflate(state, bytes, out, MZFlush::None);
        *bytes = bytes.get(result.bytes_consumed..).unwrap_or_default();
        match result.status {
            Ok(MZStatus::StreamEnd) => return Ok(result.bytes_written),
            Ok(MZStatus::Ok) if result.bytes_written > 0 => return Ok(result.bytes_written),
            Ok(MZStatus::Ok) if !bytes.is_empty() => {}
            _ => return Err(io::ErrorKind::InvalidData.into()),
        }
    }
}

/// CRC-32 as ZIP has it, going on from `crc`.
pub(super) fn crc32(crc: u32, bytes: &[u8]) -> u32 {
    let step = |crc: u32, byte: &u8| {
        let entry = CRC_TABLE.get(((crc ^ u32::from(*byte)) & 0xff) as usize);
        (crc >> 8) ^ entry.copied().unwrap_or_default()
    };
    !bytes.iter().fold(!crc, step)
}

const CRC_TABLE: [u32; 256] = {
    let mut table = [0; 256];
    let mut rest: &mut [u32] = &mut table;
    let mut byte = 0;
    while let Some((entry, behind)) = rest.split_first_mut() {
        let mut crc: u32 = byte;
        let mut bit = 0;
        while bit < 8 {
            crc = (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg());
            bit += 1;
        }
        *entry = crc;
        byte += 1;
        rest = behind;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::crc32;

    #[test]
    fn the_check_of_a_part_is_that_of_zip() {
        assert_eq!(crc32(0, b"123456789"), 0xcbf4_3926);
        assert_eq!(crc32(crc32(0, b"1234"), b"56789"), 0xcbf4_3926);
    }
}
