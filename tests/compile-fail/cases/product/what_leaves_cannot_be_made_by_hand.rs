//! An output, a cookie, mounted routes: each has constructors that keep its rule, and no literal bypasses them.

use std::time::Duration;

use palisade_core::cookies::{CookieKind, SetCookie};
use palisade_core::output::{Document, Redirect};

pub fn redirect(wanted: String) -> Redirect {
    Redirect { location: wanted }
}

pub fn cookie(token: String) -> SetCookie {
    SetCookie { kind: CookieKind::Refresh, attempt: None, value: token, max_age: Duration::from_mins(10) }
}

pub fn document(private: Vec<u8>) -> Document {
    Document { bytes: private.into() }
}
