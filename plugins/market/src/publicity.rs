//! What the feeds of 双公示 have in common: states, units, and where the next pull goes on.

use credit_sdk::body::Reading;
use credit_sdk::directory::codes::PERSON_KIND;
use credit_sdk::{Columns, Fault, Moment, Operation, Reason, Row, Settings, Unit, When};

/// The columns of generation 1 that show what kind of party a row is about.
pub(crate) struct PartyIds<C> {
    /// An id of a person, the party's own or its representative's.
    pub(crate) any_person: C,
    /// Ids that only an organisation has, and who represents it.
    pub(crate) of_organisation: [C; 5],
}

/// Whether the party is a natural person. Generation 2 names its kind. Generation 1, for which
/// there are `ids`, does not: a natural person has an id of its own, none of an organisation, and
/// nobody who represents it.
pub(crate) fn is_person<C: Columns>(row: &Row<'_, C>, kind: C, ids: Option<&PartyIds<C>>) -> bool {
    if let Some(kind) = row.get(kind) {
        return PERSON_KIND.contains(kind);
    }
    ids.is_some_and(|ids| {
        row.get(ids.any_person).is_some()
            && ids
                .of_organisation
                .iter()
                .all(|column| row.get(*column).is_none())
    })
}

/// What the state of generation 1 says is to become of the record.
pub(crate) fn generation_1_state(state: Option<&str>) -> Result<Operation, Reason> {
    match state {
        None | Some("0" | "正常") => Ok(Operation::Insert),
        Some("1" | "撤销") => Ok(Operation::Withdraw),
        Some("2" | "异议") => Ok(Operation::Hold),
        Some("3" | "其他") => Err(Reason::new(
            "status_other",
            "当前状态为“其他”，需人工判断",
            "the state is \"other\": a person must decide",
        )),
        Some(_) => Err(Reason::new(
            "status_unknown",
            "当前状态不是 0、1、2、3 之一",
            "the state is none of 0, 1, 2, 3",
        )),
    }
}

/// The unit of amounts whose column does not name it. Guessing would be wrong by ten thousand.
pub(crate) fn unit_of_amounts(settings: &Settings<'_>) -> Result<Unit, Fault> {
    match settings.get("amount_unit") {
        Some("万元") => Ok(Unit::WanYuan),
        Some("元") => Ok(Unit::Yuan),
        _ => Err(Fault::new(
            "unit_unknown",
            "数据未写明金额单位：请在路由的 settings 中设置 amount_unit（万元 或 元）",
            "the feed names no unit of amounts: set `amount_unit` in the route's settings",
        )),
    }
}

/// Keeps the later of two times of change, in ISO form.
pub(crate) fn keep_later(latest: &mut String, changed: &Reading<'_, When<Moment>>) {
    if let Some(When::On(moment)) = changed.value() {
        let moment = moment.to_string();
        if moment > *latest {
            *latest = moment;
        }
    }
}
