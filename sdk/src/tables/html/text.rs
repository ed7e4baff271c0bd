//! The text of a page: entities, blanks and the ends of tags.

/// Names of characters, as far as pages of departments have them.
const ENTITIES: [(&str, char); 12] = [
    ("amp", '&'),
    ("lt", '<'),
    ("gt", '>'),
    ("quot", '"'),
    ("apos", '\''),
    ("nbsp", '\u{a0}'),
    ("ensp", '\u{2002}'),
    ("emsp", '\u{2003}'),
    ("middot", '·'),
    ("lsquo", '‘'),
    ("ldquo", '“'),
    ("rdquo", '”'),
];

/// Longest name of a character.
const ENTITY_BYTES_MAX: usize = 12;

/// Text whose runs of blanks count as one, and as none where a line of Chinese text was broken.
#[derive(Clone, Debug, Default)]
pub(super) struct Text {
    text: String,
    /// A run of blanks at the end that is not written yet.
    blank: Option<Blank>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Blank {
    /// With the end of a line of the page's source.
    LineEnd,
    Blank,
}

impl Text {
    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    pub(super) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Appends text as it stands in the page.
    pub(super) fn push(&mut self, text: &str) {
        let mut rest = text;
        while let Some(at) = rest.find('&') {
            let (before, entity) = rest.split_at_checked(at).unwrap_or((rest, ""));
            before.chars().for_each(|c| self.push_char(c));
            let (c, bytes) = entity_at(entity).unwrap_or(('&', 1));
            self.push_char(c);
            rest = entity.get(bytes..).unwrap_or_default();
        }
        rest.chars().for_each(|c| self.push_char(c));
    }

    /// Parts what follows from what stands there.
    pub(super) fn push_blank(&mut self) {
        self.blank = Some(Blank::Blank);
    }

    fn push_char(&mut self, c: char) {
        if matches!(c, ' ' | '\t'..='\r' | '\u{a0}' | '\u{2002}' | '\u{2003}') {
            let line_end = matches!(c, '\n' | '\r');
            self.blank = Some(match self.blank {
                None if line_end => Blank::LineEnd,
                Some(Blank::LineEnd) => Blank::LineEnd,
                // A blank before a line end comes to the same.
                Some(Blank::Blank) if line_end => Blank::LineEnd,
                _ => Blank::Blank,
            });
            return;
        }
        let broken_line = self.blank == Some(Blank::LineEnd)
            && is_wide(c)
            && self.text.chars().next_back().is_some_and(is_wide);
        if self.blank.take().is_some() && !broken_line && !self.text.is_empty() {
            self.text.push(' ');
        }
        self.text.push(c);
    }
}

/// A Chinese character, or a mark as wide as one.
const fn is_wide(c: char) -> bool {
    matches!(
        c,
        '\u{2e80}'..='\u{9fff}'
            | '\u{f900}'..='\u{faff}'
            | '\u{ff00}'..='\u{ff60}'
            | '\u{20000}'..='\u{3ffff}'
    )
}

/// The character that an entity at the start of `text` means, and how long it is.
fn entity_at(text: &str) -> Option<(char, usize)> {
    let window = text.get(1..text.floor_char_boundary(1 + ENTITY_BYTES_MAX))?;
    let name = window.split_once(';').map(|(name, _)| name)?;
    let number = |digits: &str, radix| u32::from_str_radix(digits, radix).ok();
    let c = match name.strip_prefix('#') {
        Some(digits) => {
            let hex = digits.strip_prefix(['x', 'X']);
            let code = hex.map_or_else(|| number(digits, 10), |hex| number(hex, 16))?;
            char::from_u32(code).filter(|c| *c != '\0')?
        }
        None => ENTITIES.iter().find(|(known, _)| *known == name)?.1,
    };
    Some((c, name.len() + 2))
}

/// Where the tag at the start of `text` ends: behind its `>`, one within quotes not counted.
pub(super) fn tag_end(text: &str) -> usize {
    let mut quote = None;
    for (at, byte) in text.bytes().enumerate() {
        match (quote, byte) {
            (Some(open), byte) if open == byte => quote = None,
            (None, b'"' | b'\'') => quote = Some(byte),
            (None, b'>') => return at + 1,
            _ => {}
        }
    }
    // A quote that is not closed would swallow the page.
    text.find('>').map_or(text.len(), |at| at + 1)
}

/// What follows the end tag of an element.
pub(super) fn behind_element<'h>(text: &'h str, name: &str) -> &'h str {
    let bytes = text.as_bytes();
    let ends = memchr::memchr_iter(b'<', bytes);
    for at in ends {
        let inside = bytes.get(at + 1..).unwrap_or_default();
        let found = inside
            .strip_prefix(b"/")
            .and_then(|inside| inside.get(..name.len()));
        if found.is_some_and(|found| found.eq_ignore_ascii_case(name.as_bytes())) {
            let tag = text.get(at..).unwrap_or_default();
            return tag.get(tag_end(tag)..).unwrap_or_default();
        }
    }
    ""
}

/// A whole number that a tag has under `name`, in quotes or not.
pub(super) fn number_attribute(tag: &str, name: &str) -> Option<usize> {
    let lower = tag.to_ascii_lowercase();
    let value = lower.match_indices(name).find_map(|(at, _)| {
        let before = lower.get(..at)?.chars().next_back()?;
        let behind = lower.get(at + name.len()..)?.trim_start();
        let value = behind.strip_prefix('=')?.trim_start();
        (before.is_whitespace() || matches!(before, '"' | '\'')).then_some(value)
    })?;
    let value = value.trim_start_matches(['"', '\'']);
    let digits = value.bytes().take_while(u8::is_ascii_digit).count();
    value.get(..digits)?.parse().ok()
}
