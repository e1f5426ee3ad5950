//! A world in one line: that of `palisade-test`, on the host of this run and with what only tests of Palisade itself need.

mod hosting;
mod product;

use std::ops::Deref;
use std::sync::Arc;

use palisade::Product;
use palisade_core::ports::TestClock;
use palisade_core::routes::Mount;
use palisade_core::system::time::Timestamp;
use palisade_test::Opening;
use serde_json::Value;
use tempfile::TempDir;

use crate::database::Database;

use hosting::{Instance, Kind, Machine};
pub use palisade_test::{GENEROUS, Kept, PASSWORD, clock, token_of};

/// A provider that nobody runs: every world has the routes that lead to it.
const PROVIDER: [(&str, &str); 3] = [
    ("OIDC_ACME_ISSUER", "https://127.0.0.1:9"),
    ("OIDC_ACME_CLIENT_ID", "palisade"),
    ("OIDC_ACME_CLIENT_SECRET", "nobody-checks-this"),
];

/// The folder of a binary that ran on the embedded engine, with the database in the folder itself.
pub fn kept_embedded(folder: TempDir) -> Kept {
    let database = Database::sqlite(&folder.path().join("palisade.db"));
    Kept::of(folder, (*database).clone())
}

/// A server in this process. Dropping it ends it.
#[derive(Debug)]
pub struct World {
    /// Its database, which other worlds may share.
    pub database: Database,
    // In the order of their end.
    instance: Instance,
    inner: palisade_test::World,
    machine: Machine,
}

impl Deref for World {
    type Target = palisade_test::World;

    fn deref(&self) -> &palisade_test::World {
        &self.inner
    }
}

impl World {
    /// A development server with generous limits.
    pub async fn new() -> Self {
        Self::set(&[]).await
    }

    /// A development server with the default limits.
    pub async fn limited() -> Self {
        Self::with(&[]).await
    }

    /// A development server with generous limits and these variables.
    pub async fn set(variables: &[(&str, &str)]) -> Self {
        Self::open(palisade().set(variables)).await
    }

    /// The same with additional routes.
    pub async fn serving_also(
        variables: &[(&str, &str)],
        add: impl FnOnce(Mount) -> Mount + 'static,
    ) -> Self {
        Self::open(palisade().set(variables).also(add)).await
    }

    /// A server whose host may suspend it between requests, with generous limits: it does nothing by itself.
    pub async fn suspended(kept: Kept, clock: &Arc<TestClock>) -> Self {
        Self::open(palisade().over(kept).at(clock).suspended()).await
    }

    /// The same over an empty database, with these variables.
    pub async fn suspended_set(variables: &[(&str, &str)]) -> Self {
        Self::open(palisade().set(variables).suspended()).await
    }

    /// A server with exactly these variables and its `DATABASE_URL`.
    pub async fn with(variables: &[(&str, &str)]) -> Self {
        Self::within(Kept::new(), variables).await
    }

    /// A server over an existing or new database.
    pub async fn within(kept: Kept, variables: &[(&str, &str)]) -> Self {
        Self::open(palisade().over(kept).limited().set(variables)).await
    }

    /// A server with generous limits and another bcrypt cost than the lowest, over an existing or new database.
    pub async fn hashing_at(cost: u32, kept: Kept) -> Self {
        Self::open(palisade().over(kept).hashing_at(cost)).await
    }

    /// A server at this time, over a database that was written with another clock.
    pub async fn within_at(kept: Kept, variables: &[(&str, &str)], now: Timestamp) -> Self {
        let clock = Arc::new(TestClock::at(now));
        Self::open(palisade().over(kept).at(&clock).limited().set(variables)).await
    }

    /// A server with this clock of the machine, generous limits and these variables.
    pub async fn on_a_machine(kept: Kept, clock: &Arc<TestClock>, variables: &[(&str, &str)]) -> Self {
        Self::open(palisade().over(kept).at(clock).set(variables)).await
    }

    /// The error of a server that does not start with this clock of the machine.
    pub async fn refusal(kept: &Kept, clock: &Arc<TestClock>) -> String {
        palisade().over(kept.shared()).at(clock).refusal().await
    }

    /// A server with another bcrypt cost than the lowest, generous limits and these variables.
    pub async fn hashing_with(cost: u32, variables: &[(&str, &str)]) -> Self {
        Self::open(palisade().hashing_at(cost).set(variables)).await
    }

    /// Another instance over the same database and with the same clock and generous limits.
    pub async fn beside(&self) -> Self {
        Self::on_a_machine(self.shared(), &self.clock, &[]).await
    }

    /// Sets a member of the stored document of a person, as JSON.
    pub fn alter_person(&self, email: &str, member: &str, value: &Value) {
        let altered = self.database.alter("users", ("email", email), member, value);
        assert_eq!(altered, 1, "nobody has the address {email}");
    }

    async fn open(opening: Opening) -> Self {
        let kind = Kind::of_this_run();
        let machine = Machine::of(kind);
        let (inner, instance) = machine.run(Box::pin(hosting::open(kind, opening))).await;
        Self { database: Database::at(inner.database.clone()), instance, inner, machine }
    }

    /// Stops the server and its background tasks, and returns the database.
    pub async fn stop(self) -> Kept {
        let Self { instance, inner, machine, .. } = self;
        let kept = inner.stop().await;
        drop((instance, machine));
        kept
    }

    /// Whether clients are on this machine, as far as the server can know: only they see the pages of development.
    pub fn shows_development(&self) -> bool {
        Kind::of_this_run() != Kind::Vercel
    }
}

/// Palisade alone, on the host of this run.
fn palisade() -> Opening {
    on_this_host(&Product::PALISADE)
}

/// A product with what this host needs.
fn on_this_host(product: &'static Product) -> Opening {
    Kind::of_this_run().prepare(palisade_test::World::of(product)).set(&PROVIDER)
}
