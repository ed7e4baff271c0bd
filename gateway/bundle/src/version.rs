//! Versions of adapters, as they are compared.

use serde::{Deserialize, Serialize};
use std::fmt;

/// `major.minor.patch`. One version is written in one way: no sign, no leading zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Version([u32; 3]);

impl Version {
    /// Reads a version.
    ///
    /// # Errors
    /// Says what is written instead.
    pub fn parse(text: &str) -> Result<Self, String> {
        let number = |part: &str| {
            let plain = part == "0" || !part.starts_with('0');
            let short = (1..=6).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
            if plain && short {
                part.parse().ok()
            } else {
                None
            }
        };
        let parts: Option<Vec<u32>> = text.split('.').take(4).map(number).collect();
        parts
            .and_then(|parts| <[u32; 3]>::try_from(parts).ok())
            .map(Self)
            .ok_or_else(|| format!("{text:?} is no version: it has the form 1.2.3"))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [major, minor, patch] = self.0;
        write!(f, "{major}.{minor}.{patch}")
    }
}

impl TryFrom<String> for Version {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text)
    }
}

impl From<Version> for String {
    fn from(version: Version) -> Self {
        version.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_numbers() {
        let version = |text| Version::parse(text).unwrap();
        assert!(version("1.10.0") > version("1.9.9"));
        assert_eq!(version("0.0.12").to_string(), "0.0.12");
        for wrong in [
            "1.0",
            "1.0.0.0",
            "01.0.0",
            "1.-1.0",
            "1.0.x",
            "1..0",
            "",
            "1.0.1234567",
        ] {
            assert!(Version::parse(wrong).is_err(), "{wrong}");
        }
    }
}
