//! Whether a file has come to rest: a pure decision.

use super::{HeldReason, Stamp};

/// How a file looked, and since when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Observation {
    pub(crate) at_ms: i64,
    pub(crate) stamp: Stamp,
}

/// Whether a file that looked like `before` and looks like `now` has looked the same for
/// `stable_ms`; with it, the observation to remember. A clock set back begins anew.
pub(crate) fn ready(
    before: Option<Observation>,
    now: Observation,
    stable_ms: u64,
) -> (Observation, Result<(), HeldReason>) {
    let since = before
        .filter(|before| before.stamp == now.stamp && before.at_ms <= now.at_ms)
        .unwrap_or(now);
    let still_ms = now.at_ms.abs_diff(since.at_ms);
    let settled = if still_ms >= stable_ms {
        Ok(())
    } else {
        Err(HeldReason::Settling {
            still_ms,
            stable_ms,
        })
    };
    (since, settled)
}
