//! Adapters that break every rule of the contract: what they did is named, it costs what it
//! touched and nothing else, and other routes do not notice.

use crate::departments::{Feed, house, once, route as read};
use crate::support::{House, assert_ratings, number, rating, ratings, wait_until};

/// Lays out the hostile adapter in the house's folder of adapters.
fn install(house: &House) {
    let core = std::fs::read(env!("HOSTILE_ADAPTER")).unwrap();
    house.put("adapters/hostile/adapter.wasm", core);
    house.put(
        "adapters/hostile/adapter.toml",
        include_str!("../hostile/adapter.toml"),
    );
    house.gateway("[adapters]\ndir = \"../adapters\"\npolicy = \"development\"");
}

/// A route that has the hostile adapter do `mode` to these lines.
fn route(house: &House, mode: &str, call_ms: u32, lines: &str) {
    let name = mode.replace('_', "-");
    let limits = format!("[limits]\ncall_ms = {call_ms}");
    house.route(&name, &format!("mode = \"{mode}\""), &limits);
    house.put(&format!("feeds/{name}/lines.csv"), lines);
}

/// Mode, the time it may take, and the name of what it does.
const MODES: [(&str, u32, &str); 14] = [
    ("trap", 1_000, "adapter_trap"),
    ("loop", 100, "adapter_timeout"),
    ("log", 100, "adapter_timeout"),
    ("memory", 1_000, "adapter_memory"),
    ("recursion", 1_000, "adapter_stack"),
    ("lie_consumed", 1_000, "adapter_lie"),
    ("consume_nothing", 1_000, "adapter_lie"),
    ("carry", 1_000, "adapter_lie"),
    ("bodies", 1_000, "body_malformed"),
    ("ends", 1_000, "adapter_lie"),
    ("boundary", 1_000, "adapter_lie"),
    ("directory", 1_000, "adapter_lie"),
    ("invalid_utf8", 1_000, "adapter_answer"),
    ("huge_list", 1_000, "adapter_lie"),
];

#[test]
fn what_a_hostile_adapter_does_is_named_and_another_routes_rows_arrive_meanwhile() {
    let house = House::new();
    install(&house);
    for (mode, call_ms, _) in MODES {
        route(&house, mode, call_ms, &[rating(1), rating(2)].concat());
    }
    house.route("honest", "tax", "");
    let mut service = house.start(&["run"]);
    service.admin();
    house.put("feeds/honest/first.csv", ratings(0..2_000));
    wait_until("the honest rows arrive", || {
        house.platform.stats().unique == 2_000
    });
    house.put("feeds/honest/second.csv", ratings(2_000..2_500));
    wait_until("more honest rows arrive", || {
        house.platform.stats().unique == 2_500
    });
    wait_until("every hostile feed comes to its end", || {
        let status = house.ask(&["status"]).remove(0);
        let routes = status["routes"].as_array().unwrap();
        routes.iter().filter(|r| r["files"] == 1).count() == MODES.len()
    });
    let doubts = house.ask(&["doubts"]);
    for (mode, _, code) in MODES {
        let name = mode.replace('_', "-");
        let own: Vec<_> = doubts
            .iter()
            .filter(|d| d["route"] == name.as_str())
            .collect();
        assert!(!own.is_empty(), "{mode} left nothing for a person");
        for doubt in own {
            assert_eq!(doubt["code"], code, "{mode}: {doubt}");
            let placed = doubt["offset"].is_u64() && doubt["bytes"].is_u64();
            assert!(placed || number(doubt, "source_row") > 0, "{mode}: {doubt}");
            assert!(!doubt["message_zh"].as_str().unwrap().is_empty());
        }
        let books = house.books(&name);
        assert_eq!(
            number(&books, "drafted"),
            number(&books, "doubtful"),
            "{books}"
        );
    }
    assert_eq!(service.terminate(), 0, "{}", service.said());
    assert_ratings(&house.rows("tax-rating"), 0..2_500);
}

#[test]
fn a_row_that_brings_the_adapter_down_costs_that_row() {
    let house = House::new();
    install(&house);
    let trap = "TRAP,黔西市某某有限公司,2025,某税务局\n";
    let mut lines: Vec<String> = (0..600).map(rating).collect();
    lines.insert(333, trap.to_owned());
    let offset: usize = lines[..333].iter().map(String::len).sum();
    route(&house, "trap_row", 1_000, &lines.concat());
    let books = house.once("trap-row");
    let of = |fate| number(&books, fate);
    assert_eq!(
        (of("drafted"), of("delivered"), of("doubtful")),
        (601, 600, 1)
    );
    assert_ratings(&house.rows("tax-rating"), 0..600);
    let doubts = house.ask(&["doubts"]);
    assert_eq!(doubts.len(), 1);
    assert_eq!(doubts[0]["code"], "adapter_trap");
    assert_eq!(number(&doubts[0], "offset"), offset as u64);
    assert_eq!(number(&doubts[0], "bytes"), trap.len() as u64);
    // The rows behind it have the numbers that they have in the file.
    let traced = house.ask(&["trace", "国家税务总局黔西市税务局第400税务分局"]);
    assert_eq!(traced[0]["source_row"], 402);
}

#[test]
fn an_adapter_that_fails_again_and_again_is_broken_and_its_feed_stays() {
    let house = House::new();
    install(&house);
    let lines: String = (0..250).map(rating).collect();
    route(&house, "trap", 1_000, &lines);
    let ran = house.run(&["once", "trap"]).ended(6);
    assert!(
        ran.err.contains("the feed stays where it is"),
        "{}",
        ran.err
    );
    let books = house.books("trap");
    assert!(
        books["trouble"].as_str().unwrap().contains("trapped"),
        "{books}"
    );
    assert!(
        books["reading"].as_str().unwrap().starts_with("lines.csv"),
        "{books}"
    );
    assert_eq!(number(&books, "files"), 0);

    // Released and told otherwise, it goes on; what was set aside stays with a person.
    let set_aside = number(&books, "doubtful");
    house.route("trap", "mode = \"good\"", "");
    let ran = house.run(&["once", "trap"]).ended(6);
    assert!(ran.err.contains("is in quarantine since"), "{}", ran.err);
    house.run(&["adapter", "release", "hostile@0.1.0"]).good();
    let books = house.once("trap");
    assert_eq!(number(&books, "doubtful"), set_aside);
    assert_eq!(number(&books, "delivered"), 250 - set_aside, "{books}");
}

/// A workbook of one part, packed: the first that is read of any.
fn workbook(content: &[u8]) -> Vec<u8> {
    const NAME: &[u8] = b"xl/_rels/workbook.xml.rels";
    let packed = miniz_oxide::deflate::compress_to_vec(content, 1);
    let two = |number: usize| u16::try_from(number).unwrap().to_le_bytes();
    let four = |number: usize| u32::try_from(number).unwrap().to_le_bytes();
    let head = [
        &[20, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0][..],
        &four(packed.len()),
        &four(content.len()),
        &two(NAME.len()),
        &two(0),
    ]
    .concat();
    let part = [b"PK\x03\x04", &head[..], NAME, &packed].concat();
    let directory = [b"PK\x01\x02\x14\0", &head[..], &[0; 14], NAME].concat();
    let (length, at) = (four(directory.len()), four(part.len()));
    let end = [
        &b"PK\x05\x06\0\0\0\0\x01\0\x01\0"[..],
        &length,
        &at,
        &two(0),
    ]
    .concat();
    [part, directory, end].concat()
}

#[test]
fn a_document_that_grows_without_end_is_refused_as_a_whole_and_says_why() {
    const LAUGHS: &str = "<!DOCTYPE x [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;\">]>";
    const HUGE_CELL_BYTES: usize = 2 << 20;
    let arrears = Feed {
        folder: "tax",
        file: "list.xlsx",
        feed: "arrears",
        encoding: "binary",
        settings: "",
        moved: &[],
    };
    let cases = Feed {
        folder: "market",
        file: "list.xml",
        feed: "penalty-xml",
        encoding: "detect",
        ..arrears
    };
    let row = |text: &str| format!("<DATA><ROW><PENDECNO>{text}</PENDECNO></ROW></DATA>");
    for (feed, document, code) in [
        (
            arrears,
            workbook(&vec![b' '; 100 << 20]),
            "document_too_large",
        ),
        (
            arrears,
            workbook(format!("{LAUGHS}<a/>").as_bytes()),
            "workbook_entities",
        ),
        (
            cases,
            format!("{LAUGHS}{}", row("&b;")).into_bytes(),
            "xml_doctype",
        ),
        (
            cases,
            row(&"长".repeat(HUGE_CELL_BYTES)).into_bytes(),
            "row_too_long",
        ),
    ] {
        let house = house();
        house.put(&format!("feeds/{}", feed.file), document);
        read(&house, &feed, "{ stable_ms = 0 }");
        let books = once(&house, 0);
        assert_eq!(
            (number(&books, "delivered"), number(&books, "files")),
            (0, 1),
            "{books}"
        );
        let doubts = house.ask(&["doubts"]);
        assert_eq!(doubts[0]["code"], code, "{doubts:?}");
        assert!(!doubts[0]["message_zh"].as_str().unwrap().is_empty());
    }
}
