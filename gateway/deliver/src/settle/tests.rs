use std::future::pending;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use tokio::time::Instant;

use super::*;
use crate::breaker::BreakerLimits;
use crate::outcome::Scope;
use crate::samples::{WORLD, parcel};
use crate::target::Pacing;

const BACKOFF: Backoff = Backoff {
    first_ms: 1_000,
    factor: 2.0,
    most_ms: 60_000,
};
const BREAKER: BreakerLimits = BreakerLimits {
    failures: 3,
    open_ms: 30_000,
};

/// Gives the outcomes it was told, then settles; remembers when it was asked.
struct Twin {
    outcomes: Mutex<Vec<Outcome>>,
    began: Instant,
    asked_ms: Mutex<Vec<u128>>,
    takes_ms: u64,
}

impl Twin {
    fn new(outcomes: Vec<Outcome>) -> Self {
        let outcomes = Mutex::new(outcomes.into_iter().rev().collect());
        Self {
            outcomes,
            began: Instant::now(),
            asked_ms: Mutex::default(),
            takes_ms: 0,
        }
    }

    fn asked_ms(&self) -> Vec<u128> {
        self.asked_ms.lock().unwrap().clone()
    }
}

impl Carrier for Twin {
    async fn attempt(&self, _: &Parcel) -> Outcome {
        self.asked_ms
            .lock()
            .unwrap()
            .push(self.began.elapsed().as_millis());
        sleep(Duration::from_millis(self.takes_ms)).await;
        self.outcomes.lock().unwrap().pop().unwrap_or_else(settled)
    }
}

fn settled() -> Outcome {
    let task = "1".to_owned();
    Outcome::Settled(Receipt {
        task,
        at_ms: 0,
        attempts: 1,
        doubted: 0,
        rows: Vec::new(),
    })
}

fn failed() -> Outcome {
    Outcome::retry("timeout", "no reply".into())
}

fn throttled(seconds: u64) -> Outcome {
    match failed() {
        Outcome::Retry { why, .. } => Outcome::Retry {
            after: Some(Duration::from_secs(seconds)),
            why,
        },
        other => other,
    }
}

async fn run(twin: &Twin, gate: &Gate, stop: impl Future<Output = ()> + Send) -> Ending {
    let rules = Rules {
        gate,
        pace: &Pace::new(Pacing::default()),
        backoff: &BACKOFF,
        failing: &Failings::default(),
        world: WORLD,
    };
    until_settled(twin, rules, &parcel(&["{}"]), stop).await
}

fn gate() -> Gate {
    Gate::new("province".into(), BREAKER)
}

#[tokio::test(start_paused = true)]
async fn waits_grow_and_the_receipt_counts_the_attempts() {
    let twin = Twin::new(vec![failed(), failed()]);
    let Ending::Settled(receipt) = run(&twin, &gate(), pending()).await else {
        panic!()
    };
    assert_eq!(receipt.attempts, 3);
    assert_eq!(twin.asked_ms(), [0, 1_000, 3_000]);
}

#[tokio::test(start_paused = true)]
async fn what_the_target_asks_for_counts_more_than_our_own_wait() {
    let twin = Twin::new(vec![throttled(7), throttled(1)]);
    run(&twin, &gate(), pending()).await;
    assert_eq!(twin.asked_ms(), [0, 7_000, 8_000]);
}

#[tokio::test(start_paused = true)]
async fn an_open_breaker_keeps_every_route_away_and_one_probe_closes_it() {
    let gate = gate();
    let ill = Twin::new((0..4).map(|_| failed()).collect());
    let other = Twin {
        takes_ms: 5_000,
        ..Twin::new(Vec::new())
    };
    let later = async {
        sleep(Duration::from_millis(10_000)).await;
        run(&other, &gate, pending()).await
    };
    let (first, second) = tokio::join!(run(&ill, &gate, pending()), later);
    assert!(matches!(
        first,
        Ending::Settled(Receipt { attempts: 5, .. })
    ));
    assert!(matches!(second, Ending::Settled(_)));
    // Failures at 0, 1 and 3 s open it until 33 s. The other route's probe takes until 38 s and
    // closes it, or the first route's does and fails.
    let asked = ill.asked_ms();
    assert_eq!(asked[..3], [0, 1_000, 3_000]);
    assert!(asked[3] >= 33_000 && other.asked_ms()[0] >= 33_000);
}

#[tokio::test(start_paused = true)]
async fn a_stop_ends_waiting_at_once() {
    let gate = gate();
    let twin = Twin::new((0..3).map(|_| failed()).collect());
    let began = Instant::now();
    let stop = sleep(Duration::from_millis(1_500));
    assert_eq!(run(&twin, &gate, stop).await, Ending::Interrupted);
    assert_eq!(began.elapsed().as_millis(), 1_500);
    // Waiting for the breaker is waiting as well.
    run(&twin, &gate, sleep(Duration::from_millis(1))).await;
    assert_eq!(run(&twin, &gate, async {}).await, Ending::Interrupted);
}

#[tokio::test(start_paused = true)]
async fn a_request_under_way_may_end_after_the_stop_but_not_for_long() {
    let quick = Twin {
        takes_ms: 2_000,
        ..Twin::new(Vec::new())
    };
    let stop = || sleep(Duration::from_millis(500));
    assert!(matches!(
        run(&quick, &gate(), stop()).await,
        Ending::Settled(_)
    ));
    let slow = Twin {
        takes_ms: 20_000,
        ..Twin::new(Vec::new())
    };
    let began = Instant::now();
    assert_eq!(run(&slow, &gate(), stop()).await, Ending::Interrupted);
    assert_eq!(
        began.elapsed().as_millis(),
        500 + u128::from(LAST_REQUEST_MS)
    );
    let failing = Twin {
        takes_ms: 2_000,
        ..Twin::new(vec![failed()])
    };
    assert_eq!(run(&failing, &gate(), stop()).await, Ending::Interrupted);
}

#[tokio::test(start_paused = true)]
async fn a_stopped_target_is_not_asked_again() {
    let stop = Stop {
        code: "http_401".into(),
        zh: String::new(),
        en: String::new(),
        remedy: String::new(),
        scope: Scope::Target,
    };
    let twin = Twin::new(vec![Outcome::Stop(stop.clone())]);
    assert_eq!(run(&twin, &gate(), pending()).await, Ending::Stopped(stop));
    assert_eq!(twin.asked_ms(), [0]);
}

#[tokio::test(start_paused = true)]
async fn an_abandoned_probe_makes_room_for_the_next() {
    let gate = Gate::new(
        "province".into(),
        BreakerLimits {
            failures: 1,
            open_ms: 1_000,
        },
    );
    gate.admit().await.failed(None);
    let passes = AtomicU32::new(0);
    let probe = gate.admit().await;
    let waiting = async {
        gate.admit().await.answered();
        passes.fetch_add(1, Ordering::Relaxed);
    };
    let giving_up = async {
        sleep(Duration::from_secs(60)).await;
        assert_eq!(passes.load(Ordering::Relaxed), 0);
        drop(probe);
    };
    tokio::join!(waiting, giving_up);
    assert_eq!(passes.load(Ordering::Relaxed), 1);
}
