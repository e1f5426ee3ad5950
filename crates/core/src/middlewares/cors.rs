//! Cross-origin resource sharing (Fetch standard, section 3.2): which origins' scripts may read the server's answers.
//!
//! An exact allow-list, with credentials. It does not stop a page from *sending* requests; [`csrf`](super::csrf) does.

use std::borrow::Cow;

use crate::net::{AllowedOrigins, Sent};

/// A response header: name and value.
pub type Header = (&'static str, Cow<'static, str>);

/// For how long a browser may remember a preflight, in seconds.
const MAX_AGE: &str = "600";
/// The allowed methods: all that a route can have.
const METHODS: &str = "GET, HEAD, POST, PUT, PATCH, DELETE";
/// The allowed headers if a preflight does not list any.
const REQUEST_HEADERS: &str = "Content-Type, Authorization, Idempotency-Key, X-Request-Id";
/// The maximum number of names in the list of a preflight: as many as a request may have headers.
const MAX_NAMES: usize = 64;
/// The maximum length of that list, in bytes.
const MAX_NAMES_BYTES: usize = 2048;
/// The response headers that scripts may read.
const EXPOSED: &str = "Accept-Ranges, Content-Disposition, Content-Range, ETag, RateLimit, RateLimit-Policy, \
                       Retry-After, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, X-Request-Id";

/// Whether this is a preflight. The server answers it with 204 and the headers of [`preflight`], before it looks for
/// the route.
pub fn is_preflight(method: &str, origin: Sent<'_>, request_method: Sent<'_>) -> bool {
    method == "OPTIONS" && origin.is_there() && request_method.is_there()
}

/// The headers of the answer to a preflight. They are the same for every route, so they do not reveal which routes
/// exist.
///
/// An allowed origin may send any header that it names. The list of origins is the protection, and no fixed list could
/// keep up with the headers that monitoring and libraries add (`sentry-trace`, `baggage`, `X-Requested-With`).
pub fn preflight(origin: Sent<'_>, wanted: Sent<'_>, origins: &AllowedOrigins) -> Vec<Header> {
    let allowed = wanted_headers(wanted).map_or(Cow::Borrowed(REQUEST_HEADERS), Cow::Owned);
    answer(
        "Origin, Access-Control-Request-Headers",
        origin,
        origins,
        vec![
            ("access-control-allow-methods", METHODS.into()),
            ("access-control-allow-headers", allowed),
            ("access-control-max-age", MAX_AGE.into()),
        ],
    )
}

/// The names of `Access-Control-Request-Headers` (Fetch, "CORS-preflight fetch"), if it is a well-formed list of header
/// names.
fn wanted_headers(wanted: Sent<'_>) -> Option<String> {
    let Sent::Once(list) = wanted else { return None };
    let list = std::str::from_utf8(list).ok().filter(|list| list.len() <= MAX_NAMES_BYTES)?;
    let names: Vec<&str> = list.split(',').map(|name| name.trim_matches([' ', '\t'])).collect();
    // RFC 9110, 5.6.2.
    let is_token = |b: u8| {
        b.is_ascii_alphanumeric()
            || matches!(b, b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.' | b'^'..=b'`' | b'|' | b'~')
    };
    let is_name = |name: &&str| !name.is_empty() && name.bytes().all(is_token);
    (names.len() <= MAX_NAMES && names.iter().all(is_name)).then(|| names.join(", "))
}

/// The headers of every other answer.
pub fn actual(origin: Sent<'_>, origins: &AllowedOrigins) -> Vec<Header> {
    answer("Origin", origin, origins, vec![("access-control-expose-headers", EXPOSED.into())])
}

/// An origin that is not allowed gets no `Access-Control-*` header. `Vary` is always set, so that a shared cache does
/// not give one origin the answer for another.
fn answer(vary: &'static str, origin: Sent<'_>, origins: &AllowedOrigins, more: Vec<Header>) -> Vec<Header> {
    let mut headers: Vec<Header> = vec![("vary", vary.into())];
    if let Some(allowed) = origins.find(origin) {
        headers.push(("access-control-allow-origin", allowed.to_string().into()));
        headers.push(("access-control-allow-credentials", "true".into()));
        headers.extend(more);
    }
    headers
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::EVIL;

    fn origins(development: bool) -> AllowedOrigins {
        AllowedOrigins::new(
            "https://app.io".parse().unwrap(),
            vec!["https://web.io:8443".parse().unwrap()],
            development,
        )
    }

    fn written(headers: Vec<Header>) -> Vec<String> {
        headers.into_iter().map(|(name, value)| format!("{name}: {value}")).collect()
    }

    const NOTHING: [&str; 1] = ["vary: Origin"];
    const NOTHING_FOR_A_PREFLIGHT: [&str; 1] = ["vary: Origin, Access-Control-Request-Headers"];

    fn allowed(wanted: Sent<'_>) -> String {
        let headers = written(preflight(Sent::Once(b"https://app.io"), wanted, &origins(false)));
        let line = headers.iter().find_map(|line| line.strip_prefix("access-control-allow-headers: "));
        line.unwrap().to_owned()
    }

    #[test]
    fn an_allowed_origin_may_send_any_header_that_it_names() {
        for (wanted, told) in [
            ("content-type", "content-type"),
            ("baggage,content-type,sentry-trace", "baggage, content-type, sentry-trace"),
            ("X-Requested-With , x_y.z!#$%&'*+^`|~", "X-Requested-With, x_y.z!#$%&'*+^`|~"),
            ("*", "*"),
        ] {
            assert_eq!(allowed(Sent::Once(wanted.as_bytes())), told);
        }
    }

    #[test]
    fn a_malformed_list_of_headers_gets_the_default_list() {
        let many = vec!["a"; MAX_NAMES + 1].join(",");
        let long = "a".repeat(MAX_NAMES_BYTES + 1);
        for odd in
            ["", ",", "a,,b", "a b", "a:b", "a\r\nset-cookie: b", "b\u{fc}cher", "a;b", "\"a\"", &many, &long]
        {
            assert_eq!(allowed(Sent::Once(odd.as_bytes())), REQUEST_HEADERS, "{odd}");
        }
        for odd in [Sent::Absent, Sent::Several, Sent::Once(b"a\xff")] {
            assert_eq!(allowed(odd), REQUEST_HEADERS, "{odd:?}");
        }
        assert_eq!(allowed(Sent::Once(&many.as_bytes()[2..])), vec!["a"; MAX_NAMES].join(", "));
    }

    #[test]
    fn a_listed_hybrid_app_may_read_answers() {
        let listed = vec!["capacitor://localhost".parse().unwrap()];
        let origins = AllowedOrigins::new("https://app.io".parse().unwrap(), listed, false);
        let headers = written(actual(Sent::Once(b"capacitor://localhost"), &origins));
        assert!(headers.contains(&"access-control-allow-origin: capacitor://localhost".to_owned()));
        assert_eq!(written(actual(Sent::Once(b"ionic://localhost"), &origins)), NOTHING);
    }

    #[test]
    fn a_listed_origin_is_echoed_exactly() {
        for allowed in ["https://app.io", "https://web.io:8443"] {
            assert_eq!(
                written(actual(Sent::Once(allowed.as_bytes()), &origins(false))),
                [
                    "vary: Origin",
                    &format!("access-control-allow-origin: {allowed}"),
                    "access-control-allow-credentials: true",
                    "access-control-expose-headers: Accept-Ranges, Content-Disposition, Content-Range, ETag, \
                     RateLimit, RateLimit-Policy, Retry-After, X-RateLimit-Limit, X-RateLimit-Remaining, \
                     X-RateLimit-Reset, X-Request-Id",
                ]
            );
        }
    }

    #[test]
    fn a_preflight_lists_methods_and_headers() {
        assert_eq!(
            written(preflight(Sent::Once(b"https://app.io"), Sent::Absent, &origins(false))),
            [
                "vary: Origin, Access-Control-Request-Headers",
                "access-control-allow-origin: https://app.io",
                "access-control-allow-credentials: true",
                "access-control-allow-methods: GET, HEAD, POST, PUT, PATCH, DELETE",
                "access-control-allow-headers: Content-Type, Authorization, Idempotency-Key, X-Request-Id",
                "access-control-max-age: 600",
            ]
        );
    }

    #[test]
    fn an_unlisted_origin_gets_only_vary() {
        for development in [false, true] {
            for evil in EVIL {
                let evil = Sent::Once(evil.as_bytes());
                assert_eq!(written(actual(evil, &origins(development))), NOTHING, "{evil:?}");
                let told = written(preflight(evil, Sent::Once(b"x-evil"), &origins(development)));
                assert_eq!(told, NOTHING_FOR_A_PREFLIGHT, "{evil:?}");
            }
        }
        let not_text = Sent::Once(b"https://app.io\xff");
        for odd in [Sent::Absent, Sent::Several, not_text, Sent::Once(b"http://localhost:3000")] {
            assert_eq!(written(actual(odd, &origins(false))), NOTHING, "{odd:?}");
        }
    }

    #[test]
    fn development_adds_this_machine() {
        let headers = written(actual(Sent::Once(b"http://localhost:3000"), &origins(true)));
        assert!(headers.contains(&"access-control-allow-origin: http://localhost:3000".to_owned()));
    }

    #[test]
    fn only_options_with_both_headers_is_a_preflight() {
        let (origin, method) = (Sent::Once(b"https://evil.io"), Sent::Once(b"POST"));
        assert!(is_preflight("OPTIONS", origin, method));
        assert!(!is_preflight("POST", origin, method));
        assert!(!is_preflight("OPTIONS", Sent::Absent, method));
        assert!(!is_preflight("OPTIONS", origin, Sent::Absent));
    }
}
