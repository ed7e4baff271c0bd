//! Which adapters an author may sign.

use serde::{Deserialize, Serialize};
use std::fmt;

/// What an author may sign: a name, or its beginning and `*`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Pattern(String);

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// Says what is written instead.
    pub fn parse(text: &str) -> Result<Self, String> {
        let plain = text.strip_suffix('*').unwrap_or(text);
        let letter = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if text.is_empty() || text.len() > 64 || !plain.bytes().all(letter) {
            let form = "a name of a-z, 0-9 and -, or the beginning of one and *";
            return Err(format!("{text:?} is no name of adapters: it is {form}"));
        }
        Ok(Self(text.to_owned()))
    }

    /// `name` is one of those.
    #[must_use]
    pub fn fits(&self, name: &str) -> bool {
        match self.0.strip_suffix('*') {
            Some(beginning) => name.starts_with(beginning),
            None => name == self.0,
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Pattern {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text)
    }
}

impl From<Pattern> for String {
    fn from(pattern: Pattern) -> Self {
        pattern.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_a_name_or_the_beginning_of_one() {
        let fits = |pattern: &str, name: &str| Pattern::parse(pattern).unwrap().fits(name);
        assert!(fits("qianxi-tax", "qianxi-tax") && !fits("qianxi-tax", "qianxi-tax-2"));
        assert!(fits("qianxi-*", "qianxi-tax") && !fits("qianxi-*", "qianxi"));
        assert!(fits("*", "anything"));
        for wrong in ["", "Tax", "a*b", "**", "税", "a/b"] {
            assert!(Pattern::parse(wrong).is_err(), "{wrong}");
        }
    }
}
