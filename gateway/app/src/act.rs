//! What a person tells the gateway to do: done by the running service, which holds the state, or
//! by the command itself where none runs.

use crate::crew::Order;
use crate::dead_letters::{self, Which};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::house::House;
use crate::pause;
use crate::removals;
use crate::report;
use crate::site::Site;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::oneshot;

/// What can be told.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
pub(crate) enum Action {
    /// Put the configuration in force as it is written now.
    Reload,
    /// Read a period again, as it was kept.
    Replay(crate::replay::Asked),
    /// Read a route now, whatever its schedule says.
    RunNow {
        /// Which.
        route: String,
    },
    /// Have a route take nothing in.
    Pause {
        /// Which.
        route: String,
        /// Who says so.
        by: removals::Said,
        /// Why.
        reason: removals::Said,
    },
    /// Have it take in again.
    Resume {
        /// Which.
        route: String,
    },
    /// Withdraw records that the last full snapshot lacks.
    Withdraw {
        /// Which, and whose word it is.
        what: removals::What,
        /// Also where the snapshot may have been cut off.
        despite_suspicion: bool,
    },
    /// Write what targets refused for good into a file.
    Export {
        /// Which of it.
        which: Which,
        /// The file.
        out: PathBuf,
    },
    /// Send again what targets refused for good.
    Resend {
        /// Which records, and whose word it is.
        what: removals::What,
    },
    /// Keep records that the last full snapshot lacks.
    Keep {
        /// Which, and whose word it is.
        what: removals::What,
    },
    /// Look at what was decided about an adapter's versions, and do it from now on.
    Shelf {
        /// Which adapter.
        adapter: String,
    },
}

/// A route was called.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Called {
    /// Which.
    pub route: String,
    /// It is read as soon as it is not being read already.
    pub called: bool,
}

impl Called {
    /// The same for a person.
    pub(crate) fn text(&self) -> String {
        format!("已通知 called   {}\n", self.route)
    }
}

/// A failure on its way through the socket.
#[derive(Serialize, Deserialize)]
struct Failed {
    exit: u8,
    message: String,
    remedy: Option<String>,
}

impl Action {
    /// Does it; what came of it, one object a line.
    pub(crate) fn perform(self, house: &Arc<House>) -> Result<Vec<Value>, Failure> {
        match self {
            Self::Reload => {
                let gone = || Failure::new(Exit::Failed, "the service is stopping");
                let orders = house.orders.get().ok_or_else(gone)?;
                let (reply, replied) = oneshot::channel();
                let sent = orders.blocking_send(Order::Reload(reply));
                sent.map_err(|_| gone())?;
                replied.blocking_recv().map_err(|_| gone())?
            }
            Self::Replay(asked) => crate::replay::replay(house, &asked),
            Self::RunNow { route } => {
                let live = house.live();
                let turn = live.turn(&route)?;
                if live.plan.routes.get(&route).is_some_and(|r| r.paused) {
                    let message = format!("route {route} is paused");
                    let remedy = "set paused = false in its file first";
                    return Err(Failure::new(Exit::Config, message).remedy(remedy));
                }
                if house.queue.is_paused(&route) {
                    let message = format!("route {route} is paused");
                    let remedy = format!("let it take in again: gateway resume {route}");
                    return Err(Failure::new(Exit::Config, message).remedy(remedy));
                }
                turn.call();
                Ok(vec![json!(Called {
                    route,
                    called: true
                })])
            }
            Self::Withdraw {
                what,
                despite_suspicion,
            } => removals::confirm(house, what, despite_suspicion),
            Self::Pause { route, by, reason } => pause::pause(house, route, by, reason),
            Self::Resume { route } => pause::resume(house, route),
            Self::Keep { what } => removals::dismiss(house, what),
            Self::Export { which, out } => dead_letters::export(house, &which, &out),
            Self::Resend { what } => dead_letters::replay(house, what),
            Self::Shelf { adapter } => {
                let taken = house.duty.serving().refresh(&adapter).into_iter();
                let lines =
                    taken.map(|(route, serves)| json!({ "route": route, "serves": serves }));
                Ok(lines.collect())
            }
        }
    }
}

/// Tells the service on `state`; nothing where none runs.
pub(crate) async fn tell_service(
    state: &Path,
    action: &Action,
) -> Result<Option<Vec<Value>>, Failure> {
    let Some((good, body)) = report::post(state, "/act", action).await? else {
        return Ok(None);
    };
    if good {
        return report::lines(&body).map(Some);
    }
    Err(match serde_json::from_slice::<Failed>(&body) {
        Ok(failed) => failed.into(),
        Err(_) => Failure::new(
            Exit::Failed,
            format!("the service: {}", String::from_utf8_lossy(&body)),
        ),
    })
}

/// Has it done by the service on the state, or does it here where none runs.
pub(crate) async fn tell_or_do(site: Site, action: Action) -> Result<Vec<Value>, Failure> {
    if let Some(done) = tell_service(&site.plan.state, &action).await? {
        return Ok(done);
    }
    // No feed is read here: it takes no adapter.
    let house = House::open(site, Some(""))?;
    let acting = Arc::clone(&house);
    let done = tokio::task::spawn_blocking(move || action.perform(&acting)).await;
    house.close()?;
    done.map_err(|e| Failure::new(Exit::Failed, e.to_string()))?
}

/// The failure as the service says it.
pub(crate) fn failed(failure: Failure) -> Value {
    json!(Failed {
        exit: failure.exit as u8,
        message: failure.message,
        remedy: failure.remedy,
    })
}

impl From<Failed> for Failure {
    fn from(failed: Failed) -> Self {
        let Failed {
            exit,
            message,
            remedy,
        } = failed;
        let exit = Exit::from_byte(exit).unwrap_or(Exit::Failed);
        Self {
            exit,
            message,
            remedy,
            not_before: None,
        }
    }
}
