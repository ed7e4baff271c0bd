//! What people and the gateway say of a route besides its books: that it is paused, what is wrong
//! with it, and that its last feed was refused.

use crate::frames::{Note, NoteFrame, Order, TakeFrame, read_order, write_order};
use crate::wire::{Malformed, Reader, Writer};
use credit_record::flow::Reason;
use std::collections::BTreeMap;

/// An alarm that is not over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlarmSeen {
    /// A stable word: `source_failed`, `silent`, `target_late`, ...
    pub code: String,
    /// What it is about besides the route: a target, an adapter; empty for the route itself.
    pub subject: String,
    /// Since when.
    pub at_ms: i64,
    /// Why, ids masked.
    pub reason: String,
}

/// A feed that its adapter or its control totals refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedFeed {
    /// Its name.
    pub feed: String,
    /// The take that ended it.
    pub seq: u64,
    /// Why, in Chinese.
    pub zh: String,
    /// Why, in English.
    pub en: String,
}

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Watch {
    /// Since when it is paused, and whose word that is.
    pub(crate) paused: Option<(i64, Order)>,
    /// By code and subject: since when, and why.
    alarms: BTreeMap<(String, String), (i64, String)>,
    /// The feed that was read last, where it was refused, until it or another is taken.
    pub(crate) refused: Option<RefusedFeed>,
}

impl Watch {
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    pub(crate) fn alarms(&self) -> Vec<AlarmSeen> {
        let alarm =
            |((code, subject), (at_ms, reason)): (&(String, String), &(i64, String))| AlarmSeen {
                code: code.clone(),
                subject: subject.clone(),
                at_ms: *at_ms,
                reason: reason.clone(),
            };
        self.alarms.iter().map(alarm).collect()
    }

    pub(super) fn take(&mut self, seq: u64, take: &TakeFrame) {
        if let Some(finished) = &take.finished {
            let reason = take.doubtful.last().and_then(|entry| entry.reasons.first());
            let words = |of: fn(&Reason) -> &String| reason.map(of).cloned().unwrap_or_default();
            self.refused = finished.refused.then(|| RefusedFeed {
                feed: finished.name.clone(),
                seq,
                zh: words(|reason| &reason.zh),
                en: words(|reason| &reason.en),
            });
        } else if take.replay_of.is_some() && !take.rows.is_empty() {
            self.refused
                .take_if(|refused| take.replay_of == Some(refused.seq));
        }
    }

    pub(super) fn note(&mut self, frame: &NoteFrame) {
        let at_ms = frame.at_ms;
        match &frame.note {
            Note::Paused { by, reason, .. } => {
                let (by, reason) = (by.clone(), reason.clone());
                self.paused = Some((at_ms, Order { by, reason }));
            }
            Note::Resumed { .. } => self.paused = None,
            Note::AlarmRaised {
                code,
                subject,
                reason,
                ..
            } => {
                let alarm = self.alarms.entry((code.clone(), subject.clone()));
                alarm.or_insert((at_ms, reason.clone()));
            }
            Note::AlarmCleared { code, subject, .. } => {
                self.alarms.remove(&(code.clone(), subject.clone()));
            }
            _ => {}
        }
    }

    pub(crate) fn encode(&self, out: &mut Writer) {
        out.option(self.paused.as_ref(), |out, (at_ms, order)| {
            out.i64(*at_ms);
            write_order(out, order);
        });
        out.count(self.alarms.len());
        for ((code, subject), (at_ms, reason)) in &self.alarms {
            out.text(code);
            out.text(subject);
            out.i64(*at_ms);
            out.text(reason);
        }
        out.option(self.refused.as_ref(), |out, refused| {
            out.text(&refused.feed);
            out.u64(refused.seq);
            out.text(&refused.zh);
            out.text(&refused.en);
        });
    }

    pub(crate) fn decode(read: &mut Reader<'_>) -> Result<Self, Malformed> {
        let paused = read.option(|read| Ok((read.i64()?, read_order(read)?)))?;
        let alarms = read.list(20, |read| {
            let key = (read.text()?, read.text()?);
            Ok((key, (read.i64()?, read.text()?)))
        })?;
        let refused = |read: &mut Reader<'_>| {
            Ok(RefusedFeed {
                feed: read.text()?,
                seq: read.u64()?,
                zh: read.text()?,
                en: read.text()?,
            })
        };
        Ok(Self {
            paused,
            alarms: alarms.into_iter().collect(),
            // Snapshots of before that was known end here.
            refused: match read.remaining() {
                0 => None,
                _ => read.option(refused)?,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alarm_lasts_from_its_first_raising_to_its_clearing_over_a_snapshot() {
        let mut watch = Watch::default();
        let text = str::to_owned;
        let raised = |at_ms, reason: &str| NoteFrame {
            at_ms,
            note: Note::AlarmRaised {
                route: text("tax"),
                code: text("source_failed"),
                subject: String::new(),
                reason: text(reason),
            },
        };
        watch.note(&raised(1, "down"));
        watch.note(&raised(2, "down still"));
        let (route, by, reason) = (text("tax"), text("王某"), text("年检"));
        watch.note(&NoteFrame {
            at_ms: 3,
            note: Note::Paused { route, by, reason },
        });
        let mut out = Writer::default();
        watch.encode(&mut out);
        let bytes = out.into_bytes();
        let before = &bytes[..bytes.len() - 1];
        let as_before = Watch::decode(&mut Reader::new(before, "watch")).unwrap();
        assert_eq!(
            as_before, watch,
            "snapshots know refused feeds since a while"
        );
        watch.refused = Some(RefusedFeed {
            feed: text("a.csv"),
            seq: 7,
            zh: text("表头缺少列"),
            en: text("a column is missing"),
        });
        let mut out = Writer::default();
        watch.encode(&mut out);
        let bytes = out.into_bytes();
        let mut read = Reader::new(&bytes, "watch");
        let mut read_back = Watch::decode(&mut read).unwrap();
        assert_eq!(read_back, watch);
        read_back.refused = None;
        let alarms = read_back.alarms();
        assert_eq!((alarms[0].at_ms, alarms[0].reason.as_str()), (1, "down"));
        let (route, code) = (text("tax"), text("source_failed"));
        read_back.note(&NoteFrame {
            at_ms: 4,
            note: Note::AlarmCleared {
                route: route.clone(),
                code,
                subject: String::new(),
            },
        });
        read_back.note(&NoteFrame {
            at_ms: 5,
            note: Note::Resumed { route },
        });
        assert!(read_back.is_empty());
    }
}
