//! Where feeds come from.

use super::SqlPlan;
use crate::secret::Secret;
use globset::GlobMatcher;
use std::path::PathBuf;
use std::time::Duration;

/// Where a feed comes from.
#[derive(Clone, Debug)]
pub enum SourcePlan {
    /// Files in a folder.
    Files(FilesPlan),
    /// Pulled over HTTP.
    Http(Box<HttpPlan>),
    /// Asked in SQL.
    Sql(Box<SqlPlan>),
}

impl SourcePlan {
    /// Where it is: scheme, host and port, or a folder.
    #[must_use]
    pub fn place(&self) -> String {
        match self {
            Self::Files(files) => files.dir.display().to_string(),
            Self::Http(http) => super::target::host(&http.url),
            Self::Sql(sql) => sql.database.place(),
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

/// Pulled over HTTP.
#[derive(Clone, Debug)]
pub struct HttpPlan {
    /// The address, with `{cursor}` where the cursor goes.
    pub url: String,
    /// The cursor of the first pull; given where the address has `{cursor}`, and only then.
    pub cursor_start: Option<String>,
    /// Bearer token.
    pub token: Option<Secret>,
    /// Name and password.
    pub basic: Option<Basic>,
    /// Certificates to trust, PEM, instead of the system's.
    pub ca_file: Option<PathBuf>,
    /// For one request, whole.
    pub timeout: Duration,
    /// Bytes that one reply may have.
    pub body_bytes_max: u64,
    /// Where the next cursor comes from.
    pub next: NextCursor,
    /// Pages that one run may pull.
    pub pages_max: u64,
    /// How its text is written.
    pub encoding: Encoding,
}

/// Name and password.
#[derive(Clone, Debug)]
pub struct Basic {
    /// The name.
    pub user: String,
    /// The password.
    pub password: Secret,
}

/// Where the next cursor comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NextCursor {
    /// The adapter finds it in the page.
    Adapter,
    /// A header of the reply, in lower case.
    Header(String),
}
