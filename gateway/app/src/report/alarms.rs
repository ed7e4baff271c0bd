//! What is wrong with which route since when, and what was.

use super::table::table;
use super::time::{Clock, short};
use crate::alarms::{RAW_NOT_KEPT, TARGET_REFUSES, TARGET_STOPPED};
use crate::exit::Exit;
use crate::failure::Failure;
use credit_queue::{AlarmSeen, Note, Queue, TargetBooks};
use credit_record::mask::mask_text;
use serde::{Deserialize, Serialize};

/// An alarm, or what a person said of a route.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Alarm {
    pub route: String,
    /// `source_failed`, `file_held`, `feed_refused`, `raw_not_kept`, `silent`, `target_stopped`,
    /// `target_late`, `target_refuses`, `adapter` or `paused`.
    pub code: String,
    /// The target or adapter that it is about; empty for the route itself.
    pub subject: String,
    pub since: String,
    /// Nothing while it lasts.
    pub until: Option<String>,
    pub reason: String,
}

/// The alarms that last, or all that the log has, oldest first.
pub(crate) fn alarms(queue: &Queue, all: bool, clock: Clock) -> Result<Vec<Alarm>, Failure> {
    if !all {
        return Ok(lasting(queue, clock));
    }
    let failed = |e| Failure::of(Exit::Failed, &e);
    let mut found: Vec<Alarm> = Vec::new();
    for entry in queue.runs().map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let at = clock.text(entry.at_ms);
        let mut begin = |route, code: &str, subject, reason| {
            found.push(Alarm {
                route,
                code: code.to_owned(),
                subject,
                since: at.clone(),
                until: None,
                reason,
            });
        };
        let (route, code, subject) = match entry.note {
            Note::AlarmRaised {
                route,
                code,
                subject,
                reason,
            } => {
                begin(route, &code, subject, mask_text(&reason).into_owned());
                continue;
            }
            Note::Paused { route, by, reason } => {
                begin(route, "paused", String::new(), format!("{by}：{reason}"));
                continue;
            }
            Note::AlarmCleared {
                route,
                code,
                subject,
            } => (route, code, subject),
            Note::Resumed { route } => (route, "paused".to_owned(), String::new()),
            _ => continue,
        };
        let mut lasting = found.iter_mut().rev().filter(|a| a.until.is_none());
        let same = lasting.find(|a| a.route == route && a.code == code && a.subject == subject);
        if let Some(alarm) = same {
            alarm.until = Some(at);
        }
    }
    Ok(found)
}

fn lasting(queue: &Queue, clock: Clock) -> Vec<Alarm> {
    let mut found = Vec::new();
    for books in queue.books() {
        let route = &books.route;
        found.extend(books.paused.map(|(at_ms, order)| Alarm {
            route: route.clone(),
            code: "paused".to_owned(),
            subject: String::new(),
            since: clock.text(at_ms),
            until: None,
            reason: format!("{}：{}", order.by, order.reason),
        }));
        let targets = &books.targets;
        found.extend(books.alarms.into_iter().map(|alarm| Alarm {
            route: route.clone(),
            since: clock.text(alarm.at_ms),
            until: None,
            reason: mask_text(&present(&alarm, targets)).into_owned(),
            code: alarm.code,
            subject: alarm.subject,
        }));
    }
    found.sort_by(|a, b| a.since.cmp(&b.since));
    found
}

/// Why it lasts: what stops a target may be something else by now than when the alarm began.
fn present(alarm: &AlarmSeen, targets: &[TargetBooks]) -> String {
    let mut targets = targets.iter().filter(|t| t.target == alarm.subject);
    let stopped = targets.find_map(|t| t.stopped.as_ref());
    match stopped.filter(|_| alarm.code == TARGET_STOPPED) {
        Some(stopped) => format!("[{}] {}", stopped.code, stopped.reason),
        None => alarm.reason.clone(),
    }
}

/// What a code means.
pub(crate) fn title(code: &str) -> &'static str {
    match code {
        "source_failed" => "来源故障 source failed",
        "file_held" => "文件未读 file not read",
        "feed_refused" => "文件被拒 feed refused",
        RAW_NOT_KEPT => "原始数据未保存 raw input not kept",
        "silent" => "没有来数 silent",
        TARGET_STOPPED => "目标停送 target stopped",
        TARGET_REFUSES => "目标全部退回 target refuses all",
        "target_late" => "送达延误 target late",
        "adapter" => "适配器告警 adapter",
        "paused" => "已暂停 paused",
        _ => "告警 alarm",
    }
}

/// Alarms as a person reads them.
pub(crate) fn text(alarms: &[Alarm]) -> String {
    if alarms.is_empty() {
        return "没有告警 no alarms\n".to_owned();
    }
    let head = [
        "路由\nroute",
        "告警\nalarm",
        "自\nsince",
        "至\nuntil",
        "原因\nreason",
    ];
    let row = |alarm: &Alarm| {
        let subject = match alarm.subject.as_str() {
            "" => String::new(),
            subject => format!("\n→ {subject}"),
        };
        vec![
            alarm.route.clone(),
            format!("{}{subject}", title(&alarm.code)),
            short(&alarm.since),
            alarm.until.as_deref().map(short).unwrap_or_default(),
            alarm.reason.clone(),
        ]
    };
    table(&head, alarms.iter().map(row))
}
