//! The books in Prometheus' text form: the same counters as `gateway status`.

use credit_queue::{RouteBooks, TargetBooks};

/// All metrics; ages are seconds before `now_ms`.
pub(super) fn text(books: &[RouteBooks], now_ms: i64) -> String {
    let mut out = String::new();
    let fates: [(&str, fn(&RouteBooks) -> u64); 4] = [
        ("delivered", |b| b.delivered),
        ("doubtful", |b| b.doubtful),
        ("duplicate", |b| b.duplicate),
        ("refused", |b| b.refused),
    ];
    head(
        &mut out,
        "credit_gateway_records_total",
        "counter",
        "Records by their fate.",
    );
    for route in books {
        for (fate, count) in fates {
            let labels = [("route", route.route.as_str()), ("fate", fate)];
            sample(
                &mut out,
                "credit_gateway_records_total",
                &labels,
                count(route),
            );
        }
    }
    by_route(
        &mut out,
        books,
        "credit_gateway_records_drafted_total",
        "counter",
        "Records and doubtful rows that came in.",
        |b| b.drafted,
    );
    by_route(
        &mut out,
        books,
        "credit_gateway_records_waiting",
        "gauge",
        "Records that not all targets have settled.",
        |b| b.waiting,
    );
    by_route(
        &mut out,
        books,
        "credit_gateway_waiting_bytes",
        "gauge",
        "Bytes of records that not all targets have settled.",
        |b| b.waiting_bytes,
    );
    by_route(
        &mut out,
        books,
        "credit_gateway_files_total",
        "counter",
        "Feeds read to their end.",
        |b| b.files,
    );
    by_route(
        &mut out,
        books,
        "credit_gateway_takes_total",
        "counter",
        "Durable commits.",
        |b| b.takes,
    );
    by_route(
        &mut out,
        books,
        "credit_gateway_keys",
        "gauge",
        "Keys in the index.",
        |b| b.keys,
    );
    by_route(
        &mut out,
        books,
        "credit_gateway_index_bytes",
        "gauge",
        "Memory of the key index.",
        |b| b.index_bytes,
    );
    by_route(
        &mut out,
        books,
        "credit_gateway_last_take_age_seconds",
        "gauge",
        "Since something was last taken.",
        move |b| age(now_ms, b.last_take_ms),
    );
    by_route(
        &mut out,
        books,
        "credit_gateway_run_failed",
        "gauge",
        "1 where the last run ended early.",
        |b| {
            let ended = b.run.as_ref().and_then(|run| run.ended.as_ref());
            u64::from(ended.is_some_and(|(_, outcome, _)| outcome == "failed"))
        },
    );
    by_target(
        &mut out,
        books,
        "credit_gateway_target_waiting",
        "gauge",
        "Records that the target has not settled.",
        |t| t.waiting,
    );
    by_target(
        &mut out,
        books,
        "credit_gateway_target_oldest_waiting_seconds",
        "gauge",
        "Age of the oldest of them.",
        move |t| age(now_ms, t.oldest_ms),
    );
    by_target(
        &mut out,
        books,
        "credit_gateway_target_doubted_total",
        "counter",
        "Records that the platform stored but doubts.",
        |t| t.doubted,
    );
    by_target(
        &mut out,
        books,
        "credit_gateway_target_stopped",
        "gauge",
        "1 while nothing is sent.",
        |t| u64::from(t.stopped.is_some()),
    );
    out
}

fn age(now_ms: i64, then_ms: Option<i64>) -> u64 {
    then_ms.map_or(0, |then| u64::try_from((now_ms - then) / 1000).unwrap_or(0))
}

fn by_route(
    out: &mut String,
    books: &[RouteBooks],
    name: &str,
    kind: &str,
    help: &str,
    value: impl Fn(&RouteBooks) -> u64,
) {
    head(out, name, kind, help);
    for route in books {
        sample(out, name, &[("route", &route.route)], value(route));
    }
}

fn by_target(
    out: &mut String,
    books: &[RouteBooks],
    name: &str,
    kind: &str,
    help: &str,
    value: impl Fn(&TargetBooks) -> u64,
) {
    head(out, name, kind, help);
    for route in books {
        for target in &route.targets {
            let labels = [("route", route.route.as_str()), ("target", &target.target)];
            sample(out, name, &labels, value(target));
        }
    }
}

fn head(out: &mut String, name: &str, kind: &str, help: &str) {
    out.push_str(&format!("# HELP {name} {help}\n# TYPE {name} {kind}\n"));
}

/// Names of routes and targets are `[a-z0-9-]`: nothing is to be escaped.
fn sample(out: &mut String, name: &str, labels: &[(&str, &str)], value: u64) {
    let labels: Vec<String> = labels.iter().map(|(k, v)| format!("{k}=\"{v}\"")).collect();
    out.push_str(&format!("{name}{{{}}} {value}\n", labels.join(",")));
}
