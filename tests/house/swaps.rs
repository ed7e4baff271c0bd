//! An upgrade under load: the version is changed again and again while files come in.

use crate::support::versions::{as_it_is, digest};
use crate::support::{House, assert_ratings, number, rating, wait_until};
use std::collections::BTreeMap;
use std::time::Instant;

/// Swaps of the version.
const SWAPS: u32 = 10;

/// Files of `rows` rows come in, `files` for each of eleven versions; in the middle of what one has
/// begun to deliver the next is promoted.
fn swap(files: u32, rows: u32) {
    let house = House::with_shelf("");
    house.route("list", "mode = \"good\"", "");
    let versions: Vec<String> = (0..=SWAPS).map(|n| format!("1.{n}.0")).collect();
    for version in &versions {
        house.install(version, as_it_is);
    }
    let promote = |version: &String| {
        let done = house.ask(&["adapter", "promote", &format!("hostile@{version}")]);
        done.into_iter().next().unwrap()
    };
    promote(&versions[0]);
    let mut service = house.start(&["run"]);
    service.admin();
    let began = Instant::now();
    let all = files * rows * (SWAPS + 1);
    let mut sent = 0;
    for (n, version) in versions.iter().enumerate() {
        if n > 0 {
            let done = promote(version);
            assert_eq!(
                done["service"][0]["serves"]["version"],
                version.as_str(),
                "{done}"
            );
        }
        for _ in 0..files {
            let file = format!("{:04}.csv", sent / rows);
            let lines: String = (sent..sent + rows).map(rating).collect();
            house.deliver("list", &file, &lines);
            sent += rows;
        }
        // The version has made some of what it got, and most of it is under way.
        let some = u64::from(sent - files * rows + rows);
        wait_until("some of it arrives", || {
            house.platform.stats().unique >= some
        });
    }
    wait_until("every row arrives", || {
        house.platform.stats().unique >= u64::from(all)
    });
    eprintln!(
        "{all} rows, {SWAPS} swaps: {} ms",
        began.elapsed().as_millis()
    );
    wait_until("the books say so", || {
        number(&house.books("list"), "waiting") == 0
    });

    let stats = house.platform.stats();
    assert_eq!((stats.unique, stats.overwritten), (u64::from(all), 0));
    assert_ratings(&house.rows("tax-rating"), 0..all);
    let books = house.books("list");
    assert_eq!(
        (number(&books, "drafted"), number(&books, "delivered")),
        (all.into(), all.into())
    );
    assert_eq!(
        made(&house, all, rows),
        versions,
        "in their order, every one"
    );
    assert_eq!(service.terminate(), 0, "{}", service.said());
}

/// The versions in the order in which they made rows. A file of few rows is one take, so what made
/// its first row and its last made all of it.
fn made(house: &House, all: u32, rows: u32) -> Vec<String> {
    let mut by_take = BTreeMap::new();
    for first in (0..all).step_by(rows as usize) {
        let traced = [first, first + rows - 1].map(|row| {
            let place = format!("国家税务总局黔西市税务局第{row}税务分局");
            let traced = house.ask(&["trace", &place]);
            assert_eq!(traced.len(), 1, "row {row}: {traced:?}");
            traced.into_iter().next().unwrap()
        });
        let [one, other] = &traced;
        assert_eq!(one["take"], other["take"], "a file is one take");
        assert_eq!(one["file"], other["file"]);
        let version = one["adapter_version"].as_str().unwrap().to_owned();
        assert_eq!(one["adapter_sha256"], digest(&version).as_str());
        by_take.insert(number(one, "take"), version);
    }
    let mut versions: Vec<String> = by_take.into_values().collect();
    versions.dedup();
    versions
}

#[test]
fn ten_swaps_under_load_lose_no_row_and_every_trace_names_the_version_that_made_it() {
    swap(4, 50);
}

/// The same with 200,200 rows in 404 files:
/// `cargo test --release -p gateway --test house 200_000_rows -- --ignored --nocapture`
#[test]
#[ignore = "takes minutes"]
fn ten_swaps_while_200_000_rows_in_400_files_come_in() {
    swap(37, 492);
}
