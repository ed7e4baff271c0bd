//! HTTP GET with a cursor: the answer is spooled to a file, which is then read as any feed.
//!
//! ```text
//!  spool folder      ROUTE-1a2b3c4d5e6f7081          the whole body, once it has this name
//!                    ROUTE-1a2b3c4d5e6f7081.next     the cursor after it, written before it
//!                    ROUTE-1a2b3c4d5e6f7081.tmp      a body on its way
//! ```
//!
//! What must stay true: a body has its name only when it is whole and on disk, so a pull that
//! was spooled is not asked for again, even after a crash, until [`Pull::done`]; no answer may
//! take more time or room than the source allows; the host that answers is the host configured:
//! redirects are refused; secrets appear in no error.

mod client;
mod error;
mod request;

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::header::{CONTENT_LENGTH, HeaderName, RETRY_AFTER};
use hyper::{Response, StatusCode};
use tokio::runtime::Handle;
use tokio::time::timeout;

pub use error::HttpError;

use crate::files::{FoundFile, Seen};
use crate::spool::{Incomplete, Spool};
use client::Client;
use request::Target;

/// What is pulled, and how.
#[derive(Clone, Debug)]
pub struct HttpSource {
    /// The route; names the spooled files.
    pub route: String,
    /// The address; `{cursor}` stands for the cursor, percent-encoded.
    pub url: String,
    /// How the gateway shows who it is.
    pub auth: Auth,
    /// PEM file of the authorities to trust instead of the platform's.
    pub ca_file: Option<PathBuf>,
    /// For the connection.
    pub connect_timeout_ms: u64,
    /// For the answer to begin once connected, and between two parts of it.
    pub read_timeout_ms: u64,
    /// For all of a pull.
    pub total_timeout_ms: u64,
    /// Most bytes of an answer.
    pub body_bytes_max: u64,
    /// The header of the answer that holds the next cursor, if the source sends one.
    pub cursor_header: Option<String>,
    /// An existing folder for the answers, the gateway's own.
    pub spool_dir: PathBuf,
}

/// How the gateway shows who it is.
#[derive(Clone, Default)]
pub enum Auth {
    /// Not at all.
    #[default]
    None,
    /// A token.
    Bearer(String),
    /// A name and a password.
    Basic {
        /// The name.
        user: String,
        /// The password.
        password: String,
    },
}

impl fmt::Debug for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "None",
            Self::Bearer(_) => "Bearer(***)",
            Self::Basic { .. } => "Basic(***)",
        })
    }
}

/// What a pull gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pulled {
    /// The source has nothing new.
    Nothing,
    /// A feed to be read; [`Pull::done`] once it is finished.
    Spooled {
        /// The answer.
        file: FoundFile,
        /// Where the next pull goes on, if the source said so; else the adapter may.
        next_cursor: Option<String>,
    },
}

/// A source that can be asked.
pub struct Pull {
    target: Target,
    client: Client,
    cursor_header: Option<HeaderName>,
    connect_timeout_ms: u64,
    read_timeout_ms: u64,
    total_timeout_ms: u64,
    body_bytes_max: u64,
    spool: Spool,
}

impl Pull {
    /// Checks the source and loads what to trust; asks nobody.
    ///
    /// # Errors
    /// If address, credentials, header name or certificates are not usable.
    pub fn new(source: &HttpSource) -> Result<Self, HttpError> {
        let target = Target::new(&source.url, &source.auth)?;
        let cursor_header = source.cursor_header.as_deref().map(|name| {
            name.parse().map_err(|_| HttpError::Header {
                name: name.to_owned(),
            })
        });
        Ok(Self {
            client: client::client(source, target.secure)?,
            target,
            cursor_header: cursor_header.transpose()?,
            connect_timeout_ms: source.connect_timeout_ms,
            read_timeout_ms: source.read_timeout_ms,
            total_timeout_ms: source.total_timeout_ms,
            body_bytes_max: source.body_bytes_max,
            spool: Spool::new(&source.spool_dir, &source.route),
        })
    }

    /// Asks for what follows `cursor`, unless that is spooled already, and waits for it on
    /// `runtime`. Not to be called from a task of it, nor while a feed is half read: what else
    /// is spooled answers cursors of the past, whose feeds are finished, and is removed.
    ///
    /// # Errors
    /// If the source does not answer, not as it should, or not within its limits.
    pub fn fetch(
        &self,
        runtime: &Handle,
        seen: &dyn Seen,
        cursor: Option<&str>,
        now_ms: i64,
    ) -> Result<Pulled, HttpError> {
        self.spool.keep_only(cursor)?;
        if let Some((file, next_cursor)) = self.spool.found(cursor)? {
            // Finished just before a crash, where the cursor stays the same: not twice.
            if !self.spool.finished(&file, seen)? {
                return Ok(Pulled::Spooled { file, next_cursor });
            }
            self.spool.remove(&file.name)?;
        }
        runtime.block_on(async {
            let total = Duration::from_millis(self.total_timeout_ms);
            let pulled = timeout(total, self.pull(cursor, now_ms)).await;
            pulled.unwrap_or_else(|_| Err(self.late("all of the answer", self.total_timeout_ms)))
        })
    }

    /// The half-read feed called `name`, if its answer is still spooled.
    #[must_use]
    pub fn half_read(&self, name: &str) -> Option<FoundFile> {
        self.spool.half_read(name)
    }

    /// Where the source said, with the answer called `name`, that the next pull goes on.
    ///
    /// # Errors
    /// If the spool folder cannot be read.
    pub fn next_cursor(&self, name: &str) -> Result<Option<String>, HttpError> {
        Ok(self.spool.next_cursor(name)?)
    }

    /// Forgets the answer called `name`, whose feed is finished.
    ///
    /// # Errors
    /// If the spool folder cannot be written.
    pub fn done(&self, name: &str) -> Result<(), HttpError> {
        Ok(self.spool.remove(name)?)
    }

    /// The file is written here, on the thread that waits for it, not on the runtime's.
    async fn pull(&self, cursor: Option<&str>, now_ms: i64) -> Result<Pulled, HttpError> {
        let request = self.target.request(cursor)?;
        let begin_ms = self.connect_timeout_ms.saturating_add(self.read_timeout_ms);
        let response = timeout(
            Duration::from_millis(begin_ms),
            self.client.request(request),
        )
        .await
        .map_err(|_| self.late("the answer to begin", begin_ms))?
        .map_err(|source| HttpError::Connect {
            place: self.place(),
            source,
        })?;
        match response.status() {
            StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED => return Ok(Pulled::Nothing),
            status if status.is_success() => {}
            _ => return Err(self.refusal(&response, now_ms)),
        }
        let next_cursor = self.cursor_of(&response)?;
        let declared = response
            .headers()
            .get(CONTENT_LENGTH)
            .and_then(|v| v.to_str().ok());
        if declared
            .and_then(|v| v.parse().ok())
            .is_some_and(|b: u64| b > self.body_bytes_max)
        {
            return Err(self.too_large());
        }
        let incomplete = self
            .body(response.into_body(), self.spool.begin(cursor)?)
            .await?;
        let file = incomplete.complete(next_cursor.as_deref())?;
        Ok(Pulled::Spooled { file, next_cursor })
    }

    async fn body(&self, body: Incoming, spool: Incomplete) -> Result<Incomplete, HttpError> {
        let (mut body, mut spool) = (body, spool);
        let read = Duration::from_millis(self.read_timeout_ms);
        loop {
            let frame = timeout(read, body.frame())
                .await
                .map_err(|_| self.late("more of the answer", self.read_timeout_ms))?;
            let Some(frame) = frame else { return Ok(spool) };
            let frame = frame.map_err(|source| HttpError::Body {
                place: self.place(),
                source,
            })?;
            let Some(bytes) = frame.data_ref() else {
                continue;
            };
            if spool.bytes + bytes.len() as u64 > self.body_bytes_max {
                return Err(self.too_large());
            }
            spool.write(bytes)?;
        }
    }

    fn cursor_of(&self, response: &Response<Incoming>) -> Result<Option<String>, HttpError> {
        let Some(header) = &self.cursor_header else {
            return Ok(None);
        };
        let Some(value) = response.headers().get(header) else {
            return Ok(None);
        };
        match std::str::from_utf8(value.as_bytes()) {
            Ok(cursor) => Ok(Some(cursor.to_owned())),
            Err(_) => Err(HttpError::Cursor {
                place: self.place(),
                header: header.to_string(),
            }),
        }
    }

    fn refusal(&self, response: &Response<Incoming>, now_ms: i64) -> HttpError {
        let (place, status) = (self.place(), response.status().as_u16());
        match status {
            300..=399 => HttpError::Redirect { place, status },
            401 | 403 | 407 => HttpError::Refused { place, status },
            404 | 410 => HttpError::NotFound { place, status },
            408 | 425 | 429 | 500..=599 => {
                let header = response
                    .headers()
                    .get(RETRY_AFTER)
                    .and_then(|v| v.to_str().ok());
                let retry_after_ms = header.and_then(|v| request::retry_after_ms(v, now_ms));
                HttpError::Busy {
                    place,
                    status,
                    retry_after_ms,
                }
            }
            _ => HttpError::Status { place, status },
        }
    }

    fn place(&self) -> String {
        self.target.place.clone()
    }

    fn late(&self, what: &'static str, timeout_ms: u64) -> HttpError {
        HttpError::Timeout {
            place: self.place(),
            what,
            timeout_ms,
        }
    }

    fn too_large(&self) -> HttpError {
        HttpError::TooLarge {
            place: self.place(),
            bytes_max: self.body_bytes_max,
        }
    }
}

#[cfg(test)]
mod tests;
