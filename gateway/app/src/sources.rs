//! One face for every kind of source: what is next, how it is written, where the pull goes on.

mod pulls;

use crate::exit::Exit;
use crate::failure::{Failure, causes};
use crate::stop::Stop;
use crate::targets::ms;
use credit_config::{Encoding as Written, FileOrder, Ready, RoutePlan, SourcePlan};
use credit_record::flow::{AdapterId, Resume};
use credit_source::decode::Encoding;
use credit_source::files::{
    Files, FilesSource, FoundFile, Held, HeldReason, Next, Order, Readiness, Seen,
};
use credit_source::http::{Answer, Rows};
use pulls::Pulls;
use std::path::Path;
use tokio::runtime::Handle;

/// The source of one route, with what it remembers between two looks.
pub(crate) struct Source {
    kind: Kind,
    written: Written,
}

enum Kind {
    Files(Box<Files>),
    Http(Box<Pulls>),
}

/// What a look at the source found.
pub(crate) struct Look {
    /// What to read, or nothing.
    pub next: Ahead,
    /// What is there and is not read now, and why.
    pub held: Vec<String>,
    /// Some of it may become readable within moments by itself.
    pub settling: bool,
}

/// What is next.
pub(crate) enum Ahead {
    /// Read this.
    Feed(Found),
    /// The half-read feed is gone.
    Lost(String),
    /// There is nothing more of the pull under way: the next begins here.
    Ended(Option<String>),
    /// There is nothing to read now.
    Nothing,
}

/// A feed to be read.
#[derive(Clone)]
pub(crate) struct Found {
    /// Where it stands.
    pub file: FoundFile,
    /// It is the answer to a pull.
    pub answer: Option<Box<Answer>>,
}

/// Who reads what is found.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'r> {
    /// The adapter.
    pub adapter: &'r AdapterId,
    /// It wants text.
    pub text: bool,
}

impl Found {
    /// Where the source goes on once the feed was read from `cursor` on: `found` is the cursor
    /// that the adapter found in it, `rows` what became of its rows.
    pub(crate) fn after(
        &self,
        cursor: Option<String>,
        found: Option<String>,
        rows: Rows,
    ) -> Option<String> {
        match &self.answer {
            None => found.or(cursor),
            Some(answer) => answer.after(found, rows),
        }
    }
}

impl Source {
    /// The source of `route`; `state` is where pulled answers are kept until they are read.
    pub(crate) fn new(route: &RoutePlan, state: &Path, runtime: Handle) -> Result<Self, Failure> {
        let (kind, written) = match &route.source {
            SourcePlan::Files(plan) => {
                let source = FilesSource {
                    dir: plan.dir.clone(),
                    glob: plan.glob.clone(),
                    ready: match &plan.ready {
                        Ready::Stable(stable) => Readiness::Stable {
                            stable_ms: ms(*stable),
                        },
                        Ready::OkFile(pattern) => Readiness::OkFile {
                            pattern: pattern.clone(),
                        },
                    },
                    order: match plan.order {
                        FileOrder::Name => Order::Name,
                        FileOrder::Modified => Order::Modified,
                    },
                };
                (Kind::Files(Box::new(Files::new(source))), plan.encoding)
            }
            SourcePlan::Http(plan) => {
                let spool = state.join("spool");
                std::fs::create_dir_all(&spool).map_err(|e| Failure::of(Exit::Failed, &e))?;
                let pulls = Pulls::new(plan, route, spool, runtime);
                (Kind::Http(Box::new(pulls)), plan.encoding)
            }
        };
        Ok(Self { kind, written })
    }

    /// How its feeds are written. One that its adapter does not declare as `text` is handed over as
    /// it is.
    pub(crate) const fn encoding(&self, text: bool) -> Encoding {
        decoding(self.written, text)
    }

    /// The same as the route says it, whatever its adapter takes.
    pub(crate) const fn written(&self) -> Written {
        self.written
    }

    /// Feeds that one run may read: a folder is read until it is empty, pages are counted.
    pub(crate) const fn feeds_max(&self) -> u64 {
        match &self.kind {
            Kind::Files(_) => u64::MAX,
            Kind::Http(pulls) => pulls.pages_max(),
        }
    }

    /// Whether another pull follows one that went from `before` to `after`.
    pub(crate) fn goes_on(&self, before: Option<&str>, after: Option<&str>) -> bool {
        match &self.kind {
            Kind::Files(_) => true,
            Kind::Http(pulls) => pulls.goes_on(before, after),
        }
    }

    /// A run begins: whatever the source was asked with before may have changed.
    pub(crate) fn begin(&mut self) {
        if let Kind::Http(pulls) = &mut self.kind {
            pulls.begin();
        }
    }

    /// What is next for `reader`; nothing once it is told to stop.
    pub(crate) fn look(
        &mut self,
        (seen, reader): (&dyn Seen, Reader<'_>),
        resume: &Resume,
        now_ms: i64,
        stop: &Stop,
    ) -> Result<Look, Failure> {
        let encoding = self.encoding(reader.text);
        match &mut self.kind {
            Kind::Files(files) => {
                let found = files
                    .next(seen, resume.open.as_ref(), now_ms)
                    .map_err(|e| Failure::of(Exit::Waiting, &e).remedy(e.remedy()))?;
                let settling = found.held.iter().any(settles);
                let held = found
                    .held
                    .iter()
                    .map(|h| format!("{}: {}", h.name, causes(&h.reason)));
                let held = held.collect();
                let next = match found.next {
                    Next::Ready(file) => Ahead::Feed(Found { file, answer: None }),
                    Next::Lost { name } => Ahead::Lost(name),
                    Next::Nothing => Ahead::Nothing,
                };
                Ok(Look {
                    next,
                    held,
                    settling,
                })
            }
            Kind::Http(pulls) => Ok(Look {
                next: pulls.next((seen, reader, encoding), resume, now_ms, stop)?,
                held: Vec::new(),
                settling: false,
            }),
        }
    }

    /// The feed in `file` is finished for good.
    pub(crate) fn done(&mut self, file: &FoundFile, sha256: [u8; 32], now_ms: i64) {
        let name = &file.name;
        match &mut self.kind {
            Kind::Files(files) => files.remember(file, sha256, now_ms),
            Kind::Http(pulls) => {
                if let Err(failure) = pulls.done(name) {
                    tracing::warn!(feed = name, %failure, "a pulled answer cannot be removed");
                }
            }
        }
    }
}

/// How feeds that are written so are decoded for an adapter that takes text, or does not.
pub(crate) const fn decoding(written: Written, text: bool) -> Encoding {
    match written {
        _ if !text => Encoding::Binary,
        Written::Detect => Encoding::Detect,
        Written::Utf8 => Encoding::Utf8,
        Written::Gb18030 => Encoding::Gb18030,
        Written::Binary => Encoding::Binary,
    }
}

/// How the feeds of a route are written.
pub(crate) const fn written(route: &RoutePlan) -> Written {
    match &route.source {
        SourcePlan::Files(plan) => plan.encoding,
        SourcePlan::Http(plan) => plan.encoding,
    }
}

/// The file becomes readable within moments, if nobody writes to it.
const fn settles(held: &Held) -> bool {
    matches!(
        held.reason,
        HeldReason::Settling { .. } | HeldReason::Changing
    )
}
