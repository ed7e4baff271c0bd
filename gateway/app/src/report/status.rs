//! The books of every route, and what is late, doubtful or stuck.

use super::removals;
use super::table::{table, thousands};
use super::time::{Clock, short};
use crate::alarms::not_kept_before;
use crate::house::{LastRun, Now};
use crate::shelf::Serves;
use credit_queue::{AlarmSeen, Queue, RouteBooks, TargetBooks};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The whole of it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Status {
    /// A service is running on this state.
    pub running: bool,
    /// Every draft has exactly one fate, and every sum comes out.
    pub balanced: bool,
    /// Sums that do not come out.
    pub imbalances: Vec<String>,
    /// By name.
    pub routes: Vec<Route>,
}

/// The books of one route, in records unless said otherwise:
/// `drafted = delivered + doubtful + duplicate + refused + waiting`.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Route {
    pub route: String,
    /// The configuration has it.
    pub configured: bool,
    pub drafted: u64,
    pub delivered: u64,
    pub doubtful: u64,
    pub duplicate: u64,
    pub refused: u64,
    /// Those of `refused` that are not superseded: see `gateway dead-letters`.
    pub dead: u64,
    pub waiting: u64,
    /// Those of `duplicate` that were older than what is known.
    pub stale: u64,
    /// Rows that are no records: headers, titles, totals.
    pub skipped: u64,
    /// Files read to their end.
    pub files: u64,
    pub waiting_bytes: u64,
    /// The file that is half read, and the place in it.
    pub reading: Option<String>,
    /// The version that began it, and that is to finish it.
    pub begun_by: Option<String>,
    /// What translates the next file; nothing for a route that is not configured any more.
    pub serves: Option<Serves>,
    pub last_take: Option<String>,
    pub last_run: Option<String>,
    /// Why the last run ended early.
    pub trouble: Option<String>,
    /// What is there and not read, and why.
    pub held: Vec<String>,
    /// Since when a person has it take nothing in, who, and why.
    pub paused: Option<String>,
    /// What is wrong with it: `code`, or `code → target`.
    pub alarms: Vec<String>,
    /// Why the raw input of the last feed was not kept.
    pub raw_not_kept: Option<String>,
    /// How far a replay is.
    pub replaying: Option<String>,
    pub keys: u64,
    pub index_bytes: u64,
    /// What full snapshots lack; nothing where none was read.
    pub removals: Option<removals::Missing>,
    pub targets: Vec<Target>,
}

/// One target of a route.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Target {
    pub target: String,
    pub delivered: u64,
    /// Those of `delivered` that the platform doubts.
    pub doubted: u64,
    pub refused: u64,
    pub waiting: u64,
    /// When the oldest that waits was taken.
    pub waiting_since: Option<String>,
    /// Why nothing is sent.
    pub stopped: Option<String>,
    /// Why it fails at present, though it is tried again.
    pub failing: Option<String>,
    /// It is outside its hours until then.
    pub closed_until: Option<String>,
}

/// The status of all routes that have books, and of those in `planned` that have none yet.
pub(crate) fn status(
    queue: &Queue,
    now: Option<&Now>,
    mut planned: BTreeMap<String, Serves>,
    clock: Clock,
) -> Status {
    let mut routes: Vec<Route> = queue
        .books()
        .into_iter()
        .map(|books| route(books, now, clock))
        .collect();
    for name in planned.keys() {
        if !routes.iter().any(|r| r.route == *name) {
            routes.push(route(empty(name.clone()), now, clock));
        }
    }
    for route in &mut routes {
        route.dead = queue.dead(&route.route);
        route.serves = planned.remove(&route.route);
        route.configured = route.serves.is_some();
    }
    routes.sort_by(|a, b| a.route.cmp(&b.route));
    let imbalances: Vec<String> = queue
        .check_books()
        .iter()
        .map(|i| {
            format!(
                "{}: {} is {}, expected {}",
                i.route, i.what, i.found, i.expected
            )
        })
        .collect();
    Status {
        running: now.is_some(),
        balanced: imbalances.is_empty(),
        imbalances,
        routes,
    }
}

/// Of a route of which nothing was ever taken.
pub(crate) fn empty(route: String) -> RouteBooks {
    RouteBooks {
        route,
        ..RouteBooks::default()
    }
}

fn route(books: RouteBooks, now: Option<&Now>, clock: Clock) -> Route {
    let ended = books.run.as_ref().and_then(|run| run.ended.as_ref());
    let waits = now.and_then(|n| n.waits.get(&books.route));
    let noted = ended.map(|(at, outcome, detail)| LastRun {
        ended_ms: *at,
        trouble: (outcome == "failed").then(|| detail.clone()),
        held: Vec::new(),
        settling: false,
        not_kept: not_kept_before(&books),
    });
    let run = now
        .and_then(|n| n.runs.get(&books.route))
        .cloned()
        .or(noted);
    Route {
        configured: true,
        dead: 0,
        drafted: books.drafted,
        delivered: books.delivered,
        doubtful: books.doubtful,
        duplicate: books.duplicate,
        refused: books.refused,
        waiting: books.waiting,
        stale: books.stale,
        skipped: books.skipped,
        files: books.files,
        waiting_bytes: books.waiting_bytes,
        begun_by: (books.resume.open.as_ref())
            .map(|o| format!("{} {}", o.adapter.name, o.adapter.version)),
        serves: None,
        reading: books
            .resume
            .open
            .map(|o| format!("{} at byte {}", o.name, o.offset)),
        last_take: books.last_take_ms.map(|at| clock.text(at)),
        last_run: run.as_ref().map(|r| clock.text(r.ended_ms)),
        trouble: run.as_ref().and_then(|r| r.trouble.clone()),
        raw_not_kept: run.as_ref().and_then(|r| r.not_kept.clone()),
        held: waits.cloned().or(run.map(|r| r.held)).unwrap_or_default(),
        replaying: now.and_then(|n| n.replays.get(&books.route).cloned()),
        keys: books.keys,
        index_bytes: books.index_bytes,
        paused: books
            .paused
            .map(|(at_ms, order)| format!("{} {}：{}", clock.text(at_ms), order.by, order.reason)),
        alarms: books.alarms.iter().map(alarm).collect(),
        removals: books.removals.map(|r| removals::missing(r, clock)),
        targets: books
            .targets
            .into_iter()
            .map(|t| target(&books.route, t, now, clock))
            .collect(),
        route: books.route,
    }
}

fn target(route: &str, books: TargetBooks, now: Option<&Now>, clock: Clock) -> Target {
    let closed = now.and_then(|n| n.closed.get(&books.target));
    Target {
        failing: now.and_then(|n| failing(route, &books.target, n, clock)),
        closed_until: closed.map(|at| clock.text(*at)),
        target: books.target,
        delivered: books.delivered,
        doubted: books.doubted,
        refused: books.refused,
        waiting: books.waiting,
        waiting_since: books.oldest_ms.map(|at| clock.text(at)),
        stopped: books.stopped.map(|s| format!("[{}] {}", s.code, s.reason)),
    }
}

/// Why what waits is not delivered, though it is tried again and again.
fn failing(route: &str, target: &str, now: &Now, clock: Clock) -> Option<String> {
    let way = (route.to_owned(), target.to_owned());
    if let Some(why) = now.unstored.get(&way) {
        return Some(why.clone());
    }
    let failing = now.failing.get(target)?.get(route)?;
    let (since, times) = (clock.text(failing.since_ms), failing.attempts);
    Some(format!(
        "重试中 trying again ({times} ×, 自 since {}) {}",
        short(&since),
        failing.why
    ))
}

/// The status as a person reads it.
pub(crate) fn text(status: &Status) -> String {
    let mut text = books(&status.routes);
    for route in &status.routes {
        for target in route
            .targets
            .iter()
            .filter(|t| t.stopped.is_some() || t.waiting > 0)
        {
            let since = target
                .waiting_since
                .as_deref()
                .map(short)
                .unwrap_or_default();
            let closed = target
                .closed_until
                .as_deref()
                .map(|until| format!("时段外 outside its hours until {}", short(until)));
            let why = target.stopped.as_deref().or(target.failing.as_deref());
            let why = why.or(closed.as_deref());
            let why = why.unwrap_or("发送中 / on its way");
            line(
                &mut text,
                &format!(
                    "待送 waiting   {} → {}: {} (自 since {since}) {why}",
                    route.route,
                    target.target,
                    thousands(target.waiting)
                ),
            );
        }
        for target in route.targets.iter().filter(|t| t.doubted > 0) {
            line(
                &mut text,
                &format!(
                    "平台存疑 doubted by the platform   {} → {}: {}",
                    route.route,
                    target.target,
                    thousands(target.doubted)
                ),
            );
        }
        for alarm in &route.alarms {
            let (code, _) = alarm.split_once(' ').unwrap_or((alarm, ""));
            let title = super::alarms::title(code);
            line(
                &mut text,
                &format!("告警 ALARM   {}: {title} [{alarm}]", route.route),
            );
        }
        if let Some(paused) = &route.paused {
            line(
                &mut text,
                &format!("已暂停 paused   {}: {paused}", route.route),
            );
        }
        if route.dead > 0 {
            line(
                &mut text,
                &format!(
                    "退回 refused for good   {}: {} （gateway dead-letters list）",
                    route.route,
                    thousands(route.dead)
                ),
            );
        }
        if !route.configured && route.waiting > 0 {
            line(
                &mut text,
                &format!(
                    "未配置 not configured   {}: 补回路由文件后送达 put its file back, and what \
                     waits is delivered",
                    route.route
                ),
            );
        }
        if let Some(reading) = &route.reading {
            let by = route.begun_by.as_deref().unwrap_or_default();
            line(
                &mut text,
                &format!("读取中 half read   {}: {reading} ({by})", route.route),
            );
        }
        if let Some(alarm) = route.serves.as_ref().and_then(|s| s.alarm.as_ref()) {
            line(&mut text, &format!("警报 alarm   {}: {alarm}", route.route));
        }
        if let Some(trouble) = &route.trouble {
            line(
                &mut text,
                &format!("故障 trouble   {}: {trouble}", route.route),
            );
        }
        if let Some(missing) = &route.removals {
            text.push_str(&removals::line(&route.route, missing));
        }
        if let Some(why) = &route.raw_not_kept {
            line(
                &mut text,
                &format!("原始数据未保存 raw input not kept   {}: {why}", route.route),
            );
        }
        if let Some(place) = &route.replaying {
            line(
                &mut text,
                &format!("重放中 replaying   {}: {place}", route.route),
            );
        }
        for held in &route.held {
            line(
                &mut text,
                &format!("未读 not read   {}: {held}", route.route),
            );
        }
    }
    let service = if status.running {
        "运行中 running"
    } else {
        "未运行 not running"
    };
    line(&mut text, &format!("服务 service   {service}"));
    match status.balanced {
        true => line(&mut text, "账目平衡 the books balance"),
        false => status.imbalances.iter().for_each(|i| {
            line(
                &mut text,
                &format!("账目不平 THE BOOKS DO NOT BALANCE   {i}"),
            );
        }),
    }
    text
}

/// The table of books alone.
pub(crate) fn books(routes: &[Route]) -> String {
    let head = [
        "路由\nroute",
        "收到\ndrafted",
        "送达\ndelivered",
        "疑问\ndoubtful",
        "重复\nduplicate",
        "退回\nrefused",
        "待送\nwaiting",
        "文件\nfiles",
    ];
    let row = |r: &Route| {
        let numbers = [
            r.drafted,
            r.delivered,
            r.doubtful,
            r.duplicate,
            r.refused,
            r.waiting,
            r.files,
        ];
        std::iter::once(r.route.clone())
            .chain(numbers.map(thousands))
            .collect()
    };
    table(&head, routes.iter().map(row))
}

fn line(text: &mut String, line: &str) {
    text.push_str(line);
    text.push('\n');
}

fn alarm(alarm: &AlarmSeen) -> String {
    match alarm.subject.as_str() {
        "" => alarm.code.clone(),
        subject => format!("{} → {subject}", alarm.code),
    }
}
