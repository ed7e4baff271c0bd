//! One face for every kind of source: what is next, how it is written, where the pull goes on.

mod sql;

use crate::exit::Exit;
use crate::failure::{Failure, causes};
use crate::targets::ms;
use chrono_tz::Tz;
use credit_config::{
    Encoding as Written, FileOrder, HttpPlan, NextCursor, Ready, RoutePlan, Secret, SourcePlan,
};
use credit_record::flow::Resume;
use credit_source::decode::Encoding;
use credit_source::files::{
    Files, FilesSource, FoundFile, Held, HeldReason, Next, Order, Readiness, Seen,
};
use credit_source::http::{Auth, HttpSource, Pull, Pulled};
use std::path::Path;
use tokio::runtime::Handle;

/// A connection is had or not long before a whole answer.
const CONNECT_TIMEOUT_MS: u64 = 10_000;

/// The source of one route, with what it remembers between two looks.
pub(crate) struct Source {
    kind: Kind,
    encoding: Encoding,
}

enum Kind {
    Files(Files),
    Http {
        plan: HttpPlan,
        spool: std::path::PathBuf,
        route: String,
        runtime: Handle,
    },
    Sql(sql::SqlFeeds),
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
    /// There is nothing to read now.
    Nothing,
}

/// A feed to be read.
#[derive(Clone)]
pub(crate) struct Found {
    /// Where it stands.
    pub file: FoundFile,
    /// The source itself said where the next pull goes on.
    pub next_cursor: Option<String>,
}

impl Source {
    /// The source of `route`; `state` is where pulled answers are kept until they are read. A feed
    /// that its adapter does not declare as `text` is handed over as it is.
    pub(crate) fn new(
        route: &RoutePlan,
        text: bool,
        state: &Path,
        (runtime, zone): (Handle, Tz),
    ) -> Result<Self, Failure> {
        let (kind, encoding) = match &route.source {
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
                (Kind::Files(Files::new(source)), plan.encoding)
            }
            SourcePlan::Http(plan) => {
                let spool = spool(state)?;
                let encoding = plan.encoding;
                let (plan, route) = ((**plan).clone(), route.name.clone());
                (
                    Kind::Http {
                        plan,
                        spool,
                        route,
                        runtime,
                    },
                    encoding,
                )
            }
            SourcePlan::Sql(plan) => {
                let feeds = sql::SqlFeeds {
                    plan: (**plan).clone(),
                    spool: spool(state)?,
                    route: route.name.clone(),
                    runtime,
                    zone,
                };
                (Kind::Sql(feeds), Written::Utf8)
            }
        };
        let encoding = match encoding {
            _ if !text => Encoding::Binary,
            Written::Detect => Encoding::Detect,
            Written::Utf8 => Encoding::Utf8,
            Written::Gb18030 => Encoding::Gb18030,
            Written::Binary => Encoding::Binary,
        };
        Ok(Self { kind, encoding })
    }

    /// How its feeds are written.
    pub(crate) const fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// Feeds that one run may read: a folder is read until it is empty, pages are counted.
    pub(crate) const fn feeds_max(&self) -> u64 {
        match &self.kind {
            Kind::Files(_) => u64::MAX,
            Kind::Http { plan, .. } => plan.pages_max,
            Kind::Sql(feeds) => feeds.plan.pages_max,
        }
    }

    /// Whether another pull follows one that went from `before` to `after`.
    pub(crate) fn goes_on(&self, before: Option<&str>, after: Option<&str>) -> bool {
        match self.kind {
            Kind::Files(_) => true,
            Kind::Http { .. } => after.is_some_and(|after| Some(after) != before),
            Kind::Sql(_) => after.is_some_and(credit_source::sql::goes_on),
        }
    }

    /// What is next.
    pub(crate) fn look(
        &mut self,
        seen: &dyn Seen,
        resume: &Resume,
        now_ms: i64,
    ) -> Result<Look, Failure> {
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
                    Next::Ready(file) => Ahead::Feed(Found {
                        file,
                        next_cursor: None,
                    }),
                    Next::Lost { name } => Ahead::Lost(name),
                    Next::Nothing => Ahead::Nothing,
                };
                Ok(Look {
                    next,
                    held,
                    settling,
                })
            }
            Kind::Http {
                plan,
                spool,
                route,
                runtime,
            } => {
                let pull = pull(plan, spool, route)?;
                let next = ahead(&pull, plan, resume, (runtime, seen), now_ms)?;
                Ok(Look {
                    next,
                    held: Vec::new(),
                    settling: false,
                })
            }
            Kind::Sql(feeds) => feeds.look(seen, resume),
        }
    }

    /// The feed in `file` is finished for good.
    pub(crate) fn done(&mut self, file: &FoundFile, sha256: [u8; 32], now_ms: i64) {
        let name = &file.name;
        let forgotten = match &mut self.kind {
            Kind::Files(files) => {
                files.remember(file, sha256, now_ms);
                Ok(())
            }
            Kind::Http {
                plan, spool, route, ..
            } => pull(plan, spool, route)
                .and_then(|p| p.done(name).map_err(|e| Failure::of(Exit::Failed, &e))),
            Kind::Sql(feeds) => feeds.done(name),
        };
        if let Err(failure) = forgotten {
            tracing::warn!(feed = name, %failure, "a pulled answer cannot be removed");
        }
    }
}

/// The folder for pulled answers.
fn spool(state: &Path) -> Result<std::path::PathBuf, Failure> {
    let spool = state.join("spool");
    std::fs::create_dir_all(&spool).map_err(|e| Failure::of(Exit::Failed, &e))?;
    Ok(spool)
}

/// The file becomes readable within moments, if nobody writes to it.
const fn settles(held: &Held) -> bool {
    matches!(
        held.reason,
        HeldReason::Settling { .. } | HeldReason::Changing
    )
}

/// Made anew for each pull, so that a secret that changed is read again.
fn pull(plan: &HttpPlan, spool: &Path, route: &str) -> Result<Pull, Failure> {
    let source = HttpSource {
        route: route.to_owned(),
        url: plan.url.clone(),
        auth: auth(plan)?,
        ca_file: plan.ca_file.clone(),
        connect_timeout_ms: CONNECT_TIMEOUT_MS,
        read_timeout_ms: ms(plan.timeout),
        total_timeout_ms: ms(plan.timeout),
        body_bytes_max: plan.body_bytes_max,
        cursor_header: match &plan.next {
            NextCursor::Adapter => None,
            NextCursor::Header(name) => Some(name.clone()),
        },
        spool_dir: spool.to_owned(),
    };
    Pull::new(&source).map_err(|e| Failure::of(Exit::Waiting, &e).remedy(e.remedy()))
}

fn auth(plan: &HttpPlan) -> Result<Auth, Failure> {
    let read = |secret: &Secret| {
        let revealed = secret.reveal(&credit_config::ProcessEnv);
        let revealed = revealed.map_err(|e| Failure::of(Exit::Waiting, &e))?;
        Ok::<_, Failure>(revealed.expose().to_owned())
    };
    if let Some(token) = &plan.token {
        return Ok(Auth::Bearer(read(token)?));
    }
    match &plan.basic {
        Some(basic) => Ok(Auth::Basic {
            user: basic.user.clone(),
            password: read(&basic.password)?,
        }),
        None => Ok(Auth::None),
    }
}

fn ahead(
    pull: &Pull,
    plan: &HttpPlan,
    resume: &Resume,
    (runtime, seen): (&Handle, &dyn Seen),
    now_ms: i64,
) -> Result<Ahead, Failure> {
    let failed =
        |e: credit_source::http::HttpError| Failure::of(Exit::Waiting, &e).remedy(e.remedy());
    if let Some(open) = &resume.open {
        return Ok(match pull.half_read(&open.name) {
            Some(file) => {
                let next_cursor = pull.next_cursor(&open.name).map_err(failed)?;
                Ahead::Feed(Found { file, next_cursor })
            }
            None => Ahead::Lost(open.name.clone()),
        });
    }
    let cursor = resume.cursor.as_deref().or(plan.cursor_start.as_deref());
    Ok(
        match pull.fetch(runtime, seen, cursor, now_ms).map_err(failed)? {
            Pulled::Nothing => Ahead::Nothing,
            Pulled::Spooled { file, next_cursor } => Ahead::Feed(Found { file, next_cursor }),
        },
    )
}
