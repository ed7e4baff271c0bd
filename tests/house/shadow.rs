//! A candidate beside what serves, and what two versions differ in.

use crate::replay::{install, lines_route};
use crate::support::{House, number, rating, wait_until};
use serde_json::Value;

/// A house whose route has read `rows` lines through version 0.1.0.
fn house(rows: u32) -> House {
    let house = House::new();
    install(&house, "adapters", None);
    lines_route(&house);
    house.put(
        "feeds/lines/list.csv",
        (1..=rows).map(rating).collect::<String>(),
    );
    house.once("lines");
    house
}

pub(crate) fn candidate(house: &House, way: &str) -> String {
    install(house, "candidates", Some(("0.2.0", way)));
    house
        .path("candidates/hostile")
        .to_str()
        .unwrap()
        .to_owned()
}

pub(crate) fn differences(entries: &[Value]) -> Vec<&Value> {
    entries
        .iter()
        .filter(|e| e["entry"] == "difference")
        .collect()
}

pub(crate) fn sums(entries: &[Value]) -> &Value {
    entries.iter().find(|e| e["entry"] == "feed").unwrap()
}

#[test]
fn a_planted_difference_in_one_field_of_one_row_is_found() {
    let house = house(2_000);
    let before = (house.platform.stats().requests, house.books("lines"));
    let planted = candidate(&house, "planted");
    let ran = house
        .run(&["adapter", "shadow", &planted, "--format", "json"])
        .ended(10);
    let entries = ran.json();
    let found = differences(&entries);
    assert_eq!(found.len(), 1, "{}", ran.out);
    let found = found[0];
    assert_eq!(
        (&found["kind"], number(found, "source_row")),
        (&"changed".into(), 777)
    );
    assert_eq!(found["fields"].as_array().unwrap().len(), 1);
    let field = &found["fields"][0];
    assert_eq!(
        (&field["field"], &field["before"], &field["after"]),
        (&"xyjb".into(), &"A".into(), &"B".into())
    );
    let sums = sums(&entries);
    assert_eq!((number(sums, "same"), number(sums, "changed")), (1_999, 1));
    assert_eq!(number(&sums["fields"], "tax-rating.xyjb"), 1);
    // A person reads the same.
    let text = house
        .run(&["adapter", "shadow", &planted, "--since", "2020-01-01"])
        .ended(10)
        .out;
    println!("{text}");
    assert!(text.contains("xyjb: A → B") && text.contains("字段 field   tax-rating.xyjb: 1"));
    // Nothing was sent or stored.
    assert_eq!(
        (house.platform.stats().requests, house.books("lines")),
        before
    );
}

#[test]
fn a_candidate_that_does_the_same_has_no_difference() {
    let house = house(300);
    let same = candidate(&house, "plain");
    let ran = house.run(&["adapter", "shadow", &same]).good();
    assert!(ran.out.contains("没有差异 no difference"), "{}", ran.out);
    let none = house
        .run(&["adapter", "shadow", &same, "--until", "2020-01-01"])
        .good();
    assert!(none.out.contains("no difference"), "{}", none.out);
}

#[test]
fn rows_that_appear_or_vanish_and_doubts_that_go_are_told_apart() {
    let house = House::new();
    install(&house, "adapters", None);
    lines_route(&house);
    let mut rows: Vec<String> = (1..=9).map(rating).collect();
    rows[1].insert_str(0, "ID:");
    house.put("feeds/lines/list.csv", rows.concat());
    house.once("lines");
    let corrected = candidate(&house, "corrected");
    let ran = house
        .run(&["adapter", "shadow", &corrected, "--format", "json"])
        .ended(10);
    let entries = ran.json();
    let of = |kind: &str| {
        let found = differences(&entries)
            .into_iter()
            .filter(|d| d["kind"] == kind);
        found.map(|d| number(d, "source_row")).collect::<Vec<_>>()
    };
    assert_eq!(of("changed"), [3], "{}", ran.out);
    assert_eq!(of("added"), [2]);
    assert_eq!(of("gone"), [5]);
    assert_eq!(of("no_longer_doubted"), [2]);
    assert_eq!(sums(&entries)["skipped"], serde_json::json!([0, 1]));
}

#[test]
fn a_running_gateway_compares_each_feed_until_it_is_told_to_stop_or_the_candidate_serves() {
    let house = house(10);
    let planted = candidate(&house, "planted");
    let mut service = house.start(&["run"]);
    service.admin();
    house.run(&["adapter", "shadow", &planted, "--live"]).good();
    let report = || {
        house.run(&[
            "adapter", "shadow", "hostile", "--report", "--format", "json",
        ])
    };
    let feeds = || {
        report()
            .json()
            .iter()
            .filter(|e| e["entry"] == "feed")
            .count()
    };
    house.put(
        "feeds/lines/more.csv",
        (700..800).map(rating).collect::<String>(),
    );
    wait_until("the feed is compared", || feeds() == 1);
    let entries = report().ended(10).json();
    assert_eq!(differences(&entries).len(), 1);
    assert_eq!(differences(&entries)[0]["fields"][0]["field"], "xyjb");
    assert_eq!(number(sums(&entries), "same"), 99);
    wait_until("the rows arrive", || house.platform.stats().unique == 110);
    assert!(
        house
            .rows("tax-rating")
            .iter()
            .all(|row| row["xyjb"] == "A")
    );

    // It outlives a restart, and ends with its candidate in service.
    assert_eq!(service.terminate(), 0, "{}", service.said());
    let mut service = house.start(&["run"]);
    service.admin();
    house.put(
        "feeds/lines/third.csv",
        (900..910).map(rating).collect::<String>(),
    );
    wait_until("the next feed is compared", || feeds() == 2);
    assert_eq!(service.terminate(), 0, "{}", service.said());
    install(&house, "adapters", Some(("0.2.0", "planted")));
    house.put(
        "feeds/lines/fourth.csv",
        (920..930).map(rating).collect::<String>(),
    );
    house.once("lines");
    assert!(!house.path("state/shadow/hostile.json").exists());
    assert_eq!(feeds(), 2);
    report().ended(10);

    install(&house, "adapters", None);
    house
        .run(&["adapter", "shadow", &planted, "--live", "--route", "lines"])
        .good();
    assert_eq!(feeds(), 0, "a report begins anew");
    house
        .run(&["adapter", "shadow", "hostile", "--stop"])
        .good();
    house.put("feeds/lines/fifth.csv", rating(777));
    house.once("lines");
    house
        .run(&["adapter", "shadow", "hostile", "--report"])
        .ended(7);
}

#[test]
fn a_candidate_that_cannot_serve_is_refused_with_what_is_wrong() {
    let house = house(3);
    candidate(&house, "plain");
    let path = house.path("candidates/hostile/adapter.toml");
    let manifest = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, manifest.replace("\"good\", ", "")).unwrap();
    let folder = house.path("candidates/hostile");
    let ran = house
        .run(&["adapter", "shadow", folder.to_str().unwrap()])
        .ended(3);
    assert!(
        ran.err.contains("does not fit the configuration"),
        "{}",
        ran.err
    );
    assert!(ran.err.contains("mode"), "{}", ran.err);
    let nowhere = house.run(&["adapter", "shadow", "./nowhere"]).ended(7);
    assert!(
        nowhere.err.contains("there is no adapter"),
        "{}",
        nowhere.err
    );
    let unknown = house.run(&["adapter", "shadow", "tax@9.9.9"]).ended(7);
    assert!(
        unknown.err.contains("versions are: 0.1.0"),
        "{}",
        unknown.err
    );
    let unused = house.run(&["adapter", "shadow", "tax"]).ended(7);
    assert!(
        unused.err.contains("does not serve any route"),
        "{}",
        unused.err
    );
}

#[test]
fn a_candidate_that_breaks_down_is_a_difference() {
    let house = house(300);
    candidate(&house, "plain");
    house.put(
        "candidates/hostile/adapter.wasm",
        std::fs::read(env!("HOSTILE_ADAPTER")).unwrap(),
    );
    let path = house.path("candidates/hostile/adapter.toml");
    let manifest = std::fs::read_to_string(&path).unwrap();
    // It cannot have the memory that it needs.
    let weak = manifest
        .replace("output_mib = 16", "output_mib = 1")
        .replace("call_ms = 1000", "call_ms = 50");
    std::fs::write(&path, weak).unwrap();
    let route = std::fs::read_to_string(house.path("configs/routes/lines.toml")).unwrap();
    house.put(
        "configs/routes/lines.toml",
        route.replace("\"good\"", "\"trap\""),
    );
    let folder = house.path("candidates/hostile");
    let ran = house
        .run(&["adapter", "shadow", folder.to_str().unwrap()])
        .ended(10);
    assert!(ran.out.contains("故障 trouble"), "{}", ran.out);
}

#[test]
fn two_versions_are_held_against_each_other_and_against_the_routes() {
    let house = house(1);
    candidate(&house, "plain");
    let path = house.path("candidates/hostile/adapter.toml");
    let manifest = std::fs::read_to_string(&path).unwrap();
    let manifest = manifest
        .replace("memory_mib = 64", "memory_mib = 32")
        .replace(
            "directories = [\"tax-rating\"]",
            "directories = [\"tax-rating\", \"penalty\"]",
        )
        .replace("name = \"rows\"", "name = \"lines\"");
    std::fs::write(&path, &manifest).unwrap();
    let folder = house.path("candidates/hostile");
    let folder = folder.to_str().unwrap();
    let diff = |a: &str, b: &str, code: i32| {
        house
            .run(&["adapter", "diff", a, b, "--format", "json"])
            .ended(code)
            .json()
    };
    assert!(diff("hostile", "hostile@0.1.0", 0).is_empty());
    let found = diff("hostile", folder, 10);
    let of = |what: &str, name: &str| {
        let mut found = found
            .iter()
            .filter(|d| d["what"] == what && d["name"] == name);
        found
            .next()
            .unwrap_or_else(|| panic!("no {what} {name}: {found:#?}"))
            .clone()
    };
    assert_eq!(of("version", "")["after"], "0.2.0");
    assert_eq!(of("limit", "memory_mib")["after"], "32");
    let gone = of("feed", "rows");
    assert_eq!(
        (&gone["breaks"], &gone["routes"][0]),
        (&true.into(), &"lines".into())
    );
    assert_eq!(of("feed", "lines")["breaks"], false);

    std::fs::write(
        &path,
        manifest.replace("name = \"lines\"", "name = \"rows\""),
    )
    .unwrap();
    let found = diff("hostile", folder, 10);
    let setting = found.iter().find(|d| d["name"] == "rows.way").unwrap();
    assert_eq!(
        (&setting["before"], &setting["after"]),
        (&Value::Null, &"text = plain".into())
    );
    assert_eq!(setting["routes"][0], "lines");
    let directories = found.iter().find(|d| d["what"] == "directories").unwrap();
    assert_eq!(directories["after"], "tax-rating, penalty");
    let text = house
        .run(&["adapter", "diff", "hostile", folder])
        .ended(10)
        .out;
    assert!(text.contains("tax-rating, penalty"), "{text}");
}
