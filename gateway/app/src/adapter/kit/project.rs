//! An adapter as its developer has it: a folder with a manifest, a component or what it is built
//! of, and samples.
//!
//! `samples.toml` says which files are samples, of which feed, and what a route would set:
//!
//! ```toml
//! [[sample]]
//! feed = "rating"
//! file = "feeds/rating/sample.csv"
//! settings = { level = "A" }
//! ```

use super::Which;
use crate::exit::Exit;
use crate::failure::{Failure, causes};
use crate::shipped;
use credit_adapter::{COMPONENT_BYTES_MAX, Feed as FeedSpec, Installed, Manifest, SettingKind};
use serde::Deserialize;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const MANIFEST: &str = "adapter.toml";
const COMPONENT: &str = "adapter.wasm";
const SAMPLES: &str = "samples.toml";
const TARGET: &str = "wasm32-unknown-unknown";

/// An adapter, and what to feed it.
pub(super) struct Project {
    /// Its manifest and component.
    pub installed: Installed,
    /// Its samples; at least one.
    pub samples: Vec<Sample>,
}

/// A feed to try an adapter with.
#[derive(Clone)]
pub(super) struct Sample {
    /// What the manifest says of the feed.
    pub spec: FeedSpec,
    /// The file.
    pub path: PathBuf,
    /// Its path as it is shown.
    pub shown: String,
    /// What a route would set, defaults included.
    pub settings: Vec<(String, String)>,
}

impl Sample {
    /// The file's name, as the adapter is told it.
    pub(super) fn name(&self) -> String {
        let name = self.path.file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Samples {
    #[serde(default)]
    sample: Vec<Written>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    feed: String,
    file: PathBuf,
    #[serde(default)]
    settings: BTreeMap<String, toml::Value>,
}

/// The adapter in a folder, with the samples that are asked for.
pub(super) fn open(which: &Which) -> Result<Project, Failure> {
    let folder = folder_of(&which.path);
    let installed = match (&which.component, which.shipped) {
        (Some(component), _) => read(&folder, component)?,
        (None, true) => of_the_gateway(&folder)?,
        (None, false) => installed(&which.path)?,
    };
    let samples = match &which.file {
        Some(file) => vec![one_sample(&installed.manifest, file, which)?],
        None => samples(&folder, &installed.manifest)?,
    };
    let asked = |sample: &Sample| which.feed.as_ref().is_none_or(|f| *f == sample.spec.name);
    let samples: Vec<Sample> = samples.into_iter().filter(asked).collect();
    if samples.is_empty() {
        let message = format!("{} names no such sample", folder.join(SAMPLES).display());
        let remedy = "add a [[sample]] with feed, file and settings to it";
        return Err(Failure::new(Exit::NotFound, message).remedy(remedy));
    }
    Ok(Project { installed, samples })
}

/// The adapter in a folder, which is built where it has a Cargo.toml; or a component beside its
/// manifest.
pub(super) fn installed(path: &Path) -> Result<Installed, Failure> {
    let folder = folder_of(path);
    if path.is_file() {
        return read(&folder, path);
    }
    if folder.join("Cargo.toml").is_file() {
        return read(&folder, &build(&folder)?);
    }
    let component = folder.join(COMPONENT);
    if !component.is_file() {
        let message = format!("{} holds no adapter", path.display());
        let remedy = "an adapter's folder has adapter.toml, and Cargo.toml or adapter.wasm; \
                      begin one: gateway adapter new NAME";
        return Err(Failure::new(Exit::NotFound, message).remedy(remedy));
    }
    read(&folder, &component)
}

fn folder_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if path.is_file() => parent.to_owned(),
        _ => path.to_owned(),
    }
}

fn read(folder: &Path, component: &Path) -> Result<Installed, Failure> {
    let manifest = text(&folder.join(MANIFEST))?;
    let bytes = std::fs::metadata(component).map_or(0, |m| m.len());
    if bytes > COMPONENT_BYTES_MAX as u64 {
        let (path, most) = (component.display(), COMPONENT_BYTES_MAX);
        let message = format!("{path} has {bytes} bytes, more than {most}");
        return Err(Failure::new(Exit::Failed, message));
    }
    let component = std::fs::read(component).map_err(|e| unreadable(component, &e))?;
    Installed::new(&manifest, Cow::Owned(component)).map_err(|e| refused(folder, &e))
}

/// The component that came with this gateway, under the folder's manifest.
fn of_the_gateway(folder: &Path) -> Result<Installed, Failure> {
    let manifest = text(&folder.join(MANIFEST))?;
    let own = Manifest::parse(&manifest).map_err(|e| refused(folder, &e))?;
    let shipped = shipped::adapters().map_err(|e| Failure::of(Exit::Failed, &e))?;
    let Some(found) = shipped.iter().find(|i| i.manifest.name == own.name) else {
        let names: Vec<&str> = shipped.iter().map(|i| i.manifest.name.as_str()).collect();
        let message = format!("no adapter {:?} came with this gateway", own.name);
        let remedy = format!("those that did: {}", names.join(", "));
        return Err(Failure::new(Exit::NotFound, message).remedy(remedy));
    };
    Installed::new(&manifest, found.component.clone()).map_err(|e| refused(folder, &e))
}

fn refused(folder: &Path, error: &credit_adapter::ManifestError) -> Failure {
    let message = format!("{}: {}", folder.join(MANIFEST).display(), causes(error));
    Failure::new(Exit::Failed, message)
}

fn text(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(|e| unreadable(path, &e))
}

pub(super) fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    let exit = match error.kind() {
        std::io::ErrorKind::NotFound => Exit::NotFound,
        _ => Exit::Failed,
    };
    Failure::new(exit, format!("{} cannot be read: {error}", path.display()))
}

/// Where the component of an adapter's folder is: beside its manifest, or made by building it.
pub(crate) fn component_of(folder: &Path) -> Result<PathBuf, Failure> {
    let beside = folder.join(COMPONENT);
    if beside.is_file() || !folder.join("Cargo.toml").is_file() {
        return Ok(beside);
    }
    build(folder)
}

/// Builds the crate in `folder` for WebAssembly; its component.
fn build(folder: &Path) -> Result<PathBuf, Failure> {
    let args = ["build", "--release", "--target", TARGET];
    eprintln!("cargo {}   ({})", args.join(" "), folder.display());
    let built = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .current_dir(folder)
        .args(args)
        .args(["--message-format", "json-render-diagnostics"])
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|e| {
            let message = format!("cargo does not start: {e}");
            Failure::new(Exit::Failed, message).remedy("install Rust, or name a --component")
        })?;
    if !built.status.success() {
        let message = format!("{} does not build", folder.display());
        let remedy = format!(
            "see what cargo says above; where it lacks the target: rustup target add {TARGET}"
        );
        return Err(Failure::new(Exit::Failed, message).remedy(remedy));
    }
    let own = folder.canonicalize().map_err(|e| unreadable(folder, &e))?;
    component(&String::from_utf8_lossy(&built.stdout), &own).ok_or_else(|| {
        let message = format!("{} builds, and no component comes of it", folder.display());
        let remedy = "its Cargo.toml needs [lib] crate-type = [\"cdylib\", \"rlib\"]";
        Failure::new(Exit::Failed, message).remedy(remedy)
    })
}

/// The component of the crate in `folder` among what cargo says it made.
fn component(messages: &str, folder: &Path) -> Option<PathBuf> {
    let messages = messages.lines().filter_map(|line| {
        let message: serde_json::Value = serde_json::from_str(line).ok()?;
        let manifest = Path::new(message.get("manifest_path")?.as_str()?);
        let files = message.get("filenames")?.as_array()?.clone();
        (manifest.parent()? == folder).then_some(files)
    });
    let files = messages.flatten();
    let mut components = files.filter_map(|file| {
        let file = PathBuf::from(file.as_str()?);
        file.extension()
            .is_some_and(|e| e == "wasm")
            .then_some(file)
    });
    components.next()
}

/// The samples that a folder names.
fn samples(folder: &Path, manifest: &Manifest) -> Result<Vec<Sample>, Failure> {
    let path = folder.join(SAMPLES);
    let wrong = |what: String| Failure::new(Exit::Failed, format!("{}: {what}", path.display()));
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) => {
            let remedy = "it names the samples: [[sample]] with feed, file and settings; or give \
                          one: --feed FEED --file FILE";
            return Err(unreadable(&path, &error).remedy(remedy));
        }
    };
    let samples: Samples = toml::from_str(&text).map_err(|e| wrong(e.to_string()))?;
    let read = |sample: Written| {
        let plain = |(name, value): (String, toml::Value)| match value {
            toml::Value::String(text) => (name, text),
            other => (name, other.to_string()),
        };
        let given: Vec<_> = sample.settings.into_iter().map(plain).collect();
        let spec = spec(manifest, &sample.feed).map_err(&wrong)?.clone();
        let shown = sample.file.display().to_string();
        let settings = settings(&spec, &given).map_err(|why| wrong(format!("{shown}: {why}")))?;
        let path = folder.join(&sample.file);
        Ok(Sample {
            spec,
            path,
            shown,
            settings,
        })
    };
    samples.sample.into_iter().map(read).collect()
}

fn one_sample(manifest: &Manifest, file: &Path, which: &Which) -> Result<Sample, Failure> {
    let wrong = |what: String| Failure::new(Exit::NotFound, what);
    let feed = which.feed.as_deref().unwrap_or_default();
    let spec = spec(manifest, feed).map_err(wrong)?.clone();
    let settings = settings(&spec, &pairs(&which.set)?).map_err(wrong)?;
    Ok(Sample {
        spec,
        path: file.to_owned(),
        shown: file.display().to_string(),
        settings,
    })
}

/// The feed of that name.
pub(super) fn spec<'m>(manifest: &'m Manifest, feed: &str) -> Result<&'m FeedSpec, String> {
    manifest.feed(feed).ok_or_else(|| {
        let feeds: Vec<&str> = manifest.feeds.iter().map(|f| f.name.as_str()).collect();
        let (name, feeds) = (&manifest.name, feeds.join(", "));
        format!("adapter {name} has no feed {feed:?}; it has: {feeds}")
    })
}

/// `NAME=VALUE`, as they are typed.
pub(super) fn pairs(typed: &[String]) -> Result<Vec<(String, String)>, Failure> {
    let pair = |typed: &String| {
        let (name, value) = typed.split_once('=').ok_or_else(|| {
            let message = format!("{typed:?} sets nothing");
            Failure::new(Exit::NotFound, message).remedy("write --set NAME=VALUE")
        })?;
        Ok((name.trim().to_owned(), value.to_owned()))
    };
    typed.iter().map(pair).collect()
}

/// What an adapter is told: what is given, held against what the feed declares, and its defaults.
pub(super) fn settings(
    spec: &FeedSpec,
    given: &[(String, String)],
) -> Result<Vec<(String, String)>, String> {
    let feed = &spec.name;
    for (name, value) in given {
        let Some(setting) = spec.settings.iter().find(|s| s.name == *name) else {
            let names: Vec<&str> = spec.settings.iter().map(|s| s.name.as_str()).collect();
            let names = names.join(", ");
            return Err(format!(
                "feed {feed} has no setting {name:?}; it has: {names}"
            ));
        };
        let fits = match setting.kind {
            SettingKind::Text => true,
            SettingKind::Integer => value.parse::<i64>().is_ok(),
            SettingKind::Boolean => matches!(value.as_str(), "true" | "false"),
            SettingKind::OneOf => setting.values.contains(value),
        };
        if !fits {
            let can = match setting.kind {
                SettingKind::Integer => "a whole number".to_owned(),
                SettingKind::Boolean => "true or false".to_owned(),
                _ => setting.values.join(", "),
            };
            return Err(format!("{name} = {value:?} is not what it can be: {can}"));
        }
    }
    let mut settings = Vec::new();
    for setting in &spec.settings {
        let given = given.iter().rev().find(|(name, _)| *name == setting.name);
        match given.map(|(_, value)| value).or(setting.default.as_ref()) {
            Some(value) => settings.push((setting.name.clone(), value.clone())),
            None if setting.required => {
                return Err(format!("feed {feed} needs the setting {:?}", setting.name));
            }
            None => {}
        }
    }
    Ok(settings)
}
