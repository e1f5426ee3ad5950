//! The signature of a webhook, as the specification of Standard Webhooks defines it.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::system::time::Timestamp;
use crate::utils::crypto::hmac_key::HmacKey;
use crate::utils::crypto::secret::{ExposeSecret as _, SecretBytes, SecretString, secret_bytes};

/// What a symmetric secret begins with.
const PREFIX: &str = "whsec_";
/// The lengths of a secret in bytes, by that specification.
const LENGTHS: std::ops::RangeInclusive<usize> = 24..=64;

/// The secret that this server and one receiver share: `whsec_` and base64 of 24 to 64 bytes.
#[derive(Clone)]
pub struct WebhookSecret(SecretBytes);

impl WebhookSecret {
    /// A secret of these bytes.
    pub fn of(bytes: [u8; 32]) -> Self {
        Self(secret_bytes(bytes.to_vec()))
    }

    /// Parses it. `None` for anything but the one form.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = STANDARD.decode(text.strip_prefix(PREFIX)?).ok()?;
        LENGTHS.contains(&bytes.len()).then(|| Self(secret_bytes(bytes)))
    }

    /// The text for the receiver. The caller is responsible for where it goes.
    pub fn to_text(&self) -> SecretString {
        SecretString::from(format!("{PREFIX}{}", STANDARD.encode(self.0.expose_secret())))
    }

    /// The key of this secret, for a receiver that checks signatures.
    pub fn to_key(&self) -> HmacKey {
        HmacKey::of(self.0.expose_secret())
    }

    /// The signature of a message: HMAC-SHA-256 over its id, the second of the attempt, and the body.
    fn sign(&self, id: &str, at: i64, body: &str) -> String {
        let tag = self.to_key().tag(&[id.as_bytes(), b".", at.to_string().as_bytes(), b".", body.as_bytes()]);
        format!("v1,{}", tag.to_base64())
    }
}

impl fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebhookSecret(…)")
    }
}

/// The headers of one attempt to deliver a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookHeaders {
    /// `webhook-timestamp`: seconds since 1970.
    pub timestamp: String,
    /// `webhook-signature`: one signature for each secret that is valid, separated by spaces.
    pub signature: String,
}

impl WebhookHeaders {
    /// Signs a message with every valid secret.
    pub fn sign(secrets: &[WebhookSecret], id: &str, at: Timestamp, body: &str) -> Self {
        let seconds = at.as_millis().div_euclid(1000);
        let signatures: Vec<String> = secrets.iter().map(|secret| secret.sign(id, seconds, body)).collect();
        Self { timestamp: seconds.to_string(), signature: signatures.join(" ") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification's reference libraries.
    #[test]
    fn a_signature_agrees_with_the_reference_libraries() {
        let secret = WebhookSecret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").expect("a secret");
        let at = Timestamp::from_secs(1_614_265_330);
        let body = r#"{"test": 2432232314}"#;
        let headers = WebhookHeaders::sign(&[secret], "msg_p5jXN8AQM9LWM0D4loKWxJek", at, body);
        assert_eq!(headers.timestamp, "1614265330");
        assert_eq!(headers.signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn a_secret_has_one_form_and_is_never_printed() {
        let secret = WebhookSecret::of([7; 32]);
        let text = secret.to_text();
        let again = WebhookSecret::parse(text.expose_secret()).expect("what was written is read");
        assert_eq!(again.to_text().expose_secret(), text.expose_secret());
        assert!(!format!("{secret:?}").contains("BwcH"));
        for (length, holds) in [(23, false), (24, true), (64, true), (65, false)] {
            let text = format!("{PREFIX}{}", STANDARD.encode(vec![1; length]));
            assert_eq!(WebhookSecret::parse(&text).is_some(), holds, "{length}");
        }
        for text in
            ["", "whsec_", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS!"]
        {
            assert!(WebhookSecret::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn every_valid_secret_signs() {
        let secrets = [WebhookSecret::of([1; 32]), WebhookSecret::of([2; 32])];
        let headers = WebhookHeaders::sign(&secrets, "aud_1", Timestamp::from_secs(1), "{}");
        let each: Vec<&str> = headers.signature.split(' ').collect();
        assert!(each.len() == 2 && each[0] != each[1] && each.iter().all(|one| one.starts_with("v1,")));
    }
}
