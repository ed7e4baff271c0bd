//! Columns are found by their names in the header, never by their place.

use std::borrow::Cow;
use std::marker::PhantomData;

use crate::place::Place;
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
    /// Words that say "no value" in this place, beside those that do so everywhere.
    no_value: Vec<String>,
    /// Where a cell stands, what this place writes there, and what that means.
    values: Vec<(usize, String, String)>,
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

    /// Whether a cell says "no value" in this place's own words.
    #[inline]
    pub(crate) fn is_no_value(&self, cell: &str) -> bool {
        !self.no_value.is_empty() && self.no_value.iter().any(|word| word == cell)
    }

    /// What a cell means that this place writes in its own way.
    #[inline]
    pub(crate) fn value<'r>(&'r self, at: usize, cell: &'r str) -> &'r str {
        if self.values.is_empty() {
            return cell;
        }
        let known = |(place, theirs, _): &&(usize, String, String)| *place == at && theirs == cell;
        self.values
            .iter()
            .find(known)
            .map_or(cell, |(.., ours)| ours)
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
    pub(crate) fn of_named(names: &[&str], place: &Place<'_>) -> Option<Self> {
        let positions = Self::positions(&place.names(names));
        let known = positions.iter().any(Option::is_some);
        known.then(|| Self::of(positions, names, place))
    }

    fn of(positions: Vec<Option<usize>>, names: &[&str], place: &Place<'_>) -> Self {
        // The settings name a column as the feed does, or by any name that it has here.
        let column = |theirs: &str| {
            let theirs = text::half_width(text::trim(theirs));
            let same =
                |name: &&str| text::half_width(text::trim(name)).eq_ignore_ascii_case(&theirs);
            let known = || {
                let mut columns = C::NAMES.iter().zip(&positions);
                columns.find_map(|(column, at)| at.filter(|_| column.names.iter().any(same)))
            };
            names.iter().position(same).or_else(known)
        };
        let values = place.values.iter().filter_map(|(name, theirs, ours)| {
            Some((column(name)?, (*theirs).to_owned(), (*ours).to_owned()))
        });
        Self {
            values: values.collect(),
            no_value: place.no_value.iter().map(|&word| word.to_owned()).collect(),
            fields: names.len(),
            positions,
            columns: PhantomData,
        }
    }

    /// Reads `names`, one a field of the data, as the header.
    pub(crate) fn read(names: &[&str], place: &Place<'_>) -> Reading<C> {
        let positions = Self::positions(&place.names(names));
        let missing: Vec<&'static str> = C::NAMES
            .iter()
            .zip(&positions)
            .filter(|(column, position)| column.needed && position.is_none())
            .filter_map(|(column, _)| column.names.last().copied())
            .collect();
        if missing.is_empty() {
            return Reading::Header(Self::of(positions, names, place));
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

#[cfg(test)]
mod tests {
    use super::{Header, Reading};
    use crate::place::Place;

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
            match Header::<Column>::read(&["x", names[1], names[0]], &Place::default()) {
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
            Header::<Column>::read(&["处罚信息", ""], &Place::default()),
            Reading::Other
        ));
        match Header::<Column>::read(&["CF_CFWSH", "CF_WSH"], &Place::default()) {
            Reading::Header(header) => assert_eq!(header.position(Column::Number), Some(1)),
            other => panic!("{other:?}"),
        }
    }
}
