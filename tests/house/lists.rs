//! The real lists of two tax offices: every row has one fate, and the sums agree.

use crate::support::{House, assert_masked, number, shared};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Rows that a reader of CSV would count: the lists have no quotes.
fn rows_of(list: &[u8]) -> u64 {
    list.split(|b| *b == b'\n')
        .filter(|line| !line.is_empty())
        .count() as u64
        - 1
}

/// Walks one list to the platform; how many of its rows were doubtful.
fn every_row_has_one_fate(file: &str) {
    let Some(list) = shared(&format!("real/{file}")) else {
        return;
    };
    let house = House::new();
    house.route("list", "tax", "");
    house.put(&format!("feeds/list/{file}"), &list);
    let ran = house.run(&["once", "list"]).good();
    assert_masked(&ran.out);
    assert_masked(&ran.err);
    let books = house.books("list");
    let of = |fate| number(&books, fate);

    assert_eq!(of("drafted"), rows_of(&list), "{books}");
    assert_eq!(of("skipped"), 1, "the header: {books}");
    assert_eq!(
        of("drafted"),
        of("delivered") + of("doubtful") + of("duplicate"),
        "{books}"
    );
    assert_eq!(of("refused") + of("waiting"), 0, "{books}");
    let stats = house.platform.stats();
    assert_eq!(stats.records, of("delivered"));
    assert_eq!(stats.unique + stats.overwritten, of("delivered"));

    // A doubtful row says why in both languages, and is no delivered row.
    let doubts = house.ask(&["doubts"]);
    let doubtful: BTreeSet<u64> = doubts.iter().map(|d| number(d, "source_row")).collect();
    assert_eq!(doubtful.len() as u64, of("doubtful"));
    for doubt in &doubts {
        let text = |key: &str| doubt[key].as_str().unwrap();
        assert!(
            text("message_zh")
                .chars()
                .any(|c| ('一'..='龥').contains(&c)),
            "{doubt}"
        );
        assert!(
            text("message_en").chars().any(|c| c.is_ascii_alphabetic()),
            "{doubt}"
        );
        assert!(
            !text("code").is_empty() && !text("field").is_empty(),
            "{doubt}"
        );
    }
    println!("{file}: {}; doubts {:?}", sums(&books), codes(&doubts));

    for question in [
        &["doubts"][..],
        &["doubts", "-f", "json"],
        &["receipts", "-f", "json"],
    ] {
        assert_masked(&house.run(question).good().out);
    }
    assert!(house.run(&["once", "list"]).good().out.contains("list"));
    assert_eq!(
        house.books("list")["drafted"],
        books["drafted"],
        "no file is read twice"
    );
}

fn sums(books: &Value) -> String {
    let fates = ["drafted", "delivered", "doubtful", "duplicate"];
    fates
        .map(|fate| format!("{fate} {}", books[fate]))
        .join(", ")
}

fn codes(doubts: &[Value]) -> BTreeMap<&str, usize> {
    let mut codes = BTreeMap::new();
    for doubt in doubts {
        *codes.entry(doubt["code"].as_str().unwrap()).or_default() += 1;
    }
    codes
}

#[test]
fn every_row_of_the_jiangxi_list_has_one_fate() {
    every_row_has_one_fate("tax-a-jiangxi-2018.csv");
}

#[test]
fn every_row_of_the_heilongjiang_list_has_one_fate() {
    every_row_has_one_fate("tax-a-heilongjiang-2018-first-500.csv");
}
