//! The key with which this server proves itself to Apple, instead of a secret.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::config::settings::{Problem, Setting};
use crate::utils::crypto::secret::{SecretBytes, secret_bytes};
use crate::utils::crypto::token::SigningKey;

const BEGIN: &str = "-----BEGIN PRIVATE KEY-----";
const END: &str = "-----END PRIVATE KEY-----";

/// The id of a team or of a key at Apple.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppleId(String);

impl AppleId {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Setting for AppleId {
    fn expects() -> String {
        "ten capital letters and digits from Apple's developer account".to_owned()
    }

    fn parse(text: &str) -> Result<Self, Problem> {
        let is_one = text.len() == 10 && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        if is_one { Ok(Self(text.to_owned())) } else { Err("is not ten capital letters and digits".into()) }
    }

    fn show(&self) -> String {
        self.0.clone()
    }
}

/// A private key of P-256.
#[derive(Clone, Debug)]
pub struct ApplePrivateKey(SecretBytes);

impl ApplePrivateKey {
    /// In PKCS#8 (RFC 5958). The caller is responsible for where it goes.
    pub fn pkcs8(&self) -> &SecretBytes {
        &self.0
    }
}

impl Setting for ApplePrivateKey {
    const SECRET: bool = true;

    fn expects() -> String {
        "the content of the `.p8` file from Apple: a P-256 key as PKCS#8 in PEM, its line breaks also as `\\n`".to_owned()
    }

    fn parse(text: &str) -> Result<Self, Problem> {
        let text = Zeroizing::new(text.replace("\\n", "\n"));
        let inside = text.trim().strip_prefix(BEGIN).and_then(|rest| rest.strip_suffix(END));
        let inside = inside.ok_or("is not one private key in PEM")?;
        let packed: Zeroizing<String> =
            Zeroizing::new(inside.chars().filter(|c| !c.is_ascii_whitespace()).collect());
        let pkcs8 = STANDARD.decode(packed.as_bytes()).map_err(|_| "is not base64 inside its PEM")?;
        let pkcs8 = secret_bytes(pkcs8);
        SigningKey::from_pkcs8(pkcs8.clone()).map_err(|_| "is not a P-256 key in PKCS#8")?;
        Ok(Self(pkcs8))
    }

    fn show(&self) -> String {
        "(set)".to_owned()
    }
}

/// The parts of a client secret for Apple.
#[derive(Clone, Debug)]
pub struct AppleKey {
    /// The team.
    pub team: AppleId,
    /// The name of the key.
    pub id: AppleId,
    /// The key.
    pub private: ApplePrivateKey,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::utils::crypto::secret::ExposeSecret as _;

    fn pem(pkcs8: &[u8]) -> String {
        format!("{BEGIN}\n{}\n{END}\n", STANDARD.encode(pkcs8))
    }

    #[test]
    fn the_key_is_read_as_apple_gives_it_and_on_one_line() {
        let key = SigningKey::generate().unwrap();
        let text = pem(key.pkcs8().expose_secret());
        for text in
            [text.clone(), text.replace('\n', "\\n"), text.replace('\n', "\r\n"), text.trim().to_owned()]
        {
            let read = ApplePrivateKey::parse(&text).unwrap();
            assert_eq!(read.pkcs8().expose_secret(), key.pkcs8().expose_secret());
        }
        for text in
            ["", "key", &pem(b"key"), &text.replace("PRIVATE", "EC PRIVATE"), &format!("{text}{text}")]
        {
            assert!(ApplePrivateKey::parse(text).is_err(), "{text}");
        }
    }
}
