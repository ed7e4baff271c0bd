//! A stand-in for the shared platform: the demo and the tests deliver to it, and whoever writes an
//! adapter tries it out here.
//!
//! It speaks the push interface (`/push`, `/repairData`, `/withdrawData`, `/holdData`), keeps rows
//! by key in memory, honours `Idempotency-Key`, makes the row checks that are switched on, and
//! fails on request (`POST /faults`). `GET /stats` and `GET /rows?table=…` show what it has.
//!
//! What it is not: durable, authenticated, or the judge of anything. It listens on loopback only
//! and forgets everything when it stops. How the real platform words its `errorBody` is not known
//! for certain; here an entry is `{"row":from 1,"code":…,"message":…,"data":{the row}}`.

mod answer;
mod faults;
mod line;
mod options;
mod push;
mod row;
mod serve;
mod store;
mod table;

pub use faults::{Fault, RetryAfter, Script};
pub use options::{Check, Options, Table, Verdict};
pub use serve::{Platform, Running};
pub use store::{Row, State, Stats};
