//! A session cookie by hand.

use axum::Router;
use axum::routing::post;
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::Cookie;

use crate::people::with_sign_in;

pub fn app() -> Router {
    Router::new().route("/login", post(login))
}

async fn login(jar: CookieJar) -> CookieJar {
    jar.add(Cookie::new("session", "the token of the session"))
}

/// What was meant: the cookie of tower-sessions.
pub fn app_with_sessions() -> Router {
    with_sign_in(Router::new())
}
