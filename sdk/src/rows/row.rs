//! One row under its header: its columns as text, days, moments and amounts.

use crate::body;
use crate::csv::Line;
use crate::date::{Moment, When};
use crate::header::{Columns, Header};
use crate::money::{self, Money, MoneyError, Unit};
use crate::page::{Origin, Reason};
use crate::text;

/// A row under its header.
#[derive(Debug)]
pub struct Row<'r, C> {
    pub(crate) origin: Origin<'r>,
    pub(crate) line: Line<'r>,
    pub(crate) header: &'r Header<C>,
}

impl<'r, C: Columns> Row<'r, C> {
    /// Its number in the source, from 1, header lines counted.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.origin.source_row
    }

    /// A column's text without blanks around it; none where the column is missing, empty, or says
    /// "no value" in one of the ways that people do.
    #[inline]
    #[must_use]
    pub fn get(&self, column: C) -> Option<&'r str> {
        self.written(column)
            .filter(|field| !text::is_unknown(field) && !self.header.is_no_value(field))
    }

    /// A column's text without blanks around it, where "no value" is a value of its own: `空`.
    #[inline]
    #[must_use]
    pub fn written(&self, column: C) -> Option<&'r str> {
        let at = self.header.position(column)?;
        Some(self.header.value(at, text::trim(self.line.get(at)?)))
    }

    /// A column read as a day.
    #[must_use]
    pub fn date(&self, column: C) -> body::Reading<'r, When> {
        let raw = self.get(column).unwrap_or_default();
        body::Reading::new(raw, When::<crate::Date>::parse(raw))
    }

    /// Two columns read as the days of a period, which may stand together in one of them.
    #[must_use]
    pub fn period(&self, from: C, until: C) -> (body::Reading<'r, When>, body::Reading<'r, When>) {
        body::Reading::period(self.date(from), self.date(until))
    }

    /// A column read as a moment.
    #[must_use]
    pub fn moment(&self, column: C) -> body::Reading<'r, When<Moment>> {
        let raw = self.get(column).unwrap_or_default();
        body::Reading::new(raw, When::<Moment>::parse(raw))
    }

    /// A column read as an amount that is counted in `unit`.
    #[must_use]
    pub fn money(&self, column: C, unit: Unit) -> body::Reading<'r, Option<Money>> {
        let raw = self.get(column).unwrap_or_default();
        let why = |error| match error {
            MoneyError::Unreadable => money::unreadable(raw),
            error => Reason::from(error),
        };
        body::Reading::new(raw, Money::parse(raw, unit).map_err(why))
    }
}

impl<'r, C> From<&Row<'r, C>> for Origin<'r> {
    fn from(row: &Row<'r, C>) -> Self {
        row.origin
    }
}
