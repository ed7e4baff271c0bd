//! What is known of every key of a route, in memory: digest, version, state and place of its
//! newest version.
//!
//! A table of 40-byte slots in the order of their ids (ids are hashes, so their order is as good
//! as any), filled to between 80 and 90 %: 44 to 50 bytes a key. Linear probing in order: a miss
//! ends as early as a hit, a prefix of an id is a range, growing is one walk. The first byte of
//! the id chooses one of 256 shards, so that growing never copies more than a 256th at once.
//!
//! The whole id is kept. A fingerprint would save eight bytes a key, and cost a read of the log
//! for each new version of a record, under the route's lock.

mod shard;
#[cfg(test)]
mod tests;

pub(crate) use self::shard::{SLOT_BYTES, Shard};
use crate::log::Place;

const SHARDS: usize = 256;

/// The newest version is a withdrawal.
pub(crate) const WITHDRAWN: u8 = 1;
/// The newest version is contested.
pub(crate) const HELD: u8 = 2;
/// A target stored the newest version but doubts it.
pub(crate) const DOUBTED: u8 = 4;
/// A target refused the newest version.
pub(crate) const REFUSED: u8 = 8;

/// It is withdrawn because a full snapshot lacked it: in a later one it comes back as it was.
pub(crate) const ABSENT: u8 = 16;

/// Where a record stands, and what state it is in: segment 28 bits, block 14, row 16, state 6.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RecordPlace(u64);

impl RecordPlace {
    pub(crate) fn new(place: Place, row: u16, state: u8) -> Self {
        let segment = u64::from(place.segment) << 36;
        let block = u64::from(place.block & 0x3fff) << 22;
        Self(segment | block | u64::from(row) << 6 | u64::from(state & 0x3f))
    }

    pub(crate) const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    pub(crate) const fn bits(self) -> u64 {
        self.0
    }

    pub(crate) fn frame(self) -> Place {
        let segment = u32::try_from(self.0 >> 36).unwrap_or(0);
        let block = u32::try_from(self.0 >> 22 & 0x3fff).unwrap_or(0);
        Place { segment, block }
    }

    pub(crate) fn row(self) -> u16 {
        u16::try_from(self.0 >> 6 & 0xffff).unwrap_or(0)
    }

    pub(crate) fn state(self) -> u8 {
        u8::try_from(self.0 & 0x3f).unwrap_or(0)
    }

    /// The place alone.
    pub(crate) const fn stateless(self) -> Self {
        Self(self.0 & !0x3f)
    }
}

/// What is known of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) digest: u64,
    pub(crate) version: i64,
    pub(crate) place: RecordPlace,
}

/// All keys of a route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Index {
    shards: Vec<Shard>,
}

impl Default for Index {
    fn default() -> Self {
        Self {
            shards: vec![Shard::default(); SHARDS],
        }
    }
}

impl Index {
    pub(crate) fn get(&self, id: &[u8; 16]) -> Option<Known> {
        self.shards.get(shard_of(id))?.get(id)
    }

    pub(crate) fn put(&mut self, id: &[u8; 16], known: Known) {
        if let Some(shard) = self.shards.get_mut(shard_of(id)) {
            shard.put(id, known);
        }
    }

    /// Adds to the state of a key, if `place` still is its newest version.
    pub(crate) fn mark(&mut self, id: &[u8; 16], place: RecordPlace, state: u8) {
        let known = self
            .get(id)
            .filter(|known| known.place.stateless() == place.stateless());
        if let Some(known) = known {
            let place = RecordPlace::from_bits(known.place.bits() | u64::from(state & 0x3f));
            self.put(id, Known { place, ..known });
        }
    }

    /// Keys whose id begins with `digits` (2 to 32) hexadecimal digits of `prefix`, at most `most`.
    pub(crate) fn beginning(
        &self,
        prefix: u128,
        digits: usize,
        most: usize,
    ) -> Vec<([u8; 16], Known)> {
        let free = u32::try_from(128_usize.saturating_sub(digits * 4)).unwrap_or(0);
        let mask = 1_u128
            .checked_shl(free)
            .map_or(u128::MAX, |above| above - 1);
        let (first, last) = (prefix & !mask, prefix | mask);
        let shard = self.shards.get(shard_of(&first.to_be_bytes()));
        shard
            .into_iter()
            .flat_map(|shard| shard.between(first, last))
            .take(most)
            .collect()
    }

    /// All keys, in the order of their ids.
    pub(crate) fn iter(&self) -> impl Iterator<Item = ([u8; 16], Known)> + '_ {
        self.shards.iter().flat_map(Shard::iter)
    }

    pub(crate) fn keys(&self) -> u64 {
        self.shards.iter().map(|shard| shard.len() as u64).sum()
    }

    /// Memory it takes.
    pub(crate) fn bytes(&self) -> u64 {
        self.shards.iter().map(Shard::bytes).sum()
    }

    pub(crate) fn shards(&self) -> usize {
        self.shards.len()
    }

    pub(crate) fn shard(&self, n: usize) -> Option<&Shard> {
        self.shards.get(n)
    }

    pub(crate) fn set_shard(&mut self, n: usize, shard: Shard) {
        if let Some(place) = self.shards.get_mut(n) {
            *place = shard;
        }
    }
}

fn shard_of(id: &[u8; 16]) -> usize {
    let [first, ..] = id;
    usize::from(*first)
}
