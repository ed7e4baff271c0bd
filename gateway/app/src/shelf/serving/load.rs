//! Compiling and loading, each version once for all routes that allow it the same.

use super::{Ready, lock};
use crate::compile;
use crate::exit::Exit;
use crate::failure::Failure;
use credit_adapter::{Adapter, Installed, Limits, Sandbox};
use credit_config::{Caps, RoutePlan};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, Weak};

/// Makes versions ready.
pub(crate) struct Loader {
    sandbox: Sandbox,
    cache: PathBuf,
    /// What is loaded, with the most it was allowed.
    loaded: Mutex<Vec<(Limits, Weak<Adapter>)>>,
}

impl Loader {
    /// Starts the sandbox; compiled adapters are kept in the state folder.
    pub(crate) fn start(state: &Path, stack_bytes: u64) -> Result<Self, Failure> {
        let cache = compile::cache(state)?;
        let sandbox =
            Sandbox::start(&cache, stack_bytes).map_err(|e| Failure::of(Exit::Failed, &e))?;
        Ok(Self {
            sandbox,
            cache,
            loaded: Mutex::default(),
        })
    }

    /// `installed`, ready for each of `routes`, as `plans` has them.
    pub(crate) fn load(
        &self,
        installed: &Installed,
        routes: &[RoutePlan],
        plans: &BTreeMap<String, RoutePlan>,
    ) -> Result<BTreeMap<String, Arc<Ready>>, Failure> {
        let mut ready = BTreeMap::new();
        for route in routes {
            let plan = plans.get(&route.name).unwrap_or(route);
            let Some(spec) = installed.manifest.feed(&plan.feed) else {
                let (name, version) = (&installed.manifest.name, &installed.manifest.version);
                let message = format!("{name} {version} reads no feed {}", plan.feed);
                return Err(Failure::new(Exit::Config, message));
            };
            let settings = plan.settings.iter();
            let of_route = Ready {
                adapter: self.one(installed, &route.caps)?,
                spec: spec.clone(),
                settings: settings.map(|(n, v)| (n.clone(), v.clone())).collect(),
            };
            ready.insert(route.name.clone(), Arc::new(of_route));
        }
        Ok(ready)
    }

    /// `installed`, within what `caps` allow.
    pub(crate) fn one(&self, installed: &Installed, caps: &Caps) -> Result<Arc<Adapter>, Failure> {
        compile::ensure(installed, &self.cache)?;
        self.shared(installed, limits(caps))
    }

    /// Whether it compiles and loads.
    pub(crate) fn try_out(&self, installed: &Installed) -> Result<(), Failure> {
        compile::ensure(installed, &self.cache)?;
        let loaded = self.sandbox.load(installed, installed.manifest.limits);
        loaded
            .map(|_| ())
            .map_err(|e| Failure::of(Exit::Failed, &e))
    }

    fn shared(&self, installed: &Installed, cap: Limits) -> Result<Arc<Adapter>, Failure> {
        let mut loaded = lock(&self.loaded);
        loaded.retain(|(_, adapter)| adapter.strong_count() > 0);
        let mut there = loaded.iter().filter(|(most, _)| *most == cap);
        let same = there.find_map(|(_, adapter)| {
            let adapter = adapter.upgrade()?;
            super::is_of(&adapter, installed).then_some(adapter)
        });
        if let Some(adapter) = same {
            return Ok(adapter);
        }
        let adapter = self.sandbox.load(installed, cap);
        let adapter = Arc::new(adapter.map_err(|e| Failure::of(Exit::Failed, &e))?);
        loaded.push((cap, Arc::downgrade(&adapter)));
        Ok(adapter)
    }
}

/// The most that the operator allows.
pub(crate) fn limits(caps: &Caps) -> Limits {
    Limits {
        memory_bytes: caps.memory_bytes,
        call: caps.call,
        output_bytes: caps.output_bytes,
        carry_bytes: caps.carry_bytes,
    }
}
