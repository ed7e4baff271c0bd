//! XML as workbooks have it: tags one by one, and the texts of cells.

use std::io;

use quick_xml::Reader;
use quick_xml::XmlVersion;
use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesEnd, BytesRef, BytesStart, Event};

use super::SheetError;
use crate::tables::grid::{CELL_BYTES_MAX, TooMuch};
use crate::tables::zip::Unpack;

/// How a text is pronounced: no text of the cell.
const PHONETIC: &str = "rPh";

/// Most tags and texts of a part: a million cells have so many.
const EVENTS_MAX: u32 = 8_000_000;

/// A part being read.
pub(super) struct Xml<'b, 'v> {
    reader: Reader<Unpack<'b>>,
    buffer: &'v mut Vec<u8>,
    events: u32,
}

/// A tag.
#[derive(Debug)]
pub(super) enum Tag {
    Start(BytesStart<'static>),
    Empty(BytesStart<'static>),
    End(BytesEnd<'static>),
}

impl Tag {
    /// Of this element; what stands before a colon is left out.
    pub(super) fn is(&self, name: &str) -> bool {
        let found = match self {
            Self::Start(tag) | Self::Empty(tag) => tag.local_name(),
            Self::End(tag) => tag.local_name(),
        };
        found.as_ref() == name
    }

    /// The start of an element that holds something.
    pub(super) fn opens(&self, name: &str) -> bool {
        matches!(self, Self::Start(_)) && self.is(name)
    }

    /// An end tag.
    pub(super) const fn closes(&self) -> bool {
        matches!(self, Self::End(_))
    }

    /// An attribute by its name, what stands before a colon left out.
    pub(super) fn attribute(&self, name: &str) -> Option<String> {
        let (Self::Start(tag) | Self::Empty(tag)) = self else {
            return None;
        };
        let mut all = tag.attributes();
        let found = all
            .with_checks(false)
            .filter_map(Result::ok)
            .find(|attribute| attribute.key.local_name().as_ref() == name)?;
        let value = found.normalized_value(XmlVersion::Implicit1_0).ok()?;
        Some(value.into_owned())
    }
}

impl<'b, 'v> Xml<'b, 'v> {
    pub(super) fn new(part: Unpack<'b>, buffer: &'v mut Vec<u8>) -> Self {
        let mut reader = Reader::from_reader(part);
        // Names of open elements would be kept, however many there are.
        reader.config_mut().check_end_names = false;
        reader.config_mut().allow_unmatched_ends = true;
        let events = 0;
        Self {
            reader,
            buffer,
            events,
        }
    }

    /// The next tag; none at the end of the part.
    pub(super) fn tag(&mut self) -> Result<Option<Tag>, SheetError> {
        loop {
            self.count()?;
            self.buffer.clear();
            let event = self.reader.read_event_into(self.buffer).map_err(failed)?;
            let tag = match event {
                Event::Start(tag) => Tag::Start(tag.into_owned()),
                Event::Empty(tag) => Tag::Empty(tag.into_owned()),
                Event::End(tag) => Tag::End(tag.into_owned()),
                Event::Eof => return Ok(None),
                Event::DocType(_) => return Err(SheetError::Entity),
                _ => continue,
            };
            return Ok(Some(tag));
        }
    }

    fn count(&mut self) -> Result<(), SheetError> {
        self.events += 1;
        if self.events > EVENTS_MAX {
            return Err(SheetError::TooLarge);
        }
        Ok(())
    }

    /// Appends the text of the element whose start was read last: what stands in its `v` and `t`.
    pub(super) fn text(&mut self, out: &mut String) -> Result<(), SheetError> {
        let start = out.len();
        let (mut depth, mut silent_at, mut taking) = (0_u32, None, false);
        loop {
            self.count()?;
            self.buffer.clear();
            let event = self.reader.read_event_into(self.buffer).map_err(failed)?;
            match event {
                Event::Start(tag) => {
                    depth += 1;
                    match tag.local_name().as_ref() {
                        PHONETIC => silent_at = silent_at.or(Some(depth)),
                        "v" | "t" => taking = silent_at.is_none(),
                        _ => {}
                    }
                }
                Event::End(_) if depth == 0 => return Ok(()),
                Event::End(_) => {
                    taking = false;
                    silent_at = silent_at.filter(|at| *at < depth);
                    depth -= 1;
                }
                Event::Text(text) if taking => out.push_str(&text.xml10_content()),
                Event::CData(text) if taking => out.push_str(&text.xml10_content()),
                Event::GeneralRef(reference) if taking => push_reference(&reference, out)?,
                Event::DocType(_) => return Err(SheetError::Entity),
                Event::Eof => return Err(SheetError::Damaged),
                _ => {}
            }
            if out.len() - start > CELL_BYTES_MAX {
                return Err(TooMuch::Cell.into());
            }
        }
    }
}

fn push_reference(reference: &BytesRef<'_>, out: &mut String) -> Result<(), SheetError> {
    match reference.resolve_char_ref() {
        Ok(Some(c)) => out.push(c),
        Ok(None) => out.push_str(resolve_xml_entity(reference).ok_or(SheetError::Entity)?),
        Err(_) => return Err(SheetError::Damaged),
    }
    Ok(())
}

fn failed(error: quick_xml::Error) -> SheetError {
    match error {
        quick_xml::Error::Io(error) if error.kind() == io::ErrorKind::FileTooLarge => {
            SheetError::TooLarge
        }
        _ => SheetError::Damaged,
    }
}
