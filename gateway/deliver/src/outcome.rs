//! What one attempt came to.

use std::fmt;
use std::time::Duration;

use credit_record::flow::Receipt;

/// The outcome of one attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Every row has its fate.
    Settled(Receipt),
    /// Nothing is known to be stored: send the same parcel again, with the same key.
    Retry {
        /// How long the target asks to wait.
        after: Option<Duration>,
        /// What happened.
        why: Failure,
    },
    /// It was sent, and what became of it is not known yet: look again after so long.
    Wait(Duration),
    /// Sending again cannot help until somebody has acted.
    Stop(Stop),
}

impl Outcome {
    pub(crate) fn retry(code: impl Into<String>, text: String) -> Self {
        Self::Retry {
            after: None,
            why: Failure {
                code: code.into(),
                text,
            },
        }
    }
}

/// A failure that may pass by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Stable word: `connect`, `timeout`, `http_503`, `platform_500`, ...
    pub code: String,
    /// What happened, with host and status.
    pub text: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} [{}]", self.text, self.code)
    }
}

/// What a [`Stop`] stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Deliveries of this route to this target.
    Route,
    /// Deliveries of all routes to this target.
    Target,
}

/// Why deliveries stop until somebody has acted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stop {
    /// Stable word: `http_401`, `platform_3002`, `receipt_unclear`, ...
    pub code: String,
    /// What is wrong, in Chinese.
    pub zh: String,
    /// What is wrong, in English.
    pub en: String,
    /// What to do, in Chinese and English.
    pub remedy: String,
    /// What stops.
    pub scope: Scope,
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} [{}]: {}", self.en, self.code, self.remedy)
    }
}
