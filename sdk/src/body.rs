//! One draft's body, written column by column straight into the page.
//!
//! The typed builders of [`crate::directory`] are made of this. What must stay true: a body that
//! is not finished leaves no trace in the page.

use crate::date::{Date, Moment, When};
use crate::json;
use crate::money::{Money, Unit};
use crate::page::{Operation, Origin, PageBuilder, Reason};

/// A value read from a feed: what it is, or why it could not be read and how it stood there.
#[derive(Clone, Debug)]
pub struct Reading<'r, T> {
    raw: &'r str,
    value: Result<T, Reason>,
}

impl<'r, T> Reading<'r, T> {
    /// What came of reading `raw`.
    pub fn new(raw: &'r str, value: Result<T, impl Into<Reason>>) -> Self {
        Self {
            raw,
            value: value.map_err(Into::into),
        }
    }

    /// The value, where it could be read.
    pub fn value(&self) -> Option<&T> {
        self.value.as_ref().ok()
    }
}

impl Reading<'_, When> {
    /// The two days of a period. Where only one of its two cells is filled, and holds both days,
    /// each goes to its place; one that says 长期 and no day is the end.
    #[must_use]
    pub fn period(from: Self, until: Self) -> (Self, Self) {
        let cell = match (from.value(), until.value()) {
            (None, Some(When::Unknown)) => from.raw,
            (Some(When::Unknown), None) => until.raw,
            (Some(When::NoEnd), Some(When::Unknown)) => return (until, from),
            _ => return (from, until),
        };
        match When::parse_span(cell) {
            Some((first, second)) => (first.into(), second.into()),
            None => (from, until),
        }
    }

    /// Of a cell that holds the two days of a period, the last.
    #[must_use]
    pub fn last_day(self) -> Self {
        match When::parse_span(self.raw).filter(|_| self.value.is_err()) {
            Some((_, last)) => last.into(),
            None => self,
        }
    }
}

impl<T> From<T> for Reading<'_, T> {
    fn from(value: T) -> Self {
        Self {
            raw: "",
            value: Ok(value),
        }
    }
}

impl From<Date> for Reading<'_, When> {
    fn from(day: Date) -> Self {
        When::On(day).into()
    }
}

impl From<Moment> for Reading<'_, When<Moment>> {
    fn from(moment: Moment) -> Self {
        When::On(moment).into()
    }
}

impl From<Money> for Reading<'_, Option<Money>> {
    fn from(amount: Money) -> Self {
        Some(amount).into()
    }
}

/// A body being written.
#[derive(Debug)]
pub struct Body<'p> {
    page: &'p mut PageBuilder,
    origin: Origin<'p>,
    directory: &'static str,
    operation: Operation,
    start: usize,
    finished: bool,
}

impl<'p> Body<'p> {
    /// Begins a draft of `directory` (`code` or `code@profile`) for a row of the source.
    #[must_use]
    pub fn new(page: &'p mut PageBuilder, origin: Origin<'p>, directory: &'static str) -> Self {
        let start = page.page.bodies.len();
        page.page.bodies.push('{');
        let operation = Operation::default();
        Self {
            page,
            origin,
            directory,
            operation,
            start,
            finished: false,
        }
    }

    /// Says what is to become of the record.
    pub fn operation(&mut self, operation: Operation) {
        self.operation = operation;
    }

    /// Writes text, where there is any. `key` is the column's code as JSON, `"CODE":`.
    #[inline]
    pub fn text(&mut self, key: &'static str, value: Option<&str>) {
        if let Some(value) = value {
            self.key(key);
            json::push_string(&mut self.page.page.bodies, value);
        }
    }

    /// Writes a day; what could not be read is written as it stood, and doubted.
    pub fn date(&mut self, key: &'static str, reading: Reading<'_, When>) {
        self.reading(key, reading, |when, out| push_when(when, out, Date::push));
    }

    /// Writes a moment, in the same way.
    pub fn moment(&mut self, key: &'static str, reading: Reading<'_, When<Moment>>) {
        self.reading(key, reading, |when, out| push_when(when, out, Moment::push));
    }

    /// Writes an amount as a decimal number in the column's unit, in the same way.
    pub fn money(&mut self, key: &'static str, unit: Unit, reading: Reading<'_, Option<Money>>) {
        self.reading(key, reading, |amount, out| {
            if let Some(amount) = amount {
                out.push('"');
                amount.push(out, unit);
                out.push('"');
            }
        });
    }

    /// Writes several codes, joined by `;`, where there are any.
    pub fn codes<'c>(&mut self, key: &'static str, codes: impl IntoIterator<Item = &'c str>) {
        let mut codes = codes.into_iter();
        let Some(first) = codes.next() else { return };
        self.key(key);
        json::push_string(&mut self.page.page.bodies, first);
        for code in codes {
            // The quote before goes, and comes back behind.
            self.page.page.bodies.pop();
            self.page.page.bodies.push(';');
            let from = self.page.page.bodies.len();
            json::push_string(&mut self.page.page.bodies, code);
            self.page.page.bodies.remove(from);
        }
    }

    /// Doubts a column of this draft.
    pub fn doubt(&mut self, field: &str, reason: impl Into<Reason>) {
        self.page.doubt(&self.origin, field, reason);
    }

    /// Puts the draft into the page.
    pub fn finish(mut self) {
        self.page.page.bodies.push('}');
        self.page
            .end_draft(self.origin.source_row, self.directory, self.operation);
        self.finished = true;
    }

    fn reading<T>(
        &mut self,
        key: &'static str,
        reading: Reading<'_, T>,
        push: impl FnOnce(T, &mut String),
    ) {
        let before = self.page.page.bodies.len();
        self.key(key);
        let value_from = self.page.page.bodies.len();
        match reading.value {
            Ok(value) => push(value, &mut self.page.page.bodies),
            Err(reason) => {
                json::push_string(&mut self.page.page.bodies, reading.raw);
                self.doubt(key.trim_matches(['"', ':']), reason);
            }
        }
        if self.page.page.bodies.len() == value_from {
            self.page.page.bodies.truncate(before);
        }
    }

    #[inline]
    fn key(&mut self, key: &'static str) {
        let bodies = &mut self.page.page.bodies;
        if bodies.len() > self.start + 1 {
            bodies.push(',');
        }
        bodies.push_str(key);
    }
}

impl Drop for Body<'_> {
    fn drop(&mut self) {
        if !self.finished {
            self.page.page.bodies.truncate(self.start);
        }
    }
}

fn push_when<T>(when: When<T>, out: &mut String, push: impl FnOnce(T, &mut String)) {
    match when {
        When::Unknown => {}
        When::NoEnd => out.push_str("\"2099-12-31\""),
        When::On(value) => {
            out.push('"');
            push(value, out);
            out.push('"');
        }
    }
}
