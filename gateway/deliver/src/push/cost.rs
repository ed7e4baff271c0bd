//! What a record costs on its way out and back.

use credit_platform::{Options, Platform};

use super::*;
use crate::courier::Courier;
use crate::samples::{WORLD, parcel, target};
use crate::target::{Fields, Target};

/// `cargo test --release -p credit-deliver -- --ignored --nocapture cost_of_a_record`
#[tokio::test]
#[ignore = "a measurement, not a check"]
async fn cost_of_a_record() {
    const ROUNDS: u32 = 400;
    let listen = "127.0.0.1:0".parse().unwrap();
    let platform = Platform::start(listen, Options::default()).await.unwrap();
    let rows: Vec<String> = (0..500)
        .map(|n| {
            let columns = (0..18).map(|c| format!(r#""COLUMN_{c}":"贵州黔西 value {n} of {c}""#));
            let columns = columns.collect::<Vec<_>>().join(",");
            format!(r#"{{"CF_WSH":"{n}",{columns},"SJC":"20261124"}}"#)
        })
        .collect();
    let parcel = parcel(&rows.iter().map(String::as_str).collect::<Vec<_>>());
    let whole = target(platform.url("/push"));
    let fields = Fields {
        drop: ["SJC".to_owned(), "BMBM".to_owned()].into(),
        ..Fields::default()
    };
    let part = Target {
        fields: [("penalty".to_owned(), fields)].into(),
        ..whole.clone()
    };
    let report = |what: &str, took: Duration| {
        let each = took.as_nanos() / u128::from(ROUNDS * 500);
        println!("{what}: {each} ns a record of {} bytes", rows[0].len());
    };
    for (what, target) in [("whole rows", &whole), ("two columns left out", &part)] {
        let form = Form::new(target);
        let began = std::time::Instant::now();
        for _ in 0..ROUNDS {
            let body = form.fill(&parcel).unwrap();
            assert_eq!(idempotency_key(&parcel, "/push", &body).len(), 32);
        }
        report(what, began.elapsed());
    }
    let reply =
        br#"{"taskCode":"1","errorCode":"200","errorMsg":"","totalSize":500,"successSize":500,
        "failSize":0,"errorSize":0,"errorBody":[],"tips":""}"#;
    let names = ReplyNames::default();
    let began = std::time::Instant::now();
    for _ in 0..ROUNDS {
        let reply = Reply::read(&names, reply).unwrap();
        let outcome = judgement::outcome(reply, &names, &parcel, "host", 0);
        assert!(matches!(outcome, Outcome::Settled(_)));
    }
    report("reading the reply", began.elapsed());
    let courier = Courier::new(whole, WORLD).unwrap();
    let began = std::time::Instant::now();
    for take in 0..u64::from(ROUNDS) {
        let mut parcel = parcel.clone();
        parcel.id.take = take;
        let outcome = courier.deliver(&parcel).await;
        assert!(matches!(outcome, Outcome::Settled(_)), "{outcome:?}");
    }
    report(
        "there and back, with the platform on the same core",
        began.elapsed(),
    );
}
