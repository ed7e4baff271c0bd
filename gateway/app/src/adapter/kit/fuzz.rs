//! `gateway adapter fuzz`: damaged feeds through the sandbox, the narrowing and the judge.
//!
//! What must hold of every variant, and what is a failure otherwise:
//! - no call traps, hangs, lies, or asks for more than its limits: nothing is ever cut out;
//! - every byte is dealt with, every row of the source ends as drafts or doubts or is skipped, and
//!   every draft is a record or stands with a doubtful row;
//! - a feed whose rows are its lines has as many rows as lines, told by counting line ends;
//! - cut into other pieces, it becomes the same.
//!
//! A feed that the adapter refuses as a whole, with its reason, is no failure. Case 0 is the
//! sample itself; every other case is made of the seed, the sample's name and its number.

use super::bench::{Bench, PIECE_BYTES, Terms, decoded};
use super::project::{self, Project, Sample};
use super::random::Random;
use super::walk::{Reading, Walked, walk};
use super::{Which, golden, mutate};
use crate::cli::Format;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::report;
use clap::Args;
use credit_adapter::Usage;
use credit_source::decode::Encoding;
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Seconds where nothing says how much.
const SECONDS_USUAL: u64 = 30;
/// Failures of one sample after which it is left alone.
const FAILURES_MAX: usize = 10;
/// A feed is not cut into more pieces than this.
const PIECES_MAX: usize = 200;
/// How often is said how far it is.
const TOLD_EVERY: Duration = Duration::from_secs(10);

/// How much is tried, and what.
#[derive(Debug, Args)]
pub(crate) struct Effort {
    /// Stop after so long; 30 seconds unless --cases says how much.
    #[arg(long, value_name = "N")]
    pub seconds: Option<u64>,
    /// Variants of each sample.
    #[arg(long, value_name = "N")]
    pub cases: Option<u64>,
    /// Other variants.
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub seed: u64,
    /// This case alone, as a failure names it.
    #[arg(long, conflicts_with_all = ["cases", "seconds"], value_name = "N")]
    pub case: Option<u64>,
    /// Folder for the feeds that fail; made when there is one.
    #[arg(long, default_value = "fuzz-failures", value_name = "FOLDER")]
    pub out: PathBuf,
}

/// What came of one sample.
#[derive(Default, Serialize)]
struct Fuzzed {
    sample: String,
    feed: String,
    cases: u64,
    calls: u64,
    rows: u64,
    records: u64,
    doubtful: u64,
    skipped: u64,
    /// Variants that the adapter refused as a whole.
    refused: u64,
    memory_bytes: u64,
    longest_call_ms: u64,
    failures: Vec<Failed>,
}

/// A case that must not be.
#[derive(Serialize)]
struct Failed {
    seed: u64,
    case: u64,
    what: String,
    changes: Vec<&'static str>,
    file: PathBuf,
}

/// One sample, being fuzzed.
struct Run<'a> {
    bench: &'a Bench,
    sample: &'a Sample,
    raw: Vec<u8>,
    /// Its rows are its lines.
    rows_are_lines: bool,
    usage: Usage,
    came: Fuzzed,
}

/// Fuzzes an adapter.
pub(super) fn fuzz(which: &Which, effort: &Effort, format: Format) -> Result<Exit, Failure> {
    let project = project::open(which)?;
    let bench = Bench::open(&project.installed, Terms::shipped()?)?;
    let runs = project
        .samples
        .iter()
        .map(|sample| Run::new(&bench, sample));
    let mut runs = runs.collect::<Result<Vec<_>, _>>()?;
    let began = Instant::now();
    run_all(&mut runs, effort)?;
    let fuzzed: Vec<Fuzzed> = runs.into_iter().map(|run| run.came).collect();
    let failed = fuzzed.iter().any(|f| !f.failures.is_empty());
    let shown = report::print(format, &fuzzed, |fuzzed| {
        text(fuzzed, &project, which, began.elapsed())
    });
    shown.map_err(|e| Failure::of(Exit::Failed, &e))?;
    Ok(if failed { Exit::Failed } else { Exit::Done })
}

/// Case by case, each of every sample, until there is enough.
fn run_all(runs: &mut [Run<'_>], effort: &Effort) -> Result<(), Failure> {
    let seconds = match (effort.seconds, effort.cases) {
        (None, None) if effort.case.is_none() => Some(SECONDS_USUAL),
        (seconds, _) => seconds,
    };
    let until = seconds.map(|s| Instant::now() + Duration::from_secs(s));
    let cases = match effort.case {
        Some(case) => case..case.saturating_add(1),
        None => {
            0..effort
                .cases
                .map_or(u64::MAX, |cases| cases.saturating_add(1))
        }
    };
    let mut told = Instant::now();
    for case in cases {
        for run in runs.iter_mut() {
            if until.is_some_and(|until| Instant::now() >= until) {
                return Ok(());
            }
            if run.came.failures.len() < FAILURES_MAX {
                run.case(case, effort)?;
            }
        }
        if told.elapsed() > TOLD_EVERY {
            eprintln!("{case} cases");
            told = Instant::now();
        }
    }
    Ok(())
}

impl<'a> Run<'a> {
    fn new(bench: &'a Bench, sample: &'a Sample) -> Result<Self, Failure> {
        let raw = std::fs::read(&sample.path).map_err(|e| project::unreadable(&sample.path, &e))?;
        let came = Fuzzed {
            sample: sample.shown.clone(),
            feed: sample.spec.name.clone(),
            ..Fuzzed::default()
        };
        let mut run = Self {
            bench,
            sample,
            raw,
            rows_are_lines: false,
            usage: Usage::default(),
            came,
        };
        let bytes = decoded(&sample.spec, &run.raw, Encoding::Detect);
        let whole = run.walk(&bytes, PIECE_BYTES);
        run.rows_are_lines = sample.spec.text && lines(&bytes) == Some(whole.rows());
        Ok(run)
    }

    fn walk(&self, bytes: &[u8], piece_bytes: usize) -> Walked {
        let file = self.sample.name();
        let reading = Reading {
            spec: &self.sample.spec,
            file: &file,
            settings: &self.sample.settings,
        };
        walk(self.bench, reading, bytes, piece_bytes)
    }

    fn case(&mut self, case: u64, effort: &Effort) -> Result<(), Failure> {
        let mut random = Random::of(effort.seed, &self.sample.shown, case);
        let (raw, changes) = if case == 0 {
            (self.raw.clone(), Vec::new())
        } else {
            let variant = mutate::variant(&self.raw, &mut random);
            (variant.bytes, variant.changes)
        };
        let bytes = decoded(&self.sample.spec, &raw, Encoding::Detect);
        self.came.cases += 1;
        let Some(what) = self.problem(&bytes, &mut random) else {
            return Ok(());
        };
        let file = self.save(&raw, case, effort)?;
        self.came.failures.push(Failed {
            seed: effort.seed,
            case,
            what,
            changes,
            file,
        });
        Ok(())
    }

    /// What is wrong with what becomes of `bytes`, a decoded feed.
    fn problem(&mut self, bytes: &[u8], random: &mut Random) -> Option<String> {
        let whole = self.walk(bytes, PIECE_BYTES);
        self.count(&whole);
        if let Some(problem) = problem(&whole, bytes) {
            return Some(problem);
        }
        if self.rows_are_lines
            && whole.refused.is_none()
            && let Some(lines) = lines(bytes)
            && lines != whole.rows()
        {
            return Some(format!("{lines} lines became {} rows", whole.rows()));
        }
        let short = 1 + random.below(64);
        let any = 1 + random.below(bytes.len());
        let piece_bytes = if random.below(2) == 0 { short } else { any };
        let piece_bytes = piece_bytes.max(bytes.len() / PIECES_MAX);
        let pieces = self.walk(bytes, piece_bytes);
        self.count_calls(&pieces);
        let problem = problem(&pieces, bytes).or_else(|| whole.other_than(&pieces))?;
        Some(format!("in pieces of {piece_bytes} bytes: {problem}"))
    }

    fn count(&mut self, whole: &Walked) {
        let (records, doubtful) = whole.fates();
        self.came.rows += whole.rows();
        self.came.records += records;
        self.came.doubtful += doubtful;
        self.came.skipped = self.came.skipped.saturating_add(whole.skipped());
        self.came.refused += u64::from(whole.refused.is_some());
        self.count_calls(whole);
    }

    fn count_calls(&mut self, walked: &Walked) {
        self.usage = self.usage.most(walked.usage);
        self.came.calls += walked.calls;
        self.came.memory_bytes = self.usage.memory_bytes;
        self.came.longest_call_ms = millis(self.usage.time);
    }

    /// Keeps the feed of a failed case.
    fn save(&self, raw: &[u8], case: u64, effort: &Effort) -> Result<PathBuf, Failure> {
        let name = format!(
            "{}-{}-{case}-{}",
            self.came.feed,
            effort.seed,
            self.sample.name()
        );
        let path = effort.out.join(name);
        let saved = std::fs::create_dir_all(&effort.out).and_then(|()| std::fs::write(&path, raw));
        let failed = |e| Failure::new(Exit::Failed, format!("{}: {e}", path.display()));
        saved.map_err(failed).map(|()| path)
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// What must never come of a feed.
fn problem(walked: &Walked, bytes: &[u8]) -> Option<String> {
    if let Some(cut) = walked.cuts.first() {
        let (code, en, offset, length) = (&cut.code, &cut.en, cut.offset, cut.bytes);
        return Some(format!("{code}: {en} ({length} bytes from byte {offset})"));
    }
    walked
        .broken
        .clone()
        .or_else(|| walked.unaccounted(bytes.len()))
}

/// The lines of a text in which nothing but a line feed can end one, and nothing can hold one.
fn lines(bytes: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(bytes).ok()?;
    let lone_return = text.replace("\r\n", "\n").contains('\r');
    let last = !text.is_empty() && !text.ends_with('\n');
    let lines = text.matches('\n').count() + usize::from(last);
    (!text.contains('"') && !lone_return).then_some(lines as u64)
}

impl Walked {
    /// In what the same feed, cut otherwise, became something else.
    pub(super) fn other_than(&self, pieces: &Self) -> Option<String> {
        let (whole, cut) = (golden::text(self), golden::text(pieces));
        if let Some((line, whole, cut)) = golden::difference(&whole, &cut) {
            return Some(format!("line {line} is {cut}\ninstead of {whole}"));
        }
        let other = self.refused.is_none() && self.page.carry != pieces.page.carry;
        other.then(|| "the carry at the end is another".to_owned())
    }
}

fn text(fuzzed: &[Fuzzed], project: &Project, which: &Which, took: Duration) -> String {
    let head = [
        "样本\nsample",
        "变体\ncases",
        "调用\ncalls",
        "行\nrows",
        "记录\nrecords",
        "存疑\ndoubtful",
        "跳过\nskipped",
        "整体拒收\nrefused",
        "内存\nMiB",
        "最长\nms",
        "失败\nfailed",
    ];
    let number = report::thousands;
    let row = |f: &Fuzzed| {
        vec![
            f.sample.clone(),
            number(f.cases),
            number(f.calls),
            number(f.rows),
            number(f.records),
            number(f.doubtful),
            number(f.skipped),
            number(f.refused),
            number(f.memory_bytes.div_ceil(1 << 20)),
            number(f.longest_call_ms),
            number(f.failures.len() as u64),
        ]
    };
    let mut text = report::table(&head, fuzzed.iter().map(row));
    let id = project.installed.id();
    let limits = project.installed.manifest.limits;
    text.push_str(&format!(
        "{} {}: {:.1} s; limits: {} MiB, {} ms a call\n",
        id.name,
        id.version,
        took.as_secs_f64(),
        limits.memory_bytes >> 20,
        limits.call.as_millis()
    ));
    for (of, failed) in fuzzed
        .iter()
        .flat_map(|f| f.failures.iter().map(move |x| (f, x)))
    {
        text.push_str(&failure(of, failed, &which.path));
    }
    text
}

fn failure(of: &Fuzzed, failed: &Failed, path: &Path) -> String {
    let Failed {
        seed,
        case,
        what,
        changes,
        file,
    } = failed;
    let (sample, feed) = (&of.sample, &of.feed);
    let (path, file, changes) = (path.display(), file.display(), changes.join(", "));
    format!(
        "\n失败 failed: {sample}, case {case} of seed {seed} ({changes})\n  {what}\n  \
         数据 the feed: {file}\n  \
         重现 again: gateway adapter fuzz {path} --feed {feed} --seed {seed} --case {case}\n"
    )
}
