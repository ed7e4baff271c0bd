//! Reading frames by place or in order, and turning a segment into an archive.

use super::segment::{self, SegmentFile};
use super::{Head, Log, LogError, Place, ReadError, Stored, lock};
use crate::limits::READERS_MAX;
use std::io;
use std::sync::Arc;
use thiserror::Error;

/// Goes through the log in order.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cursor {
    next_seq: u64,
    at: Option<Place>,
}

impl Cursor {
    /// Begins with frame `seq`.
    pub(crate) const fn at(seq: u64) -> Self {
        Self {
            next_seq: if seq == 0 { 1 } else { seq },
            at: None,
        }
    }

    /// The frame that comes next.
    pub(crate) const fn next_seq(&self) -> u64 {
        self.next_seq
    }
}

/// Why a segment was not archived; it is as it was.
#[derive(Debug, Error)]
pub(crate) enum ArchiveError {
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error("the archive of segment {segment} could not be written")]
    Write { segment: u32, source: io::Error },
    #[error(transparent)]
    Log(#[from] LogError),
}

impl Log {
    /// The frame at `place`.
    pub(crate) fn read(&self, place: Place) -> Result<Stored, ReadError> {
        let file = self.reader(place.segment)?;
        match file.frame(place.block)? {
            Some((stored, _)) if stored.header.block == place.block => Ok(stored),
            _ => Err(file.damaged(place.block, 0)),
        }
    }

    /// The error for a sound frame at `place` that is not what should be there.
    pub(crate) fn misplaced(&self, place: Place) -> ReadError {
        match self.reader(place.segment) {
            Ok(file) => file.damaged(place.block, 0),
            Err(error) => error,
        }
    }

    /// The next frame up to sequence `upto`. Archived frames come without bodies.
    pub(crate) fn following(
        &self,
        cursor: &mut Cursor,
        upto: u64,
    ) -> Result<Option<(Place, Stored)>, ReadError> {
        while cursor.next_seq <= upto {
            let segment = self.segment_of(cursor.next_seq)?;
            let file = self.reader(segment)?;
            let place = match cursor.at {
                Some(place) if place.segment == segment => place,
                _ => Place {
                    segment,
                    block: if file.head.archived { 0 } else { 1 },
                },
            };
            let damaged = || file.damaged(place.block, cursor.next_seq);
            let (header, after) = file.header(place.block)?.ok_or_else(damaged)?;
            if header.seq < cursor.next_seq {
                cursor.at = Some(Place {
                    segment,
                    block: after,
                });
                continue;
            }
            let (stored, after) = file.frame(place.block)?.ok_or_else(damaged)?;
            if stored.header.seq != cursor.next_seq {
                return Err(damaged());
            }
            *cursor = Cursor {
                next_seq: cursor.next_seq + 1,
                at: Some(Place {
                    segment,
                    block: after,
                }),
            };
            return Ok(Some((
                Place {
                    segment,
                    block: stored.header.block,
                },
                stored,
            )));
        }
        Ok(None)
    }

    /// Sealed segments that still have their bodies, oldest first, each with the time at which
    /// the next one was begun.
    pub(crate) fn sealed(&self) -> Vec<(Head, i64)> {
        let catalog = lock(&self.shared.catalog);
        let pairs = catalog.values().zip(catalog.values().skip(1));
        let sealed = pairs.filter(|(head, _)| !head.archived);
        sealed.map(|(head, next)| (*head, next.made_ms)).collect()
    }

    /// How many segments are archived.
    pub(crate) fn archived(&self) -> usize {
        lock(&self.shared.catalog)
            .values()
            .filter(|head| head.archived)
            .count()
    }

    /// Bytes of a segment's file.
    pub(crate) fn segment_bytes(&self, segment: u32) -> Result<u64, ReadError> {
        self.reader(segment)?.bytes()
    }

    /// Writes a sealed segment again with what `strip` leaves of each payload, and removes the
    /// original once that is durable.
    pub(crate) fn archive(
        &self,
        segment: u32,
        strip: &dyn Fn(u8, Vec<u8>) -> Vec<u8>,
    ) -> Result<(), ArchiveError> {
        let file = self.reader(segment)?;
        let end = lock(&self.shared.catalog)
            .get(&(segment + 1))
            .map(|next| next.first_seq);
        let end = end.ok_or(ReadError::Missing(segment + 1))?;
        let mut frames = Vec::new();
        let mut block = 1;
        for seq in file.head.first_seq..end {
            let (mut stored, next) = file.frame(block)?.ok_or_else(|| file.damaged(block, seq))?;
            if stored.header.seq != seq {
                return Err(file.damaged(block, seq).into());
            }
            stored.payload = strip(stored.header.kind, stored.payload);
            stored.header.payload_bytes = u32::try_from(stored.payload.len()).unwrap_or(u32::MAX);
            frames.push(stored);
            block = next;
        }
        let head = Head {
            archived: true,
            ..file.head
        };
        self.write_archive(&head, &segment::archive_bytes(&head, &frames))
            .map_err(|source| ArchiveError::Write { segment, source })?;
        // Under the readers' lock, so that nobody opens the original by its name meanwhile.
        let mut readers = lock(&self.shared.readers);
        lock(&self.shared.catalog).insert(segment, head);
        readers.retain(|reader| reader.head.number != segment);
        if let Err(source) = self.shared.disk.remove(&segment::name(segment, false)) {
            tracing::warn!(segment, %source, "an archived segment could not be removed");
        }
        Ok(())
    }

    fn write_archive(&self, head: &Head, bytes: &[u8]) -> io::Result<()> {
        let disk = self.shared.disk.as_ref();
        let unborn = format!("{}.tmp", head.name());
        let make = || {
            let file = disk.create(&unborn, 0)?;
            file.write_at(0, &[bytes])?;
            file.sync_data()?;
            disk.rename(&unborn, &head.name())?;
            disk.sync_dir()
        };
        make().inspect_err(|_| drop(disk.remove(&unborn)))
    }

    fn segment_of(&self, seq: u64) -> Result<u32, ReadError> {
        let catalog = lock(&self.shared.catalog);
        let head = catalog.values().rev().find(|head| head.first_seq <= seq);
        head.map(|head| head.number).ok_or(ReadError::Missing(1))
    }

    fn reader(&self, segment: u32) -> Result<Arc<SegmentFile>, ReadError> {
        let mut readers = lock(&self.shared.readers);
        let archived = lock(&self.shared.catalog)
            .get(&segment)
            .map(|head| head.archived);
        let archived = archived.ok_or(ReadError::Missing(segment))?;
        if let Some(at) = readers
            .iter()
            .position(|reader| reader.head.number == segment)
        {
            let reader = readers.remove(at);
            readers.push(Arc::clone(&reader));
            return Ok(reader);
        }
        let reader = Arc::new(SegmentFile::open(
            self.shared.disk.as_ref(),
            segment,
            archived,
        )?);
        if readers.len() >= READERS_MAX {
            readers.remove(0);
        }
        readers.push(Arc::clone(&reader));
        Ok(reader)
    }
}
