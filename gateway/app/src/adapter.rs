//! `gateway adapter …`: what a department's developer and the data office do with adapters.

mod diff;
mod list;
mod shadow;

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
    /// What differs between two versions, and what that means for the routes that use them. Exit
    /// code 9 where they differ.
    Diff(diff::Diff),
    /// Compare a candidate with what serves, on input that was kept or while the gateway runs:
    /// nothing of it is sent. Exit code 9 where they differ.
    Shadow(shadow::Shadow),
}

/// Does it.
pub(crate) fn run(command: Command, config: &Path, format: Format) -> Result<Exit, Failure> {
    match command {
        Command::List => list::list(config, format),
        Command::Diff(asked) => diff::run(&asked, config, format),
        Command::Shadow(asked) => shadow::run(&asked, config, format),
    }
}
