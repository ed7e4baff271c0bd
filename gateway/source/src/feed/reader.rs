//! Reads, hashes and decodes a file block by block.

use std::io::{self, Read};
use std::sync::mpsc::{Receiver, SyncSender};

use crate::decode::{Decoder, Encoding};
use crate::digest::{Running, sha256};
use crate::raw::Keeper;

/// Raw bytes of a block.
const BLOCK_BYTES: usize = 256 * 1024;

/// How far whole blocks, from the beginning, reach.
#[derive(Clone, Copy)]
pub(super) struct Mark {
    /// Bytes of text.
    pub(super) end: u64,
    /// Raw bytes.
    pub(super) raw_bytes: u64,
    /// Their SHA-256.
    pub(super) raw_sha256: [u8; 32],
}

/// A stretch of text, and the mark at its end.
#[derive(Default)]
pub(super) struct Block {
    pub(super) text: Vec<u8>,
    pub(super) mark: Mark,
    /// Nothing follows.
    pub(super) last: bool,
}

/// Where the file stands.
pub(super) struct Reader {
    raw_feed: Box<dyn Read + Send>,
    keeper: Option<Keeper>,
    decoder: Decoder,
    raw: Box<[u8]>,
    hash: Running,
    raw_bytes: u64,
    end: u64,
}

impl Default for Mark {
    fn default() -> Self {
        Self {
            end: 0,
            raw_bytes: 0,
            raw_sha256: sha256(b""),
        }
    }
}

impl Reader {
    /// Reads `raw_feed`, and gives all of it to `keeper` as well.
    pub(super) fn new(
        raw_feed: Box<dyn Read + Send>,
        encoding: Encoding,
        keeper: Option<Keeper>,
    ) -> Self {
        Self {
            raw_feed,
            keeper,
            decoder: Decoder::new(encoding),
            raw: vec![0; BLOCK_BYTES].into_boxed_slice(),
            hash: Running::default(),
            raw_bytes: 0,
            end: 0,
        }
    }

    /// The first `raw_bytes` as one block, of whose text only what follows byte `from` is kept.
    /// It holds fewer if the file does.
    pub(super) fn prefix(&mut self, raw_bytes: u64, from: u64) -> io::Result<Block> {
        let mut block = Block::default();
        let mut spare = Vec::new();
        while self.raw_bytes < raw_bytes {
            let room = usize::try_from(raw_bytes - self.raw_bytes).unwrap_or(usize::MAX);
            let before = self.end;
            let (text, ended) = self.step(room, false, spare)?;
            if self.end > from {
                let dealt_with = usize::try_from(from.saturating_sub(before)).unwrap_or(usize::MAX);
                block
                    .text
                    .extend_from_slice(text.get(dealt_with..).unwrap_or_default());
            }
            spare = text;
            if ended {
                break;
            }
        }
        block.mark = self.mark();
        Ok(block)
    }

    /// The next block that holds text, or the last one.
    pub(super) fn block(&mut self, spare: Vec<u8>) -> io::Result<Block> {
        let mut spare = spare;
        loop {
            let (text, last) = self.step(BLOCK_BYTES, true, spare)?;
            if last || !text.is_empty() {
                return Ok(Block {
                    text,
                    mark: self.mark(),
                    last,
                });
            }
            spare = text;
        }
    }

    /// Sends `first` and all blocks after it, until the feed ends or is dropped. Each waits for
    /// its successor, so that the last one knows that it is the last. What was kept meanwhile is
    /// given back.
    pub(super) fn run(
        mut self,
        first: Block,
        blocks: &SyncSender<io::Result<Block>>,
        spares: &Receiver<Vec<u8>>,
    ) -> Option<Keeper> {
        let mut held = first;
        while !held.last {
            let next = match self.block(spares.try_recv().unwrap_or_default()) {
                Ok(next) => next,
                Err(error) => {
                    // What was read before is good; a dropped feed wants neither.
                    if blocks.send(Ok(held)).is_ok() {
                        drop(blocks.send(Err(error)));
                    }
                    return None;
                }
            };
            if next.text.is_empty() {
                held = Block {
                    text: held.text,
                    ..next
                };
            } else if held.text.is_empty() {
                held = next;
            } else if blocks.send(Ok(std::mem::replace(&mut held, next))).is_err() {
                return None;
            }
        }
        drop(blocks.send(Ok(held)));
        self.keeper
    }

    fn mark(&self) -> Mark {
        Mark {
            end: self.end,
            raw_bytes: self.raw_bytes,
            raw_sha256: self.hash.value(),
        }
    }

    /// Reads a block of `room` bytes at most: its text, and whether the file ends with it.
    fn step(&mut self, room: usize, flush: bool, spare: Vec<u8>) -> io::Result<(Vec<u8>, bool)> {
        let room = room.min(self.raw.len());
        let (mut filled, mut ended) = (0, false);
        while filled < room && !ended {
            match self
                .raw_feed
                .read(self.raw.get_mut(filled..room).unwrap_or_default())
            {
                Ok(0) => ended = true,
                Ok(read) => filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        let raw = self.raw.get(..filled).unwrap_or_default();
        self.hash.update(raw);
        if let Some(keeper) = &mut self.keeper {
            keeper.write(raw);
        }
        self.raw_bytes += filled as u64;
        let text = self.decoder.decode(raw, ended && flush, spare);
        self.end += text.len() as u64;
        Ok((text, ended))
    }
}
