//! Text of at most `N` bytes, kept inline.
//!
//! The first `len` bytes are always valid UTF-8, the rest zero, so that derived equality and
//! hashing are those of the text.

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Inline<const N: usize> {
    bytes: [u8; N],
    len: u8,
}

impl<const N: usize> Inline<N> {
    /// Every length fits the counter.
    const FITS: () = assert!(N <= u8::MAX as usize);

    pub(crate) const fn empty() -> Self {
        let () = Self::FITS;
        Self {
            bytes: [0; N],
            len: 0,
        }
    }

    /// `None` if it is longer than `N` bytes.
    pub(crate) fn new(text: &str) -> Option<Self> {
        let mut inline = Self::empty();
        inline
            .bytes
            .get_mut(..text.len())?
            .copy_from_slice(text.as_bytes());
        inline.len = u8::try_from(text.len()).ok()?;
        Some(inline)
    }

    /// Adds `c`; false if there is no room.
    pub(crate) fn push(&mut self, c: char) -> bool {
        let start = usize::from(self.len);
        let end = start + c.len_utf8();
        match self.bytes.get_mut(start..end) {
            Some(room) => {
                c.encode_utf8(room);
                self.len = u8::try_from(end).unwrap_or(u8::MAX);
                true
            }
            None => false,
        }
    }

    /// Cuts to the first `len` bytes, which end at a character boundary.
    pub(crate) fn truncate(&mut self, len: usize) {
        if self.as_str().is_char_boundary(len) && len < usize::from(self.len) {
            self.bytes.iter_mut().skip(len).for_each(|b| *b = 0);
            self.len = u8::try_from(len).unwrap_or(u8::MAX);
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        let text = self.bytes.get(..usize::from(self.len)).unwrap_or_default();
        std::str::from_utf8(text).unwrap_or_default()
    }
}
