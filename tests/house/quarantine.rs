//! Versions that fail again and again: they are put aside by themselves, with an alarm.

use crate::support::versions::{as_it_is, doing};
use crate::support::{House, assert_ratings, number, rating, wait_until};

fn lines(numbers: std::ops::Range<u32>) -> String {
    numbers.map(rating).collect()
}

/// A house whose route sets nothing: each version does what is its default.
fn house(more: &str) -> House {
    let house = House::with_shelf("");
    let unsigned = crate::support::versions::UNSIGNED;
    house.gateway(&format!("{unsigned}\n{more}"));
    house.route("list", "", "");
    house.install_and_promote("1.0.0", doing("good"));
    house
}

#[test]
fn a_version_that_traps_again_and_again_makes_way_for_the_one_before_and_no_row_is_lost() {
    let house = house("quarantine_traps = 5");
    house.install("1.1.0", doing("trap"));
    let mut service = house.start(&["run"]);
    service.admin();
    house.deliver("list", "a.csv", &lines(0..20));
    wait_until("the first rows arrive", || {
        house.platform.stats().unique == 20
    });
    house.run(&["adapter", "promote", "hostile@1.1.0"]).good();
    house.deliver("list", "b.csv", &lines(20..250));
    wait_until("all rows arrive", || house.platform.stats().unique == 250);
    let serves = house.serves("list");
    assert_eq!(serves["version"], "1.0.0");
    let alarm = serves["alarm"].as_str().unwrap();
    assert_eq!(alarm, "hostile 1.1.0 is in quarantine, 1.0.0 serves again");
    let text = house.run(&["status"]).good().out;
    assert!(
        text.contains("警报 alarm   list: hostile 1.1.0 is in quarantine"),
        "{text}"
    );
    let metric = "credit_gateway_adapter_alarm{route=\"list\",adapter=\"hostile\"}";
    assert!(service.get("/metrics").1.contains(&format!("{metric} 1")));
    wait_until("it is among the alarms", || {
        let alarms = house.run(&["alarms"]).good().out;
        alarms.contains("适配器告警 adapter")
    });
    assert!(service.said().contains("quarantine"), "{}", service.said());
    assert_eq!(house.standing("1.1.0"), "quarantine");
    let ran = house.run(&["adapter", "promote", "hostile@1.1.0"]).ended(3);
    assert!(
        ran.err.contains("gateway adapter release hostile@1.1.0"),
        "{}",
        ran.err
    );

    let released = house
        .ask(&["adapter", "release", "hostile@1.1.0"])
        .remove(0);
    assert!(
        released["service"][0]["serves"]["alarm"].is_null(),
        "{released}"
    );
    assert!(service.get("/metrics").1.contains(&format!("{metric} 0")));
    assert_eq!(service.terminate(), 0);
    assert_ratings(&house.rows("tax-rating"), 0..250);
    let books = house.books("list");
    assert_eq!(
        (number(&books, "delivered"), number(&books, "files")),
        (250, 2)
    );
}

#[test]
fn a_version_that_makes_nothing_of_feed_after_feed_is_put_aside_too() {
    let house = house("quarantine_feeds = 2");
    house.install("1.1.0", doing("trap"));
    house.run(&["adapter", "promote", "hostile@1.1.0"]).good();
    for (name, row) in [("a.csv", 0), ("b.csv", 1), ("c.csv", 2)] {
        house.put(&format!("feeds/list/{name}"), rating(row));
    }
    let ran = house.run(&["once", "list"]).good();
    assert!(ran.err.contains("警报 alarm"), "{}", ran.err);
    assert!(
        ran.err.contains("failed on 2 feeds in a row"),
        "{}",
        ran.err
    );
    assert_ratings(&house.rows("tax-rating"), 2..3);
    let books = house.books("list");
    // Of each feed that it failed on: its row, and its end.
    assert_eq!(
        (number(&books, "doubtful"), number(&books, "files")),
        (4, 3)
    );
}

#[test]
fn where_the_operator_wants_it_so_nothing_serves_after_a_quarantine_and_other_routes_go_on() {
    let house = house("quarantine_traps = 5\non_quarantine = \"stop\"");
    house.route("honest", "tax", "");
    house.install("1.1.0", doing("trap"));
    house.run(&["adapter", "promote", "hostile@1.1.0"]).good();
    house.put("feeds/list/a.csv", lines(0..20));
    let ran = house.run(&["once", "list"]).ended(6);
    assert!(
        ran.err.contains("nothing serves in its place"),
        "{}",
        ran.err
    );
    let ran = house.run(&["once", "list"]).ended(6);
    assert!(ran.err.contains("is in quarantine since"), "{}", ran.err);
    let ran = house.run(&["check"]).good();
    assert!(ran.err.contains("warning[unusable_adapter]"), "{}", ran.err);

    // A service starts all the same, and goes on with the route as soon as a version serves.
    let mut service = house.start(&["run"]);
    service.admin();
    house.deliver("honest", "a.csv", &crate::support::ratings(100..110));
    wait_until("other rows arrive", || {
        house.platform.stats().unique == 110 - 100
    });
    assert!(house.serves("list")["version"].is_null());
    house.run(&["adapter", "rollback", "hostile"]).good();
    house.run(&["run-now", "list"]).good();
    wait_until("all rows arrive", || house.platform.stats().unique == 30);
    assert_eq!(service.terminate(), 0, "{}", service.said());
}

#[test]
fn a_version_put_aside_by_hand_serves_nothing_from_then_on() {
    let house = house("");
    house.install_and_promote("1.1.0", as_it_is_good());
    let args = [
        "adapter",
        "quarantine",
        "hostile@1.1.0",
        "--reason",
        "wrong amounts",
    ];
    let done = house.ask(&args).remove(0);
    assert_eq!(done["serves"], "1.0.0", "{done}");
    house.put("feeds/list/a.csv", rating(0));
    house.once("list");
    assert!(house.serves("list")["alarm"].is_null(), "the person knows");
    house.run(&["adapter", "release", "hostile@1.0.0"]).ended(7);
    house.run(&["adapter", "remove", "hostile@1.1.0"]).good();
    house.install("1.2.0", as_it_is);
}

fn as_it_is_good() -> impl FnOnce(String) -> String {
    doing("good")
}
