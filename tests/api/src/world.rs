//! A world in one line: the real router on its own port, its own database, a clock that tests control, and users.

mod hosting;
mod mails;
mod people;
mod product;
mod settings;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use palisade::Product;
use palisade_core::health::Health;
use palisade_core::identity::{Console, Operator};
use palisade_core::net::TrustedProxies;
use palisade_core::openapi::Documentation;
use palisade_core::ports::TestClock;
use palisade_core::routes::Declaration;
use palisade_core::routes::Mount;
use palisade_core::server::{MakeService, Server};
use palisade_core::system::time::Timestamp;
use palisade_core::utils::logger::{Captured, LogFormat, Logger};
use palisade_modules::auth::FirstAdmin;
use palisade_modules::{Background, Services, Upkeep};
use serde_json::Value;
use tempfile::TempDir;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::client::Client;
use crate::database::Database;
use crate::diagnostics;

use hosting::{Hosted, Kind, Machine, Within, host};
pub use mails::token_of;
use settings::{CRON_SECRET, configured, generous};

/// The password of all users of a world.
pub const PASSWORD: &str = "a long enough passphrase";

/// High limits for tests about other things.
pub const GENEROUS: [(&str, &str); 16] = [
    ("RATE_LIMIT_STRICT", "100000/60s"),
    ("RATE_LIMIT_NORMAL", "100000/60s"),
    ("RATE_LIMIT_NORMAL_NETWORK", "100000/60s"),
    ("RATE_LIMIT_RELAXED", "100000/60s"),
    ("RATE_LIMIT_PROBE", "100000/60s"),
    ("RATE_LIMIT_PASSWORD_USER", "100000/15m"),
    ("RATE_LIMIT_LOGIN_NETWORK", "100000/1h"),
    ("RATE_LIMIT_LOGIN_ACCOUNT", "100000/15m"),
    ("RATE_LIMIT_LOGIN_ACCOUNT_DAY", "100000/1d"),
    ("RATE_LIMIT_LOGIN_DEVICE", "100000/15m"),
    ("RATE_LIMIT_LOGIN_DEVICE_FAILING", "100000/1d"),
    ("RATE_LIMIT_LOGIN_SPRAY", "100000/10m"),
    ("MAIL_BUDGET", "100000/15m"),
    ("MAIL_BUDGET_DAY", "100000/1d"),
    ("MAIL_BUDGET_SERVER", "1000000/1h"),
    ("HASHING_QUEUE", "10000"),
];

/// The database that a stopped world leaves for the next one.
#[derive(Debug)]
pub struct Kept {
    folder: TempDir,
    database: Database,
}

impl Kept {
    /// An empty database on the engine of this run.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::of_this_run(folder.path());
        Self { folder, database }
    }

    /// The folder of a binary that ran on the embedded engine, with the database in the folder itself.
    pub fn embedded(folder: TempDir) -> Self {
        let database = Database::Sqlite(format!("sqlite://{}", folder.path().join("palisade.db").display()));
        Self { folder, database }
    }
}

impl Default for Kept {
    fn default() -> Self {
        Self::new()
    }
}

/// A server in this process. Dropping it ends it.
#[derive(Debug)]
pub struct World {
    /// The server's clock. It moves only when the test moves it.
    pub clock: Arc<TestClock>,
    /// The recorded access lines.
    pub log: Arc<Captured>,
    /// The address at which it listens.
    pub address: SocketAddr,
    /// The same server, called without a socket.
    pub service: MakeService,
    /// The services, for actions without a route.
    pub services: Services,
    /// Its database, which other worlds may share.
    pub database: Database,
    /// Its routes: the full path with `{parameters}`, and the declaration.
    pub routes: Vec<(String, Arc<Declaration>)>,
    folder: TempDir,
    stop: Option<oneshot::Sender<()>>,
    serving: Option<JoinHandle<()>>,
    background: Option<Background>,
    instance: Option<Within>,
    machine: Machine,
}

impl World {
    /// A development server with generous limits.
    pub async fn new() -> Self {
        Self::with(&GENEROUS).await
    }

    /// A development server with the default limits.
    pub async fn limited() -> Self {
        Self::with(&[]).await
    }

    /// A development server with generous limits and these variables.
    pub async fn set(variables: &[(&str, &str)]) -> Self {
        Self::serving_also(variables, |mount| mount).await
    }

    /// The same with additional routes.
    pub async fn serving_also(variables: &[(&str, &str)], add: impl FnOnce(Mount) -> Mount) -> Self {
        Self::open(Kept::new(), clock(), 4, &generous(variables), upkeep(), add).await
    }

    /// A server whose host may suspend it between requests, with generous limits: it does nothing by itself.
    pub async fn suspended(kept: Kept, clock: &Arc<TestClock>) -> Self {
        Self::open(kept, Arc::clone(clock), 4, &GENEROUS, Upkeep::OnDemand, |mount| mount).await
    }

    /// The same over an empty database, with these variables.
    pub async fn suspended_set(variables: &[(&str, &str)]) -> Self {
        Self::open(Kept::new(), clock(), 4, &generous(variables), Upkeep::OnDemand, |mount| mount).await
    }

    /// A server with exactly these variables and its `DATABASE_URL`.
    pub async fn with(variables: &[(&str, &str)]) -> Self {
        Self::within(Kept::new(), variables).await
    }

    /// A server over an existing or new database.
    pub async fn within(kept: Kept, variables: &[(&str, &str)]) -> Self {
        Self::alone(4, kept, variables).await
    }

    /// A server with generous limits and another bcrypt cost than the lowest, over an existing or new database.
    pub async fn hashing_at(cost: u32, kept: Kept) -> Self {
        Self::alone(cost, kept, &GENEROUS).await
    }

    /// A server at this time, over a database that was written with another clock.
    pub async fn within_at(kept: Kept, variables: &[(&str, &str)], now: Timestamp) -> Self {
        Self::open(kept, Arc::new(TestClock::at(now)), 4, variables, upkeep(), |mount| mount).await
    }

    /// A server with this clock of the machine, generous limits and these variables.
    pub async fn on_a_machine(kept: Kept, clock: &Arc<TestClock>, variables: &[(&str, &str)]) -> Self {
        Self::open(kept, Arc::clone(clock), 4, &generous(variables), upkeep(), |mount| mount).await
    }

    /// The error of a server that does not start with this clock of the machine.
    pub async fn refusal(kept: &Kept, clock: &Arc<TestClock>) -> String {
        let (config, system) = configured(&Product::PALISADE, &kept.database, clock, 4, &GENEROUS);
        match Box::pin(Services::open(&Console::for_tests(), &config, system)).await {
            Ok(_) => panic!("it starts"),
            Err(error) => error.to_string(),
        }
    }

    /// A server with another bcrypt cost than the lowest, generous limits and these variables.
    pub async fn hashing_with(cost: u32, variables: &[(&str, &str)]) -> Self {
        Self::alone(cost, Kept::new(), &generous(variables)).await
    }

    async fn alone(cost: u32, kept: Kept, variables: &[(&str, &str)]) -> Self {
        Self::open(kept, clock(), cost, variables, upkeep(), |mount| mount).await
    }

    /// Another instance over the same database and with the same clock and generous limits.
    pub async fn beside(&self) -> Self {
        Self::on_a_machine(self.shared(), &self.clock, &[]).await
    }

    /// Its database, for another instance.
    pub fn shared(&self) -> Kept {
        Kept { folder: tempfile::tempdir().unwrap(), database: self.database.clone() }
    }

    /// Sets a member of the stored document of a person, as JSON.
    pub fn alter_person(&self, email: &str, member: &str, value: &Value) {
        let altered = self.database.alter("users", ("email", email), member, value);
        assert_eq!(altered, 1, "nobody has the address {email}");
    }

    async fn open(
        kept: Kept,
        clock: Arc<TestClock>,
        cost: u32,
        variables: &[(&str, &str)],
        upkeep: Upkeep,
        add: impl FnOnce(Mount) -> Mount,
    ) -> Self {
        Self::open_product((&Product::PALISADE, kept), clock, cost, variables, upkeep, add).await
    }

    async fn open_product(
        program: (&'static Product, Kept),
        clock: Arc<TestClock>,
        cost: u32,
        variables: &[(&str, &str)],
        upkeep: Upkeep,
        add: impl FnOnce(Mount) -> Mount,
    ) -> Self {
        diagnostics::write_down();
        let kind = Kind::of_this_run();
        let machine = Machine::of(kind);
        let opening = Box::pin(Self::open_here(kind, program, clock, cost, variables, upkeep, add));
        let mut world = machine.run(opening).await;
        world.machine = machine;
        world
    }

    async fn open_here(
        kind: Kind,
        (product, Kept { folder, database }): (&'static Product, Kept),
        clock: Arc<TestClock>,
        cost: u32,
        variables: &[(&str, &str)],
        upkeep: Upkeep,
        add: impl FnOnce(Mount) -> Mount,
    ) -> Self {
        let (config, system) = configured(product, &database, &clock, cost, variables);
        let log = Arc::new(Captured::default());
        let logger = Logger::new(
            config.app.log_level.clone(),
            LogFormat::Json,
            Arc::clone(&log) as _,
            Arc::clone(&clock) as _,
        );
        // On the heap: the future of opening a MongoDB database is large.
        let services = Box::pin(Services::open(&Console::for_tests(), &config, system)).await.unwrap();
        let (health, documentation) = (Health::new(), Documentation::new());
        let ours = product.mount_all(&config, &services, &health, &documentation).unwrap();
        let routes = add(ours).finish().unwrap();
        let declared =
            routes.iter().map(|route| (route.path().to_owned(), Arc::clone(route.declaration()))).collect();
        documentation.describe(&routes, palisade::cli::info(&config, product)).unwrap();
        let server = Server::new(&config, services.ports(health, logger.access_log()), &routes).unwrap();
        let background = services.start(upkeep).await.unwrap();
        let (operator, named) = (Operator::for_tests("test world"), FirstAdmin::named_by(&config).unwrap());
        services.auth.first_admin.honor(&operator, named.as_ref()).await.unwrap();
        let service = server.make_service();
        let is_behind_platform = config.security.trusted_proxies == TrustedProxies::Vercel;
        let Hosted { address, stop, serving, instance } =
            host(kind, server, services.jobs.clone(), is_behind_platform).await;
        Self {
            clock,
            log,
            address,
            service,
            services,
            database,
            routes: declared,
            folder,
            stop: Some(stop),
            serving: Some(serving),
            background: Some(background),
            instance,
            machine: Machine::here(),
        }
    }

    /// Stops the server and its background tasks, and returns the database.
    pub async fn stop(mut self) -> Kept {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(serving) = self.serving.take() {
            serving.await.unwrap();
        }
        if let Some(background) = self.background.take() {
            background.stop().await;
        }
        let folder = std::mem::replace(&mut self.folder, tempfile::tempdir().unwrap());
        Kept { folder, database: self.database.clone() }
    }

    /// Whether clients are on this machine, as far as the server can know: only they see the pages of development.
    pub fn shows_development(&self) -> bool {
        Kind::of_this_run() != Kind::Vercel
    }

    /// The scheduler of this deployment.
    pub fn scheduler(&self) -> Client {
        self.program().with_header("Authorization", &format!("Bearer {CRON_SECRET}"))
    }

    /// Moves the clock.
    pub fn advance(&self, by: Duration) {
        self.clock.advance(by);
    }

    /// A browser without a session.
    pub fn browser(&self) -> Client {
        Client::new(self.address, "localhost:8080").from_origin("http://localhost:8080")
    }

    /// A program: no cookies, no origin.
    pub fn program(&self) -> Client {
        Client::new(self.address, "localhost:8080")
    }
}

/// Who sees to the work beside the requests on the host of this run.
fn upkeep() -> Upkeep {
    Kind::of_this_run().upkeep()
}

/// A clock at an arbitrary time, far from that of a MongoDB server, whose TTL index removes documents that ended long
/// ago.
pub fn clock() -> Arc<TestClock> {
    Arc::new(TestClock::at(Timestamp::from_secs(4_000_000_000)))
}

impl Drop for World {
    fn drop(&mut self) {
        if std::thread::panicking() {
            diagnostics::show();
        } else if let Some(instance) = &self.instance {
            instance.assert_ends();
        }
        // The runtime of the test ends the tasks; this stops listening at once.
        if let Some(serving) = self.serving.take() {
            serving.abort();
        }
    }
}
