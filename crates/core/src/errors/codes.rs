//! The catalogue of error codes. A code is declared once, with its status, its public message and its meaning.
//!
//! Other modules declare theirs with [`error_codes!`](crate::error_codes); a server can answer the union of all
//! mounted catalogues.

/// One error that a caller can distinguish from all others.
#[derive(Debug, PartialEq, Eq)]
pub struct Code {
    /// The word on the wire: `VALIDATION_FAILED`.
    pub name: &'static str,
    /// The HTTP status. Always 4xx or 5xx: checked when the code is declared.
    pub status: u16,
    /// The default public message.
    pub message: &'static str,
    /// When it occurs and what to do, for the documentation.
    pub meaning: &'static str,
}

impl Code {
    /// Declares a code; a status that is not an error does not compile.
    ///
    /// # Panics
    /// At compile time, for a status that is not 4xx or 5xx.
    pub const fn new(name: &'static str, status: u16, message: &'static str, meaning: &'static str) -> Self {
        assert!(status >= 400 && status <= 599, "an error code has a 4xx or 5xx status");
        Self { name, status, message, meaning }
    }
}

/// Declares error codes and their catalogue:
/// `error_codes! { pub CATALOGUE; EMAIL_TAKEN = 409, "message", "meaning"; }`.
#[macro_export]
macro_rules! error_codes {
    ($(#[$list_meta:meta])* $vis:vis $catalogue:ident; $($name:ident = $status:literal, $message:literal, $meaning:literal;)+) => {
        $(
            #[doc = $meaning]
            pub static $name: $crate::errors::Code = const {
                $crate::errors::Code::new(stringify!($name), $status, $message, $meaning)
            };
        )+
        $(#[$list_meta])*
        $vis static $catalogue: &[&$crate::errors::Code] = &[$(&$name),+];
    };
}

error_codes! {
    /// The codes of the request life cycle; any route can answer them.
    pub CATALOGUE;

    MALFORMED_REQUEST = 400, "The request is malformed",
        "The request is not well-formed: its syntax, encoding, nesting depth, a duplicate key or the `Host` header.";
    VALIDATION_FAILED = 400, "Some fields are invalid",
        "The request is well-formed, but a field, query parameter, cursor or id is missing, unknown, of the wrong type or out of range. `details` lists every mistake.";
    AUTH_401 = 401, "Unauthorized",
        "The access token is missing, invalid, expired or outdated. Refreshing the session may help.";
    FORBIDDEN = 403, "You do not have permission to do this",
        "The caller is signed in but lacks the permission that this route requires, or the rank that this request needs; the message says which.";
    IMPERSONATING = 403, "You are acting as another user: end that first",
        "The caller impersonates another user, and this is for that user in person, or the session of the refresh token impersonates one: refreshing goes on when `DELETE /auth/impersonation` has ended it.";
    KEY_NOT_ALLOWED = 403, "This route takes no API keys",
        "The request presents an API key, and this route does not take them; the answer does not depend on the key. The documentation of a route says whether it does.";
    REAUTHENTICATION_REQUIRED = 403, "Sign in again to do this",
        "The route requires a recent sign-in: sign in again, or send the password.";
    CSRF_REJECTED = 403, "Cross-site request blocked",
        "The request came from another site. Browsers send `Origin` and `Sec-Fetch-Site` themselves; other clients send `Origin: {APP_URL}` when they use cookies.";
    NOT_FOUND = 404, "Not found",
        "The route does not exist, or the resource does not exist or is hidden from the caller.";
    METHOD_NOT_ALLOWED = 405, "Method not allowed",
        "The path exists, but not with this method; `Allow` lists the methods that do.";
    REQUEST_TIMEOUT = 408, "The request took too long to arrive",
        "The client sent the body too slowly.";
    CONFLICT = 409, "Another request changed this at the same time. Reload and try again",
        "A concurrent change was committed first, or the present state does not allow the request; the message says which. Read the resource again.";
    PAYLOAD_TOO_LARGE = 413, "The request body is too large",
        "The body exceeds the server's limit.";
    URI_TOO_LONG = 414, "The URL is too long",
        "Path and query together exceed 8 KiB.";
    UNSUPPORTED_MEDIA_TYPE = 415, "The body must be application/json",
        "The body is not `application/json`, or it is compressed.";
    RANGE_NOT_SATISFIABLE = 416, "The file has no such part",
        "The request asks for a part of a file (`Range`) that begins behind its end; `Content-Range` says how long it is.";
    IDEMPOTENCY_KEY_REUSED = 422, "This Idempotency-Key belongs to another request",
        "The `Idempotency-Key` was sent with another content within the last 24 hours. Choose a new key for each request, and repeat a request as it was.";
    RATE_LIMITED = 429, "Too many requests",
        "A rate limit was reached; `Retry-After` says when the next request will be accepted.";
    HEADERS_TOO_LARGE = 431, "The request headers are too large",
        "More than 64 headers, or more than 16 KiB of them.";
    INTERNAL = 500, "Something went wrong on our side",
        "A fault in the server. The log has the details under the request id.";
    SERVICE_UNAVAILABLE = 503, "The service is temporarily unavailable",
        "A dependency is down or the server is overloaded; `Retry-After` says when to try again.";
}
