//! What stands in the folder.

use std::fs::{self, DirEntry};
use std::io;
use std::path::Path;

use super::{FilesSource, FoundFile, Held, HeldReason, Order, Stamp};

/// The files of a source in its order, and what is named like one but cannot be.
pub(super) struct Listing {
    pub(super) files: Vec<FoundFile>,
    pub(super) held: Vec<Held>,
}

/// Lists the folder.
pub(super) fn list(source: &FilesSource) -> io::Result<Listing> {
    let dir = source.dir.canonicalize()?;
    let mut listing = Listing {
        files: Vec::new(),
        held: Vec::new(),
    };
    for entry in fs::read_dir(&dir)? {
        let entry = entry?;
        let name = entry.file_name();
        let lossy = name.to_string_lossy();
        if !wanted(source, &lossy, &entry) {
            continue;
        }
        let looked = match name.to_str() {
            Some(name) => look(&dir, name),
            None => Err(HeldReason::NameNotUtf8),
        };
        match looked {
            Ok(Some(file)) => listing.files.push(file),
            Ok(None) => {}
            Err(reason) => listing.held.push(Held {
                name: lossy.into_owned(),
                reason,
            }),
        }
    }
    match source.order {
        Order::Name => listing.files.sort_by(|a, b| a.name.cmp(&b.name)),
        Order::Modified => listing
            .files
            .sort_by(|a, b| (a.stamp.modified_ns, &a.name).cmp(&(b.stamp.modified_ns, &b.name))),
    }
    listing.held.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(listing)
}

/// The file called `name` in `dir`, if it is one that may be read.
pub(super) fn find(dir: &Path, name: &str) -> Option<FoundFile> {
    let plain = Path::new(name)
        .file_name()
        .is_some_and(|plain| plain == name);
    if !plain {
        return None;
    }
    look(&dir.canonicalize().ok()?, name).ok().flatten()
}

fn wanted(source: &FilesSource, name: &str, entry: &DirEntry) -> bool {
    let folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
    !folder
        && !name.starts_with('.')
        && !name.ends_with(".ok")
        && !name.ends_with(".tmp")
        && source.glob.is_match(name)
}

/// The file called `name` in `dir`, unless it went away meanwhile.
fn look(dir: &Path, name: &str) -> Result<Option<FoundFile>, HeldReason> {
    let unreadable = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound => Ok(None),
        _ => Err(HeldReason::Unreadable { source }),
    };
    let path = match dir.join(name).canonicalize() {
        Ok(path) => path,
        Err(error) => return unreadable(error),
    };
    if !path.starts_with(dir) {
        return Err(HeldReason::LeavesFolder);
    }
    match path.symlink_metadata() {
        Ok(metadata) if metadata.is_file() => Ok(Some(FoundFile {
            path,
            name: name.to_owned(),
            stamp: Stamp::of(&metadata),
        })),
        Ok(_) => Err(HeldReason::NotAFile),
        Err(error) => unreadable(error),
    }
}
