//! Feeds of rows in XML: any [`RowAdapter`] reads them, wrapped in [`Xml`].
//!
//! ```text
//! <?xml version="1.0" encoding="GB18030"?>      the host has decoded the feed: said in vain
//! <DATA COUNT="2">                              COUNT or TOTAL of the root: a control total
//!   <ROW><PENDECNO>1</PENDECNO>...</ROW>        a row: its elements are its fields,
//!   <ROW PENDECNO="2" .../>                     and so are its attributes
//! </DATA>
//! ```
//!
//! Rows are found by the name of their element, at any depth: `ROW`, or what the setting
//! `row_element` says. The n-th of them is row n. Of elements within elements the innermost count.
//!
//! What must stay true: the document is read row by row and never held as a whole; no entity but
//! XML's own five is expanded, and a document that declares some is refused; a row that is not
//! well-formed costs itself and not the next one.

mod document;
mod row;

use std::marker::PhantomData;

use self::document::{Document, Place, Step};
use crate::adapter::{Adapter, Fault, Piece, Settings};
use crate::page::PageBuilder;
use crate::rows::RowAdapter;
use crate::rows::named::{NamedCarry, NamedRows, Unread, unread_between_rows};

/// The element of a row, where no setting says otherwise.
const ROW_ELEMENT: &str = "ROW";

/// Reads XML, and hands its rows to `A`.
#[derive(Debug)]
pub struct Xml<A>(PhantomData<A>);

impl<A: RowAdapter> Adapter for Xml<A> {
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
        let row_element = settings.get("row_element").unwrap_or(ROW_ELEMENT);
        let place = std::mem::take(&mut carry.place);
        let mut document = Document::new(piece.text()?, piece.last, row_element, place);
        let mut rows = NamedRows::<A>::new(settings, page);
        loop {
            match document.step()? {
                Step::Row(raw) => rows.row(raw, document.fields(), carry)?,
                Step::Broken(raw, why) => rows.unread(raw, why, carry),
                Step::Between(raw) => unread_between_rows(rows.page, raw, Unread::Malformed),
                Step::More | Step::End => break,
            }
        }
        rows.end(carry);
        let consumed = document.consumed();
        carry.place = document.into_place();
        if piece.last {
            end(carry, row_element, page)?;
        }
        Ok(consumed)
    }
}

/// What is told at the end of the document.
fn end<M>(
    carry: &NamedCarry<Place, M>,
    row_element: &str,
    page: &mut PageBuilder,
) -> Result<(), Fault> {
    let place = &carry.place;
    if !place.has_root() {
        return Err(document::not_xml());
    }
    if place.is_open() {
        unread_between_rows(page, "", Unread::Truncated);
    }
    if let Some(declared) = place.declared() {
        page.control("rows", &declared.to_string(), &carry.rows.to_string());
    } else if carry.rows == 0 && place.has_other_elements() {
        return Err(Fault::new(
            "rows_missing",
            format!("没有找到 {row_element} 元素：请检查文件格式，或设置 row_element"),
            format!("there is no element {row_element}: see the format, or set `row_element`"),
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
