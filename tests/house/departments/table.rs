//! Every feed file of the data beside the checkout, through the whole: the table of
//! `tests/FEEDS.md`. Where the data is absent a line says so, and nothing is compared.
//!
//! `BLESS=1 cargo test -p gateway --test house every_file` writes the table anew.

use super::{
    ABNORMAL, ARREARS, DISHONEST, Feed, LOAN_OF_A_PERSON, LOANS, LOANS_CHANGED, LOANS_MISCOUNTED,
    PENALTIES, REGISTRATIONS, house, once, put_signed, read, route,
};
use crate::feeds::in_force;
use crate::support::{House, number};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

/// What the page says above the table.
const ABOVE: &str = "\
# 各部门数据文件的处理结果 · What became of every feed file

Each file went through the built gateway and its adapter to the stand-in platform, with a state
of its own. `cargo test -p gateway --test house every_file` compares this table where the data is
there; with `BLESS=1` before it, it writes it anew.

| 列 | column | meaning |
|---|---|---|
| 行 | rows | of the file, as another reader counts them: titles, headers and blank rows too |
| 产出 | drafted | what the adapter made of them; a row that tells of 列入 and 移出 is two |
| 报送 | delivered | records that the platform has stored |
| 存疑 | doubtful | rows kept for a person; by code: the reasons, of which a row may have several |
| 重复 | duplicate | same key, same content: counted, and not sent again |
| 跳过 | skipped | titles, headers, totals, notes, blank rows |

产出 drafted = 报送 delivered + 存疑 doubtful + 重复 duplicate, in every line.

| 文件 file | adapter · feed | settings | 行 | 产出 | 报送 | 存疑 | 重复 | 跳过 | by code |
|---|---|---|--:|--:|--:|--:|--:|--:|---|
";

/// A file of the data: its folder below `real/` or `synthetic/`, and how it is read. The feed's
/// own folder is its adapter's name.
struct File {
    folder: &'static str,
    feed: Feed,
    ready: &'static str,
    /// More drafts than rows: rows that are an entry and an exit.
    events: u64,
}

const fn file(folder: &'static str, feed: Feed) -> File {
    File {
        folder,
        feed,
        ready: "{ stable_ms = 0 }",
        events: 0,
    }
}

const fn signed(feed: Feed) -> File {
    let ready = "{ ok = \"{stem}.ok\" }";
    File {
        ready,
        ..file("synthetic/banks", feed)
    }
}

const RATING: Feed = Feed {
    folder: "tax",
    file: "",
    feed: "rating",
    settings: "level = \"A\"",
    ..ABNORMAL
};

const REGISTER: Feed = Feed {
    settings: "",
    ..REGISTRATIONS
};

const PUBLICITY: Feed = Feed {
    feed: "penalty",
    ..ABNORMAL
};

/// All of them.
fn files() -> Vec<File> {
    let named = |feed: Feed, file: &'static str| Feed { file, ..feed };
    let real = |feed, name| file("real", named(feed, name));
    let synthetic = |folder, feed, name| file(folder, named(feed, name));
    vec![
        real(RATING, "tax-a-jiangxi-2018.csv"),
        real(RATING, "tax-a-heilongjiang-2018-first-500.csv"),
        real(
            Feed {
                settings: "",
                ..RATING
            },
            "tax-rating-ningbo-hollow.csv",
        ),
        real(REGISTER, "registry-qianxi-county.csv"),
        real(REGISTER, "registry-guizhou-1981.csv"),
        real(REGISTER, "registry-guizhou-1997.csv"),
        real(REGISTER, "registry-qinghai-2004.csv"),
        real(
            Feed {
                settings: "capital_unit = \"元\"",
                ..REGISTER
            },
            "market-base-ningbo-1.csv",
        ),
        File {
            events: 20,
            ..real(ABNORMAL, "market-abnormal-ningbo-1.csv")
        },
        File {
            events: 3,
            ..real(
                Feed {
                    feed: "serious",
                    ..ABNORMAL
                },
                "market-serious-ningbo-1.csv",
            )
        },
        real(
            Feed {
                feed: "dishonest-table",
                ..DISHONEST
            },
            "court-dishonest-ningbo-hollow.csv",
        ),
        synthetic("synthetic/tax", RATING, "t1-rating-layout-a.csv"),
        synthetic("synthetic/tax", RATING, "t1-rating-layout-b.csv"),
        synthetic("synthetic/tax", ARREARS, "t2-arrears-2026q3.csv"),
        synthetic("synthetic/tax", ARREARS, "t2-arrears-2026q3.xlsx"),
        file("synthetic/market", REGISTRATIONS),
        File {
            events: 1,
            ..file("synthetic/market", ABNORMAL)
        },
        file("synthetic/market", PENALTIES),
        synthetic("synthetic/publicity", PUBLICITY, "penalty-gen1.csv"),
        synthetic("synthetic/publicity", PUBLICITY, "penalty-gen2.csv"),
        file("synthetic/courts", DISHONEST),
        synthetic(
            "synthetic/courts",
            Feed {
                feed: "dishonest-bulk",
                ..DISHONEST
            },
            "k3-dishonest.dat",
        ),
        signed(LOANS),
        signed(LOANS_MISCOUNTED),
        signed(LOAN_OF_A_PERSON),
        signed(LOANS_CHANGED),
    ]
}

/// The line of one file, once its books balance and its expectation agrees; nothing where the
/// data is absent.
fn line(of: &File) -> Option<String> {
    let (feed, folder) = (&of.feed, of.folder);
    let path = format!("{folder}/{}", feed.file);
    let content = read(&path, feed)?;
    let expected: Option<Value> = match folder {
        "real" => None,
        _ => Some(serde_json::from_slice(&read(&format!("{path}.expected.json"), feed)?).unwrap()),
    };
    let house = house();
    route(&house, feed, of.ready);
    let mut before = BTreeMap::new();
    if feed.file == "penalty-gen1.csv" {
        house.put("feeds/a-feed-before.csv", in_force(&content));
        let books = once(&house, 0);
        before = FATES.map(|fate| (fate, number(&books, fate))).into();
    }
    if folder == "synthetic/banks" {
        put_signed(&house, feed)?;
    } else {
        house.put(&format!("feeds/{}", feed.file), &content);
    }
    let held = feed.file == LOANS_CHANGED.file;
    let books = once(&house, if held { 6 } else { 0 });
    let fate = |fate| number(&books, fate) - before.get(fate).copied().unwrap_or(0);
    let [drafted, delivered, doubtful, duplicate, skipped] = FATES.map(fate);
    assert_eq!(drafted, delivered + doubtful + duplicate, "{path}: {books}");

    let codes = codes(&house, feed.file);
    // What is held as a whole has no rows, but one entry, or none.
    let whole = held || codes.contains_key("control_mismatch");
    let rows = match &expected {
        Some(expected) => expected["rows"].as_array().unwrap().len() as u64,
        None => content
            .split(|b| *b == b'\n')
            .filter(|l| !l.is_empty())
            .count() as u64,
    };
    if !whole {
        assert_eq!(rows + of.events, drafted + skipped, "{path}: {books}");
    }
    if let Some(counts) = expected.map(|expected| expected["counts"].clone()) {
        let wanted = |outcome: &str| counts[outcome].as_u64().unwrap_or(0);
        assert_eq!(wanted("held") > 0, whole, "{path}");
        if !whole {
            let found = [delivered, doubtful, duplicate, skipped];
            let wanted = ["record", "doubtful", "duplicate", "skipped"].map(wanted);
            assert_eq!(found, wanted, "{path}");
        }
    }
    let mut told: Vec<String> = codes
        .iter()
        .map(|(code, n)| format!("{code} {n}"))
        .collect();
    if held {
        told.push(format!("held: {}", held_for(&books)));
    }
    let Feed {
        folder: adapter,
        feed,
        settings,
        ..
    } = feed;
    let settings = settings.replace('"', "");
    let told = told.join(", ");
    Some(format!(
        "| {path} | {adapter} · {feed} | {settings} | {rows} | {drafted} | {delivered} | \
         {doubtful} | {duplicate} | {skipped} | {told} |\n"
    ))
}

const FATES: [&str; 5] = ["drafted", "delivered", "doubtful", "duplicate", "skipped"];

/// Why the file waits, without its digests.
fn held_for(books: &Value) -> &'static str {
    let held = books["held"][0].to_string();
    assert!(held.contains("says sha256"), "{held}");
    "the digest is not that of the ok-file"
}

/// How many reasons of each kind.
fn codes(house: &House, file: &str) -> BTreeMap<String, usize> {
    let mut codes = BTreeMap::new();
    for doubt in house.ask(&["doubts", "--file", file]) {
        let code = doubt["code"].as_str().unwrap().to_owned();
        *codes.entry(code).or_default() += 1;
    }
    codes
}

#[test]
fn every_file_of_the_data_becomes_what_the_table_says() {
    let mut table = ABOVE.to_owned();
    for file in files() {
        let Some(line) = line(&file) else {
            return;
        };
        table.write_str(&line).unwrap();
    }
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/FEEDS.md");
    if std::env::var_os("BLESS").is_some_and(|bless| bless == "1") {
        std::fs::write(&golden, &table).unwrap();
    }
    let said = std::fs::read_to_string(&golden).unwrap();
    for (line, said) in table.lines().zip(said.lines()) {
        assert_eq!(line, said);
    }
    assert_eq!(table, said);
}
