//! `gateway plan --try ROUTE`: some rows of the route's real source, through its adapter and the
//! judge, as each of its targets would get them.
//!
//! What must stay true: nothing is sent, and nothing is remembered. What the source copies lies in
//! a folder that ends with the command; the state folder is read, and neither locked nor changed;
//! no file is archived or deleted; no target is asked for anything.

mod page;
mod reading;
mod sent;

use crate::cli::Format;
use crate::exit::Exit;
use crate::failure::{Failure, causes};
use crate::inbound::Translator;
use crate::once::stop_on_signal;
use crate::report;
use crate::shelf::{Loader, Ready};
use crate::site::Site;
use crate::sources::{self, Source};
use crate::stop::Stop;
use credit_config::{After, Ready as Readiness, RoutePlan, SourcePlan};
use credit_queue::Sight;
use credit_record::judge::Judge;
use credit_record::mask::mask_text;
use page::{Entry, From, Sum};
use reading::Tryout;
use sent::Desk;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Handle;

/// Most rows that are shown.
pub(crate) const ROWS_MAX: i64 = 1_000;

/// What is asked for.
pub(crate) struct Asked {
    /// The route.
    pub route: String,
    /// So many rows, at most.
    pub rows: u32,
    /// From the beginning of the source, whatever was read of it.
    pub from_start: bool,
}

/// Does it.
pub(crate) async fn command(site: Site, asked: Asked, format: Format) -> Result<Exit, Failure> {
    let stop = Stop::default();
    stop_on_signal(stop.clone())?;
    let runtime = Handle::current();
    let tried = tokio::task::spawn_blocking(move || tried(&site, &asked, runtime, &stop));
    let tried = tried.await;
    let (entries, ended) = tried.map_err(|e| Failure::new(Exit::Failed, e.to_string()))??;
    report::print(format, &entries, page::text).map_err(|e| Failure::of(Exit::Failed, &e))?;
    ended
}

/// What was found, and how it ended: what was seen before a failure is shown all the same.
fn tried(
    site: &Site,
    asked: &Asked,
    runtime: Handle,
    stop: &Stop,
) -> Result<(Vec<Entry>, Result<Exit, Failure>), Failure> {
    let route = route(site, asked)?;
    let failed = |e: &std::io::Error| {
        let dir = std::env::temp_dir();
        Failure::new(Exit::Failed, format!("{}: {e}", dir.display()))
            .remedy("see to room and rights there, or name another folder in TMPDIR")
    };
    let scratch = tempfile::tempdir().map_err(|e| failed(&e))?;
    sources::lend(&route.name, &site.plan.state, scratch.path()).map_err(|e| failed(&e))?;
    let (sight, from) = position(site, asked);
    let goes_on = matches!(from, From::Position { .. });
    let source = Source::new(&route, scratch.path(), (runtime, site.plan.timezone))?;
    let by = translator(site, &route, scratch.path())?;
    let mut tryout = Tryout {
        desk: Desk::of(site, &route),
        name: &asked.route,
        entries: vec![Entry::of(site, &route, &by, from)],
        cursor: sight.resume(&asked.route).cursor,
        snapshots: route.snapshot.is_some(),
        rows_max: asked.rows,
        sum: Sum::default(),
        last_row: None,
        unreadable: false,
        source,
        by,
        sight,
        stop,
    };
    let ended = tryout.pull();
    let ended = ended.and_then(|()| self::ended(&tryout, &route, goes_on));
    let sum = tryout.sum;
    let mut entries = tryout.entries;
    if entries.iter().any(|e| matches!(e, Entry::Feed { .. })) {
        entries.push(Entry::Sum(sum));
    }
    Ok((entries, ended))
}

/// The route, as it is pulled where everything is to stay as it is: nothing is archived or
/// deleted, a file is not waited for until it rests, and no more rows are queried than shown.
fn route(site: &Site, asked: &Asked) -> Result<RoutePlan, Failure> {
    let name = &asked.route;
    let routes = &site.plan.routes;
    let Some(route) = routes.get(name) else {
        let names: Vec<&str> = routes.keys().map(String::as_str).collect();
        let failure = Failure::new(Exit::NotFound, format!("there is no route {name:?}"));
        return Err(failure.remedy(format!("routes are: {}", names.join(", "))));
    };
    let mut route = route.clone();
    let files = match &mut route.source {
        SourcePlan::Push(_) => {
            let message = format!(
                "路由 {name} 由部门报送，没有可读取的来源 the feeds of route {name} are handed in: it \
                 has no source to pull"
            );
            let remedy = format!("try a file of it: gateway adapter try FILE --route {name}");
            return Err(Failure::new(Exit::NotFound, message).remedy(remedy));
        }
        SourcePlan::Files(files) => files,
        SourcePlan::Remote(remote) => &mut remote.files,
        SourcePlan::Sql(sql) => {
            sql.rows_max = sql.rows_max.min(asked.rows.into());
            return Ok(route);
        }
        SourcePlan::Http(_) => return Ok(route),
    };
    files.after = After::Keep;
    if let Readiness::Stable(stable) = &mut files.ready {
        *stable = Duration::ZERO;
    }
    Ok(route)
}

/// What is known of the route, and where it is read from.
fn position(site: &Site, asked: &Asked) -> (Sight, From) {
    let first = |why: String| From::FirstRun { why };
    match Sight::of(&site.plan.state) {
        Ok(Some(mut sight)) if sight.knows(&asked.route) => {
            if asked.from_start {
                sight.begin_again(&asked.route);
                return (sight, first("--from-start".to_owned()));
            }
            let cursor = sight.resume(&asked.route).cursor;
            let cursor = cursor.map(|cursor| mask_text(&cursor).into_owned());
            (sight, From::Position { cursor })
        }
        Ok(_) => (
            Sight::default(),
            first("数据目录中没有该路由 the state folder knows nothing of the route".to_owned()),
        ),
        Err(error) => {
            let why = causes(&error);
            let why = format!("数据目录无法读取 the state folder cannot be read: {why}");
            (Sight::default(), first(why))
        }
    }
}

/// By whom and by what rules the route's next feed would be translated.
fn translator(site: &Site, route: &RoutePlan, scratch: &Path) -> Result<Translator, Failure> {
    let name = &route.adapter;
    let installed = site.serving.get(name).ok_or_else(|| site.unusable(name))?;
    let loader = Loader::start(scratch, site.plan.caps.stack_bytes)?;
    let mut ready = loader.load(installed, std::slice::from_ref(route), &site.plan.routes)?;
    let ready: Option<Arc<Ready>> = ready.remove(&route.name);
    let gone = || Failure::new(Exit::Config, format!("route {} has no adapter", route.name));
    Ok(Translator {
        route: route.name.clone(),
        ready: ready.ok_or_else(gone)?,
        chunk_bytes: route.chunk_bytes,
        cuts_max: site.plan.quarantine.traps,
        judge: Arc::new(Judge::new(site.directories.clone(), site.publicity.clone())),
        length_in: site.plan.length_in(route),
        zone: site.plan.timezone,
    })
}

/// How it ends where nothing failed; `goes_on` where it began from where the route is.
fn ended(tryout: &Tryout<'_>, route: &RoutePlan, goes_on: bool) -> Result<Exit, Failure> {
    if tryout.unreadable {
        return Ok(Exit::Waiting);
    }
    if tryout.sum.rows > 0 {
        return Ok(Exit::Done);
    }
    let place = route.source.place().replace('\n', ", ");
    let message = format!(
        "来源没有新的行 the source of route {} has no new row: {place}",
        tryout.name
    );
    let remedy = match (goes_on, route.source.is_folder()) {
        (true, _) => "what was read before is passed over: --from-start reads it again",
        (false, true) => "put a file there whose name fits the route's glob",
        (false, false) => "ask the department whether there is something to give",
    };
    Err(Failure::new(Exit::NotFound, message).remedy(remedy))
}
