//! From files as written to checked directories: all problems at once, each with its line.

mod columns;
mod whole;

use std::{collections::BTreeMap, sync::Arc};

use super::{
    CodeSet, CodeValue, Directory, DirectoryError, DirectoryErrors, Problem,
    raw::{RawDirectory, RawSets, Word},
};

/// The most values of a code set.
const VALUES_MAX: usize = 64;

/// Code sets, by code.
type Sets = BTreeMap<String, Arc<CodeSet>>;

/// Collects what is wrong with one file.
struct Findings<'f> {
    file: &'f str,
    text: &'f str,
    errors: Vec<DirectoryError>,
}

impl<'f> Findings<'f> {
    fn of(file: &'f str, text: &'f str) -> Self {
        Self {
            file,
            text,
            errors: Vec::new(),
        }
    }

    fn at(&mut self, offset: usize, problem: Problem) {
        let before = self.text.as_bytes().get(..offset).unwrap_or_default();
        let line = 1 + memchr::memchr_iter(b'\n', before).count();
        self.errors.push(DirectoryError {
            file: self.file.to_owned(),
            line,
            problem,
        });
    }

    fn word(&mut self, word: &Word, problem: impl FnOnce(String) -> Problem) {
        let problem = problem(word.get_ref().clone());
        self.at(word.span().start, problem);
    }

    /// Parses the file, or notes why it cannot be.
    fn parse<T: serde::de::DeserializeOwned>(&mut self) -> Option<T> {
        match toml::from_str(self.text) {
            Ok(raw) => Some(raw),
            Err(error) => {
                let offset = error.span().map_or(0, |span| span.start);
                self.at(offset, Problem::Form(error.message().replace('\n', " ")));
                None
            }
        }
    }

    fn code(&mut self, word: &Word) {
        let code = word.get_ref();
        let fits = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        if code.is_empty() || !code.bytes().all(fits) {
            self.word(word, Problem::NoCode);
        }
    }
}

/// Loads all files; a later one of the same name stands in for an earlier one.
pub(super) fn load<'f>(
    files: impl IntoIterator<Item = (&'f str, &'f str)>,
) -> Result<BTreeMap<String, Directory>, DirectoryErrors> {
    let files: BTreeMap<&str, &str> = files.into_iter().collect();
    let mut errors = Vec::new();
    let mut sets = Sets::new();
    for (name, text) in files.iter().filter(|(name, _)| name.starts_with("codes")) {
        let mut findings = Findings::of(name, text);
        if let Some(raw) = findings.parse() {
            code_sets(raw, &mut sets, &mut findings);
        }
        errors.append(&mut findings.errors);
    }
    let mut all = BTreeMap::new();
    for (name, text) in files.iter().filter(|(name, _)| !name.starts_with("codes")) {
        let mut findings = Findings::of(name, text);
        let raw: Option<RawDirectory> = findings.parse();
        if let Some(directory) = raw.map(|raw| whole::directory(raw, &sets, &mut findings)) {
            all.insert(directory.code.clone(), directory);
        }
        errors.append(&mut findings.errors);
    }
    if errors.is_empty() {
        Ok(all)
    } else {
        Err(DirectoryErrors(errors))
    }
}

fn code_sets(raw: RawSets, sets: &mut Sets, findings: &mut Findings<'_>) {
    for set in raw.set {
        findings.code(&set.code);
        let mut seen: Vec<&str> = Vec::new();
        for word in set
            .values
            .iter()
            .flat_map(|v| std::iter::once(&v.value).chain(&v.aliases))
        {
            let text = word.get_ref().as_str();
            if text.is_empty() || text.contains([';', '；']) {
                findings.word(word, Problem::UnfitValue);
            }
            if seen.contains(&text) {
                findings.word(word, |code| Problem::Twice {
                    what: "value",
                    code,
                });
            }
            seen.push(text);
        }
        for day in set
            .values
            .iter()
            .flat_map(|v| v.from.iter().chain(&v.until))
        {
            if crate::days::day_of(day.get_ref()).is_none() {
                findings.word(day, Problem::NoDate);
            }
        }
        let found = set.values.len();
        if found == 0 {
            findings.at(set.code.span().start, Problem::Empty("the code set"));
        }
        if found > VALUES_MAX {
            let problem = Problem::TooMany {
                what: "values of a set",
                found,
                max: VALUES_MAX,
            };
            findings.at(set.code.span().start, problem);
        }
        if sets.contains_key(set.code.get_ref()) {
            findings.word(&set.code, |code| Problem::Twice {
                what: "code set",
                code,
            });
        }
        let values = set.values.into_iter().map(|v| CodeValue {
            title_zh: v.title_zh.unwrap_or_else(|| v.value.get_ref().clone()),
            value: v.value.into_inner(),
            title_en: v.title_en,
            aliases: v.aliases.into_iter().map(Word::into_inner).collect(),
            free_text: v.free_text,
            from: v.from.map(Word::into_inner),
            until: v.until.map(Word::into_inner),
        });
        let checked = CodeSet {
            code: set.code.get_ref().clone(),
            title_zh: set.title_zh,
            title_en: set.title_en,
            values: values.collect(),
        };
        sets.insert(set.code.into_inner(), Arc::new(checked));
    }
}
