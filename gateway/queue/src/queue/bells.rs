//! Who is told that something new can be delivered.

use crate::log::lock;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

/// Called when there may be a new parcel; must not block.
pub(crate) type Bell = Arc<dyn Fn() + Send + Sync>;

#[derive(Default)]
struct Rings {
    by_target: HashMap<(String, String), Bell>,
    /// Bells to ring once a take is durable.
    due: Vec<(u64, Bell)>,
}

/// Bells of all targets.
#[derive(Default)]
pub(crate) struct Bells(Mutex<Rings>);

impl Bells {
    pub(crate) fn watch(&self, route: &str, target: &str, bell: Bell) {
        lock(&self.0)
            .by_target
            .insert((route.to_owned(), target.to_owned()), bell);
    }

    /// Take `seq` of `route` will be durable soon.
    pub(crate) fn expect(&self, seq: u64, route: &str, targets: &[String]) {
        let mut rings = lock(&self.0);
        for target in targets {
            let key = (route.to_owned(), target.clone());
            if let Some(bell) = rings.by_target.get(&key).map(Arc::clone) {
                rings.due.push((seq, bell));
            }
        }
    }

    /// All up to `seq` is durable.
    pub(crate) fn ring(&self, seq: u64) {
        let mut rings = lock(&self.0);
        if rings.due.is_empty() {
            return;
        }
        let (now, later) = std::mem::take(&mut rings.due)
            .into_iter()
            .partition(|(due, _)| *due <= seq);
        rings.due = later;
        drop(rings);
        let now: Vec<(u64, Bell)> = now;
        for (_, bell) in now {
            bell();
        }
    }
}
