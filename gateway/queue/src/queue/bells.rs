//! Who is told that something new can be delivered.
//!
//! What must stay true: whoever hangs up a bell and then looks for a parcel once hears of every
//! other, even of a take that was written before and becomes durable after.

use crate::log::lock;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

/// Called when there may be a new parcel; must not block.
pub(crate) type Bell = Arc<dyn Fn() + Send + Sync>;

/// Route and target.
type Door = (String, String);

#[derive(Default)]
struct Rings {
    by_door: HashMap<Door, Bell>,
    /// Where to ring once a take is durable, whether a bell hangs there by now or not.
    due: Vec<(u64, Door)>,
}

/// Bells of all targets.
#[derive(Default)]
pub(crate) struct Bells(Mutex<Rings>);

impl Bells {
    pub(crate) fn watch(&self, route: &str, target: &str, bell: Bell) {
        lock(&self.0)
            .by_door
            .insert((route.to_owned(), target.to_owned()), bell);
    }

    /// Take `seq` of `route` will be durable soon.
    pub(crate) fn expect(&self, seq: u64, route: &str, targets: &[String]) {
        let doors = targets.iter().map(|t| (seq, (route.to_owned(), t.clone())));
        lock(&self.0).due.extend(doors);
    }

    /// All up to `seq` is durable.
    pub(crate) fn ring(&self, seq: u64) {
        let mut rings = lock(&self.0);
        if rings.due.is_empty() {
            return;
        }
        let (now, later): (Vec<_>, Vec<_>) = std::mem::take(&mut rings.due)
            .into_iter()
            .partition(|(due, _)| *due <= seq);
        rings.due = later;
        let doors = now.iter().map(|(_, door)| door);
        let bells: Vec<Bell> = doors
            .filter_map(|door| rings.by_door.get(door).map(Arc::clone))
            .collect();
        drop(rings);
        for bell in bells {
            bell();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};

    #[test]
    fn a_bell_hung_up_between_a_take_and_its_barrier_is_rung() {
        let (bells, rung) = (Bells::default(), Arc::new(AtomicU32::new(0)));
        bells.expect(1, "tax", &["county".to_owned(), "province".to_owned()]);
        let ring = Arc::clone(&rung);
        let count = move || {
            ring.fetch_add(1, Ordering::Relaxed);
        };
        bells.watch("tax", "county", Arc::new(count));
        bells.ring(0);
        assert_eq!(rung.load(Ordering::Relaxed), 0, "it is not durable yet");
        bells.ring(1);
        assert_eq!(rung.load(Ordering::Relaxed), 1);
        bells.ring(2);
        assert_eq!(rung.load(Ordering::Relaxed), 1, "once for each take");
    }
}
