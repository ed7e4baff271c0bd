use proptest::prelude::*;

use super::*;

/// Values near what columns hold, and far from it.
fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        "[0-9]{4}-[0-9]{2}-[0-9]{2}".prop_map(Value::from),
        "[0-9A-Z]{15,20}".prop_map(Value::from),
        "-?[0-9]{0,20}\\.?[0-9]{0,8}".prop_map(Value::from),
        "(罚款|警告|;|；|其他|-| ){0,6}".prop_map(Value::from),
    ]
}

fn changes() -> impl Strategy<Value = Vec<(usize, Value)>> {
    proptest::collection::vec((0..48_usize, value()), 0..12)
}

/// The penalty with some columns of the directory changed, in an order of its own.
fn changed(judge: &Judge, changes: &[(usize, Value)], turn: usize) -> String {
    let columns = judge.directories().get("penalty").unwrap().columns();
    let mut body = penalty();
    for (at, value) in changes {
        if let Some(column) = columns.get(*at) {
            body[column.code.as_str()] = value.clone();
        }
    }
    let mut members: Vec<String> = body
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, value)| format!("{}: {value}", Value::from(name.as_str())))
        .collect();
    let turn = turn % members.len();
    members.rotate_left(turn);
    format!("{{ {} }}", members.join(" ,\n"))
}

fn operation() -> impl Strategy<Value = Operation> {
    (0..4_u8).prop_map(|byte| Operation::from_byte(byte).unwrap())
}

proptest! {
    #[test]
    fn every_draft_ends_in_one_place(
        drafts in proptest::collection::vec(
            (0..4_usize, 0..6_u64, operation(), prop_oneof![
                any::<String>(),
                r#"[{}":,\\A-Z0-9_ ]{0,40}"#,
                changes().prop_map(|c| changed(&judge(), &c, 0)),
            ]),
            0..8,
        ),
    ) {
        let names = ["penalty", "penalty@gen1", "tax-rating", "nothing"];
        let drafts: Vec<_> = drafts
            .into_iter()
            .map(|(name, row, operation, body)| (names[name], row, operation, body))
            .collect();
        let judged = judged_page(&page_of(&drafts));
        let doubtful: Vec<u64> = judged.doubtful.iter().map(|d| d.source_row).collect();
        let mut kept = 0;
        for record in &judged.records {
            prop_assert!(!doubtful.contains(&record.source_row()) || record.source_row() == 0);
            prop_assert!(judged.bodies.is_char_boundary(record.end() as usize));
            kept += 1;
        }
        let lost = drafts.iter().filter(|d| d.1 != 0 && doubtful.contains(&d.1)).count();
        let loose = doubtful.iter().filter(|row| **row == 0).count();
        prop_assert_eq!(kept + lost + loose, drafts.len());
        prop_assert!(judged.doubtful.iter().all(|d| !d.reasons.is_empty()));
    }

    #[test]
    fn what_passes_is_json_and_passes_again_unchanged(changes in changes(), turn in 0..40_usize) {
        let judge = judge();
        let body = changed(&judge, &changes, turn);
        let page = page_of(&[("penalty", 2, Operation::Insert, body)]);
        let once = judge.judge(&page, today(), Counted::Characters);
        if let Some(record) = once.records.first() {
            prop_assert!(serde_json::from_str::<Value>(&once.bodies).is_ok());
            let page = page_of(&[("penalty", 2, Operation::Insert, once.bodies.clone())]);
            let twice = judge.judge(&page, today(), Counted::Characters);
            prop_assert_eq!(&twice.bodies, &once.bodies);
            prop_assert_eq!(twice.records[0].id(), record.id());
            prop_assert_eq!(twice.records[0].digest(), record.digest());
            prop_assert_eq!(twice.records[0].repairs(), 0);
        }
    }

    #[test]
    fn the_order_of_columns_changes_nothing(changes in changes(), turn in 0..40_usize) {
        let judge = judge();
        let [one, other] = [0, turn].map(|turn| {
            let body = changed(&judge, &changes, turn);
            let page = page_of(&[("penalty", 2, Operation::Insert, body)]);
            judge.judge(&page, today(), Counted::Characters)
        });
        let known = |judged: &Judged| {
            let record = |r: &Record| (r.id(), r.digest(), r.version(), r.person());
            judged.records.iter().map(record).collect::<Vec<_>>()
        };
        prop_assert_eq!(known(&one), known(&other));
    }
}
