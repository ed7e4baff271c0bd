//! The cursor: how far a query was read, as a text.
//!
//! What must stay true: the mark never goes back, so that what an overlap is counted from does
//! not either; a page of an overlap that is longer than a page is gone on from, not begun again.

/// A row's place in the order of the query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// Its position, as the database writes it.
    pub(super) position: String,
    /// What tells it from others at the same position.
    pub(super) tie: String,
}

/// How far a query was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Cursor {
    /// To its end; the farthest row.
    Rest(Place),
    /// To `at`, and more follows.
    More {
        /// The last row that was read.
        at: Place,
        /// The farthest row; it is ahead of `at` within an overlap.
        mark: Place,
    },
}

const REST: &str = "rest";
const MORE: &str = "more";

impl Cursor {
    /// The cursor that `text` is.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut fields = text.split('\t').map(unescape);
        let mut next = || fields.next().flatten();
        let word = next()?;
        let place = |position, tie| Some(Place { position, tie });
        let first = place(next()?, next()?)?;
        let cursor = match word.as_str() {
            REST => Self::Rest(first),
            MORE => Self::More {
                at: first,
                mark: place(next()?, next()?)?,
            },
            _ => return None,
        };
        fields.next().is_none().then_some(cursor)
    }

    /// It as a text, which [`Self::parse`] reads.
    pub(super) fn text(&self) -> String {
        let (word, places): (_, Vec<&Place>) = match self {
            Self::Rest(mark) => (REST, vec![mark]),
            Self::More { at, mark } => (MORE, vec![at, mark]),
        };
        let mut text = word.to_owned();
        for field in places.iter().flat_map(|p| [&p.position, &p.tie]) {
            text.push('\t');
            text.push_str(&escape(field));
        }
        text
    }

    /// The farthest row.
    pub(super) const fn mark(&self) -> &Place {
        match self {
            Self::Rest(mark) | Self::More { mark, .. } => mark,
        }
    }
}

/// Whether more follows at once where the route's cursor is `text`.
#[must_use]
pub fn goes_on(text: &str) -> bool {
    matches!(Cursor::parse(text), Some(Cursor::More { .. }))
}

fn escape(field: &str) -> String {
    field
        .replace('\\', "\\\\")
        .replace('\t', "\\t")
        .replace('\n', "\\n")
}

fn unescape(field: &str) -> Option<String> {
    let mut out = String::with_capacity(field.len());
    let mut chars = field.chars();
    while let Some(c) = chars.next() {
        out.push(match c {
            '\\' => match chars.next()? {
                '\\' => '\\',
                't' => '\t',
                'n' => '\n',
                _ => return None,
            },
            c => c,
        });
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn place() -> impl Strategy<Value = Place> {
        (any::<String>(), any::<String>()).prop_map(|(position, tie)| Place { position, tie })
    }

    proptest! {
        #[test]
        fn a_cursor_is_the_same_after_it_was_a_text(at in place(), mark in place()) {
            for cursor in [Cursor::Rest(at.clone()), Cursor::More { at, mark }] {
                let text = cursor.text();
                prop_assert_eq!(goes_on(&text), matches!(cursor, Cursor::More { .. }));
                prop_assert_eq!(Cursor::parse(&text), Some(cursor));
            }
        }

        #[test]
        fn any_text_is_a_cursor_or_none(text in any::<String>()) {
            if let Some(cursor) = Cursor::parse(&text) {
                prop_assert_eq!(cursor.text(), text);
            }
        }
    }

    #[test]
    fn what_another_kind_of_source_left_is_no_cursor() {
        for text in [
            "",
            "2018-01-01",
            "rest\t1",
            "more\t1\t2",
            "rest\t1\t2\t3",
            "rest\t\\x\t2",
        ] {
            assert_eq!(Cursor::parse(text), None, "{text:?}");
        }
    }
}
