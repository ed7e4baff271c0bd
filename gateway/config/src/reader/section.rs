//! One table of a configuration.

mod number;
mod secret;

use super::desk::{Desk, NamedFile, NamedKind, Spot, Trouble};
use crate::substitute::{SubstituteError, substitute};
use crate::suggest::remedy;
use crate::text::shorten;
use std::path::PathBuf;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

pub(crate) use number::integer;

/// One table; it remembers every key that it was asked for.
pub(crate) struct Section<'t> {
    /// Where the table begins.
    pub(crate) spot: Spot,
    /// What it is called in messages, empty for a whole file.
    pub(crate) name: String,
    /// The same without names that an operator chose, for the register of keys.
    schema: String,
    table: Option<&'t DeTable<'t>>,
    asked: Vec<&'static str>,
}

/// A text and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Text {
    /// Its value, variables put in.
    pub(crate) value: String,
    /// Where it stands.
    pub(crate) spot: Spot,
}

impl<'t> Section<'t> {
    /// A whole file; `schema` comes before its keys in the register.
    pub(crate) fn of_file(file: usize, schema: &str, table: &'t Spanned<DeTable<'t>>) -> Self {
        Self {
            spot: Spot { file, span: 0..0 },
            name: String::new(),
            schema: schema.to_owned(),
            table: Some(table.get_ref()),
            asked: Vec::new(),
        }
    }

    /// It stands in the file.
    pub(crate) fn is_present(&self) -> bool {
        self.table.is_some()
    }

    /// The key stands in it.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.table.is_some_and(|table| table.contains_key(key))
    }

    /// The key stands in it, and its value is a table.
    pub(crate) fn has_table(&self, key: &str) -> bool {
        self.table
            .and_then(|t| t.get(key))
            .is_some_and(|v| v.get_ref().is_table())
    }

    /// Where the key's value stands, or the section when it does not.
    pub(crate) fn spot_of(&self, key: &str) -> Spot {
        self.table
            .and_then(|t| t.get(key))
            .map_or_else(|| self.spot.clone(), |v| self.at(v))
    }

    /// Refuses the section for the want of a key; `example` shows how it is written.
    pub(crate) fn miss(&self, desk: &mut Desk<'_>, key: &str, example: &str) {
        let message = format!("the key \"{key}\" is missing in {}", self.called());
        desk.report(
            &self.spot,
            Trouble::error("missing_key", message, format!("add {example}")),
        );
    }

    /// A text, where it is given.
    pub(crate) fn text(&mut self, desk: &mut Desk<'_>, key: &'static str) -> Option<Text> {
        let value = self.get(desk, key)?;
        self.as_text(desk, key, value)
    }

    /// A text that must be given and not be empty.
    pub(crate) fn need_text(
        &mut self,
        desk: &mut Desk<'_>,
        key: &'static str,
        example: &str,
    ) -> Option<Text> {
        if !self.has(key) {
            self.ask(desk, key);
            self.miss(desk, key, example);
            return None;
        }
        let text = self.text(desk, key)?;
        if text.value.trim().is_empty() {
            let message = format!("\"{key}\" is empty");
            desk.report(
                &text.spot,
                Trouble::error("empty", message, format!("as in {example}")),
            );
            return None;
        }
        Some(text)
    }

    /// Texts in an array; nothing where it is not given.
    pub(crate) fn texts(&mut self, desk: &mut Desk<'_>, key: &'static str) -> Vec<Text> {
        let Some(value) = self.get(desk, key) else {
            return Vec::new();
        };
        let DeValue::Array(items) = value.get_ref() else {
            self.wrong_type(desk, key, value, "an array of texts, as in [\"a\", \"b\"]");
            return Vec::new();
        };
        items
            .iter()
            .filter_map(|item| self.as_text(desk, key, item))
            .collect()
    }

    /// One text, or texts in an array; nothing where neither is given.
    pub(crate) fn text_or_texts(&mut self, desk: &mut Desk<'_>, key: &'static str) -> Vec<Text> {
        let value = self.table.and_then(|table| table.get(key));
        if value.is_some_and(|value| value.get_ref().is_array()) {
            self.texts(desk, key)
        } else {
            self.text(desk, key).into_iter().collect()
        }
    }

    /// Texts in an array that must be given and have at least one.
    pub(crate) fn need_texts(
        &mut self,
        desk: &mut Desk<'_>,
        key: &'static str,
        example: &str,
    ) -> Vec<Text> {
        let array = self
            .table
            .and_then(|t| t.get(key))
            .and_then(|v| v.get_ref().as_array());
        if !self.has(key) {
            self.miss(desk, key, example);
        } else if array.is_some_and(|array| array.is_empty()) {
            let message = format!("\"{key}\" is empty");
            let trouble = Trouble::error("empty", message, format!("as in {example}"));
            desk.report(&self.spot_of(key), trouble);
        }
        self.texts(desk, key)
    }

    /// `true` or `false`; false where it is not given.
    pub(crate) fn flag(&mut self, desk: &mut Desk<'_>, key: &'static str) -> bool {
        let Some(value) = self.get(desk, key) else {
            return false;
        };
        if let DeValue::Boolean(flag) = value.get_ref() {
            return *flag;
        }
        self.wrong_type(desk, key, value, "true or false");
        false
    }

    /// One of some words; the first where it is not given.
    pub(crate) fn choice<T: Copy>(
        &mut self,
        desk: &mut Desk<'_>,
        key: &'static str,
        words: &[(&'static str, T)],
    ) -> Option<T> {
        if !self.has(key) {
            self.ask(desk, key);
            return words.first().map(|(_, value)| *value);
        }
        let text = self.text(desk, key)?;
        let found = words.iter().find(|(word, _)| *word == text.value);
        if found.is_none() {
            let written = shorten(desk.written(&text.spot));
            let message = format!("{key} = {written} is not known");
            let help = remedy(&text.value, words.iter().map(|(word, _)| *word));
            desk.report(&text.spot, Trouble::error("unknown_choice", message, help));
        }
        found.map(|(_, value)| *value)
    }

    /// The path of a file or folder, seen from the file that says it.
    pub(crate) fn path(
        &mut self,
        desk: &mut Desk<'_>,
        key: &'static str,
        kind: NamedKind,
    ) -> Option<PathBuf> {
        let example = format!("{key} = \"a/path\"");
        if !self.has(key) {
            self.ask(desk, key);
            return None;
        }
        let text = self.need_text(desk, key, &example)?;
        let path = desk.beside(text.spot.file, &text.value);
        desk.named.push(NamedFile {
            path: path.clone(),
            kind,
            spot: text.spot,
        });
        Some(path)
    }

    /// A table in it; an empty one where it is not given.
    pub(crate) fn section(&mut self, desk: &mut Desk<'_>, key: &'static str) -> Section<'t> {
        let value = self.get(desk, key);
        let table = value.and_then(|v| v.get_ref().as_table());
        if let (Some(value), None) = (value, table) {
            self.mask(desk, value);
            self.wrong_type(desk, key, value, "a table");
        }
        self.inner(
            key,
            &format!("{}.{key}", self.schema),
            self.spot_of(key),
            table,
        )
    }

    /// Its tables under names that an operator chose, for a section that has nothing else.
    pub(crate) fn sections(&mut self, desk: &mut Desk<'_>) -> Vec<(Text, Section<'t>)> {
        let mut found = Vec::new();
        for (name, value) in self.entries() {
            match value.get_ref().as_table() {
                Some(table) => {
                    let inner = self.inner(&name.value, &self.schema, self.at(value), Some(table));
                    found.push((name, inner));
                }
                None => {
                    self.mask(desk, value);
                    self.wrong_type(desk, &name.value, value, "a table");
                }
            }
        }
        found
    }

    /// All that stands in it, for a section whose keys an operator chooses.
    pub(crate) fn entries(&self) -> Vec<(Text, &'t Spanned<DeValue<'t>>)> {
        let entry = |(key, value): (&'t Spanned<_>, _)| {
            let spot = Spot {
                file: self.spot.file,
                span: key.span(),
            };
            (
                Text {
                    value: AsRef::<str>::as_ref(key.get_ref()).to_owned(),
                    spot,
                },
                value,
            )
        };
        self.table.into_iter().flatten().map(entry).collect()
    }

    /// Refuses every key that nothing asked for.
    pub(crate) fn finish(self, desk: &mut Desk<'_>) {
        for (key, value) in self.entries() {
            if self.asked.contains(&key.value.as_str()) {
                continue;
            }
            self.mask(desk, value);
            let message = format!(
                "unknown key \"{}\" in {}",
                shorten(&key.value),
                self.called()
            );
            let help = remedy(&key.value, self.asked.iter().copied());
            desk.report(&key.spot, Trouble::error("unknown_key", message, help));
        }
    }

    /// Nothing of a value that nobody asked for is shown: it may be a secret.
    pub(crate) fn mask(&self, desk: &mut Desk<'_>, value: &Spanned<DeValue<'_>>) {
        match value.get_ref() {
            DeValue::Table(table) => table.values().for_each(|inner| self.mask(desk, inner)),
            DeValue::Boolean(_) => {}
            _ => desk.mask(&self.at(value)),
        }
    }

    /// Reports a value of the wrong kind.
    pub(crate) fn wrong_type(
        &self,
        desk: &mut Desk<'_>,
        key: &str,
        value: &Spanned<DeValue<'_>>,
        wanted: &str,
    ) {
        let is = match value.get_ref() {
            DeValue::String(_) => "a text",
            DeValue::Integer(_) => "a whole number",
            DeValue::Float(_) => "a number with a fraction",
            DeValue::Boolean(_) => "true or false",
            DeValue::Datetime(_) => "a date",
            DeValue::Array(_) => "an array",
            DeValue::Table(_) => "a table",
        };
        if value.get_ref().is_table() {
            self.mask(desk, value);
        }
        let message = format!("\"{}\" is {is}", shorten(key));
        let help = format!("it must be {wanted}");
        desk.report(&self.at(value), Trouble::error("wrong_type", message, help));
    }

    /// The text that `value` is, variables put in.
    pub(crate) fn as_text(
        &self,
        desk: &mut Desk<'_>,
        key: &str,
        value: &Spanned<DeValue<'_>>,
    ) -> Option<Text> {
        let spot = self.at(value);
        let DeValue::String(text) = value.get_ref() else {
            self.wrong_type(desk, key, value, "a text, in double quotes");
            return None;
        };
        match substitute(text, desk.env) {
            Ok(value) => Some(Text { value, spot }),
            Err(SubstituteError::Unset(name)) => {
                let message = format!("the variable {name} is not set");
                let help = format!("set it, or give a value to use instead: ${{{name}:-value}}");
                desk.report(&spot, Trouble::error("env_missing", message, help));
                None
            }
            Err(SubstituteError::Form) => {
                let message = format!("{} has a ${{ that names no variable", desk.written(&spot));
                let help = "write ${NAME}, ${NAME:-value}, or $${ for the characters themselves";
                desk.report(&spot, Trouble::error("bad_variable", message, help));
                None
            }
        }
    }

    /// Where a value of this section's file stands.
    pub(crate) fn at(&self, value: &Spanned<DeValue<'_>>) -> Spot {
        Spot {
            file: self.spot.file,
            span: value.span(),
        }
    }

    fn inner(&self, key: &str, schema: &str, spot: Spot, table: Option<&'t DeTable<'t>>) -> Self {
        let dot = if self.name.is_empty() { "" } else { "." };
        let name = format!("{}{dot}{key}", self.name);
        Self {
            spot,
            name,
            schema: schema.to_owned(),
            table,
            asked: Vec::new(),
        }
    }

    fn called(&self) -> String {
        if self.name.is_empty() {
            "this file".to_owned()
        } else {
            format!("[{}]", self.name)
        }
    }

    fn ask(&mut self, desk: &mut Desk<'_>, key: &'static str) {
        self.asked.push(key);
        desk.keys.insert(format!("{}.{key}", self.schema));
    }

    fn get(&mut self, desk: &mut Desk<'_>, key: &'static str) -> Option<&'t Spanned<DeValue<'t>>> {
        self.ask(desk, key);
        self.table.and_then(|table| table.get(key))
    }
}
