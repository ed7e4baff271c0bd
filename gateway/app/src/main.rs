//! The credit gateway: departments' feeds into one shared credit platform, with a receipt for
//! every row. This crate is the only place where the rooms meet.

mod act;
mod adapter;
mod admin;
mod admission;
mod alarms;
mod candidate;
mod cli;
mod compare;
mod compile;
mod crew;
mod dead_letters;
mod demo;
mod exit;
mod failure;
mod house;
mod inbound;
mod key;
mod live;
mod logs;
mod machines;
mod once;
mod outbound;
mod pause;
mod progress;
mod push;
mod raw;
mod reload;
mod removals;
mod replay;
mod report;
mod secrets;
mod service;
mod shadow;
mod shelf;
mod shipped;
mod site;
mod sources;
mod span;
mod stop;
mod targets;
mod trust;
mod tryout;
mod turn;

use act::Action;
use clap::Parser as _;
use cli::{Cli, Command, Format};
use credit_config::{LogFormat, ProcessEnv, WayPlan};
use exit::Exit;
use failure::Failure;
use report::{Clock, Question};
use serde::Serialize;
use serde::de::DeserializeOwned;
use site::{NoSite, Site};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

/// How long what hangs may keep the process from ending.
const LAST_MOMENT: Duration = Duration::from_secs(1);

fn main() -> ExitCode {
    let cli = Cli::parse();
    let ended = match cli.command {
        Command::CompileAdapter {
            ref file,
            ref cache,
        } => compile::run(file, cache),
        _ => with_runtime(cli),
    };
    match ended {
        Ok(exit) => exit.into(),
        Err(failure) => {
            eprintln!("{failure}");
            failure.exit.into()
        }
    }
}

fn with_runtime(cli: Cli) -> Result<Exit, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|e| Failure::of(Exit::Failed, &e))?;
    let ended = runtime.block_on(command(cli));
    // What still runs now hangs: all that was to be waited for was.
    runtime.shutdown_timeout(LAST_MOMENT);
    ended
}

async fn command(cli: Cli) -> Result<Exit, Failure> {
    let Cli {
        config,
        format,
        command,
    } = cli;
    let question = match command {
        Command::CompileAdapter { file, cache } => return compile::run(&file, &cache),
        Command::Demo { dir } => {
            logs::start("error", false);
            return demo::demo(&dir, format).await;
        }
        Command::Sandbox { listen } => return sandbox(listen).await,
        Command::Check => return Ok(check(&config, format)),
        Command::Run => {
            let Some(site) = site_or_problems(&config, format)? else {
                return Ok(Exit::Config);
            };
            let log = site.plan.log;
            logs::start(log.level.word(), log.format == LogFormat::Json);
            site::warn(&site.plan);
            return service::run(site, &config).await;
        }
        Command::RunNow { route } => {
            let text = |called: &[act::Called]| called.iter().map(act::Called::text).collect();
            return tell(&config, format, Action::RunNow { route }, text).await;
        }
        Command::Reload => {
            let text = report::changes::text;
            return tell(&config, format, Action::Reload, text).await;
        }
        Command::Plan(asked) => {
            logs::start("error", false);
            let Some(site) = site_or_problems(&config, format)? else {
                return Ok(Exit::Config);
            };
            return match asked.meant() {
                Some(asked) => tryout::command(site, asked, format).await,
                None => report::preview::show(&site, format),
            };
        }
        Command::Replay(asked) => {
            logs::start("error", false);
            return replay::command(asked, &config, format).await;
        }
        Command::Raw { command } => {
            logs::start("error", false);
            return raw::run(command, &config, format);
        }
        Command::Batches { target } => {
            logs::start("error", false);
            let site = site_or_problems(&config, format)?;
            return site.map_or(Ok(Exit::Config), |s| batches(&s, &target));
        }
        Command::Adapter { command } => {
            logs::start("error", false);
            return adapter::run(command, &config, format).await;
        }
        Command::Pause { route, by, reason } => {
            let action = Action::Pause { route, by, reason };
            let text = |done: &[pause::Done]| done.iter().map(pause::Done::text).collect();
            return have_done(&config, format, action, text).await;
        }
        Command::Resume { route } => {
            let text = |done: &[pause::Done]| done.iter().map(pause::Done::text).collect();
            return have_done(&config, format, Action::Resume { route }, text).await;
        }
        Command::Alarms { all } => Question::Alarms { all },
        Command::DeadLetters { command } => match command.meant()? {
            removals::Meant::Ask(question) => question,
            removals::Meant::Tell(action @ Action::Export { .. }) => {
                let text = |w: &[dead_letters::Written]| {
                    w.iter().map(dead_letters::Written::text).collect()
                };
                return have_done(&config, format, action, text).await;
            }
            removals::Meant::Tell(action) => {
                return have_done(&config, format, action, removals::text).await;
            }
        },
        Command::Removals { command } => match command.meant() {
            removals::Meant::Ask(question) => question,
            removals::Meant::Tell(action) => {
                return have_done(&config, format, action, removals::text).await;
            }
        },
        Command::Key { command } => return key::run(command, format),
        Command::Trust { command } => return trust::run(command, &config, format),
        Command::Once { route, patience } => return once(&config, format, &route, patience).await,
        Command::Status => Question::Status,
        Command::Doubts {
            route,
            file,
            code,
            limit,
        } => Question::Doubts {
            route,
            file,
            code,
            limit,
        },
        Command::Trace { key } => Question::Trace { key },
        Command::Receipts {
            route,
            target,
            trouble,
            limit,
        } => Question::Receipts {
            route,
            target,
            trouble,
            limit,
        },
    };
    logs::start("error", false);
    ask(&config, question, format).await
}

async fn once(config: &Path, format: Format, route: &str, patience: u64) -> Result<Exit, Failure> {
    logs::start("warn", false);
    let Some(site) = site_or_problems(config, format)? else {
        return Ok(Exit::Config);
    };
    let done = once::once(site, route, Duration::from_secs(patience)).await?;
    let printed = report::print(format, &done.status.routes, report::status::books);
    printed.map_err(|e| Failure::of(Exit::Failed, &e))?;
    for held in done.status.routes.iter().flat_map(|r| &r.held) {
        eprintln!("未读 not read: {held}");
    }
    for route in &done.status.routes {
        let missing = route.removals.as_ref();
        let line = missing.map(|m| report::removals::line(&route.route, m));
        eprint!("{}", line.unwrap_or_default());
    }
    for alarm in &done.alarms {
        eprintln!("警报 alarm: {alarm}");
    }
    if let Some(trouble) = done.trouble {
        eprintln!("{trouble}");
    }
    Ok(done.exit)
}

/// Tells the running service to do something.
async fn tell<T: Serialize + DeserializeOwned>(
    config: &Path,
    format: Format,
    action: Action,
    text: impl FnOnce(&[T]) -> String,
) -> Result<Exit, Failure> {
    logs::start("error", false);
    let Some(site) = site_or_problems(config, format)? else {
        eprintln!("未作任何更改 nothing was changed");
        return Ok(Exit::Config);
    };
    let Some(done) = act::tell_service(&site.plan.state, &action).await? else {
        let message = format!("no service runs on {}", site.plan.state.display());
        let remedy = "start it: gateway run; or read one route without it: gateway once ROUTE";
        return Err(Failure::new(Exit::NotFound, message).remedy(remedy));
    };
    let done: Vec<T> = report::read(done)?;
    report::print(format, &done, text).map_err(|e| Failure::of(Exit::Failed, &e))?;
    Ok(Exit::Done)
}

/// Has something done, whether a service runs or not.
async fn have_done<T: Serialize + DeserializeOwned>(
    config: &Path,
    format: Format,
    action: Action,
    text: impl FnOnce(&[T]) -> String,
) -> Result<Exit, Failure> {
    logs::start("error", false);
    let Some(site) = site_or_problems(config, format)? else {
        return Ok(Exit::Config);
    };
    let done: Vec<T> = report::read(act::tell_or_do(site, action).await?)?;
    report::print(format, &done, text).map_err(|e| Failure::of(Exit::Failed, &e))?;
    Ok(Exit::Done)
}

/// A running service answers whatever has become of the configuration meanwhile.
async fn ask(config: &Path, question: Question, format: Format) -> Result<Exit, Failure> {
    if let Ok(shop) = site::workshop(config, &ProcessEnv)
        && let Some(entries) = report::ask_service(&shop.plan.state, &question).await?
    {
        return report::show(format, entries);
    }
    let Some(site) = site_or_problems(config, format)? else {
        return Ok(Exit::Config);
    };
    let queue = house::open_queue(&site.plan)?;
    let clock = Clock::new(site.plan.timezone);
    let serves = site.serves();
    let answered = report::answer(question, &queue, &site.directories, (None, serves), clock);
    queue.close().map_err(|e| Failure::of(Exit::Failed, &e))?;
    let entries = answered?;
    report::show(format, entries)
}

/// The statement that makes the table of batches of a target.
fn batches(site: &Site, target: &str) -> Result<Exit, Failure> {
    let ways = site.plan.targets.get(target).map(|target| &target.way);
    let Some(WayPlan::Sql(tables)) = ways else {
        let message = format!("there is no target {target:?} with kind = \"sql\"");
        return Err(Failure::new(Exit::NotFound, message));
    };
    let driver = targets::server(&tables.database, site.plan.timezone).driver;
    print!(
        "{}",
        credit_deliver::batches_ddl(driver, &tables.batches_table)
    );
    Ok(Exit::Done)
}

/// The site, or its problems on the terminal.
fn site_or_problems(config: &Path, format: Format) -> Result<Option<Site>, Failure> {
    match site::read(config, &ProcessEnv) {
        Ok(site) => {
            site::warn(&site.plan);
            Ok(Some(site))
        }
        Err(NoSite::Failure(failure)) => Err(failure),
        Err(NoSite::Problems(problems)) => {
            say(&problems, format);
            Ok(None)
        }
    }
}

fn check(config: &Path, format: Format) -> Exit {
    match site::read(config, &ProcessEnv) {
        Ok(site) => {
            let mut warnings = site.plan.warnings.clone();
            warnings.0.extend(secrets::warnings(&site.plan).0);
            say(&warnings, format);
            if format == Format::Text {
                let (routes, targets) = (site.plan.routes.len(), site.plan.targets.len());
                println!("good: {routes} routes, {targets} targets");
            }
            Exit::Done
        }
        Err(NoSite::Problems(problems)) => {
            say(&problems, format);
            Exit::Config
        }
        Err(NoSite::Failure(failure)) => {
            eprintln!("{failure}");
            failure.exit
        }
    }
}

/// Problems: for programs as one JSON array on standard output, for people on standard error.
fn say(problems: &credit_config::Problems, format: Format) {
    match format {
        Format::Json => match serde_json::to_string(problems) {
            Ok(text) => println!("{text}"),
            Err(error) => eprintln!("error: {error}"),
        },
        Format::Text if problems.is_empty() => {}
        Format::Text => eprintln!("{problems}"),
    }
}

async fn sandbox(listen: std::net::SocketAddr) -> Result<Exit, Failure> {
    let failed = |e: std::io::Error| Failure::of(Exit::Failed, &e);
    let platform = credit_platform::Platform::start(listen, credit_platform::Options::default())
        .await
        .map_err(failed)?;
    println!("{}", platform.url("/push"));
    eprintln!(
        "POST /push /repairData /withdrawData /holdData /faults; GET /stats /rows?table=CODE"
    );
    tokio::signal::ctrl_c().await.map_err(failed)?;
    platform.stop().await.map_err(failed)?;
    Ok(Exit::Done)
}
