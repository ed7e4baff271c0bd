//! The tax office adapter.
//!
//! | feed | what | layout |
//! |---|---|---|
//! | `rating` | 纳税信用级别名单, the yearly list of tax credit ratings | CSV |
//! | `rating-table` | the same | XLSX, HTML, CSV |
//! | `arrears` | 欠税公告, what taxpayers owe | XLSX, HTML, CSV |
//! | `penalty` | 税务行政处罚, out of the tax system | XLSX, HTML, CSV |
//! | `serious` | 重大税收违法失信主体 | XLSX, HTML, CSV |
//! | `inspection` | 税务稽查结果 | XLSX, HTML, CSV |
//! | `abnormal` | 非正常户认定 | XLSX, HTML, CSV |
//!
//! What must stay true: ids are passed on as they stand, and only the judge says what they are; a
//! taxpayer whose number holds a personal id goes to a directory of natural persons.

mod abnormal;
mod arrears;
mod inspection;
mod notice;
mod office;
mod penalty;
mod rating;
mod serious;
mod taxpayer;
mod totals;

use credit_sdk::tables::{Rows, Tables};

pub use abnormal::Abnormal;
pub use arrears::Arrears;
pub use inspection::Inspection;
pub use penalty::Penalty;
pub use rating::Rating;
pub use serious::Serious;

credit_sdk::feeds! {
    /// The adapter.
    pub struct Tax {
        "rating" => Rating,
        "rating-table" => Tables<Rows<Rating>>,
        "arrears" => Tables<Arrears>,
        "penalty" => Tables<Penalty>,
        "serious" => Tables<Serious>,
        "inspection" => Tables<Inspection>,
        "abnormal" => Tables<Abnormal>,
    }
}

credit_sdk::export_adapter!(Tax);

#[cfg(test)]
mod tests;
