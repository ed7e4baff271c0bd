use super::Feed;
use crate::adapter::{Adapter, Fault, Piece, Settings};
use crate::page::PageBuilder;

/// Counts lines only as far as one piece goes.
struct Forgetful;

impl Adapter for Forgetful {
    type Carry = ();

    fn translate(
        piece: &Piece<'_>,
        _carry: &mut (),
        _settings: &Settings<'_>,
        page: &mut PageBuilder,
    ) -> Result<usize, Fault> {
        for (row, _) in piece.text()?.lines().enumerate() {
            page.skip(row as u64 + 1, "line");
        }
        Ok(piece.bytes.len())
    }
}

/// Leaves the end of the feed where it is.
struct Lazy;

impl Adapter for Lazy {
    type Carry = ();

    fn translate(
        _piece: &Piece<'_>,
        _carry: &mut (),
        _settings: &Settings<'_>,
        _page: &mut PageBuilder,
    ) -> Result<usize, Fault> {
        Ok(0)
    }
}

#[test]
fn an_adapter_that_depends_on_the_cut_is_found_out() {
    let error = Feed::text("a\nb\nc\n".as_bytes())
        .check::<Forgetful>("lines")
        .unwrap_err();
    assert!(
        error.to_string().starts_with("in pieces of 1 bytes"),
        "{error}"
    );
}

#[test]
fn an_adapter_that_does_not_deal_with_everything_is_found_out() {
    let error = Feed::text(b"a").check::<Lazy>("lines").unwrap_err();
    assert_eq!(error.to_string(), "consumed 0 of 1, last: true");
}
