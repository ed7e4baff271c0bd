//! What an adapter is: a pure fold over its feed, (piece, carry) → (page, carry).
//!
//! What must stay true: nothing is remembered between two calls but the carry, and the same input
//! gives the same page, byte for byte.

use std::borrow::Cow;

use crate::carry::Carry;
use crate::page::{Page, PageBuilder};

/// A piece of one feed.
#[derive(Clone, Copy, Debug)]
pub struct Piece<'p> {
    /// Which of the adapter's feeds this is: a name from its manifest.
    pub feed: &'p str,
    /// The name of the file or of the pull, never a path.
    pub file: &'p str,
    /// Several files can make one delivery: this is file `part` (from 0) of `parts`.
    pub part: u32,
    /// See `part`.
    pub parts: u32,
    /// What there is of the file from `offset` on.
    pub bytes: &'p [u8],
    /// Where in the (decoded) file `bytes` begins.
    pub offset: u64,
    /// Nothing follows `bytes` in this file.
    pub last: bool,
    /// How many records the host cut out just before this piece, because the adapter could not be
    /// got past them. A row counter goes on by so many.
    pub lost: u32,
}

impl<'p> Piece<'p> {
    /// The piece of a feed that the manifest declares as text.
    ///
    /// # Errors
    ///
    /// `not_text` where it is not UTF-8: then the manifest does not declare the feed as text.
    pub fn text(&self) -> Result<&'p str, Fault> {
        simdutf8::basic::from_utf8(self.bytes).map_err(|_| {
            Fault::new(
                "not_text",
                "该数据不是文本，请检查适配器清单中的 text 设置",
                "the feed is no text: see `text` in the adapter's manifest",
            )
        })
    }
}

/// The settings of the route.
#[derive(Clone, Debug, Default)]
pub struct Settings<'s>(Vec<(&'s str, &'s str)>);

impl<'s> Settings<'s> {
    /// The value of a setting, where the route gives one.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&'s str> {
        self.0
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| *value)
    }
}

impl<'s> FromIterator<(&'s str, &'s str)> for Settings<'s> {
    fn from_iter<I: IntoIterator<Item = (&'s str, &'s str)>>(pairs: I) -> Self {
        Self(pairs.into_iter().collect())
    }
}

/// The feed as a whole cannot be read: a wrong header, a setting that does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// A stable word.
    pub code: Cow<'static, str>,
    /// Why and what to do, in Chinese.
    pub zh: Cow<'static, str>,
    /// Why and what to do, in English.
    pub en: Cow<'static, str>,
    /// Where in the feed, if it is one place.
    pub source_row: Option<u64>,
}

impl Fault {
    /// A fault of the feed as a whole.
    pub fn new(
        code: impl Into<Cow<'static, str>>,
        zh: impl Into<Cow<'static, str>>,
        en: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            code: code.into(),
            zh: zh.into(),
            en: en.into(),
            source_row: None,
        }
    }

    /// The same, at a row.
    #[must_use]
    pub fn at(mut self, source_row: u64) -> Self {
        self.source_row = Some(source_row);
        self
    }
}

/// An adapter.
///
/// For a feed of rows implement [`crate::RowAdapter`], which is one.
pub trait Adapter {
    /// What it remembers from one piece to the next.
    type Carry: Carry;

    /// Makes drafts, doubts and skips of `piece`; how many bytes of it were dealt with. The host
    /// hands the rest over again with what follows; 0 asks for a longer piece. On the last piece
    /// everything must be dealt with.
    ///
    /// # Errors
    ///
    /// A [`Fault`] where the feed as a whole cannot be read.
    fn translate(
        piece: &Piece<'_>,
        carry: &mut Self::Carry,
        settings: &Settings<'_>,
        page: &mut PageBuilder,
    ) -> Result<usize, Fault>;
}

/// One call of an adapter, as the host makes it.
///
/// # Errors
///
/// The adapter's own, and `carry_unreadable` where `carry` is of another version of it.
pub fn call<A: Adapter>(
    piece: &Piece<'_>,
    carry: &[u8],
    settings: &Settings<'_>,
) -> Result<Page, Fault> {
    let mut carry = recall::<A::Carry>(carry)?;
    let mut page = PageBuilder::for_piece(piece.bytes.len());
    let consumed = A::translate(piece, &mut carry, settings, &mut page)?;
    Ok(page.finish(consumed, crate::carry::write(&carry)))
}

/// What was carried.
///
/// # Errors
///
/// `carry_unreadable` where `carry` is of another version.
pub(crate) fn recall<C: Carry>(carry: &[u8]) -> Result<C, Fault> {
    crate::carry::read(carry).ok_or_else(|| {
        Fault::new(
            "carry_unreadable",
            "适配器版本已变，无法接着读此文件：请从头重新读取",
            "another version of the adapter began this file: read it again from its start",
        )
    })
}

/// Writes to the host's log, for the author's eyes. Never write personal data to it. Outside the
/// sandbox it goes to standard error.
pub fn log(message: &str) {
    #[cfg(target_arch = "wasm32")]
    crate::component::log(message);
    #[cfg(not(target_arch = "wasm32"))]
    eprintln!("{message}");
}
