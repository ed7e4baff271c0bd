//! The command line.

use crate::{adapter, dead_letters, key, removals, trust, tryout};
use clap::{Args, Parser, Subcommand, ValueEnum, value_parser};
use std::path::PathBuf;

/// The words after the options in `--help`.
const AFTER: &str = "\
Exit codes: 0 done; 1 failed; 2 wrong command line; 3 configuration; 4 state in use;
5 state damaged; 6 rows wait (a target is down, a feed cannot be read); 7 not found;
8 the books do not balance; 9 an adapter's bundle is refused; 10 what was compared differs.";

/// The credit gateway: departments' feeds into one shared credit platform, with a receipt for
/// every row.
#[derive(Debug, Parser)]
#[command(name = "gateway", version, after_help = AFTER)]
pub(crate) struct Cli {
    /// Folder of the configuration: gateway.toml and routes/*.toml.
    #[arg(
        long,
        short,
        global = true,
        default_value = "configs",
        value_name = "FOLDER"
    )]
    pub config: PathBuf,
    /// How to print.
    #[arg(long, short, global = true, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    #[command(subcommand)]
    pub command: Command,
}

/// How to print.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Text,
    /// For programs: one JSON object, or one a line.
    Json,
}

/// What of a plan is asked for.
#[derive(Args, Debug)]
pub(crate) struct Plan {
    /// Try this route for real: pull some rows from its source, and show what each of its targets
    /// would get of them. Nothing is sent or remembered, and the service may run meanwhile.
    #[arg(long = "try", value_name = "ROUTE")]
    route: Option<String>,
    /// Show at most so many rows of the source.
    #[arg(
        long,
        requires = "route",
        default_value_t = 10,
        value_name = "N",
        value_parser = value_parser!(u32).range(1..=tryout::ROWS_MAX)
    )]
    rows: u32,
    /// Read the source from its beginning, and not from where the route is.
    #[arg(long, requires = "route")]
    from_start: bool,
}

impl Plan {
    /// The route to be tried, if one is.
    pub(crate) fn meant(self) -> Option<tryout::Asked> {
        Some(tryout::Asked {
            route: self.route?,
            rows: self.rows,
            from_start: self.from_start,
        })
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show the main job: synthetic feeds of two departments through the real adapters to a
    /// sandbox platform on this machine.
    Demo {
        /// Folder to leave behind: feeds, configuration, state. An earlier demo in it is replaced.
        #[arg(long, default_value = "demo", value_name = "FOLDER")]
        dir: PathBuf,
    },
    /// Run the service until SIGTERM.
    Run,
    /// Run one route now: read what is ready, deliver it, end.
    Once {
        /// The route's name.
        route: String,
        /// End with code 6 when nothing could be delivered for so long.
        #[arg(long, default_value_t = 60, value_name = "SECONDS")]
        patience: u64,
    },
    /// Let the running service read one route now, whatever its schedule says.
    RunNow {
        /// The route's name.
        route: String,
    },
    /// Have a route take nothing in from now on; its place in its feed stays, and what waits is
    /// delivered.
    Pause {
        /// The route's name.
        route: String,
        /// Who says so.
        #[arg(long, value_name = "NAME")]
        by: removals::Said,
        /// Why.
        #[arg(long, value_name = "TEXT")]
        reason: removals::Said,
    },
    /// Have it take in again, from where it was.
    Resume {
        /// The route's name.
        route: String,
    },
    /// What is wrong with which route, since when and why.
    Alarms {
        /// Also those that are over.
        #[arg(long)]
        all: bool,
    },
    /// Let the running service work by the configuration as it is written now. What does not
    /// check changes nothing. SIGHUP does the same.
    Reload,
    /// What the configuration as it is written now would change: routes, limits, hosts reached,
    /// secrets used, fields sent. With --try: what some rows of a route's source would become.
    /// Touches nothing.
    Plan(Plan),
    /// Read a period of a route again, as it was kept, through the adapter that serves now: what
    /// is unchanged is a duplicate, what is corrected goes out, once. It can be given again.
    Replay(crate::replay::Replay),
    /// What is kept of the sources' own input.
    Raw {
        #[command(subcommand)]
        command: crate::raw::Command,
    },
    /// Check the configuration: every problem at once, with file and line. Touches nothing.
    Check,
    /// Print the statement that makes the table of batches of a target with kind = "sql".
    Batches {
        /// The target's name.
        target: String,
    },
    /// The books of every route, and what is late, doubtful or stuck.
    Status,
    /// Rows kept for a person, each with its reasons.
    Doubts {
        /// Of this route alone.
        #[arg(long)]
        route: Option<String>,
        /// Of this file alone.
        #[arg(long)]
        file: Option<String>,
        /// With this code alone.
        #[arg(long)]
        code: Option<String>,
        /// At most so many.
        #[arg(long, default_value_t = 1_000_000, value_name = "N")]
        limit: usize,
    },
    /// Everything that happened to one record: file and row, adapter, times, receipts.
    Trace {
        /// The record's id (8 to 32 hex digits), or a value of one of its fields, such as a
        /// document number or a social credit code.
        key: String,
    },
    /// What the platforms answered, parcel by parcel.
    Receipts {
        /// Of this route alone.
        #[arg(long)]
        route: Option<String>,
        /// Of this target alone.
        #[arg(long)]
        target: Option<String>,
        /// Only those with refused or doubted rows.
        #[arg(long)]
        trouble: bool,
        /// At most so many, the newest.
        #[arg(long, default_value_t = 1_000, value_name = "N")]
        limit: usize,
    },
    /// What targets refused for good: list, show, export, replay.
    DeadLetters {
        #[command(subcommand)]
        command: dead_letters::Command,
    },
    /// Records that the last full snapshots lack: they wait for a person's word.
    Removals {
        #[command(subcommand)]
        command: removals::Command,
    },
    /// Write, check, admit and install adapters.
    Adapter {
        #[command(subcommand)]
        command: adapter::Command,
    },
    /// Make and show the keys that adapters are signed and admitted with.
    Key {
        #[command(subcommand)]
        command: key::Command,
    },
    /// Whose signatures are believed: add, list, revoke keys.
    Trust {
        #[command(flatten)]
        command: trust::Command,
    },
    /// A stand-in for the shared platform on this machine, to try a route against.
    Sandbox {
        /// Loopback address to listen on.
        #[arg(long, default_value = "127.0.0.1:8090", value_name = "ADDRESS")]
        listen: std::net::SocketAddr,
    },
    /// Compile an adapter into the cache: what the gateway starts for itself, in a process with
    /// limits of its own.
    #[command(hide = true)]
    CompileAdapter {
        /// The component, or the core module it is made of.
        file: PathBuf,
        /// The cache's folder.
        cache: PathBuf,
    },
}
