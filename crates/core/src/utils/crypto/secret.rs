//! Values that must not be printed, compared byte by byte, or left behind in memory.
//!
//! Only holders are here; the module that creates a secret documents its purpose.

use std::fmt;

use secrecy::SecretSlice;
pub use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

/// Compares two byte strings in a time that depends only on their lengths.
pub fn constant_time_eq(a: &[u8], b: &[u8]) -> bool {
    aws_lc_rs::constant_time::verify_slices_are_equal(a, b).is_ok()
}

/// Secret bytes of any length. Wiped when dropped; `Debug` shows nothing.
pub type SecretBytes = SecretSlice<u8>;

/// Makes a secret of a text, such as a password as received. `SecretString::from(String)` may shrink the allocation,
/// which can move the text and leave a copy behind. So this copies the text, and wipes the original.
pub fn secret_string(text: String) -> SecretString {
    SecretString::from(Zeroizing::new(text).as_str())
}

/// The same as [`secret_string`], for bytes.
pub fn secret_bytes(bytes: Vec<u8>) -> SecretBytes {
    let bytes = Zeroizing::new(bytes);
    SecretBytes::from(Vec::from(bytes.as_slice()))
}

/// A symmetric key of 256 bits. Wiped when dropped; `Debug` shows nothing.
#[derive(Clone)]
pub struct Key256(Zeroizing<[u8; 32]>);

impl Key256 {
    /// Takes the key over. Copies made of it before are not wiped.
    pub fn new(key: [u8; 32]) -> Self {
        Self(Zeroizing::new(key))
    }

    /// The key itself. The name is long so that its uses are easy to find.
    pub fn expose_secret(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for Key256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key256(…)")
    }
}

impl PartialEq for Key256 {
    /// In constant time.
    fn eq(&self, other: &Self) -> bool {
        constant_time_eq(self.0.as_ref(), other.0.as_ref())
    }
}

impl Eq for Key256 {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_secret() {
        let shown = format!(
            "{:?} {:?} {:?}",
            secret_bytes(b"hunter2".to_vec()),
            secret_string("hunter2".to_owned()),
            Key256::new([0x41; 32])
        );
        assert_eq!(shown, "SecretBox<[u8]>([REDACTED]) SecretBox<str>([REDACTED]) Key256(…)");
    }

    #[test]
    fn a_secret_exposes_the_original_value() {
        let mut roomy = String::with_capacity(4096);
        roomy.push_str("hunter2");
        assert_eq!(secret_bytes(roomy.clone().into_bytes()).expose_secret(), b"hunter2");
        assert_eq!(secret_string(roomy).expose_secret(), "hunter2");
    }

    #[test]
    fn equality_looks_at_every_byte_and_at_the_length() {
        assert!(constant_time_eq(b"", b""));
        assert!(constant_time_eq(b"same", b"same"));
        assert!(!constant_time_eq(b"same", b"sama"));
        assert!(!constant_time_eq(b"same", b"same "));
        assert_ne!(Key256::new([1; 32]), Key256::new([2; 32]));
    }
}
