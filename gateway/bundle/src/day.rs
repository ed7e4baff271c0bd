//! Days as `YYYY-MM-DD`, in files and on the command line.

use crate::Day;
use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

/// The day of `YYYY-MM-DD`; nothing else is a day.
///
/// # Errors
/// Says what is written instead.
pub fn parse(text: &str) -> Result<Day, String> {
    let day = text.parse::<Day>().ok();
    day.filter(|day| day.to_string() == text)
        .ok_or_else(|| format!("{text:?} is no day: it has the form 2026-11-24"))
}

/// A day of a file.
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Day, D::Error> {
    parse(&String::deserialize(from)?).map_err(D::Error::custom)
}

/// A day into a file.
pub(crate) fn serialize<S: Serializer>(day: &Day, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(day)
}

/// The same, for a day that may be absent.
pub(crate) mod maybe {
    use super::{Day, Deserializer, Serializer};
    use serde::Deserialize as _;
    use serde::de::Error as _;

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Day>, D::Error> {
        let text = Option::<String>::deserialize(from)?;
        text.map(|text| super::parse(&text))
            .transpose()
            .map_err(D::Error::custom)
    }

    pub(crate) fn serialize<S: Serializer>(day: &Option<Day>, to: S) -> Result<S::Ok, S::Error> {
        match day {
            Some(day) => to.collect_str(day),
            None => to.serialize_none(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_written_in_one_form() {
        assert_eq!(parse("2026-11-24").unwrap().to_string(), "2026-11-24");
        for wrong in [
            "2026-11-4",
            "2026-02-30",
            "24.11.2026",
            "2026-11-24 ",
            "+2026-11-24",
            "",
        ] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
