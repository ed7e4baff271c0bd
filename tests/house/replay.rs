//! Raw input is kept, and a period of it is read again through a corrected adapter.

use crate::support::versions::UNSIGNED;
use crate::support::{HEADER, House, Ran, number, rating, ratings, wait_until};
use serde_json::Value;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

/// Lays out the adapter of lines in the house's folder of adapters: its version 0.1.0, or a later
/// one that reads lines the way it says.
pub(crate) fn install(house: &House, folder: &str, later: Option<(&str, &str)>) {
    let core = std::fs::read(env!("HOSTILE_ADAPTER")).unwrap();
    house.put(&format!("{folder}/hostile/adapter.wasm"), core);
    let mut manifest = include_str!("../hostile/adapter.toml").to_owned();
    if let Some((version, way)) = later {
        let setting = format!("[[feed.setting]]\nname = \"way\"\ndefault = \"{way}\"\n\n[limits]");
        manifest = manifest
            .replace("0.1.0", version)
            .replace("[limits]", &setting);
    }
    house.put(&format!("{folder}/hostile/adapter.toml"), manifest);
    house.gateway(UNSIGNED);
}

/// A route that reads lines.
pub(crate) fn lines_route(house: &House) {
    house.route("lines", "mode = \"good\"", "");
}

/// The files in which raw input is kept of a route.
fn copies(house: &House, route: &str) -> Vec<PathBuf> {
    let listed = std::fs::read_dir(house.path(&format!("state/raw/{route}"))).unwrap();
    let paths = listed.map(|entry| entry.unwrap().path());
    let mut copies: Vec<PathBuf> = paths
        .filter(|path| path.extension().is_some_and(|e| e == "zst"))
        .collect();
    copies.sort();
    copies
}

fn replay(house: &House, more: &[&str]) -> Ran {
    let args = [
        "replay",
        "lines",
        "--since",
        "2020-01-01",
        "--format",
        "json",
    ];
    house.run(&[&args, more].concat())
}

/// The row of the platform with that office.
fn at_platform(house: &House, n: u32) -> Option<Value> {
    let office = format!("国家税务总局黔西市税务局第{n}税务分局");
    house
        .rows("tax-rating")
        .into_iter()
        .find(|row| row["swjg"] == office.as_str())
}

/// Two feeds through a first version, in which the corrected one would do otherwise.
fn two_feeds(house: &House) {
    install(house, "adapters", None);
    lines_route(house);
    // Row 2 is doubtful by what stands before its id; 3 comes again later, under another name.
    let mut first: Vec<String> = (1..=9).map(rating).collect();
    first[1].insert_str(0, "ID:");
    house.put("feeds/lines/first.csv", first.concat());
    house.once("lines");
    let renamed = rating(3).replace("有限公司", "股份有限公司");
    house.put("feeds/lines/second.csv", renamed + &rating(10));
    let books = house.once("lines");
    assert_eq!(
        (number(&books, "delivered"), number(&books, "doubtful")),
        (10, 1)
    );
}

#[test]
fn what_is_replayed_through_a_corrected_adapter_has_its_effect_once() {
    let house = House::new();
    two_feeds(&house);
    install(&house, "adapters", Some(("0.2.0", "corrected")));
    let before = (house.platform.stats().requests, house.books("lines"));

    // Looked at first: field by field, and nothing happens.
    let dry = replay(&house, &["--dry"]).good().json();
    let changes = |feed: usize| dry[feed]["changes"].as_array().unwrap().clone();
    assert_eq!(changes(0).len(), 1, "{dry:#?}");
    assert_eq!(
        (&changes(0)[0]["effect"], &changes(0)[0]["source_row"]),
        (&"insert".into(), &2.into())
    );
    assert_eq!(changes(1).len(), 1, "{dry:#?}");
    let field = &changes(1)[0]["fields"][0];
    assert_eq!(
        (&changes(1)[0]["effect"], &field["field"]),
        (&"update".into(), &"xyjb".into())
    );
    assert_eq!(
        (&field["before"], &field["after"]),
        (&"A".into(), &"B".into())
    );
    let text = house
        .run(&["replay", "lines", "--since", "2020-01-01", "--dry"])
        .good()
        .out;
    assert!(text.contains("xyjb: A → B"), "{text}");
    let after = (house.platform.stats().requests, house.books("lines"));
    assert_eq!(before, after);

    // Done: what was doubtful goes out new, what is known from later stays, what is no longer
    // made is told.
    let done = replay(&house, &[]).good().json();
    let of = |feed: usize, what: &str| number(&done[feed], what);
    assert_eq!(
        (of(0, "accepted"), of(0, "stale"), of(0, "duplicate")),
        (1, 1, 7),
        "{done:#?}"
    );
    assert_eq!((of(0, "no_longer_doubtful"), of(0, "doubtful")), (1, 0));
    assert_eq!(of(0, "no_longer_made"), 1);
    assert_eq!(done[0]["no_longer"][0]["source_row"], 5);
    assert_eq!((of(1, "accepted"), of(1, "duplicate")), (1, 1));
    assert_eq!(
        at_platform(&house, 2).unwrap()["nsrsbh"],
        "91520581MA6DEMQ1XJ"
    );
    let third = at_platform(&house, 3).unwrap();
    assert_eq!(
        (&third["xyjb"], &third["nsrmc"]),
        (&"B".into(), &"黔西市第3建材股份有限公司".into())
    );
    assert!(
        at_platform(&house, 5).is_some(),
        "nothing is withdrawn by itself"
    );
    let stats = house.platform.stats();
    assert_eq!((stats.unique, stats.overwritten), (10, 2), "{stats:?}");

    // Once more: all of it is known.
    let again = replay(&house, &[]).good().json();
    assert!(
        again.iter().all(|feed| number(feed, "accepted") == 0),
        "{again:#?}"
    );
    assert_eq!(house.platform.stats().overwritten, 2);
    let books = house.books("lines");
    assert_eq!(
        (number(&books, "files"), number(&books, "doubtful")),
        (2, 1),
        "{books}"
    );
    let traced = house.ask(&["trace", "国家税务总局黔西市税务局第2税务分局"]);
    assert_eq!(traced[0]["file"], "first.csv");
    assert_eq!(traced[0]["adapter_version"], "0.2.0");
}

#[test]
fn a_key_that_stands_in_a_feed_twice_does_not_go_out_again() {
    let house = House::new();
    install(&house, "adapters", None);
    lines_route(&house);
    let renamed = rating(1).replace("有限公司", "股份有限公司");
    house.put("feeds/lines/a.csv", rating(1) + &renamed);
    house.once("lines");
    let requests = house.platform.stats().requests;
    let done = replay(&house, &["--file", "a.csv"]).good().json();
    assert_eq!(number(&done[0], "duplicate"), 1, "{done:#?}");
    assert_eq!(number(&done[0], "superseded"), 1);
    assert_eq!(house.platform.stats().requests, requests);
    assert_eq!(
        at_platform(&house, 1).unwrap()["nsrmc"],
        "黔西市第1建材股份有限公司"
    );
}

#[test]
fn a_doubtful_row_is_kept_once_however_often_it_is_read() {
    let house = House::new();
    two_feeds(&house);
    let done = replay(&house, &[]).good().json();
    assert_eq!(number(&done[0], "doubtful_still"), 1, "{done:#?}");
    assert_eq!(number(&house.books("lines"), "doubtful"), 1);
    assert_eq!(house.ask(&["doubts"]).len(), 1);
    let none = house
        .run(&["replay", "lines", "--until", "2020-01-01"])
        .ended(7);
    assert!(
        none.err.contains("gateway raw list --route lines"),
        "{}",
        none.err
    );
    let nobody = house
        .run(&["replay", "nobody", "--since", "2020-01-01"])
        .ended(7);
    assert!(nobody.err.contains("routes are: lines"), "{}", nobody.err);
    house.run(&["replay", "lines"]).ended(2);
    house
        .run(&["replay", "lines", "--since", "yesterday"])
        .ended(2);
}

#[test]
fn a_running_service_replays_between_two_runs_and_reads_on() {
    let house = House::new();
    two_feeds(&house);
    install(&house, "adapters", Some(("0.2.0", "corrected")));
    let mut service = house.start(&["run"]);
    service.admin();
    let done = replay(&house, &[]).good().json();
    assert_eq!(number(&done[0], "accepted"), 1, "{done:#?}");
    house.put("feeds/lines/third.csv", rating(20));
    wait_until("all is delivered", || house.platform.stats().unique == 11);
    assert_eq!(service.terminate(), 0, "{}", service.said());
    assert_eq!(number(&house.books("lines"), "files"), 3);
}

#[test]
fn a_replay_that_is_killed_is_given_again_and_every_row_changes_once() {
    let house = House::new();
    house.route(
        "list",
        "tax",
        "[chunk]\nkib = 32\n[parcel]\nrecords_max = 100",
    );
    house.put("feeds/list/list.csv", ratings(0..20_000));
    house.once("list");
    let route = std::fs::read_to_string(house.path("configs/routes/list.toml")).unwrap();
    house.put(
        "configs/routes/list.toml",
        route.replace("level = \"A\"", "level = \"B\""),
    );
    let args = ["replay", "list", "--since", "2020-01-01"];
    for moment in [2_000, 9_000] {
        let mut replay = house.start(&args);
        wait_until("the platform has some of it", || {
            house.platform.stats().overwritten > moment || replay.ended().is_some()
        });
        assert_eq!(replay.ended(), None, "{}", replay.said());
        replay.kill();
        let books = house.books("list");
        assert_eq!(
            (number(&books, "files"), &books["reading"]),
            (1, &Value::Null),
            "{books}"
        );
    }
    house.run(&args).good();
    house.run(&args).good();
    let stats = house.platform.stats();
    assert_eq!(
        (stats.unique, stats.overwritten),
        (20_000, 20_000),
        "{stats:?}"
    );
    assert!(
        house
            .rows("tax-rating")
            .iter()
            .all(|row| row["xyjb"] == "B")
    );
    house.books("list");
}

#[test]
fn what_is_kept_is_listed_and_handed_out_as_it_came() {
    let house = House::new();
    house.route("list", "tax", "");
    // In the encoding of the source: what is kept is not what was decoded.
    let (raw, _, _) = encoding_rs::GB18030.encode("纳税人识别号,纳税人名称,评价年度,税务机关\n");
    let mut raw = raw.into_owned();
    for n in 0..200 {
        raw.extend_from_slice(&encoding_rs::GB18030.encode(&rating(n)).0);
    }
    house.put("feeds/list/list.csv", &raw);
    house.once("list");
    let listed = house.ask(&["raw", "list", "--route", "list"]);
    assert_eq!(listed.len(), 1);
    assert_eq!(
        (&listed[0]["file"], number(&listed[0], "bytes")),
        (&"list.csv".into(), raw.len() as u64)
    );
    assert!(
        number(&listed[0], "stored_bytes") < raw.len() as u64,
        "{listed:?}"
    );
    assert_eq!(listed[0]["adapter"], "tax");
    let sha256 = listed[0]["sha256"].as_str().unwrap();
    let out = house.path("out.csv");
    let out = out.to_str().unwrap();
    house
        .run(&["raw", "show", "list", &sha256[..8], "--out", out])
        .good();
    assert_eq!(std::fs::read(out).unwrap(), raw);
    let mode = |path: &PathBuf| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&out.into()), 0o600);
    assert_eq!(mode(&copies(&house, "list")[0]), 0o600);
    assert_eq!(mode(&house.path("state/raw/list")), 0o700);
    // Nothing is written over, and what is not there is said.
    house
        .run(&["raw", "show", "list", "list.csv", "--out", out])
        .ended(1);
    house
        .run(&["raw", "show", "list", "other.csv", "--out", "/dev/null"])
        .ended(7);
    assert!(
        house
            .ask(&["raw", "list", "--until", "2020-01-01"])
            .is_empty()
    );

    // Damaged, it is refused, by whoever reads it.
    let copy = copies(&house, "list").remove(0);
    let mut bytes = std::fs::read(&copy).unwrap();
    let last = bytes.len() - 20;
    bytes[last] ^= 0x10;
    std::fs::write(&copy, bytes).unwrap();
    let other = house.path("other.csv");
    house
        .run(&[
            "raw",
            "show",
            "list",
            "list.csv",
            "--out",
            other.to_str().unwrap(),
        ])
        .ended(1);
    assert!(!other.exists());
    let refused = house
        .run(&["replay", "list", "--since", "2020-01-01"])
        .ended(6);
    assert!(refused.out.contains("故障 trouble"), "{}", refused.out);
    assert_eq!(number(&house.books("list"), "drafted"), 200);
}

#[test]
fn a_feed_is_taken_though_its_input_cannot_be_kept_and_that_is_told() {
    let house = House::new();
    house.gateway("[raw]\nfree_gib = 10_000");
    house.route("list", "tax", "");
    let mut service = house.start(&["run"]);
    service.admin();
    house.put("feeds/list/list.csv", ratings(0..10));
    wait_until("the feed is delivered", || {
        house.platform.stats().unique == 10
    });
    wait_until("the run has ended", || {
        house.books("list")["raw_not_kept"].is_string()
    });
    let why = house.books("list")["raw_not_kept"].to_string();
    assert!(why.contains("to be left free"), "{why}");
    assert!(
        service.said().contains("RAW INPUT IS NOT KEPT"),
        "{}",
        service.said()
    );
    let (_, metrics) = service.get("/metrics");
    assert!(
        metrics.contains("credit_gateway_raw_not_kept{route=\"list\"} 1"),
        "{metrics}"
    );
    assert_eq!(service.terminate(), 0);

    // A folder that cannot be used is no other.
    let house = House::new();
    house.route("list", "tax", "");
    house.put("state/raw", "a file");
    house.put("feeds/list/list.csv", ratings(0..10));
    assert_eq!(number(&house.once("list"), "delivered"), 10);
}

#[test]
fn a_route_can_keep_nothing() {
    let house = House::new();
    house.route("list", "tax", "");
    let route = std::fs::read_to_string(house.path("configs/routes/list.toml")).unwrap();
    house.put(
        "configs/routes/list.toml",
        format!("keep_raw = false\n{route}"),
    );
    house.put("feeds/list/list.csv", format!("{HEADER}{}", rating(1)));
    house.once("list");
    assert!(house.ask(&["raw", "list"]).is_empty());
    assert!(!house.path("state/raw/list").exists());
}
