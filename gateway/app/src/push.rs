//! Where departments hand in feeds: `POST /push/ROUTE`, over TLS.
//!
//! ```text
//!  request ─ who is it? ─ spool (whole, durable) ─ the route's own run ─ durable takes ─ answer
//! ```
//!
//! What must stay true: nobody without the word or certificate of a route learns anything of it;
//! what has not come whole is taken by nobody; it is answered only when the last take is durable;
//! a feed goes the way of every other feed of its route, so that nothing is taken twice; whoever
//! asks for too much, or too slowly, costs no more than the limits say.

mod answer;
mod asked;
mod body;
mod door;
mod problem;
mod spool;
mod tls;

pub(crate) use spool::Spool;
pub(crate) use tls::{Made, Tls};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::house::House;
use crate::stop::Stop;
use credit_config::{PushPlan, SourcePlan};
use door::{Door, Peer};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use sha2::{Digest as _, Sha256};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::{JoinSet, block_in_place};
use tokio::time::timeout;

/// Connections for each request that may be under way: the others wait for their turn to speak.
const CONNECTIONS_PER_REQUEST: u64 = 4;
/// How long those who are being answered have when the service stops.
const GOODBYE: Duration = Duration::from_secs(5);
/// After a connection could not be had: the machine is out of something.
const BREATH: Duration = Duration::from_millis(100);

/// Listens until told to stop, where the configuration says so.
pub(crate) async fn serve(
    house: &Arc<House>,
    stop: &Stop,
    tasks: &mut JoinSet<()>,
) -> Result<(), Failure> {
    let live = house.live();
    let Some(plan) = live.plan.push.clone() else {
        return Ok(());
    };
    Spool::sweep(&live.plan.state)?;
    for route in live.plan.routes.values() {
        if matches!(route.source, SourcePlan::Push(_)) {
            Spool::of(&live.plan.state, &route.name).forget(&house.queue)?;
        }
    }
    let tls = plan.tls.clone().map(Tls::open).transpose()?.map(Arc::new);
    let listen = plan.listen;
    let tcp = TcpListener::bind(listen).await.map_err(|e| {
        let message = format!("the address {listen} for pushes cannot be had: {e}");
        Failure::new(Exit::Failed, message)
            .remedy("set [push] listen in gateway.toml to a free one")
    })?;
    let bound = tcp
        .local_addr()
        .map_err(|e| Failure::of(Exit::Failed, &e))?;
    tracing::info!(push = %bound, encrypted = tls.is_some(), "feeds can be handed in");
    if let Some(tls) = &tls {
        house.tls.get_or_init(|| Arc::clone(tls));
    }
    let entry = Entry {
        room: connections(&plan),
        door: Arc::new(Door::new(Arc::clone(house), plan, stop.clone())),
        tls,
        stop: stop.clone(),
    };
    tasks.spawn(entry.listen(tcp));
    Ok(())
}

fn connections(plan: &PushPlan) -> Arc<Semaphore> {
    let most = plan.requests_max.saturating_mul(CONNECTIONS_PER_REQUEST);
    let most = usize::try_from(most).unwrap_or(Semaphore::MAX_PERMITS);
    Arc::new(Semaphore::new(most.min(Semaphore::MAX_PERMITS)))
}

/// What every connection has a part of.
#[derive(Clone)]
struct Entry {
    room: Arc<Semaphore>,
    door: Arc<Door>,
    tls: Option<Arc<Tls>>,
    stop: Stop,
}

impl Entry {
    async fn listen(self, tcp: TcpListener) {
        let mut connections = JoinSet::new();
        loop {
            let accepted = tokio::select! {
                () = self.stop.wait() => break,
                Some(ended) = connections.join_next() => {
                    if let Err(error) = ended {
                        tracing::error!(%error, "a connection ended badly");
                    }
                    continue;
                }
                accepted = self.accept(&tcp) => accepted,
            };
            connections.extend(accepted);
        }
        drop(tcp);
        let ended = async { while connections.join_next().await.is_some() {} };
        if timeout(GOODBYE, ended).await.is_err() {
            tracing::warn!("connections of departments were cut off");
            connections.shutdown().await;
        }
    }

    /// The next connection, once there is room for it; what is to be done with it.
    async fn accept(&self, tcp: &TcpListener) -> Option<impl Future<Output = ()> + Send + use<>> {
        let room = Arc::clone(&self.room).acquire_owned().await.ok()?;
        match tcp.accept().await {
            Ok((stream, _)) => {
                let entry = self.clone();
                Some(async move {
                    entry.connection(stream).await;
                    drop(room);
                })
            }
            Err(error) => {
                tracing::warn!(%error, "a connection cannot be had");
                tokio::time::sleep(BREATH).await;
                None
            }
        }
    }

    async fn connection(self, stream: TcpStream) {
        let Some(tls) = &self.tls else {
            return self.speak(stream, None).await;
        };
        let acceptor = block_in_place(|| tls.acceptor());
        let within = self.door.plan.timeouts.head;
        match timeout(within, acceptor.accept(stream)).await {
            Ok(Ok(stream)) => {
                let chain = stream.get_ref().1.peer_certificates();
                let own = chain.and_then(<[_]>::first);
                let peer = own.map(|certificate| Sha256::digest(certificate).into());
                self.speak(stream, peer).await;
            }
            Ok(Err(error)) => {
                tracing::info!(%error, "a connection without TLS, or not to our liking")
            }
            Err(_) => tracing::info!("a connection that does not come to TLS"),
        }
    }

    async fn speak<S>(&self, stream: S, peer: Option<Peer>)
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let door = &self.door;
        let service =
            service_fn(
                |request| async move { Ok::<_, Infallible>(door.answer(request, peer).await) },
            );
        let head_bytes_max = usize::try_from(door.plan.head_bytes_max).unwrap_or(usize::MAX);
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(door.plan.timeouts.head)
            .max_buf_size(head_bytes_max)
            .serve_connection(TokioIo::new(stream), service);
        let mut connection = std::pin::pin!(connection);
        let ended = tokio::select! {
            ended = connection.as_mut() => ended,
            () = self.stop.wait() => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(error) = ended {
            tracing::debug!(%error, "a connection ended badly");
        }
    }
}
