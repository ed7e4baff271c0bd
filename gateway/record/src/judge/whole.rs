//! What a draft must be as a whole: complete, in order, published no longer than the rules allow.

use super::{
    sheet::{Sheet, Slot},
    why::Why,
};
use crate::{
    days,
    directory::{Directory, KeyPart, Kind, Layout},
    flow::Operation,
    id::Repairs,
    rules::PublicityRules,
};

impl Sheet<'_> {
    /// Checks the draft as a whole. A withdrawal only has to name its record.
    pub(super) fn whole(
        &mut self,
        (directory, layout): (&Directory, &Layout),
        operation: Operation,
        rules: &PublicityRules,
    ) {
        self.key_parts(directory);
        if operation != Operation::Withdraw {
            self.required(directory, layout);
            self.orders(directory, layout);
            self.publicity(directory, rules);
        }
        self.persons(directory);
    }

    fn note(&mut self, directory: &Directory, column: u16, why: Why<'_>) {
        let column = directory.columns().get(usize::from(column));
        self.reasons.push(why.reason(column));
    }

    fn key_parts(&mut self, directory: &Directory) {
        for part in directory.key.iter().filter(|part| !part.optional) {
            match *part.alternatives.as_slice() {
                [column] => {
                    if !self.given.has(column) {
                        self.note(directory, column, Why::RequiredMissing);
                    }
                }
                ref several => self.group(directory, several),
            }
        }
    }

    /// At least one of some columns must be given.
    fn group(&mut self, directory: &Directory, group: &[u16]) {
        if group.iter().any(|column| self.given.has(*column)) {
            return;
        }
        let columns = || {
            group
                .iter()
                .filter_map(|at| directory.columns().get(usize::from(*at)))
        };
        let zh: Vec<&str> = columns().map(|c| c.title_zh.as_str()).collect();
        let en: Vec<&str> = columns().map(|c| c.code.as_str()).collect();
        let (zh, en) = (zh.join("、"), en.join(", "));
        let field = columns().next();
        self.reasons
            .push(Why::RequiredGroup { zh: &zh, en: &en }.reason(field));
    }

    fn required(&mut self, directory: &Directory, layout: &Layout) {
        for column in layout.required.lacking(self.given).iter() {
            // Parts of the key have been looked for already.
            let alone = |part: &KeyPart| !part.optional && part.alternatives.as_slice() == [column];
            if !directory.key.iter().any(alone) {
                self.note(directory, column, Why::RequiredMissing);
            }
        }
        for when in &layout.required_if {
            let bits = self
                .good(when.on)
                .map_or(0, |slot| slot.value.cast_unsigned());
            let on = directory.columns().get(usize::from(when.on));
            let Some(on) = on.filter(|_| bits & when.values != 0) else {
                continue;
            };
            if !self.given.has(when.column) {
                let is_amount = directory
                    .columns()
                    .get(usize::from(when.column))
                    .is_some_and(|c| matches!(c.kind, Kind::Amount { .. }));
                let why = if is_amount {
                    Why::AmountMissing { on }
                } else {
                    Why::RequiredWhen { on }
                };
                self.note(directory, when.column, why);
            }
        }
        for group in &layout.groups {
            self.group(directory, group);
        }
    }

    fn orders(&mut self, directory: &Directory, layout: &Layout) {
        for order in &layout.orders {
            let Some((later, earlier)) = self
                .second(directory, order.column)
                .zip(self.second(directory, order.than))
            else {
                continue;
            };
            let fits = if order.strict {
                later > earlier
            } else {
                later >= earlier
            };
            let than = directory.columns().get(usize::from(order.than));
            if let Some(than) = than.filter(|_| !fits) {
                let why = Why::Order {
                    than,
                    strict: order.strict,
                };
                self.note(directory, order.column, why);
            }
        }
    }

    /// A date or a time in seconds.
    fn second(&self, directory: &Directory, at: u16) -> Option<i64> {
        let slot = self.good(at)?;
        match directory.columns().get(usize::from(at))?.kind {
            Kind::Date { .. } => Some(days::midnight(i32::try_from(slot.value).ok()?)),
            _ => Some(slot.value),
        }
    }

    fn publicity(&mut self, directory: &Directory, rules: &PublicityRules) {
        let Some(publicity) = directory.publicity else {
            return;
        };
        let day = |at| {
            self.good(at)
                .and_then(|slot| i32::try_from(slot.value).ok())
        };
        let Some(decided) = day(publicity.decided) else {
            return;
        };
        let grade = publicity.grade.and_then(|at| self.good(at));
        let grade = grade.map(|slot| &*slot.text);
        let Some(until) = day(publicity.until) else {
            if let Some(last) = rules.settled_last_day(decided, grade) {
                self.publish_until(publicity.until, last);
            }
            return;
        };
        if let Some((rule, last)) = rules.last_day(decided, grade).filter(|(_, l)| until > *l) {
            let last = days::day_text(last);
            let (zh, en) = (&rule.title_zh, &rule.title_en);
            self.note(
                directory,
                publicity.until,
                Why::PublicityTooLong {
                    zh,
                    en,
                    last: &last,
                },
            );
        }
    }

    /// The end of publication that the rules settle, where the source says nothing of it.
    fn publish_until(&mut self, column: u16, last: i32) {
        let slot = self.slots.get_mut(usize::from(column));
        let Some(slot) = slot.filter(|_| !self.given.has(column)) else {
            return;
        };
        *slot = Slot {
            text: days::day_text(last).into(),
            number: false,
            value: last.into(),
        };
        self.given = self.given.with(column);
        self.good = self.good.with(column);
        self.repairs |= Repairs::PUBLISHED_UNTIL;
        self.rewrite = true;
    }

    fn persons(&mut self, directory: &Directory) {
        let marked = directory.person_if.iter().any(|mark| {
            self.given(mark.column).is_some_and(|text| {
                let any = mark.values.is_empty() && mark.starts.is_empty();
                any || mark.values.iter().any(|v| v == text)
                    || mark.starts.iter().any(|s| text.starts_with(s.as_str()))
            })
        });
        self.person |= marked;
    }
}
