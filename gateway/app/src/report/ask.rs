//! Questions, and who answers them: the running service over its socket in the state folder, or
//! the state folder itself where no service runs.

use super::{Clock, alarms, dead_letters, doubts, receipts, removals, status, trace};
use crate::dead_letters::Which;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::house::Now;
use crate::shelf::Serves;
use credit_queue::{DoubtFilter, Queue, ReceiptFilter};
use credit_record::directory::Directories;
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use tokio::net::UnixStream;

/// What can be asked.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case")]
pub(crate) enum Question {
    /// The books.
    Status,
    /// Rows kept for a person.
    Doubts {
        route: Option<String>,
        file: Option<String>,
        code: Option<String>,
        limit: usize,
    },
    /// Everything about one record.
    Trace { key: String },
    /// What the platforms answered.
    Receipts {
        route: Option<String>,
        target: Option<String>,
        trouble: bool,
        limit: usize,
    },
    /// What the last full snapshots lack.
    Removals { route: Option<String>, limit: usize },
    /// What is wrong with which route.
    Alarms { all: bool },
    /// What targets refused for good.
    DeadLetters {
        which: Which,
        id: Option<String>,
        limit: usize,
    },
}

/// What was answered: entries of one kind.
#[derive(Debug)]
pub(crate) enum Entries {
    /// One [`status::Status`].
    Status(Vec<Value>),
    /// [`doubts::Doubt`]s.
    Doubts(Vec<Value>),
    /// [`trace::Traced`]s.
    Traced(Vec<Value>),
    /// [`receipts::Receipt`]s.
    Receipts(Vec<Value>),
    /// [`removals::Entry`]s.
    Removals(Vec<Value>),
    /// [`alarms::Alarm`]s.
    Alarms(Vec<Value>),
    /// [`dead_letters::Letter`]s.
    DeadLetters(Vec<Value>),
}

impl Entries {
    /// Entries of the kind that the question asks for.
    fn to(question: &Question, values: Vec<Value>) -> Self {
        match question {
            Question::Status => Self::Status(values),
            Question::Doubts { .. } => Self::Doubts(values),
            Question::Trace { .. } => Self::Traced(values),
            Question::Receipts { .. } => Self::Receipts(values),
            Question::Removals { .. } => Self::Removals(values),
            Question::Alarms { .. } => Self::Alarms(values),
            Question::DeadLetters { .. } => Self::DeadLetters(values),
        }
    }

    /// The entries, whatever they are.
    pub(crate) fn values(self) -> Vec<Value> {
        match self {
            Self::Status(v)
            | Self::Doubts(v)
            | Self::Traced(v)
            | Self::Receipts(v)
            | Self::Removals(v)
            | Self::Alarms(v)
            | Self::DeadLetters(v) => v,
        }
    }
}

/// The socket of a service on `state`.
pub(crate) fn socket(state: &Path) -> PathBuf {
    state.join("gateway.sock")
}

/// Answers from the queue; each entry is one object.
pub(crate) fn answer(
    question: Question,
    queue: &Queue,
    directories: &Directories,
    (now, planned): (Option<&Now>, BTreeMap<String, Serves>),
    clock: Clock,
) -> Result<Entries, Failure> {
    Ok(match question {
        Question::Status => {
            let status = status::status(queue, now, planned, clock);
            Entries::Status(entries(vec![status])?)
        }
        Question::Doubts {
            route,
            file: feed,
            code,
            limit,
        } => {
            let filter = DoubtFilter {
                route,
                feed,
                code,
                since_ms: None,
            };
            Entries::Doubts(entries(doubts::doubts(queue, &filter, limit, clock)?)?)
        }
        Question::Trace { key } => {
            Entries::Traced(entries(trace::trace(queue, directories, &key, clock)?)?)
        }
        Question::Receipts {
            route,
            target,
            trouble,
            limit,
        } => {
            let filter = ReceiptFilter {
                route,
                target,
                with_verdicts: trouble,
                since_ms: None,
            };
            Entries::Receipts(entries(receipts::receipts(queue, &filter, limit, clock)?)?)
        }
        Question::Alarms { all } => Entries::Alarms(entries(alarms::alarms(queue, all, clock)?)?),
        Question::DeadLetters { which, id, limit } => {
            let which = (&which.filter(), id.as_deref(), limit);
            let found = dead_letters::letters(queue, directories, which, clock)?;
            Entries::DeadLetters(entries(found)?)
        }
        Question::Removals { route, limit } => {
            let route = route.as_deref();
            let found = removals::removals(queue, directories, route, limit, clock)?;
            Entries::Removals(entries(found)?)
        }
    })
}

fn entries<T: Serialize>(entries: Vec<T>) -> Result<Vec<Value>, Failure> {
    let values: Result<Vec<Value>, _> = entries.into_iter().map(serde_json::to_value).collect();
    values.map_err(|e| Failure::of(Exit::Failed, &e))
}

/// Asks the service on `state`; nothing where none runs.
pub(crate) async fn ask_service(
    state: &Path,
    question: &Question,
) -> Result<Option<Entries>, Failure> {
    match post(state, "/ask", question).await? {
        None => Ok(None),
        Some((true, body)) => Ok(Some(Entries::to(question, lines(&body)?))),
        Some((false, body)) => Err(failed(String::from_utf8_lossy(&body).into_owned())),
    }
}

/// The routes that are in the middle of a feed, and the version that began it, of a status.
pub(crate) fn half_read(entries: Entries) -> Result<Vec<(String, String)>, Failure> {
    let statuses: Result<Vec<status::Status>, _> = entries
        .values()
        .into_iter()
        .map(serde_json::from_value)
        .collect();
    let statuses = statuses.map_err(|e| failed(e.to_string()))?;
    let routes = statuses.into_iter().flat_map(|s| s.routes);
    Ok(routes
        .filter_map(|r| Some((r.route, r.begun_by?)))
        .collect())
}

/// Sends `what` to the service on `state`: whether it went well, and the answer. Nothing where
/// none runs.
pub(crate) async fn post(
    state: &Path,
    path: &str,
    what: &impl Serialize,
) -> Result<Option<(bool, Bytes)>, Failure> {
    let Ok(stream) = UnixStream::connect(socket(state)).await else {
        return Ok(None);
    };
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .map_err(|e| failed(e.to_string()))?;
    let driven = tokio::spawn(connection);
    let body = serde_json::to_vec(what).map_err(|e| failed(e.to_string()))?;
    let request = Request::post(path)
        .header("host", "gateway")
        .header("content-type", "application/json")
        .body(Full::new(Bytes::from(body)))
        .map_err(|e| failed(e.to_string()))?;
    let response = sender
        .send_request(request)
        .await
        .map_err(|e| failed(e.to_string()))?;
    let good = response.status().is_success();
    let body = response.into_body().collect().await;
    let body = body.map_err(|e| failed(e.to_string()))?.to_bytes();
    driven.abort();
    Ok(Some((good, body)))
}

/// The objects of an answer, one a line.
pub(crate) fn lines(body: &[u8]) -> Result<Vec<Value>, Failure> {
    let lines = body.split(|b| *b == b'\n').filter(|line| !line.is_empty());
    let values: Result<Vec<Value>, _> = lines.map(serde_json::from_slice).collect();
    values.map_err(|e| failed(e.to_string()))
}

fn failed(what: String) -> Failure {
    Failure::new(Exit::Failed, format!("the service: {what}"))
}
