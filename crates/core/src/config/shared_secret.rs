//! Secrets that two programs of an operator share.

use super::passphrase::Passphrase;
use super::reader::Reader;
use super::settings::{Definition, Problem, Setting};
use crate::utils::crypto::secret::constant_time_eq;

/// The lengths: 32 characters of base64 or hexadecimal digits have 128 bits or more.
const LENGTHS: std::ops::RangeInclusive<usize> = 32..=256;

/// A secret that this server shares with another program of the operator: it can be sent in a header.
#[derive(Clone, Debug)]
pub struct SharedSecret(Passphrase);

impl SharedSecret {
    /// The text itself. The caller is responsible for where it goes.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    /// Refuses a sample in production, and the same secret elsewhere.
    pub(super) fn check(&self, definition: &'static Definition, reader: &mut Reader<'_>) {
        reader.keep(definition, self.expose());
        if reader.is_production() && self.0.is_sample() {
            reader.refuse(definition, "is a sample or easily guessed");
        }
    }

    /// Whether this is the secret. The time depends only on the lengths.
    pub fn is(&self, presented: &[u8]) -> bool {
        constant_time_eq(self.0.expose().as_bytes(), presented)
    }
}

impl Setting for SharedSecret {
    const SECRET: bool = true;

    fn expects() -> String {
        format!(
            "{} to {} visible ASCII characters without a space (`openssl rand -hex 32`)",
            LENGTHS.start(),
            LENGTHS.end()
        )
    }

    fn parse(text: &str) -> Result<Self, Problem> {
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err("contains a character that a header cannot carry".into());
        }
        if !LENGTHS.contains(&text.len()) {
            return Err(if text.len() < *LENGTHS.start() { "is too short" } else { "is too long" }.into());
        }
        Passphrase::parse(text).map(Self)
    }

    fn show(&self) -> String {
        self.0.show()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_fits_into_a_header_and_cannot_be_guessed() {
        for (length, holds) in [(31, false), (32, true), (256, true), (257, false)] {
            assert_eq!(SharedSecret::parse(&"k".repeat(length)).is_ok(), holds, "{length}");
        }
        for odd in [" ", "\n", "é", "\u{7f}"] {
            assert!(SharedSecret::parse(&format!("{}{odd}", "k".repeat(40))).is_err(), "{odd:?}");
        }
        let secret = SharedSecret::parse(&"k3y".repeat(20)).unwrap();
        assert!(secret.is("k3y".repeat(20).as_bytes()) && !secret.is("k3y".repeat(19).as_bytes()));
        assert!(!format!("{secret:?} {}", secret.show()).contains("k3y"));
    }
}
