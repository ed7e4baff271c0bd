//! Makes typed Rust of `directories/*.toml`: a module a directory, with a builder that has a
//! setter a column; and the code sets of `codes.toml`.
//!
//! Only what the setters need is read here; the host reads the same files strictly.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use serde::Deserialize;

#[derive(Deserialize)]
struct Directory {
    code: String,
    title_zh: String,
    title_en: String,
    #[serde(default = "characters")]
    length_in: String,
    #[serde(default)]
    profile: Vec<Profile>,
    column: Vec<Column>,
}

#[derive(Deserialize)]
struct Profile {
    code: String,
    title_zh: String,
    title_en: String,
}

#[derive(Deserialize)]
struct Column {
    code: String,
    title_zh: String,
    title_en: String,
    r#type: String,
    length: Option<u32>,
    length_in: Option<String>,
    unit: Option<String>,
    #[serde(default)]
    required: bool,
    codes: Option<String>,
    /// Worked out by the judge: no setter.
    derive: Option<toml::Table>,
}

#[derive(Deserialize)]
struct CodeSets {
    set: Vec<CodeSet>,
}

#[derive(Deserialize)]
struct CodeSet {
    code: String,
    title_zh: String,
    title_en: String,
    values: Vec<CodeValue>,
}

#[derive(Deserialize)]
struct CodeValue {
    value: String,
    #[serde(default)]
    aliases: Vec<String>,
}

fn characters() -> String {
    "characters".to_owned()
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("directories");
    println!("cargo::rerun-if-changed=directories");
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(&folder)? {
        let path = entry?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "toml")
        {
            files.insert(path.clone(), fs::read_to_string(path)?);
        }
    }
    let mut rust = String::new();
    for (path, text) in &files {
        let named = |error: toml::de::Error| format!("{}: {error}", path.display());
        if path.ends_with("codes.toml") {
            code_sets(&mut rust, &toml::from_str(text).map_err(named)?)?;
        } else {
            directory(&mut rust, &toml::from_str(text).map_err(named)?)?;
        }
    }
    fs::write(
        Path::new(&env::var("OUT_DIR")?).join("directories.rs"),
        rust,
    )?;
    Ok(())
}

fn code_sets(rust: &mut String, sets: &CodeSets) -> Result<(), Box<dyn Error>> {
    writeln!(
        rust,
        "/// The code sets.\npub mod codes {{\n    use crate::codes::CodeSet;"
    )?;
    for set in &sets.set {
        let spellings: Vec<&String> = set
            .values
            .iter()
            .flat_map(|v| std::iter::once(&v.value).chain(&v.aliases))
            .collect();
        let name = set.code.to_uppercase();
        writeln!(rust, "\n    /// {}: {}.", set.title_zh, set.title_en)?;
        writeln!(
            rust,
            "    pub const {name}: CodeSet = CodeSet::new(&{spellings:?});"
        )?;
    }
    writeln!(rust, "}}\n")?;
    Ok(())
}

fn directory(rust: &mut String, directory: &Directory) -> Result<(), Box<dyn Error>> {
    let Directory {
        code,
        title_zh,
        title_en,
        ..
    } = directory;
    write!(
        rust,
        r#"/// {title_zh}: {title_en}.
pub mod {module} {{
    use crate::body::Body;
    use crate::page::{{Operation, Origin, PageBuilder, Reason}};

    /// A draft of {title_zh} ({title_en}). What is required, and what fits, the judge checks.
    #[must_use = "a draft that is not finished leaves no trace"]
    #[derive(Debug)]
    pub struct Draft<'p>(Body<'p>);

    impl<'p> Draft<'p> {{
        /// Begins a draft for a row of the source.
        pub fn new(page: &'p mut PageBuilder, row: impl Into<Origin<'p>>) -> Self {{
            Self(Body::new(page, row.into(), "{code}"))
        }}
"#,
        module = code.replace('-', "_")
    )?;
    for Profile {
        code: profile,
        title_zh,
        title_en,
    } in &directory.profile
    {
        write!(
            rust,
            r#"
        /// Begins a draft in the profile `{profile}`: {title_zh}, {title_en}.
        pub fn {profile}(page: &'p mut PageBuilder, row: impl Into<Origin<'p>>) -> Self {{
            Self(Body::new(page, row.into(), "{code}@{profile}"))
        }}
"#
        )?;
    }
    rust.push_str(
        r"
        /// Says what is to become of the record; `Insert` unless said.
        pub fn operation(&mut self, operation: Operation) -> &mut Self {
            self.0.operation(operation);
            self
        }

        /// Doubts a column of this row, or with an empty `field` the whole of it.
        pub fn doubt(&mut self, field: &str, reason: impl Into<Reason>) -> &mut Self {
            self.0.doubt(field, reason);
            self
        }

        /// Puts the draft into the page.
        pub fn finish(self) {
            self.0.finish();
        }
",
    );
    for column in directory
        .column
        .iter()
        .filter(|column| column.derive.is_none())
    {
        setter(rust, column, &directory.length_in)?;
    }
    writeln!(rust, "    }}\n}}\n")?;
    Ok(())
}

fn setter(rust: &mut String, column: &Column, length_in: &str) -> Result<(), Box<dyn Error>> {
    let Column {
        code,
        title_zh,
        title_en,
        r#type,
        ..
    } = column;
    let mut doc = format!("{title_zh} ({title_en}): `{type}`");
    if let Some(unit) = &column.unit {
        write!(doc, " in {unit}")?;
    }
    if let Some(codes) = &column.codes {
        write!(doc, " of `{codes}`")?;
    }
    if let Some(length) = column.length {
        write!(
            doc,
            ", at most {length} {}",
            column.length_in.as_deref().unwrap_or(length_in)
        )?;
    }
    if column.required {
        doc.push_str(", required");
    }
    let reading = |of: &str| format!("impl Into<crate::body::Reading<'v, {of}>>");
    let (value, call) = match r#type.as_str() {
        "date" => (reading("crate::When"), "date(KEY, value.into())".to_owned()),
        "datetime" => (
            reading("crate::When<crate::Moment>"),
            "moment(KEY, value.into())".to_owned(),
        ),
        "amount" => {
            let unit = match column.unit.as_deref() {
                Some("分") => "Fen",
                Some("元") => "Yuan",
                Some("万元") => "WanYuan",
                other => return Err(format!("{code}: unit {other:?}").into()),
            };
            let call = format!("money(KEY, crate::Unit::{unit}, value.into())");
            (reading("Option<crate::Money>"), call)
        }
        "codes" => (
            "impl IntoIterator<Item = &'v str>".to_owned(),
            "codes(KEY, value)".to_owned(),
        ),
        _ => (
            "impl Into<Option<&'v str>>".to_owned(),
            "text(KEY, value.into())".to_owned(),
        ),
    };
    write!(
        rust,
        r#"
        /// {doc}.
        pub fn {name}<'v>(&mut self, value: {value}) -> &mut Self {{
            const KEY: &str = "\"{code}\":";
            self.0.{call};
            self
        }}
"#,
        name = code.to_lowercase()
    )?;
    Ok(())
}
