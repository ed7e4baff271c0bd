//! The service: every route by its schedule, every target as fast as it takes, until SIGTERM.

use crate::admin;
use crate::exit::Exit;
use crate::failure::{Failure, causes};
use crate::house::House;
use crate::inbound::{Inbound, now_ms};
use crate::outbound;
use crate::site::Site;
use crate::stop::Stop;
use crate::targets::ms;
use credit_config::{ProcessEnv, RoutePlan, SchedulePlan};
use credit_source::schedule::Cadence;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinSet;

/// After a run that ended early the route is asked again sooner than its schedule says: first
/// after this, then after twice as long each time,
const RETRY_FIRST: Duration = Duration::from_secs(30);
/// at most this.
const RETRY_MOST: Duration = Duration::from_secs(15 * 60);

/// Runs until SIGTERM or SIGINT.
pub(crate) async fn run(site: Site) -> Result<Exit, Failure> {
    reveal(&site)?;
    let failed = |e: std::io::Error| Failure::of(Exit::Failed, &e);
    let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
    let house = House::open(site, None)?;
    let stop = Stop::default();
    let mut tasks = JoinSet::new();
    admin::serve(&house, &stop, &mut tasks).await?;
    deliver(&house, &stop, &mut tasks);
    for route in house.plan.routes.values() {
        if route.paused {
            tracing::info!(route = route.name, "paused: nothing is taken in");
            continue;
        }
        let inbound = house.inbound(route, &Handle::current())?;
        tasks.spawn(keep(
            Arc::clone(&house),
            inbound,
            cadence(route),
            stop.clone(),
        ));
    }
    tracing::info!(routes = house.plan.routes.len(), "the gateway runs");
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::info!("told to stop: what is under way comes to its end");
    stop.now();
    while let Some(ended) = tasks.join_next().await {
        if let Err(error) = ended {
            tracing::error!(%error, "a task ended badly");
        }
    }
    house.close()?;
    tracing::info!("stopped");
    Ok(Exit::Done)
}

/// Starts the deliveries of all routes.
pub(crate) fn deliver(house: &Arc<House>, stop: &Stop, tasks: &mut JoinSet<()>) {
    for route in house.plan.routes.values() {
        for target in &route.targets {
            let (house, route, target) = (Arc::clone(house), route.name.clone(), target.clone());
            tasks.spawn(outbound::deliver(house, route, target, stop.clone()));
        }
    }
}

/// Reads every secret once, so that a missing one is told now and not at night.
fn reveal(site: &Site) -> Result<(), Failure> {
    for target in site.plan.targets.values() {
        if let Some(Err(error)) = target.token.as_ref().map(|t| t.reveal(&ProcessEnv)) {
            let message = format!("target {}: {}", target.name, causes(&error));
            return Err(Failure::new(Exit::Config, message));
        }
    }
    Ok(())
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
async fn keep(house: Arc<House>, inbound: Inbound, cadence: Cadence, stop: Stop) {
    let name = inbound.route.name.clone();
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
