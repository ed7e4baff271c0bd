//! What becomes of files that were taken to their end.

use std::collections::HashSet;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::digest::{hex, unhex};

/// What becomes of a file that was taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum After {
    /// It stays where it is.
    #[default]
    Keep,
    /// It is moved.
    Archive {
        /// Where to.
        dir: PathBuf,
    },
    /// It is deleted.
    Delete,
}

/// Contents that were read to their end and not taken: an adapter refused the whole, or its totals
/// did not agree. Their files stay, for a person to look at.
#[derive(Debug, Default)]
pub struct Withheld {
    path: Option<PathBuf>,
    digests: Mutex<HashSet<[u8; 32]>>,
}

impl Withheld {
    /// Those written down in the file at `path`.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn open(path: &Path) -> io::Result<Self> {
        let text = match fs::read_to_string(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            read => read?,
        };
        Ok(Self {
            path: Some(path.to_owned()),
            digests: Mutex::new(text.lines().filter_map(unhex).collect()),
        })
    }

    /// Writes one down, before it is remembered as read.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn add(&self, sha256: [u8; 32]) -> io::Result<()> {
        if let Some(path) = &self.path {
            let mut file = OpenOptions::new().append(true).create(true).open(path)?;
            // A line that a crash tore ends here.
            file.write_all(format!("\n{}\n", hex(&sha256)).as_bytes())?;
            file.sync_all()?;
        }
        self.lock().insert(sha256);
        Ok(())
    }

    /// It is one of them.
    #[must_use]
    pub fn has(&self, sha256: &[u8; 32]) -> bool {
        self.lock().contains(sha256)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashSet<[u8; 32]>> {
        self.digests.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Moves or deletes files of a folder.
pub(super) fn sweep(after: &After, dir: &Path, names: &[String]) -> io::Result<()> {
    for name in names {
        let path = dir.join(name);
        match after {
            After::Keep => {}
            After::Delete => fs::remove_file(path)?,
            After::Archive { dir } => {
                fs::create_dir_all(dir)?;
                let to = free_name(name, |name| dir.join(name).symlink_metadata().is_ok());
                fs::rename(path, dir.join(to))?;
            }
        }
    }
    Ok(())
}

/// `name`, or a name like it that is not taken: nothing in an archive is written over.
pub(crate) fn free_name(name: &str, is_taken: impl Fn(&str) -> bool) -> String {
    let mut free = name.to_owned();
    let mut n = 1_u32;
    while is_taken(&free) {
        n += 1;
        free = format!("{name}.{n}");
    }
    free
}
