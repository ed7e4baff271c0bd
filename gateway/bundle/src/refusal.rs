//! Why a bundle is refused: one list, each with a code of its own, the place, the value, and what
//! to do, in English and Chinese.

mod words;

use crate::{Day, Fingerprint, Role, Version};

/// Why a bundle is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It does not begin as one.
    #[error("the file is no adapter bundle")]
    NotABundle,
    /// It is larger than any bundle.
    #[error("the file has {bytes} bytes, more than a bundle may have")]
    TooLarge {
        /// How many.
        bytes: u64,
    },
    /// It ends too early.
    #[error("the file ends within or behind {entry}, before its end")]
    Truncated {
        /// The last entry that was begun.
        entry: &'static str,
    },
    /// An entry would lie elsewhere than in the bundle.
    #[error("the entry {entry:?} is a path out of the bundle")]
    Path {
        /// Its name.
        entry: String,
    },
    /// An entry that no bundle has.
    #[error("the entry {entry:?} has no business in a bundle")]
    Stranger {
        /// Its name.
        entry: String,
    },
    /// An entry stands there twice.
    #[error("the entry {entry:?} stands there twice")]
    Twice {
        /// Its name.
        entry: String,
    },
    /// An entry is larger than it may be.
    #[error("the entry {entry} has {bytes} bytes, more than {most}")]
    EntryTooLarge {
        /// Its name.
        entry: &'static str,
        /// How many.
        bytes: u64,
        /// The most.
        most: u64,
    },
    /// An entry is not there.
    #[error("the entry {entry} is missing")]
    Missing {
        /// Its name.
        entry: &'static str,
    },
    /// Something is not in the one form that a bundle has.
    #[error("{place} is not as it must be: {why}")]
    Form {
        /// Where.
        place: String,
        /// How it is.
        why: String,
    },
    /// An envelope holds something else than a statement.
    #[error("{entry}: the payload type {found:?} is unknown")]
    PayloadType {
        /// Which envelope.
        entry: &'static str,
        /// What it says.
        found: String,
    },
    /// An envelope has not the one signature that it should have.
    #[error("{entry} has {count} signatures, not one")]
    Signatures {
        /// Which envelope.
        entry: &'static str,
        /// How many.
        count: usize,
    },
    /// A file is not the one that its author stated.
    #[error("{entry} was changed: its SHA-256 or size is not the one that its author stated")]
    Changed {
        /// Which.
        entry: &'static str,
    },
    /// Statement and manifest say different things.
    #[error("the statement says {what} {stated}, the manifest says {found}")]
    Mismatch {
        /// What differs.
        what: &'static str,
        /// In the statement.
        stated: String,
        /// In the manifest.
        found: String,
    },
    /// The manifest asks for a contract that is not served.
    #[error("the adapter is built for contract {asked:?}; this gateway serves {served}")]
    Contract {
        /// Which.
        asked: String,
        /// What is served.
        served: String,
    },
    /// The manifest cannot be used.
    #[error("adapter.toml: {why}")]
    Manifest {
        /// Why.
        why: String,
    },
    /// The component reaches for more than it may.
    #[error("the component imports {name:?}; an adapter may import nothing but \"log\"")]
    Import {
        /// What it imports.
        name: String,
    },
    /// The component cannot be used.
    #[error("adapter.wasm: {why}")]
    Component {
        /// Why.
        why: String,
    },
    /// No department has signed.
    #[error("no department has signed the bundle")]
    NotSigned,
    /// The data office has not admitted it.
    #[error("the data office has not admitted the bundle")]
    NotAdmitted,
    /// A signature by a key that the trust store does not have.
    #[error("the {role}'s key {key} is not in the trust store")]
    KeyUnknown {
        /// What it signed as.
        role: Role,
        /// Which.
        key: Fingerprint,
    },
    /// A signature by a key that is trusted for something else.
    #[error("the {role}'s signature is by {name}, key {key}, who is trusted as {holds} alone")]
    KeyRole {
        /// What it signed as.
        role: Role,
        /// What it is trusted as.
        holds: Role,
        /// Which.
        key: Fingerprint,
        /// Whose.
        name: String,
    },
    /// A signature by a key that was revoked.
    #[error("the {role}'s key {key} of {name} was revoked on {on}: {reason}")]
    KeyRevoked {
        /// What it signed as.
        role: Role,
        /// Which.
        key: Fingerprint,
        /// Whose.
        name: String,
        /// When.
        on: Day,
        /// Why.
        reason: String,
    },
    /// A signature by a key whose time is over.
    #[error("the {role}'s key {key} of {name} was valid until {until}, and it is used on {on}")]
    KeyExpired {
        /// What it signed as.
        role: Role,
        /// Which.
        key: Fingerprint,
        /// Whose.
        name: String,
        /// Its last day.
        until: Day,
        /// The day that counts.
        on: Day,
    },
    /// A signature by a key whose time has not come.
    #[error("the {role}'s key {key} of {name} is valid from {from}, and it is used on {on}")]
    KeyEarly {
        /// What it signed as.
        role: Role,
        /// Which.
        key: Fingerprint,
        /// Whose.
        name: String,
        /// Its first day.
        from: Day,
        /// The day that counts.
        on: Day,
    },
    /// A signature that its key did not make.
    #[error("the {role}'s signature is not one of this bundle by the key {key}")]
    Signature {
        /// What it is said to be.
        role: Role,
        /// Which key is said to have made it.
        key: Fingerprint,
    },
    /// A department signed another's adapter.
    #[error("{name} may not sign the adapter {adapter:?}; it may sign {allowed}")]
    NotAllowed {
        /// The department.
        name: String,
        /// The adapter.
        adapter: String,
        /// What it may sign.
        allowed: String,
    },
    /// One key signed in both roles.
    #[error("author and office are one key {key}; nobody admits their own adapter")]
    SameKey {
        /// Which.
        key: Fingerprint,
    },
    /// The admission is one of something else.
    #[error("the office admitted {name} {version} signed by {author}, and not this bundle")]
    OtherAdmitted {
        /// What it admitted.
        name: String,
        /// Which version.
        version: Version,
        /// Signed by which key.
        author: Fingerprint,
    },
    /// A version below the newest that was ever taken in here.
    #[error("{name} {version} is older than {newest}, which was taken in here on {on}")]
    Older {
        /// The adapter.
        name: String,
        /// The version of the bundle.
        version: Version,
        /// The newest.
        newest: Version,
        /// When that was taken in.
        on: Day,
    },
    /// A version that was taken in here with other content.
    #[error("{name} {version} was taken in here on {on} with other content")]
    OtherContent {
        /// The adapter.
        name: String,
        /// Its version.
        version: Version,
        /// When that was taken in.
        on: Day,
    },
}

impl Refusal {
    /// Stable word.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotABundle => "bundle_none",
            Self::TooLarge { .. } => "bundle_too_large",
            Self::Truncated { .. } => "bundle_truncated",
            Self::Path { .. } => "entry_path",
            Self::Stranger { .. } => "entry_unknown",
            Self::Twice { .. } => "entry_twice",
            Self::EntryTooLarge { .. } => "entry_too_large",
            Self::Missing { .. } => "entry_missing",
            Self::Form { .. } => "bundle_form",
            Self::PayloadType { .. } => "payload_type",
            Self::Signatures { .. } => "signature_count",
            Self::Changed { .. } => "content_changed",
            Self::Mismatch { .. } => "statement_mismatch",
            Self::Contract { .. } => "contract_unserved",
            Self::Manifest { .. } => "manifest_refused",
            Self::Import { .. } => "import_foreign",
            Self::Component { .. } => "component_refused",
            Self::NotSigned => "author_missing",
            Self::NotAdmitted => "office_missing",
            Self::KeyUnknown { .. } => "key_unknown",
            Self::KeyRole { .. } => "key_role",
            Self::KeyRevoked { .. } => "key_revoked",
            Self::KeyExpired { .. } => "key_expired",
            Self::KeyEarly { .. } => "key_early",
            Self::Signature { .. } => "signature_wrong",
            Self::NotAllowed { .. } => "author_not_allowed",
            Self::SameKey { .. } => "key_same",
            Self::OtherAdmitted { .. } => "admission_other",
            Self::Older { .. } => "version_older",
            Self::OtherContent { .. } => "version_changed",
        }
    }

    /// The policy `development` lets it pass with a warning: nobody vouches for the bundle, or not
    /// yet, or not any more. What was tampered with, revoked or overreaching never passes.
    #[must_use]
    pub const fn is_forgiven_in_development(&self) -> bool {
        matches!(
            self,
            Self::NotSigned
                | Self::NotAdmitted
                | Self::KeyUnknown { .. }
                | Self::KeyExpired { .. }
                | Self::KeyEarly { .. }
                | Self::OtherContent { .. }
        )
    }
}
