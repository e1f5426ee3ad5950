//! Reading who signed in, with the access token: the interface of OpenID Connect, and those of GitHub and Discord.

use palisade_core::utils::crypto::secret::{ExposeSecret as _, SecretString, secret_string};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use url::Url;

use super::error::{Doing, ProviderError, Refusal, UnavailableCause};
use super::identity::Profile;
use super::metadata::endpoint;
use super::presets::Endpoints;
use crate::outbound::{Answer, Call, Outbound};

/// Asks with the access token (RFC 6750 section 2.1).
pub(super) async fn ask(
    outbound: &Outbound,
    url: Url,
    accept: &'static str,
    token: &SecretString,
) -> Result<Answer, ProviderError> {
    let bearer = secret_string(format!("Bearer {}", token.expose_secret()));
    let call = Call::get(url).accept(accept).authorization(bearer);
    let answer = outbound.send(call).await.map_err(|error| Doing::Userinfo.failed(error))?;
    match answer.status() {
        status @ (500.. | 429) => Err(Doing::Userinfo.failed(UnavailableCause::Status(status))),
        _ => Ok(answer),
    }
}

/// The JSON of a successful answer.
pub(super) fn json_of<T: DeserializeOwned>(answer: &Answer) -> Result<T, Refusal> {
    let refusal = Refusal::Userinfo(answer.status());
    if !answer.is_success() {
        return Err(refusal);
    }
    serde_json::from_slice(answer.body()).map_err(|_| refusal)
}

/// Reads a path of a provider's own interface, from the first place where it is.
async fn read<T: DeserializeOwned>(
    outbound: &Outbound,
    endpoints: &Endpoints,
    path: &str,
    token: &SecretString,
) -> Result<T, ProviderError> {
    let mut last = Refusal::Userinfo(404);
    for interface in &endpoints.interfaces {
        let url = endpoint(&format!("{interface}{path}"));
        let url =
            url.ok_or_else(|| Doing::Userinfo.failed(UnavailableCause::Document("has no usable address")))?;
        let answer = ask(outbound, url, "application/json", token).await?;
        if answer.status() != 404 {
            return Ok(json_of(&answer)?);
        }
        last = Refusal::Userinfo(answer.status());
    }
    Err(last.into())
}

/// A user of GitHub. The id is a number that is never given to another account; the login may be.
#[derive(Deserialize)]
struct GitHubUser {
    id: u64,
    name: Option<Value>,
}

/// An address of a user of GitHub.
#[derive(Deserialize)]
struct GitHubAddress {
    email: String,
    primary: bool,
    verified: bool,
}

/// Who signed in at GitHub: subject and claims. The address in the profile is whatever a person typed there, so only the
/// list of addresses counts, and of it the primary one.
pub(super) async fn github(
    outbound: &Outbound,
    endpoints: &Endpoints,
    token: &SecretString,
) -> Result<(String, Profile), ProviderError> {
    let user: GitHubUser = read(outbound, endpoints, "/user", token).await?;
    let addresses: Vec<GitHubAddress> = read(outbound, endpoints, "/user/emails", token).await?;
    let primary = addresses.into_iter().find(|address| address.primary);
    let claims = json!({
        "email": primary.as_ref().map(|address| &address.email),
        "email_verified": primary.as_ref().is_some_and(|address| address.verified),
        "name": user.name,
    });
    let profile = serde_json::from_value(claims).map_err(|_| Refusal::Userinfo(200))?;
    Ok((user.id.to_string(), profile))
}

/// A user of Discord.
#[derive(Deserialize)]
struct DiscordUser {
    id: String,
    email: Option<Value>,
    verified: Option<Value>,
    global_name: Option<Value>,
}

/// Who signed in at Discord: subject and claims.
pub(super) async fn discord(
    outbound: &Outbound,
    endpoints: &Endpoints,
    token: &SecretString,
) -> Result<(String, Profile), ProviderError> {
    let user: DiscordUser = read(outbound, endpoints, "/users/@me", token).await?;
    let claims = json!({ "email": user.email, "email_verified": user.verified, "name": user.global_name });
    let profile = serde_json::from_value(claims).map_err(|_| Refusal::Userinfo(200))?;
    Ok((user.id, profile))
}
