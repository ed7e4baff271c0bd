//! Raw bytes → UTF-8 text, piece by piece.
//!
//! What must stay true: the text does not depend on how the bytes were cut into blocks; every
//! block of text ends between two characters; what is no character becomes U+FFFD, which the
//! judge makes doubtful, and never silently something else; UTF-8 is checked and copied.

use std::mem;

use encoding_rs::{CoderResult, GB18030, UTF_8, UTF_16BE, UTF_16LE};

/// How far detection looks, counted from the first byte that is not ASCII.
pub const DETECT_BYTES: usize = 1 << 20;

/// How much is looked at before damaged UTF-8 is told from GB18030.
const WEIGH_BYTES: usize = 64 << 10;
/// UTF-8 with damage has at least so many characters of several bytes for each place that is
/// none; GB18030 read as UTF-8 has several such places for each that looks like a character.
const SOUND_PER_DAMAGE: usize = 20;

const UTF8_BOM: [u8; 3] = [0xEF, 0xBB, 0xBF];
const UTF16_LE_BOM: [u8; 2] = [0xFF, 0xFE];
const UTF16_BE_BOM: [u8; 2] = [0xFE, 0xFF];

/// How the text of a feed is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// UTF-8; a byte order mark at the beginning is dropped.
    Utf8,
    /// GB18030, and so also GBK and GB 2312.
    Gb18030,
    /// No text: left as it is.
    Binary,
    /// Settled for each feed: a byte order mark of UTF-8 or UTF-16; else valid UTF-8 in the first
    /// [`DETECT_BYTES`] from the first byte that is not ASCII, or nearly valid (its damage then
    /// shows as U+FFFD, and is not read as other characters); else GB18030.
    #[default]
    Detect,
}

/// Decodes one feed.
pub struct Decoder(State);

enum State {
    Binary,
    Text(encoding_rs::Decoder),
    Undecided(Head),
}

/// What detection has seen and not yet given out. Up to the first byte that is not ASCII both
/// encodings read the same, so only what follows it waits here.
struct Head {
    bytes: Vec<u8>,
    /// Of `bytes`, valid UTF-8 so far.
    checked: usize,
    /// `bytes` begin where the feed begins: a byte order mark may stand there.
    first: bool,
}

/// What to do with the head.
enum Verdict {
    Utf8,
    Utf16(&'static encoding_rs::Encoding),
    Gb18030,
    ReadOn,
}

impl Decoder {
    /// A decoder at the beginning of a feed.
    #[must_use]
    pub fn new(encoding: Encoding) -> Self {
        Self(match encoding {
            Encoding::Utf8 => State::Text(UTF_8.new_decoder_with_bom_removal()),
            Encoding::Gb18030 => State::Text(GB18030.new_decoder_without_bom_handling()),
            Encoding::Binary => State::Binary,
            Encoding::Detect => State::Undecided(Head {
                bytes: Vec::new(),
                checked: 0,
                first: true,
            }),
        })
    }

    /// The text that the next `raw` bytes give, in the memory of `spare`, whose content is
    /// dropped. It may be less than `raw` holds (the rest waits for what follows) until `last`
    /// says that nothing follows.
    #[must_use]
    pub fn decode(&mut self, raw: &[u8], last: bool, mut spare: Vec<u8>) -> Vec<u8> {
        spare.clear();
        if matches!(self.0, State::Binary) {
            spare.extend_from_slice(raw);
            return spare;
        }
        let mut text = String::from_utf8(spare).unwrap_or_default();
        let rest = self.settle(raw, last, &mut text);
        if let State::Text(decoder) = &mut self.0 {
            append(decoder, rest, last, &mut text);
        }
        text.into_bytes()
    }

    /// Goes on with detection, if it is still open; what is left of `raw` is for the decoder.
    fn settle<'a>(&mut self, raw: &'a [u8], last: bool, text: &mut String) -> &'a [u8] {
        let State::Undecided(head) = &mut self.0 else {
            return raw;
        };
        let (rest, verdict) = head.take_in(raw, last, text);
        let mut decoder = match verdict {
            Verdict::ReadOn => return rest,
            Verdict::Utf8 if head.first => UTF_8.new_decoder_with_bom_removal(),
            Verdict::Utf8 => UTF_8.new_decoder_without_bom_handling(),
            Verdict::Utf16(which) => which.new_decoder_with_bom_removal(),
            Verdict::Gb18030 => GB18030.new_decoder_without_bom_handling(),
        };
        let bytes = mem::take(&mut head.bytes);
        append(&mut decoder, &bytes, false, text);
        self.0 = State::Text(decoder);
        rest
    }
}

impl Head {
    fn take_in<'a>(&mut self, raw: &'a [u8], last: bool, text: &mut String) -> (&'a [u8], Verdict) {
        let mut raw = raw;
        if self.bytes.is_empty() {
            let (ascii, other) = raw.split_at(encoding_rs::Encoding::ascii_valid_up_to(raw));
            // Only ASCII stands in `ascii`: nothing is replaced here.
            text.push_str(&String::from_utf8_lossy(ascii));
            self.first &= ascii.is_empty();
            raw = other;
        }
        let room = DETECT_BYTES.saturating_sub(self.bytes.len()).min(raw.len());
        let (window, rest) = raw.split_at(room);
        self.bytes.extend_from_slice(window);
        let ends = last && rest.is_empty();
        (rest, self.verdict(ends))
    }

    fn verdict(&mut self, ends: bool) -> Verdict {
        if self.first && self.bytes.starts_with(&UTF8_BOM) {
            return Verdict::Utf8;
        }
        let marks = [(UTF16_LE_BOM, UTF_16LE), (UTF16_BE_BOM, UTF_16BE)];
        if let Some((_, which)) = marks.iter().find(|(mark, _)| self.bytes.starts_with(mark))
            && self.first
        {
            return Verdict::Utf16(which);
        }
        let unchecked = self.bytes.get(self.checked..).unwrap_or_default();
        match std::str::from_utf8(unchecked) {
            Ok(_) => self.checked = self.bytes.len(),
            Err(error) if error.error_len().is_some() => {
                self.checked += error.valid_up_to();
                return self.weigh(ends);
            }
            // Cut within a character.
            Err(error) => self.checked += error.valid_up_to(),
        }
        match (self.checked, self.bytes.len()) {
            // The feed ends within its only character that is not ASCII: nothing speaks for UTF-8.
            (0, 1..) if ends => Verdict::Gb18030,
            (_, DETECT_BYTES..) => Verdict::Utf8,
            (_, 1..) if ends => Verdict::Utf8,
            _ => Verdict::ReadOn,
        }
    }
}

impl Head {
    /// No valid UTF-8 behind `checked`: damaged UTF-8, or GB18030?
    fn weigh(&self, ends: bool) -> Verdict {
        let upto = (self.checked + WEIGH_BYTES).min(DETECT_BYTES);
        if !ends && self.bytes.len() < upto {
            return Verdict::ReadOn;
        }
        let (mut sound, mut damage) = (0, 0);
        for chunk in self.bytes.get(..upto).unwrap_or(&self.bytes).utf8_chunks() {
            sound += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
            damage += usize::from(!chunk.invalid().is_empty());
        }
        if sound >= SOUND_PER_DAMAGE * damage {
            Verdict::Utf8
        } else {
            Verdict::Gb18030
        }
    }
}

/// Appends what `raw` gives to `text`.
fn append(decoder: &mut encoding_rs::Decoder, raw: &[u8], last: bool, text: &mut String) {
    let mut raw = raw;
    loop {
        // Two bytes of GB18030 make three of UTF-8; the loop is for what grows more.
        text.reserve(raw.len() + raw.len() / 2 + 32);
        let (result, read, _) = decoder.decode_to_string(raw, text, last);
        raw = raw.get(read..).unwrap_or_default();
        if matches!(result, CoderResult::InputEmpty) {
            return;
        }
    }
}

#[cfg(test)]
mod tests;
