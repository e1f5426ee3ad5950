//! The elements of `TRUSTED_PROXIES`: networks, and names for published networks.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// Why a list of trusted proxies is invalid.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TrustedProxiesError {
    /// An element is neither an address nor a network.
    #[error(
        "`{0}` is neither an address nor a network such as 10.0.0.0/8, nor `loopback`, `private` or `cloudflare`; `vercel` \
         stands alone"
    )]
    Form(String),
    /// A network without bounds: every client could then write its own address.
    #[error("`{0}` would trust everyone")]
    Everyone(String),
    /// A network with host bits set: a typing error in the address or in the prefix.
    #[error("`{0}` has bits beyond its prefix")]
    BeyondPrefix(String),
}

/// Trusted proxies: those of one network, or those behind one name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proxies {
    /// In this network.
    Network(IpNet),
    /// On this machine: RFC 1122 section 3.2.1.3 and RFC 4291 section 2.5.3.
    Loopback,
    /// In private networks: RFC 1918 section 3 and RFC 4193 section 3.1.
    Private,
    /// At the edge of Cloudflare, which names the client in `CF-Connecting-IP`.
    Cloudflare,
}

const NAMED: [(&str, Proxies); 3] =
    [("loopback", Proxies::Loopback), ("private", Proxies::Private), ("cloudflare", Proxies::Cloudflare)];

const LOOPBACK: [IpNet; 2] =
    [v4([127, 0, 0, 0], 8), IpNet::V6(Ipv6Net::new_assert(Ipv6Addr::LOCALHOST, 128))];

const PRIVATE: [IpNet; 4] =
    [v4([10, 0, 0, 0], 8), v4([172, 16, 0, 0], 12), v4([192, 168, 0, 0], 16), v6(0xfc00, 0, 7)];

/// <https://www.cloudflare.com/ips-v4> and <https://www.cloudflare.com/ips-v6>, as published on 2026-10-05. An address
/// that was added since is not trusted: all clients behind it share one bucket.
const CLOUDFLARE: [IpNet; 22] = [
    v4([173, 245, 48, 0], 20),
    v4([103, 21, 244, 0], 22),
    v4([103, 22, 200, 0], 22),
    v4([103, 31, 4, 0], 22),
    v4([141, 101, 64, 0], 18),
    v4([108, 162, 192, 0], 18),
    v4([190, 93, 240, 0], 20),
    v4([188, 114, 96, 0], 20),
    v4([197, 234, 240, 0], 22),
    v4([198, 41, 128, 0], 17),
    v4([162, 158, 0, 0], 15),
    v4([104, 16, 0, 0], 13),
    v4([104, 24, 0, 0], 14),
    v4([172, 64, 0, 0], 13),
    v4([131, 0, 72, 0], 22),
    v6(0x2400, 0xcb00, 32),
    v6(0x2606, 0x4700, 32),
    v6(0x2803, 0xf800, 32),
    v6(0x2405, 0xb500, 32),
    v6(0x2405, 0x8100, 32),
    v6(0x2a06, 0x98c0, 29),
    v6(0x2c0f, 0xf248, 32),
];

const fn v4([a, b, c, d]: [u8; 4], prefix: u8) -> IpNet {
    IpNet::V4(Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix))
}

const fn v6(first: u16, second: u16, prefix: u8) -> IpNet {
    IpNet::V6(Ipv6Net::new_assert(Ipv6Addr::new(first, second, 0, 0, 0, 0, 0, 0), prefix))
}

impl Proxies {
    /// Whether this address, as IPv4 if possible, is among them.
    pub fn contain(&self, address: IpAddr) -> bool {
        let networks = match self {
            Self::Network(network) => std::slice::from_ref(network),
            Self::Loopback => &LOOPBACK,
            Self::Private => &PRIVATE,
            Self::Cloudflare => &CLOUDFLARE,
        };
        networks.iter().any(|network| network.contains(&address))
    }
}

impl fmt::Display for Proxies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Network(network) => write!(f, "{network}"),
            other => f.write_str(NAMED.iter().find(|(_, named)| named == other).map_or("", |(name, _)| name)),
        }
    }
}

impl FromStr for Proxies {
    type Err = TrustedProxiesError;

    fn from_str(text: &str) -> Result<Self, TrustedProxiesError> {
        match NAMED.iter().find(|(name, _)| *name == text) {
            Some((_, named)) => Ok(*named),
            None => network(text).map(Self::Network),
        }
    }
}

fn network(text: &str) -> Result<IpNet, TrustedProxiesError> {
    let wrong = || TrustedProxiesError::Form(text.to_owned());
    let parsed = match text.parse::<IpAddr>() {
        Ok(address) => IpNet::from(address),
        Err(_) => text.parse::<IpNet>().map_err(|_| wrong())?,
    };
    let folded = match parsed {
        // Peers are converted to IPv4 before they are compared, so mapped networks must be converted too.
        IpNet::V6(v6) if v6.prefix_len() >= 96 && v6.addr().to_ipv4_mapped().is_some() => {
            let v4 = v6.addr().to_ipv4_mapped().ok_or_else(wrong)?;
            IpNet::V4(Ipv4Net::new(v4, v6.prefix_len() - 96).map_err(|_| wrong())?)
        }
        other => other,
    };
    if folded.prefix_len() == 0 {
        return Err(TrustedProxiesError::Everyone(text.to_owned()));
    }
    if folded.trunc() != folded {
        return Err(TrustedProxiesError::BeyondPrefix(text.to_owned()));
    }
    Ok(folded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_published_network_has_no_bits_beyond_its_prefix() {
        for network in LOOPBACK.iter().chain(&PRIVATE).chain(&CLOUDFLARE) {
            assert_eq!(network.trunc(), *network);
        }
    }

    #[test]
    fn a_name_stands_for_exactly_its_networks() {
        for (name, inside, outside) in [
            ("loopback", ["127.0.0.1", "127.9.9.9", "::1"], ["128.0.0.1", "126.255.255.255", "::2"]),
            ("private", ["10.0.0.1", "172.31.255.255", "fd12::1"], ["172.32.0.1", "192.169.0.1", "fe80::1"]),
            (
                "cloudflare",
                ["104.27.0.1", "172.71.9.9", "2606:4700::1"],
                ["104.28.0.1", "172.72.0.1", "2606:4701::1"],
            ),
        ] {
            let proxies: Proxies = name.parse().unwrap();
            assert_eq!(proxies.to_string(), name);
            assert!(inside.iter().all(|address| proxies.contain(address.parse().unwrap())), "{name}");
            assert!(!outside.iter().any(|address| proxies.contain(address.parse().unwrap())), "{name}");
        }
    }
}
