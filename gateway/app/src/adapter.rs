//! `gateway adapter …`: what a department's developer and the data office do with adapters.

mod diff;
mod kit;
mod seal;
mod shadow;
mod shelf;
mod verify;

use crate::cli::Format;
use crate::exit::Exit;
use crate::failure::Failure;
use clap::Subcommand;
use std::path::Path;

/// What can be done with adapters.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    #[command(flatten)]
    Kit(Box<kit::Command>),
    #[command(flatten)]
    Seal(seal::Command),
    #[command(flatten)]
    Shelf(shelf::Command),
    /// What differs between two versions, and what that means for the routes that use them. Exit
    /// code 10 where they differ.
    Diff(diff::Diff),
    /// Compare a candidate with what serves, on input that was kept or while the gateway runs:
    /// nothing of it is sent. Exit code 10 where they differ.
    Shadow(shadow::Shadow),
}

/// Does it.
pub(crate) async fn run(command: Command, config: &Path, format: Format) -> Result<Exit, Failure> {
    match command {
        Command::Kit(command) => kit::run(*command, config, format),
        Command::Seal(command) => seal::run(command, config, format),
        Command::Shelf(command) => shelf::run(command, config, format).await,
        Command::Diff(asked) => diff::run(&asked, config, format),
        Command::Shadow(asked) => shadow::run(&asked, config, format),
    }
}
