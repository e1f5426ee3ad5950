//! Web origins (RFC 6454), as browsers send them. `middlewares/cors.rs` and `middlewares/csrf.rs` decide what an origin
//! may do.

use std::fmt;
use std::str::FromStr;

use url::{Host, Url};

/// `https://app.example.org`, `http://127.0.0.1:3000`: scheme, host and port, spelled exactly as a browser sends
/// it. Or `capacitor://localhost`: the origin of the pages of a hybrid app.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Origin(String);

/// Schemes that cannot belong to a hybrid app: those of the URL standard, which are parsed as such, and those whose
/// pages can come from anywhere.
const NOT_AN_APP: [&str; 11] =
    ["about", "blob", "data", "file", "filesystem", "ftp", "http", "https", "javascript", "ws", "wss"];

/// Why a text is not an origin.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OriginError {
    /// Neither `http://` or `https://` with a host, nor the origin of a hybrid app.
    #[error("not an origin of the form `https://host` or `https://host:port`")]
    Form,
    /// A `*`: every allowed origin is written out, because each of them may act with its visitors' cookies.
    #[error("an origin has no wildcard")]
    Wildcard,
    /// Correct except for its spelling.
    #[error("a browser spells this origin `{0}`")]
    Spelling(String),
}

impl FromStr for Origin {
    type Err = OriginError;

    /// Accepts only the spelling that browsers send: lower-case ASCII, no path, no trailing slash or dot, no
    /// default port.
    fn from_str(text: &str) -> Result<Self, OriginError> {
        if text.contains('*') {
            return Err(OriginError::Wildcard);
        }
        if is_custom_scheme(text) {
            return Ok(Self(text.to_owned()));
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

/// `scheme://name` and nothing more, in lower case: a scheme of RFC 3986, section 3.1, and a name without a port.
/// Only the device knows the meaning of the name, and who may use the scheme.
fn is_custom_scheme(text: &str) -> bool {
    let Some((scheme, name)) = text.split_once("://") else { return false };
    let is_label = |label: &str| {
        let is_inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        !label.is_empty() && label.bytes().all(is_inner) && !label.starts_with('-') && !label.ends_with('-')
    };
    scheme.starts_with(|first: char| first.is_ascii_lowercase())
        && scheme
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'+' | b'-' | b'.'))
        && !NOT_AN_APP.contains(&scheme)
        && text.len() <= 255
        && name.split('.').all(is_label)
}

impl Origin {
    /// This machine on a port: the origin of a development server.
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

    /// Whether it is this machine: `localhost`, 127.0.0.0/8 or `[::1]`, on any port.
    pub fn is_loopback(&self) -> bool {
        let is_here = |url: Url| url.host().is_some_and(|host| is_loopback(&host));
        !is_custom_scheme(&self.0) && Url::parse(&self.0).is_ok_and(is_here)
    }

    /// Whether it belongs to an app's pages on the device, and to nobody on the network: a custom scheme
    /// (`capacitor://localhost`, `ionic://localhost`, `tauri://localhost`), or a name under `localhost` where the
    /// system has no such schemes (`http://tauri.localhost` on Windows and Android).
    pub fn is_of_an_app(&self) -> bool {
        let under_localhost =
            |name: &str| name.ends_with(".localhost") && is_custom_scheme(&format!("app://{name}"));
        is_custom_scheme(&self.0) || self.0.strip_prefix("http://").is_some_and(under_localhost)
    }

    /// Whether browsers count both as one site: then they send the cookies of one, which are `SameSite=Lax`, with
    /// requests of the other's scripts (HTML standard, "same site"; scheme included, as Chromium does). Ports do
    /// not matter.
    pub fn is_same_site(&self, other: &Self) -> bool {
        self.site().is_some_and(|site| other.site() == Some(site))
    }

    /// The scheme, and the registered domain of the host; the whole host if there is none.
    fn site(&self) -> Option<(String, String)> {
        let url = Url::parse(&self.0).ok()?;
        let host = url.host_str()?;
        let registered = match url.host()? {
            Host::Domain(name) => psl2::lookup(name).and_then(|found| found.registrable_domain()),
            Host::Ipv4(_) | Host::Ipv6(_) => None,
        };
        Some((url.scheme().to_owned(), registered.unwrap_or(host).to_owned()))
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

/// Whether a host of a URL is this machine. Names under `localhost` never leave it (RFC 6761, section 6.3).
pub(crate) fn is_loopback<S: AsRef<str>>(host: &Host<S>) -> bool {
    match host {
        Host::Domain(name) => {
            let name = name.as_ref().trim_end_matches('.');
            name.eq_ignore_ascii_case("localhost") || name.to_ascii_lowercase().ends_with(".localhost")
        }
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => {
            address.is_loopback() || address.to_ipv4_mapped().is_some_and(|v4| v4.is_loopback())
        }
    }
}

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
    fn a_misspelled_origin_is_reported_with_the_right_spelling() {
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
    fn the_origin_of_a_hybrid_app_is_parsed_strictly() {
        for good in [
            "capacitor://localhost",
            "ionic://localhost",
            "tauri://localhost",
            "app://com.example.shop",
            "moz-extension://0b5f6b0c-9d7c-4b5e-8f43-1f1c4d1a2b3c",
        ] {
            let origin = good.parse::<Origin>().unwrap();
            assert_eq!(origin.as_str(), good);
            assert!(origin.is_of_an_app() && !origin.is_loopback() && !origin.is_secure(), "{good}");
        }
        for bad in [
            "capacitor://",
            "capacitor://localhost/",
            "capacitor://localhost:80",
            "capacitor://user@localhost",
            "capacitor://LOCALHOST",
            "Capacitor://localhost",
            "capacitor://localhost?x",
            "capacitor://localhost#x",
            "capacitor:///localhost",
            "capacitor:localhost",
            "capacitor://*",
            "capacitor://a..b",
            "capacitor://-a",
            "capacitor://a b",
            "capacitor://b\u{fc}cher",
            "://localhost",
            "1app://localhost",
            "a_b://localhost",
            "file://localhost",
            "data://localhost",
            "javascript://localhost",
            "ws://localhost",
            "blob://localhost",
        ] {
            assert!(bad.parse::<Origin>().is_err(), "{bad}");
        }
        let of_an_app = |text: &str| text.parse::<Origin>().unwrap().is_of_an_app();
        assert!(of_an_app("http://tauri.localhost"));
        for not in
            ["http://localhost", "http://tauri.localhost:8080", "https://app.io", "http://localhost.evil.io"]
        {
            assert!(!of_an_app(not), "{not}");
        }
    }

    #[test]
    fn a_site_is_a_scheme_and_a_registrable_domain() {
        for (one, other, same) in [
            ("https://app.example.org", "https://api.example.org", true),
            ("https://example.org", "https://a.b.example.org:8443", true),
            ("https://a.example.co.uk", "https://b.example.co.uk", true),
            ("https://one.example.co.uk", "https://two.other.co.uk", false),
            ("https://one.vercel.app", "https://two.vercel.app", false),
            ("https://one.github.io", "https://one.github.io:444", true),
            ("http://app.example.org", "https://app.example.org", false),
            ("http://localhost:3000", "http://localhost:8080", true),
            ("http://localhost:3000", "http://127.0.0.1:3000", false),
            ("http://10.0.0.1", "http://10.0.0.2", false),
            ("http://[::1]:1", "http://[::1]:2", true),
            ("capacitor://localhost", "https://app.example.org", false),
            ("https://localhost", "https://app.example.org", false),
        ] {
            let (one, other): (Origin, Origin) = (one.parse().unwrap(), other.parse().unwrap());
            assert_eq!(one.is_same_site(&other), same, "{one} {other}");
            assert_eq!(other.is_same_site(&one), same, "{other} {one}");
        }
    }

    #[test]
    fn the_origin_of_a_url_has_no_path() {
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
        fn a_parsed_origin_is_the_text_itself(text in "((https?|app)://)?[a-zA-Z0-9.:/@\\[\\]*-]{0,24}") {
            if let Ok(origin) = text.parse::<Origin>() {
                prop_assert_eq!(origin.as_str(), text);
            }
        }
    }
}
