//! `gateway plan --try ROUTE`: some rows of the route's real source, through its adapter and the
//! judge, as each of its targets would get them.
//!
//! What must stay true: nothing is sent, and nothing is remembered. What the source copies lies in
//! a folder that ends with the command; the state folder is read, and neither locked nor changed;
//! no file is archived or deleted; no target is asked for anything.

mod page;
mod sent;

use crate::cli::Format;
use crate::exit::Exit;
use crate::failure::{Failure, causes};
use crate::inbound::{
    Made, Translation, Translator, count_rows, feed_failed, newer_snapshot, now_ms,
};
use crate::once::stop_on_signal;
use crate::report::{self, rows};
use crate::shelf::{Loader, Ready};
use crate::site::Site;
use crate::sources::{self, Ahead, Found, Reader, Source};
use crate::stop::Stop;
use credit_config::{After, Ready as Readiness, RoutePlan, SourcePlan};
use credit_queue::{Foreseen, Sight};
use credit_record::flow::{Doubtful, Resume, Skip};
use credit_record::judge::{Judge, Record};
use credit_record::mask::mask_text;
use credit_source::feed::Feed;
use credit_source::files::Seen;
use credit_source::http::Rows;
use page::{Entry, Fate, From, Sum};
use sent::Desk;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Handle;

/// Most rows that are shown.
pub(crate) const ROWS_MAX: i64 = 1_000;
/// Feeds that are looked into for them.
const FEEDS_MAX: u64 = 100;

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
    let route = route(site, &asked.route)?;
    let failed = |e: &std::io::Error| {
        let dir = std::env::temp_dir();
        Failure::new(Exit::Failed, format!("{}: {e}", dir.display()))
            .remedy("see to room and rights there, or name another folder in TMPDIR")
    };
    let scratch = tempfile::tempdir().map_err(|e| failed(&e))?;
    sources::lend(&route.name, &site.plan.state, scratch.path()).map_err(|e| failed(&e))?;
    let (sight, from) = position(site, asked);
    let source = Source::new(&route, scratch.path(), runtime)?;
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
    let ended = ended.and_then(|()| tryout.ended(&route, asked));
    let sum = tryout.sum;
    let mut entries = tryout.entries;
    if entries.iter().any(|e| matches!(e, Entry::Feed { .. })) {
        entries.push(Entry::Sum(sum));
    }
    Ok((entries, ended))
}

/// The route, as it is pulled where everything is to stay as it is: nothing is archived or
/// deleted, and a file is not waited for until it rests.
fn route(site: &Site, name: &str) -> Result<RoutePlan, Failure> {
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
        SourcePlan::Sftp(sftp) => &mut sftp.remote.files,
        SourcePlan::Ftp(ftp) => &mut ftp.remote.files,
        _ => return Ok(route),
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

/// A route being tried.
struct Tryout<'a> {
    name: &'a str,
    snapshots: bool,
    rows_max: u32,
    source: Source,
    by: Translator,
    desk: Desk<'a>,
    stop: &'a Stop,
    /// What is known of the route, and would be known had what was shown been taken.
    sight: Sight,
    cursor: Option<String>,
    entries: Vec<Entry>,
    sum: Sum,
    /// The row shown last.
    last_row: Option<u64>,
    /// A feed is refused by its adapter as a whole.
    unreadable: bool,
}

/// What became of a row.
enum Item<'m> {
    Record(&'m Record, &'m str),
    Doubtful(&'m Doubtful),
    Skipped(&'m Skip),
}

impl Tryout<'_> {
    /// Reads feed after feed until there are enough rows, or no more.
    fn pull(&mut self) -> Result<(), Failure> {
        self.source.begin();
        for _ in 0..self.source.feeds_max().min(FEEDS_MAX) {
            let seen = InSight {
                sight: &self.sight,
                route: self.name,
                snapshots: self.snapshots,
            };
            let reader = Reader {
                adapter: self.by.ready.adapter.id(),
                text: self.by.ready.spec.text,
            };
            let resume = Resume {
                open: None,
                cursor: self.cursor.clone(),
            };
            let look = (self.source).look((&seen, reader), &resume, now_ms(), self.stop)?;
            self.go_on()?;
            let Ahead::Feed(found) = look.next else {
                let held = look.held.into_iter();
                self.entries.extend(held.map(|what| Entry::Held {
                    what: mask_text(&what).into_owned(),
                }));
                return Ok(());
            };
            if !self.read(&found)? {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Reads on in a feed until there are enough rows; whether another follows.
    fn read(&mut self, found: &Found) -> Result<bool, Failure> {
        let file = &found.file;
        let encoding = self.source.encoding(self.by.ready.spec.text);
        let feed = Feed::open(file, encoding, None).map_err(feed_failed)?;
        let mut translation = Translation::new(&self.by, feed, &file.name, None);
        let mut rows = Rows {
            whole: true,
            ..Rows::default()
        };
        let at = self.entries.len();
        self.last_row = None;
        self.entries.push(Entry::Feed {
            file: mask_text(&file.name).into_owned(),
            bytes: file.stamp.bytes,
            whole: false,
            controls: self.by.ready.spec.controls,
        });
        loop {
            self.go_on()?;
            let made = translation.next(&self.by);
            let made = made.map_err(|stuck| self.by.failure(stuck))?;
            count_rows(&mut rows, &made.judged, &made.skipped);
            let all = self.show(&made);
            self.unreadable |= translation.withheld;
            if !all {
                return Ok(false);
            }
            if made.end {
                break;
            }
        }
        if let Some(Entry::Feed { whole, .. }) = self.entries.get_mut(at) {
            *whole = true;
        }
        let finished = translation.feed.finished().map_err(feed_failed)?;
        let sha256 = finished.sha256;
        self.sight.finish(self.name, finished, now_ms());
        let after = found.after(self.cursor.clone(), translation.cursor.take(), rows);
        let before = std::mem::replace(&mut self.cursor, after);
        let goes_on = self
            .source
            .goes_on(before.as_deref(), self.cursor.as_deref());
        self.source.done(file, sha256, now_ms());
        Ok(goes_on && self.sum.rows < u64::from(self.rows_max))
    }

    /// Shows what a piece became, in the order of rows; whether that was all of it.
    fn show(&mut self, made: &Made) -> bool {
        let judged = &made.judged;
        let records = judged.each().map(|(record, body)| {
            let item = Item::Record(record, body);
            (record.source_row(), item)
        });
        let doubtful = judged.doubtful.iter();
        let skipped = made.skipped.iter();
        let mut items: Vec<(u64, Item<'_>)> = records
            .chain(doubtful.map(|row| (row.source_row, Item::Doubtful(row))))
            .chain(skipped.map(|run| (run.first_row, Item::Skipped(run))))
            .collect();
        items.sort_by_key(|(row, _)| *row);
        for (row, item) in items {
            let again = self.last_row == Some(row) && row > 0;
            if !again && self.sum.rows >= u64::from(self.rows_max) {
                return false;
            }
            let entry = match item {
                Item::Skipped(run) => {
                    self.sum.skipped += run.rows;
                    self.entries.push(Entry::Skipped(rows::Skipped::of(run)));
                    continue;
                }
                Item::Doubtful(row) => {
                    self.sum.doubtful += 1;
                    Entry::Doubtful(rows::Doubt::of(row, self.by.judge.directories()))
                }
                Item::Record(record, body) => {
                    let code = judged.directories.get(usize::from(record.directory()));
                    self.record(record, code.map_or("", String::as_str), body)
                }
            };
            self.entries.push(entry);
            self.sum.rows += u64::from(!again);
            self.last_row = Some(row);
        }
        true
    }

    fn record(&mut self, record: &Record, code: &str, body: &str) -> Entry {
        let (fate, operation) = match self.sight.foresee(self.name, record) {
            Foreseen::New { operation } => (Fate::New, operation),
            Foreseen::Changed { operation, .. } => (Fate::Changed, operation),
            Foreseen::Duplicate => (Fate::Duplicate, record.operation()),
            Foreseen::Stale => (Fate::Stale, record.operation()),
        };
        self.sum.count(fate);
        let mut row = rows::Row::of(record, code, self.by.judge.directories());
        row.operation = operation.word();
        Entry::Record {
            row,
            fate,
            targets: self.desk.sent((code, body), operation),
        }
    }

    fn go_on(&self) -> Result<(), Failure> {
        if !self.stop.is_set() {
            return Ok(());
        }
        Err(Failure::new(
            Exit::Failed,
            "已中断 it was interrupted; nothing of it was kept",
        ))
    }

    fn ended(&self, route: &RoutePlan, asked: &Asked) -> Result<Exit, Failure> {
        if self.unreadable {
            return Ok(Exit::Waiting);
        }
        if self.sum.rows > 0 {
            return Ok(Exit::Done);
        }
        let place = route.source.place().replace('\n', ", ");
        let message = format!(
            "来源没有新的行 the source of route {} has no new row: {place}",
            self.name
        );
        let read_before = self.sight.knows(self.name) && !asked.from_start;
        let remedy = match (read_before, route.source.is_folder()) {
            (true, _) => "what was read before is passed over: --from-start reads it again",
            (false, true) => "put a file there whose name fits the route's glob",
            (false, false) => "ask the department whether there is something to give",
        };
        Err(Failure::new(Exit::NotFound, message).remedy(remedy))
    }
}

/// What is known of a route's feeds.
struct InSight<'a> {
    sight: &'a Sight,
    route: &'a str,
    snapshots: bool,
}

impl Seen for InSight<'_> {
    fn size_seen(&self, bytes: u64) -> bool {
        self.sight.size_seen(self.route, bytes)
    }

    fn file_seen(&self, sha256: &[u8; 32], modified_ms: i64) -> bool {
        let seen = self.sight.file_seen(self.route, sha256);
        seen.is_some_and(|seen| {
            let last = || self.sight.is_last(self.route, &seen);
            !(self.snapshots && newer_snapshot(seen.at_ms, modified_ms, last))
        })
    }
}
