//! The stand-in as a server.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, DefaultBodyLimit, Query, State};
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Json, Response};
use axum::routing::{get, post};
use bytes::Bytes;
use serde::Deserialize;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::answer::Answer;
use crate::faults::{Fault, Faults, RetryAfter, Script};
use crate::line::{Cut, Lines};
use crate::options::Options;
use crate::push::{Full, Rules, Way};
use crate::store::{Row, Stats, Store};

/// Longest request that is read.
const REQUEST_BYTES_MAX: usize = 64 << 20;
/// Rows in one answer of `GET /rows`, where the question says nothing else.
const ROWS_USUAL: usize = 1_000;

/// Starts the stand-in.
#[derive(Debug)]
pub struct Platform;

impl Platform {
    /// Listens on `listen`, port 0 for any free one, until stopped.
    ///
    /// # Errors
    /// If the address is not of the loopback, or cannot be listened on.
    pub async fn start(listen: SocketAddr, options: Options) -> io::Result<Running> {
        if !listen.ip().is_loopback() {
            let why =
                format!("{listen} is not a loopback address: the stand-in knows no passwords");
            return Err(io::Error::new(io::ErrorKind::InvalidInput, why));
        }
        let listener = TcpListener::bind(listen).await?;
        let addr = listener.local_addr()?;
        let (stop, stopped) = watch::channel(());
        let shared = Arc::new(Shared {
            stopped: stopped.clone(),
            rules: Rules::new(&options),
            store: Mutex::default(),
            faults: Mutex::default(),
        });
        let app = routes(Arc::clone(&shared)).into_make_service_with_connect_info::<Cut>();
        let server = axum::serve(Lines(listener), app).with_graceful_shutdown(gone(stopped));
        let task = tokio::spawn(server.into_future());
        Ok(Running {
            addr,
            shared,
            stop,
            task,
        })
    }
}

/// A stand-in that runs; dropping it stops it.
pub struct Running {
    addr: SocketAddr,
    shared: Arc<Shared>,
    stop: watch::Sender<()>,
    task: JoinHandle<io::Result<()>>,
}

impl Running {
    /// Where it listens.
    #[must_use]
    pub const fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The address of one of its interfaces, such as `/push`.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.addr)
    }

    /// What it has counted.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.shared.stats()
    }

    /// The rows of a table, in the order in which their keys first came.
    #[must_use]
    pub fn rows(&self, table: &str) -> Vec<Row> {
        self.shared.store().rows(table).to_vec()
    }

    /// Has it fail.
    pub fn fail(&self, script: Script) {
        self.shared.faults().add(script);
    }

    /// Stops, once the requests under way are answered; its rows are forgotten.
    ///
    /// # Errors
    /// If it had stopped by itself, because its listener failed.
    pub async fn stop(self) -> io::Result<()> {
        drop(self.stop);
        self.task.await.map_err(io::Error::other)?
    }
}

struct Shared {
    rules: Rules,
    store: Mutex<Store>,
    faults: Mutex<Faults>,
    stopped: watch::Receiver<()>,
}

/// Ready when the sender is gone.
async fn gone(mut stopped: watch::Receiver<()>) {
    while stopped.changed().await.is_ok() {}
}

impl Shared {
    fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn faults(&self) -> MutexGuard<'_, Faults> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn stats(&self) -> Stats {
        let faults = self.faults().waiting() as u64;
        Stats {
            faults,
            ..self.store().stats
        }
    }
}

fn routes(shared: Arc<Shared>) -> Router {
    let push = |way| {
        post(
            move |State(shared): State<Arc<Shared>>,
                  ConnectInfo(cut): ConnectInfo<Cut>,
                  headers: HeaderMap,
                  text: Bytes| async move {
                receive(way, &shared, &cut, &headers, text).await
            },
        )
    };
    Router::new()
        .route("/push", push(Way::Store))
        .route("/repairData", push(Way::Store))
        .route("/withdrawData", push(Way::Withdraw))
        .route("/holdData", push(Way::Hold))
        .route(
            "/stats",
            get(async |State(shared): State<Arc<Shared>>| Json(shared.stats())),
        )
        .route("/rows", get(rows))
        .route("/faults", post(faults))
        .layer(DefaultBodyLimit::max(REQUEST_BYTES_MAX))
        .with_state(shared)
}

async fn receive(
    way: Way,
    shared: &Shared,
    cut: &Cut,
    headers: &HeaderMap,
    text: Bytes,
) -> Response {
    shared.store().stats.requests += 1;
    let fault = shared.faults().take();
    match &fault {
        Some(fault) if !fault.drop_after => {
            if fault.silent {
                gone(shared.stopped.clone()).await;
            }
            return fail(fault, cut);
        }
        _ => {}
    }
    let key = headers
        .get("idempotency-key")
        .and_then(|key| key.to_str().ok());
    let answer = shared
        .rules
        .receive(way, key.map(String::from), &text, &shared.store);
    if fault.is_some() {
        cut.now();
    }
    match answer {
        Ok(answer) => json(StatusCode::OK, answer),
        Err(Full { rows_max }) => {
            let message = format!("the stand-in is full: it keeps {rows_max} rows at most");
            json(
                StatusCode::INSUFFICIENT_STORAGE,
                Answer::failure("507", &message).json(),
            )
        }
    }
}

fn fail(fault: &Fault, cut: &Cut) -> Response {
    if fault.drop {
        cut.now();
    }
    let status = fault.status().unwrap_or(StatusCode::OK);
    let text = match (&fault.answer, &fault.error_code) {
        (Some(answer), _) => answer.clone(),
        (None, Some(code)) => Answer::failure(code, Answer::words(code)).json(),
        (None, None) => String::new(),
    };
    let mut response = json(status, text);
    let after = match &fault.retry_after {
        Some(RetryAfter::Seconds(seconds)) => Some(seconds.to_string()),
        Some(RetryAfter::Text(text)) => Some(text.clone()),
        None => None,
    };
    if let Some(Ok(after)) = after.map(|after| after.parse()) {
        response.headers_mut().insert(RETRY_AFTER, after);
    }
    response
}

async fn faults(State(shared): State<Arc<Shared>>, text: Bytes) -> Response {
    match serde_json::from_slice::<Script>(&text) {
        Ok(script) => {
            shared.faults().add(script);
            StatusCode::NO_CONTENT.into_response()
        }
        Err(cause) => (StatusCode::BAD_REQUEST, format!("{cause}\n")).into_response(),
    }
}

#[derive(Deserialize)]
struct Which {
    table: String,
    #[serde(default)]
    from: usize,
    limit: Option<usize>,
}

/// `[{"state":"stored","versions":1,"row":{…}},…]`
async fn rows(State(shared): State<Arc<Shared>>, Query(which): Query<Which>) -> Response {
    let rows: Vec<Row> = {
        let store = shared.store();
        let rows = store.rows(&which.table).iter().skip(which.from);
        rows.take(which.limit.unwrap_or(ROWS_USUAL))
            .cloned()
            .collect()
    };
    let mut text = Vec::from(b"[");
    for (n, row) in rows.iter().enumerate() {
        let comma = if n == 0 { "" } else { "," };
        let (state, versions) = (row.state.word(), row.versions);
        let head = format!(r#"{comma}{{"state":"{state}","versions":{versions},"row":"#);
        text.extend_from_slice(head.as_bytes());
        text.extend_from_slice(&row.body);
        text.push(b'}');
    }
    text.push(b']');
    json(StatusCode::OK, text)
}

fn json(status: StatusCode, text: impl Into<Body>) -> Response {
    (
        status,
        [(CONTENT_TYPE, "application/json; charset=utf-8")],
        text.into(),
    )
        .into_response()
}

#[cfg(test)]
mod tests;
