//! What is wrong, told once when it begins and once when it is over.
//!
//! What must stay true: whether there is an alarm follows from the books, the plan and the time
//! alone, so that none is lost over a restart, and none is raised twice. It is written down where
//! the books are, logged, and counted in the metrics.

use crate::house::{House, Now};
use crate::inbound::now_ms;
use crate::live::Live;
use crate::report::status::empty;
use crate::report::thousands;
use crate::shelf::Serves;
use crate::stop::Stop;
use credit_config::RoutePlan;
use credit_queue::{AlarmSeen, Note, RefusedFeed, RouteBooks};
use credit_record::mask::mask_text;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

/// Raw input that was to be kept is not: the feed cannot be read again.
pub(crate) const RAW_NOT_KEPT: &str = "raw_not_kept";
/// A target gets nothing until somebody has acted.
pub(crate) const TARGET_STOPPED: &str = "target_stopped";
/// A target refuses every row that it gets.
pub(crate) const TARGET_REFUSES: &str = "target_refuses";
/// So many rows refused one after the other are more than bad rows.
const REFUSED_IN_A_ROW: u64 = 10;
/// How often is looked.
const LOOK: Duration = Duration::from_secs(1);

/// Something that is wrong now.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Wrong {
    code: &'static str,
    /// A target, or an adapter; empty for the route itself.
    subject: String,
    reason: String,
}

/// Watches until told to stop.
pub(crate) async fn watch(house: Arc<House>, stop: Stop) {
    while !stop.is_set() {
        let own = Arc::clone(&house);
        let looked = tokio::task::spawn_blocking(move || look(&own));
        if let Err(error) = looked.await {
            tracing::error!(%error, "the alarms cannot be looked at");
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            () = stop.wait() => return,
        }
    }
}

fn look(house: &House) {
    let (live, now) = (house.live(), house.present());
    let mut all = house.queue.books();
    // A route of which nothing was ever taken may have something to tell, too.
    let silent = live.plan.routes.keys();
    let silent: Vec<_> = silent
        .filter(|name| all.iter().all(|books| books.route != **name))
        .map(|name| empty(name.clone()))
        .collect();
    all.extend(silent);
    let serves = house.duty.serving().serves();
    for books in all {
        let plan = live.plan.routes.get(&books.route);
        let mut wrong = plan.map_or_else(Vec::new, |plan| {
            wrong(&live, plan, &books, &now, (house.opened_ms, now_ms()))
        });
        wrong.extend(serves.get(&books.route).and_then(of_adapter));
        for note in changes(&books.route, &books.alarms, wrong) {
            tell(&note);
            house.note(note);
        }
    }
}

fn tell(note: &Note) {
    match note {
        Note::AlarmRaised {
            route,
            code,
            subject,
            reason,
        } => tracing::error!(route, code, subject, reason, "alarm"),
        Note::AlarmCleared {
            route,
            code,
            subject,
        } => tracing::info!(route, code, subject, "the alarm is over"),
        _ => {}
    }
}

/// What has to be written down, so that the alarms are those that are wrong.
fn changes(route: &str, open: &[AlarmSeen], wrong: Vec<Wrong>) -> Vec<Note> {
    let route = || route.to_owned();
    let is_open = |w: &Wrong| {
        open.iter()
            .any(|a| a.code == w.code && a.subject == w.subject)
    };
    let is_wrong: BTreeSet<(String, String)> = wrong
        .iter()
        .map(|w| (w.code.to_owned(), w.subject.clone()))
        .collect();
    let over = open
        .iter()
        .filter(|a| !is_wrong.contains(&(a.code.clone(), a.subject.clone())));
    let cleared = over.map(|alarm| Note::AlarmCleared {
        route: route(),
        code: alarm.code.clone(),
        subject: alarm.subject.clone(),
    });
    let mut notes: Vec<Note> = cleared.collect();
    let new = wrong.into_iter().filter(|w| !is_open(w));
    notes.extend(new.map(|w| Note::AlarmRaised {
        route: route(),
        code: w.code.to_owned(),
        subject: w.subject,
        reason: w.reason,
    }));
    notes
}

/// What a person must see to of the adapter that serves a route.
fn of_adapter(serves: &Serves) -> Option<Wrong> {
    let reason = serves.alarm.clone()?;
    Some(Wrong {
        code: "adapter",
        subject: serves.adapter.clone(),
        reason,
    })
}

/// Why the raw input of the last feed was not kept, as the books have it.
pub(crate) fn not_kept_before(books: &RouteBooks) -> Option<String> {
    let mut alarms = books.alarms.iter();
    let alarm = alarms.find(|alarm| alarm.code == RAW_NOT_KEPT)?;
    Some(alarm.reason.clone())
}

/// Why a target is said to refuse all that it gets. Until a receipt says more, also over a restart.
fn refuses(books: &RouteBooks, target: &str, now: &Now) -> Option<String> {
    let way = (books.route.clone(), target.to_owned());
    let Some(refusing) = now.refusing.get(&way) else {
        let mut alarms = books.alarms.iter();
        let before = alarms.find(|a| a.code == TARGET_REFUSES && a.subject == target);
        return before.map(|alarm| alarm.reason.clone());
    };
    let (rows, reason) = (thousands(refusing.rows), &refusing.reason);
    (refusing.rows >= REFUSED_IN_A_ROW).then(|| {
        format!(
            "最近 {rows} 条全部被退回，目录或字段可能已变更；更正后用 gateway dead-letters replay 重送 \
             the last {rows} rows were all refused, its columns may have changed; once that is put \
             right, send them again by gateway dead-letters replay: {reason}"
        )
    })
}

/// What is wrong with a route.
fn wrong(
    live: &Live,
    plan: &RoutePlan,
    books: &RouteBooks,
    now: &Now,
    (opened_ms, now_ms): (i64, i64),
) -> Vec<Wrong> {
    let mut found = Vec::new();
    let mut add = |code, subject: &str, reason: String| {
        found.push(Wrong {
            code,
            subject: subject.to_owned(),
            reason,
        });
    };
    let paused = plan.paused || books.paused.is_some();
    let ended = books.run.as_ref().and_then(|run| run.ended.as_ref());
    if let Some((_, _, why)) = ended.filter(|(_, outcome, _)| outcome == "failed" && !paused) {
        add("source_failed", "", why.clone());
    }
    if let Some(run) = now.runs.get(&books.route)
        && !run.held.is_empty()
        && !run.settling
    {
        add("file_held", "", run.held.join("; "));
    }
    if let Some(refused) = &books.refused_feed {
        let RefusedFeed { feed, zh, en, .. } = refused;
        add(
            "feed_refused",
            "",
            mask_text(&format!("{feed}：{zh} {en}")).into_owned(),
        );
    }
    // Until a feed is kept again, also over a restart.
    let not_kept = match now.runs.get(&books.route) {
        Some(run) => run.not_kept.clone(),
        None => not_kept_before(books),
    };
    if let Some(why) = not_kept.filter(|_| plan.keep_raw) {
        add(RAW_NOT_KEPT, "", why);
    }
    if let Some(after) = plan.silent_after.filter(|_| !paused) {
        let last_ms = books.last_take_ms.unwrap_or(opened_ms);
        let silent_ms = now_ms.saturating_sub(last_ms);
        if u128::try_from(silent_ms).unwrap_or(0) > after.as_millis() {
            let hours = after.as_secs() / 3_600;
            let reason = format!(
                "超过 {hours} 小时没有收到数据 nothing was taken for more than {hours} hours"
            );
            add("silent", "", reason);
        }
    }
    for target in &books.targets {
        if let Some(stopped) = &target.stopped {
            let reason = format!("[{}] {}", stopped.code, stopped.reason);
            add(TARGET_STOPPED, &target.target, reason);
        }
        if let Some(why) = refuses(books, &target.target, now) {
            add(TARGET_REFUSES, &target.target, why);
        }
        let open = !now.closed.contains_key(&target.target);
        let age_ms = target.oldest_ms.map_or(0, |at| now_ms.saturating_sub(at));
        let late = u128::try_from(age_ms).unwrap_or(0) > live.plan.target_late.as_millis();
        if open && late && target.stopped.is_none() {
            let (rows, minutes) = (
                thousands(target.waiting),
                live.plan.target_late.as_secs() / 60,
            );
            let mut reason = format!(
                "{rows} 条待送超过 {minutes} 分钟 {rows} records wait for more than {minutes} minutes"
            );
            let failing = now.failing.get(&target.target);
            if let Some(failing) = failing.and_then(|routes| routes.get(&books.route)) {
                reason.push_str(&format!("；{}", failing.why));
            }
            add("target_late", &target.target, reason);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alarm(code: &str, subject: &str) -> AlarmSeen {
        AlarmSeen {
            code: code.to_owned(),
            subject: subject.to_owned(),
            at_ms: 1,
            reason: String::new(),
        }
    }

    fn wrong(code: &'static str, subject: &str) -> Wrong {
        Wrong {
            code,
            subject: subject.to_owned(),
            reason: "why".to_owned(),
        }
    }

    #[test]
    fn an_alarm_is_raised_once_and_cleared_once() {
        let raised = changes("tax", &[], vec![wrong("target_late", "city")]);
        assert!(matches!(&raised[..], [Note::AlarmRaised { subject, .. }] if subject == "city"));
        let open = [alarm("target_late", "city")];
        assert!(changes("tax", &open, vec![wrong("target_late", "city")]).is_empty());
        let other = changes("tax", &open, vec![wrong("target_late", "county")]);
        assert_eq!(other.len(), 2, "one is over, another begins");
        let over = changes("tax", &open, Vec::new());
        assert!(matches!(&over[..], [Note::AlarmCleared { .. }]));
    }
}
