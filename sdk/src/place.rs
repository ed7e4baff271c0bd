//! What is a rule of one place only, as its route sets it: names of columns, words for "no value",
//! values that mean others. Every feed of named columns has these settings.
//!
//! ```text
//! columns  = "theirs=ours; theirs=ours"                  what the place calls a column
//! no_value = "未填报; 9999"                              what it writes where there is nothing
//! values   = "column:theirs=ours; column:theirs=ours"    its own codes
//! ```
//!
//! What must stay true: a setting that cannot be read is a fault that says so; one that is not
//! given changes nothing.

use crate::adapter::{Fault, Settings};
use crate::text;

/// The rules of one place.
#[derive(Clone, Debug, Default)]
pub(crate) struct Place<'s> {
    columns: Vec<(&'s str, &'s str)>,
    pub(crate) no_value: Vec<&'s str>,
    /// Column, theirs, ours.
    pub(crate) values: Vec<(&'s str, &'s str, &'s str)>,
}

impl<'s> Place<'s> {
    /// The rules that a route sets.
    ///
    /// # Errors
    ///
    /// `setting_wrong`, where one is not of its form.
    pub(crate) fn of(settings: &Settings<'s>) -> Result<Self, Fault> {
        let columns = entries(settings, "columns")
            .map(|entry| pair(entry).ok_or_else(|| wrong("columns", entry)));
        let values = entries(settings, "values").map(|entry| {
            let parted = entry.split_once([':', '：']);
            let parted = parted.and_then(|(column, rest)| {
                let (theirs, ours) = pair(rest)?;
                Some((column, theirs, ours))
            });
            parted.ok_or_else(|| wrong("values", entry))
        });
        Ok(Self {
            columns: columns.collect::<Result<_, _>>()?,
            no_value: entries(settings, "no_value").collect(),
            values: values.collect::<Result<_, _>>()?,
        })
    }

    /// The names of the data's fields, those that the place has of its own replaced.
    pub(crate) fn names<'n>(&'n self, names: &[&'n str]) -> Vec<&'n str> {
        let mut names = names.to_vec();
        for (theirs, ours) in &self.columns {
            let theirs = text::half_width(theirs);
            for name in &mut names {
                if text::half_width(text::trim(name)).eq_ignore_ascii_case(&theirs) {
                    *name = ours;
                }
            }
        }
        names
    }
}

/// The entries of a setting, without blanks around them.
fn entries<'s>(settings: &Settings<'s>, name: &str) -> impl Iterator<Item = &'s str> + use<'s> {
    let entries = settings.get(name).unwrap_or_default().split([';', '；']);
    entries.map(text::trim).filter(|entry| !entry.is_empty())
}

/// `theirs=ours`.
fn pair(entry: &str) -> Option<(&str, &str)> {
    let (theirs, ours) = entry.split_once('=')?;
    let pair = (text::trim(theirs), text::trim(ours));
    (!pair.0.is_empty() && !pair.1.is_empty()).then_some(pair)
}

fn wrong(setting: &str, entry: &str) -> Fault {
    let form = match setting {
        "columns" => "本地列名=标准列名",
        _ => "列名:本地值=标准值",
    };
    Fault::new(
        "setting_wrong",
        format!("路由 settings 中 {setting} 的“{entry}”应写作“{form}”，多项以“;”分隔"),
        format!("`{entry}` in the setting `{setting}` must have the form `{form}`, joined by `;`"),
    )
}

#[cfg(test)]
mod tests {
    use super::Place;
    use crate::adapter::Settings;

    fn place<'s>(pairs: &[(&'s str, &'s str)]) -> Result<Place<'s>, String> {
        let settings: Settings<'s> = pairs.iter().copied().collect();
        Place::of(&settings).map_err(|fault| fault.code.into_owned())
    }

    #[test]
    fn what_the_place_calls_a_column_is_replaced() {
        let rules = "punish_code= CF_WSH；处罚 金额 = 罚款金额（万元）;";
        let place = place(&[("columns", rules)]).unwrap();
        let names = place.names(&["x", "PUNISH_CODE ", "处罚金额"]);
        assert_eq!(names, ["x", "CF_WSH", "罚款金额（万元）"]);
        assert_eq!(Place::default().names(&["a"]), ["a"]);
    }

    #[test]
    fn a_setting_that_cannot_be_read_is_a_fault() {
        for (name, value) in [
            ("columns", "CF_WSH"),
            ("columns", "=CF_WSH"),
            ("values", "1=罚款"),
            ("values", "处罚种类:1"),
            ("values", "处罚种类:1="),
        ] {
            let code = place(&[(name, value)]).map(|_| ());
            assert_eq!(code, Err("setting_wrong".to_owned()), "{name} = {value}");
        }
    }
}
