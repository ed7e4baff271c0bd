//! Feeds: folders of files, here and elsewhere, HTTP pulls and SQL queries, decoded to UTF-8; the
//! schedule.
//!
//! A source finds a file ([`files`], [`remote`], [`http`], [`sql`]), a [`feed::Feed`] reads it
//! front to back in pieces, and its position can be gone on from after a crash. What has been read
//! for good is not known here: the queue says so through [`files::Seen`]. What was read is kept as
//! it came ([`raw`]), and read again as a feed.

pub mod coding;
pub mod decode;
pub mod feed;
pub mod files;
pub mod http;
pub mod raw;
pub mod remote;
pub mod schedule;
pub mod sql;

mod digest;
mod spool;
