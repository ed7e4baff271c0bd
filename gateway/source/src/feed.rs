//! One feed, read front to back in pieces with bounded memory, on a thread that reads ahead.
//!
//! ```text
//!  file ─ raw block ─┬─ compress ───────── the copy that is kept
//!                    ├─ SHA-256 ────────── mark (decoded end, raw bytes, digest) ─┐
//!                    └─ decode ─ text block ─────────── 4 blocks ahead ───────────┴─▶ piece
//! ```
//!
//! What must stay true: the position is `offset` in the text, with the *mark* of the block that
//! holds it: the shortest run of whole blocks, from the beginning, whose text reaches `offset`.
//! So the first [`Feed::raw_bytes`] of the file always decode to `offset` bytes at least (or
//! end the file), and going on from a position gives the same text as never having stopped.
//! Pieces begin where blocks or what was consumed end, and end between characters.

mod error;
mod reader;

use std::collections::VecDeque;
use std::io;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use credit_record::flow::{FinishedFeed, OpenFeed};

use crate::decode::Encoding;
use crate::files::{FoundFile, Stamp};
use crate::raw::{Keeper, Kept};
pub use error::FeedError;
use reader::{Block, Mark, Reader};

/// Blocks that are read ahead.
const AHEAD_BLOCKS: usize = 4;

/// A feed that is being read.
pub struct Feed {
    name: String,
    /// Text from `start` on is still to be given out.
    text: Vec<u8>,
    start: usize,
    offset: u64,
    /// The mark of the current position first, then those of all text held.
    marks: VecDeque<Mark>,
    /// The last block is in `text`.
    ended: bool,
    witness: Witness,
    blocks: Receiver<io::Result<Block>>,
    spares: SyncSender<Vec<u8>>,
    reading: Option<JoinHandle<Option<Keeper>>>,
}

/// Proves that the feed is what it was found as.
enum Witness {
    /// A file, which others may write to.
    File {
        found: FoundFile,
        file: std::fs::File,
    },
    /// A copy, of so many bytes; reading it proves it.
    Copy { bytes: u64 },
}

/// Text from the current position on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece<'a> {
    /// The text: UTF-8, unless the feed is [`Encoding::Binary`].
    pub bytes: &'a [u8],
    /// Where it stands in the decoded feed.
    pub offset: u64,
    /// No byte follows.
    pub last: bool,
}

impl Feed {
    /// Opens the feed, at its beginning or at the position kept in `resume`: the raw bytes up to
    /// there are read again and must have the digest kept.
    ///
    /// # Errors
    /// [`FeedError::Changed`] if they have not, [`FeedError::ChangedWhileReading`] if the file
    /// is not as it was found, and if it cannot be read.
    pub fn open(
        found: &FoundFile,
        encoding: Encoding,
        resume: Option<&OpenFeed>,
    ) -> Result<Self, FeedError> {
        Self::open_keeping(found, encoding, resume, None)
    }

    /// The same, and gives all raw bytes to `keeper`, those before the position as well.
    ///
    /// # Errors
    /// As [`Feed::open`].
    pub fn open_keeping(
        found: &FoundFile,
        encoding: Encoding,
        resume: Option<&OpenFeed>,
        keeper: Option<Keeper>,
    ) -> Result<Self, FeedError> {
        let name = &found.name;
        let failed = |source| FeedError::Open {
            name: name.clone(),
            source,
        };
        let file = found.open().map_err(failed)?;
        let witness = Witness::File {
            found: found.clone(),
            file: file.try_clone().map_err(failed)?,
        };
        witness.check()?;
        let mut reader = Reader::new(Box::new(file), encoding, keeper);
        let (offset, first) = match resume {
            None => (0, Block::default()),
            Some(open) => (open.offset, resumed(&mut reader, name, open)?),
        };
        Self::start(name, reader, witness, offset, first)
    }

    /// Opens a kept feed, as it came. It has been read to its end before: it has no position.
    ///
    /// # Errors
    /// If the copy does not open.
    pub fn again(kept: &Kept, encoding: Encoding) -> Result<Self, FeedError> {
        let name = &kept.label.name;
        let raw = kept.open().map_err(|source| FeedError::Open {
            name: name.clone(),
            source,
        })?;
        let reader = Reader::new(Box::new(raw), encoding, None);
        let bytes = kept.label.bytes;
        Self::start(name, reader, Witness::Copy { bytes }, 0, Block::default())
    }

    fn start(
        name: &str,
        reader: Reader,
        witness: Witness,
        offset: u64,
        first: Block,
    ) -> Result<Self, FeedError> {
        // What was resumed may be the end of a block: its mark counts from the beginning.
        let marks = VecDeque::from([first.mark]);
        let (sender, blocks) = sync_channel(AHEAD_BLOCKS);
        let (spares, returned) = sync_channel(AHEAD_BLOCKS);
        let reading = thread::Builder::new()
            .name("feed-reader".to_owned())
            .spawn(move || reader.run(first, &sender, &returned))
            .map_err(|source| FeedError::Open {
                name: name.to_owned(),
                source,
            })?;
        Ok(Self {
            name: name.to_owned(),
            text: Vec::new(),
            start: 0,
            offset,
            marks,
            ended: false,
            witness,
            blocks,
            spares,
            reading: Some(reading),
        })
    }

    /// The text from the current position: `want` bytes and up to the end of the character they
    /// end in, or all that is left. An empty piece is the last one.
    ///
    /// # Errors
    /// If the file cannot be read on.
    pub fn piece(&mut self, want: usize) -> Result<Piece<'_>, FeedError> {
        while !self.ended && self.text.len() - self.start < want.max(1) {
            self.next_block()?;
        }
        let all = self.text.get(self.start..).unwrap_or_default();
        let bytes = all.get(..character_end(all, want)).unwrap_or(all);
        Ok(Piece {
            bytes,
            offset: self.offset,
            last: self.ended && bytes.len() == all.len(),
        })
    }

    /// Goes on to the byte `bytes` further, at most to the end of the text held.
    pub fn consume(&mut self, bytes: usize) {
        let bytes = bytes.min(self.text.len() - self.start);
        self.start += bytes;
        self.offset += bytes as u64;
        while self.marks.len() > 1 && self.mark().end < self.offset {
            self.marks.pop_front();
        }
    }

    /// Bytes of the decoded feed dealt with.
    #[must_use]
    pub const fn offset(&self) -> u64 {
        self.offset
    }

    /// Raw bytes of the feed up to the end of the block that holds the current position.
    #[must_use]
    pub fn raw_bytes(&self) -> u64 {
        self.mark().raw_bytes
    }

    /// SHA-256 of those [`Self::raw_bytes`].
    #[must_use]
    pub fn raw_sha256(&self) -> [u8; 32] {
        self.mark().raw_sha256
    }

    /// What was read, once the last piece has been given out. To be asked for before anything
    /// that the last piece gave is kept.
    ///
    /// # Errors
    /// [`FeedError::ChangedWhileReading`], or [`FeedError::Unfinished`] before the last piece.
    pub fn finished(&self) -> Result<FinishedFeed, FeedError> {
        let end = match self.marks.back() {
            Some(end) if self.ended => end,
            _ => {
                return Err(FeedError::Unfinished {
                    name: self.name.clone(),
                    offset: self.offset,
                });
            }
        };
        self.witness.check()?;
        if end.raw_bytes != self.witness.bytes() {
            return Err(FeedError::ChangedWhileReading {
                name: self.name.clone(),
            });
        }
        Ok(FinishedFeed {
            name: self.name.clone(),
            bytes: end.raw_bytes,
            sha256: end.raw_sha256,
            refused: false,
        })
    }

    /// What was kept of the feed, once the last piece has been given out; nothing the second time.
    pub fn kept(&mut self) -> Option<Keeper> {
        let reading = self.reading.take_if(|_| self.ended)?;
        // A reading thread that panicked gave no last piece.
        reading.join().ok().flatten()
    }

    fn mark(&self) -> Mark {
        self.marks.front().copied().unwrap_or_default()
    }

    fn next_block(&mut self) -> Result<(), FeedError> {
        let received = self.blocks.recv();
        let block = received
            .unwrap_or_else(|_| Err(io::Error::other("the reading thread stopped")))
            .map_err(|source| FeedError::Read {
                name: self.name.clone(),
                offset: self.offset,
                source,
            })?;
        let spare = if self.start == self.text.len() {
            std::mem::replace(&mut self.text, block.text)
        } else {
            // What is left is less than was wanted: little to move.
            self.text.drain(..self.start);
            self.text.extend_from_slice(&block.text);
            block.text
        };
        self.start = 0;
        self.marks.push_back(block.mark);
        self.ended = block.last;
        // Refused when enough lie there, or when the reader is done: then it is freed.
        drop(self.spares.try_send(spare));
        Ok(())
    }
}

impl Witness {
    /// The file still is as it was found. One that was moved away meanwhile was read whole.
    fn check(&self) -> Result<(), FeedError> {
        let Self::File { found, file } = self else {
            return Ok(());
        };
        let failed = |source| FeedError::Open {
            name: found.name.clone(),
            source,
        };
        let same = Stamp::of(&file.metadata().map_err(failed)?) == found.stamp
            && match std::fs::symlink_metadata(&found.path) {
                Ok(there) => Stamp::of(&there) == found.stamp,
                Err(error) => error.kind() == io::ErrorKind::NotFound,
            };
        if same {
            return Ok(());
        }
        Err(FeedError::ChangedWhileReading {
            name: found.name.clone(),
        })
    }

    /// How many it has.
    const fn bytes(&self) -> u64 {
        match self {
            Self::File { found, .. } => found.stamp.bytes,
            Self::Copy { bytes, .. } => *bytes,
        }
    }
}

/// The first end of a character from byte `at` on. In what is no text it is off by some bytes at
/// most.
fn character_end(text: &[u8], at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    let continued = rest.iter().take(3).take_while(|b| **b & 0xc0 == 0x80);
    at + continued.count()
}

/// Reads again up to the position kept, and gives what follows it of its block.
fn resumed(reader: &mut Reader, name: &str, open: &OpenFeed) -> Result<Block, FeedError> {
    let failed = |source| FeedError::Read {
        name: name.to_owned(),
        offset: open.offset,
        source,
    };
    let changed = || FeedError::Changed {
        name: name.to_owned(),
        raw_bytes: open.raw_bytes,
    };
    let mut first = reader.prefix(open.raw_bytes, open.offset).map_err(failed)?;
    if (first.mark.raw_bytes, first.mark.raw_sha256) != (open.raw_bytes, open.raw_sha256) {
        return Err(changed());
    }
    if first.mark.end < open.offset {
        // Only the end of a feed gives text without further bytes.
        let missing = usize::try_from(open.offset - first.mark.end).unwrap_or(usize::MAX);
        first = reader.block(Vec::new()).map_err(failed)?;
        if first.mark.raw_bytes != open.raw_bytes || first.text.len() < missing {
            return Err(changed());
        }
        first.text.drain(..missing);
    }
    Ok(first)
}

#[cfg(test)]
mod tests;
