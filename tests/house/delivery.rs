//! What the platform may answer, and what becomes of the rows.

mod unwell;
mod wire;

use crate::support::{
    HEADER, House, assert_ratings, keyed, number, rating, ratings, rows, wait_until,
};
use credit_platform::{Check, Fault, RetryAfter, Script, State, Verdict};
use std::time::{Duration, Instant};

/// A house with the route `list` and these rows in its folder.
fn house(list: &str) -> House {
    filled(House::new(), list)
}

fn filled(house: House, list: &str) -> House {
    house.route("list", "tax", "");
    house.put("feeds/list/a.csv", list);
    house
}

fn fails(house: &House, next: Vec<Fault>) {
    house.platform.fail(Script { next, down: None });
}

/// A platform that has an opinion of rows with a certain name.
fn opinionated(checks: &[(u32, Verdict)]) -> House {
    let mut options = keyed();
    let table = options.tables.get_mut("tax-rating").unwrap();
    table.checks = checks
        .iter()
        .map(|(n, verdict)| Check {
            column: "nsrmc".to_owned(),
            equals: format!("黔西市第{n}建材有限公司"),
            verdict: *verdict,
            message: "名称与登记信息不一致".to_owned(),
        })
        .collect();
    House::with(options)
}

#[test]
fn a_platform_that_asks_for_time_gets_it() {
    let house = house(&ratings(0..3));
    let busy = Fault {
        status: Some(503),
        retry_after: Some(RetryAfter::Seconds(1)),
        ..Fault::default()
    };
    fails(&house, vec![busy]);
    let began = Instant::now();
    assert_eq!(number(&house.once("list"), "delivered"), 3);
    assert!(
        began.elapsed() >= Duration::from_secs(1),
        "{:?}",
        began.elapsed()
    );
    assert_eq!(house.ask(&["receipts"])[0]["attempts"], 2);
    assert_eq!(house.platform.stats().requests, 2);
}

#[test]
fn a_lost_acknowledgement_counts_no_row_twice() {
    let house = house(&ratings(0..50));
    let lost = Fault {
        drop_after: true,
        ..Fault::default()
    };
    fails(&house, vec![lost.clone(), lost]);
    assert_eq!(number(&house.once("list"), "delivered"), 50);
    let stats = house.platform.stats();
    assert_eq!(
        (stats.records, stats.unique, stats.repeated_requests),
        (50, 50, 2)
    );
    assert_ratings(&house.rows("tax-rating"), 0..50);
}

#[test]
fn an_error_of_the_platform_itself_is_tried_again() {
    let house = house(&ratings(0..3));
    let failure = |code: &str| Fault {
        error_code: Some(code.to_owned()),
        ..Fault::default()
    };
    let cut = Fault {
        drop: true,
        ..Fault::default()
    };
    let garbage = Fault {
        answer: Some("<html>".to_owned()),
        ..Fault::default()
    };
    fails(&house, vec![failure("500"), cut, garbage, failure("500")]);
    assert_eq!(number(&house.once("list"), "delivered"), 3);
    assert_eq!(house.ask(&["receipts"])[0]["attempts"], 5);
    assert_eq!(house.platform.stats().records, 3);
}

#[test]
fn a_platform_that_is_down_makes_rows_wait_and_the_next_run_delivers_them() {
    let house = house(&ratings(0..20));
    house.platform.fail(Script {
        next: Vec::new(),
        down: Some(true),
    });
    house.run(&["once", "list", "--patience", "1"]).ended(6);
    let books = house.books("list");
    assert_eq!(
        (number(&books, "drafted"), number(&books, "waiting")),
        (20, 20)
    );
    house.platform.fail(Script {
        next: Vec::new(),
        down: Some(false),
    });
    assert_eq!(number(&house.once("list"), "delivered"), 20);
    assert_eq!(house.platform.stats().unique, 20);
}

#[test]
fn an_unknown_table_stops_the_target_until_the_table_is_known() {
    let mut options = keyed();
    options.only_these_tables = true;
    let table = options.tables.remove("tax-rating").unwrap();
    options.tables.insert("RATING".to_owned(), table);
    let house = filled(House::with(options), &ratings(0..5));
    let ran = house.run(&["once", "list", "--patience", "1"]).ended(6);
    let requests = house.platform.stats().requests;
    assert_eq!(requests, 1, "it is not asked again and again: {}", ran.err);
    let stopped = house.books("list")["targets"][0]["stopped"].to_string();
    for word in ["platform_3002", "目录编码不存在", "does not exist"] {
        assert!(stopped.contains(word), "{word} is not in {stopped}");
    }
    let text = house.run(&["status"]).good().out;
    assert!(text.contains("platform_3002"), "{text}");

    house.gateway_with(
        "",
        "tables = { tax-rating = { code = \"RATING\", version = \"2\" } }",
    );
    let books = house.once("list");
    assert_eq!(
        (number(&books, "delivered"), number(&books, "waiting")),
        (5, 0)
    );
    assert!(house.books("list")["targets"][0]["stopped"].is_null());
    assert_ratings(&house.rows("RATING"), 0..5);
}

#[test]
fn rows_that_the_platform_refuses_are_named_with_its_reason() {
    let house = opinionated(&[(1, Verdict::Refuse), (3, Verdict::Refuse)]);
    let house = filled(house, &ratings(0..5));
    let books = house.once("list");
    assert_eq!(
        (number(&books, "delivered"), number(&books, "refused")),
        (3, 2)
    );
    let receipts = house.ask(&["receipts", "--trouble"]);
    let verdicts = receipts[0]["verdicts"].as_array().unwrap();
    let rows: Vec<u64> = verdicts.iter().map(|v| number(v, "source_row")).collect();
    assert_eq!(rows, [3, 5], "the header is row 1");
    for verdict in verdicts {
        assert_eq!(verdict["verdict"], "refused");
        assert_eq!(verdict["reason"], "名称与登记信息不一致");
        assert_eq!(verdict["code"], "check");
    }
    let id = verdicts[0]["record"].as_str().unwrap();
    let traced = house.ask(&["trace", id]);
    assert_eq!(traced[0]["targets"][0]["fate"], "refused");
    assert_eq!(traced[0]["targets"][0]["reason"], "名称与登记信息不一致");
    assert_ratings(&house.rows("tax-rating"), [0, 2, 4]);
}

#[test]
fn the_correction_of_a_doubted_row_is_a_repair() {
    let house = opinionated(&[(1, Verdict::Doubt)]);
    let repairs = house.another_platform();
    house.gateway_with(
        "",
        &format!("repair_url = \"{}\"", repairs.url("/repairData")),
    );
    let house = filled(house, &ratings(0..3));
    let books = house.once("list");
    assert_eq!(
        (number(&books, "delivered"), number(&books, "refused")),
        (3, 0)
    );
    assert_eq!(books["targets"][0]["doubted"], 1);
    let verdict = &house.ask(&["receipts"])[0]["verdicts"][0];
    assert_eq!(
        (&verdict["verdict"], &verdict["source_row"]),
        (&"doubted".into(), &3.into())
    );
    assert_eq!(house.platform.rows("tax-rating")[1].state, State::Doubtful);

    let corrected = rating(1).replace("第1建材有限公司", "第一建材有限公司");
    house.put(
        "feeds/list/b.csv",
        format!("{HEADER}{corrected}{}", rating(7)),
    );
    assert_eq!(number(&house.once("list"), "delivered"), 5);
    let repaired = rows(&repairs, "tax-rating");
    assert_eq!(repaired.len(), 1, "only what is doubted is repaired");
    assert_eq!(repaired[0]["nsrmc"], "黔西市第一建材有限公司");
    assert_eq!(house.platform.stats().unique, 4, "the other row is pushed");
}

#[test]
fn a_file_is_not_read_twice_under_another_name() {
    let house = house(&ratings(0..5));
    house.once("list");
    house.put("feeds/list/b.csv", ratings(0..5));
    let books = house.once("list");
    assert_eq!((number(&books, "files"), number(&books, "drafted")), (1, 5));
}

#[test]
fn a_row_that_comes_again_is_a_duplicate_and_one_that_changed_an_update() {
    let house = house(&ratings(0..3));
    house.once("list");
    let changed = rating(1).replace("建材", "石材");
    house.put(
        "feeds/list/b.csv",
        format!("{HEADER}{}{changed}{}", rating(0), rating(3)),
    );
    let books = house.once("list");
    let of = |fate| number(&books, fate);
    assert_eq!((of("drafted"), of("duplicate"), of("delivered")), (6, 1, 5));
    let stored = house.platform.rows("tax-rating");
    let versions: Vec<u32> = stored.iter().map(|row| row.versions).collect();
    assert_eq!(versions, [1, 2, 1, 1]);
    assert_eq!(
        house.rows("tax-rating")[1]["nsrmc"],
        "黔西市第1石材有限公司"
    );
    let traced = house.ask(&["trace", "国家税务总局黔西市税务局第1税务分局"]);
    let told: Vec<_> = traced
        .iter()
        .map(|t| (&t["operation"], &t["newest"]))
        .collect();
    assert_eq!(
        told,
        [
            (&"insert".into(), &false.into()),
            (&"update".into(), &true.into())
        ]
    );
}

#[test]
fn every_target_of_a_route_gets_every_row_whatever_the_other_does() {
    let house = House::new();
    let province = house.another_platform();
    let second = format!(
        "[targets.province]\nkind = \"http-push\"\nurl = \"{}\"\ndepartment_code = \"52\"\n",
        province.url("/push")
    );
    house.gateway(&second);
    let house = filled(house, &ratings(0..30));
    let route = house.path("configs/routes/list.toml");
    let text = std::fs::read_to_string(&route).unwrap();
    let both = text.replace("[\"county\"]", "[\"county\", \"province\"]");
    house.put("configs/routes/list.toml", both);
    house.platform.fail(Script {
        next: Vec::new(),
        down: Some(true),
    });
    let mut once = house.start(&["once", "list"]);
    wait_until("the province has all rows", || {
        province.stats().unique == 30
    });
    assert_eq!(house.platform.stats().unique, 0);
    house.platform.fail(Script {
        next: Vec::new(),
        down: Some(false),
    });
    assert_eq!(once.wait(), 0, "{}", once.said());
    assert_eq!(house.platform.stats().unique, 30);
    assert_eq!(number(&house.books("list"), "delivered"), 30);
}
