//! The courts adapter: the list of dishonest judgment debtors (失信被执行人), in three carriers.
//!
//! What becomes of a row is one thing (`dishonest`), whatever carried it: JSON Lines as the Supreme
//! Court's site has them (`dishonest-json`), a court's table (`dishonest-table`), and the file for
//! bulk transfer (`dishonest-bulk`). What must stay true: a row about a natural person never goes
//! to the directory of organisations; a party of which that cannot be told is nobody's.

mod bulk;
mod case_number;
mod columns;
mod dishonest;
mod party;

use credit_sdk::json_rows::Json;
use credit_sdk::line_rows::Lines;

pub use bulk::Bulk;
pub use columns::Column;
pub use dishonest::Dishonest;

credit_sdk::feeds! {
    /// The adapter.
    pub struct Courts {
        "dishonest-json" => Json<Dishonest>,
        "dishonest-table" => Dishonest,
        "dishonest-bulk" => Lines<Bulk, Dishonest>,
    }
}

credit_sdk::export_adapter!(Courts);

#[cfg(test)]
mod tests;
