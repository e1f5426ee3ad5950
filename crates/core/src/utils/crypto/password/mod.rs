//! Passwords: `bcrypt(base64(HMAC-SHA-384(pepper, password)))`, as OWASP's Password Storage Cheat Sheet has it, hashed
//! on threads of their own behind a bounded queue.
//!
//! Every failing verification costs the same, whether the account exists or not and whatever its hash costs; what a password may be is decided
//! elsewhere. No caller of this room touches bcrypt itself.

mod engine;
mod job;
mod pepper;
mod pool;
mod scheduling;
mod stored;
mod task;

use std::fmt;
use std::io;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use thiserror::Error;
use tokio::sync::oneshot;

pub use engine::HashBackend;
pub use palisade_bcrypt::Width;
pub use pepper::{Peppers, PeppersError};
pub use pool::Priority;
pub use stored::{BcryptCost, CostError, ImportError, PasswordHash};

use crate::limits::Trial;
use crate::system::Rng;
use crate::utils::crypto::random::random_array;
use crate::utils::crypto::secret::SecretString;
use job::Job;
use pool::{Full, MakeEngine, Queue, Stagger, Work};
use stored::{Parts, Scheme};
use task::{Answer, Question, Task};

/// How long a hash of cost 12 takes on a slow core. Only for `Retry-After`.
const SLOW_HASH: Duration = Duration::from_millis(300);

/// Why a password was neither hashed nor verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum HashError {
    /// Too many wait already. Said at once when the queue is full, and otherwise once it is clear that the answer would
    /// come too late.
    #[error("hashing a password: too many wait")]
    Overloaded {
        /// When it is worth trying again: once those who wait now are done.
        retry_after: Duration,
    },
    /// The hasher was shut down, or a worker failed, before the answer.
    #[error("hashing a password: the hasher stopped before the answer")]
    Stopped,
}

/// What is the matter with a stored hash. For the log: to the caller it is a mismatch like any other.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Defect {
    /// The text is not a bcrypt hash.
    #[error("the stored password hash is not bcrypt")]
    Malformed,
    /// Made with a pepper this deployment does not have.
    #[error("the stored password hash needs the pepper {id}, which is missing")]
    MissingPepper {
        /// The id of the pepper.
        id: String,
    },
}

/// What a verification found.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Verdict {
    /// Whether the password is the one of the account.
    pub matches: bool,
    /// Whether the hash should be replaced by a new one of the same password: an older scheme, pepper or cost. Never
    /// set without a match, nor where plain bcrypt takes other passwords for this one.
    pub needs_upgrade: bool,
    /// The stored hash cannot be read at all. To be logged, and answered as a mismatch.
    pub defect: Option<Defect>,
}

/// How much work there is and how much may wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HasherConfig {
    /// The work of a hash.
    pub cost: BcryptCost,
    /// How it is computed.
    pub method: HashBackend,
    /// How many threads.
    pub workers: NonZeroUsize,
    /// How many tasks may wait, rounded up to an even number: half of them are for known devices.
    pub queue: NonZeroUsize,
    /// Who has waited for a thread this long is refused, rather than answered too late.
    pub longest_wait: Duration,
}

impl HasherConfig {
    /// One worker for each core.
    pub fn new(cost: BcryptCost) -> Self {
        Self::with_workers(cost, std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN))
    }

    /// So many workers, 32 waiting for each (about two seconds of work at cost 12), none of them for longer than five
    /// seconds.
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

/// Hashes and verifies passwords. Dropping it ends its threads after the step they are at.
pub struct PasswordHasher {
    queue: Arc<Queue>,
    work: Arc<Work>,
    config: HasherConfig,
    peppers: ArcSwap<Peppers>,
    rng: Arc<dyn Rng>,
}

impl PasswordHasher {
    /// Starts the threads. Hashes nothing yet.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(config: HasherConfig, peppers: Peppers, rng: Arc<dyn Rng>) -> io::Result<Self> {
        let engine: MakeEngine = Arc::new(move || config.method.engine());
        Self::start_with(&engine, config, peppers, rng)
    }

    fn start_with(
        engine: &MakeEngine,
        config: HasherConfig,
        peppers: Peppers,
        rng: Arc<dyn Rng>,
    ) -> io::Result<Self> {
        let pace = Stagger { width: config.method.width(), apart: config.method.apart(config.cost) };
        let hasher = Self {
            queue: Arc::new(Queue::new(config.queue, config.workers, pace)),
            work: Arc::new(Work::new(config.cost)),
            config,
            peppers: ArcSwap::from_pointee(peppers),
            rng,
        };
        // On an error the drop of `hasher` ends the threads that did start.
        pool::start(&hasher.queue, config.workers, &hasher.work, engine)?;
        Ok(hasher)
    }

    /// Takes other peppers from now on, as after a rotation.
    pub fn set_peppers(&self, peppers: Peppers) {
        self.peppers.store(Arc::new(peppers));
    }

    /// How many tasks wait for a thread. For metrics.
    pub fn waiting(&self) -> usize {
        self.queue.waiting()
    }

    /// How many rounds of bcrypt were computed so far; a hash of cost c is `2^c`. For metrics, and to hold that a
    /// failure costs the same whatever its reason.
    pub fn rounds(&self) -> u64 {
        self.work.rounds()
    }

    /// Hashes a password as it was received, under the current pepper and the configured cost. Dropping the future
    /// saves the work that is not yet done. Within a runtime that has timers.
    ///
    /// # Errors
    /// See [`HashError`].
    pub async fn hash(&self, password: &SecretString, priority: Priority) -> Result<PasswordHash, HashError> {
        let (job, pepper_id) = {
            let peppers = self.peppers.load();
            let prehash = peppers.apply_current(password);
            let job = Job::new(self.config.cost.get(), random_array(&*self.rng), prehash.as_bytes());
            (job, peppers.current_id().to_owned())
        };
        let (cost, salt) = (job.cost(), job.salt());
        match self.ask(priority, job, Question::Digest, Trial::uncounted()).await? {
            Answer::Digest(digest) => {
                let bcrypt = Parts { cost, salt, digest }.to_text();
                Ok(PasswordHash(Scheme::Peppered { pepper_id, bcrypt }))
            }
            Answer::Yes | Answer::No => Err(HashError::Stopped),
        }
    }

    /// Whether the password is the one behind `stored`. With `None`, as for an unknown account, and with a hash that
    /// cannot be read the same work is done, and the answer is no. Within a runtime that has timers.
    ///
    /// What comes of it is noted in the trial: that it began when a thread takes it up, and the answer before anybody is
    /// given it. So a limit counts what was compared, whatever becomes of the request.
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
        let Plan { job, question, needs_upgrade, defect } = self.plan(password, stored);
        let matches = self.ask(priority, job, question, trial.clone()).await? == Answer::Yes;
        Ok(Verdict { matches, needs_upgrade: matches && needs_upgrade, defect })
    }

    fn plan(&self, password: &SecretString, stored: Option<&PasswordHash>) -> Plan {
        let peppers = self.peppers.load();
        let dummy = |defect| Plan {
            job: Job::new(
                self.config.cost.get(),
                job::DECOY_SALT,
                peppers.apply_current(password).as_bytes(),
            ),
            question: Question::Nothing,
            needs_upgrade: false,
            defect,
        };
        let Some(PasswordHash(scheme)) = stored else { return dummy(None) };
        let (Scheme::Peppered { bcrypt, .. } | Scheme::PlainBcrypt { bcrypt }) = scheme;
        let Some(parts) = Parts::parse(bcrypt) else { return dummy(Some(Defect::Malformed)) };
        let question = Question::Is(parts.digest);
        let job = |key: &[u8]| {
            self.work.meet(parts.cost);
            Job::new(parts.cost, parts.salt, key)
        };
        match scheme {
            Scheme::PlainBcrypt { .. } => Plan {
                job: job(password.expose_bytes()),
                question,
                needs_upgrade: job::is_all_of_a_key(password.expose_bytes()),
                defect: None,
            },
            Scheme::Peppered { pepper_id, .. } => match peppers.apply(pepper_id, password) {
                None => dummy(Some(Defect::MissingPepper { id: pepper_id.clone() })),
                Some(prehash) => Plan {
                    job: job(prehash.as_bytes()),
                    question,
                    needs_upgrade: parts.cost != self.config.cost.get() || pepper_id != peppers.current_id(),
                    defect: None,
                },
            },
        }
    }

    async fn ask(
        &self,
        priority: Priority,
        job: Job,
        question: Question,
        trial: Trial,
    ) -> Result<Answer, HashError> {
        let (answer, answered) = oneshot::channel();
        let (begun, has_begun) = oneshot::channel();
        let overloaded = |full| HashError::Overloaded { retry_after: self.retry_after(full) };
        let caller =
            self.queue.push(priority, Task { job, question, answer, begun, trial }).map_err(overloaded)?;
        // In this order, as what was declared last is dropped first: who has left is seen to have when the queue is told.
        let (_caller, answered) = (caller, answered);
        // What has begun is waited for, however long it takes: it is paid for.
        match tokio::time::timeout(self.config.longest_wait, has_begun).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => return Err(HashError::Stopped),
            Err(_) => return Err(overloaded(Full { waiting: self.waiting() })),
        }
        answered.await.map_err(|_| HashError::Stopped)
    }

    /// The time those who wait will take, in whole seconds from 1 to 60.
    fn retry_after(&self, Full { waiting }: Full) -> Duration {
        let hash = SLOW_HASH.saturating_mul(1 << self.work.highest_cost().saturating_sub(12));
        let at_once = self.config.workers.get().saturating_mul(self.config.method.width());
        let waiting = u32::try_from(waiting.div_ceil(at_once)).unwrap_or(u32::MAX);
        let seconds = hash.saturating_mul(waiting).as_secs_f64().ceil();
        Duration::from_secs_f64(seconds.clamp(1.0, 60.0))
    }
}

/// One verification, before it is computed.
struct Plan {
    job: Job,
    question: Question,
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

#[cfg(test)]
mod tests;
