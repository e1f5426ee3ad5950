//! Web origins: the origin of this server, and the other origins that may call it (RFC 6454).

use std::fmt;
use std::net::IpAddr;

use url::Url;

use super::settings::{Problem, Setting};
use crate::net::{Origin, is_loopback};

/// Reads an origin as people write it: in any case, with or without a slash at the end, never a wildcard.
fn read(text: &str) -> Result<(Origin, Url), Problem> {
    if text == "*" || text == "null" {
        return Err("a wildcard or `null` would allow every origin".into());
    }
    let url = Url::parse(text).map_err(|_| "is not a URL")?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err("is neither `http` nor `https`".into());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("must not contain a user name or password".into());
    }
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
        return Err("must end after host and port".into());
    }
    if url.host_str().is_some_and(|host| host.contains('*')) {
        return Err("must not contain a wildcard".into());
    }
    let origin = Origin::of_url(text).map_err(|error| format!("is {error}"))?;
    Ok((origin, url))
}

/// Several origins, separated by commas. Empty if none is configured.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origins(Vec<Origin>);

impl Origins {
    /// All of them, in the order they were given.
    pub fn iter(&self) -> std::slice::Iter<'_, Origin> {
        self.0.iter()
    }

    /// Whether an `Origin` header names one of them, byte for byte.
    pub fn contains(&self, origin: &str) -> bool {
        self.0.iter().any(|known| known.as_str() == origin)
    }
}

impl<'a> IntoIterator for &'a Origins {
    type Item = &'a Origin;
    type IntoIter = std::slice::Iter<'a, Origin>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl Setting for Origins {
    fn expects() -> String {
        "origins separated by commas (`https://app.example.org,https://admin.example.org`), hybrid apps by their origin \
         (`capacitor://localhost`)"
            .to_owned()
    }

    fn parse(text: &str) -> Result<Self, Problem> {
        let mut origins = Vec::new();
        for part in text.split(',').map(str::trim) {
            let shell = part.strip_suffix('/').unwrap_or(part).to_ascii_lowercase().parse::<Origin>();
            let origin = match shell {
                Ok(shell) if shell.is_of_an_app() => shell,
                _ => read(part)?.0,
            };
            if origins.contains(&origin) {
                return Err("names one origin twice".into());
            }
            origins.push(origin);
        }
        Ok(Self(origins))
    }

    fn show(&self) -> String {
        self.0.iter().map(Origin::as_str).collect::<Vec<_>>().join(",")
    }
}

/// The public address of this server: the origin of mailed links, cookies and CSRF checks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppUrl {
    origin: Origin,
    host: String,
}

impl AppUrl {
    /// The address of a development server on this machine.
    pub(super) fn localhost(port: u16) -> Self {
        Self { origin: Origin::localhost(port), host: "localhost".to_owned() }
    }

    /// The origin, as a browser writes it.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The host alone, without the port; IPv6 in brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Whether cookies can be `Secure` and `__Host-`.
    pub fn is_secure(&self) -> bool {
        self.origin.is_secure()
    }

    /// The address of a path that begins with `/`.
    pub fn join(&self, path: &str) -> String {
        format!("{}{path}", self.origin.as_str())
    }
}

impl fmt::Display for AppUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.origin.as_str())
    }
}

impl Setting for AppUrl {
    fn expects() -> String {
        "an address without a path: `https://app.example.org`".to_owned()
    }

    fn parse(text: &str) -> Result<Self, Problem> {
        let (origin, url) = read(text)?;
        let host = url.host_str().ok_or("has no host")?.to_owned();
        Ok(Self { origin, host })
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

/// The address of a page that another server serves, such as a front end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageUrl(Url);

impl PageUrl {
    /// As a browser writes it: visible ASCII.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    pub(super) fn is_secure(&self) -> bool {
        self.0.scheme() == "https"
    }

    pub(super) fn is_loopback(&self) -> bool {
        self.0.host().is_some_and(|host| is_loopback(&host))
    }
}

impl Setting for PageUrl {
    fn expects() -> String {
        "the address of a page: `https://app.example.org/sign-in`".to_owned()
    }

    fn parse(text: &str) -> Result<Self, Problem> {
        let url = Url::parse(text.trim()).map_err(|_| "is not a URL")?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err("is neither `http` nor `https`".into());
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("must not contain a user name or password".into());
        }
        Ok(Self(url))
    }

    fn show(&self) -> String {
        self.as_str().to_owned()
    }
}

/// The address to listen on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BindHost(IpAddr);

impl BindHost {
    /// As an IP address.
    pub fn get(self) -> IpAddr {
        self.0
    }
}

impl Setting for BindHost {
    fn expects() -> String {
        "an IP address or `localhost`".to_owned()
    }

    fn parse(text: &str) -> Result<Self, Problem> {
        if text == "localhost" {
            return Ok(Self(IpAddr::from([127, 0, 0, 1])));
        }
        text.parse().map(Self).map_err(|_| "is not an IP address".into())
    }

    fn show(&self) -> String {
        self.0.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_kept_as_browsers_write_it() {
        for (text, canonical) in [
            ("https://App.Example.org", "https://app.example.org"),
            ("https://app.example.org:443/", "https://app.example.org"),
            ("http://localhost:3000", "http://localhost:3000"),
            ("https://bücher.example", "https://xn--bcher-kva.example"),
        ] {
            assert_eq!(AppUrl::parse(text).map(|url| url.to_string()), Ok(canonical.to_owned()), "{text}");
        }
    }

    #[test]
    fn the_shell_of_an_app_is_an_origin_among_others_and_no_address_of_ours() {
        let read = Origins::parse(
            "capacitor://localhost, Tauri://localhost/,https://a.example,http://tauri.localhost",
        );
        let shown = read.map(|origins| origins.show());
        assert_eq!(
            shown,
            Ok("capacitor://localhost,tauri://localhost,https://a.example,http://tauri.localhost".to_owned())
        );
        assert!(AppUrl::parse("capacitor://localhost").is_err());
        assert!(Origins::parse("capacitor://localhost,CAPACITOR://localhost").is_err(), "twice");
    }

    #[test]
    fn what_is_more_or_less_than_an_origin_is_refused() {
        for text in [
            "",
            "*",
            "null",
            "app.example.org",
            "ftp://a.example",
            "https://a.example/path",
            "https://a.example/?q",
            "https://a.example/#f",
            "https://user@a.example",
            "https://*.example.org",
            "https://a.example,",
        ] {
            assert!(Origins::parse(text).is_err(), "{text} was accepted");
        }
        assert!(Origins::parse("https://a.example, https://A.example:443").is_err());
    }

    #[test]
    fn only_this_machine_is_loopback() {
        for (text, expected) in [
            ("http://localhost:8080", true),
            ("http://app.localhost", true),
            ("http://127.8.9.1", true),
            ("http://[::1]:8080", true),
            ("http://[::ffff:127.0.0.1]", true),
            ("http://localhost.example.org", false),
            ("http://10.0.0.1", false),
            ("http://0.0.0.0", false),
        ] {
            assert_eq!(AppUrl::parse(text).map(|url| url.origin().is_loopback()), Ok(expected), "{text}");
        }
    }
}
