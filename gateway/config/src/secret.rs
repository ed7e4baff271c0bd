//! Secrets: named in the configuration, read when needed, printed as stars.

use crate::env::Secrets;
use std::fmt;
use std::io;
use std::path::PathBuf;

/// Where a secret is kept. It prints as stars, and so does what it is kept in.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret {
    keeper: Keeper,
}

#[derive(Clone, PartialEq, Eq)]
enum Keeper {
    Variable(String),
    File(PathBuf),
}

/// A secret in the clear. It prints as stars.
#[derive(Clone, PartialEq, Eq)]
pub struct Revealed(String);

/// Why a secret cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The environment does not have it.
    #[error("the variable {0} that keeps a secret is not set")]
    Unset(String),
    /// The file cannot be read.
    #[error("the file {} that keeps a secret cannot be read", .path.display())]
    Unreadable {
        /// Its path.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Nothing is in it.
    #[error("{0} keeps an empty secret")]
    Empty(String),
}

impl Secret {
    pub(crate) fn in_variable(name: String) -> Self {
        Self {
            keeper: Keeper::Variable(name),
        }
    }

    pub(crate) fn in_file(path: PathBuf) -> Self {
        Self {
            keeper: Keeper::File(path),
        }
    }

    /// Reads it now; white space around it is no part of it.
    ///
    /// # Errors
    /// It is not where the configuration says, or is empty.
    pub fn reveal(&self, from: &dyn Secrets) -> Result<Revealed, SecretError> {
        let (text, keeper) = match &self.keeper {
            Keeper::Variable(name) => {
                let text = from
                    .var(name)
                    .ok_or_else(|| SecretError::Unset(name.clone()))?;
                (text, format!("the variable {name}"))
            }
            Keeper::File(path) => {
                let text = from.file(path).map_err(|source| SecretError::Unreadable {
                    path: path.clone(),
                    source,
                })?;
                (text, format!("the file {}", path.display()))
            }
        };
        let text = text.trim();
        if text.is_empty() {
            return Err(SecretError::Empty(keeper));
        }
        Ok(Revealed(text.to_owned()))
    }
}

impl Revealed {
    /// The secret itself, for the wire alone.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl SecretError {
    /// Stable word for reports.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unset(_) => "secret_unset",
            Self::Unreadable { .. } => "secret_unreadable",
            Self::Empty(_) => "secret_empty",
        }
    }
}

macro_rules! stars {
    ($($type:ty)*) => {$(
        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("***")
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("***")
            }
        }
    )*};
}
stars!(Secret Revealed);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::env::Env;
    use std::path::Path;

    struct Vault;

    impl Env for Vault {
        fn var(&self, name: &str) -> Option<String> {
            (name == "TOKEN").then(|| "open sesame".to_owned())
        }
    }

    impl Secrets for Vault {
        fn file(&self, path: &Path) -> io::Result<String> {
            match path.to_str() {
                Some("token") => Ok("from file\n".to_owned()),
                Some("empty") => Ok(" \n".to_owned()),
                _ => Err(io::ErrorKind::NotFound.into()),
            }
        }
    }

    #[test]
    fn a_secret_is_revealed_on_demand_and_prints_as_stars() {
        let secret = Secret::in_variable("TOKEN".to_owned());
        let revealed = secret.reveal(&Vault).unwrap();
        assert_eq!(revealed.expose(), "open sesame");
        assert_eq!(
            format!("{secret:?} {secret} {revealed:?} {revealed}"),
            "*** *** *** ***"
        );
        let secret = Secret::in_file("token".into());
        assert_eq!(secret.reveal(&Vault).unwrap().expose(), "from file");
    }

    #[test]
    fn a_secret_that_is_not_there_is_named_by_its_keeper() {
        let code = |secret: Secret| secret.reveal(&Vault).unwrap_err().code();
        assert_eq!(
            code(Secret::in_variable("OTHER".to_owned())),
            "secret_unset"
        );
        assert_eq!(code(Secret::in_file("nowhere".into())), "secret_unreadable");
        assert_eq!(code(Secret::in_file("empty".into())), "secret_empty");
    }
}
