//! Real servers, where they are installed.

use std::net::TcpListener;
use std::path::{Path, PathBuf};

/// The program called `name`. Where it is not installed a line says what is skipped; with
/// `REQUIRE_TOOLS` in the environment that is a failure.
pub(crate) fn tool(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let more = ["/usr/sbin", "/usr/local/sbin"].map(PathBuf::from);
    // Debian keeps those of PostgreSQL apart, by version.
    let versions = std::fs::read_dir("/usr/lib/postgresql");
    let versions = versions.into_iter().flatten().flatten();
    let found = std::env::split_paths(&path)
        .chain(more)
        .chain(versions.map(|version| version.path().join("bin")))
        .map(|folder: PathBuf| Path::new(&folder).join(name))
        .find(|program| program.is_file());
    if found.is_none() {
        let missing = format!("SKIPPED: {name} is not installed");
        assert!(std::env::var_os("REQUIRE_TOOLS").is_none(), "{missing}");
        eprintln!("{missing}");
    }
    found
}

/// A port that nobody listens on.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}
