//! How fast, and when, a target is delivered to.
//!
//! The rate holds over all routes that deliver there: each parcel reserves the time that its
//! records take at that rate, and starts when those before it have had theirs. A parcel that is
//! under way when the hours end is not broken off.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep, sleep_until};

use crate::target::{Hours, Pacing, World};

/// The longest wait before the hours are asked again: the clock of the machine may be set.
const ASK_AGAIN: Duration = Duration::from_secs(60);

pub(crate) struct Pace {
    records_per_second: Option<u32>,
    hours: Option<Hours>,
    /// When the next parcel may start.
    next: Mutex<Option<Instant>>,
}

impl Pace {
    pub(crate) fn new(pacing: Pacing) -> Self {
        Self {
            records_per_second: pacing.records_per_second.filter(|rate| *rate > 0),
            hours: pacing.hours,
            next: Mutex::default(),
        }
    }

    /// When the hours begin again; nothing where they are now.
    pub(crate) fn closed_until_ms(&self, now_ms: i64) -> Option<i64> {
        let opens_ms = self.hours.as_ref()?(now_ms)?;
        (opens_ms > now_ms).then_some(opens_ms)
    }

    /// Waits until a parcel of so many records may start.
    pub(crate) async fn wait(&self, records: usize, world: World) {
        loop {
            let now_ms = (world.now_ms)();
            let Some(opens_ms) = self.closed_until_ms(now_ms) else {
                break;
            };
            let left = Duration::from_millis(opens_ms.abs_diff(now_ms));
            sleep(left.min(ASK_AGAIN)).await;
        }
        if let Some(start) = self.reserve(records) {
            sleep_until(start).await;
        }
    }

    fn reserve(&self, records: usize) -> Option<Instant> {
        let rate = self.records_per_second?;
        let takes = Duration::from_secs_f64(records as f64 / f64::from(rate));
        let now = Instant::now();
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let start = next.map_or(now, |next| next.max(now));
        *next = Some(start + takes);
        Some(start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::WORLD;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicI64, Ordering};

    #[tokio::test(start_paused = true)]
    async fn parcels_follow_each_other_at_the_rate() {
        let pace = Pace::new(Pacing {
            records_per_second: Some(100),
            hours: None,
        });
        let began = Instant::now();
        let mut starts = Vec::new();
        for records in [50, 200, 1] {
            pace.wait(records, WORLD).await;
            starts.push(began.elapsed().as_millis());
        }
        assert_eq!(starts, [0, 500, 2_500]);
        sleep(Duration::from_secs(60)).await;
        pace.wait(500, WORLD).await;
        let waited = began.elapsed().as_secs();
        assert_eq!(waited, 62, "what was not used is not saved up");
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_starts_before_the_hours_begin() {
        let asked = Arc::new(AtomicI64::new(0));
        let counted = Arc::clone(&asked);
        let hours: Hours = Arc::new(move |now_ms| {
            let open = counted.fetch_add(1, Ordering::Relaxed) >= 3;
            (!open).then_some(now_ms + 90_000)
        });
        let pace = Pace::new(Pacing {
            records_per_second: None,
            hours: Some(hours),
        });
        let began = Instant::now();
        pace.wait(1, WORLD).await;
        assert_eq!(began.elapsed().as_secs(), 180);
        assert_eq!(pace.closed_until_ms(1), None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_target_without_rate_and_hours_is_not_waited_for() {
        let pace = Pace::new(Pacing::default());
        let began = Instant::now();
        pace.wait(5_000, WORLD).await;
        assert_eq!(began.elapsed(), Duration::ZERO);
    }
}
