//! Who is calling: the client's address behind the proxies the operator trusts, and nobody else's word for
//! it.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use http::{HeaderMap, HeaderName, HeaderValue};

use super::address::address;
use super::forwarded;
use super::network::NetworkKey;
use super::proxies::{Proxies, TrustedProxiesError};

/// The proxies whose word about a client's address is taken.
///
/// A trusted proxy must set or extend `X-Forwarded-For` (or `Forwarded`) itself, and should drop the one it does not write: a
/// client that sends it is then counted with the proxy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum TrustedProxies {
    /// None: the client is whoever holds the other end of the socket.
    #[default]
    None,
    /// These.
    Of(Vec<Proxies>),
    /// Vercel's runtime, which hands requests over on loopback and writes `x-vercel-forwarded-for` and
    /// `x-real-ip` itself. Only for a process that runs inside it.
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
    /// The form it is parsed from.
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

/// Who is calling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientAddress {
    /// The address, IPv4 wherever it is one.
    pub ip: IpAddr,
    /// The network it is limited by.
    pub network: NetworkKey,
    /// Who says so.
    pub word: Word,
    /// Whether anything in the request says that it was forwarded, whoever wrote that.
    pub is_forwarded: bool,
}

/// Whose word an address is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    /// The socket's: the peer is not trusted to name anybody but itself.
    Socket,
    /// A trusted proxy's, which vouches for it.
    Proxy,
    /// The socket's, for its peer is trusted and names nobody.
    Silent,
    /// The socket's, for `X-Forwarded-For` and `Forwarded` of a trusted peer name different clients. It wrote one of them
    /// and let the client write the other, and nothing tells which.
    Disputed,
}

impl ClientAddress {
    fn new(ip: IpAddr, word: Word, is_forwarded: bool) -> Self {
        let ip = ip.to_canonical();
        Self { ip, network: NetworkKey::of(ip), word, is_forwarded }
    }

    /// Whether a trusted proxy vouched for it; else it is the socket's peer.
    pub fn is_vouched(&self) -> bool {
        self.word == Word::Proxy
    }
}

impl fmt::Display for ClientAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.ip, f)
    }
}

/// What proxies add to a request and hardly anybody else does, beside what begins with [`X_FORWARDED`]. RFC 9110, 7.6.3; RFC
/// 7239; the others are what proxies, load balancers and content networks document.
const SIGNS: [&str; 10] = [
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
];

/// `X-Forwarded-For`, `-Host`, `-Proto`, `-Port`, `-Server` and their like.
const X_FORWARDED: &str = "x-forwarded-";

/// Whether anything here says that a request was forwarded.
fn is_forwarded(headers: &HeaderMap) -> bool {
    let is_sign =
        |name: &HeaderName| name.as_str().starts_with(X_FORWARDED) || SIGNS.contains(&name.as_str());
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

    /// Who is calling.
    ///
    /// Behind trusted networks it is the rightmost hop that is not trusted itself: everything left of it is
    /// hearsay. A hop that is no address ends the search at the last trusted one, which shares one bucket:
    /// never at something further left. Proxies write `X-Forwarded-For` or `Forwarded` (RFC 7239), and many let a client's
    /// own pass in the other one: so where both come, they have to name the same client.
    ///
    /// The search also ends at Cloudflare, which says in a header of its own who the client is. Further left in the list
    /// could stand its own addresses again, from where anybody's program at Cloudflare can call.
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> ClientAddress {
        let is_forwarded = is_forwarded(headers);
        if !self.trusts(peer) {
            return ClientAddress::new(peer, Word::Socket, is_forwarded);
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
        let word = match named {
            Ok(Some(_)) => Word::Proxy,
            Ok(None) => Word::Silent,
            Err(Disagreement) => Word::Disputed,
        };
        ClientAddress::new(named.ok().flatten().unwrap_or(peer), word, is_forwarded)
    }

    /// The nearest hop that is not trusted, by whichever of the two headers came, or by both.
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

    /// Walks hops from the nearest to the farthest; `None` in the list is a hop that is no address.
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

/// `X-Forwarded-For` and `Forwarded` name different clients, or one of them names nobody.
#[derive(Debug)]
struct Disagreement;

/// The hops of `X-Forwarded-For`, nearest first. An empty element is a hop nobody could name, not one to
/// skip.
fn x_forwarded_for<'a>(lines: &'a [&'a [u8]]) -> impl Iterator<Item = Option<IpAddr>> {
    lines.iter().rev().flat_map(|line| line.rsplit(|byte| *byte == b',')).map(address)
}

/// The address of a header that was sent once and holds one.
fn only_address(lines: &[&[u8]]) -> Option<IpAddr> {
    let [line] = lines else { return None };
    address(line)
}

#[cfg(test)]
#[path = "client_ip_tests.rs"]
mod tests;
