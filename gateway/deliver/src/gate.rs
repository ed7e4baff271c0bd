//! The breaker as the routes of a target share it: whoever wants to send waits here for a pass.
//!
//! A pass that is dropped without a word was abandoned (the route was stopped): if it was the
//! probe, the next in line becomes the probe.

use std::pin::pin;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, timeout};

use crate::breaker::{Admission, Breaker, BreakerLimits, State};

pub(crate) struct Gate {
    target: String,
    origin: Instant,
    breaker: Mutex<Breaker>,
    changed: Notify,
}

impl Gate {
    pub(crate) fn new(target: String, limits: BreakerLimits) -> Self {
        let breaker = Mutex::new(Breaker::new(limits));
        Self {
            target,
            origin: Instant::now(),
            breaker,
            changed: Notify::new(),
        }
    }

    /// Waits until a request may go.
    pub(crate) async fn admit(&self) -> Pass<'_> {
        loop {
            // What changes from here on wakes the wait below.
            let mut changed = pin!(self.changed.notified());
            changed.as_mut().enable();
            match self.change(Breaker::admit) {
                Admission::Go { probe } => {
                    return Pass {
                        gate: self,
                        probe,
                        told: false,
                    };
                }
                Admission::Later { ms } => {
                    drop(timeout(Duration::from_millis(ms), changed).await);
                }
                Admission::Probing => changed.await,
            }
        }
    }

    fn change<T>(&self, decide: impl FnOnce(&mut Breaker, u64) -> T) -> T {
        let now_ms = whole_ms(self.origin.elapsed());
        let (decided, before, after) = {
            // The breaker is never left half-changed, so a panic elsewhere does not spoil it.
            let mut breaker = self.breaker.lock().unwrap_or_else(PoisonError::into_inner);
            let before = *breaker;
            (decide(&mut breaker, now_ms), before, *breaker)
        };
        if before != after {
            self.changed.notify_waiters();
            self.tell(before.state(), after.state(), now_ms);
        }
        decided
    }

    fn tell(&self, before: State, after: State, now_ms: u64) {
        match (before, after) {
            (State::Closed { .. } | State::HalfOpen, State::Open { until_ms })
                if until_ms > now_ms =>
            {
                let pause_ms = until_ms - now_ms;
                tracing::warn!(to = self.target, pause_ms, "breaker opened");
            }
            (State::Open { .. } | State::HalfOpen, State::Closed { .. }) => {
                tracing::info!(to = self.target, "breaker closed");
            }
            _ => {}
        }
    }
}

/// Leave to send one request; to be told how it went.
pub(crate) struct Pass<'a> {
    gate: &'a Gate,
    probe: bool,
    told: bool,
}

impl Pass<'_> {
    /// The target answered.
    pub(crate) fn answered(mut self) {
        self.told = true;
        self.gate.change(|breaker, _| breaker.answered());
    }

    /// It did not work; `quiet` is what the target asked for, if it did.
    pub(crate) fn failed(mut self, quiet: Option<Duration>) {
        self.told = true;
        self.gate.change(|breaker, now_ms| match quiet {
            Some(quiet) => breaker.asked_for_quiet(now_ms, whole_ms(quiet)),
            None => breaker.failed(now_ms),
        });
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        if self.probe && !self.told {
            self.gate.change(Breaker::probe_abandoned);
        }
    }
}

fn whole_ms(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
