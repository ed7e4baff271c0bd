//! The order of the house, held against the files themselves: who may know whom, how long a file
//! is, what lies where. Each check is a function of what it is given, and is seen to fail as well.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use toml::Table;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
const LINES_MAX: usize = 400;
const LINE_CHARS_MAX: usize = 100;

/// What lies in the root of the repository beside dotfiles.
const ROOT_NAMES: [&str; 10] = [
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE",
    "README.md",
    "configs",
    "gateway",
    "plugins",
    "rust-toolchain.toml",
    "sdk",
    "tests",
];

/// Names that say nothing of what is behind them.
const EMPTY_NAMES: [&str; 8] = [
    "base", "common", "core", "helper", "helpers", "manager", "util", "utils",
];

/// Text that has no business in a finished file, in two halves so that it does not stand here.
const STRAY: [(&str, &str); 7] = [
    ("/ro", "ot/"),
    ("/ho", "me/"),
    ("/Us", "ers/"),
    ("\\Us", "ers\\"),
    ("TO", "DO"),
    ("FIX", "ME"),
    ("unimplemen", "ted!"),
];

/// Files of the repository, by path, as text.
type Files = BTreeMap<String, String>;

/// All files but those of git and those that it is told to ignore.
fn files() -> Files {
    let ignored = fs::read_to_string(Path::new(ROOT).join(".gitignore")).unwrap();
    let ignored: Vec<&str> = ignored
        .lines()
        .map(|line| line.strip_prefix('/').expect("paths from the root"))
        .map(|name| name.trim_end_matches('/'))
        .chain([".git"])
        .collect();
    let mut files = Files::new();
    let mut folders = vec![String::new()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(Path::new(ROOT).join(&folder)).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            let path = format!("{folder}{name}");
            if ignored.contains(&path.as_str()) {
                continue;
            }
            if entry.file_type().unwrap().is_dir() {
                folders.push(format!("{path}/"));
            } else {
                let bytes = fs::read(entry.path()).unwrap();
                files.insert(path, String::from_utf8_lossy(&bytes).into_owned());
            }
        }
    }
    files
}

/// Files made up for a check to fail on.
fn made_up<const N: usize>(files: [(&str, &str); N]) -> Files {
    let owned = |(path, text): (&str, &str)| (path.to_owned(), text.to_owned());
    files.map(owned).into()
}

/// Crates: the folder, the manifest.
fn crates(files: &Files) -> Vec<(&str, Table)> {
    let manifests = files.iter().filter_map(|(path, text)| {
        let folder = path.strip_suffix("/Cargo.toml")?;
        Some((folder, text.parse().unwrap()))
    });
    manifests.collect()
}

fn name_of(manifest: &Table) -> &str {
    manifest["package"]["name"].as_str().unwrap()
}

/// Which crates of the house the crate in `folder` may know; for tests alone, where `dev` is set.
fn may_know(folder: &str, dev: bool) -> Option<&'static [&'static str]> {
    Some(match folder {
        "sdk" | "gateway/record" | "gateway/remote" => &[],
        "gateway/config" | "gateway/sql" => &["credit-record"],
        "gateway/deliver" if dev => &[
            "credit-config",
            "credit-record",
            "credit-platform",
            "credit-sql",
        ],
        "gateway/source" | "gateway/deliver" => &[
            "credit-config",
            "credit-record",
            "credit-remote",
            "credit-sql",
        ],
        "gateway/adapter" | "gateway/bundle" | "gateway/queue" | "gateway/platform" => {
            &["credit-config", "credit-record"]
        }
        "gateway/app" if dev => &[
            "credit-adapter-banks",
            "credit-adapter-courts",
            "credit-adapter-market",
            "credit-adapter-tax",
            "credit-sdk",
        ],
        "gateway/app" => &[
            "credit-adapter",
            "credit-bundle",
            "credit-config",
            "credit-deliver",
            "credit-platform",
            "credit-queue",
            "credit-record",
            "credit-remote",
            "credit-source",
            "credit-sql",
        ],
        "sdk/examples/rust" | "tests/hostile" => &["credit-sdk"],
        plugin if plugin.starts_with("plugins/") => &["credit-sdk"],
        _ => return None,
    })
}

/// What a manifest, or a part of it for one platform, depends on, and whether for tests alone.
fn dependencies(part: &Table) -> Vec<(String, bool)> {
    let mut found = Vec::new();
    for (key, dev) in [
        ("dependencies", false),
        ("build-dependencies", false),
        ("dev-dependencies", true),
    ] {
        for (name, dependency) in part
            .get(key)
            .and_then(|v| v.as_table())
            .into_iter()
            .flatten()
        {
            let renamed = dependency.get("package").and_then(|v| v.as_str());
            found.push((renamed.unwrap_or(name).to_owned(), dev));
        }
    }
    let platforms = part.get("target").and_then(|v| v.as_table());
    for (_, platform) in platforms.into_iter().flatten() {
        found.extend(dependencies(platform.as_table().unwrap()));
    }
    found
}

/// Arrows between crates that point where they must not.
fn wrong_arrows(files: &Files) -> Vec<String> {
    let crates = crates(files);
    let ours: Vec<&str> = crates.iter().map(|(_, m)| name_of(m)).collect();
    let mut wrong = Vec::new();
    for (folder, manifest) in &crates {
        for (dependency, dev) in dependencies(manifest) {
            let known = may_know(folder, dev);
            let right = known.is_some_and(|known| known.contains(&dependency.as_str()));
            if ours.contains(&dependency.as_str()) && !right {
                wrong.push(format!("{folder} → {dependency}"));
            }
        }
        if may_know(folder, false).is_none() {
            wrong.push(format!("{folder} has no place in the house"));
        }
    }
    wrong
}

#[test]
fn arrows_between_crates_point_one_way() {
    let files = files();
    assert!(crates(&files).len() >= 12, "{:?}", files.keys());
    assert_eq!(wrong_arrows(&files), [""; 0]);
}

#[test]
fn an_arrow_that_points_the_wrong_way_is_seen() {
    let files = made_up([
        (
            "gateway/record/Cargo.toml",
            "package.name = 'credit-record'\n[dependencies]\nserde = '1'",
        ),
        (
            "gateway/queue/Cargo.toml",
            "package.name = 'credit-queue'\n[dependencies]\ncredit-record.workspace = true",
        ),
        (
            "gateway/deliver/Cargo.toml",
            "package.name = 'credit-deliver'\n[dependencies]\nwall = { package = 'credit-queue' }\n\
             [dev-dependencies]\ncredit-platform.workspace = true",
        ),
        (
            "gateway/platform/Cargo.toml",
            "package.name = 'credit-platform'\n[dev-dependencies]\ncredit-deliver = '1'",
        ),
        (
            "plugins/tax/Cargo.toml",
            "package.name = 'tax'\n[target.'cfg(unix)'.dependencies]\n\
             credit-record.workspace = true",
        ),
        ("attic/Cargo.toml", "package.name = 'attic'"),
    ]);
    let wrong = [
        "attic has no place in the house",
        "gateway/deliver → credit-queue",
        "gateway/platform → credit-deliver",
        "plugins/tax → credit-record",
    ];
    assert_eq!(wrong_arrows(&files), wrong);
}

/// Source files that are too long, but for tests, and lines that are too long.
fn too_long(files: &Files) -> Vec<String> {
    let mut wrong = Vec::new();
    for (path, text) in files.iter().filter(|(path, _)| path.ends_with(".rs")) {
        let tests = path.split('/').any(|part| part == "tests") || path.ends_with("tests.rs");
        let lines = text.lines().count();
        if lines > LINES_MAX && !tests {
            wrong.push(format!("{path} has {lines} lines"));
        }
        for (line, number) in text.lines().zip(1..) {
            let chars = line.chars().count();
            if chars > LINE_CHARS_MAX {
                wrong.push(format!("{path}:{number} has {chars} characters"));
            }
        }
    }
    wrong
}

#[test]
fn files_and_lines_are_short() {
    assert_eq!(too_long(&files()), [""; 0]);
}

#[test]
fn a_file_or_line_that_is_too_long_is_seen() {
    let (long, wide) = ("\n".repeat(401), "税".repeat(101));
    let files = made_up([
        ("sdk/src/a.rs", long.as_str()),
        ("sdk/src/b.rs", &long[1..]),
        ("sdk/src/a/tests.rs", &long),
        ("tests/house/a.rs", &wide),
        ("tests/house/b.rs", &wide["税".len()..]),
        ("README.md", &wide),
    ]);
    let wrong = [
        "sdk/src/a.rs has 401 lines",
        "tests/house/a.rs:1 has 101 characters",
    ];
    assert_eq!(too_long(&files), wrong);
}

/// What lies in the root and does not belong there.
fn misplaced(files: &Files) -> Vec<&str> {
    let names = files.keys().map(|path| path.split('/').next().unwrap());
    let mut wrong: Vec<&str> = names
        .filter(|name| !name.starts_with('.') && !ROOT_NAMES.contains(name))
        .collect();
    wrong.dedup();
    wrong
}

#[test]
fn the_root_holds_what_belongs_there() {
    assert_eq!(misplaced(&files()), [""; 0]);
}

#[test]
fn what_does_not_belong_in_the_root_is_seen() {
    let files = made_up([
        (".ci/run", ""),
        ("LICENSE", ""),
        ("notes.txt", ""),
        ("scripts/a", ""),
        ("scripts/b", ""),
        ("sdk/notes.txt", ""),
    ]);
    assert_eq!(misplaced(&files), ["notes.txt", "scripts"]);
}

/// Lines with text that has no business there.
fn stray(files: &Files) -> Vec<String> {
    let stray = STRAY.map(|(one, other)| one.to_owned() + other);
    let mut wrong = Vec::new();
    for (path, text) in files {
        for (line, number) in text.lines().zip(1..) {
            if stray.iter().any(|stray| line.contains(stray)) {
                wrong.push(format!("{path}:{number} {line}"));
            }
        }
    }
    wrong
}

#[test]
fn no_file_names_a_machine_or_puts_work_off() {
    assert_eq!(stray(&files()), [""; 0]);
}

#[test]
fn a_stray_path_or_note_is_seen() {
    let lines = STRAY.map(|(one, other)| format!("a {one}{other}b"));
    let text = lines.join("\n") + "\nall is well\n";
    let wrong = stray(&made_up([("sdk/README.md", &text)]));
    assert_eq!(wrong.len(), STRAY.len(), "{wrong:?}");
    assert_eq!(wrong[0], format!("sdk/README.md:1 {}", lines[0]));
}

/// Crates and modules whose name says nothing.
fn empty_names(files: &Files) -> Vec<String> {
    let says_nothing = |name: &str| {
        name.split(['-', '_'])
            .any(|part| EMPTY_NAMES.contains(&part))
    };
    let crates = crates(files);
    let named = crates.iter().map(|(_, manifest)| name_of(manifest));
    let modules = files.keys().filter_map(|path| path.strip_suffix(".rs"));
    let parts = modules.flat_map(|path| path.split('/'));
    let mut wrong: Vec<String> = named
        .chain(parts)
        .filter(|name| says_nothing(name))
        .map(str::to_owned)
        .collect();
    wrong.sort();
    wrong.dedup();
    wrong
}

#[test]
fn names_say_what_is_behind_them() {
    assert_eq!(empty_names(&files()), [""; 0]);
}

#[test]
fn a_name_that_says_nothing_is_seen() {
    let files = made_up([
        ("gateway/wall/Cargo.toml", "package.name = 'credit-core'"),
        ("gateway/wall/src/string_utils.rs", ""),
        ("gateway/wall/src/manager/mod.rs", ""),
        ("gateway/wall/src/score.rs", ""),
    ]);
    assert_eq!(
        empty_names(&files),
        ["credit-core", "manager", "string_utils"]
    );
}
