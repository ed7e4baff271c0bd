//! The engine and its limits: one for the whole process.

use crate::call::{Adapter, Guest};
use crate::component::{self, ComponentError};
use crate::contract::AdapterPre;
use crate::installed::Installed;
use crate::limits::{self, LIMITS, Limits, TABLE_ELEMENTS_MAX};
use std::path::Path;
use std::sync::{Arc, Weak};
use std::time::Duration;
use wasmtime::component::{HasSelf, Linker};
use wasmtime::{
    Cache, CacheConfig, Config, Engine, InstanceAllocationStrategy, PoolingAllocationConfig,
};

/// How often the clock of deadlines ticks.
pub(crate) const TICK: Duration = Duration::from_millis(5);
/// Calls that can be under way at once; a route has one at a time.
const CALLS_MAX: u32 = 64;
/// Memory that a slot keeps from call to call: without it a quarter of the time is page faults.
const RESIDENT_BYTES: usize = 8 * 1024 * 1024;
/// Core instances of one component: the module, and the shims that the encoder adds. A Python
/// adapter links its interpreter of 38.
const CORE_INSTANCES_MAX: u32 = 64;

/// Why the sandbox cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// The cache's folder cannot be used.
    #[error("the cache of compiled adapters cannot be used")]
    Cache(#[source] wasmtime::Error),
    /// The engine does not start with these settings on this machine.
    #[error("the WebAssembly engine does not start")]
    Engine(#[source] wasmtime::Error),
    /// The adapter is not one.
    #[error(transparent)]
    Component(#[from] ComponentError),
    /// The component does not fit the contract.
    #[error("the adapter does not fit the contract")]
    Link(#[source] wasmtime::Error),
}

/// The engine, its linker and its clock.
pub struct Sandbox {
    engine: Engine,
    linker: Linker<Guest>,
    clock: Arc<()>,
}

impl Sandbox {
    /// Starts an engine that keeps compiled components in `cache`, a folder that only the
    /// gateway's own user may write to: what lies there is trusted like the binary. A guest's
    /// stack is the engine's, so it is the same for all.
    ///
    /// # Errors
    /// The folder cannot be used, or the engine does not start.
    pub fn start(cache: &Path, stack_bytes: u64) -> Result<Self, SandboxError> {
        let engine = Engine::new(&config(cache, stack_bytes)?).map_err(SandboxError::Engine)?;
        let mut linker = Linker::new(&engine);
        crate::contract::Adapter::add_to_linker::<_, HasSelf<_>>(&mut linker, |guest| guest)
            .map_err(SandboxError::Link)?;
        let clock = Arc::new(());
        tick(engine.clone(), Arc::downgrade(&clock));
        Ok(Self {
            engine,
            linker,
            clock,
        })
    }

    /// Compiles an adapter's component into the cache, without running it.
    ///
    /// # Errors
    /// It is no adapter, or it does not compile.
    pub fn compile(&self, file: &[u8]) -> Result<(), SandboxError> {
        component::compile(&self.engine, &component::from_file(file)?)?;
        Ok(())
    }

    /// Makes an adapter ready to be called, `cap` being the most that the operator
    /// allows.
    ///
    /// # Errors
    /// It is no adapter, or it does not fit the contract.
    pub fn load(&self, installed: &Installed, cap: Limits) -> Result<Adapter, SandboxError> {
        let compiled =
            component::compile(&self.engine, &component::from_file(&installed.component)?)?;
        let pre = self
            .linker
            .instantiate_pre(&compiled)
            .map_err(SandboxError::Link)?;
        let pre = AdapterPre::new(pre).map_err(SandboxError::Link)?;
        let limits = installed.manifest.limits.capped_by(cap);
        Ok(Adapter::new(
            self.engine.clone(),
            pre,
            installed.manifest.clone(),
            installed.id(),
            limits,
            Arc::clone(&self.clock),
        ))
    }
}

fn config(cache: &Path, stack_bytes: u64) -> Result<Config, SandboxError> {
    let mut kept = CacheConfig::new();
    kept.with_directory(cache);
    let cache = Cache::new(kept).map_err(SandboxError::Cache)?;

    let memory_most = LIMITS
        .iter()
        .find(|l| l.name == limits::MEMORY.name)
        .map_or(0, |l| l.most);
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(CALLS_MAX)
        .total_core_instances(CALLS_MAX * CORE_INSTANCES_MAX)
        .total_memories(CALLS_MAX)
        .total_tables(CALLS_MAX * 4)
        .max_core_instances_per_component(CORE_INSTANCES_MAX)
        .max_memories_per_component(1)
        .max_tables_per_component(4)
        .table_elements(TABLE_ELEMENTS_MAX)
        .max_memory_size(usize::try_from(memory_most << 20).unwrap_or(usize::MAX))
        .linear_memory_keep_resident(RESIDENT_BYTES)
        .table_keep_resident(64 * 1024);

    let mut config = Config::new();
    config
        .cache(Some(cache))
        .allocation_strategy(InstanceAllocationStrategy::Pooling(pool))
        .epoch_interruption(true)
        .max_wasm_stack(usize::try_from(stack_bytes).unwrap_or(usize::MAX))
        // The same input gives the same output on any machine.
        .cranelift_nan_canonicalization(true)
        .wasm_relaxed_simd(false)
        .relaxed_simd_deterministic(true);
    Ok(config)
}

/// Lets the engine's epoch go on until `clock` is gone.
fn tick(engine: Engine, clock: Weak<()>) {
    let run = move || {
        while clock.strong_count() > 0 {
            std::thread::sleep(TICK);
            engine.increment_epoch();
        }
    };
    if let Err(error) = std::thread::Builder::new()
        .name("sandbox-clock".into())
        .spawn(run)
    {
        tracing::error!(%error, "the clock of the sandbox does not start; calls have no deadline");
    }
}
