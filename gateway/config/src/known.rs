//! What a configuration may name besides itself: the adapters at hand, their feeds and settings,
//! and the directories.

/// What there is to be named.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// The adapters at hand.
    pub adapters: Vec<KnownAdapter>,
    /// Adapters that are there and cannot be used; those of them whose manifest can be read are
    /// among `adapters`, too.
    pub unusable: Vec<UnusableAdapter>,
    /// The directories.
    pub directories: Vec<KnownDirectory>,
}

/// A directory.
#[derive(Clone, Debug)]
pub struct KnownDirectory {
    /// Its code.
    pub code: String,
    /// Codes of its columns.
    pub columns: Vec<String>,
    /// Codes of its namings.
    pub namings: Vec<String>,
}

/// An adapter that is there and cannot be used.
#[derive(Clone, Debug)]
pub struct UnusableAdapter {
    /// Its name.
    pub name: String,
    /// Why not.
    pub why: String,
    /// What to do.
    pub help: String,
}

/// An adapter, as its manifest describes it.
#[derive(Clone, Debug)]
pub struct KnownAdapter {
    /// Its name.
    pub name: String,
    /// The feeds it reads.
    pub feeds: Vec<KnownFeed>,
}

/// A feed of an adapter.
#[derive(Clone, Debug)]
pub struct KnownFeed {
    /// Its name.
    pub name: String,
    /// It can be a full snapshot.
    pub snapshot: bool,
    /// What a route can set.
    pub settings: Vec<KnownSetting>,
}

/// A setting of a feed.
#[derive(Clone, Debug)]
pub struct KnownSetting {
    /// Its name.
    pub name: String,
    /// What it may be.
    pub kind: SettingKind,
    /// A route must give it.
    pub required: bool,
    /// What it is where a route says nothing.
    pub default: Option<String>,
}

/// What a setting may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SettingKind {
    /// Any text.
    Text,
    /// A whole number.
    Integer,
    /// `true` or `false`.
    Boolean,
    /// One of these.
    OneOf(Vec<String>),
}
