//! Putting the services together: the one place that constructs things.

use std::io;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use palisade_core::config::auth::HasherChoice;
use palisade_core::config::{Config, ConfigErrors, mail::Delivery};
use palisade_core::errors::AppError;
use palisade_core::health::Health;
use palisade_core::identity::{Console, Operator};
use palisade_core::limits::{AccountHasher, FallbackState};
use palisade_core::ports::{Pending, Probe};
use palisade_core::server::{PortParts, Ports};
use palisade_core::utils::crypto::password::{BcryptCost, HashBackend, HasherConfig, PasswordHasher, Width};
use palisade_core::utils::crypto::purpose::Purpose;
use palisade_core::utils::crypto::random::random_array;
use palisade_core::utils::crypto::token::Realm;
use palisade_core::utils::logger::AccessLog;
use palisade_lib::smtp::SmtpError;
use palisade_lib::store::{Calls, CursorKey, Options, Store, StoreError};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::auth::{Budgets, Letters, Lifetimes, Parts, TokenAuthenticator};
use crate::clocks::{self, ClockProbe, ClockState, ClocksApart};
use crate::deployment::collections::collections;
use crate::deployment::types::{CopyState, PurgeReport};
use crate::limiter::{Limiter, LimiterError};
use crate::mail::Transport;
use crate::system::{System, location};
use crate::{addresses, auth, deployment, keys, mail, user};

/// How often what has ended by itself is removed from the store, in small steps.
const SWEEP_EVERY: Duration = Duration::from_secs(30);

/// How often it is looked whether the store can do what requests need, beside whoever asks for the health.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// Why the services cannot be put together.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The environment names what no driver can use.
    #[error("{0}")]
    Environment(#[from] ConfigErrors),
    /// The store.
    #[error("opening the store: {0}")]
    Store(#[from] palisade_lib::store::OpenError),
    /// The store is being filled from another one.
    #[error(
        "opening the store: it is a copy of {source_name} that was begun and not finished: go on with `palisade db copy \
         --resume`, or with the `palisade db restore` it was begun by"
    )]
    UnfinishedCopy {
        /// Of what.
        source_name: String,
    },
    /// The store is a backup.
    #[error(
        "opening the store: it is a backup of {source_name}: `palisade db restore --from` puts it into a store"
    )]
    Backup {
        /// Of what.
        source_name: String,
    },
    /// A read or write of the store while opening.
    #[error("reading the store: {0}")]
    Read(#[from] StoreError),
    /// The sealed keys.
    #[error("opening the keys: {0}")]
    Keys(#[from] keys::types::KeysError),
    /// The hashing threads.
    #[error("starting the hashing threads: {0}")]
    Hasher(#[from] io::Error),
    /// The mail transport.
    #[error("preparing mail: {0}")]
    Mail(#[from] SmtpError),
    /// The clocks are too far apart.
    #[error("opening the store: {0}")]
    Clocks(#[from] ClocksApart),
    /// The limiter.
    #[error(transparent)]
    Limiter(#[from] LimiterError),
}

impl OpenError {
    /// Whether it may pass by itself: the store is not up yet, or away for a moment. Everything else has to be mended.
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Store(error) => error.may_pass(),
            Self::Read(error) | Self::Keys(keys::types::KeysError::Store(error)) => {
                matches!(error, StoreError::Unavailable { .. })
            }
            _ => false,
        }
    }
}

/// All services, ready. Clones share everything.
#[derive(Clone, Debug)]
pub struct Services {
    /// Signing in.
    pub auth: auth::Service,
    /// People.
    pub users: user::Service,
    /// Mail.
    pub mails: mail::Service,
    /// Keys.
    pub keys: keys::Service,
    store: Store,
    transport: Transport,
    limiter: Limiter,
    accounts: Arc<AccountHasher>,
    system: System,
    mailbox: bool,
    /// How many mails are delivered at once.
    deliveries: NonZeroUsize,
    deleted_retention: Duration,
}

impl Services {
    /// Opens the store, the keys and the hashing threads, and puts the services together: once, in `main`, which has the
    /// console.
    ///
    /// # Errors
    /// What is wrong, in words an operator can act on.
    pub async fn open(console: &Console, config: &Config, system: System) -> Result<Self, OpenError> {
        addresses::judge(config)?;
        let store = open_store(console, config, &system).await?;
        clocks::check_start(store.clock_reading())?;
        // From here on there is one clock: whatever is kept, in the store, in cookies or in tokens, is dated and judged by the
        // store's. Nobody below sees the one of this machine.
        let system = System { clock: store.clock(), ..system };
        let System { clock, rng, .. } = &system;
        let realm = Realm::new(config.app.url.origin().as_str(), config.app.url.origin().as_str());
        let keys = open_keys(config, &system, &store).await?;
        let keyring = keys.keyring();
        let store = store.with_cursor_key(CursorKey::new(keyring.key(Purpose::Cursor).expose_secret()));

        let users = user::Service::new(&store, Arc::clone(clock), Arc::clone(rng))?;
        let mails = mail::Service::new(&store, &keyring, Arc::clone(clock), Arc::clone(rng))?;
        let limiter = Limiter::open(config, &system)?;
        let accounts = Arc::new(AccountHasher::new(keyring.key(Purpose::LimitKeys).expose_secret()));
        let auth = auth::Service::new(Parts {
            store: store.clone(),
            users: users.clone(),
            mails: mails.clone(),
            keys: keys.clone(),
            hasher: PasswordHasher::start(
                hasher_config(config, system.hash_cost),
                keys.peppers(),
                Arc::clone(rng),
            )?,
            limiter: limiter.store(),
            accounts: Arc::clone(&accounts),
            clock: Arc::clone(clock),
            rng: Arc::clone(rng),
            realm,
            rules: config.rules(),
            lifetimes: lifetimes(config),
            letters: Letters::new(config),
            budgets: Budgets {
                address: config.mail.budget,
                address_day: config.mail.budget_day,
                server: config.mail.budget_server,
            },
        })?;
        let transport = Transport::open(&config.mail, config.app.url.host())?;
        let mailbox = config.app.is_development() && matches!(config.mail.delivery, Delivery::Mailbox);
        let deleted_retention = config.store.deleted_retention.get();
        Ok(Self {
            auth,
            users,
            mails,
            keys,
            store,
            transport,
            limiter,
            accounts,
            system,
            mailbox,
            deliveries: config.mail.connections,
            deleted_retention,
        })
    }

    /// Whether mails are shown instead of sent.
    pub fn has_mailbox(&self) -> bool {
        self.mailbox
    }

    /// How often the store was called so far, by collection: for metrics, and for holding "this costs no query".
    pub fn calls(&self) -> Calls {
        self.store.calls()
    }

    /// Removes for good what was deleted longer ago than the retention: people with all that is theirs, and keys. The
    /// running server does the same by itself.
    ///
    /// # Errors
    /// 503 when the store is down; what was removed until then stays removed.
    pub async fn purge(&self, _operator: &Operator<'_>) -> Result<PurgeReport, AppError> {
        self.purge_deleted().await
    }

    async fn purge_deleted(&self) -> Result<PurgeReport, AppError> {
        let mut report = PurgeReport::default();
        loop {
            let step = self.auth.purge_people(self.deleted_retention).await?;
            report.people += step.people;
            report.sessions += step.sessions;
            if !step.more {
                break;
            }
        }
        report.keys = self.keys.purge(self.deleted_retention).await?;
        Ok(report)
    }

    /// How the shared store of rate limits has been; `None` when this process counts alone.
    pub fn limiter_state(&self) -> Option<FallbackState> {
        match &self.limiter {
            Limiter::Local(_) => None,
            Limiter::Shared(fallback) => Some(fallback.state()),
        }
    }

    /// How the clock of the store, by which everything is dated and judged, stands to that of this machine. For metrics.
    pub fn clock_state(&self) -> ClockState {
        self.store.clock_reading().into()
    }

    /// What the life of a request needs.
    pub fn ports(&self, health: Health, access_log: AccessLog) -> Ports {
        health.watch("store", Arc::new(StoreProbe { store: self.store.clone(), auth: self.auth.clone() }));
        health.watch("mail", Arc::new(self.mails.probe()));
        health.watch("clock", Arc::new(ClockProbe(self.store.clone())));
        if let Limiter::Shared(fallback) = &self.limiter {
            health.watch("limits", Arc::new(fallback.clone()));
        }
        Ports::new(PortParts {
            clock: Arc::clone(&self.system.clock),
            rng: Arc::clone(&self.system.rng),
            limiter: self.limiter.store(),
            authenticator: Arc::new(TokenAuthenticator::new(self.auth.clone())),
            grantable: user::types::permission::CATALOGUE,
            accounts: Arc::clone(&self.accounts),
            health,
            access_log,
        })
    }

    /// Starts what goes on beside the requests: mail, revocations, keys, sweeping.
    ///
    /// # Errors
    /// 503 when the revocations cannot be read: without them no token can be trusted.
    pub async fn start(&self) -> Result<Background, AppError> {
        let revocations = self.auth.revocations();
        revocations.catch_up().await?;
        let (stop, stopped) = watch::channel(false);
        let mut tasks = JoinSet::new();
        let composer = Arc::new(self.auth.clone());
        let worker = self.mails.worker(composer, self.transport.clone(), self.deliveries);
        tasks.spawn(worker.run(told(stopped.clone())));
        tasks.spawn(until(stopped.clone(), revocations.keep_following()));
        tasks.spawn(until(stopped.clone(), self.keys.clone().keep_current()));
        tasks.spawn(until(stopped.clone(), keep_looking(self.store.clone())));
        let watch = deployment::Watch::begin(&self.store, self.keys.clone()).await?;
        tasks.spawn(until(stopped.clone(), watch.keep_watching()));
        tasks.spawn(until(stopped, keep_sweeping(self.clone())));
        Ok(Background { stop, tasks })
    }
}

/// What goes on beside the requests.
#[derive(Debug)]
pub struct Background {
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

impl Background {
    /// Ends it, within seconds: a mail that is being delivered goes on for a moment and is then handed back, to go out at
    /// the next start.
    pub async fn stop(mut self) {
        // Nobody listening means that all tasks are gone already.
        let _ = self.stop.send(true);
        while self.tasks.join_next().await.is_some() {}
    }
}

async fn told(mut stopped: watch::Receiver<bool>) {
    // The sender gone is as good as being told.
    let _ = stopped.wait_for(|stopped| *stopped).await;
}

async fn until(stopped: watch::Receiver<bool>, task: impl Future<Output = ()>) {
    tokio::select! {
        () = told(stopped) => {}
        () = task => {}
    }
}

/// Also where nobody asks for the health of a server, what is gone from the store and can be made again is.
async fn keep_looking(store: Store) {
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        if let Err(error) = store.check().await {
            tracing::warn!(error = words(&error), "the store cannot do what requests need");
        }
    }
}

async fn keep_sweeping(services: Services) {
    loop {
        tokio::time::sleep(SWEEP_EVERY).await;
        match services.purge_deleted().await {
            Ok(report) if report.is_empty() => {}
            Ok(PurgeReport { people, sessions, keys }) => {
                tracing::info!(people, sessions, keys, "removed for good what was deleted long enough ago");
            }
            Err(error) => {
                tracing::warn!(cause = error.cause(), "could not remove what was deleted");
            }
        }
        loop {
            match services.store.sweep().await {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => {
                    tracing::warn!(%error, "could not remove what has ended");
                    break;
                }
            }
        }
    }
}

async fn open_store(console: &Console, config: &Config, system: &System) -> Result<Store, OpenError> {
    // The real cursor key is derived from the root key, which is in the store; until then no cursor is made.
    let cursor_key = CursorKey::new(&random_array(system.rng.as_ref()));
    let options = Options { clock: Arc::clone(&system.clock), rng: Arc::clone(&system.rng), cursor_key };
    // On the heap: what opening waits for is large, and whoever starts a server would carry it along.
    Ok(Box::pin(Store::open(console, &location(config)?, &collections(), options)).await?)
}

/// Opens the keys of a store that is no half of a copy, and makes them where there are none.
async fn open_keys(config: &Config, system: &System, store: &Store) -> Result<keys::Service, OpenError> {
    loop {
        let copy = deployment::copy_state(store).await?;
        if let Some(CopyState { source, backup_of: Some(_), .. }) = &copy {
            return Err(OpenError::Backup { source_name: source.clone() });
        }
        if let Some(CopyState { source, finished_at: None, .. }) = &copy {
            return Err(OpenError::UnfinishedCopy { source_name: source.clone() });
        }
        let setup = deployment::with_named(&deployment::keys_setup(config, system, store.clone())).await?;
        let keys = keys::Service::open(setup).await?;
        // A copy may have claimed the store since, and put its keys in the place of those that were just made. It looks
        // for documents after its claim, and we for its claim after our keys: one of us sees the other.
        if deployment::copy_state(store).await? == copy {
            return Ok(keys);
        }
    }
}

fn hasher_config(config: &Config, cost: Option<BcryptCost>) -> HasherConfig {
    let auth = &config.auth;
    let cost = cost.unwrap_or(auth.bcrypt_cost);
    let threads = auth.hashing_threads.and_then(|threads| NonZeroUsize::new(threads.as_usize()));
    let mut hasher =
        threads.map_or_else(|| HasherConfig::new(cost), |threads| HasherConfig::with_workers(cost, threads));
    hasher.method = match auth.password_hasher {
        HasherChoice::Lanes => {
            HashBackend::Lanes(Width::new(auth.hashing_lanes.as_usize()).unwrap_or_default())
        }
        HasherChoice::Library => HashBackend::Library,
    };
    // A request may wait twice: who signs in with an older hash gets a new one. The last third is for computing.
    hasher.longest_wait = config.server.handler_timeout.get() / 3;
    if let Some(queue) = auth.hashing_queue.and_then(|queue| NonZeroUsize::new(queue.as_usize())) {
        hasher.queue = queue;
    }
    hasher
}

fn lifetimes(config: &Config) -> Lifetimes {
    let auth = &config.auth;
    Lifetimes {
        access: auth.access_ttl.get(),
        refresh_grace: auth.refresh_grace.get(),
        session_idle: auth.session_idle_ttl.get(),
        session_max: auth.session_max_ttl.get(),
        registration: auth.registration_ttl.get(),
        setup: auth.setup_ttl.get(),
        device: auth.device_ttl.get(),
    }
}

/// Whether documents can be read and written, and whether it is known which tokens hold.
#[derive(Debug)]
struct StoreProbe {
    store: Store,
    auth: auth::Service,
}

impl Probe for StoreProbe {
    fn saw_trouble(&self) -> bool {
        self.store.has_trouble()
    }

    fn probe(&self) -> Pending<'_, Result<(), String>> {
        Box::pin(async move {
            self.store.check().await.map_err(|error| words(&error))?;
            let revocations = self.auth.revocations();
            if revocations.is_stale() {
                let read = revocations.catch_up().await;
                read.map_err(|error| {
                    let cause = error.cause().unwrap_or_default();
                    format!("the revocations cannot be read: {cause}")
                })?;
            }
            Ok(())
        })
    }
}

/// An error with what led to it.
fn words(error: &StoreError) -> String {
    let causes = std::iter::successors(std::error::Error::source(error), |cause| cause.source());
    causes.fold(error.to_string(), |said, cause| format!("{said}: {cause}"))
}

#[cfg(test)]
#[path = "open_tests.rs"]
mod tests;
