//! The root key and the keys derived from it: HKDF-SHA-256 (RFC 5869) with labels from one closed list, so that
//! each key has one purpose and losing one reveals nothing about another.
//!
//! The root key itself never encrypts, signs or authenticates anything.

use std::fmt;

use aws_lc_rs::{hkdf, hmac};

use crate::system::Rng;
use crate::utils::crypto::purpose::Purpose;
use crate::utils::crypto::random::random_key;
use crate::utils::crypto::seal::TokenSealer;
use crate::utils::crypto::secret::Key256;

/// Derives Palisade's keys from the root key.
#[derive(Clone)]
pub struct Keyring {
    root: Key256,
}

impl Keyring {
    /// A keyring over the root key of this deployment.
    pub fn new(root: Key256) -> Self {
        Self { root }
    }

    /// A new root key. Data under keys derived from another root key becomes unreadable with it.
    pub fn generate_root(rng: &dyn Rng) -> Key256 {
        random_key(rng)
    }

    /// The key that authenticates for this purpose.
    pub fn mac(&self, purpose: Purpose) -> MacKey {
        MacKey::new(&self.derive("mac", purpose))
    }

    /// The key that seals for this purpose.
    pub fn sealer(&self, purpose: Purpose) -> TokenSealer {
        TokenSealer::new(&self.derive("seal", purpose), purpose)
    }

    /// The bare key for this purpose, for code with its own key type.
    pub fn key(&self, purpose: Purpose) -> Key256 {
        self.derive("key", purpose)
    }

    /// The label also contains the kind of use: a purpose that is used in both ways gets two unrelated keys.
    fn derive(&self, usage: &str, purpose: Purpose) -> Key256 {
        let info = format!("palisade/v1/{usage}/{}", purpose.label());
        Key256::new(hkdf_sha256(b"palisade/v1/root", self.root.expose_secret(), info.as_bytes()))
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keyring(…)")
    }
}

/// A key for HMAC-SHA-256 (RFC 2104).
#[derive(Clone)]
pub struct MacKey(hmac::Key);

impl MacKey {
    /// From a key without any other use.
    pub fn new(key: &Key256) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, key.expose_secret()))
    }

    /// The tag of a message.
    pub fn tag(&self, message: &[u8]) -> [u8; 32] {
        let mut tag = [0; 32];
        tag.copy_from_slice(hmac::sign(&self.0, message).as_ref());
        tag
    }

    /// Whether `tag` is the whole tag of this message, in constant time.
    pub fn verify(&self, message: &[u8], tag: &[u8]) -> bool {
        hmac::verify(&self.0, message, tag).is_ok()
    }
}

impl fmt::Debug for MacKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MacKey(…)")
    }
}

/// The number of output bytes; the provider requires a separate type.
struct OutputLength(usize);

impl hkdf::KeyType for OutputLength {
    fn len(&self) -> usize {
        self.0
    }
}

#[expect(
    clippy::expect_used,
    reason = "HKDF refuses only more than 255 blocks of output; callers ask for three at most"
)]
fn hkdf_sha256<const N: usize>(salt: &[u8], secret: &[u8], info: &[u8]) -> [u8; N] {
    let mut output = [0; N];
    hkdf::Salt::new(hkdf::HKDF_SHA256, salt)
        .extract(secret)
        .expand(&[info], OutputLength(N))
        .and_then(|okm| okm.fill(&mut output))
        .expect("the output is short enough for HKDF");
    output
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
    }

    #[test]
    fn hkdf_agrees_with_rfc_5869_case_1() {
        let salt: Vec<u8> = (0x00..=0x0c).collect();
        let info: Vec<u8> = (0xf0..=0xf9).collect();
        let okm: [u8; 42] = hkdf_sha256(&salt, &[0x0b; 22], &info);
        assert_eq!(
            hex(&okm),
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"
        );
    }

    #[test]
    fn hkdf_agrees_with_rfc_5869_case_2() {
        let secret: Vec<u8> = (0x00..=0x4f).collect();
        let salt: Vec<u8> = (0x60..=0xaf).collect();
        let info: Vec<u8> = (0xb0..=0xff).collect();
        let okm: [u8; 82] = hkdf_sha256(&salt, &secret, &info);
        assert_eq!(
            hex(&okm),
            "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09\
             da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87"
        );
    }

    #[test]
    fn hkdf_agrees_with_rfc_5869_case_3() {
        let okm: [u8; 42] = hkdf_sha256(&[], &[0x0b; 22], &[]);
        assert_eq!(
            hex(&okm),
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"
        );
    }

    #[test]
    fn hmac_agrees_with_rfc_4231_case_2() {
        let key = MacKey(hmac::Key::new(hmac::HMAC_SHA256, b"Jefe"));
        let tag = key.tag(b"what do ya want for nothing?");
        assert_eq!(hex(&tag), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
        assert!(key.verify(b"what do ya want for nothing?", &tag));
        assert!(!key.verify(b"what do ya want for nothing!", &tag));
        assert!(!key.verify(b"what do ya want for nothing?", &tag[..31]));
    }

    #[test]
    fn every_purpose_and_use_has_its_own_key() {
        let keyring = Keyring::new(Key256::new([7; 32]));
        let keys: HashSet<[u8; 32]> = Purpose::ALL
            .into_iter()
            .flat_map(|purpose| {
                ["mac", "seal", "key"].map(|usage| *keyring.derive(usage, purpose).expose_secret())
            })
            .collect();
        assert_eq!(keys.len(), Purpose::ALL.len() * 3);
        assert!(!keys.contains(keyring.root.expose_secret()));
    }

    #[test]
    fn another_root_gives_other_keys() {
        let [one, two] =
            [1, 2].map(|byte| Keyring::new(Key256::new([byte; 32])).mac(Purpose::Cursor).tag(b"x"));
        assert_ne!(one, two);
    }
}
