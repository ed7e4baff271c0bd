//! The objects of a JSON text, out of a piece of it.
//!
//! What must stay true: what is read does not depend on where the text was cut. An object counts
//! once its end is there; whether one is broken is settled once all is there that it might still
//! hold.

use memchr::{memchr, memchr2, memchr3};

use crate::adapter::Fault;
use crate::carry::{Carry, Reader as CarryReader, Writer as CarryWriter};
use crate::rows::named::{NAMED_ROW_BYTES_MAX, Unread};

/// How the objects stand in the text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Layout {
    /// Nothing was read yet.
    #[default]
    Unknown,
    /// One a line.
    Lines,
    /// One behind the other.
    Objects,
    /// In a list.
    List,
    /// Behind the end of the list.
    Behind,
}

/// Where in the text a piece begins.
#[derive(Clone, Copy, Debug, Default)]
pub struct Place {
    layout: Layout,
    /// Behind the beginning of a row that is too long.
    adrift: bool,
    /// Blank lines above the first object that are not told yet: rows, where lines are.
    blank_lines: u64,
}

impl Place {
    pub(super) fn is_known(self) -> bool {
        self.layout != Layout::Unknown
    }

    /// The list is not at its end.
    pub(super) fn is_open(self) -> bool {
        self.layout == Layout::List
    }
}

impl Carry for Place {
    const VERSION: u8 = 2;

    fn write(&self, out: &mut CarryWriter) {
        out.number(self.layout as u64);
        out.number(self.adrift.into());
        out.number(self.blank_lines);
    }

    fn read(fields: &mut CarryReader<'_>) -> Option<Self> {
        let layout = match fields.number()? {
            0 => Layout::Unknown,
            1 => Layout::Lines,
            2 => Layout::Objects,
            3 => Layout::List,
            4 => Layout::Behind,
            _ => return None,
        };
        let adrift = fields.number()? == 1;
        let blank_lines = fields.number()?;
        Some(Self {
            layout,
            adrift,
            blank_lines,
        })
    }
}

/// What the text holds next.
#[derive(Debug)]
pub(super) enum Step<'t> {
    /// What stands in the place of an object.
    Object(&'t str),
    /// A line with nothing in it.
    Blank,
    /// Something that is no object.
    Broken(&'t str, Unread),
    /// The rest of the text needs what follows.
    More,
    /// The text is at its end.
    End,
}

/// Reads objects out of a piece of text.
#[derive(Debug)]
pub(super) struct Stream<'t> {
    text: &'t str,
    at: usize,
    last: bool,
    place: Place,
}

impl<'t> Stream<'t> {
    pub(super) const fn new(text: &'t str, last: bool, place: Place) -> Self {
        Self {
            text,
            at: 0,
            last,
            place,
        }
    }

    /// Bytes dealt with.
    pub(super) const fn consumed(&self) -> usize {
        self.at
    }

    pub(super) const fn place(&self) -> Place {
        self.place
    }

    /// Reads the next object. `lists` are the names under which an answer has its list.
    pub(super) fn step(&mut self, lists: &[&str]) -> Result<Step<'t>, Fault> {
        loop {
            if self.place.adrift && !self.come_ashore() {
                return Ok(Step::End);
            }
            let rest = match self.place.layout {
                Layout::Lines if self.place.blank_lines > 0 => {
                    self.place.blank_lines -= 1;
                    return Ok(Step::Blank);
                }
                Layout::Lines => self.rest(),
                Layout::Unknown => self.first_object(),
                _ => self.rest().trim_start_matches(is_between),
            };
            self.at = self.text.len() - rest.len();
            if rest.is_empty() {
                return Ok(Step::End);
            }
            let window = rest
                .get(..rest.floor_char_boundary(NAMED_ROW_BYTES_MAX))
                .unwrap_or(rest);
            // All is there that the next object can hold.
            let whole = window.len() < rest.len() || self.last;
            match self.place.layout {
                Layout::Unknown => match opening(window, lists)? {
                    None if !whole => return Ok(Step::More),
                    opening => {
                        let (layout, length) = opening.unwrap_or_else(|| (by_lines(window), 0));
                        self.place.layout = layout;
                        self.at += length;
                    }
                },
                Layout::Lines => return Ok(self.line(window, whole)),
                Layout::Behind => {
                    self.at = self.text.len();
                    return Ok(Step::End);
                }
                Layout::List if rest.starts_with(']') => {
                    self.place.layout = Layout::Behind;
                    self.at += 1;
                }
                Layout::List | Layout::Objects => return Ok(self.object(window, whole)),
            }
        }
    }

    /// The text from the first object on; the blank lines above it are counted.
    fn first_object(&mut self) -> &'t str {
        let rest = self.rest().trim_ascii_start();
        let above = self.rest().len() - rest.len();
        let above = self.rest().as_bytes().get(..above).unwrap_or_default();
        self.place.blank_lines += above.iter().filter(|byte| **byte == b'\n').count() as u64;
        rest
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn line(&mut self, window: &'t str, whole: bool) -> Step<'t> {
        let (line, length) = match memchr(b'\n', window.as_bytes()) {
            Some(end) => (window.get(..end).unwrap_or_default(), end + 1),
            None if !whole => return Step::More,
            None if window.len() < self.rest().len() => {
                self.at += window.len();
                self.place.adrift = true;
                return Step::Broken(window, Unread::Long);
            }
            None => (window, window.len()),
        };
        self.at += length;
        match line.trim_ascii() {
            "" => Step::Blank,
            object => Step::Object(object),
        }
    }

    fn object(&mut self, window: &'t str, whole: bool) -> Step<'t> {
        if let Some(length) = extent(window) {
            self.at += length;
            return Step::Object(window.get(..length).unwrap_or_default());
        }
        if !window.starts_with('{') {
            // Some other value of the list.
            let end = window.find(['{', ',', ']']).filter(|end| *end > 0);
            return match end {
                None if !whole => Step::More,
                end => self.broken(window, end.unwrap_or(window.len()), Unread::Json),
            };
        }
        if !whole {
            return Step::More;
        }
        match boundary(window) {
            Some(end) => self.broken(window, end, Unread::Json),
            None if window.len() == self.rest().len() => {
                self.broken(window, window.len(), Unread::Truncated)
            }
            None => {
                self.place.adrift = true;
                self.broken(window, window.len(), Unread::Long)
            }
        }
    }

    fn broken(&mut self, window: &'t str, length: usize, why: Unread) -> Step<'t> {
        self.at += length;
        let raw = window.get(..length).unwrap_or_default();
        Step::Broken(raw.trim_end_matches(is_between), why)
    }

    /// Of an object that turned out to be none, what is its own: a quote out of place can swallow
    /// others. Reading goes on behind that.
    pub(super) fn only_this(&mut self, raw: &'t str) -> &'t str {
        if self.place.layout == Layout::Lines {
            return raw;
        }
        let own = boundary(raw).unwrap_or(raw.len());
        self.at -= raw.len() - own;
        raw.get(..own).unwrap_or(raw).trim_end_matches(is_between)
    }

    /// Skips what is left of a row that is too long; false if the text ends sooner.
    fn come_ashore(&mut self) -> bool {
        let rest = self.rest();
        let found = if self.place.layout == Layout::Lines {
            memchr(b'\n', rest.as_bytes()).map(|end| end + 1)
        } else {
            // Where `rest` begins is chance: what stands there says nothing.
            beginning(rest, None)
        };
        let Some(length) = found else {
            // What stands before an object tells whether one begins.
            let keep = rest.trim_end().trim_end_matches(['}', ',']).len();
            self.at += if self.last { rest.len() } else { keep };
            return false;
        };
        self.at += length;
        self.place.adrift = false;
        true
    }
}

/// What can stand between two objects.
const fn is_between(c: char) -> bool {
    c.is_ascii_whitespace() || c == ','
}

/// How the objects stand, and where the first of them or its list begins; `None` where what there
/// is of the text does not say.
fn opening(window: &str, lists: &[&str]) -> Result<Option<(Layout, usize)>, Fault> {
    if window.starts_with('[') {
        return Ok(Some((Layout::List, 1)));
    }
    if !window.starts_with('{') {
        return Err(not_json());
    }
    let bytes = window.as_bytes();
    let (mut at, mut braces, mut brackets) = (0, 0_u32, 0_u32);
    let mut name = "";
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => {
                let Some(length) = string(window.get(at..).unwrap_or_default()) else {
                    return Ok(None);
                };
                name = window.get(at + 1..at + length - 1).unwrap_or_default();
                at += length;
                continue;
            }
            b'{' => braces += 1,
            b'}' if braces <= 1 => {
                return Ok(Some((by_lines(window.get(..at).unwrap_or_default()), 0)));
            }
            b'}' => braces -= 1,
            b'[' if brackets == 0 && lists.contains(&name) => {
                return Ok(Some((Layout::List, at + 1)));
            }
            b'[' => brackets += 1,
            b']' => brackets = brackets.saturating_sub(1),
            // The name belongs to the member before.
            b',' => name = "",
            _ => {}
        }
        at += 1;
    }
    Ok(None)
}

/// One object a line, or objects that go over several lines: in these no second line begins one.
fn by_lines(first: &str) -> Layout {
    match first.split_once('\n') {
        Some((_, second)) if !second.trim_ascii_start().starts_with('{') => Layout::Objects,
        _ => Layout::Lines,
    }
}

/// How long the object is that stands at the start of `text`.
fn extent(text: &str) -> Option<usize> {
    if !text.starts_with('{') {
        return None;
    }
    let (mut at, mut depth) = (0, 0_u32);
    loop {
        let rest = text.get(at..)?;
        let next = memchr3(b'"', b'{', b'}', rest.as_bytes())?;
        match rest.as_bytes().get(next)? {
            b'"' => at += next + string(rest.get(next..)?)?,
            b'{' => {
                depth += 1;
                at += next + 1;
            }
            _ => {
                depth -= 1;
                at += next + 1;
                if depth == 0 {
                    return Some(at);
                }
            }
        }
    }
}

/// How long the string is that stands at the start of `text`, with its quotes.
fn string(text: &str) -> Option<usize> {
    let mut at = 1;
    loop {
        let rest = text.as_bytes().get(at..)?;
        let next = memchr2(b'"', b'\\', rest)?;
        match rest.get(next)? {
            b'"' => return Some(at + next + 1),
            _ => at += next + 2,
        }
    }
}

/// Where behind the start of `text` an object seems to begin: behind the end of another, behind a
/// comma, or at the start of a line, and with the same member as the one at the start. There it
/// goes on after damage.
fn boundary(text: &str) -> Option<usize> {
    beginning(text, text.strip_prefix('{').and_then(first_name))
}

/// The same, `first` being the member that objects begin with.
fn beginning(text: &str, first: Option<&str>) -> Option<usize> {
    let begins = |at: &usize| {
        let (before, object) = text.split_at_checked(*at).unwrap_or_default();
        let apart = before.trim_ascii_end().ends_with(['}', ','])
            || before.trim_end_matches([' ', '\t']).ends_with('\n');
        let members = object.get(1..).unwrap_or_default().trim_ascii_start();
        apart && first.is_none_or(|first| members.starts_with(first))
    };
    let braces = text.match_indices('{').map(|(at, _)| at);
    braces.filter(|at| *at > 0).find(begins)
}

/// The name of the first of some members, with its quotes.
fn first_name(members: &str) -> Option<&str> {
    let members = members.trim_ascii_start();
    let length = string(members.starts_with('"').then_some(members)?)?;
    let (name, value) = members.split_at_checked(length)?;
    value.trim_ascii_start().starts_with(':').then_some(name)
}

/// Something else than JSON.
pub(super) fn not_json() -> Fault {
    Fault::new(
        "not_json",
        "文件不是 JSON 对象或列表：请检查提供的文件",
        "the feed is neither JSON objects nor a list of them: see what was handed in",
    )
}
