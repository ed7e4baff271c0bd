//! Where a pull stands, as the text that the queue keeps.
//!
//! What must stay true: between pulls the text is the source's own cursor, as it said it; while
//! the pages of a pull are under way it says what the pull asked for and which page is next, so
//! that a stop at any moment goes on with that page, and `cursor` never decides what the pages
//! that are still to come are asked for.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

/// How a text begins that is not the source's own.
const MARK: &str = "{\"pull\":";

/// Where a pull stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Position {
    /// Where the pull after this one begins, as far as is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cursor: Option<String>,
    /// What the pull under way asks for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) at: Option<String>,
    /// The page that is next; the first where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) page: Option<PageAt>,
}

/// Which page is meant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum PageAt {
    /// The one with this number.
    Number(u64),
    /// The one that this continuation stands for.
    Token(String),
    /// The one at this address.
    Link(String),
}

#[derive(Serialize, Deserialize)]
struct Written {
    pull: Position,
}

impl Position {
    /// The position that `text` says.
    pub(super) fn read(text: Option<&str>) -> Self {
        let written = text.filter(|text| text.starts_with(MARK));
        match written.and_then(|text| serde_json::from_str::<Written>(text).ok()) {
            Some(written) => written.pull,
            None => Self {
                cursor: text.map(str::to_owned),
                ..Self::default()
            },
        }
    }

    /// The text that says it; none where nothing is known and nothing under way.
    pub(super) fn text(&self) -> Option<String> {
        match &self.cursor {
            None if self.is_between() => None,
            Some(cursor) if self.is_between() && !cursor.starts_with(MARK) => Some(cursor.clone()),
            _ => serde_json::to_string(&Written { pull: self.clone() }).ok(),
        }
    }

    /// No pull is under way.
    pub(super) const fn is_between(&self) -> bool {
        self.at.is_none() && self.page.is_none()
    }

    /// The pull under way is at its end.
    pub(super) fn ended(&self) -> Self {
        Self {
            cursor: self.cursor.clone(),
            ..Self::default()
        }
    }

    /// The same pull from its first page.
    pub(super) fn again(&self) -> Self {
        Self {
            page: None,
            ..self.clone()
        }
    }
}

/// The later of two cursors: numbers by their value, times and all else as text.
pub(super) fn later(one: Option<String>, other: Option<String>) -> Option<String> {
    match (one, other) {
        (Some(one), Some(other)) if order(&one, &other).is_lt() => Some(other),
        (one, other) => one.or(other),
    }
}

/// How two cursors stand to each other.
pub(super) fn order(one: &str, other: &str) -> Ordering {
    let number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if number(one) && number(other) {
        let (one, other) = (one.trim_start_matches('0'), other.trim_start_matches('0'));
        return one.len().cmp(&other.len()).then_with(|| one.cmp(other));
    }
    one.cmp(other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn between_pulls_the_text_is_the_sources_own_word() {
        let own = Position::read(Some("2026-01-01 00:00:00"));
        assert_eq!(own.text().as_deref(), Some("2026-01-01 00:00:00"));
        assert_eq!(Position::read(None).text(), None);
        assert_eq!(
            Position::read(Some("{\"pull\": no")).cursor.as_deref(),
            Some("{\"pull\": no")
        );
    }

    #[test]
    fn numbers_are_later_by_their_value_and_times_by_their_text() {
        let later = |one: &str, other: &str| later(Some(one.into()), Some(other.into())).unwrap();
        assert_eq!(later("9", "10"), "10");
        assert_eq!(later("010", "9"), "010");
        assert_eq!(later("2026-01-02", "2025-12-31"), "2026-01-02");
        assert_eq!(super::later(None, Some("1".into())).as_deref(), Some("1"));
    }

    proptest! {
        #[test]
        fn every_position_is_read_as_it_was_written(
            cursor in proptest::option::of("\\PC{0,12}|\\{\"pull\":\\{\\}\\}"),
            at in proptest::option::of("\\PC{0,12}"),
            page in proptest::option::of(prop_oneof![
                any::<u64>().prop_map(PageAt::Number),
                "\\PC{0,12}".prop_map(PageAt::Token),
                "\\PC{0,12}".prop_map(PageAt::Link),
            ]),
        ) {
            let position = Position { cursor, at, page };
            prop_assert_eq!(Position::read(position.text().as_deref()), position);
        }
    }
}
