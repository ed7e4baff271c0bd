//! Feeds: folders of files, HTTP pulls and SQL queries, decoded to UTF-8; the schedule.
//!
//! A source finds a file ([`files`], [`http`], [`sql`]), a [`feed::Feed`] reads it front to back in
//! pieces, and its position can be gone on from after a crash. What has been read for good is
//! not known here: the queue says so through [`files::Seen`].

pub mod decode;
pub mod feed;
pub mod files;
pub mod http;
pub mod schedule;
pub mod sql;

mod digest;
mod spool;
