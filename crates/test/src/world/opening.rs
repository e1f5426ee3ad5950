//! What a world is opened with.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use palisade::Product;
use palisade_core::config::{Config, Env};
use palisade_core::health::Health;
use palisade_core::identity::{Console, Operator};
use palisade_core::metrics::Metrics;
use palisade_core::openapi::Documentation;
use palisade_core::ports::{Clock, SystemRng, TestClock};
use palisade_core::routes::Mount;
use palisade_core::server::Server;
use palisade_core::utils::crypto::password::BcryptCost;
use palisade_core::utils::logger::{Captured, LogFormat, Logger};
use palisade_modules::auth::FirstAdmin;
use palisade_modules::jobs::Jobs;
use palisade_modules::{Services, System, Upkeep};

use super::hosting::{Host, Hosted, host};
use super::settings::{CRON_SECRET, GENEROUS};
use super::{Kept, World, clock};
use crate::diagnostics;

/// The lowest cost of bcrypt: a sign-in takes milliseconds.
const LOWEST_COST: u32 = 4;

/// A world that is about to open: `World::of(&PRODUCT).await`, or with more said before the `await`.
#[must_use = "a world opens when it is awaited"]
pub struct Opening {
    product: &'static Product,
    kept: Kept,
    clock: Arc<TestClock>,
    cost: u32,
    limits: &'static [(&'static str, &'static str)],
    variables: Vec<(String, String)>,
    upkeep: Upkeep,
    add: Option<Box<dyn FnOnce(Mount) -> Mount>>,
    host: Host,
}

impl Opening {
    pub(super) fn of(product: &'static Product) -> Self {
        Self {
            product,
            kept: Kept::new(),
            clock: clock(),
            cost: LOWEST_COST,
            limits: &GENEROUS,
            variables: Vec::new(),
            upkeep: Upkeep::Continuous,
            add: None,
            host: Box::new(|server, _| Box::pin(host(server))),
        }
    }

    /// With these variables of the environment.
    pub fn set(mut self, variables: &[(&str, &str)]) -> Self {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        self.variables.extend(variables.iter().map(owned));
        self
    }

    /// The value that was set for this variable.
    pub fn get(&self, name: &str) -> Option<&str> {
        let set = self.variables.iter().rev().find(|(other, _)| other == name);
        set.map(|(_, value)| value.as_str())
    }

    /// With the limits that a server has by default, instead of the [`GENEROUS`] ones.
    pub fn limited(mut self) -> Self {
        self.limits = &[];
        self
    }

    /// Where the host may suspend the process between requests: it runs no job by itself. [`World::run_job`] does.
    pub fn suspended(mut self) -> Self {
        self.upkeep = Upkeep::OnDemand;
        self
    }

    /// Over the database of another world: of one that has stopped, or of one that goes on beside this one.
    pub fn over(mut self, kept: Kept) -> Self {
        self.kept = kept;
        self
    }

    /// With this clock, which may be that of another world.
    pub fn at(mut self, clock: &Arc<TestClock>) -> Self {
        self.clock = Arc::clone(clock);
        self
    }

    /// With this cost of bcrypt instead of 4, the lowest: 4 to 31. Each more takes twice the time.
    pub fn hashing_at(mut self, cost: u32) -> Self {
        self.cost = cost;
        self
    }

    /// With routes that only the test has.
    pub fn also(mut self, add: impl FnOnce(Mount) -> Mount + 'static) -> Self {
        self.add = Some(Box::new(add));
        self
    }

    /// Behind another listener than the server's own: that of a program that calls the server as a service.
    pub fn hosted_by<F: Future<Output = Hosted> + 'static>(
        mut self,
        host: impl FnOnce(Server, Jobs) -> F + 'static,
    ) -> Self {
        self.host = Box::new(move |server, jobs| Box::pin(host(server, jobs)));
        self
    }

    /// The error of a server that does not start.
    ///
    /// # Panics
    /// If it starts.
    pub async fn refusal(&self) -> String {
        let (config, system) = match self.configured() {
            Ok(configured) => configured,
            Err(error) => return error,
        };
        // On the heap: the future of opening a MongoDB database is large.
        match Box::pin(Services::open(&Console::for_tests(), &config, system)).await {
            Ok(_) => panic!("it starts"),
            Err(error) => error.to_string(),
        }
    }

    fn configured(&self) -> Result<(Config, System), String> {
        let mistakes = self.product.mistakes();
        if !mistakes.is_empty() {
            return Err(mistakes.join("\n"));
        }
        let limits = self.limits.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let place = self.kept.database.variables().into_iter().map(|(name, value)| (name.to_owned(), value));
        // Of several values for one variable the last one counts.
        let env = Env::from_pairs(limits.chain(self.variables.iter().cloned()).chain(place))
            .with("PORT", "8080")
            .with("CRON_SECRET", CRON_SECRET)
            .of_product(self.product.variables());
        let config = Config::load(&env, &SystemRng).map_err(|errors| errors.to_string())?;
        let system = System {
            clock: Arc::clone(&self.clock) as Arc<dyn Clock>,
            rng: Arc::new(SystemRng),
            metrics: Metrics::counting(),
            hash_cost: Some(BcryptCost::for_tests(self.cost)),
            additions: self.product.additions(),
        };
        Ok((config, system))
    }

    async fn open(self) -> World {
        diagnostics::write_down();
        let (config, system) = self.configured().unwrap_or_else(|error| panic!("{error}"));
        let log = Arc::new(Captured::default());
        let logger = Logger::new(
            config.app.log_level.clone(),
            LogFormat::Json,
            Arc::clone(&log) as _,
            Arc::clone(&self.clock) as _,
        );
        let services = Services::open(&Console::for_tests(), &config, system).await.unwrap();
        let (health, documentation) = (Health::new(), Documentation::new());
        let ours = self.product.mount_all(&config, &services, &health, &documentation).unwrap();
        let mount = match self.add {
            Some(add) => add(ours),
            None => ours,
        };
        let routes = mount.finish().unwrap();
        let declared =
            routes.iter().map(|route| (route.path().to_owned(), Arc::clone(route.declaration()))).collect();
        documentation.describe(&routes, palisade::cli::info(&config, self.product)).unwrap();
        let server = Server::new(&config, services.ports(health, logger.access_log()), &routes).unwrap();
        let background = services.start(self.upkeep).await.unwrap();
        let (operator, named) = (Operator::for_tests("test world"), FirstAdmin::named_by(&config).unwrap());
        services.auth.first_admin.honor(&operator, named.as_ref()).await.unwrap();
        let service = server.make_service();
        let Hosted { address, stop, serving, is_suspended } =
            (self.host)(server, services.jobs.clone()).await;
        World {
            clock: self.clock,
            log,
            address,
            service,
            services,
            database: self.kept.database,
            routes: declared,
            folder: self.kept.folder,
            stop: Some(stop),
            serving: Some(serving),
            background: Some(background),
            upkeep: self.upkeep,
            is_suspended,
        }
    }
}

impl IntoFuture for Opening {
    type Output = World;
    type IntoFuture = Pin<Box<dyn Future<Output = World>>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.open())
    }
}

impl fmt::Debug for Opening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opening").field("product", &self.product.name).finish_non_exhaustive()
    }
}
