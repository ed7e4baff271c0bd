//! Compressed bodies of HTTP: gzip and zstd, taken apart with a limit on what comes out.
//!
//! What must stay true: no body becomes larger than its limit, on the disk or in memory, however
//! small it came; a body that ends too early, or whose checksum is wrong, is none.

use std::fs::File;
use std::io::{self, BufReader, Read, Write};

use flate2::read::MultiGzDecoder;
use hyper::HeaderMap;
use hyper::header::{CONTENT_ENCODING, HeaderValue};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// What can be unpacked, as `Accept-Encoding` says it.
pub const ACCEPTED: HeaderValue = HeaderValue::from_static("zstd, gzip");

/// A body of up to this size may be made of as little as one likes.
const FREE_BYTES: u64 = 1 << 20;
const BLOCK_BYTES: usize = 256 * 1024;
/// 8 MiB: what the zstd coding of HTTP allows (RFC 9659). More would be memory that a body makes
/// us give it.
const WINDOW_LOG_MAX: u32 = 23;

/// How a body is packed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Coding {
    /// Not at all.
    #[default]
    Plain,
    /// By gzip.
    Gzip,
    /// By zstd.
    Zstd,
}

/// Why a body cannot be unpacked.
#[derive(Debug, Error)]
pub enum UnpackError {
    /// It is damaged, or was cut off.
    #[error("it is damaged or was cut off")]
    Damaged(#[source] io::Error),
    /// More comes out than may.
    #[error("more comes out than may")]
    Large,
    /// Much more comes out than went in.
    #[error("much more comes out than went in")]
    Bomb,
    /// What comes out cannot be kept.
    #[error("what comes out cannot be kept")]
    Kept(#[source] io::Error),
}

impl Coding {
    /// The coding that the head of a message says.
    ///
    /// # Errors
    /// The word itself where it is none of ours.
    pub fn of(head: &HeaderMap) -> Result<Self, String> {
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
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Plain => "identity",
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        }
    }

    /// Unpacks `packed`, which has `bytes`, into `whole`: at most so many bytes, and so many times
    /// as many as went in.
    ///
    /// # Errors
    /// If it is damaged, more comes out than `limits` allow, or `whole` does not take it.
    pub fn unpack(
        self,
        packed: File,
        bytes: u64,
        whole: &mut impl Write,
        limits: (u64, u64),
    ) -> Result<(), UnpackError> {
        // Nothing is packed as nothing, by some.
        if bytes == 0 {
            return Ok(());
        }
        let packed = BufReader::with_capacity(BLOCK_BYTES, packed);
        match self {
            Self::Plain => copy(packed, bytes, whole, limits),
            Self::Gzip => copy(MultiGzDecoder::new(packed), bytes, whole, limits),
            Self::Zstd => {
                let mut zstd = zstd::Decoder::with_buffer(packed).map_err(UnpackError::Damaged)?;
                zstd.window_log_max(WINDOW_LOG_MAX)
                    .map_err(UnpackError::Damaged)?;
                copy(zstd, bytes, whole, limits)
            }
        }
    }
}

fn copy(
    mut from: impl Read,
    bytes: u64,
    to: &mut impl Write,
    (bytes_max, ratio_max): (u64, u64),
) -> Result<(), UnpackError> {
    let sane = bytes.saturating_mul(ratio_max).max(FREE_BYTES);
    let mut block = vec![0; BLOCK_BYTES];
    let mut sum: u64 = 0;
    loop {
        let read = match from.read(&mut block) {
            Ok(0) => return Ok(()),
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(UnpackError::Damaged(error)),
        };
        sum += read as u64;
        if sum > bytes_max {
            return Err(UnpackError::Large);
        }
        if sum > sane {
            return Err(UnpackError::Bomb);
        }
        to.write_all(block.get(..read).unwrap_or_default())
            .map_err(UnpackError::Kept)?;
    }
}
