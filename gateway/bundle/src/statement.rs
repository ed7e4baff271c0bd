//! What is signed: the author's statement of what the bundle holds, and the office's admission of
//! it. Both are in-toto statements (<https://in-toto.io/Statement/v1>), so that common tools can
//! read them; the two differ in their predicate's type, and neither can be passed off as the other.
//!
//! ```text
//! author.dsse.json   subject  adapter.toml, adapter.wasm, each with its SHA-256
//!                    says     name, version, contract, feeds, limits, sizes, day
//! office.dsse.json   subject  author.dsse.json with its SHA-256: statement, key and signature
//!                    says     name, version, the author's fingerprint, day, note
//! ```

use crate::archive::{AUTHOR, COMPONENT, MANIFEST, OFFICE};
use crate::hex;
use crate::refusal::Refusal;
use crate::{Day, Fingerprint, Version};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

const IN_TOTO: &str = "https://in-toto.io/Statement/v1";
const BUNDLE: &str = "urn:credit-gateway:adapter-bundle:v1";
const ADMISSION: &str = "urn:credit-gateway:adapter-admission:v1";

/// What an adapter says of itself in its manifest, as far as it is signed for.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Summary {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: Version,
    /// The contract that it is built for.
    pub contract: String,
    /// Names of the feeds that it reads, in the manifest's order.
    pub feeds: Vec<String>,
    /// Linear memory that it asks for.
    pub memory_mib: u64,
    /// Wall time of a call that it asks for.
    pub call_ms: u64,
    /// Output of a call that it asks for.
    pub output_mib: u64,
    /// State from call to call that it asks for.
    pub carry_kib: u64,
}

/// A file as it is stated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Content {
    /// Bytes.
    pub bytes: u64,
    /// SHA-256 of them.
    pub sha256: [u8; 32],
}

impl Content {
    /// Of these bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self {
            bytes: bytes.len() as u64,
            sha256: Sha256::digest(bytes).into(),
        }
    }
}

/// What the author states.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// What the adapter is.
    pub summary: Summary,
    /// `adapter.toml`.
    pub manifest: Content,
    /// `adapter.wasm`.
    pub component: Content,
    /// The day it was packed.
    pub created: Day,
}

impl Statement {
    /// SHA-256 over the digests of manifest and component: two bundles of one version must have
    /// the same, whoever signed them and when.
    #[must_use]
    pub fn content(&self) -> [u8; 32] {
        let both = Sha256::new_with_prefix(self.manifest.sha256);
        both.chain_update(self.component.sha256).finalize().into()
    }

    pub(crate) fn to_bytes(&self) -> Result<Vec<u8>, serde_json::Error> {
        let said = Predicate {
            summary: self.summary.clone(),
            manifest_bytes: self.manifest.bytes,
            component_bytes: self.component.bytes,
            created: self.created,
        };
        let subject = vec![
            Subject::new(MANIFEST.name, self.manifest.sha256),
            Subject::new(COMPONENT.name, self.component.sha256),
        ];
        InToto::new(BUNDLE, subject, said).to_bytes()
    }

    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, Refusal> {
        let read = InToto::<Predicate>::parse(AUTHOR.name, BUNDLE, bytes)?;
        let (said, subject) = (read.predicate, read.subject);
        let statement = Self {
            manifest: Content {
                bytes: said.manifest_bytes,
                sha256: digest(AUTHOR.name, &subject, 0, MANIFEST.name)?,
            },
            component: Content {
                bytes: said.component_bytes,
                sha256: digest(AUTHOR.name, &subject, 1, COMPONENT.name)?,
            },
            summary: said.summary,
            created: said.created,
        };
        one_form(AUTHOR.name, &statement.to_bytes(), bytes)?;
        Ok(statement)
    }
}

/// What the office admits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admission {
    /// SHA-256 of the author's envelope.
    pub envelope: [u8; 32],
    /// The adapter's name.
    pub name: String,
    /// Its version.
    pub version: Version,
    /// The author's key.
    pub author: Fingerprint,
    /// The day of the admission.
    pub admitted: Day,
    /// What the office has to say of it; may be empty.
    pub note: String,
}

impl Admission {
    pub(crate) fn to_bytes(&self) -> Result<Vec<u8>, serde_json::Error> {
        let said = Admitted {
            name: self.name.clone(),
            version: self.version,
            author: self.author,
            admitted: self.admitted,
            note: self.note.clone(),
        };
        let subject = vec![Subject::new(AUTHOR.name, self.envelope)];
        InToto::new(ADMISSION, subject, said).to_bytes()
    }

    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, Refusal> {
        let read = InToto::<Admitted>::parse(OFFICE.name, ADMISSION, bytes)?;
        let said = read.predicate;
        let admission = Self {
            envelope: digest(OFFICE.name, &read.subject, 0, AUTHOR.name)?,
            name: said.name,
            version: said.version,
            author: said.author,
            admitted: said.admitted,
            note: said.note,
        };
        one_form(OFFICE.name, &admission.to_bytes(), bytes)?;
        Ok(admission)
    }
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct InToto<P> {
    #[serde(rename = "_type")]
    kind: String,
    subject: Vec<Subject>,
    #[serde(rename = "predicateType")]
    predicate_type: String,
    predicate: P,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Subject {
    name: String,
    digest: Digests,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Digests {
    sha256: String,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Predicate {
    summary: Summary,
    manifest_bytes: u64,
    component_bytes: u64,
    #[serde(with = "crate::day")]
    created: Day,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Admitted {
    name: String,
    version: Version,
    author: Fingerprint,
    #[serde(with = "crate::day")]
    admitted: Day,
    note: String,
}

impl Subject {
    fn new(name: &str, sha256: [u8; 32]) -> Self {
        Self {
            name: name.to_owned(),
            digest: Digests {
                sha256: hex::text(&sha256),
            },
        }
    }
}

impl<P: Serialize + DeserializeOwned> InToto<P> {
    fn new(predicate_type: &str, subject: Vec<Subject>, predicate: P) -> Self {
        Self {
            kind: IN_TOTO.to_owned(),
            subject,
            predicate_type: predicate_type.to_owned(),
            predicate,
        }
    }

    fn to_bytes(&self) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec(self)
    }

    /// Reads a payload of `place` that must be of that kind.
    fn parse(place: &str, predicate_type: &str, bytes: &[u8]) -> Result<Self, Refusal> {
        // What kind it is comes first: the other kind has other keys.
        #[derive(Deserialize)]
        struct Kind {
            #[serde(rename = "predicateType")]
            predicate_type: String,
        }
        let kind: Kind = serde_json::from_slice(bytes).map_err(|e| form(place, e))?;
        if kind.predicate_type != predicate_type {
            return Err(form(place, format!("it is a {:?}", kind.predicate_type)));
        }
        serde_json::from_slice(bytes).map_err(|e| form(place, e))
    }
}

fn digest(place: &str, subject: &[Subject], at: usize, name: &str) -> Result<[u8; 32], Refusal> {
    let found = subject.get(at).filter(|s| s.name == name);
    let digest = found.and_then(|s| hex::parse(&s.digest.sha256));
    digest.ok_or_else(|| form(place, format!("it has no SHA-256 of {name}")))
}

/// What was read must be what would be written: there is nothing in it that was not understood.
fn one_form(
    place: &str,
    again: &Result<Vec<u8>, serde_json::Error>,
    bytes: &[u8],
) -> Result<(), Refusal> {
    match again {
        Ok(again) if again == bytes => Ok(()),
        _ => Err(form(place, "it is not in the one form that is signed")),
    }
}

fn form(place: &str, why: impl ToString) -> Refusal {
    Refusal::Form {
        place: format!("the statement in {place}"),
        why: why.to_string(),
    }
}
