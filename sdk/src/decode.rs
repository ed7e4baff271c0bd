//! Encodings, for adapters whose feed the manifest does not declare as text.
//!
//! A feed that it does declare as text is decoded by the host, in the same way.

use std::borrow::Cow;

use encoding_rs::{Encoding, GB18030, UTF_8, UTF_16BE, UTF_16LE};

/// Decodes a whole text as departments send them: by its byte order mark, else as UTF-8 where it
/// is valid, else as GB18030 (never as GBK, which lacks rare names). What is no text comes as
/// U+FFFD.
#[must_use]
pub fn decode(bytes: &[u8]) -> Cow<'_, str> {
    let encoding = match Encoding::for_bom(bytes) {
        Some((encoding, _)) => encoding,
        None if std::str::from_utf8(bytes).is_ok() => UTF_8,
        None => GB18030,
    };
    encoding.decode(bytes).0
}

/// Decodes GB18030.
#[must_use]
pub fn gb18030(bytes: &[u8]) -> Cow<'_, str> {
    GB18030.decode_without_bom_handling(bytes).0
}

/// Decodes UTF-16, the low byte first or the high one.
#[must_use]
pub fn utf_16(bytes: &[u8], low_byte_first: bool) -> Cow<'_, str> {
    let encoding = if low_byte_first { UTF_16LE } else { UTF_16BE };
    encoding.decode_without_bom_handling(bytes).0
}

#[cfg(test)]
mod tests {
    use super::{decode, gb18030, utf_16};

    #[test]
    fn a_text_is_recognised_by_its_mark_or_its_bytes() {
        assert_eq!(decode("黔西".as_bytes()), "黔西");
        assert_eq!(decode("\u{feff}黔西".as_bytes()), "黔西");
        assert_eq!(decode(&[0xc7, 0xad, 0xce, 0xf7]), "黔西");
        assert_eq!(decode(&[0xff, 0xfe, 0xd4, 0x9e, 0x7f, 0x89]), "黔西");
        assert_eq!(gb18030(&[0xc7, 0xad, 0xff]), "黔\u{fffd}");
        assert_eq!(utf_16(&[0x9e, 0xd4], false), "黔");
        // A rare name that GBK does not have.
        assert_eq!(gb18030(&[0xfe, 0x9f]), "䶮");
    }
}
