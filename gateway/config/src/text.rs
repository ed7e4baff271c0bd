//! A file of the configuration, and the places in it.

/// A file of the configuration as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceText {
    /// Its path. What it names with a relative path lies beside it.
    pub name: String,
    /// What stands in it.
    pub text: String,
}

/// The line around a byte of a text.
pub(crate) struct Line<'t> {
    /// From 1.
    pub(crate) number: u32,
    /// Where the line begins.
    pub(crate) start: usize,
    /// The line without its end.
    pub(crate) text: &'t str,
}

impl SourceText {
    /// The line that the byte at `offset` stands in; the last one for an offset past the end.
    pub(crate) fn line(&self, offset: usize) -> Line<'_> {
        let offset = self.text.floor_char_boundary(offset.min(self.text.len()));
        let (before, after) = self.text.split_at(offset);
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        let end = after.find('\n').map_or(self.text.len(), |at| offset + at);
        let number = before.bytes().filter(|b| *b == b'\n').count() + 1;
        let text = self.text.get(start..end).unwrap_or_default();
        Line {
            number: u32::try_from(number).unwrap_or(u32::MAX),
            start,
            text: text.strip_suffix('\r').unwrap_or(text),
        }
    }
}

/// `text` in one line of at most 60 characters, as a message shows it.
pub(crate) fn shorten(text: &str) -> String {
    const CHARACTERS_MAX: usize = 60;
    let mut short: String = text
        .chars()
        .take(CHARACTERS_MAX)
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    if text.chars().nth(CHARACTERS_MAX).is_some() {
        short.push('…');
    }
    short
}
