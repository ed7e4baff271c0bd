//! The reading of a configuration's folder, and of nothing else.

use crate::check::{Folders, GATEWAY, ROUTES, conclude, examine, folders};
use crate::env::Env;
use crate::known::Known;
use crate::plan::Plan;
use crate::problem::{Problem, Problems};
use crate::reader::{Desk, NamedFile, NamedKind, Trouble};
use crate::text::SourceText;
use std::io;
use std::path::{Path, PathBuf};

/// Bytes that a file of a configuration may have.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// Reads and checks the configuration in `dir`, and looks whether the files that it names are
/// there. `known` says what it can name, given the folders of adapters and directories.
///
/// # Errors
/// Every problem, where at least one makes the configuration unusable.
pub fn load(
    dir: &Path,
    env: &dyn Env,
    known: impl FnOnce(&Folders) -> Known,
) -> Result<Plan, Problems> {
    let (files, problems) = read(dir);
    let known = known(&folders(&files, env));
    let mut desk = Desk::new(&files, env);
    let unread = !problems.is_empty();
    for problem in problems.0 {
        desk.report_file(problem);
    }
    let plan = examine(&files, &mut desk, &known).filter(|_| !unread);
    for named in std::mem::take(&mut desk.named) {
        look(&mut desk, &named);
    }
    conclude(plan, desk)
}

/// Reads `gateway.toml` and the `.toml` files in `routes/`, in the order of their names, and says
/// which could not be read.
#[must_use]
pub fn read(dir: &Path) -> (Vec<SourceText>, Problems) {
    let mut problems = Vec::new();
    let routes = dir.join(ROUTES);
    let mut paths: Vec<PathBuf> = match std::fs::read_dir(&routes) {
        Ok(entries) => entries.filter_map(|e| e.map(|e| e.path()).ok()).collect(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(error) => {
            problems.push(unreadable(&routes, &error));
            Vec::new()
        }
    };
    paths.retain(|path| path.extension().is_some_and(|e| e == "toml"));
    paths.sort();
    paths.insert(0, dir.join(GATEWAY));
    let mut files = Vec::new();
    for path in paths {
        match read_text(&path) {
            Ok(text) => files.push(SourceText {
                name: path.display().to_string(),
                text,
            }),
            // The check says that there is no gateway.toml.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => problems.push(unreadable(&path, &error)),
        }
    }
    (files, Problems(problems))
}

fn read_text(path: &Path) -> io::Result<String> {
    let bytes = std::fs::metadata(path)?.len();
    if bytes > FILE_BYTES_MAX {
        let message = format!("it has {bytes} bytes, at most {FILE_BYTES_MAX} are read");
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, message));
    }
    std::fs::read_to_string(path)
}

fn unreadable(path: &Path, error: &io::Error) -> Problem {
    let message = format!("this cannot be read: {error}");
    let help = "it must be UTF-8 text that the gateway's user may read";
    Trouble::error("unreadable_file", message, help).in_file(&path.display().to_string())
}

/// Holds what the configuration names against what is there.
fn look(desk: &mut Desk<'_>, named: &NamedFile) {
    let path = named.path.display();
    let metadata = match std::fs::metadata(&named.path) {
        Ok(metadata) => metadata,
        Err(error) if named.kind == NamedKind::Made && error.kind() == io::ErrorKind::NotFound => {
            return;
        }
        Err(error) => {
            let message = format!("{path} cannot be looked at: {error}");
            let trouble = match named.kind {
                NamedKind::Inbox => Trouble::warning(
                    "folder_missing",
                    message,
                    "no feed arrives until it is there",
                ),
                NamedKind::Outbox => Trouble::warning(
                    "folder_missing",
                    message,
                    "nothing is delivered until it is there",
                ),
                _ => Trouble::error("file_missing", message, "create it, or correct the path"),
            };
            return desk.report(&named.spot, trouble);
        }
    };
    let folder = matches!(
        named.kind,
        NamedKind::Folder | NamedKind::Inbox | NamedKind::Outbox | NamedKind::Made
    );
    if metadata.is_dir() != folder {
        let (is, wanted) = if folder {
            ("no folder", "folder")
        } else {
            ("a folder", "file")
        };
        let help = format!("name a {wanted}");
        let trouble = Trouble::error("file_missing", format!("{path} is {is}"), help);
        return desk.report(&named.spot, trouble);
    }
    if named.kind == NamedKind::Secret && is_world_readable(&metadata) {
        let message = format!("every user of this machine can read {path}, which keeps a secret");
        let help = format!("chmod o-rwx {path}");
        desk.report(
            &named.spot,
            Trouble::error("secret_world_readable", message, help),
        );
    }
}

#[cfg(unix)]
fn is_world_readable(metadata: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    metadata.permissions().mode() & 0o004 != 0
}

/// Elsewhere permissions are no bits: the folder's own rules count.
#[cfg(not(unix))]
fn is_world_readable(_: &std::fs::Metadata) -> bool {
    false
}

#[cfg(test)]
mod tests;
