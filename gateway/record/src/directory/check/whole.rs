//! A directory file as a whole: what it says of its columns.

use super::{
    Findings, Sets,
    columns::{Places, columns},
};
use crate::directory::{
    Column, Columns, DateForm, Directory, KeyPart, Kind, Layout, Naming, Order, PersonIf, Problem,
    Publicity, RequiredIf,
    raw::{
        RawDates, RawDirectory, RawNaming, RawOrder, RawPersonIf, RawProfile, RawPublicity, Word,
    },
};

/// Checks one file; what is wrong is noted, and the result then not used.
pub(super) fn directory(raw: RawDirectory, sets: &Sets, findings: &mut Findings<'_>) -> Directory {
    findings.code(&raw.code);
    let expected = findings.file.trim_end_matches(".toml").to_owned();
    if *raw.code.get_ref() != expected {
        findings.word(&raw.code, |code| Problem::CodeIsNotFileName {
            code,
            expected,
        });
    }
    let places = Places::of(&raw.column, findings);
    let columns = columns(&raw.column, (&places, sets), findings);
    let mut by_code: Vec<u16> = (0..).take(columns.len()).collect();
    by_code.sort_by_key(|at| columns.get(usize::from(*at)).map(|c| c.code.as_str()));

    let mut seen = Seen {
        columns: &columns,
        places: &places,
        findings,
    };
    let version = raw.version.as_ref().map(|word| seen.versioned(word));
    let publicity = raw
        .publicity
        .as_ref()
        .map(|publicity| seen.publicity(publicity));
    let person_if = raw
        .person_if
        .iter()
        .map(|mark| seen.person_if(mark))
        .collect();
    let key = seen.key(&raw);
    let layouts = seen.layouts(&raw);
    let namings = seen.namings(&raw.naming);
    Directory {
        code: raw.code.into_inner(),
        title_zh: raw.title_zh,
        title_en: raw.title_en,
        person: raw.person,
        length_in: raw.length_in,
        by_code,
        key,
        version,
        person_if,
        publicity,
        layouts,
        namings,
        columns,
    }
}

/// The columns, and what is found wrong with what is said of them.
struct Seen<'c, 'f> {
    columns: &'c [Column],
    places: &'c Places,
    findings: &'c mut Findings<'f>,
}

impl Seen<'_, '_> {
    fn find(&mut self, word: &Word) -> u16 {
        self.places.find(word, self.findings)
    }

    fn kind(&self, column: u16) -> Option<&Kind> {
        self.columns.get(usize::from(column)).map(|c| &c.kind)
    }

    /// A column of a certain type.
    fn typed(&mut self, word: &Word, wanted: &'static str, fits: fn(&Kind) -> bool) -> u16 {
        let column = self.find(word);
        if !self.kind(column).is_some_and(fits) {
            self.findings
                .word(word, |column| Problem::WrongType { column, wanted });
        }
        column
    }

    fn dated(&mut self, word: &Word) -> u16 {
        self.typed(word, "a date or a time", |kind| {
            matches!(kind, Kind::Date { .. } | Kind::DateTime { .. })
        })
    }

    fn versioned(&mut self, word: &Word) -> u16 {
        self.typed(word, "a date, a time or an integer", |kind| {
            matches!(
                kind,
                Kind::Date { .. } | Kind::DateTime { .. } | Kind::Integer
            )
        })
    }

    fn publicity(&mut self, raw: &RawPublicity) -> Publicity {
        let date = |kind: &Kind| matches!(kind, Kind::Date { .. });
        Publicity {
            until: self.typed(&raw.until, "a date", date),
            decided: self.typed(&raw.decided, "a date", date),
            grade: raw
                .grade
                .as_ref()
                .map(|word| self.typed(word, "a code", |kind| matches!(kind, Kind::Code(_)))),
        }
    }

    fn person_if(&mut self, raw: &RawPersonIf) -> PersonIf {
        let column = self.find(&raw.column);
        if matches!(self.kind(column), Some(Kind::Code(_))) {
            self.bits(column, &raw.values);
        }
        let values = raw
            .values
            .iter()
            .map(|word| word.get_ref().clone())
            .collect();
        PersonIf {
            column,
            values,
            starts: raw.starts.clone(),
        }
    }

    /// The bits of some values of a column with a code set.
    fn bits(&mut self, column: u16, values: &[Word]) -> u64 {
        let Some(Kind::Code(set) | Kind::Codes(set)) = self.kind(column) else {
            return 0;
        };
        let set = set.clone();
        values.iter().fold(0, |bits, word| {
            let bit = set.bit(word.get_ref());
            if bit.is_none() {
                let problem = |value| Problem::NoValue {
                    value,
                    set: set.code.clone(),
                };
                self.findings.word(word, problem);
            }
            bits | bit.unwrap_or(0)
        })
    }

    fn key(&mut self, raw: &RawDirectory) -> Vec<KeyPart> {
        if raw.key.get_ref().iter().any(Vec::is_empty) || raw.key.get_ref().is_empty() {
            self.findings.at(
                raw.key.span().start,
                Problem::Empty("the key, or a part of it,"),
            );
        }
        let optional: Vec<u16> = raw
            .key_optional
            .iter()
            .map(|word| self.find(word))
            .collect();
        let part = |alternatives: &Vec<Word>| {
            let alternatives: Vec<u16> = alternatives.iter().map(|word| self.find(word)).collect();
            let optional = alternatives.iter().any(|column| optional.contains(column));
            KeyPart {
                alternatives,
                optional,
            }
        };
        raw.key.get_ref().iter().map(part).collect()
    }

    fn order(&mut self, raw: &RawOrder) -> Order {
        let column = self.dated(&raw.column);
        let (than, strict) = match (&raw.after, &raw.not_before) {
            (Some(word), None) => (self.dated(word), true),
            (None, Some(word)) => (self.dated(word), false),
            _ => {
                self.findings
                    .at(raw.column.span().start, Problem::OrderUnclear);
                (column, false)
            }
        };
        Order {
            column,
            than,
            strict,
        }
    }

    fn group(&mut self, raw: &[Word]) -> Vec<u16> {
        raw.iter().map(|word| self.find(word)).collect()
    }

    fn layouts(&mut self, raw: &RawDirectory) -> Vec<Layout> {
        let mut required = Columns::default();
        let mut required_if = Vec::new();
        for (column, at) in raw.column.iter().zip(0_u16..) {
            let column = column.get_ref();
            if column.required {
                required = required.with(at);
            }
            if let Some(when) = &column.required_if {
                let on = self.typed(&when.column, "a code or codes", |kind| {
                    matches!(kind, Kind::Code(_) | Kind::Codes(_))
                });
                let values = self.bits(on, &when.values);
                required_if.push(RequiredIf {
                    column: at,
                    on,
                    values,
                });
            }
        }
        let own = Layout {
            code: String::new(),
            title_zh: raw.title_zh.clone(),
            title_en: raw.title_en.clone(),
            required,
            required_if,
            groups: raw.groups.iter().map(|group| self.group(group)).collect(),
            orders: raw.order.iter().map(|order| self.order(order)).collect(),
        };
        let mut layouts = vec![own];
        for profile in &raw.profile {
            self.findings.code(&profile.code);
            if layouts.iter().any(|l| l.code == *profile.code.get_ref()) {
                self.findings.word(&profile.code, |code| Problem::Twice {
                    what: "profile",
                    code,
                });
            }
            let layout = layouts.first().map(|own| self.profile(profile, own));
            layouts.extend(layout);
        }
        layouts
    }

    fn namings(&mut self, raw: &[RawNaming]) -> Vec<Naming> {
        let mut namings: Vec<Naming> = Vec::new();
        for naming in raw {
            self.findings.code(&naming.code);
            let twice = |what| move |code| Problem::Twice { what, code };
            if namings.iter().any(|n| n.code == *naming.code.get_ref()) {
                self.findings.word(&naming.code, twice("naming"));
            }
            let mut columns: Vec<(String, String)> = Vec::new();
            for pair in &naming.columns {
                let (Some(own), true) = (pair.first(), pair.len() <= 2) else {
                    let at = naming.code.span().start;
                    self.findings.at(at, Problem::Empty("a pair of columns"));
                    continue;
                };
                self.find(own);
                let there = pair.last().unwrap_or(own);
                if columns
                    .iter()
                    .any(|(c, n)| c == own.get_ref() || n == there.get_ref())
                {
                    self.findings.word(there, twice("column of a naming"));
                }
                columns.push((own.get_ref().clone(), there.get_ref().clone()));
            }
            namings.push(Naming {
                code: naming.code.get_ref().clone(),
                title_zh: naming.title_zh.clone(),
                title_en: naming.title_en.clone(),
                columns,
                dates: match naming.dates {
                    RawDates::Dash => DateForm::Dash,
                    RawDates::Slash => DateForm::Slash,
                },
                status: naming.status.clone(),
            });
        }
        namings
    }

    fn profile(&mut self, raw: &RawProfile, own: &Layout) -> Layout {
        let optional = raw.optional.iter().map(|word| self.find(word));
        let optional = optional.fold(Columns::default(), Columns::with);
        let required = raw
            .required
            .iter()
            .fold(own.required.lacking(optional), |all, word| {
                let column = self.find(word);
                if optional.has(column) {
                    let what = "column, as required and as optional,";
                    self.findings
                        .word(word, |code| Problem::Twice { what, code });
                }
                all.with(column)
            });
        let groups: Vec<Vec<u16>> = raw.groups.iter().map(|group| self.group(group)).collect();
        let orders = raw.order.as_ref().map_or_else(
            || own.orders.clone(),
            |orders| orders.iter().map(|order| self.order(order)).collect(),
        );
        let conditions = own
            .required_if
            .iter()
            .filter(|when| !optional.has(when.column));
        Layout {
            code: raw.code.get_ref().clone(),
            title_zh: raw.title_zh.clone(),
            title_en: raw.title_en.clone(),
            required,
            required_if: conditions.cloned().collect(),
            groups: own.groups.iter().cloned().chain(groups).collect(),
            orders,
        }
    }
}
