//! Small helpers for the other modules of cryptography: random arrays, URL-safe base64, SHA-256.

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::system::Rng;
use crate::utils::crypto::secret::Key256;

/// Random bytes.
pub fn random_array<const N: usize>(rng: &dyn Rng) -> [u8; N] {
    let mut bytes = [0; N];
    rng.fill(&mut bytes);
    bytes
}

/// A random symmetric key.
pub fn random_key(rng: &dyn Rng) -> Key256 {
    Key256::new(random_array(rng))
}

/// URL-safe base64 without padding (RFC 4648 section 5): safe in a cookie, a fragment and a path.
pub fn encode_base64url(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Reads URL-safe base64 back. `None` for padding, other alphabets and spare bits that are not zero: each value
/// has exactly one spelling.
pub fn decode_base64url(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// Reads URL-safe base64 of exactly `N` bytes.
pub fn decode_base64url_array<const N: usize>(text: &str) -> Option<[u8; N]> {
    decode_base64url(text)?.try_into().ok()
}

/// SHA-256 (FIPS 180-4) of the parts, one after the other.
pub fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut context = digest::Context::new(&digest::SHA256);
    for part in parts {
        context.update(part);
    }
    let mut hash = [0; 32];
    hash.copy_from_slice(context.finish().as_ref());
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sha256_agrees_with_fips_180() {
        let hash = sha256(&[b"a", b"", b"bc"]);
        assert_eq!(encode_base64url(hash), "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0");
    }

    #[test]
    fn base64_has_one_spelling_for_each_value() {
        assert_eq!(decode_base64url("AA"), Some(vec![0]));
        for other in ["AA==", "AB", "A", "+/", "A A", "AA\n"] {
            assert_eq!(decode_base64url(other), None, "{other:?}");
        }
        assert_eq!(decode_base64url_array::<2>("AA"), None);
    }
}
