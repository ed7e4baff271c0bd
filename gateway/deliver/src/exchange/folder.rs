//! The folder, and the memory of what was placed in it last: one file a route.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

/// Longest receipt that is read.
const RECEIPT_BYTES_MAX: u64 = 64 << 20;
/// Longest memory: a name and a time.
const MEMORY_BYTES_MAX: u64 = 4_096;

pub(super) struct Folder {
    /// Both sides see it.
    pub(super) dir: PathBuf,
    /// The gateway's alone.
    pub(super) memory: PathBuf,
    /// Of files of rows.
    pub(super) ending: String,
}

/// How a file looked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Look {
    pub(super) path: PathBuf,
    bytes: u64,
    modified: (i64, i64),
}

/// What is known of a parcel's files.
pub(super) enum Found {
    /// The receiver has answered.
    Receipt(Vec<u8>, Look),
    /// It was placed then, in Unix milliseconds.
    Placed { at_ms: i64 },
    /// It was not placed, or not wholly.
    Nothing,
}

impl Folder {
    pub(super) fn find(&self, route: &str, stem: &str) -> io::Result<Found> {
        let receipt = self.file(stem, "rsp");
        if let Some((bytes, look)) = absent_is_none(read(&receipt, RECEIPT_BYTES_MAX))? {
            return Ok(Found::Receipt(bytes, look));
        }
        let remembered = absent_is_none(read(&self.memory.join(route), MEMORY_BYTES_MAX))?;
        let remembered = remembered.and_then(|(bytes, _)| {
            let text = String::from_utf8(bytes).ok()?;
            let (at_ms, name) = text.trim_end().split_once(' ')?;
            (name == stem).then(|| at_ms.parse().ok())?
        });
        if let Some(at_ms) = remembered {
            return Ok(Found::Placed { at_ms });
        }
        // Placed just before a crash.
        let Some(control) = absent_is_none(self.file(stem, "ok").metadata())? else {
            return Ok(Found::Nothing);
        };
        let at = control.modified()?.duration_since(UNIX_EPOCH);
        let at_ms = i64::try_from(at.unwrap_or_default().as_millis()).unwrap_or(i64::MAX);
        self.remember(route, stem, at_ms)?;
        Ok(Found::Placed { at_ms })
    }

    /// Places a file of rows, and last its control file.
    pub(super) fn place(
        &self,
        route: &str,
        stem: &str,
        rows: &[u8],
        control: &str,
        now_ms: i64,
    ) -> io::Result<()> {
        let named = self.file(stem, &self.ending);
        let there = absent_is_none(read(&named, rows.len() as u64 + 1))?;
        if there.is_none_or(|(bytes, _)| bytes != rows) {
            write(&self.file(stem, "tmp"), &named, rows)?;
        }
        write(
            &self.file(stem, "ok.tmp"),
            &self.file(stem, "ok"),
            control.as_bytes(),
        )?;
        self.remember(route, stem, now_ms)
    }

    fn remember(&self, route: &str, stem: &str, at_ms: i64) -> io::Result<()> {
        fs::create_dir_all(&self.memory)?;
        let path = self.memory.join(route);
        let text = format!("{at_ms} {stem}\n");
        let tmp = self.memory.join(format!("{route}.tmp"));
        write(&tmp, &path, text.as_bytes())
    }

    fn file(&self, stem: &str, ending: &str) -> PathBuf {
        self.dir.join(format!("{stem}.{ending}"))
    }
}

/// Makes `path` hold `bytes`, durably and all at once.
fn write(tmp: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .open(tmp)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(tmp, path)?;
    let dir = path.parent().unwrap_or(Path::new("."));
    match File::open(dir)?.sync_all() {
        // Some network file systems have no barrier for a folder.
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported
            ) =>
        {
            Ok(())
        }
        done => done,
    }
}

fn read(path: &Path, bytes_max: u64) -> io::Result<(Vec<u8>, Look)> {
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    let mut bytes = Vec::new();
    file.take(bytes_max).read_to_end(&mut bytes)?;
    let look = Look {
        path: path.to_owned(),
        bytes: metadata.len(),
        modified: (metadata.mtime(), metadata.mtime_nsec()),
    };
    Ok((bytes, look))
}

fn absent_is_none<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
