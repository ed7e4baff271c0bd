//! What went wrong with a command, for the person who typed it.

use crate::exit::Exit;
use std::error::Error;
use std::fmt::{self, Display, Write as _};
use std::time::Duration;

/// Why a command ends, and what to do about it.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    /// How the process ends.
    pub exit: Exit,
    /// What happened, with its causes.
    pub message: String,
    /// What to do.
    pub remedy: Option<String>,
    /// Trying again before this has passed was asked not to be done.
    pub not_before: Option<Duration>,
}

impl Failure {
    /// A failure from an error and its causes, each said once.
    pub(crate) fn of(exit: Exit, error: &(dyn Error + 'static)) -> Self {
        Self {
            exit,
            message: causes(error),
            remedy: None,
            not_before: None,
        }
    }

    /// A failure in plain words.
    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self {
            exit,
            message: message.into(),
            remedy: None,
            not_before: None,
        }
    }

    /// Somebody asked to be left alone for so long.
    pub(crate) const fn not_before(mut self, wait: Duration) -> Self {
        self.not_before = Some(wait);
        self
    }

    /// With what to do about it.
    pub(crate) fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }
}

impl Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}", self.message)?;
        match &self.remedy {
            Some(remedy) => write!(f, "\n  help: {remedy}"),
            None => Ok(()),
        }
    }
}

/// An error with its causes, in one line.
pub(crate) fn causes(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let said = cause.to_string();
        if !text.ends_with(&said) && write!(text, ": {said}").is_err() {
            break;
        }
        next = cause.source();
    }
    text
}
