//! What the views and the log answer: takes, doubts, receipts, runs.

use super::{Inner, Queue};
use crate::error::LookupError;
use crate::frames::Frame;
use crate::log::Place;
use crate::views::{
    DoubtCount, DoubtEntry, DoubtFilter, ReceiptEntry, ReceiptFilter, Row, RunEntry, TakeEntry,
    Views, receipt_entry,
};

impl Queue {
    /// All takes, oldest first.
    ///
    /// # Errors
    /// When there are no views.
    pub fn takes(
        &self,
    ) -> Result<impl Iterator<Item = Result<TakeEntry, LookupError>>, LookupError> {
        let rows = self.inner.rows(b'T')?;
        Ok(rows.filter_map(|row| match row {
            Ok(Row::Take(take, _)) => Some(Ok(take)),
            Ok(_) => None,
            Err(error) => Some(Err(error)),
        }))
    }

    /// Doubtful rows counted by take and code, oldest first.
    ///
    /// # Errors
    /// When there are no views.
    pub fn doubt_counts(
        &self,
    ) -> Result<impl Iterator<Item = Result<DoubtCount, LookupError>>, LookupError> {
        let rows = self.inner.rows(b'D')?;
        Ok(rows.flat_map(|row| match row {
            Ok(Row::Doubts(counts, _)) => counts.into_iter().map(Ok).collect(),
            Ok(_) => Vec::new(),
            Err(error) => vec![Err(error)],
        }))
    }

    /// Doubtful rows with all that is known of them, oldest first. Takes without a match are not
    /// read at all.
    ///
    /// # Errors
    /// When there are no views; an item is one where a take could not be read.
    pub fn doubts<'a>(
        &'a self,
        filter: &'a DoubtFilter,
    ) -> Result<impl Iterator<Item = Result<DoubtEntry, LookupError>> + 'a, LookupError> {
        let rows = self.inner.rows(b'D')?;
        Ok(rows.flat_map(move |row| match row {
            Ok(Row::Doubts(counts, place)) => match self.inner.doubts_at(&counts, place, filter) {
                Ok(entries) => entries.into_iter().map(Ok).collect(),
                Err(error) => vec![Err(error)],
            },
            Ok(_) => Vec::new(),
            Err(error) => vec![Err(error)],
        }))
    }

    /// Receipts, in the order of their parcels.
    ///
    /// # Errors
    /// When there are no views; an item is one where a settlement could not be read.
    pub fn receipts<'a>(
        &'a self,
        filter: &'a ReceiptFilter,
    ) -> Result<impl Iterator<Item = Result<ReceiptEntry, LookupError>> + 'a, LookupError> {
        let rows = self.inner.rows(b'R')?;
        Ok(rows.filter_map(move |row| match row {
            Ok(Row::Receipt(entry, place)) => {
                matches(&entry, filter).then(|| self.inner.whole_receipt(entry, place))
            }
            Ok(_) => None,
            Err(error) => Some(Err(error)),
        }))
    }

    /// What happened to the routes and their targets, oldest first.
    ///
    /// # Errors
    /// When there are no views.
    pub fn runs(&self) -> Result<impl Iterator<Item = Result<RunEntry, LookupError>>, LookupError> {
        let rows = self.inner.rows(b'N')?;
        Ok(rows.filter_map(|row| match row {
            Ok(Row::Run(run)) => Some(Ok(run)),
            Ok(_) => None,
            Err(error) => Some(Err(error)),
        }))
    }
}

fn matches(entry: &ReceiptEntry, filter: &ReceiptFilter) -> bool {
    let is = |wanted: &Option<String>, found: &str| wanted.as_deref().is_none_or(|w| w == found);
    is(&filter.route, &entry.route)
        && is(&filter.target, &entry.parcel.target)
        && (!filter.with_verdicts || entry.doubted > 0 || entry.refused > 0)
        && filter.since_ms.is_none_or(|since| entry.at_ms >= since)
}

impl Inner {
    pub(super) fn views(&self) -> Result<&Views, LookupError> {
        self.views
            .as_ref()
            .map_err(|why| LookupError::Views(why.clone()))
    }

    fn rows(
        &self,
        kind: u8,
    ) -> Result<impl Iterator<Item = Result<Row, LookupError>> + use<>, LookupError> {
        let rows = self.views()?.entries(kind, 0).map_err(LookupError::Views)?;
        Ok(rows.map(|row| row.map_err(LookupError::Views)))
    }

    fn doubts_at(
        &self,
        counts: &[DoubtCount],
        place: Place,
        filter: &DoubtFilter,
    ) -> Result<Vec<DoubtEntry>, LookupError> {
        let is =
            |wanted: &Option<String>, found: &str| wanted.as_deref().is_none_or(|w| w == found);
        let wanted = counts.iter().any(|count| {
            is(&filter.route, &count.route)
                && is(&filter.feed, &count.feed)
                && is(&filter.code, &count.code)
                && filter.since_ms.is_none_or(|since| count.at_ms >= since)
        });
        let Some(first) = counts.first().filter(|_| wanted) else {
            return Ok(Vec::new());
        };
        let take = self.read_take(place)?;
        let rows = take.doubtful.into_iter().filter(|row| {
            filter.code.is_none()
                || row
                    .reasons
                    .iter()
                    .any(|reason| is(&filter.code, &reason.code))
        });
        let entry = |row| DoubtEntry {
            seq: first.seq,
            at_ms: take.at_ms,
            route: take.route.clone(),
            feed: take.feed.clone(),
            adapter: take.adapter.clone(),
            row,
        };
        Ok(rows.map(entry).collect())
    }

    /// A receipt with the rows that are not simply stored, read from the log where there are any.
    pub(super) fn whole_receipt(
        &self,
        entry: ReceiptEntry,
        place: Place,
    ) -> Result<ReceiptEntry, LookupError> {
        if entry.doubted == 0 && entry.refused == 0 {
            return Ok(entry);
        }
        match self.read_frame(place)? {
            Frame::Settle(settle) => Ok(receipt_entry(&settle, true)),
            _ => Err(self.log.misplaced(place).into()),
        }
    }
}
