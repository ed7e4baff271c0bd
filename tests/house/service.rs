//! The service: it runs, answers, stops and goes on.

use crate::support::{House, assert_masked, assert_ratings, number, ratings, wait_until};

#[test]
fn a_service_told_to_stop_in_the_middle_of_a_feed_stops_cleanly_and_goes_on() {
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
    assert_eq!(service.terminate(), 0, "{}", service.said());
    let books = house.books("list");
    assert!(
        books["reading"].as_str().unwrap().starts_with("list.csv"),
        "{books}"
    );
    assert!(number(&books, "drafted") < 10_000);

    house.down(false);
    let mut service = house.start(&["run"]);
    wait_until("all rows arrive", || {
        house.platform.stats().unique == 10_000
    });
    wait_until("the books say so", || {
        number(&house.books("list"), "delivered") == 10_000
    });
    assert_eq!(service.terminate(), 0, "{}", service.said());
    assert_eq!(number(&house.books("list"), "drafted"), 10_000);
    assert_eq!(house.platform.stats().overwritten, 0);
    assert_ratings(&house.rows("tax-rating"), 0..10_000);
}

#[test]
fn a_service_shows_metrics_health_and_readiness() {
    let house = House::new();
    house.route("list", "tax", "");
    house.put("feeds/list/list.csv", ratings(0..7));
    let mut service = house.start(&["run"]);
    assert_eq!(service.get("/health").0, 200);
    assert_eq!(service.get("/ready"), (200, "ready\n".to_owned()));
    let delivered = "credit_gateway_records_total{route=\"list\",fate=\"delivered\"} 7";
    wait_until("the metrics count seven rows", || {
        let (status, metrics) = service.get("/metrics");
        assert_eq!(status, 200);
        metrics.lines().any(|line| line == delivered)
    });
    let (_, metrics) = service.get("/metrics");
    for name in [
        "drafted_total",
        "waiting",
        "files_total",
        "target_stopped",
        "run_failed",
    ] {
        assert!(metrics.contains("# TYPE credit_gateway_"), "{metrics}");
        assert!(metrics.contains(name), "{name} is not in\n{metrics}");
    }
    assert_eq!(service.get("/nothing").0, 404);
}

#[test]
fn a_running_service_answers_questions() {
    let house = House::new();
    house.route("list", "tax", "");
    let bad = "9152058MA6DEMQ1X,黔西市缺位贸易有限公司,2025,某税务局\n";
    house.put("feeds/list/list.csv", ratings(0..7) + bad);
    let mut service = house.start(&["run"]);
    service.admin();
    wait_until("seven rows are delivered", || {
        number(&house.books("list"), "delivered") == 7
    });
    let status = house.ask(&["status"]).remove(0);
    assert_eq!(status["running"], true);
    let text = house.run(&["status"]).good().out;
    assert!(text.contains("运行中 running"), "{text}");
    let doubts = house.ask(&["doubts", "--route", "list"]);
    assert_eq!(doubts[0]["code"], "id_length");
    assert_eq!(doubts[0]["source_row"], 9);
    let traced = house.ask(&["trace", "国家税务总局黔西市税务局第3税务分局"]);
    assert_eq!(traced[0]["targets"][0]["fate"], "delivered");
    assert_eq!(number(&house.ask(&["receipts"])[0], "rows"), 7);
    house.run(&["trace", "nothing of that kind"]).ended(7);
    assert_masked(&service.said());
    assert_eq!(service.terminate(), 0);
    assert_eq!(house.ask(&["status"]).remove(0)["running"], false);
}

#[test]
fn a_second_service_on_the_same_state_says_who_has_it() {
    let house = House::new();
    house.route("list", "tax", "");
    let mut service = house.start(&["run"]);
    service.admin();
    let ran = house.run(&["run"]).ended(4);
    assert!(ran.err.contains(&service.pid().to_string()), "{}", ran.err);
    assert!(ran.err.contains("help:"), "{}", ran.err);
    house.run(&["once", "list"]).ended(4);
    assert_eq!(service.get("/health").0, 200, "the first goes on");
}

#[test]
fn a_killed_service_leaves_nothing_that_hinders_the_next() {
    let house = House::new();
    house.route("list", "tax", "");
    let mut service = house.start(&["run"]);
    service.admin();
    service.kill();
    assert_eq!(house.ask(&["status"])[0]["running"], false);
    house.put("feeds/list/list.csv", ratings(0..3));
    let mut service = house.start(&["run"]);
    service.admin();
    assert_eq!(house.ask(&["status"])[0]["running"], true);
    wait_until("the rows arrive", || house.platform.stats().unique == 3);
}

#[test]
fn a_file_waits_for_its_ok_file() {
    let house = House::new();
    house.route("list", "tax", "");
    let path = house.path("configs/routes/list.toml");
    let text = std::fs::read_to_string(path).unwrap();
    let ready = text.replace("{ stable_ms = 0 }", "{ ok = \"{stem}.ok\" }");
    house.put("configs/routes/list.toml", ready);
    house.put("feeds/list/list.csv", ratings(0..3));
    let mut service = house.start(&["run"]);
    service.admin();
    wait_until("the file is shown as held", || {
        house.books("list")["held"]
            .to_string()
            .contains("waits for list.ok")
    });
    assert_eq!(number(&house.books("list"), "drafted"), 0);
    house.put("feeds/list/list.ok", "list.csv|1|3|00\n");
    wait_until("the ok-file speaks of another file", || {
        house.books("list")["held"]
            .to_string()
            .contains("list.ok says bytes 1")
    });
    house.put("feeds/list/list.ok", "");
    wait_until("the rows arrive", || house.platform.stats().unique == 3);
    wait_until("nothing is held", || {
        house.books("list")["held"] == serde_json::json!([])
    });
}

#[test]
fn new_files_are_found_by_the_hour_and_by_the_interval() {
    let house = House::new();
    house.route("interval", "tax", "");
    house.route("hour", "tax", "");
    let path = house.path("configs/routes/hour.toml");
    let text = std::fs::read_to_string(path).unwrap();
    let cron = text.replace("every_ms = 100", "cron = \"* * * * * *\"");
    house.put("configs/routes/hour.toml", cron);
    let mut service = house.start(&["run"]);
    service.admin();
    house.put("feeds/interval/a.csv", ratings(0..2));
    house.put("feeds/hour/a.csv", ratings(2..4));
    wait_until("both folders are read", || {
        house.platform.stats().unique == 4
    });
    house.put("feeds/interval/b.csv", ratings(4..6));
    house.put("feeds/hour/b.csv", ratings(6..8));
    wait_until("they are read again", || house.platform.stats().unique == 8);
    assert_eq!(service.terminate(), 0, "{}", service.said());
}

#[test]
fn a_folder_that_is_gone_is_told_and_read_once_it_is_back() {
    let house = House::new();
    house.route("list", "tax", "");
    house.put("feeds/list/list.csv", ratings(0..3));
    let away = house.path("feeds/away");
    std::fs::rename(house.path("feeds/list"), &away).unwrap();
    let ran = house.run(&["once", "list"]).ended(6);
    assert!(ran.err.contains("cannot be listed"), "{}", ran.err);
    assert!(
        house.books("list")["trouble"]
            .as_str()
            .unwrap()
            .contains("cannot be listed")
    );
    std::fs::rename(&away, house.path("feeds/list")).unwrap();
    assert_eq!(number(&house.once("list"), "delivered"), 3);
    assert!(house.books("list")["trouble"].is_null());
}

#[test]
fn a_route_is_read_now_when_a_person_says_so() {
    let house = House::new();
    house.route("list", "tax", "");
    let cron = std::fs::read_to_string(house.path("configs/routes/list.toml")).unwrap();
    let cron = cron.replace("every_ms = 100", "cron = \"0 0 3 1 1 *\"");
    house.put("configs/routes/list.toml", &cron);
    house.put("configs/routes/idle.toml", format!("paused = true\n{cron}"));
    house.put("feeds/list/list.csv", ratings(0..7));
    house.run(&["run-now", "list"]).ended(7);
    let mut service = house.start(&["run"]);
    service.admin();
    assert_eq!(house.ask(&["run-now", "list"])[0]["called"], true);
    wait_until("seven rows are delivered", || {
        number(&house.books("list"), "delivered") == 7
    });
    let ran = house.run(&["run-now", "idle"]).ended(3);
    assert!(ran.err.contains("idle is paused"), "{}", ran.err);
    let ran = house.run(&["run-now", "lists"]).ended(7);
    assert!(ran.err.contains("routes are: idle, list"), "{}", ran.err);
    assert_eq!(service.terminate(), 0);
}
