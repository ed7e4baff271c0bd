//! Rows that name their fields themselves, as those of XML and JSON do: each is its own header.
//!
//! What must stay true: a field that a row leaves out is no value, and never a fault of the feed;
//! a row without any known name is doubted.

use super::{Row, RowAdapter};
use crate::adapter::{Fault, Settings};
use crate::carry::{Carry, Reader, Writer};
use crate::csv::{Line, ROW_BYTES_MAX, Span};
use crate::header::Header;
use crate::page::{Origin, PageBuilder, Reason};
use crate::place::Place;

/// Longest row, in bytes.
pub(crate) const NAMED_ROW_BYTES_MAX: usize = ROW_BYTES_MAX;

/// Most fields of one row.
pub(crate) const FIELDS_MAX: usize = 512;

/// Layouts that are kept: rows of one feed leave out different fields.
const LAYOUTS_MAX: usize = 16;

/// The fields of one row, with their names.
#[derive(Debug, Default)]
pub(crate) struct Fields {
    /// Values and names, one behind the other.
    pub(crate) text: String,
    values: Vec<Span>,
    /// The names, each ended by a line end.
    names: String,
}

impl Fields {
    pub(crate) fn clear(&mut self) {
        self.text.clear();
        self.values.clear();
        self.names.clear();
    }

    /// A field whose value is all that stands in `text` from `start` on.
    pub(crate) fn push(&mut self, name: &str, start: usize) {
        self.values.push(Span::of_scratch(start, self.text.len()));
        self.names
            .extend(name.chars().map(|c| if c == '\n' { ' ' } else { c }));
        self.names.push('\n');
    }

    /// More fields than a row may have.
    pub(crate) fn too_many(&self) -> bool {
        self.values.len() > FIELDS_MAX
    }
}

/// Why a row cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unread {
    /// It is not well-formed.
    #[cfg(feature = "xml")]
    Malformed,
    /// It is no JSON object.
    #[cfg(feature = "json")]
    Json,
    /// An entity that is none of the five that XML knows, nor the number of a character.
    #[cfg(feature = "xml")]
    Entity,
    /// Elements within elements within elements.
    #[cfg(feature = "xml")]
    Deep,
    /// More than [`FIELDS_MAX`].
    Fields,
    /// Longer than [`NAMED_ROW_BYTES_MAX`], or never closed.
    Long,
    /// The feed ends before the document does.
    Truncated,
}

impl From<Unread> for Reason {
    fn from(why: Unread) -> Self {
        match why {
            #[cfg(feature = "json")]
            Unread::Json => Self::new(
                "broken_json",
                "不是一个完整的 JSON 对象（传输中可能被截断）",
                "no whole JSON object: cut off on its way, perhaps",
            ),
            #[cfg(feature = "xml")]
            Unread::Malformed => Self::new(
                "malformed",
                "格式有误，无法分辨各数据项",
                "not well-formed: the fields cannot be told apart",
            ),
            #[cfg(feature = "xml")]
            Unread::Entity => Self::new(
                "entity_unknown",
                "含有未定义的实体（仅支持 XML 预定义的五个实体和字符编号）",
                "an entity that is none of XML's five, nor the number of a character",
            ),
            #[cfg(feature = "xml")]
            Unread::Deep => Self::new("too_deep", "嵌套层数过多", "elements are nested too deeply"),
            Unread::Fields => Self::new(
                "too_many_fields",
                format!("数据项超过{FIELDS_MAX}个"),
                format!("more than {FIELDS_MAX} fields"),
            ),
            Unread::Long => Self::new("row_too_long", "该行过长", "the row is too long"),
            Unread::Truncated => Self::new(
                "truncated",
                "文件在结束标记之前中断，可能缺少后面的数据",
                "the file ends before its end mark: rows may be missing",
            ),
        }
    }
}

/// What is carried from piece to piece: how many rows, where in the document, and the adapter's
/// own memory.
#[derive(Debug, Default)]
pub struct NamedCarry<P, M> {
    pub(crate) rows: u64,
    pub(crate) place: P,
    pub(crate) memory: M,
}

impl<P: Carry, M: Carry> Carry for NamedCarry<P, M> {
    const VERSION: u8 = 64 + 16 * P::VERSION + M::VERSION;

    fn write(&self, out: &mut Writer) {
        out.number(self.rows);
        self.place.write(out);
        self.memory.write(out);
    }

    fn read(fields: &mut Reader<'_>) -> Option<Self> {
        Some(Self {
            rows: fields.number()?,
            place: P::read(fields)?,
            memory: M::read(fields)?,
        })
    }
}

/// The rows of one piece.
pub(crate) struct NamedRows<'p, A: RowAdapter> {
    settings: &'p Settings<'p>,
    pub(crate) page: &'p mut PageBuilder,
    layouts: Vec<Layout<A>>,
    /// The layout of the row before.
    latest: usize,
}

/// What is known of rows with the same names.
struct Layout<A: RowAdapter> {
    names: String,
    /// `None` where none of the names is known.
    known: Option<(Header<A::Column>, A)>,
}

impl<'p, A: RowAdapter> NamedRows<'p, A> {
    pub(crate) const fn new(settings: &'p Settings<'p>, page: &'p mut PageBuilder) -> Self {
        Self {
            settings,
            page,
            layouts: Vec::new(),
            latest: 0,
        }
    }

    /// Deals with a row.
    pub(crate) fn row<P>(
        &mut self,
        raw: &str,
        fields: &Fields,
        carry: &mut NamedCarry<P, A::Memory>,
    ) -> Result<(), Fault> {
        carry.rows += 1;
        let origin = Origin {
            source_row: carry.rows,
            raw,
        };
        self.find_layout(fields)
            .map_err(|fault| fault.at(carry.rows))?;
        let layout = self.layouts.get(self.latest);
        let Some((header, adapter)) = layout.and_then(|layout| layout.known.as_ref()) else {
            self.page.doubt(&origin, "", nothing_known());
            return Ok(());
        };
        let line = Line::read_elsewhere(raw, &fields.text, &fields.values);
        let row = Row {
            origin,
            line,
            header,
        };
        adapter.row(&row, &mut carry.memory, self.page);
        Ok(())
    }

    /// Keeps a row for a person that could not be read.
    pub(crate) fn unread<P>(
        &mut self,
        raw: &str,
        why: Unread,
        carry: &mut NamedCarry<P, A::Memory>,
    ) {
        carry.rows += 1;
        let origin = Origin {
            source_row: carry.rows,
            raw,
        };
        self.page.doubt(&origin, "", why);
    }

    /// Called behind the rows of the piece.
    pub(crate) fn end<P>(&mut self, carry: &NamedCarry<P, A::Memory>) {
        let layout = self.layouts.get(self.latest);
        if let Some((_, adapter)) = layout.and_then(|layout| layout.known.as_ref()) {
            adapter.end(&carry.memory, self.page);
        }
    }

    /// Makes the layout of the row's names the latest.
    fn find_layout(&mut self, fields: &Fields) -> Result<(), Fault> {
        let same = |layout: &Layout<A>| layout.names == fields.names;
        if self.layouts.get(self.latest).is_some_and(same) {
            return Ok(());
        }
        if let Some(found) = self.layouts.iter().position(same) {
            self.latest = found;
            return Ok(());
        }
        let names = A::names(fields.names.lines().collect());
        let known = match Header::of_named(&names, &Place::of(self.settings)?) {
            Some(header) => {
                let adapter = A::begin(&header, self.settings)?;
                Some((header, adapter))
            }
            None => None,
        };
        if self.layouts.len() >= LAYOUTS_MAX {
            self.layouts.clear();
        }
        self.latest = self.layouts.len();
        self.layouts.push(Layout {
            names: fields.names.clone(),
            known,
        });
        Ok(())
    }
}

/// Keeps something for a person that is no row: it has the number 0.
pub(crate) fn unread_between_rows(page: &mut PageBuilder, raw: &str, why: Unread) {
    let source_row = 0;
    page.doubt(&Origin { source_row, raw }, "", why);
}

fn nothing_known() -> Reason {
    Reason::new(
        "fields_unknown",
        "没有一个数据项是已知的：请检查是否为该数据的格式",
        "none of its fields is known: is this a row of that feed?",
    )
}
