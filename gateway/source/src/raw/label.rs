//! What a copy says of itself, at its beginning.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use credit_record::flow::AdapterId;
use serde::{Deserialize, Serialize};

use super::RawError;
use crate::digest::{Running, hex};

/// A frame that decoders of zstd skip.
const MAGIC: u32 = 0x184d_2a50;
const PREFIX_BYTES: usize = 8;
/// Bytes of the whole frame. The longest name of a file fits, however it is escaped.
pub(super) const LABEL_BYTES: usize = 4096;
const VERSION: u8 = 1;

/// What a kept feed is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// When it was read to its end; no two feeds of a route have the same.
    pub kept_ms: i64,
    /// Name of the file or of the pull.
    pub name: String,
    /// Raw bytes.
    pub bytes: u64,
    /// Their SHA-256.
    pub sha256: [u8; 32],
    /// The adapter that read it first.
    pub adapter: AdapterId,
    /// SHA-256 of the settings that it was read with.
    pub settings_sha256: [u8; 32],
}

#[derive(Serialize, Deserialize)]
struct Written {
    version: u8,
    kept_ms: i64,
    name: String,
    bytes: u64,
    sha256: String,
    adapter: String,
    adapter_version: String,
    adapter_sha256: String,
    settings_sha256: String,
}

impl Label {
    /// The frame.
    pub(super) fn encode(&self) -> io::Result<Vec<u8>> {
        let written = Written {
            version: VERSION,
            kept_ms: self.kept_ms,
            name: self.name.clone(),
            bytes: self.bytes,
            sha256: hex(&self.sha256),
            adapter: self.adapter.name.clone(),
            adapter_version: self.adapter.version.clone(),
            adapter_sha256: hex(&self.adapter.sha256),
            settings_sha256: hex(&self.settings_sha256),
        };
        let json = serde_json::to_vec(&written)?;
        let room = LABEL_BYTES - PREFIX_BYTES;
        if json.len() > room {
            return Err(io::Error::other("the feed's name is too long for a label"));
        }
        let mut frame = Vec::with_capacity(LABEL_BYTES);
        frame.extend_from_slice(&MAGIC.to_le_bytes());
        frame.extend_from_slice(&u32::try_from(room).unwrap_or(u32::MAX).to_le_bytes());
        frame.extend_from_slice(&json);
        frame.resize(LABEL_BYTES, b' ');
        Ok(frame)
    }

    fn decode(frame: &[u8]) -> Option<Self> {
        let (magic, rest) = frame.split_first_chunk::<4>()?;
        let json = rest.get(4..).filter(|_| *magic == MAGIC.to_le_bytes())?;
        let written: Written = serde_json::from_slice(json).ok()?;
        (written.version == VERSION).then_some(())?;
        Some(Self {
            kept_ms: written.kept_ms,
            name: written.name,
            bytes: written.bytes,
            sha256: digest(&written.sha256)?,
            adapter: AdapterId {
                name: written.adapter,
                version: written.adapter_version,
                sha256: digest(&written.adapter_sha256)?,
            },
            settings_sha256: digest(&written.settings_sha256)?,
        })
    }
}

/// SHA-256 of settings, whatever order they come in.
#[must_use]
pub fn settings_digest<'a>(settings: impl Iterator<Item = (&'a str, &'a str)>) -> [u8; 32] {
    let mut settings: Vec<_> = settings.collect();
    settings.sort_unstable();
    let mut hash = Running::default();
    for text in settings.iter().flat_map(|(name, value)| [name, value]) {
        hash.update(&(text.len() as u64).to_le_bytes());
        hash.update(text.as_bytes());
    }
    hash.value()
}

/// The label of the copy at `path`, and the copy's bytes on disk.
pub(super) fn read(path: &Path) -> Result<(Label, u64), RawError> {
    let failed = |source| RawError::Read {
        path: path.to_owned(),
        source,
    };
    let unlabelled = || RawError::Label {
        path: path.to_owned(),
    };
    let mut file = File::open(path).map_err(failed)?;
    let stored_bytes = file.metadata().map_err(failed)?.len();
    let mut frame = vec![0; LABEL_BYTES];
    file.read_exact(&mut frame).map_err(|_| unlabelled())?;
    let label = Label::decode(&frame).ok_or_else(unlabelled)?;
    Ok((label, stored_bytes))
}

fn digest(text: &str) -> Option<[u8; 32]> {
    let mut digest = [0; 32];
    for (at, byte) in digest.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    (text.len() == 64).then_some(digest)
}
