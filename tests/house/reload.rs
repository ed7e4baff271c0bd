//! A configuration that changes while the gateway runs.

use crate::support::{House, Process, Ran, assert_ratings, number, ratings, rows, wait_until};
use rustix::process::{Pid, Signal, kill_process};

fn delivered(house: &House, route: &str, rows: u64) {
    wait_until("the rows are delivered", || {
        let status = house.ask(&["status"]).remove(0);
        let routes = status["routes"].as_array().unwrap().clone();
        let found = routes.iter().find(|r| r["route"] == route);
        found.is_some_and(|r| r["delivered"] == rows)
    });
}

fn reload(house: &House) -> Ran {
    house.run(&["reload", "--format", "json"])
}

#[test]
fn a_route_added_to_a_running_gateway_is_read_and_one_removed_is_not() {
    let house = House::new();
    house.route("first", "tax", "");
    house.put("feeds/first/a.csv", ratings(0..5));
    let mut service = house.start(&["run"]);
    service.admin();
    delivered(&house, "first", 5);

    house.route("second", "tax", "");
    house.put("feeds/second/a.csv", ratings(10..17));
    let changes = reload(&house).good().json();
    assert_eq!(changes.len(), 1, "{changes:?}");
    assert_eq!(changes[0]["name"], "second");
    assert_eq!(changes[0]["how"], "added");
    delivered(&house, "second", 7);

    // Removed while rows of it wait: those are delivered still, and nothing more is read.
    house.down(true);
    house.put("feeds/second/b.csv", ratings(20..24));
    wait_until("four rows wait", || {
        number(&house.books("second"), "waiting") == 4
    });
    std::fs::remove_file(house.path("configs/routes/second.toml")).unwrap();
    assert_eq!(reload(&house).good().json()[0]["how"], "removed");
    house.put("feeds/second/c.csv", ratings(30..33));
    house.put("feeds/first/b.csv", ratings(40..42));
    house.down(false);
    delivered(&house, "second", 11);
    delivered(&house, "first", 7);
    assert_eq!(service.terminate(), 0, "{}", service.said());
    let numbers = (0..5).chain(10..17).chain(20..24).chain(40..42);
    assert_ratings(&house.rows("tax-rating"), numbers);
    assert_eq!(house.platform.stats().overwritten, 0);
}

#[test]
fn rows_of_a_route_whose_file_is_gone_are_told_of_and_delivered_once_it_is_back() {
    let house = House::new();
    house.route("list", "tax", "");
    house.put("feeds/list/a.csv", ratings(0..5));
    house.down(true);
    house.run(&["once", "list", "--patience", "0"]).ended(6);
    let file = house.path("configs/routes/list.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::remove_file(&file).unwrap();
    let status = house.run(&["status"]).good().out;
    assert!(status.contains("未配置 not configured   list"), "{status}");
    house.put("configs/routes/list.toml", text);
    house.down(false);
    house.run(&["once", "list"]).good();
    assert_ratings(&house.rows("tax-rating"), 0..5);
}

#[test]
fn what_does_not_check_changes_nothing_and_says_why() {
    let house = House::new();
    house.route("list", "tax", "");
    let mut service = house.start(&["run"]);
    service.admin();
    let good = std::fs::read_to_string(house.path("configs/routes/list.toml")).unwrap();
    house.put(
        "configs/routes/list.toml",
        good.replace("every_ms", "evry_ms"),
    );
    let ran = house.run(&["reload"]).ended(3);
    assert!(ran.err.contains("list.toml"), "{}", ran.err);
    assert!(ran.err.contains("every_ms"), "{}", ran.err);
    assert!(ran.err.contains("nothing was changed"), "{}", ran.err);
    hang_up(&mut service);
    wait_until("the log says so, too", || {
        service
            .said()
            .contains("the configuration was not put in force")
    });
    house.put("configs/routes/list.toml", good);
    house.gateway("[queue]\nwaiting_records_max = 1_000");
    let ran = reload(&house).ended(3);
    assert!(
        ran.err.contains("with a restart only: queue"),
        "{}",
        ran.err
    );
    house.put("feeds/list/a.csv", ratings(0..5));
    delivered(&house, "list", 5);
    assert_eq!(service.terminate(), 0);
}

fn hang_up(service: &mut Process) {
    let pid = Pid::from_raw(i32::try_from(service.pid()).unwrap()).unwrap();
    kill_process(pid, Signal::HUP).unwrap();
}

#[test]
fn a_changed_route_goes_on_between_two_takes_and_nothing_is_lost_or_doubled() {
    let house = House::new();
    house.gateway("[queue]\nwaiting_records_max = 1_000");
    house.route("list", "tax", "[chunk]\nkib = 16");
    house.put("feeds/list/list.csv", ratings(0..10_000));
    house.down(true);
    let mut service = house.start(&["run"]);
    service.admin();
    wait_until("the queue is full", || {
        number(&house.books("list"), "waiting") >= 1_000
    });
    let other = house.another_platform();
    house.route("list", "tax", "[chunk]\nkib = 32");
    let text = std::fs::read_to_string(house.path("configs/gateway.toml")).unwrap();
    let moved = text.replace(&house.platform.url(""), &other.url(""));
    house.put("configs/gateway.toml", moved);
    hang_up(&mut service);
    wait_until("all rows arrive at the other platform", || {
        other.stats().unique == 10_000
    });
    delivered(&house, "list", 10_000);
    assert_eq!(service.terminate(), 0, "{}", service.said());
    assert_eq!(number(&house.books("list"), "drafted"), 10_000);
    assert_ratings(&rows(&other, "tax-rating"), 0..10_000);
    assert_eq!(other.stats().overwritten, 0);
}

#[test]
fn a_plan_shows_what_would_change_and_what_a_route_reaches_uses_and_sends() {
    let house = House::new();
    house.route("list", "tax", "");
    let first = house.ask(&["plan"]).remove(0);
    assert_eq!(first["changes"][1]["how"], "added", "{first}");
    let mut service = house.start(&["run"]);
    service.admin();
    let same = house.run(&["plan"]).good().out;
    assert!(same.contains("没有变化 nothing changes"), "{same}");

    house.route("list", "tax", "[chunk]\nkib = 64");
    house.gateway_with(
        "[queue]\nretention_days = 400",
        "token = { env = \"WORD\" }",
    );
    let plan = house.ask(&["plan"]).remove(0);
    assert_eq!(plan["restart"][0], "queue", "{plan}");
    let route = &plan["routes"][0];
    assert_eq!(route["chunk_kib"], 64, "{route}");
    assert_eq!(route["secrets"][0], "变量 variable WORD");
    let host = house.platform.url("");
    assert_eq!(route["targets"][0]["host"], host);
    let fields = &route["targets"][0]["directories"][0];
    assert_eq!(fields["directory"], "tax-rating");
    let sent = fields["fields"].as_array().unwrap();
    assert!(sent.iter().any(|f| f == "nsrsbh"), "{fields}");
    let text = house.run(&["plan"]).good().out;
    assert!(text.contains("~ 路由 route list   变更 changed"), "{text}");
    assert_eq!(service.terminate(), 0);
}
