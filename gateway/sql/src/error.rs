//! What went wrong at a database, and whether it passes by itself.

use credit_record::mask::mask_text;
use sqlx::mysql::MySqlDatabaseError;
use sqlx::postgres::PgDatabaseError;
use thiserror::Error;

/// Most characters of a database's words that are shown.
const WORDS_CHARS_MAX: usize = 500;

/// A null where none may be (PostgreSQL), and no value where there is no default (MySQL).
const NO_VALUE: [&str; 2] = ["23502", "1364"];

/// What an error of a database is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// The values of a row: they break a constraint or do not fit.
    Row,
    /// A table, column or right that is not there, or SQL that is none.
    Setup,
    /// The moment: a deadlock, too many connections, a server that goes down.
    Busy,
    /// A disk or a memory without room.
    Full,
    /// The statement took too long.
    Late,
    /// The login.
    Login,
    /// Something else.
    Other,
}

/// Why a database could not be spoken to. Its own words are masked.
#[derive(Debug, Error)]
pub enum SqlError {
    /// No connection.
    #[error("no connection to {place}")]
    Connect {
        /// Where.
        place: String,
        /// Why.
        source: sqlx::Error,
    },
    /// The server is not the one it should be, or does not encrypt.
    #[error("no trusted connection to {place}")]
    Tls {
        /// Where.
        place: String,
        /// Why.
        source: sqlx::Error,
    },
    /// It took too long.
    #[error("waited {timeout_ms} ms for {what} from {place}")]
    Timeout {
        /// Where.
        place: String,
        /// For what.
        what: &'static str,
        /// How long.
        timeout_ms: u64,
    },
    /// The connection broke off.
    #[error("the connection to {place} broke off")]
    Lost {
        /// Where.
        place: String,
        /// Why.
        source: sqlx::Error,
    },
    /// The database says no.
    #[error("{place} says: {words} [{code}]")]
    Said {
        /// Where.
        place: String,
        /// What it is about.
        class: Class,
        /// The database's code.
        code: String,
        /// Its words, ids masked.
        words: String,
        /// The column that it names as the one at fault.
        column: Option<String>,
    },
    /// A value that is no text, which the statement should have made one.
    #[error("{place} gave a value that cannot be read")]
    Value {
        /// Where.
        place: String,
        /// Why.
        source: sqlx::Error,
    },
}

impl SqlError {
    pub(crate) fn on_connecting(place: String, error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(_) => Self::of(place, error),
            sqlx::Error::Tls(_) => Self::Tls {
                place,
                source: error,
            },
            // What rustls does not trust comes as an error of the socket.
            sqlx::Error::Io(io) if io.kind() == std::io::ErrorKind::InvalidData => Self::Tls {
                place,
                source: error,
            },
            _ => Self::Connect {
                place,
                source: error,
            },
        }
    }

    pub(crate) fn of(place: String, error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::Database(said) => {
                let state = said.code().unwrap_or_default().into_owned();
                let number = said.try_downcast_ref::<MySqlDatabaseError>();
                let number = number.map(MySqlDatabaseError::number);
                let column = match said.try_downcast_ref::<PgDatabaseError>() {
                    Some(said) => said.column(),
                    // MySQL says so in words alone.
                    None => said.message().split('\'').nth(1),
                };
                let class = number
                    .and_then(of_number)
                    .unwrap_or_else(|| of_state(&state));
                Self::Said {
                    place,
                    class,
                    code: number.map_or(state, |number| number.to_string()),
                    words: shown(said.message()),
                    column: column.map(str::to_owned),
                }
            }
            error @ (sqlx::Error::Io(_) | sqlx::Error::Protocol(_)) => Self::Lost {
                place,
                source: error,
            },
            error => Self::Value {
                place,
                source: error,
            },
        }
    }

    /// What it is about, where the database itself says no.
    #[must_use]
    pub const fn class(&self) -> Option<Class> {
        match self {
            Self::Said { class, .. } => Some(*class),
            _ => None,
        }
    }

    /// The column that has no value and must have one.
    #[must_use]
    pub fn missing(&self) -> Option<&str> {
        match self {
            Self::Said {
                code,
                column: Some(column),
                ..
            } if NO_VALUE.contains(&code.as_str()) => Some(column),
            _ => None,
        }
    }

    /// It may pass by itself.
    #[must_use]
    pub const fn passes(&self) -> bool {
        match self {
            Self::Connect { .. } | Self::Timeout { .. } | Self::Lost { .. } => true,
            Self::Said { class, .. } => matches!(class, Class::Busy | Class::Full | Class::Late),
            Self::Tls { .. } | Self::Value { .. } => false,
        }
    }

    /// What to do, in Chinese and English.
    #[must_use]
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::Connect { .. } => {
                "检查 host、port、网络和防火墙 / check host, port, network and firewall"
            }
            Self::Tls { .. } => {
                "检查数据库证书与 ca_file,主机名须与证书一致 / check the database's certificate and \
                 ca_file; the certificate must name the host"
            }
            Self::Timeout { .. } => {
                "询问数据库管理员,或调大 timeout_ms / ask the database's operator, or raise timeout_ms"
            }
            Self::Lost { .. } => {
                "网关会自动重试;持续出现请询问数据库管理员 / nothing: it is tried again; if it stays, ask the \
                 database's operator"
            }
            Self::Value { .. } => {
                "在查询中把该列转换为文本 / let the query cast that column to text"
            }
            Self::Said { class, .. } => match class {
                Class::Row => "检查数据与列的类型 / compare the data with the columns' types",
                Class::Setup | Class::Other => {
                    "核对表名、列名和用户权限 / check names of tables and columns, and the user's rights"
                }
                Class::Busy => {
                    "网关会自动重试;持续出现请询问数据库管理员 / nothing: it is tried again; if it stays, ask \
                     the database's operator"
                }
                Class::Full => {
                    "请数据库管理员腾出磁盘或内存 / have the database's operator make room on its disk"
                }
                Class::Late => {
                    "为查询建立索引,或调大 timeout_ms / give the query an index, or raise timeout_ms"
                }
                Class::Login => {
                    "检查 user、password 和 database / check user, password and database"
                }
            },
        }
    }
}

/// A database's words, as people may see them.
fn shown(words: &str) -> String {
    let masked = mask_text(words);
    match masked.char_indices().nth(WORDS_CHARS_MAX) {
        Some((end, _)) => format!("{}…", masked.get(..end).unwrap_or_default()),
        None => masked.into_owned(),
    }
}

/// MySQL's and MariaDB's numbers, where they say more than the state.
const fn of_number(number: u16) -> Option<Class> {
    Some(match number {
        // Null, duplicate, foreign key, range, truncation, dates, wrong values, length, check.
        1048 | 1062 | 1216 | 1217 | 1264 | 1265 | 1292 | 1366 | 1406 | 1411 | 1451 | 1452
        | 3819 | 4025 => Class::Row,
        1044 | 1045 | 1049 | 1130 | 1251 | 1698 => Class::Login,
        1040 | 1053 | 1203 | 1205 | 1213 | 1290 | 1317 | 1836 | 1927 => Class::Busy,
        // Writing a file, disk, errors of a storage engine, memory, table.
        3 | 1021 | 1026 | 1030 | 1037 | 1038 | 1041 | 1114 => Class::Full,
        1969 | 3024 => Class::Late,
        // Table, column, rights, a column that must be given and is not.
        1054 | 1142 | 1143 | 1146 | 1227 | 1364 | 1370 => Class::Setup,
        _ => return None,
    })
}

/// SQLSTATE: its first two characters are its class.
fn of_state(state: &str) -> Class {
    match state {
        "57014" => return Class::Late,
        "53100" | "53200" => return Class::Full,
        "55P03" | "57P01" | "57P02" | "57P03" | "25006" => return Class::Busy,
        _ => {}
    }
    match state.get(..2).unwrap_or_default() {
        // 21: one statement would change a row twice.
        "21" | "22" | "23" => Class::Row,
        "28" | "3D" => Class::Login,
        "08" | "40" | "53" => Class::Busy,
        "42" | "3F" | "0A" => Class::Setup,
        _ => Class::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_say_what_an_error_is_about() {
        for (state, class) in [
            ("23505", Class::Row),
            ("22001", Class::Row),
            ("28P01", Class::Login),
            ("3D000", Class::Login),
            ("42P01", Class::Setup),
            ("42501", Class::Setup),
            ("40P01", Class::Busy),
            ("57P01", Class::Busy),
            ("57014", Class::Late),
            ("53100", Class::Full),
            ("53300", Class::Busy),
            ("XX000", Class::Other),
            ("", Class::Other),
        ] {
            assert_eq!(of_state(state), class, "{state}");
        }
        assert_eq!(of_number(1062), Some(Class::Row));
        assert_eq!(of_number(1146), Some(Class::Setup));
        assert_eq!(of_number(1969), Some(Class::Late));
        assert_eq!(of_number(1114), Some(Class::Full));
        assert_eq!(of_number(9), None);
    }

    #[test]
    fn words_are_masked_and_short() {
        let words = shown("invalid input syntax for type date: \"11010519491231002X\"");
        assert!(!words.contains("19491231"), "{words}");
        assert_eq!(shown(&"x".repeat(900)).chars().count(), WORDS_CHARS_MAX + 1);
    }
}
