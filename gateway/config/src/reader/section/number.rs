//! Numbers in a table, held against their limits.

use super::Section;
use crate::limits::Limit;
use crate::reader::desk::{Desk, Trouble};
use crate::text::shorten;
use toml::de::{DeInteger, DeValue};

impl Section<'_> {
    /// A number within its limits; its default where it is not given.
    pub(crate) fn number(&mut self, desk: &mut Desk<'_>, limit: &Limit) -> u64 {
        self.number_capped(desk, limit, limit.default, limit.most, "")
    }

    /// A number within its limits and below `most`, which is so because of `why`.
    pub(crate) fn number_capped(
        &mut self,
        desk: &mut Desk<'_>,
        limit: &Limit,
        default: u64,
        most: u64,
        why: &str,
    ) -> u64 {
        let key = limit.name();
        let Some(value) = self.get(desk, key) else {
            return default;
        };
        let DeValue::Integer(number) = value.get_ref() else {
            let unit = limit.unit();
            let of = if unit.is_empty() {
                String::new()
            } else {
                format!(" of {unit}")
            };
            let wanted = format!("a whole number{of}, as in {key} = {default}");
            self.wrong_type(desk, key, value, &wanted);
            return default;
        };
        match integer(number).and_then(|n| u64::try_from(n).ok()) {
            Some(number) if (limit.least..=most).contains(&number) => number,
            _ => {
                let spot = self.at(value);
                let message = format!("{key} = {} is out of range", shorten(desk.written(&spot)));
                let (least, unit) = (limit.least, limit.unit());
                let space = if unit.is_empty() { "" } else { " " };
                let help = format!("it must be from {least} to {most}{space}{unit}{why}");
                desk.report(&spot, Trouble::error("out_of_range", message, help));
                default
            }
        }
    }
}

/// The value of a whole number, where it fits.
pub(crate) fn integer(number: &DeInteger<'_>) -> Option<i64> {
    i64::from_str_radix(number.as_str(), number.radix()).ok()
}
