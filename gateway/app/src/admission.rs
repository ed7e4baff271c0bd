//! Where bundles meet adapters: what of a manifest is signed for, what of the configuration says
//! who may sign, and how a refusal is told.

use crate::exit::Exit;
use crate::failure::{Failure, causes};
use crate::inbound::now_ms;
use chrono::DateTime;
use credit_adapter::{CONTRACTS, ComponentError, Manifest, ManifestError};
use credit_bundle::{COMPONENT_BYTES_MAX, Day, Policy, Refusal, Summary, Version};
use credit_config::{AdapterPolicy, ProcessEnv};
use std::path::Path;

/// Today in Beijing, where all of the county's offices are.
pub(crate) fn today() -> Day {
    let now = DateTime::from_timestamp_millis(now_ms()).unwrap_or_default();
    now.with_timezone(&chrono_tz::Asia::Shanghai).date_naive()
}

/// What `gateway.toml` in `config` says of folders and policy.
pub(crate) fn folders(config: &Path) -> Result<credit_config::Folders, Failure> {
    let (files, _) = credit_config::read(config);
    if !files.iter().any(|file| file.name.ends_with("gateway.toml")) {
        let message = format!("there is no gateway.toml in {}", config.display());
        let remedy = "name its folder: --config FOLDER; or the trust store itself: --trust FOLDER";
        return Err(Failure::new(Exit::Config, message).remedy(remedy));
    }
    Ok(credit_config::folders(&files, &ProcessEnv))
}

/// The policy as the configuration has it.
pub(crate) const fn policy(policy: AdapterPolicy) -> Policy {
    match policy {
        AdapterPolicy::Signed => Policy::Signed,
        AdapterPolicy::Development => Policy::Development,
    }
}

/// The manifest in `text`.
pub(crate) fn manifest(text: &str) -> Result<Manifest, Refusal> {
    Manifest::parse(text).map_err(|error| match error {
        ManifestError::Contract(asked) => Refusal::Contract {
            asked,
            served: CONTRACTS.join(", "),
        },
        other => Refusal::Manifest {
            why: causes(&other),
        },
    })
}

/// What a manifest says, as far as it is signed for.
pub(crate) fn summary(manifest: &Manifest) -> Result<Summary, Refusal> {
    let limits = manifest.limits;
    let version = Version::parse(&manifest.version);
    Ok(Summary {
        name: manifest.name.clone(),
        version: version.map_err(|why| Refusal::Manifest { why })?,
        contract: manifest.contract.clone(),
        feeds: manifest.feeds.iter().map(|f| f.name.clone()).collect(),
        memory_mib: limits.memory_bytes >> 20,
        call_ms: u64::try_from(limits.call.as_millis()).unwrap_or(u64::MAX),
        output_mib: limits.output_bytes >> 20,
        carry_kib: limits.carry_bytes >> 10,
    })
}

/// What is wrong with a component.
pub(crate) fn of_component(error: ComponentError) -> Refusal {
    match error {
        ComponentError::Import(name) => Refusal::Import { name },
        ComponentError::TooLarge { bytes } => Refusal::EntryTooLarge {
            entry: "adapter.wasm",
            bytes: bytes as u64,
            most: COMPONENT_BYTES_MAX as u64,
        },
        other => Refusal::Component {
            why: other.to_string(),
        },
    }
}

/// A failure of every reason, in both languages, with what to do about each.
pub(crate) fn refused(file: &Path, refusals: &[Refusal]) -> Failure {
    let lines = refusals
        .iter()
        .map(|r| format!("[{}] {}\n  {r}", r.code(), r.zh()));
    let lines: Vec<String> = lines.collect();
    let message = format!("{}: {}", file.display(), lines.join("\n"));
    let remedies = refusals.iter().map(Refusal::remedy);
    let remedies: Vec<String> = remedies
        .map(|(zh, en)| format!("{zh}\n        {en}"))
        .collect();
    Failure::new(Exit::Refused, message).remedy(remedies.join("\n        "))
}
