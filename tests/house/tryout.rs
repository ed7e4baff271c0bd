//! A route that is tried for real: what its targets would get is shown, and nothing is sent or
//! remembered.

use crate::support::{
    House, Ran, assert_masked, assert_ratings, files, free_port, number, ratings,
};
use crate::support::{keyed, wait_until};
use serde_json::Value;
use std::os::unix::fs::PermissionsExt as _;

const PENALTIES: &str = include_str!("../../configs/demo/feeds/market/penalty-2025.csv");

fn of<'e>(entries: &'e [Value], kind: &str) -> Vec<&'e Value> {
    entries.iter().filter(|e| e["kind"] == kind).collect()
}

/// Replaces a text in the file of a route.
fn edit(house: &House, route: &str, from: &str, to: &str) {
    let file = format!("configs/routes/{route}.toml");
    let text = std::fs::read_to_string(house.path(&file)).unwrap();
    assert!(text.contains(from), "{text}");
    house.put(&file, text.replace(from, to));
}

/// Two targets of either generation, neither of which is there.
fn both_generations(house: &House) {
    let (nowhere, closed) = (free_port(), free_port());
    house.gateway(&format!(
        r#"
[targets.city]
kind = "http-push"
url = "http://127.0.0.1:{nowhere}/push"
department_code = "5205"
length_in = "bytes"
fields.penalty = {{ only = ["CF_WSH", "CF_XDR_MC"] }}
[targets.province]
kind = "http-push"
url = "http://127.0.0.1:{closed}/push"
department_code = "520000"
tables = {{ penalty = {{ code = "XZCF1" }} }}
fields.penalty = {{ naming = "gen1" }}
"#
    ));
    house.route("list", "market", "");
    edit(house, "list", "[\"county\"]", "[\"city\", \"province\"]");
}

#[test]
fn each_target_is_shown_by_its_own_names_and_doubtful_rows_with_their_reasons() {
    let house = House::with(keyed());
    both_generations(&house);
    edit(&house, "list", "glob =", "after = \"delete\"\nglob =");
    house.put("feeds/list/a.csv", PENALTIES);
    let entries = house.ask(&["plan", "--try", "list", "--rows", "12"]);
    let head = &entries[0];
    assert_eq!(head["from"]["kind"], "first_run", "{head}");
    assert_eq!(head["length_in"], "bytes", "{head}");
    let names = |sent: &Value| {
        let fields = sent["fields"].as_array().unwrap().iter();
        let names = fields.map(|f| f["name"].as_str().unwrap().to_owned());
        names.collect::<Vec<String>>()
    };
    let records = of(&entries, "record");
    let record = records
        .iter()
        .find(|r| r["directory"] == "penalty")
        .unwrap();
    let [city, province] = [&record["targets"][0], &record["targets"][1]];
    assert_eq!(names(city), ["CF_XDR_MC", "CF_WSH"], "{city}");
    assert_eq!(
        (&city["department"], &province["table"]),
        (&"5205".into(), &"XZCF1".into())
    );
    let old = names(province);
    assert!(old.iter().any(|n| n == "CF_XZJG") && !old.iter().any(|n| n == "CF_CFJG"));
    let fields = province["fields"].as_array().unwrap();
    let day = fields.iter().find(|f| f["name"] == "CF_JDRQ").unwrap();
    assert_eq!(
        day["value"].as_str().unwrap().matches('/').count(),
        2,
        "{day}"
    );
    assert_eq!(
        (
            &fields.last().unwrap()["name"],
            &fields.last().unwrap()["column"]
        ),
        (&"CF_ZT".into(), &Value::Null)
    );
    let doubts = of(&entries, "doubtful");
    assert!(!doubts.is_empty());
    for reason in doubts.iter().flat_map(|d| d["reasons"].as_array().unwrap()) {
        let said = |key: &str| !reason[key].as_str().unwrap().is_empty();
        assert!(
            said("message_zh") && said("message_en") && said("code"),
            "{reason}"
        );
    }
    let sum = of(&entries, "sum")[0];
    assert_eq!(number(sum, "doubtful"), doubts.len() as u64);
    assert_eq!(number(sum, "new"), records.len() as u64);

    let text = house
        .run(&["plan", "--try", "list", "--rows", "3"])
        .good()
        .out;
    assert_masked(&text);
    for part in [
        "首次运行 as a first run",
        "按字节 in bytes",
        "→ province   表 table XZCF1   部门 department 520000",
        "只读开头 read in part",
        "共 3 行 rows",
        "nothing was stored or sent",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(house.path("feeds/list/a.csv").is_file());
    assert!(!house.path("state").exists());
    assert!(house.rows("penalty").is_empty());
}

#[test]
fn beside_a_running_service_a_route_that_it_does_not_know_is_tried_and_nothing_changes() {
    let house = House::new();
    house.route("list", "tax", "");
    house.put("feeds/list/a.csv", ratings(0..3));
    let mut service = house.start(&["run"]);
    service.admin();
    wait_until("the rows are delivered", || {
        let status = house.ask(&["status"]).remove(0);
        let routes = status["routes"].as_array().unwrap().clone();
        routes
            .iter()
            .any(|r| r["route"] == "list" && number(r, "delivered") == 3)
    });
    let picture = || {
        let books = house.books("list");
        let counts = [
            "drafted",
            "delivered",
            "doubtful",
            "duplicate",
            "waiting",
            "files",
        ];
        let counts = counts.map(|key| number(&books, key));
        let platform = house.platform.stats();
        let stats = (platform.requests, platform.unique);
        let feeds = (
            files(&house.path("feeds")),
            files(&house.path("state/spool")),
        );
        (counts, stats, feeds, house.ask(&["receipts"]))
    };
    std::fs::create_dir_all(house.path("state/spool")).unwrap();
    house.route("other", "tax", "[chunk]\nkib = 16");
    house.put("feeds/other/b.csv", ratings(10..5_000));
    let before = picture();
    let entries = house.ask(&["plan", "--try", "other"]);
    assert_eq!(of(&entries, "record").len(), 10);
    assert_eq!(of(&entries, "feed")[0]["whole"], false);
    assert_eq!(entries[0]["from"]["kind"], "first_run");
    // What the service has read is known without its lock.
    let entries = house.run(&["plan", "--try", "list"]).ended(7);
    assert!(entries.err.contains("has no new row"), "{}", entries.err);
    assert!(entries.err.contains("--from-start"), "{}", entries.err);
    let entries = house.ask(&["plan", "--try", "list", "--from-start"]);
    assert_eq!(number(of(&entries, "sum")[0], "duplicate"), 3);
    house.put("feeds/list/c.csv", ratings(2..4));
    // Whichever of both reads it first.
    house.run(&["plan", "--try", "list"]);
    wait_until("the service reads on", || {
        number(&house.books("list"), "drafted") == 5
    });
    wait_until("and delivers", || {
        number(&house.books("list"), "delivered") == 4
    });
    std::fs::remove_file(house.path("feeds/list/c.csv")).unwrap();
    let after = picture();
    assert_eq!(after.2, before.2);
    assert_eq!(after.0, [5, 4, 0, 1, 0, 2]);
    assert_eq!((before.0, after.1.1), ([3, 3, 0, 0, 0, 1], 4));
    assert_ratings(&house.rows("tax-rating"), 0..4);
    assert_eq!(service.terminate(), 0, "{}", service.said());
}

#[test]
fn where_no_service_runs_the_state_folder_and_the_files_stay_byte_for_byte() {
    let house = House::new();
    house.route("list", "tax", "");
    edit(&house, "list", "glob =", "after = \"delete\"\nglob =");
    house.put("feeds/list/a.csv", ratings(0..3));
    house.once("list");
    house.put("feeds/list/a.csv", ratings(0..3));
    let changed = ratings(2..6).replace("第2建材", "第二建材");
    house.put("feeds/list/b.csv", changed);
    let picture = || {
        let platform = house.platform.stats().requests;
        (
            files(&house.path("state")),
            files(&house.path("feeds")),
            platform,
        )
    };
    let before = picture();
    let entries = house.ask(&["plan", "--try", "list"]);
    assert_eq!(entries[0]["from"]["kind"], "position");
    let feed = of(&entries, "feed");
    assert_eq!(
        (feed.len(), &feed[0]["file"]),
        (1, &"b.csv".into()),
        "a.csv was read before"
    );
    let sum = of(&entries, "sum")[0];
    assert_eq!(
        (number(sum, "changed"), number(sum, "new")),
        (1, 3),
        "{sum}"
    );
    assert_eq!(of(&entries, "record")[0]["operation"], "update");
    assert!(picture() == before);
    // Another gateway may hold the folder: no lock is taken.
    let lock = std::fs::File::open(house.path("state/lock")).unwrap();
    lock.lock().unwrap();
    house.run(&["status"]).ended(4);
    assert_eq!(house.ask(&["plan", "--try", "list"]), entries);
    lock.unlock().unwrap();
    // Now it is read for good.
    assert_eq!(number(&house.once("list"), "delivered"), 7);
}

fn refused(house: &House, args: &[&str], code: i32, parts: &[&str]) {
    let ran: Ran = house.run(&[&["plan", "--try"], args].concat()).ended(code);
    for part in parts {
        assert!(ran.err.contains(part), "{part}: {}", ran.err);
    }
}

#[test]
fn what_cannot_be_tried_is_said_with_its_place_and_what_to_do() {
    let house = House::new();
    house.route("list", "tax", "");
    refused(
        &house,
        &["none"],
        7,
        &["there is no route \"none\"", "routes are: list"],
    );
    for rows in ["0", "1001", "many"] {
        refused(&house, &["list", "--rows", rows], 2, &[rows]);
    }
    refused(&house, &["list", "--rows", "1001"], 2, &["1..=1000"]);
    house.run(&["plan", "--rows", "3"]).ended(2);

    let missing = ["has no new row", "feeds/list", "fits the route's glob"];
    refused(&house, &["list"], 7, &missing);
    house.put("feeds/list/a.csv", "编号,备注\n1,2\n");
    let ran = house.run(&["plan", "--try", "list"]).ended(6);
    assert!(ran.out.contains("存疑 doubtful"), "{}", ran.out);
    std::fs::remove_dir_all(house.path("feeds/list")).unwrap();
    refused(
        &house,
        &["list"],
        6,
        &["feeds/list cannot be listed", "help: create or mount"],
    );

    house.gateway("[push]\nlisten = \"127.0.0.1:0\"");
    house.put("token", "open");
    let mode = std::fs::Permissions::from_mode(0o600);
    std::fs::set_permissions(house.path("token"), mode).unwrap();
    let push = "kind = \"push\"\ntoken = { file = \"../../token\" }\n[settings]\nlevel = \"A\"\n";
    let path = house.path("configs/routes/list.toml");
    let text = std::fs::read_to_string(path).unwrap();
    let (before, _) = text.split_once("kind =").unwrap();
    house.put("configs/routes/handed.toml", format!("{before}{push}"));
    let parts = [
        "no source to pull",
        "gateway adapter try FILE --route handed",
    ];
    refused(&house, &["handed"], 7, &parts);

    edit(&house, "list", "adapter = \"tax\"", "adapter = \"taxes\"");
    refused(&house, &["list"], 3, &["list.toml", "taxes"]);
    assert!(!house.path("state").exists());
}
