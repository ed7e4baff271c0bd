//! The demo: what it shows, and what it leaves behind.

use crate::support::{Ran, assert_masked, gateway, number};
use serde_json::Value;
use std::path::Path;

fn demo(folder: &Path, format: &str) -> Ran {
    let mut command = gateway();
    command
        .args(["demo", "--format", format, "--dir"])
        .arg(folder);
    Ran::of(command)
}

fn ask(folder: &Path, question: &[&str]) -> Ran {
    let mut command = gateway();
    command
        .arg("--config")
        .arg(folder.join("configs"))
        .args(question);
    Ran::of(command)
}

/// The sum of a column over a list of objects.
fn sum(list: &Value, key: &str) -> u64 {
    list.as_array()
        .unwrap()
        .iter()
        .map(|object| number(object, key))
        .sum()
}

#[test]
fn the_demo_walks_two_departments_and_its_books_balance() {
    let folder = tempfile::tempdir().unwrap();
    let ran = demo(folder.path(), "json").good();
    assert_masked(&ran.out);
    let shown = ran.json().remove(0);
    let (files, routes) = (&shown["files"], &shown["status"]["routes"]);
    assert_eq!(files.as_array().unwrap().len(), 4);
    assert_eq!(routes.as_array().unwrap().len(), 2);
    assert_eq!(shown["status"]["balanced"], true);
    for key in ["drafted", "doubtful", "duplicate", "skipped"] {
        assert_eq!(sum(files, key), sum(routes, key), "{key}");
    }
    let fates = ["delivered", "doubtful", "duplicate", "refused", "waiting"];
    let fated: u64 = fates.iter().map(|fate| sum(routes, fate)).sum();
    assert_eq!(fated, sum(routes, "drafted"));
    assert_eq!(sum(routes, "waiting"), 0);
    let accepted = sum(routes, "delivered") + sum(routes, "refused");
    assert_eq!(sum(files, "accepted"), accepted);
    assert_eq!(sum(&shown["receipts"], "rows"), accepted);
    assert_eq!(
        number(&shown["platform"], "records")
            + number(&shown["platform"], "withdrawn")
            + number(&shown["platform"], "held"),
        sum(routes, "delivered")
    );
    let doubts = shown["doubts"].as_array().unwrap();
    let mut rows: Vec<String> = doubts
        .iter()
        .map(|d| format!("{} {}", d["file"], d["source_row"]))
        .collect();
    rows.dedup();
    assert_eq!(rows.len() as u64, sum(routes, "doubtful"));
}

#[test]
fn the_demo_speaks_chinese_and_english() {
    let folder = tempfile::tempdir().unwrap();
    let shown = demo(folder.path(), "text").good().out;
    let words = [
        "收到什么",
        "what came in",
        "去了哪里",
        "where it went",
        "为何存疑",
        "why rows are doubtful",
        "回执",
        "receipts",
        "账目平衡",
        "the books balance",
        "黔西环罚〔2018〕1号",
    ];
    for word in words {
        assert!(shown.contains(word), "{word} is not in\n{shown}");
    }
    assert_masked(&shown);
}

#[test]
fn a_demo_replaces_an_earlier_one() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("demo");
    demo(&folder, "text").good();
    std::fs::write(folder.join("feeds/tax/of-the-earlier-one.csv"), "").unwrap();
    let shown = demo(&folder, "json").good().json().remove(0);
    assert_eq!(shown["files"].as_array().unwrap().len(), 4);
    assert!(!folder.join("feeds/tax/of-the-earlier-one.csv").exists());
}

#[test]
fn a_demo_leaves_the_folders_of_others_alone() {
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join("my own");
    std::fs::write(&own, "precious").unwrap();
    let ran = demo(folder.path(), "text").ended(1);
    assert!(ran.err.contains("--dir"), "{}", ran.err);
    assert_eq!(std::fs::read_to_string(&own).unwrap(), "precious");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn what_a_demo_leaves_can_be_looked_into() {
    let folder = tempfile::tempdir().unwrap();
    let shown = demo(folder.path(), "json").good().json().remove(0);
    let asked = |question: &[&str]| ask(folder.path(), &[question, &["-f", "json"]].concat());
    assert_eq!(asked(&["status"]).good().json(), [shown["status"].clone()]);
    assert_eq!(
        Value::from(asked(&["doubts"]).good().json()),
        shown["doubts"]
    );
    assert_eq!(
        Value::from(asked(&["receipts"]).good().json()),
        shown["receipts"]
    );
    let of_one = asked(&["doubts", "--code", "status_other"]).good().json();
    assert_eq!(of_one.len(), 1);
    let traced = asked(&["trace", "黔西环罚〔2018〕1号"]).good().json();
    assert_eq!(traced.len(), 2, "a record and its correction: {traced:?}");
    assert_eq!(traced[1]["operation"], "update");
    let id = traced[0]["record"].as_str().unwrap();
    assert_eq!(asked(&["trace", &id[..8]]).good().json(), traced);
    asked(&["trace", "黔西环罚〔1918〕1号"]).ended(7);
    for question in [&["status"][..], &["doubts"], &["receipts"], &["trace", id]] {
        assert_masked(&ask(folder.path(), question).good().out);
    }
}
