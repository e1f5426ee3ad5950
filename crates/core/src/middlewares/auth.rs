//! Authentication: from the credentials of a request to a [`Principal`], without a query.
//!
//! Permissions are in the token; revocations are in memory. The store confirms only super-admins. An API key is read once and
//! then remembered.

use http::HeaderMap;
use http::header::AUTHORIZATION;

use crate::cookies::{CookieKind, Presented};
use crate::declaration::AccessKind;
use crate::errors::{AppError, codes};
use crate::identity::{ApiKey, Principal};
use crate::request::RequestContext;
use crate::state::ServerState;
use crate::utils::crypto::secret::{ExposeSecret as _, SecretString};

/// The credentials of a request.
enum Credentials<'a> {
    None,
    Token(&'a str),
    /// A value that is meant as an API key. Only the header can have one: no cookie and no query ever does.
    Key(&'a str),
    /// A value that cannot be a token: a malformed header, or two cookies of one name.
    Unusable,
}

/// With an `Authorization` header the server ignores cookies, even if the header is invalid: a request with a bad token
/// must not act as the user of the cookie.
fn credentials<'a>(headers: &'a HeaderMap, context: &'a RequestContext) -> Credentials<'a> {
    if let Some(credentials) = bearer(headers) {
        return credentials;
    }
    if context.cookies().is_repeated(CookieKind::Access) {
        return Credentials::Unusable;
    }
    context.cookies().get(CookieKind::Access).map_or(Credentials::None, Credentials::Token)
}

/// The token of the `Authorization` header; `None` without such a header.
fn bearer(headers: &HeaderMap) -> Option<Credentials<'_>> {
    let mut authorizations = headers.get_all(AUTHORIZATION).iter();
    let header = authorizations.next()?;
    if authorizations.next().is_some() {
        return Some(Credentials::Unusable);
    }
    // RFC 9110, 11.1: the scheme is case-insensitive; one space, then the token.
    Some(match header.to_str().ok().and_then(|text| text.split_once(' ')) {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => {
            if ApiKey::is_meant(token) {
                Credentials::Key(token)
            } else {
                Credentials::Token(token)
            }
        }
        _ => Credentials::Unusable,
    })
}

const BEARER: &[u8] = b"bearer";

/// The tokens of all `Authorization` headers with the scheme `Bearer`. Others are ignored: they may be the password of
/// a proxy.
fn bearers(headers: &HeaderMap) -> Presented {
    let mut tokens = Presented::default();
    for header in headers.get_all(AUTHORIZATION) {
        let Some((scheme, token)) = header.as_bytes().split_at_checked(BEARER.len()) else { continue };
        if !scheme.eq_ignore_ascii_case(BEARER) {
            continue;
        }
        match token.split_first() {
            None => {}
            Some((b' ', token)) => tokens.add(token.trim_ascii()),
            // The scheme is `Bearer`, but the rest is malformed.
            Some(_) => tokens.add_unreadable(),
        }
    }
    tokens
}

/// Why a value that is meant as an API key cannot be one.
const MISTYPED: &str = "the API key is malformed, or its checksum is wrong";

/// The authentication phase.
///
/// # Errors
/// 401 for invalid credentials where they are required; 403 for an API key where keys are not taken; 503 when the revocations are too old to trust and cannot be
/// read.
pub(crate) async fn authenticate(
    shared: &ServerState,
    (kind, takes_keys): (AccessKind, bool),
    headers: &HeaderMap,
    context: &mut RequestContext,
) -> Result<Option<Principal>, AppError> {
    let required = match kind {
        AccessKind::Public | AccessKind::RefreshCookie | AccessKind::Loopback => return Ok(None),
        AccessKind::Scheduler => return schedule(shared, headers, context).map(|()| None),
        AccessKind::Optional => {
            context.set_bearer_tokens(bearers(headers));
            false
        }
        AccessKind::Session
        | AccessKind::InPerson
        | AccessKind::Fresh
        | AccessKind::Permission
        | AccessKind::OwnerOrPermission
        | AccessKind::PermissionInPerson
        | AccessKind::FreshPermission => true,
    };
    let principal = match credentials(headers, context) {
        Credentials::Token(token) => match identify(shared, token).await {
            Ok(principal) => Some(principal),
            Err(error) if !required && error.status_code() == 401 => None,
            Err(error) => return Err(error),
        },
        Credentials::Key(text) if takes_keys => Some(identify_key(shared, text).await?),
        // Before the key is looked at: the answer says nothing about it, and costs nothing.
        Credentials::Key(_) if required => return Err(AppError::new(&codes::KEY_NOT_ALLOWED)),
        Credentials::None | Credentials::Unusable | Credentials::Key(_) => None,
    };
    if required && principal.is_none() {
        return Err(AppError::new(&codes::AUTH_401));
    }
    if let Some(principal) = &principal {
        // Who acts pays, and is in the log: impersonating uses up nobody else's limits.
        context.identified(principal.acting_user(), principal.key_id());
        context.acts_as(principal.user_id);
    }
    Ok(principal)
}

/// The credentials of a request that goes on after its head was answered.
pub(super) struct Kept {
    text: SecretString,
    is_key: bool,
}

/// Keeps the credentials of a request that was authenticated with them.
pub(super) fn keep(headers: &HeaderMap, context: &RequestContext) -> Option<Kept> {
    let (text, is_key) = match credentials(headers, context) {
        Credentials::Token(token) => (token, false),
        Credentials::Key(key) => (key, true),
        Credentials::None | Credentials::Unusable => return None,
    };
    Some(Kept { text: SecretString::from(text), is_key })
}

/// Whether these credentials would still be accepted. Where that cannot be known, they would not.
pub(super) async fn is_still_valid(shared: &ServerState, kept: &Kept) -> bool {
    let text = kept.text.expose_secret();
    let identified =
        if kept.is_key { identify_key(shared, text).await } else { identify(shared, text).await };
    identified.is_ok()
}

/// Recognizes the scheduler. Without `CRON_SECRET` nobody is.
fn schedule(shared: &ServerState, headers: &HeaderMap, context: &mut RequestContext) -> Result<(), AppError> {
    match (&shared.scheduler.secret, bearer(headers)) {
        (Some(secret), Some(Credentials::Token(token))) if secret.is(token.as_bytes()) => {
            context.scheduled();
            Ok(())
        }
        _ => Err(AppError::new(&codes::AUTH_401)),
    }
}

async fn identify_key(shared: &ServerState, text: &str) -> Result<Principal, AppError> {
    let authenticator = shared.authenticator.as_ref();
    let refused = || AppError::new(&codes::AUTH_401).with_cause(MISTYPED);
    let key = ApiKey::parse(text).ok_or_else(refused)?;
    if let Some(catching_up) = authenticator.catch_up() {
        catching_up.await?;
    }
    authenticator.identify(&key).await
}

async fn identify(shared: &ServerState, token: &str) -> Result<Principal, AppError> {
    let authenticator = shared.authenticator.as_ref();
    if let Some(catching_up) = authenticator.catch_up() {
        catching_up.await?;
    }
    // The current time, not the arrival time: the request may have waited for the limiter or for the revocations,
    // and the revocations of tokens that have expired by now may be forgotten.
    let principal = authenticator
        .verify(token, shared.clock.now())
        .map_err(|refused| AppError::new(&codes::AUTH_401).with_cause(refused))?;
    if principal.confirm { authenticator.confirm(principal).await } else { Ok(principal) }
}
