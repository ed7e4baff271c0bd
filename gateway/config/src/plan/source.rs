//! Where feeds come from.

use super::PushedPlan;
use super::pull::HttpPlan;
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
    /// Handed in by the department.
    Push(PushedPlan),
}

impl SourcePlan {
    /// Where it is: scheme, host and port, or a folder; each in a line where there are several.
    #[must_use]
    pub fn place(&self) -> String {
        match self {
            Self::Files(files) => files.dir.display().to_string(),
            Self::Http(http) => http.place(),
            Self::Push(_) => "由部门报送 handed in".to_owned(),
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
