//! Calls of this server to other servers: to providers for somebody who signs in, and to receivers of events.

use std::fmt;

use url::Url;

use super::reader::Reader;
use super::settings::{Problem, Setting, settings};
use super::userinfo;
use crate::net::{OutboundAllow, OutboundAllowError};
use crate::utils::crypto::secret::{ExposeSecret as _, SecretString};

impl Setting for OutboundAllow {
    fn expects() -> String {
        "host names (`idp.internal`), addresses and networks (`10.1.0.0/16`) separated by commas, names and addresses \
         also with a port (`idp.internal:8443`)"
            .to_owned()
    }

    fn parse(text: &str) -> Result<Self, Problem> {
        text.parse().map_err(|error: OutboundAllowError| error.to_string().into())
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

/// An HTTP proxy, which opens the connections to other servers.
#[derive(Clone)]
pub struct ProxyUrl {
    address: String,
    host: String,
    credentials: Option<(String, SecretString)>,
}

impl ProxyUrl {
    /// Its address, without credentials: `http://host:port`.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Its name or address alone; IPv6 in brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// User name and password.
    pub fn credentials(&self) -> Option<(&str, &SecretString)> {
        self.credentials.as_ref().map(|(user, password)| (user.as_str(), password))
    }
}

impl Setting for ProxyUrl {
    const SECRET: bool = true;

    fn expects() -> String {
        "`http://host:port` or `http://user:password@host:port`, special characters percent-encoded"
            .to_owned()
    }

    fn parse(text: &str) -> Result<Self, Problem> {
        userinfo::refuse_placeholder(text)?;
        userinfo::refuse_unencoded(text.split_once("://").map_or("", |(_, rest)| rest))?;
        let url = Url::parse(text).map_err(|_| "is not a URL")?;
        if url.scheme() != "http" {
            return Err("is not `http`: the connection inside is encrypted".into());
        }
        let host = url.host_str().ok_or("has no host")?.to_owned();
        if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
            return Err("must end after host and port".into());
        }
        let credentials = userinfo::credentials(&url)?;
        let port = url.port_or_known_default().unwrap_or(80);
        Ok(Self { address: format!("http://{host}:{port}"), host, credentials })
    }

    fn show(&self) -> String {
        let credentials = if self.credentials.is_some() { "…@" } else { "" };
        format!("http://{credentials}{}", self.address.trim_start_matches("http://"))
    }
}

impl fmt::Debug for ProxyUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ProxyUrl({})", self.show())
    }
}

settings! {
    /// The settings of calls to other servers as the environment gives them.
    pub(super) struct OutboundSettings in "Calls to providers and receivers of events" {
        /// Hosts that may be called although their address is not public. Everything else on this machine and in
        /// private networks is refused, whatever name leads there, because the documents of a provider and
        /// administrators name the addresses that the server calls.
        allow: OutboundAllow = OUTBOUND_ALLOW optional("only public addresses") like "idp.internal,10.1.0.0/16";
        /// The HTTP proxy for these calls. The proxy then looks up names, and its own rules decide which addresses may be
        /// called. The variables of other programs, such as HTTPS_PROXY, are not read.
        proxy: ProxyUrl = OUTBOUND_PROXY optional("the server calls directly") like "http://proxy.internal:3128";
    }
}

/// How this server calls the servers of others.
#[derive(Clone, Debug, Default)]
pub struct OutboundConfig {
    /// Hosts that may be called although their address is not public.
    pub allow: OutboundAllow,
    /// The proxy for all such calls.
    pub proxy: Option<ProxyUrl>,
}

impl OutboundConfig {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let OutboundSettings { allow, proxy } = OutboundSettings::read(reader);
        if let Some((_, password)) = proxy.as_ref().and_then(ProxyUrl::credentials) {
            reader.keep(OutboundSettings::OUTBOUND_PROXY, password.expose_secret());
        }
        Self { allow: allow.unwrap_or_default(), proxy }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_is_shown_without_its_password() {
        for (text, shown) in [
            ("http://proxy.internal:3128", "http://proxy.internal:3128"),
            ("http://proxy.internal", "http://proxy.internal:80"),
            ("http://ada:hun%40ter7@[::1]:3128", "http://…@[::1]:3128"),
        ] {
            let proxy = ProxyUrl::parse(text).unwrap();
            assert_eq!(proxy.show(), shown);
            assert!(!format!("{proxy:?}").contains("ter7"));
            if let Some((user, password)) = proxy.credentials() {
                assert_eq!((user, password.expose_secret()), ("ada", "hun@ter7"));
            }
        }
        for text in [
            "proxy:3128",
            "socks5://proxy",
            "https://proxy",
            "http://proxy/path",
            "http://ada@proxy",
            "http://:p@proxy",
        ] {
            assert!(ProxyUrl::parse(text).is_err(), "{text}");
        }
    }
}
