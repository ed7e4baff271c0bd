//! Files on this machine, durably.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::line::Look;

/// Makes the file hold `bytes`.
pub(super) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Gives a file another name, in the place of whatever had it.
pub(super) fn rename(from: &Path, to: &Path) -> io::Result<()> {
    fs::rename(from, to)?;
    let dir = to.parent().unwrap_or(Path::new("."));
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

/// What a file holds, if it is there; of a long one as much as is asked for.
pub(super) fn read(path: &Path, bytes_max: u64) -> io::Result<Option<(Vec<u8>, Look)>> {
    let Some(file) = absent_is_none(File::open(path))? else {
        return Ok(None);
    };
    let metadata = file.metadata()?;
    let mut bytes = Vec::new();
    file.take(bytes_max).read_to_end(&mut bytes)?;
    let look = Look {
        bytes: metadata.len(),
        modified: (metadata.mtime(), metadata.mtime_nsec()),
    };
    Ok(Some((bytes, look)))
}

pub(super) fn names(dir: &Path) -> io::Result<HashSet<String>> {
    let name = |entry: io::Result<fs::DirEntry>| Ok(entry?.file_name().to_string_lossy().into());
    fs::read_dir(dir)?.map(name).collect()
}

pub(super) fn is_there(path: &Path) -> io::Result<bool> {
    Ok(absent_is_none(path.metadata())?.is_some())
}

fn absent_is_none<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
