//! Which routes may have full snapshots.

use super::*;
use crate::plan::SnapshotPlan;

fn courts(more: &str) -> String {
    let route = ROUTE_TEXT.replace("\"tax\"", "\"courts\"");
    let route = route.replace("\"rating\"", "\"dishonest-json\"");
    let lines = route
        .lines()
        .filter(|line| !line.starts_with("settings") && !line.starts_with("level"));
    let lines: String = lines.map(|line| format!("{line}\n")).collect();
    format!("{lines}{more}\n")
}

fn snapshot(more: &str) -> Option<SnapshotPlan> {
    let plan = checked(GATEWAY_TEXT, &courts(more)).unwrap_or_else(|e| panic!("{e}"));
    plan.routes["tax"].snapshot.clone()
}

#[test]
fn a_route_says_whether_its_files_are_full_snapshots_and_which() {
    assert!(snapshot("").is_none());
    let all = snapshot("[snapshot]").unwrap();
    assert_eq!(all.absent_max_percent, 10);
    assert!(all.is_one("2026-11-24.jsonl"));
    let some = snapshot("[snapshot]\nfiles = \"full-*\"\nabsent_max_percent = 3").unwrap();
    assert_eq!(some.absent_max_percent, 3);
    assert!(some.is_one("full-2026.jsonl") && !some.is_one("2026.jsonl"));
}

#[test]
fn what_cannot_be_a_full_snapshot_is_refused() {
    let more = format!("{ROUTE_TEXT}[snapshot]\n");
    assert_eq!(codes(GATEWAY_TEXT, &more), ["no_snapshot"]);
    let of = |more: &str| codes(GATEWAY_TEXT, &courts(more));
    assert_eq!(of("[snapshot]\nfiles = \"[a\""), ["bad_glob"]);
    assert_eq!(of("[snapshot]\nabsent_max_percent = 101"), ["out_of_range"]);
    let http = |cursor: &str, more: &str| {
        let source = format!("source = {{ kind = \"http\", url = \"https://a/{cursor} }}");
        let route = courts(more);
        let route = route.lines().map(|line| match line.starts_with("source") {
            true => format!("{source}\nschedule.cron = \"0 2 * * *\"\n"),
            false => format!("{line}\n"),
        });
        codes(GATEWAY_TEXT, &route.collect::<String>())
    };
    let paged = "?c={cursor}\", cursor_start = \"0\"";
    assert_eq!(http("\"", "[snapshot]"), [""; 0]);
    assert_eq!(http(paged, "[snapshot]"), ["conflicting_keys"]);
    assert_eq!(
        http("\"", "[snapshot]\nfiles = \"full-*\""),
        ["conflicting_keys"]
    );
}
