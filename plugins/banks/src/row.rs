//! A row of the guarantee file in its types.

use std::borrow::Cow;

use credit_sdk::body::Reading;
use credit_sdk::{Money, Unit, When, text};

/// A row of the file.
pub(crate) struct GuaranteeRow<'r> {
    pub(crate) sequence: &'r str,
    pub(crate) id: &'r str,
    pub(crate) name: Option<&'r str>,
    pub(crate) contract: Option<&'r str>,
    pub(crate) note: Option<&'r str>,
    pub(crate) guarantee_kind: Option<&'r str>,
    pub(crate) granted: Reading<'r, Option<Money>>,
    pub(crate) balance: Reading<'r, Option<Money>>,
    pub(crate) class: Option<&'r str>,
    pub(crate) from: Reading<'r, When>,
    pub(crate) to: Reading<'r, When>,
    pub(crate) overdue: Reading<'r, Option<Money>>,
    pub(crate) overdue_periods: Option<Cow<'r, str>>,
}

impl<'r> GuaranteeRow<'r> {
    /// The row in these fields, amounts counted in `unit`; `None` where there are more or less.
    pub(crate) fn of(fields: &'r [Cow<'r, str>], unit: Unit) -> Option<Self> {
        let [
            _kind,
            sequence,
            id,
            name,
            contract,
            note,
            guarantee_kind,
            granted,
            balance,
            class,
            from,
            to,
            overdue,
            overdue_periods,
        ] = fields
        else {
            return None;
        };
        let value = |field: &'r Cow<'r, str>| Some(&**field).filter(|f| !text::is_unknown(f));
        let money = |field: &'r Cow<'r, str>| Reading::new(field, Money::parse(field, unit));
        Some(Self {
            sequence,
            id,
            name: value(name),
            contract: value(contract),
            note: value(note),
            guarantee_kind: value(guarantee_kind),
            granted: money(granted),
            balance: money(balance),
            class: value(class),
            from: day(from),
            to: day(to),
            overdue: money(overdue),
            overdue_periods: value(overdue_periods).map(without_zeros),
        })
    }
}

/// 99991231 says that there is none.
pub(crate) fn day(raw: &str) -> Reading<'_, When> {
    let value = When::<credit_sdk::Date>::parse(raw).map(|when| match when {
        When::NoEnd => When::Unknown,
        when => when,
    });
    Reading::new(raw, value)
}

/// A number of periods without the zeros that pad it.
fn without_zeros(number: &str) -> Cow<'_, str> {
    match number.parse::<u32>() {
        Ok(number) => Cow::Owned(number.to_string()),
        Err(_) => Cow::Borrowed(number),
    }
}
