//! The desk that a configuration is read at: its files, what was found wrong, and what it names.

use crate::env::Env;
use crate::problem::{Place, Problem, Problems, Severity};
use crate::text::SourceText;
use std::collections::BTreeSet;
use std::ops::Range;
use std::path::{Component, Path, PathBuf};
use toml::Spanned;
use toml::de::DeTable;

/// The code of what is not TOML.
const SYNTAX: &str = "syntax";

/// A stretch of one of the files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Spot {
    /// Index into the files.
    pub(crate) file: usize,
    /// Bytes; `0..0` is the file as a whole.
    pub(crate) span: Range<usize>,
}

/// Something on the disk that the configuration names.
pub(crate) struct NamedFile {
    pub(crate) path: PathBuf,
    pub(crate) kind: NamedKind,
    pub(crate) spot: Spot,
}

/// What a named file has to be.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum NamedKind {
    /// Keeps a secret.
    Secret,
    /// Is read as it is.
    File,
    /// A folder read at the start.
    Folder,
    /// A folder that feeds arrive in.
    Inbox,
    /// A folder that files are put into for somebody else.
    Outbox,
    /// A folder that is made where it is missing.
    Made,
}

/// A problem without its place.
pub(crate) struct Trouble {
    severity: Severity,
    code: &'static str,
    message: String,
    help: String,
}

impl Trouble {
    /// Makes the configuration unusable.
    pub(crate) fn error(
        code: &'static str,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Self {
            severity: Severity::Error,
            code,
            message: message.into(),
            help: help.into(),
        }
    }

    /// Is to be told and no more.
    pub(crate) fn warning(
        code: &'static str,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Self {
            severity: Severity::Warning,
            code,
            message: message.into(),
            help: help.into(),
        }
    }

    /// About the file as a whole.
    pub(crate) fn in_file(self, file: &str) -> Problem {
        self.at(file, None)
    }

    fn at(self, file: &str, place: Option<Place>) -> Problem {
        let Self {
            severity,
            code,
            message,
            help,
        } = self;
        Problem {
            severity,
            code,
            message,
            help,
            file: file.to_owned(),
            place,
        }
    }
}

/// See the module.
pub(crate) struct Desk<'a> {
    pub(crate) env: &'a dyn Env,
    /// What the configuration names on the disk.
    pub(crate) named: Vec<NamedFile>,
    /// Every key that was asked for, with its sections.
    pub(crate) keys: BTreeSet<String>,
    files: &'a [SourceText],
    troubles: Vec<(Spot, Trouble)>,
    loose: Vec<Problem>,
    masks: Vec<Spot>,
    /// Files and lines with syntax errors.
    broken: BTreeSet<(usize, u32)>,
    /// Those of them that should have named a table.
    lost_tables: BTreeSet<(usize, u32)>,
}

impl<'a> Desk<'a> {
    pub(crate) fn new(files: &'a [SourceText], env: &'a dyn Env) -> Self {
        Self {
            env,
            named: Vec::new(),
            keys: BTreeSet::new(),
            files,
            troubles: Vec::new(),
            loose: Vec::new(),
            masks: Vec::new(),
            broken: BTreeSet::new(),
            lost_tables: BTreeSet::new(),
        }
    }

    /// The tables of a file, as far as its syntax can be understood.
    pub(crate) fn parse(&mut self, file: usize) -> Spanned<DeTable<'a>> {
        let text = self.files.get(file).map_or("", |f| f.text.as_str());
        let (table, errors) = DeTable::parse_recoverable(text);
        for error in errors {
            let span = error.span().unwrap_or(0..1);
            let spot = Spot {
                file,
                span: span.start..span.end.max(span.start + 1),
            };
            let line = self.line(&spot);
            if self.broken.insert((file, line)) {
                let start = self.files.get(file).map(|f| f.line(spot.span.start).text);
                if start.is_some_and(|text| text.trim_start().starts_with('[')) {
                    self.lost_tables.insert((file, line));
                }
                self.report(&spot, Trouble::error(
                    SYNTAX,
                    format!("this is not TOML: {}", error.message()),
                    "text stands in double quotes, tables in [brackets], one key = value a line",
                ));
            }
        }
        table
    }

    /// The file's syntax has errors: what seems to be missing may only be misspelt.
    pub(crate) fn is_broken(&self, file: usize) -> bool {
        self.broken
            .range((file, 0)..=(file, u32::MAX))
            .next()
            .is_some()
    }

    pub(crate) fn report(&mut self, spot: &Spot, trouble: Trouble) {
        self.troubles.push((spot.clone(), trouble));
    }

    /// Reports what is about a file as a whole.
    pub(crate) fn report_file(&mut self, problem: Problem) {
        self.loose.push(problem);
    }

    /// Whatever stands at `spot` is never shown.
    pub(crate) fn mask(&mut self, spot: &Spot) {
        self.masks.push(spot.clone());
    }

    /// What stands at `spot`, as it is written.
    pub(crate) fn written(&self, spot: &Spot) -> &'a str {
        let text = self.files.get(spot.file).map_or("", |f| f.text.as_str());
        text.get(spot.span.clone()).unwrap_or_default()
    }

    /// A path as it is written, seen from the file that says it, its `..` folded in.
    pub(crate) fn beside(&self, file: usize, path: &str) -> PathBuf {
        let name = self.files.get(file).map_or("", |f| f.name.as_str());
        let mut whole = PathBuf::new();
        for part in Path::new(name)
            .parent()
            .unwrap_or(Path::new(""))
            .join(path)
            .components()
        {
            let names = matches!(whole.components().next_back(), Some(Component::Normal(_)));
            match part {
                Component::CurDir => {}
                Component::ParentDir if names => {
                    whole.pop();
                }
                part => whole.push(part),
            }
        }
        if whole.as_os_str().is_empty() {
            PathBuf::from(".")
        } else {
            whole
        }
    }

    /// All that was reported, in the order of the files and of the lines in them. What only follows
    /// from an error of syntax is left out.
    pub(crate) fn close(mut self) -> Problems {
        let mut troubles = std::mem::take(&mut self.troubles);
        troubles.retain(|(spot, trouble)| !self.is_consequence(spot, trouble.code));
        troubles.sort_by_key(|(spot, _)| (spot.file, spot.span.start));
        let mut problems = std::mem::take(&mut self.loose);
        for (spot, trouble) in troubles {
            let file = self.files.get(spot.file).map_or("", |f| f.name.as_str());
            let place = self.place(&spot, trouble.code == SYNTAX);
            problems.push(trouble.at(file, place));
        }
        Problems(problems)
    }

    /// It follows from an error of syntax: in the same line, or of a key that the error hides, or
    /// in a table whose name was lost with it.
    fn is_consequence(&self, spot: &Spot, code: &str) -> bool {
        let line = self.line(spot);
        let lost_table = || {
            self.lost_tables
                .iter()
                .any(|(file, l)| *file == spot.file && *l < line)
        };
        match code {
            SYNTAX => false,
            "missing_key" => self.is_broken(spot.file),
            "unknown_key" if lost_table() => true,
            _ => spot.span.end > 0 && self.broken.contains(&(spot.file, line)),
        }
    }

    fn line(&self, spot: &Spot) -> u32 {
        self.files
            .get(spot.file)
            .map_or(0, |f| f.line(spot.span.start).number)
    }

    /// Nothing where the spot is the file as a whole.
    fn place(&self, spot: &Spot, syntax: bool) -> Option<Place> {
        let file = self.files.get(spot.file).filter(|_| spot.span.end > 0)?;
        let line = file.line(spot.span.start);
        let inside_text = syntax && is_inside_text(file.text.get(..line.start).unwrap_or_default());
        let shown = shown_bytes(line.text);
        let mut text = String::new();
        let (mut column, mut before, mut characters) = (1, 0, 0);
        let (mut was_masked, mut buffer) = (false, [0; 4]);
        for (at, c) in line.text.char_indices() {
            let place = line.start + at;
            let masked = inside_text
                || syntax && at >= shown
                || self
                    .masks
                    .iter()
                    .any(|s| s.file == spot.file && s.span.contains(&place));
            let stands = match (masked, was_masked) {
                (true, true) => "",
                (true, false) => "***",
                (false, _) => c.encode_utf8(&mut buffer),
            };
            was_masked = masked;
            text.push_str(stands);
            if place < spot.span.start {
                column += 1;
                before += stands.chars().count();
            } else if place < spot.span.end {
                characters += stands.chars().count();
            }
        }
        let marked = (before, characters.max(1));
        Some(Place {
            line: line.number,
            column,
            text,
            marked,
        })
    }
}

/// A text of several lines has begun in `before` and not ended.
fn is_inside_text(before: &str) -> bool {
    ["\"\"\"", "'''"]
        .iter()
        .any(|quotes| before.matches(quotes).count() % 2 == 1)
}

/// How many bytes of a line that is no TOML can be shown: a key and its `=`, or a table's name.
/// Whatever else there is may be a secret.
fn shown_bytes(line: &str) -> usize {
    let start = line.trim_start();
    let end = start
        .find(|c: char| c.is_whitespace() || "=\"'".contains(c))
        .unwrap_or(start.len());
    let (name, rest) = start.split_at(end);
    match rest.trim_start().strip_prefix('=') {
        Some(value) => line.len() - value.trim_start().len(),
        None if name.starts_with('[') => line.len() - rest.len(),
        None => 0,
    }
}
