//! One address, in the notation of proxies.

use std::net::{IpAddr, Ipv6Addr};

/// An address in the notation of proxies: `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:DB8::1]:80`,
/// `fe80::1%eth0`. Afterwards each client has one spelling: zone and port are dropped, and IPv4 mapped into IPv6
/// becomes IPv4.
pub(super) fn address(text: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(text).ok()?.trim_matches([' ', '\t']);
    let ip = if let Some(bracketed) = text.strip_prefix('[') {
        let (inside, after) = bracketed.split_once(']')?;
        if !(after.is_empty() || after.strip_prefix(':').is_some_and(is_port)) {
            return None;
        }
        IpAddr::V6(v6(inside)?)
    } else if let Some((v4, port)) = text.split_once(':').filter(|(v4, _)| v4.contains('.')) {
        is_port(port).then(|| v4.parse().ok()).flatten().map(IpAddr::V4)?
    } else if text.contains(':') {
        IpAddr::V6(v6(text)?)
    } else {
        IpAddr::V4(text.parse().ok()?)
    };
    // No client calls from the unspecified address: a proxy that writes it does not know the client.
    Some(ip.to_canonical()).filter(|ip| !ip.is_unspecified())
}

fn v6(text: &str) -> Option<Ipv6Addr> {
    let address = match text.split_once('%') {
        Some((address, zone)) => {
            let named =
                !zone.is_empty() && zone.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~%".contains(&b));
            named.then_some(address)?
        }
        None => text,
    };
    address.parse().ok()
}

fn is_port(text: &str) -> bool {
    (1..=5).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}
