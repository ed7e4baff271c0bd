//! Databases, as the way in and the way out speak to them: PostgreSQL, MySQL and MariaDB.
//!
//! What must stay true: values go in as parameters and come out as texts, so that nothing is
//! rounded and nothing is read as SQL; names are quoted; no call waits longer than its limit; no
//! error shows a password or an unmasked id.

mod connection;
mod error;
mod name;
mod server;

pub use connection::{Column, Connection, Holds};
pub use error::{Class, SqlError};
pub use name::{quoted, quoted_path};
pub use server::{Driver, Server, Tls};
