//! Whether something has changed on a shelf, told by a few looks at files.

use crate::shelf::{Shelves, standing_path};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// What the files that decide about an adapter looked like. Whatever replaces one, or writes into
/// it, makes another stamp.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Stamp(Vec<(PathBuf, Option<Look>)>);

/// Device, inode, size and time of the last change.
type Look = (u64, u64, u64, (i64, i64));

impl Stamp {
    /// How they look now: what was decided, what lies unpacked, and whom the operator trusts.
    pub(super) fn of(shelves: &Shelves, name: &str) -> Self {
        let mut paths = Vec::new();
        if let Some(folder) = shelves.folder.as_ref().map(|f| f.join(name)) {
            paths.push(standing_path(&folder));
            paths.extend(["adapter.toml", "adapter.wasm"].map(|file| folder.join(file)));
        }
        let keys = shelves.gate.trust.as_ref().map(std::fs::read_dir);
        let keys = keys.into_iter().flatten().flatten().flatten();
        let keys = keys.map(|e| e.path());
        paths.extend(keys);
        paths.sort();
        let looked = paths.into_iter().map(|path| {
            let look = look(&path);
            (path, look)
        });
        Self(looked.collect())
    }
}

fn look(path: &Path) -> Option<Look> {
    let found = std::fs::metadata(path).ok()?;
    let changed = (found.ctime(), found.ctime_nsec());
    Some((found.dev(), found.ino(), found.len(), changed))
}
