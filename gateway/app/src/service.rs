//! The service: every route by its schedule, every target as fast as it takes, until SIGTERM.

use crate::admin;
use crate::alarms;
use crate::crew::{Crew, Order};
use crate::exit::Exit;
use crate::failure::{Failure, causes};
use crate::house::House;
use crate::inbound::{Inbound, now_ms, today};
use crate::push;
use crate::reload::reload;
use crate::report::changes::InForce;
use crate::secrets;
use crate::site::Site;
use crate::stop::Stop;
use crate::targets::ms;
use chrono::{Datelike as _, NaiveDate};
use credit_config::{DaysPlan, Missed, RoutePlan, SchedulePlan};
use credit_record::calendar::Calendar;
use credit_source::raw::Store;
use credit_source::schedule::{Cadence, Days};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
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
/// A source that asks to be left alone is, for so long at most.
const LEFT_ALONE_MOST: Duration = Duration::from_secs(24 * 60 * 60);

/// Missed times that are counted at most.
const MISSED_MAX: usize = 1_000;
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
    secrets::reveal(&live.plan)?;
    let (sender, mut orders) = mpsc::channel(1);
    house.orders.get_or_init(|| sender);
    let stop = house.stop.clone();
    let mut listening = JoinSet::new();
    admin::serve(&house, &stop, &mut listening).await?;
    listening.spawn(clean(Arc::clone(&house.raw), stop.clone()));
    let mut crew = Crew::default();
    crew.start(&house, &live)?;
    listening.spawn(alarms::watch(Arc::clone(&house), stop.clone()));
    push::serve(&house, &stop, &mut listening).await?;
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

/// When the route is read by itself; never, where it waits to be called.
fn cadence(route: &RoutePlan, calendar: &Arc<Calendar>) -> Option<Cadence> {
    match &route.schedule {
        SchedulePlan::Cron(cron) => {
            let calendar = Arc::clone(calendar);
            let worked = match cron.days {
                DaysPlan::All => None,
                DaysPlan::Working => Some(true),
                DaysPlan::Resting => Some(false),
            };
            let days = worked
                .map(|worked| -> Days { Arc::new(move |day| calendar.is_worked(day) == worked) });
            let mut salt = DefaultHasher::new();
            route.name.hash(&mut salt);
            Some(Cadence::Cron {
                schedule: Box::new(cron.schedule.clone()),
                zone: cron.zone,
                days,
                jitter_ms: ms(cron.jitter),
                salt: salt.finish(),
            })
        }
        SchedulePlan::Every(every) => Some(Cadence::Every {
            every_ms: ms(*every).max(1),
        }),
        SchedulePlan::Called => None,
    }
}

/// Runs that are to make up for times that passed while the gateway did not run.
fn to_make_up(house: &House, route: &RoutePlan, cadence: Option<&Cadence>) -> u32 {
    let (SchedulePlan::Cron(cron), Some(cadence)) = (&route.schedule, cadence) else {
        return 0;
    };
    let books = house.queue.books_of(&route.name);
    let last = books.and_then(|b| b.run.as_ref()?.ended.as_ref().map(|(at, ..)| *at));
    // A route that never ran has missed nothing.
    let passed = last.map_or(0, |last| passed(cadence, last, now_ms()));
    let runs = match cron.missed {
        Missed::None => 0,
        Missed::Once => passed.min(1),
        Missed::All => passed,
    };
    if passed > 0 {
        let route = &route.name;
        tracing::info!(
            route,
            passed,
            runs,
            "times passed while the gateway did not run"
        );
    }
    runs
}

/// The times that passed after `last_ms`.
fn passed(cadence: &Cadence, last_ms: i64, now_ms: i64) -> u32 {
    let next = |after: &i64| cadence.next_due_ms(*after);
    let dues = std::iter::successors(next(&last_ms), next);
    let passed = dues.take_while(|due| *due <= now_ms).take(MISSED_MAX);
    u32::try_from(passed.count()).unwrap_or(u32::MAX)
}

/// Ready at that time; never where there is none.
async fn until(due_ms: Option<i64>) {
    let Some(due_ms) = due_ms else {
        return std::future::pending().await;
    };
    let wait = u64::try_from(due_ms - now_ms()).unwrap_or(0);
    tokio::time::sleep(Duration::from_millis(wait)).await;
}

/// A year without holidays goes by the week: somebody has to add it.
fn warn_of_unknown_year(route: &RoutePlan, calendar: &Calendar, today: NaiveDate) {
    let SchedulePlan::Cron(cron) = &route.schedule else {
        return;
    };
    if cron.days != DaysPlan::All && !calendar.knows(today) {
        let (route, year) = (&route.name, today.year());
        tracing::warn!(
            route,
            year,
            "the calendar has no holidays of this year: add them"
        );
    }
}

/// One route by its schedule.
pub(crate) async fn keep(house: Arc<House>, inbound: Inbound, stop: Stop) {
    let name = inbound.route.name.clone();
    let calendar = Arc::clone(&house.live().calendar);
    let cadence = cadence(&inbound.route, &calendar);
    let next_due_ms = || cadence.as_ref()?.next_due_ms(now_ms());
    warn_of_unknown_year(&inbound.route, &calendar, today(inbound.zone));
    let mut to_make_up = to_make_up(&house, &inbound.route, cadence.as_ref());
    let timed = matches!(cadence, Some(Cadence::Cron { .. }));
    // A half-read feed does not wait for tomorrow, nor does a folder for its first look, nor what
    // was handed in before the start.
    let at_once = !timed || to_make_up > 0 || house.queue.resume(&name).open.is_some();
    let mut due_ms = if at_once {
        Some(now_ms())
    } else {
        next_due_ms()
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
        if house.queue.is_paused(&name) {
            inbound = Some(route);
            due_ms = next_due_ms();
            continue;
        }
        let (told, own) = (stop.clone(), Arc::clone(&house));
        let ran = tokio::task::spawn_blocking(move || {
            let name = route.route.name.clone();
            let report = route.run_until_settled(&told, |held| own.waits(&name, held));
            (route, report)
        });
        let (route, report) = match ran.await {
            Ok(ran) => ran,
            Err(error) => {
                tracing::error!(route = name, %error, "the route ended badly; start again");
                return;
            }
        };
        house.ran(&name, &report, timed);
        due_ms = next_due_ms();
        to_make_up = to_make_up.saturating_sub(1);
        if to_make_up > 0 {
            due_ms = Some(now_ms());
        }
        if let Some(trouble) = report.trouble {
            let sooner = now_ms().saturating_add_unsigned(ms(retry));
            let alone = trouble.not_before.unwrap_or_default().min(LEFT_ALONE_MOST);
            let earliest = now_ms().saturating_add_unsigned(ms(alone));
            due_ms = Some(due_ms.map_or(sooner, |due| due.min(sooner)).max(earliest));
            retry = (retry * 2).min(RETRY_MOST);
        } else {
            retry = RETRY_FIRST;
        }
        inbound = Some(route);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;
    use std::str::FromStr as _;

    #[test]
    fn the_times_that_passed_are_counted_up_to_a_thousand() {
        let cadence = Cadence::Cron {
            schedule: Box::new(cron::Schedule::from_str("0 0 2 * * *").unwrap()),
            zone: chrono_tz::Tz::Asia__Shanghai,
            days: None,
            jitter_ms: 0,
            salt: 0,
        };
        let at = |text| {
            DateTime::parse_from_rfc3339(text)
                .unwrap()
                .timestamp_millis()
        };
        let last = at("2026-11-20T02:00:07+08:00");
        let passed = |now| passed(&cadence, last, at(now));
        assert_eq!(passed("2026-11-20T23:00:00+08:00"), 0);
        assert_eq!(passed("2026-11-24T02:00:00+08:00"), 4);
        assert_eq!(passed("2036-11-24T02:00:00+08:00"), 1_000);
    }
}
