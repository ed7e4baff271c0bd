//! What fails at present: the deliveries that are tried again, for whoever asks why rows wait.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::outcome::Failure;

/// A delivery that failed and is tried again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failing {
    /// When it failed first, in Unix milliseconds.
    pub since_ms: i64,
    /// How often it failed since.
    pub attempts: u32,
    /// Why it failed last.
    pub why: Failure,
}

/// Those of one target, by route.
#[derive(Debug, Default)]
pub(crate) struct Failings {
    routes: Mutex<BTreeMap<String, Failing>>,
}

impl Failings {
    pub(crate) fn all(&self) -> BTreeMap<String, Failing> {
        self.routes().clone()
    }

    pub(crate) fn failed(&self, route: &str, now_ms: i64, why: &Failure) {
        let mut routes = self.routes();
        let since = routes.get(route).map(|f| (f.since_ms, f.attempts));
        let (since_ms, attempts) = since.unwrap_or((now_ms, 0));
        let failing = Failing {
            since_ms,
            attempts: attempts.saturating_add(1),
            why: why.clone(),
        };
        routes.insert(route.to_owned(), failing);
    }

    pub(crate) fn over(&self, route: &str) {
        self.routes().remove(route);
    }

    /// It is over at the latest when what this gives is dropped.
    pub(crate) fn until_over<'f>(&'f self, route: &'f str) -> Over<'f> {
        Over {
            failings: self,
            route,
        }
    }

    fn routes(&self) -> MutexGuard<'_, BTreeMap<String, Failing>> {
        self.routes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// See [`Failings::until_over`].
pub(crate) struct Over<'f> {
    failings: &'f Failings,
    route: &'f str,
}

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.failings.over(self.route);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_counts_from_its_first_attempt_until_it_is_over() {
        let failings = Failings::default();
        let why = |text: &str| Failure::new("timeout", text.to_owned());
        let over = failings.until_over("tax");
        failings.failed("tax", 5, &why("first"));
        failings.failed("tax", 9, &why("second"));
        let failing = failings.all().remove("tax").unwrap();
        assert_eq!((failing.since_ms, failing.attempts), (5, 2));
        assert_eq!(failing.why.text, "second");
        drop(over);
        assert!(failings.all().is_empty());
    }
}
