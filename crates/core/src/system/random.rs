//! Randomness: its one source.

use std::fmt;

/// Random bytes from a cryptographically secure source.
pub trait Rng: Send + Sync + fmt::Debug {
    /// Fills the buffer. Cannot fail: a system without randomness must not run this program.
    fn fill(&self, bytes: &mut [u8]);
}

/// The operating system's randomness, through the cryptography provider.
#[derive(Debug, Default, Clone, Copy)]
pub struct SystemRng;

impl Rng for SystemRng {
    #[expect(clippy::expect_used, reason = "without randomness no secret can be created: stop at once")]
    fn fill(&self, bytes: &mut [u8]) {
        aws_lc_rs::rand::fill(bytes).expect("the operating system gives no randomness");
    }
}
