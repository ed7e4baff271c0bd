//! One route, now: read what is ready, deliver it, end.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::house::House;
use crate::inbound::RunReport;
use crate::outbound;
use crate::progress::Line;
use crate::report::Clock;
use crate::report::status::{Status, status};
use crate::site::Site;
use crate::stop::Stop;
use credit_config::RoutePlan;
use credit_queue::TargetBooks;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::runtime::Handle;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinSet;

/// How often is looked whether everything is delivered.
const LOOK: Duration = Duration::from_millis(20);

/// What became of it.
pub(crate) struct Done {
    /// The books of the route.
    pub status: Status,
    /// How the process is to end.
    pub exit: Exit,
    /// Versions of the adapter that were put into quarantine.
    pub alarms: Vec<String>,
    /// Why the run ended early.
    pub trouble: Option<Failure>,
}

/// Runs `route` once; gives up when for `patience` nothing could be delivered.
pub(crate) async fn once(site: Site, route: &str, patience: Duration) -> Result<Done, Failure> {
    if !site.plan.routes.contains_key(route) {
        let names: Vec<&str> = site.plan.routes.keys().map(String::as_str).collect();
        let message = format!("there is no route {route:?}");
        let remedy = format!("routes are: {}", names.join(", "));
        return Err(Failure::new(Exit::NotFound, message).remedy(remedy));
    }
    let house = House::open(site, Some(route))?;
    let clock = Clock::new(house.live().plan.timezone);
    let stop = house.stop.clone();
    stop_on_signal(stop.clone())?;
    let (report, drained) = walk(&house, route, patience, &stop).await?;
    let mut status = status(&house.queue, None, house.duty.serving().serves(), clock);
    status.routes.retain(|r| r.route == route);
    for books in &mut status.routes {
        books.held.clone_from(&report.held);
    }
    house.close()?;
    let exit = match (&report.trouble, drained, status.balanced) {
        (_, _, false) => Exit::Books,
        (Some(trouble), _, _) => trouble.exit,
        (None, true, true) if report.held.is_empty() => Exit::Done,
        (None, _, _) => Exit::Waiting,
    };
    Ok(Done {
        status,
        exit,
        alarms: report.alarms,
        trouble: report.trouble,
    })
}

/// Reads what is ready of `route` while delivering it; says whether everything was delivered.
pub(crate) async fn walk(
    house: &Arc<House>,
    route: &str,
    patience: Duration,
    stop: &Stop,
) -> Result<(RunReport, bool), Failure> {
    let live = house.live();
    let Some(plan) = live.plan.routes.get(route) else {
        return Err(Failure::new(
            Exit::NotFound,
            format!("there is no route {route:?}"),
        ));
    };
    let mut inbound = live.inbound(plan, house, &Handle::current())?;
    let told = stop.clone();
    attended(house, plan, patience, stop, move |house| {
        let report = inbound.run_until_settled(&told, |_| {});
        house.ran(&inbound.route.name, &report, true);
        report
    })
    .await
}

/// Does `work` for a route, shows how far it is, and delivers what comes of it; whether all was
/// delivered.
pub(crate) async fn attended<T: Send + 'static>(
    house: &Arc<House>,
    plan: &RoutePlan,
    patience: Duration,
    stop: &Stop,
    work: impl FnOnce(&Arc<House>) -> T + Send + 'static,
) -> Result<(T, bool), Failure> {
    let route = plan.name.as_str();
    let ended = Stop::default();
    let mut tasks = JoinSet::new();
    for target in &plan.targets {
        let (house, route, target) = (Arc::clone(house), plan.name.clone(), target.clone());
        tasks.spawn(outbound::deliver(house, route, target, ended.clone()));
    }
    let inside = Arc::clone(house);
    let mut working = tokio::task::spawn_blocking(move || work(&inside));
    let mut line = Line::new(route);
    let done = loop {
        tokio::select! {
            ran = &mut working => break ran.map_err(|e| Failure::of(Exit::Failed, &e))?,
            () = tokio::time::sleep(Line::EVERY) => line.show(house),
        }
    };
    let drained = drain(house, route, patience, stop, &mut line).await;
    line.clear();
    ended.now();
    while tasks.join_next().await.is_some() {}
    Ok((done, drained))
}

/// Waits until nothing of `route` waits any more, or until nothing has moved for `patience`.
async fn drain(
    house: &House,
    route: &str,
    patience: Duration,
    stop: &Stop,
    line: &mut Line,
) -> bool {
    let mut waiting = u64::MAX;
    let mut moved = Instant::now();
    loop {
        let now = house.queue.room(route).waiting_records;
        if now == 0 {
            return true;
        }
        if now < waiting {
            (waiting, moved) = (now, Instant::now());
        }
        if moved.elapsed() > patience || stop.is_set() || is_stuck(house, route) {
            return false;
        }
        line.show(house);
        tokio::time::sleep(LOOK).await;
    }
}

/// Whatever waits, waits for a target that somebody has to see to first.
fn is_stuck(house: &House, route: &str) -> bool {
    let books = house.queue.books_of(route);
    let targets = books.map(|b| b.targets).unwrap_or_default();
    let mut waiting = targets.iter().filter(|t| t.waiting > 0).peekable();
    let stopped_now = |t: &TargetBooks| {
        let stopped = t.stopped.as_ref();
        stopped.is_some_and(|s| s.at_ms >= house.opened_ms)
    };
    waiting.peek().is_some() && waiting.all(stopped_now)
}

/// The first SIGTERM or SIGINT stops cleanly.
pub(crate) fn stop_on_signal(stop: Stop) -> Result<(), Failure> {
    let failed = |e: std::io::Error| Failure::of(Exit::Failed, &e);
    let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        stop.now();
    });
    Ok(())
}
