//! Real lists: every kind of id in them is counted.

use std::collections::BTreeMap;

use super::*;

/// The rows of a real list without its header; `None`, loudly, where it is absent.
fn rows(file: &str) -> Option<Vec<Vec<u8>>> {
    let path = format!(
        "{}/../../../shared/data/real/{file}",
        env!("CARGO_MANIFEST_DIR")
    );
    let Ok(list) = std::fs::read(&path) else {
        eprintln!("skipped: {path} is not there");
        return None;
    };
    let rows = list
        .split(|&b| b == b'\n')
        .skip(1)
        .filter(|row| !row.is_empty());
    Some(rows.map(<[u8]>::to_vec).collect())
}

/// Column `n`, from 0, of a row in which no quote comes before it.
fn column(row: &[u8], n: usize) -> &str {
    std::str::from_utf8(row.split(|&b| b == b',').nth(n).unwrap()).unwrap()
}

#[test]
fn the_ids_of_a_real_tax_list_are_told_apart() {
    let Some(rows) = rows("tax-a-jiangxi-2018.csv") else {
        return;
    };
    let mut counts: BTreeMap<String, u32> = BTreeMap::new();
    for row in &rows {
        let text = column(row, 0);
        let mut count =
            |what: &str| *counts.entry(format!("{} {what}", text.len())).or_default() += 1;
        match TaxId::parse(text, today()) {
            Ok(id) => {
                count(id.value.form().word());
                for warning in [Warnings::INNER_ORG_CHECK, Warnings::ALSO_PERSONAL_ID] {
                    if id.warnings.contains(warning) {
                        count(warning.words().next().unwrap());
                    }
                }
            }
            Err(IdError::OrgCheck { found, .. }) if found.is_ascii_alphabetic() && found != 'X' => {
                count("letter for a check");
            }
            Err(error) => count(error.code()),
        }
    }
    let expected = [
        ("14 id_length", 1),
        ("15 also_personal_id", 13),
        ("15 letter for a check", 3),
        ("15 org_check", 4),
        ("15 taxid15", 978),
        ("16 id_length", 1),
        ("17 branch17", 3),
        ("18 inner_org_check", 1),
        ("18 uscc18", 3935),
        ("18 uscc_check", 4),
    ];
    let expected: BTreeMap<_, _> = expected.map(|(what, n)| (what.to_owned(), n)).into();
    assert_eq!(counts, expected);
}

#[test]
fn every_code_of_the_real_registries_is_right_and_few_regions_are_unknown() {
    for (file, right, unknown) in [
        ("registry-qianxi-county.csv", 397, 0),
        ("registry-guizhou-1981.csv", 145, 0),
        ("registry-guizhou-1997.csv", 1172, 7),
        ("registry-qinghai-2004.csv", 865, 79),
        ("tax-a-heilongjiang-2018-first-500.csv", 497, 47),
    ] {
        let Some(rows) = rows(file) else { continue };
        let codes = rows
            .iter()
            .filter_map(|row| Uscc::parse(column(row, 1)).ok());
        let warnings: Vec<_> = codes.map(|code| code.warnings).collect();
        let odd = warnings
            .iter()
            .filter(|w| w.contains(Warnings::REGION_UNKNOWN))
            .count();
        assert_eq!((warnings.len(), odd), (right, unknown), "{file}");
    }
}
