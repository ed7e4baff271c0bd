//! What a feed has as a whole, for a route with full snapshots.
//!
//! What must stay true: what a snapshot lacks is told before the take that ends it, so that no feed
//! is finished that was not compared; it is told of one alone that was read wholly and well; and
//! nothing is withdrawn by it.

use super::Inbound;
use super::kept::CONTROL_MISMATCH;
use crate::exit::Exit;
use crate::failure::Failure;
use credit_queue::Snapshot;
use credit_record::flow::Judged;
use credit_record::mask::mask_text;

/// What the whole of a feed has.
#[derive(Default)]
pub(super) struct Survey {
    /// Ids of its records, whether right or doubtful.
    present: Vec<[u8; 16]>,
    /// Rows of which it is not known which record they are.
    unidentified: u64,
    /// Why it was not read wholly and well: a stable word.
    broken: Option<String>,
    /// Its digest.
    pub(super) sha256: [u8; 32],
}

impl Survey {
    /// What the next piece has.
    pub(super) fn add(&mut self, judged: &Judged) {
        self.present.extend(judged.records.iter().map(|r| r.id()));
        self.present.extend(&judged.doubtful_ids);
        self.unidentified += judged.unidentified;
        let mut reasons = judged.doubtful.iter().flat_map(|d| {
            // A place stands for a stretch that was cut out.
            let broken = |code: &str| d.place.is_some() || code == CONTROL_MISMATCH;
            d.reasons.iter().filter(move |r| broken(&r.code))
        });
        if let (None, Some(reason)) = (&self.broken, reasons.next()) {
            self.broken = Some(reason.code.clone());
        }
    }

    /// The feed is held whole: it says nothing, neither of who is there.
    pub(super) fn hold(route: &Inbound, feed: &str) -> Result<(), Failure> {
        let plan = route.route.snapshot.as_ref();
        if plan.is_some_and(|plan| plan.is_one(feed)) {
            let code = Some(CONTROL_MISMATCH.to_owned());
            let told = route
                .queue
                .present(&route.route.name, feed, code, Vec::new());
            told.map_err(|e| Failure::of(Exit::Failed, &e))?;
        }
        Ok(())
    }

    /// The feed, which has the digest `sha256` now, ends: tells what it lacks, or what is there
    /// again.
    pub(super) fn compare(
        mut self,
        route: &Inbound,
        (feed, directories): (&str, &[String]),
        sha256: [u8; 32],
    ) -> Result<(), Failure> {
        let failed = |e: &(dyn std::error::Error + 'static)| {
            Failure::of(Exit::Failed, e).remedy("what the feed lacks is not known; see the log")
        };
        let name = &route.route.name;
        if self.sha256 != sha256 {
            self.broken = Some("feed_changed".to_owned());
        }
        let plan = route.route.snapshot.as_ref();
        let Some(plan) = plan.filter(|plan| plan.is_one(feed) && self.broken.is_none()) else {
            let code = self.broken.filter(|_| plan.is_some_and(|p| p.is_one(feed)));
            if let Some(code) = &code {
                let feed = &*mask_text(feed);
                tracing::warn!(route = name, feed, code, "what it lacks is not known");
            }
            let back = route.queue.present(name, feed, code, self.present);
            return back.map(drop).map_err(|e| failed(&e));
        };
        let compared = route.queue.compare(Snapshot {
            route: name.clone(),
            feed: feed.to_owned(),
            present: self.present,
            unidentified: self.unidentified,
            directories: directories.to_vec(),
            absent_max_percent: plan.absent_max_percent,
        });
        let compared = compared.map_err(|e| failed(&e))?;
        tracing::info!(
            route = name,
            feed = &*mask_text(feed),
            known = compared.known,
            absent = compared.absent,
            "a full snapshot was compared"
        );
        Ok(())
    }
}
