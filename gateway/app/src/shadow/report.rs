//! What a shadow found, an entry a line, in a file that does not grow for ever.

use super::{failed, folder};
use crate::compare::{Compared, Difference};
use crate::failure::Failure;
use serde::{Deserialize, Serialize};
use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// Where a report is begun anew, and the one before it forgotten.
const REPORT_BYTES_MAX: u64 = 8 << 20;

/// One entry.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "entry", rename_all = "snake_case")]
pub(crate) enum Entry {
    /// What is different in a feed.
    Difference(Difference),
    /// A feed was compared.
    Feed(Compared),
    /// A feed was not compared.
    Dropped {
        route: String,
        file: String,
        why: String,
    },
}

/// The report of one adapter's shadow.
pub(crate) struct Report {
    path: PathBuf,
}

impl Report {
    /// That of the adapter `name`.
    pub(crate) fn of(state: &Path, name: &str) -> Self {
        let path = folder(state).join(format!("{name}.report"));
        Self { path }
    }

    /// Adds entries, all of them or what a crash leaves of them.
    pub(super) fn add(&self, entries: impl IntoIterator<Item = Entry>) -> Result<(), Failure> {
        let mut lines = Vec::new();
        for entry in entries {
            serde_json::to_writer(&mut lines, &entry).map_err(|e| failed(&self.path, &e))?;
            lines.push(b'\n');
        }
        let written = self.make_room().and_then(|()| {
            let mut options = OpenOptions::new();
            let options = options.create(true).append(true).mode(0o600);
            options.open(&self.path)?.write_all(&lines)
        });
        written.map_err(|e| failed(&self.path, &e))
    }

    /// All entries that are there, oldest first. A line that a crash cut off is left out.
    pub(crate) fn entries(&self) -> Result<Vec<Entry>, Failure> {
        let mut entries = Vec::new();
        for path in [self.earlier(), self.path.clone()] {
            let text = match std::fs::read_to_string(&path) {
                Ok(text) => text,
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(failed(&path, &error)),
            };
            entries.extend(text.lines().filter_map(|l| serde_json::from_str(l).ok()));
        }
        Ok(entries)
    }

    /// Begins anew.
    pub(super) fn forget(&self) -> Result<(), Failure> {
        for path in [self.earlier(), self.path.clone()] {
            match std::fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(failed(&path, &error));
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn make_room(&self) -> io::Result<()> {
        match std::fs::metadata(&self.path) {
            Ok(there) if there.len() > REPORT_BYTES_MAX => {
                std::fs::rename(&self.path, self.earlier())
            }
            _ => Ok(()),
        }
    }

    fn earlier(&self) -> PathBuf {
        self.path.with_extension("earlier")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_has_an_end_and_a_line_cut_off_costs_that_line() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("shadow")).unwrap();
        let report = Report::of(dir.path(), "tax");
        let entry = |n: u32| Entry::Dropped {
            route: "r".to_owned(),
            file: format!("{n}{}", "x".repeat(1 << 20)),
            why: "why".to_owned(),
        };
        for n in 0..40 {
            report.add([entry(n)]).unwrap();
        }
        let bytes = |path: &Path| std::fs::metadata(path).unwrap().len();
        let all = bytes(&report.path) + bytes(&report.earlier());
        assert!(all < 2 * REPORT_BYTES_MAX + (4 << 20), "{all}");
        let before = report.entries().unwrap().len();
        let mut text = std::fs::read(&report.path).unwrap();
        text.truncate(text.len() - 10);
        std::fs::write(&report.path, &text).unwrap();
        assert_eq!(report.entries().unwrap().len(), before - 1);
        report.forget().unwrap();
        assert!(report.entries().unwrap().is_empty());
    }
}
