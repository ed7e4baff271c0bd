//! Delivery: push, rows into a database, and file exchange; receipts read row by row, retry and
//! breaker.
//!
//! A [`Courier`] belongs to one target and is shared by all routes that deliver there: it holds
//! the connections and the breaker. One attempt is [`Courier::deliver`], which returns a value;
//! what follows from it (wait how long, ask again, stop) is decided by pure functions, and
//! [`Courier::deliver_until_settled`] is the one loop that waits.
//!
//! What must stay true:
//! - A parcel is settled by a reply or receipt whose counts agree with the rows sent, by nothing
//!   else; by being placed durably where the target of an exchange gives no receipts.
//! - The same request carries the same idempotency key, over retries and restarts.
//! - Errors and reasons name host, status and codes; never a token, a row or an unmasked id;
//!   of a page that is no reply its title or its beginning.

mod backoff;
mod breaker;
mod connection;
mod courier;
mod echo;
mod exchange;
mod failing;
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
mod trust;

pub use backoff::Backoff;
pub use breaker::BreakerLimits;
pub use connection::TargetError;
pub use courier::Courier;
pub use failing::Failing;
pub use fields::Shape;
pub use outcome::{Failure, Outcome, Scope, Stop};
pub use reply::ReplyNames;
pub use settle::Ending;
pub use tables::batches_ddl;
pub use tables::letter;
pub use target::{
    Awaited, Day, ExchangeTarget, Fields, Hours, HttpTarget, Mode, Modes, Pacing, Post,
    SheetEncoding, SqlTarget, Status, Table, Target, TokenSource, Way, World,
};
