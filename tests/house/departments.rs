//! The synthetic feeds of the tax office, market supervision, the courts and a bank, through the
//! whole: rows, fates and reasons are those that stand beside each feed.

mod expected;
mod table;

use crate::support::{House, assert_masked, keyed, number, shared, wait_until};
use credit_platform::Table;
use expected::{compare, text};
use serde_json::Value;

/// A feed, and what its route says of it.
#[derive(Clone, Copy)]
pub(crate) struct Feed {
    pub(crate) folder: &'static str,
    pub(crate) file: &'static str,
    pub(crate) feed: &'static str,
    pub(crate) encoding: &'static str,
    pub(crate) settings: &'static str,
    /// What is replaced in it and in its expectation: days that would not stay in the future.
    pub(crate) moved: &'static [(&'static str, &'static str)],
}

const ARREARS: Feed = Feed {
    folder: "tax",
    file: "t2-arrears-2026q3.csv",
    feed: "arrears",
    encoding: "binary",
    settings: "",
    moved: &[],
};

const ABNORMAL: Feed = Feed {
    folder: "market",
    file: "m2-abnormal.csv",
    feed: "abnormal",
    encoding: "detect",
    settings: "",
    moved: &[],
};

const REGISTRATIONS: Feed = Feed {
    file: "m1-registration.csv",
    feed: "registration",
    settings: "capital_unit = \"万元\"",
    ..ABNORMAL
};

const PENALTIES: Feed = Feed {
    file: "m4-penalties.xml",
    feed: "penalty-xml",
    settings: "amount_unit = \"元\"",
    // What is wrong with the row is that its day lies ahead: as it always will now.
    moved: &[("2027-06-05", "2098-06-05")],
    ..ABNORMAL
};

const DISHONEST: Feed = Feed {
    folder: "courts",
    file: "k1-dishonest.jsonl",
    feed: "dishonest-json",
    ..ABNORMAL
};

const LOANS: Feed = Feed {
    folder: "banks",
    file: "QXNSYH_CRD01_20261031_0001.txt",
    feed: "guarantee",
    encoding: "gb18030",
    ..ABNORMAL
};

/// The bank changed it after it had signed it off.
const LOANS_CHANGED: Feed = Feed {
    file: "QXNSYH_CRD01_20261031_0004.txt",
    ..LOANS
};

/// Its trailer says 0.10 元 less than its rows.
const LOANS_MISCOUNTED: Feed = Feed {
    file: "QXNSYH_CRD01_20261130_0002.txt",
    ..LOANS
};

/// Its accounting date lies ahead of whoever runs the tests before 2027: a year is taken off.
const LOAN_OF_A_PERSON: Feed = Feed {
    file: "QXNSYH_CRD01_20261231_0003.txt",
    moved: &[
        ("|CRD01|20261231|", "|CRD01|20251231|"),
        (r#""period": "2026-12""#, r#""period": "2025-12""#),
    ],
    ..LOANS
};

/// The digest of that feed as it stands there, and with the other date.
const DIGESTS: (&str, &str) = (
    "6902e6cdaf4c99e6fa364ee2b1e809d3a96e17c4c8733a67467dbe9c5056183d",
    "92ce5a1772ea3c4c8c2471e9de33cc5182901d8d1f8641002c81a55f097e6c8a",
);

/// A house beside a platform that knows the rows of these directories by their keys.
pub(crate) fn house() -> House {
    let mut options = keyed();
    let names = |columns: &[&str]| columns.iter().map(ToString::to_string).collect();
    let keys = vec![names(&["sxid"]), names(&["ah", "bzxrmc"])];
    let table = Table {
        keys,
        ..Table::default()
    };
    options.tables.insert("dishonest".to_owned(), table);
    House::with(options)
}

/// The route `feed`, which reads all of `feeds/` that is of this kind.
pub(crate) fn route(house: &House, feed: &Feed, ready: &str) {
    let Feed {
        folder: adapter,
        feed: name,
        encoding,
        settings,
        ..
    } = feed;
    let (_, extension) = feed.file.rsplit_once('.').unwrap();
    let text = format!(
        r#"
adapter = "{adapter}"
feed = "{name}"
targets = ["county"]
[department]
name = "黔西市某局"
[source]
kind = "files"
dir = "../../feeds"
glob = "*.{extension}"
ready = {ready}
encoding = "{encoding}"
[schedule]
every_ms = 100
[settings]
{settings}
"#
    );
    house.put("configs/routes/feed.toml", text);
}

/// A file of the data, with its days moved.
fn read(path: &str, feed: &Feed) -> Option<Vec<u8>> {
    let mut content = shared(path)?;
    for (from, to) in feed.moved {
        let mut windows = content.windows(from.len());
        if let Some(at) = windows.position(|window| window == from.as_bytes()) {
            content.splice(at..at + from.len(), to.bytes());
        }
    }
    Some(content)
}

/// The feed as it is read, and what is expected of it.
fn content(feed: &Feed) -> Option<(Vec<u8>, Value)> {
    let path = format!("synthetic/{}/{}", feed.folder, feed.file);
    let expected = read(&format!("{path}.expected.json"), feed)?;
    let expected = serde_json::from_slice(&expected).unwrap();
    Some((read(&path, feed)?, expected))
}

/// Walks a feed in a house of its own.
fn walk(feed: Feed) -> Option<House> {
    let (content, expected) = content(&feed)?;
    let house = house();
    house.put(&format!("feeds/{}", feed.file), content);
    route(&house, &feed, "{ stable_ms = 0 }");
    let books = once(&house, 0);
    for (outcome, fate) in [
        ("record", "delivered"),
        ("doubtful", "doubtful"),
        ("duplicate", "duplicate"),
        ("skipped", "skipped"),
    ] {
        let wanted = expected["counts"][outcome].as_u64().unwrap_or(0);
        assert_eq!(number(&books, fate), wanted, "{outcome}: {books}");
    }
    compare(&house, feed.file, &expected);
    Some(house)
}

/// Reads and delivers what is there, and ends with `code`; the books, which balance.
pub(crate) fn once(house: &House, code: i32) -> Value {
    let ran = house.run(&["once", "feed", "--format", "json"]).ended(code);
    assert_masked(&ran.out);
    assert_masked(&ran.err);
    let books = ran.json().remove(0);
    assert_eq!(number(&books, "refused") + number(&books, "waiting"), 0);
    // Whoever asks afterwards is told the same, and that they balance.
    let after = house.books("feed");
    for fate in ["drafted", "delivered", "doubtful", "duplicate", "skipped"] {
        assert_eq!(number(&after, fate), number(&books, fate), "{after}");
    }
    books
}

#[test]
fn tax_arrears_end_as_expected_whichever_way_they_come() {
    for file in ["t2-arrears-2026q3.csv", "t2-arrears-2026q3.xlsx"] {
        if let Some(house) = walk(Feed { file, ..ARREARS }) {
            let person = house.rows("tax-arrears-person").remove(0);
            let office = "国家税务总局黔西市税务局";
            for (name, wanted) in [
                ("xm", "王某某"),
                ("szmc", "个人所得税"),
                ("qsye", "1200"),
                ("jzrq", "2026-09-30"),
                ("zgswjg", office),
            ] {
                assert_eq!(person[name], wanted, "{file}");
            }
        }
    }
}

#[test]
fn registrations_end_as_expected() {
    walk(REGISTRATIONS);
}

#[test]
fn entries_of_the_abnormal_list_end_as_expected() {
    walk(ABNORMAL);
}

#[test]
fn penalties_of_an_enforcement_system_end_as_expected() {
    if let Some(house) = walk(PENALTIES) {
        let stats = house.platform.stats();
        assert_eq!(
            (stats.unique, stats.overwritten, stats.withdrawn),
            (3, 1, 1)
        );
    }
}

#[test]
fn dishonest_debtors_end_as_expected_in_either_carrier() {
    if let Some(house) = walk(DISHONEST) {
        assert_eq!(house.platform.stats().overwritten, 1);
    }
    walk(Feed {
        file: "k3-dishonest.dat",
        feed: "dishonest-bulk",
        ..DISHONEST
    });
}

/// Puts a bank's file and its ok-file there; what is expected of the file.
fn put_signed(house: &House, feed: &Feed) -> Option<Value> {
    let (content, expected) = content(feed)?;
    let ok = feed.file.replace(".txt", ".ok");
    let says = String::from_utf8(shared(&format!("synthetic/banks/{ok}"))?).unwrap();
    let says = match feed.moved {
        [] => says,
        _ => says.replace(DIGESTS.0, DIGESTS.1),
    };
    house.put(&format!("feeds/{}", feed.file), content);
    house.put(&format!("feeds/{ok}"), says);
    Some(expected)
}

#[test]
fn of_a_banks_files_only_those_are_delivered_that_are_what_the_bank_signed_off() {
    let house = house();
    let files = [LOANS, LOANS_CHANGED, LOANS_MISCOUNTED, LOAN_OF_A_PERSON];
    let expected: Option<Vec<_>> = files.iter().map(|feed| put_signed(&house, feed)).collect();
    let Some(expected) = expected else {
        return;
    };
    route(&house, &LOANS, "{ ok = \"{stem}.ok\" }");
    // The file whose digest is wrong is there, and is not read.
    let books = once(&house, 6);
    assert!(
        books["held"][0].to_string().contains("says sha256"),
        "{books}"
    );
    compare(&house, LOANS.file, &expected[0]);
    compare(&house, LOAN_OF_A_PERSON.file, &expected[3]);

    // Nothing of the file whose balances do not add up, and one entry that says so.
    let doubts = house.ask(&["doubts", "--file", LOANS_MISCOUNTED.file]);
    assert_eq!(doubts.len(), 1, "{doubts:?}");
    assert_eq!(
        (text(&doubts[0]["code"]), text(&doubts[0]["field"])),
        ("control_mismatch", "dkye")
    );
    let message = text(&doubts[0]["message_en"]);
    for part in ["5150000.00", "5150000.10", "nothing of the file was taken"] {
        assert!(message.contains(part), "{message}");
    }
    // The three rows of the first file, and the organisation's of the last.
    let counts = [
        ("delivered", 4),
        ("doubtful", 2),
        ("skipped", 4),
        ("files", 3),
    ];
    for (fate, count) in counts {
        assert_eq!(number(&books, fate), count, "{fate}: {books}");
    }
    assert!(house.rows("guarantee-person").is_empty());
    let rows = house.rows("guarantee");
    let notes: Vec<_> = rows
        .iter()
        .map(|r| (text(&r["jjh"]), text(&r["period"])))
        .collect();
    let first = ["JJ2025000456", "JJ2023000011", "JJ2024000800"].map(|note| (note, "2026-10"));
    assert_eq!(notes, [&first[..], &[("JJ2026000002", "2025-12")]].concat());
    // The class that was signed off, not that of the file that was changed afterwards.
    assert_eq!(rows[0]["wjfl"], "02");

    // That file waits for its bank: the service says why, and takes nothing of it either.
    let mut service = house.start(&["run"]);
    service.admin();
    wait_until("the held file is told", || {
        let ran = house.run(&["status", "--format", "json"]);
        let held = (ran.code == 0).then(|| ran.json()[0]["routes"][0]["held"][0].to_string());
        held.is_some_and(|h| h.contains(LOANS_CHANGED.file) && h.contains("says sha256"))
    });
    let status = house.books("feed");
    assert_eq!(status["held"].as_array().unwrap().len(), 1, "{status}");
    assert_eq!(
        (number(&status, "delivered"), number(&status, "files")),
        (4, 3)
    );
    assert_eq!(service.terminate(), 0, "{}", service.said());
}
