//! From the plan of a source on another machine to the source.

use super::{after, order, readiness};
use crate::machines;
use credit_config::RemotePlan;
use credit_source::files::after::Withheld;
use credit_source::remote::{Remote, RemoteError, RemoteSource};
use std::path::PathBuf;
use std::sync::Arc;
use tokio::runtime::Handle;

/// What was withheld, and where copies are kept.
type Remembered = (Arc<Withheld>, PathBuf);

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
