//! Pulls that are tried: asked from where the route is, and nothing of the answer is kept.

use super::service::{HERE, Reply, Service, ok, path, route, status};
use crate::support::{House, Process, assert_ratings, free_port, number, ratings, wait_until};
use serde_json::Value;

fn rows(entries: &[Value]) -> (u64, u64) {
    let sum = entries.last().unwrap();
    (number(sum, "new"), number(sum, "duplicate"))
}

#[test]
fn a_pull_is_tried_from_its_cursor_no_further_than_needed_and_the_next_run_begins_there_too() {
    let service = Service::new(|_, request| match path(request) {
        "/?since=begin" => ok("x-next: p2\r\netag: \"1\"\r\n", ratings(0..40)),
        "/?since=p2" => ok("x-next: p3\r\n", ratings(38..60)),
        "/?since=p3" => ok("x-next: p4\r\n", ratings(60..80)),
        _ => status("204 No Content", "", ""),
    });
    let house = House::new();
    let url = format!("{}/?since={{cursor}}", service.url);
    let more = "cursor_start = \"begin\"\nnext = { header = \"X-Next\" }\npages_max = 1";
    route(&house, "pull", &url, &format!("{HERE}{more}"));
    // Nothing is known: as a first run.
    let entries = house.ask(&["plan", "--try", "pull"]);
    assert_eq!((rows(&entries), service.paths().len()), ((10, 0), 1));
    assert_eq!(entries[0]["from"]["kind"], "first_run");
    assert!(!house.path("state").exists());

    assert_eq!(number(&house.once("pull"), "delivered"), 40);
    let entries = house.ask(&["plan", "--try", "pull", "--rows", "5"]);
    assert_eq!(entries[0]["from"]["cursor"], "p2", "{entries:?}");
    assert_eq!(rows(&entries), (3, 2));
    let text = house.run(&["plan", "--try", "pull"]).good().out;
    assert!(
        text.contains("接着上次 from where the route is: p2"),
        "{text}"
    );
    let entries = house.ask(&["plan", "--try", "pull", "--from-start"]);
    assert_eq!(rows(&entries), (0, 10));
    let left: Vec<_> = std::fs::read_dir(house.path("state/spool"))
        .unwrap()
        .collect();
    assert!(left.is_empty(), "{left:?}");

    let cut = format!("{HERE}{}", more.replace("pages_max = 1", "pages_max = 9"));
    super::service::source(&house, "pull", &url, &cut);
    // Two pages hold as many.
    let entries = house.ask(&["plan", "--try", "pull", "--rows", "30"]);
    assert_eq!(rows(&entries), (28, 2));
    assert_eq!(number(&house.once("pull"), "delivered"), 80);
    let (first, second, third) = ("/?since=begin", "/?since=p2", "/?since=p3");
    let asked = [
        first,
        first,
        second,
        second,
        first,
        second,
        third,
        second,
        third,
        "/?since=p4",
    ];
    assert_eq!(service.paths(), asked);
    assert_ratings(&house.rows("tax-rating"), 0..80);
}

#[test]
fn a_service_that_cannot_be_asked_is_named_with_what_to_do() {
    let house = House::new();
    let closed = format!("http://127.0.0.1:{}/", free_port());
    let refuses = Service::new(|_, _| status("401 Unauthorized", "", ""));
    let empty = Service::new(|_, _| status("204 No Content", "", ""));
    for (url, code, said) in [
        (&closed, 6, "127.0.0.1"),
        (&refuses.url, 6, "401"),
        (&empty.url, 7, "has no new row"),
    ] {
        route(&house, "pull", url, HERE);
        let ran = house.run(&["plan", "--try", "pull"]).ended(code);
        assert!(ran.err.contains(said), "{said}: {}", ran.err);
        assert!(ran.err.contains("help:"), "{}", ran.err);
    }
    assert!(!house.path("state").exists());
}

#[test]
fn one_that_is_told_to_stop_leaves_nothing_behind() {
    let begun = b"HTTP/1.1 200 OK\r\ncontent-length: 999\r\n\r\nx";
    let service = Service::new(|_, _| Reply::Stalls(begun.to_vec()));
    let house = House::new();
    route(&house, "pull", &service.url, HERE);
    let own = house.path("own");
    std::fs::create_dir(&own).unwrap();
    let mut command = house.command(&["plan", "--try", "pull"]);
    command.env("TMPDIR", &own);
    let mut tried = Process::start(command);
    wait_until("it waits for more", || !service.asked().is_empty());
    assert!(std::fs::read_dir(&own).unwrap().next().is_some());
    assert_eq!(tried.terminate(), 1);
    assert!(
        tried.said().contains("it was interrupted"),
        "{}",
        tried.said()
    );
    assert!(std::fs::read_dir(&own).unwrap().next().is_none());
    assert!(!house.path("state").exists());
}
