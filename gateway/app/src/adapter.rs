//! `gateway adapter …`: what a department's developer and the data office do with adapters.

mod kit;
mod list;

use crate::cli::Format;
use crate::exit::Exit;
use crate::failure::Failure;
use clap::Subcommand;
use std::path::Path;

/// What can be done with adapters.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// The adapters at hand, shipped and installed, and the feeds that they read.
    List,
    #[command(flatten)]
    Kit(Box<kit::Command>),
}

/// Does it.
pub(crate) fn run(command: Command, config: &Path, format: Format) -> Result<Exit, Failure> {
    match command {
        Command::List => list::list(config, format),
        Command::Kit(command) => kit::run(*command, config, format),
    }
}
