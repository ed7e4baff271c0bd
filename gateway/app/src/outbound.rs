//! The outbound loop of one route and one target: queue → deliver → receipt.
//!
//! What must stay true: parcels go in the order of the queue, one at a time, so that versions of
//! a record arrive in order; a parcel leaves the queue on its receipt and on nothing else; a
//! target that is down or stopped holds up nobody else, and neither does a slow disk.

use crate::failure::causes;
use crate::house::House;
use crate::stop::Stop;
use credit_deliver::Ending;
use credit_queue::Note;
use credit_record::flow::{Parcel, Receipt};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use tokio::task::block_in_place;

/// A target that stopped is asked again after so long: a token may have been renewed, a table
/// created. A restart asks at once.
const STOPPED_RETRY: Duration = Duration::from_secs(15 * 60);
/// The same in words.
const AGAIN: &str = "每 15 分钟自动再试，gateway reload 立即再试 / it is tried again every 15 minutes, and \
                     at once by gateway reload";
/// A disk that failed is asked again after so long.
const SETTLE_RETRY: Duration = Duration::from_secs(1);

/// The platform has answered, and the answer is not on the disk.
const NOT_STORED: &str =
    "平台已答复，但回执无法写入本机 the platform has answered, and its receipt cannot be stored";
const ROOM: &str = "腾出状态文件夹所在磁盘的空间，之后自动继续，不会重复入库 / make room on the disk of the state folder: it \
                    goes on by itself, and nothing counts twice";
const RESTART: &str = "重新启动网关；同一批次以同一编号重送 / start the gateway again: the same parcel goes out with \
                       the same key";

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
                if !settle(&house, &parcel, &receipt, &stop).await {
                    return;
                }
                if std::mem::take(&mut stopped) {
                    let (route, target) = (route.clone(), target.clone());
                    house.note(Note::TargetGoesOn { route, target });
                }
            }
            Ending::Stopped(why) => {
                tracing::error!(route, target, code = why.code, %why, "deliveries stopped");
                let reason = format!("{}；{why}；{AGAIN}", why.zh);
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

/// Stores the receipt, however long it takes; false where that has to be given up.
async fn settle(house: &House, parcel: &Parcel, receipt: &Receipt, stop: &Stop) -> bool {
    let (route, target) = (&parcel.route, &parcel.id.target);
    let way = (route.clone(), target.clone());
    while let Err(error) = block_in_place(|| house.queue.settle(&parcel.id, receipt)) {
        let why = causes(&error);
        // Nothing is lost: the same parcel with the same key goes out again.
        tracing::error!(route, target, why, "the receipt cannot be stored");
        let todo = match error.can_retry() {
            true => ROOM,
            false => RESTART,
        };
        let why = format!("{NOT_STORED}: {why}; {todo}");
        house.now().unstored.insert(way.clone(), why);
        if !error.can_retry() || !pause(SETTLE_RETRY, stop).await {
            return false;
        }
    }
    house.now().unstored.remove(&way);
    house.settled(parcel, receipt);
    true
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
    let books = house.queue.books_of(route);
    let mut targets = books.iter().flat_map(|b| &b.targets);
    targets.any(|t| t.target == target && t.stopped.is_some())
}
