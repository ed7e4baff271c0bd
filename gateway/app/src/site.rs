//! What the operator has set up: the checked plan, with the adapters, directories and rules that
//! it names. Reading it starts nothing.

use crate::exit::Exit;
use crate::failure::{Failure, causes};
use crate::shipped;
use credit_adapter::{Catalogue, Installed, SettingKind as Declared};
use credit_config::{
    Env, Folders, Known, KnownAdapter, KnownDirectory, KnownFeed, KnownSetting, Plan, Problems,
    SettingKind,
};
use credit_record::directory::{Directories, Directory, SHIPPED};
use credit_record::rules::PublicityRules;
use sha2::{Digest as _, Sha256};
use std::path::Path;

/// What the operator has set up.
pub(crate) struct Site {
    /// The checked plan.
    pub plan: Plan,
    /// The adapters at hand.
    pub catalogue: Catalogue,
    /// The common credit schema.
    pub directories: Directories,
    /// How long what may be published.
    pub publicity: PublicityRules,
    /// Digest of the directories and rules that lie beside the configuration.
    pub ground: [u8; 32],
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
    read_with(folder, env, None)
}

/// The same, as it would be with the adapter `candidate` in the place of the one of its name.
pub(crate) fn read_with(
    folder: &Path,
    env: &dyn Env,
    candidate: Option<&Installed>,
) -> Result<Site, NoSite> {
    if !folder.is_dir() {
        let message = format!("there is no configuration folder {}", folder.display());
        let remedy = "name it: gateway --config FOLDER ...; the repository's configs/ is one";
        return Err(Failure::new(Exit::Config, message).remedy(remedy).into());
    }
    let mut found = None;
    let plan = credit_config::load(folder, env, |folders| {
        let (named, known) = look(folders, candidate);
        found = Some(named);
        known
    });
    let Some(named) = found else {
        return Err(Failure::new(Exit::Config, "the configuration names nothing").into());
    };
    let (catalogue, directories, mut ground) = named?;
    let plan = plan.map_err(NoSite::Problems)?;
    let publicity = publicity(plan.publicity.as_deref(), &mut ground)?;
    Ok(Site {
        plan,
        catalogue,
        directories,
        publicity,
        ground: ground.finalize().into(),
    })
}

type Named = Result<(Catalogue, Directories, Sha256), Failure>;

/// The adapters and directories in the folders, and what of them a configuration can name.
fn look(folders: &Folders, candidate: Option<&Installed>) -> (Named, Known) {
    let mut ground = Sha256::new();
    let named = catalogue(folders.adapters.as_deref()).and_then(|mut catalogue| {
        candidate.into_iter().for_each(|c| catalogue.add(c.clone()));
        let directories = directories(folders.directories.as_deref(), &mut ground)?;
        Ok((catalogue, directories, ground))
    });
    let known = match &named {
        Ok((catalogue, directories, _)) => known(catalogue, directories),
        Err(_) => Known::default(),
    };
    (named, known)
}

fn catalogue(folder: Option<&Path>) -> Result<Catalogue, Failure> {
    let mut catalogue = shipped::catalogue().map_err(|e| Failure::of(Exit::Failed, &e))?;
    let Some(folder) = folder.filter(|f| f.is_dir()) else {
        return Ok(catalogue);
    };
    let errors: Vec<String> = catalogue
        .add_folder(folder)
        .iter()
        .map(|e| causes(e))
        .collect();
    if errors.is_empty() {
        return Ok(catalogue);
    }
    let remedy = "an adapter is a folder NAME with adapter.toml and adapter.wasm";
    Err(Failure::new(Exit::Config, errors.join("\n")).remedy(remedy))
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

fn publicity(file: Option<&Path>, ground: &mut Sha256) -> Result<PublicityRules, Failure> {
    let Some(path) = file else {
        return PublicityRules::shipped().map_err(|e| Failure::of(Exit::Config, &e));
    };
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path)
        .map_err(|e| Failure::new(Exit::Config, format!("{name} cannot be read: {e}")))?;
    ground.update(text.as_bytes());
    PublicityRules::parse(&name, &text).map_err(|e| Failure::of(Exit::Config, &e))
}

fn known(catalogue: &Catalogue, directories: &Directories) -> Known {
    let adapters = catalogue.iter().map(|installed| KnownAdapter {
        name: installed.manifest.name.clone(),
        feeds: installed.manifest.feeds.iter().map(feed).collect(),
    });
    Known {
        adapters: adapters.collect(),
        directories: directories.iter().map(directory).collect(),
    }
}

fn directory(directory: &Directory) -> KnownDirectory {
    let namings = directory.namings().iter();
    KnownDirectory {
        code: directory.code().to_owned(),
        columns: directory.columns().iter().map(|c| c.code.clone()).collect(),
        namings: namings.map(|n| n.code().to_owned()).collect(),
    }
}

fn feed(feed: &credit_adapter::Feed) -> KnownFeed {
    let settings = feed.settings.iter().map(|setting| KnownSetting {
        name: setting.name.clone(),
        kind: match setting.kind {
            Declared::Text => SettingKind::Text,
            Declared::Integer => SettingKind::Integer,
            Declared::Boolean => SettingKind::Boolean,
            Declared::OneOf => SettingKind::OneOf(setting.values.clone()),
        },
        required: setting.required,
        default: setting.default.clone(),
    });
    KnownFeed {
        name: feed.name.clone(),
        snapshot: feed.snapshot,
        settings: settings.collect(),
    }
}
