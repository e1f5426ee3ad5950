//! `/cron/{job}`: runs a job, for a scheduler.

use palisade_core::errors::AppError;
use palisade_core::identity::Scheduler;
use palisade_core::limits::CRON;
use palisade_core::output::Success;
use palisade_core::routes::{NewRoute, Route};
use palisade_modules::jobs::Jobs;
use palisade_modules::jobs::types::{JobView, RunJob};

pub(crate) fn declare(route: NewRoute) -> Route<Jobs> {
    route
        .limit(CRON)
        .scheduler()
        .input::<RunJob>()
        .handle(run)
        .summary("Runs a job for a few seconds; `more` says whether work is left.")
}

async fn run(jobs: Jobs, scheduler: Scheduler, input: RunJob) -> Result<Success<JobView>, AppError> {
    let run = jobs.run(&scheduler, input).await?;
    Ok(Success::new(run))
}
