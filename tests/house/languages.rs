//! Adapters in other languages: the worked examples in Rust, JavaScript and Python make the same
//! of the same files, in the sandbox and on the way through the whole, however a file is cut.
//!
//! A guest with a language's engine in it has a dozen megabytes, so it is built here, by the
//! commands that its README tells. Where its tools are not installed the test says `SKIPPED`; with
//! `REQUIRE_TOOLS` in the environment it fails instead.

mod golden;

use crate::support::{House, number};
use credit_adapter::{Adapter, CallError, Installed, Limits, STACK_BYTES, Sandbox};
use golden::{Outcome, call};
use std::path::Path;
use std::process::Command;

const EXAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../sdk/examples");

/// Sizes of pieces, in bytes.
const CUTS: [usize; 5] = [1, 7, 61, 509, 1 << 20];

/// Whose rows of `golden/rating.csv` the judge lets pass.
const DELIVERED: [&str; 5] = [
    "大方县\"丽华\"酒店管理有限公司",
    "大方县同心\n商贸有限公司",
    "大方县恒兴煤业有限责任公司",
    "大方县永利建材有限公司",
    "大方县百货,土产公司",
];

/// An example whose component is made by tools of its own.
struct Example {
    /// Its folder under `sdk/examples`.
    folder: &'static str,
    /// The last of what is installed once, as its README tells.
    installed: &'static str,
    /// What tests it without a sandbox, and builds its component.
    steps: &'static [&'static str],
}

const JAVASCRIPT: Example = Example {
    folder: "javascript",
    installed: "node_modules/.bin/componentize-js",
    steps: &["npm test", "npm run build"],
};

const PYTHON: Example = Example {
    folder: "python",
    installed: "bindings/wit_world",
    steps: &[
        "PYTHONPATH=bindings .venv/bin/python -m unittest",
        ".venv/bin/componentize-py --wit-path ../../wit/v1 --world adapter componentize \
         --stub-wasi --output adapter.wasm rating",
    ],
};

impl Example {
    /// Its component, made anew by the commands of its README; none where its tools are missing.
    fn component(&self) -> Option<Vec<u8>> {
        let folder = Path::new(EXAMPLES).join(self.folder);
        let readme = std::fs::read_to_string(folder.join("README.md")).unwrap();
        if !folder.join(self.installed).exists() {
            let missing = format!("sdk/examples/{}: nothing is installed", self.folder);
            assert!(std::env::var_os("REQUIRE_TOOLS").is_none(), "{missing}");
            eprintln!("SKIPPED: {missing} (its README tells what to type)");
            return None;
        }
        for step in self.steps {
            assert!(readme.contains(step), "its README does not say: {step}");
            let mut shell = Command::new("sh");
            let ran = shell
                .args(["-c", step])
                .current_dir(&folder)
                .output()
                .unwrap();
            let said = [ran.stdout, ran.stderr].concat();
            assert!(
                ran.status.success(),
                "{step}\n{}",
                String::from_utf8_lossy(&said)
            );
        }
        Some(std::fs::read(folder.join("adapter.wasm")).unwrap())
    }
}

/// Installs an example in a house and sends its list all the way to the platform; the name of the
/// adapter.
fn deliver(house: &House, folder: &str, component: &[u8]) -> String {
    let examples = Path::new(EXAMPLES);
    let manifest = std::fs::read_to_string(examples.join(folder).join("adapter.toml")).unwrap();
    let table: toml::Table = manifest.parse().unwrap();
    let name = table["name"].as_str().unwrap().to_owned();
    house.gateway("[adapters]\ndir = \"../adapters\"\npolicy = \"development\"");
    house.put(&format!("adapters/{name}/adapter.toml"), &manifest);
    house.put(&format!("adapters/{name}/adapter.wasm"), component);
    let list = std::fs::read(examples.join("golden/rating.csv")).unwrap();
    house.put("feeds/rating/rating.csv", list);
    let route = format!(
        r#"
adapter = "{name}"
feed = "rating"
targets = ["county"]
[department]
name = "大方县税务局"
[source]
kind = "files"
dir = "../../feeds/rating"
glob = "*.csv"
ready = {{ stable_ms = 0 }}
[schedule]
every_ms = 100
"#
    );
    house.put("configs/routes/rating.toml", route);
    let books = house.once("rating");
    let of = |fate| number(&books, fate);
    let fates = (of("drafted"), of("delivered"), of("doubtful"));
    assert_eq!(fates, (11, 5, 6), "{folder}: {books}");
    let rows = house.rows("tax-rating");
    let mut names: Vec<_> = rows
        .iter()
        .map(|row| row["nsrmc"].as_str().unwrap())
        .collect();
    names.sort_unstable();
    assert_eq!(names, DELIVERED, "{folder}");
    name
}

/// The adapter in the sandbox, as the house's own gateway has compiled it.
fn sandboxed(house: &House, name: &str) -> Adapter {
    let installed = Installed::read(&house.path("adapters").join(name)).unwrap();
    let sandbox = Sandbox::start(&house.path("state/compiled"), STACK_BYTES).unwrap();
    // Time is the machine's, and it is busy with other tests.
    sandbox
        .load(&installed, Limits::of(1_024, 60_000, 32, 1_024))
        .unwrap()
}

/// What every example must do, and the name of its fault where it is handed a carry that it did
/// not write.
fn keeps_the_contract(folder: &str, component: &[u8], carry_fault: &str) {
    let house = House::new();
    let name = deliver(&house, folder, component);
    let adapter = sandboxed(&house, &name);
    for file in ["rating.csv", "rating-crlf.csv", "rating-other-header.csv"] {
        let path = Path::new(EXAMPLES).join("golden").join(file);
        let golden = std::fs::read_to_string(format!("{}.golden", path.display())).unwrap();
        let list = golden::decoded(&std::fs::read(path).unwrap());
        for piece_bytes in CUTS {
            let found = Outcome::of(&adapter, &list, piece_bytes).to_string();
            assert_eq!(
                found, golden,
                "{folder}, {file} in pieces of {piece_bytes} bytes"
            );
        }
    }

    // Records that the host cut out are counted.
    let (first, second) = (
        "税号,名称,等级,年度\n",
        "91520581MA6DEMQ1XJ,某公司,A,2025\n",
    );
    let page = call(&adapter, first.as_bytes(), 0, false, 0, &[]).unwrap();
    let behind = first.len() + 100;
    let page = call(&adapter, second.as_bytes(), behind, true, 3, &page.carry).unwrap();
    assert_eq!(page.drafts[0].source_row, 5, "{folder}");

    // An exception that nobody foresaw is a fault with a name, and no trap.
    match call(&adapter, second.as_bytes(), behind, true, 0, b"{").unwrap_err() {
        CallError::Feed { code, zh, en, .. } => {
            assert_eq!(code, carry_fault, "{folder}");
            assert!(!zh.is_empty() && !en.is_empty());
        }
        other => panic!("{folder}: {other}"),
    }
}

#[test]
fn the_example_in_rust_passes_the_golden_files() {
    let component = std::fs::read(env!("EXAMPLE_ADAPTER")).unwrap();
    keeps_the_contract("rust", &component, "carry_unreadable");
}

#[test]
fn the_example_in_javascript_passes_the_same_golden_files() {
    if let Some(component) = JAVASCRIPT.component() {
        keeps_the_contract("javascript", &component, "adapter_error");
    }
}

#[test]
fn the_example_in_python_passes_the_same_golden_files() {
    if let Some(component) = PYTHON.component() {
        keeps_the_contract("python", &component, "adapter_error");
    }
}
