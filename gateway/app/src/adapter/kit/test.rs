//! `gateway adapter test`: does an adapter do what its golden files say, whatever way it is fed,
//! and within its limits?

use super::bench::{Bench, PIECE_BYTES, Terms, decoded};
use super::project::{self, Project, Sample};
use super::walk::{Reading, Walked, walk};
use super::{Which, golden};
use crate::cli::Format;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::report;
use credit_adapter::{Limits, Usage};
use credit_record::flow::Reason;
use credit_source::decode::Encoding;
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Duration;

/// Feeds up to this size are cut into pieces of every size.
const EVERY_SIZE_BYTES_MAX: usize = 1024;
/// Feeds up to this size are cut into pieces of 1 to 64 bytes; larger ones into no shorter ones.
const SHORT_PIECES_BYTES_MAX: usize = 64 * 1024;
/// Pieces that are short.
const SHORT: usize = 64;
/// Runs of which the quickest counts.
const TIMED_RUNS: usize = 5;

/// What came of one sample.
#[derive(Serialize)]
struct Tested {
    sample: String,
    feed: String,
    rows: u64,
    records: u64,
    doubtful: u64,
    skipped: u64,
    golden: Golden,
    /// Sizes of pieces that were tried.
    piece_sizes: usize,
    #[serde(flatten)]
    used: Used,
    reasons: Vec<Why>,
    /// What is wrong; nothing where all is well.
    failures: Vec<String>,
}

/// The golden file.
#[derive(Clone, Copy, Serialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum Golden {
    Agrees,
    Differs,
    Missing,
    Written,
}

impl Golden {
    const fn word(self) -> &'static str {
        match self {
            Self::Agrees => "一致 agrees",
            Self::Differs => "不同 differs",
            Self::Missing => "没有 missing",
            Self::Written => "已写 written",
        }
    }
}

/// What was used of the limits, at most, whatever the sizes of pieces.
#[derive(Serialize)]
struct Used {
    memory_bytes: u64,
    longest_call_us: u64,
    output_bytes: u64,
    carry_bytes: u64,
    /// Of the file read whole.
    us_a_row: f64,
}

/// Why rows are doubtful.
#[derive(Serialize)]
struct Why {
    code: String,
    field: String,
    rows: u64,
    message_zh: String,
    message_en: String,
}

/// Tests an adapter.
pub(super) fn test(which: &Which, bless: bool, format: Format) -> Result<Exit, Failure> {
    let project = project::open(which)?;
    let bench = Bench::open(&project.installed, Terms::shipped()?)?;
    let undeclared = undeclared(&project, &bench);
    let samples = project.samples.iter().map(|s| sample(&bench, s, bless));
    let mut tested = samples.collect::<Result<Vec<_>, _>>()?;
    if let Some(first) = tested.first_mut() {
        first.failures.splice(0..0, undeclared);
    }
    let shown = report::print(format, &tested, |tested| text(tested, &project));
    shown.map_err(|e| Failure::of(Exit::Failed, &e))?;
    let failed = tested.iter().any(|t| !t.failures.is_empty());
    Ok(if failed { Exit::Failed } else { Exit::Done })
}

/// Directories that the manifest declares and the schema does not have.
fn undeclared(project: &Project, bench: &Bench) -> Vec<String> {
    let feeds = project.installed.manifest.feeds.iter();
    let named = feeds.flat_map(|f| f.directories.iter().map(move |code| (&f.name, code)));
    let unknown = named.filter(|(_, code)| bench.directories().get(code).is_none());
    unknown
        .map(|(feed, code)| format!("feed {feed}: there is no directory {code:?} in the schema"))
        .collect()
}

fn sample(bench: &Bench, sample: &Sample, bless: bool) -> Result<Tested, Failure> {
    let raw = std::fs::read(&sample.path).map_err(|e| project::unreadable(&sample.path, &e))?;
    let bytes = decoded(&sample.spec, &raw, Encoding::Detect);
    let file = sample.name();
    let run = |piece_bytes| {
        let reading = Reading {
            spec: &sample.spec,
            file: &file,
            settings: &sample.settings,
        };
        walk(bench, reading, &bytes, piece_bytes)
    };
    let whole = run(bytes.len().max(1));
    let mut failures = Vec::new();
    let mut usage = whole.usage;
    failures.extend(whole.misbehaved(bytes.len()));
    // What fails as a whole fails in pieces, and hangs as often.
    let sound = failures.is_empty();
    let golden = compare(sample, &whole, bless, &mut failures)?;
    let sizes = if sound {
        sizes(bytes.len())
    } else {
        Vec::new()
    };
    if sound {
        let again = run(bytes.len().max(1));
        failures.extend(whole.other_than(&again).map(|d| format!("run twice: {d}")));
    }
    for piece_bytes in &sizes {
        let pieces = run(*piece_bytes);
        usage = usage.most(pieces.usage);
        let problem = pieces
            .misbehaved(bytes.len())
            .or_else(|| whole.other_than(&pieces));
        if let Some(problem) = problem {
            failures.push(format!("in pieces of {piece_bytes} bytes: {problem}"));
            break;
        }
    }
    let timed = (0..TIMED_RUNS).filter(|_| sound);
    let quickest = timed.map(|_| run(PIECE_BYTES).time).min();
    let (records, doubtful) = whole.fates();
    Ok(Tested {
        sample: sample.shown.clone(),
        feed: sample.spec.name.clone(),
        rows: whole.rows(),
        records,
        doubtful,
        skipped: whole.skipped(),
        golden,
        piece_sizes: sizes.len(),
        used: Used::of(usage, quickest.unwrap_or(whole.time), whole.rows()),
        reasons: reasons(&whole),
        failures,
    })
}

impl Walked {
    /// What an adapter must never do.
    fn misbehaved(&self, feed_bytes: usize) -> Option<String> {
        let cut = self.cuts.first().map(|cut| {
            let (bytes, offset) = (cut.bytes, cut.offset);
            format!(
                "{}: {} ({bytes} bytes from byte {offset})",
                cut.code, cut.en
            )
        });
        let broken = || self.broken.clone();
        cut.or_else(broken).or_else(|| self.unaccounted(feed_bytes))
    }
}

impl Used {
    fn of(usage: Usage, whole: Duration, rows: u64) -> Self {
        Self {
            memory_bytes: usage.memory_bytes,
            longest_call_us: u64::try_from(usage.time.as_micros()).unwrap_or(u64::MAX),
            output_bytes: usage.output_bytes,
            carry_bytes: usage.carry_bytes,
            us_a_row: whole.as_secs_f64() * 1e6 / rows.max(1) as f64,
        }
    }
}

/// Holds what came of a sample against its golden file, or writes that file.
fn compare(
    sample: &Sample,
    whole: &Walked,
    bless: bool,
    failures: &mut Vec<String>,
) -> Result<Golden, Failure> {
    let (path, found) = (golden::path(&sample.path), golden::text(whole));
    let shown = path.display();
    if bless {
        let failed = |e| Failure::new(Exit::Failed, format!("{shown} cannot be written: {e}"));
        std::fs::write(&path, found).map_err(failed)?;
        return Ok(Golden::Written);
    }
    let wanted = match std::fs::read_to_string(&path) {
        Ok(wanted) => wanted,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            failures.push(format!(
                "there is no {shown}; write it with --bless and look at it"
            ));
            return Ok(Golden::Missing);
        }
        Err(error) => return Err(project::unreadable(&path, &error)),
    };
    let Some((line, wanted, found)) = golden::difference(&wanted, &found) else {
        return Ok(Golden::Agrees);
    };
    failures.push(format!(
        "{shown}, line {line}:\n  应为 golden: {wanted}\n  实为 found:  {found}\n  \
         if the change is meant: --bless"
    ));
    Ok(Golden::Differs)
}

/// Sizes of pieces that a feed is cut into: small feeds into every size, middling ones into those
/// up to 64 and powers of two, large ones into powers of two; and always the whole.
fn sizes(feed_bytes: usize) -> Vec<usize> {
    let powers = (0..usize::BITS).map(|power| 1_usize << power);
    let powers = powers.take_while(|size| *size < feed_bytes);
    let mut sizes: Vec<usize> = if feed_bytes <= EVERY_SIZE_BYTES_MAX {
        (1..feed_bytes).collect()
    } else if feed_bytes <= SHORT_PIECES_BYTES_MAX {
        (1..=SHORT).chain(powers).collect()
    } else {
        powers.filter(|size| *size >= SHORT).collect()
    };
    sizes.push(feed_bytes.max(1));
    sizes.sort_unstable();
    sizes.dedup();
    sizes
}

/// Why rows are doubtful, those of one kind together.
fn reasons(whole: &Walked) -> Vec<Why> {
    let mut kinds: BTreeMap<(&str, &str), (u64, &Reason)> = BTreeMap::new();
    let entries = whole.judged.iter().flat_map(|judged| &judged.doubtful);
    for reason in entries.flat_map(|entry| &entry.reasons) {
        let kind = kinds.entry((&reason.code, &reason.field));
        kind.or_insert((0, reason)).0 += 1;
    }
    let why = |((code, field), (rows, reason)): ((&str, &str), (u64, &Reason))| Why {
        code: code.to_owned(),
        field: field.to_owned(),
        rows,
        message_zh: reason.zh.clone(),
        message_en: reason.en.clone(),
    };
    kinds.into_iter().map(why).collect()
}

fn text(tested: &[Tested], project: &Project) -> String {
    let id = project.installed.id();
    let bytes = report::thousands(project.installed.component.len() as u64);
    let mut text = format!("{} {}   {bytes} bytes\n", id.name, id.version);
    text.push_str(&fates(tested));
    text.push_str(&limits(tested, &project.installed.manifest.limits));
    text.push_str(&doubts(tested));
    for (tested, failure) in tested
        .iter()
        .flat_map(|t| t.failures.iter().map(move |f| (t, f)))
    {
        text.push_str(&format!("失败 failed: {}: {failure}\n", tested.sample));
    }
    if tested.iter().all(|t| t.failures.is_empty()) {
        text.push_str("全部通过 all is well\n");
    }
    text
}

/// What a person would have to look at.
fn doubts(tested: &[Tested]) -> String {
    let mut text = String::new();
    for tested in tested.iter().filter(|t| !t.reasons.is_empty()) {
        text.push_str(&format!("存疑 doubtful: {}\n", tested.sample));
        for why in &tested.reasons {
            let (rows, field, code) = (report::thousands(why.rows), &why.field, &why.code);
            let (zh, en) = (&why.message_zh, &why.message_en);
            text.push_str(&format!("  {rows} × {field:<10} {zh} · {en} [{code}]\n"));
        }
    }
    text
}

fn fates(tested: &[Tested]) -> String {
    let head = [
        "样本\nsample",
        "数据\nfeed",
        "行\nrows",
        "记录\nrecords",
        "存疑\ndoubtful",
        "跳过\nskipped",
        "黄金文件\ngolden file",
        "切分\nsizes of pieces",
        "失败\nfailures",
    ];
    let number = report::thousands;
    let row = |t: &Tested| {
        vec![
            t.sample.clone(),
            t.feed.clone(),
            number(t.rows),
            number(t.records),
            number(t.doubtful),
            number(t.skipped),
            t.golden.word().to_owned(),
            number(t.piece_sizes as u64),
            number(t.failures.len() as u64),
        ]
    };
    report::table(&head, tested.iter().map(row))
}

fn limits(tested: &[Tested], limits: &Limits) -> String {
    let head = [
        "样本\nsample",
        "内存\nmemory, MiB",
        "最长调用\nlongest call, ms",
        "输出\noutput, KiB",
        "状态\ncarry, bytes",
        "每行\nµs a row",
    ];
    let of = |used: f64, most: u64| format!("{used:.1} / {}", report::thousands(most));
    let mib = |bytes: u64| bytes as f64 / 1024.0 / 1024.0;
    let call_ms = u64::try_from(limits.call.as_millis()).unwrap_or(u64::MAX);
    let row = |t: &Tested| {
        let used = &t.used;
        vec![
            t.sample.clone(),
            of(mib(used.memory_bytes), limits.memory_bytes >> 20),
            of(used.longest_call_us as f64 / 1000.0, call_ms),
            of(used.output_bytes as f64 / 1024.0, limits.output_bytes >> 10),
            format!(
                "{} / {}",
                used.carry_bytes,
                report::thousands(limits.carry_bytes)
            ),
            format!("{:.1}", used.us_a_row),
        ]
    };
    report::table(&head, tested.iter().map(row))
}

#[cfg(test)]
mod tests {
    use super::sizes;

    #[test]
    fn small_feeds_are_cut_into_every_size_and_large_ones_into_fewer() {
        assert_eq!(sizes(0), [1]);
        assert_eq!(sizes(5), [1, 2, 3, 4, 5]);
        let middling = sizes(5_000);
        assert_eq!(middling[..64], (1..=64).collect::<Vec<_>>());
        assert_eq!(middling[64..], [128, 256, 512, 1_024, 2_048, 4_096, 5_000]);
        assert_eq!(sizes(100_000)[..2], [64, 128]);
        assert_eq!(sizes(100_000).last(), Some(&100_000));
    }
}
