//! Snapshots that were not read wholly and well.

use crate::support::{House, number, rating};
use serde_json::Value;
use std::path::Path;

/// Lays an adapter that was built for the tests out for the house, with another manifest.
fn install(house: &House, name: &str, file: &str, manifest: &str) {
    let built = Path::new(env!("HOSTILE_ADAPTER")).with_file_name(format!("{file}.wasm"));
    let core = std::fs::read(built).unwrap();
    house.put(&format!("adapters/{name}/adapter.wasm"), core);
    house.put(&format!("adapters/{name}/adapter.toml"), manifest);
    house.gateway("[adapters]\ndir = \"../adapters\"\npolicy = \"development\"");
}

#[test]
fn a_snapshot_with_a_stretch_cut_out_says_of_nobody_that_he_is_absent() {
    let house = House::new();
    let manifest = include_str!("../../hostile/adapter.toml");
    let manifest = manifest.replace("text = true", "text = true\nsnapshot = true");
    install(&house, "hostile", "hostile_adapter", &manifest);
    let more = "[snapshot]\nabsent_max_percent = 100";
    house.route("list", "mode = \"trap_row\"", more);
    let rows = |numbers: &[u32]| numbers.iter().map(|n| rating(*n)).collect::<String>();
    house.put("feeds/list/1.csv", rows(&[1, 2, 3]));
    house.once("list");
    house.put("feeds/list/2.csv", rows(&[3]));
    house.once("list");
    let told = house.books("list")["removals"].clone();
    assert_eq!(number(&told, "pending"), 2);
    house.put("feeds/list/3.csv", rows(&[1]) + "x,TRAP,2025,y\n");
    house.once("list");
    let told = house.books("list")["removals"].clone();
    // What is there is there; what is not may be what was cut out.
    assert_eq!(
        (number(&told, "pending"), &told["file"]),
        (1, &"2.csv".into())
    );
    let unusable = told["unusable"].as_str().unwrap();
    assert!(
        unusable.starts_with("3.csv") && unusable.contains("adapter_trap"),
        "{told}"
    );
    let text = house.run(&["status"]).good().out;
    assert!(
        text.contains("snapshot not compared   list: 3.csv"),
        "{text}"
    );
}

/// A notice of these taxpayers' arrears, each of 100, and what it says that they sum up to.
fn arrears(names: &[&str], sum: u32) -> String {
    let row = |name: &&str| format!("1,{name},91520581MA6DEMQ1XJ,,,,增值税,100,\n");
    let rows: String = names.iter().map(row).collect();
    format!(
        "国家税务总局黔西市税务局欠税公告（2024年第三季度）,,,,,,,,\n单位：元,,,,,,,,\n\
         序号,纳税人名称,纳税人识别号,法定代表人或负责人,身份证件号码,经营地点,欠税税种,欠税余额,\
         当期新发生\n{rows}合计,,,,,,,{sum},\n国家税务总局黔西市税务局,,,,,,,,\n\
         2024年10月15日,,,,,,,,\n"
    )
}

#[test]
fn a_snapshot_that_is_held_says_of_nobody_that_he_is_absent() {
    let house = House::new();
    let manifest = include_str!("../../../plugins/tax/adapter.toml")
        .replace("name = \"tax\"", "name = \"tax-whole\"")
        .replace("controls = true", "controls = true\nsnapshot = true");
    install(&house, "tax-whole", "credit_adapter_tax", &manifest);
    house.route("list", "tax", "[snapshot]");
    let path = house.path("configs/routes/list.toml");
    let route = std::fs::read_to_string(&path).unwrap();
    let route = route
        .replace("\"tax\"", "\"tax-whole\"")
        .replace("\"rating\"", "\"arrears\"")
        .replace("level = \"A\"", "");
    house.put("configs/routes/list.toml", route);
    house.put(
        "feeds/list/1.csv",
        arrears(&["黔西市永利建材有限公司"], 100),
    );
    assert_eq!(number(&house.once("list"), "delivered"), 1);
    house.put("feeds/list/2.csv", arrears(&[], 100));
    let books = house.once("list");
    let told: &Value = &books["removals"];
    assert_eq!(
        (number(told, "pending"), &told["file"]),
        (0, &"1.csv".into())
    );
    let unusable = told["unusable"].as_str().unwrap();
    assert!(
        unusable.starts_with("2.csv") && unusable.contains("control_mismatch"),
        "{told}"
    );
}
