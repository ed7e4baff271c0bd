//! The adapters at hand: of each, versions side by side, and which of them serves.
//!
//! ```text
//! NAME/shelf.toml          what was decided: the version that serves, those before, quarantine
//! NAME/1.2.0.adapter       an installed version, signed
//! NAME/adapter.toml, .wasm an unpacked version, of a developer; serves until one is promoted
//! ```
//!
//! A shipped adapter is a version like the others, and serves where nothing else was decided. A
//! version is one content: what lies in a bundle's file is never written over.

mod fit;
mod gate;
mod serving;
mod standing;

pub(crate) use fit::{fit, known_adapter};
pub(crate) use gate::{Admitted, Gate};
pub(crate) use serving::{Duty, Loader, Ready, Serves, Serving, limits};
pub(crate) use standing::{Deed, Event, Standing, Who, alone, change, path as standing_path};

use crate::exit::Exit;
use crate::failure::{Failure, causes};
use credit_adapter::{Installed, Manifest};
use credit_bundle::{Bundle, EXTENSION, Occasion, Version};
use credit_config::{OnQuarantine, UnusableAdapter};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// All adapters at hand.
#[derive(Clone)]
pub(crate) struct Shelves {
    /// The operator's folder of adapters.
    pub folder: Option<PathBuf>,
    shipped: BTreeMap<String, Arc<Installed>>,
    /// Looks at what is to be loaded.
    pub gate: Gate,
}

/// One adapter: its versions, and what was decided about them.
pub(crate) struct Shelf {
    /// Its name.
    pub name: String,
    /// What was decided.
    pub standing: Standing,
    /// Where each version lies.
    pub versions: BTreeMap<Version, Origin>,
    unpacked: Option<Version>,
    shipped: Option<Version>,
}

/// Where a version lies.
#[derive(Clone, Debug)]
pub(crate) enum Origin {
    /// In the binary.
    Shipped(Arc<Installed>),
    /// Unpacked in a folder, signed by nobody.
    Unpacked(PathBuf),
    /// In a bundle's file.
    Bundle(PathBuf),
}

impl Origin {
    /// The word for it.
    pub(crate) const fn word(&self) -> &'static str {
        match self {
            Self::Shipped(_) => "shipped",
            Self::Unpacked(_) => "unpacked",
            Self::Bundle(_) => "installed",
        }
    }
}

/// What serves of every adapter, and which cannot be used.
#[derive(Default)]
pub(crate) struct AtHand {
    /// What each says of itself, whether it may be loaded or not.
    pub manifests: BTreeMap<String, Manifest>,
    /// Those that may be loaded.
    pub serving: BTreeMap<String, Arc<Installed>>,
    /// With the reason.
    pub unusable: Vec<UnusableAdapter>,
    /// What the policy lets pass and a person should know.
    pub warnings: Vec<String>,
}

impl Shelves {
    /// The shipped adapters, and those in `folder`.
    pub(crate) fn new(shipped: Vec<Installed>, folder: Option<PathBuf>, gate: Gate) -> Self {
        let named = |i: Installed| (i.manifest.name.clone(), Arc::new(i));
        Self {
            folder,
            shipped: shipped.into_iter().map(named).collect(),
            gate,
        }
    }

    /// Names of all adapters.
    pub(crate) fn names(&self) -> Result<BTreeSet<String>, Failure> {
        let mut names: BTreeSet<String> = self.shipped.keys().cloned().collect();
        let Some(folder) = self.folder.as_deref().filter(|f| f.is_dir()) else {
            return Ok(names);
        };
        let failed = |e| standing::failed(folder, &e);
        for entry in std::fs::read_dir(folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if !name.starts_with('.') && entry.path().is_dir() {
                names.insert(name);
            }
        }
        Ok(names)
    }

    /// The shelf of one adapter.
    pub(crate) fn shelf(&self, name: &str) -> Result<Shelf, Failure> {
        let shipped = self.shipped.get(name);
        let mut shelf = Shelf {
            name: name.to_owned(),
            standing: Standing::default(),
            versions: BTreeMap::new(),
            unpacked: None,
            shipped: None,
        };
        if let Some(installed) = shipped {
            let version = version(&installed.manifest.version)?;
            shelf.shipped = Some(version);
            let origin = Origin::Shipped(Arc::clone(installed));
            shelf.versions.insert(version, origin);
        }
        let folder = self.folder.as_ref().map(|f| f.join(name));
        if let Some(folder) = folder.filter(|f| f.is_dir()) {
            shelf.add_folder(&folder)?;
        }
        Ok(shelf)
    }

    /// A version, opened and looked at.
    pub(crate) fn open(&self, shelf: &Shelf, version: Version) -> Result<Admitted, Failure> {
        let Some(origin) = shelf.versions.get(&version) else {
            return Err(shelf.no_version(&version.to_string()));
        };
        let admitted = match origin {
            Origin::Shipped(installed) => Admitted::shipped(installed),
            Origin::Unpacked(folder) => self.gate.unpacked(folder)?,
            Origin::Bundle(file) => self.gate.bundle(file, Occasion::Load)?.0,
        };
        let manifest = &admitted.installed.manifest;
        let (name, found) = (&manifest.name, &manifest.version);
        if *name == shelf.name && *found == version.to_string() {
            return Ok(admitted);
        }
        let message = format!("{} {version} holds {name} {found}", shelf.name);
        let remedy = "it was put there by another name: take it away, then install it";
        Err(Failure::new(Exit::Config, message).remedy(remedy))
    }

    /// The version that is to serve, opened and looked at.
    pub(crate) fn open_current(&self, shelf: &Shelf) -> Result<Admitted, Failure> {
        self.open(shelf, shelf.to_serve()?)
    }

    /// What serves of every adapter.
    pub(crate) fn at_hand(&self) -> Result<AtHand, Failure> {
        let mut at_hand = AtHand::default();
        for name in self.names()? {
            let shelf = self.shelf(&name);
            if let Some(manifest) = shelf.as_ref().ok().and_then(|s| self.manifest(s)) {
                at_hand.manifests.insert(name.clone(), manifest);
            }
            match shelf.and_then(|shelf| self.open_current(&shelf)) {
                Ok(admitted) => {
                    at_hand.warnings.extend(admitted.warnings);
                    at_hand.serving.insert(name, admitted.installed);
                }
                Err(failure) => at_hand.unusable.push(UnusableAdapter {
                    name,
                    why: failure.message,
                    help: failure.remedy.unwrap_or_default(),
                }),
            }
        }
        Ok(at_hand)
    }

    /// What the version that is to serve says of itself, whether it may be loaded or not.
    fn manifest(&self, shelf: &Shelf) -> Option<Manifest> {
        let current = shelf.version(&shelf.current()?).ok()?;
        match shelf.versions.get(&current)? {
            Origin::Shipped(installed) => Some(installed.manifest.clone()),
            Origin::Unpacked(folder) => Installed::manifest_in(folder).ok(),
            Origin::Bundle(file) => Manifest::parse(Bundle::open(file).ok()?.manifest()).ok(),
        }
    }

    /// Quarantine of a version, and the one before in its place where it served and `then` says so.
    /// What came of it.
    pub(crate) fn put_aside(
        &self,
        (name, version): (&str, &str),
        then: OnQuarantine,
        who: &Who,
    ) -> Result<String, Failure> {
        change(self.writable()?, name, |standing| {
            let shelf = self.shelf(name)?;
            let present = shelf.current();
            standing.quarantine(version, who);
            let mut said = format!("{name} {version} is in quarantine");
            if present.as_deref() == Some(version) {
                let there = |v: &str| shelf.has(v);
                let earlier = standing
                    .earlier(present.as_deref(), there)
                    .map(str::to_owned);
                match earlier.filter(|_| then == OnQuarantine::Rollback) {
                    Some(earlier) => {
                        standing.roll_back(&earlier, who);
                        said.push_str(&format!(", {earlier} serves again"));
                    }
                    None => said.push_str(", and nothing serves in its place"),
                }
            }
            standing.raise(&said, who);
            Ok(said)
        })
    }

    /// The folder of adapters, where versions can be installed and decided about.
    pub(crate) fn writable(&self) -> Result<&Path, Failure> {
        self.folder.as_deref().ok_or_else(|| {
            let message = "there is no folder of adapters";
            let remedy = "name one in gateway.toml: [adapters] dir = \"../adapters\"";
            Failure::new(Exit::Config, message).remedy(remedy)
        })
    }
}

impl Shelf {
    /// The version that serves, whether it may or not; nothing where none was ever chosen.
    pub(crate) fn current(&self) -> Option<String> {
        let chosen = self.standing.current.clone();
        chosen.or_else(|| self.unpacked.or(self.shipped).map(|v| v.to_string()))
    }

    /// The version that is to serve: it is there, and not in quarantine.
    pub(crate) fn to_serve(&self) -> Result<Version, Failure> {
        let name = &self.name;
        let Some(current) = self.current() else {
            let message = format!("no version of the adapter {name} was promoted");
            let remedy = format!("promote one: gateway adapter promote {name}@VERSION");
            return Err(Failure::new(Exit::Config, message).remedy(remedy));
        };
        if let Some(event) = self.standing.quarantined(&current) {
            let message = format!(
                "{name} {current} is in quarantine since {}: {}",
                event.at, event.reason
            );
            let remedy = format!(
                "promote another: gateway adapter promote {name}@VERSION; or let it serve again: \
                 gateway adapter release {name}@{current}"
            );
            return Err(Failure::new(Exit::Waiting, message).remedy(remedy));
        }
        self.version(&current)
    }

    /// The version called `text`, which must be there.
    pub(crate) fn version(&self, text: &str) -> Result<Version, Failure> {
        let parsed = Version::parse(text).ok();
        let there = parsed.filter(|v| self.versions.contains_key(v));
        there.ok_or_else(|| self.no_version(text))
    }

    /// A version of that name is there.
    pub(crate) fn has(&self, text: &str) -> bool {
        self.version(text).is_ok()
    }

    fn no_version(&self, text: &str) -> Failure {
        let message = format!("there is no version {text} of the adapter {}", self.name);
        let versions: Vec<String> = self.versions.keys().map(ToString::to_string).collect();
        let remedy = match versions.is_empty() {
            true => "adapters at hand: gateway adapter list".to_owned(),
            false => format!("versions are: {}", versions.join(", ")),
        };
        Failure::new(Exit::NotFound, message).remedy(remedy)
    }

    fn add_folder(&mut self, folder: &Path) -> Result<(), Failure> {
        let failed = |e| standing::failed(folder, &e);
        self.standing = Standing::read(folder)?;
        if folder.join("adapter.toml").is_file() {
            let manifest = Installed::manifest_in(folder)
                .map_err(|e| Failure::new(Exit::Config, causes(&e)))?;
            let version = version(&manifest.version)?;
            self.unpacked = Some(version);
            self.versions
                .insert(version, Origin::Unpacked(folder.to_owned()));
        }
        for entry in std::fs::read_dir(folder).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            let stem = path.file_stem().and_then(|s| s.to_str());
            let version = stem.and_then(|s| Version::parse(s).ok());
            if let Some(version) =
                version.filter(|_| path.extension().is_some_and(|e| e == EXTENSION))
            {
                self.versions.insert(version, Origin::Bundle(path));
            }
        }
        Ok(())
    }
}

/// Where the file of a version lies in the folder of adapters.
pub(crate) fn bundle_path(adapters: &Path, name: &str, version: Version) -> PathBuf {
    adapters.join(name).join(format!("{version}.{EXTENSION}"))
}

fn version(text: &str) -> Result<Version, Failure> {
    Version::parse(text).map_err(|e| Failure::new(Exit::Config, e))
}
