//! Runs the jobs of a product: one instance at a time, each run for a bounded time.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use palisade_core::errors::{AppError, with_causes};
use palisade_core::ports::{BoxFuture, Probe};
use palisade_lib::store::{Store, StoreError};
use tokio::task::JoinSet;

use super::repository::{Repository, Taken};
use super::types::{Outcome, Start};
use crate::product::{Job, Progress, Resources};

/// The longest and the shortest wait between two looks at a job.
const LONGEST_WAIT: Duration = Duration::from_secs(10);
const SHORTEST_WAIT: Duration = Duration::from_millis(100);

/// How long a run that was cut off may take to end. Until it has ended nobody else may begin.
const LAST_STEPS: Duration = Duration::from_secs(1);

/// How long a job may be overdue: instances that restart, or a scheduler that comes late, are no trouble.
const GRACE: Duration = Duration::from_mins(5);

/// The jobs of a product.
#[derive(Clone, Debug)]
pub(crate) struct OwnJobs(Vec<OwnJob>);

/// One of them. Clones share everything.
#[derive(Clone, Debug)]
pub(crate) struct OwnJob {
    job: &'static Job,
    repository: Repository,
    resources: Resources,
    tally: Arc<Tally>,
}

/// The runs of this process, by their end.
#[derive(Debug, Default)]
struct Tally {
    done: AtomicU64,
    more: AtomicU64,
    failed: AtomicU64,
}

/// The end of one look at a job.
#[derive(Debug)]
enum Turn {
    /// It was run.
    Ran(Outcome, Option<AppError>),
    /// Nothing to do for so long.
    Wait(Duration),
}

impl OwnJobs {
    pub(crate) fn new(
        jobs: &'static [Job],
        store: &Store,
        resources: &Resources,
    ) -> Result<Self, StoreError> {
        let own = |job| {
            let (repository, resources, tally) = (Repository::new(store)?, resources.clone(), Arc::default());
            Ok(OwnJob { job, repository, resources, tally })
        };
        jobs.iter().map(own).collect::<Result<_, _>>().map(Self)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &OwnJob> {
        self.0.iter()
    }

    /// The job with this name.
    pub(crate) fn named(&self, name: &str) -> Option<&OwnJob> {
        self.iter().find(|own| own.job.name == name)
    }

    /// The number of runs of this process: the name of the job, the end of the runs, how many.
    pub(crate) fn tally(&self) -> Vec<(&'static str, &'static str, u64)> {
        let of = |own: &OwnJob| {
            let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
            let Tally { done, more, failed } = own.tally.as_ref();
            [("done", count(done)), ("more", count(more)), ("failed", count(failed))]
                .map(|(outcome, runs)| (own.job.name, outcome, runs))
        };
        self.iter().flat_map(of).collect()
    }

    /// The jobs as the health of the server shows them; `None` if there are none.
    pub(crate) fn probe(&self) -> Option<Arc<dyn Probe>> {
        (!self.0.is_empty()).then(|| Arc::new(JobsProbe(self.clone())) as Arc<dyn Probe>)
    }
}

impl OwnJob {
    /// Its name.
    pub(crate) fn name(&self) -> &'static str {
        self.job.name
    }

    /// Runs it now, unless another instance does. Returns whether there is more to do.
    pub(crate) async fn run_now(&self, budget: Duration) -> Result<bool, AppError> {
        self.run(Start::Now, budget).await
    }

    /// Runs it if it is due. Returns whether there is more to do.
    pub(crate) async fn run_if_due(&self, budget: Duration) -> Result<bool, AppError> {
        self.run(Start::WhenDue, budget).await
    }

    async fn run(&self, start: Start, budget: Duration) -> Result<bool, AppError> {
        match self.turn(start, budget, std::future::pending()).await? {
            Turn::Ran(_, Some(error)) => Err(error),
            Turn::Ran(outcome, None) => Ok(outcome == Outcome::More),
            Turn::Wait(_) => Ok(false),
        }
    }

    /// Runs it whenever it is due, until the server stops.
    pub(crate) async fn keep_running<F: Future<Output = ()>>(self, stopped: impl Fn() -> F) {
        loop {
            let wait = match self.turn(Start::WhenDue, Job::LONGEST, stopped()).await {
                Ok(Turn::Ran(Outcome::Stopped, _)) => return,
                Ok(Turn::Ran(Outcome::More, _)) => Duration::ZERO,
                Ok(Turn::Ran(..)) => self.job.every,
                Ok(Turn::Wait(wait)) => wait,
                Err(error) => {
                    tracing::warn!(job = self.job.name, error = with_causes(&error), "a job cannot begin");
                    LONGEST_WAIT
                }
            };
            tokio::select! {
                () = stopped() => return,
                () = tokio::time::sleep(wait.clamp(SHORTEST_WAIT, LONGEST_WAIT)) => {}
            }
        }
    }

    async fn turn(
        &self,
        start: Start,
        budget: Duration,
        stopped: impl Future<Output = ()>,
    ) -> Result<Turn, StoreError> {
        let lease = match self.repository.take(self.job, start).await? {
            Taken::Here(lease) => lease,
            Taken::NotDue(at) | Taken::Elsewhere(at) => {
                return Ok(Turn::Wait(at.since(self.repository.now())));
            }
        };
        // A task of its own: a panic ends the run and not the server, and dropping the set ends the run.
        let mut running = JoinSet::new();
        running.spawn((self.job.run)(self.resources.clone()));
        let ended = tokio::select! {
            ended = running.join_next() => Some(ended),
            () = tokio::time::sleep(budget.min(Job::LONGEST)) => None,
            () = stopped => {
                if self.cut_off(&mut running).await {
                    self.repository.finish(self.job, &lease, Outcome::Stopped).await?;
                }
                return Ok(Turn::Ran(Outcome::Stopped, None));
            }
        };
        let (outcome, error) = match ended {
            Some(Some(Ok(Ok(Progress::Done)))) => (Outcome::Done, None),
            Some(Some(Ok(Ok(Progress::More)))) => (Outcome::More, None),
            Some(Some(Ok(Err(error)))) => (Outcome::Failed, Some(error)),
            Some(_) => (Outcome::Failed, Some(AppError::internal("a job panicked"))),
            None => {
                let error =
                    AppError::internal("a job took too long: do its work in steps, and return `More`");
                if !self.cut_off(&mut running).await {
                    // It still runs, so the lease stays until its end.
                    self.count(Outcome::Failed, Some(&error));
                    return Ok(Turn::Ran(Outcome::Failed, Some(error)));
                }
                (Outcome::Failed, Some(error))
            }
        };
        self.count(outcome, error.as_ref());
        self.repository.finish(self.job, &lease, outcome).await?;
        Ok(Turn::Ran(outcome, error))
    }

    /// Ends a run. Returns whether it has ended: code that never waits cannot be ended.
    async fn cut_off(&self, running: &mut JoinSet<Result<Progress, AppError>>) -> bool {
        running.abort_all();
        let ended = tokio::time::timeout(LAST_STEPS, async { while running.join_next().await.is_some() {} });
        ended.await.is_ok()
    }

    fn count(&self, outcome: Outcome, error: Option<&AppError>) {
        let name = self.job.name;
        if let Some(error) = error {
            tracing::warn!(
                job = name,
                cause = error.cause().unwrap_or_else(|| error.message().to_owned()),
                "a job failed"
            );
        }
        let counter = match outcome {
            Outcome::Done => &self.tally.done,
            Outcome::More => &self.tally.more,
            Outcome::Failed | Outcome::Stopped => &self.tally.failed,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    /// What is wrong with it, if anything.
    async fn trouble(&self) -> Result<Option<String>, StoreError> {
        let (name, Some((due_at, failures))) = (self.job.name, self.repository.state(self.job).await?) else {
            return Ok(None);
        };
        let overdue = self.repository.now().since(due_at);
        if failures > 0 {
            return Ok(Some(format!("the job `{name}` has failed {failures} times in a row")));
        }
        let late = overdue > self.job.every.max(GRACE);
        Ok(late.then(|| format!("the job `{name}` has been due for {} s", overdue.as_secs())))
    }
}

/// Whether the jobs of the product run. The server does without them.
#[derive(Debug)]
struct JobsProbe(OwnJobs);

impl Probe for JobsProbe {
    fn is_vital(&self) -> bool {
        false
    }

    fn probe(&self) -> BoxFuture<'_, Result<(), String>> {
        Box::pin(async move {
            let mut troubles = Vec::new();
            for own in self.0.iter() {
                troubles.extend(own.trouble().await.map_err(|error| with_causes(&error))?);
            }
            if troubles.is_empty() { Ok(()) } else { Err(troubles.join("; ")) }
        })
    }
}
