//! What a target gets, by which names, how fast and when.

use crate::support::{House, keyed, number, ratings, rows, wait_until};
use chrono::{Duration as Days, Utc};
use credit_platform::{Options, Table};
use std::collections::HashMap;

const PENALTIES: &str = include_str!("../../configs/demo/feeds/market/penalty-2025.csv");

/// A platform that takes any row.
fn any() -> Options {
    Options {
        tables: HashMap::from([("XZCF1".to_owned(), Table::default())]),
        ..Options::default()
    }
}

#[test]
fn one_route_reaches_platforms_of_both_generations_each_by_its_own_names() {
    let house = House::with(keyed());
    let older = house.another(any());
    house.route("list", "market", "");
    let route = std::fs::read_to_string(house.path("configs/routes/list.toml")).unwrap();
    let both = route.replace("[\"county\"]", "[\"county\", \"province\"]");
    house.put("configs/routes/list.toml", both);
    house.gateway_with(
        "",
        &format!(
            r#"
[targets.province]
kind = "http-push"
url = "{}/push"
department_code = "520000"
tables = {{ penalty = {{ code = "XZCF1" }} }}
[targets.province.fields.penalty]
naming = "gen1"
"#,
            older.url("")
        ),
    );
    house.put("feeds/list/a.csv", PENALTIES);
    house.run(&["once", "list"]);
    let newer = rows(&house.platform, "penalty");
    let older = rows(&older, "XZCF1");
    assert!(!newer.is_empty());
    assert_eq!(newer.len(), older.len());
    for (new, old) in newer.iter().zip(&older) {
        assert_eq!(new["CF_CFJG"], old["CF_XZJG"]);
        assert_eq!(new["CF_NR"], old["CF_JG"]);
        assert_eq!(old["CF_ZT"], "0");
        assert!(new.get("CF_ZT").is_none(), "{new}");
        let date = new["CF_JDRQ"].as_str().unwrap().replace('-', "/");
        assert_eq!(old["CF_JDRQ"], date);
        let strange = ["CF_CFJG", "CF_NR", "CF_CFJGDM", "CF_SJLY", "CF_XDR_LB"];
        assert!(strange.iter().all(|c| old.get(c).is_none()), "{old}");
    }
}

#[test]
fn a_target_with_a_list_of_columns_gets_no_others() {
    let house = House::new();
    house.route("list", "tax", "");
    house.gateway_with(
        "",
        "[targets.county.fields.tax-rating]\nonly = [\"nsrsbh\", \"pjnd\", \"swjg\"]",
    );
    house.put("feeds/list/a.csv", ratings(0..3));
    house.once("list");
    for row in house.rows("tax-rating") {
        let columns: Vec<&String> = row.as_object().unwrap().keys().collect();
        assert_eq!(columns, ["nsrsbh", "pjnd", "swjg"], "{row}");
    }
    let plan = house.ask(&["plan"]).remove(0);
    let sent = &plan["routes"][0]["targets"][0]["directories"][0]["fields"];
    assert_eq!(sent.as_array().unwrap().len(), 3, "{sent}");
}

#[test]
fn outside_its_hours_a_target_waits_and_delays_no_other() {
    let house = House::new();
    let other = house.another_platform();
    house.route("list", "tax", "");
    let route = std::fs::read_to_string(house.path("configs/routes/list.toml")).unwrap();
    let both = route.replace("[\"county\"]", "[\"county\", \"city\"]");
    house.put("configs/routes/list.toml", both);
    let clock = |hours: i64| {
        let at = Utc::now().with_timezone(&chrono_tz::Asia::Shanghai) + Days::hours(hours);
        at.format("%H:%M").to_string()
    };
    let city = format!(
        "[targets.city]\nkind = \"http-push\"\nurl = \"{}/push\"\ndepartment_code = \"5205\"\n",
        other.url("")
    );
    let closed = format!("{city}hours = [\"{}-{}\"]", clock(2), clock(3));
    house.gateway_with("", &closed);
    house.put("feeds/list/a.csv", ratings(0..5));
    let mut service = house.start(&["run"]);
    service.admin();
    wait_until("the open one has all rows", || {
        house.platform.stats().unique == 5
    });
    let status = house.run(&["status"]).good().out;
    assert!(status.contains("时段外 outside its hours"), "{status}");
    assert_eq!(other.stats().requests, 0);
    let open = format!("{city}hours = [\"{}-{}\"]", clock(-2), clock(3));
    house.gateway_with("", &open);
    house.run(&["reload"]).good();
    wait_until("the other one has them, too", || other.stats().unique == 5);
    assert_eq!(service.terminate(), 0);
}

#[test]
fn a_target_gets_no_more_records_a_second_than_it_wants() {
    let house = House::new();
    house.route("list", "tax", "[parcel]\nrecords_max = 10");
    house.gateway_with("", "records_per_second = 100");
    house.put("feeds/list/a.csv", ratings(0..40));
    let began = std::time::Instant::now();
    house.once("list");
    // The fourth parcel of ten starts three tenths of a second after the first.
    assert!(began.elapsed().as_millis() >= 300);
    assert_eq!(number(&house.books("list"), "delivered"), 40);
}
