//! Which version translates which route's next feed, while the gateway runs.
//!
//! What must stay true: a version is looked at, held against its routes, compiled and loaded
//! before anything is fed to it, and the one that served goes on meanwhile; a feed is finished by
//! the version that began it, or by one that reads its carry; what is in quarantine is fed
//! nothing. Routes share an adapter where version and limits are the same.

mod duty;
mod load;
mod quarantine;
mod stamp;

pub(crate) use duty::Duty;
pub(crate) use load::{Loader, limits};

use super::{Shelf, Shelves, Standing, fit};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::report::hex;
use crate::site::{self, Site};
use credit_adapter::{Adapter, Feed as FeedSpec, Installed};
use credit_config::{KnownDirectory, QuarantinePlan, RoutePlan};
use credit_record::flow::{AdapterId, OpenFeed};
use serde::{Deserialize, Serialize};
use stamp::Stamp;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What serves every route.
pub(crate) struct Serving {
    /// The adapters at hand.
    pub shelves: Shelves,
    /// Folder of the configuration, and the directories that it can name.
    config: PathBuf,
    directories: Vec<KnownDirectory>,
    loader: Arc<Loader>,
    /// When a version is put into quarantine.
    pub quarantine: QuarantinePlan,
    /// By adapter.
    posts: BTreeMap<String, Post>,
}

/// One version for one route: loaded, with what it says of the feed and what it is told.
pub(crate) struct Ready {
    /// The adapter.
    pub adapter: Arc<Adapter>,
    /// What it says of the feed.
    pub spec: FeedSpec,
    /// What is handed to it.
    pub settings: Vec<(String, String)>,
}

/// What serves a route, for those who look.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub(crate) struct Serves {
    pub adapter: String,
    /// Nothing where no version can serve.
    pub version: Option<String>,
    pub sha256: Option<String>,
    /// What a person must see to.
    pub alarm: Option<String>,
}

/// One adapter on duty.
struct Post {
    routes: Vec<RoutePlan>,
    /// Held while a change is looked at: one at a time.
    refreshing: Mutex<()>,
    /// A change was seen, and is being looked at.
    seen: AtomicBool,
    now: Mutex<Now>,
}

struct Now {
    stamp: Stamp,
    /// By route; a route without one is fed nothing, for this reason.
    ready: Result<BTreeMap<String, Arc<Ready>>, Failure>,
    /// Why a change did not take effect.
    trouble: Option<String>,
    standing: Standing,
}

impl Serving {
    /// Loads what serves the routes of `site`, of one route alone where `only` names it.
    pub(crate) fn open(
        site: &Site,
        loader: &Arc<Loader>,
        only: Option<&str>,
    ) -> Result<Arc<Self>, Failure> {
        let Site { plan, shelves, .. } = site;
        let mut posts: BTreeMap<String, Post> = BTreeMap::new();
        let wanted = |r: &&RoutePlan| only.is_none_or(|o| r.name == o);
        for route in plan.routes.values().filter(wanted) {
            let post = posts.entry(route.adapter.clone());
            post.or_insert_with(Post::new).routes.push(route.clone());
        }
        for (name, post) in &mut posts {
            let stamp = Stamp::of(shelves, name);
            let shelf = shelves.shelf(name).ok();
            let plans = post.routes.iter().map(|r| (r.name.clone(), r.clone()));
            let plans = plans.collect();
            // One adapter that cannot be used stops its own routes and no other.
            let ready = match site.serving.get(name) {
                Some(installed) => loader.load(installed, &post.routes, &plans),
                None => Err(site.unusable(name)),
            };
            if let Err(failure) = &ready {
                tracing::error!(adapter = name, %failure, "the adapter cannot be used");
            }
            // What was decided since the site was read is looked at with the first feed.
            let chosen = shelf.as_ref().and_then(Shelf::current);
            let read = site.serving.get(name).map(|i| i.manifest.version.clone());
            let same = read.is_none() || chosen == read;
            post.now = Mutex::new(Now {
                stamp: if same { stamp } else { Stamp::default() },
                ready,
                trouble: None,
                standing: shelf.map(|s| s.standing).unwrap_or_default(),
            });
        }
        Ok(Arc::new(Self {
            shelves: shelves.clone(),
            config: site.folder.clone(),
            directories: site.directories.iter().map(site::directory).collect(),
            loader: Arc::clone(loader),
            quarantine: plan.quarantine,
            posts,
        }))
    }

    /// What translates the next feed of `route`, or goes on with the half-read one.
    pub(crate) fn for_feed(
        self: &Arc<Self>,
        route: &RoutePlan,
        open: Option<&OpenFeed>,
    ) -> Result<Arc<Ready>, Failure> {
        let post = self.post(&route.adapter)?;
        self.look(&route.adapter, post);
        let ready = post.now().ready(&route.name)?;
        let begun_by = open.map(|o| &o.adapter);
        let Some(begun_by) = begun_by.filter(|id| !ready.adapter.goes_on_from(id)) else {
            return Ok(ready);
        };
        match self.earlier(route, begun_by, &ready) {
            Ok(Some(earlier)) => Ok(earlier),
            Ok(None) => Ok(ready),
            Err(failure) => {
                tracing::warn!(route = route.name, version = begun_by.version, %failure,
                    "the version that began the feed cannot finish it");
                Ok(ready)
            }
        }
    }

    /// Looks at what lies on the shelf of `name`, and takes it on. What came of it.
    pub(crate) fn refresh(&self, name: &str) -> Vec<(String, Serves)> {
        let Some(post) = self.posts.get(name) else {
            return Vec::new();
        };
        let _one = lock(&post.refreshing);
        let stamp = Stamp::of(&self.shelves, name);
        let shelf = self.shelves.shelf(name);
        let taken = shelf.as_ref().map_err(Failure::clone);
        let taken = taken.and_then(|shelf| self.take_on(shelf, post));
        let mut now = post.now();
        now.stamp = stamp;
        if let Ok(shelf) = &shelf {
            now.standing = shelf.standing.clone();
        }
        match taken {
            Ok(None) => now.trouble = None,
            Ok(Some(ready)) => {
                let id = ready.values().next().map(|r| r.adapter.id().clone());
                let id = id.unwrap_or_default();
                let sha256 = hex(&id.sha256);
                tracing::info!(
                    adapter = name,
                    version = id.version,
                    sha256,
                    "this version translates what begins from now on"
                );
                now.ready = Ok(ready);
                now.trouble = None;
            }
            Err(failure) => {
                tracing::error!(adapter = name, %failure, "a version does not take over");
                if !self.may_go_on(&now, shelf.as_ref().ok()) {
                    now.ready = Err(failure.clone());
                }
                now.trouble = Some(failure.message);
            }
        }
        drop(now);
        let serves = |r: &RoutePlan| (r.name.clone(), post.now().serves(name, &r.name));
        post.routes.iter().map(serves).collect()
    }

    /// What serves `route` now.
    pub(crate) fn of(&self, route: &RoutePlan) -> Result<Arc<Ready>, Failure> {
        self.post(&route.adapter)?.now().ready(&route.name)
    }

    /// What serves each route.
    pub(crate) fn serves(&self) -> BTreeMap<String, Serves> {
        let of_post = |(name, post): (&String, &Post)| {
            let now = post.now();
            let routes = post.routes.iter();
            let serves = routes.map(|r| (r.name.clone(), now.serves(name, &r.name)));
            serves.collect::<Vec<_>>()
        };
        self.posts.iter().flat_map(of_post).collect()
    }

    fn post(&self, name: &str) -> Result<&Post, Failure> {
        self.posts
            .get(name)
            .ok_or_else(|| Failure::new(Exit::Config, format!("there is no adapter {name}")))
    }

    /// Where something has changed on the shelf it is looked at, beside what goes on.
    fn look(self: &Arc<Self>, name: &str, post: &Post) {
        if post.now().stamp == Stamp::of(&self.shelves, name)
            || post.seen.swap(true, Ordering::AcqRel)
        {
            return;
        }
        let (own, told) = (Arc::clone(self), name.to_owned());
        let looked = std::thread::Builder::new()
            .name("shelf".into())
            .spawn(move || {
                own.refresh(&told);
                if let Some(post) = own.posts.get(&told) {
                    post.seen.store(false, Ordering::Release);
                }
            });
        if let Err(error) = looked {
            tracing::error!(%error, "a change of the adapter cannot be looked at");
            post.seen.store(false, Ordering::Release);
        }
    }

    /// The version that is to serve, ready for every route; nothing where it does already.
    fn take_on(
        &self,
        shelf: &Shelf,
        post: &Post,
    ) -> Result<Option<BTreeMap<String, Arc<Ready>>>, Failure> {
        let admitted = self.shelves.open_current(shelf)?;
        let installed = &admitted.installed;
        for warning in &admitted.warnings {
            tracing::warn!("{warning}");
        }
        let known = post.now().any();
        if known.is_some_and(|ready| is_of(&ready.adapter, installed)) {
            return Ok(None);
        }
        let fits = fit(&self.config, &self.directories, &installed.manifest, None);
        let mut plans = fits.map_err(|problems| {
            let message = format!("{} does not fit its routes:\n{problems}", said(installed));
            Failure::new(Exit::Config, message)
        })?;
        // A route that was changed meanwhile needs a restart, and keeps what it has until then.
        for route in &post.routes {
            plans
                .entry(route.name.clone())
                .or_insert_with(|| route.clone());
        }
        self.loader.load(installed, &post.routes, &plans).map(Some)
    }

    /// Whether what serves may go on although what was to replace it cannot: it is not in
    /// quarantine, and where it still lies there it may still be loaded.
    fn may_go_on(&self, now: &Now, shelf: Option<&Shelf>) -> bool {
        let (Some(ready), Some(shelf)) = (now.any(), shelf) else {
            return now.ready.is_ok();
        };
        let version = &ready.adapter.id().version;
        let lies = shelf.version(version).ok();
        let refused = lies.is_some_and(|v| self.shelves.open(shelf, v).is_err());
        shelf.standing.quarantined(version).is_none() && !refused
    }

    /// The version that began a feed, ready to finish it; nothing where it is not there any more.
    fn earlier(
        &self,
        route: &RoutePlan,
        begun_by: &AdapterId,
        newer: &Ready,
    ) -> Result<Option<Arc<Ready>>, Failure> {
        if begun_by.name != route.adapter {
            return Ok(None);
        }
        let shelf = self.shelves.shelf(&route.adapter)?;
        let there = shelf.version(&begun_by.version).ok();
        let aside = shelf.standing.quarantined(&begun_by.version).is_some();
        let Some(version) = there.filter(|_| !aside) else {
            return Ok(None);
        };
        let installed = self.shelves.open(&shelf, version)?.installed;
        if installed.id() != *begun_by {
            return Ok(None);
        }
        let newer = Some(newer.adapter.manifest());
        let plans = fit(&self.config, &self.directories, &installed.manifest, newer);
        let plans = plans.map_err(|problems| {
            let message = format!("{} does not fit its routes:\n{problems}", said(&installed));
            Failure::new(Exit::Config, message)
        })?;
        let mut ready = self
            .loader
            .load(&installed, std::slice::from_ref(route), &plans)?;
        tracing::info!(
            route = route.name,
            version = begun_by.version,
            "the version that began the feed finishes it"
        );
        Ok(ready.remove(&route.name))
    }
}

impl Post {
    fn new() -> Self {
        let none = Failure::new(Exit::Config, "the adapter is not there");
        Self {
            routes: Vec::new(),
            refreshing: Mutex::default(),
            seen: AtomicBool::new(false),
            now: Mutex::new(Now {
                stamp: Stamp::default(),
                ready: Err(none),
                trouble: None,
                standing: Standing::default(),
            }),
        }
    }

    fn now(&self) -> MutexGuard<'_, Now> {
        lock(&self.now)
    }
}

impl Now {
    fn ready(&self, route: &str) -> Result<Arc<Ready>, Failure> {
        let ready = self.ready.as_ref().map_err(Failure::clone)?;
        ready
            .get(route)
            .map(Arc::clone)
            .ok_or_else(|| Failure::new(Exit::Config, format!("route {route} has no adapter")))
    }

    fn any(&self) -> Option<Arc<Ready>> {
        let ready = self.ready.as_ref().ok()?;
        ready.values().next().map(Arc::clone)
    }

    fn serves(&self, adapter: &str, route: &str) -> Serves {
        let id = self.ready(route).ok().map(|r| r.adapter.id().clone());
        let waits = self.ready.as_ref().err().map(|f| f.message.clone());
        let alarm = self.trouble.clone().or(waits);
        Serves {
            adapter: adapter.to_owned(),
            version: id.as_ref().map(|id| id.version.clone()),
            sha256: id.map(|id| hex(&id.sha256)),
            alarm: alarm.or_else(|| self.standing.alarm.clone()),
        }
    }
}

fn is_of(adapter: &Adapter, installed: &Installed) -> bool {
    *adapter.id() == installed.id() && *adapter.manifest() == installed.manifest
}

fn said(installed: &Installed) -> String {
    let manifest = &installed.manifest;
    format!("{} {}", manifest.name, manifest.version)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
