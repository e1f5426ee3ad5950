//! The values of sign-in through providers: ids, secrets, addresses of servers, lists.

use std::fmt;

use url::Url;

use crate::config::product_name::ProductName;
use crate::config::settings::{Problem, Setting};
use crate::config::userinfo;
use crate::net::{ReturnToOrigins, ReturnToOriginsError, is_loopback};
use crate::utils::crypto::secret::{ExposeSecret as _, SecretString};
use crate::values::mail_address::{AddressProblem, canonical_domain};

/// The maximum length of an id or secret that a provider gives, in bytes.
const MAX_GIVEN: usize = 1024;

/// What a provider gives: visible ASCII (RFC 6749 appendix A), no placeholder.
fn check_given(text: &str) -> Result<(), Problem> {
    userinfo::refuse_placeholder(text)?;
    if text.len() > MAX_GIVEN {
        return Err(format!("is longer than {MAX_GIVEN} characters").into());
    }
    if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err("contains spaces, line breaks or characters outside ASCII".into());
    }
    Ok(())
}

/// The id of this server at a provider (RFC 6749 section 2.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientId(String);

impl ClientId {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Setting for ClientId {
    fn expects() -> String {
        "the id from the provider's console, visible ASCII".to_owned()
    }

    fn parse(text: &str) -> Result<Self, Problem> {
        check_given(text).map(|()| Self(text.to_owned()))
    }

    fn show(&self) -> String {
        self.0.clone()
    }
}

/// The secret of this server at a provider (RFC 6749 section 2.3.1).
#[derive(Clone, Debug)]
pub struct ClientSecret(SecretString);

impl ClientSecret {
    /// The text itself. The caller is responsible for where it goes.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl Setting for ClientSecret {
    const SECRET: bool = true;

    fn expects() -> String {
        "the secret from the provider's console, visible ASCII".to_owned()
    }

    fn parse(text: &str) -> Result<Self, Problem> {
        check_given(text).map(|()| Self(SecretString::from(text)))
    }

    fn show(&self) -> String {
        "(set)".to_owned()
    }
}

/// The address of a provider's server: an issuer, or the common beginning of its addresses. Kept byte for byte,
/// because an issuer is compared so (OpenID Connect Discovery 1.0 section 4.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerUrl {
    text: String,
    is_loopback: bool,
    is_secure: bool,
}

impl ServerUrl {
    /// As given.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The address of a path under it; the path begins with `/`.
    pub fn join(&self, path: &str) -> String {
        format!("{}{path}", self.text.trim_end_matches('/'))
    }

    /// Whether it is `https`.
    pub fn is_secure(&self) -> bool {
        self.is_secure
    }
}

impl Setting for ServerUrl {
    fn expects() -> String {
        "the address of a server, `https://id.example.org`, exactly as that server writes it; in development also \
         `http` on this machine"
            .to_owned()
    }

    fn parse(text: &str) -> Result<Self, Problem> {
        let url = Url::parse(text).map_err(|_| "is not a URL")?;
        let is_loopback = url.host().is_some_and(|host| is_loopback(&host));
        match url.scheme() {
            "https" => {}
            "http" if is_loopback => {}
            "http" => return Err("is not `https`, and not on this machine".into()),
            _ => return Err("is not `https`".into()),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("must not contain a user name or password".into());
        }
        if text.contains(['?', '#']) {
            return Err("must have neither `?` nor `#`".into());
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err("contains spaces or characters outside ASCII".into());
        }
        Ok(Self { text: text.to_owned(), is_loopback, is_secure: url.scheme() == "https" })
    }

    fn show(&self) -> String {
        self.text.clone()
    }
}

/// Whose people may sign in at Microsoft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tenant(String);

impl Tenant {
    /// The segment of the address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Setting for Tenant {
    fn expects() -> String {
        "`common`, `organizations`, `consumers`, or the id or a domain of a tenant".to_owned()
    }

    fn parse(text: &str) -> Result<Self, Problem> {
        let is_known = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.');
        let is_one =
            !text.is_empty() && text.len() <= 255 && text.bytes().all(is_known) && !text.starts_with('.');
        if is_one { Ok(Self(text.to_owned())) } else { Err("is no name of a tenant".into()) }
    }

    fn show(&self) -> String {
        self.0.clone()
    }
}

/// The scopes that are asked for, separated by spaces (RFC 6749 section 3.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scopes(String);

impl Scopes {
    /// As in a request.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Setting for Scopes {
    fn expects() -> String {
        "scopes separated by spaces, `openid` among them".to_owned()
    }

    fn parse(text: &str) -> Result<Self, Problem> {
        let scopes: Vec<&str> = text.split([' ', ',']).filter(|scope| !scope.is_empty()).collect();
        let is_token = |scope: &&str| scope.bytes().all(|b| b.is_ascii_graphic() && b != b'"' && b != b'\\');
        if !scopes.iter().all(is_token) {
            return Err("has a scope with a character that no scope has".into());
        }
        if !scopes.contains(&"openid") {
            return Err("has no `openid`, without which the provider names nobody".into());
        }
        Ok(Self(scopes.join(" ")))
    }

    fn show(&self) -> String {
        self.0.clone()
    }
}

/// The name of a provider for people: the text of its button.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label(String);

impl Label {
    pub(super) fn of(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Setting for Label {
    fn expects() -> String {
        ProductName::expects()
    }

    fn parse(text: &str) -> Result<Self, Problem> {
        ProductName::parse(text).map(|name| Self(name.as_str().to_owned()))
    }

    fn show(&self) -> String {
        self.0.clone()
    }
}

/// The domains whose mailboxes a provider gives out itself, in A-labels.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Domains(Vec<String>);

impl Domains {
    /// Whether this domain, in A-labels, is one of them. A domain below one of them is not.
    pub fn contains(&self, domain: &str) -> bool {
        self.0.iter().any(|known| known == domain)
    }
}

impl Setting for Domains {
    fn expects() -> String {
        "domains of mail addresses separated by commas".to_owned()
    }

    fn parse(text: &str) -> Result<Self, Problem> {
        let mut domains = Vec::new();
        for part in text.split(',').map(str::trim) {
            let domain = canonical_domain(part).map_err(AddressProblem::message)?;
            if !domain.contains('.') {
                return Err("names a top-level domain or a single machine".into());
            }
            if domains.contains(&domain) {
                return Err("names one domain twice".into());
            }
            domains.push(domain);
        }
        Ok(Self(domains))
    }

    fn show(&self) -> String {
        self.0.join(",")
    }
}

/// How this server shows its secret to the token endpoint (RFC 6749 section 2.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenAuth {
    /// In the header `Authorization`.
    Basic,
    /// In the body.
    Post,
}

impl Setting for TokenAuth {
    fn expects() -> String {
        "`basic` or `post`".to_owned()
    }

    fn parse(text: &str) -> Result<Self, Problem> {
        match text {
            "basic" => Ok(Self::Basic),
            "post" => Ok(Self::Post),
            _ => Err("is neither".into()),
        }
    }

    fn show(&self) -> String {
        match self {
            Self::Basic => "basic".to_owned(),
            Self::Post => "post".to_owned(),
        }
    }
}

impl Setting for ReturnToOrigins {
    fn expects() -> String {
        "origins (`https://www.example.org`) and addresses of apps (`com.example.app:/callback`, \
         `http://127.0.0.1/callback` for any port) separated by commas"
            .to_owned()
    }

    fn parse(text: &str) -> Result<Self, Problem> {
        text.parse().map_err(|error: ReturnToOriginsError| error.to_string().into())
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuer_is_kept_byte_for_byte() {
        for text in ["https://id.example.org", "https://id.example.org/", "https://ID.example.org:443/o//x"] {
            assert_eq!(ServerUrl::parse(text).unwrap().as_str(), text);
        }
        let base = ServerUrl::parse("http://localhost:9000/").unwrap();
        assert_eq!(base.join("/user"), "http://localhost:9000/user");
        assert!(!base.is_secure());
        for text in [
            "id.example.org",
            "http://id.example.org",
            "https://u@id.example.org",
            "https://id.example.org?x",
            "https://ïd.org",
        ] {
            assert!(ServerUrl::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn scopes_have_openid_and_one_space_between() {
        assert_eq!(Scopes::parse("openid,email  profile").unwrap().as_str(), "openid email profile");
        for text in ["", "email", "openid \"x", "openid \u{fc}"] {
            assert!(Scopes::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_domain_says_nothing_about_those_below_it() {
        let domains = Domains::parse("Example.org, bücher.example").unwrap();
        assert!(domains.contains("example.org") && domains.contains("xn--bcher-kva.example"));
        assert!(!domains.contains("mail.example.org") && !domains.contains("evil-example.org"));
        for text in ["", "org", "example.org,example.ORG", "ada@example.org", "*.example.org"] {
            assert!(Domains::parse(text).is_err(), "{text}");
        }
    }
}
