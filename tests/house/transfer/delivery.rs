//! Files exchanged with a receiver whose folder is another machine's.

use super::servers::{Ftpd, Sshd, Tiny, tls};
use super::{names, private};
use crate::support::{House, Process, number, ratings, wait_until};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

const OTHER_KEY: &str = "SHA256:uNiVztksCsDhcc0u9e8BrrJXVGfOgGhJqrXWZ4Zm0Hs";
const QUICK: &str = "poll_ms = 10\n";
const UNANSWERED: &str = "receipt = \"none\"\n";

/// A house with `rows` for the target `city`, reached as `city` says, and for the platform.
fn house(rows: &str, city: &str) -> House {
    let house = House::new();
    house.route("list", "tax", "");
    let path = house.path("configs/routes/list.toml");
    let text = fs::read_to_string(path).unwrap();
    let both = text.replace("[\"county\"]", "[\"county\", \"city\"]");
    assert_ne!(both, text);
    house.put("configs/routes/list.toml", both);
    house.put("feeds/list/a.csv", rows);
    target(&house, city);
    house
}

fn target(house: &House, city: &str) {
    house.gateway(&format!(
        "[targets.city]\nkind = \"exchange\"\ndepartment_code = \"520500\"\n\
         retry = {{ first_ms = 20, most_ms = 200 }}\n{city}\n"
    ));
}

/// Names in the folder with that ending, without it.
fn stems(dir: &Path, ending: &str) -> Vec<String> {
    let names = names(dir).into_iter();
    names
        .filter_map(|name| name.strip_suffix(ending).map(str::to_owned))
        .collect()
}

fn answer(dir: &Path, stem: &str, text: &str) {
    let batch = stem.split('_').nth(3).unwrap();
    let path = dir.join(format!("{stem}.rsp"));
    fs::write(path, text.replace("BATCH", batch)).unwrap();
}

/// Started, and its one file is placed.
fn placed(house: &House, dir: &Path) -> (Process, String) {
    let once = house.start(&["once", "list"]);
    wait_until("the file is placed", || !stems(dir, ".ok").is_empty());
    (once, stems(dir, ".ok").remove(0))
}

/// How many rows `city` got, and the platform.
fn delivered(house: &House) -> (u64, u64) {
    let books = house.books("list");
    let of = |name: &str| {
        let targets = books["targets"].as_array().unwrap().iter();
        let mut named = targets.filter(|t| t["target"] == name);
        number(named.next().unwrap(), "delivered")
    };
    (of("city"), of("county"))
}

/// Every control file stands beside a file of rows that is as it says.
fn assert_whole(dir: &Path) {
    for stem in stems(dir, ".ok") {
        let control = fs::read_to_string(dir.join(format!("{stem}.ok"))).unwrap();
        let sheet = fs::read(dir.join(format!("{stem}.csv"))).unwrap();
        let digest = Sha256::digest(&sheet);
        let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        let head: Vec<&str> = control.lines().next().unwrap().split('|').collect();
        assert_eq!(head[1..2], [sheet.len().to_string()], "{stem}");
        assert_eq!(head[3], digest, "{stem}");
    }
}

/// Rows go out as a file, and each has the fate that the receipt gives it.
fn exchanges(dir: &Path, city: &str) {
    let house = house(
        &ratings(0..3),
        &format!("{city}{QUICK}doubt_codes = [\"20001\"]"),
    );
    let (mut once, stem) = placed(&house, dir);
    assert_eq!(names(dir), [format!("{stem}.csv"), format!("{stem}.ok")]);
    assert_whole(dir);
    assert_eq!(once.ended(), None, "it waits for the receipt");
    // Its writer is not done: a line is cut, and the row in error is not named.
    answer(dir, &stem, "BATCH|3|1|1|1\n1|k|nsr");
    answer(
        dir,
        &stem,
        "BATCH|3|1|1|1\n1|k|nsrmc|20001|重复\n3|k|swjg|10004|机关不存在\n",
    );
    assert_eq!(once.wait(), 0, "{}", once.said());
    assert_eq!(delivered(&house), (2, 3));
    let receipt = &house.ask(&["receipts", "--trouble"])[0];
    let verdicts = receipt["verdicts"].as_array().unwrap();
    assert_eq!(verdicts[0]["verdict"], "doubted");
    assert_eq!(verdicts[1]["reason"], "swjg: 机关不存在");
    assert_eq!(names(dir).len(), 3, "nothing is removed from it");
}

#[test]
fn rows_go_out_by_sftp_and_have_the_fates_that_the_receipt_gives_them() {
    let Some(sshd) = Sshd::start() else { return };
    exchanges(&sshd.dir(), &sshd.target(""));
}

#[test]
fn rows_go_out_by_ftp_over_tls_and_have_the_fates_that_the_receipt_gives_them() {
    let Some(ftpd) = Ftpd::start(tls(false)) else {
        return;
    };
    exchanges(&ftpd.dir(), &ftpd.target(""));
}

#[test]
fn the_plan_shows_the_machine_that_is_reached_and_where_its_secret_is() {
    let Some(sshd) = Sshd::start() else { return };
    let house = house(&ratings(0..1), &sshd.target(UNANSWERED));
    let shown = house.run(&["plan"]).good().out;
    let [key, _] = sshd.user_keys();
    let shown: String = shown.split_whitespace().collect();
    assert!(shown.contains("sftp://127.0.0.1:"), "{shown}");
    assert!(shown.contains(&key), "{shown}");
}

#[test]
fn a_gateway_that_is_killed_before_it_knows_that_a_file_was_placed_sends_no_second_batch() {
    let Some(sshd) = Sshd::start() else { return };
    let (house, dir) = (house(&ratings(0..3), &sshd.target(QUICK)), sshd.dir());
    let (once, stem) = placed(&house, &dir);
    let memory = house.path("state/exchange/city/list");
    wait_until("it remembers", || {
        fs::read_to_string(&memory).is_ok_and(|text| !text.contains("placing"))
    });
    once.kill();
    let remembered = fs::read_to_string(&memory).unwrap();
    let about_to = format!("{} placing\n", remembered.trim());

    // The control file has not got its name: it gets it now, and no other.
    fs::write(&memory, &about_to).unwrap();
    let path = |ending: &str| dir.join(format!("{stem}.{ending}"));
    fs::rename(path("ok"), path("ok.tmp")).unwrap();
    house.run(&["once", "list", "--patience", "1"]).ended(6);
    assert_eq!(names(&dir), [format!("{stem}.csv"), format!("{stem}.ok")]);

    // It has, and the receiver took both files away before the gateway knew.
    fs::write(&memory, &about_to).unwrap();
    for ending in ["csv", "ok"] {
        fs::remove_file(path(ending)).unwrap();
    }
    house.run(&["once", "list", "--patience", "1"]).ended(6);
    assert!(names(&dir).is_empty(), "{:?}", names(&dir));
    answer(&dir, &stem, "BATCH|3|3|0|0\n");
    house.once("list");
    assert_eq!(delivered(&house), (3, 3));
}

#[test]
fn a_wire_that_is_cut_or_dead_anywhere_costs_nothing_and_delays_nobody_else() {
    let Some(sshd) = Sshd::start() else { return };
    let city = sshd.target(&format!("{UNANSWERED}timeout_ms = 300"));
    let (house, dir) = (house(&ratings(0..3_000), &city), sshd.dir());
    for (sent, dead) in [
        (100, false),
        (12_000, true),
        (40_000, false),
        (60_000, true),
    ] {
        match dead {
            true => sshd.wire().dead_after_sent(sent),
            false => sshd.wire().cut_after_sent(sent),
        }
        let ran = house.run(&["once", "list", "--patience", "1"]).ended(6);
        let said = ["remote_connect", "remote_timeout"][usize::from(dead)];
        assert!(ran.err.contains(said), "{said}: {}", ran.err);
        assert_whole(&dir);
        assert_eq!(delivered(&house).1, 3_000, "the platform has all of them");
        sshd.wire().mend();
    }
    house.once("list");
    assert_eq!(delivered(&house), (3_000, 3_000));
    assert_whole(&dir);
    assert_eq!(
        (stems(&dir, ".ok").len(), stems(&dir, ".csv").len()),
        (6, 6)
    );
    assert_eq!(names(&dir).len(), 12, "{:?}", names(&dir));
    let rows = stems(&dir, ".csv").into_iter().flat_map(|stem| {
        let sheet = fs::read_to_string(dir.join(format!("{stem}.csv"))).unwrap();
        sheet.lines().skip(1).map(str::to_owned).collect::<Vec<_>>()
    });
    let rows: Vec<String> = rows.collect();
    let different: BTreeSet<&String> = rows.iter().collect();
    assert_eq!((rows.len(), different.len()), (3_000, 3_000));
}

#[test]
fn a_machine_that_is_another_or_lets_nobody_in_stops_its_target_and_no_other() {
    let Some(sshd) = Sshd::start() else { return };
    let city = sshd.target(UNANSWERED);
    let house = house(&ratings(0..3), &city);
    let [key, rsa] = sshd.user_keys();
    house.put("wrong", "hunter22");
    private(&house.path("wrong"));
    let password = format!(
        "password = {{ file = \"{}\" }}",
        house.path("wrong").display()
    );
    let stopped = [
        (
            city.replace(sshd.host_key(), OTHER_KEY),
            "remote_host_key",
            sshd.host_key(),
        ),
        (city.replace(&key, &rsa), "remote_key", "it is an rsa key"),
        (
            city.replace(&format!("key = {{ file = \"{key}\" }}"), &password),
            "remote_refused",
            "refuses the user",
        ),
    ];
    for (wrong, code, why) in stopped {
        target(&house, &wrong);
        let ran = house.run(&["once", "list"]).ended(6);
        let status = house.run(&["status"]).good().out;
        assert!(status.contains(code), "{code}: {status}");
        assert!(ran.err.contains(why), "{why}: {}", ran.err);
        assert!(!ran.err.contains("hunter22"), "{}", ran.err);
        assert_eq!(delivered(&house), (0, 3));
    }
    assert!(names(&sshd.dir()).is_empty());
    target(&house, &city);
    house.once("list");
    assert_eq!(delivered(&house), (3, 3));
}

#[test]
fn an_old_server_that_has_an_rsa_key_alone_is_known_by_it() {
    let Some(sshd) = Sshd::with_host_key("rsa") else {
        return;
    };
    let city = sshd.target(UNANSWERED);
    let house = house(&ratings(0..3), &city.replace(sshd.host_key(), OTHER_KEY));
    let ran = house.run(&["once", "list"]).ended(6);
    let shown = format!("{} (ssh-rsa)", sshd.host_key());
    assert!(ran.err.contains(&shown), "{}", ran.err);
    target(&house, &city);
    house.once("list");
    assert_eq!(delivered(&house), (3, 3));
}

#[test]
fn a_machine_without_room_is_named_and_gets_its_file_when_there_is() {
    let Some(sshd) = Sshd::start() else { return };
    let dir = sshd.dir();
    let house = house(&ratings(0..3_000), &sshd.target(UNANSWERED));
    let Some(tiny) = Tiny::mount(&dir) else {
        return;
    };
    let ran = house.run(&["once", "list", "--patience", "1"]).ended(6);
    for word in ["remote_no_room", "has no room for"] {
        assert!(ran.err.contains(word), "{word}: {}", ran.err);
    }
    assert_whole(&dir);
    assert!(names(&dir).iter().all(|name| !name.ends_with(".tmp")));
    let before = delivered(&house).0;
    assert!(before < 3_000, "{before}");
    drop(tiny);
    house.once("list");
    assert_eq!(delivered(&house), (3_000, 3_000));
    // What was placed before went with the folder.
    let placed = (3_000 - before) / 500;
    assert_eq!(stems(&dir, ".ok").len() as u64, placed);
}
