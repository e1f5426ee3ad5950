//! Web origins (RFC 6454): which places may talk to this server from a browser. What follows from that is
//! decided by the gates beside this file.

use std::fmt;
use std::str::FromStr;

use url::Url;

use crate::config::is_loopback;

/// `https://app.example.org`, `http://127.0.0.1:3000`: scheme, host and port, spelled exactly as a browser
/// sends it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Origin(String);

/// Why a text is no origin.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OriginError {
    /// Not `http://` or `https://` with a host.
    #[error("not an origin of the form `https://host` or `https://host:port`")]
    Form,
    /// A `*`: every allowed origin is written out, because each of them may act with its visitors' cookies.
    #[error("an origin has no wildcard")]
    Wildcard,
    /// Right but for its spelling.
    #[error("a browser spells this origin `{0}`")]
    Spelling(String),
}

impl FromStr for Origin {
    type Err = OriginError;

    /// Takes the one spelling browsers send: lower-case ASCII, no path, no trailing slash or dot, no default
    /// port.
    fn from_str(text: &str) -> Result<Self, OriginError> {
        if text.contains('*') {
            return Err(OriginError::Wildcard);
        }
        let url = Url::parse(text).map_err(|_| OriginError::Form)?;
        let is_plain = url.username().is_empty()
            && url.password().is_none()
            && url.path() == "/"
            && url.query().is_none()
            && url.fragment().is_none();
        let host = url.host_str().unwrap_or_default();
        if !matches!(url.scheme(), "http" | "https") || !is_plain || host.ends_with('.') {
            return Err(OriginError::Form);
        }
        let serialized = url.origin().ascii_serialization();
        if serialized == text { Ok(Self(serialized)) } else { Err(OriginError::Spelling(serialized)) }
    }
}

impl Origin {
    /// This machine on a port: where a server in development is seen.
    pub(crate) fn localhost(port: u16) -> Self {
        Self(if port == 80 { "http://localhost".to_owned() } else { format!("http://localhost:{port}") })
    }

    /// The origin of a web address such as `APP_URL`, whatever its path.
    ///
    /// # Errors
    /// When it is not an `http` or `https` address.
    pub fn of_url(text: &str) -> Result<Self, OriginError> {
        Url::parse(text).map_err(|_| OriginError::Form)?.origin().ascii_serialization().parse()
    }

    /// As browsers send it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is `https`.
    pub fn is_secure(&self) -> bool {
        self.0.starts_with("https://")
    }

    /// Whether it is this very machine: `localhost`, 127.0.0.0/8 or `[::1]`, on any port.
    pub fn is_loopback(&self) -> bool {
        Url::parse(&self.0).is_ok_and(|url| url.host().is_some_and(|host| is_loopback(&host)))
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A header that may be sent at most once, as it arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent<'a> {
    /// Not sent.
    Absent,
    /// Sent once.
    Once(&'a [u8]),
    /// Sent several times: no browser does that to the headers that are read this way.
    Several,
}

impl<'a> Sent<'a> {
    /// What a request says in the header of this name.
    pub(crate) fn of(headers: &'a http::HeaderMap, name: &http::HeaderName) -> Self {
        Self::from_lines(headers.get_all(name).iter().map(http::HeaderValue::as_bytes))
    }

    /// From the header's lines.
    pub fn from_lines(lines: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut lines = lines.into_iter();
        match (lines.next(), lines.next()) {
            (None, _) => Self::Absent,
            (Some(line), None) => Self::Once(line),
            (Some(_), Some(_)) => Self::Several,
        }
    }

    /// Whether it was sent at all.
    pub const fn is_there(self) -> bool {
        !matches!(self, Self::Absent)
    }
}

/// The origins that may talk to this server with its cookies: the product's own, those the operator lists,
/// and in development this machine's, on any port.
#[derive(Clone, Debug)]
pub struct AllowedOrigins {
    app: Origin,
    listed: Vec<Origin>,
    development: bool,
}

impl AllowedOrigins {
    /// `app` is the origin of `APP_URL`, `listed` are `CORS_ORIGINS`.
    pub fn new(app: Origin, listed: Vec<Origin>, development: bool) -> Self {
        Self { app, listed, development }
    }

    /// The product's own origin.
    pub const fn app(&self) -> &Origin {
        &self.app
    }

    /// The sent origin, when it is one of these, byte for byte. Never `null`, never one of several.
    pub fn find(&self, origin: Sent<'_>) -> Option<Origin> {
        let Sent::Once(bytes) = origin else { return None };
        let known =
            std::iter::once(&self.app).chain(&self.listed).find(|known| known.as_str().as_bytes() == bytes);
        if known.is_some() || !self.development {
            return known.cloned();
        }
        let local: Origin = std::str::from_utf8(bytes).ok()?.parse().ok()?;
        local.is_loopback().then_some(local)
    }
}

/// Spellings around `https://app.io` and `http://localhost:3000` that must be taken for neither.
#[cfg(test)]
pub(super) const EVIL: &[&str] = &[
    "",
    " ",
    "*",
    "null",
    "NULL",
    "https://evil.io",
    "http://app.io",
    "https://app.io.",
    "https://APP.io",
    "HTTPS://app.io",
    "https://app.io/",
    "https://app.io:443",
    "https://app.io:444",
    "https://app.io:",
    "https://app.io.evil.io",
    "https://evil-app.io",
    "https://evilapp.io",
    "https://sub.app.io",
    "https://app.io@evil.io",
    "https://evil.io#https://app.io",
    "https://app.io%2f@evil.io",
    "https://app.io evil.io",
    "https://app.io, https://evil.io",
    "https://evil.io https://app.io",
    " https://app.io",
    "https://app.io ",
    "https://app.io\t",
    "https:app.io",
    "//app.io",
    "app.io",
    "https://*.app.io",
    "https://app\u{3002}io",
    "https://\u{430}pp.io",
    "http://localhost.evil.io:3000",
    "http://localhost:3000.evil.io",
    "http://evil.io:3000",
    "http://127.0.0.1.evil.io",
    "http://localhost.:3000",
    "http://LOCALHOST:3000",
    "http://0x7f.1:3000",
    "http://2130706433:3000",
    "http://127.1:3000",
    "http://localhost:03000",
    "http://localhost@evil.io:3000",
    "http://0.0.0.0:3000",
    "http://[::]:3000",
    "http://[0:0:0:0:0:0:0:1]:3000",
    "ws://localhost:3000",
    "file://",
    "chrome-extension://abcdefghijklmnop",
];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_origin_is_read_in_the_spelling_of_a_browser_only() {
        for good in [
            "https://app.io",
            "http://app.io:8080",
            "https://xn--bcher-kva.example",
            "http://127.0.0.1:3000",
            "http://[2001:db8::1]:3000",
            "http://localhost",
        ] {
            assert_eq!(good.parse::<Origin>().unwrap().as_str(), good);
        }
    }

    #[test]
    fn a_mistake_is_told_with_its_remedy() {
        let told = |text: &str| text.parse::<Origin>().unwrap_err();
        for text in
            ["https://app.io/", "https://APP.io", "https://app.io:443", "https:app.io", " https://app.io"]
        {
            assert_eq!(told(text), OriginError::Spelling("https://app.io".to_owned()), "{text}");
        }
        assert_eq!(told("https://*.app.io"), OriginError::Wildcard);
        for text in
            ["", "null", "app.io", "ftp://app.io", "https://app.io/x", "https://u@app.io", "https://app.io."]
        {
            assert_eq!(told(text), OriginError::Form, "{text}");
        }
    }

    #[test]
    fn the_origin_of_an_address_leaves_its_path_behind() {
        assert_eq!(Origin::of_url("https://App.io:443/in/?q#f").unwrap().as_str(), "https://app.io");
        assert!(Origin::of_url("mailto:ada@example.org").is_err());
    }

    #[test]
    fn loopback_is_this_machine_only() {
        for (text, expected) in [
            ("http://localhost:3000", true),
            ("http://127.0.0.1", true),
            ("http://127.9.9.9:1", true),
            ("https://[::1]:3000", true),
            ("http://localhost.evil.io", false),
            ("http://128.0.0.1", false),
        ] {
            assert_eq!(text.parse::<Origin>().unwrap().is_loopback(), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_read_is_what_was_written(text in "(https?://)?[a-zA-Z0-9.:/@\\[\\]*-]{0,24}") {
            if let Ok(origin) = text.parse::<Origin>() {
                prop_assert_eq!(origin.as_str(), text);
            }
        }
    }
}
