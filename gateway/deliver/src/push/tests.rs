use std::future::pending;
use std::io;
use std::sync::Arc;

use credit_platform::{Check, Fault, Options, Platform, RetryAfter, Running, Script, State, Table};
use credit_record::flow::{RowVerdict, Verdict};

use super::*;
use crate::breaker::BreakerLimits;
use crate::courier::Courier;
use crate::samples::{WORLD, parcel, push, target, with_way};
use crate::settle::Ending;
use crate::target::{Target, Way};

const ROWS: [&str; 3] = [
    r#"{"CF_WSH":"1","CF_NR":"a"}"#,
    r#"{"CF_WSH":"2","CF_NR":"odd"}"#,
    r#"{"CF_WSH":"3","CF_NR":"bad"}"#,
];

async fn platform() -> Running {
    let check = |equals: &str, verdict, message: &str| Check {
        column: "CF_NR".into(),
        equals: equals.into(),
        verdict,
        message: message.into(),
    };
    let table = Table {
        keys: vec![vec!["CF_WSH".into()]],
        required: vec!["CF_WSH".into()],
        checks: vec![
            check("odd", credit_platform::Verdict::Doubt, "不能大于当前日期"),
            check("bad", credit_platform::Verdict::Refuse, "长度超过"),
        ],
    };
    let tables = [("penalty".to_owned(), table)].into();
    let listen = "127.0.0.1:0".parse().unwrap();
    Platform::start(
        listen,
        Options {
            tables,
            ..Options::default()
        },
    )
    .await
    .unwrap()
}

fn courier(platform: &Running, change: impl FnOnce(&mut HttpTarget)) -> Courier {
    let mut push = push(platform.url("/push"));
    change(&mut push);
    Courier::new(with_way(Way::Push(Box::new(push))), WORLD).unwrap()
}

fn script(faults: Vec<Fault>) -> Script {
    Script {
        next: faults,
        down: None,
    }
}

fn status(status: u16) -> Fault {
    Fault {
        status: Some(status),
        ..Fault::default()
    }
}

fn answer(text: &str) -> Fault {
    Fault {
        answer: Some(text.into()),
        ..Fault::default()
    }
}

fn receipt(outcome: Outcome) -> Receipt {
    match outcome {
        Outcome::Settled(receipt) => receipt,
        other => panic!("{other:?}"),
    }
}

fn stop(outcome: Outcome) -> Stop {
    match outcome {
        Outcome::Stop(stop) => stop,
        other => panic!("{other:?}"),
    }
}

fn retry(outcome: Outcome) -> (String, Option<Duration>) {
    match outcome {
        Outcome::Retry { after, why } => (why.code, after),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_parcel_is_delivered_and_its_receipt_read_row_by_row() {
    let platform = platform().await;
    let receipt = receipt(courier(&platform, |_| ()).deliver(&parcel(&ROWS)).await);
    assert_eq!(
        (receipt.doubted, receipt.refused(), receipt.at_ms),
        (1, 1, 1_000)
    );
    let row = |row, verdict, reason: &str| {
        let (code, reason) = ("check".to_owned(), reason.to_owned());
        RowVerdict {
            row,
            verdict,
            code,
            reason,
        }
    };
    assert_eq!(
        receipt.rows,
        [
            row(1, Verdict::Doubted, "不能大于当前日期"),
            row(2, Verdict::Refused, "长度超过"),
        ]
    );
    let rows = platform.rows("penalty");
    assert_eq!(
        rows.iter().map(|row| row.state).collect::<Vec<_>>(),
        [State::Stored, State::Doubtful]
    );
    assert_eq!(rows[0].body, ROWS[0]);
}

#[tokio::test]
async fn a_lost_acknowledgement_costs_no_second_row() {
    let platform = platform().await;
    platform.fail(script(vec![Fault {
        drop_after: true,
        ..Fault::default()
    }]));
    let courier = courier(&platform, |_| ());
    let ending = courier
        .deliver_until_settled(&parcel(&ROWS), pending())
        .await;
    let Ending::Settled(receipt) = ending else {
        panic!("{ending:?}")
    };
    assert_eq!((receipt.attempts, receipt.refused()), (2, 1));
    let stats = platform.stats();
    assert_eq!(
        (stats.requests, stats.repeated_requests, stats.records),
        (2, 1, 2)
    );
}

#[tokio::test]
async fn the_key_is_the_same_after_a_restart() {
    let platform = platform().await;
    let first = receipt(courier(&platform, |_| ()).deliver(&parcel(&ROWS)).await);
    let again = receipt(courier(&platform, |_| ()).deliver(&parcel(&ROWS)).await);
    assert_eq!(first, again);
    assert_eq!(platform.stats().records, 2);
}

#[tokio::test]
async fn failures_that_may_pass_are_retried() {
    let platform = platform().await;
    let courier = courier(&platform, |_| ());
    let after = |status, text: &str| Fault {
        status: Some(status),
        retry_after: Some(RetryAfter::Text(text.into())),
        ..Fault::default()
    };
    for (fault, code, seconds) in [
        (status(500), "http_500", None),
        (status(507), "http_507", None),
        (after(503, "4"), "http_503", Some(4)),
        (
            after(429, "Thu, 01 Jan 1970 00:00:31 GMT"),
            "http_429",
            Some(30),
        ),
        (
            Fault {
                drop: true,
                ..Fault::default()
            },
            "connection_lost",
            None,
        ),
        (
            Fault {
                error_code: Some("500".into()),
                ..Fault::default()
            },
            "platform_500",
            None,
        ),
        (answer("<html>"), "reply_unreadable", None),
        (answer("{}"), "reply_unreadable", None),
    ] {
        platform.fail(script(vec![fault]));
        let outcome = courier.deliver(&parcel(&ROWS)).await;
        assert_eq!(
            retry(outcome),
            (code.to_owned(), seconds.map(Duration::from_secs))
        );
    }
    let Ending::Settled(_) = courier
        .deliver_until_settled(&parcel(&ROWS), pending())
        .await
    else {
        panic!("not settled");
    };
}

#[tokio::test]
async fn nobody_there_and_no_answer_are_retried() {
    let platform = platform().await;
    platform.fail(script(vec![Fault {
        silent: true,
        ..Fault::default()
    }]));
    let hasty = courier(&platform, |target| target.timeout_ms = 30);
    assert_eq!(retry(hasty.deliver(&parcel(&ROWS)).await).0, "timeout");
    let courier = courier(&platform, |_| ());
    platform.stop().await.unwrap();
    assert_eq!(retry(courier.deliver(&parcel(&ROWS)).await).0, "connect");
}

#[tokio::test]
async fn statuses_that_stay_stop_the_target_or_the_route() {
    let platform = platform().await;
    let courier = courier(&platform, |_| ());
    for (number, scope) in [
        (301, Scope::Target),
        (401, Scope::Target),
        (403, Scope::Target),
        (404, Scope::Target),
        (405, Scope::Target),
        (418, Scope::Target),
        (400, Scope::Route),
        (413, Scope::Route),
        (422, Scope::Route),
    ] {
        platform.fail(script(vec![status(number)]));
        let stop = stop(courier.deliver(&parcel(&ROWS)).await);
        assert_eq!((stop.code, stop.scope), (format!("http_{number}"), scope));
        assert!(stop.en.contains("127.0.0.1:") && !stop.remedy.is_empty());
    }
}

#[tokio::test]
async fn a_code_in_the_reply_says_more_than_the_status() {
    let platform = platform().await;
    let fault = Fault {
        status: Some(500),
        error_code: Some("3002".into()),
        ..Fault::default()
    };
    platform.fail(script(vec![fault]));
    let stop = stop(courier(&platform, |_| ()).deliver(&parcel(&ROWS)).await);
    assert_eq!(
        (stop.code.as_str(), stop.scope),
        ("platform_3002", Scope::Route)
    );
}

#[tokio::test]
async fn one_row_that_is_too_large_is_refused_and_the_rest_goes_on() {
    let platform = platform().await;
    platform.fail(script(vec![status(413)]));
    let receipt = receipt(
        courier(&platform, |_| ())
            .deliver(&parcel(&ROWS[..1]))
            .await,
    );
    assert_eq!(
        (receipt.refused(), receipt.rows[0].code.as_str()),
        (1, "http_413")
    );
}

#[tokio::test]
async fn operations_go_to_their_own_addresses() {
    let platform = platform().await;
    let courier = courier(&platform, |target| {
        target.repair_url = Some(platform.url("/repairData"));
        target.withdraw_url = Some(platform.url("/withdrawData"));
        target.hold_url = Some(platform.url("/holdData"));
    });
    receipt(courier.deliver(&parcel(&ROWS[..2])).await);
    let mut held = parcel(&ROWS[..1]);
    held.operation = Operation::Hold;
    assert_eq!(receipt(courier.deliver(&held).await).refused(), 0);
    let mut withdrawn = parcel(&ROWS);
    withdrawn.operation = Operation::Withdraw;
    let receipt = receipt(courier.deliver(&withdrawn).await);
    assert_eq!((receipt.refused(), receipt.rows[0].row), (1, 2));
    assert_eq!(receipt.rows[0].code, "unknown_record");
    let mut repaired = parcel(&[r#"{"CF_WSH":"2","CF_NR":"good"}"#]);
    repaired.repair = true;
    courier.deliver(&repaired).await;
    let states: Vec<_> = platform
        .rows("penalty")
        .iter()
        .map(|row| row.state)
        .collect();
    assert_eq!(states, [State::Withdrawn, State::Stored]);
}

#[tokio::test]
async fn an_operation_without_an_address_is_refused_unsent() {
    let platform = platform().await;
    let courier = courier(&platform, |_| ());
    for (operation, setting) in [
        (Operation::Withdraw, "withdraw_url"),
        (Operation::Hold, "hold_url"),
    ] {
        let mut parcel = parcel(&ROWS);
        parcel.operation = operation;
        let receipt = receipt(courier.deliver(&parcel).await);
        let ending = courier.deliver_until_settled(&parcel, pending()).await;
        assert_eq!(ending, Ending::Settled(receipt.clone()));
        assert_eq!((receipt.refused(), receipt.attempts), (3, 0));
        assert_eq!(receipt.rows[2].code, "operation_not_supported");
        assert!(receipt.rows[2].reason.contains(setting));
    }
    assert_eq!(platform.stats().requests, 0);
}

#[tokio::test]
async fn an_open_breaker_closes_once_the_platform_is_back() {
    let platform = platform().await;
    platform.fail(script(vec![status(500), status(500), status(500)]));
    let target = Target {
        breaker: BreakerLimits {
            failures: 2,
            open_ms: 1,
        },
        ..target(platform.url("/push"))
    };
    let courier = Courier::new(target, WORLD).unwrap();
    let ending = courier
        .deliver_until_settled(&parcel(&ROWS), pending())
        .await;
    assert!(
        matches!(ending, Ending::Settled(Receipt { attempts: 4, .. })),
        "{ending:?}"
    );
}

#[tokio::test]
async fn a_token_is_asked_for_each_time_and_never_told() {
    let platform = platform().await;
    let with = |token: fn() -> io::Result<String>| {
        courier(&platform, |target| target.token = Some(Arc::new(token)))
    };
    receipt(with(|| Ok("s3cret\n".into())).deliver(&parcel(&ROWS)).await);
    let missing = with(|| Err(io::ErrorKind::NotFound.into()))
        .deliver(&parcel(&ROWS))
        .await;
    assert_eq!(retry(missing).0, "no_token");
    let stop = stop(
        with(|| Ok("s3\u{7}cret".into()))
            .deliver(&parcel(&ROWS))
            .await,
    );
    assert_eq!(stop.code, "token_unusable");
    assert!(!format!("{stop:?}").contains("cret"));
}

#[test]
fn settings_that_make_no_courier_are_named_without_their_secrets() {
    for url in [
        "",
        "platform",
        "ftp://platform/push",
        "/push",
        "https://u:s3cret@platform/push",
    ] {
        let cause = Courier::new(target(url.into()), WORLD)
            .err()
            .unwrap()
            .to_string();
        assert!(cause.starts_with("target province: url "), "{cause}");
        assert!(!cause.contains("s3cret"));
    }
    let ca_file = Some(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml").into());
    let push = HttpTarget {
        ca_file,
        ..push("https://platform.example/push".into())
    };
    assert!(matches!(
        Courier::new(with_way(Way::Push(Box::new(push))), WORLD).err(),
        Some(TargetError::CaFile { .. })
    ));
}
