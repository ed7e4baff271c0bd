//! Takes in memory: the newest, and those that are being delivered; so that a parcel is rarely
//! read back from the disk.

use crate::frames::TakeFrame;
use std::collections::VecDeque;
use std::sync::Arc;

/// Least recently used goes first.
pub(crate) struct TakeCache {
    takes: VecDeque<(u64, Arc<TakeFrame>)>,
    bytes: usize,
    bytes_max: usize,
}

impl TakeCache {
    pub(crate) const fn new(bytes_max: usize) -> Self {
        Self {
            takes: VecDeque::new(),
            bytes: 0,
            bytes_max,
        }
    }

    pub(crate) fn get(&mut self, seq: u64) -> Option<Arc<TakeFrame>> {
        let at = self.takes.iter().rposition(|(have, _)| *have == seq)?;
        let found = self.takes.remove(at)?;
        let take = Arc::clone(&found.1);
        self.takes.push_back(found);
        Some(take)
    }

    pub(crate) fn put(&mut self, seq: u64, take: Arc<TakeFrame>) {
        self.remove(seq);
        self.bytes += weight(&take);
        self.takes.push_back((seq, take));
        while self.bytes > self.bytes_max
            && let Some((_, gone)) = self.takes.pop_front()
        {
            self.bytes -= weight(&gone);
        }
    }

    pub(crate) fn remove(&mut self, seq: u64) {
        if let Some(at) = self.takes.iter().position(|(have, _)| *have == seq)
            && let Some((_, gone)) = self.takes.remove(at)
        {
            self.bytes -= weight(&gone);
        }
    }
}

fn weight(take: &TakeFrame) -> usize {
    let bodies = take.bodies.as_ref().map_or(0, String::len);
    let doubtful: usize = take
        .doubtful
        .iter()
        .map(|row| row.content.len() + 256)
        .sum();
    bodies + doubtful + take.rows.len() * 64 + 1024
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frames::tests::take_of;

    #[test]
    fn what_was_used_last_stays() {
        let take = Arc::new(take_of("r", 10, 100));
        let mut cache = TakeCache::new(weight(&take) * 2);
        cache.put(1, Arc::clone(&take));
        cache.put(2, Arc::clone(&take));
        assert!(cache.get(1).is_some());
        cache.put(3, Arc::clone(&take));
        assert!(cache.get(2).is_none());
        assert!(cache.get(1).is_some() && cache.get(3).is_some());
        cache.remove(1);
        cache.remove(3);
        assert_eq!(cache.bytes, 0);
    }
}
