//! Where a browser goes after a sign-in through a provider: a page of this server, a page of a listed origin, or an
//! app on the device. An open redirect would lend the product's name to any page (OWASP ASVS 3.7.2).

use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use url::Url;

use super::origin::Origin;
use super::return_to_origins::ReturnToOrigins;

/// The maximum length of such an address, in bytes.
pub const MAX_LENGTH: usize = 2048;

/// The encoding of a parameter: everything but unreserved characters (RFC 3986 section 2.3).
const PARAMETER: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Why a text is no place to return to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReturnToRefused {
    /// Longer than [`MAX_LENGTH`].
    #[error("an address of more than {MAX_LENGTH} bytes")]
    TooLong,
    /// It has a character that no address has (RFC 3986), or one that browsers drop or read as another one.
    #[error("an address with a character that no address has")]
    Character,
    /// Its path or query has an encoded character that a server or browser could decode into another address.
    #[error("an address that could be read in two ways")]
    Ambiguous,
    /// It leads to an origin or app that is not allowed.
    #[error("an address that is neither on this server nor listed")]
    Elsewhere,
}

/// An address that a browser may be sent to after a sign-in. It was parsed from untrusted text, byte for byte: a
/// browser reads it as it is.
#[derive(Clone, PartialEq, Eq)]
pub struct ReturnTo {
    text: String,
    leads_to: LeadsTo,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LeadsTo {
    Page,
    App,
}

impl ReturnTo {
    /// The first page of this server.
    pub fn home() -> Self {
        Self { text: "/".to_owned(), leads_to: LeadsTo::Page }
    }

    /// Parses an address: a path on `own`, an absolute address on `own` or on a listed origin, or the exact address of
    /// a listed app.
    ///
    /// # Errors
    /// Why it is refused.
    pub fn parse(text: &str, own: &Origin, allowed: &ReturnToOrigins) -> Result<Self, ReturnToRefused> {
        if text.len() > MAX_LENGTH {
            return Err(ReturnToRefused::TooLong);
        }
        if allowed.has_app(text) {
            return Ok(Self { text: text.to_owned(), leads_to: LeadsTo::App });
        }
        if !text.bytes().all(is_of_an_address) {
            return Err(ReturnToRefused::Character);
        }
        let page = || Self { text: text.to_owned(), leads_to: LeadsTo::Page };
        if text.starts_with('/') {
            return check_page(own, text).map(|()| page());
        }
        let on = |origin: &Origin| text.strip_prefix(origin.as_str()).map(|rest| (origin.clone(), rest));
        let found = std::iter::once(own)
            .chain(allowed.web())
            .filter_map(on)
            .find(|(_, rest)| rest.is_empty() || rest.starts_with('/'));
        match found {
            Some((_, "")) => Ok(page()),
            Some((origin, rest)) => check_page(&origin, rest).map(|()| page()),
            None => Err(ReturnToRefused::Elsewhere),
        }
    }

    /// The address, for a `Location`: visible ASCII.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it leads to an app on the device, which gets no cookies.
    pub fn is_an_app(&self) -> bool {
        self.leads_to == LeadsTo::App
    }

    /// The address with one more parameter in its query.
    #[must_use]
    pub fn with_parameter(&self, name: &str, value: &str) -> String {
        let (before, fragment) = match self.text.split_once('#') {
            Some((before, fragment)) => (before, format!("#{fragment}")),
            None => (self.text.as_str(), String::new()),
        };
        let joint = match before.split_once('?') {
            None => "?",
            Some((_, "")) => "",
            Some(_) => "&",
        };
        let (name, value) = (utf8_percent_encode(name, PARAMETER), utf8_percent_encode(value, PARAMETER));
        format!("{before}{joint}{name}={value}{fragment}")
    }
}

impl fmt::Debug for ReturnTo {
    /// Without the query, which may hold what only the page knows.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.text.split(['?', '#']).next().unwrap_or_default();
        f.debug_struct("ReturnTo").field("to", &path).field("leads_to", &self.leads_to).finish()
    }
}

/// The characters of RFC 3986 section 2 without brackets, which only an IPv6 address has.
fn is_of_an_address(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~:/?#@!$&'()*+,;=%".contains(&byte)
}

/// A path with query and fragment on this origin. Whatever decodes it once more must not find another address.
fn check_page(origin: &Origin, text: &str) -> Result<(), ReturnToRefused> {
    let end = text.find(['?', '#']).unwrap_or(text.len());
    let (path, rest) = text.split_at(end);
    let segments = path.strip_prefix('/').ok_or(ReturnToRefused::Elsewhere)?.split('/');
    let last = segments.clone().count();
    for (at, segment) in (1..).zip(segments) {
        let decoded = decode(segment)?;
        let is_ambiguous = matches!(decoded.as_str(), "." | "..") || decoded.contains(['/', '\\', '%']);
        if is_ambiguous || (segment.is_empty() && at < last) {
            return Err(ReturnToRefused::Ambiguous);
        }
    }
    decode(rest)?;
    let whole = format!("{}{text}", origin.as_str());
    let url = Url::parse(&whole).map_err(|_| ReturnToRefused::Ambiguous)?;
    let is_as_written = url.as_str() == whole && url.origin().ascii_serialization() == origin.as_str();
    if is_as_written { Ok(()) } else { Err(ReturnToRefused::Ambiguous) }
}

/// The text without percent-encoding, if that is well formed and hides no control character.
fn decode(text: &str) -> Result<String, ReturnToRefused> {
    let is_hex = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_hexdigit);
    let bytes = text.as_bytes();
    let is_well_formed =
        |(at, byte): (usize, &u8)| *byte != b'%' || (is_hex(bytes.get(at + 1)) && is_hex(bytes.get(at + 2)));
    if !bytes.iter().enumerate().all(is_well_formed) {
        return Err(ReturnToRefused::Ambiguous);
    }
    let decoded = percent_decode_str(text).decode_utf8().map_err(|_| ReturnToRefused::Ambiguous)?;
    if decoded.contains(char::is_control) {
        Err(ReturnToRefused::Ambiguous)
    } else {
        Ok(decoded.into_owned())
    }
}

#[cfg(test)]
#[path = "return_to_tests.rs"]
mod tests;
