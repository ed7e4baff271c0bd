//! The outbound loop of one route and one target: queue → deliver → receipt.
//!
//! What must stay true: parcels go in the order of the queue, one at a time, so that versions of
//! a record arrive in order; a parcel leaves the queue on its receipt and on nothing else; a
//! target that is down or stopped holds up nobody else, and neither does a slow disk.

use crate::house::House;
use crate::stop::Stop;
use credit_deliver::Ending;
use credit_queue::Note;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use tokio::task::block_in_place;

/// A target that stopped is asked again after so long: a token may have been renewed, a table
/// created. A restart asks at once.
const STOPPED_RETRY: Duration = Duration::from_secs(15 * 60);
/// A disk that failed is asked again after so long.
const SETTLE_RETRY: Duration = Duration::from_secs(5);

/// Delivers what `route` has for `target` until told to stop.
pub(crate) async fn deliver(house: Arc<House>, route: String, target: String, stop: Stop) {
    let bell = Arc::new(Notify::new());
    let ring = Arc::clone(&bell);
    house
        .queue
        .watch(&route, &target, Arc::new(move || ring.notify_one()));
    let mut stopped = is_stopped(&house, &route, &target);
    while !stop.is_set() {
        let next = match block_in_place(|| house.queue.next(&route, &target)) {
            Ok(next) => next,
            Err(error) => {
                tracing::error!(route, target, %error, "the queue cannot be read");
                pause(SETTLE_RETRY, &stop).await;
                continue;
            }
        };
        let Some(parcel) = next else {
            tokio::select! {
                () = bell.notified() => {}
                () = stop.wait() => {}
            }
            continue;
        };
        let Some(courier) = house.live().couriers.get(&target).map(Arc::clone) else {
            tracing::error!(route, target, "there is no such target any more");
            return;
        };
        match courier.deliver_until_settled(&parcel, stop.wait()).await {
            Ending::Interrupted => return,
            Ending::Settled(receipt) => {
                while let Err(error) = block_in_place(|| house.queue.settle(&parcel.id, &receipt)) {
                    // Nothing is lost: the same parcel with the same key goes out again.
                    tracing::error!(route, target, %error, "the receipt cannot be stored");
                    if !error.can_retry() || !pause(SETTLE_RETRY, &stop).await {
                        return;
                    }
                }
                if std::mem::take(&mut stopped) {
                    let (route, target) = (route.clone(), target.clone());
                    house.note(Note::TargetGoesOn { route, target });
                }
            }
            Ending::Stopped(why) => {
                tracing::error!(route, target, code = why.code, %why, "deliveries stopped");
                let reason = format!("{}；{why}", why.zh);
                let (route, target) = (route.clone(), target.clone());
                house.note(Note::TargetStopped {
                    route,
                    target,
                    code: why.code,
                    reason,
                });
                stopped = true;
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

/// Deliveries were stopped when the gateway last ran.
fn is_stopped(house: &House, route: &str, target: &str) -> bool {
    let books = house.queue.books();
    let ours = books
        .iter()
        .filter(|b| b.route == route)
        .flat_map(|b| &b.targets);
    ours.filter(|t| t.target == target)
        .any(|t| t.stopped.is_some())
}
