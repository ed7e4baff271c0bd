//! What to make of a failure: its stable word, whether waiting helps, and the remedy.

use super::HttpError;

impl HttpError {
    /// Stable word.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Url { .. } => "http-url",
            Self::Credentials { .. } => "http-credentials",
            Self::Header { .. } => "http-header",
            Self::PemFile { .. } => "http-pem-file",
            Self::Tls { .. } => "http-tls",
            Self::Overlap { .. } => "http-overlap",
            Self::Address { .. } => "http-address",
            Self::Certificate { .. } => "http-certificate",
            Self::Alert { .. } => "http-alert",
            Self::Connect { .. } => "http-connect",
            Self::Timeout { .. } => "http-timeout",
            Self::Body { .. } => "http-body",
            Self::Endless { .. } => "http-endless",
            Self::Range { .. } => "http-range",
            Self::TooLarge { .. } => "http-too-large",
            Self::Bomb { .. } => "http-bomb",
            Self::Coding { .. } => "http-coding",
            Self::Unpack { .. } => "http-unpack",
            Self::Refused { .. } => "http-refused",
            Self::Token { .. } => "http-token",
            Self::NotFound { .. } => "http-not-found",
            Self::Continuation { .. } => "http-continuation",
            Self::Busy { .. } => "http-busy",
            Self::Redirect { .. } => "http-redirect",
            Self::Status { .. } => "http-status",
            Self::WebPage { .. } => "http-web-page",
            Self::Cursor { .. } => "http-cursor",
            Self::Pointer { .. } => "http-pointer",
            Self::Next { .. } => "http-next",
            Self::Spool { .. } => "http-spool",
        }
    }

    /// Trying again later can help.
    #[must_use]
    pub const fn retryable(&self) -> bool {
        matches!(
            self,
            Self::Certificate { .. }
                | Self::Alert { .. }
                | Self::Connect { .. }
                | Self::Timeout { .. }
                | Self::Body { .. }
                | Self::Range { .. }
                | Self::Unpack { .. }
                | Self::Continuation { .. }
                | Self::Busy { .. }
                | Self::WebPage { .. }
                | Self::Spool { .. }
        )
    }

    /// When the source wants to be asked again, if it said so.
    #[must_use]
    pub const fn retry_after_ms(&self) -> Option<u64> {
        match self {
            Self::Busy { retry_after_ms, .. } => *retry_after_ms,
            _ => None,
        }
    }

    /// What to do.
    #[must_use]
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::Url { .. } => "write url as http(s)://host/path, with {cursor} where it belongs",
            Self::Credentials { .. } => "check the secret for line ends and other controls",
            Self::Header { .. } => "write the name as the source sends it",
            Self::PemFile { .. } => {
                "give a PEM file: the source's authority in ca_file, the gateway's own \
                 certificate and its key in client_certificate"
            }
            Self::Tls { .. } => "install the platform's ca-certificates, or name a ca_file",
            Self::Overlap { .. } => {
                "take out overlap_s, or let the cursor be a time like 2026-01-31 08:00:00"
            }
            Self::Address { .. } => {
                "if it belongs there, name its network: allow = [\"10.0.0.0/8\"], or \
                 allow_private = true"
            }
            Self::Certificate { .. } => {
                "name its authority in ca_file, correct the host in url, or let its \
                 operator renew the certificate"
            }
            Self::Alert { .. } => {
                "check client_certificate: which certificate the source wants, and until \
                 when it is valid"
            }
            Self::Connect { .. } => "check address, network and firewall",
            Self::Timeout { .. } => "ask the source's operator, or raise the time-out",
            Self::Body { .. } => {
                "nothing: it is pulled again, and gone on with where the source can; if \
                 it stays, ask its operator"
            }
            Self::Endless { .. } => "let the source send content-length or chunks, or use https",
            Self::Range { .. } => {
                "nothing: it is pulled again from its beginning; if it stays, ask its \
                 operator"
            }
            Self::TooLarge { .. } => {
                "ask for less at a time, or raise body_mib_max (unpacked) or wire_mib_max \
                 (as sent)"
            }
            Self::Bomb { .. } => {
                "ask the source's operator what this is; if it is right, raise ratio_max"
            }
            Self::Coding { .. } => "let the source send its answers plain, or as gzip or zstd",
            Self::Unpack { .. } => "nothing: it is pulled again; if it stays, ask its operator",
            Self::Refused { .. } => "check the credentials, and what they may read",
            Self::Token { .. } => {
                "check token_url, client_id, client_secret, scope and client_auth in \
                 oauth"
            }
            Self::NotFound { .. } => "check the path in url",
            Self::Continuation { .. } => {
                "nothing: the next run begins again with the first page; if it stays, ask \
                 its operator"
            }
            Self::Busy { .. } => "nothing: it is pulled again; if it stays, ask its operator",
            Self::Redirect { .. } => "put the final address into url",
            Self::Status { .. } => {
                "check url and its parameters, and the client certificate, with the \
                 source's operator"
            }
            Self::WebPage { .. } => {
                "it is probably a page to log in or of an error: check url and credentials \
                 with the source's operator; it is pulled again"
            }
            Self::Cursor { .. } => "check which header holds the cursor or the next page",
            Self::Pointer { .. } => {
                "check the pointer against an answer of the source, which must be JSON"
            }
            Self::Next { .. } => {
                "ask the source's operator; pages must follow each other on the host of \
                 url"
            }
            Self::Spool { .. } => "check room and rights of the spool folder",
        }
    }
}
