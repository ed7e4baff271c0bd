//! What translating one row costs, in the sandbox and natively, feed by feed; and the size of each
//! adapter: `cargo run --release -p gateway --example adapter_speed`, from the repository's root.
//!
//! The rows of each golden feed are repeated until there are thousands of them, and read in pieces
//! as the gateway reads them: a fresh instance a piece in the sandbox, plain calls natively.

use credit_adapter::{Feed, Input, Installed, Limits, STACK_BYTES, Sandbox};
use credit_sdk::Adapter;
use credit_sdk::adapter::{Piece, Settings, call};
use std::borrow::Cow;
use std::error::Error;
use std::ops::Range;
use std::path::Path;
use std::time::{Duration, Instant};

/// Rows of a feed, at least.
const ROWS: usize = 10_000;
/// Runs of which the quickest counts.
const RUNS: usize = 7;
/// Bytes of a piece: the gateway's default.
const PIECE_BYTES: usize = 1024 * 1024;

/// A golden feed, and which of its lines are its rows.
struct Sample {
    feed: &'static str,
    file: &'static str,
    rows: Range<usize>,
    /// What stands between rows, beside a line end.
    between: &'static str,
    setting: (&'static str, &'static str),
}

const fn sample(feed: &'static str, file: &'static str, rows: Range<usize>) -> Sample {
    Sample {
        feed,
        file,
        rows,
        between: "",
        setting: ("", ""),
    }
}

const fn with(sample: Sample, name: &'static str, value: &'static str) -> Sample {
    Sample {
        setting: (name, value),
        ..sample
    }
}

const TAX: [Sample; 7] = [
    with(sample("rating", "rating-layout-a.csv", 1..3), "level", "A"),
    sample("rating-table", "rating-with-level.csv", 2..4),
    sample("arrears", "arrears.csv", 3..4),
    with(sample("penalty", "penalty.csv", 1..3), "office", "某局"),
    with(sample("serious", "serious.csv", 1..3), "office", "某局"),
    with(
        sample("inspection", "inspection.csv", 1..3),
        "office",
        "某局",
    ),
    sample("abnormal", "abnormal.csv", 3..4),
];

const MARKET: [Sample; 7] = [
    sample("penalty", "generation-1.csv", 1..3),
    with(
        sample("penalty-xml", "cases.xml", 2..4),
        "amount_unit",
        "元",
    ),
    Sample {
        between: ",",
        ..with(
            sample("penalty-json", "cases.json", 1..2),
            "amount_unit",
            "元",
        )
    },
    sample("licence", "licence-2.csv", 1..3),
    with(
        sample("registration", "registration.csv", 1..2),
        "capital_unit",
        "万元",
    ),
    sample("abnormal", "abnormal.csv", 1..3),
    sample("serious", "serious.csv", 1..3),
];

const COURTS: [Sample; 3] = [
    sample("dishonest-json", "dishonest.jsonl", 0..2),
    sample("dishonest-table", "dishonest.csv", 4..6),
    sample("dishonest-bulk", "dishonest.dat", 0..2),
];

const BANKS: [Sample; 3] = [
    sample("guarantee", "guarantee.txt", 1..3),
    sample("guarantee-fixed", "guarantee-fixed.dat", 1..3),
    sample("loan-note", "loan-note.csv", 2..4),
];

/// The module of a shipped adapter, as the build made it.
macro_rules! module {
    ($name:literal) => {
        include_bytes!(concat!(env!("OUT_DIR"), "/credit_adapter_", $name, ".wasm"))
    };
}

fn main() -> Result<(), Box<dyn Error>> {
    let cache = tempfile::tempdir()?;
    let sandbox = Sandbox::start(cache.path(), STACK_BYTES)?;
    println!("adapter  KiB   feed              rows   bytes/row  sandbox µs/row  native µs/row");
    one::<credit_adapter_tax::Tax>(&sandbox, "tax", module!("tax"), &TAX)?;
    one::<credit_adapter_market::Market>(&sandbox, "market", module!("market"), &MARKET)?;
    one::<credit_adapter_courts::Courts>(&sandbox, "courts", module!("courts"), &COURTS)?;
    one::<credit_adapter_banks::Banks>(&sandbox, "banks", module!("banks"), &BANKS)
}

/// The figures of one adapter.
fn one<A: Adapter>(
    sandbox: &Sandbox,
    name: &str,
    module: &'static [u8],
    samples: &[Sample],
) -> Result<(), Box<dyn Error>> {
    let folder = Path::new("plugins").join(name);
    let manifest = std::fs::read_to_string(folder.join("adapter.toml"))?;
    let installed = Installed::new(&manifest, Cow::Borrowed(module))?;
    let limits = Limits::of(1024, 60_000, 48, 64);
    let adapter = sandbox.load(&installed, limits)?;
    for sample in samples {
        let spec = installed.manifest.feed(sample.feed).ok_or("no such feed")?;
        let raw = std::fs::read(folder.join("golden").join(sample.file))?;
        let (bytes, rows) = repeated(sample, &raw, spec)?;
        let (key, value) = sample.setting;
        let settings = [(key.to_owned(), value.to_owned())];
        let settings: &[_] = if key.is_empty() { &[] } else { &settings };
        let sandboxed = quickest(rows, || {
            walk(&bytes, |bytes, offset, last, carry| {
                let input = Input {
                    file: sample.file,
                    bytes,
                    offset,
                    last,
                    lost: 0,
                    carry,
                    settings,
                };
                let page = adapter.translate(spec, &input)?;
                Ok((page.consumed, page.carry, page.drafts.len()))
            })
        })?;
        let told: Settings<'_> = settings.iter().map(|(n, v)| (&**n, &**v)).collect();
        let native = quickest(rows, || {
            walk(&bytes, |bytes, offset, last, carry| {
                let piece = Piece {
                    feed: sample.feed,
                    file: sample.file,
                    part: 0,
                    parts: 1,
                    bytes,
                    offset,
                    last,
                    lost: 0,
                };
                let page = call::<A>(&piece, carry, &told).map_err(|fault| fault.en)?;
                Ok((page.consumed, page.carry, page.drafts.len()))
            })
        })?;
        let each = |time: Duration| time.as_secs_f64() * 1e6 / rows as f64;
        println!(
            "{name:<8} {:<5} {:<16} {rows:>6}   {:>9}  {:>14.2}  {:>13.2}",
            module.len() / 1024,
            sample.feed,
            bytes.len() / rows,
            each(sandboxed),
            each(native)
        );
    }
    Ok(())
}

/// The feed with its rows repeated, as the adapter is given it, and how many rows that are.
fn repeated(sample: &Sample, raw: &[u8], spec: &Feed) -> Result<(Vec<u8>, usize), Box<dyn Error>> {
    let lines: Vec<&[u8]> = raw.split_inclusive(|byte| *byte == b'\n').collect();
    let rows = lines.get(sample.rows.clone()).ok_or("no such lines")?;
    let head = lines.get(..sample.rows.start).unwrap_or_default();
    let mut text = head.concat();
    let mut count = 0;
    while count < ROWS {
        for row in rows {
            let row = row.trim_ascii_end();
            let row = row.strip_suffix(sample.between.as_bytes()).unwrap_or(row);
            if count > 0 {
                text.extend(sample.between.as_bytes());
                text.push(b'\n');
            }
            text.extend(row);
            count += 1;
        }
    }
    text.push(b'\n');
    // The end of a document; a table needs none.
    if let Some(end) = lines
        .last()
        .filter(|end| b"<]".contains(end.first().unwrap_or(&0)))
    {
        text.extend(*end);
    }
    if spec.text {
        text = credit_sdk::decode::decode(&text).into_owned().into_bytes();
    }
    Ok((text, count))
}

/// What a call made: bytes consumed, carry, drafts.
type Made = Result<(u64, Vec<u8>, usize), Box<dyn Error>>;

/// Reads a feed to its end; how many drafts came of it.
fn walk(
    bytes: &[u8],
    mut translate: impl FnMut(&[u8], u64, bool, &[u8]) -> Made,
) -> Result<usize, Box<dyn Error>> {
    let (mut at, mut want, mut carry, mut drafts) = (0, PIECE_BYTES, Vec::new(), 0);
    loop {
        let mut end = (at + want).min(bytes.len());
        while bytes.get(end).is_some_and(|byte| byte & 0xc0 == 0x80) {
            end += 1;
        }
        let (piece, last) = (bytes.get(at..end).unwrap_or_default(), end == bytes.len());
        let (consumed, after, made) = translate(piece, at as u64, last, &carry)?;
        (carry, drafts) = (after, drafts + made);
        at += usize::try_from(consumed)?;
        want = if consumed == 0 { want * 2 } else { PIECE_BYTES };
        if last {
            return Ok(drafts);
        }
    }
}

/// The quickest of several runs; each row must become a draft.
fn quickest(
    rows: usize,
    mut run: impl FnMut() -> Result<usize, Box<dyn Error>>,
) -> Result<Duration, Box<dyn Error>> {
    let mut best = Duration::MAX;
    for _ in 0..RUNS {
        let began = Instant::now();
        let drafts = run()?;
        best = best.min(began.elapsed());
        if drafts < rows {
            return Err(format!("{rows} rows became {drafts} drafts").into());
        }
    }
    Ok(best)
}
