//! Compressed answers: gzip and zstd, taken apart with a limit on what comes out.
//!
//! What must stay true: no answer becomes larger than its limit, on the disk or in memory,
//! however small it came; an answer that ends too early, or whose checksum is wrong, is no answer.

use std::fs::File;
use std::io::{self, BufReader, Read, Write};

use flate2::read::MultiGzDecoder;
use hyper::HeaderMap;
use hyper::header::{CONTENT_ENCODING, HeaderValue};
use serde::{Deserialize, Serialize};

/// What is asked for.
pub(super) const ACCEPTED: HeaderValue = HeaderValue::from_static("zstd, gzip");

/// An answer of up to this size may be made of as little as one likes.
const FREE_BYTES: u64 = 1 << 20;
const BLOCK_BYTES: usize = 256 * 1024;
/// 8 MiB: what the zstd coding of HTTP allows (RFC 9659). More would be memory that an answer
/// makes us give it.
const WINDOW_LOG_MAX: u32 = 23;

/// How an answer is packed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Coding {
    #[default]
    Plain,
    Gzip,
    Zstd,
}

/// Why an answer cannot be unpacked.
#[derive(Debug)]
pub(super) enum Why {
    /// It is damaged, or was cut off.
    Damaged(io::Error),
    /// More comes out than may.
    Large,
    /// Much more comes out than went in.
    Bomb,
    /// What comes out cannot be kept.
    Kept(io::Error),
}

impl Coding {
    /// The coding that the head of an answer says; the word itself where it is none of ours.
    pub(super) fn of(head: &HeaderMap) -> Result<Self, String> {
        let mut coding = Self::Plain;
        for value in head.get_all(CONTENT_ENCODING) {
            let word = String::from_utf8_lossy(value.as_bytes())
                .trim()
                .to_ascii_lowercase();
            coding = match (coding, word.as_str()) {
                (coding, "identity" | "") => coding,
                (Self::Plain, "gzip" | "x-gzip") => Self::Gzip,
                (Self::Plain, "zstd") => Self::Zstd,
                _ => return Err(word),
            };
        }
        Ok(coding)
    }

    /// The word for it.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Plain => "identity",
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        }
    }

    /// Unpacks `packed`, which has `bytes`, into `whole`.
    pub(super) fn unpack(
        self,
        packed: File,
        bytes: u64,
        whole: &mut File,
        limits: (u64, u64),
    ) -> Result<(), Why> {
        // Nothing is packed as nothing, by some.
        if bytes == 0 {
            return Ok(());
        }
        let packed = BufReader::with_capacity(BLOCK_BYTES, packed);
        match self {
            Self::Plain => copy(packed, bytes, whole, limits),
            Self::Gzip => copy(MultiGzDecoder::new(packed), bytes, whole, limits),
            Self::Zstd => {
                let mut zstd = zstd::Decoder::with_buffer(packed).map_err(Why::Damaged)?;
                zstd.window_log_max(WINDOW_LOG_MAX).map_err(Why::Damaged)?;
                copy(zstd, bytes, whole, limits)
            }
        }
    }
}

fn copy(
    mut from: impl Read,
    bytes: u64,
    to: &mut File,
    (bytes_max, ratio_max): (u64, u64),
) -> Result<(), Why> {
    let sane = bytes.saturating_mul(ratio_max).max(FREE_BYTES);
    let mut block = vec![0; BLOCK_BYTES];
    let mut sum: u64 = 0;
    loop {
        let read = match from.read(&mut block) {
            Ok(0) => return Ok(()),
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(Why::Damaged(error)),
        };
        sum += read as u64;
        if sum > bytes_max {
            return Err(Why::Large);
        }
        if sum > sane {
            return Err(Why::Bomb);
        }
        to.write_all(block.get(..read).unwrap_or_default())
            .map_err(Why::Kept)?;
    }
}
