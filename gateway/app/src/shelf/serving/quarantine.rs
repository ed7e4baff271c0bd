//! A version that fails again and again translates nothing more.

use super::{Ready, Serving};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::shelf::Who;
use credit_config::RoutePlan;

impl Serving {
    /// The version that serves `route` is broken: it is put into quarantine, and as the operator
    /// wants it the version before serves. What came of it, as the failure of the run.
    pub(crate) fn broken(&self, route: &RoutePlan, ready: &Ready, why: &str) -> Failure {
        let id = ready.adapter.id();
        let (name, version) = (&id.name, &id.version);
        let message = format!("adapter {name} {version}: {why}");
        let stays = "the feed stays where it is";
        if self.shelves.folder.is_none() {
            let remedy = format!("{stays}: correct the adapter, install it, and start again");
            return Failure::new(Exit::Waiting, message).remedy(remedy);
        }
        let who = Who::gateway(why);
        match self
            .shelves
            .put_aside((name, version), self.quarantine.then, &who)
        {
            Ok(alarm) => {
                tracing::error!(
                    adapter = name,
                    version,
                    route = route.name,
                    alarm,
                    "quarantine"
                );
                self.refresh(name);
                let remedy = format!(
                    "{stays}: promote a corrected version (gateway adapter promote \
                     {name}@VERSION), or let this one try again (gateway adapter release \
                     {name}@{version})"
                );
                Failure::new(Exit::Waiting, format!("{message}; {alarm}")).remedy(remedy)
            }
            Err(failure) => {
                tracing::error!(adapter = name, version, %failure, "no quarantine is written");
                Failure::new(Exit::Waiting, message).remedy(format!("{stays}: see the log"))
            }
        }
    }

    /// `ready` was put into quarantine, and another version serves `route` now.
    pub(crate) fn replaced(&self, route: &RoutePlan, ready: &Ready) -> bool {
        let id = ready.adapter.id();
        let Some(post) = self.posts.get(&route.adapter) else {
            return false;
        };
        let now = post.now();
        let aside = now.standing.quarantined(&id.version).is_some();
        aside && now.ready(&route.name).is_ok_and(|r| r.adapter.id() != id)
    }
}
