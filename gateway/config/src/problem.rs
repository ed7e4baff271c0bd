//! What is wrong with a configuration: every problem with its place and its remedy.
//!
//! A problem is shown to people and written to logs: nothing that could be a secret stands in it.

use serde::Serialize;
use std::fmt;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The configuration cannot be used.
    Error,
    /// It can be used, but is not as it should be.
    Warning,
}

/// One problem.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// How bad it is.
    pub severity: Severity,
    /// Stable word.
    pub code: &'static str,
    /// What is wrong, with the value as it is written.
    pub message: String,
    /// What to do.
    pub help: String,
    /// The file.
    pub file: String,
    /// Where in the file; nothing when it is about the file as a whole.
    pub place: Option<Place>,
}

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Place {
    /// From 1.
    pub line: u32,
    /// In characters, from 1.
    pub column: u32,
    /// The line, what may be secret in it replaced by stars.
    pub text: String,
    /// Which characters of `text` it is about: how many stand before them, and how many they are.
    #[serde(skip)]
    pub(crate) marked: (usize, usize),
}

/// All problems of a configuration, in the order of its files. As text it shows each with its line;
/// as JSON it is an array.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Problems(pub Vec<Problem>);

impl Problems {
    /// How many make the configuration unusable.
    #[must_use]
    pub fn errors(&self) -> usize {
        self.0
            .iter()
            .filter(|p| p.severity == Severity::Error)
            .count()
    }

    /// How many are warnings only.
    #[must_use]
    pub fn warnings(&self) -> usize {
        self.0.len() - self.errors()
    }

    /// There are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl std::error::Error for Problems {}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for problem in &self.0 {
            writeln!(f, "{problem}\n")?;
        }
        let counted = |n: usize, word| format!("{n} {word}{}", if n == 1 { "" } else { "s" });
        let errors = counted(self.errors(), "error");
        match self.warnings() {
            0 => f.write_str(&errors),
            n => write!(f, "{errors}, {}", counted(n, "warning")),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        writeln!(f, "{severity}[{}]: {}", self.code, self.message)?;
        let Some(place) = &self.place else {
            writeln!(f, " --> {}", self.file)?;
            return write!(f, "  = help: {}", self.help);
        };
        let number = place.line.to_string();
        let margin = " ".repeat(number.len());
        writeln!(f, "{margin}--> {}:{number}:{}", self.file, place.column)?;
        writeln!(f, "{margin} |")?;
        writeln!(f, "{number} | {}", place.text)?;
        writeln!(f, "{margin} | {}", marks(place))?;
        write!(f, "{margin} = help: {}", self.help)
    }
}

/// Carets under what a place is about, for a terminal that shows Chinese two cells wide.
fn marks(place: &Place) -> String {
    let (before, characters) = place.marked;
    let mut marks = String::new();
    for c in place.text.chars().take(before) {
        marks.push_str(match c {
            '\t' => "\t",
            _ if cells(c) == 2 => "  ",
            _ => " ",
        });
    }
    let marked = place.text.chars().skip(before).take(characters);
    let cells: usize = marked.map(cells).sum();
    marks.push_str(&"^".repeat(cells.max(1)));
    marks
}

/// Cells that a character takes in a terminal: two for the ideographs and their punctuation.
const fn cells(c: char) -> usize {
    match c {
        '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}' => 2,
        '\u{f900}'..='\u{faff}' | '\u{fe30}'..='\u{fe6f}' | '\u{ff01}'..='\u{ff60}' => 2,
        '\u{ffe0}'..='\u{ffe6}' | '\u{1f300}'..='\u{1faff}' | '\u{20000}'..='\u{3fffd}' => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_shows_its_line_with_carets_under_chinese_too() {
        let problem = Problem {
            severity: Severity::Error,
            code: "unknown_key",
            message: "unknown key \"nam\"".to_owned(),
            help: "did you mean \"name\"?".to_owned(),
            file: "routes/tax.toml".to_owned(),
            place: Some(Place {
                line: 12,
                column: 8,
                text: "a=\"税务\",nam=1".to_owned(),
                marked: (7, 3),
            }),
        };
        let expected = "\
error[unknown_key]: unknown key \"nam\"
  --> routes/tax.toml:12:8
   |
12 | a=\"税务\",nam=1
   |          ^^^
   = help: did you mean \"name\"?";
        assert_eq!(problem.to_string(), expected);
        let problems = Problems(vec![problem]);
        assert!(problems.to_string().ends_with("\n\n1 error"));
    }
}
