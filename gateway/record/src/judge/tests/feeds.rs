//! The judge's half of the synthetic feeds: their rows, brought into canonical values, against
//! what is expected of them.

use super::*;

/// A file of the synthetic feeds; `None`, with a line that says so, where they are not there.
fn synthetic(name: &str) -> Option<String> {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/data/synthetic/"
    )
    .to_owned()
        + name;
    let text = std::fs::read_to_string(path);
    if text.is_err() {
        println!("skipped: the synthetic feed {name} is not there");
    }
    text.ok()
}

fn expected(name: &str) -> Option<Vec<Value>> {
    let text = synthetic(&format!("{name}.expected.json"))?;
    let all: Value = serde_json::from_str(&text).unwrap();
    Some(all["rows"].as_array().unwrap().clone())
}

/// Splits CSV whose quoted fields hold no line breaks.
fn fields(line: &str) -> Vec<String> {
    let mut all = vec![String::new()];
    let mut quoted = false;
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                all.last_mut().unwrap().push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => all.push(String::new()),
            c => all.last_mut().unwrap().push(c),
        }
    }
    all
}

/// Compares what became of a row with what is expected of it.
fn agrees(judged: &Judged, row: &Value) {
    let source_row = row["source_row"].as_u64().unwrap();
    let record = judged
        .records
        .iter()
        .position(|r| r.source_row() == source_row);
    let doubtful = judged.doubtful.iter().find(|d| d.source_row == source_row);
    match row["outcome"].as_str().unwrap() {
        "record" => {
            let at = record.unwrap_or_else(|| panic!("row {source_row}: {doubtful:?}"));
            let record = judged.records[at];
            assert_eq!(record.person(), row["person"] == true, "row {source_row}");
            let start = at
                .checked_sub(1)
                .map_or(0, |before| judged.records[before].end() as usize);
            let body = &judged.bodies[start..record.end() as usize];
            let body: Value = serde_json::from_str(body).unwrap();
            for (name, fen) in row["amounts_fen"].as_object().into_iter().flatten() {
                if let Some(text) = body[name].as_str() {
                    let read = crate::money::Fen::parse(text, crate::money::Unit::WanYuan).unwrap();
                    assert_eq!(Value::from(read.0), *fen, "row {source_row} {name}");
                } else {
                    assert!(fen.is_null() || name == "fkje", "row {source_row} {name}");
                }
            }
            for (name, day) in row["dates"].as_object().into_iter().flatten() {
                assert_eq!(&body[name], day, "row {source_row} {name}");
            }
        }
        "doubtful" => {
            let doubtful =
                doubtful.unwrap_or_else(|| panic!("row {source_row} is no doubtful row"));
            let reason = |d: &Reason| json!({ "code": d.code, "field": d.field });
            let found: Vec<Value> = doubtful.reasons.iter().map(reason).collect();
            let wanted = row["doubts"].as_array().unwrap().iter();
            let wanted: Vec<Value> = wanted
                .map(|d| json!({ "code": d["code"], "field": d["field"] }))
                .collect();
            assert_eq!(found, wanted, "row {source_row}");
            assert_eq!(doubtful.person, row["person"] == true, "row {source_row}");
        }
        _ => {}
    }
}

#[test]
fn penalties_of_generation_2_end_as_expected() {
    let name = "publicity/penalty-gen2.csv";
    let Some((feed, rows)) = synthetic(name).zip(expected(name)) else {
        return;
    };
    let mut lines = feed.lines();
    let header = fields(lines.next().unwrap());
    let drafts: Vec<_> = lines
        .zip(2..)
        .map(|(line, row)| {
            let mut body = Map::new();
            for (column, field) in header.iter().zip(fields(line)) {
                let field = match field.as_str() {
                    "1748707200000" => "2025-06-01".to_owned(),
                    _ if field.len() == 10 => field.replace('/', "-"),
                    _ => field,
                };
                body.insert(column.clone(), field.into());
            }
            let person = body["CF_XDR_LB"] == "自然人";
            if person {
                // The directory of natural persons has no columns for organisations.
                body.retain(|_, value| value != "");
            }
            let directory = if person { "penalty-person" } else { "penalty" };
            (
                directory,
                row,
                Operation::Insert,
                Value::from(body).to_string(),
            )
        })
        .collect();
    let judged = judged_page(&page_of(&drafts));
    rows.iter().for_each(|row| agrees(&judged, row));
}

/// A penalty of generation 1 in the columns of generation 2.
fn gen1(number: u8, changes: Value) -> Value {
    let body = json!({
        "CF_WSH": format!("黔西环罚〔2018〕{number}号"), "CF_CFMC": "超标排放",
        "CF_BM": "520522-HB-0012", "CF_CFLB": "罚款", "CF_SY": "超标排放水污染物",
        "CF_YJ": "第八十三条", "CF_XDR_MC": "黔西市某公司", "CF_FRDB": "张某某",
        "CF_NR": "罚款500元", "CF_JDRQ": "2018-05-10", "CF_CFJG": "黔西县环境保护局",
        "DFBM": "520522", "SJC": "2018-05-15", "CF_SYFW": "0", "CF_SXYZCD": "1",
        "CF_GSJZQ": "2019-05-10",
    });
    merged(body, changes)
}

#[test]
fn penalties_of_generation_1_end_as_expected() {
    let name = "publicity/penalty-gen1.csv";
    let Some(rows) = expected(name) else { return };
    let party = |code: &str| json!({ "CF_XDR_SHXYM": code });
    let insert = Operation::Insert;
    let own_id =
        json!({ "CF_XDR_MC": "孙某某", "CF_XDR_ZJHM": "520581198306150129", "CF_SYFW": "1" });
    let mut person = gen1(6, own_id);
    person.as_object_mut().unwrap().remove("CF_FRDB");
    let late = json!({ "CF_XDR_GSZC": "520522000001232", "CF_GSJZQ": "2018-01-01" });
    let early = merged(party("91520581MAQX00047X"), json!({ "SJC": "2018-05-01" }));
    let again = merged(
        party("91520581MA6DEMQ1XJ"),
        json!({ "SJC": "2018-06-20", "BZ": "更正" }),
    );
    let drafts = [
        (2, insert, gen1(1, party("91520581MA6DEMQ1XJ"))),
        (3, insert, gen1(2, json!({ "CF_XDR_ZZJG": "78018001-3" }))),
        (4, Operation::Withdraw, gen1(3, party("91520581MA6DEMQ28J"))),
        (5, Operation::Hold, gen1(4, party("91520522MA6DEMQ36Y"))),
        (7, insert, person),
        (8, insert, gen1(7, json!({}))),
        (9, insert, gen1(8, early)),
        (10, insert, gen1(1, party("91520581MA6DEMQ1XJ"))),
        (11, Operation::Update, gen1(1, again)),
        (12, insert, gen1(9, late)),
        (
            13,
            insert,
            gen1(
                9,
                merged(party("91520581MAQX000206"), json!({ "CF_WSH": "" })),
            ),
        ),
    ];
    let drafts = drafts.map(|(row, operation, body)| {
        let directory = if row == 7 {
            "penalty-person@gen1"
        } else {
            "penalty@gen1"
        };
        (directory, row, operation, body.to_string())
    });
    let judged = judged_page(&page_of(&drafts));
    let of = |row: u64| {
        *judged
            .records
            .iter()
            .find(|r| r.source_row() == row)
            .unwrap()
    };
    assert_eq!(of(2).id(), of(10).id());
    assert_eq!(of(2).digest(), of(10).digest());
    assert_eq!(of(2).id(), of(11).id());
    assert!(of(2).version() < of(11).version() && of(2).digest() != of(11).digest());
    for row in rows
        .iter()
        .filter(|row| row["source_row"] != 6 && row["source_row"] != 8)
    {
        agrees(&judged, row);
    }
    let nameless = judged.doubtful.iter().find(|d| d.source_row == 8).unwrap();
    assert_eq!(nameless.reasons[0].code, "required_group");
    assert_eq!(nameless.reasons.len(), 1);
}

#[test]
fn tax_ratings_end_as_expected() {
    let name = "tax/t1-rating-layout-a.csv";
    let Some(rows) = expected(name) else { return };
    let mut drafts = Vec::new();
    for row in &rows {
        let body = match row["source_row"].as_u64().unwrap() {
            // What the doubtful rows hold, the expectation does not say.
            6 => merged(rating(), json!({ "nsrsbh": "9152058MA6DEMQ1X" })),
            7 => merged(rating(), json!({ "nsrsbh": "52058119880808019101" })),
            _ if row["outcome"] == "record" => {
                let mut body = merged(row["key"].clone(), row["fields"].clone());
                body.as_object_mut().unwrap().remove("id_form");
                body
            }
            _ => continue,
        };
        let source_row = row["source_row"].as_u64().unwrap();
        drafts.push((
            "tax-rating",
            source_row,
            Operation::Insert,
            body.to_string(),
        ));
    }
    let judged = judged_page(&page_of(&drafts));
    rows.iter().for_each(|row| agrees(&judged, row));
    let ids: std::collections::BTreeSet<_> = judged.records.iter().map(Record::id).collect();
    assert_eq!(ids.len(), 5);
    for row in rows.iter().filter(|row| row["outcome"] == "record") {
        let form = row["fields"]["id_form"].as_str().unwrap();
        assert!(judged.bodies.contains(&format!("\"id_form\":\"{form}\"")));
    }
}

#[test]
fn tax_arrears_end_as_expected() {
    let name = "tax/t2-arrears-2026q3.csv";
    let Some(rows) = expected(name) else { return };
    let mut drafts = Vec::new();
    for row in rows.iter().filter(|row| row["outcome"] == "record") {
        let mut body = merged(row["key"].clone(), row["fields"].clone());
        let all = body.as_object_mut().unwrap();
        all.remove("period");
        all.remove("note");
        for (name, fen) in row["amounts_fen"].as_object().unwrap() {
            let text = fen.as_i64().map(|f| {
                crate::money::tests::in_unit(crate::money::Fen(f), crate::money::Unit::Yuan)
            });
            all.insert(name.clone(), text.into());
        }
        let person = row["person"] == true;
        if person {
            all.insert("sfzh".into(), "520581198306150129".into());
        }
        let directory = if person {
            "tax-arrears-person"
        } else {
            "tax-arrears"
        };
        let source_row = row["source_row"].as_u64().unwrap();
        drafts.push((directory, source_row, Operation::Insert, body.to_string()));
    }
    let judged = judged_page(&page_of(&drafts));
    assert_eq!(judged.records.len(), 4, "{:?}", judged.doubtful);
    assert_eq!(judged.records.iter().filter(|r| r.person()).count(), 1);
}
