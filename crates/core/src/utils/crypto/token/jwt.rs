//! Signing a token, and verifying one: form, header, key, signature, claims, realm and time.

use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, Header, Validation};
use serde::Deserialize;

use super::claims::Claims;
use super::error::{MAX_TOKEN_LENGTH, SignError, TokenError};
use super::keys::{SigningKey, VerificationKeys};
use super::verified::Verified;
use crate::system::time::Timestamp;
use crate::utils::crypto::random::decode_base64url;

/// `typ` of an access token (RFC 9068 section 2.1): no other JWT, ours or a provider's, passes for one.
pub(super) const TOKEN_TYPE: &str = "at+jwt";

/// Everything a header of ours has; serde refuses any other member, `jku`, `jwk`, `x5u`, `x5c`, `crit`, `b64` and
/// `zip` among them, and any given twice.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StrictHeader<'a> {
    typ: &'a str,
    alg: &'a str,
    kid: &'a str,
}

impl SigningKey {
    /// Signs these claims.
    ///
    /// # Errors
    /// [`SignError::TooLong`] when the token would not fit into a cookie.
    pub fn sign(&self, claims: &Claims) -> Result<String, SignError> {
        let header = Header {
            typ: Some(TOKEN_TYPE.to_owned()),
            kid: Some(self.id().as_str().to_owned()),
            ..Header::new(Algorithm::ES256)
        };
        let token = jsonwebtoken::encode(&header, claims, &self.encoding)?;
        match token.len() {
            0..=MAX_TOKEN_LENGTH => Ok(token),
            length => Err(SignError::TooLong { length }),
        }
    }
}

impl VerificationKeys {
    /// Verifies a token at this moment: form, header, key, signature, claims, realm and time, in this order.
    ///
    /// # Errors
    /// The first reason to refuse; see [`TokenError`].
    pub fn verify(&self, token: &str, now: Timestamp) -> Result<Verified, TokenError> {
        let verified = self.verify_signed(token)?;
        self.check_again(&verified, now)?;
        Ok(verified)
    }

    /// The same without the time. Only for ending the session of a token that may have expired.
    ///
    /// # Errors
    /// The first reason to refuse; never one of time.
    pub fn verify_whenever(&self, token: &str) -> Result<Verified, TokenError> {
        let verified = self.verify_signed(token)?;
        verified.claims.check_realm(self.realm())?;
        Ok(verified)
    }

    /// The parts that may have changed since a token was verified: whether its key is still accepted, and its time.
    pub(super) fn check_again(&self, verified: &Verified, now: Timestamp) -> Result<(), TokenError> {
        if !self.contains(&verified.key_id) {
            return Err(TokenError::UnknownKey);
        }
        verified.claims.check_realm(self.realm())?;
        verified.claims.check_time(now)
    }

    fn verify_signed(&self, token: &str) -> Result<Verified, TokenError> {
        if token.len() > MAX_TOKEN_LENGTH {
            return Err(TokenError::TooLong);
        }
        let kid = strict_kid(token)?;
        let (key_id, key) = self.find(&kid).ok_or(TokenError::UnknownKey)?;
        let claims = jsonwebtoken::decode::<Claims>(token, key, &signature_only())
            .map_err(|error| match error.kind() {
                ErrorKind::InvalidSignature => TokenError::Signature,
                ErrorKind::Json(_) | ErrorKind::Utf8(_) => TokenError::Claims,
                _ => TokenError::Malformed,
            })?
            .claims;
        claims.check_shape()?;
        Ok(Verified { key_id: key_id.clone(), claims })
    }
}

/// The library verifies only the signature. Its own checks read the ambient clock, round fractional times and
/// accept one audience of several; ours do none of it.
pub(super) fn signature_only() -> Validation {
    let mut validation = Validation::new(Algorithm::ES256);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.validate_aud = false;
    validation
}

/// The key id of a token with our form and header.
fn strict_kid(token: &str) -> Result<String, TokenError> {
    let mut parts = token.split('.');
    let (Some(header), Some(claims), Some(signature), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(TokenError::Malformed);
    };
    if claims.is_empty() || signature.is_empty() {
        return Err(TokenError::Malformed);
    }
    let header = decode_base64url(header).ok_or(TokenError::Malformed)?;
    let header: StrictHeader<'_> = serde_json::from_slice(&header).map_err(|_| TokenError::Header)?;
    if header.typ != TOKEN_TYPE || header.alg != "ES256" {
        return Err(TokenError::Header);
    }
    Ok(header.kid.to_owned())
}
