use super::*;
use crate::{DoubtFilter, FeedFate, LookupError, ReceiptFilter};
use credit_record::flow::FinishedFeed;

/// A route with all kinds of fates.
fn story(queue: &Queue) {
    let mut batch = intake("r", &["a", "b"], &[rec(1, 1), rec(2, 1), rec(0xab, 1)]);
    batch.doubtful.push(doubtful(7, "empty", "甲,content 1"));
    batch.doubtful.push(doubtful(8, "date", "乙"));
    take(queue, batch);
    let parcel = next(queue, "a");
    let said = [(0, Verdict::Refused), (2, Verdict::Doubted)];
    queue.settle(&parcel.id, &verdicts(&said)).unwrap();
    let mut batch = intake("r", &["a"], &[rec(2, 2), rec(0xab, 1)]);
    batch.doubtful.push(doubtful(9, "empty", "丙"));
    batch.feed = "second.csv".into();
    take(queue, batch);
    queue.note(Note::RunBegan { route: "r".into() }).unwrap();
}

fn doubts(queue: &Queue, filter: &DoubtFilter) -> Vec<(u64, u64)> {
    let found = queue.doubts(filter).unwrap();
    found
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.seq, entry.row.source_row))
        .collect()
}

#[test]
fn doubts_takes_receipts_and_runs_are_listed() {
    let rig = Rig::with_views();
    let queue = rig.open();
    story(&queue);
    assert_eq!(
        doubts(&queue, &DoubtFilter::default()),
        [(1, 7), (1, 8), (3, 9)]
    );
    let by_code = DoubtFilter {
        code: Some("empty".into()),
        ..DoubtFilter::default()
    };
    assert_eq!(doubts(&queue, &by_code), [(1, 7), (3, 9)]);
    let by_feed = DoubtFilter {
        feed: Some("second.csv".into()),
        ..DoubtFilter::default()
    };
    assert_eq!(doubts(&queue, &by_feed), [(3, 9)]);
    let none = DoubtFilter {
        route: Some("other".into()),
        ..DoubtFilter::default()
    };
    assert_eq!(doubts(&queue, &none), []);
    let takes: Vec<_> = queue.takes().unwrap().map(|take| take.unwrap()).collect();
    let counts = |n: usize| (takes[n].accepted, takes[n].doubtful, takes[n].duplicate);
    assert_eq!((counts(0), counts(1)), ((3, 2, 0), (1, 1, 1)));
    let all = ReceiptFilter::default();
    let receipts: Vec<_> = queue
        .receipts(&all)
        .unwrap()
        .map(|entry| entry.unwrap())
        .collect();
    assert_eq!(receipts.len(), 1);
    assert_eq!((receipts[0].refused, receipts[0].doubted), (1, 1));
    assert_eq!(
        (receipts[0].verdicts[1].0, receipts[0].verdicts[1].1),
        (4, [0xab; 16])
    );
    assert_eq!(queue.doubt_counts().unwrap().count(), 3);
    assert_eq!(queue.runs().unwrap().count(), 1);
    assert!(queue.books()[0].run.is_some());
}

#[test]
fn views_that_are_gone_or_damaged_are_made_anew() {
    let rig = Rig::with_views();
    let queue = rig.open();
    story(&queue);
    let seen = |queue: &Queue| {
        let receipts = ReceiptFilter::default();
        (
            queue
                .takes()
                .unwrap()
                .map(|take| take.unwrap())
                .collect::<Vec<_>>(),
            queue
                .receipts(&receipts)
                .unwrap()
                .map(|entry| entry.unwrap())
                .collect::<Vec<_>>(),
            doubts(queue, &DoubtFilter::default()),
        )
    };
    let wanted = seen(&queue);
    queue.close().unwrap();
    let folder = rig.views.as_ref().unwrap().path().join("views");
    std::fs::remove_dir_all(&folder).unwrap();
    let queue = rig.open();
    assert_eq!(seen(&queue), wanted);
    queue.close().unwrap();
    std::fs::write(folder.join("conf"), b"no sled wrote this").unwrap();
    let (queue, opened) = rig.try_open().unwrap();
    assert!(opened.views_rebuilt.is_some());
    assert_eq!(seen(&queue), wanted);
}

#[test]
fn views_are_not_trusted_after_the_machine_stopped_nor_ahead_of_the_log() {
    let rig = Rig::with_views();
    let queue = rig.open();
    story(&queue);
    assert_eq!(queue.takes().unwrap().count(), 2);
    drop(queue);
    let (queue, opened) = rig.try_open().unwrap();
    assert_eq!(opened.views_rebuilt, None, "only the process had stopped");
    drop(queue);
    let folder = rig.views.as_ref().unwrap().path().join("views");
    let db = sled::open(&folder).unwrap();
    db.insert("#boot", "another start of the machine").unwrap();
    drop(db);
    let (queue, opened) = rig.try_open().unwrap();
    assert!(opened.views_rebuilt.is_some());
    assert_eq!(queue.takes().unwrap().count(), 2);
    drop(queue);
    let rig = Rig {
        views: rig.views,
        ..Rig::new()
    };
    let (queue, opened) = rig.try_open().unwrap();
    assert_eq!(
        opened.views_rebuilt.as_deref(),
        Some("it was ahead of the log")
    );
    assert_eq!(queue.takes().unwrap().count(), 0);
}

#[test]
fn a_record_is_traced_by_id_with_all_its_versions() {
    let rig = Rig::with_views();
    let queue = rig.open();
    story(&queue);
    let digits = |key: u8| format!("{key:02x}").repeat(8);
    let trace = queue.trace(&TraceQuery::Id(digits(2))).unwrap();
    let seen: Vec<_> = trace
        .versions
        .iter()
        .map(|v| (v.take, v.newest, v.source_row))
        .collect();
    assert_eq!(seen, [(3, true, 2), (1, false, 3)]);
    assert_eq!(
        trace.versions[0].body.as_deref(),
        Some(body(rec(2, 2)).as_str())
    );
    assert_eq!(trace.versions[0].outcomes[0].state, OutcomeState::Waiting);
    assert_eq!(trace.versions[1].feed, "list.csv");
    let states = |key| {
        let trace = queue.trace(&TraceQuery::Id(digits(key))).unwrap();
        let outcomes = trace.versions[0].outcomes.iter();
        outcomes.map(|outcome| outcome.state).collect::<Vec<_>>()
    };
    assert_eq!(states(1), [OutcomeState::Refused, OutcomeState::Waiting]);
    assert_eq!(states(0xab), [OutcomeState::Doubted, OutcomeState::Waiting]);
    assert!(
        queue
            .trace(&TraceQuery::Id("99".repeat(4)))
            .unwrap()
            .versions
            .is_empty()
    );
    for nonsense in ["", "12", "zz".repeat(8).as_str(), "+1234567"] {
        let asked = queue.trace(&TraceQuery::Id(nonsense.into()));
        assert!(
            matches!(asked, Err(LookupError::Query { .. })),
            "{nonsense}"
        );
    }
}

#[test]
fn versions_of_one_batch_are_traced_too() {
    let rig = Rig::with_views();
    let queue = rig.open();
    take(&queue, intake("r", &["a"], &[rec(1, 1)]));
    take(
        &queue,
        intake("r", &["a"], &[rec(9, 1), rec(1, 2), rec(1, 3)]),
    );
    let trace = queue.trace(&TraceQuery::Id("01".repeat(16))).unwrap();
    let seen: Vec<_> = trace
        .versions
        .iter()
        .map(|v| (v.take, v.source_row))
        .collect();
    assert_eq!(seen, [(2, 4), (2, 3), (1, 2)]);
}

#[test]
fn records_and_doubts_are_traced_by_a_value() {
    let rig = Rig::with_views();
    let queue = rig.open();
    story(&queue);
    let trace = queue.trace(&TraceQuery::Value("content 1".into())).unwrap();
    assert_eq!(trace.versions.len(), 3);
    assert_eq!(trace.doubts.len(), 1);
    let keys = queue.trace(&TraceQuery::Value("KEY".into())).unwrap();
    assert!(keys.versions.is_empty(), "a column's name is no value");
    let trace = queue.trace(&TraceQuery::Value("content 2".into())).unwrap();
    assert_eq!((trace.versions.len(), trace.versions[0].newest), (1, true));
}

#[test]
fn an_archived_record_is_traced_without_its_body() {
    let mut rig = Rig::with_views();
    rig.options.retain_bytes_max = 0;
    let queue = rig.open();
    story(&queue);
    queue.close().unwrap();
    let queue = rig.open();
    assert_eq!(
        queue.tend().unwrap().archived,
        0,
        "something in it still waits"
    );
    drain(&queue, "r", "a");
    drain(&queue, "r", "b");
    assert_eq!(queue.tend().unwrap().archived, 1);
    let trace = queue.trace(&TraceQuery::Id("02".repeat(16))).unwrap();
    assert_eq!(trace.versions.len(), 2);
    assert!(trace.versions.iter().all(|version| version.body.is_none()));
    assert_eq!(trace.versions[1].outcomes[0].state, OutcomeState::Delivered);
    assert_eq!(
        queue
            .trace(&TraceQuery::Value("content 1".into()))
            .unwrap()
            .archived,
        1
    );
    assert_eq!(doubts(&queue, &DoubtFilter::default()).len(), 3);
    drop(queue);
    let queue = rig.open();
    assert_eq!(books(&queue).delivered, 3);
    assert_eq!(books(&queue).refused, 1);
    assert_folded(&queue, &rig.disk);
}

#[test]
fn the_fate_of_a_feed_is_that_of_its_takes_up_to_its_end() {
    let rig = Rig::with_views();
    let queue = rig.open();
    story(&queue);
    let fate = queue.feed_fate("r", "second.csv", 0).unwrap();
    assert_eq!((fate.accepted, fate.doubtful, fate.duplicate), (1, 1, 1));
    assert_eq!(fate.ended_ms, None);
    let doubts: Vec<_> = fate
        .doubts
        .iter()
        .map(|d| (d.source_row, &*d.content))
        .collect();
    assert_eq!(doubts, [(9, "")]);
    assert_eq!(fate.accepted_rows.len(), 1);

    let since = queue.synced();
    let mut batch = intake("r", &["a"], &[rec(5, 1)]);
    batch.feed = "second.csv".into();
    batch.finished = Some(FinishedFeed {
        name: "second.csv".into(),
        bytes: 1,
        sha256: [5; 32],
        refused: false,
    });
    take(&queue, batch);
    let fate = queue.feed_fate("r", "second.csv", since).unwrap();
    assert_eq!((fate.accepted, fate.doubtful, fate.duplicate), (1, 0, 0));
    assert!(fate.ended_ms.is_some());
    let other = queue.feed_fate("other", "second.csv", 0).unwrap();
    assert_eq!(other, FeedFate::default());
}
