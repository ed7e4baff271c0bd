//! Delivery: the push to a platform, or rows into its tables; receipts row by row, retry and
//! breaker.
//!
//! A [`Courier`] belongs to one target and is shared by all routes that deliver there: it holds
//! the connections and the breaker. One attempt is [`Courier::deliver`], which returns a value;
//! what follows from it (wait how long, ask again, stop) is decided by pure functions, and
//! [`Courier::deliver_until_settled`] is the one loop that waits.
//!
//! What must stay true:
//! - A parcel is settled by a reply whose counts agree with the rows sent, and by nothing else.
//! - The same request carries the same idempotency key, over retries and restarts.
//! - Errors and reasons name host, status and codes; never a token, a body or an unmasked id.

mod backoff;
mod breaker;
mod connection;
mod courier;
mod echo;
mod fields;
mod gate;
mod judgement;
mod outcome;
mod pace;
mod push;
mod reply;
mod request;
#[cfg(test)]
mod samples;
mod settle;
mod status;
mod tables;
mod target;

pub use backoff::Backoff;
pub use breaker::BreakerLimits;
pub use connection::TargetError;
pub use courier::Courier;
pub use outcome::{Failure, Outcome, Scope, Stop};
pub use reply::ReplyNames;
pub use settle::Ending;
pub use tables::batches_ddl;
pub use target::{
    Fields, Hours, HttpTarget, Mode, Pacing, SqlTarget, Status, Table, Target, TokenSource, Way,
    World,
};
