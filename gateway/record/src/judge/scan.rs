//! One flat JSON object, read without copying.
//!
//! Strict: what it lets through is JSON (RFC 8259) of one level. A text without escapes stays a
//! slice of the body.

use std::borrow::Cow;

/// A value of a flat object.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token<'b> {
    Text(Cow<'b, str>),
    /// A number as it is written.
    Number(&'b str),
    Bool,
    Null,
}

/// The byte at which a body is no flat JSON object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Malformed(pub(super) usize);

/// Reads members one after the other.
pub(super) struct Scanner<'b> {
    text: &'b str,
    at: usize,
    begun: bool,
}

impl<'b> Scanner<'b> {
    pub(super) const fn new(text: &'b str) -> Self {
        Self {
            text,
            at: 0,
            begun: false,
        }
    }

    /// The next member; `None` after the closing brace.
    pub(super) fn member(&mut self) -> Result<Option<(Cow<'b, str>, Token<'b>)>, Malformed> {
        if self.begun {
            self.blanks();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => return self.end(),
                _ => return Err(self.here()),
            }
        } else {
            self.blanks();
            self.expect(b'{')?;
            self.begun = true;
            self.blanks();
            if self.peek() == Some(b'}') {
                return self.end();
            }
        }
        self.blanks();
        self.expect(b'"')?;
        let name = self.string()?;
        self.blanks();
        self.expect(b':')?;
        self.blanks();
        let token = self.token()?;
        Ok(Some((name, token)))
    }

    /// Nothing but blanks follows the closing brace.
    fn end<T>(&mut self) -> Result<Option<T>, Malformed> {
        self.at += 1;
        self.blanks();
        if self.at == self.text.len() {
            Ok(None)
        } else {
            Err(self.here())
        }
    }

    const fn here(&self) -> Malformed {
        Malformed(self.at)
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn expect(&mut self, byte: u8) -> Result<(), Malformed> {
        if self.peek() == Some(byte) {
            self.at += 1;
            Ok(())
        } else {
            Err(self.here())
        }
    }

    fn blanks(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    fn token(&mut self) -> Result<Token<'b>, Malformed> {
        match self.peek() {
            Some(b'"') => {
                self.at += 1;
                self.string().map(Token::Text)
            }
            Some(b'n') => self.word("null", Token::Null),
            Some(b't') => self.word("true", Token::Bool),
            Some(b'f') => self.word("false", Token::Bool),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => Err(self.here()),
        }
    }

    fn word(&mut self, word: &str, token: Token<'b>) -> Result<Token<'b>, Malformed> {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        if !rest.starts_with(word.as_bytes()) {
            return Err(self.here());
        }
        self.at += word.len();
        Ok(token)
    }

    fn number(&mut self) -> Result<Token<'b>, Malformed> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        let leading_zero = self.peek() == Some(b'0');
        let digits = self.digits()?;
        if leading_zero && digits > 1 {
            return Err(Malformed(start));
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            self.digits()?;
        }
        self.text
            .get(start..self.at)
            .map(Token::Number)
            .ok_or(Malformed(start))
    }

    /// At least one digit.
    fn digits(&mut self) -> Result<usize, Malformed> {
        let start = self.at;
        while self.peek().is_some_and(|b| b.is_ascii_digit()) {
            self.at += 1;
        }
        if self.at == start {
            Err(self.here())
        } else {
            Ok(self.at - start)
        }
    }

    /// The string whose opening quote is behind.
    fn string(&mut self) -> Result<Cow<'b, str>, Malformed> {
        let start = self.at;
        let rest = self.text.as_bytes().get(start..).unwrap_or_default();
        self.at += special(rest).ok_or(Malformed(self.text.len()))?;
        match self.peek() {
            Some(b'"') => {
                let text = self.text.get(start..self.at).ok_or(Malformed(start))?;
                self.at += 1;
                Ok(Cow::Borrowed(text))
            }
            Some(b'\\') => self.escaped(start).map(Cow::Owned),
            _ => Err(self.here()),
        }
    }

    /// A string with escapes, its first one being next.
    fn escaped(&mut self, start: usize) -> Result<String, Malformed> {
        let mut out = self
            .text
            .get(start..self.at)
            .ok_or(Malformed(start))?
            .to_owned();
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(out);
                }
                Some(b'\\') => {
                    self.at += 1;
                    let escaped = self.escape()?;
                    out.push(escaped);
                }
                _ => return Err(self.here()),
            }
            let from = self.at;
            let rest = self.text.as_bytes().get(from..).unwrap_or_default();
            self.at += special(rest).ok_or(Malformed(self.text.len()))?;
            out.push_str(self.text.get(from..self.at).ok_or(Malformed(from))?);
        }
    }

    fn escape(&mut self) -> Result<char, Malformed> {
        let at = self.here();
        let letter = self.peek().ok_or(at)?;
        self.at += 1;
        Ok(match letter {
            b'"' | b'\\' | b'/' => char::from(letter),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let high = self.hex()?;
                if !(0xD800..0xDC00).contains(&high) {
                    return char::from_u32(high).ok_or(at);
                }
                self.expect(b'\\')?;
                self.expect(b'u')?;
                let low = self.hex()?;
                if !(0xDC00..0xE000).contains(&low) {
                    return Err(at);
                }
                char::from_u32(0x1_0000 + ((high - 0xD800) << 10) + (low - 0xDC00)).ok_or(at)?
            }
            _ => return Err(at),
        })
    }

    fn hex(&mut self) -> Result<u32, Malformed> {
        let at = self.here();
        let digits = self.text.get(self.at..self.at + 4).ok_or(at)?;
        if !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(at);
        }
        self.at += 4;
        u32::from_str_radix(digits, 16).map_err(|_| at)
    }
}

/// Where the first quote, backslash or control character stands.
pub(super) fn special(bytes: &[u8]) -> Option<usize> {
    let is_special = |b: u8| (b == b'"') | (b == b'\\') | (b < 0x20);
    let (chunks, _) = bytes.as_chunks::<32>();
    let clear = |chunk: &&[u8; 32]| !chunk.iter().fold(false, |any, b| any | is_special(*b));
    let skipped = 32 * chunks.iter().take_while(clear).count();
    let rest = bytes.get(skipped..).unwrap_or_default();
    let (words, _) = rest.as_chunks::<8>();
    let mut at = skipped;
    for word in words {
        let marks = marks(u64::from_le_bytes(*word));
        if marks != 0 {
            return Some(at + marks.trailing_zeros() as usize / 8);
        }
        at += 8;
    }
    let tail = bytes.get(at..).unwrap_or_default();
    tail.iter()
        .position(|b| is_special(*b))
        .map(|found| at + found)
}

/// The high bit of the first special byte of eight, and of some after it.
const fn marks(word: u64) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = 0x8080_8080_8080_8080;
    let quote = word ^ (ONES * b'"' as u64);
    let backslash = word ^ (ONES * b'\\' as u64);
    let quotes = quote.wrapping_sub(ONES) & !quote;
    let backslashes = backslash.wrapping_sub(ONES) & !backslash;
    let controls = word.wrapping_sub(ONES * 0x20) & !word;
    (quotes | backslashes | controls) & HIGHS
}

#[cfg(test)]
mod tests;
