//! The synthetic feeds, row by row, through the whole: what stands beside each feed says what is
//! to become of its rows.

use crate::support::{House, assert_masked, number, shared};
use serde_json::Value;

/// A feed that was read and delivered, and what is expected of it.
struct Walked {
    house: House,
    file: &'static str,
    expected: Vec<Value>,
    /// Reasons by row.
    doubts: Vec<Value>,
}

/// Walks a feed; `before` is read ahead of it.
fn walk(folder: &str, file: &'static str, adapter: &str, before: Option<Before>) -> Option<Walked> {
    let feed = shared(&format!("synthetic/{folder}/{file}"))?;
    let expected = shared(&format!("synthetic/{folder}/{file}.expected.json"))?;
    let expected: Value = serde_json::from_slice(&expected).unwrap();
    let house = House::new();
    house.route("feed", adapter, "");
    let mut books = serde_json::json!({});
    if let Some(before) = before {
        house.put("feeds/feed/a-feed-before.csv", before(&feed));
        books = house.once("feed");
    }
    house.put(&format!("feeds/feed/{file}"), &feed);
    let after = house.once("feed");
    for (outcome, fate) in [
        ("record", "delivered"),
        ("doubtful", "doubtful"),
        ("duplicate", "duplicate"),
        ("skipped", "skipped"),
    ] {
        let count = number(&after, fate) - books[fate].as_u64().unwrap_or(0);
        let wanted = expected["counts"][outcome].as_u64().unwrap_or(0);
        assert_eq!(count, wanted, "{outcome}: {after}");
    }
    assert_eq!(number(&after, "refused"), 0);
    assert_eq!(number(&after, "waiting"), 0);
    let doubts = house.ask(&["doubts", "--file", file]);
    for text in [
        &["doubts"][..],
        &["doubts", "-f", "json"],
        &["receipts"],
        &["status"],
    ] {
        assert_masked(&house.run(text).good().out);
    }
    let expected = expected["rows"].as_array().unwrap().clone();
    Some(Walked {
        house,
        file,
        expected,
        doubts,
    })
}

/// The decisions that `penalty-gen1.csv` withdraws and contests were in force when the platform
/// first got them: the same two rows, with the state 0.
pub(crate) fn in_force(feed: &[u8]) -> Vec<u8> {
    let lines: Vec<&[u8]> = feed.split_inclusive(|b| *b == b'\n').collect();
    let mut before = lines[0].to_vec();
    for (line, state) in [(lines[3], &b",1,520522,"[..]), (lines[4], b",2,520522,")] {
        let at = line.windows(state.len()).position(|w| w == state).unwrap();
        before.extend_from_slice(line);
        let state = before.len() - line.len() + at + 1;
        before[state] = b'0';
    }
    before
}

type Before = fn(&[u8]) -> Vec<u8>;

impl Walked {
    fn rows(&self) {
        for row in &self.expected {
            match row["outcome"].as_str().unwrap() {
                "record" => self.record(row),
                "doubtful" => self.doubtful(row),
                _ => {}
            }
        }
        let wanted = self
            .expected
            .iter()
            .filter(|row| row["outcome"] == "doubtful");
        let mut found: Vec<u64> = self
            .doubts
            .iter()
            .map(|d| number(d, "source_row"))
            .collect();
        found.dedup();
        let wanted: Vec<u64> = wanted.map(|row| number(row, "source_row")).collect();
        assert_eq!(found, wanted, "the doubtful rows");
    }

    /// The row is kept for a person, at least for the reasons that are expected.
    fn doubtful(&self, row: &Value) {
        let at = number(row, "source_row");
        let found: Vec<&Value> = self
            .doubts
            .iter()
            .filter(|d| d["source_row"] == row["source_row"])
            .collect();
        for wanted in row["doubts"].as_array().unwrap() {
            let field = wanted["field"].as_str().unwrap();
            let fits = |d: &&&Value| {
                let own = d["field"].as_str().unwrap();
                let same = match field.strip_suffix('*') {
                    Some(beginning) => own.starts_with(beginning),
                    None => own == field,
                };
                same && d["code"] == wanted["code"]
            };
            let doubt = found.iter().find(fits);
            let doubt = doubt.unwrap_or_else(|| panic!("row {at}: {wanted} is not in {found:?}"));
            // Whom a row concerns that could not be parted into columns, nobody can tell.
            if doubt["code"] != "field_count" {
                assert_eq!(doubt["person"], row["person"] == true, "row {at}");
            }
            assert!(
                !doubt["message_en"].as_str().unwrap().is_empty(),
                "row {at}"
            );
            let zh = doubt["message_zh"].as_str().unwrap();
            assert!(
                zh.chars().any(|c| ('一'..='龥').contains(&c)),
                "row {at}: {zh}"
            );
        }
    }

    /// The row is a record that was delivered, and the platform has it as expected.
    fn record(&self, row: &Value) {
        let at = number(row, "source_row");
        let directory = match row["directory"].as_str().unwrap() {
            "纳税信用级别" => "tax-rating",
            "行政处罚" => "penalty",
            "自然人行政处罚" => "penalty-person",
            other => panic!("the directory {other} is not known here"),
        };
        let key = row["key"].as_object().unwrap();
        let traced = self.house.ask(&[
            "trace",
            value(key.get("CF_WSH").or(key.get("nsrsbh")).unwrap()),
        ]);
        let ours = |t: &&Value| t["file"] == self.file && t["source_row"] == row["source_row"];
        let traced = traced
            .iter()
            .find(ours)
            .unwrap_or_else(|| panic!("row {at}: {traced:?}"));
        let operation = row["operation"].as_str().unwrap_or("insert");
        assert_eq!(traced["operation"], operation, "row {at}");
        assert_eq!(traced["directory"], directory, "row {at}");
        assert_eq!(traced["person"], row["person"] == true, "row {at}");
        assert_eq!(traced["targets"][0]["fate"], "delivered", "row {at}");
        assert_masked(&traced.to_string());

        let rows = self.house.rows(directory);
        let mut fits = rows
            .iter()
            .enumerate()
            .filter(|(_, stored)| has_key(stored, key));
        let (place, stored) = fits
            .next()
            .unwrap_or_else(|| panic!("row {at} is not there"));
        assert!(fits.next().is_none(), "row {at} is there twice");
        for group in ["fields", "dates"] {
            for (name, wanted) in row[group].as_object().into_iter().flatten() {
                // The form of a number is kept with the record, and not sent.
                let found = if name == "id_form" {
                    &traced["body"]
                } else {
                    stored
                };
                assert_eq!(found[name], canonical(wanted), "row {at} {name}");
            }
        }
        for (name, fen) in row["amounts_fen"].as_object().into_iter().flatten() {
            let name = if name == "fkje" { "CF_NR_FK" } else { name };
            assert_eq!(
                stored[name].as_str().map(fen_of),
                fen.as_i64(),
                "row {at} {name}"
            );
        }
        let state = match operation {
            "withdraw" => credit_platform::State::Withdrawn,
            "hold" => credit_platform::State::Held,
            _ => credit_platform::State::Stored,
        };
        let own = &self.house.platform.rows(directory)[place];
        assert_eq!(own.state, state, "row {at}");
        if operation == "update" {
            assert!(own.versions > 1, "row {at}");
        }
    }
}

fn value(text: &Value) -> &str {
    text.as_str().unwrap()
}

/// The stored row has the expected key. Its party is one of several columns; that of a natural
/// person is not told.
fn has_key(stored: &Value, key: &serde_json::Map<String, Value>) -> bool {
    let parties = ["CF_XDR_SHXYM", "CF_XDR_ZZJG", "CF_XDR_GSZC", "CF_XDR_SWDJ"];
    key.iter().all(|(name, value)| match name.as_str() {
        "party" if value == "(id hash)" => stored["CF_XDR_ZJHM"].is_string(),
        "party" => parties.iter().any(|party| stored[*party] == *value),
        _ => stored[name] == *value,
    })
}

/// A value as the directories write it.
fn canonical(wanted: &Value) -> Value {
    match wanted {
        Value::Array(several) => {
            let several: Vec<&str> = several.iter().map(value).collect();
            Value::from(several.join(";"))
        }
        Value::String(text) if text == "(no end)" => Value::from("2099-12-31"),
        other => other.clone(),
    }
}

/// An amount in 万元, in 分, without a float on the way.
fn fen_of(text: &str) -> i64 {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    assert!(fraction.len() <= 6, "{text} is finer than a 分");
    format!("{whole}{fraction:0<6}").parse().unwrap()
}

#[test]
fn a_rating_list_of_the_first_layout_ends_as_expected() {
    if let Some(walked) = walk("tax", "t1-rating-layout-a.csv", "tax", None) {
        walked.rows();
    }
}

#[test]
fn a_rating_list_of_the_second_layout_ends_as_expected() {
    if let Some(walked) = walk("tax", "t1-rating-layout-b.csv", "tax", None) {
        walked.rows();
    }
}

#[test]
fn penalties_of_generation_1_end_as_expected() {
    if let Some(walked) = walk("publicity", "penalty-gen1.csv", "market", Some(in_force)) {
        walked.rows();
        let stats = walked.house.platform.stats();
        assert_eq!((stats.withdrawn, stats.held, stats.refused), (1, 1, 0));
        let envelope = walked.house.rows("penalty");
        let second = envelope
            .iter()
            .find(|r| r["CF_WSH"] == "黔西环罚〔2018〕2号")
            .unwrap();
        assert_eq!(second["SJC"], "2018-05-15T00:00:00");
        assert_eq!(second["DFBM"], "520522");
        assert_eq!(second["CF_SXYZCD"], "2");
    }
}

#[test]
fn penalties_of_generation_2_end_as_expected() {
    if let Some(walked) = walk("publicity", "penalty-gen2.csv", "market", None) {
        walked.rows();
    }
}
