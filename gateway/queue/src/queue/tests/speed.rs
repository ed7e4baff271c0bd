//! `cargo test --release -p credit-queue -- --ignored --nocapture speed`

use super::*;
use std::time::Instant;

const TAKES: u64 = 2_000;
const ROWS: u64 = 500;
const BODY_BYTES: usize = 900;

fn batch(n: u64) -> Intake {
    let bodies = "x".repeat(ROWS as usize * BODY_BYTES);
    let row = |m: u64| {
        let number = n * ROWS + m;
        // Spread as the hash of a key is.
        let id = u128::from(number + 1).wrapping_mul(0xda94_2042_e4dd_58b5_94d0_49bb_1331_11eb);
        NewRow {
            new: New {
                id: id.to_be_bytes(),
                digest: number,
                version: 1,
                operation: INSERT,
            },
            source_row: m,
            end: (m as u32 + 1) * BODY_BYTES as u32,
            directory: 0,
            repairs: 0,
            warnings: 0,
            person: false,
        }
    };
    let mut batch = intake("r", &["a"], &[]);
    batch.bodies = bodies;
    batch.rows = (0..ROWS).map(row).collect();
    batch.parcels = ParcelLimits {
        records_max: 500,
        bytes_max: 1 << 20,
    };
    batch
}

fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat
        .rsplit(')')
        .next()
        .unwrap()
        .split_whitespace()
        .collect();
    (fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()) / 100.0
}

/// One take in flight while the next is made ready, and another thread that settles.
#[test]
#[ignore = "a measurement: it writes a gigabyte"]
fn speed_of_taking_and_settling() {
    let folder = tempfile::tempdir().unwrap();
    let (queue, _) = Queue::open(folder.path(), Options::default()).unwrap();
    let (made_at, made_cpu) = (Instant::now(), cpu_seconds());
    for n in 0..TAKES {
        std::hint::black_box(batch(n));
    }
    let making = cpu_seconds() - made_cpu;
    let making_s = made_at.elapsed().as_secs_f64();
    let (begin, begin_cpu) = (Instant::now(), cpu_seconds());
    std::thread::scope(|scope| {
        let (ring, rung) = std::sync::mpsc::channel();
        queue.watch(
            "r",
            "a",
            Arc::new(move || ring.send(()).unwrap_or_default()),
        );
        scope.spawn(|| {
            let rung = rung;
            let mut left = TAKES * ROWS;
            while left > 0 {
                while let Some(parcel) = queue.next("r", "a").unwrap() {
                    queue.settle(&parcel.id, &receipt()).unwrap();
                    left -= parcel.rows.len() as u64;
                }
                if left > 0 {
                    rung.recv().unwrap();
                }
            }
        });
        let mut ticket: Option<Ticket> = None;
        for n in 0..TAKES {
            let next = queue.take_in(batch(n)).unwrap();
            if let Some(ticket) = ticket.replace(next) {
                ticket.wait().unwrap();
            }
        }
        ticket.unwrap().wait().unwrap();
    });
    let (seconds, cpu) = (begin.elapsed().as_secs_f64(), cpu_seconds() - begin_cpu);
    let records = (TAKES * ROWS) as f64;
    let books = books(&queue);
    assert_eq!((books.delivered, books.waiting), (TAKES * ROWS, 0));
    println!(
        "{:.0} records/s, {:.2} CPU s per million (making the batches: {:.2} CPU s, \
         {making_s:.2} s more), {:.1} bytes a key",
        records / seconds,
        (cpu - making) / records * 1e6,
        making / records * 1e6,
        books.index_bytes as f64 / books.keys as f64,
    );
    let begin = Instant::now();
    queue.close().unwrap();
    let closing = begin.elapsed();
    let begin = Instant::now();
    let (queue, opened) = Queue::open(folder.path(), Options::default()).unwrap();
    let opening = begin.elapsed();
    drop(queue);
    println!("closed in {closing:?}, opened in {opening:?}: {opened:?}");
    for entry in std::fs::read_dir(folder.path().join("log")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|kind| kind == "snap") {
            std::fs::remove_file(path).unwrap();
        }
    }
    let begin = Instant::now();
    let (_, opened) = Queue::open(folder.path(), Options::default()).unwrap();
    println!(
        "opened without a snapshot in {:?}: {} frames",
        begin.elapsed(),
        opened.frames
    );
}
