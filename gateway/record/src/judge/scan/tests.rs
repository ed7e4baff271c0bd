use proptest::prelude::*;

use super::*;

fn members(body: &str) -> Result<Vec<(String, Token<'_>)>, Malformed> {
    let mut scanner = Scanner::new(body);
    let mut all = Vec::new();
    while let Some((name, token)) = scanner.member()? {
        all.push((name.into_owned(), token));
    }
    Ok(all)
}

#[test]
fn a_flat_object_is_read_member_by_member() {
    let all = members(r#" { "a" : "x", "b":-1.5e+3 ,"c":null,"d":true,"e":"" } "#).unwrap();
    let text = |t: &'static str| Token::Text(Cow::Borrowed(t));
    let wanted = [
        ("a", text("x")),
        ("b", Token::Number("-1.5e+3")),
        ("c", Token::Null),
    ];
    let more = [("d", Token::Bool), ("e", text(""))];
    let wanted: Vec<_> = wanted
        .into_iter()
        .chain(more)
        .map(|(n, t)| (n.to_owned(), t))
        .collect();
    assert_eq!(all, wanted);
    assert_eq!(members("{}"), Ok(Vec::new()));
}

#[test]
fn escapes_are_undone() {
    let all = members(r#"{"a":"\"\\\/\b\f\n\r\t\u4e2d\ud83d\ude00。"}"#).unwrap();
    assert_eq!(all[0].1, Token::Text("\"\\/\u{8}\u{c}\n\r\t中😀。".into()));
}

#[test]
fn what_is_no_flat_object_is_refused_where_it_goes_wrong() {
    for (body, at) in [
        ("", 0),
        ("[]", 0),
        ("{", 1),
        (r#"{"a"}"#, 4),
        (r#"{"a":}"#, 5),
        (r#"{"a":{}}"#, 5),
        (r#"{"a":01}"#, 5),
        (r#"{"a":1.}"#, 7),
        (r#"{"a":1,}"#, 7),
        (r#"{"a":"x}"#, 8),
        ("{\"a\":\"\n\"}", 6),
        (r#"{"a":"\x"}"#, 7),
        (r#"{"a":"\ud800"}"#, 12),
        (r#"{"a":"\ud800\u0041"}"#, 7),
        (r#"{"a":"\u+041"}"#, 8),
        (r#"{"a":1}x"#, 7),
        (r#"{"a":nul}"#, 5),
    ] {
        assert_eq!(members(body), Err(Malformed(at)), "{body}");
    }
}

proptest! {
    #[test]
    fn it_agrees_with_serde_json_on_what_it_reads(
        all in proptest::collection::btree_map("[A-Z_]{1,12}", any::<String>(), 0..8),
    ) {
        let body = serde_json::to_string(&all).unwrap();
        let read = members(&body).unwrap();
        let wanted: Vec<_> = all.into_iter().map(|(n, t)| (n, Token::Text(t.into()))).collect();
        prop_assert_eq!(read, wanted);
    }

    #[test]
    fn whatever_it_accepts_is_json(body in r#"[{}":,\\ntfu0-9eE.+ \x{0}-\x{22}中a-]{0,24}"#) {
        if members(&body).is_ok() {
            prop_assert!(serde_json::from_str::<serde_json::Value>(&body).is_ok(), "{}", body);
        }
    }

    #[test]
    fn the_first_special_byte_is_found(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
        let plain = bytes.iter().position(|b| *b == b'"' || *b == b'\\' || *b < 0x20);
        prop_assert_eq!(special(&bytes), plain);
    }

    #[test]
    fn the_first_special_byte_is_found_far_away(at in 0..200_usize, byte in r#"["\\\x00-\x1f]"#) {
        let mut bytes = vec![0xE4; 200];
        bytes[at] = byte.as_bytes()[0];
        prop_assert_eq!(special(&bytes), Some(at));
    }
}
