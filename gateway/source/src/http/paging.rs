//! How one pull is spread over pages, and where the next begins: pure decisions.
//!
//! What must stay true: a pull ends by what the source says or by a page that certainly is the
//! last, never by a page of which it is not known whether it was read whole; the cursor moves
//! with the pages that are stored, but what a pull asks for stays until its last page.

use credit_record::moment;

use super::HttpError;
use super::position::{PageAt, Position, later, order};

/// How the answers of one pull follow each other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Paging {
    /// An answer is all that there is for its cursor.
    #[default]
    None,
    /// By number.
    Number {
        /// The parameter of the address that says which page.
        param: String,
        /// The number of the first.
        first: u64,
        /// Rows of a full page: one with fewer is the last.
        size: Option<u64>,
        /// JSON pointer to the number of pages.
        pages: Option<String>,
    },
    /// By a continuation, which the source gives with each page but the last.
    Token {
        /// The parameter of the address that the continuation goes to.
        param: String,
        /// Where it is given.
        given: Given,
    },
    /// By the header `Link: <address>; rel="next"`.
    Link,
}

/// Where the answer says something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Given {
    /// In a header.
    Header(String),
    /// In its body, which is JSON, at this pointer.
    Pointer(String),
}

/// What became of the rows of an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rows {
    /// All of it was seen: it was read in one go, and nothing was cut out.
    pub whole: bool,
    /// Rows that are records, or might be.
    pub records: u64,
    /// All rows but headers and titles: no fewer than what the source counts.
    pub rows: u64,
}

/// How a source is gone through.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Steps {
    pub(super) paging: Paging,
    /// How far before its cursor a pull begins.
    pub(super) overlap_s: u64,
}

/// What an answer says beside its rows; kept with it.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub(super) struct Facts {
    /// Where the next pull goes on.
    pub(super) cursor: Option<String>,
    /// The continuation, or the address of the next page.
    pub(super) page: Option<PageAt>,
    /// How many pages there are.
    pub(super) pages: Option<u64>,
}

impl Paging {
    /// `page` is one of this kind.
    fn knows(&self, page: &PageAt) -> bool {
        matches!(
            (self, page),
            (Self::Number { .. }, PageAt::Number(_))
                | (Self::Token { .. }, PageAt::Token(_))
                | (Self::Link, PageAt::Link(_))
        )
    }
}

impl Steps {
    /// `here`, as far as it fits: where the configuration was changed meanwhile, the pull under
    /// way begins again with its first page.
    pub(super) fn fit(&self, here: Position) -> Position {
        match &here.page {
            Some(page) if !self.paging.knows(page) => here.again(),
            _ => here,
        }
    }

    /// The cursor that is asked for at `here`.
    pub(super) fn asked(&self, here: &Position) -> Result<Option<String>, HttpError> {
        match (&here.at, &here.cursor) {
            (Some(at), _) => Ok(Some(at.clone())),
            (None, Some(cursor)) if self.overlap_s > 0 => {
                let earlier = moment::earlier(cursor, self.overlap_s);
                earlier.map(Some).ok_or_else(|| HttpError::Overlap {
                    cursor: cursor.clone(),
                })
            }
            (None, cursor) => Ok(cursor.clone()),
        }
    }

    /// Where it goes on behind the answer at `here` to `asked`.
    pub(super) fn after(
        &self,
        here: &Position,
        asked: Option<&str>,
        facts: &Facts,
        (found, rows): (Option<String>, Rows),
    ) -> Position {
        let said = facts.cursor.clone().or(found);
        if self.paging != Paging::None {
            let cursor = match &facts.cursor {
                // The source's own word counts, unless the pull looked back on purpose.
                Some(cursor) if self.overlap_s == 0 => Some(cursor.clone()),
                _ => later(here.cursor.clone(), said),
            };
            let page = self.next_page(here, facts, rows);
            let at = page.as_ref().and(asked).map(str::to_owned);
            return Position { cursor, at, page };
        }
        if self.overlap_s == 0 {
            return Position {
                cursor: said.or_else(|| here.cursor.clone()),
                ..Position::default()
            };
        }
        // A source that gives so many rows at a time is followed until it has no later ones.
        let moves = |said: &String| asked.is_none_or(|asked| order(asked, said).is_lt());
        Position {
            at: said.clone().filter(moves),
            cursor: later(here.cursor.clone(), said),
            page: None,
        }
    }

    fn next_page(&self, here: &Position, facts: &Facts, rows: Rows) -> Option<PageAt> {
        let Paging::Number { first, size, .. } = &self.paging else {
            return facts.page.clone();
        };
        let number = match here.page {
            Some(PageAt::Number(number)) => number,
            _ => *first,
        };
        let more = match (facts.pages, size) {
            (Some(pages), _) => number.saturating_sub(*first).saturating_add(1) < pages,
            (None, Some(size)) => !rows.whole || rows.rows >= *size,
            (None, None) => !rows.whole || rows.records > 0,
        };
        more.then(|| PageAt::Number(number.saturating_add(1)))
    }

    /// Another answer follows the one that went from `before` to `after`.
    pub(super) fn goes_on(&self, before: Option<&str>, after: Option<&str>) -> bool {
        if self.paging == Paging::None && self.overlap_s == 0 {
            return after.is_some() && after != before;
        }
        !Position::read(after).is_between()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FULL: Rows = Rows {
        whole: true,
        records: 10,
        rows: 10,
    };
    const EMPTY: Rows = Rows {
        whole: true,
        records: 0,
        rows: 0,
    };

    fn position(cursor: &str, at: Option<&str>, page: Option<PageAt>) -> Position {
        let cursor = Some(cursor.to_owned());
        Position {
            cursor,
            at: at.map(str::to_owned),
            page,
        }
    }

    fn numbers(size: Option<u64>, pages: Option<&str>) -> Steps {
        let pages = pages.map(str::to_owned);
        let paging = Paging::Number {
            param: "page".into(),
            first: 1,
            size,
            pages,
        };
        Steps {
            paging,
            overlap_s: 0,
        }
    }

    fn next(steps: &Steps, page: u64, facts: &Facts, rows: Rows) -> Option<PageAt> {
        let here = Position {
            page: Some(PageAt::Number(page)),
            ..Position::default()
        };
        steps.after(&here, None, facts, (None, rows)).page
    }

    #[test]
    fn numbered_pages_end_with_an_empty_a_short_or_the_last_one() {
        let (any, third) = (Facts::default(), Some(PageAt::Number(3)));
        let empty = numbers(None, None);
        assert_eq!(next(&empty, 2, &any, FULL), third);
        assert_eq!(
            next(
                &empty,
                2,
                &any,
                Rows {
                    records: 1,
                    ..EMPTY
                }
            ),
            third
        );
        assert_eq!(next(&empty, 2, &any, EMPTY), None);
        let short = numbers(Some(10), None);
        assert_eq!(next(&short, 2, &any, FULL), third);
        assert_eq!(next(&short, 2, &any, Rows { rows: 9, ..FULL }), None);
        let said = numbers(None, Some("/pages"));
        let facts = Facts {
            pages: Some(3),
            ..Facts::default()
        };
        assert_eq!(
            next(&said, 2, &facts, EMPTY),
            third,
            "the source's own count"
        );
        assert_eq!(next(&said, 3, &facts, FULL), None);
    }

    #[test]
    fn a_page_that_was_not_seen_whole_is_never_taken_for_the_last() {
        for steps in [numbers(None, None), numbers(Some(10), None)] {
            let page = next(&steps, 2, &Facts::default(), Rows::default());
            assert_eq!(page, Some(PageAt::Number(3)));
        }
    }

    #[test]
    fn all_pages_of_a_pull_ask_for_the_same_and_the_latest_cursor_is_kept_for_the_next() {
        let steps = Steps {
            paging: Paging::Token {
                param: "t".into(),
                given: Given::Header("x".into()),
            },
            overlap_s: 0,
        };
        let more = Facts {
            page: Some(PageAt::Token("a".into())),
            ..Facts::default()
        };
        let begin = position("5", None, None);
        let first = steps.after(&begin, Some("5"), &more, (Some("90".into()), FULL));
        assert_eq!(first, position("90", Some("5"), more.page.clone()));
        assert_eq!(steps.asked(&first).unwrap().as_deref(), Some("5"));
        let last = steps.after(
            &first,
            Some("5"),
            &Facts::default(),
            (Some("70".into()), FULL),
        );
        assert_eq!(last, position("90", None, None));
        let own = Facts {
            cursor: Some("1".into()),
            ..Facts::default()
        };
        let last = steps.after(&first, Some("5"), &own, (None, FULL));
        assert_eq!(last, position("1", None, None), "the source's own word");
        assert!(steps.goes_on(None, first.text().as_deref()));
        assert!(!steps.goes_on(first.text().as_deref(), last.text().as_deref()));
    }

    #[test]
    fn a_pull_with_overlap_follows_the_source_and_never_moves_its_cursor_back() {
        let steps = Steps {
            overlap_s: 3_600,
            ..Steps::default()
        };
        let begin = position("2026-01-01 08:00:00", None, None);
        let asked = steps.asked(&begin).unwrap().unwrap();
        assert_eq!(asked, "2026-01-01 07:00:00");
        let said = |said: &str| (Some(said.to_owned()), FULL);
        let none = Facts::default();
        // So many rows at a time: the first answer does not even reach the cursor.
        let first = steps.after(&begin, Some(&asked), &none, said("2026-01-01 07:30:00"));
        assert_eq!(
            first,
            position("2026-01-01 08:00:00", Some("2026-01-01 07:30:00"), None)
        );
        let asked = steps.asked(&first).unwrap();
        let second = steps.after(&first, asked.as_deref(), &none, said("2026-01-01 09:00:00"));
        assert_eq!(second.cursor.as_deref(), Some("2026-01-01 09:00:00"));
        let third = steps.after(
            &second,
            second.at.as_deref(),
            &none,
            said("2026-01-01 09:00:00"),
        );
        assert_eq!(third, position("2026-01-01 09:00:00", None, None));
        let quiet = steps.after(&second, second.at.as_deref(), &none, (None, EMPTY));
        assert_eq!(quiet, third);
        let odd = steps.asked(&position("p2", None, None)).unwrap_err();
        assert_eq!(odd.code(), "http-overlap");
    }

    #[test]
    fn a_page_of_another_kind_is_not_asked_for() {
        let here = position("1", Some("1"), Some(PageAt::Link("/x".into())));
        assert_eq!(
            numbers(None, None).fit(here.clone()),
            position("1", Some("1"), None)
        );
        let links = Steps {
            paging: Paging::Link,
            overlap_s: 0,
        };
        assert_eq!(links.fit(here.clone()), here);
    }
}
