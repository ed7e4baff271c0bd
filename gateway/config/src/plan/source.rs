//! Where feeds come from.

use super::pull::{HttpAuth, HttpPlan};
use super::{MachinePlan, PushedPlan, SqlPlan};
use crate::secret::Secret;
use globset::GlobMatcher;
use std::path::PathBuf;
use std::time::Duration;

/// Where a feed comes from.
#[derive(Clone, Debug)]
pub enum SourcePlan {
    /// Files in a folder.
    Files(FilesPlan),
    /// Files in a folder of another machine.
    Remote(Box<RemotePlan>),
    /// Pulled over HTTP.
    Http(Box<HttpPlan>),
    /// Handed in by the department.
    Push(PushedPlan),
    /// Asked in SQL.
    Sql(Box<SqlPlan>),
}

impl SourcePlan {
    /// Where it is: scheme, host and port, or a folder; each in a line where there are several.
    #[must_use]
    pub fn place(&self) -> String {
        match self {
            Self::Files(files) => files.dir.display().to_string(),
            Self::Remote(remote) => remote.machine.place(),
            Self::Http(http) => http.place(),
            Self::Sql(sql) => sql.database.place(),
            Self::Push(_) => "由部门报送 handed in".to_owned(),
        }
    }

    /// The secrets that it needs.
    pub fn secrets(&self) -> impl Iterator<Item = &Secret> {
        let secret = match self {
            Self::Files(_) => None,
            Self::Remote(remote) => Some(remote.machine.secret()),
            Self::Http(http) => match &http.auth {
                HttpAuth::None => None,
                HttpAuth::Token(token) => Some(token),
                HttpAuth::Basic(basic) => Some(&basic.password),
                HttpAuth::Oauth(oauth) => Some(&oauth.client_secret),
            },
            Self::Sql(sql) => Some(&sql.database.password),
            Self::Push(pushed) => pushed.token.as_ref(),
        };
        secret.into_iter()
    }

    /// It is a folder, here or elsewhere, which can be looked into again and again.
    #[must_use]
    pub const fn is_folder(&self) -> bool {
        match self {
            Self::Files(_) | Self::Remote(_) => true,
            Self::Http(_) | Self::Sql(_) | Self::Push(_) => false,
        }
    }
}

/// Files in a folder.
#[derive(Clone, Debug)]
pub struct FilesPlan {
    /// The folder.
    pub dir: PathBuf,
    /// Which files, by their path in the folder; `*` does not match `/`.
    pub glob: GlobMatcher,
    /// When a file is complete.
    pub ready: Ready,
    /// How its text is written.
    pub encoding: Encoding,
    /// Which file comes first.
    pub order: FileOrder,
    /// What becomes of a file that was taken.
    pub after: After,
}

/// What becomes of a file that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum After {
    /// It stays.
    Keep,
    /// It is moved to this folder.
    Archive(PathBuf),
    /// It is deleted.
    Delete,
}

/// Files in a folder of another machine.
#[derive(Clone, Debug)]
pub struct RemotePlan {
    /// Which machine.
    pub machine: MachinePlan,
    /// Which files, and what becomes of them; folders are named as the other machine does.
    pub files: FilesPlan,
    /// Longest time that copying one file takes at a stretch.
    pub copy: Duration,
    /// Longest file that is copied.
    pub file_bytes_max: u64,
}

/// When a file is complete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ready {
    /// Its size and time have not changed for so long.
    Stable(Duration),
    /// Another file beside it says so: its name, with `{name}` for the file's name and `{stem}`
    /// for the same without its extension.
    OkFile(String),
}

/// Which file comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileOrder {
    /// By name.
    Name,
    /// The one that was changed first.
    Modified,
}

/// How text is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8 or GB18030, found out from the text.
    Detect,
    /// UTF-8.
    Utf8,
    /// GB18030, which includes GBK and GB2312.
    Gb18030,
    /// No text: handed over as it is.
    Binary,
}
