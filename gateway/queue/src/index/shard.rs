//! One ordered open-addressing table.
//!
//! Invariants: full slots ascend by id; between the home of a slot and the slot itself there is no
//! empty one. So a search walks from the home of an id until it meets an empty slot or a greater
//! id. Homes ascend with ids (multiply and shift), so any capacity will do.

use super::{Known, RecordPlace};
use crate::wire::{Malformed, Reader, Writer};

/// Bytes of a slot, in memory and in a snapshot.
pub(crate) const SLOT_BYTES: usize = 40;

const CAPACITY_LEAST: usize = 8;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Slot {
    high: u64,
    low: u64,
    digest: u64,
    version: i64,
    /// Never 0 in a full slot: segments count from 1.
    place: u64,
}

const EMPTY: Slot = Slot {
    high: 0,
    low: 0,
    digest: 0,
    version: 0,
    place: 0,
};

const _: () = assert!(size_of::<Slot>() == SLOT_BYTES);

impl Slot {
    const fn is_empty(&self) -> bool {
        self.place == 0
    }

    fn id(&self) -> u128 {
        u128::from(self.high) << 64 | u128::from(self.low)
    }

    fn known(&self) -> Known {
        let place = RecordPlace::from_bits(self.place);
        Known {
            digest: self.digest,
            version: self.version,
            place,
        }
    }
}

/// A 256th of an index.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shard {
    /// `capacity` slots that are homes, then a few for what is pushed beyond.
    slots: Vec<Slot>,
    capacity: usize,
    len: usize,
}

impl PartialEq for Shard {
    fn eq(&self, other: &Self) -> bool {
        self.full().eq(other.full())
    }
}

impl Eq for Shard {}

impl Shard {
    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn bytes(&self) -> u64 {
        (self.slots.capacity() * SLOT_BYTES) as u64
    }

    pub(crate) fn get(&self, id: &[u8; 16]) -> Option<Known> {
        let id = u128::from_be_bytes(*id);
        self.slots
            .get(self.search(id))
            .filter(|slot| slot.is(id))
            .map(Slot::known)
    }

    pub(crate) fn put(&mut self, id: &[u8; 16], known: Known) {
        let id = u128::from_be_bytes(*id);
        let slot = Slot {
            high: (id >> 64) as u64,
            low: id as u64,
            digest: known.digest,
            version: known.version,
            place: known.place.bits(),
        };
        let at = self.search(id);
        if let Some(found) = self.slots.get_mut(at).filter(|found| found.is(id)) {
            *found = slot;
            return;
        }
        if (self.len + 1) * 10 > self.capacity * 9 || !self.insert(at, slot) {
            self.grow();
            let at = self.search(id);
            while !self.insert(at, slot) {
                self.slots.push(EMPTY);
            }
        }
        self.len += 1;
    }

    /// Full slots in order, from the one with `first` on.
    pub(crate) fn between(
        &self,
        first: u128,
        last: u128,
    ) -> impl Iterator<Item = ([u8; 16], Known)> + '_ {
        let from = self.slots.get(self.home(first)..).unwrap_or_default();
        from.iter()
            .filter(move |slot| !slot.is_empty() && slot.id() >= first)
            .take_while(move |slot| slot.id() <= last)
            .map(|slot| (slot.id().to_be_bytes(), slot.known()))
    }

    /// All of them, in the order of their ids.
    pub(crate) fn iter(&self) -> impl Iterator<Item = ([u8; 16], Known)> + '_ {
        self.full()
            .map(|slot| (slot.id().to_be_bytes(), slot.known()))
    }

    /// Where the search for `id` ends: at its slot, or where it would be put.
    fn search(&self, id: u128) -> usize {
        let home = self.home(id);
        let walked = self.slots.get(home..).unwrap_or_default();
        home + walked
            .iter()
            .take_while(|slot| !slot.is_empty() && slot.id() < id)
            .count()
    }

    /// The first slot for `id`: the bits after the byte that chose the shard, spread evenly.
    fn home(&self, id: u128) -> usize {
        let spread = (id >> 56) as u64;
        ((u128::from(spread) * self.capacity as u128) >> 64) as usize
    }

    /// Puts a new slot at `at`, pushing others on; fails where none is empty behind.
    fn insert(&mut self, at: usize, slot: Slot) -> bool {
        let Some(behind) = self.slots.get_mut(at..) else {
            return false;
        };
        let Some(empty) = behind.iter().position(Slot::is_empty) else {
            return false;
        };
        behind.copy_within(..empty, 1);
        if let Some(first) = behind.first_mut() {
            *first = slot;
        }
        true
    }

    fn grow(&mut self) {
        let capacity = (self.capacity + self.capacity / 8 + 1).max(CAPACITY_LEAST);
        self.rebuild(capacity);
    }

    fn rebuild(&mut self, capacity: usize) {
        let spare = (capacity / 16).min(64) + 1;
        let old = std::mem::replace(&mut self.slots, vec![EMPTY; capacity + spare]);
        self.capacity = capacity;
        let mut next = 0;
        for slot in old.into_iter().filter(|slot| !slot.is_empty()) {
            let at = self.home(slot.id()).max(next);
            if at >= self.slots.len() {
                self.slots.push(EMPTY);
            }
            if let Some(place) = self.slots.get_mut(at) {
                *place = slot;
            }
            next = at + 1;
        }
    }

    fn full(&self) -> impl Iterator<Item = &Slot> {
        self.slots.iter().filter(|slot| !slot.is_empty())
    }

    pub(crate) fn encode(&self, out: &mut Writer) {
        out.count(self.len);
        for slot in self.full() {
            out.u64(slot.high);
            out.u64(slot.low);
            out.u64(slot.digest);
            out.i64(slot.version);
            out.u64(slot.place);
        }
    }

    pub(crate) fn decode(read: &mut Reader<'_>) -> Result<Self, Malformed> {
        let slots = read.list(SLOT_BYTES, |read| {
            Ok(Slot {
                high: read.u64()?,
                low: read.u64()?,
                digest: read.u64()?,
                version: read.i64()?,
                place: read.u64()?,
            })
        })?;
        let ordered = slots.is_sorted_by(|a, b| a.id() < b.id());
        if !ordered || slots.iter().any(Slot::is_empty) {
            return Err(read.malformed());
        }
        let len = slots.len();
        let mut shard = Self {
            slots,
            capacity: 0,
            len,
        };
        if len > 0 {
            shard.rebuild((len * 8 / 7 + 1).max(CAPACITY_LEAST));
        }
        Ok(shard)
    }
}

impl Slot {
    fn is(&self, id: u128) -> bool {
        !self.is_empty() && self.id() == id
    }
}
