//! Who is on duty.

use super::Serving;
use std::sync::{Arc, PoisonError, RwLock};

/// What serves now: replaced as a whole when the configuration changes.
pub(crate) struct Duty(RwLock<Arc<Serving>>);

impl Duty {
    /// `serving` is on duty.
    pub(crate) fn new(serving: Arc<Serving>) -> Self {
        Self(RwLock::new(serving))
    }

    /// Who is on duty.
    pub(crate) fn serving(&self) -> Arc<Serving> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// From now on `serving` is.
    pub(crate) fn replace(&self, serving: Arc<Serving>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = serving;
    }
}
