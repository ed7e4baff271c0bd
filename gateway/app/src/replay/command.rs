//! `gateway replay`: by the running service, or here where none runs.

use super::{Asked, FeedReport, replay, report};
use crate::act::{self, Action};
use crate::cli::Format;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::house::House;
use crate::once::{attended, stop_on_signal};
use crate::report::{Entries, Question, ask_service};
use crate::site::Site;
use crate::span::Span;
use clap::Args;
use serde_json::Value;
use std::io::{IsTerminal as _, Write as _};
use std::path::Path;
use std::time::Duration;

/// How often is asked how far the service is.
const LOOK: Duration = Duration::from_millis(500);

/// What is asked for.
#[derive(Args, Debug)]
#[command(group(clap::ArgGroup::new("which").required(true).multiple(true)
    .args(["since", "until", "file"])))]
pub(crate) struct Replay {
    /// The route's name.
    route: String,
    #[command(flatten)]
    span: Span,
    /// Feeds of this name alone.
    #[arg(long)]
    file: Option<String>,
    /// Take nothing: show what would change, field by field.
    #[arg(long)]
    dry: bool,
    /// Show at most so many changes, and records no longer made, one by one; all are counted.
    #[arg(long, default_value_t = 1_000, value_name = "N")]
    limit: usize,
    /// Where no service runs: end with code 6 when nothing could be delivered for so long.
    #[arg(long, default_value_t = 60, value_name = "SECONDS")]
    patience: u64,
}

/// Does it.
pub(crate) async fn command(given: Replay, config: &Path, format: Format) -> Result<Exit, Failure> {
    let Some(site) = crate::site_or_problems(config, format)? else {
        return Ok(Exit::Config);
    };
    let (since_ms, until_ms) = given.span.in_ms(site.plan.timezone)?;
    let asked = Asked {
        route: given.route,
        since_ms,
        until_ms,
        file: given.file,
        dry: given.dry,
        limit: given.limit,
    };
    let state = site.plan.state.clone();
    let action = Action::Replay(asked.clone());
    let told = watched(&state, &asked.route, act::tell_service(&state, &action)).await?;
    let (values, drained) = match told {
        Some(values) => (values, true),
        None => here(site, asked, Duration::from_secs(given.patience)).await?,
    };
    let reports: Result<Vec<FeedReport>, _> =
        values.into_iter().map(serde_json::from_value).collect();
    let reports = reports.map_err(|e| Failure::of(Exit::Failed, &e))?;
    let trouble = reports.iter().any(|r| r.trouble.is_some());
    let printed = crate::report::print(format, &reports, report::text);
    printed.map_err(|e| Failure::of(Exit::Failed, &e))?;
    Ok(if trouble || !drained {
        Exit::Waiting
    } else {
        Exit::Done
    })
}

/// Waits for the service, and shows how far it is where somebody looks.
async fn watched<T>(state: &Path, route: &str, told: impl Future<Output = T>) -> T {
    let mut told = std::pin::pin!(told);
    let looks = std::io::stderr().is_terminal();
    loop {
        tokio::select! {
            done = &mut told => {
                if looks {
                    show("");
                }
                return done;
            }
            () = tokio::time::sleep(LOOK), if looks => {
                let asked = ask_service(state, &Question::Status).await;
                if let Ok(Some(Entries::Status(status))) = asked {
                    let routes = status.first().and_then(|s| s["routes"].as_array());
                    let own = routes.into_iter().flatten().find(|r| r["route"] == route);
                    show(own.and_then(|r| r["replaying"].as_str()).unwrap_or_default());
                }
            }
        }
    }
}

fn show(text: &str) {
    // A terminal that has gone away is nobody's loss.
    drop(write!(std::io::stderr().lock(), "\r\x1b[2K{text}"));
}

/// No service runs: replays, delivers what comes of it, and ends.
async fn here(site: Site, asked: Asked, patience: Duration) -> Result<(Vec<Value>, bool), Failure> {
    let house = House::open(site, Some(&asked.route))?;
    let stop = house.stop.clone();
    stop_on_signal(stop.clone())?;
    let live = house.live();
    live.turn(&asked.route)?;
    let plan = live.plan.routes.get(&asked.route);
    let plan = plan.ok_or_else(|| Failure::new(Exit::NotFound, "the route is gone"))?;
    let done = match asked.dry {
        true => tokio::task::block_in_place(|| replay(&house, &asked)).map(|v| (v, true)),
        false => attended(&house, plan, patience, &stop, move |house| {
            replay(house, &asked)
        })
        .await
        .and_then(|(values, drained)| Ok((values?, drained))),
    };
    drop(live);
    house.close()?;
    done
}
