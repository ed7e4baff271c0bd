//! The contract is frozen: its text is what it was, and a component built of it then loads now
//! and is served through and through.

use crate::support::versions::UNSIGNED;
use crate::support::{House, number};
use sha2::{Digest as _, Sha256};

/// SHA-256 of `sdk/wit/v1/adapter.wit`. It never changes; what the contract lacks comes in a `v2`.
const CONTRACT: &str = "83ce15a76f818a9515a2b568f591f5c3632fe560c80b1e18993534616a3da73a";

fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[test]
fn the_text_of_contract_1_is_what_it_was() {
    assert_eq!(
        digest(include_bytes!("../../sdk/wit/v1/adapter.wit")),
        CONTRACT
    );
}

#[test]
fn a_component_of_contract_1_built_then_is_served_now() {
    let house = House::new();
    house.put(
        "adapters/frozen/adapter.wasm",
        include_bytes!("../frozen/adapter-v1.wasm"),
    );
    house.put(
        "adapters/frozen/adapter.toml",
        include_bytes!("../frozen/adapter.toml"),
    );
    house.gateway(UNSIGNED);
    house.route("frozen", "directory = \"tax-rating\"", "[chunk]\nkib = 4");
    let path = house.path("configs/routes/frozen.toml");
    let route = std::fs::read_to_string(&path)
        .unwrap()
        .replace("\"hostile\"", "\"frozen\"");
    std::fs::write(&path, route).unwrap();
    let row = |n: u32| format!("91520581MA6DEMQ1XJ,黔西市第{n}建材有限公司\n");
    let rows: String = (0..500).map(row).collect();
    house.put("feeds/frozen/list.csv", format!("id,name\n{rows}?x,y\n"));
    let books = house.once("frozen");
    // The rows lack columns that the directory needs: what was made of them is kept for a person,
    // with the row that it came from.
    assert_eq!(number(&books, "drafted"), 501, "{books}");
    assert_eq!(number(&books, "skipped"), 1);
    let doubts = house.ask(&["doubts", "--code", "asked"]);
    assert_eq!(number(&doubts[0], "source_row"), 502);
    assert_eq!(doubts[0]["message_zh"], "存疑");
}
