//! What is wrong is told; what a person pauses stays where it is.

use crate::support::{House, assert_ratings, number, ratings, wait_until};
use credit_platform::Script;

#[test]
fn a_paused_route_takes_nothing_in_and_goes_on_where_it_was() {
    let house = House::new();
    house.route("list", "tax", "");
    house.put("feeds/list/a.csv", ratings(0..5));
    let mut service = house.start(&["run"]);
    service.admin();
    wait_until("five rows are delivered", || {
        house.platform.stats().unique == 5
    });
    let pause = ["pause", "list", "--by", "王某", "--reason", "年检"];
    let said = house.run(&pause).good().out;
    assert!(said.contains("已暂停 paused   list"), "{said}");
    house.put("feeds/list/b.csv", ratings(5..8));
    let refused = house.run(&["run-now", "list"]).ended(3);
    assert!(
        refused.err.contains("gateway resume list"),
        "{}",
        refused.err
    );
    assert_eq!(service.terminate(), 0);

    // It is still paused after a restart, and says who and why.
    let mut service = house.start(&["run"]);
    service.admin();
    let status = house.run(&["status"]).good().out;
    assert!(status.contains("王某：年检"), "{status}");
    assert_eq!(house.alarms(&[])[0]["code"], "paused");
    assert_eq!(number(&house.books("list"), "drafted"), 5);
    house.run(&["resume", "list"]).good();
    wait_until("the other rows are delivered", || {
        house.platform.stats().unique == 8
    });
    house.run(&["resume", "list"]).ended(7);
    let history = house.alarms(&["--all"]);
    assert!(history[0]["until"].is_string(), "{history:?}");
    assert_eq!(service.terminate(), 0);
    assert_ratings(&house.rows("tax-rating"), 0..8);
}

#[test]
fn a_source_that_fails_is_an_alarm_until_it_is_back() {
    let house = House::new();
    house.route("list", "tax", "");
    let folder = house.path("feeds/list");
    std::fs::remove_dir(&folder).unwrap();
    let mut service = house.start(&["run"]);
    service.admin();
    house.alarm("source_failed");
    let (_, metrics) = service.get("/metrics");
    let line = "credit_gateway_alarms{route=\"list\"} 1";
    assert!(metrics.contains(line), "{metrics}");
    std::fs::create_dir(&folder).unwrap();
    house.put("feeds/list/a.csv", ratings(0..2));
    house.run(&["run-now", "list"]).good();
    house.no_alarm();
    let history = house.alarms(&["--all"]);
    assert_eq!(history.len(), 1, "once: {history:?}");
    assert!(history[0]["until"].is_string(), "{history:?}");
    let text = house.run(&["alarms", "--all"]).good().out;
    assert!(text.contains("来源故障 source failed"), "{text}");
    assert_eq!(service.terminate(), 0);
}

#[test]
fn a_target_that_is_late_is_an_alarm_until_it_has_caught_up() {
    let house = House::new();
    house.gateway("[alarms]\ntarget_late_s = 1");
    house.route("list", "tax", "");
    house.put("feeds/list/a.csv", ratings(0..5));
    let down = |down| {
        house.platform.fail(Script {
            next: Vec::new(),
            down: Some(down),
        });
    };
    down(true);
    let mut service = house.start(&["run"]);
    service.admin();
    house.alarm("target_late");
    let late = &house.alarms(&[])[0];
    assert_eq!(late["subject"], "county", "{late}");
    down(false);
    house.no_alarm();
    assert_eq!(service.terminate(), 0);
    assert_ratings(&house.rows("tax-rating"), 0..5);
}

#[test]
fn raw_input_that_is_not_kept_is_an_alarm_until_a_feed_is_kept_again() {
    let house = House::new();
    house.route("list", "tax", "");
    house.put("state/raw", "a file where the folder should be");
    house.put("feeds/list/a.csv", ratings(0..2));
    let mut service = house.start(&["run"]);
    service.admin();
    house.alarm("raw_not_kept");
    let text = house.run(&["alarms"]).good().out;
    assert!(text.contains("原始数据未保存 raw input not kept"), "{text}");
    house.put("feeds/list/b.csv", ratings(2..4));
    wait_until("another is not kept either", || {
        let why = house.books("list")["raw_not_kept"].to_string();
        why.contains("b.csv")
    });
    assert_eq!(service.terminate(), 0);

    // It lasts over a restart, and is over once a feed is kept.
    let mut service = house.start(&["run"]);
    service.admin();
    house.run(&["run-now", "list"]).good();
    assert!(house.books("list")["raw_not_kept"].is_string());
    house.alarm("raw_not_kept");
    std::fs::remove_file(house.path("state/raw")).unwrap();
    house.put("feeds/list/c.csv", ratings(4..6));
    house.no_alarm();
    assert!(house.books("list")["raw_not_kept"].is_null());
    let history = house.alarms(&["--all"]);
    assert_eq!(history.len(), 1, "once: {history:?}");
    assert!(history[0]["until"].is_string(), "{history:?}");
    assert_eq!(service.terminate(), 0);
}
