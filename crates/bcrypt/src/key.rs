//! The key that bcrypt derives from a password: at most 72 bytes.

use std::fmt;

use thiserror::Error;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// The maximum number of bytes that bcrypt reads.
const LONGEST: usize = 72;

/// Why a password is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum KeyError {
    /// bcrypt would ignore the bytes after 72.
    #[error("a password of {length} bytes: bcrypt reads 72 at most")]
    TooLong {
        /// Its bytes.
        length: usize,
    },
    /// Implementations in C would ignore the bytes after it.
    #[error("a password with a NUL at byte {at}")]
    Nul {
        /// The position of the first one, counted from 0.
        at: usize,
    },
    /// A raw key of no bytes: the algorithm needs at least one.
    #[error("a raw key of no bytes")]
    Empty,
}

/// The key of a bcrypt, wiped when dropped.
///
/// bcrypt takes the password, a NUL after it if there is room, and repeats that until it has 72 bytes. Hence two
/// rules, which each constructor treats in its own way:
///
/// - **72 bytes.** Bytes after that are ignored, so two long passwords with the same beginning are one.
/// - **NUL.** In C a password ends at its first NUL. Elsewhere `"a"` and `"a\0a"` are the same key, since both read
///   `a`, NUL, `a`, NUL …
pub struct Key(Box<Bytes>);

/// Nobody else wipes it: a key that was wiped and is still there would be that of the empty password.
///
/// ```compile_fail,E0599
/// use zeroize::Zeroize;
///
/// palisade_bcrypt::Key::truncated("secret").zeroize();
/// ```
#[derive(Zeroize, ZeroizeOnDrop)]
struct Bytes {
    bytes: [u8; LONGEST],
    length: usize,
}

impl Key {
    /// A password of which every byte counts: two accepted passwords have the same key only if they are equal.
    ///
    /// To accept longer ones, hash them first, with a key that is not stored beside the result: without a key, an
    /// attacker can try leaked plain hashes of the same kind as passwords. base64(HMAC-SHA-384(key, password)) is
    /// 64 bytes without a NUL.
    ///
    /// ```
    /// use palisade_bcrypt::{Key, KeyError};
    ///
    /// assert!(Key::new("correct horse battery staple").is_ok());
    /// assert_eq!(Key::new([b'x'; 73]).unwrap_err(), KeyError::TooLong { length: 73 });
    /// assert_eq!(Key::new("pass\0word").unwrap_err(), KeyError::Nul { at: 4 });
    /// ```
    ///
    /// # Errors
    /// More than 72 bytes, or a NUL among them.
    pub fn new(password: impl AsRef<[u8]>) -> Result<Self, KeyError> {
        let password = password.as_ref();
        if password.len() > LONGEST {
            return Err(KeyError::TooLong { length: password.len() });
        }
        match password.iter().position(|byte| *byte == 0) {
            Some(at) => Err(KeyError::Nul { at }),
            None => Ok(Self::terminated(password)),
        }
    }

    /// A password as C's `crypt` reads it: up to its first NUL, and 72 bytes of that. For hashes that other
    /// programs made of unchecked passwords; several passwords may have one key.
    ///
    /// ```
    /// use palisade_bcrypt::{Cost, Hash, Key, Salt};
    ///
    /// let hash = Hash::with_salt(&Key::truncated([b'x'; 100]), Cost::MIN, Salt::new([7; 16]));
    /// assert!(hash.verify(&Key::truncated([b'x'; 72])));
    /// assert!(!hash.verify(&Key::truncated([b'x'; 71])));
    /// ```
    pub fn truncated(password: impl AsRef<[u8]>) -> Self {
        Self::terminated(password.as_ref().split(|byte| *byte == 0).next().unwrap_or_default())
    }

    /// The bytes that bcrypt repeats, including the NUL after the password if there should be one. For callers with
    /// another rule.
    ///
    /// # Errors
    /// No bytes, or more than 72.
    pub fn raw(key: impl AsRef<[u8]>) -> Result<Self, KeyError> {
        match key.as_ref() {
            [] => Err(KeyError::Empty),
            key if key.len() > LONGEST => Err(KeyError::TooLong { length: key.len() }),
            key => Ok(Self::copied(key, key.len())),
        }
    }

    fn terminated(password: &[u8]) -> Self {
        Self::copied(password, password.len() + 1)
    }

    /// A key of `length`, or of the maximum.
    fn copied(from: &[u8], length: usize) -> Self {
        let mut key = Box::new(Bytes { bytes: [0; LONGEST], length: length.min(LONGEST) });
        key.bytes.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
        Self(key)
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        let Bytes { bytes, length } = &*self.0;
        bytes.get(..*length).unwrap_or(bytes)
    }
}

impl Clone for Key {
    fn clone(&self) -> Self {
        Self::copied(self.bytes(), self.0.length)
    }
}

impl ZeroizeOnDrop for Key {}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nul_follows_while_there_is_room() {
        assert_eq!(Key::new("").unwrap().bytes(), b"\0");
        assert_eq!(Key::new("a").unwrap().bytes(), b"a\0");
        assert_eq!(Key::new([1; 71]).unwrap().bytes(), [&[1; 71][..], &[0]].concat());
        assert_eq!(Key::new([1; 72]).unwrap().bytes(), [1; 72]);
    }

    #[test]
    fn what_would_be_ignored_is_refused() {
        assert_eq!(Key::new([1; 73]).unwrap_err(), KeyError::TooLong { length: 73 });
        assert_eq!(Key::new([0; 73]).unwrap_err(), KeyError::TooLong { length: 73 });
        assert_eq!(Key::new("\0").unwrap_err(), KeyError::Nul { at: 0 });
        let last = [&[1; 71][..], &[0]].concat();
        assert_eq!(Key::new(last).unwrap_err(), KeyError::Nul { at: 71 });
    }

    #[test]
    fn truncated_is_cut_where_c_cuts() {
        assert_eq!(Key::truncated([1; 300]).bytes(), [1; 72]);
        assert_eq!(Key::truncated("ab\0c").bytes(), b"ab\0");
        assert_eq!(Key::truncated("\0").bytes(), b"\0");
        let late = [&[1; 72][..], b"\0x"].concat();
        assert_eq!(Key::truncated(late).bytes(), [1; 72]);
    }

    #[test]
    fn raw_adds_nothing() {
        assert_eq!(Key::raw("a\0a").unwrap().bytes(), b"a\0a");
        assert_eq!(Key::raw([1; 72]).unwrap().bytes(), [1; 72]);
        assert_eq!(Key::raw([1; 73]).unwrap_err(), KeyError::TooLong { length: 73 });
        assert_eq!(Key::raw("").unwrap_err(), KeyError::Empty);
    }

    #[test]
    fn a_key_is_wiped_and_not_shown() {
        fn is_wiped<T: ZeroizeOnDrop>() {}
        is_wiped::<Key>();
        is_wiped::<Bytes>();
        let mut key = Key::new("secret").unwrap();
        assert!(!format!("{key:?}").contains("secret"));
        key.0.zeroize();
        assert_eq!((key.0.bytes, key.0.length), ([0; 72], 0));
    }

    #[test]
    fn a_key_that_moves_leaves_no_bytes_behind() {
        assert_eq!(size_of::<Key>(), size_of::<usize>());
    }

    #[test]
    fn a_copy_is_the_same_key() {
        for key in [Key::new("").unwrap(), Key::new([1; 72]).unwrap(), Key::raw("a\0a").unwrap()] {
            assert_eq!(key.clone().bytes(), key.bytes());
        }
    }
}
