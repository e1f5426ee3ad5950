//! Jobs that a scheduler starts by a request, where nothing runs between requests.

use super::reader::Reader;
use super::security::Passphrase;
use super::settings::{Problem, Setting, settings};
use crate::utils::crypto::secret::constant_time_eq;

/// The lengths of `CRON_SECRET`: 32 characters of base64 or hexadecimal digits have 128 bits or more.
const LENGTHS: std::ops::RangeInclusive<usize> = 32..=256;

/// What a scheduler sends as `Authorization: Bearer`.
#[derive(Clone, Debug)]
pub struct CronSecret(Passphrase);

impl CronSecret {
    /// Whether this is the secret. The time depends only on the lengths.
    pub fn is(&self, presented: &[u8]) -> bool {
        constant_time_eq(self.0.expose().as_bytes(), presented)
    }
}

impl Setting for CronSecret {
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

settings! {
    /// The settings of jobs as the environment gives them.
    pub(super) struct SchedulerSettings in "Jobs by request" {
        /// The secret of a scheduler, which sends it as `Authorization: Bearer` to `/api/v1/cron/<job>`. The server does
        /// the same work by itself; a scheduler is needed only where the platform suspends the process between
        /// requests, such as on Vercel.
        cron_secret: CronSecret = CRON_SECRET optional("nobody can start a job by a request");
    }
}

/// How a scheduler proves itself.
#[derive(Clone, Debug, Default)]
pub struct SchedulerConfig {
    /// Its secret; without one nobody is the scheduler.
    pub secret: Option<CronSecret>,
}

impl SchedulerConfig {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let SchedulerSettings { cron_secret } = SchedulerSettings::read(reader);
        if let Some(CronSecret(secret)) = &cron_secret {
            reader.keep(SchedulerSettings::CRON_SECRET, secret.expose());
            if reader.is_production() && secret.is_sample() {
                reader.refuse(SchedulerSettings::CRON_SECRET, "is a sample or easily guessed");
            }
        }
        Self { secret: cron_secret }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_fits_into_a_header_and_cannot_be_guessed() {
        for (length, holds) in [(31, false), (32, true), (256, true), (257, false)] {
            assert_eq!(CronSecret::parse(&"k".repeat(length)).is_ok(), holds, "{length}");
        }
        for odd in [" ", "\n", "é", "\u{7f}"] {
            assert!(CronSecret::parse(&format!("{}{odd}", "k".repeat(40))).is_err(), "{odd:?}");
        }
        let secret = CronSecret::parse(&"k3y".repeat(20)).unwrap();
        assert!(secret.is("k3y".repeat(20).as_bytes()) && !secret.is("k3y".repeat(19).as_bytes()));
        assert!(!format!("{secret:?} {}", secret.show()).contains("k3y"));
    }
}
