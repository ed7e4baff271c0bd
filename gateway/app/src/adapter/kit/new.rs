//! `gateway adapter new`: a folder that builds, tests and reads its sample as it stands.
//!
//! What must stay true: nothing that exists is touched; the folder needs nothing of this
//! gateway's but the SDK, which lies in it.

use super::sdk;
use crate::exit::Exit;
use crate::failure::Failure;
use std::path::{Path, PathBuf};

/// The files of the folder; in those of text `NAME` and `SDK` are replaced.
const FILES: [(&str, &str); 10] = [
    ("Cargo.toml", include_str!("new/cargo.toml")),
    (".cargo/config.toml", include_str!("new/config.toml")),
    (".gitignore", "/target/\n/fuzz-failures/\n"),
    ("README.md", include_str!("new/readme.md")),
    ("adapter.toml", include_str!("new/adapter.toml")),
    ("samples.toml", include_str!("new/samples.toml")),
    ("src/lib.rs", include_str!("new/lib.rs")),
    ("src/tests.rs", include_str!("new/tests.rs")),
    ("feeds/rating/sample.csv", include_str!("new/sample.csv")),
    (
        "feeds/rating/sample.csv.golden",
        include_str!("new/sample.csv.golden"),
    ),
];

/// Names that Rust, cargo or the SDK have another use for.
const TAKEN: [&str; 48] = [
    "abstract",
    "alloc",
    "as",
    "async",
    "await",
    "become",
    "box",
    "break",
    "const",
    "continue",
    "core",
    "crate",
    "credit-sdk",
    "do",
    "dyn",
    "else",
    "enum",
    "extern",
    "false",
    "final",
    "fn",
    "for",
    "gen",
    "if",
    "impl",
    "in",
    "let",
    "loop",
    "macro",
    "match",
    "mod",
    "move",
    "mut",
    "override",
    "priv",
    "proc-macro",
    "pub",
    "ref",
    "return",
    "self",
    "static",
    "std",
    "struct",
    "super",
    "test",
    "trait",
    "true",
    "type",
];

/// Begins an adapter.
pub(super) fn new(name: &str, parent: &Path, given: Option<&Path>) -> Result<Exit, Failure> {
    check(name)?;
    let folder = parent.join(name);
    let failed = |e| Failure::new(Exit::Failed, format!("{}: {e}", folder.display()));
    if folder.symlink_metadata().is_ok() {
        let message = format!("{} is there already; nothing was changed", folder.display());
        return Err(Failure::new(Exit::Failed, message).remedy("take another name"));
    }
    let sdk = given.map(sdk_at).transpose()?;
    std::fs::create_dir_all(parent).map_err(failed)?;
    std::fs::create_dir(&folder).map_err(failed)?;
    for (path, text) in FILES {
        let text = match path.rsplit_once('.') {
            Some((_, "toml" | "md" | "rs")) => filled(text, name, sdk.as_deref()),
            _ => text.to_owned(),
        };
        sdk::put(&folder.join(path), &text)?;
    }
    // The versions that this gateway was tested with; cargo drops what is not needed.
    sdk::put(&folder.join("Cargo.lock"), sdk::LOCK)?;
    if sdk.is_none() {
        sdk::copy(&folder.join("sdk"))?;
    }
    let folder = folder.display();
    println!(
        "{folder}\n\
         下一步 next:\n  \
         gateway adapter test {folder}\n  \
         gateway adapter try {folder}/feeds/rating/sample.csv --adapter {folder}"
    );
    Ok(Exit::Done)
}

/// An SDK that is there already, as a path that holds wherever the folder is.
fn sdk_at(path: &Path) -> Result<PathBuf, Failure> {
    if !sdk::is_sdk(path) {
        let message = format!("{} holds no SDK", path.display());
        let remedy = "write one out: gateway adapter sdk --out FOLDER; or leave --sdk away";
        return Err(Failure::new(Exit::NotFound, message).remedy(remedy));
    }
    path.canonicalize()
        .map_err(|e| Failure::new(Exit::Failed, format!("{}: {e}", path.display())))
}

fn filled(text: &str, name: &str, sdk: Option<&Path>) -> String {
    let sdk = sdk.map_or_else(|| "sdk".to_owned(), |path| path.display().to_string());
    text.replace("NAME", name).replace("SDK_PATH", &sdk)
}

fn check(name: &str) -> Result<(), Failure> {
    let begins = name.starts_with(|c: char| c.is_ascii_lowercase());
    let ends = !name.ends_with('-') && !name.contains("--");
    let wrong = if !credit_adapter::is_name(name) || !begins || !ends {
        "a name has 1 to 64 of a-z, 0-9 and single -, and begins with a letter"
    } else if TAKEN.contains(&name) {
        "Rust or the SDK has another use for this name"
    } else {
        return Ok(());
    };
    let message = format!("an adapter cannot be called {name:?}: {wrong}");
    Err(Failure::new(Exit::Failed, message).remedy("take one like dafang-tax"))
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn a_name_is_one_that_the_gateway_and_cargo_take() {
        for good in ["dafang-tax", "a", "x2", "tests"] {
            assert!(check(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "Tax",
            "税",
            "2x",
            "-a",
            "a-",
            "a--b",
            "a_b",
            "../a",
            "a b",
            "async",
            "test",
            "credit-sdk",
            &"a".repeat(65),
        ] {
            assert!(check(bad).is_err(), "{bad}");
        }
    }
}
