//! The outbound loop of one route and one target: queue → deliver → receipt.
//!
//! What must stay true: parcels go in the order of the queue, one at a time, so that versions of
//! a record arrive in order; a parcel leaves the queue on its receipt and on nothing else; a
//! target that is down or stopped holds up nobody else.

use crate::house::House;
use crate::stop::Stop;
use credit_deliver::Ending;
use credit_queue::{Note, NoteKind};
use std::sync::Arc;
use std::time::Duration;

/// A target that stopped is asked again after so long: a token may have been renewed, a table
/// created. A restart asks at once.
const STOPPED_RETRY: Duration = Duration::from_secs(15 * 60);
/// A disk that failed is asked again after so long.
const SETTLE_RETRY: Duration = Duration::from_secs(5);

/// Delivers what `route` has for `target` until told to stop.
pub(crate) async fn deliver(house: Arc<House>, route: String, target: String, stop: Stop) {
    let Some(courier) = house.couriers.get(&target).map(Arc::clone) else {
        tracing::error!(route, target, "there is no courier");
        return;
    };
    while !stop.is_set() {
        let ready = house.queue.ready(&route, &target);
        let next = match house.queue.next(&route, &target) {
            Ok(next) => next,
            Err(error) => {
                tracing::error!(route, target, %error, "the queue cannot be read");
                pause(SETTLE_RETRY, &stop).await;
                continue;
            }
        };
        let Some(parcel) = next else {
            tokio::select! {
                () = ready.wait() => {}
                () = stop.wait() => {}
            }
            continue;
        };
        match courier.deliver_until_settled(&parcel, stop.wait()).await {
            Ending::Interrupted => return,
            Ending::Settled(receipt) => {
                while let Err(error) = house.queue.settle(&parcel.id, &receipt) {
                    // Nothing is lost: the same parcel with the same key goes out again.
                    tracing::error!(route, target, %error, "the receipt cannot be stored");
                    if !error.retryable() || !pause(SETTLE_RETRY, &stop).await {
                        return;
                    }
                }
                house.went_on(&route, &target);
            }
            Ending::Stopped(why) => {
                tracing::error!(route, target, code = why.code, %why, "deliveries stopped");
                house.stopped(&route, &target, why);
                pause(STOPPED_RETRY, &stop).await;
            }
        }
    }
}

/// Waits, unless told to stop before.
async fn pause(time: Duration, stop: &Stop) -> bool {
    tokio::select! {
        () = tokio::time::sleep(time) => true,
        () = stop.wait() => false,
    }
}
