//! A disk in memory that forgets, at a crash, what no barrier made durable.
//!
//! Whatever was written since a file's last `sync_data` is there after a crash, or not, or only
//! some of its 512-byte sectors are; names changed since the last `sync_dir` are all there or
//! none is.

use super::disk::{Disk, DiskFile};
use super::lock;
use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

const SECTOR: usize = 512;

#[derive(Clone, Debug)]
enum Change {
    Write(u64, Vec<u8>),
    Resize(u64),
}

#[derive(Clone, Debug, Default)]
struct Inode {
    now: Vec<u8>,
    durable: Vec<u8>,
    pending: Vec<Change>,
}

#[derive(Default)]
struct World {
    inodes: Vec<Inode>,
    names: BTreeMap<String, usize>,
    durable_names: BTreeMap<String, usize>,
    /// Bytes that can still be allocated, if that is limited.
    room: Option<u64>,
    fail_syncs: bool,
    fail_writes: bool,
    ops: u64,
    /// Called before every change of the disk.
    plan: Option<(u64, Image)>,
}

/// What a planned crash leaves, and a number read at that moment.
#[derive(Clone)]
pub(crate) struct Image {
    seed: u64,
    watched: Arc<AtomicU64>,
    taken: Arc<Mutex<Option<(Twin, u64)>>>,
}

/// The disk.
#[derive(Clone, Default)]
pub(crate) struct Twin(Arc<Mutex<World>>);

/// A small generator, so that a crash can be repeated.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn roll(&mut self, below: u64) -> u64 {
        // splitmix64
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % below.max(1)
    }
}

fn change(bytes: &mut Vec<u8>, change: &Change, keep: &mut dyn FnMut(usize) -> bool) {
    match change {
        Change::Resize(to) => {
            if keep(0) {
                bytes.resize(*to as usize, 0);
            }
        }
        Change::Write(offset, data) => {
            let offset = *offset as usize;
            for (n, piece) in data.chunks(SECTOR).enumerate() {
                if keep(n) {
                    let at = offset + n * SECTOR;
                    if bytes.len() < at + piece.len() {
                        bytes.resize(at + piece.len(), 0);
                    }
                    bytes[at..at + piece.len()].copy_from_slice(piece);
                }
            }
        }
    }
}

impl World {
    fn step(&mut self) {
        self.ops += 1;
        if let Some((at, image)) = self.plan.clone()
            && self.ops == at
        {
            let watched = image.watched.load(Ordering::SeqCst);
            *lock(&image.taken) = Some((self.crash(image.seed), watched));
        }
    }

    fn crash(&self, seed: u64) -> Twin {
        let mut dice = Dice(seed);
        let names = if dice.roll(2) == 0 {
            &self.names
        } else {
            &self.durable_names
        };
        let mut world = World::default();
        for (name, inode) in names {
            let inode = &self.inodes[*inode];
            let mut bytes = inode.durable.clone();
            for pending in &inode.pending {
                let way = dice.roll(4);
                let edge = dice.roll(1 + 64) as usize;
                change(&mut bytes, pending, &mut |sector| match way {
                    0 => false,
                    1 => true,
                    2 => sector < edge,
                    _ => dice.roll(2) == 0,
                });
            }
            world.names.insert(name.clone(), world.inodes.len());
            world.inodes.push(Inode {
                now: bytes.clone(),
                durable: bytes,
                pending: Vec::new(),
            });
        }
        world.durable_names = world.names.clone();
        Twin(Arc::new(Mutex::new(world)))
    }
}

impl Twin {
    /// The disk after a crash at this moment.
    pub(crate) fn crash(&self, seed: u64) -> Self {
        lock(&self.0).crash(seed)
    }

    /// Plans a crash before the `op`th change from the start; what it leaves can be had later.
    pub(crate) fn plan(&self, op: u64, seed: u64, watched: Arc<AtomicU64>) -> Image {
        let image = Image {
            seed,
            watched,
            taken: Arc::default(),
        };
        lock(&self.0).plan = Some((op, image.clone()));
        image
    }

    pub(crate) fn ops(&self) -> u64 {
        lock(&self.0).ops
    }

    pub(crate) fn limit(&self, room: Option<u64>) {
        lock(&self.0).room = room;
    }

    pub(crate) fn fail_syncs(&self, fail: bool) {
        lock(&self.0).fail_syncs = fail;
    }

    /// Forgets what is to be written, but goes on showing it.
    pub(crate) fn give_up_writing(&self) {
        lock(&self.0)
            .inodes
            .iter_mut()
            .for_each(|inode| inode.pending.clear());
    }

    pub(crate) fn fail_writes(&self, fail: bool) {
        lock(&self.0).fail_writes = fail;
    }

    pub(crate) fn files(&self) -> Vec<(String, usize)> {
        let world = lock(&self.0);
        world
            .names
            .iter()
            .map(|(name, at)| (name.clone(), world.inodes[*at].now.len()))
            .collect()
    }

    /// A copy that nothing happens to unless it is made to.
    pub(crate) fn copy(&self) -> Self {
        let world = lock(&self.0);
        let copy = World {
            inodes: world.inodes.clone(),
            names: world.names.clone(),
            durable_names: world.durable_names.clone(),
            ..World::default()
        };
        Self(Arc::new(Mutex::new(copy)))
    }

    /// Changes a file behind everybody's back, as a bad disk does.
    pub(crate) fn meddle(&self, name: &str, change: impl FnOnce(&mut Vec<u8>)) {
        let mut world = lock(&self.0);
        let at = world.names[name];
        change(&mut world.inodes[at].now);
        world.inodes[at].durable = world.inodes[at].now.clone();
        world.inodes[at].pending.clear();
    }
}

impl Image {
    pub(crate) fn taken(&self) -> Option<(Twin, u64)> {
        lock(&self.taken).clone()
    }
}

struct TwinFile {
    world: Arc<Mutex<World>>,
    inode: usize,
}

fn full() -> io::Error {
    io::Error::from(io::ErrorKind::StorageFull)
}

impl Disk for Twin {
    fn list(&self) -> io::Result<Vec<String>> {
        Ok(lock(&self.0).names.keys().cloned().collect())
    }

    fn create(&self, name: &str, bytes: u64) -> io::Result<Arc<dyn DiskFile>> {
        let mut world = lock(&self.0);
        world.step();
        if let Some(room) = &mut world.room {
            *room = room.checked_sub(bytes).ok_or_else(full)?;
        }
        let inode = world.inodes.len();
        let now = vec![0; bytes as usize];
        world.inodes.push(Inode {
            now,
            durable: Vec::new(),
            pending: vec![Change::Resize(bytes)],
        });
        world.names.insert(name.to_owned(), inode);
        Ok(Arc::new(TwinFile {
            world: Arc::clone(&self.0),
            inode,
        }))
    }

    fn open(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        let inode = lock(&self.0).names.get(name).copied();
        let inode = inode.ok_or(io::ErrorKind::NotFound)?;
        Ok(Arc::new(TwinFile {
            world: Arc::clone(&self.0),
            inode,
        }))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut world = lock(&self.0);
        world.step();
        let inode = world.names.remove(from).ok_or(io::ErrorKind::NotFound)?;
        world.names.insert(to.to_owned(), inode);
        Ok(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let mut world = lock(&self.0);
        world.step();
        world
            .names
            .remove(name)
            .map(|_| ())
            .ok_or(io::ErrorKind::NotFound.into())
    }

    fn sync_dir(&self) -> io::Result<()> {
        let mut world = lock(&self.0);
        world.step();
        world.durable_names = world.names.clone();
        Ok(())
    }
}

impl DiskFile for TwinFile {
    fn bytes(&self) -> io::Result<u64> {
        Ok(lock(&self.world).inodes[self.inode].now.len() as u64)
    }

    fn write_at(&self, offset: u64, parts: &[&[u8]]) -> io::Result<()> {
        let mut world = lock(&self.world);
        world.step();
        let mut data = parts.concat();
        let fail = world.fail_writes;
        if fail {
            data.truncate(data.len() / 2);
        }
        let written = Change::Write(offset, data);
        let inode = &mut world.inodes[self.inode];
        change(&mut inode.now, &written, &mut |_| true);
        inode.pending.push(written);
        if fail {
            Err(io::Error::other("a bad sector"))
        } else {
            Ok(())
        }
    }

    fn read_at(&self, offset: u64, into: &mut [u8]) -> io::Result<()> {
        let world = lock(&self.world);
        let now = &world.inodes[self.inode].now;
        let from = now
            .get(offset as usize..)
            .and_then(|rest| rest.get(..into.len()));
        into.copy_from_slice(from.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn resize(&self, bytes: u64) -> io::Result<()> {
        let mut world = lock(&self.world);
        world.step();
        let inode = &mut world.inodes[self.inode];
        change(&mut inode.now, &Change::Resize(bytes), &mut |_| true);
        inode.pending.push(Change::Resize(bytes));
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut world = lock(&self.world);
        world.step();
        if world.fail_syncs {
            return Err(io::Error::other("the barrier failed"));
        }
        let inode = &mut world.inodes[self.inode];
        for pending in std::mem::take(&mut inode.pending) {
            change(&mut inode.durable, &pending, &mut |_| true);
        }
        Ok(())
    }
}
