//! What goes wrong between a department and the gateway, and with the gateway's disk.

use super::department::{Department, answer};
use super::{is_delivered, open};
use crate::support::{House, assert_ratings, number, ratings, wait_until};
use std::io::Write as _;
use std::net::TcpStream;

/// A department that has sent half of its feed, and the rest.
fn half_way<'f>(house: &House, department: &Department, feed: &'f str) -> (TcpStream, &'f str) {
    let (half, rest) = feed.split_at(feed.len() / 2);
    let head = department.head("idempotency-key: half\r\n", feed.len());
    let stream = department.begins(head + half);
    let folder = house.path("state/push/.incoming");
    wait_until("half of it has come", || {
        folder.read_dir().unwrap().count() == 1
    });
    (stream, rest)
}

#[test]
fn who_sends_too_slowly_is_told_so_and_holds_up_nobody() {
    let limits = "idle_timeout_ms = 1_000\nhead_timeout_ms = 500\n";
    let (house, mut service, department) = open(limits, "");
    let feed = ratings(0..100);
    let (slow, _rest) = half_way(&house, &department, &feed);
    assert_eq!(
        department
            .push("other", &ratings(100..105))
            .with(200)
            .counts(),
        [5, 5, 0, 0]
    );
    let said = answer(slow).unwrap().with(408);
    assert_eq!(said.body["code"], "too_slow", "{}", said.body);
    assert_eq!(number(&house.books("tax"), "drafted"), 5);
    assert_eq!(
        department.push("half", &feed).with(200).counts(),
        [100, 100, 0, 0]
    );
    assert_eq!(service.terminate(), 0, "{}", service.said());
}

#[test]
fn one_too_many_at_once_is_asked_to_come_again() {
    let (house, mut service, department) = open("requests_max = 1\n", "");
    let feed = ratings(0..100);
    let (mut first, rest) = half_way(&house, &department, &feed);
    // Also one that has said much before it listens.
    for feed in [ratings(100..105), ratings(0..60_000)] {
        let said = department.push("other", &feed).with(503);
        assert_eq!(said.body["code"], "busy", "{}", said.body);
        assert!(said.head.contains("retry-after: 5"), "{}", said.head);
    }
    first.write_all(rest.as_bytes()).unwrap();
    let said = answer(first).unwrap().with(200);
    assert_eq!(said.counts(), [100, 100, 0, 0]);
    department.push("other", &ratings(100..105)).with(200);
    is_delivered(&house, 105);
    assert_eq!(service.terminate(), 0, "{}", service.said());
}

#[test]
fn who_is_refused_while_speaking_hears_why() {
    let (house, mut service, department) = open("body_mib_max = 1\n", "");
    let long = ratings(0..60_000);
    assert!(long.len() > 4 << 20);
    let said = department.push("k", &long).with(413);
    assert_eq!(said.body["code"], "too_large", "{}", said.body);
    department.push("k", &ratings(0..2)).with(200);
    assert_eq!(number(&house.books("tax"), "drafted"), 2);
    assert_eq!(service.terminate(), 0, "{}", service.said());
}

#[test]
fn killed_between_the_take_and_the_answer_it_answers_the_same_afterwards() {
    let (house, service, department) = open("", "");
    house.down(true);
    let bad = "91520581MA6DEMQ1XJ,,2025,某税务局\n";
    let feed = ratings(0..300) + bad;
    let head = department.head("idempotency-key: k\r\n", feed.len());
    let unheard = department.begins(head + &feed);
    wait_until("it is taken", || number(&house.books("tax"), "files") == 1);
    service.kill();
    drop(unheard);
    house.down(false);
    let mut service = house.start(&["run"]);
    let department = Department::of(&mut service, "tax", "open tax");
    let said = department.push("k", &feed).with(200);
    assert_eq!(said.counts(), [301, 300, 1, 0]);
    assert_eq!(said.body["replayed"], true);
    assert_eq!(said.body["doubts"][0]["source_row"], 302, "{}", said.body);
    is_delivered(&house, 300);
    assert_ratings(&house.rows("tax-rating"), 0..300);
    assert_eq!(house.platform.stats().overwritten, 0);
    assert_eq!(service.terminate(), 0, "{}", service.said());
}

#[test]
fn without_room_on_the_disk_nothing_is_acknowledged_and_with_room_it_goes_on() {
    let (house, mut first, _) = open("", "");
    assert_eq!(first.terminate(), 0);
    let mut service = house.start_for_little_room();
    let department = Department::of(&mut service, "tax", "open tax");
    department.push("k1", &ratings(0..300)).with(200);
    is_delivered(&house, 300);

    service.room(Some(16 << 10));
    // The feed itself finds no room,
    let said = department.push("k2", &ratings(300..600)).with(503);
    assert_eq!(said.body["code"], "no_room", "{}", said.body);
    assert!(said.head.contains("retry-after: 60"), "{}", said.head);
    // or what becomes of it.
    let said = department.push("k3", &ratings(600..605)).with(503);
    assert_eq!(said.body["code"], "stuck", "{}", said.body);
    assert!(said.head.contains("retry-after: 60"), "{}", said.head);
    let books = house.books("tax");
    assert_eq!(number(&books, "drafted"), 300);
    assert!(books["trouble"].is_string(), "{books}");

    service.room(None);
    for (key, feed, rows) in [("k3", ratings(600..605), 5), ("k2", ratings(300..600), 300)] {
        let said = department.push(key, &feed).with(200);
        assert_eq!(said.counts(), [rows, rows, 0, 0]);
    }
    is_delivered(&house, 605);
    assert_ratings(&house.rows("tax-rating"), 0..605);
    assert_eq!(service.terminate(), 0, "{}", service.said());
}

#[test]
fn a_table_whose_columns_changed_is_answered_with_what_is_missing_and_shown_to_the_operator() {
    let (house, mut service, department) = open("", "");
    // A column that nobody knows takes nothing away,
    let more = ratings(0..3).replace("税务机关\n", "税务机关,备注\n");
    let said = department.push("k1", &more.replace("分局\n", "分局,无\n"));
    assert_eq!(said.with(200).counts(), [3, 3, 0, 0]);
    // and without one that is needed no row is guessed at.
    let renamed = ratings(3..6).replace("纳税人名称", "企业全名");
    let said = department.push("k2", &renamed).with(422);
    assert_eq!(said.body["code"], "unreadable", "{}", said.body);
    assert_eq!(said.counts(), [1, 0, 1, 0]);
    let reason = &said.body["doubts"][0]["reasons"][0];
    for language in ["message_zh", "message_en"] {
        let text = reason[language].as_str().unwrap();
        assert!(text.contains("纳税人名称"), "{reason}");
    }
    let doubts = house.run(&["doubts"]).good().out;
    assert!(doubts.contains("表头缺少列：纳税人名称"), "{doubts}");
    assert_eq!(number(&house.books("tax"), "doubtful"), 1);
    let why = house.alarm("feed_refused");
    assert!(why.contains("表头缺少列：纳税人名称"), "{why}");
    // Put right it comes under another key: the first has its answer.
    department.push("k2", &ratings(3..6)).with(409);
    let said = department.push("k3", &ratings(3..6)).with(200);
    assert_eq!(said.counts(), [3, 3, 0, 0]);
    is_delivered(&house, 6);
    house.no_alarm();
    assert_eq!(service.terminate(), 0, "{}", service.said());
}
