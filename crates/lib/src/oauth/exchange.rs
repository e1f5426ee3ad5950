//! Exchanging a code for tokens (RFC 6749 section 4.1.3, RFC 7636 section 4.5).

use palisade_core::utils::crypto::secret::{ExposeSecret as _, SecretString, secret_string};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::credential::{Proof, form};
use super::error::{Doing, ProviderError, Refusal, UnavailableCause};
use crate::outbound::{Answer, Call, Outbound};

/// The tokens of one sign-in. They are dropped with the sign-in; nothing keeps them.
pub(super) struct Tokens {
    pub(super) access: Option<SecretString>,
    pub(super) id: Option<SecretString>,
}

/// The answer of a token endpoint. Everything may be missing: there are answers of every shape.
#[derive(Deserialize)]
struct Body {
    access_token: Option<String>,
    id_token: Option<String>,
    token_type: Option<String>,
    error: Option<Value>,
}

/// Errors of token endpoints that say something to an operator. Any other text could be a part of the request.
const KNOWN_ERRORS: [&str; 13] = [
    "access_denied",
    "bad_verification_code",
    "incorrect_client_credentials",
    "invalid_client",
    "invalid_code",
    "invalid_grant",
    "invalid_request",
    "invalid_scope",
    "redirect_uri_mismatch",
    "server_error",
    "temporarily_unavailable",
    "unauthorized_client",
    "unsupported_grant_type",
];

/// What is exchanged.
pub(super) struct Grant<'a> {
    pub(super) code: &'a str,
    /// `None` for a provider that takes none.
    pub(super) code_verifier: Option<&'a str>,
    pub(super) redirect_uri: &'a str,
}

/// The request for the tokens of a code.
pub(super) fn call(endpoint: Url, grant: &Grant<'_>, proof: &Proof) -> Call {
    let members =
        [("grant_type", "authorization_code"), ("code", grant.code), ("redirect_uri", grant.redirect_uri)];
    let verifier = grant.code_verifier.map(|verifier| ("code_verifier", verifier));
    let proved = proof.form.iter().map(|(name, value)| (*name, value.expose_secret()));
    let call = Call::post_form(endpoint, form(members.into_iter().chain(verifier).chain(proved)));
    match &proof.authorization {
        Some(header) => call.authorization(header.clone()),
        None => call,
    }
}

/// Sends the request.
pub(super) async fn exchange(outbound: &Outbound, call: Call) -> Result<Tokens, ProviderError> {
    let answer = outbound.send(call).await.map_err(|error| Doing::Exchange.failed(error))?;
    tokens(&answer)
}

/// The tokens of an answer. An error may come with any status, 200 among them.
fn tokens(answer: &Answer) -> Result<Tokens, ProviderError> {
    let status = answer.status();
    if status >= 500 || status == 429 {
        return Err(Doing::Exchange.failed(UnavailableCause::Status(status)));
    }
    let body: Option<Body> = serde_json::from_slice(answer.body()).ok();
    let error = body.as_ref().and_then(|body| body.error.as_ref());
    if !answer.is_success() || error.is_some() {
        let code = error.and_then(Value::as_str);
        let known = KNOWN_ERRORS.into_iter().find(|known| code == Some(*known));
        return Err(Refusal::TokenEndpoint { status, code: known.unwrap_or("another error") }.into());
    }
    let body = body.ok_or(Refusal::NoTokens)?;
    let is_bearer = body.token_type.as_ref().is_none_or(|kind| kind.eq_ignore_ascii_case("bearer"));
    let present = |token: Option<String>| token.filter(|token| !token.is_empty()).map(secret_string);
    let tokens = Tokens { access: present(body.access_token), id: present(body.id_token) };
    if !is_bearer || (tokens.access.is_none() && tokens.id.is_none()) {
        return Err(Refusal::NoTokens.into());
    }
    Ok(tokens)
}
