//! One face for every kind of source: what is next, how it is written, where the pull goes on.

mod pulls;
mod remote;
mod sql;

use crate::exit::Exit;
use crate::failure::{Failure, causes};
use crate::push::Spool;
use crate::stop::Stop;
use crate::targets::ms;
use chrono_tz::Tz;
use credit_config::{
    After as Afterwards, Encoding as Written, FileOrder, FilesPlan, Ready, RoutePlan, SourcePlan,
};
use credit_record::flow::{AdapterId, Resume};
use credit_source::decode::Encoding;
use credit_source::files::after::{After, Withheld};
use credit_source::files::{
    self, Files, FilesSource, FoundFile, Held, HeldReason, Next, Order, Readiness, Seen,
};
use credit_source::http::{Answer, Rows};
use credit_source::remote::{Remote, RemoteError};
use pulls::Pulls;
pub(crate) use remote::lend;
use sql::SqlFeeds;
use std::path::Path;
use std::sync::Arc;
use tokio::runtime::Handle;

/// The source of one route, with what it remembers between two looks.
pub(crate) struct Source {
    kind: Kind,
    written: Written,
    /// What was read and not taken, where that makes a difference.
    withheld: Arc<Withheld>,
}

enum Kind {
    Files(Box<Files>),
    Remote(Box<Remote>),
    Http(Box<Pulls>),
    Sql(Box<SqlFeeds>),
    Push(Spool),
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

impl Ahead {
    /// A file is next.
    pub(crate) const fn file(file: FoundFile) -> Self {
        let onward = Onward::Adapter;
        Self::Feed(Found { file, onward })
    }
}

/// A feed to be read.
#[derive(Clone)]
pub(crate) struct Found {
    /// Where it stands.
    pub file: FoundFile,
    /// Where its source goes on behind it.
    pub onward: Onward,
}

/// Where a source goes on behind a feed.
#[derive(Clone)]
pub(crate) enum Onward {
    /// Where its adapter says, if it does.
    Adapter,
    /// Where the answer to a pull says.
    Answer(Box<Answer>),
    /// Behind this row of a query.
    Row(String),
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
    /// It is an answer to a cursor, and no file.
    pub(crate) const fn is_pulled(&self) -> bool {
        !matches!(self.onward, Onward::Adapter)
    }

    /// Where the source goes on once the feed was read from `cursor` on: `found` is the cursor
    /// that the adapter found in it, `rows` what became of its rows.
    pub(crate) fn after(
        &self,
        cursor: Option<String>,
        found: Option<String>,
        rows: Rows,
    ) -> Option<String> {
        match &self.onward {
            Onward::Adapter => found.or(cursor),
            Onward::Answer(answer) => answer.after(found, rows),
            Onward::Row(row) => Some(row.clone()),
        }
    }
}

impl Source {
    /// The source of `route`; `state` is where pulled answers are kept until they are read.
    pub(crate) fn new(
        route: &RoutePlan,
        state: &Path,
        (runtime, zone): (Handle, Tz),
    ) -> Result<Self, Failure> {
        let (mut withheld, spool) = (Arc::default(), state.join("spool"));
        if let Some(plan) = files_plan(&route.source)
            && plan.after != Afterwards::Keep
        {
            withheld = Arc::new(withheld_by(&route.name, state)?);
        }
        let remembered = (Arc::clone(&withheld), remote::copies(&route.name, state));
        let (kind, written) = match &route.source {
            SourcePlan::Files(plan) => {
                let source = FilesSource {
                    dir: plan.dir.clone(),
                    glob: plan.glob.clone(),
                    ready: readiness(plan),
                    order: order(plan),
                    after: after(plan),
                    withheld: Arc::clone(&withheld),
                };
                (Kind::Files(Box::new(Files::new(source))), plan.encoding)
            }
            SourcePlan::Remote(plan) => {
                let remote = remote::remote(plan, remembered, runtime).map_err(|e| failed(&e))?;
                (Kind::Remote(Box::new(remote)), plan.files.encoding)
            }
            SourcePlan::Http(plan) => {
                make(&spool)?;
                let pulls = Pulls::new(plan, route, spool, runtime);
                (Kind::Http(Box::new(pulls)), plan.encoding)
            }
            SourcePlan::Sql(plan) => {
                make(&spool)?;
                let feeds = SqlFeeds {
                    plan: (**plan).clone(),
                    spool,
                    route: route.name.clone(),
                    runtime,
                    zone,
                };
                (Kind::Sql(Box::new(feeds)), Written::Utf8)
            }
            SourcePlan::Push(plan) => {
                let spool = Spool::of(state, &route.name);
                (Kind::Push(spool), plan.encoding)
            }
        };
        Ok(Self {
            kind,
            written,
            withheld,
        })
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
            Kind::Files(_) | Kind::Remote(_) | Kind::Push(_) => u64::MAX,
            Kind::Http(pulls) => pulls.pages_max(),
            Kind::Sql(feeds) => feeds.plan.pages_max,
        }
    }

    /// Whether another pull follows one that went from `before` to `after`.
    pub(crate) fn goes_on(&self, before: Option<&str>, after: Option<&str>) -> bool {
        match &self.kind {
            Kind::Files(_) | Kind::Remote(_) | Kind::Push(_) => true,
            Kind::Http(pulls) => pulls.goes_on(before, after),
            Kind::Sql(_) => after.is_some_and(credit_source::sql::goes_on),
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
                Ok(looked(found))
            }
            Kind::Remote(remote) => {
                let found = remote.next(seen, resume.open.as_ref(), now_ms, stop.flag());
                Ok(looked(found.map_err(|e| failed(&e))?))
            }
            Kind::Http(pulls) => Ok(Look {
                next: pulls.next((seen, reader, encoding), resume, now_ms, stop)?,
                held: Vec::new(),
                settling: false,
            }),
            Kind::Sql(feeds) => feeds.look(seen, resume, stop),
            Kind::Push(spool) => Ok(Look {
                next: spool.next(seen, resume.open.as_ref())?,
                held: Vec::new(),
                settling: false,
            }),
        }
    }

    /// The content of a feed that is about to end was not taken: its file is to stay.
    pub(crate) fn withhold(&self, sha256: [u8; 32]) -> Result<(), Failure> {
        let written = self.withheld.add(sha256);
        written.map_err(|e| {
            Failure::of(Exit::Failed, &e).remedy("check room and rights of the state folder")
        })
    }

    /// The feed in `file` is finished for good.
    pub(crate) fn done(&mut self, file: &FoundFile, sha256: [u8; 32], now_ms: i64) {
        let name = &file.name;
        match &mut self.kind {
            Kind::Files(files) => files.remember(file, sha256, now_ms),
            Kind::Remote(remote) => {
                if let Err(error) = remote.done(file, sha256) {
                    let error = causes(&error);
                    tracing::warn!(feed = name, error, "a copy cannot be removed");
                }
            }
            Kind::Http(pulls) => {
                if let Err(failure) = pulls.done(name) {
                    tracing::warn!(feed = name, %failure, "a pulled answer cannot be removed");
                }
            }
            Kind::Sql(feeds) => {
                if let Err(failure) = feeds.done(name) {
                    tracing::warn!(feed = name, %failure, "a page that was read cannot be removed");
                }
            }
            Kind::Push(spool) => spool.done(file),
        }
    }
}

/// What a look into a folder found.
fn looked(found: files::Look) -> Look {
    let held = found.held.iter();
    Look {
        settling: found.held.iter().any(settles),
        held: held
            .map(|h| format!("{}: {}", h.name, causes(&h.reason)))
            .collect(),
        next: match found.next {
            Next::Ready(file) => Ahead::file(file),
            Next::Lost { name } => Ahead::Lost(name),
            Next::Nothing => Ahead::Nothing,
        },
    }
}

fn failed(error: &RemoteError) -> Failure {
    Failure::of(Exit::Waiting, error).remedy(error.remedy())
}

const fn files_plan(source: &SourcePlan) -> Option<&FilesPlan> {
    match source {
        SourcePlan::Files(plan) => Some(plan),
        SourcePlan::Remote(plan) => Some(&plan.files),
        SourcePlan::Http(_) | SourcePlan::Sql(_) | SourcePlan::Push(_) => None,
    }
}

/// The folder for what is pulled.
fn make(spool: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(spool).map_err(|e| Failure::of(Exit::Failed, &e))
}

fn withheld_by(route: &str, state: &Path) -> Result<Withheld, Failure> {
    let dir = state.join("withheld");
    let path = dir.join(route);
    let opened = std::fs::create_dir_all(&dir).and_then(|()| Withheld::open(&path));
    opened.map_err(|e| {
        let failure = Failure::of(Exit::Failed, &e);
        Failure::new(
            Exit::Failed,
            format!("{}: {}", path.display(), failure.message),
        )
    })
}

fn readiness(plan: &FilesPlan) -> Readiness {
    match &plan.ready {
        Ready::Stable(stable) => Readiness::Stable {
            stable_ms: ms(*stable),
        },
        Ready::OkFile(pattern) => Readiness::OkFile {
            pattern: pattern.clone(),
        },
    }
}

const fn order(plan: &FilesPlan) -> Order {
    match plan.order {
        FileOrder::Name => Order::Name,
        FileOrder::Modified => Order::Modified,
    }
}

fn after(plan: &FilesPlan) -> After {
    match &plan.after {
        Afterwards::Keep => After::Keep,
        Afterwards::Archive(dir) => After::Archive { dir: dir.clone() },
        Afterwards::Delete => After::Delete,
    }
}

/// The file becomes readable within moments, if nobody writes to it.
const fn settles(held: &Held) -> bool {
    matches!(
        held.reason,
        HeldReason::Settling { .. } | HeldReason::Changing
    )
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
        SourcePlan::Remote(plan) => plan.files.encoding,
        SourcePlan::Http(plan) => plan.encoding,
        SourcePlan::Sql(_) => Written::Utf8,
        SourcePlan::Push(plan) => plan.encoding,
    }
}
