use super::*;
use crate::samples::{parcel, target};
use crate::target::Fields;

fn form(change: impl FnOnce(&mut Target)) -> Form {
    let mut target = target("http://127.0.0.1/push".into());
    change(&mut target);
    Form::new(&target)
}

#[test]
fn rows_are_sent_as_they_stand() {
    let form = form(|target| {
        let table = Table {
            code: "XZ\"CF".into(),
            version_id: "3".into(),
        };
        target.tables.insert("penalty".into(), table);
        target.departments.insert("tax-a".into(), "SWJ".into());
    });
    let body = form
        .fill(&parcel(&[r#"{"a":1.50}"#, r#"{"b":"中"}"#]))
        .unwrap();
    assert_eq!(
        body,
        r#"{"tableCode":"XZ\"CF","departmentCode":"SWJ","tableVersionId":"3","body":"#.to_owned()
            + r#"[{"a":1.50},{"b":"中"}]}"#
    );
}

#[test]
fn what_is_not_configured_has_its_usual_name() {
    let body = form(|_| ()).fill(&parcel(&["{}"])).unwrap();
    assert_eq!(
        body,
        r#"{"tableCode":"penalty","departmentCode":"D1","tableVersionId":"","body":[{}]}"#
    );
}

#[test]
fn columns_are_left_out_of_the_rows_of_their_directory() {
    let form = form(|target| {
        let fields = Fields {
            drop: ["SJC".to_owned()].into(),
            ..Fields::default()
        };
        target.fields.insert("penalty".into(), fields);
    });
    let mut parcel = parcel(&[r#"{"SJC":1,"a":2}"#, r#"{"a":3}"#]);
    assert!(
        form.fill(&parcel)
            .unwrap()
            .ends_with(r#""body":[{"a":2},{"a":3}]}"#)
    );
    parcel.directory = "permit".into();
    assert!(
        form.fill(&parcel)
            .unwrap()
            .ends_with(r#""body":[{"SJC":1,"a":2},{"a":3}]}"#)
    );
}

#[test]
fn a_parcel_whose_rows_leave_its_bodies_is_not_sent() {
    let mut parcel = parcel(&["{}", "{}"]);
    parcel.bodies.truncate(3);
    assert_eq!(form(|_| ()).fill(&parcel), None);
}

#[test]
fn the_key_names_one_request_and_no_other() {
    let parcel = parcel(&["{}"]);
    let key = idempotency_key(&parcel, "/push", "body");
    // Written down: it must be the same in the next version.
    assert_eq!(key, "907f611559488449e51d38635178ddde");
    let mut others = vec![
        idempotency_key(&parcel, "/repairData", "body"),
        idempotency_key(&parcel, "/push", "other"),
    ];
    let mut with = |change: fn(&mut Parcel)| {
        let mut other = parcel.clone();
        change(&mut other);
        others.push(idempotency_key(&other, "/push", "body"));
    };
    with(|p| p.id.take += 1);
    with(|p| p.id.part += 1);
    with(|p| p.id.target.push('x'));
    with(|p| p.route.push('x'));
    with(|p| {
        p.id.target.insert(0, 'a');
        p.route.pop();
    });
    others.push(key);
    let all = others.len();
    others.sort();
    others.dedup();
    assert_eq!(others.len(), all);
}
