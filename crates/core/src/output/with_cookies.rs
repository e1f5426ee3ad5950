//! An answer that sets or clears cookies: a separate kind, so that the OpenAPI document shows which routes do.

use super::kinds::sealed;
use super::kinds::{Accepted, Created, Output, OutputDoc, Success};
use super::plain::Redirect;
use super::reply::Reply;
use super::view::View;
use crate::cookies::SetCookie;
use crate::errors::AppError;

/// An output with its cookies.
#[derive(Debug)]
pub struct WithCookies<O> {
    output: O,
    cookies: Vec<SetCookie>,
}

impl<O> sealed::Sealed for WithCookies<O> {}

impl<O: Output> Output for WithCookies<O> {
    fn describe() -> OutputDoc {
        OutputDoc { sets_cookies: true, ..O::describe() }
    }
    fn into_reply(self) -> Result<Reply, AppError> {
        Ok(Reply { cookies: self.cookies, ..self.output.into_reply()? })
    }
}

macro_rules! with_cookies {
    ($($kind:ident $(<$v:ident>)?),+) => {$(
        impl $(<$v: View>)? $kind $(<$v>)? {
            /// Sets or clears a cookie along with the answer.
            #[must_use]
            pub fn with_cookie(self, cookie: SetCookie) -> WithCookies<Self> {
                self.with_cookies([cookie])
            }

            /// Sets or clears several cookies along with the answer.
            #[must_use]
            pub fn with_cookies(self, cookies: impl IntoIterator<Item = SetCookie>) -> WithCookies<Self> {
                WithCookies { output: self, cookies: cookies.into_iter().collect() }
            }
        }
    )+};
}

with_cookies!(Success<V>, Created<V>, Accepted, Redirect);
