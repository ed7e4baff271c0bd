//! Golden files, the shared feeds, and feeds that were damaged at random.

mod damaged;
mod feeds;

use std::path::{Path, PathBuf};

use credit_sdk::testkit::{Feed, Outcome};

use crate::Banks;

/// The feeds, and the golden file of each.
const FEEDS: [(&str, &str); 3] = [
    ("guarantee", "guarantee.txt"),
    ("guarantee-fixed", "guarantee-fixed.dat"),
    ("loan-note", "loan-note.csv"),
];

fn own(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("golden")
        .join(name)
}

/// The golden feed, as the host hands it over.
fn golden(feed: &str, file: &str) -> Feed {
    match feed {
        "guarantee-fixed" => Feed::read_binary(own(file)).unwrap(),
        _ => Feed::read(own(file)).unwrap(),
    }
}

fn check(feed: &str, bytes: &[u8]) -> Outcome {
    let feed_of = if feed == "guarantee-fixed" {
        Feed::binary(bytes)
    } else {
        Feed::text(bytes)
    };
    feed_of.check::<Banks>(feed).unwrap()
}

fn body(outcome: &Outcome, source_row: u64) -> serde_json::Value {
    let mut drafts = outcome.drafts();
    let draft = drafts.find(|draft| draft.source_row == source_row).unwrap();
    serde_json::from_str(draft.body).unwrap()
}

/// (code, field) of the doubts of a row.
fn doubts(outcome: &Outcome, source_row: u64) -> Vec<(&str, &str)> {
    let doubts = outcome.doubts(source_row);
    doubts
        .map(|doubt| (&*doubt.reason.code, doubt.field.as_str()))
        .collect()
}

/// (name, declared, found) of the control totals.
fn controls(outcome: &Outcome) -> Vec<(&str, &str, &str)> {
    let controls = outcome.page.controls.iter();
    controls
        .map(|c| (&*c.name, &*c.declared, &*c.found))
        .collect()
}

#[test]
fn each_feed_is_translated_as_its_golden_file_says() {
    for (feed, file) in FEEDS {
        golden(feed, file).golden::<Banks>(feed).unwrap();
    }
}

#[test]
fn a_persons_loan_needs_a_legal_basis() {
    for ((feed, file), row) in FEEDS.into_iter().zip([6, 5, 6]) {
        let refused = golden(feed, file).check::<Banks>(feed).unwrap();
        let field = if feed == "loan-note" { "KHTYBH" } else { "id" };
        assert_eq!(doubts(&refused, row), [("person_without_basis", field)]);
        assert!(refused.drafts().all(|draft| draft.source_row != row));
        let doubt = refused.doubts(row).next().unwrap();
        assert!(!doubt.reason.zh.contains("5205") && !doubt.reason.en.contains("5205"));
        assert!(!doubt.excerpt.contains("孙某某") && !doubt.excerpt.contains("60000"));

        let granted = golden(feed, file).setting("legal_basis", "黔西府办〔2026〕1号");
        let granted = granted.check::<Banks>(feed).unwrap();
        assert_eq!(doubts(&granted, row), []);
        let mut drafts = granted.drafts();
        let draft = drafts.find(|draft| draft.source_row == row).unwrap();
        assert!(draft.directory.ends_with("-person"));
        assert!(draft.body.contains("黔西府办〔2026〕1号"));
        // The same control totals: a refused row counts.
        assert_eq!(controls(&granted), controls(&refused));
    }
}

#[test]
fn loans_are_for_authorised_queries_unless_the_route_says_otherwise() {
    let feed = golden("guarantee", "guarantee.txt");
    let outcome = feed.check::<Banks>("guarantee").unwrap();
    assert_eq!(body(&outcome, 2)["syfw"], "2");
    let outcome = feed.setting("scope", "1").check::<Banks>("guarantee");
    assert_eq!(body(&outcome.unwrap(), 2)["syfw"], "1");
}

const HEADER: &str = "H|QXNSYH|CRD01|20261031|0001|GB18030\n";
const ROW: &str = "D|1|780180013|甲|HT1|JJ1|001|0.30|0.10|01|20250401|20270331|0.00|0\n";

#[test]
fn control_totals_are_kept_to_the_fen() {
    let found = |trailer: &str| {
        let file = format!("{HEADER}{ROW}{trailer}");
        let outcome = check("guarantee", file.as_bytes());
        let off = controls(&outcome).into_iter().filter(|c| c.1 != c.2);
        off.map(|(name, declared, found)| format!("{name} {declared} {found}"))
            .collect::<Vec<_>>()
    };
    assert_eq!(found("T|0001|0.30|0.10|0.00\n"), [""; 0]);
    assert_eq!(found("T|1|0.3|0.1|0\n"), [""; 0]);
    assert_eq!(found("T|0001|0.30|0.11|0.00\n"), ["dkye 0.11 0.10"]);
    assert_eq!(found("T|0002|0.30|0.10|x\n"), ["rows 2 1", "yqbj x 0.00"]);
    assert_eq!(found(""), ["trailer 1 0"]);
    assert_eq!(
        found(&format!("{ROW}T|2|0.60|0.20|0\n")),
        ["header_rows 1 2"]
    );
    let behind = found(&format!("T|1|0.30|0.10|0\n{ROW}"));
    assert_eq!(
        behind,
        [
            "header_rows 1 2",
            "rows 1 2",
            "dkje 0.30 0.60",
            "dkye 0.10 0.20"
        ]
    );
}

#[test]
fn q07_amounts_are_in_the_unit_that_the_route_says() {
    let file = format!("{HEADER}{ROW}T|1|0.3|0.1|0\n");
    let feed = Feed::text(file.as_bytes()).setting("amount_unit", "万元");
    let outcome = feed.check::<Banks>("guarantee").unwrap();
    assert_eq!(body(&outcome, 2)["dkje"], "3000");
    assert_eq!(controls(&outcome)[3], ("dkje", "3000.00", "3000.00"));
}

#[test]
fn a_file_that_does_not_begin_as_one_is_refused_as_a_whole() {
    let long = format!("H|{}|CRD01|20261031|1|GB18030\n", "x".repeat(65));
    for (file, code) in [
        ("", "header_missing"),
        (ROW, "header_missing"),
        (&long, "header_wrong"),
        ("H|QXNSYH|CRD02|20261031|0001|GB18030\n", "header_wrong"),
        ("H|QXNSYH|CRD01|20261301|0001|GB18030\n", "header_wrong"),
        ("H|QXNSYH|CRD01|20261031|x|GB18030\n", "header_wrong"),
        ("H||CRD01|20261031|0001|GB18030\n", "header_wrong"),
        ("H|QXNSYH|CRD01\n", "header_wrong"),
    ] {
        let fault = check("guarantee", file.as_bytes()).fault.unwrap();
        assert_eq!(fault.code, code, "{file}");
    }
    let feed = golden("guarantee-fixed", "guarantee-fixed.dat").setting("row_widths", "1,2");
    let fault = feed.check::<Banks>("guarantee-fixed").unwrap().fault;
    assert_eq!(fault.unwrap().code, "widths_wrong");
}

#[test]
fn half_a_character_is_an_error_and_never_a_repair() {
    let outcome =
        golden("guarantee-fixed", "guarantee-fixed.dat").check::<Banks>("guarantee-fixed");
    let outcome = outcome.unwrap();
    assert_eq!(doubts(&outcome, 4), [("character_cut", "jgqc")]);
    assert_eq!(doubts(&outcome, 6), [("line_width", "")]);
    // Its amounts still count.
    let agree =
        |(name, declared, found)| declared == found || matches!(name, "rows" | "header_rows");
    assert!(controls(&outcome).into_iter().all(agree));
    assert_eq!(body(&outcome, 3)["jgqc"], "黔西市𫖮源融资担保有限公司");
}

/// The draft of a row of the pipe file with another field at `at`.
fn with_field(at: usize, field: &str) -> Outcome {
    let mut fields: Vec<&str> = ROW.trim_end().split('|').collect();
    fields[at] = field;
    check(
        "guarantee",
        format!("{HEADER}{}\n", fields.join("|")).as_bytes(),
    )
}

#[test]
fn q01_full_width_amounts_and_dates_are_read() {
    assert_eq!(body(&with_field(7, "３０００.５０"), 2)["dkje"], "3000.5");
    assert_eq!(
        body(&with_field(10, "２０２５０４０１"), 2)["qsrq"],
        "2025-04-01"
    );
    let outcome = with_field(2, "５２０５８１１９８３０６１５０１２９");
    assert_eq!(doubts(&outcome, 2), [("person_without_basis", "id")]);
}

#[test]
fn q03_99991231_says_that_there_is_no_date() {
    for (date, day) in [
        ("20250401", Some("2025-04-01")),
        ("99991231", None),
        ("", None),
    ] {
        assert_eq!(
            body(&with_field(11, date), 2)["dqrq"].as_str(),
            day,
            "{date}"
        );
    }
}

#[test]
fn q10_q11_ids_that_a_spreadsheet_made_numbers_are_left_to_the_judge() {
    assert_eq!(
        body(&with_field(2, "9.15206E+17"), 2)["tyshxydm"],
        "9.15206E+17"
    );
    assert_eq!(
        body(&with_field(2, "780180013.0"), 2)["zzjgdm"],
        "780180013.0"
    );
}

#[test]
fn q13_a_pipe_within_a_name_costs_its_row_and_the_totals_say_so() {
    let outcome = with_field(3, "甲|乙");
    assert_eq!(doubts(&outcome, 2), [("field_count", "")]);
    assert_eq!(controls(&outcome)[0], ("header_rows", "1", "1"));
}
