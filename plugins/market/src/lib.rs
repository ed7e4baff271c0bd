//! The market supervision adapter.
//!
//! | feed | what | layout |
//! |---|---|---|
//! | `penalty`, `licence` | 双公示 行政处罚, 行政许可 | CSV of both generations, and the published table |
//! | `penalty-xml`, `penalty-json` | 行政处罚 out of an enforcement system | XML, JSON |
//! | `registration` | 登记注册信息 | CSV |
//! | `abnormal`, `serious` | 经营异常名录, 严重违法失信名单 | CSV |
//!
//! What must stay true: a column that says something the directory has no place for is not bent
//! to fit; a unit that nobody names is not guessed; a state that only a person can judge is
//! doubted.

mod capital;
mod cases;
mod cells;
mod columns;
mod ids;
mod licence;
mod lists;
mod penalty;
mod publicity;
mod registration;

use credit_sdk::json_rows::Json;
use credit_sdk::xml_rows::Xml;

pub use cases::Cases;
pub use licence::Licence;
pub use lists::{Abnormal, Serious};
pub use penalty::Penalty;
pub use registration::Registration;

credit_sdk::feeds! {
    /// The adapter.
    pub struct Market {
        "penalty" => Penalty,
        "penalty-xml" => Xml<Cases>,
        "penalty-json" => Json<Cases>,
        "licence" => Licence,
        "registration" => Registration,
        "abnormal" => Abnormal,
        "serious" => Serious,
    }
}

credit_sdk::export_adapter!(Market);

#[cfg(test)]
mod tests;
