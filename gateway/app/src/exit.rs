//! How the process ends: one meaning a number, the same for every command.

use std::process::ExitCode;

/// Exit codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done.
    Done = 0,
    /// Something of the machine failed: a disk, a port, a file.
    Failed = 1,
    /// A wrong command line; the parser ends with it, too.
    Usage = 2,
    /// The configuration has problems; all of them were shown.
    Config = 3,
    /// Another gateway holds the state folder.
    Held = 4,
    /// The state folder is damaged; nothing was changed.
    Damaged = 5,
    /// Rows wait: a target is down or stopped, or a feed could not be read.
    Waiting = 6,
    /// What was asked for is not there: no such route, no such record.
    NotFound = 7,
    /// The books do not balance.
    Books = 8,
    /// An adapter's bundle is refused; every reason was shown.
    Refused = 9,
    /// What was compared differs.
    Differs = 10,
}

impl Exit {
    /// The ending with that code.
    pub(crate) const fn from_byte(byte: u8) -> Option<Self> {
        Some(match byte {
            0 => Self::Done,
            1 => Self::Failed,
            2 => Self::Usage,
            3 => Self::Config,
            4 => Self::Held,
            5 => Self::Damaged,
            6 => Self::Waiting,
            7 => Self::NotFound,
            8 => Self::Books,
            9 => Self::Refused,
            10 => Self::Differs,
            _ => return None,
        })
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
