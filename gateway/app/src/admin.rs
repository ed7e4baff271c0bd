//! What the service shows while it runs: metrics, health and readiness on a loopback port, and
//! answers to questions on a socket in the state folder, its owner's alone.

mod metrics;

use crate::act::{self, Action};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::house::House;
use crate::report::{self, Clock, Question};
use crate::stop::Stop;
use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Json, Response};
use axum::routing::{get, post};
use serde_json::Value;
use std::sync::Arc;
use tokio::net::{TcpListener, UnixListener};
use tokio::task::JoinSet;

/// What both listeners share.
type Shared = State<Arc<House>>;

/// Listens until told to stop.
pub(crate) async fn serve(
    house: &Arc<House>,
    stop: &Stop,
    tasks: &mut JoinSet<()>,
) -> Result<(), Failure> {
    let plan = &house.live().plan;
    let listen = plan.admin.listen;
    let tcp = TcpListener::bind(listen).await.map_err(|e| {
        Failure::new(
            Exit::Failed,
            format!("the admin port {listen} cannot be had: {e}"),
        )
        .remedy("set [admin] listen in gateway.toml to a free loopback port")
    })?;
    let bound = tcp
        .local_addr()
        .map_err(|e| Failure::of(Exit::Failed, &e))?;
    let app = Router::new()
        .route("/metrics", get(metrics))
        .route("/health", get(|| async { "ok\n" }))
        .route("/ready", get(ready))
        .with_state(Arc::clone(house));
    let until = stop.clone();
    tasks.spawn(async move {
        let server =
            axum::serve(tcp, app).with_graceful_shutdown(async move { until.wait().await });
        if let Err(error) = server.await {
            tracing::error!(%error, "the admin port is closed");
        }
    });

    let socket = report::socket(&plan.state);
    // What a killed service left: the state folder is ours, so nobody listens there.
    if let Err(error) = std::fs::remove_file(&socket)
        && error.kind() != std::io::ErrorKind::NotFound
    {
        tracing::warn!(%error, "an old socket cannot be removed");
    }
    let unix = UnixListener::bind(&socket).map_err(|e| {
        Failure::new(
            Exit::Failed,
            format!("{} cannot be had: {e}", socket.display()),
        )
    })?;
    let app = Router::new()
        .route("/ask", post(ask))
        .route("/act", post(act))
        .with_state(Arc::clone(house));
    let until = stop.clone();
    tasks.spawn(async move {
        let until = async move { until.wait().await };
        let server = axum::serve(unix, app).with_graceful_shutdown(until);
        if let Err(error) = server.await {
            tracing::error!(%error, "the socket is closed");
        }
        drop(std::fs::remove_file(socket));
    });
    // Told last: who reads it finds both listening.
    tracing::info!(address = %bound, "metrics, health and readiness");
    Ok(())
}

async fn metrics(State(house): Shared) -> Response {
    let policy = house.live().plan.admission.policy;
    let runs = house.now().runs.clone();
    let mut text = metrics::text(
        &house.queue.books(),
        &runs,
        crate::inbound::now_ms(),
        policy,
    );
    metrics::adapters(&mut text, &house.duty.serving().serves());
    (
        [(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")],
        text,
    )
        .into_response()
}

/// Ready is what takes in and balances: a target that is down makes nobody unready.
async fn ready(State(house): Shared) -> Response {
    let writable = tokio::task::spawn_blocking({
        let queue = Arc::clone(&house.queue);
        move || queue.sync().map_err(|e| crate::failure::causes(&e))
    });
    let writable = writable.await.unwrap_or_else(|e| Err(e.to_string()));
    if let Err(error) = writable {
        return (StatusCode::SERVICE_UNAVAILABLE, format!("{error}\n")).into_response();
    }
    if let Some(wrong) = house.queue.check_books().first() {
        let text = format!(
            "the books of {} do not balance: {}\n",
            wrong.route, wrong.what
        );
        return (StatusCode::SERVICE_UNAVAILABLE, text).into_response();
    }
    "ready\n".into_response()
}

async fn ask(State(house): Shared, Json(question): Json<Question>) -> Response {
    let answered = tokio::task::spawn_blocking(move || {
        let live = house.live();
        let clock = Clock::new(live.plan.timezone);
        let planned = live.serving.serves();
        let now = house.present();
        report::answer(
            question,
            &house.queue,
            &live.directories,
            (Some(&now), planned),
            clock,
        )
    });
    let failed = |text: String| (StatusCode::INTERNAL_SERVER_ERROR, text).into_response();
    match answered.await {
        Err(error) => failed(error.to_string()),
        Ok(Err(failure)) => failed(failure.message),
        Ok(Ok(entries)) => answered_with(&entries.values()),
    }
}

async fn act(State(house): Shared, Json(action): Json<Action>) -> Response {
    tracing::info!(?action, "told");
    let done = tokio::task::spawn_blocking(move || action.perform(&house)).await;
    let done = done.unwrap_or_else(|e| Err(Failure::new(Exit::Failed, e.to_string())));
    match done {
        Ok(values) => answered_with(&values),
        Err(failure) => {
            let failed = Json(act::failed(failure));
            (StatusCode::INTERNAL_SERVER_ERROR, failed).into_response()
        }
    }
}

fn answered_with(values: &[Value]) -> Response {
    let mut body = String::new();
    for value in values {
        body.push_str(&value.to_string());
        body.push('\n');
    }
    ([(CONTENT_TYPE, "application/x-ndjson")], Body::from(body)).into_response()
}
