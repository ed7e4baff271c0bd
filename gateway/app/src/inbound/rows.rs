//! What became of the rows of a feed, as its source would count them.
//!
//! What must stay true: no fewer are counted than the source counts, and where that cannot be
//! known it is said, because a page that is taken for the last ends a pull.

use credit_record::flow::{Judged, Skip};
use credit_source::http::Rows;

/// Rows that the SDK skips as headings: no source counts them.
const HEADS: [&str; 2] = ["header", "title"];
/// The same, and what an empty list may have as well.
const FURNITURE: [&str; 5] = ["header", "title", "blank", "total", "note"];

/// Adds what a piece became.
pub(crate) fn count(rows: &mut Rows, judged: &Judged, skipped: &[Skip]) {
    // Of a stretch that was cut out nobody knows how many rows it was.
    rows.whole &= judged.doubtful.iter().all(|entry| entry.place.is_none());
    let records = (judged.records.len() + judged.doubtful.len()) as u64;
    let others = |known: &[&str]| {
        let others = skipped
            .iter()
            .filter(|skip| !known.contains(&&*skip.reason));
        others.fold(records, |sum, skip| sum.saturating_add(skip.rows))
    };
    rows.rows = rows.rows.saturating_add(others(&HEADS));
    rows.records = rows.records.saturating_add(others(&FURNITURE));
}

#[cfg(test)]
mod tests {
    use super::*;
    use credit_record::flow::{Doubtful, Place, Reason};

    fn skip(reason: &str, rows: u64) -> Skip {
        let reason = reason.to_owned();
        Skip {
            reason,
            first_row: 1,
            rows,
        }
    }

    fn doubtful(place: Option<Place>) -> Judged {
        let entry = Doubtful {
            source_row: 2,
            directory: String::new(),
            person: false,
            reasons: Vec::<Reason>::new(),
            content: String::new(),
            place,
        };
        Judged {
            doubtful: vec![entry],
            ..Judged::default()
        }
    }

    #[test]
    fn headings_are_no_rows_and_whatever_else_was_skipped_is() {
        let mut rows = Rows {
            whole: true,
            ..Rows::default()
        };
        count(
            &mut rows,
            &Judged::default(),
            &[skip("header", 1), skip("blank", 2)],
        );
        assert_eq!(
            rows,
            Rows {
                whole: true,
                records: 0,
                rows: 2
            }
        );
        count(&mut rows, &doubtful(None), &[skip("not ours", 3)]);
        assert_eq!(
            rows,
            Rows {
                whole: true,
                records: 4,
                rows: 6
            }
        );
    }

    #[test]
    fn a_stretch_that_was_cut_out_leaves_the_number_open() {
        let mut rows = Rows {
            whole: true,
            ..Rows::default()
        };
        count(
            &mut rows,
            &doubtful(Some(Place {
                offset: 0,
                bytes: 9,
            })),
            &[],
        );
        assert!(!rows.whole);
    }
}
