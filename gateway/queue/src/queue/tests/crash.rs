use super::*;
use crate::log::twin::Dice;
use std::sync::atomic::{AtomicU64, Ordering};

const ROUTES: [&str; 2] = ["r", "s"];

/// A stretch of life: takes, settlements, notes, snapshots of both kinds, archives.
fn live(queue: &Queue, dice: &mut Dice, steps: u64, acknowledged: &AtomicU64) {
    let mut ticket: Option<Ticket> = None;
    let acknowledge = |ticket: &mut Option<Ticket>| {
        if let Some(ticket) = ticket.take() {
            acknowledged.store(ticket.wait().unwrap().seq, Ordering::SeqCst);
        }
    };
    for _ in 0..steps {
        let route = ROUTES[dice.roll(2) as usize];
        match dice.roll(14) {
            0..5 => {
                let targets: &[&str] = if dice.roll(2) == 0 {
                    &["a"]
                } else {
                    &["a", "b"]
                };
                let recs: Vec<Rec> = (0..dice.roll(8)).map(|_| any_rec(dice)).collect();
                let mut batch = intake(route, targets, &recs);
                if dice.roll(3) == 0 {
                    batch
                        .doubtful
                        .push(doubtful(1, "empty", &"y".repeat(5_000)));
                }
                batch.resume.cursor = Some(dice.roll(1000).to_string());
                let next = queue.take_in(batch).unwrap();
                acknowledge(&mut ticket);
                ticket = Some(next);
            }
            5..9 => {
                let target = if dice.roll(2) == 0 { "a" } else { "b" };
                if let Some(parcel) = queue.next(route, target).unwrap() {
                    queue
                        .settle(&parcel.id, &any_receipt(dice, parcel.rows.len()))
                        .unwrap();
                }
            }
            9 => queue
                .note(Note::RunBegan {
                    route: route.into(),
                })
                .unwrap(),
            10 => queue.inner.snapshot().unwrap(),
            11 => {
                let keys: Vec<u8> = (0..20).filter(|_| dice.roll(4) > 0).collect();
                let snapshot = removals::snapshot(route, &keys);
                queue.compare(snapshot).unwrap();
            }
            12 => {
                let (pending, _) = queue.absent(route);
                let keys: Vec<u8> = pending.iter().map(|id| id[0]).collect();
                let (some, rest) = keys.split_at(keys.len() / 2);
                let withdrawal = removals::withdrawal(route, &["a"], some);
                queue.withdraw(&withdrawal).unwrap();
                let kept = rest.iter().take(1).map(|key| [*key; 16]).collect();
                queue.keep(route, kept, withdrawal.order).unwrap();
            }
            _ => drop(queue.tend().unwrap()),
        }
    }
    acknowledge(&mut ticket);
}

fn any_rec(dice: &mut Dice) -> Rec {
    let operation = match dice.roll(8) {
        0 => Operation::Withdraw,
        1 => Operation::Hold,
        2 => Operation::Update,
        _ => INSERT,
    };
    let version = if dice.roll(2) == 0 {
        NONE
    } else {
        dice.roll(4) as i64
    };
    Rec(dice.roll(20) as u8, dice.roll(3), version, operation)
}

fn any_receipt(dice: &mut Dice, rows: usize) -> Receipt {
    let mut said = Vec::new();
    for row in 0..rows as u32 {
        match dice.roll(5) {
            0 => said.push((row, Verdict::Doubted)),
            1 => said.push((row, Verdict::Refused)),
            _ => {}
        }
    }
    verdicts(&said)
}

fn rig() -> Rig {
    let mut rig = Rig::new();
    rig.segment_bytes = 16 * 4096;
    rig.options.retain_bytes_max = 60_000;
    rig
}

#[test]
fn a_crash_at_any_point_keeps_what_was_acknowledged_and_nothing_half() {
    let mut images = 0;
    for seed in 0..400 {
        let mut dice = Dice(seed);
        let rig = rig();
        let acknowledged = Arc::new(AtomicU64::new(0));
        let queue = rig.open();
        let op = rig.disk.ops() + 1 + dice.roll(150);
        let image = rig.disk.plan(op, seed, Arc::clone(&acknowledged));
        live(&queue, &mut dice, 20, &acknowledged);
        drop(queue);
        // Killed, but the machine went on: what was not synced is there all the same.
        let queue = rig.open();
        acknowledged.store(queue.inner.log.synced(), Ordering::SeqCst);
        live(&queue, &mut dice, 20, &acknowledged);
        drop(queue);
        let taken = image.taken();
        images += u64::from(taken.is_some());
        let last = acknowledged.load(Ordering::SeqCst);
        let (disk, least) = taken.unwrap_or_else(|| (rig.disk.crash(seed), last));
        let after = Rig {
            disk,
            ..super::crash::rig()
        };
        survived(seed, &rig, &after, least);
    }
    assert!(images >= 200, "{images}");
}

/// What came through is a beginning of what was, has all that was acknowledged, and goes on.
fn survived(seed: u64, before: &Rig, after: &Rig, least: u64) {
    let queue = match after.try_open() {
        Ok((queue, _)) => queue,
        Err(error) => panic!(
            "seed {seed}: {error}: {:?}",
            std::error::Error::source(&error)
        ),
    };
    let (state, last) = folded(&after.disk);
    assert!(last >= least, "seed {seed}: {last} of {least}");
    let (beginning, _) = folded_to(&before.disk, last);
    assert!(state == beginning, "seed {seed}");
    assert_folded(&queue, &after.disk);
    assert_eq!(queue.check_books(), [], "seed {seed}");
    live(&queue, &mut Dice(seed), 10, &AtomicU64::new(0));
    for route in ROUTES {
        drain(&queue, route, "a");
        drain(&queue, route, "b");
    }
    assert!(
        queue.books().iter().all(|books| books.waiting == 0),
        "seed {seed}"
    );
    queue.inner.snapshot().unwrap();
    assert_folded(&queue, &after.disk);
    queue.close().unwrap();
    let (again, opened) = after.try_open().unwrap();
    assert_eq!((opened.torn_bytes, opened.snapshots_damaged), (0, 0));
    assert_folded(&again, &after.disk);
}

fn folded_to(disk: &Twin, last: u64) -> (State, u64) {
    let mut state = State::default();
    let replayed = crate::log::replay(&disk.copy(), 0, 0, &mut |place, stored| {
        if stored.header.seq > last {
            return Ok(());
        }
        let frame = Frame::decode(stored.header.kind, stored.payload.clone())?;
        state.apply(stored.header.seq, place, &frame)
    });
    (state, replayed.unwrap().last_seq)
}

fn lived(seed: u64) -> Rig {
    let rig = rig();
    let queue = rig.open();
    live(&queue, &mut Dice(seed), 80, &AtomicU64::new(0));
    queue.inner.snapshot().unwrap();
    live(&queue, &mut Dice(seed + 1), 20, &AtomicU64::new(0));
    queue.close().unwrap();
    rig
}

#[test]
fn a_snapshot_missing_or_damaged_only_costs_time() {
    for seed in 0..10 {
        let rig = lived(seed);
        let with = Rig {
            disk: rig.disk.copy(),
            ..super::crash::rig()
        };
        let (queue, with_opened) = with.try_open().unwrap();
        assert_folded(&queue, &with.disk);
        drop(queue);
        let snapshots = |disk: &Twin| {
            let files = disk.files().into_iter();
            files
                .filter(|(name, _)| name.ends_with(".snap"))
                .collect::<Vec<_>>()
        };
        for (name, bytes) in snapshots(&rig.disk) {
            rig.disk.meddle(&name, |content| content[bytes / 2] ^= 1);
        }
        let damaged = snapshots(&rig.disk).len() as u32;
        let (queue, opened) = rig.try_open().unwrap();
        assert_eq!(opened.snapshots_damaged, damaged);
        assert!(opened.frames > with_opened.frames);
        assert_folded(&queue, &rig.disk);
    }
}

#[test]
fn a_damaged_snapshot_never_makes_opening_panic_or_lie() {
    let rig = lived(3);
    let snapshots = rig
        .disk
        .files()
        .into_iter()
        .filter(|(name, _)| name.ends_with(".snap"));
    let (name, bytes) = snapshots.max().unwrap();
    for at in (0..bytes).step_by(bytes / 60 + 1) {
        let image = Rig {
            disk: rig.disk.copy(),
            ..super::crash::rig()
        };
        image.disk.meddle(&name, |content| content[at] ^= 0x41);
        let (queue, _) = image.try_open().unwrap();
        assert_folded(&queue, &image.disk);
    }
    for keep in (0..bytes).step_by(bytes / 20 + 1) {
        let image = Rig {
            disk: rig.disk.copy(),
            ..super::crash::rig()
        };
        image.disk.meddle(&name, |content| content.truncate(keep));
        let (queue, _) = image.try_open().unwrap();
        assert_folded(&queue, &image.disk);
    }
}

#[test]
fn a_log_that_lost_what_the_snapshot_knows_is_not_opened() {
    let rig = lived(5);
    let queue = rig.open();
    take(&queue, intake("r", &["a"], &[rec(1, 77)]));
    queue.inner.snapshot().unwrap();
    drop(queue);
    let logs = rig
        .disk
        .files()
        .into_iter()
        .filter(|(name, _)| name.ends_with(".log"));
    let (name, _) = logs.max().unwrap();
    crate::log::disk::Disk::remove(&rig.disk, &name).unwrap();
    let Err(error) = rig.try_open() else {
        panic!("opened")
    };
    assert_eq!(error.code(), "queue-damaged");
}

#[test]
fn a_snapshot_written_while_takes_go_on_is_exact() {
    let rig = Rig::new();
    let queue = rig.open();
    let stop = AtomicU64::new(0);
    let images: Vec<Twin> = std::thread::scope(|scope| {
        for route in ROUTES {
            let (queue, stop) = (&queue, &stop);
            scope.spawn(move || {
                let mut dice = Dice(route.len() as u64);
                while stop.load(Ordering::SeqCst) == 0 {
                    let recs: Vec<Rec> = (0..6).map(|_| any_rec(&mut dice)).collect();
                    drop(queue.take_in(intake(route, &["a"], &recs)).unwrap());
                    if let Some(parcel) = queue.next(route, "a").unwrap() {
                        let receipt = any_receipt(&mut dice, parcel.rows.len());
                        queue.settle(&parcel.id, &receipt).unwrap();
                    }
                }
            });
        }
        let images = (0..12).map(|seed| {
            while queue.inner.log.appended() < 20 * (seed + 1) {
                std::thread::yield_now();
            }
            queue.inner.snapshot().unwrap();
            rig.disk.crash(seed)
        });
        let images = images.collect();
        stop.store(1, Ordering::SeqCst);
        images
    });
    for disk in images {
        let image = Rig { disk, ..Rig::new() };
        let (queue, opened) = image.try_open().unwrap();
        assert!(opened.snapshots_damaged == 0 && opened.keys > 0);
        assert_folded(&queue, &image.disk);
    }
}
