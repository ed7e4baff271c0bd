//! `[targets.NAME.fields]`: what a target gets of a directory, and by which names.

use crate::known::KnownDirectory;
use crate::plan::FieldsPlan;
use crate::reader::{Desk, Section, Text, Trouble};
use crate::suggest::remedy;
use std::collections::BTreeMap;

/// Reads them all.
pub(super) fn fields(
    desk: &mut Desk<'_>,
    target: &mut Section<'_>,
    directories: &[KnownDirectory],
) -> BTreeMap<String, FieldsPlan> {
    let mut fields = BTreeMap::new();
    for (directory, mut entry) in target.section(desk, "fields").sections(desk) {
        let known = known(desk, &directory, directories);
        let naming = entry.text(desk, "naming");
        if let (Some(naming), Some(known)) = (&naming, known) {
            among(desk, naming, &known.namings, "unknown_naming", "naming");
        }
        let only = entry.has("only").then(|| entry.texts(desk, "only"));
        for column in only.iter().flatten() {
            is_column(desk, column, known);
        }
        let mut rename = BTreeMap::new();
        let names = entry.section(desk, "rename");
        for (column, value) in names.entries() {
            is_column(desk, &column, known);
            if let Some(name) = names.as_text(desk, &column.value, value) {
                rename.insert(column.value, name.value);
            }
        }
        entry.finish(desk);
        let plan = FieldsPlan {
            naming: naming.map(|n| n.value),
            only: only.map(|only| only.into_iter().map(|t| t.value).collect()),
            rename,
        };
        fields.insert(directory.value, plan);
    }
    fields
}

/// The directory of that name, or a word that there is none.
pub(super) fn known<'d>(
    desk: &mut Desk<'_>,
    name: &Text,
    directories: &'d [KnownDirectory],
) -> Option<&'d KnownDirectory> {
    let found = directories.iter().find(|d| d.code == name.value);
    if found.is_none() {
        let message = format!("there is no directory {:?}", name.value);
        let help = remedy(&name.value, directories.iter().map(|d| d.code.as_str()));
        desk.report(
            &name.spot,
            Trouble::error("unknown_directory", message, help),
        );
    }
    found
}

fn is_column(desk: &mut Desk<'_>, column: &Text, known: Option<&KnownDirectory>) {
    if let Some(known) = known {
        among(desk, column, &known.columns, "unknown_column", "column");
    }
}

fn among(desk: &mut Desk<'_>, name: &Text, all: &[String], code: &'static str, what: &str) {
    if all.contains(&name.value) {
        return;
    }
    let message = format!("the directory has no {what} {:?}", name.value);
    let help = remedy(&name.value, all.iter().map(String::as_str));
    desk.report(&name.spot, Trouble::error(code, message, help));
}
