//! Networks: the part of an address that is one client, and the part that is one neighborhood.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A client's network: one IPv4 address, or one IPv6 /64, the minimum that a single customer gets.
///
/// An IPv4 address mapped into IPv6 (`::ffff:192.0.2.1`) is that IPv4 address.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NetworkKey(Network);

#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Network {
    V4 { bits: u32, prefix: u8 },
    V6 { bits: u64, prefix: u8 },
}

impl NetworkKey {
    /// The network of this address.
    pub fn of(ip: IpAddr) -> Self {
        Self(match ip.to_canonical() {
            IpAddr::V4(v4) => Network::V4 { bits: v4.to_bits(), prefix: 32 },
            IpAddr::V6(v6) => Network::V6 { bits: upper_half(v6), prefix: 64 },
        })
    }

    /// The wider network that contains this one: IPv4 /24, IPv6 /48. For counters of many clients of one origin.
    #[must_use]
    pub fn wide(self) -> Self {
        Self(match self.0 {
            Network::V4 { bits, .. } => Network::V4 { bits: bits & 0xffff_ff00, prefix: 24 },
            Network::V6 { bits, .. } => Network::V6 { bits: bits & 0xffff_ffff_ffff_0000, prefix: 48 },
        })
    }
}

fn upper_half(ip: Ipv6Addr) -> u64 {
    u64::try_from(ip.to_bits() >> 64).unwrap_or(0)
}

impl fmt::Display for NetworkKey {
    /// `192.0.2.1`, `192.0.2.0/24`, `2001:db8:1:2::/64`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Network::V4 { bits, prefix: 32 } => write!(f, "{}", Ipv4Addr::from_bits(bits)),
            Network::V4 { bits, prefix } => write!(f, "{}/{prefix}", Ipv4Addr::from_bits(bits)),
            Network::V6 { bits, prefix } => {
                write!(f, "{}/{prefix}", Ipv6Addr::from_bits(u128::from(bits) << 64))
            }
        }
    }
}

impl fmt::Debug for NetworkKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(text: &str) -> String {
        NetworkKey::of(text.parse().unwrap()).to_string()
    }

    #[test]
    fn a_network_is_one_ipv4_address_or_one_ipv6_64() {
        assert_eq!(network("192.0.2.1"), "192.0.2.1");
        assert_eq!(network("::ffff:192.0.2.1"), "192.0.2.1");
        assert_eq!(network("2001:db8:1:2::1"), "2001:db8:1:2::/64");
        assert_eq!(network("2001:DB8:1:2:ffff:ffff:ffff:ffff"), network("2001:db8:1:2::"));
        assert_ne!(network("2001:db8:1:3::1"), network("2001:db8:1:2::1"));
    }

    #[test]
    fn the_wide_network_is_a_24_or_a_48() {
        let wide = |text: &str| NetworkKey::of(text.parse().unwrap()).wide().to_string();
        assert_eq!(wide("192.0.2.77"), "192.0.2.0/24");
        assert_eq!(wide("2001:db8:1:2::1"), "2001:db8:1::/48");
    }
}
