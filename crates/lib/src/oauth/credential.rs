//! How this server proves itself to the token endpoint: with its secret, or at Apple with a token that it signs.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::{EncodingKey, Header};
use palisade_core::config::oauth::{AppleKey, ClientCredential, TokenAuth};
use palisade_core::system::time::Timestamp;
use palisade_core::utils::crypto::secret::{ExposeSecret as _, SecretString, secret_string};
use serde::Serialize;
use url::form_urlencoded::{Serializer, byte_serialize};

/// How long Apple may accept a signed secret: it is made for one request.
const LIFE: Duration = Duration::from_mins(5);

/// The parts of a request that prove who sends it.
pub(super) struct Proof {
    /// The header `Authorization`, for the way of RFC 6749 that has it.
    pub(super) authorization: Option<SecretString>,
    /// More members of the form.
    pub(super) form: Vec<(&'static str, SecretString)>,
}

/// The proof of this client, shown in this way.
pub(super) fn proof(
    credential: &ClientCredential,
    client_id: &str,
    way: TokenAuth,
    audience: &str,
    now: Timestamp,
) -> Result<Proof, jsonwebtoken::errors::Error> {
    let secret = match credential {
        ClientCredential::Secret(secret) => SecretString::from(secret.expose()),
        ClientCredential::AppleKey(key) => signed(key, client_id, audience, now)?,
    };
    Ok(match way {
        TokenAuth::Basic => {
            let pair = format!("{}:{}", encoded(client_id), encoded(secret.expose_secret()));
            let header = format!("Basic {}", STANDARD.encode(secret_string(pair).expose_secret()));
            Proof { authorization: Some(secret_string(header)), form: Vec::new() }
        }
        TokenAuth::Post => Proof {
            authorization: None,
            form: vec![("client_id", SecretString::from(client_id)), ("client_secret", secret)],
        },
    })
}

/// As in a form: RFC 6749 section 2.3.1 wants id and secret so in the header too.
fn encoded(text: &str) -> String {
    byte_serialize(text.as_bytes()).collect()
}

/// A form, encoded.
pub(super) fn form<'a>(members: impl IntoIterator<Item = (&'a str, &'a str)>) -> SecretString {
    secret_string(Serializer::new(String::new()).extend_pairs(members).finish())
}

/// The claims of a secret for Apple (Apple, "Creating a client secret").
#[derive(Serialize)]
struct AppleClaims<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: &'a str,
    iat: i64,
    exp: i64,
}

/// A secret that Apple accepts for a few minutes. Each request gets its own, so none ends unnoticed.
fn signed(
    key: &AppleKey,
    client_id: &str,
    audience: &str,
    now: Timestamp,
) -> Result<SecretString, jsonwebtoken::errors::Error> {
    let header =
        Header { kid: Some(key.id.as_str().to_owned()), ..Header::new(jsonwebtoken::Algorithm::ES256) };
    let claims = AppleClaims {
        iss: key.team.as_str(),
        sub: client_id,
        aud: audience,
        iat: now.as_secs(),
        exp: now.plus(LIFE).as_secs(),
    };
    let encoding = EncodingKey::from_ec_der(key.private.pkcs8().expose_secret());
    jsonwebtoken::encode(&header, &claims, &encoding).map(secret_string)
}
