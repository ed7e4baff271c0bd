//! Logs: structured, to standard error, without a personal id in them.

use std::io::IsTerminal as _;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::time::ChronoLocal;

/// Starts logging at `level` (`RUST_LOG` goes before it), as JSON lines or as text.
pub(crate) fn start(level: &str, json: bool) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(level));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_timer(ChronoLocal::rfc_3339());
    // A second start, in a process that has one already, changes nothing.
    let started = if json {
        builder.json().try_init()
    } else {
        builder.try_init()
    };
    if let Err(error) = started {
        eprintln!("logging does not start: {error}");
    }
}
