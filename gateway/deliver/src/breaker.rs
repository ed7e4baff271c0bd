//! The breaker of a target: closed, open, half-open.
//!
//! ```text
//!            failures in a row = limit              open_ms passed: one probe may go
//!   Closed ───────────────────────────▶ Open ──────────────────────────▶ HalfOpen
//!     ▲                                  ▲                                  │  │
//!     │                                  └──────── the probe failed ────────┘  │
//!     └──────────────────────────── the target answered ───────────────────────┘
//! ```
//!
//! Pure: time comes in as milliseconds of some monotonic clock. A target that asks for quiet
//! (`Retry-After`) gets it whatever the state; that is an answer, not a failure.

/// When the breaker opens, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BreakerLimits {
    /// Failures in a row that open it; 0 counts as 1.
    pub failures: u32,
    /// How long nothing is sent then.
    pub open_ms: u64,
}

/// See the module's drawing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Closed { failures: u32 },
    Open { until_ms: u64 },
    HalfOpen,
}

/// Whether a request may go now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Admission {
    /// It may; `probe`: it alone, to see how the target is.
    Go { probe: bool },
    /// Ask again then, or when the breaker has changed.
    Later { ms: u64 },
    /// A probe is under way: ask again when the breaker has changed.
    Probing,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Breaker {
    limits: BreakerLimits,
    state: State,
    quiet_until_ms: u64,
}

impl Breaker {
    pub(crate) const fn new(limits: BreakerLimits) -> Self {
        Self {
            limits,
            state: State::Closed { failures: 0 },
            quiet_until_ms: 0,
        }
    }

    pub(crate) const fn state(&self) -> State {
        self.state
    }

    pub(crate) fn admit(&mut self, now_ms: u64) -> Admission {
        if self.state == State::HalfOpen {
            return Admission::Probing;
        }
        let opens_ms = match self.state {
            State::Open { until_ms } => until_ms.max(self.quiet_until_ms),
            State::Closed { .. } | State::HalfOpen => self.quiet_until_ms,
        };
        if now_ms < opens_ms {
            return Admission::Later {
                ms: opens_ms - now_ms,
            };
        }
        let probe = matches!(self.state, State::Open { .. });
        if probe {
            self.state = State::HalfOpen;
        }
        Admission::Go { probe }
    }

    /// The target answered, well or ill: it is there.
    pub(crate) const fn answered(&mut self) {
        self.state = State::Closed { failures: 0 };
    }

    /// The target asks to be left in peace for a while.
    pub(crate) fn asked_for_quiet(&mut self, now_ms: u64, quiet_ms: u64) {
        self.answered();
        self.quiet_until_ms = self.quiet_until_ms.max(now_ms.saturating_add(quiet_ms));
    }

    pub(crate) fn failed(&mut self, now_ms: u64) {
        let opened = State::Open {
            until_ms: now_ms.saturating_add(self.limits.open_ms),
        };
        self.state = match self.state {
            State::Closed { failures } if failures.saturating_add(1) < self.limits.failures => {
                State::Closed {
                    failures: failures.saturating_add(1),
                }
            }
            State::Closed { .. } | State::HalfOpen => opened,
            // A request that was under way when it opened says nothing new.
            open @ State::Open { .. } => open,
        };
    }

    /// The probe was given up without an answer: the next request is the probe.
    pub(crate) fn probe_abandoned(&mut self, now_ms: u64) {
        if self.state == State::HalfOpen {
            self.state = State::Open { until_ms: now_ms };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: BreakerLimits = BreakerLimits {
        failures: 3,
        open_ms: 1_000,
    };

    fn opened_at_zero() -> Breaker {
        let mut breaker = Breaker::new(LIMITS);
        (0..3).for_each(|_| breaker.failed(0));
        breaker
    }

    #[test]
    fn it_opens_after_failures_in_a_row_only() {
        let mut breaker = Breaker::new(LIMITS);
        for _ in 0..5 {
            breaker.failed(0);
            breaker.failed(0);
            breaker.answered();
        }
        assert_eq!(breaker.admit(0), Admission::Go { probe: false });
        assert_eq!(opened_at_zero().admit(1), Admission::Later { ms: 999 });
    }

    #[test]
    fn when_its_time_is_over_one_probe_goes_and_the_rest_wait_for_it() {
        let mut breaker = opened_at_zero();
        assert_eq!(breaker.admit(1_000), Admission::Go { probe: true });
        assert_eq!(breaker.admit(1_000), Admission::Probing);
        breaker.answered();
        assert_eq!(breaker.admit(1_000), Admission::Go { probe: false });
    }

    #[test]
    fn a_failed_probe_opens_it_again_and_an_abandoned_one_makes_room_for_the_next() {
        let mut breaker = opened_at_zero();
        breaker.admit(1_000);
        breaker.failed(1_500);
        assert_eq!(breaker.admit(1_500), Admission::Later { ms: 1_000 });
        breaker.admit(2_500);
        breaker.probe_abandoned(2_600);
        assert_eq!(breaker.admit(2_600), Admission::Go { probe: true });
    }

    #[test]
    fn quiet_asked_for_is_kept_and_does_not_open_it() {
        let mut breaker = Breaker::new(LIMITS);
        (0..9).for_each(|_| breaker.asked_for_quiet(0, 700));
        breaker.asked_for_quiet(0, 10);
        assert_eq!(breaker.admit(1), Admission::Later { ms: 699 });
        assert_eq!(breaker.admit(700), Admission::Go { probe: false });
    }

    #[test]
    fn a_late_failure_does_not_prolong_the_pause() {
        let mut breaker = opened_at_zero();
        breaker.failed(900);
        assert_eq!(breaker.admit(1_000), Admission::Go { probe: true });
    }
}
