//! Secrets that a person or a tool chose.

use zeroize::Zeroizing;

use super::settings::{Problem, Setting};
use crate::utils::crypto::secret::{ExposeSecret as _, SecretString};

/// The prefix of ids of keys that development created. Production refuses them.
pub(super) const DEVELOPMENT_PREFIX: &str = "dev-";

/// A secret that a person or a tool chose.
#[derive(Clone, Debug)]
pub struct Passphrase(SecretString);

impl Passphrase {
    /// The text itself. The caller is responsible for where it goes.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// Whether it looks like an example from documentation, or is trivial to guess.
    pub(super) fn is_sample(&self) -> bool {
        const SAMPLES: [&str; 12] = [
            "changeme",
            "change-me",
            "change_me",
            "example",
            "sample",
            "secret",
            "password",
            "palisade",
            "placeholder",
            "your-",
            "12345678",
            "qwerty",
        ];
        let text = Zeroizing::new(self.expose().to_lowercase());
        let mut distinct: Vec<char> = text.chars().collect();
        distinct.sort_unstable();
        distinct.dedup();
        distinct.len() < 6
            || text.starts_with(DEVELOPMENT_PREFIX)
            || SAMPLES.iter().any(|word| text.contains(word))
    }
}

impl Setting for Passphrase {
    const SECRET: bool = true;

    fn expects() -> String {
        "a secret text on one line".to_owned()
    }

    fn parse(text: &str) -> Result<Self, Problem> {
        // A line break in a secret usually comes from the end of a file, and nobody can type it at a sign-in.
        if text.contains(['\n', '\r']) {
            return Err("contains a line break".into());
        }
        Ok(Self(SecretString::from(text)))
    }

    fn show(&self) -> String {
        "(set)".to_owned()
    }
}
