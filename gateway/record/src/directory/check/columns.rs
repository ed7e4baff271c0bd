//! The columns of one directory file.

use std::collections::BTreeMap;

use xxhash_rust::xxh3::xxh3_64;

use super::{Findings, Sets};
use crate::{
    directory::{
        COLUMNS_MAX, Column, Derived, Kind, Problem,
        raw::{RawColumn, RawType, RawUnit, Word},
    },
    money::{Fen, Unit},
};

/// Where each column stands.
pub(super) struct Places(BTreeMap<String, u16>);

impl Places {
    pub(super) fn of(raw: &[toml::Spanned<RawColumn>], findings: &mut Findings<'_>) -> Self {
        let mut places = BTreeMap::new();
        for (column, at) in raw.iter().zip(0_u16..) {
            let code = &column.get_ref().code;
            findings.code(code);
            if places.insert(code.get_ref().clone(), at).is_some() {
                findings.word(code, |code| Problem::Twice {
                    what: "column",
                    code,
                });
            }
        }
        for alias in raw.iter().flat_map(|c| &c.get_ref().aliases) {
            if places.contains_key(alias.get_ref()) {
                findings.word(alias, |code| Problem::Twice {
                    what: "column or alias",
                    code,
                });
            }
        }
        if raw.len() > COLUMNS_MAX {
            let what = "columns of a directory";
            findings.at(
                0,
                Problem::TooMany {
                    what,
                    found: raw.len(),
                    max: COLUMNS_MAX,
                },
            );
        }
        Self(places)
    }

    /// The column that a word names; where there is none that is noted, and the first stands in.
    pub(super) fn find(&self, word: &Word, findings: &mut Findings<'_>) -> u16 {
        self.0.get(word.get_ref()).copied().unwrap_or_else(|| {
            findings.word(word, Problem::NoColumn);
            0
        })
    }
}

/// Checks every column.
pub(super) fn columns(
    raw: &[toml::Spanned<RawColumn>],
    (places, sets): (&Places, &Sets),
    findings: &mut Findings<'_>,
) -> Vec<Column> {
    let one = |column: &toml::Spanned<RawColumn>| {
        let raw_column = column.get_ref();
        surplus(raw_column, findings);
        let derive = raw_column.derive.as_ref().map(|derive| {
            let from = places.find(&derive.column, findings);
            check_derive(raw_column, raw, from, derive.what, findings);
            (from, derive.what)
        });
        Column {
            code: raw_column.code.get_ref().clone(),
            title_zh: raw_column.title_zh.clone(),
            title_en: raw_column.title_en.clone(),
            kind: kind(raw_column, (places, sets), findings),
            length: raw_column.length,
            length_in: raw_column.length_in,
            derive,
            layer: raw_column.layer,
            scope: raw_column.scope,
            personal: raw_column.personal,
            stamp: raw_column.stamp,
            aliases: raw_column
                .aliases
                .iter()
                .map(|a| a.get_ref().clone())
                .collect(),
            seed: xxh3_64(raw_column.code.get_ref().as_bytes()),
        }
    };
    raw.iter().map(one).collect()
}

fn note(raw: &RawColumn, what: &'static str, findings: &mut Findings<'_>) {
    findings.word(&raw.code, |column| Problem::Setting { column, what });
}

fn kind(raw: &RawColumn, (places, sets): (&Places, &Sets), findings: &mut Findings<'_>) -> Kind {
    let not_after_today = raw.not_after_today;
    match *raw.kind_of.get_ref() {
        RawType::Text => Kind::Text,
        RawType::Name => Kind::Name,
        RawType::Uscc => Kind::Uscc,
        RawType::OrgCode => Kind::OrgCode,
        RawType::RegNo => Kind::RegNo,
        RawType::TaxId => Kind::TaxId,
        RawType::PersonId => Kind::PersonId,
        RawType::Document => Kind::Document {
            kind: raw.kind.as_ref().map(|word| places.find(word, findings)),
        },
        RawType::Date => Kind::Date {
            open_end: raw.open_end,
            not_after_today,
        },
        RawType::Datetime => Kind::DateTime { not_after_today },
        RawType::Amount => amount(raw, findings),
        RawType::Integer => Kind::Integer,
        RawType::Year => Kind::Year,
        RawType::Region => Kind::Region,
        RawType::Code | RawType::Codes => {
            let Some(word) = &raw.codes else {
                note(raw, "say which code set, with `codes`", findings);
                return Kind::Text;
            };
            let Some(set) = sets.get(word.get_ref()) else {
                findings.word(word, Problem::NoSet);
                return Kind::Text;
            };
            let one = *raw.kind_of.get_ref() == RawType::Code;
            if one {
                Kind::Code(set.clone())
            } else {
                Kind::Codes(set.clone())
            }
        }
    }
}

fn amount(raw: &RawColumn, findings: &mut Findings<'_>) -> Kind {
    let (Some(unit), Some(decimals)) = (raw.unit, raw.decimals) else {
        note(raw, "an amount needs `unit` and `decimals`", findings);
        return Kind::Text;
    };
    let (unit, decimals_max) = match unit {
        RawUnit::Fen => (Unit::Fen, 0),
        RawUnit::Yuan => (Unit::Yuan, 2),
        RawUnit::WanYuan => (Unit::WanYuan, 6),
    };
    if decimals > decimals_max {
        note(raw, "more decimals than one 分 has in this unit", findings);
    }
    let plausible_max = raw.plausible_max.as_ref().and_then(|word| {
        let parsed = Fen::parse(word.get_ref(), unit).ok();
        if parsed.is_none() {
            note(
                raw,
                "`plausible_max` is no amount in the column's unit",
                findings,
            );
        }
        parsed
    });
    Kind::Amount {
        unit,
        decimals,
        plausible_max,
    }
}

/// Notes settings that the column's type does not have.
fn surplus(raw: &RawColumn, findings: &mut Findings<'_>) {
    use RawType as T;
    let kind = *raw.kind_of.get_ref();
    let dated = matches!(kind, T::Date | T::Datetime);
    let has_amount = raw.unit.is_some() || raw.decimals.is_some() || raw.plausible_max.is_some();
    let misplaced = [
        (
            has_amount && kind != T::Amount,
            "`unit`, `decimals` and `plausible_max` are for amounts",
        ),
        (
            raw.codes.is_some() && !matches!(kind, T::Code | T::Codes),
            "`codes` is for types code and codes",
        ),
        (
            raw.kind.is_some() && kind != T::Document,
            "`kind` is for type document",
        ),
        (raw.open_end && kind != T::Date, "`open_end` is for dates"),
        (
            raw.not_after_today && !dated,
            "`not_after_today` is for dates and times",
        ),
        (
            raw.length == Some(0),
            "a length of 0 leaves no room for a value",
        ),
    ];
    for (wrong, what) in misplaced {
        if wrong {
            note(raw, what, findings);
        }
    }
}

fn check_derive(
    raw: &RawColumn,
    all: &[toml::Spanned<RawColumn>],
    from: u16,
    what: Derived,
    findings: &mut Findings<'_>,
) {
    let source = all
        .get(usize::from(from))
        .map(|c| *c.get_ref().kind_of.get_ref());
    if source != Some(RawType::TaxId) {
        note(raw, "`derive` works on a column of type tax_id", findings);
    }
    let fits = match what {
        Derived::Form => RawType::Text,
        Derived::Uscc => RawType::Uscc,
        Derived::OrgCode => RawType::OrgCode,
    };
    if *raw.kind_of.get_ref() != fits {
        note(
            raw,
            "`derive` gives another type: form is text, uscc is uscc, org_code is org_code",
            findings,
        );
    }
    if raw.required || raw.required_if.is_some() {
        note(raw, "a derived column cannot be required", findings);
    }
}
