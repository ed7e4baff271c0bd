use super::{Broken, ROW_BYTES_MAX, Reader, Step};
use proptest::prelude::*;

/// All that is read from `text` when it comes in pieces of `piece_bytes`.
fn read(text: &str, piece_bytes: usize) -> Vec<Result<Vec<String>, (String, Broken)>> {
    let mut out = Vec::new();
    let (mut at, mut length, mut in_long_line) = (0, piece_bytes, false);
    loop {
        let end = text.ceil_char_boundary((at + length).min(text.len()));
        let mut reader = Reader::new(&text[at..end], end == text.len(), b',');
        reader.resume_in_long_line(in_long_line);
        loop {
            match reader.step() {
                Step::Row(line) => out.push(Ok(line.iter().map(str::to_owned).collect())),
                Step::Broken { raw, why } => out.push(Err((raw.to_owned(), why))),
                Step::More | Step::End => break,
            }
        }
        in_long_line = reader.in_long_line();
        if end == text.len() {
            assert_eq!(reader.consumed(), end - at, "everything is dealt with");
            return out;
        }
        length = if reader.consumed() == 0 {
            length + piece_bytes
        } else {
            piece_bytes
        };
        at += reader.consumed();
    }
}

fn rows(text: &str) -> Vec<Vec<String>> {
    read(text, text.len().max(1))
        .into_iter()
        .map(Result::unwrap)
        .collect()
}

#[test]
fn quoted_fields_hold_separators_line_ends_and_quotes() {
    assert_eq!(
        rows("a,\"b,\"\"c\"\"\r\nd\",e\r\n\"\",\"x\"\n5\"管,\n"),
        [
            vec!["a", "b,\"c\"\r\nd", "e"],
            vec!["", "x"],
            vec!["5\"管", ""]
        ]
    );
}

#[test]
fn line_ends_may_be_mixed_and_the_last_may_be_missing() {
    assert_eq!(rows("a\r\nb\n\nc"), [["a"], ["b"], [""], ["c"]]);
    assert_eq!(rows("a,\"b\"\r"), [["a", "b"]]);
    assert!(rows("").is_empty());
}

#[test]
fn a_quote_that_is_not_closed_costs_its_own_line() {
    let broken = |raw: &str| Err((raw.to_owned(), Broken::Quote));
    let row = |fields: [&str; 2]| Ok(fields.map(str::to_owned).to_vec());
    // Closed by the opening quote of a later field, and by nothing at all.
    let text = "a,\"b\nc,d\ne,\"f\"\ng,\"h\ni,j";
    let found = read(text, text.len());
    assert_eq!(
        found,
        [
            broken("a,\"b"),
            row(["c", "d"]),
            row(["e", "f"]),
            broken("g,\"h"),
            row(["i", "j"])
        ]
    );
}

#[test]
fn a_row_beyond_the_limit_is_given_up_and_the_next_one_is_read() {
    let long = "长".repeat(ROW_BYTES_MAX);
    for text in [format!("{long}\nb\n"), format!("a\n\"{long}\n{long}\nb")] {
        let found = read(&text, 1 << 20);
        assert!(
            found
                .iter()
                .any(|row| matches!(row, Err((_, Broken::TooLong))))
        );
        assert_eq!(found.last(), Some(&Ok(vec!["b".to_owned()])));
        for piece_bytes in [50_000, 100_001, ROW_BYTES_MAX] {
            assert!(read(&text, piece_bytes) == found, "pieces of {piece_bytes}");
        }
    }
}

proptest! {
    #[test]
    fn what_is_read_does_not_depend_on_the_cut(
        text in "[a西,\"\r\n]{0,40}",
        piece_bytes in 1_usize..9,
    ) {
        prop_assert_eq!(read(&text, piece_bytes), read(&text, text.len().max(1)));
    }

    #[test]
    fn fields_that_were_quoted_read_back(
        fields in prop::collection::vec(prop::collection::vec("[a西, '\"\r\n]{0,8}", 1..5), 0..5)
    ) {
        let quoted = |field: &String| format!("\"{}\"", field.replace('"', "\"\""));
        let text: String = fields
            .iter()
            .map(|row| row.iter().map(quoted).collect::<Vec<_>>().join(",") + "\r\n")
            .collect();
        prop_assert_eq!(rows(&text), fields);
    }
}
