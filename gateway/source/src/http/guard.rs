//! Which addresses a source may reach, and the connection to one of them.
//!
//! What must stay true: an address is checked where it is connected to, after its name was
//! resolved and with nothing in between; so a name that leads into the house is refused, however
//! it does it. Names become addresses in [`Resolver`] and nowhere else.

use std::future::{Future, ready};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use std::vec;

use hyper::Uri;
use hyper_rustls::{HttpsConnector, MaybeHttpsStream};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::{GaiResolver, Name};
use hyper_util::rt::TokioIo;
use thiserror::Error;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tower_service::Service;

type BoxError = Box<dyn std::error::Error + Send + Sync>;
type BoxFuture<T> = Pin<Box<dyn Future<Output = Result<T, BoxError>> + Send>>;

/// Metadata services of clouds outside of the link-local range.
const METADATA_V4: Ipv4Addr = Ipv4Addr::new(100, 100, 100, 200);
const METADATA_V6: Ipv6Addr = Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254);

/// Which addresses may be reached beside public ones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    /// Private networks and this machine; not link-local addresses nor metadata services.
    pub private: bool,
    /// These, whatever they are.
    pub networks: Vec<Network>,
}

/// A network: addresses that agree in their first bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    /// Its first address.
    pub address: IpAddr,
    /// How many bits agree.
    pub bits: u8,
}

/// What an address is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Public,
    Private,
    /// Link-local, metadata, documentation, multicast and the like.
    Special,
}

impl Network {
    fn holds(self, ip: IpAddr) -> bool {
        let differ = match (self.address, ip) {
            (IpAddr::V4(own), IpAddr::V4(ip)) => (own.to_bits() ^ ip.to_bits()).leading_zeros(),
            (IpAddr::V6(own), IpAddr::V6(ip)) => (own.to_bits() ^ ip.to_bits()).leading_zeros(),
            _ => return false,
        };
        differ >= u32::from(self.bits)
    }
}

impl Reach {
    /// Whether `ip` may be reached.
    #[must_use]
    pub fn allows(&self, ip: IpAddr) -> bool {
        let ip = ip.to_canonical();
        let kind = match ip {
            IpAddr::V4(ip) => v4(ip),
            IpAddr::V6(ip) => v6(ip),
        };
        kind == Kind::Public
            || (kind == Kind::Private && self.private)
            || self.networks.iter().any(|network| network.holds(ip))
    }
}

fn v4(ip: Ipv4Addr) -> Kind {
    match ip.octets() {
        _ if ip == METADATA_V4 => Kind::Special,
        [10 | 127, ..] | [172, 16..=31, ..] | [192, 168, ..] | [100, 64..=127, ..] => Kind::Private,
        [0 | 224..=255, ..] | [169, 254, ..] | [198, 18 | 19, ..] => Kind::Special,
        [192, 0, 0 | 2, _] | [192, 88, 99, _] | [198, 51, 100, _] | [203, 0, 113, _] => {
            Kind::Special
        }
        _ => Kind::Public,
    }
}

fn v6(ip: Ipv6Addr) -> Kind {
    // An address that stands for another one within it is no better than that one.
    let within = |high: u16, low: u16| {
        let [a, b] = high.to_be_bytes();
        let [c, d] = low.to_be_bytes();
        match v4(Ipv4Addr::new(a, b, c, d)) {
            Kind::Public => Kind::Public,
            _ => Kind::Special,
        }
    };
    match ip.segments() {
        _ if ip == METADATA_V6 => Kind::Special,
        [0, 0, 0, 0, 0, 0, 0, 1] | [0xfc00..=0xfdff, ..] => Kind::Private,
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => within(high, low),
        [0x2001, 0..=0x1ff | 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => Kind::Special,
        [0x2000..=0x3fff, ..] => Kind::Public,
        _ => Kind::Special,
    }
}

/// An address that may not be reached.
#[derive(Clone, Copy, Debug, Error)]
#[error("{0} may not be reached")]
pub(super) struct Forbidden(pub(super) IpAddr);

/// No connection within its time.
#[derive(Clone, Copy, Debug, Error)]
#[error("no connection in time")]
pub(super) struct Slow;

/// Finds the addresses of a name, and gives those that may be reached.
#[derive(Clone)]
pub(super) struct Resolver {
    names: GaiResolver,
    reach: Arc<Reach>,
}

impl Resolver {
    pub(super) fn new(reach: Arc<Reach>) -> Self {
        let names = GaiResolver::new();
        Self { names, reach }
    }
}

impl Service<Name> for Resolver {
    type Response = vec::IntoIter<SocketAddr>;
    type Error = BoxError;
    type Future = BoxFuture<Self::Response>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.names.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let (found, reach) = (self.names.call(name), Arc::clone(&self.reach));
        Box::pin(async move {
            let found: Vec<SocketAddr> = found.await?.collect();
            let allowed = found.iter().filter(|address| reach.allows(address.ip()));
            let allowed: Vec<SocketAddr> = allowed.copied().collect();
            match found.first() {
                Some(first) if allowed.is_empty() => Err(Forbidden(first.ip()).into()),
                _ => Ok(allowed.into_iter()),
            }
        })
    }
}

/// Connects, TLS and all, within a time, where that may be reached.
#[derive(Clone)]
pub(super) struct Guarded {
    pub(super) connector: HttpsConnector<HttpConnector<Resolver>>,
    pub(super) reach: Arc<Reach>,
    pub(super) within: Duration,
}

impl Service<Uri> for Guarded {
    type Response = MaybeHttpsStream<TokioIo<TcpStream>>;
    type Error = BoxError;
    type Future = BoxFuture<Self::Response>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.connector.poll_ready(context)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        // An address that is written as one is not resolved.
        let host = uri.host().unwrap_or_default();
        let literal = host.trim_start_matches('[').trim_end_matches(']').parse();
        if let Some(ip) = literal.ok().filter(|ip| !self.reach.allows(*ip)) {
            return Box::pin(ready(Err(Forbidden(ip).into())));
        }
        let (connecting, within) = (self.connector.call(uri), self.within);
        Box::pin(async move {
            match timeout(within, connecting).await {
                Ok(connected) => connected,
                Err(_) => Err(Slow.into()),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(reach: &Reach, ip: &str) -> bool {
        reach.allows(ip.parse().unwrap())
    }

    #[test]
    fn the_house_and_its_neighbours_are_reached_only_where_that_is_allowed() {
        let (closed, open) = (
            Reach::default(),
            Reach {
                private: true,
                ..Reach::default()
            },
        );
        for ip in [
            "8.8.8.8",
            "172.32.0.1",
            "100.63.0.1",
            "2400:3200::1",
            "64:ff9b::808:808",
        ] {
            assert!(allows(&closed, ip), "{ip}");
        }
        let private = [
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "127.0.0.1",
            "100.64.0.1",
        ];
        let private6 = ["::1", "fc00::1", "fd12::1", "::ffff:10.0.0.1"];
        for ip in private.iter().chain(&private6) {
            assert!(!allows(&closed, ip) && allows(&open, ip), "{ip}");
        }
        for ip in [
            "0.0.0.0",
            "169.254.169.254",
            "100.100.100.200",
            "224.0.0.1",
            "255.255.255.255",
            "198.18.0.1",
            "192.0.2.1",
            "203.0.113.9",
            "fe80::1",
            "fd00:ec2::254",
            "ff02::1",
            "::",
            "2001:db8::1",
            "64:ff9b::a00:1",
            "2002:7f00:1::",
            "::ffff:169.254.169.254",
            "::127.0.0.1",
            "64:ff9b:1::a00:1",
        ] {
            assert!(!allows(&closed, ip) && !allows(&open, ip), "{ip}");
        }
    }

    #[test]
    fn a_network_that_is_named_is_allowed_and_nothing_beside_it() {
        let network = |address: &str, bits| Network {
            address: address.parse().unwrap(),
            bits,
        };
        let networks = vec![
            network("10.8.0.0", 13),
            network("169.254.169.254", 32),
            network("fd00::", 8),
        ];
        let reach = Reach {
            private: false,
            networks,
        };
        for ip in [
            "10.8.0.0",
            "10.15.255.255",
            "::ffff:10.9.0.1",
            "169.254.169.254",
            "fd01::1",
        ] {
            assert!(allows(&reach, ip), "{ip}");
        }
        for ip in [
            "10.7.255.255",
            "10.16.0.0",
            "169.254.169.253",
            "fc00::1",
            "127.0.0.1",
        ] {
            assert!(!allows(&reach, ip), "{ip}");
        }
        let all = Reach {
            private: false,
            networks: vec![network("0.0.0.0", 0)],
        };
        assert!(allows(&all, "127.0.0.1") && !allows(&all, "::1"));
    }
}
