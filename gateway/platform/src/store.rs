//! The rows, by table and key, and the books about them.

use std::collections::{HashMap, VecDeque};

use bytes::Bytes;
use serde::Serialize;

/// Answers remembered by idempotency key; the oldest are forgotten first.
const ANSWERS_MAX: usize = 100_000;

/// What the stand-in has counted since it started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Stats {
    /// Requests to the push interface, well or ill.
    pub requests: u64,
    /// Of these: answered from memory, because their idempotency key was known.
    pub repeated_requests: u64,
    /// Rows stored, a repeated key counted each time.
    pub records: u64,
    /// Rows kept: one for each key.
    pub unique: u64,
    /// Rows stored whose key was there already: `records - unique`.
    pub overwritten: u64,
    /// Rows refused.
    pub refused: u64,
    /// Rows kept that are doubtful.
    pub doubtful: u64,
    /// Rows kept that are withdrawn.
    pub withdrawn: u64,
    /// Rows kept that are held.
    pub held: u64,
    /// Faults still to come.
    pub faults: u64,
}

/// What became of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Stored.
    Stored,
    /// Stored among the doubtful rows.
    Doubtful,
    /// Withdrawn by its author.
    Withdrawn,
    /// Held because it is contested.
    Held,
}

impl State {
    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Stored => "stored",
            Self::Doubtful => "doubtful",
            Self::Withdrawn => "withdrawn",
            Self::Held => "held",
        }
    }
}

/// A row as it is kept.
#[derive(Clone, Debug)]
pub struct Row {
    /// What became of it.
    pub state: State,
    /// How often it was stored.
    pub versions: u32,
    /// Its latest body: a JSON object in UTF-8, a slice of the request that brought it.
    pub body: Bytes,
}

#[derive(Debug, Default)]
pub(crate) struct Store {
    tables: HashMap<String, Rows>,
    answers: HashMap<String, Bytes>,
    answered: VecDeque<String>,
    tasks: u64,
    pub(crate) stats: Stats,
}

/// Rows in the order in which their keys first came.
#[derive(Debug, Default)]
struct Rows {
    by_key: HashMap<u128, usize>,
    rows: Vec<Row>,
}

impl Store {
    pub(crate) fn next_task(&mut self) -> u64 {
        self.tasks += 1;
        self.tasks
    }

    pub(crate) fn answer(&self, key: &str) -> Option<Bytes> {
        self.answers.get(key).cloned()
    }

    pub(crate) fn remember(&mut self, key: String, answer: Bytes) {
        if self.answers.len() >= ANSWERS_MAX
            && let Some(oldest) = self.answered.pop_front()
        {
            self.answers.remove(&oldest);
        }
        if self.answers.insert(key.clone(), answer).is_none() {
            self.answered.push_back(key);
        }
    }

    pub(crate) fn rows(&self, table: &str) -> &[Row] {
        self.tables.get(table).map_or(&[], |rows| &rows.rows)
    }

    /// Stores rows, or the latest versions of them.
    pub(crate) fn put(&mut self, table: &str, rows: impl Iterator<Item = (u128, State, Bytes)>) {
        let Self { tables, stats, .. } = self;
        let kept = tables.entry(table.to_owned()).or_default();
        for (key, state, body) in rows {
            stats.records += 1;
            let next = kept.rows.len();
            let at = *kept.by_key.entry(key).or_insert(next);
            match kept.rows.get_mut(at) {
                Some(row) => {
                    stats.overwritten += 1;
                    stats.moves(Some(row.state), state);
                    *row = Row {
                        state,
                        versions: row.versions.saturating_add(1),
                        body,
                    };
                }
                None => {
                    stats.unique += 1;
                    stats.moves(None, state);
                    kept.rows.push(Row {
                        state,
                        versions: 1,
                        body,
                    });
                }
            }
        }
    }

    /// Marks a row that is there; whether it is.
    pub(crate) fn mark(&mut self, table: &str, key: u128, state: State) -> bool {
        let Some(rows) = self.tables.get_mut(table) else {
            return false;
        };
        let at = rows.by_key.get(&key).copied();
        let Some(row) = at.and_then(|at| rows.rows.get_mut(at)) else {
            return false;
        };
        self.stats.moves(Some(row.state), state);
        row.state = state;
        true
    }
}

impl Stats {
    fn moves(&mut self, from: Option<State>, to: State) {
        if let Some(count) = from.and_then(|state| self.of(state)) {
            *count -= 1;
        }
        if let Some(count) = self.of(to) {
            *count += 1;
        }
    }

    fn of(&mut self, state: State) -> Option<&mut u64> {
        match state {
            State::Stored => None,
            State::Doubtful => Some(&mut self.doubtful),
            State::Withdrawn => Some(&mut self.withdrawn),
            State::Held => Some(&mut self.held),
        }
    }
}
