//! A host for tests: feeds a whole file to an adapter natively, cut in every way, and checks that
//! the adapter keeps the contract.
//!
//! ```no_run
//! # struct List;
//! # fn golden<A>() {}
//! use credit_sdk::testkit::Feed;
//! # fn test<List: credit_sdk::Adapter>(bytes: &[u8]) {
//! // In a test of your crate; `BLESS=1 cargo test` writes the golden file anew.
//! Feed::read("golden/list.csv").unwrap().setting("level", "A").golden::<List>("rating").unwrap();
//! # }
//! ```

mod outcome;

use std::path::{Path, PathBuf};
use std::{env, fmt, fs};

pub use outcome::{DraftView, Outcome};

use crate::adapter::{Adapter, Piece, Settings, call};

/// Files up to this size are also cut into pieces of a few bytes.
const FINE_CUT_BYTES_MAX: usize = 16 * 1024;

/// Sizes of pieces for small files, in bytes.
const FINE_CUTS: [usize; 7] = [1, 2, 3, 7, 61, 509, 4093];

/// Sizes of pieces for all files, in bytes.
const COARSE_CUTS: [usize; 3] = [8_191, 65_536, 262_144];

/// How the adapter broke the contract, or what the golden file says otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation(String);

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Violation {}

/// A file with the settings under which it is read.
#[derive(Clone, Debug, Default)]
pub struct Feed {
    path: PathBuf,
    bytes: Vec<u8>,
    settings: Vec<(String, String)>,
}

impl Feed {
    /// A feed of these bytes, decoded as the host decodes a feed that the manifest calls text.
    #[must_use]
    pub fn text(bytes: &[u8]) -> Self {
        Self {
            bytes: crate::decode::decode(bytes).into_owned().into_bytes(),
            ..Self::default()
        }
    }

    /// A feed of these bytes as they are, for a manifest that does not call it text.
    #[must_use]
    pub fn binary(bytes: &[u8]) -> Self {
        Self {
            bytes: bytes.to_vec(),
            ..Self::default()
        }
    }

    /// A text feed read from a file.
    ///
    /// # Errors
    ///
    /// Where the file cannot be read.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, Violation> {
        Self::from_file(path.as_ref(), Self::text)
    }

    /// A feed read from a file as it is, for a manifest that does not call it text.
    ///
    /// # Errors
    ///
    /// Where the file cannot be read.
    pub fn read_binary(path: impl AsRef<Path>) -> Result<Self, Violation> {
        Self::from_file(path.as_ref(), Self::binary)
    }

    fn from_file(path: &Path, of: fn(&[u8]) -> Self) -> Result<Self, Violation> {
        match fs::read(path) {
            Ok(bytes) => Ok(Self {
                path: path.to_owned(),
                ..of(&bytes)
            }),
            Err(error) => Err(Violation(format!("{}: {error}", path.display()))),
        }
    }

    /// The same under a setting of the route.
    #[must_use]
    pub fn setting(mut self, name: &str, value: &str) -> Self {
        self.settings.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Runs the adapter over the feed in pieces of `piece_bytes`, as the host does.
    ///
    /// # Errors
    ///
    /// [`Violation`] where it breaks the contract.
    pub fn run<A: Adapter>(&self, feed: &str, piece_bytes: usize) -> Result<Outcome, Violation> {
        let settings: Settings<'_> = self
            .settings
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let file = self
            .path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or("feed");
        let mut outcome = Outcome::default();
        let (mut at, mut length, mut carry) = (0, piece_bytes, Vec::new());
        loop {
            let end = self.cut(at + length);
            let last = end == self.bytes.len();
            let bytes = self.bytes.get(at..end).unwrap_or_default();
            let offset = at as u64;
            let piece = Piece {
                feed,
                file,
                part: 0,
                parts: 1,
                bytes,
                offset,
                last,
                lost: 0,
            };
            let page = match call::<A>(&piece, &carry, &settings) {
                Ok(page) => page,
                Err(fault) => {
                    return Ok(Outcome {
                        fault: Some(fault),
                        ..Outcome::default()
                    });
                }
            };
            let consumed = usize::try_from(page.consumed).unwrap_or(usize::MAX);
            if consumed > bytes.len() || last && consumed < bytes.len() {
                let found = bytes.len();
                return Err(Violation(format!(
                    "consumed {consumed} of {found}, last: {last}"
                )));
            }
            carry.clone_from(&page.carry);
            outcome.add(page)?;
            if last {
                return Ok(outcome);
            }
            at += consumed;
            length = if consumed == 0 {
                length + piece_bytes
            } else {
                piece_bytes
            };
        }
    }

    /// Runs the adapter over the feed in pieces of many sizes, and checks that all runs are
    /// equal, that every body is one JSON object, and that every row is accounted for.
    ///
    /// # Errors
    ///
    /// [`Violation`] where it breaks the contract.
    pub fn check<A: Adapter>(&self, feed: &str) -> Result<Outcome, Violation> {
        let whole = self.run::<A>(feed, self.bytes.len().max(1))?;
        whole.check()?;
        let fine = if self.bytes.len() <= FINE_CUT_BYTES_MAX {
            &FINE_CUTS[..]
        } else {
            &[]
        };
        let again = [self.bytes.len().max(1)];
        for piece_bytes in fine.iter().chain(&COARSE_CUTS).chain(&again) {
            let cut = self.run::<A>(feed, *piece_bytes)?;
            if let Some(difference) = whole.difference(&cut) {
                return Err(Violation(format!(
                    "in pieces of {piece_bytes} bytes: {difference}"
                )));
            }
        }
        Ok(whole)
    }

    /// Checks the adapter, and compares what it makes with the golden file beside the feed's own
    /// (`list.csv.golden`). With `BLESS=1` in the environment, writes that file.
    ///
    /// # Errors
    ///
    /// [`Violation`] where it breaks the contract, or the golden file says otherwise.
    pub fn golden<A: Adapter>(&self, feed: &str) -> Result<Outcome, Violation> {
        let outcome = self.check::<A>(feed)?;
        let found = outcome.to_string();
        let path = PathBuf::from(format!("{}.golden", self.path.display()));
        let failed = |error| Violation(format!("{}: {error}", path.display()));
        if env::var_os("BLESS").is_some_and(|bless| bless == "1") {
            fs::write(&path, found).map_err(failed)?;
            return Ok(outcome);
        }
        let golden = fs::read_to_string(&path).map_err(failed)?;
        match first_difference(&golden, &found) {
            None => Ok(outcome),
            Some((line, golden, found)) => Err(Violation(format!(
                "{}, line {line}:\n  golden: {golden}\n  found:  {found}\nif the change is meant: \
                 BLESS=1 cargo test",
                path.display()
            ))),
        }
    }

    /// The nearest place at or behind `at` where the host can cut: between characters, as long as
    /// there are any.
    fn cut(&self, at: usize) -> usize {
        let continues = |byte: &u8| byte & 0xc0 == 0x80;
        let text = std::str::from_utf8(&self.bytes).is_ok();
        let rest = self.bytes.get(at..).unwrap_or_default();
        let more = rest
            .iter()
            .take_while(|byte| text && continues(byte))
            .count();
        (at + more).min(self.bytes.len())
    }
}

/// The first line in which two texts differ.
fn first_difference<'t>(golden: &'t str, found: &'t str) -> Option<(usize, &'t str, &'t str)> {
    let (mut left, mut right) = (golden.lines(), found.lines());
    for number in 1.. {
        match (left.next(), right.next()) {
            (None, None) => break,
            (left, right) if left == right => {}
            (left, right) => {
                return Some((number, left.unwrap_or("(end)"), right.unwrap_or("(end)")));
            }
        }
    }
    None
}

#[cfg(test)]
mod tests;
