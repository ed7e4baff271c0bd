//! The service: every route by its schedule, every target as fast as it takes, until SIGTERM.

use crate::admin;
use crate::crew::{Crew, Order};
use crate::exit::Exit;
use crate::failure::{Failure, causes};
use crate::house::House;
use crate::inbound::{Inbound, now_ms};
use crate::reload::reload;
use crate::report::changes::InForce;
use crate::site::Site;
use crate::stop::Stop;
use crate::targets::ms;
use credit_config::{RoutePlan, SchedulePlan};
use credit_source::raw::Store;
use credit_source::schedule::Cadence;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

/// After a run that ended early the route is asked again sooner than its schedule says: first
/// after this, then after twice as long each time,
const RETRY_FIRST: Duration = Duration::from_secs(30);
/// at most this.
const RETRY_MOST: Duration = Duration::from_secs(15 * 60);
/// How often raw input is looked through for what is past its time.
const CLEAN_EVERY: Duration = Duration::from_secs(60 * 60);

/// Runs until SIGTERM or SIGINT; SIGHUP puts the configuration in `folder` in force as it is
/// then.
pub(crate) async fn run(site: Site, folder: &Path) -> Result<Exit, Failure> {
    let failed = |e: std::io::Error| Failure::of(Exit::Failed, &e);
    let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
    let mut hangup = signal(SignalKind::hangup()).map_err(failed)?;
    let house = House::open(site, None)?;
    let live = house.live();
    live.reveal()?;
    let (sender, mut orders) = mpsc::channel(1);
    house.orders.get_or_init(|| sender);
    let stop = house.stop.clone();
    let mut listening = JoinSet::new();
    admin::serve(&house, &stop, &mut listening).await?;
    listening.spawn(clean(Arc::clone(&house.raw), stop.clone()));
    let mut crew = Crew::default();
    crew.start(&house, &live)?;
    InForce::write(&live.plan)?;
    tracing::info!(routes = live.plan.routes.len(), "the gateway runs");
    drop(live);
    loop {
        let reply = tokio::select! {
            _ = terminate.recv() => break,
            _ = interrupt.recv() => break,
            _ = hangup.recv() => None,
            Some(Order::Reload(reply)) = orders.recv() => Some(reply),
        };
        let reloaded = reload(&house, &mut crew, folder).await;
        if let Err(failure) = &reloaded {
            tracing::error!(%failure, "the configuration was not put in force");
        }
        if let Some(reply) = reply {
            // Who asked may have gone meanwhile.
            drop(reply.send(reloaded));
        }
    }
    tracing::info!("told to stop: what is under way comes to its end");
    stop.now();
    crew.stop(|_| true).await;
    while let Some(ended) = listening.join_next().await {
        if let Err(error) = ended {
            tracing::error!(%error, "a task ended badly");
        }
    }
    house.close()?;
    tracing::info!("stopped");
    Ok(Exit::Done)
}

/// Cleans raw input that is past its time, also of departments that have fallen silent.
async fn clean(raw: Arc<Store>, stop: Stop) {
    while !stop.is_set() {
        let store = Arc::clone(&raw);
        let cleaned = tokio::task::spawn_blocking(move || store.clean(now_ms())).await;
        match cleaned {
            Ok(Ok(cleaned)) if cleaned.copies > 0 => {
                let (copies, bytes) = (cleaned.copies, cleaned.bytes);
                tracing::info!(copies, bytes, "old raw input was cleaned away");
            }
            Ok(Ok(_)) => {}
            Ok(Err(error)) => tracing::warn!(error = causes(&error), "raw input is not cleaned"),
            Err(error) => tracing::error!(%error, "the cleaning of raw input ended badly"),
        }
        tokio::select! {
            () = tokio::time::sleep(CLEAN_EVERY) => {}
            () = stop.wait() => {}
        }
    }
}

fn cadence(route: &RoutePlan) -> Cadence {
    match &route.schedule {
        SchedulePlan::Cron(cron) => Cadence::Cron {
            schedule: Box::new(cron.schedule.clone()),
            zone: cron.zone,
        },
        SchedulePlan::Every(every) => Cadence::Every {
            every_ms: ms(*every).max(1),
        },
    }
}

/// Ready at that time; never where there is none.
async fn until(due_ms: Option<i64>) {
    let Some(due_ms) = due_ms else {
        return std::future::pending().await;
    };
    let wait = u64::try_from(due_ms - now_ms()).unwrap_or(0);
    tokio::time::sleep(Duration::from_millis(wait)).await;
}

/// One route by its schedule.
pub(crate) async fn keep(house: Arc<House>, inbound: Inbound, stop: Stop) {
    let name = inbound.route.name.clone();
    let cadence = cadence(&inbound.route);
    // A half-read feed does not wait for tomorrow, nor does a folder for its first look.
    let at_once =
        matches!(cadence, Cadence::Every { .. }) || house.queue.resume(&name).open.is_some();
    let mut due_ms = if at_once {
        Some(now_ms())
    } else {
        cadence.next_due_ms(now_ms())
    };
    let turn = Arc::clone(&inbound.turn);
    let mut inbound = Some(inbound);
    let mut retry = RETRY_FIRST;
    while let Some(mut route) = inbound.take() {
        tokio::select! {
            () = until(due_ms) => {}
            () = turn.called() => {}
            () = stop.wait() => return,
        }
        let told = stop.clone();
        let ran = tokio::task::spawn_blocking(move || {
            let report = route.run_until_settled(&told);
            (route, report)
        });
        let (route, report) = match ran.await {
            Ok(ran) => ran,
            Err(error) => {
                tracing::error!(route = name, %error, "the route ended badly; start again");
                return;
            }
        };
        house.ran(&name, &report);
        due_ms = cadence.next_due_ms(now_ms());
        if report.trouble.is_some() {
            let sooner = now_ms().saturating_add_unsigned(ms(retry));
            due_ms = Some(due_ms.map_or(sooner, |due| due.min(sooner)));
            retry = (retry * 2).min(RETRY_MOST);
        } else {
            retry = RETRY_FIRST;
        }
        inbound = Some(route);
    }
}
