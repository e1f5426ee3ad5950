//! The document of an issuer (OpenID Connect Discovery 1.0 section 3, RFC 8414).

use serde::Deserialize;
use url::{Host, Url};

use super::algorithm::Algorithm;
use super::error::UnavailableCause;
use super::issuer::IssuerRule;

/// The document as published.
#[derive(Deserialize)]
struct Document {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    userinfo_endpoint: Option<String>,
    response_types_supported: Vec<String>,
    id_token_signing_alg_values_supported: Option<Vec<String>>,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    authorization_response_iss_parameter_supported: Option<bool>,
}

/// What a sign-in needs of it.
#[derive(Debug)]
pub(super) struct Metadata {
    /// The issuer, as the document names itself.
    pub(super) issuer: String,
    pub(super) authorization: Url,
    pub(super) token: Url,
    pub(super) keys: Url,
    pub(super) userinfo: Option<Url>,
    pub(super) algorithms: Vec<Algorithm>,
    /// Whether the token endpoint takes the secret in the body only.
    pub(super) is_post_only: bool,
    /// Whether callbacks name the issuer (RFC 9207 section 3).
    pub(super) names_itself: bool,
}

impl Metadata {
    /// Reads the document of this issuer.
    pub(super) fn parse(body: &[u8], rule: &IssuerRule) -> Result<Self, UnavailableCause> {
        let bad = UnavailableCause::Document;
        let document: Document = serde_json::from_slice(body).map_err(|_| {
            bad("is not one of OpenID Connect: it is no JSON, or lacks a member that every one has")
        })?;
        if !rule.is_of_document(&document.issuer) {
            return Err(bad(
                "is of another issuer: compare its member `issuer` with the setting, letter by letter",
            ));
        }
        if !document.response_types_supported.iter().any(|one| one == "code") {
            return Err(bad("does not list the response type `code`"));
        }
        // Without a list there is the one algorithm that every provider must have.
        let listed =
            document.id_token_signing_alg_values_supported.unwrap_or_else(|| vec!["RS256".to_owned()]);
        let algorithms: Vec<Algorithm> = listed.iter().filter_map(|name| Algorithm::of(name)).collect();
        if algorithms.is_empty() {
            return Err(bad("lists no algorithm for ID tokens that this server accepts"));
        }
        let endpoint = |text: &str| endpoint(text).ok_or(bad("has an endpoint that is not `https`"));
        let methods = document.token_endpoint_auth_methods_supported.unwrap_or_default();
        let takes = |name: &str| methods.iter().any(|method| method == name);
        Ok(Self {
            authorization: endpoint(&document.authorization_endpoint)?,
            token: endpoint(&document.token_endpoint)?,
            keys: endpoint(&document.jwks_uri)?,
            userinfo: document.userinfo_endpoint.as_deref().map(endpoint).transpose()?,
            issuer: document.issuer,
            algorithms,
            is_post_only: takes("client_secret_post") && !takes("client_secret_basic"),
            names_itself: document.authorization_response_iss_parameter_supported.unwrap_or(false),
        })
    }
}

/// An address that this server or a browser may be sent to: `https`, or `http` on this machine, which the guard of
/// outside calls judges once more.
pub(super) fn endpoint(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let is_here = match url.host()? {
        Host::Domain(name) => name == "localhost" || name.ends_with(".localhost"),
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    };
    let is_safe = url.scheme() == "https" || (url.scheme() == "http" && is_here);
    let is_plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    (is_safe && is_plain).then_some(url)
}
