mod again;
mod crash;
mod flow;
mod lookup;
mod removals;
mod sight;
mod speed;

use super::decide::{Intake, NewRow};
use super::open::Setup;
use super::*;
use crate::log::twin::Twin;
use crate::state::{New, State};
use credit_record::flow::{
    AdapterId, Doubtful, Operation, Parcel, ParcelLimits, Reason, Receipt, RowVerdict, Verdict,
};

/// A queue on a disk in memory.
struct Rig {
    disk: Twin,
    views: Option<tempfile::TempDir>,
    options: Options,
    segment_bytes: u64,
}

impl Rig {
    fn new() -> Self {
        let options = Options {
            clock: Arc::new(|| 1_000),
            ..Options::default()
        };
        Self {
            disk: Twin::default(),
            views: None,
            options,
            segment_bytes: 256 << 10,
        }
    }

    fn with_views() -> Self {
        Self {
            views: Some(tempfile::tempdir().unwrap()),
            ..Self::new()
        }
    }

    fn open(&self) -> Queue {
        self.try_open().unwrap().0
    }

    fn try_open(&self) -> Result<(Queue, Opened), crate::OpenError> {
        Queue::set_up(Setup {
            disk: Arc::new(self.disk.clone()),
            views: self
                .views
                .as_ref()
                .map(|folder| folder.path().join("views")),
            options: self.options.clone(),
            segment_bytes: self.segment_bytes,
            snapshot_bytes_least: u64::MAX,
            tended: false,
            held: None,
        })
    }
}

/// One record of a test: key, content, version.
#[derive(Clone, Copy, Debug)]
struct Rec(u8, u64, i64, Operation);

const INSERT: Operation = Operation::Insert;
const NONE: i64 = i64::MIN;

fn rec(key: u8, content: u64) -> Rec {
    Rec(key, content, NONE, INSERT)
}

fn body(rec: Rec) -> String {
    format!(r#"{{"KEY":"{}","TEXT":"content {}"}}"#, rec.0, rec.1)
}

fn intake(route: &str, targets: &[&str], recs: &[Rec]) -> Intake {
    let mut bodies = String::new();
    let mut rows = Vec::new();
    for (n, rec) in recs.iter().enumerate() {
        bodies.push_str(&body(*rec));
        rows.push(NewRow {
            new: New {
                id: [rec.0; 16],
                digest: rec.1,
                version: rec.2,
                operation: rec.3,
            },
            source_row: n as u64 + 2,
            end: bodies.len() as u32,
            directory: 0,
            repairs: 0,
            warnings: 0,
            person: false,
        });
    }
    Intake {
        route: route.into(),
        targets: targets.iter().map(|target| (*target).to_owned()).collect(),
        feed: "list.csv".into(),
        adapter: AdapterId {
            name: "tax".into(),
            version: "1".into(),
            sha256: [7; 32],
        },
        bodies,
        rows,
        directories: vec!["XZXK".into()],
        doubtful: Vec::new(),
        skipped: Vec::new(),
        resume: Resume::default(),
        finished: None,
        replay_of: None,
        parcels: ParcelLimits {
            records_max: 3,
            bytes_max: 100_000,
        },
    }
}

fn doubtful(row: u64, code: &str, content: &str) -> Doubtful {
    Doubtful {
        source_row: row,
        directory: "XZXK".into(),
        person: false,
        reasons: vec![Reason {
            field: "KEY".into(),
            code: code.into(),
            zh: "为空".into(),
            en: "is empty".into(),
        }],
        content: content.into(),
        place: None,
    }
}

fn take(queue: &Queue, intake: Intake) -> Taken {
    queue.take_in(intake).unwrap().wait().unwrap()
}

fn receipt() -> Receipt {
    Receipt {
        task: "T".into(),
        at_ms: 5,
        attempts: 1,
        doubted: 0,
        rows: Vec::new(),
    }
}

fn verdicts(rows: &[(u32, Verdict)]) -> Receipt {
    let doubted = rows
        .iter()
        .filter(|(_, verdict)| *verdict == Verdict::Doubted)
        .count() as u32;
    let row = |(row, verdict): &(u32, Verdict)| RowVerdict {
        row: *row,
        verdict: verdict.clone(),
        code: "E".into(),
        reason: "why".into(),
    };
    Receipt {
        doubted,
        rows: rows.iter().map(row).collect(),
        ..receipt()
    }
}

fn next(queue: &Queue, target: &str) -> Parcel {
    queue.next("r", target).unwrap().expect("a parcel")
}

/// Settles all that waits for a target; returns the keys in the order in which they left.
fn drain(queue: &Queue, route: &str, target: &str) -> Vec<u8> {
    let mut keys = Vec::new();
    while let Some(parcel) = queue.next(route, target).unwrap() {
        keys.extend(parcel.rows.iter().map(|row| row.id[0]));
        queue.settle(&parcel.id, &receipt()).unwrap();
    }
    keys
}

fn books(queue: &Queue) -> RouteBooks {
    assert_eq!(queue.check_books(), []);
    queue.books().remove(0)
}

/// The state as the log alone tells it, and how many frames that are.
fn folded(disk: &Twin) -> (State, u64) {
    let mut state = State::default();
    let replayed = crate::log::replay(&disk.copy(), 0, 0, &mut |place, stored| {
        let frame = Frame::decode(stored.header.kind, stored.payload.clone())?;
        state.apply(stored.header.seq, place, &frame)
    });
    (state, replayed.unwrap().last_seq)
}

/// The queue has exactly the state that its log tells.
fn assert_folded(queue: &Queue, disk: &Twin) {
    let (state, _) = folded(disk);
    let cells = queue.inner.cells();
    assert_eq!(cells.len(), state.routes.len());
    for cell in cells {
        let route = lock(&cell.route);
        assert!(state.routes[&cell.name] == *route, "{:?}", route.ledger);
    }
}
