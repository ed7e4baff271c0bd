//! A folder without room or rights, and receipts that cannot be relied on.

use super::{QUICK, answer, file, house, placed, stems, target};
use crate::support::{House, Ran, number, ratings, tool, wait_until};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

/// Names of all that is in the folder.
fn names(house: &House) -> Vec<String> {
    let all = fs::read_dir(house.path("out")).unwrap();
    all.map(|f| f.unwrap().file_name().into_string().unwrap())
        .collect()
}

fn status(house: &House, words: &str) {
    wait_until("the status says why", || {
        house.run(&["status"]).good().out.contains(words)
    });
}

#[test]
fn without_room_for_a_file_no_control_file_is_placed_and_with_room_there_is_one() {
    let house = house(&ratings(0..300), QUICK);
    fs::remove_dir(house.path("out")).unwrap();
    let mut service = house.start_for_little_room();
    status(&house, "check that the folder is mounted");
    service.room(Some(16 << 10));
    fs::create_dir(house.path("out")).unwrap();
    // What a full disk says, where the size of files is what is limited.
    status(&house, "File too large");
    status(&house, "and that the disk has room");
    for name in names(&house) {
        assert!(name.ends_with(".tmp"), "the receiver sees {name}");
    }
    assert_eq!(number(&house.books("list"), "waiting"), 300);
    service.room(None);
    wait_until("the file is placed", || !stems(&house, ".ok").is_empty());
    let placed = stems(&house, ".ok");
    let sheet = fs::read_to_string(file(&house, &placed[0], ".csv")).unwrap();
    assert_eq!((placed.len(), sheet.lines().count()), (1, 301));
    answer(&house, &placed[0], "BATCH|300|300|0|0\n");
    house.delivers("list", 300);
    assert_eq!(service.terminate(), 0, "{}", service.said());
    assert_eq!(stems(&house, ".csv"), placed, "and nothing else");
}

#[test]
fn a_folder_that_hangs_is_told_holds_nobody_up_and_goes_on_where_it_hung() {
    let house = house(&ratings(0..3), QUICK);
    let other = format!(
        "timeout_ms = 100\n{QUICK}\n[targets.other]\nkind = \"http-push\"\nurl = \"{}\"\n\
         department_code = \"52\"\n",
        house.platform.url("/push")
    );
    target(&house, &other);
    let route = house.path("configs/routes/list.toml");
    let text = fs::read_to_string(&route).unwrap();
    fs::write(
        &route,
        text.replace("[\"county\"]", "[\"county\", \"other\"]"),
    )
    .unwrap();
    let mut service = house.serve();
    wait_until("the file is placed", || !stems(&house, ".ok").is_empty());
    let stem = &stems(&house, ".ok")[0];
    // Whoever opens it waits until somebody writes to it.
    let receipt = file(&house, stem, ".rsp");
    let made = Command::new("mkfifo").arg(&receipt).status().unwrap();
    assert!(made.success());
    status(&house, "no answer within 100 ms [exchange_folder]");
    house.put("feeds/list/b.csv", ratings(3..5));
    wait_until("the other target has what came since", || {
        house.platform.stats().unique == 5
    });
    // It does not even keep the gateway from ending.
    assert_eq!(service.terminate(), 0, "{}", service.said());
    fs::remove_file(&receipt).unwrap();
    answer(&house, stem, "BATCH|3|3|0|0\n");
    let once = house.start(&["once", "list"]);
    wait_until("the next file is placed", || {
        stems(&house, ".ok").len() == 2
    });
    let stems = stems(&house, ".ok");
    let next = stems.iter().find(|s| *s != stem).unwrap();
    answer(&house, next, "BATCH|2|2|0|0\n");
    let mut once = once;
    assert_eq!(once.wait(), 0, "{}", once.said());
    assert_eq!(number(&house.books("list"), "waiting"), 0);
}

/// Runs the route once without the rights that root has over any file.
fn once_without_rights(house: &House) -> Option<Ran> {
    let plain = house.command(&["once", "list", "--patience", "1"]);
    let mut command = Command::new(tool("setpriv")?);
    if rustix::process::geteuid().is_root() {
        let rights = "-dac_override,-dac_read_search";
        command.args(["--bounding-set", rights, "--inh-caps", rights]);
    }
    command.arg(plain.get_program()).args(plain.get_args());
    Some(Ran::of(command))
}

#[test]
fn a_folder_that_may_not_be_written_to_makes_rows_wait_and_says_who_may_not() {
    let house = house(&ratings(0..3), "receipt = \"none\"");
    let rights = |mode| {
        let mode = fs::Permissions::from_mode(mode);
        fs::set_permissions(house.path("out"), mode).unwrap();
    };
    rights(0o555);
    let Some(ran) = once_without_rights(&house) else {
        return;
    };
    rights(0o755);
    let err = ran.ended(6).err;
    assert!(err.contains("Permission denied"), "{err}");
    assert!(err.contains("the gateway's user may write to it"), "{err}");
    assert!(names(&house).is_empty());
    assert_eq!(number(&house.books("list"), "waiting"), 3);
    assert_eq!(number(&house.once("list"), "delivered"), 3);
    assert_eq!(stems(&house, ".ok").len(), 1);
}

#[test]
fn a_receipt_of_half_its_lines_or_of_another_layout_settles_nothing_until_it_is_right() {
    let house = house(&ratings(0..3), QUICK);
    let (mut once, placed) = placed(&house, 1);
    let stem = &placed[0];
    // Receipts of other batches are nobody's business.
    let stale = stem.replace("520581_", "520580_");
    answer(&house, &stale, "BATCH|9|9|0|0\n");
    let mut first = true;
    for (receipt, said) in [
        // Half written,
        ("BATCH|3|1|", "its first line is not batch|total|"),
        ("BATCH|3|1|0|2\n1|k|nsrmc|20001|重复\n", "names 0 and 1"),
        (
            "BATCH|3|1|0|2\n1|k|nsrmc|20001|重复\n2|k|ns",
            "a line is not row|key|",
        ),
        // with other columns, in another order,
        (
            "批次号|总数|成功\nBATCH|3|3\n",
            "its first line is not batch|total|",
        ),
        ("3|3|0|0|BATCH\n", "its first line is not batch|total|"),
        // of another batch, or of other rows.
        (
            "0123456789abcdef|3|3|0|0\n",
            "it is of batch 0123456789abcdef, not of",
        ),
        ("BATCH|4|4|0|0\n", "3 rows were sent, the receipt counts 4"),
    ] {
        answer(&house, stem, receipt);
        if !std::mem::take(&mut first) {
            once = house.start(&["once", "list"]);
        }
        assert_eq!(once.wait(), 6, "{receipt}: {}", once.said());
        let books = house.books("list");
        let stopped = books["targets"][0]["stopped"].to_string();
        for words in [
            &format!("{stem}.rsp"),
            "[receipt_unclear]",
            said,
            "请接收方改正",
        ] {
            assert!(stopped.contains(words), "{words}: {stopped}");
        }
        assert_eq!(number(&books, "waiting"), 3);
    }
    answer(
        &house,
        stem,
        "BATCH|3|1|0|2\n1|k|nsrmc|20001|重复\n2|k|nsrmc|1|空\n",
    );
    let books = house.once("list");
    let fates = (number(&books, "delivered"), number(&books, "refused"));
    assert_eq!(fates, (1, 2));
    assert_eq!(stems(&house, ".ok"), placed, "nothing was placed again");
    assert!(names(&house).contains(&format!("{stale}.rsp")));
}

#[test]
fn an_unclear_receipt_is_an_alarm_and_the_right_one_is_looked_for_at_once_on_reload() {
    let house = house(&ratings(0..3), QUICK);
    target(&house, QUICK);
    let mut service = house.serve();
    wait_until("the file is placed", || !stems(&house, ".ok").is_empty());
    let stem = &stems(&house, ".ok")[0];
    answer(&house, stem, "BATCH|3|3");
    house.alarm("target_stopped");
    answer(&house, stem, "BATCH|3|3|0|0\n");
    house.run(&["reload"]).good();
    house.delivers("list", 3);
    house.no_alarm();
    assert_eq!(service.terminate(), 0, "{}", service.said());
    assert_eq!(stems(&house, ".ok").len(), 1);
}
