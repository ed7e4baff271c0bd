//! Each value of the draft at hand: checked, and brought into its canonical form.

use std::borrow::Cow;

use chrono::{Datelike, NaiveDate};

use super::{
    forms::check,
    sheet::{Sheet, Slot},
    why::Why,
};
use crate::{
    directory::{Column, Counted, Derived, Directory, Kind},
    flow::Reason,
    id::TaxId,
};

/// The day of the judgement, in the forms in which it is needed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Today {
    pub(super) date: NaiveDate,
    pub(super) day: i32,
}

impl Today {
    pub(super) fn of(date: NaiveDate) -> Self {
        Self {
            date,
            day: date.num_days_from_ce(),
        }
    }
}

/// What the values of a page are held against.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terms {
    pub(super) today: Today,
    /// What lengths count in columns that do not say it themselves.
    pub(super) counted: Counted,
    /// Somewhere in the page there is a character that could not be decoded.
    pub(super) damaged: bool,
}

impl<'p> Sheet<'p> {
    /// Checks every value of the draft.
    pub(super) fn values(&mut self, directory: &Directory, terms: Terms) {
        let columns = directory.columns();
        let terms = Terms {
            counted: terms.counted.max(directory.length_in),
            ..terms
        };
        for at in self.given.iter() {
            // Derived columns are not read: they are worked out anew.
            let column = columns.get(usize::from(at)).filter(|c| c.derive.is_none());
            let Some(column) = column else {
                continue;
            };
            match self.value((directory, column), at, terms) {
                Ok(()) => self.good = self.good.with(at),
                Err(reason) => self.reasons.push(reason),
            }
        }
        self.derive(columns, terms.today);
    }

    fn value(
        &mut self,
        (directory, column): (&Directory, &Column),
        at: u16,
        terms: Terms,
    ) -> Result<(), Reason> {
        let Some(slot) = self.slots.get(usize::from(at)) else {
            return Ok(());
        };
        let document = match column.kind {
            Kind::Document { kind: Some(kind) } => self.given(kind),
            _ => None,
        };
        let found = check(column, slot, document, terms)?;
        if found.person {
            self.person = true;
            if !directory.person() {
                return Err(Why::PersonalIdInTaxId.reason(Some(column)));
            }
        }
        self.repairs |= found.repairs;
        self.warnings |= found.warnings;
        let Some(slot) = self.slots.get_mut(usize::from(at)) else {
            return Ok(());
        };
        slot.value = found.value;
        if let Some(canonical) = found.canonical {
            slot.text = Cow::Owned(canonical);
            self.rewrite = true;
        }
        Ok(())
    }

    /// Fills the columns that are worked out of a tax id; what the body says of them is replaced.
    fn derive(&mut self, columns: &[Column], today: Today) {
        for (column, at) in columns.iter().zip(0_u16..) {
            let Some((from, what)) = column.derive else {
                continue;
            };
            let tax_id = self
                .good(from)
                .and_then(|slot| TaxId::parse(&slot.text, today.date).ok());
            let text = tax_id.and_then(|tax_id| match what {
                Derived::Form => Some(tax_id.value.form().word().to_owned()),
                Derived::Uscc => tax_id.value.uscc().map(|uscc| uscc.as_str().to_owned()),
                Derived::OrgCode => tax_id.value.org_code().map(|code| code.as_str().to_owned()),
            });
            let said = self.given(at);
            if said == text.as_deref() {
                if text.is_some() {
                    self.good = self.good.with(at);
                }
                continue;
            }
            self.rewrite = true;
            let Some((slot, text)) = self.slots.get_mut(usize::from(at)).zip(text) else {
                continue;
            };
            *slot = Slot {
                text: Cow::Owned(text),
                number: false,
                value: 0,
            };
            self.given = self.given.with(at);
            self.good = self.good.with(at);
        }
    }
}
