//! The hasher: its tasks, and the cost of each.

use std::fmt;
use std::io;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;

use super::engine::HashBackend;
use super::job::Job;
use super::pepper::Peppers;
use super::pool::{CostLedger, Full, MakeEngine, Priority, Queue, Stagger};
use super::stored::{BcryptCost, Parts, PasswordHash, Scheme};
use super::task::{Expectation, HashOutcome, Task};
use super::verdict::{Defect, HashError, Verdict};
use super::{job, pool};
use crate::limits::Trial;
use crate::system::Rng;
use crate::utils::crypto::random::random_array;
use crate::utils::crypto::secret::{ExposeSecret as _, SecretString};

/// The time of a hash of cost 12 on a slow core. Only for `Retry-After`.
const SLOW_HASH: Duration = Duration::from_millis(300);

/// The work of a hash, the number of threads, and the length of the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HasherConfig {
    /// The work of a hash.
    pub cost: BcryptCost,
    /// The implementation.
    pub method: HashBackend,
    /// The number of threads.
    pub workers: NonZeroUsize,
    /// The number of tasks that may wait, rounded up to an even number: half of them for known devices.
    pub queue: NonZeroUsize,
    /// Requests that waited longer than this for a thread are rejected.
    pub longest_wait: Duration,
}

impl HasherConfig {
    /// One worker for each core.
    pub fn new(cost: BcryptCost) -> Self {
        Self::with_workers(cost, std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN))
    }

    /// This many workers, with 32 tasks waiting for each (about two seconds of work at cost 12), none of them for
    /// longer than five seconds.
    pub fn with_workers(cost: BcryptCost, workers: NonZeroUsize) -> Self {
        const FOR_EACH: NonZeroUsize = NonZeroUsize::MIN.saturating_add(31);
        Self {
            cost,
            method: HashBackend::default(),
            workers,
            queue: workers.saturating_mul(FOR_EACH),
            longest_wait: Duration::from_secs(5),
        }
    }
}

/// The queue of a hasher, for metrics.
#[derive(Clone)]
pub struct HashingQueue(Arc<Queue>);

impl HashingQueue {
    /// The number of tasks that wait for a thread.
    pub fn waiting(&self) -> usize {
        self.0.waiting()
    }
}

impl fmt::Debug for HashingQueue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HashingQueue").field("waiting", &self.waiting()).finish()
    }
}

/// Hashes and verifies passwords. Dropping it ends its threads after their current step.
pub struct PasswordHasher {
    pub(super) queue: Arc<Queue>,
    costs: Arc<CostLedger>,
    config: HasherConfig,
    peppers: Peppers,
    rng: Arc<dyn Rng>,
}

impl PasswordHasher {
    /// Starts the threads. Hashes nothing yet.
    ///
    /// # Errors
    /// When the system cannot start a thread.
    pub fn start(config: HasherConfig, peppers: Peppers, rng: Arc<dyn Rng>) -> io::Result<Self> {
        let engine: MakeEngine = Arc::new(move || config.method.engine());
        Self::start_with(&engine, config, peppers, rng)
    }

    pub(super) fn start_with(
        engine: &MakeEngine,
        config: HasherConfig,
        peppers: Peppers,
        rng: Arc<dyn Rng>,
    ) -> io::Result<Self> {
        let pace = Stagger { width: config.method.width(), apart: config.method.apart(config.cost) };
        let hasher = Self {
            queue: Arc::new(Queue::new(config.queue, config.workers, pace)),
            costs: Arc::new(CostLedger::new(config.cost)),
            config,
            peppers,
            rng,
        };
        // On an error, dropping `hasher` ends the threads that did start.
        pool::start(&hasher.queue, config.workers, &hasher.costs, engine)?;
        Ok(hasher)
    }

    /// A view of its queue that outlives a move of the hasher.
    pub fn queue(&self) -> HashingQueue {
        HashingQueue(Arc::clone(&self.queue))
    }

    /// The number of tasks that wait for a thread. For metrics.
    pub fn waiting(&self) -> usize {
        self.queue.waiting()
    }

    /// The number of rounds of bcrypt computed so far; a hash of cost c is `2^c`. For metrics, and to check that a
    /// failure costs the same whatever its reason.
    pub fn rounds(&self) -> u64 {
        self.costs.rounds()
    }

    /// Hashes a password as received, under the current pepper and the configured cost. Dropping the future saves
    /// the remaining work. Needs a runtime with timers.
    ///
    /// # Errors
    /// See [`HashError`].
    pub async fn hash(&self, password: &SecretString, priority: Priority) -> Result<PasswordHash, HashError> {
        let (job, pepper_id) = {
            let prehash = self.peppers.apply_current(password);
            let job = Job::new(self.config.cost.get(), random_array(&*self.rng), prehash.as_bytes());
            (job, self.peppers.current_id().to_owned())
        };
        let (cost, salt) = (job.cost(), job.salt());
        match self.compute(priority, job, Expectation::Digest, Trial::uncounted()).await? {
            HashOutcome::Digest(digest) => {
                let bcrypt = Parts { cost, salt, digest }.to_text();
                Ok(PasswordHash(Scheme::Peppered { pepper_id, bcrypt }))
            }
            HashOutcome::Yes | HashOutcome::No => Err(HashError::Stopped),
        }
    }

    /// Whether the password is the one behind `stored`. With `None`, as for an unknown account, and with an
    /// unreadable hash, it does the same work and the answer is no. Needs a runtime with timers.
    ///
    /// The trial records the progress: that the comparison began, when a thread starts it, and the result, before
    /// any caller gets it. So a limit counts comparisons, whatever becomes of the request.
    ///
    /// # Errors
    /// See [`HashError`].
    pub async fn verify(
        &self,
        password: &SecretString,
        stored: Option<&PasswordHash>,
        priority: Priority,
        trial: &Trial,
    ) -> Result<Verdict, HashError> {
        let Plan { job, expectation, needs_upgrade, defect } = self.plan(password, stored);
        let matches = self.compute(priority, job, expectation, trial.clone()).await? == HashOutcome::Yes;
        Ok(Verdict { matches, needs_upgrade: matches && needs_upgrade, defect })
    }

    fn plan(&self, password: &SecretString, stored: Option<&PasswordHash>) -> Plan {
        let peppers = &self.peppers;
        let dummy = |defect| Plan {
            job: Job::new(
                self.config.cost.get(),
                job::DECOY_SALT,
                peppers.apply_current(password).as_bytes(),
            ),
            expectation: Expectation::Nothing,
            needs_upgrade: false,
            defect,
        };
        let Some(PasswordHash(scheme)) = stored else { return dummy(None) };
        let (Scheme::Peppered { bcrypt, .. } | Scheme::PlainBcrypt { bcrypt }) = scheme;
        let Some(parts) = Parts::parse(bcrypt) else { return dummy(Some(Defect::Malformed)) };
        let expectation = Expectation::Is(parts.digest);
        let job = |key: &[u8]| {
            self.costs.meet(parts.cost);
            Job::new(parts.cost, parts.salt, key)
        };
        match scheme {
            Scheme::PlainBcrypt { .. } => Plan {
                job: job(password.expose_secret().as_bytes()),
                expectation,
                needs_upgrade: job::is_all_of_a_key(password.expose_secret().as_bytes()),
                defect: None,
            },
            Scheme::Peppered { pepper_id, .. } => match peppers.apply(pepper_id, password) {
                None => dummy(Some(Defect::MissingPepper { id: pepper_id.clone() })),
                Some(prehash) => Plan {
                    job: job(prehash.as_bytes()),
                    expectation,
                    needs_upgrade: parts.cost != self.config.cost.get() || pepper_id != peppers.current_id(),
                    defect: None,
                },
            },
        }
    }

    async fn compute(
        &self,
        priority: Priority,
        job: Job,
        expectation: Expectation,
        trial: Trial,
    ) -> Result<HashOutcome, HashError> {
        let (outcome, answered) = oneshot::channel();
        let (begun, has_begun) = oneshot::channel();
        let overloaded = |full| HashError::Overloaded { retry_after: self.retry_after(full) };
        let caller = self
            .queue
            .push(priority, Task { job, expectation, outcome, begun, trial })
            .map_err(overloaded)?;
        // In this order, because the last declared is dropped first: when the queue hears of it, the caller is
        // already gone.
        let (_caller, answered) = (caller, answered);
        // Once it has begun, the caller waits however long it takes: the work is already counted.
        match tokio::time::timeout(self.config.longest_wait, has_begun).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => return Err(HashError::Stopped),
            Err(_) => return Err(overloaded(Full { waiting: self.waiting() })),
        }
        answered.await.map_err(|_| HashError::Stopped)
    }

    /// The time that the waiting tasks will take, in whole seconds from 1 to 60.
    fn retry_after(&self, Full { waiting }: Full) -> Duration {
        let hash = SLOW_HASH.saturating_mul(1 << self.costs.highest_cost().saturating_sub(12));
        let at_once = self.config.workers.get().saturating_mul(self.config.method.width());
        let waiting = u32::try_from(waiting.div_ceil(at_once)).unwrap_or(u32::MAX);
        let seconds = hash.saturating_mul(waiting).as_secs_f64().ceil();
        Duration::from_secs_f64(seconds.clamp(1.0, 60.0))
    }
}

/// One verification, before it is computed.
struct Plan {
    job: Job,
    expectation: Expectation,
    needs_upgrade: bool,
    defect: Option<Defect>,
}

impl Drop for PasswordHasher {
    fn drop(&mut self) {
        self.queue.close();
    }
}

impl fmt::Debug for PasswordHasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PasswordHasher")
            .field("config", &self.config)
            .field("waiting", &self.waiting())
            .finish_non_exhaustive()
    }
}
