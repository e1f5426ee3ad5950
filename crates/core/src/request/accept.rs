//! The kind of answer that a request asks for.

use http::HeaderMap;
use http::header::ACCEPT;

use super::cookies::trimmed;

/// The media types in `Accept`, as far as the server distinguishes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AcceptedFormat {
    Json,
    Page,
    Anything,
}

impl AcceptedFormat {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        if names(headers, b"application/json") {
            Self::Json
        } else if names(headers, b"text/html") {
            Self::Page
        } else {
            Self::Anything
        }
    }
}

/// Whether one of these `Accept` headers names a media type (RFC 9110, 12.5.1), whatever else they name.
fn names(headers: &HeaderMap, media_type: &[u8]) -> bool {
    let lines = headers.get_all(ACCEPT).iter().flat_map(|line| line.as_bytes().split(|byte| *byte == b','));
    lines
        .filter_map(|range| range.split(|byte| *byte == b';').next())
        .any(|essence| trimmed(essence).eq_ignore_ascii_case(media_type))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn json_is_found_among_other_media_types() {
        let names = |lines: &[&[u8]]| {
            let lines = lines.iter().map(|line| (ACCEPT, HeaderValue::from_bytes(line).unwrap()));
            let mut headers = HeaderMap::new();
            lines.for_each(|(name, value)| assert!(headers.append(name, value) || headers.len() == 1));
            names(&headers, b"application/json")
        };
        assert!(names(&[b"application/json"]) && names(&[b"text/html;x=\xe9, Application/JSON;q=0.9"]));
        assert!(names(&[b"text/html", b"application/json"]));
        assert!(!names(&[b"text/html"]) && !names(&[b"application/jsonp, \xff"]) && !names(&[]));
    }
}
