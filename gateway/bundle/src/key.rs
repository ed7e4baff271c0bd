//! Keys: Ed25519, a private key as PKCS#8, a public one as SubjectPublicKeyInfo, both as PEM, so
//! that common tools read them. A line before the PEM says the role and the name; these are for
//! people, what counts is what the trust store says.
//!
//! A private key is made once, for its owner alone (0600), never over another file, and is not
//! read where others could have read it.

use crate::hex;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ring::rand::{SecureRandom as _, SystemRandom};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{PrivatePkcs8KeyDer, SubjectPublicKeyInfoDer};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::fmt;
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

pub(crate) const SIGNATURE_BYTES: usize = 64;
const KEY_BYTES: usize = 32;
const FILE_BYTES_MAX: u64 = 16 * 1024;
/// The most characters of a name.
const NAME_CHARS_MAX: usize = 200;

/// PKCS#8 of an Ed25519 key, up to its 32 bytes (RFC 8410).
const PKCS8: [u8; 16] = *b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20";
/// SubjectPublicKeyInfo of an Ed25519 key, up to its 32 bytes (RFC 8410).
const SPKI: [u8; 12] = *b"\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00";

/// What a key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// A department that writes adapters.
    Author,
    /// The data office that admits them.
    Office,
}

impl Role {
    /// The word for it in files and on the command line.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Author => "author",
            Self::Office => "office",
        }
    }

    /// The word for it in Chinese.
    #[must_use]
    pub const fn zh(self) -> &'static str {
        match self {
            Self::Author => "编写部门",
            Self::Office => "数据管理部门",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// Names a key: SHA-256 of its SubjectPublicKeyInfo.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Fingerprint(pub(crate) [u8; 32]);

impl Fingerprint {
    /// Reads 64 hexadecimal digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        hex::parse(text).map(Self)
    }

    /// Its first 16 digits, for tables and file names.
    #[must_use]
    pub fn short(&self) -> String {
        self.to_string().chars().take(16).collect()
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::text(&self.0))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl TryFrom<String> for Fingerprint {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).ok_or_else(|| format!("{text:?} is no fingerprint of 64 digits"))
    }
}

impl From<Fingerprint> for String {
    fn from(fingerprint: Fingerprint) -> Self {
        fingerprint.to_string()
    }
}

/// Why a key cannot be made or read.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file cannot be made, read or written.
    #[error("{}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// There is something of that name.
    #[error("{} is there already, and is not written over", .0.display())]
    Exists(PathBuf),
    /// Others can read it.
    #[error("{} can be read by others (mode {mode:03o}); chmod 600 it, and if it was so for \
             long make a new key", path.display())]
    Open {
        /// Which.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// It holds no key of the kind.
    #[error("{} holds no Ed25519 {kind} key as PEM", path.display())]
    NoKey {
        /// Which.
        path: PathBuf,
        /// `private` or `public`.
        kind: &'static str,
    },
    /// The name cannot stand in a file.
    #[error("{0:?} is no name: 1 to {NAME_CHARS_MAX} characters on one line")]
    Name(String),
    /// The system gives no random bytes.
    #[error("the system gives no random bytes")]
    Random,
}

/// A public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PublicKey([u8; KEY_BYTES]);

impl PublicKey {
    /// Reads the first public key in a PEM.
    #[must_use]
    pub fn from_pem(pem: &str) -> Option<Self> {
        let der = SubjectPublicKeyInfoDer::from_pem_slice(pem.as_bytes()).ok()?;
        let (head, key) = der.as_ref().split_first_chunk()?;
        (*head == SPKI).then_some(())?;
        key.try_into().ok().map(Self)
    }

    /// The key as PEM.
    #[must_use]
    pub fn to_pem(&self) -> String {
        pem("PUBLIC KEY", &self.spki())
    }

    /// Its name.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint(Sha256::digest(self.spki()).into())
    }

    /// `signature` is one of `message` by this key.
    pub(crate) fn has_signed(&self, message: &[u8], signature: &[u8]) -> bool {
        let key = UnparsedPublicKey::new(&ED25519, self.0);
        key.verify(message, signature).is_ok()
    }

    fn spki(&self) -> Vec<u8> {
        [&SPKI[..], &self.0].concat()
    }
}

/// A private key, to sign with.
pub struct SecretKey {
    pair: Ed25519KeyPair,
    public: PublicKey,
}

impl SecretKey {
    /// Reads a private key's file, and what it says of itself.
    ///
    /// # Errors
    /// It cannot be read, others can read it, or it holds no such key.
    pub fn read(path: &Path) -> Result<(Self, KeyFile), KeyError> {
        let text = read(path, true)?;
        let none = || KeyError::NoKey {
            path: path.to_owned(),
            kind: "private",
        };
        let der = PrivatePkcs8KeyDer::from_pem_slice(text.as_bytes()).map_err(|_| none())?;
        let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der.secret_pkcs8_der());
        let key = Self::of(pair.map_err(|_| none())?).ok_or_else(none)?;
        let file = KeyFile::of(&text, key.public);
        Ok((key, file))
    }

    /// Its public half.
    #[must_use]
    pub const fn public(&self) -> PublicKey {
        self.public
    }

    pub(crate) fn sign(&self, message: &[u8]) -> [u8; SIGNATURE_BYTES] {
        let signature = self.pair.sign(message);
        let mut bytes = [0; SIGNATURE_BYTES];
        for (place, byte) in bytes.iter_mut().zip(signature.as_ref()) {
            *place = *byte;
        }
        bytes
    }

    pub(crate) fn of_seed(seed: &[u8; KEY_BYTES]) -> Option<Self> {
        Self::of(Ed25519KeyPair::from_seed_unchecked(seed).ok()?)
    }

    fn of(pair: Ed25519KeyPair) -> Option<Self> {
        let public = pair.public_key().as_ref().try_into().ok().map(PublicKey)?;
        Some(Self { pair, public })
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretKey({})", self.public.fingerprint())
    }
}

/// A public key, and what its file says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyFile {
    /// What it says that it is for.
    pub role: Option<Role>,
    /// Whose it says that it is.
    pub name: Option<String>,
    /// The key.
    pub key: PublicKey,
}

impl KeyFile {
    /// Makes a key: `path` gets the private one, `path.pub` the public one. Neither may be there.
    ///
    /// # Errors
    /// A file is there or cannot be written, or the name is none.
    pub fn make(path: &Path, role: Role, name: &str) -> Result<Self, KeyError> {
        if !is_name(name) {
            return Err(KeyError::Name(name.to_owned()));
        }
        let mut seed = [0; KEY_BYTES];
        let filled = SystemRandom::new().fill(&mut seed);
        filled.map_err(|_| KeyError::Random)?;
        let key = SecretKey::of_seed(&seed).ok_or(KeyError::Random)?;
        let file = Self {
            role: Some(role),
            name: Some(name.to_owned()),
            key: key.public,
        };
        let public = public_path(path);
        if public.symlink_metadata().is_ok() {
            return Err(KeyError::Exists(public));
        }
        let secret = pem("PRIVATE KEY", &[&PKCS8[..], &seed].concat());
        write_new(path, 0o600, &(file.head() + &secret))?;
        write_new(&public, 0o644, &(file.head() + &key.public.to_pem()))?;
        Ok(file)
    }

    /// Reads the file of a public key, or of a private one.
    ///
    /// # Errors
    /// It cannot be read or holds no key, or it holds a private one that others can read.
    pub fn read(path: &Path) -> Result<Self, KeyError> {
        let text = read(path, false)?;
        match PublicKey::from_pem(&text) {
            Some(key) => Ok(Self::of(&text, key)),
            None if text.contains("PRIVATE KEY") => SecretKey::read(path).map(|(_, file)| file),
            None => Err(KeyError::NoKey {
                path: path.to_owned(),
                kind: "public",
            }),
        }
    }

    fn of(text: &str, key: PublicKey) -> Self {
        let said = |what: &str| {
            let mut lines = text.lines().take_while(|line| !line.starts_with("-----"));
            lines.find_map(|line| line.strip_prefix(what).map(str::trim))
        };
        let role = match said("role:") {
            Some("author") => Some(Role::Author),
            Some("office") => Some(Role::Office),
            _ => None,
        };
        let name = said("name:").filter(|name| is_name(name));
        Self {
            role,
            name: name.map(str::to_owned),
            key,
        }
    }

    /// The lines before the PEM.
    fn head(&self) -> String {
        let (role, name) = (self.role.map_or("", Role::word), self.name.as_deref());
        let fingerprint = self.key.fingerprint();
        let name = name.unwrap_or_default();
        format!("role: {role}\nname: {name}\nfingerprint: {fingerprint}\n")
    }
}

/// Where the public key of the private key in `path` stands.
pub(crate) fn public_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".pub");
    name.into()
}

/// It can stand on a line of a file.
pub(crate) fn is_name(text: &str) -> bool {
    (1..=NAME_CHARS_MAX).contains(&text.chars().count())
        && text.trim() == text
        && !text.chars().any(char::is_control)
}

fn pem(kind: &str, der: &[u8]) -> String {
    // Both kinds fit on one line of 64 characters.
    let text = BASE64_STANDARD.encode(der);
    format!("-----BEGIN {kind}-----\n{text}\n-----END {kind}-----\n")
}

fn read(path: &Path, secret: bool) -> Result<String, KeyError> {
    let failed = |source| KeyError::File {
        path: path.to_owned(),
        source,
    };
    let file = std::fs::File::open(path).map_err(failed)?;
    let mode = file.metadata().map_err(failed)?.permissions().mode() & 0o777;
    if secret && mode & 0o077 != 0 {
        let path = path.to_owned();
        return Err(KeyError::Open { path, mode });
    }
    let mut text = String::new();
    let mut limited = file.take(FILE_BYTES_MAX);
    limited.read_to_string(&mut text).map_err(failed)?;
    Ok(text)
}

fn write_new(path: &Path, mode: u32, text: &str) -> Result<(), KeyError> {
    let failed = |source: io::Error| match source.kind() {
        io::ErrorKind::AlreadyExists => KeyError::Exists(path.to_owned()),
        _ => KeyError::File {
            path: path.to_owned(),
            source,
        },
    };
    let mut options = std::fs::OpenOptions::new();
    let opened = options.write(true).create_new(true).mode(mode).open(path);
    let mut file = opened.map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)?;
    file.sync_all().map_err(failed)
}

#[cfg(test)]
mod tests;
