//! The log of record: segments of frames, appended in one sequence, durable when acknowledged.
//!
//! It knows bytes only. Invariants:
//! * sequences are consecutive from 1, over all segments and archives;
//! * [`Log::synced`] never names a frame that a power cut can take away;
//! * an append that failed leaves nothing behind that recovery would take for a frame;
//! * once a barrier failed nothing is promised any more until the log is opened again: the kernel
//!   may have dropped what it could not write.

pub(crate) mod disk;
mod frame;
mod read;
mod recover;
mod segment;
mod sync;
#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) mod twin;

use self::disk::{Disk, DiskFile};
use self::frame::Header;
pub(crate) use self::frame::{HEADER_BYTES, KIND_SEAL, Stored};
pub(crate) use self::read::Cursor;
pub(crate) use self::recover::{RecoverError, Replayed, replay};
pub(crate) use self::segment::Head;
use self::segment::{SegmentFile, new_segment, salt};
use self::sync::Progress;
use crate::limits::BLOCK_BYTES;
use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use thiserror::Error;

/// Where a frame begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) segment: u32,
    /// In units of 4 KiB.
    pub(crate) block: u32,
}

/// A stretch of the log that is not what was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Damage {
    pub(crate) file: String,
    pub(crate) offset: u64,
    /// The sequence that should stand there, 0 if none in particular.
    pub(crate) seq: u64,
    /// The sequence of a later frame that proves it was durable.
    pub(crate) witness: Option<u64>,
}

/// Why nothing was appended.
#[derive(Debug, Error)]
pub(crate) enum LogError {
    #[error("the disk is full")]
    Full(#[source] io::Error),
    #[error("the log could not be written")]
    Write(#[source] io::Error),
    #[error("the log takes nothing more since a barrier failed: {0}")]
    Poisoned(Arc<str>),
    #[error("a frame of {bytes} bytes does not fit into a segment")]
    TooLong { bytes: u64 },
}

impl LogError {
    fn of(source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full(source),
            _ => Self::Write(source),
        }
    }
}

/// Why a frame could not be read.
#[derive(Debug, Error)]
pub(crate) enum ReadError {
    #[error("{file} could not be read")]
    Io { file: String, source: io::Error },
    #[error("{} is damaged at byte {}", .0.file, .0.offset)]
    Damaged(Damage),
    #[error("there is no segment {0}")]
    Missing(u32),
}

/// How urgent durability is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Urgency {
    /// Somebody waits for it.
    Now,
    /// It may ride on the next barrier.
    Soon,
}

/// Unix milliseconds now.
pub(crate) type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// Called with the sequence up to which all is durable.
pub(crate) type OnSynced = Box<dyn Fn(u64) + Send + Sync>;

/// The log, open for appending.
pub(crate) struct Log {
    shared: Arc<Shared>,
    syncer: Mutex<Option<JoinHandle<()>>>,
}

struct Shared {
    disk: Arc<dyn Disk>,
    segment_bytes: u64,
    clock: Clock,
    tail: Mutex<Tail>,
    /// Wakes the syncer.
    work: Condvar,
    progress: Progress,
    catalog: Mutex<BTreeMap<u32, Head>>,
    readers: Mutex<Vec<Arc<SegmentFile>>>,
    appended: AtomicU64,
    appended_bytes: AtomicU64,
}

/// The end of the log, where frames are appended.
struct Tail {
    file: Arc<dyn DiskFile>,
    head: Head,
    block: u32,
    next_seq: u64,
    urgent: bool,
    unsynced: bool,
    stop: bool,
}

impl Log {
    /// Goes on behind what was replayed, in a segment of its own.
    pub(crate) fn start(
        disk: Arc<dyn Disk>,
        segment_bytes: u64,
        clock: Clock,
        replayed: Replayed,
        on_synced: OnSynced,
    ) -> Result<Self, LogError> {
        let Replayed {
            catalog,
            last_seq,
            next_segment,
            ..
        } = replayed;
        let (file, head) = new_segment(
            disk.as_ref(),
            segment_bytes,
            Head {
                number: next_segment,
                first_seq: last_seq + 1,
                made_ms: clock(),
                salt: salt(),
                archived: false,
            },
        )?;
        let mut catalog = catalog;
        catalog.insert(head.number, head);
        let next_seq = last_seq + 1;
        let tail = Tail {
            file,
            head,
            block: FIRST_BLOCK,
            next_seq,
            urgent: false,
            unsynced: false,
            stop: false,
        };
        let shared = Arc::new(Shared {
            disk,
            segment_bytes,
            clock,
            tail: Mutex::new(tail),
            work: Condvar::new(),
            progress: Progress::new(last_seq, on_synced),
            catalog: Mutex::new(catalog),
            readers: Mutex::default(),
            appended: AtomicU64::new(last_seq),
            appended_bytes: AtomicU64::new(0),
        });
        let for_thread = Arc::clone(&shared);
        let syncer = std::thread::Builder::new()
            .name("queue-sync".to_owned())
            .spawn(move || for_thread.sync_loop())
            .map_err(LogError::Write)?;
        Ok(Self {
            shared,
            syncer: Mutex::new(Some(syncer)),
        })
    }

    /// Appends one frame of user's `kind`. It is written on return (a killed process does not
    /// lose it), and durable once [`Log::wait`] says so.
    pub(crate) fn append(
        &self,
        kind: u8,
        parts: &[&[u8]],
        urgency: Urgency,
    ) -> Result<(u64, Place), LogError> {
        let shared = &self.shared;
        let payload_bytes: u64 = parts.iter().map(|part| part.len() as u64).sum();
        let blocks = frame::blocks(payload_bytes);
        if u64::from(blocks) + 1 > shared.segment_bytes / BLOCK_BYTES {
            return Err(LogError::TooLong {
                bytes: payload_bytes,
            });
        }
        let crc = parts
            .iter()
            .fold(0, |crc, part| crc32c::crc32c_append(crc, part));
        let mut tail = shared.tail();
        shared.progress.check()?;
        if u64::from(tail.block + blocks) * BLOCK_BYTES > shared.segment_bytes {
            shared.roll(&mut tail)?;
        }
        let header = Header {
            kind,
            payload_bytes: u32::try_from(payload_bytes).unwrap_or(u32::MAX),
            seq: tail.next_seq,
            synced: shared.progress.synced(),
            block: tail.block,
        };
        let head = header.encode(tail.head.salt, crc);
        let used = HEADER_BYTES as u64 + payload_bytes;
        let padding = u64::from(blocks) * BLOCK_BYTES - used;
        let zeros = ZEROS
            .get(..usize::try_from(padding).unwrap_or(0))
            .unwrap_or_default();
        let mut whole: Vec<&[u8]> = Vec::with_capacity(parts.len() + 2);
        whole.push(&head);
        whole.extend_from_slice(parts);
        whole.push(zeros);
        let offset = u64::from(tail.block) * BLOCK_BYTES;
        tail.file
            .write_at(offset, &whole)
            .map_err(|e| shared.wipe(&tail, e))?;
        let place = Place {
            segment: tail.head.number,
            block: tail.block,
        };
        tail.block += blocks;
        tail.next_seq += 1;
        tail.unsynced = true;
        tail.urgent |= urgency == Urgency::Now;
        shared.appended.store(header.seq, Ordering::Release);
        shared
            .appended_bytes
            .fetch_add(u64::from(blocks) * BLOCK_BYTES, Ordering::Relaxed);
        drop(tail);
        shared.work.notify_one();
        Ok((header.seq, place))
    }

    /// All up to this sequence is durable.
    pub(crate) fn synced(&self) -> u64 {
        self.shared.progress.synced()
    }

    /// The last sequence written.
    pub(crate) fn appended(&self) -> u64 {
        self.shared.appended.load(Ordering::Acquire)
    }

    /// Bytes appended since the log was opened.
    pub(crate) fn appended_bytes(&self) -> u64 {
        self.shared.appended_bytes.load(Ordering::Relaxed)
    }

    /// Fails if the log takes nothing more.
    pub(crate) fn check(&self) -> Result<(), LogError> {
        self.shared.progress.check()
    }

    /// Waits until frame `seq` is durable.
    pub(crate) fn wait(&self, seq: u64) -> Result<(), LogError> {
        self.shared.progress.wait(seq)
    }

    /// Barrier for all that was appended.
    pub(crate) fn sync(&self) -> Result<(), LogError> {
        let last = self.appended();
        if self.synced() >= last {
            return self.check();
        }
        self.shared.tail().urgent = true;
        self.shared.work.notify_one();
        self.wait(last)
    }

    /// Ends the log: all is durable, and a seal says that nothing follows. A segment that nothing
    /// was written to goes: who opened the log only to look leaves nothing behind.
    pub(crate) fn close(&self) -> Result<(), LogError> {
        if self.shared.tail().block == FIRST_BLOCK {
            self.stop();
            let name = segment::name(self.shared.tail().head.number, false);
            let disk = &self.shared.disk;
            return disk
                .remove(&name)
                .and_then(|()| disk.sync_dir())
                .map_err(LogError::of);
        }
        self.append(KIND_SEAL, &[], Urgency::Now)?;
        self.sync()?;
        self.stop();
        let tail = self.shared.tail();
        let end = u64::from(tail.block) * BLOCK_BYTES;
        tail.file
            .resize(end)
            .and_then(|()| tail.file.sync_data())
            .map_err(LogError::of)
    }

    fn stop(&self) {
        self.shared.tail().stop = true;
        self.shared.work.notify_all();
        if let Some(thread) = lock(&self.syncer).take() {
            drop(thread.join());
        }
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Shared {
    fn tail(&self) -> MutexGuard<'_, Tail> {
        lock(&self.tail)
    }

    /// A write failed: what it left must not be taken for a frame. The header goes first; if even
    /// that fails, the next append writes over it.
    fn wipe(&self, tail: &Tail, cause: io::Error) -> LogError {
        let offset = u64::from(tail.block) * BLOCK_BYTES;
        if let Err(source) = tail.file.write_at(offset, &[&ZEROS]) {
            tracing::debug!(%source, "an unfinished frame could not be wiped");
        }
        LogError::of(cause)
    }

    /// Ends the segment and begins the next one. Where there is no room for one, the old one
    /// stays and nothing is lost.
    fn roll(&self, tail: &mut Tail) -> Result<(), LogError> {
        self.barrier(&Arc::clone(&tail.file), tail.next_seq - 1)?;
        tail.unsynced = false;
        let head = Head {
            number: tail.head.number + 1,
            first_seq: tail.next_seq,
            made_ms: (self.clock)(),
            salt: salt(),
            archived: false,
        };
        let (file, head) = new_segment(self.disk.as_ref(), self.segment_bytes, head)?;
        // Gives back what the old one did not use; whether that is durable does not matter.
        if let Err(source) = tail.file.resize(u64::from(tail.block) * BLOCK_BYTES) {
            tracing::debug!(%source, "the end of a segment could not be cut off");
        }
        lock(&self.catalog).insert(head.number, head);
        tail.file = file;
        tail.head = head;
        tail.block = FIRST_BLOCK;
        Ok(())
    }
}

/// Where the first frame of a segment stands, behind its head.
const FIRST_BLOCK: u32 = 1;
const ZEROS: [u8; BLOCK_BYTES as usize] = [0; BLOCK_BYTES as usize];

/// Nothing panics while it holds one of our locks, so a poisoned one is sound.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
