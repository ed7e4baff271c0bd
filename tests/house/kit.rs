//! A department's developer, with nothing but the binary, cargo and its crates: an adapter is
//! begun, built, tested, tried and fuzzed, and what is wrong with one is said.

use crate::support::{House, Ran, assert_masked, gateway, number, rating};
use serde_json::Value;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

/// The sandbox's commands, run in `folder`, offline.
fn kit(folder: &Path, args: &[&str]) -> Ran {
    let mut command = gateway();
    command.current_dir(folder).arg("adapter").args(args);
    Ran::of(offline(command))
}

/// Builds share one target folder, so that only the first of them builds the SDK's crates.
fn offline(mut command: Command) -> Command {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("kit");
    command
        .env("CARGO_TARGET_DIR", target)
        .env("CARGO_NET_OFFLINE", "true");
    for flags in [
        "RUSTFLAGS",
        "CARGO_ENCODED_RUSTFLAGS",
        "RUSTC_WORKSPACE_WRAPPER",
    ] {
        command.env_remove(flags);
    }
    command
}

/// The folder of a shipped adapter, with its manifest and samples.
fn plugin(name: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../plugins");
    root.join(name).display().to_string()
}

/// An adapter that misbehaves in `mode`, with one sample of these lines.
fn hostile(mode: &str, lines: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, text: &[u8]| std::fs::write(folder.path().join(name), text).unwrap();
    put(
        "adapter.wasm",
        &std::fs::read(env!("HOSTILE_ADAPTER")).unwrap(),
    );
    put("adapter.toml", include_bytes!("../hostile/adapter.toml"));
    put("lines.csv", lines.as_bytes());
    let sample = format!(
        "[[sample]]\nfeed = \"rows\"\nfile = \"lines.csv\"\nsettings = {{ mode = \"{mode}\" }}\n"
    );
    put("samples.toml", sample.as_bytes());
    folder
}

#[test]
fn an_adapter_is_begun_built_tested_tried_and_fuzzed_offline() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    kit(here, &["new", "dafang-tax"]).good();
    let written = |name: &str| std::fs::read_to_string(here.join("dafang-tax").join(name));
    let library = written("src/lib.rs").unwrap();

    // It does what its golden file says in the sandbox, and natively.
    let ran = kit(here, &["test", "dafang-tax"]).good();
    assert!(
        ran.err
            .contains("cargo build --release --target wasm32-unknown-unknown")
    );
    assert!(
        ran.out.contains("all is well") && ran.out.contains("uscc_check"),
        "{}",
        ran.out
    );
    let mut cargo = Command::new(env!("CARGO"));
    cargo
        .current_dir(here.join("dafang-tax"))
        .args(["test", "--quiet"]);
    Ran::of(offline(cargo)).good();

    // Nothing that exists is overwritten.
    let again = kit(here, &["new", "dafang-tax"]).ended(1);
    assert!(
        again.err.contains("is there already; nothing was changed"),
        "{}",
        again.err
    );
    assert_eq!(written("src/lib.rs").unwrap(), library);

    // A row as a person reads it.
    let file = "dafang-tax/feeds/rating/sample.csv";
    let office = "office=国家税务总局大方县税务局";
    let tried = kit(
        here,
        &["try", file, "--adapter", "dafang-tax", "--set", office],
    )
    .good();
    for part in [
        "第 2 行 row 2   纳税信用级别 tax-rating",
        "纳税人识别号",
        "跳过 skipped: total",
    ] {
        assert!(tried.out.contains(part), "{part}: {}", tried.out);
    }
    let fuzz = ["fuzz", "dafang-tax", "--cases", "60", "--format", "json"];
    let fuzzed = kit(here, &fuzz).good().json().remove(0);
    assert_eq!(number(&fuzzed, "cases"), 61);
    assert!(!here.join("fuzz-failures").exists());

    // A change that is not meant is found and told, and one that is meant is blessed.
    let changed = library.replace(".pjnd(row.get(Column::Year))", "");
    std::fs::write(here.join("dafang-tax/src/lib.rs"), changed).unwrap();
    let failed = kit(here, &["test", "dafang-tax"]).ended(1);
    for part in [
        "line 2",
        "golden: draft 2",
        "\"pjnd\":\"2025\"",
        "found:  draft 2",
    ] {
        assert!(failed.out.contains(part), "{part}: {}", failed.out);
    }
    let blessed = kit(here, &["test", "dafang-tax", "--bless"]).good();
    assert!(blessed.out.contains("written"), "{}", blessed.out);
    kit(here, &["test", "dafang-tax"]).good();
    kit(here, &["pack", "dafang-tax"]).good();
    assert!(here.join("dafang-tax-0.1.0.adapter").is_file());
}

#[test]
fn a_name_that_cannot_be_and_an_sdk_that_is_none_are_refused_and_leave_nothing() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["Tax", "../tax", "2x", "async", "credit-sdk"] {
        let ran = kit(folder.path(), &["new", name]).ended(1);
        assert!(ran.err.contains("help: take one like"), "{}", ran.err);
    }
    let ran = kit(folder.path(), &["new", "tax", "--sdk", "."]).ended(7);
    assert!(ran.err.contains("gateway adapter sdk --out"), "{}", ran.err);
    let ran = kit(folder.path(), &["sdk", "--out", "."]).ended(1);
    assert!(ran.err.contains("holds no SDK"), "{}", ran.err);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);

    // The SDK out of the binary, shared by an adapter, and written anew.
    kit(folder.path(), &["sdk", "--out", "shared/sdk"]).good();
    kit(folder.path(), &["sdk", "--out", "shared/sdk"]).good();
    kit(
        folder.path(),
        &["new", "tax", "--sdk", "shared/sdk", "--in", "adapters"],
    )
    .good();
    let manifest = std::fs::read_to_string(folder.path().join("adapters/tax/Cargo.toml")).unwrap();
    assert!(manifest.contains("shared/sdk\" }"), "{manifest}");
    assert!(!folder.path().join("adapters/tax/sdk").exists());
}

#[test]
fn a_folder_that_holds_no_adapter_or_no_sample_says_what_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let ran = kit(folder.path(), &["test", "."]).ended(7);
    assert!(ran.err.contains("gateway adapter new NAME"), "{}", ran.err);
    let hostile = hostile("good", "");
    std::fs::remove_file(hostile.path().join("samples.toml")).unwrap();
    let ran = kit(hostile.path(), &["fuzz", "."]).ended(7);
    assert!(ran.err.contains("--feed FEED --file FILE"), "{}", ran.err);
    let one = [
        "test",
        ".",
        "--feed",
        "rows",
        "--file",
        "lines.csv",
        "--set",
    ];
    for (set, said) in [
        ("mode=none", "is not what it can be: good, trap_row"),
        ("mood=good", "has no setting \"mood\"; it has: mode"),
        ("mode", "write --set NAME=VALUE"),
    ] {
        let ran = kit(hostile.path(), &[&one[..], &[set]].concat()).ended(7);
        assert!(ran.err.contains(said), "{}", ran.err);
    }
}

/// The shipped adapters do in the sandbox what their golden files say.
#[test]
fn every_shipped_adapter_passes_its_own_test() {
    for name in ["tax", "market", "courts", "banks"] {
        let folder = plugin(name);
        let ran = kit(
            Path::new("."),
            &["test", &folder, "--shipped", "--format", "json"],
        )
        .good();
        assert_masked(&ran.out);
        for sample in ran.json() {
            assert_eq!(sample["golden"], "agrees", "{sample}");
            assert!(number(&sample, "memory_bytes") > 0, "{sample}");
        }
    }
}

#[test]
fn what_an_adapter_does_wrong_is_named_by_its_test() {
    let lines = rating(1);
    for (mode, said) in [
        ("trap", "adapter_trap"),
        ("memory", "adapter_memory"),
        ("loop", "adapter_timeout"),
        ("lie_consumed", "adapter_lie"),
        ("good", "write it with --bless"),
    ] {
        let folder = hostile(mode, &lines);
        let ran = kit(folder.path(), &["test", "."]).ended(1);
        assert!(
            ran.out.contains("失败 failed") && ran.out.contains(said),
            "{mode}: {}",
            ran.out
        );
    }
}

#[test]
fn a_case_that_fails_is_kept_and_comes_again_by_its_seed_and_number() {
    let lines: String = (0..20).map(rating).collect();
    let folder = hostile("trap_row", &lines.replace("第7税务", "TRAP"));
    let here = folder.path();
    let fuzz = [
        "fuzz", ".", "--cases", "3", "--seed", "9", "--format", "json",
    ];
    let found = kit(here, &fuzz).ended(1).json().remove(0);
    let failures = found["failures"].as_array().unwrap().clone();
    assert!(!failures.is_empty() && failures.len() <= 4, "{found}");
    for failure in &failures {
        let case = number(failure, "case").to_string();
        assert!(
            failure["what"].to_string().contains("adapter_trap"),
            "{failure}"
        );
        let kept = std::fs::read(here.join(failure["file"].as_str().unwrap())).unwrap();
        let again = [
            "fuzz", ".", "--seed", "9", "--case", &case, "--out", "again", "--format",
        ];
        let again = kit(here, &[&again[..], &["json"]].concat())
            .ended(1)
            .json()
            .remove(0);
        assert_eq!(again["failures"][0]["what"], failure["what"]);
        let file = again["failures"][0]["file"].as_str().unwrap();
        assert_eq!(std::fs::read(here.join(file)).unwrap(), kept);
    }
    // Case 0 is the sample itself.
    assert_eq!(number(&failures[0], "case"), 0);
    let text = kit(here, &["fuzz", ".", "--case", "0"]).ended(1);
    assert!(
        text.out.contains("重现 again: gateway adapter fuzz"),
        "{}",
        text.out
    );
}

#[test]
fn a_file_is_shown_as_a_route_reads_it_and_nothing_is_stored() {
    let house = House::new();
    house.route("ratings", "tax", "");
    let mut list = crate::support::ratings(0..2);
    list.push_str("520581198306150129,张某某,2025,国家税务总局黔西市税务局\n");
    list.push_str("91520581MA6DEMQ1XK,黔西市永利建材有限公司,2025,某局\n");
    house.put("list.csv", list);
    let file = house.path("list.csv").display().to_string();
    let args = ["adapter", "try", &file, "--route", "ratings"];
    let ran = house.run(&args).good();
    assert_masked(&ran.out);
    for part in [
        "评价年度",
        "pjnd",
        "存疑 doubtful",
        "[uscc_check]",
        "nothing was stored or sent",
    ] {
        assert!(ran.out.contains(part), "{part}: {}", ran.out);
    }
    let entries = house.ask(&args);
    let of = |kind: &str| {
        entries
            .iter()
            .filter(|e| e["kind"] == kind)
            .collect::<Vec<&Value>>()
    };
    assert_eq!(of("skipped").len(), 1, "{entries:?}");
    assert_eq!(of("record").len() + of("doubtful").len(), 4);
    let field = &of("record")[0]["fields"][0];
    assert_eq!(
        (&field["code"], &field["title_zh"]),
        (&"nsrsbh".into(), &"纳税人识别号".into())
    );
    assert_eq!(number(of("sum")[0], "rows"), 5);
    assert!(!house.path("state").exists());
    assert_eq!(house.platform.stats().requests, 0);

    // A file that is none of the route's feed: what is wrong, and an exit code of its own.
    house.put("list.csv", "编号,备注\n1,2\n");
    let ran = house.run(&args).ended(6);
    assert!(ran.out.contains("无法读取 cannot be read"), "{}", ran.out);
    let ran = house
        .run(&["adapter", "try", &file, "--adapter", "taxes", "--feed", "x"])
        .ended(7);
    assert!(
        ran.err.contains("there are: banks, courts, market, tax"),
        "{}",
        ran.err
    );
    let ran = house
        .run(&["adapter", "try", &file, "--adapter", "tax", "--feed", "x"])
        .ended(7);
    assert!(
        ran.err.contains("it has: rating, rating-table"),
        "{}",
        ran.err
    );
    let ran = house
        .run(&["adapter", "try", &file, "--route", "none"])
        .ended(7);
    assert!(ran.err.contains("routes are: ratings"), "{}", ran.err);
}

/// The synthetic feeds beside the checkout: plugin, feed, settings.
const SYNTHETIC: [(&str, &str, &str, &[&str]); 13] = [
    ("tax", "tax/t1-rating-layout-a.csv", "rating", &["level=A"]),
    ("tax", "tax/t1-rating-layout-b.csv", "rating", &["level=A"]),
    ("tax", "tax/t2-arrears-2026q3.csv", "arrears", &[]),
    ("tax", "tax/t2-arrears-2026q3.xlsx", "arrears", &[]),
    (
        "market",
        "market/m1-registration.csv",
        "registration",
        &["capital_unit=万元"],
    ),
    ("market", "market/m2-abnormal.csv", "abnormal", &[]),
    (
        "market",
        "market/m4-penalties.xml",
        "penalty-xml",
        &["amount_unit=元"],
    ),
    ("market", "publicity/penalty-gen1.csv", "penalty", &[]),
    ("market", "publicity/penalty-gen2.csv", "penalty", &[]),
    ("courts", "courts/k1-dishonest.jsonl", "dishonest-json", &[]),
    ("courts", "courts/k3-dishonest.dat", "dishonest-bulk", &[]),
    (
        "banks",
        "banks/QXNSYH_CRD01_20261031_0001.txt",
        "guarantee",
        &[],
    ),
    (
        "banks",
        "banks/QXNSYH_CRD01_20261231_0003.txt",
        "guarantee",
        &["legal_basis=黔府办1号"],
    ),
];

/// Every feed of the shipped adapters, damaged in `cases` ways: no trap, no hang, no lost row.
fn damage(cases: &str, synthetic: bool) {
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("fuzz-failures");
    let fuzz = |name: &str, more: &[&str]| {
        let folder = plugin(name);
        let out = out.display().to_string();
        let shipped = ["fuzz", &folder, "--shipped"];
        let args = [&shipped[..], &["--cases", cases, "--out", &out]].concat();
        let ran = kit(Path::new("."), &[&args[..], more].concat()).good();
        println!("{}", ran.out);
    };
    for name in ["tax", "market", "courts", "banks"] {
        fuzz(name, &[]);
    }
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/synthetic");
    for (name, file, feed, settings) in SYNTHETIC.into_iter().filter(|_| synthetic) {
        let path = data.join(file);
        if !path.exists() {
            eprintln!("SKIPPED: {file} is not in ../shared/data");
            continue;
        }
        let path = path.display().to_string();
        let mut more = vec!["--feed", feed, "--file", &path];
        settings.iter().for_each(|set| more.extend(["--set", set]));
        fuzz(name, &more);
    }
}

#[test]
fn damaged_feeds_of_every_kind_lose_no_row_and_stop_nothing() {
    damage("60", false);
}

/// `cargo test -p gateway --test house ten_thousand -- --ignored --nocapture`
#[test]
#[ignore = "takes minutes"]
fn ten_thousand_damaged_variants_of_every_feed_lose_no_row_and_stop_nothing() {
    damage("10000", true);
}
