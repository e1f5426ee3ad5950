//! What goes on beside the requests: mail, revocations, keys, and the upkeep of the store.

use std::sync::Arc;
use std::time::Duration;

use palisade_core::errors::{AppError, with_causes};
use palisade_core::identity::Operator;
use palisade_lib::store::Store;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::services::Services;
use crate::deployment;
use crate::deployment::types::PurgeReport;
use crate::jobs::Jobs;

/// How often ended documents are removed from the store, in small steps.
const SWEEP_EVERY: Duration = Duration::from_secs(30);

/// How often the store is checked for what requests need, independently of health requests.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// Who sees to the work that goes on beside the requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Upkeep {
    /// This process, by itself.
    Continuous,
    /// The host, because the process may be suspended between requests: it waits for
    /// [`Jobs::after_an_answer`] and has a scheduler start the jobs.
    OnDemand,
}

impl Services {
    /// Removes for good what was deleted longer ago than the retention: users with everything that belongs to them,
    /// and keys. The running server does the same by itself.
    ///
    /// # Errors
    /// 503 when the store is down; what was removed until then stays removed.
    pub async fn purge(&self, _operator: &Operator<'_>) -> Result<PurgeReport, AppError> {
        self.jobs.purge().await
    }

    /// Starts the background work: what this process keeps in memory (revocations, keys), and, unless the host sees to
    /// it, mail and the upkeep of the store.
    ///
    /// # Errors
    /// 503 when the revocations cannot be read: without them no token can be trusted.
    pub async fn start(&self, upkeep: Upkeep) -> Result<Background, AppError> {
        let revocations = Arc::clone(&self.auth.revocations);
        revocations.catch_up().await?;
        let (stop, stopped) = watch::channel(false);
        let mut tasks = JoinSet::new();
        tasks.spawn(until_shutdown(stopped.clone(), revocations.keep_following()));
        tasks.spawn(until_shutdown(stopped.clone(), self.keys.clone().keep_current()));
        tasks.spawn(self.export.clone().run(shutdown_requested(stopped.clone())));
        self.webhooks.adopt_environment().await?;
        if upkeep == Upkeep::OnDemand {
            return Ok(Background { stop, tasks });
        }
        let worker = self.mails.worker(Arc::clone(&self.renderer), self.transport.clone(), self.deliveries);
        tasks.spawn(worker.run(shutdown_requested(stopped.clone())));
        tasks.spawn(self.webhooks.worker().run(shutdown_requested(stopped.clone())));
        tasks.spawn(until_shutdown(stopped.clone(), keep_looking(self.store.clone())));
        let watch = deployment::Watch::begin(&self.store, self.keys.clone()).await?;
        tasks.spawn(until_shutdown(stopped.clone(), watch.keep_watching()));
        for own in self.jobs.own().iter().cloned() {
            let stopped = stopped.clone();
            tasks.spawn(own.keep_running(move || shutdown_requested(stopped.clone())));
        }
        tasks.spawn(until_shutdown(stopped, keep_sweeping(self.jobs.clone())));
        Ok(Background { stop, tasks })
    }
}

/// The background work.
#[derive(Debug)]
pub struct Background {
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

impl Background {
    /// Ends it, within seconds: a delivery under way continues for a moment and is then returned, to go out at the
    /// next start.
    pub async fn stop(mut self) {
        // Without listeners all tasks are gone already.
        let _ = self.stop.send(true);
        while self.tasks.join_next().await.is_some() {}
    }
}

async fn shutdown_requested(mut stopped: watch::Receiver<bool>) {
    // A dropped sender is as good as a notification.
    let _ = stopped.wait_for(|stopped| *stopped).await;
}

async fn until_shutdown(stopped: watch::Receiver<bool>, task: impl Future<Output = ()>) {
    tokio::select! {
        () = shutdown_requested(stopped) => {}
        () = task => {}
    }
}

/// Recreates missing parts of the store that can be recreated, even if nobody asks for the health of the server.
async fn keep_looking(store: Store) {
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        if let Err(error) = store.check().await {
            tracing::warn!(error = with_causes(&error), "the store cannot do what requests need");
        }
    }
}

async fn keep_sweeping(jobs: Jobs) {
    loop {
        tokio::time::sleep(SWEEP_EVERY).await;
        match jobs.purge().await {
            Ok(report) if report.is_empty() => {}
            Ok(PurgeReport { users, sessions, keys, documents }) => {
                tracing::info!(users, sessions, keys, documents, "removed deleted documents for good");
            }
            Err(error) => {
                tracing::warn!(cause = error.cause(), "could not remove deleted documents");
            }
        }
        if let Err(error) = jobs.sweep().await {
            tracing::warn!(%error, "could not remove ended documents");
        }
    }
}
