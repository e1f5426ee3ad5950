//! Where a browser is sent during a sign-in through a provider. Nothing else leads a browser away from this server.

use std::fmt;

use url::Url;

use super::is_loopback;
use super::return_to::ReturnTo;

/// The address of an authorization endpoint with the parameters of one attempt (RFC 6749, 4.1.1): `https`, or `http` on
/// this machine.
#[derive(Clone, PartialEq, Eq)]
pub struct AuthorizationUrl(String);

impl AuthorizationUrl {
    /// The address; `None` if it is not `https` and not on this machine.
    pub fn new(url: &Url) -> Option<Self> {
        let is_local = || url.host().is_some_and(|host| is_loopback(&host));
        let is_fine = url.scheme() == "https" || (url.scheme() == "http" && is_local());
        is_fine.then(|| Self(url.as_str().to_owned()))
    }

    /// The whole address. It contains the `state` of the attempt, which no log may contain.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for AuthorizationUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AuthorizationUrl(…)")
    }
}

/// The code with which an app on the device gets the session of a sign-in that a browser made for it.
#[derive(Clone, PartialEq, Eq)]
pub struct AppCode(String);

impl AppCode {
    /// The code: unreserved characters of an address.
    pub fn new(code: String) -> Self {
        Self(code)
    }
}

impl fmt::Debug for AppCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AppCode(…)")
    }
}

/// Where a browser is sent during a sign-in through a provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// To the provider.
    Provider(AuthorizationUrl),
    /// Back to where the sign-in began, or to a page of this server.
    Back(ReturnTo),
    /// To an app on the device, with the code for its session in the query, as `code`.
    App(ReturnTo, AppCode),
    /// Back with an error code in the query, as `error`.
    Failed(ReturnTo, &'static str),
}

impl Destination {
    /// The address, for a `Location`: visible ASCII.
    pub fn location(&self) -> String {
        match self {
            Self::Provider(url) => url.expose().to_owned(),
            Self::Back(place) => place.as_str().to_owned(),
            Self::App(place, code) => place.with_parameter("code", &code.0),
            Self::Failed(place, code) => place.with_parameter("error", code),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_sent_to_providers_over_tls_only_except_on_this_machine() {
        let address = |text: &str| AuthorizationUrl::new(&Url::parse(text).expect("a URL"));
        for fine in ["https://idp.example/authorize?state=x", "http://localhost:9/a", "http://127.0.0.1:9/a"]
        {
            assert_eq!(address(fine).expect("fine").expose(), fine);
        }
        for refused in ["http://idp.example/authorize", "javascript:alert(1)", "data:text/html,x"] {
            assert_eq!(address(refused), None, "{refused}");
        }
    }
}
