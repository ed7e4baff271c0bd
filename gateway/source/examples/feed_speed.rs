//! How fast a feed is read, hashed and decoded: `cargo run --release --example feed_speed`.

use std::error::Error;
use std::fs;
use std::time::Instant;

use credit_source::decode::Encoding;
use credit_source::feed::Feed;
use credit_source::files::FoundFile;

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
        let mut best = 0.0f64;
        for _ in 0..5 {
            best = best.max(megabytes_per_second(&file)?);
        }
        println!("{label:8} {best:5.0} MB/s, the best of 5");
    }
    Ok(())
}

fn megabytes_per_second(file: &FoundFile) -> Result<f64, Box<dyn Error>> {
    let began = Instant::now();
    let mut feed = Feed::open(file, Encoding::Detect, None)?;
    loop {
        let piece = feed.piece(PIECE_BYTES)?;
        let (bytes, last) = (piece.bytes.len(), piece.last);
        feed.consume(bytes);
        if last {
            break;
        }
    }
    let raw_bytes = feed.finished()?.bytes;
    Ok(raw_bytes as f64 / 1e6 / began.elapsed().as_secs_f64())
}
