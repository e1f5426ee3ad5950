//! Our cookies are set by whoever has the keys of their values: nobody else puts a session into a browser.

use std::time::Duration;

use palisade_core::cookies::{CookieKind, SetCookie};

pub fn sign_in(token: String) -> SetCookie {
    SetCookie::set(CookieKind::Access, token, Duration::from_mins(10))
}
