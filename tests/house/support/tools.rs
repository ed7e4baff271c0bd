//! Servers and tools of others that some tests need.

use std::path::{Path, PathBuf};

/// A program by its name, if it is installed. Where it is not, a line says what is skipped; with
/// `REQUIRE_TOOLS=1` that is a failure.
pub(crate) fn tool(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    folders.extend(["/usr/sbin", "/sbin"].map(PathBuf::from));
    // Debian keeps those of PostgreSQL apart, by version.
    let versions = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten();
    folders.extend(versions.flatten().map(|version| version.path().join("bin")));
    let found = folders.iter().map(|folder| folder.join(name));
    let found = found.filter(|file| Path::is_file(file)).last();
    if found.is_none() {
        let required = std::env::var_os("REQUIRE_TOOLS").is_some_and(|word| word == "1");
        assert!(!required, "{name} is required here and not installed");
        eprintln!("SKIPPED: {name} is not installed");
    }
    found
}
