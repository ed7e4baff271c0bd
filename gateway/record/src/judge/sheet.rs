//! One draft laid out by its directory's columns. One sheet serves all drafts of a page.

use std::borrow::Cow;

use super::{
    scan::{Scanner, Token},
    why::Why,
};
use crate::{
    directory::{Column, Columns, Directory},
    flow::Reason,
    id::{Repairs, Warnings},
};

/// How many columns after the last one are tried before the directory is searched.
const AHEAD: usize = 4;

/// A column's value.
#[derive(Clone, Debug, Default)]
pub(super) struct Slot<'p> {
    /// The value as written, then its canonical form.
    pub(super) text: Cow<'p, str>,
    /// It came as a JSON number.
    pub(super) number: bool,
    /// Days of a date, seconds of a time, 分 of an amount, an integer; bits of a code set.
    pub(super) value: i64,
}

/// The draft at hand.
#[derive(Debug, Default)]
pub(super) struct Sheet<'p> {
    pub(super) slots: Vec<Slot<'p>>,
    /// Columns that stand in the body.
    seen: Columns,
    /// Columns with a value.
    pub(super) given: Columns,
    /// Columns whose value passed.
    pub(super) good: Columns,
    /// The body is no flat object: there is nothing more to say of it.
    pub(super) malformed: bool,
    /// The body cannot be carried over as it stands.
    pub(super) rewrite: bool,
    pub(super) repairs: Repairs,
    pub(super) warnings: Warnings,
    pub(super) person: bool,
    pub(super) reasons: Vec<Reason>,
}

impl<'p> Sheet<'p> {
    /// Lays out a body; the sheet is as good as new before.
    pub(super) fn read(&mut self, directory: &Directory, body: &'p str) {
        let columns = directory.columns();
        if self.slots.len() < columns.len() {
            self.slots.resize(columns.len(), Slot::default());
        }
        self.seen = Columns::default();
        self.given = Columns::default();
        self.good = Columns::default();
        self.malformed = false;
        self.rewrite = false;
        self.repairs = Repairs::NONE;
        self.warnings = Warnings::NONE;
        self.person = directory.person();
        self.reasons.clear();

        let mut scanner = Scanner::new(body);
        let mut next = 0;
        loop {
            match scanner.member() {
                Ok(None) => return,
                Ok(Some((name, token))) => match find(directory, next, &name) {
                    Some(at) => {
                        next = usize::from(at) + 1;
                        self.lay(columns, at, token);
                    }
                    None => self
                        .reasons
                        .push(Why::ColumnUnknown { name: &name }.reason(None)),
                },
                Err(malformed) => {
                    self.malformed = true;
                    self.reasons
                        .push(Why::BodyMalformed { at: malformed.0 }.reason(None));
                    return;
                }
            }
        }
    }

    fn lay(&mut self, columns: &[Column], at: u16, token: Token<'p>) {
        let Some(slot) = self.slots.get_mut(usize::from(at)) else {
            return;
        };
        let column = columns.get(usize::from(at));
        if self.seen.has(at) {
            self.reasons.push(Why::ColumnTwice.reason(column));
            return;
        }
        self.seen = self.seen.with(at);
        slot.number = false;
        match token {
            Token::Null => {}
            Token::Bool => self.reasons.push(Why::ValueShape.reason(column)),
            Token::Number(text) => {
                slot.text = Cow::Borrowed(text);
                slot.number = true;
                self.rewrite = true;
                self.given = self.given.with(at);
            }
            Token::Text(text) => {
                let (text, trimmed) = trim(text);
                if trimmed {
                    self.repairs |= Repairs::TRIM;
                    self.rewrite = true;
                }
                if text.is_empty() {
                    // No value: written anew without it, as a target may not take "" for null.
                    self.rewrite = true;
                } else {
                    self.given = self.given.with(at);
                }
                slot.text = text;
            }
        }
    }

    /// The value of a column that passed.
    pub(super) fn good(&self, column: u16) -> Option<&Slot<'p>> {
        let slot = self.slots.get(usize::from(column))?;
        self.good.has(column).then_some(slot)
    }

    /// The text of a column that has a value, right or wrong.
    pub(super) fn given(&self, column: u16) -> Option<&str> {
        let slot = self.slots.get(usize::from(column))?;
        self.given.has(column).then_some(&*slot.text)
    }
}

/// Finds a column by name: most bodies are in the directory's order.
fn find(directory: &Directory, next: usize, name: &str) -> Option<u16> {
    let ahead = directory
        .columns()
        .iter()
        .enumerate()
        .skip(next)
        .take(AHEAD);
    for (at, column) in ahead {
        if column.code == name {
            return u16::try_from(at).ok();
        }
    }
    directory.position(name)
}

/// The text without blanks around it, and whether there were any.
fn trim(text: Cow<'_, str>) -> (Cow<'_, str>, bool) {
    let blank = |c: char| c.is_whitespace() || matches!(c, '\u{200b}' | '\u{feff}');
    match text {
        Cow::Borrowed(text) => {
            let inner = text.trim_matches(blank);
            (Cow::Borrowed(inner), inner.len() < text.len())
        }
        Cow::Owned(text) => {
            let inner = text.trim_matches(blank);
            if inner.len() == text.len() {
                return (Cow::Owned(text), false);
            }
            (Cow::Owned(inner.to_owned()), true)
        }
    }
}
