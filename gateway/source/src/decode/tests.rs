use proptest::prelude::*;

use super::*;

fn whole(encoding: Encoding, raw: &[u8]) -> Vec<u8> {
    Decoder::new(encoding).decode(raw, true, Vec::new())
}

/// Decodes `raw` in blocks of the `sizes`, over and over, and checks each block on the way.
fn in_blocks(encoding: Encoding, raw: &[u8], sizes: &[usize]) -> Vec<u8> {
    let mut decoder = Decoder::new(encoding);
    let (mut rest, mut text, mut spare) = (raw, Vec::new(), Vec::new());
    for size in sizes.iter().cycle() {
        let (block, after) = rest.split_at((*size).min(rest.len()));
        rest = after;
        spare = decoder.decode(block, rest.is_empty(), spare);
        if encoding != Encoding::Binary {
            std::str::from_utf8(&spare).expect("a block ends between characters");
        }
        text.extend_from_slice(&spare);
        if rest.is_empty() {
            break;
        }
    }
    text
}

fn gb(text: &str) -> Vec<u8> {
    GB18030.encode(text).0.into_owned()
}

fn detect(raw: &[u8]) -> String {
    String::from_utf8(whole(Encoding::Detect, raw)).unwrap()
}

proptest! {
    #[test]
    fn text_of_any_encoding_is_the_same_however_it_is_cut(
        text in "[a-z,\n黔西市永利𫖮䶮€ʼ𠀀]{0,60}",
        sizes in prop::collection::vec(1usize..9, 1..5),
    ) {
        let utf8 = in_blocks(Encoding::Utf8, text.as_bytes(), &sizes);
        prop_assert_eq!(&utf8, text.as_bytes());
        prop_assert_eq!(in_blocks(Encoding::Gb18030, &gb(&text), &sizes), text.as_bytes());
        prop_assert_eq!(in_blocks(Encoding::Detect, text.as_bytes(), &sizes), text.as_bytes());
        prop_assert_eq!(in_blocks(Encoding::Binary, &gb(&text), &sizes), gb(&text));
    }

    #[test]
    fn any_bytes_give_the_same_text_however_they_are_cut(
        raw in prop::collection::vec(
            prop_oneof![any::<u8>(), Just(b'a'), Just(0x81), Just(0x30), 0xC2..=0xE9u8],
            0..60,
        ),
        sizes in prop::collection::vec(1usize..9, 1..5),
    ) {
        for encoding in [Encoding::Utf8, Encoding::Gb18030, Encoding::Binary, Encoding::Detect] {
            prop_assert_eq!(in_blocks(encoding, &raw, &sizes), whole(encoding, &raw));
        }
        let plain = raw.strip_prefix(&UTF8_BOM).unwrap_or(&raw);
        let lossy = String::from_utf8_lossy(plain);
        prop_assert_eq!(whole(Encoding::Utf8, &raw), lossy.as_bytes());
    }
}

#[test]
fn a_four_byte_character_may_be_cut_anywhere() {
    let raw = gb("王𫖮䶮");
    for size in 1..=raw.len() {
        assert_eq!(
            in_blocks(Encoding::Gb18030, &raw, &[size]),
            "王𫖮䶮".as_bytes()
        );
    }
}

#[test]
fn the_byte_order_mark_is_dropped_and_settles_it() {
    assert_eq!(whole(Encoding::Utf8, b"\xEF\xBB\xBFa"), b"a");
    assert_eq!(in_blocks(Encoding::Detect, b"\xEF\xBB\xBFa", &[1]), b"a");
    assert_eq!(detect(b"\xEF\xBB\xBF\xD6\xD0"), "\u{FFFD}\u{FFFD}");
}

#[test]
fn a_mark_within_the_text_is_kept() {
    assert_eq!(detect("a\u{FEFF}b".as_bytes()), "a\u{FEFF}b");
    assert_eq!(
        in_blocks(Encoding::Detect, "a\u{FEFF}b".as_bytes(), &[1]),
        b"a\xEF\xBB\xBFb"
    );
}

#[test]
fn ascii_goes_through_and_leaves_it_open() {
    let mut decoder = Decoder::new(Encoding::Detect);
    let head = vec![b'x'; 2 * DETECT_BYTES];
    assert_eq!(decoder.decode(&head, false, Vec::new()), head);
    assert_eq!(
        decoder.decode(&gb("黔西"), true, Vec::new()),
        "黔西".as_bytes()
    );
}

#[test]
fn gb18030_that_begins_like_utf8_is_recognised() {
    // Three bytes that GBK reads as one and a half characters, and UTF-8 as one.
    let mut raw = "中".as_bytes().to_vec();
    raw.extend_from_slice(b"a,");
    raw.extend_from_slice(&gb("黔西市永利建材有限公司"));
    assert!(
        detect(&raw).ends_with("黔西市永利建材有限公司"),
        "{}",
        detect(&raw)
    );
}

#[test]
fn the_window_ends_at_the_same_byte_however_it_is_cut() {
    let mut raw = "中".repeat(DETECT_BYTES / 3 + 1).into_bytes();
    raw.extend_from_slice(b"\xD6\xD0");
    let text = whole(Encoding::Detect, &raw);
    assert!(text.ends_with("中\u{FFFD}\u{FFFD}".as_bytes()));
    assert_eq!(in_blocks(Encoding::Detect, &raw, &[300_000, 7]), text);
}

#[test]
fn an_end_within_a_character_is_shown() {
    assert_eq!(detect(b"\xE4\xB8\xAD\xE4\xB8"), "中\u{FFFD}");
    assert_eq!(detect(b"a\xE4\xB8"), GB18030.decode(b"a\xE4\xB8").0);
    assert_eq!(whole(Encoding::Gb18030, b"a\xD6"), "a\u{FFFD}".as_bytes());
}

#[test]
fn a_separator_survives_a_broken_character_before_it() {
    assert_eq!(
        whole(Encoding::Gb18030, b"\xD6,b\xD6\n"),
        "\u{FFFD},b\u{FFFD}\n".as_bytes()
    );
}

#[test]
fn damaged_utf8_is_not_read_as_other_characters() {
    let row = "黔西市永利建材有限公司,贵州黔西远达物流有限公司\n";
    let mut raw = row.repeat(50).into_bytes();
    raw[row.len() * 7 + 3] = 0xFF;
    let text = detect(&raw);
    assert_eq!(
        text.matches('\u{FFFD}').count(),
        3,
        "one character of three bytes"
    );
    assert_eq!(text.matches(row).count(), 49);
    assert_eq!(
        in_blocks(Encoding::Detect, &raw, &[1, 5, 700]),
        text.into_bytes()
    );
}

#[test]
fn a_utf16_mark_settles_it() {
    let text = "纳税人识别号,名称\n";
    let le = text.encode_utf16().flat_map(u16::to_le_bytes);
    let be = text.encode_utf16().flat_map(u16::to_be_bytes);
    assert_eq!(
        detect(&[0xFF, 0xFE].into_iter().chain(le).collect::<Vec<_>>()),
        text
    );
    assert_eq!(
        detect(&[0xFE, 0xFF].into_iter().chain(be).collect::<Vec<_>>()),
        text
    );
}
