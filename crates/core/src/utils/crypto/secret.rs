//! Values that must not be printed, compared byte by byte, or left behind in memory.
//!
//! Only holders are here; the module that creates a secret documents its purpose.

use std::fmt;

use zeroize::Zeroizing;

/// Compares two byte strings in a time that depends only on their lengths.
pub fn constant_time_eq(a: &[u8], b: &[u8]) -> bool {
    aws_lc_rs::constant_time::verify_slices_are_equal(a, b).is_ok()
}

macro_rules! secret {
    ($($(#[$meta:meta])* $name:ident($inner:ty) exposes $face:ty;)+) => {$(
        $(#[$meta])*
        #[derive(Clone)]
        pub struct $name(Zeroizing<$inner>);

        impl $name {
            /// Takes ownership of the value. Earlier copies of it are not wiped.
            pub fn new(value: $inner) -> Self {
                Self(Zeroizing::new(value))
            }

            /// The value itself. The name is long so that its uses are easy to find.
            pub fn expose_secret(&self) -> &$face {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }

        impl PartialEq for $name {
            /// In constant time for values of one length.
            fn eq(&self, other: &Self) -> bool {
                constant_time_eq(self.0.as_ref(), other.0.as_ref())
            }
        }

        impl Eq for $name {}
    )+};
}

secret! {
    /// Secret bytes of any length. Wiped when dropped; `Debug` shows nothing.
    SecretBytes(Vec<u8>) exposes [u8];
    /// A secret text, such as a password as received. Wiped when dropped; `Debug` shows nothing.
    SecretString(String) exposes str;
    /// A symmetric key of 256 bits. Wiped when dropped; `Debug` shows nothing.
    Key256([u8; 32]) exposes [u8; 32];
}

impl SecretString {
    /// The bytes of the text.
    pub fn expose_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl From<String> for SecretString {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_secret() {
        let shown = format!(
            "{:?} {:?} {:?}",
            SecretBytes::new(b"hunter2".to_vec()),
            SecretString::new("hunter2".to_owned()),
            Key256::new([0x41; 32])
        );
        assert_eq!(shown, "SecretBytes(…) SecretString(…) Key256(…)");
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
