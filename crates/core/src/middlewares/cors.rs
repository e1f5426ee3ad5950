//! Cross-origin resource sharing (Fetch standard, section 3.2): which origins' scripts may read our answers.
//!
//! An exact allow-list, with credentials. It protects nobody from *sending* requests: that is the gate of
//! [`csrf`](super::csrf).

use std::borrow::Cow;

use super::origin::{AllowedOrigins, Sent};

/// A response header: name and value.
pub type Header = (&'static str, Cow<'static, str>);

/// For how long a browser may remember a preflight, in seconds.
const MAX_AGE: &str = "600";
const METHODS: &str = "GET, HEAD, POST, PUT, PATCH, DELETE";
const REQUEST_HEADERS: &str = "Content-Type, Authorization, Idempotency-Key, X-Request-Id";
const EXPOSED: &str = "RateLimit, RateLimit-Policy, Retry-After, X-RateLimit-Limit, X-RateLimit-Remaining, \
                       X-RateLimit-Reset, X-Request-Id";

/// Whether this is a preflight: to be answered 204 with the headers of [`preflight`], before anything else is
/// looked at.
pub fn is_preflight(method: &str, origin: Sent<'_>, request_method: Sent<'_>) -> bool {
    method == "OPTIONS" && origin.is_there() && request_method.is_there()
}

/// The headers of an answer to a preflight. The same for every route: what exists is not told here.
pub fn preflight(origin: Sent<'_>, origins: &AllowedOrigins) -> Vec<Header> {
    answer(
        origin,
        origins,
        &[
            ("access-control-allow-methods", METHODS),
            ("access-control-allow-headers", REQUEST_HEADERS),
            ("access-control-max-age", MAX_AGE),
        ],
    )
}

/// The headers every other answer gets.
pub fn actual(origin: Sent<'_>, origins: &AllowedOrigins) -> Vec<Header> {
    answer(origin, origins, &[("access-control-expose-headers", EXPOSED)])
}

/// An origin that is not allowed gets no `Access-Control-*` at all. `Vary` is there either way: a shared
/// cache must not give one origin the answer to another.
fn answer(origin: Sent<'_>, origins: &AllowedOrigins, more: &[(&'static str, &'static str)]) -> Vec<Header> {
    let mut headers: Vec<Header> = vec![("vary", "Origin".into())];
    if let Some(allowed) = origins.find(origin) {
        headers.push(("access-control-allow-origin", allowed.to_string().into()));
        headers.push(("access-control-allow-credentials", "true".into()));
        headers.extend(more.iter().map(|(name, value)| (*name, Cow::Borrowed(*value))));
    }
    headers
}

#[cfg(test)]
mod tests {
    use super::super::origin::EVIL;
    use super::*;

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

    #[test]
    fn a_listed_origin_is_echoed_exactly() {
        for allowed in ["https://app.io", "https://web.io:8443"] {
            assert_eq!(
                written(actual(Sent::Once(allowed.as_bytes()), &origins(false))),
                [
                    "vary: Origin",
                    &format!("access-control-allow-origin: {allowed}"),
                    "access-control-allow-credentials: true",
                    "access-control-expose-headers: RateLimit, RateLimit-Policy, Retry-After, X-RateLimit-Limit, \
                     X-RateLimit-Remaining, X-RateLimit-Reset, X-Request-Id",
                ]
            );
        }
    }

    #[test]
    fn a_preflight_says_what_may_be_sent() {
        assert_eq!(
            written(preflight(Sent::Once(b"https://app.io"), &origins(false))),
            [
                "vary: Origin",
                "access-control-allow-origin: https://app.io",
                "access-control-allow-credentials: true",
                "access-control-allow-methods: GET, HEAD, POST, PUT, PATCH, DELETE",
                "access-control-allow-headers: Content-Type, Authorization, Idempotency-Key, X-Request-Id",
                "access-control-max-age: 600",
            ]
        );
    }

    #[test]
    fn what_is_not_listed_gets_nothing_but_vary() {
        for development in [false, true] {
            for evil in EVIL {
                let evil = Sent::Once(evil.as_bytes());
                assert_eq!(written(actual(evil, &origins(development))), NOTHING, "{evil:?}");
                assert_eq!(written(preflight(evil, &origins(development))), NOTHING, "{evil:?}");
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
