//! One frame of the log: a header and a payload, beginning at a multiple of 4 KiB.
//!
//! ```text
//!  0  magic    "CGF1"
//!  4  kind     u8       0 is the log's own, the rest its user's
//!  5  zero     3 bytes
//!  8  length   u32      bytes of payload
//! 12  crc      u32      crc32c of payload, the segment's salt, this header without the crc
//! 16  sequence u64      one more than the frame before
//! 24  synced   u64      all up to this sequence was durable when this frame was written
//! 32  block    u32      where it begins in its segment, in units of 4 KiB
//! 36  zero     u32
//! 40  payload, then zeros up to the next block
//! ```
//!
//! `synced` is what tells a torn tail from damage: a frame can only be missing for a good reason
//! while nothing after it says that it was durable. The salt is random for each segment, so that
//! nobody can smuggle in something that looks like a frame within a record.

use super::disk::DiskFile;
use crate::limits::{BLOCK_BYTES, SEGMENT_BYTES};
use crate::wire::{Malformed, Reader, Writer};
use std::io;

/// Bytes of a header.
pub(crate) const HEADER_BYTES: usize = 40;

/// The log's own: everything before it is durable and nothing follows.
pub(crate) const KIND_SEAL: u8 = 0;

const MAGIC: [u8; 4] = *b"CGF1";

/// What stands before a payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) kind: u8,
    pub(crate) payload_bytes: u32,
    pub(crate) seq: u64,
    pub(crate) synced: u64,
    pub(crate) block: u32,
}

impl Header {
    /// The header as it is stored; `payload_crc` is the crc32c of the payload alone.
    pub(crate) fn encode(&self, salt: u64, payload_crc: u32) -> Vec<u8> {
        let mut out = Writer::with_capacity(HEADER_BYTES);
        out.raw(&MAGIC);
        out.u32(u32::from(self.kind));
        out.u32(self.payload_bytes);
        out.u32(self.crc(salt, payload_crc));
        out.u64(self.seq);
        out.u64(self.synced);
        out.u32(self.block);
        out.u32(0);
        out.into_bytes()
    }

    fn decode(bytes: &[u8]) -> Result<(Self, u32), Malformed> {
        let mut read = Reader::new(bytes, "frame header");
        let magic = read.array::<4>()?;
        let kind = u8::try_from(read.u32()?).map_err(|_| read.malformed())?;
        let payload_bytes = read.u32()?;
        let crc = read.u32()?;
        let (seq, synced) = (read.u64()?, read.u64()?);
        let (block, zero) = (read.u32()?, read.u32()?);
        if magic != MAGIC || zero != 0 || u64::from(payload_bytes) > SEGMENT_BYTES {
            return Err(read.malformed());
        }
        Ok((
            Self {
                kind,
                payload_bytes,
                seq,
                synced,
                block,
            },
            crc,
        ))
    }

    fn crc(&self, salt: u64, payload_crc: u32) -> u32 {
        let mut rest = Writer::with_capacity(HEADER_BYTES);
        rest.u64(salt);
        rest.u8(self.kind);
        rest.u32(self.payload_bytes);
        rest.u64(self.seq);
        rest.u64(self.synced);
        rest.u32(self.block);
        crc32c::crc32c_append(payload_crc, &rest.into_bytes())
    }

    /// Blocks that a frame takes in a segment.
    pub(crate) fn blocks(&self) -> u32 {
        blocks(u64::from(self.payload_bytes))
    }
}

/// Blocks that a frame with such a payload takes.
pub(crate) fn blocks(payload_bytes: u64) -> u32 {
    let blocks = (HEADER_BYTES as u64 + payload_bytes).div_ceil(BLOCK_BYTES);
    u32::try_from(blocks).unwrap_or(u32::MAX)
}

/// A frame as it was read, its checksum right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stored {
    pub(crate) header: Header,
    pub(crate) payload: Vec<u8>,
}

/// The header at `offset`, its checksum not yet looked at; `None` where there is none.
pub(crate) fn read_header(
    file: &dyn DiskFile,
    file_bytes: u64,
    offset: u64,
) -> io::Result<Option<(Header, u32)>> {
    if offset + HEADER_BYTES as u64 > file_bytes {
        return Ok(None);
    }
    let mut bytes = [0; HEADER_BYTES];
    file.read_at(offset, &mut bytes)?;
    Ok(Header::decode(&bytes).ok())
}

/// The frame at `offset` that claims to have begun at `block` of its segment; `None` where there
/// is no whole one.
pub(crate) fn read_frame(
    file: &dyn DiskFile,
    file_bytes: u64,
    offset: u64,
    block: u32,
    salt: u64,
) -> io::Result<Option<Stored>> {
    let Some((header, crc)) = read_header(file, file_bytes, offset)? else {
        return Ok(None);
    };
    let begin = offset + HEADER_BYTES as u64;
    if header.block != block || begin + u64::from(header.payload_bytes) > file_bytes {
        return Ok(None);
    }
    let mut payload = vec![0; header.payload_bytes as usize];
    file.read_at(begin, &mut payload)?;
    let sound = header.crc(salt, crc32c::crc32c(&payload)) == crc;
    Ok(sound.then_some(Stored { header, payload }))
}
