//! Compiling an adapter: once, before it serves, and in a process of its own with limits.
//!
//! A component is a stranger's, and compilers are large: one that eats the machine takes its own
//! process down and nothing else. What it leaves in the cache is found there by the gateway.

use crate::exit::Exit;
use crate::failure::Failure;
use credit_adapter::{Installed, Sandbox};
use rustix::process::{Resource, Rlimit, setrlimit};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Processor time that compiling may take.
const CPU_SECONDS_MAX: u64 = 180;
/// Memory that compiling may take.
const DATA_BYTES_MAX: u64 = 4 << 30;

/// Sees to it that the compiled form of `installed` is in `cache`.
pub(crate) fn ensure(installed: &Installed, cache: &Path) -> Result<(), Failure> {
    let name = &installed.manifest.name;
    let stem: String = installed
        .sha256
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect();
    let marker = cache.join(format!("{stem}.compiled"));
    if marker.exists() {
        return Ok(());
    }
    tracing::info!(adapter = name, "compiling the adapter, once");
    let failed = |what: &str, error: &std::io::Error| {
        Failure::new(Exit::Failed, format!("adapter {name}: {what}: {error}"))
    };
    let mut file = tempfile::NamedTempFile::new_in(cache).map_err(|e| failed("cache", &e))?;
    file.write_all(&installed.component)
        .map_err(|e| failed("cache", &e))?;
    let own = std::env::current_exe().map_err(|e| failed("own binary", &e))?;
    let compiled = Command::new(own)
        .arg("compile-adapter")
        .arg(file.path())
        .arg(cache)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .output()
        .map_err(|e| failed("the compiler does not start", &e))?;
    if compiled.status.success() {
        return std::fs::write(&marker, b"").map_err(|e| failed("cache", &e));
    }
    let said = String::from_utf8_lossy(&compiled.stderr);
    let said = said.trim().trim_start_matches("error: ");
    let said = if said.is_empty() {
        "it took too much time or memory"
    } else {
        said
    };
    Err(Failure::new(
        Exit::Failed,
        format!("adapter {name} does not compile: {said}"),
    ))
}

/// What the process of its own does.
pub(crate) fn run(file: &Path, cache: &Path) -> Result<Exit, Failure> {
    for (resource, most) in [
        (Resource::Cpu, CPU_SECONDS_MAX),
        (Resource::Data, DATA_BYTES_MAX),
    ] {
        let limit = Rlimit {
            current: Some(most),
            maximum: Some(most),
        };
        setrlimit(resource, limit)
            .map_err(|e| Failure::new(Exit::Failed, format!("limits cannot be set: {e}")))?;
    }
    let bytes = std::fs::read(file).map_err(|e| Failure::of(Exit::Failed, &e))?;
    let sandbox = Sandbox::start(cache, credit_adapter::STACK_BYTES)
        .map_err(|e| Failure::of(Exit::Failed, &e))?;
    sandbox
        .compile(&bytes)
        .map_err(|e| Failure::of(Exit::Failed, &e))?;
    Ok(Exit::Done)
}

/// The cache of compiled adapters in the state folder: its owner's alone, for what lies there is
/// trusted like the binary.
pub(crate) fn cache(state: &Path) -> Result<PathBuf, Failure> {
    use std::os::unix::fs::DirBuilderExt as _;
    let folder = state.join("compiled");
    let made = std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&folder);
    made.and_then(|()| folder.canonicalize())
        .map_err(|e| Failure::new(Exit::Failed, format!("{}: {e}", folder.display())))
}
