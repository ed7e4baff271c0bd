//! The state written out, so that opening need not read the whole log.
//!
//! ```text
//! head     "CGSNAP01" · after u64
//! sections length u32 · crc32c u32 · payload, of these kinds:
//!            1 route: name, ledger
//!            2 shard of the route before: number u16, slots
//!            3 end: durable u64
//!            4 removals of the route before, where full snapshots of it were read
//!            5 watch of the route before, where it is paused, has an alarm, or its last feed was
//!              refused
//! ```
//!
//! It is written while takes go on: each ledger is exact at its own `applied`, the shards of the
//! index are copied one after the other. Replaying from `after` on makes it exact, since putting a
//! slot again puts the same, and the log up to `durable` was synced before the snapshot got its
//! name. A damaged or missing snapshot costs time and nothing else.

use crate::index::{SLOT_BYTES, Shard};
use crate::log::disk::{Disk, DiskFile};
use crate::state::{Ledger, Removals, Route, State, Watch};
use crate::wire::{Malformed, Reader, Writer};
use std::io;
use std::sync::Arc;
use thiserror::Error;

const MAGIC: [u8; 8] = *b"CGSNAP01";
const HEAD_BYTES: usize = 16;
const KIND_ROUTE: u8 = 1;
const KIND_SHARD: u8 = 2;
const KIND_END: u8 = 3;
const KIND_REMOVALS: u8 = 4;
const KIND_WATCH: u8 = 5;
/// Snapshots kept: the newest, and one more should it be damaged.
const KEPT: usize = 2;

/// A state to go on from.
#[derive(Debug, Default)]
pub(crate) struct Loaded {
    pub(crate) state: State,
    /// Frames after this one are to be replayed.
    pub(crate) after: u64,
    /// Frames up to this one were durable.
    pub(crate) durable: u64,
    /// Snapshots that could not be used.
    pub(crate) damaged: u32,
}

#[derive(Debug, Error)]
enum LoadError {
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error(transparent)]
    Malformed(#[from] Malformed),
}

/// The newest snapshot that is sound, or the empty state.
pub(crate) fn load(disk: &dyn Disk) -> io::Result<Loaded> {
    let mut damaged = 0;
    for name in names(disk)?.iter().rev() {
        match read(disk, name) {
            Ok(loaded) => return Ok(Loaded { damaged, ..loaded }),
            Err(error) => {
                tracing::warn!(snapshot = name, %error, "a snapshot is damaged and not used");
                damaged += 1;
            }
        }
    }
    Ok(Loaded {
        damaged,
        ..Loaded::default()
    })
}

fn names(disk: &dyn Disk) -> io::Result<Vec<String>> {
    let mut names = disk.list()?;
    names.retain(|name| name.starts_with("snapshot-") && name.ends_with(".snap"));
    names.sort();
    Ok(names)
}

fn read(disk: &dyn Disk, name: &str) -> Result<Loaded, LoadError> {
    let malformed = Malformed("snapshot");
    let file = disk.open(name)?;
    let end = file.bytes()?;
    let mut head = [0; HEAD_BYTES];
    file.read_at(0, &mut head)?;
    let mut read = Reader::new(&head, "snapshot");
    if read.array::<8>()? != MAGIC {
        return Err(malformed.into());
    }
    let mut loaded = Loaded {
        after: read.u64()?,
        ..Loaded::default()
    };
    let mut offset = HEAD_BYTES as u64;
    let mut route: Option<(String, Route)> = None;
    loop {
        let section = section(file.as_ref(), &mut offset, end)?;
        let mut read = Reader::new(&section, "snapshot");
        let kind = read.u8()?;
        if kind == KIND_SHARD {
            let (_, route) = route.as_mut().ok_or(malformed)?;
            let number = usize::from(read.u16()?);
            route.index.set_shard(number, Shard::decode(&mut read)?);
        } else if kind == KIND_REMOVALS {
            let (_, route) = route.as_mut().ok_or(malformed)?;
            route.removals = Removals::decode(&mut read)?;
        } else if kind == KIND_WATCH {
            let (_, route) = route.as_mut().ok_or(malformed)?;
            route.watch = Watch::decode(&mut read)?;
        } else {
            loaded.state.routes.extend(route.take());
            match kind {
                KIND_ROUTE => {
                    let name = read.text()?;
                    let ledger = Ledger::decode(&mut read)?;
                    route = Some((
                        name,
                        Route {
                            ledger,
                            ..Route::default()
                        },
                    ));
                }
                KIND_END => {
                    loaded.durable = read.u64()?;
                    read.end()?;
                    return Ok(loaded);
                }
                _ => return Err(malformed.into()),
            }
        }
        read.end()?;
    }
}

fn section(file: &dyn DiskFile, offset: &mut u64, end: u64) -> Result<Vec<u8>, LoadError> {
    let mut head = [0; 8];
    file.read_at(*offset, &mut head)?;
    let mut read = Reader::new(&head, "snapshot");
    let (bytes, crc) = (read.u32()?, read.u32()?);
    *offset += 8;
    if *offset + u64::from(bytes) > end {
        return Err(Malformed("snapshot").into());
    }
    let mut payload = vec![0; bytes as usize];
    file.read_at(*offset, &mut payload)?;
    *offset += u64::from(bytes);
    if crc32c::crc32c(&payload) != crc {
        return Err(Malformed("snapshot").into());
    }
    Ok(payload)
}

/// A snapshot being written.
pub(crate) struct SnapshotWriter {
    disk: Arc<dyn Disk>,
    file: Arc<dyn DiskFile>,
    name: String,
    offset: u64,
    finished: bool,
}

impl Drop for SnapshotWriter {
    fn drop(&mut self) {
        if !self.finished
            && let Err(source) = self.disk.remove(&unborn(&self.name))
        {
            tracing::debug!(%source, "an unfinished snapshot could not be removed");
        }
    }
}

impl SnapshotWriter {
    /// Begins one that goes on after frame `after`.
    pub(crate) fn begin(disk: Arc<dyn Disk>, after: u64) -> io::Result<Self> {
        let name = format!("snapshot-{after:020}.snap");
        let file = disk.create(&unborn(&name), 0)?;
        let writer = Self {
            disk,
            file,
            name,
            offset: HEAD_BYTES as u64,
            finished: false,
        };
        let mut head = Writer::with_capacity(HEAD_BYTES);
        head.raw(&MAGIC);
        head.u64(after);
        writer.file.write_at(0, &[&head.into_bytes()])?;
        Ok(writer)
    }

    /// A route's ledger, encoded under the route's lock; its shards follow.
    pub(crate) fn route(&mut self, name: &str, ledger: Writer) -> io::Result<()> {
        let mut out = Writer::default();
        out.u8(KIND_ROUTE);
        out.text(name);
        self.section(&out.into_bytes(), &ledger.into_bytes())
    }

    /// What snapshots of the route lack, encoded together with the ledger.
    pub(crate) fn removals(&mut self, removals: Writer) -> io::Result<()> {
        self.section(&[KIND_REMOVALS], &removals.into_bytes())
    }

    /// Whether the route is paused, and its alarms, encoded together with the ledger.
    pub(crate) fn watch(&mut self, watch: Writer) -> io::Result<()> {
        self.section(&[KIND_WATCH], &watch.into_bytes())
    }

    /// A shard of the route's index, encoded under its lock by [`encode_shard`].
    pub(crate) fn shard(&mut self, shard: Writer) -> io::Result<()> {
        self.section(&shard.into_bytes(), &[])
    }

    /// Ends it and gives it its name; the log up to `durable` must be synced.
    pub(crate) fn finish(mut self, durable: u64) -> io::Result<u64> {
        let mut out = Writer::default();
        out.u8(KIND_END);
        out.u64(durable);
        self.section(&out.into_bytes(), &[])?;
        self.file.sync_data()?;
        self.disk.rename(&unborn(&self.name), &self.name)?;
        self.finished = true;
        self.disk.sync_dir()?;
        let names = names(self.disk.as_ref())?;
        for old in names.iter().rev().skip(KEPT) {
            self.disk.remove(old)?;
        }
        Ok(self.offset)
    }

    fn section(&mut self, head: &[u8], rest: &[u8]) -> io::Result<()> {
        let bytes = u32::try_from(head.len() + rest.len())
            .map_err(|_| io::Error::other("a section of a snapshot is too long"))?;
        let crc = crc32c::crc32c_append(crc32c::crc32c(head), rest);
        let lead = [bytes.to_le_bytes(), crc.to_le_bytes()];
        self.file
            .write_at(self.offset, &[lead.as_flattened(), head, rest])?;
        self.offset += 8 + u64::from(bytes);
        Ok(())
    }
}

/// One shard as it stands in a snapshot.
pub(crate) fn encode_shard(number: usize, shard: &Shard) -> Writer {
    let mut out = Writer::with_capacity(16 + shard.len() * SLOT_BYTES);
    out.u8(KIND_SHARD);
    out.u16(u16::try_from(number).unwrap_or(u16::MAX));
    shard.encode(&mut out);
    out
}

fn unborn(name: &str) -> String {
    format!("{name}.tmp")
}
