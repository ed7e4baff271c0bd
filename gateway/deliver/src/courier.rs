//! The courier of one target: the way to it, and when and how often that way is gone.

use std::collections::BTreeMap;
use std::sync::Arc;

use credit_record::flow::{Parcel, Receipt};

use crate::backoff::Backoff;
use crate::connection::TargetError;
use crate::exchange::Exchange;
use crate::failing::{Failing, Failings};
use crate::gate::Gate;
use crate::outcome::Outcome;
use crate::pace::Pace;
use crate::push::Push;
use crate::request::Form;
use crate::settle::{self, Carrier, Ending};
use crate::tables::Tables;
use crate::target::{Target, Way, World};

/// Delivers to one target; shared by all routes that deliver there.
pub struct Courier {
    name: String,
    road: Road,
    backoff: Backoff,
    gate: Gate,
    pace: Pace,
    failing: Failings,
    world: World,
}

/// A way made ready to be gone.
enum Road {
    Push(Box<Push>),
    Exchange(Box<Exchange>),
    Tables(Box<Tables>),
}

impl Courier {
    /// A courier for `target`; nothing is sent yet.
    ///
    /// # Errors
    /// If an address, the certificates or TLS cannot be used.
    pub fn new(target: Target, world: World) -> Result<Self, TargetError> {
        let form = Arc::new(Form::new(&target));
        let road = match target.way {
            Way::Push(push) => Road::Push(Box::new(Push::new(&target.name, *push, form, world)?)),
            Way::Exchange(exchange) => {
                Road::Exchange(Box::new(Exchange::new(*exchange, form, world)))
            }
            Way::Sql(sql) => {
                let told = target.fields.iter().filter(|(_, f)| f.status.is_some());
                let told = told.map(|(directory, _)| directory.clone()).collect();
                Road::Tables(Box::new(Tables::new(*sql, told, form, world)))
            }
        };
        Ok(Self {
            road,
            gate: Gate::new(target.name.clone(), target.breaker),
            pace: Pace::new(target.pacing),
            failing: Failings::default(),
            name: target.name,
            backoff: target.backoff,
            world,
        })
    }

    /// The target's name.
    #[must_use]
    pub fn target(&self) -> &str {
        &self.name
    }

    /// When the target's hours begin again, in Unix milliseconds; nothing where it is open now.
    #[must_use]
    pub fn closed_until_ms(&self) -> Option<i64> {
        self.pace.closed_until_ms((self.world.now_ms)())
    }

    /// The routes whose parcels fail at present, each with what is known of that.
    #[must_use]
    pub fn failing(&self) -> BTreeMap<String, Failing> {
        self.failing.all()
    }

    /// Sends `parcel` once.
    pub async fn deliver(&self, parcel: &Parcel) -> Outcome {
        match &self.road {
            Road::Push(push) => push.deliver(parcel).await,
            Road::Exchange(exchange) => exchange.deliver(parcel).await,
            Road::Tables(tables) => tables.deliver(parcel).await,
        }
    }

    /// Sends `parcel` until it is settled or cannot be, or until `stop` is ready. A request that
    /// is under way then gets a moment to end; if it does not, the same request with the same key
    /// is made after the restart.
    pub async fn deliver_until_settled(
        &self,
        parcel: &Parcel,
        stop: impl Future<Output = ()> + Send,
    ) -> Ending {
        // Nothing to send, so nothing to wait for either.
        match self.refused(parcel) {
            Some(receipt) => Ending::Settled(receipt),
            None => settle::until_settled(self, self.rules(), parcel, stop).await,
        }
    }

    fn rules(&self) -> settle::Rules<'_> {
        settle::Rules {
            gate: &self.gate,
            pace: &self.pace,
            backoff: &self.backoff,
            failing: &self.failing,
            world: self.world,
        }
    }

    /// The end of a parcel that the target takes none of its kind of.
    fn refused(&self, parcel: &Parcel) -> Option<Receipt> {
        match &self.road {
            Road::Push(push) => push.refused(parcel),
            Road::Exchange(exchange) => exchange.refused(parcel),
            Road::Tables(tables) => tables.refused(parcel),
        }
    }
}

impl Carrier for Courier {
    fn attempt(&self, parcel: &Parcel) -> impl Future<Output = Outcome> + Send {
        self.deliver(parcel)
    }
}
