//! The client's address, as the proxies that the operator trusts report it; no other claim counts.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use http::{HeaderMap, HeaderName, HeaderValue};

use super::address::address;
use super::forwarded;
use super::network::NetworkKey;
use super::proxies::{Proxies, TrustedProxiesError};

/// The proxies whose headers about a client's address are trusted.
///
/// A trusted proxy must set or extend `X-Forwarded-For` (or `Forwarded`) itself, and should remove the one that it
/// does not write: otherwise a client that sends it is counted with the proxy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum TrustedProxies {
    /// None: the client is the peer of the socket.
    #[default]
    None,
    /// These.
    Of(Vec<Proxies>),
    /// Vercel's runtime, which passes requests on over loopback and writes `x-vercel-forwarded-for` and `x-real-ip`
    /// itself. Only for a process inside it.
    Vercel,
}

impl FromStr for TrustedProxies {
    type Err = TrustedProxiesError;

    /// Addresses, networks (CIDR) and the names `loopback`, `private` and `cloudflare`, separated by commas; or `vercel`;
    /// empty for none.
    fn from_str(text: &str) -> Result<Self, TrustedProxiesError> {
        if text.trim() == "vercel" {
            return Ok(Self::Vercel);
        }
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        let proxies: Vec<Proxies> = parts.map(str::parse).collect::<Result<_, _>>()?;
        Ok(if proxies.is_empty() { Self::None } else { Self::Of(proxies) })
    }
}

impl fmt::Display for TrustedProxies {
    /// The form that it is parsed from.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => Ok(()),
            Self::Vercel => f.write_str("vercel"),
            Self::Of(proxies) => {
                let parts: Vec<String> = proxies.iter().map(ToString::to_string).collect();
                f.write_str(&parts.join(","))
            }
        }
    }
}

/// The client of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientAddress {
    /// The address, as IPv4 if possible.
    pub ip: IpAddr,
    /// The network that limits count.
    pub network: NetworkKey,
    /// The source of the address.
    pub source: AddressSource,
    /// Whether anything in the request shows that it was forwarded, whoever wrote that.
    pub is_forwarded: bool,
}

/// The source of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressSource {
    /// The socket: the peer is not trusted to name anybody but itself.
    Socket,
    /// A trusted proxy, which vouches for it.
    Proxy,
    /// The socket, because its trusted peer names no client.
    Silent,
    /// The socket, because `X-Forwarded-For` and `Forwarded` of a trusted peer name different clients. The peer
    /// wrote one of them and let the client write the other, and it is unclear which.
    Disputed,
}

impl ClientAddress {
    fn new(ip: IpAddr, source: AddressSource, is_forwarded: bool) -> Self {
        let ip = ip.to_canonical();
        Self { ip, network: NetworkKey::of(ip), source, is_forwarded }
    }

    /// The address that a server of the operator has signed: it is trusted like a proxy.
    pub(super) fn signed(ip: IpAddr) -> Self {
        Self::new(ip, AddressSource::Proxy, true)
    }

    /// Whether a trusted proxy vouched for it; otherwise it is the socket's peer.
    pub fn is_vouched(&self) -> bool {
        self.source == AddressSource::Proxy
    }
}

impl fmt::Display for ClientAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.ip, f)
    }
}

/// The header in which a server of the operator signs its visitor's address.
pub(super) const SIGNED_CLIENT: &str = "palisade-client";

/// Headers that proxies add to a request and that are otherwise rare, beside those that begin with [`X_FORWARDED`].
/// RFC 9110, 7.6.3; RFC 7239; the documentation of proxies, load balancers and content networks for the others.
const FORWARDING_HEADERS: [&str; 11] = [
    "forwarded",
    "via",
    "x-real-ip",
    "x-client-ip",
    "client-ip",
    "true-client-ip",
    "cf-connecting-ip",
    "fastly-client-ip",
    "x-vercel-forwarded-for",
    "x-original-forwarded-for",
    SIGNED_CLIENT,
];

/// `X-Forwarded-For`, `-Host`, `-Proto`, `-Port`, `-Server` and the like.
const X_FORWARDED: &str = "x-forwarded-";

/// Whether any header shows that a request was forwarded.
fn is_forwarded(headers: &HeaderMap) -> bool {
    let is_sign = |name: &HeaderName| {
        name.as_str().starts_with(X_FORWARDED) || FORWARDING_HEADERS.contains(&name.as_str())
    };
    headers.keys().any(is_sign)
}

impl TrustedProxies {
    /// Whether this socket peer is a trusted proxy.
    pub fn trusts(&self, peer: IpAddr) -> bool {
        let peer = peer.to_canonical();
        match self {
            Self::None => false,
            Self::Of(proxies) => proxies.iter().any(|proxies| proxies.contain(peer)),
            Self::Vercel => peer.is_loopback(),
        }
    }

    /// The client of a request.
    ///
    /// Behind trusted networks it is the rightmost hop that is not trusted itself: everything to the left of it is
    /// unverified. A hop that is not an address ends the search at the last trusted one, which shares one bucket,
    /// and never at a hop further left. Proxies write `X-Forwarded-For` or `Forwarded` (RFC 7239), and many pass on
    /// a client's own value of the other one: so if both come, they have to name the same client.
    ///
    /// The search also ends at Cloudflare, which names the client in its own header. Cloudflare's addresses could
    /// occur again further left in the list, and anybody's program at Cloudflare can call from them.
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> ClientAddress {
        let is_forwarded = is_forwarded(headers);
        if !self.trusts(peer) {
            return ClientAddress::new(peer, AddressSource::Socket, is_forwarded);
        }
        let lines = |name| headers.get_all(name).iter().map(HeaderValue::as_bytes).collect::<Vec<_>>();
        let named =
            match self {
                Self::Vercel => Ok(only_address(&lines("x-vercel-forwarded-for"))
                    .or_else(|| only_address(&lines("x-real-ip")))),
                Self::None | Self::Of(_) if self.is_cloudflare(peer) => {
                    Ok(only_address(&lines("cf-connecting-ip")))
                }
                Self::None | Self::Of(_) => {
                    let listed = self.listed(&lines("x-forwarded-for"), &lines("forwarded"));
                    listed.map(|nearest| match nearest {
                        Some(edge) if self.is_cloudflare(edge) => {
                            only_address(&lines("cf-connecting-ip")).or(nearest)
                        }
                        nearest => nearest,
                    })
                }
            };
        let source = match named {
            Ok(Some(_)) => AddressSource::Proxy,
            Ok(None) => AddressSource::Silent,
            Err(Disagreement) => AddressSource::Disputed,
        };
        ClientAddress::new(named.ok().flatten().unwrap_or(peer), source, is_forwarded)
    }

    /// The nearest hop that is not trusted, from the header that came, or from both.
    fn listed(&self, listed: &[&[u8]], forwarded: &[&[u8]]) -> Result<Option<IpAddr>, Disagreement> {
        let by_list = || self.rightmost_untrusted(x_forwarded_for(listed));
        let by_forwarded = || self.rightmost_untrusted(forwarded::hops(forwarded));
        match (listed, forwarded) {
            (_, []) => Ok(by_list()),
            ([], _) => Ok(by_forwarded()),
            _ => Some(by_list()).filter(|named| *named == by_forwarded()).ok_or(Disagreement),
        }
    }

    fn is_cloudflare(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        matches!(self, Self::Of(proxies) if proxies.contains(&Proxies::Cloudflare))
            && Proxies::Cloudflare.contain(address)
    }

    /// Walks hops from the nearest to the farthest; `None` in the list is a hop that is not an address.
    fn rightmost_untrusted(&self, hops: impl IntoIterator<Item = Option<IpAddr>>) -> Option<IpAddr> {
        let mut last = None;
        for hop in hops {
            let Some(hop) = hop else { break };
            last = Some(hop);
            if !self.trusts(hop) || self.is_cloudflare(hop) {
                break;
            }
        }
        last
    }
}

/// `X-Forwarded-For` and `Forwarded` name different clients, or one of them names none.
#[derive(Debug)]
struct Disagreement;

/// The hops of `X-Forwarded-For`, nearest first. An empty element is an unknown hop, and must not be skipped.
fn x_forwarded_for<'a>(lines: &'a [&'a [u8]]) -> impl Iterator<Item = Option<IpAddr>> {
    lines.iter().rev().flat_map(|line| line.rsplit(|byte| *byte == b',')).map(address)
}

/// The address of a header that was sent once and contains one.
fn only_address(lines: &[&[u8]]) -> Option<IpAddr> {
    let [line] = lines else { return None };
    address(line)
}

#[cfg(test)]
#[path = "client_ip_tests.rs"]
mod tests;
