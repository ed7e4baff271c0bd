//! What an adapter's developer does, from an empty folder to an adapter that is ready to be
//! packed. What is run here runs in the gateway's own sandbox; nothing is stored or sent.

mod bench;
mod fuzz;
mod golden;
mod mutate;
mod new;
mod project;
mod random;
mod sdk;
mod test;
mod trial;

pub(super) use project::component_of;
mod walk;

use crate::cli::Format;
use crate::exit::Exit;
use crate::failure::Failure;
use clap::{Args, Subcommand};
use std::path::{Path, PathBuf};

/// What a developer does with an adapter.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Begin an adapter: a folder that builds as it stands, with a sample feed and its golden
    /// file, a manifest, tests and a README. Nothing that exists is overwritten.
    New {
        /// Its name: a-z, 0-9 and -.
        name: String,
        /// Folder to make it in.
        #[arg(long = "in", default_value = ".", value_name = "FOLDER")]
        parent: PathBuf,
        /// An SDK that is there already, to build with instead of a copy of this gateway's.
        #[arg(long, value_name = "FOLDER")]
        sdk: Option<PathBuf>,
    },
    /// Write out the SDK that this gateway was built with: sources, contract, directories.
    Sdk {
        /// Folder to make. One with an SDK in it is replaced, anything else is left alone.
        #[arg(long, value_name = "FOLDER")]
        out: PathBuf,
    },
    /// Check an adapter in the sandbox: golden files, two runs alike, pieces of every size, limits
    /// used, time a row, and what the judge says.
    Test {
        #[command(flatten)]
        which: Which,
        /// Write the golden files anew.
        #[arg(long)]
        bless: bool,
    },
    /// Show what a file would become, row by row. Nothing is stored or sent.
    Try(trial::Trial),
    /// Damage the sample feeds in every way for a bounded time: no trap, no hang, no lost row.
    Fuzz {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        effort: fuzz::Effort,
    },
}

/// Which adapter, and which feeds of it.
#[derive(Debug, Args)]
pub(crate) struct Which {
    /// The adapter's folder (adapter.toml, samples.toml, and Cargo.toml or adapter.wasm), or a
    /// component beside its adapter.toml.
    pub path: PathBuf,
    /// Take this component instead of building the folder.
    #[arg(long, value_name = "FILE")]
    pub component: Option<PathBuf>,
    /// Take the component of that name that came with this gateway.
    #[arg(long, conflicts_with = "component")]
    pub shipped: bool,
    /// This feed alone.
    #[arg(long)]
    pub feed: Option<String>,
    /// This file instead of the folder's samples.
    #[arg(long, requires = "feed", value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// A setting for that file.
    #[arg(long, requires = "file", value_name = "NAME=VALUE")]
    pub set: Vec<String>,
}

/// Does it.
pub(super) fn run(command: Command, config: &Path, format: Format) -> Result<Exit, Failure> {
    match command {
        Command::New { name, parent, sdk } => new::new(&name, &parent, sdk.as_deref()),
        Command::Sdk { out } => sdk::write(&out),
        Command::Test { which, bless } => test::test(&which, bless, format),
        Command::Try(trial) => trial::show(&trial, config, format),
        Command::Fuzz { which, effort } => fuzz::fuzz(&which, &effort, format),
    }
}
