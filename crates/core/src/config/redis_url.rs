//! The address of a Redis server.

use std::fmt;
use std::path::Path;

use url::Url;

use super::settings::Problem;
use super::trust::CaFile;
use super::userinfo;
use crate::net::is_loopback;
use crate::utils::crypto::secret::{ExposeSecret as _, SecretString};

/// The address of a Redis server. `Debug` shows no password.
#[derive(Clone)]
pub struct RedisUrl(RedisParts);

#[derive(Clone)]
struct RedisParts {
    full: SecretString,
    shown: String,
    /// Whether a password would cross a network unprotected.
    is_open: bool,
    has_password: bool,
    authorities: Option<CaFile>,
}

impl RedisUrl {
    pub(super) fn parse(text: &str) -> Result<Self, Problem> {
        userinfo::refuse_placeholder(text)?;
        userinfo::refuse_unencoded(text.split_once("://").map_or("", |(_, rest)| rest))?;
        let url = Url::parse(text).map_err(|_| "is not a URL")?;
        let host = url.host().filter(|host| !host.to_string().is_empty()).ok_or("has no host")?;
        let database = url.path().trim_start_matches('/');
        if !database.bytes().all(|byte| byte.is_ascii_digit()) || database.len() > 5 {
            return Err("has a path that is not a database number".into());
        }
        // `rediss://…/#insecure` would turn off the check of the certificate.
        if url.query().is_some() || url.fragment().is_some() {
            return Err("must end after host, port and database".into());
        }
        // WHATWG does not know the scheme, so an IPv4 address arrives as a name.
        let address = host.to_string().parse::<std::net::IpAddr>();
        let local = is_loopback(&host) || address.is_ok_and(|address| address.is_loopback());
        let has_password = url.password().is_some();
        let credentials = if has_password || !url.username().is_empty() { "…@" } else { "" };
        let slash = if database.is_empty() { "" } else { "/" };
        let shown =
            format!("{}://{credentials}{host}:{}{slash}{database}", url.scheme(), url.port().unwrap_or(6379));
        Ok(Self(RedisParts {
            full: SecretString::from(text),
            shown,
            is_open: matches!(url.scheme(), "redis" | "valkey") && !local,
            has_password,
            authorities: None,
        }))
    }

    /// The address without the password.
    pub(super) fn show(&self) -> &str {
        &self.0.shown
    }

    /// The whole address. The caller is responsible for where it goes.
    pub fn expose(&self) -> &str {
        self.0.full.expose_secret()
    }

    /// The same, trusting this file instead of the system's authorities.
    #[must_use]
    pub(super) fn trusting(mut self, authorities: Option<CaFile>) -> Self {
        self.0.authorities = authorities;
        self
    }

    /// The authorities that it trusts, if not the system's.
    pub fn authorities(&self) -> Option<&Path> {
        self.0.authorities.as_ref().map(CaFile::path)
    }

    /// Whether the connection uses TLS.
    pub fn is_encrypted(&self) -> bool {
        ["rediss:", "valkeys:"].iter().any(|scheme| self.expose().starts_with(scheme))
    }

    /// Whether its password is sent over a network without TLS.
    pub(super) fn sends_password_openly(&self) -> bool {
        self.0.is_open && self.0.has_password
    }
}

impl fmt::Debug for RedisUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RedisUrl({})", self.0.shown)
    }
}
