//! From a folder to a bundle that may be loaded: packed, signed, admitted; and how it is carried.

use super::kit;
use super::verify::Terms;
use crate::admission::{self, of_component, refused};
use crate::cli::Format;
use crate::exit::Exit;
use crate::failure::{Failure, causes};
use crate::report;
use clap::Subcommand;
use credit_bundle::{
    Bundle, COMPONENT_BYTES_MAX, Day, KeyFile, Ledger, MANIFEST_BYTES_MAX, Occasion, OciError,
    OpenError, Policy, Refusal, Role, SecretKey,
};
use serde::Serialize;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// What is done with bundles.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make a bundle of a folder's adapter.toml and adapter.wasm: NAME-VERSION.adapter. A folder
    /// without adapter.wasm is built.
    Pack {
        /// The folder.
        folder: PathBuf,
        /// The component, or the module of `cargo build --target wasm32-unknown-unknown`, where it
        /// is not adapter.wasm in the folder.
        #[arg(long, value_name = "FILE")]
        component: Option<PathBuf>,
        /// The bundle's file. A signed one is not written over.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        /// The day that the bundle states; the same input gives the same bytes. Today, where it is
        /// not given.
        #[arg(long, value_name = "DAY", value_parser = credit_bundle::day)]
        created: Option<Day>,
    },
    /// Sign a bundle as its author.
    Sign {
        /// The bundle's file.
        bundle: PathBuf,
        /// The department's private key.
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
        /// In the place of who signed it before; it has to be admitted again.
        #[arg(long)]
        again: bool,
    },
    /// Admit a bundle as the data office: what it reads and asks for is shown, what does not verify
    /// is not admitted.
    Admit {
        /// The bundle's file.
        bundle: PathBuf,
        /// The office's private key.
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
        /// What is to be remembered with the admission.
        #[arg(long, default_value = "", value_name = "TEXT")]
        note: String,
        /// In the place of an earlier admission.
        #[arg(long)]
        again: bool,
        /// The trust store, where it is not the one that gateway.toml names.
        #[arg(long, value_name = "FOLDER")]
        trust: Option<PathBuf>,
    },
    /// Whether a bundle would be taken in here: who signed it, and all that speaks against it.
    Verify {
        /// The bundle's file.
        bundle: PathBuf,
        /// The trust store, where it is not the one that gateway.toml names.
        #[arg(long, value_name = "FOLDER")]
        trust: Option<PathBuf>,
    },
    /// Write a bundle as an OCI image layout, which common tools can carry.
    Export {
        /// The bundle's file.
        bundle: PathBuf,
        /// The layout's folder, which must not be there or be empty.
        #[arg(long, value_name = "FOLDER")]
        oci: PathBuf,
    },
    /// Make the bundle again that an OCI image layout carries.
    Import {
        /// The layout's folder.
        #[arg(long, value_name = "FOLDER")]
        oci: PathBuf,
        /// The bundle's file, where it is not NAME-VERSION.adapter.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
}

/// What was done with a bundle.
#[derive(Serialize)]
struct Done {
    done: &'static str,
    file: String,
    name: String,
    version: String,
    bytes: usize,
    author: Option<String>,
    office: Option<String>,
}

/// Does it.
pub(crate) fn run(command: Command, config: &Path, format: Format) -> Result<Exit, Failure> {
    match command {
        Command::Pack {
            folder,
            component,
            out,
            created,
        } => {
            let module = match component {
                Some(component) => component,
                None => kit::component_of(&folder)?,
            };
            let created = created.unwrap_or_else(admission::today);
            let bundle = pack(&folder.join("adapter.toml"), &module, created)?;
            let file = out.unwrap_or_else(|| bundle.file_name().into());
            write_new(&file, &bundle)?;
            say(format, "已打包 packed", &file, &bundle)
        }
        Command::Sign { bundle, key, again } => {
            let mut sealed = open(&bundle)?;
            let key = key_for(&key, Role::Author)?;
            let signed = sealed.sign(&key, again);
            signed.map_err(|e| Failure::of(Exit::Failed, &e))?;
            write(&bundle, &sealed)?;
            say(format, "已签名 signed", &bundle, &sealed)
        }
        Command::Admit {
            bundle,
            key,
            note,
            again,
            trust,
        } => {
            let terms = Terms::of(config, trust)?;
            let mut sealed = open(&bundle)?;
            let key = key_for(&key, Role::Office)?;
            let admitted = sealed.admit(&key, terms.today, &note, again);
            admitted.map_err(|e| Failure::of(Exit::Failed, &e))?;
            admit(&bundle, &sealed, terms, format)
        }
        Command::Verify { bundle, trust } => {
            let terms = Terms::of(config, trust)?;
            let report = match Bundle::open(&bundle) {
                Ok(opened) => terms.report(&bundle, &opened, Occasion::Install),
                Err(OpenError::Refused { source, .. }) => terms.unread(&bundle, source),
                Err(error) => return Err(Failure::of(Exit::Failed, &error)),
            };
            report.show(format)
        }
        Command::Export { bundle, oci } => {
            let sealed = open(&bundle)?;
            let exported = credit_bundle::export(&sealed, &oci);
            exported.map_err(|e| Failure::of(Exit::Failed, &e))?;
            say(format, "已导出 exported", &oci, &sealed)
        }
        Command::Import { oci, out } => {
            let sealed = credit_bundle::import(&oci).map_err(|e| match e {
                OciError::Refused(refusal) => refused(&oci, &[refusal]),
                other => Failure::of(Exit::Failed, &other),
            })?;
            let file = out.unwrap_or_else(|| sealed.file_name().into());
            write_new(&file, &sealed)?;
            say(format, "已导入 imported", &file, &sealed)
        }
    }
}

/// Packs manifest and component after looking at both.
fn pack(manifest: &Path, module: &Path, created: Day) -> Result<Bundle, Failure> {
    let text = read(manifest, MANIFEST_BYTES_MAX, "adapter.toml")?;
    let text = String::from_utf8(text).map_err(|e| {
        let why = e.to_string();
        refused(manifest, &[Refusal::Manifest { why }])
    })?;
    let read = read(module, COMPONENT_BYTES_MAX, "adapter.wasm")?;
    let component = credit_adapter::component_of(&read);
    let component = component.map_err(|e| refused(module, &[of_component(e)]))?;
    let summary = admission::manifest(&text).and_then(|m| admission::summary(&m));
    let summary = summary.map_err(|refusal| refused(manifest, &[refusal]))?;
    credit_adapter::imports(&component).map_err(|e| refused(module, &[of_component(e)]))?;
    Bundle::pack(text, component, summary, created).map_err(|r| refused(module, &[r]))
}

/// Shows what is admitted, and writes it if everything else about it is right.
fn admit(file: &Path, sealed: &Bundle, terms: Terms, format: Format) -> Result<Exit, Failure> {
    // Whether it is too old is for the gateways to say that take it in.
    let terms = Terms {
        policy: Policy::Signed,
        ledger: Ledger::default(),
        ..terms
    };
    let report = terms.report(file, sealed, Occasion::Install);
    if report.accepted {
        write(file, sealed)?;
    }
    report.show(format)
}

fn open(file: &Path) -> Result<Bundle, Failure> {
    Bundle::open(file).map_err(|e| match e {
        OpenError::Refused { source, .. } => refused(file, &[source]),
        other => Failure::of(Exit::Failed, &other),
    })
}

/// The private key in `file`, unless the file says that it is for something else.
fn key_for(file: &Path, role: Role) -> Result<SecretKey, Failure> {
    let (key, KeyFile { role: said, .. }) =
        SecretKey::read(file).map_err(|e| Failure::of(Exit::Failed, &e))?;
    match said.filter(|said| *said != role) {
        None => Ok(key),
        Some(said) => {
            let message = format!(
                "{} is a key of the {said}, not of the {role}",
                file.display()
            );
            let remedy = format!("name a key that was made with --role {role}");
            Err(Failure::new(Exit::Failed, message).remedy(remedy))
        }
    }
}

/// A file of at most `most` bytes.
fn read(file: &Path, most: usize, entry: &'static str) -> Result<Vec<u8>, Failure> {
    let failed = |e: std::io::Error| {
        let message = format!("{}: {e}", file.display());
        let remedy = "a folder to pack holds adapter.toml and adapter.wasm; --component names \
                      another file for the latter";
        Failure::new(Exit::Failed, message).remedy(remedy)
    };
    let opened = std::fs::File::open(file).map_err(failed)?;
    let mut bytes = Vec::new();
    let mut limited = opened.take(most as u64 + 1);
    limited.read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() > most {
        let (bytes, most) = (bytes.len() as u64, most as u64);
        let refusal = Refusal::EntryTooLarge { entry, bytes, most };
        return Err(refused(file, &[refusal]));
    }
    Ok(bytes)
}

fn write(file: &Path, bundle: &Bundle) -> Result<(), Failure> {
    credit_bundle::replace(file, &bundle.to_bytes())
        .map_err(|e| Failure::new(Exit::Failed, format!("{}: {e}", file.display())))
}

/// Writes a bundle over nothing but one that nobody signed, or itself.
fn write_new(file: &Path, bundle: &Bundle) -> Result<(), Failure> {
    if file.symlink_metadata().is_ok() {
        let there = Bundle::open(file);
        let free = there.is_ok_and(|there| there.author().is_none() || there == *bundle);
        if !free {
            let message = format!(
                "{} is there already, and is not written over",
                file.display()
            );
            let remedy = "take it away, raise the version, or name another file with --out";
            return Err(Failure::new(Exit::Failed, message).remedy(remedy));
        }
    }
    write(file, bundle)
}

fn say(format: Format, done: &'static str, file: &Path, bundle: &Bundle) -> Result<Exit, Failure> {
    let summary = &bundle.statement().summary;
    let entry = Done {
        done: done.rsplit(' ').next().unwrap_or(done),
        file: file.display().to_string(),
        name: summary.name.clone(),
        version: summary.version.to_string(),
        bytes: bundle.to_bytes().len(),
        author: bundle.author().map(|key| key.to_string()),
        office: bundle.office().map(|key| key.to_string()),
    };
    let text = |entries: &[Done]| entries.iter().map(|d| d.text(done)).collect();
    report::print(format, &[entry], text).map_err(|e| Failure::new(Exit::Failed, causes(&e)))?;
    Ok(Exit::Done)
}

impl Done {
    fn text(&self, done: &str) -> String {
        let kib = report::thousands((self.bytes as u64).div_ceil(1024));
        let mut text = format!(
            "{done}  {} {}  {}  {kib} KiB\n",
            self.name, self.version, self.file
        );
        for (word, key) in [("编写 author", &self.author), ("准入 office", &self.office)] {
            if let Some(key) = key {
                text.push_str(&format!("{word}  {key}\n"));
            }
        }
        text
    }
}
