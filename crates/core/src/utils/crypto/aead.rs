//! Authenticated encryption: AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce for each message.
//!
//! Bound: at most 2^32 messages under one key, which keeps the probability of a nonce collision below 2^-32
//! (section 8.3). Every message sealed here follows a password hash, a mail or an operator's command, so at a
//! hundred a second, day and night, the bound is more than a year away for the busiest key. No other code may seal
//! in a loop.

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

use crate::system::Rng;
use crate::utils::crypto::random::random_array;
use crate::utils::crypto::secret::{Key256, SecretBytes, secret_bytes};

const TAG_LENGTH: usize = 16;

/// A key for sealing; the sealed text is nonce, ciphertext, tag.
#[derive(Clone)]
pub(super) struct AeadKey(std::sync::Arc<LessSafeKey>);

impl AeadKey {
    #[expect(clippy::expect_used, reason = "AES-256 takes any 32 bytes")]
    pub(super) fn new(key: &Key256) -> Self {
        let key = UnboundKey::new(&AES_256_GCM, key.expose_secret()).expect("a key of 32 bytes fits AES-256");
        Self(std::sync::Arc::new(LessSafeKey::new(key)))
    }

    /// `context` is authenticated with the message, and must be the same to open it.
    #[expect(clippy::expect_used, reason = "AES-GCM refuses only more than 64 GiB")]
    pub(super) fn seal(&self, rng: &dyn Rng, context: &[u8], plain: &[u8]) -> Vec<u8> {
        let nonce: [u8; NONCE_LEN] = random_array(rng);
        let mut sealed = Vec::with_capacity(NONCE_LEN + plain.len() + TAG_LENGTH);
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(plain);
        let (_, message) = sealed.split_at_mut(NONCE_LEN);
        let tag = self
            .0
            .seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), Aad::from(context), message)
            .expect("the message is short enough for AES-GCM");
        sealed.extend_from_slice(tag.as_ref());
        sealed
    }

    /// `None` if the key, the context or any bit differs.
    pub(super) fn open(&self, context: &[u8], sealed: &[u8]) -> Option<SecretBytes> {
        let (nonce, message) = sealed.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut message = message.to_vec();
        let plain = self.0.open_in_place(nonce, Aad::from(context), &mut message).ok()?.len();
        message.truncate(plain);
        Some(secret_bytes(message))
    }
}

impl fmt::Debug for AeadKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AeadKey(…)")
    }
}
