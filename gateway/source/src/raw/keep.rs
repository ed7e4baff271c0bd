//! Keeping a feed while it is read.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use zstd::stream::write::Encoder;

use super::label::LABEL_BYTES;
use super::{FILE_MODE, Kept, Label, Name, RawError, Store, make, names};

/// Little time, and text still shrinks to an eighth.
const LEVEL: i32 = 1;
const PART: &str = ".part";

/// A copy on its way. What went wrong is told at its end: a feed is read on without it.
pub struct Keeper {
    route: String,
    part: Part,
    copy: io::Result<Encoder<'static, File>>,
}

/// The unfinished file; removed when dropped.
#[derive(Debug)]
struct Part(PathBuf);

impl Drop for Part {
    fn drop(&mut self) {
        // A finished copy has left this name.
        drop(fs::remove_file(&self.0));
    }
}

impl Keeper {
    /// Takes in the next raw bytes.
    pub(crate) fn write(&mut self, raw: &[u8]) {
        let Ok(copy) = &mut self.copy else { return };
        if let Err(error) = copy.write_all(raw) {
            self.copy = Err(error);
            // A full disk gets its room back at once.
            drop(fs::remove_file(&self.part.0));
        }
    }
}

impl Store {
    /// Begins the copy of a feed of `route`. One feed of a route is read at a time.
    ///
    /// # Errors
    /// If there is no room, or the folder cannot be used.
    pub fn begin(&self, route: &str, now_ms: i64) -> Result<Keeper, RawError> {
        let folder = self.folder(route);
        make(&folder)?;
        self.make_room(now_ms)?;
        let number = {
            let mut tally = self.tally();
            if !tally.newest.contains_key(route) {
                clear_parts(&folder)?;
                let newest = names(&folder)?.pop();
                tally.newest.insert(route.to_owned(), newest);
            }
            tally.parts += 1;
            tally.parts
        };
        let path = folder.join(format!(".{number}{PART}"));
        let copy = begin(&path).map_err(|source| RawError::Write {
            path: path.clone(),
            source,
        })?;
        Ok(Keeper {
            route: route.to_owned(),
            part: Part(path),
            copy: Ok(copy),
        })
    }

    /// The feed is read to its end: what `keeper` has is its copy, on disk under its name when
    /// this returns. The label's time is moved on where the route has a copy of that time.
    ///
    /// # Errors
    /// If it could not be written; then there is no copy.
    pub fn finish(&self, keeper: Keeper, mut label: Label) -> Result<Kept, RawError> {
        let Keeper { route, part, copy } = keeper;
        let failed = |source| RawError::Write {
            path: part.0.clone(),
            source,
        };
        let before = self.tally().newest.get(&route).cloned().flatten();
        let after = before.as_ref().map_or(i64::MIN, |name| name.kept_ms);
        label.kept_ms = label.kept_ms.max(after.saturating_add(1)).max(0);
        let file = copy.and_then(Encoder::finish).map_err(failed)?;
        let stored_bytes = end(&file, &label).map_err(failed)?;
        let folder = self.folder(&route);
        let name = Name::new(label.kept_ms, &label.sha256);
        let path = folder.join(name.file());
        fs::rename(&part.0, &path).map_err(failed)?;
        // The same feed once more, before any other: a crash came between its copy and its end.
        let again = before.filter(|before| before.digits == name.digits);
        let replaced = again.filter(|before| self.is(&folder, before, &label));
        if let Some(before) = &replaced {
            fs::remove_file(folder.join(before.file())).map_err(failed)?;
        }
        sync(&folder).map_err(failed)?;
        self.tally().newest.insert(route.clone(), Some(name));
        self.stored(stored_bytes, label.kept_ms);
        Ok(Kept {
            route,
            label,
            path,
            stored_bytes,
        })
    }

    fn is(&self, folder: &Path, name: &Name, label: &Label) -> bool {
        let found = super::label::read(&folder.join(name.file()));
        found.is_ok_and(|(found, _)| (&found.name, found.sha256) == (&label.name, label.sha256))
    }
}

fn begin(path: &Path) -> io::Result<Encoder<'static, File>> {
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(FILE_MODE)
        .open(path)?;
    file.seek(SeekFrom::Start(LABEL_BYTES as u64))?;
    let mut copy = Encoder::new(file, LEVEL)?;
    copy.include_checksum(true)?;
    Ok(copy)
}

/// Writes the label in front, and all of it to disk; its bytes there.
fn end(file: &File, label: &Label) -> io::Result<u64> {
    file.write_all_at(&label.encode()?, 0)?;
    file.sync_all()?;
    Ok(file.metadata()?.len())
}

/// Removes what a killed gateway left unfinished.
fn clear_parts(folder: &Path) -> Result<(), RawError> {
    let failed = |source| RawError::folder(folder, source);
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        if name.is_some_and(|name| name.starts_with('.') && name.ends_with(PART)) {
            fs::remove_file(&path).map_err(failed)?;
        }
    }
    Ok(())
}

fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}
