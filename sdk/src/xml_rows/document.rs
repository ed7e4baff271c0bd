//! The rows of an XML document, out of a piece of it.
//!
//! What must stay true: what is read does not depend on where the document was cut. A row counts
//! once its end tag is there; whether one is broken is settled once all is there that it might
//! still hold.

use memchr::{memchr, memchr_iter};
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::row::{RowReader, position};
use crate::adapter::Fault;
use crate::carry::{Carry, Reader as CarryReader, Writer as CarryWriter};
use crate::rows::named::{FIELDS_MAX, Fields, NAMED_ROW_BYTES_MAX, Unread};

/// Most elements within elements around the rows.
const DEPTH_MAX: u64 = 32;

/// Attributes of the root that say how many rows there are.
const COUNTS: [&str; 2] = ["COUNT", "TOTAL"];

/// Where in the document a piece begins.
#[derive(Clone, Debug, Default)]
pub struct Place {
    /// Elements that are open, the rows' own not counted.
    depth: u64,
    /// The first element was seen.
    root: bool,
    /// Elements other than rows were seen inside it.
    others: bool,
    /// How many rows the root says there are, and one more; 0 where it says nothing.
    declared: u64,
    /// Behind the beginning of a row that is too long.
    adrift: bool,
}

impl Place {
    pub(super) const fn has_root(&self) -> bool {
        self.root
    }

    pub(super) const fn is_open(&self) -> bool {
        self.depth > 0 || self.adrift
    }

    pub(super) const fn has_other_elements(&self) -> bool {
        self.others
    }

    pub(super) const fn declared(&self) -> Option<u64> {
        self.declared.checked_sub(1)
    }
}

impl Carry for Place {
    const VERSION: u8 = 1;

    fn write(&self, out: &mut CarryWriter) {
        out.number(self.depth);
        for flag in [self.root, self.others, self.adrift] {
            out.number(flag.into());
        }
        out.number(self.declared);
    }

    fn read(fields: &mut CarryReader<'_>) -> Option<Self> {
        Some(Self {
            depth: fields.number()?,
            root: fields.number()? == 1,
            others: fields.number()? == 1,
            adrift: fields.number()? == 1,
            declared: fields.number()?,
        })
    }
}

/// What the document holds next.
#[derive(Debug)]
pub(super) enum Step<'t> {
    /// A row, as it stands there; its fields are with the document.
    Row(&'t str),
    /// A row that cannot be read.
    Broken(&'t str, Unread),
    /// Something between rows that cannot be read.
    Between(&'t str),
    /// The rest of the text needs what follows.
    More,
    /// The text is at its end.
    End,
}

/// Reads rows out of a piece of a document.
#[derive(Debug)]
pub(super) struct Document<'t> {
    text: &'t str,
    at: usize,
    last: bool,
    row_element: &'t str,
    place: Place,
    fields: Fields,
}

impl<'t> Document<'t> {
    pub(super) fn new(text: &'t str, last: bool, row_element: &'t str, place: Place) -> Self {
        Self {
            text,
            at: 0,
            last,
            row_element,
            place,
            fields: Fields::default(),
        }
    }

    /// The fields of the row read last.
    pub(super) const fn fields(&self) -> &Fields {
        &self.fields
    }

    /// Bytes dealt with.
    pub(super) const fn consumed(&self) -> usize {
        self.at
    }

    pub(super) fn into_place(self) -> Place {
        self.place
    }

    /// Reads on to the next row.
    pub(super) fn step(&mut self) -> Result<Step<'t>, Fault> {
        if self.place.adrift && !self.come_ashore() {
            return Ok(Step::End);
        }
        loop {
            let rest = self.text.get(self.at..).unwrap_or_default();
            if rest.is_empty() {
                return Ok(Step::End);
            }
            let window = rest
                .get(..rest.floor_char_boundary(NAMED_ROW_BYTES_MAX))
                .unwrap_or(rest);
            // All is there that the next thing can hold.
            let whole = window.len() < rest.len() || self.last;
            let mut reader = Reader::from_str(window);
            reader.config_mut().check_end_names = false;
            reader.config_mut().allow_unmatched_ends = true;
            let event = reader.read_event();
            let length = position(&reader).min(window.len());
            match event {
                Ok(Event::Start(tag) | Event::Empty(tag)) if self.is_row(&tag) => {
                    return Ok(self.row(window, whole));
                }
                Ok(event) => self.between(&event)?,
                Err(_) if !whole => return Ok(Step::More),
                Err(_) if is_doctype(window) => return Err(doctype()),
                Err(_) => {
                    let length = boundary(window, self.row_element).unwrap_or(window.len());
                    self.at += length;
                    return Ok(Step::Between(window.get(..length).unwrap_or_default()));
                }
            }
            self.at += length;
        }
    }

    fn is_row(&self, tag: &BytesStart<'_>) -> bool {
        tag.local_name()
            .as_ref()
            .eq_ignore_ascii_case(self.row_element)
    }

    /// What stands between rows: only the elements around them matter.
    fn between(&mut self, event: &Event<'_>) -> Result<(), Fault> {
        match event {
            Event::Start(tag) => {
                self.other_element(tag);
                self.place.depth += 1;
                if self.place.depth > DEPTH_MAX {
                    return Err(Fault::new(
                        "too_deep",
                        "XML 嵌套层数过多",
                        "the elements of the XML are nested too deeply",
                    ));
                }
            }
            Event::Empty(tag) => self.other_element(tag),
            Event::End(_) => self.place.depth = self.place.depth.saturating_sub(1),
            Event::DocType(declared) if declared.contains('[') => return Err(doctype()),
            Event::Text(text) if !self.place.root && !is_blank(text) => return Err(not_xml()),
            Event::CData(_) | Event::GeneralRef(_) if !self.place.root => return Err(not_xml()),
            _ => {}
        }
        Ok(())
    }

    fn other_element(&mut self, tag: &BytesStart<'_>) {
        if self.place.root {
            self.place.others = true;
            return;
        }
        self.place.root = true;
        for attribute in tag.attributes().flatten().take(FIELDS_MAX) {
            let name = attribute.key.local_name();
            let counts = |known: &&str| name.as_ref().eq_ignore_ascii_case(known);
            if let Ok(count) = attribute.value.trim().parse::<u64>()
                && COUNTS.iter().any(counts)
                && count < u64::MAX >> 2
            {
                self.place.declared = count + 1;
            }
        }
    }

    /// The row at the start of `window`.
    fn row(&mut self, window: &'t str, whole: bool) -> Step<'t> {
        self.place.root = true;
        self.fields.clear();
        let read = RowReader::new(&mut self.fields).read(window);
        let (length, why) = match read {
            Ok((length, None)) => {
                self.at += length;
                return Step::Row(window.get(..length).unwrap_or_default());
            }
            Ok((length, Some(why))) => (length, why),
            Err(_) if !whole => return Step::More,
            Err(why) => match boundary(window, self.row_element) {
                Some(length) if matches!(why, Unread::Deep) => (length, why),
                Some(length) => (length, Unread::Malformed),
                None if window.len() == self.text.len() - self.at => (window.len(), why),
                None => {
                    self.place.adrift = true;
                    (window.len(), Unread::Long)
                }
            },
        };
        self.at += length;
        Step::Broken(window.get(..length).unwrap_or_default(), why)
    }

    /// Skips what is left of a row that is too long; false if the text ends sooner.
    fn come_ashore(&mut self) -> bool {
        let rest = self.text.get(self.at..).unwrap_or_default();
        if let Some(length) = boundary_from(rest, 0, self.row_element) {
            self.at += length;
            self.place.adrift = false;
            return true;
        }
        // A tag that is cut in two is left for the next piece.
        let tag = rest.rfind('<').filter(|_| !self.last).unwrap_or(rest.len());
        let keep = rest.len() - tag < NAMED_ROW_BYTES_MAX;
        self.at += if keep { tag } else { rest.len() };
        false
    }
}

/// Where behind the start of `window` a row begins or ends: there it goes on after damage.
fn boundary(window: &str, row_element: &str) -> Option<usize> {
    boundary_from(window, 1, row_element)
}

fn boundary_from(text: &str, from: usize, row_element: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    memchr_iter(b'<', bytes.get(from..)?)
        .map(|at| at + from)
        .find_map(|at| {
            let tag = text.get(at + 1..)?;
            let (closing, tag) = match tag.strip_prefix('/') {
                Some(tag) => (true, tag),
                None => (false, tag),
            };
            let delimiter = |c: char| matches!(c, '>' | '/' | '<') || c.is_ascii_whitespace();
            let name = tag.get(..tag.find(delimiter)?)?;
            let name = name.rsplit(':').next().unwrap_or(name);
            if !name.eq_ignore_ascii_case(row_element) {
                return None;
            }
            if closing {
                memchr(b'>', bytes.get(at..)?).map(|end| at + end + 1)
            } else {
                Some(at)
            }
        })
}

fn is_blank(text: &str) -> bool {
    crate::text::trim(text).is_empty()
}

fn is_doctype(window: &str) -> bool {
    let start = window.get(..9).unwrap_or_default();
    start.eq_ignore_ascii_case("<!DOCTYPE")
}

/// A document that declares entities can grow without end when they are put in.
fn doctype() -> Fault {
    Fault::new(
        "xml_doctype",
        "XML 文件含有 DOCTYPE 内部声明（可能定义实体），出于安全原因不予读取：请去掉该声明后重新提供",
        "the XML declares a DOCTYPE of its own, which may define entities: it is not read for \
         safety's sake; hand it in again without",
    )
}

/// Something else than XML.
pub(super) fn not_xml() -> Fault {
    Fault::new(
        "not_xml",
        "文件不是 XML：请检查提供的文件",
        "the feed is no XML: see what was handed in",
    )
}
