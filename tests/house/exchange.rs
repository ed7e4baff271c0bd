//! Files exchanged with a receiver that the tests play: what it finds, what it answers, and what
//! the gateway makes of that.

mod unwell;

use crate::support::{HEADER, House, Process, number, rating, ratings, wait_until};
use std::fs;
use std::path::PathBuf;

/// A house that delivers into the folder `out`; `more` is said of the target.
fn house(rows: &str, more: &str) -> House {
    let house = House::new();
    fs::create_dir(house.path("out")).unwrap();
    house.route("list", "tax", "");
    house.put("feeds/list/a.csv", rows);
    target(&house, more);
    house
}

fn target(house: &House, more: &str) {
    let text = format!(
        "[gateway]\nstate = \"../state\"\n[admin]\nlisten = \"127.0.0.1:0\"\n[log]\n\
         format = \"json\"\n[targets.county]\nkind = \"exchange\"\ndir = \"../out\"\n\
         department_code = \"520581\"\nretry = {{ first_ms = 20, most_ms = 200 }}\n{more}\n"
    );
    house.put("configs/gateway.toml", text);
}

/// Names in the folder with that ending, without it.
fn stems(house: &House, ending: &str) -> Vec<String> {
    let found = fs::read_dir(house.path("out")).unwrap();
    let names = found.map(|f| f.unwrap().file_name().into_string().unwrap());
    let mut stems: Vec<String> = names
        .filter_map(|name| name.strip_suffix(ending).map(str::to_owned))
        .collect();
    stems.sort();
    stems
}

fn file(house: &House, stem: &str, ending: &str) -> PathBuf {
    house.path(&format!("out/{stem}{ending}"))
}

fn answer(house: &House, stem: &str, text: &str) {
    let batch = stem.split('_').nth(3).unwrap();
    let path = file(house, stem, ".rsp");
    fs::write(&path, text.replace("BATCH", batch)).unwrap();
}

/// Started, and all that it has to deliver is placed.
fn placed(house: &House, files: usize) -> (Process, Vec<String>) {
    let once = house.start(&["once", "list"]);
    wait_until("the files are placed", || {
        stems(house, ".ok").len() >= files
    });
    (once, stems(house, ".ok"))
}

const QUICK: &str = "poll_ms = 10";

#[test]
fn rows_go_out_as_a_file_and_are_settled_by_its_receipt_alone() {
    let house = house(&ratings(0..3), QUICK);
    let (mut once, stems) = placed(&house, 1);
    let [stem] = &stems[..] else {
        panic!("{stems:?}")
    };
    assert!(stem.starts_with("520581_tax-rating_20"), "{stem}");
    assert!(stem.ends_with("_I"), "{stem}");
    let sheet = fs::read_to_string(file(&house, stem, ".csv")).unwrap();
    let lines: Vec<&str> = sheet.lines().collect();
    assert_eq!(lines.len(), 4, "{sheet}");
    assert!(lines[0].contains("nsrsbh") && lines[3].contains("黔西市第2建材有限公司"));
    let control = fs::read_to_string(file(&house, stem, ".ok")).unwrap();
    let told = format!("{stem}.csv|{}|3|", sheet.len());
    assert!(control.starts_with(&told), "{control}");
    assert_eq!(once.ended(), None, "it waits for the receipt");
    answer(
        &house,
        stem,
        "BATCH|3|1|1|1\n1|k|nsrmc|20001|重复\n3|k|swjg|10004|机关不存在\n",
    );
    // Doubtful rows and errors in one receipt, and no codes are set that tell them apart.
    assert_eq!(once.wait(), 6, "{}", once.said());
    let stopped = house.books("list")["targets"][0]["stopped"].to_string();
    assert!(stopped.contains("receipt_unclear"), "{stopped}");

    target(&house, &format!("{QUICK}\ndoubt_codes = [\"20001\"]"));
    let books = house.once("list");
    assert_eq!(
        (number(&books, "delivered"), number(&books, "refused")),
        (2, 1)
    );
    let receipt = &house.ask(&["receipts", "--trouble"])[0];
    let verdicts = receipt["verdicts"].as_array().unwrap();
    assert_eq!(verdicts[0]["verdict"], "doubted");
    assert_eq!(verdicts[1]["reason"], "swjg: 机关不存在");
}

#[test]
fn a_gateway_that_is_killed_places_no_file_twice_though_the_receiver_took_it_away() {
    let house = house(&ratings(0..3), QUICK);
    let (once, stems) = placed(&house, 1);
    let memory = house.path("state/exchange/county/list");
    wait_until("it remembers", || memory.exists());
    once.kill();
    for ending in [".csv", ".ok"] {
        fs::remove_file(file(&house, &stems[0], ending)).unwrap();
    }
    let ran = house.run(&["once", "list", "--patience", "1"]).ended(6);
    assert!(self::stems(&house, ".ok").is_empty(), "{}", ran.err);
    answer(&house, &stems[0], "BATCH|3|3|0|0\n");
    assert_eq!(number(&house.once("list"), "delivered"), 3);
    assert!(self::stems(&house, ".csv").is_empty());
}

#[test]
fn a_late_receipt_is_shown_as_late_and_settles_its_rows_when_it_comes() {
    let house = house(&ratings(0..3), &format!("{QUICK}\nlate_ms = 1_000"));
    house.run(&["once", "list"]).ended(6);
    let status = house.run(&["status"]).good().out;
    assert!(status.contains("receipt_late"), "{status}");
    assert_eq!(number(&house.books("list"), "waiting"), 3);
    answer(&house, &stems(&house, ".ok")[0], "BATCH|3|3|0|0\n");
    assert_eq!(number(&house.once("list"), "delivered"), 3);
    assert!(house.books("list")["targets"][0]["stopped"].is_null());
}

#[test]
fn without_receipts_what_is_placed_is_delivered_in_the_receivers_encoding() {
    let more = "receipt = \"none\"\nencoding = \"gb18030\"\nseparator = \"|\"\n\
                name = \"{batch}.txt\"\noperations = { column = \"CZLX\" }";
    let house = house(&ratings(0..3), more);
    assert_eq!(number(&house.once("list"), "delivered"), 3);
    let stems = stems(&house, ".txt");
    let sheet = fs::read(file(&house, &stems[0], ".txt")).unwrap();
    assert!(std::str::from_utf8(&sheet).is_err(), "it is GB18030");
    let head = sheet.split(|byte| *byte == b'\n').next().unwrap();
    assert!(
        head.ends_with(b"|CZLX\r"),
        "{:?}",
        String::from_utf8_lossy(head)
    );
    let changed = format!("{HEADER}{}", rating(1).replace("建材", "石材"));
    house.put("feeds/list/b.csv", changed);
    assert_eq!(number(&house.once("list"), "delivered"), 4);
    assert_eq!(self::stems(&house, ".ok").len(), 2);
}

#[test]
fn a_folder_that_is_not_mounted_makes_rows_wait() {
    let house = house(&ratings(0..3), "receipt = \"none\"");
    fs::remove_dir(house.path("out")).unwrap();
    let ran = house.run(&["once", "list", "--patience", "1"]).ended(6);
    assert!(ran.err.contains("exchange_folder"), "{}", ran.err);
    assert_eq!(number(&house.books("list"), "waiting"), 3);
    fs::create_dir(house.path("out")).unwrap();
    assert_eq!(number(&house.once("list"), "delivered"), 3);
}
