//! From the plan of a source on another machine to the source.

use super::{after, order, readiness};
use crate::machines;
use credit_config::RemotePlan;
use credit_source::files::after::Withheld;
use credit_source::remote::{KNOWN, Remote, RemoteError, RemoteSource};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::runtime::Handle;

/// What was withheld, and where copies are kept.
type Remembered = (Arc<Withheld>, PathBuf);

/// Where copies of other machines' files are kept, and what is known of those files.
pub(super) fn copies(route: &str, state: &Path) -> PathBuf {
    state.join("spool").join(format!("{route}.files"))
}

/// What the source of `route` knows of files on another machine, for a source in the folder `to`
/// that is to leave `state` as it is: what was read need not be copied to be known again.
pub(crate) fn lend(route: &str, state: &Path, to: &Path) -> io::Result<()> {
    let (from, to) = (copies(route, state), copies(route, to));
    let Ok(known) = std::fs::read(from.join(KNOWN)) else {
        return Ok(());
    };
    std::fs::create_dir_all(&to)?;
    std::fs::write(to.join(KNOWN), known)
}

pub(super) fn remote(
    plan: &RemotePlan,
    (withheld, spool_dir): Remembered,
    runtime: Handle,
) -> Result<Remote, RemoteError> {
    let source = RemoteSource {
        glob: plan.files.glob.clone(),
        ready: readiness(&plan.files),
        order: order(&plan.files),
        after: after(&plan.files),
        withheld,
        file_bytes_max: plan.file_bytes_max,
        spool_dir,
    };
    let dir = plan.files.dir.to_string_lossy().into_owned();
    let host = machines::host(&plan.machine, dir, plan.copy);
    Remote::at(source, host, runtime)
}
