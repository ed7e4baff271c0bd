//! Feeds of rows in JSON: any [`RowAdapter`] reads them, wrapped in [`Json`].
//!
//! ```text
//! {"id":1,...}                      lines: the n-th line is row n
//! {"id":2,...}
//!
//! [{"id":1,...}, {"id":2,...}]      a list: its n-th object is row n
//!
//! {"code":0,"data":[{"id":1},...]}  a list in the answer of a service, under one of the names of
//!                                   `LISTS` or the one that the setting `list` gives
//! ```
//!
//! The members of an object are the fields of the row: text as it stands, numbers and truth
//! values as they are written, `null` as no value, lists and objects as JSON text.
//!
//! What must stay true: no number passes through a float; an object that is no JSON costs itself
//! and not the next one.

mod fields;
mod stream;

use std::marker::PhantomData;

use self::stream::{Place, Step, Stream};
use crate::adapter::{Adapter, Fault, Piece, Settings};
use crate::page::PageBuilder;
use crate::rows::RowAdapter;
use crate::rows::named::{Fields, NamedCarry, NamedRows, Unread, unread_between_rows};

/// Names under which services answer with a list of rows.
const LISTS: [&str; 5] = ["data", "rows", "list", "records", "body"];

/// Reads JSON, and hands its rows to `A`.
#[derive(Debug)]
pub struct Json<A>(PhantomData<A>);

impl<A: RowAdapter> Adapter for Json<A> {
    type Carry = NamedCarry<Place, A::Memory>;

    fn translate(
        piece: &Piece<'_>,
        carry: &mut Self::Carry,
        settings: &Settings<'_>,
        page: &mut PageBuilder,
    ) -> Result<usize, Fault> {
        if piece.offset == 0 {
            carry.rows = 0;
            carry.place = Place::default();
        }
        carry.rows += u64::from(piece.lost);
        let list = settings.get("list");
        let lists = list.as_ref().map_or(&LISTS[..], std::slice::from_ref);
        let mut stream = Stream::new(piece.text()?, piece.last, carry.place);
        let mut rows = NamedRows::<A>::new(settings, page);
        let mut fields = Fields::default();
        loop {
            match stream.step(lists)? {
                Step::Object(raw) => match fields::read(raw, &mut fields) {
                    Ok(()) => rows.row(raw, &fields, carry)?,
                    Err(why) => rows.unread(stream.only_this(raw), why, carry),
                },
                Step::Blank => {
                    carry.rows += 1;
                    rows.page.skip(carry.rows, "blank");
                }
                Step::Broken(raw, why) => rows.unread(raw, why, carry),
                Step::More | Step::End => break,
            }
        }
        rows.end(carry);
        carry.place = stream.place();
        if piece.last {
            if !carry.place.is_known() {
                return Err(stream::not_json());
            }
            if carry.place.is_open() {
                unread_between_rows(page, "", Unread::Truncated);
            }
        }
        Ok(stream.consumed())
    }
}

#[cfg(test)]
mod tests;
