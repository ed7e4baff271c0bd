//! Full snapshots of the courts' list: what one lacks waits for a person, and is withdrawn by his
//! word alone.

mod unusable;

use crate::support::{House, assert_masked, keyed, number, wait_until};
use credit_platform::{State, Table};
use serde_json::Value;
use std::ops::RangeInclusive;

const WORD: [&str; 4] = ["--by", "王某", "--reason", "黔西市人民法院来函确认"];

/// A debtor of that number: every tenth is a natural person.
fn debtor(n: u32) -> String {
    let who = match n % 10 {
        0 => r#""iname":"孙某某","cardNum":"520581198306150129","partyTypeName":"580""#.to_owned(),
        _ => format!(
            r#""iname":"黔西市第{n}建材有限公司","cardNum":"91520581MA6DEMQ1XJ","partyTypeName":"581""#
        ),
    };
    let rest =
        r#""courtName":"黔西市人民法院","regDate":"2024年03月11日","performance":"全部未履行""#;
    let why = r#""disruptTypeName":"违反财产报告制度","publishDate":"2024年04月26日""#;
    format!("{{\"id\":{n},{who},\"caseCode\":\"（2024）黔0581执{n}号\",{rest},{why}}}\n")
}

fn list(numbers: impl IntoIterator<Item = u32>) -> String {
    numbers.into_iter().map(debtor).collect()
}

/// The numbers but for some.
fn without(numbers: RangeInclusive<u32>, gone: &[u32]) -> String {
    list(numbers.filter(|n| !gone.contains(n)))
}

/// A house with a route of full snapshots, as `snapshot` says.
fn house(snapshot: &str) -> House {
    let mut options = keyed();
    for code in ["dishonest", "dishonest-person"] {
        let table = Table {
            keys: vec![vec!["sxid".to_owned()]],
            ..Table::default()
        };
        options.tables.insert(code.to_owned(), table);
    }
    let house = House::with(options);
    house.put(
        "configs/routes/court.toml",
        format!(
            r#"
adapter = "courts"
feed = "dishonest-json"
targets = ["county"]
[department]
name = "黔西市人民法院"
[source]
kind = "files"
dir = "../../feeds"
glob = "*.jsonl"
ready = {{ stable_ms = 0 }}
[schedule]
every_ms = 100
[chunk]
kib = 16
[snapshot]
{snapshot}
"#
        ),
    );
    house
}

fn read(house: &House, file: &str, list: String) -> Value {
    house.put(&format!("feeds/{file}.jsonl"), list);
    house.once("court")
}

fn missing(house: &House) -> Value {
    house.books("court")["removals"].clone()
}

fn pending(house: &House) -> u64 {
    number(&missing(house), "pending")
}

/// Id and number at the court of each record that is listed.
fn listed(house: &House) -> Vec<(String, String)> {
    let entries = house.ask(&["removals", "list", "--route", "court"]);
    let records = entries.iter().filter(|e| e["kind"] == "record");
    let text = |v: &Value| v.as_str().unwrap().to_owned();
    records
        .map(|r| (text(&r["record"]), text(&r["summary"][0])))
        .collect()
}

fn decide(house: &House, decision: &str, which: &[&str], code: i32) -> crate::support::Ran {
    let args = [&["removals", decision, "court"], which, &WORD].concat();
    house.run(&args).ended(code)
}

fn withdrawn(house: &House) -> u64 {
    house.platform.stats().withdrawn
}

#[test]
fn what_a_snapshot_lacks_is_withdrawn_once_a_person_has_said_so() {
    let house = house("");
    read(&house, "01", list(1..=30));
    assert_eq!(pending(&house), 0);
    assert_eq!(house.platform.stats().unique, 30);
    let books = read(&house, "02", without(1..=30, &[7, 20]));
    assert_eq!(number(&books, "duplicate"), 28);
    let told = missing(&house);
    assert_eq!((number(&told, "known"), number(&told, "absent")), (30, 2));
    assert_eq!(
        (&told["suspicious"], &told["file"]),
        (&false.into(), &"02.jsonl".into())
    );
    assert_eq!(withdrawn(&house), 0, "nothing by itself");
    let status = house.run(&["status"]).good().out;
    assert!(status.contains("court: 2 / 30"), "{status}");
    let shown = house.run(&["removals", "list"]).good().out;
    for word in ["孙**", "黔西市第7建材有限公司", "01.jsonl"] {
        assert!(shown.contains(word), "{word} is not in\n{shown}");
    }
    assert_masked(&shown);

    let absent = listed(&house);
    let numbers: Vec<&str> = absent.iter().map(|(_, n)| &**n).collect();
    assert_eq!(numbers, ["7", "20"]);
    // The first digits do; nobody is told what he did not say.
    decide(&house, "confirm", &["--record", &absent[1].0[..10]], 0);
    assert_eq!((pending(&house), withdrawn(&house)), (1, 0));
    decide(&house, "dismiss", &["--record", &absent[0].0], 0);
    decide(&house, "confirm", &["--record", &absent[1].0], 7);
    let books = house.once("court");
    assert_eq!(withdrawn(&house), 1);
    assert_eq!(
        house.platform.rows("dishonest-person")[1].state,
        State::Withdrawn
    );
    assert_eq!(
        (number(&books, "waiting"), number(&books, "delivered")),
        (0, 31)
    );
    let traced = house.ask(&["trace", &absent[1].0]);
    let last = traced.last().unwrap();
    assert_eq!(
        (&last["operation"], &last["file"], &last["confirmed_by"]),
        (&"withdraw".into(), &"02.jsonl".into(), &"王某".into())
    );
    assert_eq!(last["reason"], WORD[3]);
    assert_eq!(last["targets"][0]["fate"], "delivered");
    let text = house.run(&["trace", &absent[1].0]).good().out;
    assert!(text.contains("确认 confirmed 王某：黔西"), "{text}");
    assert_masked(&text);

    // What a person keeps is not asked about every night.
    read(&house, "03", without(1..=31, &[7, 20]));
    let told = missing(&house);
    assert_eq!((number(&told, "pending"), number(&told, "kept")), (0, 1));
    assert_eq!(house.ask(&["removals", "list"])[1]["reason"], WORD[3]);
    assert_eq!(withdrawn(&house), 1);
}

#[test]
fn a_record_that_is_there_again_waits_no_more_and_comes_back_if_it_was_withdrawn() {
    let house = house("absent_max_percent = 50");
    let all = list(1..=10);
    read(&house, "01", all.clone());
    read(&house, "02", without(1..=10, &[3, 4]));
    let absent = listed(&house);
    decide(&house, "confirm", &["--record", &absent[0].0], 0);
    house.once("court");
    assert_eq!((pending(&house), withdrawn(&house)), (1, 1));
    // The same bytes as the first: news all the same, because the second lay between them.
    read(&house, "03", all.clone());
    assert_eq!((pending(&house), withdrawn(&house)), (0, 0));
    assert_eq!(house.rows("dishonest").len(), 9);
    decide(&house, "confirm", &["--record", &absent[1].0], 7);
    // And now it is no news.
    house.put("feeds/04.jsonl", all);
    let before = house.books("court")["duplicate"].clone();
    assert_eq!(house.once("court")["duplicate"], before);
}

#[test]
fn a_file_that_may_have_been_cut_off_takes_a_further_word() {
    let house = house("");
    read(&house, "01", list(1..=20));
    read(&house, "02", list(1..=12));
    assert_eq!(missing(&house)["suspicious"], true);
    let mut service = house.start(&["run"]);
    service.admin();
    let (_, metrics) = service.get("/metrics");
    for line in [
        "credit_gateway_removals_pending{route=\"court\"} 8",
        "credit_gateway_removals_suspicious{route=\"court\"} 1",
    ] {
        assert!(metrics.contains(line), "{metrics}");
    }
    let ran = decide(&house, "confirm", &["--all"], 6);
    for part in ["8 of 20 records, more than 10 %", "--despite-suspicion"] {
        assert!(ran.err.contains(part), "{}", ran.err);
    }
    assert_eq!(pending(&house), 8);
    // A later one that is whole is the last word.
    house.put("feeds/03.jsonl", without(1..=21, &[20]));
    wait_until("one is missing", || pending(&house) == 1);
    house.put("feeds/04.jsonl", list(1..=9));
    wait_until("many are missing", || pending(&house) == 12);
    decide(&house, "confirm", &["--all", "--despite-suspicion"], 0);
    wait_until("they are withdrawn", || withdrawn(&house) == 12);
    assert_eq!(pending(&house), 0);
    assert_eq!(service.terminate(), 0, "{}", service.said());
    assert_masked(&service.said());
}

#[test]
fn a_doubtful_row_is_there_where_its_key_can_be_read_and_else_leaves_a_doubt() {
    let house = house("absent_max_percent = 50");
    read(&house, "01", list(1..=10));
    let unread = debtor(3).replace("2024年03月11日", "2024年02月30日");
    read(&house, "02", without(1..=10, &[3, 4]) + &unread);
    let told = missing(&house);
    assert_eq!(
        (number(&told, "pending"), number(&told, "unidentified_rows")),
        (1, 0)
    );
    assert_eq!(listed(&house)[0].1, "4");
    let broken = "{\"id\":4,\"iname\":\"黔西市第\n";
    read(&house, "03", without(1..=10, &[4]) + broken);
    let told = missing(&house);
    assert_eq!(
        (number(&told, "pending"), number(&told, "unidentified_rows")),
        (1, 1)
    );
    let ran = decide(&house, "confirm", &["--all"], 6);
    assert!(ran.err.contains("of 1 rows it is not known"), "{}", ran.err);
}

#[test]
fn a_half_read_snapshot_proposes_nothing_and_nothing_is_confirmed_meanwhile() {
    let house = house("absent_max_percent = 50");
    house.gateway("[queue]\nwaiting_records_max = 1_000");
    read(&house, "01", list(1..=100));
    read(&house, "02", without(1..=100, &[60]));
    assert_eq!(pending(&house), 1);
    let known = listed(&house).remove(0).0;
    house.down(true);
    // Record 60 is there again, behind what is read before the queue is full.
    let late = list((61..=1_500).chain(std::iter::once(60)));
    house.put("feeds/03.jsonl", late);
    let mut service = house.start(&["run"]);
    service.admin();
    wait_until("the queue is full", || {
        number(&house.books("court"), "waiting") >= 1_000
    });
    service.kill();
    let books = house.books("court");
    assert!(books["reading"].as_str().unwrap().starts_with("03.jsonl"));
    assert_eq!(number(&books["removals"], "pending"), 1, "as it was");
    let ran = decide(&house, "confirm", &["--record", &known], 6);
    assert!(ran.err.contains("03.jsonl is half read"), "{}", ran.err);

    house.down(false);
    house.once("court");
    let told = missing(&house);
    assert_eq!(
        (number(&told, "pending"), &told["file"]),
        (59, &"03.jsonl".into())
    );
    assert_eq!(withdrawn(&house), 0);
}

#[test]
fn a_killed_gateway_forgets_neither_what_is_absent_nor_a_persons_word() {
    let house = house("");
    let service = house.start(&["run"]);
    house.put("feeds/01.jsonl", list(1..=30));
    wait_until("all rows arrive", || house.platform.stats().unique == 30);
    house.put("feeds/02.jsonl", without(1..=30, &[1, 2]));
    wait_until("two are missing", || {
        let removals = missing(&house);
        !removals.is_null() && number(&removals, "pending") == 2
    });
    service.kill();
    assert_eq!(pending(&house), 2);
    house.down(true);
    let mut service = house.start(&["run"]);
    service.admin();
    decide(&house, "confirm", &["--record", &listed(&house)[0].0], 0);
    service.kill();
    assert_eq!(pending(&house), 1);
    assert_eq!(number(&house.books("court"), "waiting"), 1);
    house.down(false);
    house.once("court");
    assert_eq!((withdrawn(&house), pending(&house)), (1, 1));
    let receipts = house.ask(&["receipts"]);
    assert_eq!(number(receipts.last().unwrap(), "delivered"), 1);
}

#[test]
fn an_increment_says_of_nobody_that_he_is_absent() {
    let house = house("files = \"full-*\"\nabsent_max_percent = 50");
    read(&house, "a-increment", list(1..=10));
    read(&house, "b-increment", list(11..=12));
    assert!(missing(&house).is_null(), "there was no snapshot");
    read(&house, "full-c", without(1..=12, &[3, 4]));
    assert_eq!(pending(&house), 2);
    read(&house, "g-increment", list(4..=4));
    assert_eq!(pending(&house), 1);
    assert_eq!(listed(&house)[0].1, "3");
}

#[test]
fn a_word_has_a_name_a_reason_and_records_and_no_id_in_it() {
    let house = house("absent_max_percent = 100");
    read(&house, "01", list(1..=2));
    read(&house, "02", list(1..=1));
    let confirm = ["removals", "confirm", "court"];
    for bad in [
        &["--all", "--by", "王某"][..],
        &["--all", "--reason", "来函"],
        &["--by", "王某", "--reason", "来函"],
        &["--all", "--by", " ", "--reason", "来函"],
    ] {
        house.run(&[&confirm[..], bad].concat()).ended(2);
    }
    decide(&house, "confirm", &["--record", "nothing"], 7);
    house
        .run(&[&["removals", "confirm", "courts", "--all"], &WORD[..]].concat())
        .ended(7);
    let gateway = std::fs::read_to_string(house.path("configs/gateway.toml")).unwrap();
    let without = gateway.replace("withdraw_url", "#withdraw_url");
    house.put("configs/gateway.toml", without);
    let ran = decide(&house, "confirm", &["--all"], 3);
    let why = "county takes no withdrawals";
    assert!(ran.err.contains(why), "{}", ran.err);
    house.put("configs/gateway.toml", gateway);
    let told = [
        "--all",
        "--by",
        "王某",
        "--reason",
        "520581198306150129 已死亡",
    ];
    let done = house.ask(&[&confirm[..], &told].concat());
    assert_eq!(done[0]["decision"], "withdraw");
    assert_masked(&done[0].to_string());
    let traced = house.ask(&["trace", done[0]["records"][0].as_str().unwrap()]);
    assert_masked(&traced[1].to_string());
    assert!(traced[1]["reason"].as_str().unwrap().contains("已死亡"));
}
