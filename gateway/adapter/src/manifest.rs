//! The manifest that stands beside a component: who it is, what it reads, what it needs.

use crate::limits::{CALL, CARRY, Limit, Limits, MEMORY, OUTPUT};
use serde::Deserialize;

/// Contract versions this host serves.
pub const CONTRACTS: [&str; 1] = ["1.0"];

/// What an adapter says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// Its name, `[a-z0-9-]{1,64}`.
    pub name: String,
    /// Its version, `major.minor.patch`.
    pub version: String,
    /// The version of the contract it was built for.
    pub contract: String,
    /// The feeds it reads.
    pub feeds: Vec<Feed>,
    /// What it asks for.
    pub limits: Limits,
    /// Earlier versions whose `carry` it reads: it goes on with a feed that one of them began.
    pub reads_carry_of: Vec<String>,
}

/// A feed that an adapter reads.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Feed {
    /// Its name, as routes give it.
    pub name: String,
    /// Its title in Chinese.
    pub title_zh: String,
    /// Its title in English.
    pub title_en: String,
    /// It is text: the host hands it over as UTF-8, whatever its encoding.
    #[serde(default)]
    pub text: bool,
    /// Its files carry control totals: they are compared before anything of a file is taken.
    #[serde(default)]
    pub controls: bool,
    /// Its files can be full snapshots: a record that was in an earlier one and is in this no more
    /// is gone. Whether they are is for the route to say.
    #[serde(default)]
    pub snapshot: bool,
    /// Directories its drafts may name, without profile.
    pub directories: Vec<String>,
    /// What a route can set.
    #[serde(default, rename = "setting")]
    pub settings: Vec<Setting>,
}

/// A setting that a route can give.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Setting {
    /// Its name.
    pub name: String,
    /// What it may be.
    #[serde(default)]
    pub kind: SettingKind,
    /// The values of a [`SettingKind::OneOf`].
    #[serde(default)]
    pub values: Vec<String>,
    /// A route must give it.
    #[serde(default)]
    pub required: bool,
    /// What it is where a route says nothing.
    pub default: Option<String>,
    /// Its title in Chinese.
    #[serde(default)]
    pub title_zh: String,
    /// Its title in English.
    #[serde(default)]
    pub title_en: String,
}

/// What a setting may be.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum SettingKind {
    /// Any text.
    #[default]
    Text,
    /// A whole number.
    Integer,
    /// `true` or `false`.
    Boolean,
    /// One of [`Setting::values`].
    OneOf,
}

/// Why a manifest is refused.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// It is no TOML, or a key is missing, unknown or of another type.
    #[error("the manifest cannot be read")]
    Syntax(#[source] Box<toml::de::Error>),
    /// The contract is one that this gateway does not serve.
    #[error("contract {0:?} is not served; served: 1.0")]
    Contract(String),
    /// The name has other characters than `[a-z0-9-]`, or too many.
    #[error("{0:?} is no name: 1 to 64 of a-z, 0-9 and -")]
    Name(String),
    /// The version is not `major.minor.patch`.
    #[error("{0:?} is no version: it has the form 1.2.3")]
    Version(String),
    /// There is nothing to read.
    #[error("the manifest declares no feed: add a [[feed]] table")]
    NoFeed,
    /// Two feeds, or two settings of a feed, have one name.
    #[error("{0:?} is declared twice")]
    Twice(String),
    /// A limit asks for too little or too much.
    #[error("limit {name} = {value} is outside {least} to {most}")]
    Limit {
        /// Its name.
        name: &'static str,
        /// What was asked for.
        value: u64,
        /// The least.
        least: u64,
        /// The most.
        most: u64,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    name: String,
    version: String,
    contract: String,
    /// What a route can set of any of the feeds.
    #[serde(default)]
    setting: Vec<Setting>,
    #[serde(default)]
    reads_carry_of: Vec<String>,
    #[serde(default)]
    feed: Vec<Feed>,
    #[serde(default)]
    limits: RawLimits,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawLimits {
    memory_mib: Option<u64>,
    call_ms: Option<u64>,
    output_mib: Option<u64>,
    carry_kib: Option<u64>,
}

impl Manifest {
    /// Reads a manifest.
    ///
    /// # Errors
    /// What is wrong with it, the first problem only.
    pub fn parse(text: &str) -> Result<Self, ManifestError> {
        let mut raw: Raw = toml::from_str(text).map_err(|e| ManifestError::Syntax(Box::new(e)))?;
        if !CONTRACTS.contains(&raw.contract.as_str()) {
            return Err(ManifestError::Contract(raw.contract));
        }
        for name in std::iter::once(&raw.name).chain(raw.feed.iter().map(|f| &f.name)) {
            if !is_name(name) {
                return Err(ManifestError::Name(name.clone()));
            }
        }
        let earlier = raw.reads_carry_of.iter();
        if let Some(wrong) = earlier.chain([&raw.version]).find(|v| !is_version(v)) {
            return Err(ManifestError::Version(wrong.clone()));
        }
        if raw.feed.is_empty() {
            return Err(ManifestError::NoFeed);
        }
        twice(raw.feed.iter().map(|f| f.name.as_str()))?;
        for feed in &mut raw.feed {
            feed.settings.extend(raw.setting.iter().cloned());
            twice(feed.settings.iter().map(|s| s.name.as_str()))?;
        }
        let limits = Limits::of(
            within(MEMORY, raw.limits.memory_mib)?,
            within(CALL, raw.limits.call_ms)?,
            within(OUTPUT, raw.limits.output_mib)?,
            within(CARRY, raw.limits.carry_kib)?,
        );
        Ok(Self {
            name: raw.name,
            version: raw.version,
            contract: raw.contract,
            feeds: raw.feed,
            limits,
            reads_carry_of: raw.reads_carry_of,
        })
    }

    /// The feed of that name.
    #[must_use]
    pub fn feed(&self, name: &str) -> Option<&Feed> {
        self.feeds.iter().find(|f| f.name == name)
    }
}

/// Whether an adapter or a feed can be called so: 1 to 64 of a-z, 0-9 and -.
#[must_use]
pub fn is_name(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

fn is_version(text: &str) -> bool {
    let mut parts = 0;
    let numbers = text.split('.').all(|part| {
        parts += 1;
        !part.is_empty() && part.len() <= 6 && part.bytes().all(|b| b.is_ascii_digit())
    });
    numbers && parts == 3
}

fn twice<'a>(names: impl Iterator<Item = &'a str>) -> Result<(), ManifestError> {
    let mut seen = std::collections::HashSet::new();
    for name in names {
        if !seen.insert(name) {
            return Err(ManifestError::Twice(name.to_owned()));
        }
    }
    Ok(())
}

fn within(limit: Limit, asked: Option<u64>) -> Result<u64, ManifestError> {
    let Limit {
        name,
        default,
        least,
        most,
    } = limit;
    let value = asked.unwrap_or(default);
    if !(least..=most).contains(&value) {
        return Err(ManifestError::Limit {
            name,
            value,
            least,
            most,
        });
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
        name = "tax"
        version = "1.0.0"
        contract = "1.0"
        [[feed]]
        name = "rating"
        title_zh = "纳税信用级别"
        title_en = "Tax credit rating"
        text = true
        directories = ["tax-rating"]
        [[feed.setting]]
        name = "level"
        kind = "one_of"
        values = ["A", "B"]
        required = true
        [limits]
        memory_mib = 64
    "#;

    #[test]
    fn a_manifest_says_what_an_adapter_reads_and_needs() {
        let manifest = Manifest::parse(GOOD).unwrap();
        assert_eq!(manifest.limits, Limits::of(64, 2_000, 32, 64));
        assert!(manifest.feed("rating").unwrap().text);
        assert_eq!(
            manifest.feed("rating").unwrap().settings[0].kind,
            SettingKind::OneOf
        );
        assert!(manifest.feed("arrears").is_none());
        let reads = GOOD.replace("contract", "reads_carry_of = [\"0.9.0\"]\ncontract");
        let manifest = Manifest::parse(&reads).unwrap();
        assert_eq!(manifest.reads_carry_of, ["0.9.0"]);
    }

    #[test]
    fn a_setting_beside_the_feeds_is_one_of_each_of_them() {
        let text = format!("{GOOD}\n[[setting]]\nname = \"columns\"");
        let manifest = Manifest::parse(&text).unwrap();
        let names = manifest
            .feed("rating")
            .unwrap()
            .settings
            .iter()
            .map(|s| s.name.as_str());
        assert_eq!(names.collect::<Vec<_>>(), ["level", "columns"]);
        let twice = Manifest::parse(&text.replace("columns", "level"));
        assert!(twice.unwrap_err().to_string().contains("declared twice"));
    }

    #[test]
    fn what_is_wrong_with_a_manifest_is_named() {
        let wrong = |from: &str, to: &str| {
            Manifest::parse(&GOOD.replace(from, to))
                .unwrap_err()
                .to_string()
        };
        assert!(wrong("\"1.0\"", "\"2.0\"").contains("\"2.0\" is not served"));
        assert!(wrong("\"1.0.0\"", "\"1.0\"").contains("no version"));
        assert!(wrong("contract", "reads_carry_of = [\"x\"]\ncontract").contains("no version"));
        assert!(wrong("= \"tax\"", "= \"../tax\"").contains("\"../tax\" is no name"));
        assert!(wrong("= 64", "= 4096").contains("memory_mib = 4096 is outside 2 to 1024"));
        assert!(wrong("memory_mib", "memory").contains("cannot be read"));
    }
}
