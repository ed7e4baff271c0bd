//! The port to the disk: the few operations whose order and barriers durability rests on.
//!
//! What a test's twin may forget: anything written since the last `sync_data` of its file, any
//! name made, changed or removed since the last `sync_dir`.

use std::fs::{File, OpenOptions};
use std::io::{self, IoSlice};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// One folder of files.
pub(crate) trait Disk: Send + Sync + 'static {
    /// Names of all files.
    fn list(&self) -> io::Result<Vec<String>>;
    /// An empty file with room for `bytes`, zeros; replaces what has the name.
    fn create(&self, name: &str, bytes: u64) -> io::Result<Arc<dyn DiskFile>>;
    /// A file that exists.
    fn open(&self, name: &str) -> io::Result<Arc<dyn DiskFile>>;
    /// Changes a name; replaces what has the new one.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;
    /// Removes a name.
    fn remove(&self, name: &str) -> io::Result<()>;
    /// Barrier: names are durable.
    fn sync_dir(&self) -> io::Result<()>;
}

/// One open file.
pub(crate) trait DiskFile: Send + Sync {
    /// Its length.
    fn bytes(&self) -> io::Result<u64>;
    /// Writes all parts, one after the other, beginning at `offset`.
    fn write_at(&self, offset: u64, parts: &[&[u8]]) -> io::Result<()>;
    /// Fills `into` from `offset`.
    fn read_at(&self, offset: u64, into: &mut [u8]) -> io::Result<()>;
    /// Sets the length.
    fn resize(&self, bytes: u64) -> io::Result<()>;
    /// Barrier: content and length are durable.
    fn sync_data(&self) -> io::Result<()>;
}

/// A folder of the file system.
pub(crate) struct RealDisk {
    folder: PathBuf,
}

impl RealDisk {
    /// Makes the folder where there is none.
    pub(crate) fn new(folder: &Path) -> io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        if let Some(parent) = folder.parent() {
            File::open(parent)?.sync_all()?;
        }
        Ok(Self {
            folder: folder.to_owned(),
        })
    }
}

impl Disk for RealDisk {
    fn list(&self) -> io::Result<Vec<String>> {
        names(&self.folder)
    }

    fn create(&self, name: &str, bytes: u64) -> io::Result<Arc<dyn DiskFile>> {
        let path = self.folder.join(name);
        let mut options = OpenOptions::new();
        let file = options
            .read(true)
            .write(true)
            .create(true)
            .truncate(true)
            .open(path)?;
        if bytes > 0 {
            rustix::fs::fallocate(&file, rustix::fs::FallocateFlags::empty(), 0, bytes)?;
        }
        Ok(Arc::new(RealFile(file)))
    }

    fn open(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .open(self.folder.join(name))?;
        Ok(Arc::new(RealFile(file)))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        std::fs::rename(self.folder.join(from), self.folder.join(to))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        std::fs::remove_file(self.folder.join(name))
    }

    fn sync_dir(&self) -> io::Result<()> {
        File::open(&self.folder)?.sync_all()
    }
}

struct RealFile(File);

impl DiskFile for RealFile {
    fn bytes(&self) -> io::Result<u64> {
        self.0.metadata().map(|meta| meta.len())
    }

    fn write_at(&self, offset: u64, parts: &[&[u8]]) -> io::Result<()> {
        let slices: Vec<IoSlice<'_>> = parts.iter().map(|part| IoSlice::new(part)).collect();
        let mut written =
            rustix::io::retry_on_intr(|| rustix::io::pwritev(&self.0, &slices, offset))?;
        // What one call did not write goes part by part.
        let mut at = offset;
        for part in parts {
            let done = written.min(part.len());
            if let Some(rest) = part.get(done..).filter(|rest| !rest.is_empty()) {
                self.0.write_all_at(rest, at + done as u64)?;
            }
            written -= done;
            at += part.len() as u64;
        }
        Ok(())
    }

    fn read_at(&self, offset: u64, into: &mut [u8]) -> io::Result<()> {
        self.0.read_exact_at(into, offset)
    }

    fn resize(&self, bytes: u64) -> io::Result<()> {
        self.0.set_len(bytes)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.0.sync_data()
    }
}

/// A folder that belongs to somebody else. Reading goes as ever; what recovery would remove, cut
/// off or write again is left as it is, and nothing can be made.
pub(crate) struct ReadOnlyDisk {
    folder: PathBuf,
}

impl ReadOnlyDisk {
    pub(crate) fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
        }
    }
}

impl Disk for ReadOnlyDisk {
    fn list(&self) -> io::Result<Vec<String>> {
        names(&self.folder)
    }

    fn create(&self, _: &str, _: u64) -> io::Result<Arc<dyn DiskFile>> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }

    fn open(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        let file = File::open(self.folder.join(name))?;
        Ok(Arc::new(ReadOnlyFile(RealFile(file))))
    }

    fn rename(&self, _: &str, _: &str) -> io::Result<()> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }

    fn remove(&self, _: &str) -> io::Result<()> {
        Ok(())
    }

    fn sync_dir(&self) -> io::Result<()> {
        Ok(())
    }
}

struct ReadOnlyFile(RealFile);

impl DiskFile for ReadOnlyFile {
    fn bytes(&self) -> io::Result<u64> {
        self.0.bytes()
    }

    fn write_at(&self, _: u64, _: &[&[u8]]) -> io::Result<()> {
        Ok(())
    }

    fn read_at(&self, offset: u64, into: &mut [u8]) -> io::Result<()> {
        self.0.read_at(offset, into)
    }

    fn resize(&self, _: u64) -> io::Result<()> {
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }
}

/// Names of all files of a folder.
fn names(folder: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        if let Ok(name) = entry?.file_name().into_string() {
            names.push(name);
        }
    }
    Ok(names)
}
