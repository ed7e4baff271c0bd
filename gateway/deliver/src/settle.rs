//! The one loop that waits: attempt, decide, wait, attempt again.

use std::pin::pin;
use std::time::Duration;

use credit_record::flow::{Parcel, Receipt};
use tokio::select;
use tokio::time::{sleep, timeout};

use crate::backoff::Backoff;
use crate::failing::Failings;
use crate::gate::Gate;
use crate::outcome::{Outcome, Stop};
use crate::pace::Pace;
use crate::target::World;

/// How long a request that is under way when the stop comes may still take.
const LAST_REQUEST_MS: u64 = 3_000;

/// How the delivery of a parcel ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Every row has its fate.
    Settled(Receipt),
    /// Somebody has to act first; the parcel is still to be delivered.
    Stopped(Stop),
    /// The stop signal came first; the parcel is still to be delivered.
    Interrupted,
}

/// Whoever makes one attempt: the courier, or its twin in tests.
pub(crate) trait Carrier: Sync {
    fn attempt(&self, parcel: &Parcel) -> impl Future<Output = Outcome> + Send;
}

/// When an attempt may be made, and when the next.
pub(crate) struct Rules<'a> {
    pub(crate) gate: &'a Gate,
    pub(crate) pace: &'a Pace,
    pub(crate) backoff: &'a Backoff,
    pub(crate) failing: &'a Failings,
    pub(crate) world: World,
}

pub(crate) async fn until_settled<C: Carrier>(
    carrier: &C,
    rules: Rules<'_>,
    parcel: &Parcel,
    stop: impl Future<Output = ()> + Send,
) -> Ending {
    let Rules {
        gate,
        pace,
        backoff,
        failing,
        world,
    } = rules;
    let _over = failing.until_over(&parcel.route);
    let mut stop = pin!(stop);
    let mut attempts = 0_u32;
    // Looking for an answer sends nothing: it is neither paced nor counted.
    let mut looking = false;
    loop {
        if !looking {
            select! {
                biased;
                () = &mut stop => return Ending::Interrupted,
                () = pace.wait(parcel.rows.len(), world) => {}
            }
        }
        let pass = select! {
            biased;
            () = &mut stop => return Ending::Interrupted,
            pass = gate.admit() => pass,
        };
        attempts = attempts.saturating_add(u32::from(!looking));
        let mut stopped = false;
        let mut attempt = pin!(carrier.attempt(parcel));
        let outcome = select! {
            outcome = &mut attempt => outcome,
            () = &mut stop => {
                stopped = true;
                match timeout(Duration::from_millis(LAST_REQUEST_MS), attempt).await {
                    Ok(outcome) => outcome,
                    Err(_) => return Ending::Interrupted,
                }
            }
        };
        let (after, why) = match outcome {
            Outcome::Settled(receipt) => {
                pass.answered();
                return Ending::Settled(Receipt {
                    attempts,
                    ..receipt
                });
            }
            Outcome::Stop(stop) => {
                pass.answered();
                return Ending::Stopped(stop);
            }
            Outcome::Wait(wait) => {
                pass.answered();
                looking = true;
                failing.over(&parcel.route);
                select! {
                    () = sleep(wait) => continue,
                    () = &mut stop => return Ending::Interrupted,
                }
            }
            Outcome::Retry { after, why } => (after, why),
        };
        looking = false;
        pass.failed(after);
        failing.failed(&parcel.route, (world.now_ms)(), &why);
        if stopped {
            return Ending::Interrupted;
        }
        let wait = after.unwrap_or_else(|| backoff.wait(attempts, (world.random)()));
        let (route, take, wait_ms) = (&parcel.route, parcel.id.take, wait.as_millis());
        tracing::warn!(
            to = parcel.id.target, route, take, part = parcel.id.part, attempts, wait_ms, %why,
            "delivery failed, will be tried again"
        );
        select! {
            () = sleep(wait) => {}
            () = &mut stop => return Ending::Interrupted,
        }
    }
}

#[cfg(test)]
mod tests;
