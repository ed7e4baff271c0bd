//! `gateway key …`: the keys that departments and the data office sign with.

use crate::cli::Format;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::report;
use clap::Subcommand;
use credit_bundle::{KeyFile, Role};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// What is done with keys.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make a key: FILE gets the private one, for its owner alone; FILE.pub the public one, to be
    /// handed to the operators who are to trust it.
    New {
        /// What it is for: author, a department that writes adapters; office, the data office that
        /// admits them.
        #[arg(long, value_parser = role)]
        role: Role,
        /// Whose it is, as in "黔西市税务局".
        #[arg(long)]
        name: String,
        /// The file, which must not be there.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Show a key's fingerprint, to be compared by telephone or on paper.
    Show {
        /// A public key's file, or a private one's.
        file: PathBuf,
    },
}

/// A role by its word.
pub(crate) fn role(text: &str) -> Result<Role, String> {
    let mut roles = [Role::Author, Role::Office].into_iter();
    let found = roles.find(|role| role.word() == text);
    found.ok_or_else(|| format!("{text:?} is no role: author or office"))
}

#[derive(Serialize)]
struct Shown {
    fingerprint: String,
    role: Option<Role>,
    name: Option<String>,
    file: String,
    public: Option<String>,
}

/// Does it.
pub(crate) fn run(command: Command, format: Format) -> Result<Exit, Failure> {
    let failed = |e| Failure::of(Exit::Failed, &e);
    match command {
        Command::New { role, name, out } => {
            let made = KeyFile::make(&out, role, &name).map_err(failed)?;
            let public = Some(format!("{}.pub", out.display()));
            show(&made, &out, public, format)
        }
        Command::Show { file } => {
            let read = KeyFile::read(&file).map_err(failed)?;
            show(&read, &file, None, format)
        }
    }
}

fn show(
    key: &KeyFile,
    file: &Path,
    public: Option<String>,
    format: Format,
) -> Result<Exit, Failure> {
    let shown = Shown {
        fingerprint: key.key.fingerprint().to_string(),
        role: key.role,
        name: key.name.clone(),
        file: file.display().to_string(),
        public,
    };
    let text = |shown: &[Shown]| shown.iter().map(Shown::text).collect();
    report::print(format, &[shown], text).map_err(|e| Failure::of(Exit::Failed, &e))?;
    Ok(Exit::Done)
}

impl Shown {
    fn text(&self) -> String {
        let role = self.role.map_or("未注明 not said", Role::word);
        let name = self.name.as_deref().unwrap_or("未注明 not said");
        let mut text = format!(
            "指纹 fingerprint  {}\n角色 role         {role}\n名称 name         {name}\n",
            self.fingerprint
        );
        if let Some(public) = &self.public {
            text.push_str(&format!(
                "私钥 private      {} （自己保管，勿外传 keep it to yourself）\n\
                 公钥 public       {public} （交给信任方 for those who are to trust it）\n",
                self.file
            ));
        }
        text
    }
}
