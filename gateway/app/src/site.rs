//! What the operator has set up: the checked plan, with the adapters, directories and rules that
//! it names. Reading it starts nothing.

use crate::admission;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::report::hex;
use crate::shelf::{AtHand, Gate, Serves, Shelves, known_adapter};
use crate::shipped;
use credit_adapter::Installed;
use credit_bundle::LEDGER;
use credit_config::{
    Env, Folders, Known, KnownDirectory, Plan, Problems, RoutePlan, UnusableAdapter,
};
use credit_record::calendar::Calendar;
use credit_record::directory::{Directories, Directory, SHIPPED};
use credit_record::rules::PublicityRules;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What the operator has set up.
pub(crate) struct Site {
    /// Where it is written.
    pub folder: PathBuf,
    /// The checked plan.
    pub plan: Plan,
    /// The adapters at hand.
    pub shelves: Shelves,
    /// What serves of each.
    pub serving: BTreeMap<String, Arc<Installed>>,
    /// What cannot be used, and why.
    pub unusable: Vec<UnusableAdapter>,
    /// The common credit schema.
    pub directories: Directories,
    /// How long what may be published.
    pub publicity: PublicityRules,
    /// Which days are worked.
    pub calendar: Calendar,
    /// Digest of the directories and rules that lie beside the configuration.
    pub ground: [u8; 32],
}

/// What is needed to look after adapters: no route has to be right for it.
pub(crate) struct Workshop {
    /// Where the configuration is written.
    pub folder: PathBuf,
    /// `gateway.toml`, without routes.
    pub plan: Plan,
    /// The adapters at hand.
    pub shelves: Shelves,
    /// The directories, as a configuration can name them.
    pub directories: Vec<KnownDirectory>,
}

/// Why there is no site.
pub(crate) enum NoSite {
    /// Problems of the configuration, all of them.
    Problems(Problems),
    /// Something beside the configuration.
    Failure(Failure),
}

impl From<Failure> for NoSite {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

/// Reads the configuration in `folder` and what it names.
pub(crate) fn read(folder: &Path, env: &dyn Env) -> Result<Site, NoSite> {
    there(folder)?;
    let mut found = None;
    let plan = credit_config::load(folder, env, |folders| {
        let (named, known) = look(folders);
        found = Some(named);
        known
    });
    let Some(named) = found else {
        return Err(Failure::new(Exit::Config, "the configuration names nothing").into());
    };
    let (shelves, at_hand, directories, mut ground) = named?;
    let plan = plan.map_err(NoSite::Problems)?;
    for warning in at_hand.warnings {
        tracing::warn!("{warning}");
    }
    let publicity = publicity(plan.publicity.as_deref(), &mut ground)?;
    let calendar = calendar(plan.holidays.as_deref(), &mut ground)?;
    Ok(Site {
        folder: folder.to_owned(),
        plan,
        shelves,
        serving: at_hand.serving,
        unusable: at_hand.unusable,
        directories,
        publicity,
        calendar,
        ground: ground.finalize().into(),
    })
}

/// Logs what of a plan is not as it should be.
pub(crate) fn warn(plan: &Plan) {
    for problem in &plan.warnings.0 {
        let (code, help) = (problem.code, &problem.help);
        tracing::warn!(code, file = problem.file, help, "{}", problem.message);
    }
}

/// Reads what is needed to look after adapters.
pub(crate) fn workshop(folder: &Path, env: &dyn Env) -> Result<Workshop, NoSite> {
    there(folder)?;
    let (files, unread) = credit_config::read(folder);
    if !unread.is_empty() {
        return Err(NoSite::Problems(unread));
    }
    let folders = credit_config::folders(&files, env);
    let directories = directories(folders.directories.as_deref(), &mut Sha256::new())?;
    let known_directories: Vec<_> = directories.iter().map(directory).collect();
    let own = credit_config::with_routes_of(files, None);
    let known = Known {
        directories: known_directories.clone(),
        ..Known::default()
    };
    let plan = credit_config::check(&own, env, &known).map_err(NoSite::Problems)?;
    Ok(Workshop {
        folder: folder.to_owned(),
        plan,
        shelves: shelves(&folders)?,
        directories: known_directories,
    })
}

impl Site {
    /// Why an adapter cannot be used.
    pub(crate) fn unusable(&self, name: &str) -> Failure {
        match self.unusable.iter().find(|u| u.name == name) {
            Some(unusable) => {
                Failure::new(Exit::Waiting, unusable.why.clone()).remedy(unusable.help.clone())
            }
            None => Failure::new(Exit::Config, format!("there is no adapter {name}")),
        }
    }

    /// What serves each route, as it is written: no service has to run.
    pub(crate) fn serves(&self) -> BTreeMap<String, Serves> {
        let of_route = |route: &RoutePlan| {
            let installed = self.serving.get(&route.adapter);
            let shelf = self.shelves.shelf(&route.adapter).ok();
            let unusable = self.unusable.iter().find(|u| u.name == route.adapter);
            let alarm = unusable.map(|u| u.why.clone());
            let serves = Serves {
                adapter: route.adapter.clone(),
                version: installed.map(|i| i.manifest.version.clone()),
                sha256: installed.map(|i| hex(&i.sha256)),
                alarm: alarm.or_else(|| shelf?.standing.alarm),
            };
            (route.name.clone(), serves)
        };
        self.plan.routes.values().map(of_route).collect()
    }
}

fn there(folder: &Path) -> Result<(), Failure> {
    if folder.is_dir() {
        return Ok(());
    }
    let message = format!("there is no configuration folder {}", folder.display());
    let remedy = "name it: gateway --config FOLDER ...; the repository's configs/ is one";
    Err(Failure::new(Exit::Config, message).remedy(remedy))
}

type Named = Result<(Shelves, AtHand, Directories, Sha256), Failure>;

/// The adapters and directories in the folders, and what of them a configuration can name.
fn look(folders: &Folders) -> (Named, Known) {
    let named = || {
        let mut ground = Sha256::new();
        let directories = directories(folders.directories.as_deref(), &mut ground)?;
        let shelves = shelves(folders)?;
        let at_hand = shelves.at_hand()?;
        Ok((shelves, at_hand, directories, ground))
    };
    let named: Named = named();
    let known = match &named {
        Ok((_, at_hand, directories, _)) => known(at_hand, directories),
        Err(_) => Known::default(),
    };
    (named, known)
}

fn known(at_hand: &AtHand, directories: &Directories) -> Known {
    Known {
        adapters: at_hand.manifests.values().map(known_adapter).collect(),
        unusable: at_hand.unusable.clone(),
        directories: directories.iter().map(directory).collect(),
    }
}

fn shelves(folders: &Folders) -> Result<Shelves, Failure> {
    let shipped = shipped::adapters().map_err(|e| Failure::of(Exit::Failed, &e))?;
    let gate = Gate {
        policy: admission::policy(folders.admission.policy),
        trust: folders.admission.trust.clone(),
        ledger: folders.state.join(LEDGER),
    };
    Ok(Shelves::new(shipped, folders.adapters.clone(), gate))
}

fn directories(folder: Option<&Path>, ground: &mut Sha256) -> Result<Directories, Failure> {
    let mut files: Vec<(String, String)> = SHIPPED
        .iter()
        .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
        .collect();
    if let Some(folder) = folder.filter(|f| f.is_dir()) {
        let failed = |e: std::io::Error| {
            Failure::new(
                Exit::Config,
                format!("directories in {}: {e}", folder.display()),
            )
        };
        let listed: Result<Vec<_>, _> = std::fs::read_dir(folder).map_err(failed)?.collect();
        let mut listed = listed.map_err(failed)?;
        listed.sort_by_key(std::fs::DirEntry::file_name);
        for path in listed.iter().map(std::fs::DirEntry::path) {
            if path.extension().is_some_and(|e| e == "toml") {
                let text = std::fs::read_to_string(&path).map_err(failed)?;
                ground.update(text.as_bytes());
                files.push((path.display().to_string(), text));
            }
        }
    }
    Directories::load(
        files
            .iter()
            .map(|(name, text)| (name.as_str(), text.as_str())),
    )
    .map_err(|e| Failure::of(Exit::Config, &e))
}

/// A file of rules beside the configuration: its name, and what stands in it.
fn rules(path: &Path, ground: &mut Sha256) -> Result<(String, String), Failure> {
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path)
        .map_err(|e| Failure::new(Exit::Config, format!("{name} cannot be read: {e}")))?;
    ground.update(text.as_bytes());
    Ok((name, text))
}

fn publicity(file: Option<&Path>, ground: &mut Sha256) -> Result<PublicityRules, Failure> {
    let Some(path) = file else {
        return PublicityRules::shipped().map_err(|e| Failure::of(Exit::Config, &e));
    };
    let (name, text) = rules(path, ground)?;
    PublicityRules::parse(&name, &text).map_err(|e| Failure::of(Exit::Config, &e))
}

/// What a configuration can name of a directory.
pub(crate) fn directory(directory: &Directory) -> KnownDirectory {
    let namings = directory.namings().iter();
    KnownDirectory {
        code: directory.code().to_owned(),
        columns: directory.columns().iter().map(|c| c.code.clone()).collect(),
        namings: namings.map(|n| n.code().to_owned()).collect(),
    }
}

fn calendar(file: Option<&Path>, ground: &mut Sha256) -> Result<Calendar, Failure> {
    let Some(path) = file else {
        return Calendar::shipped().map_err(|e| Failure::of(Exit::Config, &e));
    };
    let (name, text) = rules(path, ground)?;
    Calendar::parse(&name, &text).map_err(|e| Failure::of(Exit::Config, &e))
}
