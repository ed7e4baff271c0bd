//! A platform without room, or with other columns; a gateway whose own disk is full.

use super::wire::ends_well;
use super::{fails, filled, house};
use crate::support::{House, assert_ratings, keyed, number, ratings, rows, wait_until};
use credit_platform::Fault;

/// An answer with that status.
fn says(status: u16, text: &str) -> Fault {
    Fault {
        status: Some(status),
        answer: Some(text.to_owned()),
        ..Fault::default()
    }
}

#[test]
fn a_platform_without_room_is_quoted_and_has_every_row_once_it_has_room() {
    let house = house(&ratings(0..20));
    let full = "{\"errorCode\":\"507\",\"errorMsg\":\"磁盘空间不足\"}";
    let code = "{\"errorCode\":\"500\",\"errorMsg\":\"表空间已满\"}";
    let page = "<html><head><title>HTTP 500 - No space left on device</title></head></html>";
    fails(
        &house,
        vec![says(507, full), says(200, code), says(500, page)],
    );
    let ran = house.run(&["once", "list"]).good();
    for words in [
        "status 507 Insufficient Storage (磁盘空间不足) [http_507]",
        "have the platform make room",
        "errorCode 500 表空间已满 [platform_500]",
        "(HTTP 500 - No space left on device) [http_500]",
    ] {
        assert!(ran.err.contains(words), "{words}: {}", ran.err);
    }
    assert_ratings(&house.rows("tax-rating"), 0..20);
    assert_eq!(house.platform.stats().records, 20);
    assert_eq!(number(&house.books("list"), "delivered"), 20);
}

#[test]
fn a_request_that_is_not_understood_any_more_stops_the_route_in_the_platforms_words() {
    let house = house(&ratings(0..5));
    let words = "{\"errorCode\":\"6003\",\"errorMsg\":\"未知字段 swjg\"}";
    fails(&house, vec![says(422, words), says(400, "unknown field")]);
    for (code, said) in [
        ("http_422", "(未知字段 swjg)"),
        ("http_400", "(unknown field)"),
    ] {
        let ran = house.run(&["once", "list"]).ended(6);
        assert!(ran.err.contains(said), "{}", ran.err);
        let stopped = house.books("list")["targets"][0]["stopped"].to_string();
        assert!(
            stopped.contains(code) && stopped.contains(said),
            "{stopped}"
        );
        assert!(stopped.contains("核对目录版本与字段"), "{stopped}");
    }
    assert_eq!(number(&house.books("list"), "waiting"), 5);
    assert_eq!(number(&house.once("list"), "delivered"), 5);
    assert_ratings(&house.rows("tax-rating"), 0..5);
    assert_eq!(house.platform.stats().records, 5);
}

#[test]
fn a_platform_that_wants_another_column_refuses_all_rows_which_is_an_alarm_and_no_loss() {
    let mut options = keyed();
    let table = options.tables.get_mut("tax-rating").unwrap();
    table.required = vec!["bgjg".to_owned()];
    let house = filled(House::with(options), &ratings(0..12));
    let mut service = house.serve();
    let said = house.alarm("target_refuses");
    for words in [
        "最近 12 条全部被退回",
        "gateway dead-letters replay",
        "bgjg",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    let books = house.books("list");
    assert_eq!(
        (number(&books, "dead"), number(&books, "refused")),
        (12, 12)
    );
    assert!(house.rows("tax-rating").is_empty());
    // It lasts over a restart,
    assert_eq!(service.terminate(), 0);
    let service = house.serve();
    house.put("feeds/list/b.csv", ratings(0..12).replace("2025", "2024"));
    wait_until("they are refused, too", || {
        number(&house.books("list"), "dead") == 24
    });
    house.alarm("target_refuses");
    // until a row is accepted; what was refused is sent by a person's word.
    let other = house.another_platform();
    let file = house.path("configs/gateway.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    let text = text.replace(&house.platform.url(""), &other.url(""));
    std::fs::write(file, text).unwrap();
    house.run(&["reload"]).good();
    let replay = ["dead-letters", "replay", "list", "--all", "--by", "王某"];
    let why = ["--reason", "平台已恢复原目录"];
    house.run(&[&replay[..], &why].concat()).good();
    house.delivers("list", 24);
    ends_well(&house, service);
    let books = house.books("list");
    assert_eq!((number(&books, "dead"), number(&books, "waiting")), (0, 0));
    assert_eq!(rows(&other, "tax-rating").len(), 24);
    assert_eq!(other.stats().records, 24, "each was sent once");
}

#[test]
fn a_receipt_that_finds_no_room_on_the_own_disk_waits_and_nothing_is_sent_twice() {
    let house = house(&ratings(0..300));
    house.down(true);
    let service = house.start_for_little_room();
    wait_until("all is taken", || {
        number(&house.books("list"), "waiting") == 300
    });
    service.room(Some(16 << 10));
    house.down(false);
    let told = |words: &str| {
        wait_until("the status says why", || {
            house.run(&["status"]).good().out.contains(words)
        });
    };
    told("the platform has answered, and its receipt cannot be stored");
    told("make room on the disk of the state folder");
    let asked = house.platform.stats().requests;
    assert_eq!(number(&house.books("list"), "waiting"), 300);
    assert_eq!(house.platform.stats().unique, 300);
    service.room(None);
    house.delivers("list", 300);
    assert_eq!(
        house.platform.stats().requests,
        asked,
        "it was not sent again"
    );

    // Killed before there is room, the gateway sends the parcel again with its key.
    house.down(true);
    house.put("feeds/list/b.csv", ratings(300..305));
    wait_until("five more are taken", || {
        number(&house.books("list"), "waiting") == 5
    });
    service.room(Some(16 << 10));
    house.down(false);
    told("the platform has answered, and its receipt cannot be stored");
    service.kill();
    assert_eq!(number(&house.once("list"), "delivered"), 305);
    assert_ratings(&house.rows("tax-rating"), 0..305);
    let stats = house.platform.stats();
    assert_eq!((stats.records, stats.repeated_requests), (305, 1));
}
