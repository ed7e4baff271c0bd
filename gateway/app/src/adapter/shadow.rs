//! `gateway adapter shadow`: a candidate beside what serves, on kept input or while the gateway
//! runs.

use crate::candidate::Named;
use crate::cli::Format;
use crate::compare::{Compared, Difference, Kind, compare};
use crate::exit::Exit;
use crate::failure::{Failure, causes};
use crate::house::raw_store;
use crate::inbound::{Translator, now_ms};
use crate::report::{self, hex, table, thousands};
use crate::shadow::{Entry, OfRoute, Report, Standing};
use crate::shelf::{Loader, Ready, fit};
use crate::site::{self, Site};
use crate::sources::written;
use crate::span::Span;
use crate::stop::Stop;
use clap::Args;
use credit_adapter::Installed;
use credit_config::RoutePlan;
use credit_record::judge::Judge;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// What is asked for.
#[derive(Args, Debug)]
pub(crate) struct Shadow {
    /// The candidate: NAME@VERSION, a bundle's file, or a folder with adapter.toml and
    /// adapter.wasm. With --report or --stop, the name of the adapter.
    #[arg(value_name = "CANDIDATE")]
    candidate: String,
    /// On this route alone.
    #[arg(long)]
    route: Option<String>,
    #[command(flatten)]
    span: Span,
    /// Show at most so many differences; all are counted.
    #[arg(long, default_value_t = 1_000, value_name = "N")]
    limit: usize,
    /// Compare every feed that the running gateway reads from now on, until --stop or until the
    /// candidate serves.
    #[arg(long, conflicts_with_all = ["report", "stop", "since", "until"])]
    live: bool,
    /// What --live has found so far.
    #[arg(long, conflicts_with = "stop")]
    report: bool,
    /// End --live. What it found stays.
    #[arg(long)]
    stop: bool,
}

/// Does it.
pub(super) fn run(asked: &Shadow, config: &Path, format: Format) -> Result<Exit, Failure> {
    let Some(site) = crate::site_or_problems(config, format)? else {
        return Ok(Exit::Config);
    };
    let state = &site.plan.state;
    let name = &asked.candidate;
    if asked.report || asked.stop {
        let standing = Standing::read(state, name)?;
        let entries = Report::of(state, name).entries()?;
        if standing.is_none() && entries.is_empty() {
            let message = format!("no candidate stands beside an adapter {name:?}");
            let remedy = "begin: gateway adapter shadow CANDIDATE --live";
            return Err(Failure::new(Exit::NotFound, message).remedy(remedy));
        }
        if asked.stop {
            Standing::end(state, name)?;
            eprintln!("已结束 ended: {name}");
            return Ok(Exit::Done);
        }
        if let Some(s) = &standing {
            let since = report::Clock::new(site.plan.timezone).text(s.since_ms);
            let since = report::short(&since);
            eprintln!("影子 shadow: {} {} 自 since {since}", s.name, s.version);
        }
        return show(format, entries, asked.limit);
    }
    let named = Named::parse(name, &site.shelves)?;
    let candidate = named.admit(&site.shelves)?;
    let routes = routes(asked, &site, &candidate)?;
    let directories: Vec<_> = site.directories.iter().map(site::directory).collect();
    let planned = match fit(&site.folder, &directories, &candidate.manifest, None) {
        Ok(planned) => planned,
        Err(problems) => {
            eprintln!("候选版本与现有配置不符 the candidate does not fit the configuration:");
            crate::say(&problems, format);
            return Ok(Exit::Config);
        }
    };
    if asked.live {
        return begin(&site, named, &candidate, (&routes, &planned));
    }
    let both = (&*candidate, &planned);
    let entries = tokio::task::block_in_place(|| on_kept(asked, &site, both, &routes))?;
    show(format, entries, asked.limit)
}

/// The routes that go through the adapter.
fn routes(asked: &Shadow, site: &Site, candidate: &Installed) -> Result<Vec<RoutePlan>, Failure> {
    let name = &candidate.manifest.name;
    let all = site.plan.routes.values().filter(|r| r.adapter == *name);
    let wanted = all.filter(|r| asked.route.as_ref().is_none_or(|route| r.name == *route));
    let routes: Vec<RoutePlan> = wanted.cloned().collect();
    if routes.is_empty() {
        let which = asked.route.as_deref().unwrap_or("any");
        let message = format!("the adapter {name} does not serve {which} route");
        let remedy = "name one that goes through it: see configs/routes";
        return Err(Failure::new(Exit::NotFound, message).remedy(remedy));
    }
    Ok(routes)
}

/// From now on the running service compares it on `routes`, as `planned` has them.
fn begin(
    site: &Site,
    named: Named,
    candidate: &Installed,
    (routes, planned): (&[RoutePlan], &BTreeMap<String, RoutePlan>),
) -> Result<Exit, Failure> {
    let id = candidate.id();
    if site.serving.get(&id.name).is_some_and(|i| i.id() == id) {
        let message = format!("{} {} serves already", id.name, id.version);
        let remedy = "name another version: see gateway adapter list";
        return Err(Failure::new(Exit::Config, message).remedy(remedy));
    }
    let own = routes.iter().filter_map(|r| planned.get(&r.name));
    let standing = Standing {
        named,
        sha256: hex(&id.sha256),
        name: id.name,
        version: id.version,
        since_ms: now_ms(),
        routes: own.map(|r| (r.name.clone(), OfRoute::of(r))).collect(),
    };
    standing.begin(&site.plan.state)?;
    let names: Vec<&str> = standing.routes.keys().map(String::as_str).collect();
    eprintln!(
        "影子 shadow: {} {} → {}；结果 results: gateway adapter shadow {} --report",
        standing.name,
        standing.version,
        names.join(", "),
        standing.name
    );
    Ok(Exit::Done)
}

/// Compares on what is kept.
fn on_kept(
    asked: &Shadow,
    site: &Site,
    (candidate, planned): (&Installed, &BTreeMap<String, RoutePlan>),
    routes: &[RoutePlan],
) -> Result<Vec<Entry>, Failure> {
    let (since_ms, until_ms) = asked.span.in_ms(site.plan.timezone)?;
    let store = raw_store(&site.plan);
    let name = &candidate.manifest.name;
    let serving = site.serving.get(name).ok_or_else(|| site.unusable(name))?;
    let loader = Loader::start(&site.plan.state, site.plan.caps.stack_bytes)?;
    let serving = loader.load(serving, routes, &site.plan.routes)?;
    let candidates = loader.load(candidate, routes, planned)?;
    let judge = Judge::new(site.directories.clone(), site.publicity.clone());
    let judge = Arc::new(judge);
    let stop = Stop::default();
    let mut entries = Vec::new();
    for route in routes {
        let raw_failed =
            |e: credit_source::raw::RawError| Failure::of(Exit::Failed, &e).remedy(e.remedy());
        let _hold = store.hold(&route.name).map_err(raw_failed)?;
        let found = store
            .kept(&route.name, since_ms, until_ms)
            .map_err(raw_failed)?;
        let by = |ready: &BTreeMap<String, Arc<Ready>>| {
            let ready = ready.get(&route.name).map(Arc::clone);
            let gone = || Failure::new(Exit::Config, format!("route {} is gone", route.name));
            Ok::<_, Failure>(Translator {
                route: route.name.clone(),
                ready: ready.ok_or_else(gone)?,
                chunk_bytes: route.chunk_bytes,
                cuts_max: site.plan.quarantine.traps,
                judge: Arc::clone(&judge),
                length_in: site.plan.length_in(route),
                zone: site.plan.timezone,
            })
        };
        let both = (&by(&serving)?, &by(&candidates)?);
        for error in &found.damaged {
            entries.push(Entry::Dropped {
                route: route.name.clone(),
                file: String::new(),
                why: causes(error),
            });
        }
        for kept in &found.kept {
            let mut tell = |d| entries.push(Entry::Difference(d));
            let compared = compare(kept, written(route), both, &stop, &mut tell)?;
            entries.extend(compared.map(Entry::Feed));
        }
    }
    Ok(entries)
}

/// Shows what was found; whether there is a difference.
fn show(format: Format, entries: Vec<Entry>, limit: usize) -> Result<Exit, Failure> {
    let differs = entries.iter().any(|entry| match entry {
        Entry::Difference(_) => true,
        Entry::Feed(compared) => compared.differs(),
        Entry::Dropped { .. } => false,
    });
    let dropped = entries.iter().any(|e| matches!(e, Entry::Dropped { .. }));
    let mut left = limit;
    let shown: Vec<Entry> = entries
        .into_iter()
        .filter(|entry| match entry {
            Entry::Difference(_) if left == 0 => false,
            Entry::Difference(_) => {
                left -= 1;
                true
            }
            _ => true,
        })
        .collect();
    report::print(format, &shown, text).map_err(|e| Failure::of(Exit::Failed, &e))?;
    Ok(match (differs, dropped) {
        (true, _) => Exit::Differs,
        (false, true) => Exit::Waiting,
        (false, false) => Exit::Done,
    })
}

fn text(entries: &[Entry]) -> String {
    let mut text = String::new();
    let mut feeds: Vec<&Compared> = Vec::new();
    let mut dropped = Vec::new();
    let mut rows = Vec::new();
    for entry in entries {
        match entry {
            Entry::Difference(difference) => rows.push(row(difference)),
            Entry::Feed(compared) => feeds.push(compared),
            Entry::Dropped { route, file, why } => {
                dropped.push(format!("未比较 not compared   {route} {file}: {why}\n"));
            }
        }
    }
    if !rows.is_empty() {
        let head = [
            "文件\nfile",
            "行\nrow",
            "差异\ndifference",
            "字段或原因\nfields or reason",
        ];
        text.push_str(&table(&head, rows));
    }
    text.push_str(&sums(&feeds));
    text.extend(dropped);
    for feed in feeds.iter().filter(|f| f.trouble.is_some()) {
        let why = feed.trouble.as_deref().unwrap_or_default();
        text.push_str(&format!(
            "故障 trouble   {} {}: {why}\n",
            feed.route, feed.file
        ));
    }
    text
}

fn row(difference: &Difference) -> Vec<String> {
    let word = match difference.kind {
        Kind::Changed => "变更 changed",
        Kind::Added => "新增 added",
        Kind::Gone => "消失 gone",
        Kind::Doubted => "新疑问 doubted",
        Kind::NoLongerDoubted => "疑问消除 no longer doubted",
    };
    let what = match difference.kind {
        Kind::Changed => {
            let fields: Vec<String> = difference.fields.iter().map(|f| f.text()).collect();
            fields.join("\n")
        }
        Kind::Added | Kind::Gone => difference.record.clone(),
        Kind::Doubted | Kind::NoLongerDoubted => format!(
            "{} {}\n{} [{}]",
            difference.field, difference.message_zh, difference.message_en, difference.code
        ),
    };
    vec![
        format!("{}\n{}", difference.file, difference.route),
        difference.source_row.to_string(),
        format!("{word}\n{}", difference.directory),
        what,
    ]
}

/// The sums over all feeds.
fn sums(feeds: &[&Compared]) -> String {
    let sum = |of: fn(&Compared) -> u64| thousands(feeds.iter().map(|f| of(f)).sum());
    let head = [
        "数据\nfeeds",
        "现行记录\nserving",
        "候选记录\ncandidate",
        "相同\nsame",
        "变更\nchanged",
        "新增\nadded",
        "消失\ngone",
        "新疑问\ndoubted",
        "疑问消除\nno longer",
    ];
    let numbers = vec![
        thousands(feeds.len() as u64),
        sum(|f| f.records[0]),
        sum(|f| f.records[1]),
        sum(|f| f.same),
        sum(|f| f.changed),
        sum(|f| f.added),
        sum(|f| f.gone),
        sum(|f| f.doubted),
        sum(|f| f.no_longer_doubted),
    ];
    let mut text = table(&head, [numbers]);
    let mut count = |title: &str, of: fn(&Compared) -> &BTreeMap<String, u64>| {
        let mut all: BTreeMap<&str, u64> = BTreeMap::new();
        for (name, n) in feeds.iter().flat_map(|f| of(f)) {
            *all.entry(name).or_default() += n;
        }
        for (name, n) in all {
            text.push_str(&format!("{title}   {name}: {}\n", thousands(n)));
        }
    };
    count("字段 field", |f| &f.fields);
    count("疑问 code", |f| &f.codes);
    if !feeds.iter().any(|f| f.differs()) {
        text.push_str("没有差异 no difference\n");
    }
    text
}
