//! One request after the other: who is it, is there room, and what became of the feed.

use super::answer::{Told, answer};
use super::asked::{Asked, key_of_content, route};
use super::body::{Porter, let_out};
use super::problem::{Answer, Problem};
use super::spool::{Admission, Handed, Spool, Ticket};
use crate::failure::causes;
use crate::house::House;
use crate::inbound::{SeenByRoute, now_ms};
use crate::live::Live;
use crate::stop::Stop;
use credit_config::{ProcessEnv, PushPlan, PushedPlan, RoutePlan, SecretError, SourcePlan};
use credit_queue::{FeedFate, LookupError};
use credit_source::files::Seen as _;
use hyper::body::{Body as _, Incoming};
use hyper::header::AUTHORIZATION;
use hyper::http::request::Parts;
use hyper::{HeaderMap, Request};
use sha2::{Digest as _, Sha256};
use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{Semaphore, watch};
use tokio::task::{block_in_place, spawn_blocking};
use tokio::time::{Instant, sleep_until};

/// SHA-256 of the certificate that somebody has shown to have.
pub(super) type Peer = [u8; 32];

/// Feeds of one route that may lie unread, where it cannot read on.
const UNREAD_MAX: usize = 32;
/// What the log shows of a route that somebody made up.
const ROUTE_CHARS_MAX: usize = 64;

/// See the module.
pub(super) struct Door {
    house: Arc<House>,
    /// Its limits.
    pub(super) plan: PushPlan,
    stop: Stop,
    at_once: Semaphore,
    admitting: Mutex<()>,
}

/// A feed that lies in the spool or was read.
struct Admitted {
    ticket: Ticket,
    replayed: bool,
}

impl Door {
    pub(super) fn new(house: Arc<House>, plan: PushPlan, stop: Stop) -> Self {
        let most = usize::try_from(plan.requests_max).unwrap_or(Semaphore::MAX_PERMITS);
        Self {
            house,
            at_once: Semaphore::new(most.min(Semaphore::MAX_PERMITS)),
            plan,
            stop,
            admitting: Mutex::default(),
        }
    }

    /// Answers one request.
    pub(super) async fn answer(&self, request: Request<Incoming>, peer: Option<Peer>) -> Answer {
        let (head, mut body) = request.into_parts();
        match self.take(&head, &mut body, peer).await {
            Ok(answer) => answer,
            Err(problem) => {
                if problem.is_told_to_a_department() && !body.is_end_stream() {
                    let_out(body, self.plan.timeouts.head);
                }
                let route = route(&head.method, &head.uri).unwrap_or_default();
                let route: String = route.chars().take(ROUTE_CHARS_MAX).collect();
                problem.log(&route);
                problem.answer()
            }
        }
    }

    async fn take(
        &self,
        head: &Parts,
        body: &mut Incoming,
        peer: Option<Peer>,
    ) -> Result<Answer, Problem> {
        let name = route(&head.method, &head.uri)?;
        let live = self.house.live();
        let plan = known(&live, name, &head.headers, peer)?;
        let asked = Asked::of(head)?;
        let _one = self.at_once.try_acquire().map_err(|_| Problem::Busy)?;
        if self.stop.is_set() {
            return Err(Problem::Stopping);
        }
        let spool = Spool::of(&live.plan.state, name);
        let porter = Porter {
            plan: &self.plan,
            stop: &self.stop,
            spool: &spool,
        };
        porter.fits(asked.bytes.unwrap_or_default())?;
        self.room(plan, &asked, &spool)?;
        let content = porter.receive(body, &asked).await?;
        let by_content = asked.key.is_none();
        let handed = Handed {
            key: asked.key.unwrap_or_else(|| key_of_content(&content.sha256)),
            by_content,
            sha256: content.sha256,
            file_name: asked.file_name,
            content: content.file,
        };
        // What is told after this counts.
        let turn = live.turn(name).map_err(|e| Problem::Failed(e.message))?;
        let news = turn.news();
        let admitted = block_in_place(|| self.admit(plan, &spool, handed))?;
        if !self.is_read(plan, &admitted.ticket) {
            turn.call();
            self.wait(plan, &admitted.ticket, news).await?;
        }
        let fate = self.fate(name, &admitted.ticket).await?;
        let told = Told {
            route: name,
            feed: &admitted.ticket.feed,
            replayed: admitted.replayed,
            rows: asked.rows,
        };
        let answer = answer(&told, &fate);
        let (status, replayed) = (answer.status().as_u16(), admitted.replayed);
        tracing::info!(
            route = name,
            status,
            replayed,
            "a feed handed in was answered"
        );
        Ok(answer)
    }

    /// There is room for the feed; for one whose key is known, always.
    fn room(&self, plan: &RoutePlan, asked: &Asked, spool: &Spool) -> Result<(), Problem> {
        let queue = &self.house.queue;
        if let Some(key) = &asked.key
            && spool.knows(key, queue).map_err(|e| Problem::disk(&e))?
        {
            return Ok(());
        }
        if self.is_paused(plan) {
            return Err(Problem::Paused);
        }
        let unread = spool.waiting().map_err(|e| Problem::disk(&e))?;
        if unread >= UNREAD_MAX || queue.room(&plan.name).over {
            return Err(Problem::Full);
        }
        Ok(())
    }

    fn is_paused(&self, plan: &RoutePlan) -> bool {
        plan.paused || self.house.queue.is_paused(&plan.name)
    }

    fn admit(&self, plan: &RoutePlan, spool: &Spool, handed: Handed) -> Result<Admitted, Problem> {
        let _turn = self
            .admitting
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let queue = &self.house.queue;
        let known = self.seen(plan).file_seen(&handed.sha256, now_ms());
        let admitted = spool.admit(handed, known, queue);
        match admitted.map_err(|e| Problem::disk(&e))? {
            Admission::Conflict => Err(Problem::Conflict),
            Admission::Again(ticket) => Ok(Admitted {
                ticket,
                replayed: true,
            }),
            Admission::New(ticket) => Ok(Admitted {
                ticket,
                replayed: known,
            }),
        }
    }

    fn seen<'a>(&'a self, plan: &'a RoutePlan) -> SeenByRoute<'a> {
        SeenByRoute {
            queue: &self.house.queue,
            route: &plan.name,
            snapshots: plan.snapshot.is_some(),
        }
    }

    /// The feed was read to its end, and that is durable.
    fn is_read(&self, plan: &RoutePlan, ticket: &Ticket) -> bool {
        self.seen(plan).file_seen(&ticket.sha256, ticket.came_ms)
    }

    async fn wait(
        &self,
        plan: &RoutePlan,
        ticket: &Ticket,
        mut news: watch::Receiver<Option<String>>,
    ) -> Result<(), Problem> {
        let until = Instant::now() + self.plan.timeouts.answer;
        while !self.is_read(plan, ticket) {
            if self.is_paused(plan) {
                return Err(Problem::PausedUnread);
            }
            let changed = tokio::select! {
                changed = news.changed() => changed,
                () = sleep_until(until) => return Err(Problem::Pending),
                () = self.stop.wait() => return Err(Problem::Stopping),
            };
            changed.map_err(|_| Problem::Stopping)?;
            let trouble = news.borrow_and_update().clone();
            if let Some(why) = trouble.filter(|_| !self.is_read(plan, ticket)) {
                return Err(Problem::Stuck(why));
            }
        }
        Ok(())
    }

    /// What became of its rows: under its own name, or, where its content had come before, under
    /// the name that this had then.
    async fn fate(&self, route: &str, ticket: &Ticket) -> Result<FeedFate, Problem> {
        let (house, route, ticket) = (Arc::clone(&self.house), route.to_owned(), ticket.clone());
        let found = spawn_blocking(move || {
            let queue = &house.queue;
            let own = queue.feed_fate(&route, &ticket.feed, ticket.since)?;
            let seen = queue.file_seen(&route, &ticket.sha256);
            match seen.filter(|_| own.ended_ms.is_none()) {
                Some(seen) => queue.feed_fate(&route, &seen.name, 0),
                None => Ok::<_, LookupError>(own),
            }
        });
        let found = found.await.map_err(|e| Problem::Failed(e.to_string()))?;
        let fate = found.map_err(|e| failed(&e))?;
        match fate.ended_ms {
            Some(_) => Ok(fate),
            None => Err(Problem::Forgotten),
        }
    }
}

/// The route `name`, for who shows to be its department. Whatever is wrong, the answer is the same.
fn known<'l>(
    live: &'l Live,
    name: &str,
    headers: &HeaderMap,
    peer: Option<Peer>,
) -> Result<&'l RoutePlan, Problem> {
    let plan = live.plan.routes.get(name).ok_or(Problem::Unknown)?;
    let SourcePlan::Push(pushed) = &plan.source else {
        return Err(Problem::Unknown);
    };
    match may(pushed, headers, peer) {
        Ok(true) => Ok(plan),
        Ok(false) => Err(Problem::Unknown),
        Err(error) => {
            // Who has not shown a token yet is not to learn that there is such a route.
            let error = causes(&error);
            tracing::error!(
                route = name,
                error,
                "nobody can hand in: the token cannot be read"
            );
            Err(Problem::Unknown)
        }
    }
}

fn may(pushed: &PushedPlan, headers: &HeaderMap, peer: Option<Peer>) -> Result<bool, SecretError> {
    let certified = pushed.certificates.is_empty()
        || peer.is_some_and(|peer| pushed.certificates.iter().any(|own| same(own, &peer)));
    let Some(token) = &pushed.token else {
        return Ok(certified && !pushed.certificates.is_empty());
    };
    let said = headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    let said = said.and_then(|said| said.split_once(' '));
    let said = said.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    let said = said.map(|(_, token)| token.trim()).unwrap_or_default();
    let own = token.reveal(&ProcessEnv)?;
    let right = same(
        &Sha256::digest(own.expose()).into(),
        &Sha256::digest(said).into(),
    );
    Ok(right && certified)
}

/// Compares in the same time whatever differs.
fn same(one: &[u8; 32], other: &[u8; 32]) -> bool {
    let differs = one.iter().zip(other).fold(0, |sum, (a, b)| sum | (a ^ b));
    std::hint::black_box(differs) == 0
}

fn failed(error: &(dyn Error + 'static)) -> Problem {
    Problem::Failed(causes(error))
}
