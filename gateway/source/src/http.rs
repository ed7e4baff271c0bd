//! HTTP GET with cursor and pages: each answer is spooled to a file, which is then read as any
//! feed.
//!
//! ```text
//!  spool folder      ROUTE-1a2b3c4d5e6f7081          an answer, whole and unpacked
//!                    ROUTE-1a2b3c4d5e6f7081.next     what came with it, written before it
//!                    ROUTE-1a2b3c4d5e6f7081.tmp      an answer on its way, as it is sent
//!                    ROUTE-1a2b3c4d5e6f7081.part     how that can be gone on with
//!                    ROUTE-1a2b3c4d5e6f7081.known    by what the source tells that nothing is new
//! ```
//!
//! What must stay true: an answer has its name only when it is whole and on disk, so a pull that
//! was spooled is not asked for again, even after a crash, until [`Pull::done`]; no answer may
//! take more time or room than the source allows; the host that answers is the host configured,
//! at an address that may be reached: redirects are refused; secrets appear in no error.

mod answer;
pub(crate) mod client;
mod error;
mod guard;
mod incomplete;
mod kept;
mod link;
mod oauth;
mod paging;
mod pointer;
mod position;
mod remedy;
mod request;
mod source;
mod transfer;

use std::future::Future;
use std::sync::Mutex;
use std::time::Duration;

use hyper::header::HeaderName;
use tokio::runtime::Handle;
use tokio::time::timeout;

pub use error::HttpError;
pub use guard::{Network, Reach};
pub use oauth::{Kept, Oauth};
pub use paging::{Given, Paging, Rows};
pub use source::{Auth, ClientCertificate, HttpSource};

use crate::decode::Encoding;
use crate::files::{FoundFile, Seen};
use crate::spool::Spool;
use client::Caller;
use hyper::header::HeaderValue;
use paging::{Facts, Steps};
use position::{PageAt, Position};
use request::Target;

/// What a pull gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pulled {
    /// The source has nothing new.
    Nothing,
    /// It has nothing more: the pull under way is at its end, and the next begins here.
    Ended {
        /// Where.
        cursor: Option<String>,
    },
    /// A feed to be read; [`Pull::done`] once it is finished.
    Spooled(Box<Answer>),
}

/// An answer to be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Where it lies.
    pub file: FoundFile,
    here: Position,
    asked: Option<String>,
    facts: Facts,
    steps: Steps,
}

impl Answer {
    /// Where the next pull goes on, once this answer was read: `found` is what the adapter found
    /// in it, `rows` what became of its rows.
    #[must_use]
    pub fn after(&self, found: Option<String>, rows: Rows) -> Option<String> {
        let asked = self.asked.as_deref();
        let after = self
            .steps
            .after(&self.here, asked, &self.facts, (found, rows));
        after.text()
    }
}

/// A source that can be asked.
pub struct Pull {
    target: Target,
    caller: Caller,
    auth: Auth,
    /// What shows who asks, where it is always the same.
    authorization: Option<HeaderValue>,
    steps: Steps,
    cursor_given: Option<Given>,
    limits: Limits,
    encoding: Encoding,
    reader: String,
    spool: Spool,
    /// The digest of the page pulled last, where only an empty one would be the end.
    page_before: Mutex<Option<[u8; 32]>>,
}

/// How much an answer may be.
#[derive(Clone, Copy)]
struct Limits {
    total_timeout_ms: u64,
    wire_bytes_max: u64,
    body_bytes_max: u64,
    ratio_max: u64,
}

impl Pull {
    /// Checks the source and loads what to trust; asks nobody.
    ///
    /// # Errors
    /// If address, credentials, header names or certificates are not usable.
    pub fn new(source: &HttpSource) -> Result<Self, HttpError> {
        let target = Target::new(&source.url)?;
        let token = match &source.auth {
            Auth::Oauth(oauth) => Some(oauth.address()?),
            _ => None,
        };
        let secure = target.secure || token.is_some_and(|t| t.scheme_str() == Some("https"));
        let mut given = vec![source.cursor_given.as_ref()];
        if let Paging::Token { given: token, .. } = &source.paging {
            given.push(Some(token));
        }
        for given in given.into_iter().flatten() {
            if let Given::Header(name) = given {
                let parsed = name.parse::<HeaderName>();
                parsed.map_err(|_| HttpError::Header { name: name.clone() })?;
            }
        }
        Ok(Self {
            authorization: request::authorization(&source.auth, &target.place)?,
            auth: source.auth.clone(),
            caller: Caller {
                client: client::client(source, secure)?,
                connect_timeout_ms: source.connect_timeout_ms,
                first_byte_timeout_ms: source.first_byte_timeout_ms,
                idle_timeout_ms: source.idle_timeout_ms,
            },
            target,
            steps: Steps {
                paging: source.paging.clone(),
                overlap_s: source.overlap_s,
            },
            cursor_given: source.cursor_given.clone(),
            limits: Limits {
                total_timeout_ms: source.total_timeout_ms,
                wire_bytes_max: source.wire_bytes_max,
                body_bytes_max: source.body_bytes_max,
                ratio_max: source.ratio_max,
            },
            encoding: source.encoding,
            reader: source.reader.clone(),
            spool: Spool::new(&source.spool_dir, &source.route),
            page_before: Mutex::default(),
        })
    }

    /// Asks for what follows `cursor`, unless that is spooled already, and waits for it on
    /// `runtime`, or `until` there is no more time: then there is nothing, and what came is gone
    /// on with by the next pull where that can be. Not to be called from a task of it, nor while
    /// a feed is half read: what else is spooled answers cursors of the past, whose feeds are
    /// finished, and is removed.
    ///
    /// # Errors
    /// If the source does not answer, not as it should, or not within its limits.
    pub fn fetch(
        &self,
        runtime: &Handle,
        seen: &dyn Seen,
        cursor: Option<&str>,
        (now_ms, until): (i64, impl Future<Output = ()>),
    ) -> Result<Pulled, HttpError> {
        let here = self.position(cursor);
        let name = self.spool.name(here.text().as_deref());
        self.spool.keep_only(&name)?;
        if let Some(file) = self.spool.found(&name) {
            // Finished just before a crash, where the cursor stays the same: not twice.
            if !self.spool.finished(&file, seen)? {
                return self.answer(file, here).map(Pulled::Spooled);
            }
            self.spool.remove(&name)?;
            // It may have been read long ago and have come again, so it is asked for whole.
            self.spool.unknow(&name)?;
        }
        // By what it is known again a whole answer is, and none to a cursor or of some pages.
        let whole = self.steps.paging == Paging::None && !self.target.with_cursor;
        let known = match whole {
            true => self.spool.known(&name, &self.reader, seen)?,
            false => None,
        };
        let asked = self.steps.asked(&here)?;
        let question = transfer::Question {
            uri: self
                .target
                .address(&self.steps.paging, &here, asked.as_deref())?,
            continues: matches!(here.page, Some(PageAt::Token(_) | PageAt::Link(_))),
            here: &here,
            name: &name,
            known,
            whole,
            now_ms,
        };
        let pulled = runtime.block_on(async {
            tokio::select! {
                pulled = self.pull_in_time(&question) => Some(pulled),
                () = until => None,
            }
        });
        let Some(file) = pulled.transpose()? else {
            return Ok(Pulled::Nothing);
        };
        if let Some(file) = &file {
            self.differs(file)?;
        }
        match file {
            Some(file) => self.answer(file, here).map(Pulled::Spooled),
            None if here.is_between() => Ok(Pulled::Nothing),
            None => Ok(Pulled::Ended {
                cursor: here.ended().text(),
            }),
        }
    }

    async fn pull_in_time(
        &self,
        question: &transfer::Question<'_>,
    ) -> Result<Option<FoundFile>, HttpError> {
        let timeout_ms = self.limits.total_timeout_ms;
        let pulled = timeout(Duration::from_millis(timeout_ms), self.pull(question)).await;
        pulled.unwrap_or_else(|_| {
            Err(HttpError::Timeout {
                place: self.place(),
                what: "all of the answer",
                timeout_ms,
            })
        })
    }

    /// A source that knows no pages gives the same one again and again: it would never end.
    fn differs(&self, page: &FoundFile) -> Result<(), HttpError> {
        if !matches!(self.steps.paging, Paging::Number { pages: None, .. }) {
            return Ok(());
        }
        let digest = self.spool.digest(page)?;
        let before = self
            .page_before
            .lock()
            .map(|mut before| before.replace(digest));
        if before.is_ok_and(|before| before == Some(digest)) {
            self.spool.remove(&page.name)?;
            return Err(HttpError::Next {
                place: self.place(),
                why: "is the page before it once more",
            });
        }
        Ok(())
    }

    /// The half-read feed called `name`, which answers `cursor`, if it is still spooled.
    ///
    /// # Errors
    /// If the spool folder cannot be read.
    pub fn half_read(
        &self,
        name: &str,
        cursor: Option<&str>,
    ) -> Result<Option<Box<Answer>>, HttpError> {
        match self.spool.found(name) {
            Some(file) => self.answer(file, self.position(cursor)).map(Some),
            None => {
                self.spool.unknow(name)?;
                Ok(None)
            }
        }
    }

    /// Where the pull that is under way at `cursor` begins again with its first page; none where
    /// it is there.
    #[must_use]
    pub fn begin_again(&self, cursor: Option<&str>) -> Option<String> {
        let here = Position::read(cursor);
        here.page.as_ref()?;
        here.again().text()
    }

    /// Whether another pull follows one that went from `before` to `after`.
    #[must_use]
    pub fn goes_on(&self, before: Option<&str>, after: Option<&str>) -> bool {
        // An address without a cursor gives the same again.
        let further = self.target.with_cursor || self.steps.paging != Paging::None;
        further && self.steps.goes_on(before, after)
    }

    /// Forgets the answer called `name`, whose feed is finished.
    ///
    /// # Errors
    /// If the spool folder cannot be written.
    pub fn done(&self, name: &str) -> Result<(), HttpError> {
        Ok(self.spool.remove(name)?)
    }

    fn position(&self, cursor: Option<&str>) -> Position {
        let here = self.steps.fit(Position::read(cursor));
        if self.target.has(&here) {
            here
        } else {
            here.again()
        }
    }

    fn answer(&self, file: FoundFile, here: Position) -> Result<Box<Answer>, HttpError> {
        Ok(Box::new(Answer {
            facts: self.spool.came_with(&file.name)?,
            asked: self.steps.asked(&here)?,
            steps: self.steps.clone(),
            file,
            here,
        }))
    }

    fn place(&self) -> String {
        self.target.place.clone()
    }
}

#[cfg(test)]
mod tests;
