//! Narrowing down: one bad record costs one record.
//!
//! A piece that the adapter cannot be got past is fed again, less of it, until what is left is the
//! shortest stretch from here that it cannot read. Everything before is taken as usual; the
//! stretch alone is cut out. Over prefixes the answers are ordered: too short to hold a record
//! (the adapter asks for more) < good records (it consumes) < the bad one is in it (it fails).

use crate::call::CallError;
use credit_record::flow::Page;
use std::time::{Duration, Instant};

/// What narrowing may cost in one run before the adapter counts as broken.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    /// Stretches that may be cut out of one feed.
    pub cuts_max: u32,
    /// Time that may go into failed calls.
    pub time_max: Duration,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            cuts_max: 100,
            time_max: Duration::from_secs(60),
        }
    }
}

/// What became of a piece.
#[derive(Debug)]
pub enum Step {
    /// The adapter dealt with some of it, or all.
    Page(Page),
    /// It wants a longer piece.
    Longer,
    /// Its first `bytes` bytes are what it cannot be got past, and why.
    Cut {
        /// How many.
        bytes: usize,
        /// What the adapter did.
        why: CallError,
    },
}

/// Why a feed does not go on with this adapter.
#[derive(Debug, thiserror::Error)]
pub enum Broken {
    /// The adapter itself says that the feed cannot be read.
    #[error(transparent)]
    Feed(CallError),
    /// Narrowing has cost too much: it is not a record that is bad, it is the adapter.
    #[error("the adapter failed {failed} times, the last time: {last}")]
    Adapter {
        /// How many calls came to nothing.
        failed: u32,
        /// What it did last.
        last: CallError,
    },
}

/// Keeps count over one feed.
#[derive(Debug)]
pub struct Narrow {
    budget: Budget,
    text: bool,
    failed: u32,
    cuts: u32,
    spent: Duration,
}

impl Narrow {
    /// For a feed that is text (cut at line ends) or not (cut anywhere).
    #[must_use]
    pub fn new(budget: Budget, text: bool) -> Self {
        Self {
            budget,
            text,
            failed: 0,
            cuts: 0,
            spent: Duration::ZERO,
        }
    }

    /// Feeds `bytes` to `call(piece, last)`, less of them where it fails.
    ///
    /// # Errors
    /// The feed cannot be read, or the adapter is broken.
    pub fn step(
        &mut self,
        bytes: &[u8],
        last: bool,
        mut call: impl FnMut(&[u8], bool) -> Result<Page, CallError>,
    ) -> Result<Step, Broken> {
        let mut why = match self.try_call(bytes, last, &mut call)? {
            Ok(page) => return Ok(answer(page, bytes.is_empty())),
            // Wall time is not the adapter's alone: the machine may have been busy.
            Err(CallError::Timeout { .. }) => match self.try_call(bytes, last, &mut call)? {
                Ok(page) => return Ok(answer(page, bytes.is_empty())),
                Err(why) => why,
            },
            Err(why) => why,
        };
        let (mut low, mut high) = (0, bytes.len());
        while let Some(middle) = between(bytes, low, high, self.text) {
            let piece = bytes.get(..middle).unwrap_or_default();
            match self.try_call(piece, false, &mut call)? {
                Ok(page) if page.consumed > 0 => return Ok(Step::Page(page)),
                Ok(_) => low = middle,
                Err(error) => (high, why) = (middle, error),
            }
        }
        self.cuts += 1;
        if self.cuts > self.budget.cuts_max {
            return Err(Broken::Adapter {
                failed: self.failed,
                last: why,
            });
        }
        Ok(Step::Cut { bytes: high, why })
    }

    fn try_call(
        &mut self,
        bytes: &[u8],
        last: bool,
        call: &mut impl FnMut(&[u8], bool) -> Result<Page, CallError>,
    ) -> Result<Result<Page, CallError>, Broken> {
        let began = Instant::now();
        match call(bytes, last) {
            Ok(page) => Ok(Ok(page)),
            Err(error @ CallError::Feed { .. }) => Err(Broken::Feed(error)),
            Err(error) => {
                self.failed += 1;
                self.spent += began.elapsed();
                if self.spent > self.budget.time_max {
                    return Err(Broken::Adapter {
                        failed: self.failed,
                        last: error,
                    });
                }
                Ok(Err(error))
            }
        }
    }
}

fn answer(page: Page, empty: bool) -> Step {
    if page.consumed == 0 && !empty {
        Step::Longer
    } else {
        Step::Page(page)
    }
}

/// A place to cut strictly between `low` and `high`, near the middle; in text, behind a line end.
fn between(bytes: &[u8], low: usize, high: usize, text: bool) -> Option<usize> {
    let middle = low + (high - low) / 2;
    if !text {
        return (middle > low && middle < high).then_some(middle);
    }
    let ends = |from: usize, to: usize| bytes.get(from..to).unwrap_or_default().iter();
    let before = ends(low, middle)
        .rposition(|b| *b == b'\n')
        .map(|n| low + n + 1);
    let before = before.filter(|cut| *cut > low && *cut < high);
    before.or_else(|| {
        let after = ends(middle, high)
            .position(|b| *b == b'\n')
            .map(|n| middle + n + 1);
        after.filter(|cut| *cut > low && *cut < high)
    })
}

#[cfg(test)]
mod tests;
