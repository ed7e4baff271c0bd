//! Real registers and lists: every row is accounted for, and the quirks come out as counted.

use std::collections::BTreeSet;

use credit_sdk::testkit::{Feed, Outcome};

use super::{bodies, check, doubts, shared};

/// A real file, and that each of its rows is a draft or a doubt.
fn read(name: &str, feed: &str, rows: u64, settings: &[(&str, &str)]) -> Option<Outcome> {
    let path = shared(&format!("real/{name}"))?;
    let mut file = Feed::read(path).unwrap();
    for (name, value) in settings {
        file = file.setting(name, value);
    }
    let outcome = check(&file, feed);
    assert_eq!(outcome.fault, None, "{name}");
    assert_eq!(outcome.rows(), rows + 1, "{name}");
    assert_eq!(outcome.page.skipped.len(), 1, "{name}: only the header");
    let told: BTreeSet<u64> = outcome.drafts().map(|draft| draft.source_row).collect();
    assert_eq!(told.len() as u64, rows, "{name}");
    Some(outcome)
}

#[test]
fn the_registers_are_read_with_every_form_of_capital() {
    // Rows, capital N/A, currencies named: CNY, USD, HKD, type N/A.
    for (name, rows, none, [cny, usd, hkd], no_type) in [
        ("qianxi-county", 397, 166, [49, 0, 0], 355),
        ("guizhou-1981", 145, 35, [70, 0, 0], 75),
        ("guizhou-1997", 1172, 361, [275, 6, 0], 1058),
        ("qinghai-2004", 865, 291, [5, 1, 1], 850),
    ] {
        let file = format!("registry-{name}.csv");
        let Some(outcome) = read(&file, "registration", rows, &[]) else {
            return;
        };
        assert_eq!(doubts(&outcome), [], "{name}");
        let bodies = bodies(&outcome);
        let count = |wanted: &dyn Fn(&serde_json::Value) -> bool| {
            bodies.iter().filter(|(_, body)| wanted(body)).count()
        };
        assert_eq!(count(&|body| body["zczj"].is_null()), none, "{name}");
        for (code, rows) in [("CNY", cny), ("USD", usd), ("HKD", hkd)] {
            assert_eq!(count(&|body| body["zjbz"] == code), rows, "{name}: {code}");
        }
        assert_eq!(count(&|body| body["qylxmc"].is_null()), no_type, "{name}");
        let register = "registration@register";
        assert!(outcome.drafts().all(|draft| draft.directory == register));
    }
}

#[test]
fn q07_a_register_whose_capital_has_no_unit_is_read_by_the_routes_setting_alone() {
    let name = "market-base-ningbo-1.csv";
    let Some(outcome) = read(name, "registration", 384, &[]) else {
        return;
    };
    assert_eq!(doubts(&outcome).len(), 384);
    assert!(
        doubts(&outcome)
            .iter()
            .all(|doubt| doubt.2 == "unit_unknown")
    );

    let outcome = read(name, "registration", 384, &[("capital_unit", "元")]).unwrap();
    assert_eq!(doubts(&outcome), []);
    let bodies = bodies(&outcome);
    let count = |field: &str, value: Option<&str>| {
        let rows = bodies.iter();
        rows.filter(|(_, body)| body[field].as_str() == value)
            .count()
    };
    assert_eq!(count("zjbz", None), 139);
    assert_eq!(count("zjbz", Some("美元")), 1);
    assert_eq!(count("jyjzrq", Some("2099-12-31")), 384);
    assert_eq!(count("qylxmc", Some("个体工商户")), 168);
    assert_eq!(count("jyfw", None), 58);
    let states = ["存续", "注销", "吊销"].map(|state| count("djzt", Some(state)));
    assert_eq!(states, [256, 124, 4]);
    // Region and organisation code where a registration number belongs.
    assert_eq!(count("gszch", None), 384);
    assert_eq!(count("gszch_src", None), 0);
    // Q11: `5245.0`. Where the code is unknown, the name is there all the same.
    let is_code = |code: &str| code.len() == 4 && code.bytes().all(|b| b.is_ascii_digit());
    let codes = bodies
        .iter()
        .filter_map(|(_, body)| body["sshydm"].as_str());
    assert_eq!(codes.filter(|code| is_code(code)).count(), 326);
    assert_eq!(count("sshymc", Some("未知行业")) + count("sshymc", None), 0);
}

#[test]
fn a_row_of_a_list_is_one_event_or_two() {
    let Some(outcome) = read("market-abnormal-ningbo-1.csv", "abnormal", 30, &[]) else {
        return;
    };
    assert_eq!(outcome.drafts().count(), 50);
    assert_eq!(doubts(&outcome).len(), 10);
    assert!(
        doubts(&outcome)
            .iter()
            .all(|d| d.1 == "ycrq" && d.2 == "exit_incomplete")
    );
    assert!(
        bodies(&outcome)
            .iter()
            .all(|(_, body)| body["yydm"].is_string())
    );

    let outcome = read("market-serious-ningbo-1.csv", "serious", 12, &[]).unwrap();
    assert_eq!(outcome.drafts().count(), 15);
    assert_eq!(doubts(&outcome), []);
}
