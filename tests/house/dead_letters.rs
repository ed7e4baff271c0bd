//! What a target refuses for good is kept, shown, exported, and sent again by a person's word.

use crate::support::{House, assert_ratings, keyed, number, ratings, rows};
use credit_platform::{Check, Verdict};
use std::os::unix::fs::PermissionsExt as _;

/// A house whose platform refuses the third row.
fn house() -> House {
    let mut options = keyed();
    let table = options.tables.get_mut("tax-rating").unwrap();
    table.checks = vec![Check {
        column: "nsrmc".into(),
        equals: "黔西市第3建材有限公司".into(),
        verdict: Verdict::Refuse,
        message: "名称与登记不符".into(),
    }];
    let house = House::with(options);
    house.route("list", "tax", "");
    house.put("feeds/list/a.csv", ratings(0..5));
    house.once("list");
    house
}

/// From now on the house delivers to a platform that refuses nothing.
fn move_on(house: &House) -> credit_platform::Running {
    let other = house.another_platform();
    let file = house.path("configs/gateway.toml");
    let text = std::fs::read_to_string(file).unwrap();
    let text = text.replace(&house.platform.url(""), &other.url(""));
    house.put("configs/gateway.toml", text);
    other
}

#[test]
fn what_was_refused_is_listed_shown_and_exported() {
    let house = house();
    let letters = house.ask(&["dead-letters", "list"]);
    assert_eq!(letters.len(), 1, "{letters:?}");
    let letter = &letters[0];
    assert_eq!(letter["source_row"], 5);
    assert_eq!(letter["refusals"][0]["target"], "county");
    let reason = letter["refusals"][0]["reason"].as_str().unwrap();
    assert!(reason.contains("名称与登记不符"), "{letter}");
    let status = house.run(&["status"]).good().out;
    assert!(
        status.contains("退回 refused for good   list: 1"),
        "{status}"
    );

    let id = letter["record"].as_str().unwrap();
    let shown = house.run(&["dead-letters", "show", &id[..8]]).good().out;
    assert!(shown.contains("nsrmc"), "{shown}");
    house.run(&["dead-letters", "show", "ffffffff"]).ended(7);
    assert!(
        house
            .ask(&["dead-letters", "list", "--code", "nothing"])
            .is_empty()
    );

    let out = house.path("letters.jsonl");
    let name = out.to_str().unwrap();
    house.run(&["dead-letters", "export", "--out", name]).good();
    let text = std::fs::read_to_string(&out).unwrap();
    let exported: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(exported["body"]["nsrmc"], "黔西市第3建材有限公司");
    let mode = std::fs::metadata(&out).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let again = house
        .run(&["dead-letters", "export", "--out", name])
        .ended(1);
    assert!(again.err.contains("cannot be written"), "{}", again.err);
}

#[test]
fn a_dead_letter_is_sent_again_once_and_the_books_balance() {
    let house = house();
    let words = ["--by", "王某", "--reason", "平台已更正登记"];
    let replay = |what: &[&str]| {
        let head = ["dead-letters", "replay", "list"];
        house.run(&[&head[..], what, &words[..]].concat())
    };
    replay(&["--record", "ffffffff"]).ended(7);
    let id = house.ask(&["dead-letters", "list"])[0]["record"].clone();
    let id = id.as_str().unwrap();

    // Refused again, it is a dead letter again.
    replay(&["--record", id]).good();
    house.once("list");
    assert_eq!(house.ask(&["dead-letters", "list"]).len(), 1);

    let other = move_on(&house);
    replay(&["--all"]).good();
    house.once("list");
    assert_ratings(&rows(&other, "tax-rating"), 3..4);
    assert!(house.ask(&["dead-letters", "list"]).is_empty());
    let books = house.books("list");
    assert_eq!(number(&books, "dead"), 0);
    assert_eq!(number(&books, "delivered"), 5);
    let traced = house.ask(&["trace", id]);
    assert_eq!(traced.len(), 3, "each sending is a version: {traced:?}");
    let said = |t: &&serde_json::Value| t["confirmed_by"] == "王某";
    assert_eq!(traced.iter().filter(said).count(), 2, "{traced:?}");
    // There is nothing left to send.
    replay(&["--all"]).good();
    assert_eq!(other.stats().requests, 1);
}

#[test]
fn a_corrected_row_takes_the_place_of_the_letter() {
    let house = house();
    let other = move_on(&house);
    let corrected = ratings(3..4).replace("黔西市第3建材", "黔西市第三建材");
    house.put("feeds/list/b.csv", corrected);
    house.once("list");
    assert!(house.ask(&["dead-letters", "list"]).is_empty());
    assert_eq!(rows(&other, "tax-rating").len(), 1);
}
