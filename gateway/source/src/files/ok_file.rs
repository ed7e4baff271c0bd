//! The file beside a file that says it is complete, and may say what it holds:
//! `name|bytes|rows|sha256`. Any other content says no more than that it is complete.

use std::io::{self, Read};
use std::path::Path;

use super::HeldReason;
use crate::decode::{Decoder, Encoding};
use crate::digest::hex;

/// As much is read of an ok-file.
const OK_FILE_BYTES_MAX: u64 = 4_096;

/// What an ok-file says of its file. The rows are the adapter's to count.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Claim {
    name: String,
    bytes: u64,
    sha256: String,
}

/// The name of the ok-file of `file`.
pub(crate) fn name(pattern: &str, file: &str) -> String {
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    // In one pass, so that a file's own name is never taken for a pattern.
    let mut ok = String::with_capacity(pattern.len() + file.len());
    let mut rest = pattern;
    while let Some((before, from)) = rest.find('{').map(|at| rest.split_at(at)) {
        ok.push_str(before);
        rest = if let Some(after) = from.strip_prefix("{name}") {
            ok.push_str(file);
            after
        } else if let Some(after) = from.strip_prefix("{stem}") {
            ok.push_str(stem);
            after
        } else {
            ok.push('{');
            from.get(1..).unwrap_or_default()
        };
    }
    ok + rest
}

/// What the ok-file at `path` says, if it says more than that the file is complete.
pub(super) fn read(path: &Path) -> io::Result<Option<Claim>> {
    let mut content = Vec::new();
    super::open(path)?
        .take(OK_FILE_BYTES_MAX)
        .read_to_end(&mut content)?;
    Ok(parse(&content))
}

/// The same of what it holds.
pub(crate) fn parse(content: &[u8]) -> Option<Claim> {
    let text = Decoder::new(Encoding::Detect).decode(content, true, Vec::new());
    claim(&String::from_utf8_lossy(&text))
}

fn claim(text: &str) -> Option<Claim> {
    let mut fields = text.lines().next()?.split('|').map(str::trim);
    let (name, bytes, rows, sha256) = (
        fields.next()?,
        fields.next()?,
        fields.next()?,
        fields.next()?,
    );
    rows.parse::<u64>().ok()?;
    fields.next().is_none().then_some(())?;
    Some(Claim {
        name: name.to_owned(),
        bytes: bytes.parse().ok()?,
        sha256: sha256.to_ascii_lowercase(),
    })
}

impl Claim {
    /// Name and size agree.
    pub(crate) fn check_outside(&self, ok: &str, name: &str, bytes: u64) -> Result<(), HeldReason> {
        agree(ok, "name", &self.name, name)?;
        agree(ok, "bytes", &self.bytes.to_string(), &bytes.to_string())
    }

    /// The content agrees.
    pub(crate) fn check_content(&self, ok: &str, sha256: &[u8; 32]) -> Result<(), HeldReason> {
        agree(ok, "sha256", &self.sha256, &hex(sha256))
    }
}

fn agree(ok: &str, what: &'static str, declared: &str, found: &str) -> Result<(), HeldReason> {
    if declared == found {
        return Ok(());
    }
    Err(HeldReason::OkFileMismatch {
        ok: ok.to_owned(),
        what,
        declared: declared.to_owned(),
        found: found.to_owned(),
    })
}
