//! The REST interface of Upstash: its address, and the token that opens it.

use url::{Host, Url};

use super::settings::{Problem, Setting};
use super::trust::CaFile;
use crate::net::is_loopback;
use crate::utils::crypto::secret::{ExposeSecret as _, SecretString};

/// The REST interface of Upstash, with the token that opens it.
#[derive(Clone, Debug)]
pub struct UpstashRest {
    /// Its address.
    pub url: RestUrl,
    /// Its token.
    pub token: RestToken,
    /// The authorities that it trusts, if not the system's.
    pub authorities: Option<CaFile>,
}

/// The address of a REST interface: `https`, or this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RestUrl(Url);

impl RestUrl {
    /// The address, with nothing after host and port.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl Setting for RestUrl {
    fn expects() -> String {
        "an address without a path: `https://name.upstash.io`".to_owned()
    }

    fn parse(text: &str) -> Result<Self, Problem> {
        let url = Url::parse(text).map_err(|_| "is not a URL")?;
        let local = url.host().is_some_and(|host: Host<&str>| is_loopback(&host));
        match url.scheme() {
            "https" => {}
            "http" if local => {}
            "http" => return Err("would send its token without TLS".into()),
            _ => return Err("is not `https`".into()),
        }
        let plain = url.username().is_empty() && url.password().is_none();
        if !plain || url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
            return Err("must end after host and port".into());
        }
        Ok(Self(url))
    }

    fn show(&self) -> String {
        self.0.as_str().trim_end_matches('/').to_owned()
    }
}

/// The token of a REST interface, which goes into a header as it is.
#[derive(Clone, Debug)]
pub struct RestToken(SecretString);

impl RestToken {
    /// The text itself. The caller is responsible for where it goes.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl Setting for RestToken {
    const SECRET: bool = true;

    fn expects() -> String {
        "the token for that address, with permission to write".to_owned()
    }

    fn parse(text: &str) -> Result<Self, Problem> {
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err("contains spaces or characters outside ASCII".into());
        }
        Ok(Self(SecretString::from(text)))
    }

    fn show(&self) -> String {
        "(set)".to_owned()
    }
}
