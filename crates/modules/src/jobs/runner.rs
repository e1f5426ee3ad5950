//! Runs jobs: for a scheduler with a deadline, for the running server without one.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use palisade_core::config::Config;
use palisade_core::errors::AppError;
use palisade_core::identity::Scheduler;
use palisade_core::ports::Clock;
use palisade_core::values::Violation;
use palisade_lib::store::{Store, StoreError};

use super::deadline::Deadline;
use super::types::{BuiltIn, JobView, Part, RunJob};
use crate::auth;
use crate::deployment::types::PurgeReport;
use crate::mail::{RenderEmail, Transport};
use crate::own_jobs::{OwnJob, OwnJobs};
use crate::product::Job;
use crate::{keys, mail, webhook};

/// How long a job that somebody waits for begins further steps. Less if requests have less time.
const BUDGET: Duration = Duration::from_secs(8);

/// How long after an answer mails are delivered that the request has caused.
const AFTER_AN_ANSWER: Duration = Duration::from_secs(20);

/// The jobs. Clones share everything.
#[derive(Clone, Debug)]
pub struct Jobs(Arc<Foundation>);

/// What the jobs work with.
#[derive(Debug)]
pub(crate) struct Foundation {
    pub(crate) store: Store,
    pub(crate) auth: auth::Services,
    pub(crate) keys: keys::Service,
    pub(crate) mails: mail::Service,
    pub(crate) webhooks: webhook::Service,
    pub(crate) transport: Transport,
    pub(crate) renderer: Arc<dyn RenderEmail>,
    /// The number of simultaneous deliveries.
    pub(crate) deliveries: NonZeroUsize,
    pub(crate) deleted_retention: Duration,
    pub(crate) budget: Duration,
    /// Those of the product.
    pub(crate) own: OwnJobs,
    pub(crate) clock: Arc<dyn Clock>,
}

impl Foundation {
    /// The time of one run: what is left after it is for the mails in hand.
    pub(crate) fn budget(config: &Config) -> Duration {
        BUDGET.min(config.server.handler_timeout.get() / 2)
    }
}

impl Jobs {
    pub(crate) fn new(foundation: Foundation) -> Self {
        Self(Arc::new(foundation))
    }

    /// Runs a job for a bounded time. Several runs at once do no harm, on one instance or on several; whatever a run
    /// leaves undone, the next one does.
    ///
    /// # Errors
    /// 400 if there is no such job; 503 when the store is down; the error of a job of the product. What was done until then
    /// stays done.
    pub async fn run(&self, _: &Scheduler, input: RunJob) -> Result<JobView, AppError> {
        let deadline = Deadline::after(&self.0.clock, self.0.budget);
        let more = match (BuiltIn::from_word(input.job.as_str()), self.0.own.named(input.job.as_str())) {
            (Some(job), _) => self.run_parts(job, &deadline).await?,
            (None, Some(own)) => own.run_now(self.0.budget).await?,
            (None, None) => return Err(self.unknown()),
        };
        Ok(JobView { job: input.job, more })
    }

    async fn run_parts(&self, job: BuiltIn, deadline: &Deadline) -> Result<bool, AppError> {
        let mut more = false;
        for part in job.parts() {
            more |= self.run_part(*part, deadline).await?;
        }
        if job != BuiltIn::All {
            return Ok(more);
        }
        for own in self.0.own.iter() {
            match deadline.left() {
                Some(left) if left.is_zero() => return Ok(true),
                left => more |= own.run_if_due(left.unwrap_or(Job::LONGEST)).await?,
            }
        }
        Ok(more)
    }

    fn unknown(&self) -> AppError {
        let built_in = BuiltIn::ALL.iter().map(|job| job.as_str());
        let known: Vec<_> = built_in.chain(self.0.own.iter().map(OwnJob::name)).collect();
        let known = known.join(", ");
        AppError::validation(vec![Violation::not_allowed(format!("must be one of: {known}")).at("job")])
    }

    /// The jobs of the product.
    pub(crate) fn own(&self) -> &OwnJobs {
        &self.0.own
    }

    /// Returns whether work is left.
    async fn run_part(&self, part: Part, deadline: &Deadline) -> Result<bool, AppError> {
        match part {
            Part::Keys => self.0.keys.refresh().await.map(|()| false).map_err(Into::into),
            Part::Outbox => self.deliver(deadline.clone()).await.map_err(Into::into),
            Part::Webhooks => {
                self.0.webhooks.worker().drain(deadline.clone().over()).await.map_err(Into::into)
            }
            Part::Purge => self.purge_until(deadline).await.map(|(_, more)| more),
            Part::Sweep => self.sweep_until(deadline).await.map_err(Into::into),
        }
    }

    /// Work to wait for after an answer, if the process may be suspended then: delivers the mails that requests of
    /// this process have caused. `None` if there are none.
    pub fn after_an_answer(&self) -> Option<impl Future<Output = ()> + Send + 'static> {
        if !self.0.mails.take_wish() {
            return None;
        }
        let jobs = self.clone();
        Some(async move {
            let deadline = Deadline::after(&jobs.0.clock, AFTER_AN_ANSWER);
            if let Err(error) = jobs.deliver(deadline).await {
                tracing::warn!(%error, "mails are left to the next run of the job `outbox`");
            }
        })
    }

    async fn deliver(&self, deadline: Deadline) -> Result<bool, StoreError> {
        let Foundation { mails, renderer, transport, deliveries, .. } = self.0.as_ref();
        // A worker of its own: its end cuts off what it has in hand, and only that.
        let worker = mails.worker(Arc::clone(renderer), transport.clone(), *deliveries);
        worker.drain(deadline.over()).await
    }

    /// Removes for good what was deleted longer ago than the retention: users with everything that belongs to them,
    /// keys, and documents of the product.
    ///
    /// # Errors
    /// 503 when the store is down; what was removed until then stays removed.
    pub(crate) async fn purge(&self) -> Result<PurgeReport, AppError> {
        self.purge_until(&Deadline::never(&self.0.clock)).await.map(|(report, _)| report)
    }

    async fn purge_until(&self, deadline: &Deadline) -> Result<(PurgeReport, bool), AppError> {
        let Foundation { store, auth, keys, webhooks, deleted_retention, .. } = self.0.as_ref();
        let mut report = PurgeReport::default();
        loop {
            let step = auth.purge.step(*deleted_retention).await?;
            report.users += step.users;
            report.sessions += step.sessions;
            report.documents += step.documents;
            if !step.more {
                break;
            }
            if deadline.is_over() {
                return Ok((report, true));
            }
        }
        report.keys = keys.purge(*deleted_retention).await?;
        while webhooks.purge(*deleted_retention).await? {
            if deadline.is_over() {
                return Ok((report, true));
            }
        }
        loop {
            let removed = store.purge_deleted(*deleted_retention).await?;
            report.documents += removed.documents;
            if !removed.more {
                return Ok((report, false));
            }
            if deadline.is_over() {
                return Ok((report, true));
            }
        }
    }

    /// Removes documents that have ended.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub(crate) async fn sweep(&self) -> Result<(), StoreError> {
        self.sweep_until(&Deadline::never(&self.0.clock)).await.map(drop)
    }

    async fn sweep_until(&self, deadline: &Deadline) -> Result<bool, StoreError> {
        while self.0.store.sweep().await? {
            if deadline.is_over() {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
