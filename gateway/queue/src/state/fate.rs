//! What becomes of a record, by what is known of its key: a pure decision.
//!
//! * Nothing known: accepted.
//! * The same content in the same state (or withdrawn meanwhile): a duplicate.
//! * Older than what is known, by the directory's version columns: a duplicate, and stale.
//! * Otherwise accepted; an insert becomes an update where the platform has an earlier version.
//!
//! A withdrawn key remembers the content that was withdrawn, so that a full snapshot that still
//! has it does not bring it back; other content does, unless it is older. One that was withdrawn
//! because a snapshot lacked it comes back with any content: that it is there says enough.

use crate::index::{ABSENT, DOUBTED, HELD, Known, REFUSED, WITHDRAWN};
use credit_record::flow::Operation;

/// A record on its way in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct New {
    pub(crate) id: [u8; 16],
    pub(crate) digest: u64,
    /// `i64::MIN` for none.
    pub(crate) version: i64,
    pub(crate) operation: Operation,
}

/// What becomes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Accepted {
        operation: Operation,
        digest: u64,
        version: i64,
        /// A target stored the earlier version but doubts it.
        repair: bool,
    },
    Duplicate {
        stale: bool,
    },
}

/// Decides.
pub(crate) fn fate(known: Option<Known>, new: New) -> Fate {
    let New {
        digest,
        version,
        operation,
        ..
    } = new;
    let Some(known) = known else {
        return Fate::Accepted {
            operation,
            digest,
            version,
            repair: false,
        };
    };
    let state = known.place.state();
    let is = |bit| state & bit != 0;
    let settled = match operation {
        Operation::Withdraw => is(WITHDRAWN),
        Operation::Hold => known.digest == digest && (is(HELD) || is(WITHDRAWN)),
        Operation::Insert | Operation::Update => known.digest == digest && !is(HELD) && !is(ABSENT),
    };
    if settled {
        return Fate::Duplicate { stale: false };
    }
    let both_versioned = version != i64::MIN && known.version != i64::MIN;
    if both_versioned && version < known.version {
        return Fate::Duplicate { stale: true };
    }
    let absent = is(WITHDRAWN) || is(REFUSED);
    let operation = match operation {
        Operation::Insert if !absent => Operation::Update,
        other => other,
    };
    Fate::Accepted {
        operation,
        digest: if operation == Operation::Withdraw {
            known.digest
        } else {
            digest
        },
        version: if operation == Operation::Withdraw {
            version.max(known.version)
        } else {
            version
        },
        repair: is(DOUBTED),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::RecordPlace;
    use crate::log::Place;

    fn known(digest: u64, version: i64, state: u8) -> Option<Known> {
        let place = RecordPlace::new(
            Place {
                segment: 1,
                block: 1,
            },
            0,
            state,
        );
        Some(Known {
            digest,
            version,
            place,
        })
    }

    fn new(digest: u64, version: i64, operation: Operation) -> New {
        New {
            id: [0; 16],
            digest,
            version,
            operation,
        }
    }

    fn accepted(fate: Fate) -> Operation {
        match fate {
            Fate::Accepted { operation, .. } => operation,
            Fate::Duplicate { .. } => panic!("a duplicate"),
        }
    }

    const NONE: i64 = i64::MIN;

    #[test]
    fn the_same_content_is_a_duplicate_and_other_content_an_update() {
        let same = fate(known(7, NONE, 0), new(7, NONE, Operation::Insert));
        assert_eq!(same, Fate::Duplicate { stale: false });
        let other = fate(known(7, NONE, 0), new(8, NONE, Operation::Insert));
        assert_eq!(accepted(other), Operation::Update);
        assert_eq!(
            accepted(fate(None, new(8, NONE, Operation::Insert))),
            Operation::Insert
        );
    }

    #[test]
    fn an_older_version_is_stale_and_a_missing_one_is_not_older() {
        let older = fate(known(7, 5, 0), new(8, 4, Operation::Insert));
        assert_eq!(older, Fate::Duplicate { stale: true });
        assert_eq!(
            accepted(fate(known(7, 5, 0), new(8, 5, Operation::Insert))),
            Operation::Update
        );
        let unversioned = fate(known(7, 5, 0), new(8, NONE, Operation::Insert));
        assert_eq!(accepted(unversioned), Operation::Update);
    }

    #[test]
    fn a_withdrawn_record_does_not_come_back_by_itself() {
        let gone = fate(known(7, 5, 0), new(9, 6, Operation::Withdraw));
        let wanted = Operation::Withdraw;
        assert_eq!(
            gone,
            Fate::Accepted {
                operation: wanted,
                digest: 7,
                version: 6,
                repair: false
            }
        );
        let again = fate(known(7, 6, WITHDRAWN), new(9, 6, Operation::Withdraw));
        assert_eq!(again, Fate::Duplicate { stale: false });
        let snapshot = fate(known(7, 6, WITHDRAWN), new(7, 5, Operation::Insert));
        assert_eq!(snapshot, Fate::Duplicate { stale: false });
        let newer = fate(known(7, 6, WITHDRAWN), new(8, 7, Operation::Insert));
        assert_eq!(accepted(newer), Operation::Insert);
    }

    #[test]
    fn a_record_that_was_withdrawn_because_it_was_absent_comes_back_as_it_was() {
        let gone = WITHDRAWN | ABSENT;
        let again = fate(known(7, 6, gone), new(7, 6, Operation::Insert));
        assert_eq!(accepted(again), Operation::Insert);
        let older = fate(known(7, 6, gone), new(7, 5, Operation::Insert));
        assert_eq!(older, Fate::Duplicate { stale: true });
        let withdrawn = fate(known(7, 6, gone), new(7, 6, Operation::Withdraw));
        assert_eq!(withdrawn, Fate::Duplicate { stale: false });
    }

    #[test]
    fn an_objection_is_no_duplicate_of_what_it_objects_to() {
        let held = fate(known(7, NONE, 0), new(7, NONE, Operation::Hold));
        assert_eq!(accepted(held), Operation::Hold);
        let again = fate(known(7, NONE, HELD), new(7, NONE, Operation::Hold));
        assert_eq!(again, Fate::Duplicate { stale: false });
        let over = fate(known(7, NONE, HELD), new(7, NONE, Operation::Insert));
        assert_eq!(accepted(over), Operation::Update);
    }

    #[test]
    fn a_new_version_of_a_doubted_record_repairs_it() {
        let repaired = fate(known(7, NONE, DOUBTED), new(8, NONE, Operation::Insert));
        assert!(matches!(repaired, Fate::Accepted { repair: true, .. }));
        let refused = fate(known(7, NONE, REFUSED), new(8, NONE, Operation::Insert));
        assert_eq!(accepted(refused), Operation::Insert);
    }
}
