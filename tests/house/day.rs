//! A day in the life, compressed: thirty routes and three targets; one target is down, one file is
//! late, one source answers rubbish, one is away, routes come and go meanwhile.

use crate::support::{HEADER, ratings};
use crate::support::{House, assert_masked, assert_ratings, number, rows, wait_until};
use credit_platform::Script;
use serde_json::Value;
use std::collections::BTreeSet;

/// Rows of each route.
const ROWS: u32 = 40;

fn name(route: u32) -> String {
    format!("office-{route:02}")
}

/// Numbers of the rows of a route.
fn numbers(route: u32) -> std::ops::Range<u32> {
    route * 1_000..route * 1_000 + ROWS
}

/// A route to all three targets, with its feed.
fn add(house: &House, route: u32, more: &str) {
    let name = name(route);
    house.route(&name, "tax", more);
    let file = house.path(&format!("configs/routes/{name}.toml"));
    let text = std::fs::read_to_string(&file).unwrap();
    let all = text.replace("[\"county\"]", "[\"county\", \"city\", \"province\"]");
    std::fs::write(file, all).unwrap();
    house.put(&format!("feeds/{name}/list.csv"), ratings(numbers(route)));
}

fn alarms(house: &House) -> BTreeSet<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let found = house.ask(&["alarms"]).into_iter();
    found
        .map(|a| (text(&a["route"]), text(&a["code"])))
        .collect()
}

fn is_wrong(house: &House, route: u32, code: &str) -> bool {
    alarms(house).contains(&(name(route), code.to_owned()))
}

#[test]
fn the_books_balance_and_the_operator_can_read_what_happened() {
    let house = House::new();
    let (city, province) = (house.another_platform(), house.another_platform());
    let other = |name: &str, url: String| {
        format!(
            "[targets.{name}]\nkind = \"http-push\"\nurl = \"{url}\"\ndepartment_code = \"5205\"\n\
             retry = {{ first_ms = 20, most_ms = 200 }}\n\
             breaker = {{ failures = 1000, open_ms = 50 }}\n"
        )
    };
    let targets = other("city", city.url("/push")) + &other("province", province.url("/push"));
    house.gateway_with("[alarms]\ntarget_late_s = 1\n", &targets);
    let down = |down| {
        city.fail(Script {
            next: Vec::new(),
            down: Some(down),
        });
    };
    down(true);
    for route in 0..25 {
        add(&house, route, "");
    }
    // A file whose ok file is late, a source that answers rubbish, and one that is away.
    let file = house.path(&format!("configs/routes/{}.toml", name(1)));
    let text = std::fs::read_to_string(&file).unwrap();
    let text = text.replace("{ stable_ms = 0 }", "{ ok = \"{name}.ok\" }");
    std::fs::write(file, text).unwrap();
    let rubbish = format!("feeds/{}/rubbish.csv", name(2));
    house.put(&rubbish, [&[0xff, 0x00, 0x9f][..]; 2_000].concat());
    std::fs::remove_dir_all(house.path(&format!("feeds/{}", name(3)))).unwrap();
    // One row that nobody can send.
    let odd = "9152058MA6DEMQ1X,黔西市缺位贸易有限公司,2025,某税务局\n";
    house.put(
        &format!("feeds/{}/odd.csv", name(4)),
        format!("{HEADER}{odd}"),
    );

    let mut service = house.start(&["run"]);
    service.admin();
    let early: Vec<u32> = (0..25).filter(|r| ![1, 3].contains(r)).collect();
    let expected = |routes: &[u32]| routes.iter().flat_map(|r| numbers(*r)).collect::<Vec<_>>();
    wait_until("two targets have all that is there", || {
        let all = u64::from(ROWS) * early.len() as u64;
        house.platform.stats().unique == all && province.stats().unique == all
    });
    wait_until("the operator is told of all that is wrong", || {
        is_wrong(&house, 0, "target_late")
            && is_wrong(&house, 1, "file_held")
            && is_wrong(&house, 2, "feed_refused")
            && is_wrong(&house, 3, "source_failed")
    });
    let status = house.run(&["status"]).good().out;
    for word in ["送达延误 target late", "文件未读 file not read", "账目平衡"] {
        assert!(status.contains(word), "{word} is not in\n{status}");
    }

    // Five routes come, two go, one of them while rows of it wait.
    for route in 25..30 {
        add(&house, route, "");
    }
    for gone in [5, 6] {
        let file = format!("configs/routes/{}.toml", name(gone));
        std::fs::remove_file(house.path(&file)).unwrap();
    }
    let changes = house.run(&["reload", "--format", "json"]).good().json();
    assert_eq!(changes.len(), 7, "{changes:?}");
    house.put(
        &format!("feeds/{}/late.csv", name(5)),
        ratings(90_000..90_005),
    );

    // The day ends well.
    down(false);
    house.put(&format!("feeds/{}/list.csv.ok", name(1)), "");
    // What the department meant: rows that are known.
    let meant = ratings(numbers(2).rev());
    house.put(&format!("feeds/{}/rubbish.csv", name(2)), meant);
    house.put(&format!("feeds/{}/list.csv", name(3)), ratings(numbers(3)));
    house.run(&["run-now", &name(3)]).good();
    wait_until("all three targets have everything", || {
        let all = u64::from(ROWS) * 30;
        [&house.platform, &city, &province]
            .iter()
            .all(|p| p.stats().unique == all)
    });
    wait_until("no alarm lasts", || alarms(&house).is_empty());

    let all = expected(&(0..30).collect::<Vec<_>>());
    for platform in [&house.platform, &city, &province] {
        assert_ratings(&rows(platform, "tax-rating"), all.iter().copied());
        assert_eq!(platform.stats().overwritten, 0);
    }
    let history = house.run(&["alarms", "--all"]).good().out;
    for word in [
        "送达延误 target late",
        "文件未读 file not read",
        "来源故障 source failed",
        "文件被拒 feed refused",
    ] {
        assert!(history.contains(word), "{word} is not in\n{history}");
    }
    assert_eq!(number(&house.books(&name(4)), "doubtful"), 1);
    let doubts = house.ask(&["doubts", "--route", &name(2)]);
    assert!(!doubts.is_empty(), "the rubbish is kept for a person");
    assert_eq!(service.terminate(), 0, "{}", service.said());
    assert_masked(&service.said());
    let status = house.ask(&["status"]).remove(0);
    assert_eq!(status["balanced"], true, "{status}");
}
