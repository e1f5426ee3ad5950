//! The list of places outside this server that a browser may be sent to after a sign-in.

use std::fmt;
use std::str::FromStr;

use url::{Host, Url};

use super::origin::Origin;

/// Why an element of the list is invalid.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReturnToOriginsError {
    /// None of the three forms.
    #[error(
        "`{0}` is neither an origin (`https://www.example.org`) nor the address of an app (`com.example.app:/callback`, \
         `http://127.0.0.1/callback`)"
    )]
    Form(String),
    /// The same one twice.
    #[error("`{0}` is in the list twice")]
    Twice(String),
}

/// Origins whose pages, and apps which, may be returned to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReturnToOrigins(Vec<Place>);

/// An element of the list. Another kind of place is another variant here.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    /// Any page of this origin.
    Web(Origin),
    /// An app that the system finds by a scheme of its own (RFC 8252 section 7.1), at exactly this address.
    App(String),
    /// An app that listens on this machine (RFC 8252 section 7.3), on any port, at exactly this path.
    Loopback { host: String, path: String },
}

impl ReturnToOrigins {
    /// The origins of web pages.
    pub fn web(&self) -> impl Iterator<Item = &Origin> {
        self.0.iter().filter_map(|place| match place {
            Place::Web(origin) => Some(origin),
            Place::App(_) | Place::Loopback { .. } => None,
        })
    }

    /// Whether this is exactly the address of a listed app; for one on this machine, on any port.
    pub fn has_app(&self, text: &str) -> bool {
        self.0.iter().any(|place| match place {
            Place::Web(_) => false,
            Place::App(address) => address == text,
            Place::Loopback { host, path } => is_on_any_port(text, host, path),
        })
    }
}

/// Whether the text is `http://host:port/path`.
fn is_on_any_port(text: &str, host: &str, path: &str) -> bool {
    let port = text
        .strip_prefix("http://")
        .and_then(|rest| rest.strip_prefix(host))
        .and_then(|rest| rest.strip_prefix(':'))
        .and_then(|rest| rest.strip_suffix(path));
    port.is_some_and(|port| {
        port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok_and(|port| port > 0)
    })
}

impl Place {
    fn parse(text: &str) -> Option<Self> {
        let url = Url::parse(text).ok()?;
        if !url.username().is_empty() || url.password().is_some() || text.contains(['?', '#', '\\', '*']) {
            return None;
        }
        if let Some(place) = Self::loopback(&url, text) {
            return Some(place);
        }
        if matches!(url.scheme(), "http" | "https") {
            return Origin::of_url(text).ok().filter(|_| url.path() == "/").map(Self::Web);
        }
        // A scheme without a dot can belong to anybody (RFC 8252 section 7.1).
        (url.scheme().contains('.') && url.as_str() == text).then(|| Self::App(text.to_owned()))
    }

    /// `http://127.0.0.1/path` and `http://[::1]/path`. `localhost` may be another machine (RFC 8252 section 8.3).
    fn loopback(url: &Url, text: &str) -> Option<Self> {
        let is_here = match url.host()? {
            Host::Ipv4(address) => address.is_loopback(),
            Host::Ipv6(address) => address.is_loopback(),
            Host::Domain(_) => false,
        };
        let is_app = url.scheme() == "http" && is_here && url.port().is_none() && url.path() != "/";
        (is_app && url.as_str() == text).then(|| Self::Loopback {
            host: url.host_str().unwrap_or_default().to_owned(),
            path: url.path().to_owned(),
        })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Web(origin) => origin.fmt(f),
            Self::App(address) => f.write_str(address),
            Self::Loopback { host, path } => write!(f, "http://{host}{path}"),
        }
    }
}

impl FromStr for ReturnToOrigins {
    type Err = ReturnToOriginsError;

    fn from_str(text: &str) -> Result<Self, ReturnToOriginsError> {
        let mut places = Vec::new();
        for part in text.split(',').map(str::trim) {
            let place = Place::parse(part).ok_or_else(|| ReturnToOriginsError::Form(part.to_owned()))?;
            if places.contains(&place) {
                return Err(ReturnToOriginsError::Twice(part.to_owned()));
            }
            places.push(place);
        }
        Ok(Self(places))
    }
}

impl fmt::Display for ReturnToOrigins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let places: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&places.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_reads_back_as_it_is_shown() {
        for text in [
            "https://www.example.org",
            "https://www.example.org,http://localhost:3000",
            "com.example.app:/callback",
            "com.example.app://signed-in/here",
            "http://127.0.0.1/callback,http://[::1]/callback",
        ] {
            assert_eq!(text.parse::<ReturnToOrigins>().unwrap().to_string(), text);
        }
        let shown = "https://WWW.example.org:443/ , com.example.app:/x".parse::<ReturnToOrigins>().unwrap();
        assert_eq!(shown.to_string(), "https://www.example.org,com.example.app:/x");
    }

    #[test]
    fn what_would_allow_more_than_it_says_is_refused() {
        for text in [
            "",
            "*",
            "https://*.example.org",
            "https://www.example.org/page",
            "https://www.example.org?x",
            "https://user@www.example.org",
            "www.example.org",
            "app:/callback",
            "javascript:alert(1)",
            "data:text/html,x",
            "com.example.app:/a?b",
            "http://127.0.0.1:8080/callback",
            "http://localhost/callback",
            "http://10.0.0.1/callback",
            "https://127.0.0.1/callback",
            "https://www.example.org,",
            "https://www.example.org,https://www.example.org:443",
        ] {
            assert!(text.parse::<ReturnToOrigins>().is_err(), "{text}");
        }
    }
}
