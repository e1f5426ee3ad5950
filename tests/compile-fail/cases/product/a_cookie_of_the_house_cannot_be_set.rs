//! Only the holder of the keys sets Palisade's cookies: no other code puts a session into a browser.

use std::time::Duration;

use palisade_core::cookies::{CookieKind, SetCookie};

pub fn sign_in(token: String) -> SetCookie {
    SetCookie::set(CookieKind::Access, token, Duration::from_mins(10))
}
