use super::twin::Twin;
use super::*;
use std::sync::Arc;

const SEGMENT: u64 = 16 * BLOCK_BYTES;

type Frames = Vec<(u64, Place, u8, Vec<u8>)>;

fn open(disk: &Twin) -> Result<(Log, Frames), RecoverError> {
    let mut frames = Vec::new();
    let replayed = replay(disk, 0, 0, &mut |place, stored| {
        let Stored { header, payload } = stored.clone();
        frames.push((header.seq, place, header.kind, payload));
        Ok(())
    })?;
    let disk = Arc::new(disk.clone());
    let log = Log::start(disk, SEGMENT, Arc::new(|| 7), replayed, Box::new(|_| ()));
    Ok((log.unwrap(), frames))
}

fn append(log: &Log, payload: &[u8]) -> u64 {
    let (seq, _) = log.append(1, &[payload], Urgency::Now).unwrap();
    log.wait(seq).unwrap();
    seq
}

fn payload(n: u64) -> Vec<u8> {
    vec![n as u8; 100 + 3000 * (n as usize % 4)]
}

fn filled(disk: &Twin, frames: u64) {
    let (log, _) = open(disk).unwrap();
    for n in 1..=frames {
        assert_eq!(append(&log, &payload(n)), n);
    }
    log.close().unwrap();
}

#[test]
fn what_was_appended_is_read_back_over_segments_and_restarts() {
    let disk = Twin::default();
    filled(&disk, 30);
    let (log, frames) = open(&disk).unwrap();
    assert_eq!(frames.len(), 31, "30 and a seal");
    for (seq, place, _, bytes) in frames.iter().take(30) {
        assert_eq!(*bytes, payload(*seq));
        assert_eq!(log.read(*place).unwrap().payload, *bytes);
    }
    let segments = frames.iter().map(|(_, place, _, _)| place.segment).max();
    assert!(segments > Some(3), "{segments:?}");
    assert_eq!(append(&log, b"more"), 32);
    let mut cursor = Cursor::at(29);
    let seqs: Vec<u64> = std::iter::from_fn(|| log.following(&mut cursor, 32).unwrap())
        .map(|(_, stored)| stored.header.seq)
        .collect();
    assert_eq!(seqs, [29, 30, 31, 32]);
}

#[test]
fn a_torn_tail_is_cut_off_and_never_comes_back() {
    let disk = Twin::default();
    let (log, _) = open(&disk).unwrap();
    append(&log, b"kept");
    log.append(1, &[&payload(3)], Urgency::Soon).unwrap();
    for seed in 0..40 {
        let image = disk.crash(seed);
        let (log, frames) = open(&image).unwrap();
        assert!(matches!(frames.len(), 1 | 2), "seed {seed}");
        assert_eq!(frames[0].3, b"kept");
        let next = append(&log, b"after");
        drop(log);
        let (_, again) = open(&image.crash(seed + 1)).unwrap();
        assert_eq!(again.len() as u64, next);
        assert_eq!(again.last().unwrap().3, b"after");
    }
}

#[test]
fn a_flipped_byte_is_reported_or_harmless_and_never_skipped() {
    let disk = Twin::default();
    filled(&disk, 12);
    let (_, whole) = open(&disk.copy()).unwrap();
    let mut reported = 0;
    for (name, bytes) in disk.files() {
        for at in (0..bytes).step_by(97) {
            let image = disk.copy();
            image.meddle(&name, |content| content[at] ^= 0x10);
            match open(&image) {
                Ok((_, frames)) => {
                    // The seal of the last segment is the one frame that nothing vouches for.
                    let most = whole.len().min(frames.len());
                    assert!(most >= whole.len() - 1, "{name} at {at}");
                    assert_eq!(frames[..most], whole[..most], "{name} at {at}");
                }
                Err(RecoverError::Read(ReadError::Damaged(damage))) => {
                    assert_eq!(damage.file, name);
                    assert!(damage.offset <= at as u64 && at as u64 <= damage.offset + 13_000);
                    reported += 1;
                }
                Err(other) => panic!("{name} at {at}: {other}"),
            }
        }
    }
    assert!(reported > 100, "{reported}");
}

#[test]
fn a_missing_segment_is_missed() {
    let disk = Twin::default();
    filled(&disk, 30);
    let image = disk.copy();
    Disk::remove(&image, "0000000002.log").unwrap();
    assert!(matches!(open(&image), Err(RecoverError::Missing(2))));
    let image = disk.copy();
    Disk::remove(&image, "0000000001.log").unwrap();
    assert!(matches!(open(&image), Err(RecoverError::Missing(1))));
}

#[test]
fn what_a_snapshot_knows_cannot_be_torn_off() {
    let disk = Twin::default();
    let (log, _) = open(&disk).unwrap();
    append(&log, b"one");
    append(&log, b"two");
    drop(log);
    disk.meddle("0000000001.log", |content| content[2 * 4096 + 41] ^= 1);
    assert!(replay(&disk.copy(), 0, 1, &mut |_, _| Ok(())).is_ok());
    assert!(replay(&disk, 0, 2, &mut |_, _| Ok(())).is_err());
}

#[test]
fn something_that_looks_like_a_frame_within_a_torn_one_is_none() {
    let disk = Twin::default();
    let (log, _) = open(&disk).unwrap();
    append(&log, b"kept");
    // A record that holds the bytes of a frame, made without the segment's salt, where a block
    // begins.
    let header = Header {
        kind: 1,
        payload_bytes: 0,
        seq: 9,
        synced: 8,
        block: 3,
    };
    let mut forged = vec![0; BLOCK_BYTES as usize - HEADER_BYTES];
    forged.extend(header.encode(0, 0));
    log.append(1, &[&forged], Urgency::Soon).unwrap();
    drop(log);
    disk.meddle("0000000001.log", |content| content[2 * 4096 + 60] ^= 1);
    let (_, frames) = open(&disk).unwrap();
    assert_eq!(frames.len(), 1);
}

#[test]
fn a_full_disk_refuses_and_later_takes() {
    let disk = Twin::default();
    let (log, _) = open(&disk).unwrap();
    disk.limit(Some(0));
    let mut taken = 0;
    while log.append(1, &[&payload(3)], Urgency::Now).is_ok() {
        taken += 1;
    }
    let refused = log.append(1, &[&payload(3)], Urgency::Now);
    assert!(matches!(refused, Err(LogError::Full(_))));
    disk.limit(None);
    assert_eq!(append(&log, &payload(3)), taken + 1);
    drop(log);
    assert_eq!(open(&disk.crash(1)).unwrap().1.len() as u64, taken + 1);
}

#[test]
fn a_failed_write_leaves_nothing_and_the_next_one_goes_on() {
    let disk = Twin::default();
    let (log, _) = open(&disk).unwrap();
    append(&log, b"one");
    disk.fail_writes(true);
    assert!(matches!(
        log.append(1, &[&payload(3)], Urgency::Now),
        Err(LogError::Write(_))
    ));
    disk.fail_writes(false);
    assert_eq!(append(&log, b"two"), 2);
    drop(log);
    let (_, frames) = open(&disk.crash(3)).unwrap();
    assert_eq!(frames.len(), 2);
    assert_eq!(frames[1].3, b"two");
}

#[test]
fn a_failed_barrier_ends_all_promises() {
    let disk = Twin::default();
    let (log, _) = open(&disk).unwrap();
    append(&log, b"one");
    disk.fail_syncs(true);
    let (seq, _) = log.append(1, &[b"two"], Urgency::Now).unwrap();
    assert!(matches!(log.wait(seq), Err(LogError::Poisoned(_))));
    disk.fail_syncs(false);
    let refused = log.append(1, &[b"three"], Urgency::Now);
    assert!(matches!(refused, Err(LogError::Poisoned(_))));
    assert_eq!(log.synced(), 1);
}

#[test]
fn what_nobody_waits_for_is_synced_soon() {
    let disk = Twin::default();
    let (log, _) = open(&disk).unwrap();
    let (seq, _) = log.append(2, &[b"settled"], Urgency::Soon).unwrap();
    log.wait(seq).unwrap();
    assert_eq!(open(&disk.crash(0)).unwrap().1.len(), 1);
}

#[test]
fn an_archive_keeps_places_and_order() {
    let disk = Twin::default();
    filled(&disk, 30);
    let (log, frames) = open(&disk).unwrap();
    let strip = |_: u8, mut payload: Vec<u8>| {
        payload.truncate(10);
        payload
    };
    log.archive(1, &strip).unwrap();
    log.archive(2, &strip).unwrap();
    for (_, place, _, bytes) in &frames {
        let stored = log.read(*place).unwrap().payload;
        let cut = bytes.len().min(10);
        assert_eq!(
            stored,
            if place.segment <= 2 {
                &bytes[..cut]
            } else {
                bytes
            }
        );
    }
    let mut cursor = Cursor::at(1);
    let seqs = std::iter::from_fn(|| log.following(&mut cursor, 31).unwrap());
    assert!(seqs.map(|(_, stored)| stored.header.seq).eq(1..=31));
    drop(log);
    let names: Vec<String> = disk.files().into_iter().map(|(name, _)| name).collect();
    assert!(!names.contains(&"0000000001.log".to_owned()), "{names:?}");
    let (_, again) = open(&disk.crash(5)).unwrap();
    let places = |frames: &Frames| frames.iter().map(|f| (f.0, f.1)).collect::<Vec<_>>();
    assert_eq!(places(&again), places(&frames));
}

#[test]
fn a_crash_anywhere_in_archiving_loses_nothing() {
    let disk = Twin::default();
    filled(&disk, 20);
    for op in 1..12 {
        let twin = disk.copy();
        let (log, _) = open(&twin).unwrap();
        let image = twin.plan(twin.ops() + op, op, Arc::default());
        log.archive(1, &|_, payload| payload).unwrap();
        let crashed = image
            .taken()
            .map_or_else(|| twin.crash(op), |(image, _)| image);
        let (_, frames) = open(&crashed).unwrap();
        assert!(frames.iter().map(|f| f.0).eq(1..=21));
        assert!(frames.iter().take(20).all(|f| f.3 == payload(f.0)));
    }
}

#[test]
fn what_a_failed_barrier_may_have_lost_is_written_again_before_it_counts() {
    let disk = Twin::default();
    let (log, _) = open(&disk).unwrap();
    append(&log, b"one");
    disk.fail_syncs(true);
    let (seq, _) = log.append(1, &[b"two"], Urgency::Now).unwrap();
    assert!(log.wait(seq).is_err());
    drop(log);
    disk.fail_syncs(false);
    // The kernel still shows the page, but has given up writing it.
    disk.give_up_writing();
    let (_, frames) = open(&disk).unwrap();
    assert_eq!(frames.len(), 2);
    for seed in 0..8 {
        assert_eq!(open(&disk.crash(seed)).unwrap().1, frames);
    }
}
