//! Palisade's own cookies in a request.

use http::HeaderMap;
use http::header::COOKIE;

use crate::cookies::{CookieKind, Presented};

/// Palisade's own cookies, as received. The other cookies in `Cookie` belong to other programs and may contain any
/// bytes: browsers send cookies as they were set.
#[derive(Debug, Default)]
pub(crate) struct Cookies(Vec<(CookieKind, Presented)>);

impl Cookies {
    /// Reads the `Cookie` headers (RFC 6265, 5.4), looking only for the names of these cookies.
    pub(crate) fn read(headers: &HeaderMap, secure: bool) -> Self {
        let mut found = Self::default();
        for header in headers.get_all(COOKIE) {
            for pair in pairs(header.as_bytes()) {
                let mut parts = trimmed(pair).splitn(2, |byte| *byte == b'=');
                let (Some(name), Some(value)) = (parts.next(), parts.next()) else { continue };
                if let Some(kind) = CookieKind::named(name, secure) {
                    found.add(kind, value);
                }
            }
        }
        found
    }

    fn add(&mut self, kind: CookieKind, value: &[u8]) {
        let value = unquoted(value);
        if let Some((_, presented)) = self.0.iter_mut().find(|(known, _)| *known == kind) {
            presented.add(value);
        } else {
            let mut presented = Presented::default();
            presented.add(value);
            self.0.push((kind, presented));
        }
    }

    /// All values under this name; `None` if there is none.
    pub(crate) fn all(&self, wanted: CookieKind) -> Option<&Presented> {
        self.0.iter().find_map(|(kind, presented)| (*kind == wanted).then_some(presented))
    }

    /// The value, if it came once. If it came twice, neither is trusted: a sibling domain may have set one.
    pub(crate) fn get(&self, wanted: CookieKind) -> Option<&str> {
        self.all(wanted).and_then(Presented::only)
    }

    pub(crate) fn is_repeated(&self, wanted: CookieKind) -> bool {
        self.all(wanted).is_some_and(|presented| presented.count() > 1)
    }

    pub(crate) fn any(&self) -> bool {
        !self.0.is_empty()
    }

    /// All of them, for an input.
    pub(crate) fn to_inputs(&self) -> Vec<(CookieKind, Presented)> {
        self.0.clone()
    }
}

/// The pairs of a `Cookie` header. Most are long values, so the search for separators checks many bytes at a time.
fn pairs(header: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(header);
    std::iter::from_fn(move || {
        let (pair, behind) = match memchr::memchr(b';', rest?) {
            Some(end) => rest?.split_at_checked(end)?,
            None => (rest?, [].as_slice()),
        };
        // Nothing begins after the last one, not even an empty pair.
        rest = behind.split_first().map(|(_, behind)| behind);
        Some(pair)
    })
}

/// Without surrounding blanks. A header has two kinds of blanks: a name that begins with any other Unicode blank is
/// another name, under which a sibling domain may set a cookie although ours begins with `__Host-`.
pub(super) fn trimmed(text: &[u8]) -> &[u8] {
    let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let begin = text.iter().position(|byte| !is_blank(byte)).unwrap_or(text.len());
    let end = text.iter().rposition(|byte| !is_blank(byte)).map_or(begin, |last| last + 1);
    text.get(begin..end).unwrap_or_default()
}

fn unquoted(text: &[u8]) -> &[u8] {
    text.strip_prefix(b"\"").and_then(|text| text.strip_suffix(b"\"")).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    fn cookies(header: &[u8]) -> Cookies {
        Cookies::read(&HeaderMap::from_iter([(COOKIE, HeaderValue::from_bytes(header).unwrap())]), true)
    }

    #[test]
    fn a_cookie_sent_twice_has_no_value() {
        let read =
            cookies(b"__Host-palisade-access=a; x=y; __Host-palisade-access=b; __Host-palisade-refresh=r");
        assert_eq!(read.get(CookieKind::Access), None);
        assert!(read.is_repeated(CookieKind::Access));
        assert_eq!(read.all(CookieKind::Access).unwrap().texts(), ["a", "b"]);
        assert_eq!(read.get(CookieKind::Refresh), Some("r"));
        assert!(!read.is_repeated(CookieKind::Refresh));
    }

    #[test]
    fn an_attempt_has_a_name_of_its_own() {
        let read = cookies(
            b"__Host-palisade-oauth-attempt-0123456789abcdef=a; __Host-palisade-oauth-attempt-=b; \
              __Host-palisade-oauth-attempt-0123456789abcdeF=c; __Host-palisade-oauth-attempt-00=d; \
              __Host-palisade-oauth-attempt-fedcba9876543210=e; __Host-palisade-device-0123456789abcdef=f",
        );
        assert_eq!(read.all(CookieKind::OAuthAttempt).unwrap().texts(), ["a", "e"]);
        assert!(read.all(CookieKind::Device).is_none());
    }

    #[test]
    fn only_the_exact_name_counts() {
        let read = cookies(
            b"__host-palisade-access=a; palisade-access=b; __Host-palisade-accessx=c; __Host-palisade-access",
        );
        assert!(!read.any());
        // Blanks that a server trims, but that a browser does not treat as part of the prefix, would undo
        // `__Host-`.
        for blank in ["\u{a0}", "\u{85}", "\u{2000}", "\u{3000}", "\u{feff}", "\u{200b}"] {
            let read = cookies(format!("{blank}__Host-palisade-access=evil; x={blank}").as_bytes());
            assert!(!read.any(), "{blank:?}");
        }
    }

    #[test]
    fn an_unreadable_cookie_is_present_without_a_value() {
        let read = cookies(b"__Host-palisade-refresh=r\xe9; __Host-palisade-access=\"a\"");
        assert_eq!(read.get(CookieKind::Refresh), None);
        assert!(read.all(CookieKind::Refresh).unwrap().is_unreadable() && read.any());
        assert_eq!(read.get(CookieKind::Access), Some("a"));
    }

    proptest! {
        #[test]
        fn pairs_are_split_at_semicolons(header in "[;ab= ]{0,40}") {
            let parted: Vec<&[u8]> = pairs(header.as_bytes()).collect();
            let by_the_book: Vec<&[u8]> = header.as_bytes().split(|byte| *byte == b';').collect();
            prop_assert_eq!(parted, by_the_book);
        }

        #[test]
        fn other_cookies_in_the_header_change_nothing(
            before in proptest::collection::vec(0x20_u8..=0xff, 0..40),
            after in proptest::collection::vec(0x20_u8..=0xff, 0..40),
        ) {
            prop_assume!(!before.contains(&0x7f) && !after.contains(&0x7f));
            let ours = b"; __Host-palisade-refresh=r; ";
            let read = cookies(&[before.as_slice(), ours, &after].concat());
            prop_assert_eq!(read.get(CookieKind::Refresh), Some("r"));
        }
    }
}
