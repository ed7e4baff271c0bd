//! The table of what goes wrong, held against the tests: each it names is there and runs, and no
//! failure of a way is left out.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests");

/// The ways, by their headings in the page.
const WAYS: [&str; 6] = [
    "Local folder",
    "HTTPS pull",
    "SFTP",
    "FTP and FTPS",
    "SQL",
    "Push",
];

/// What goes wrong with each, by the first words of a row.
const FAILURES: [&str; 6] = [
    "killed server",
    "stalled server",
    "half a body",
    "wrong certificate",
    "full disk",
    "changed schema",
];

/// What the page should say and does not.
fn wrong(page: &str, tests: &BTreeSet<String>) -> Vec<String> {
    let mut wrong = Vec::new();
    for way in WAYS {
        let Some((_, after)) = page.split_once(&format!("\n### {way}\n")) else {
            wrong.push(format!("{way} is missing"));
            continue;
        };
        let part = after.split("\n## ").next().unwrap();
        let part = part.split("\n### ").next().unwrap();
        for failure in FAILURES {
            let row = part
                .lines()
                .find(|line| line.starts_with(&format!("| {failure}")));
            match row {
                None => wrong.push(format!("{way}: {failure} is missing")),
                Some(row) if named(row).is_empty() => {
                    wrong.push(format!("{way}: {failure} names no test"));
                }
                Some(_) => {}
            }
        }
    }
    let unknown = page
        .lines()
        .flat_map(named)
        .filter(|name| !tests.contains(*name));
    wrong.extend(unknown.map(|name| format!("there is no test {name}")));
    wrong
}

/// The tests in the last column of a row, each a name in backticks.
fn named(row: &str) -> Vec<&str> {
    let last = row.strip_suffix(" |").and_then(|row| row.rsplit_once('|'));
    let cell = last.map_or("", |(_, cell)| cell);
    let names = cell.split('`').skip(1).step_by(2);
    names.filter(|name| name.contains('_')).collect()
}

/// The names of the tests in a file that are not ignored.
fn tests_in(text: &str) -> Vec<String> {
    let blocks = text.split("#[test]\n").skip(1);
    let name = |block: &str| {
        let (attributes, rest) = block.split_once("fn ")?;
        let name = rest.split('(').next()?;
        (!attributes.contains("#[ignore")).then(|| name.to_owned())
    };
    blocks.filter_map(name).collect()
}

fn tests() -> BTreeSet<String> {
    let (mut tests, mut folders) = (BTreeSet::new(), vec![Path::new(ROOT).join("house")]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                tests.extend(tests_in(&fs::read_to_string(path).unwrap()));
            }
        }
    }
    tests
}

#[test]
fn every_failure_of_every_way_has_a_test_that_runs() {
    let page = fs::read_to_string(Path::new(ROOT).join("FAILURES.md")).unwrap();
    assert_eq!(wrong(&page, &tests()), [""; 0]);
}

#[test]
fn a_missing_row_and_a_test_that_does_not_run_are_seen() {
    let tests: BTreeSet<String> =
        tests_in("#[test]\nfn it_runs() {}\n#[test]\n#[ignore = \"long\"]\nfn it_does_not() {}\n")
            .into_iter()
            .collect();
    let row = |failure: &str, test: &str| format!("| {failure} | said | kept | `{test}` |\n");
    let rows: String = FAILURES.map(|failure| row(failure, "it_runs")).concat();
    let part = |way: &str| format!("\n### {way}\n\n{rows}");
    let page = WAYS.map(part).concat();
    assert_eq!(wrong(&page, &tests), [""; 0]);
    let ignored = page.replacen("it_runs", "it_does_not", 1);
    assert_eq!(wrong(&ignored, &tests), ["there is no test it_does_not"]);
    let without = page.replacen(&row("full disk", "it_runs"), "", 1);
    assert_eq!(
        wrong(&without, &tests),
        ["Local folder: full disk is missing"]
    );
    let silent = page.replacen("`it_runs`", "–", 1);
    assert_eq!(
        wrong(&silent, &tests),
        ["Local folder: killed server names no test"]
    );
}
