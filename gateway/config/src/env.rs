//! The ports to the outside: the environment, and the files that secrets lie in.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

/// The environment of the process.
pub trait Env {
    /// The value of the variable `name`, where it is set and is text.
    fn var(&self, name: &str) -> Option<String>;
}

/// What secrets are read from.
pub trait Secrets: Env {
    /// The text of the file at `path`.
    ///
    /// # Errors
    /// It cannot be read, or is no UTF-8.
    fn file(&self, path: &Path) -> io::Result<String>;
}

/// The process's own environment and files.
#[derive(Clone, Copy, Debug, Default)]
pub struct ProcessEnv;

impl Env for ProcessEnv {
    fn var(&self, name: &str) -> Option<String> {
        std::env::var(name).ok()
    }
}

impl Secrets for ProcessEnv {
    fn file(&self, path: &Path) -> io::Result<String> {
        std::fs::read_to_string(path)
    }
}

impl Env for BTreeMap<String, String> {
    fn var(&self, name: &str) -> Option<String> {
        self.get(name).cloned()
    }
}
