//! A folder on disk, and a receiver who writes receipts into it.

use super::*;
use crate::samples::{parcel, target, with_way};
use crate::target::{Fields, Modes, SheetEncoding, Status, Target, Way};
use crate::{Courier, Ending};
use credit_record::flow::Verdict;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const ROWS: [&str; 3] = [
    r#"{"CF_WSH":"1号","CF_NR":"罚款,\"二\"万"}"#,
    r#"{"CF_WSH":"2号","CF_NR":null}"#,
    r#"{"CF_WSH":"3号","CF_JE":12.50}"#,
];
const LATER: World = World {
    now_ms: || i64::MAX / 2,
    random: || 0,
};

fn local(dir: PathBuf) -> Post {
    let timeout_ms = 30_000;
    Post::Folder { dir, timeout_ms }
}

fn exchange(dir: &Path) -> ExchangeTarget {
    let columns = ["CF_WSH", "CF_NR", "CF_JE"].map(str::to_owned).to_vec();
    ExchangeTarget {
        post: local(dir.join("out")),
        memory: dir.join("memory"),
        name: "{department}_{table}_{date}_{batch}_{mode}".into(),
        ending: "csv".into(),
        encoding: SheetEncoding::Utf8,
        separator: ',',
        sender: None,
        receipt: Some(Awaited {
            poll_ms: 1,
            late_ms: 60_000,
            bytes_max: 1_000,
        }),
        doubt_codes: vec!["20001".into()],
        modes: Modes {
            insert: "I".into(),
            update: "I".into(),
            withdraw: None,
            hold: None,
        },
        day: Arc::new(|at_ms| format!("day{at_ms}")),
        columns: HashMap::from([("penalty".into(), columns)]),
    }
}

fn made(target: &Target, world: World) -> Exchange {
    let Way::Exchange(exchange) = &target.way else {
        panic!("no exchange")
    };
    let form = Arc::new(Form::new(target));
    Exchange::new((**exchange).clone(), form, world)
}

fn house() -> (TempDir, ExchangeTarget) {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("out")).unwrap();
    let target = exchange(dir.path());
    (dir, target)
}

fn names(dir: &TempDir) -> Vec<String> {
    let found = fs::read_dir(dir.path().join("out")).unwrap();
    let mut names: Vec<String> = found
        .map(|f| f.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// The one name there is with that ending, without it.
fn stem(dir: &TempDir, ending: &str) -> String {
    let mut found = names(dir).into_iter();
    let stem = found.find_map(|n| n.strip_suffix(ending).map(str::to_owned));
    stem.unwrap()
}

fn answer(dir: &TempDir, stem: &str, text: &str) {
    let batch = stem.split('_').nth(3).unwrap();
    let text = text.replace("BATCH", batch);
    fs::write(dir.path().join("out").join(format!("{stem}.rsp")), text).unwrap();
}

/// What comes of `text` as the receipt, looked at twice.
async fn judged(text: &str) -> Outcome {
    let (dir, target) = house();
    let exchange = made(&with_way(Way::Exchange(Box::new(target))), World::REAL);
    let parcel = parcel(&ROWS);
    assert!(matches!(exchange.deliver(&parcel).await, Outcome::Wait(_)));
    answer(&dir, &stem(&dir, ".ok"), text);
    match exchange.deliver(&parcel).await {
        Outcome::Wait(_) => exchange.deliver(&parcel).await,
        other => other,
    }
}

#[tokio::test]
async fn a_parcel_becomes_a_table_with_a_control_file_beside_it() {
    let (dir, mut target) = house();
    target.encoding = SheetEncoding::Gb18030;
    let exchange = made(&with_way(Way::Exchange(Box::new(target))), World::REAL);
    let outcome = exchange.deliver(&parcel(&ROWS)).await;
    assert_eq!(outcome, Outcome::Wait(Duration::from_millis(1)));
    let stem = stem(&dir, ".ok");
    assert!(
        stem.starts_with("D1_penalty_day0_00000007-0-") && stem.ends_with("_I"),
        "{stem}"
    );
    assert_eq!(names(&dir), [format!("{stem}.csv"), format!("{stem}.ok")]);
    let sheet = fs::read(dir.path().join("out").join(format!("{stem}.csv"))).unwrap();
    let (text, _, broken) = encoding_rs::GB18030.decode(&sheet);
    let rows = "CF_WSH,CF_NR,CF_JE\r\n1号,\"罚款,\"\"二\"\"万\",\r\n2号,,\r\n3号,,12.50\r\n";
    assert_eq!((text.as_ref(), broken), (rows, false));
    let control = fs::read_to_string(dir.path().join("out").join(format!("{stem}.ok"))).unwrap();
    let head = format!("{stem}.csv|{}|3|", sheet.len());
    assert!(control.starts_with(&head), "{control}");
    for line in ["sender=D1", "encoding=GB18030", "separator=,", "mode=I"] {
        assert!(control.lines().any(|l| l == line), "{line}: {control}");
    }
}

#[tokio::test]
async fn what_was_placed_is_not_placed_again_even_where_the_receiver_took_it_away() {
    let (dir, target) = house();
    let target = with_way(Way::Exchange(Box::new(target)));
    let parcel = parcel(&ROWS);
    made(&target, World::REAL).deliver(&parcel).await;
    let stem = stem(&dir, ".ok");
    for name in names(&dir) {
        fs::remove_file(dir.path().join("out").join(name)).unwrap();
    }
    // Another process, to which the settings say another encoding.
    let mut changed = target.clone();
    if let Way::Exchange(exchange) = &mut changed.way {
        exchange.encoding = SheetEncoding::Gb18030;
    }
    let exchange = made(&changed, World::REAL);
    assert!(matches!(exchange.deliver(&parcel).await, Outcome::Wait(_)));
    assert!(names(&dir).is_empty());
    answer(&dir, &stem, "BATCH|3|3|0|0\n");
    let settled = exchange.deliver(&parcel).await;
    assert!(matches!(settled, Outcome::Settled(_)), "{settled:?}");
}

#[tokio::test]
async fn a_crash_between_the_file_and_its_control_file_writes_the_latter_alone() {
    let (dir, target) = house();
    let target = with_way(Way::Exchange(Box::new(target)));
    let parcel = parcel(&ROWS);
    made(&target, World::REAL).deliver(&parcel).await;
    let (stem, out) = (stem(&dir, ".ok"), dir.path().join("out"));
    fs::remove_file(out.join(format!("{stem}.ok"))).unwrap();
    fs::remove_dir_all(dir.path().join("memory")).unwrap();
    let before = fs::metadata(out.join(format!("{stem}.csv"))).unwrap();
    made(&target, World::REAL).deliver(&parcel).await;
    let after = fs::metadata(out.join(format!("{stem}.csv"))).unwrap();
    use std::os::unix::fs::MetadataExt as _;
    assert_eq!(before.ino(), after.ino(), "the file was not written again");
    assert!(out.join(format!("{stem}.ok")).exists());
}

#[tokio::test]
async fn a_receipt_settles_each_row_by_number_and_kind() {
    let text = "BATCH|3|1|1|1\n2|2号|CF_NR|20001|重复数据\n3|3号|CF_JE|10001|不是数字\n";
    let Outcome::Settled(receipt) = judged(text).await else {
        panic!("not settled")
    };
    assert_eq!(receipt.doubted, 1);
    let rows = receipt.rows.iter();
    let rows: Vec<_> = rows
        .map(|r| (r.row, r.verdict.clone(), r.reason.as_str()))
        .collect();
    let doubted = (1, Verdict::Doubted, "CF_NR: 重复数据");
    assert_eq!(rows, [doubted, (2, Verdict::Refused, "CF_JE: 不是数字")]);
}

#[tokio::test]
async fn a_receipt_that_does_not_account_for_every_row_stops_the_target() {
    for text in [
        "",
        "BATCH|3|3|0\n",
        "BATCH|2|2|0|0\n",
        "BATCH|3|2|0|0\n",
        "other|3|3|0|0\n",
        "BATCH|3|2|0|1\n",
        "BATCH|3|2|0|1\n4|k|f|c|there is no row 4\n",
        "BATCH|3|2|0|1\nnonsense\n",
        "BATCH|3|1|1|1\n2|k|f|c|which kind?\n3|k|f|c|which kind?\n",
    ] {
        let outcome = judged(text).await;
        let Outcome::Stop(stop) = outcome else {
            panic!("{text}: {outcome:?}")
        };
        assert_eq!(
            (stop.code.as_str(), stop.scope),
            ("receipt_unclear", Scope::Target)
        );
    }
}

#[tokio::test]
async fn personal_ids_in_a_receipt_are_masked() {
    let id = "11010519491231002X";
    let text = format!("BATCH|3|2|0|1\n1|{id}|ZJHM|c|{id} 校验不通过\n");
    let Outcome::Settled(receipt) = judged(&text).await else {
        panic!("not settled")
    };
    assert!(!format!("{receipt:?}").contains(id));
}

#[tokio::test]
async fn a_receipt_that_takes_too_long_is_late_and_settles_all_the_same() {
    let (dir, target) = house();
    let target = with_way(Way::Exchange(Box::new(target)));
    let parcel = parcel(&ROWS);
    made(&target, World::REAL).deliver(&parcel).await;
    let exchange = made(&target, LATER);
    let outcome = exchange.deliver(&parcel).await;
    let Outcome::Stop(stop) = outcome else {
        panic!("{outcome:?}")
    };
    assert_eq!(stop.code, "receipt_late");
    answer(&dir, &stem(&dir, ".ok"), "BATCH|3|3|0|0\n");
    let settled = exchange.deliver(&parcel).await;
    assert!(matches!(settled, Outcome::Settled(_)), "{settled:?}");
}

#[tokio::test]
async fn what_was_about_to_be_placed_is_placed_unless_its_temporary_name_is_gone() {
    let (dir, mut target) = house();
    target.receipt = None;
    let target = with_way(Way::Exchange(Box::new(target)));
    let parcel = parcel(&ROWS);
    made(&target, World::REAL).deliver(&parcel).await;
    let (stem, out) = (stem(&dir, ".ok"), dir.path().join("out"));
    let memory = dir.path().join("memory").join(&parcel.route);
    let about_to = format!("{} placing\n", fs::read_to_string(&memory).unwrap().trim());

    fs::write(&memory, &about_to).unwrap();
    let (ok, tmp) = (
        out.join(format!("{stem}.ok")),
        out.join(format!("{stem}.ok.tmp")),
    );
    fs::rename(&ok, &tmp).unwrap();
    let placed = made(&target, World::REAL).deliver(&parcel).await;
    assert!(matches!(placed, Outcome::Settled(_)), "{placed:?}");
    assert!(ok.exists() && !tmp.exists());

    // The folder is not mounted: that the name is not there means nothing.
    fs::write(&memory, &about_to).unwrap();
    fs::remove_dir_all(&out).unwrap();
    let unknown = made(&target, World::REAL).deliver(&parcel).await;
    assert!(matches!(unknown, Outcome::Retry { .. }), "{unknown:?}");

    // The receiver took both files away.
    fs::create_dir(&out).unwrap();
    let taken = made(&target, World::REAL).deliver(&parcel).await;
    assert!(matches!(taken, Outcome::Settled(_)), "{taken:?}");
    assert!(names(&dir).is_empty());
    assert!(!fs::read_to_string(&memory).unwrap().contains("placing"));
}

#[tokio::test]
async fn a_receipt_that_may_have_more_to_say_is_looked_at_twice() {
    let (dir, target) = house();
    let exchange = made(&with_way(Way::Exchange(Box::new(target))), World::REAL);
    let parcel = parcel(&ROWS);
    exchange.deliver(&parcel).await;
    let stem = stem(&dir, ".ok");
    // Of two doubted rows one is named, and then both, with the last line not ended, and ended.
    for (text, settled) in [
        ("BATCH|3|1|2|0\n1|k|f|20001|a\n", false),
        ("BATCH|3|1|2|0\n1|k|f|20001|a\n2|k|f|20001|b", false),
        ("BATCH|3|1|2|0\n1|k|f|20001|a\n2|k|f|20001|b\n", true),
    ] {
        answer(&dir, &stem, text);
        let outcome = exchange.deliver(&parcel).await;
        assert_eq!(matches!(outcome, Outcome::Settled(_)), settled, "{text}");
    }
    answer(&dir, &stem, "BATCH|3|1|2|0\n1|k|f|20001|a\n");
    let first = exchange.deliver(&parcel).await;
    assert!(matches!(first, Outcome::Wait(_)), "{first:?}");
    let second = exchange.deliver(&parcel).await;
    assert!(matches!(second, Outcome::Settled(_)), "{second:?}");
}

#[tokio::test]
async fn a_receipt_longer_than_allowed_is_not_read_and_named() {
    let outcome = judged(&format!("BATCH|3|3|0|0\n{}", " ".repeat(2_000))).await;
    let Outcome::Stop(stop) = outcome else {
        panic!("{outcome:?}")
    };
    assert!(stop.en.contains("longer than 1000 bytes"), "{stop}");
}

#[tokio::test]
async fn without_receipts_a_parcel_is_settled_by_being_placed() {
    let (dir, mut target) = house();
    target.receipt = None;
    let courier = Courier::new(with_way(Way::Exchange(Box::new(target))), World::REAL).unwrap();
    for _ in 0..2 {
        let never = std::future::pending();
        let ending = courier.deliver_until_settled(&parcel(&ROWS), never).await;
        assert!(matches!(ending, Ending::Settled(_)), "{ending:?}");
    }
    assert_eq!(names(&dir).len(), 2);
}

#[tokio::test]
async fn a_withdrawal_is_refused_unless_the_file_can_say_it() {
    let (_dir, target) = house();
    let mut withdrawn = parcel(&ROWS);
    withdrawn.operation = Operation::Withdraw;
    let plain = with_way(Way::Exchange(Box::new(target.clone())));
    let refused = made(&plain, World::REAL).refused(&withdrawn).unwrap();
    assert_eq!((refused.refused(), refused.attempts), (3, 0));
    assert!(refused.rows[0].reason.contains("set withdraw"));

    let mut by_name = target.clone();
    by_name.modes.withdraw = Some("D".into());
    let by_name = made(&with_way(Way::Exchange(Box::new(by_name))), World::REAL);
    assert_eq!(by_name.refused(&withdrawn), None);

    let mut by_column = plain.clone();
    let status = Status {
        column: "CF_ZT".into(),
        insert: "0".into(),
        update: "0".into(),
        withdraw: "1".into(),
        hold: "2".into(),
    };
    let fields = Fields {
        status: Some(status),
        ..Fields::default()
    };
    by_column.fields.insert("penalty".into(), fields);
    assert_eq!(made(&by_column, World::REAL).refused(&withdrawn), None);
}

#[tokio::test]
async fn a_folder_that_is_not_there_is_tried_again() {
    let (dir, mut target) = house();
    target.post = local(dir.path().join("not-mounted"));
    let exchange = made(&with_way(Way::Exchange(Box::new(target))), World::REAL);
    let outcome = exchange.deliver(&parcel(&ROWS)).await;
    let Outcome::Retry { why, .. } = outcome else {
        panic!("{outcome:?}")
    };
    assert!(why.text.contains("not-mounted"), "{why}");
}

#[test]
fn two_parcels_never_have_one_name() {
    let (_dir, target) = house();
    let form = Form::new(&target_of_push());
    let stem = |parcel: &Parcel| {
        let batch = name::batch(parcel);
        name::stem(&target, &form, parcel, &batch)
    };
    let first = parcel(&ROWS);
    let mut other = parcel(&ROWS);
    other.id.part = 1;
    assert_ne!(stem(&first), stem(&other));
    // The state was thrown away, and takes are counted from 1 again.
    assert_ne!(stem(&first), stem(&parcel(&ROWS[..2])));
    let mut hostile = parcel(&ROWS);
    hostile.directory = "../../etc".into();
    assert!(!stem(&hostile).contains('/'));
}

fn target_of_push() -> Target {
    target("http://127.0.0.1:1/".into())
}
