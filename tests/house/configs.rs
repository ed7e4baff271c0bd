//! Every route that `configs/` shows is used: read from a file or a service of the kind it names,
//! with the settings it has, and delivered.

use crate::support::{House, number};
use std::collections::BTreeMap;
use std::path::Path;

const CONFIGS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../configs");
const PLUGINS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../plugins");

/// A bank's file whose totals agree; it is written in GB18030.
const GUARANTEE: &str = "H|QXNSYH|CRD01|20261031|0001|GB18030\n\
    D|1|91520581MA6DEMQ1XJ|黔西市永利建材有限公司|HT2025000123|JJ2025000456|001|5000000.00|4200000.00|\
    02|20250401|20270331|0.00|0\n\
    T|0001|5000000.00|4200000.00|0.00\n";

/// How a route is used.
enum Used {
    /// A file of that name is laid into its folder: what it holds, from the folder of plugins.
    File(&'static str, &'static str),
    /// It has a source that another test starts a server for.
    By(&'static str),
}

fn uses() -> BTreeMap<&'static str, Used> {
    use Used::{By, File};
    BTreeMap::from([
        (
            "banks-guarantee",
            File("NSYH_CRD01_20261031_0001.txt", GUARANTEE),
        ),
        (
            "courts-dishonest",
            File("full.jsonl", "courts/golden/dishonest.jsonl"),
        ),
        (
            "market-penalties",
            File("penalties.csv", "market/golden/generation-2.csv"),
        ),
        ("market-penalties-http", By("pulls")),
        ("market-penalties-sftp", By("transfer")),
        ("market-penalties-sql", By("sql")),
        (
            "tax-arrears",
            File("arrears.xlsx", "tax/golden/arrears.xlsx"),
        ),
        (
            "tax-rating",
            File("rating.csv", "tax/golden/rating-layout-a.csv"),
        ),
        ("tax-rating-push", By("push")),
    ])
}

/// The shipped configuration in a house, its platform on loopback.
fn house() -> House {
    let house = House::new();
    let read = |name: &str| std::fs::read_to_string(Path::new(CONFIGS).join(name)).unwrap();
    let url = house.platform.url("");
    let gateway = read("gateway.toml")
        .replace(
            "https://${COUNTY_HOST:-credit.county.example}/api/report",
            &format!("{url}/push"),
        )
        .replace(
            "https://${COUNTY_HOST:-credit.county.example}/api/repair",
            &format!("{url}/repairData"),
        )
        .replace("listen = \"127.0.0.1:9464\"", "listen = \"127.0.0.1:0\"");
    assert!(gateway.contains(&format!("{url}/push")), "{gateway}");
    house.put("configs/gateway.toml", gateway);
    for name in ["publicity.toml", "holidays.toml"] {
        house.put(&format!("configs/{name}"), read(name));
    }
    house
}

#[test]
fn every_route_that_is_shown_is_read_and_delivered() {
    let mut uses = uses();
    let house = house();
    let folder = std::fs::read_dir(Path::new(CONFIGS).join("routes")).unwrap();
    for entry in folder {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let used = uses.remove(name.as_str());
        let used = used.unwrap_or_else(|| panic!("no test uses configs/routes/{name}.toml"));
        let text = std::fs::read_to_string(&path).unwrap();
        let (file, sample) = match used {
            Used::File(file, sample) => (file, sample),
            Used::By(module) => {
                assert!(text.contains("paused = true"), "{name} is used by {module}");
                continue;
            }
        };
        let folder = text.lines().find_map(|l| l.strip_prefix("dir = \"../../"));
        let folder = folder.unwrap().trim_end_matches('"');
        let content = match sample == GUARANTEE {
            true => encoding_rs::GB18030.encode(sample).0.into_owned(),
            false => std::fs::read(Path::new(PLUGINS).join(sample)).unwrap(),
        };
        let stem = file.rsplit_once('.').unwrap().0;
        let digest = <sha2::Sha256 as sha2::Digest>::digest(&content);
        let digest: String = digest.iter().map(|b| format!("{b:02x}")).collect();
        let rows = content.iter().filter(|b| **b == b'\n').count();
        let ok = match name.starts_with("banks") {
            true => format!("{file}|{}|{rows}|{digest}", content.len()),
            false => String::new(),
        };
        house.put(&format!("{folder}/{file}"), &content);
        house.put(&format!("{folder}/{stem}.ok"), ok);
        let quick = text.replace("stable_ms = 5_000", "stable_ms = 0");
        house.put(&format!("configs/routes/{name}.toml"), quick);
        let ran = house
            .command(&["once", &name, "--format", "json"])
            .env("COUNTY_TOKEN", "t")
            .output();
        let ran = ran.unwrap();
        let said = String::from_utf8_lossy(&ran.stderr).into_owned();
        let books: serde_json::Value =
            serde_json::from_slice(&ran.stdout).unwrap_or_else(|e| panic!("{name}: {e}: {said}"));
        assert!(number(&books, "delivered") > 0, "{name}: {books} {said}");
    }
    let unused: Vec<_> = uses.into_keys().collect();
    assert!(unused.is_empty(), "configs/routes has none of {unused:?}");
}
