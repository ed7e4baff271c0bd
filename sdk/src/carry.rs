//! The carry: what an adapter remembers from one piece to the next, as bytes that the host stores.
//!
//! ```text
//! carry = version (1 byte), fields in their order; nothing at all: the default
//! number = 7 bits a byte, low bits first, high bit set where more follow
//! text = length (number), UTF-8
//! ```
//!
//! What must stay true: a carry of another version is refused, never guessed at.

/// Something that can be carried.
pub trait Carry: Default {
    /// Goes up whenever the fields change.
    const VERSION: u8;

    /// Writes the fields.
    fn write(&self, out: &mut Writer);

    /// Reads what [`Carry::write`] wrote.
    fn read(fields: &mut Reader<'_>) -> Option<Self>;
}

impl Carry for () {
    const VERSION: u8 = 1;

    fn write(&self, _out: &mut Writer) {}

    fn read(_fields: &mut Reader<'_>) -> Option<Self> {
        Some(())
    }
}

impl Carry for bool {
    const VERSION: u8 = 1;

    fn write(&self, out: &mut Writer) {
        out.number((*self).into());
    }

    fn read(fields: &mut Reader<'_>) -> Option<Self> {
        fields.number().map(|number| number == 1)
    }
}

impl Carry for String {
    const VERSION: u8 = 1;

    fn write(&self, out: &mut Writer) {
        out.text(self);
    }

    fn read(fields: &mut Reader<'_>) -> Option<Self> {
        fields.text().map(str::to_owned)
    }
}

/// Writes fields.
#[derive(Debug, Default)]
pub struct Writer(Vec<u8>);

impl Writer {
    /// A number.
    pub fn number(&mut self, mut number: u64) {
        while number > 0x7f {
            self.0.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.0.push(number as u8);
    }

    /// A text.
    pub fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.0.extend_from_slice(text.as_bytes());
    }

    /// Bytes that nothing follows.
    pub(crate) fn rest(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }
}

/// Reads fields.
#[derive(Debug)]
pub struct Reader<'b>(&'b [u8]);

impl<'b> Reader<'b> {
    /// A number.
    pub fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..63).step_by(7) {
            let (byte, rest) = self.0.split_first()?;
            self.0 = rest;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    /// A text.
    pub fn text(&mut self) -> Option<&'b str> {
        let length = usize::try_from(self.number()?).ok()?;
        let (text, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        std::str::from_utf8(text).ok()
    }

    /// All bytes that are left.
    pub(crate) fn rest(&mut self) -> &'b [u8] {
        std::mem::take(&mut self.0)
    }
}

pub(crate) fn write<C: Carry>(carry: &C) -> Vec<u8> {
    let mut out = Writer(vec![C::VERSION]);
    carry.write(&mut out);
    out.0
}

pub(crate) fn read<C: Carry>(bytes: &[u8]) -> Option<C> {
    let Some((version, fields)) = bytes.split_first() else {
        return Some(C::default());
    };
    let mut fields = Reader(fields);
    let carry = if *version == C::VERSION {
        C::read(&mut fields)
    } else {
        None
    };
    carry.filter(|_| fields.0.is_empty())
}

#[cfg(test)]
mod tests {
    use super::{Reader, Writer, read, write};

    #[test]
    fn what_is_written_reads_back() {
        let mut out = Writer::default();
        for number in [0, 127, 128, 300, u64::from(u32::MAX), (1 << 62) - 1] {
            out.number(number);
        }
        out.text("黔西");
        let mut fields = Reader(&out.0);
        for number in [0, 127, 128, 300, u64::from(u32::MAX), (1 << 62) - 1] {
            assert_eq!(fields.number(), Some(number));
        }
        assert_eq!(fields.text(), Some("黔西"));
        assert_eq!(fields.number(), None);
    }

    #[test]
    fn a_carry_of_another_version_or_cut_short_is_refused() {
        let bytes = write(&"2025/06/01".to_owned());
        assert_eq!(read::<String>(&bytes).as_deref(), Some("2025/06/01"));
        assert_eq!(read::<String>(&[]).as_deref(), Some(""));
        assert_eq!(read::<String>(&[9, 0]), None);
        assert_eq!(read::<String>(&bytes[..4]), None);
        assert_eq!(read::<()>(&bytes), None);
    }
}
