//! What is done with the versions of adapters: they are taken in, looked at, chosen, put aside.
//!
//! All of it works while the service runs and while it does not: what is decided is written beside
//! the versions, and a running service is told of it.

mod decide;
mod install;
mod list;
mod remove;
mod show;

use crate::act::{self, Action};
use crate::cli::Format;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::report;
use crate::shelf::{Serves, Who};
use crate::site::{self, NoSite, Workshop};
use clap::{Args, Subcommand};
use credit_config::ProcessEnv;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// What can be done with versions.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Take in a bundle, beside the versions that are there.
    Install {
        /// The bundle's file.
        bundle: PathBuf,
        /// Let it serve at once.
        #[arg(long)]
        promote: bool,
        /// It is older than what was taken in before, and that is meant.
        #[arg(long)]
        downgrade: bool,
        #[command(flatten)]
        said: Said,
    },
    /// The adapters at hand: their versions, which serves, who signed, which routes use them.
    List,
    /// One version: its feeds and their settings, its limits, digests and signatures.
    Show {
        /// NAME or NAME@VERSION; without a version, the one that serves.
        adapter: String,
    },
    /// Take a version away that does not serve.
    Remove {
        /// NAME@VERSION.
        adapter: String,
        #[command(flatten)]
        said: Said,
    },
    /// Let a version serve, from the next feed on; what is half read is finished by who began it.
    Promote {
        /// NAME@VERSION.
        adapter: String,
        #[command(flatten)]
        said: Said,
    },
    /// Go back to the version that served before.
    Rollback {
        /// NAME.
        adapter: String,
        #[command(flatten)]
        said: Said,
    },
    /// Let a version translate nothing any more, not even what it has begun.
    Quarantine {
        /// NAME@VERSION.
        adapter: String,
        #[command(flatten)]
        said: Said,
    },
    /// Let a version out of quarantine.
    Release {
        /// NAME@VERSION.
        adapter: String,
        #[command(flatten)]
        said: Said,
    },
}

/// Who decides, and why: it is written down.
#[derive(Debug, Args)]
pub(crate) struct Said {
    /// Who decides it; without it, the user of this machine.
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// Why.
    #[arg(long, default_value = "", value_name = "TEXT")]
    reason: String,
}

impl From<Said> for Who {
    fn from(said: Said) -> Self {
        let named = |name: &str| std::env::var(name).ok().filter(|user| !user.is_empty());
        let by = said
            .by
            .or_else(|| named("SUDO_USER"))
            .or_else(|| named("USER"));
        Self {
            by: by.unwrap_or_else(|| format!("uid {}", rustix::process::getuid().as_raw())),
            reason: said.reason,
        }
    }
}

/// Does it.
pub(super) async fn run(command: Command, config: &Path, format: Format) -> Result<Exit, Failure> {
    let shop = match site::workshop(config, &ProcessEnv) {
        Ok(shop) => shop,
        Err(NoSite::Failure(failure)) => return Err(failure),
        Err(NoSite::Problems(problems)) => {
            crate::say(&problems, format);
            return Ok(Exit::Config);
        }
    };
    match command {
        Command::Install {
            bundle,
            promote,
            downgrade,
            said,
        } => install::install(&shop, &bundle, (promote, downgrade), said.into(), format).await,
        Command::List => list::list(&shop, format),
        Command::Show { adapter } => show::show(&shop, &adapter, format),
        Command::Remove { adapter, said } => {
            remove::remove(&shop, named(&adapter)?, &said.into(), format).await
        }
        Command::Promote { adapter, said } => {
            decide::promote(&shop, named(&adapter)?, &said.into(), format).await
        }
        Command::Rollback { adapter, said } => {
            decide::roll_back(&shop, &adapter, &said.into(), format).await
        }
        Command::Quarantine { adapter, said } => {
            decide::quarantine(&shop, named(&adapter)?, &said.into(), format).await
        }
        Command::Release { adapter, said } => {
            decide::release(&shop, named(&adapter)?, &said.into(), format).await
        }
    }
}

/// The name and the version of `NAME@VERSION`.
fn named(text: &str) -> Result<(&str, &str), Failure> {
    text.split_once('@').ok_or_else(|| {
        let message = format!("{text:?} names no version");
        Failure::new(Exit::NotFound, message).remedy("write NAME@VERSION, as in tax@1.2.0")
    })
}

/// What was done, for who did it.
#[derive(Debug, Serialize)]
struct Done {
    adapter: String,
    version: String,
    did: &'static str,
    /// The version that serves now.
    serves: Option<String>,
    /// What the running service made of it, by route; nothing where none runs.
    service: Option<Vec<InService>>,
}

/// What the running service says of a route.
#[derive(Debug, Deserialize, Serialize)]
struct InService {
    route: String,
    serves: Serves,
}

/// Tells the running service of what was decided, and the person what came of it.
async fn tell(
    shop: &Workshop,
    (adapter, version, did): (&str, &str, &'static str),
    format: Format,
) -> Result<Exit, Failure> {
    let action = Action::Shelf {
        adapter: adapter.to_owned(),
    };
    let told = act::tell_service(&shop.plan.state, &action).await?;
    let read = |lines: Vec<serde_json::Value>| {
        let lines = lines.into_iter().map(serde_json::from_value);
        let lines: Result<Vec<InService>, _> = lines.collect();
        lines.map_err(|e| Failure::of(Exit::Failed, &e))
    };
    let done = Done {
        adapter: adapter.to_owned(),
        version: version.to_owned(),
        did,
        serves: shop.shelves.shelf(adapter)?.current(),
        service: told.map(read).transpose()?,
    };
    let alarmed = done
        .service
        .iter()
        .flatten()
        .any(|s| s.serves.alarm.is_some());
    report::print(format, &[done], |done| done.iter().map(text).collect())
        .map_err(|e| Failure::of(Exit::Failed, &e))?;
    Ok(if alarmed { Exit::Failed } else { Exit::Done })
}

fn text(done: &Done) -> String {
    let zh = match done.did {
        "installed" => "已安装",
        "promoted" => "已启用",
        "rolled_back" => "已回退",
        "quarantined" => "已隔离",
        "released" => "已解除隔离",
        _ => "已移除",
    };
    let did = done.did.replace('_', " ");
    let serves = done.serves.as_deref().unwrap_or("-");
    let mut text = format!("{zh} {did}   {} {}\n", done.adapter, done.version);
    text.push_str(&format!("现行 serves   {} {serves}\n", done.adapter));
    match &done.service {
        None => text.push_str("服务未运行 no service runs: it takes this on when it starts\n"),
        Some(routes) => {
            for InService { route, serves } in routes {
                let version = serves.version.as_deref().unwrap_or("-");
                text.push_str(&format!(
                    "运行中 running   {route}: {} {version}\n",
                    serves.adapter
                ));
                if let Some(alarm) = &serves.alarm {
                    text.push_str(&format!("警报 alarm   {route}: {alarm}\n"));
                }
            }
        }
    }
    text
}
