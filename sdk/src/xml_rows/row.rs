//! One row of an XML document: its elements and attributes as fields.

use quick_xml::Reader;
use quick_xml::escape::{resolve_xml_entity, unescape};
use quick_xml::events::{BytesRef, BytesStart, Event};

use crate::rows::named::{Fields, Unread};

/// Most elements within elements inside a row.
const DEPTH_MAX: usize = 32;

/// Reads one row into its fields.
pub(super) struct RowReader<'f, 't> {
    fields: &'f mut Fields,
    /// Open elements below the row's own.
    open: Vec<Open<'t>>,
    why: Option<Unread>,
}

/// An open element.
struct Open<'t> {
    name: &'t str,
    /// Where its value begins.
    start: usize,
    /// It holds elements, so that it is no field.
    parent: bool,
}

impl<'f, 't> RowReader<'f, 't> {
    pub(super) fn new(fields: &'f mut Fields) -> Self {
        Self {
            fields,
            open: Vec::new(),
            why: None,
        }
    }

    /// How long the row is, and what is wrong with it although its end is known. Nested too deeply
    /// it is not read on: rows within rows that never end would be read again and again.
    pub(super) fn read(mut self, window: &'t str) -> Result<(usize, Option<Unread>), Unread> {
        let mut reader = Reader::from_str(window);
        let mut inside = false;
        loop {
            let start = position(&reader);
            match reader.read_event().map_err(|_| Unread::Malformed)? {
                Event::Start(tag) if inside => self.start(name_at(window, start, &tag))?,
                Event::Empty(tag) if inside => {
                    self.start(name_at(window, start, &tag))?;
                    self.end();
                }
                Event::Start(tag) => {
                    self.attributes(&tag);
                    inside = true;
                }
                Event::Empty(tag) => {
                    self.attributes(&tag);
                    return Ok((position(&reader), self.why));
                }
                Event::End(_) if self.open.is_empty() => return Ok((position(&reader), self.why)),
                Event::End(_) => self.end(),
                Event::Text(text) => self.text(&text),
                Event::CData(text) => self.text(&text),
                Event::GeneralRef(entity) => self.entity(&entity),
                Event::Comment(_) | Event::PI(_) => {}
                Event::Eof => return Err(Unread::Truncated),
                Event::DocType(_) | Event::Decl(_) => return Err(Unread::Malformed),
            }
        }
    }

    fn attributes(&mut self, tag: &BytesStart<'_>) {
        for attribute in tag.attributes() {
            if self.fields.too_many() {
                self.why = Some(Unread::Fields);
                return;
            }
            let start = self.fields.text.len();
            match attribute.map(|a| {
                (
                    a.key,
                    unescape(&a.value).map(|v| self.fields.text.push_str(&v)),
                )
            }) {
                Ok((key, Ok(()))) => self.fields.push(key.local_name().as_ref(), start),
                Ok((_, Err(_))) => self.why = Some(Unread::Entity),
                Err(_) => self.why = Some(Unread::Malformed),
            }
        }
    }

    fn start(&mut self, name: &'t str) -> Result<(), Unread> {
        if self.open.len() >= DEPTH_MAX {
            return Err(Unread::Deep);
        }
        if let Some(parent) = self.open.last_mut() {
            parent.parent = true;
        }
        self.open.push(Open {
            name,
            start: self.fields.text.len(),
            parent: false,
        });
        Ok(())
    }

    fn end(&mut self) {
        let Some(open) = self.open.pop() else { return };
        if self.fields.too_many() {
            self.why = Some(Unread::Fields);
        } else if !open.parent {
            self.fields.push(open.name, open.start);
        }
    }

    fn text(&mut self, text: &str) {
        if !self.open.is_empty() {
            self.fields.text.push_str(text);
        }
    }

    fn entity(&mut self, entity: &BytesRef<'_>) {
        match (entity.resolve_char_ref(), resolve_xml_entity(entity)) {
            (Ok(Some(character)), _) => self.text(character.encode_utf8(&mut [0; 4])),
            (Ok(None), Some(text)) => self.text(text),
            _ => self.why = Some(Unread::Entity),
        }
    }
}

/// Bytes that a reader has gone over.
pub(super) fn position(reader: &Reader<&[u8]>) -> usize {
    usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX)
}

/// The name of the tag that stands at `start`, without its prefix.
fn name_at<'t>(window: &'t str, start: usize, tag: &BytesStart<'_>) -> &'t str {
    let end = start + 1 + tag.name().as_ref().len();
    let name = window.get(start + 1..end).unwrap_or_default();
    name.rsplit(':').next().unwrap_or(name)
}
