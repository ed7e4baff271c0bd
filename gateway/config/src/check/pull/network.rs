//! `allow`: networks that a source may be in.

use crate::plan::pull::Network;
use crate::reader::{Desk, Section, Text, Trouble};
use crate::text::shorten;
use std::net::IpAddr;

/// The networks in `allow`.
pub(super) fn read(desk: &mut Desk<'_>, section: &mut Section<'_>) -> Vec<Network> {
    let texts = section.texts(desk, "allow");
    texts
        .iter()
        .filter_map(|text| network(desk, text))
        .collect()
}

fn network(desk: &mut Desk<'_>, text: &Text) -> Option<Network> {
    let found = parse(&text.value);
    let mistake = match found {
        Some(network) if first(network) == network.address => return found,
        Some(network) => format!("its first address is {}/{}", first(network), network.bits),
        None => "it is an address, or the first address of a network, a / and its bits".to_owned(),
    };
    let message = format!("{} is no network", shorten(desk.written(&text.spot)));
    let help = format!("{mistake}, as in \"10.0.0.0/8\" or \"10.1.2.3\"");
    desk.report(&text.spot, Trouble::error("bad_network", message, help));
    None
}

fn parse(text: &str) -> Option<Network> {
    let (address, bits) = match text.split_once('/') {
        Some((address, bits)) => (address, Some(bits)),
        None => (text, None),
    };
    let address: IpAddr = address.parse().ok()?;
    let most = if address.is_ipv4() { 32 } else { 128 };
    let bits = match bits {
        Some(bits) => bits.parse().ok()?,
        None => most,
    };
    (bits <= most).then_some(Network { address, bits })
}

/// The first address of the network that the address is in.
fn first(network: Network) -> IpAddr {
    let bits = u32::from(network.bits);
    match network.address {
        IpAddr::V4(ip) => {
            let mask = u32::MAX.checked_shl(32 - bits).unwrap_or(0);
            IpAddr::V4((ip.to_bits() & mask).into())
        }
        IpAddr::V6(ip) => {
            let mask = u128::MAX.checked_shl(128 - bits).unwrap_or(0);
            IpAddr::V6((ip.to_bits() & mask).into())
        }
    }
}
