//! The addresses outside the public network that this server may call.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;
use url::Host;

/// Why an element of the list is invalid.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OutboundAllowError {
    /// Neither a host name nor an address nor a network.
    #[error("`{0}` is neither a host name nor an address nor a network such as 10.1.0.0/16")]
    Form(String),
    /// A network of more than 2²⁴ IPv4 addresses, or of a sixteenth of IPv6: there would be no rule any more.
    #[error("`{0}` would allow too much")]
    TooWide(String),
    /// A network with host bits set: a typing error in the address or in the prefix.
    #[error("`{0}` has bits beyond its prefix")]
    BeyondPrefix(String),
}

/// Hosts and networks that may be called although their addresses are not public, each on one port or on all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OutboundAllow(Vec<Rule>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Rule {
    to: To,
    port: Option<u16>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum To {
    /// This name, whatever its addresses; in A-labels and lower case, without a dot at the end.
    Name(String),
    /// Any name with an address in this network, and the address itself.
    Network(IpNet),
}

impl OutboundAllow {
    /// Whether a call to `host`, which has this address, on this port is allowed by the list. The host of an address in
    /// a URL is that address.
    pub fn permits(&self, host: &str, address: IpAddr, port: u16) -> bool {
        let host = host.strip_suffix('.').unwrap_or(host);
        let address = address.to_canonical();
        self.0.iter().filter(|rule| rule.port.is_none_or(|only| only == port)).any(|rule| match &rule.to {
            To::Name(name) => name.eq_ignore_ascii_case(host),
            To::Network(network) => network.contains(&address),
        })
    }

    /// The ports that the list mentions, each once.
    pub fn ports(&self) -> Vec<u16> {
        let mut ports: Vec<u16> = self.0.iter().filter_map(|rule| rule.port).collect();
        ports.sort_unstable();
        ports.dedup();
        ports
    }
}

impl Rule {
    fn parse(text: &str) -> Result<Self, OutboundAllowError> {
        let form = || OutboundAllowError::Form(text.to_owned());
        if text.contains('/') {
            let network: IpNet = text.parse().map_err(|_| form())?;
            if network.trunc() != network {
                return Err(OutboundAllowError::BeyondPrefix(text.to_owned()));
            }
            let narrowest = if network.addr().is_ipv4() { 8 } else { 4 };
            if network.prefix_len() < narrowest {
                return Err(OutboundAllowError::TooWide(text.to_owned()));
            }
            return Ok(Self { to: To::Network(network), port: None });
        }
        if let Ok(address) = text.parse::<IpAddr>() {
            return Ok(Self { to: To::Network(IpNet::from(address.to_canonical())), port: None });
        }
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => {
                let port: u16 = port.parse().map_err(|_| form())?;
                (host, Some(port).filter(|port| *port > 0).ok_or_else(form)?.into())
            }
            Some((host, port)) if host.starts_with('[') && port.ends_with(']') => (text, None),
            Some(_) => return Err(form()),
            None => (text, None),
        };
        let to = match Host::parse(host).map_err(|_| form())? {
            Host::Ipv4(address) => To::Network(IpNet::from(IpAddr::V4(address))),
            Host::Ipv6(address) => To::Network(IpNet::from(IpAddr::V6(address).to_canonical())),
            Host::Domain(name) => {
                let name = name.strip_suffix('.').unwrap_or(&name);
                let is_label = |label: &str| {
                    !label.is_empty()
                        && label.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
                };
                To::Name(Some(name).filter(|name| name.split('.').all(is_label)).ok_or_else(form)?.to_owned())
            }
        };
        Ok(Self { to, port })
    }
}

impl FromStr for OutboundAllow {
    type Err = OutboundAllowError;

    fn from_str(text: &str) -> Result<Self, OutboundAllowError> {
        text.split(',').map(str::trim).map(Rule::parse).collect::<Result<_, _>>().map(Self)
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.to {
            To::Name(name) => f.write_str(name)?,
            To::Network(network) if network.prefix_len() < network.max_prefix_len() => {
                write!(f, "{network}")?;
            }
            To::Network(network) if network.addr().is_ipv6() && self.port.is_some() => {
                write!(f, "[{}]", network.addr())?;
            }
            To::Network(network) => write!(f, "{}", network.addr())?,
        }
        self.port.map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

impl fmt::Display for OutboundAllow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rules: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&rules.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_reads_back_as_it_is_shown() {
        for text in [
            "idp.internal",
            "idp.internal:8443",
            "127.0.0.1,localhost",
            "127.0.0.1:9000",
            "10.1.0.0/16",
            "fd00::/8",
            "::1",
            "[::1]:9000",
            "xn--bcher-kva.internal",
        ] {
            assert_eq!(text.parse::<OutboundAllow>().unwrap().to_string(), text);
        }
        assert_eq!(
            "Bücher.internal., [::1]".parse::<OutboundAllow>().unwrap().to_string(),
            "xn--bcher-kva.internal,::1"
        );
    }

    #[test]
    fn what_is_no_host_or_would_allow_everything_is_refused() {
        for text in [
            "",
            "*",
            "*.internal",
            "a b",
            "https://idp.internal",
            "idp.internal/path",
            "idp.internal:0",
            "idp.internal:65536",
            "idp.internal:",
            "idp.internal:http",
            "0.0.0.0/0",
            "::/0",
            "10.0.0.0/7",
            "10.1.2.3/16",
            "10.1.0.0/33",
            "a..b",
            "idp.internal,",
        ] {
            assert!(text.parse::<OutboundAllow>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_rule_holds_for_its_host_and_its_port_only() {
        let allow: OutboundAllow = "idp.internal:8443,10.1.0.0/16,localhost,[fd00::1]:9000".parse().unwrap();
        let permits = |host: &str, address: &str, port| allow.permits(host, address.parse().unwrap(), port);
        assert!(permits("idp.internal", "192.168.0.1", 8443) && permits("IDP.internal.", "127.0.0.1", 8443));
        assert!(!permits("idp.internal", "192.168.0.1", 443));
        assert!(!permits("other.internal", "192.168.0.1", 8443));
        assert!(permits("other.internal", "10.1.255.255", 1) && permits("10.1.0.1", "::ffff:10.1.0.1", 1));
        assert!(!permits("other.internal", "10.2.0.0", 1));
        assert!(permits("localhost", "127.0.0.1", 80) && !permits("localhost.evil.io", "127.0.0.1", 80));
        assert!(
            permits("x.io", "fd00::1", 9000)
                && !permits("x.io", "fd00::1", 9001)
                && !permits("x.io", "fd00::2", 9000)
        );
        assert_eq!(allow.ports(), [8443, 9000]);
    }
}
