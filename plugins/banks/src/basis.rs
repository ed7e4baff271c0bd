//! Under what a loan may be shared: a legal basis in writing, and how far.

use credit_sdk::{Reason, Settings};

/// Loans are credit-reporting data: where a route says nothing, they are for authorised queries.
const SCOPE: &str = "2";

/// What the route says of sharing.
#[derive(Clone, Debug)]
pub(crate) struct Basis {
    /// The basis in words.
    pub(crate) text: Option<String>,
    /// 使用范围.
    pub(crate) scope: String,
}

impl Basis {
    pub(crate) fn of(settings: &Settings<'_>) -> Self {
        let text = settings.get("legal_basis").map(str::trim);
        Self {
            text: text.filter(|text| !text.is_empty()).map(str::to_owned),
            scope: settings.get("scope").unwrap_or(SCOPE).to_owned(),
        }
    }
}

/// A natural person's row without a basis. It names neither the person nor the id.
pub(crate) fn missing() -> Reason {
    Reason::new(
        "person_without_basis",
        "自然人的信贷信息须有法定依据或授权方可报送：请在路由的 settings 中设置 legal_basis",
        "a natural person's loan needs a legal basis: set `legal_basis` in the route's settings",
    )
}
