//! The origins whose pages may call this server with its cookies.

use super::origin::Origin;

/// A header that may be sent at most once, as received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent<'a> {
    /// Not sent.
    Absent,
    /// Sent once.
    Once(&'a [u8]),
    /// Sent several times: no browser does that with these headers.
    Several,
}

impl<'a> Sent<'a> {
    /// The header of this name in a request.
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

/// The origins that may call this server with its cookies: the product's own, those that the operator lists, and in
/// development this machine's, on any port.
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

    /// The sent origin, if it is one of these, byte for byte. Never `null`, never one of several.
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

/// Spellings similar to `https://app.io` and `http://localhost:3000` that must count as neither.
#[cfg(test)]
pub(crate) const EVIL: &[&str] = &[
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
    use super::*;

    #[test]
    fn a_hybrid_app_is_allowed_only_if_listed_also_in_development() {
        let app = "https://app.io".parse().unwrap();
        for development in [false, true] {
            let origins = AllowedOrigins::new(
                "https://app.io".parse().unwrap(),
                vec!["capacitor://localhost".parse().unwrap()],
                development,
            );
            assert_eq!(origins.app(), &app);
            assert!(origins.find(Sent::Once(b"capacitor://localhost")).is_some());
            for other in
                ["tauri://localhost", "capacitor://localhost.", "capacitor://other", "evil://localhost"]
            {
                assert!(origins.find(Sent::Once(other.as_bytes())).is_none(), "{other}");
            }
        }
    }
}
