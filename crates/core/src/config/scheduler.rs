//! Jobs that a scheduler starts by a request, where nothing runs between requests.

use super::reader::Reader;
use super::settings::settings;
use super::shared_secret::SharedSecret;

settings! {
    /// The settings of jobs as the environment gives them.
    pub(super) struct SchedulerSettings in "Jobs by request" {
        /// The secret of a scheduler, which sends it as `Authorization: Bearer` to `/api/v1/cron/<job>`. The server does
        /// the same work by itself; a scheduler is needed only where the platform suspends the process between
        /// requests, such as on Vercel.
        cron_secret: SharedSecret = CRON_SECRET optional("nobody can start a job by a request");
    }
}

/// How a scheduler proves itself.
#[derive(Clone, Debug, Default)]
pub struct SchedulerConfig {
    /// Its secret; without one nobody is the scheduler.
    pub secret: Option<SharedSecret>,
}

impl SchedulerConfig {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let SchedulerSettings { cron_secret } = SchedulerSettings::read(reader);
        if let Some(secret) = &cron_secret {
            secret.check(SchedulerSettings::CRON_SECRET, reader);
        }
        Self { secret: cron_secret }
    }
}
