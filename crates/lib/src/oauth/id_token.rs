//! ID tokens (OpenID Connect Core 1.0 section 3.1.3.7): form, signature, and each claim.

use std::time::Duration;

use aws_lc_rs::digest;
use palisade_core::system::time::Timestamp;
use palisade_core::utils::crypto::random::{decode_base64url, encode_base64url};
use palisade_core::utils::crypto::secret::constant_time_eq;
use serde::Deserialize;
use serde_json::{Number, Value};

use super::algorithm::Algorithm;
use super::error::Refusal;
use super::keys::Keys;

/// How far the clocks of provider and server may differ.
const LEEWAY: Duration = Duration::from_mins(1);

/// The header of a token. Members that only inform are ignored; `crit` names members that may not be (RFC 7515 section
/// 4.1.11), and none of them is known here.
#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    crit: Option<Value>,
}

/// A signed token that was not verified.
pub(super) struct Signed<'a> {
    message: &'a str,
    signature: &'a str,
    claims: Vec<u8>,
    key_id: Option<String>,
    pub(super) algorithm: Algorithm,
}

impl<'a> Signed<'a> {
    /// Reads a token in the compact form (RFC 7515 section 7.1), signed with one of these algorithms.
    pub(super) fn parse(token: &'a str, accepted: &[Algorithm]) -> Result<Self, Refusal> {
        let (message, signature) = token.rsplit_once('.').ok_or(Refusal::Malformed)?;
        let (header, claims) = message.split_once('.').ok_or(Refusal::Malformed)?;
        if claims.contains('.') {
            return Err(Refusal::Malformed);
        }
        let header = decode_base64url(header).ok_or(Refusal::Malformed)?;
        let header: Header = serde_json::from_slice(&header).map_err(|_| Refusal::Malformed)?;
        if header.crit.is_some() {
            return Err(Refusal::Malformed);
        }
        let algorithm = Algorithm::of(&header.alg).filter(|algorithm| accepted.contains(algorithm));
        Ok(Self {
            message,
            signature,
            claims: decode_base64url(claims).ok_or(Refusal::Malformed)?,
            key_id: header.kid,
            algorithm: algorithm.ok_or(Refusal::Algorithm)?,
        })
    }

    /// The claims, once the signature is verified.
    pub(super) fn verified(&self, keys: &Keys) -> Result<&[u8], Refusal> {
        keys.verify(self.key_id.as_deref(), self.algorithm, self.message.as_bytes(), self.signature)?;
        Ok(&self.claims)
    }
}

/// The claims that decide. A claim that occurs twice is refused.
#[derive(Deserialize)]
pub(super) struct Claims {
    pub(super) iss: String,
    pub(super) sub: String,
    aud: Audience,
    azp: Option<String>,
    exp: Number,
    iat: Number,
    nbf: Option<Number>,
    nonce: Option<String>,
    at_hash: Option<String>,
    /// The tenant, at Microsoft.
    pub(super) tid: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

/// What the token must say.
pub(super) struct Expected<'a> {
    pub(super) client_id: &'a str,
    pub(super) nonce: Nonce<'a>,
    /// The access token that came with it.
    pub(super) access_token: Option<&'a str>,
    pub(super) algorithm: Algorithm,
    pub(super) now: Timestamp,
}

/// The nonce of this sign-in.
#[derive(Clone, Copy)]
pub(super) enum Nonce<'a> {
    /// The token must have it.
    Needed(&'a str),
    /// The provider gives none back; another one is wrong all the same.
    IfPresent(&'a str),
}

impl Claims {
    /// Reads verified claims.
    pub(super) fn parse(claims: &[u8]) -> Result<Self, Refusal> {
        serde_json::from_slice(claims).map_err(|_| Refusal::Malformed)
    }

    /// Checks everything but the issuer.
    pub(super) fn check(&self, expected: &Expected<'_>) -> Result<(), Refusal> {
        self.check_audience(expected.client_id)?;
        self.check_time(expected.now)?;
        self.check_nonce(expected.nonce)?;
        self.check_access_token(expected)
    }

    fn check_audience(&self, client_id: &str) -> Result<(), Refusal> {
        let (is_ours, others) = match &self.aud {
            Audience::One(one) => (one == client_id, 0),
            Audience::Several(all) => {
                let others = all.iter().filter(|one| *one != client_id).count();
                (others < all.len(), others)
            }
        };
        if !is_ours {
            return Err(Refusal::Audience);
        }
        match &self.azp {
            Some(party) if party != client_id => Err(Refusal::AuthorizedParty),
            // With other audiences the token must say whom it was issued to.
            None if others > 0 => Err(Refusal::AuthorizedParty),
            _ => Ok(()),
        }
    }

    fn check_time(&self, now: Timestamp) -> Result<(), Refusal> {
        if at(&self.exp)?.plus(LEEWAY) <= now {
            return Err(Refusal::Expired);
        }
        let latest = now.plus(LEEWAY);
        let begins = [Some(&self.iat), self.nbf.as_ref()];
        for begin in begins.into_iter().flatten() {
            if at(begin)? > latest {
                return Err(Refusal::NotYetValid);
            }
        }
        Ok(())
    }

    fn check_nonce(&self, expected: Nonce<'_>) -> Result<(), Refusal> {
        let is_same = |wanted: &str, nonce: &String| constant_time_eq(nonce.as_bytes(), wanted.as_bytes());
        let is_right = match expected {
            Nonce::Needed(wanted) => self.nonce.as_ref().is_some_and(|nonce| is_same(wanted, nonce)),
            Nonce::IfPresent(wanted) => self.nonce.as_ref().is_none_or(|nonce| is_same(wanted, nonce)),
        };
        if is_right { Ok(()) } else { Err(Refusal::Nonce) }
    }

    /// `at_hash`, where there is one: the left half of the hash of the access token.
    fn check_access_token(&self, expected: &Expected<'_>) -> Result<(), Refusal> {
        let Some(hash) = &self.at_hash else { return Ok(()) };
        let token = expected.access_token.ok_or(Refusal::AccessTokenHash)?;
        let whole = digest::digest(expected.algorithm.hash(), token.as_bytes());
        let half = whole.as_ref().get(..whole.as_ref().len() / 2).unwrap_or_default();
        let is_right = constant_time_eq(encode_base64url(half).as_bytes(), hash.as_bytes());
        if is_right { Ok(()) } else { Err(Refusal::AccessTokenHash) }
    }
}

/// A point in time as JWTs have it: seconds since 1970, perhaps with a fraction (RFC 7519 section 2).
fn at(seconds: &Number) -> Result<Timestamp, Refusal> {
    if let Some(whole) = seconds.as_i64() {
        return Ok(Timestamp::from_secs(whole));
    }
    let seconds = seconds.as_f64().filter(|seconds| seconds.is_finite()).ok_or(Refusal::Malformed)?;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a float beyond the bounds becomes the nearest bound"
    )]
    let whole = seconds.floor() as i64;
    Ok(Timestamp::from_secs(whole))
}
