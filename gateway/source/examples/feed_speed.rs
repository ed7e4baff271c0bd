//! How fast a feed is read, hashed and decoded, and what it costs to keep it as well:
//! `cargo run --release --example feed_speed`.

use std::error::Error;
use std::fs;
use std::time::Instant;

use credit_record::flow::AdapterId;
use credit_source::decode::Encoding;
use credit_source::feed::Feed;
use credit_source::files::FoundFile;
use credit_source::raw::{Bounds, Label, Store};

const FEED_BYTES: usize = 256 << 20;
const PIECE_BYTES: usize = 256 << 10;

fn main() -> Result<(), Box<dyn Error>> {
    let row =
        "黔西市永利建材有限公司,91520581MA6DEMQ1XJ,黔西县市场监督管理局,罚款,5000.00,2026-10-31\n";
    let gb18030 = encoding_rs::GB18030.encode(row).0;
    let dir = tempfile::tempdir()?;
    for (label, row) in [("UTF-8", row.as_bytes()), ("GB18030", &gb18030)] {
        let path = dir.path().join(label);
        fs::write(&path, row.repeat(FEED_BYTES / row.len()))?;
        let file = FoundFile::at(&path, label)?;
        let bounds = Bounds {
            keep_ms: i64::MAX,
            bytes_max: u64::MAX,
            free_bytes_least: 0,
        };
        let store = Store::new(&dir.path().join("raw"), bounds);
        let mut best = [0.0f64; 2];
        for _ in 0..5 {
            let [plain, kept] = &mut best;
            *plain = plain.max(megabytes_per_second(&file, None)?);
            *kept = kept.max(megabytes_per_second(&file, Some(&store))?);
        }
        let [plain, kept] = best;
        println!("{label:8} {plain:5.0} MB/s, kept as well {kept:5.0} MB/s, the best of 5");
    }
    Ok(())
}

fn megabytes_per_second(file: &FoundFile, store: Option<&Store>) -> Result<f64, Box<dyn Error>> {
    let began = Instant::now();
    let keeper = store.map(|store| store.begin("speed", 0)).transpose()?;
    let mut feed = Feed::open_keeping(file, Encoding::Detect, None, keeper)?;
    loop {
        let piece = feed.piece(PIECE_BYTES)?;
        let (bytes, last) = (piece.bytes.len(), piece.last);
        feed.consume(bytes);
        if last {
            break;
        }
    }
    let finished = feed.finished()?;
    if let Some((store, keeper)) = store.zip(feed.kept()) {
        let label = Label {
            kept_ms: 0,
            name: finished.name,
            bytes: finished.bytes,
            sha256: finished.sha256,
            adapter: AdapterId::default(),
            settings_sha256: [0; 32],
        };
        store.finish(keeper, label)?;
    }
    let raw_bytes = finished.bytes;
    Ok(raw_bytes as f64 / 1e6 / began.elapsed().as_secs_f64())
}
