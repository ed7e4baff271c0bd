//! The books in Prometheus' text form: the same counters as `gateway status`.

use crate::house::LastRun;
use crate::shelf::Serves;
use credit_config::AdapterPolicy;
use credit_queue::{RouteBooks, TargetBooks};
use std::collections::BTreeMap;

/// A number out of the books of a route or a target.
struct Metric<B> {
    name: &'static str,
    kind: &'static str,
    help: &'static str,
    /// Its value; ages are those at a moment, in milliseconds since 1970.
    value: fn(&B, i64) -> u64,
}

const fn counter<B>(
    name: &'static str,
    help: &'static str,
    value: fn(&B, i64) -> u64,
) -> Metric<B> {
    Metric {
        name,
        kind: "counter",
        help,
        value,
    }
}

const fn gauge<B>(name: &'static str, help: &'static str, value: fn(&B, i64) -> u64) -> Metric<B> {
    Metric {
        name,
        kind: "gauge",
        help,
        value,
    }
}

const OF_ROUTES: [Metric<RouteBooks>; 13] = [
    counter(
        "credit_gateway_records_drafted_total",
        "Records and doubtful rows that came in.",
        |b, _| b.drafted,
    ),
    gauge(
        "credit_gateway_records_waiting",
        "Records that not all targets have settled.",
        |b, _| b.waiting,
    ),
    gauge(
        "credit_gateway_waiting_bytes",
        "Bytes of records that not all targets have settled.",
        |b, _| b.waiting_bytes,
    ),
    counter(
        "credit_gateway_files_total",
        "Feeds read to their end.",
        |b, _| b.files,
    ),
    counter("credit_gateway_takes_total", "Durable commits.", |b, _| {
        b.takes
    }),
    gauge("credit_gateway_keys", "Keys in the index.", |b, _| b.keys),
    gauge(
        "credit_gateway_index_bytes",
        "Memory of the key index.",
        |b, _| b.index_bytes,
    ),
    gauge(
        "credit_gateway_last_take_age_seconds",
        "Since something was last taken.",
        |b, now_ms| age(now_ms, b.last_take_ms),
    ),
    gauge(
        "credit_gateway_run_failed",
        "1 where the last run ended early.",
        |b, _| {
            let ended = b.run.as_ref().and_then(|run| run.ended.as_ref());
            u64::from(ended.is_some_and(|(_, outcome, _)| outcome == "failed"))
        },
    ),
    gauge(
        "credit_gateway_alarms",
        "Alarms that last: see `gateway alarms`.",
        |b, _| b.alarms.len() as u64,
    ),
    gauge(
        "credit_gateway_paused",
        "1 where a person has it take nothing in.",
        |b, _| u64::from(b.paused.is_some()),
    ),
    gauge(
        "credit_gateway_removals_pending",
        "Records that the last full snapshot lacks and that wait for a person's word.",
        |b, _| b.removals.as_ref().map_or(0, |r| r.pending),
    ),
    gauge(
        "credit_gateway_removals_suspicious",
        "1 where that snapshot may have been cut off.",
        |b, _| {
            let removals = b.removals.as_ref().filter(|r| r.pending > 0);
            let snapshot = removals.and_then(|r| r.snapshot.as_ref());
            u64::from(snapshot.is_some_and(credit_queue::SnapshotSeen::is_suspicious))
        },
    ),
];

const OF_TARGETS: [Metric<TargetBooks>; 4] = [
    gauge(
        "credit_gateway_target_waiting",
        "Records that the target has not settled.",
        |t, _| t.waiting,
    ),
    gauge(
        "credit_gateway_target_oldest_waiting_seconds",
        "Age of the oldest of them.",
        |t, now_ms| age(now_ms, t.oldest_ms),
    ),
    counter(
        "credit_gateway_target_doubted_total",
        "Records that the platform stored but doubts.",
        |t, _| t.doubted,
    ),
    gauge(
        "credit_gateway_target_stopped",
        "1 while nothing is sent.",
        |t, _| u64::from(t.stopped.is_some()),
    ),
];

/// All metrics; ages are seconds before `now_ms`, and `policy` is that of adapters.
pub(super) fn text(
    books: &[RouteBooks],
    runs: &BTreeMap<String, LastRun>,
    now_ms: i64,
    policy: AdapterPolicy,
) -> String {
    let mut out = String::new();
    unsigned(&mut out, policy);
    fates(&mut out, books);
    not_kept(&mut out, runs);
    for metric in &OF_ROUTES {
        head(&mut out, metric.name, metric.kind, metric.help);
        for b in books {
            let labels = [("route", b.route.as_str())];
            sample(&mut out, metric.name, &labels, (metric.value)(b, now_ms));
        }
    }
    for metric in &OF_TARGETS {
        head(&mut out, metric.name, metric.kind, metric.help);
        for (b, t) in books
            .iter()
            .flat_map(|b| b.targets.iter().map(move |t| (b, t)))
        {
            let labels = [("route", b.route.as_str()), ("target", &t.target)];
            sample(&mut out, metric.name, &labels, (metric.value)(t, now_ms));
        }
    }
    out
}

/// Whether adapters are loaded that nobody signed.
fn unsigned(out: &mut String, policy: AdapterPolicy) {
    const NAME: &str = "credit_gateway_unsigned_adapters_allowed";
    let help = "1 while the policy lets adapters be loaded that nobody signed.";
    head(out, NAME, "gauge", help);
    let allowed = policy == AdapterPolicy::Development;
    sample(out, NAME, &[], u64::from(allowed));
}

/// Which version serves which route, and what a person must see to.
pub(super) fn adapters(out: &mut String, serves: &BTreeMap<String, Serves>) {
    const INFO: &str = "credit_gateway_adapter_info";
    head(out, INFO, "gauge", "The version that serves a route.");
    for (route, serves) in serves {
        let (version, sha256) = (serves.version.as_deref(), serves.sha256.as_deref());
        let labels = [
            ("route", route.as_str()),
            ("adapter", &serves.adapter),
            ("version", version.unwrap_or("none")),
            ("sha256", sha256.unwrap_or_default()),
        ];
        sample(out, INFO, &labels, u64::from(version.is_some()));
    }
    const ALARM: &str = "credit_gateway_adapter_alarm";
    let help = "1 where a version is in quarantine or could not take over, until a person acts.";
    head(out, ALARM, "gauge", help);
    for (route, serves) in serves {
        let labels = [("route", route.as_str()), ("adapter", &serves.adapter)];
        sample(out, ALARM, &labels, u64::from(serves.alarm.is_some()));
    }
}

/// The fates of records are labels of one metric.
fn fates(out: &mut String, books: &[RouteBooks]) {
    const NAME: &str = "credit_gateway_records_total";
    head(out, NAME, "counter", "Records by their fate.");
    for b in books {
        for (fate, count) in [
            ("delivered", b.delivered),
            ("doubtful", b.doubtful),
            ("duplicate", b.duplicate),
            ("refused", b.refused),
        ] {
            let labels = [("route", b.route.as_str()), ("fate", fate)];
            sample(out, NAME, &labels, count);
        }
    }
}

/// Whether feeds go by whose raw input is not kept.
fn not_kept(out: &mut String, runs: &BTreeMap<String, LastRun>) {
    const NAME: &str = "credit_gateway_raw_not_kept";
    let help = "1 while the raw input of the last feed could not be kept: it cannot be replayed.";
    head(out, NAME, "gauge", help);
    for (route, run) in runs {
        let labels = [("route", route.as_str())];
        sample(out, NAME, &labels, u64::from(run.not_kept.is_some()));
    }
}

fn age(now_ms: i64, then_ms: Option<i64>) -> u64 {
    then_ms.map_or(0, |then| u64::try_from((now_ms - then) / 1000).unwrap_or(0))
}

fn head(out: &mut String, name: &str, kind: &str, help: &str) {
    out.push_str(&format!("# HELP {name} {help}\n# TYPE {name} {kind}\n"));
}

/// Names of routes and targets are `[a-z0-9-]`: nothing is to be escaped.
fn sample(out: &mut String, name: &str, labels: &[(&str, &str)], value: u64) {
    let labels: Vec<String> = labels.iter().map(|(k, v)| format!("{k}=\"{v}\"")).collect();
    out.push_str(&format!("{name}{{{}}} {value}\n", labels.join(",")));
}
