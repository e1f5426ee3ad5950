//! The cross-site request gate: did this unsafe request come from an allowed origin?
//!
//! The gate decides from the headers that browsers set themselves (Fetch Metadata, `Origin`), on every unsafe
//! method, with or without cookies: an attacker can also gain from a forged sign-in. OWASP CSRF cheat sheet, "Fetch
//! Metadata headers" with the fallback to `Origin`.

use http::HeaderName;
use http::header::{AUTHORIZATION, ORIGIN};

use crate::declaration::Declaration;
use crate::errors::{AppError, codes};
use crate::net::{AllowedOrigins, Sent};
use crate::request::{Request, RequestContext};
use crate::state::ServerState;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The headers that the gate checks.
#[derive(Clone, Copy, Debug)]
pub struct CsrfRequest<'a> {
    /// The method, as sent.
    pub method: &'a str,
    /// `Sec-Fetch-Site`.
    pub sec_fetch_site: Sent<'a>,
    /// `Origin`.
    pub origin: Sent<'a>,
    /// Whether the request has one of our cookies.
    pub has_our_cookies: bool,
    /// Whether the request has an `Authorization` header: no browser adds one to a forged request by itself.
    pub has_authorization: bool,
}

/// Why a request is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CsrfRefusal {
    /// A browser reports another origin, or hides the origin.
    ForeignOrigin,
    /// No header names the origin, and the request carries our cookies.
    CookiesWithoutOrigin,
}

impl CsrfRefusal {
    /// The public error, with the origin to send.
    pub fn into_error(self, origins: &AllowedOrigins) -> AppError {
        let app = origins.app();
        AppError::new(&codes::CSRF_REJECTED).with_message(match self {
            Self::ForeignOrigin => {
                format!("Cross-site request blocked: only `Origin: {app}` is accepted")
            }
            Self::CookiesWithoutOrigin => {
                format!("A request with cookies must say where it comes from: send `Origin: {app}`")
            }
        })
    }
}

/// Admits or refuses a request.
///
/// 1. A safe method passes.
/// 2. `Sec-Fetch-Site: same-origin` or `none` passes.
/// 3. An `Origin` that is allowed passes; `null` never is.
/// 4. Otherwise, if either header is present, the request is refused, whatever credentials it carries.
/// 5. With neither (no browser of this decade) it passes without our cookies, or with `Authorization`.
///
/// # Errors
/// When the request is refused.
pub fn judge(request: &CsrfRequest<'_>, origins: &AllowedOrigins) -> Result<(), CsrfRefusal> {
    // RFC 9110, section 9.2.1, without TRACE, which no route answers.
    if matches!(request.method, "GET" | "HEAD" | "OPTIONS") {
        return Ok(());
    }
    if matches!(request.sec_fetch_site, Sent::Once(b"same-origin" | b"none")) {
        return Ok(());
    }
    if origins.find(request.origin).is_some() {
        return Ok(());
    }
    if request.sec_fetch_site.is_there() || request.origin.is_there() {
        return Err(CsrfRefusal::ForeignOrigin);
    }
    if request.has_our_cookies && !request.has_authorization {
        return Err(CsrfRefusal::CookiesWithoutOrigin);
    }
    Ok(())
}

/// The CSRF phase. A route declared as a cross-site form passes: it can only redirect.
///
/// # Errors
/// 403 with the Origin to send.
pub(crate) fn check(
    shared: &ServerState,
    declaration: &Declaration,
    request: &Request,
    context: &RequestContext,
) -> Result<(), AppError> {
    if declaration.is_cross_site_form {
        return Ok(());
    }
    let headers = request.headers();
    let asked = CsrfRequest {
        method: request.method().as_str(),
        sec_fetch_site: Sent::of(headers, &SEC_FETCH_SITE),
        origin: Sent::of(headers, &ORIGIN),
        has_our_cookies: context.cookies().any(),
        has_authorization: headers.contains_key(AUTHORIZATION),
    };
    judge(&asked, &shared.origins).map_err(|refusal| refusal.into_error(&shared.origins))
}

#[cfg(test)]
mod tests {
    use super::CsrfRefusal::{CookiesWithoutOrigin, ForeignOrigin};
    use super::*;
    use crate::net::EVIL;

    fn origins(development: bool) -> AllowedOrigins {
        let listed = vec!["https://admin.io".parse().unwrap()];
        AllowedOrigins::new("https://app.io".parse().unwrap(), listed, development)
    }

    fn sent(text: Option<&str>) -> Sent<'_> {
        Sent::from_lines(text.map(str::as_bytes))
    }

    /// A POST: its origin headers, and whether it carries cookies and `Authorization`.
    fn post(
        site: Option<&str>,
        origin: Option<&str>,
        cookies: bool,
        authorization: bool,
    ) -> Result<(), CsrfRefusal> {
        let request = CsrfRequest {
            method: "POST",
            sec_fetch_site: sent(site),
            origin: sent(origin),
            has_our_cookies: cookies,
            has_authorization: authorization,
        };
        judge(&request, &origins(false))
    }

    const CREDENTIALS: [(bool, bool); 4] = [(false, false), (true, false), (false, true), (true, true)];

    #[test]
    fn the_origin_headers_decide_with_any_credentials() {
        let table = [
            (Some("same-origin"), None, Ok(())),
            (Some("none"), None, Ok(())),
            (Some("same-origin"), Some("https://app.io"), Ok(())),
            (Some("same-site"), None, Err(ForeignOrigin)),
            (Some("cross-site"), None, Err(ForeignOrigin)),
            (Some("Same-Origin"), None, Err(ForeignOrigin)),
            (Some("same-origin, same-origin"), None, Err(ForeignOrigin)),
            (Some(""), None, Err(ForeignOrigin)),
            (Some("same-site"), Some("https://app.io"), Ok(())),
            (Some("cross-site"), Some("https://admin.io"), Ok(())),
            (Some("cross-site"), Some("https://evil.io"), Err(ForeignOrigin)),
            (Some("cross-site"), Some("null"), Err(ForeignOrigin)),
            (None, Some("https://app.io"), Ok(())),
            (None, Some("https://admin.io"), Ok(())),
            (None, Some("https://evil.io"), Err(ForeignOrigin)),
            (None, Some("null"), Err(ForeignOrigin)),
        ];
        for (site, origin, expected) in table {
            for (cookies, authorization) in CREDENTIALS {
                assert_eq!(post(site, origin, cookies, authorization), expected, "{site:?} {origin:?}");
            }
        }
    }

    #[test]
    fn without_origin_headers_a_request_needs_authorization_or_no_cookies() {
        assert_eq!(post(None, None, false, false), Ok(()));
        assert_eq!(post(None, None, false, true), Ok(()));
        assert_eq!(post(None, None, true, true), Ok(()));
        assert_eq!(post(None, None, true, false), Err(CookiesWithoutOrigin));
    }

    #[test]
    fn odd_spellings_of_an_allowed_origin_are_foreign() {
        for development in [false, true] {
            for origin in EVIL {
                let request = CsrfRequest {
                    method: "POST",
                    sec_fetch_site: Sent::Absent,
                    origin: Sent::Once(origin.as_bytes()),
                    has_our_cookies: false,
                    has_authorization: false,
                };
                assert_eq!(judge(&request, &origins(development)), Err(ForeignOrigin), "{origin:?}");
            }
        }
    }

    #[test]
    fn a_header_sent_twice_counts_as_foreign() {
        let twice = Sent::from_lines([b"https://app.io".as_slice(), b"https://app.io"]);
        let request = CsrfRequest {
            method: "DELETE",
            sec_fetch_site: Sent::Absent,
            origin: twice,
            has_our_cookies: false,
            has_authorization: true,
        };
        assert_eq!(judge(&request, &origins(false)), Err(ForeignOrigin));
        let site = CsrfRequest { sec_fetch_site: Sent::Several, origin: Sent::Absent, ..request };
        assert_eq!(judge(&site, &origins(false)), Err(ForeignOrigin));
    }

    #[test]
    fn a_listed_hybrid_app_may_send_requests() {
        let listed = vec!["capacitor://localhost".parse().unwrap()];
        let origins = AllowedOrigins::new("https://app.io".parse().unwrap(), listed, false);
        for (origin, expected) in [
            ("capacitor://localhost", Ok(())),
            ("tauri://localhost", Err(ForeignOrigin)),
            ("null", Err(ForeignOrigin)),
        ] {
            let request = CsrfRequest {
                method: "POST",
                sec_fetch_site: sent(Some("cross-site")),
                origin: sent(Some(origin)),
                has_our_cookies: false,
                has_authorization: true,
            };
            assert_eq!(judge(&request, &origins), expected, "{origin}");
        }
    }

    #[test]
    fn safe_methods_pass_and_all_others_are_judged() {
        for (method, safe) in [
            ("GET", true),
            ("HEAD", true),
            ("OPTIONS", true),
            ("POST", false),
            ("PUT", false),
            ("PATCH", false),
            ("DELETE", false),
            ("TRACE", false),
            ("get", false),
            ("PROPFIND", false),
        ] {
            let request = CsrfRequest {
                method,
                sec_fetch_site: sent(Some("cross-site")),
                origin: sent(Some("https://evil.io")),
                has_our_cookies: true,
                has_authorization: false,
            };
            assert_eq!(judge(&request, &origins(false)).is_ok(), safe, "{method}");
        }
    }

    #[test]
    fn development_adds_this_machine_on_any_port() {
        for local in ["http://localhost:3000", "http://127.0.0.1:5173", "http://[::1]:1", "http://localhost"]
        {
            let request = CsrfRequest {
                method: "POST",
                sec_fetch_site: sent(Some("cross-site")),
                origin: sent(Some(local)),
                has_our_cookies: true,
                has_authorization: false,
            };
            assert_eq!(judge(&request, &origins(true)), Ok(()), "{local}");
            assert_eq!(judge(&request, &origins(false)), Err(ForeignOrigin), "{local}");
        }
    }

    #[test]
    fn the_message_names_the_origin_to_send() {
        for refusal in [ForeignOrigin, CookiesWithoutOrigin] {
            let error = refusal.into_error(&origins(false));
            assert_eq!(error.status_code(), 403);
            assert!(error.message().contains("`Origin: https://app.io`"), "{}", error.message());
        }
    }
}
