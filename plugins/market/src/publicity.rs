//! What the feeds of 双公示 have in common: states, units, and where the next pull goes on.

use credit_sdk::body::Reading;
use credit_sdk::directory::codes::{PENALTY_KIND, PERSON_KIND};
use credit_sdk::money::in_yuan;
use credit_sdk::text::half_width;
use credit_sdk::{Columns, Fault, Moment, Money, Operation, Reason, Row, Settings, Unit, When};

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

/// Words of a remark that say that the decision stands in another's place.
const CORRECTS: [&str; 8] = [
    "更正",
    "纠正",
    "替代",
    "代替",
    "取代",
    "变更",
    "重新作出",
    "撤销",
];

/// Why a decision with a number of its own goes to a person, where its remark says that it corrects
/// one with another number: that record is not found by this one's key, and would go on standing.
/// A withdrawal names the decision that ordered it.
pub(crate) fn corrects_another(
    operation: Option<&Operation>,
    number: Option<&str>,
    remark: Option<&str>,
) -> Option<Reason> {
    let remark = remark.filter(|remark| CORRECTS.iter().any(|word| remark.contains(word)))?;
    if operation == Some(&Operation::Withdraw) {
        return None;
    }
    let (own, remark) = (one_form(number.unwrap_or_default()), one_form(remark));
    let others = if own.is_empty() {
        remark
    } else {
        remark.replace(&own, "")
    };
    names_decision(&others).then(|| {
        Reason::new(
            "correction_unlinked",
            "备注称本决定更正或替代另一文号的决定，无法自动关联：请核对原决定是否应撤销或更新",
            "the remark says that this decision corrects one with another number, which cannot be \
             linked: see whether that one is to be withdrawn",
        )
    })
}

/// Half width, without blanks, with one kind of brackets: numbers are typed with several.
fn one_form(text: &str) -> String {
    let opening = ['[', '〔', '【', '〖', '﹝'];
    let closing = [']', '〕', '】', '〗', '﹞'];
    half_width(text).replace(opening, "(").replace(closing, ")")
}

/// The text holds the number of a decision: `(2018)1号`.
fn names_decision(text: &str) -> bool {
    text.match_indices('(').any(|(at, _)| {
        let behind = text.get(at + 1..).unwrap_or_default();
        let Some((year, number)) = behind.split_once(')') else {
            return false;
        };
        let year = year.len() == 4 && year.bytes().all(|byte| byte.is_ascii_digit());
        let number = number.split('号').next().filter(|n| n.len() < number.len());
        let digits = |n: &str| {
            let n = n.trim_start_matches(['第', '字']);
            !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit() || b == b'-')
        };
        year && number.is_some_and(digits)
    })
}

/// Why a fine without an amount is doubted, where the text of the penalty names one: a person may
/// take it from there, nobody else.
pub(crate) fn fine_in_text(kinds: Option<&str>, penalty: Option<&str>) -> Option<Reason> {
    let mut kinds = PENALTY_KIND.split(kinds?);
    let penalty = penalty.filter(|_| kinds.any(|kind| kind == "罚款"))?;
    let behind = penalty.split_once("罚款").map_or("", |(_, behind)| behind);
    let clause = behind.split(['，', '。', '；', ';', '、']).next();
    let amount = clause
        .and_then(Money::in_text)
        .or_else(|| Money::in_text(penalty))?;
    let yuan = in_yuan(amount);
    Some(Reason::new(
        "amount_missing",
        format!("罚款金额为空；处罚内容中写有的似为{yuan}元：请核对后填写"),
        format!("the fine has no amount; the penalty speaks of {yuan} yuan, perhaps: check it"),
    ))
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
