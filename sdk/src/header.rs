//! Columns are found by their names in the header, never by their place.

use std::borrow::Cow;
use std::marker::PhantomData;

use crate::adapter::Settings;
use crate::text;

/// The names of one column.
#[derive(Clone, Copy, Debug)]
pub struct ColumnNames {
    needed: bool,
    names: &'static [&'static str],
}

impl ColumnNames {
    /// A column without which a row is no header of the feed. The names are in order of preference.
    #[must_use]
    pub const fn needed(names: &'static [&'static str]) -> Self {
        Self {
            needed: true,
            names,
        }
    }

    /// A column that may be missing.
    #[must_use]
    pub const fn optional(names: &'static [&'static str]) -> Self {
        Self {
            needed: false,
            names,
        }
    }
}

/// The columns of a feed: made by [`crate::columns!`].
pub trait Columns: Copy + 'static {
    /// The names of each, by index.
    const NAMES: &'static [ColumnNames];

    /// Its index in [`Columns::NAMES`].
    fn index(self) -> usize;
}

/// Declares the columns of a feed with the names under which they come. Names are compared in half
/// width, without blanks, and letters in either case.
///
/// ```
/// credit_sdk::columns! {
///     /// The columns of the list.
///     pub enum Column {
///         Number: needed "WSH", "文号";
///         Remark: optional "BZ", "备注";
///     }
/// }
/// ```
#[macro_export]
macro_rules! columns {
    (
        $(#[$attribute:meta])*
        $visibility:vis enum $enum:ident {
            $( $(#[$doc:meta])* $column:ident : $need:ident $($name:literal),+ ; )+
        }
    ) => {
        $(#[$attribute])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        $visibility enum $enum {
            $( $(#[$doc])* #[doc = concat!($("`", $name, "` ",)+)] $column, )+
        }

        impl $crate::Columns for $enum {
            const NAMES: &'static [$crate::ColumnNames] =
                &[ $( $crate::ColumnNames::$need(&[$($name),+]), )+ ];

            fn index(self) -> usize {
                self as usize
            }
        }
    };
}

/// Which column stands where.
#[derive(Debug)]
pub struct Header<C> {
    positions: Vec<Option<usize>>,
    fields: usize,
    columns: PhantomData<C>,
}

/// What a row is, read as a header.
#[derive(Debug)]
pub(crate) enum Reading<C> {
    /// The header.
    Header(Header<C>),
    /// A header that lacks these needed columns.
    Incomplete(Vec<&'static str>),
    /// None.
    Other,
}

impl<C: Columns> Header<C> {
    /// Whether the feed has a column.
    #[must_use]
    pub fn has(&self, column: C) -> bool {
        self.position(column).is_some()
    }

    /// How many fields a row has.
    #[must_use]
    pub fn fields(&self) -> usize {
        self.fields
    }

    #[inline]
    pub(crate) fn position(&self, column: C) -> Option<usize> {
        self.positions.get(column.index()).copied().flatten()
    }

    /// Where each column stands among `names`.
    fn positions(names: &[&str]) -> Vec<Option<usize>> {
        let cells: Vec<Cow<'_, str>> = names
            .iter()
            .map(|name| text::half_width(text::trim(name)))
            .collect();
        let position = |column: &ColumnNames| {
            column.names.iter().find_map(|name| {
                let name = text::half_width(name);
                cells
                    .iter()
                    .position(|cell| cell.eq_ignore_ascii_case(&name))
            })
        };
        C::NAMES.iter().map(position).collect()
    }

    /// The header of a row that names its own fields, of which any may be missing; `None` where
    /// none of them is known.
    #[cfg(any(feature = "json", feature = "xml"))]
    pub(crate) fn of_named(names: &[&str]) -> Option<Self> {
        let positions = Self::positions(names);
        positions.iter().any(Option::is_some).then_some(Self {
            positions,
            fields: names.len(),
            columns: PhantomData,
        })
    }

    /// Reads `names`, one a field of the data, as the header.
    pub(crate) fn read(names: &[&str]) -> Reading<C> {
        let positions = Self::positions(names);
        let missing: Vec<&'static str> = C::NAMES
            .iter()
            .zip(&positions)
            .filter(|(column, position)| column.needed && position.is_none())
            .filter_map(|(column, _)| column.names.last().copied())
            .collect();
        if missing.is_empty() {
            return Reading::Header(Self {
                positions,
                fields: names.len(),
                columns: PhantomData,
            });
        }
        // One name alone can be a word of a title.
        match positions.iter().flatten().count() {
            0 | 1 => Reading::Other,
            _ => Reading::Incomplete(missing),
        }
    }

    /// The names that no column answers to.
    pub(crate) fn unused<'n>(&self, names: &[&'n str]) -> Vec<&'n str> {
        let used = |at: &usize| self.positions.contains(&Some(*at));
        names
            .iter()
            .enumerate()
            .filter(|(at, _)| !used(at))
            .map(|(_, name)| *name)
            .collect()
    }
}

/// The names of a feed as the route's setting `columns` translates them, where it is given:
/// `theirs=ours; theirs=ours`. So a place that calls a column otherwise needs no other adapter.
pub(crate) fn translated<'n>(mut names: Vec<&'n str>, settings: &Settings<'n>) -> Vec<&'n str> {
    for pair in settings
        .get("columns")
        .unwrap_or_default()
        .split([';', '；'])
    {
        let Some((theirs, ours)) = pair.split_once('=') else {
            continue;
        };
        let theirs = text::half_width(text::trim(theirs));
        for name in &mut names {
            if text::half_width(text::trim(name)).eq_ignore_ascii_case(&theirs) {
                *name = ours;
            }
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::{Header, Reading, translated};

    crate::columns! {
        enum Column {
            Number: needed "CF_WSH", "CF_CFWSH", "决定书文号";
            Fine: optional "罚款金额（万元）";
        }
    }

    #[test]
    fn columns_are_found_by_any_of_their_names_in_any_order() {
        for names in [
            ["\u{feff}CF_WSH", "罚款金额(万元)"],
            ["cf_cfwsh ", "罚款金额 （万元）"],
            ["决定书文号\t", "罚款金额（万元）"],
        ] {
            match Header::<Column>::read(&["x", names[1], names[0]]) {
                Reading::Header(header) => {
                    assert_eq!(header.position(Column::Number), Some(2));
                    assert_eq!(header.position(Column::Fine), Some(1));
                    assert_eq!(header.unused(&["x", "", ""]), ["x"]);
                }
                other => panic!("{names:?}: {other:?}"),
            }
        }
    }

    #[test]
    fn a_title_is_no_header_and_the_preferred_name_wins() {
        assert!(matches!(
            Header::<Column>::read(&["处罚信息", ""]),
            Reading::Other
        ));
        match Header::<Column>::read(&["CF_CFWSH", "CF_WSH"]) {
            Reading::Header(header) => assert_eq!(header.position(Column::Number), Some(1)),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_route_can_say_what_a_place_calls_a_column() {
        let settings = [("columns", "punish_code = CF_WSH；金额=罚款金额（万元）")];
        let settings = settings.into_iter().collect();
        let names = translated(vec!["x", "PUNISH_CODE ", "金额"], &settings);
        assert_eq!(names, ["x", " CF_WSH", "罚款金额（万元）"]);
        let names = translated(vec!["a"], &crate::Settings::default());
        assert_eq!(names, ["a"]);
    }
}
