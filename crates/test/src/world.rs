//! A world in one line: the real server of a product on its own port, its own database, a clock that tests control, and users.

pub(crate) mod hosting;
mod jobs;
pub(crate) mod mails;
pub(crate) mod opening;
mod people;
pub(crate) mod settings;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use palisade::Product;
use palisade_core::ports::TestClock;
use palisade_core::routes::Declaration;
use palisade_core::server::MakeService;
use palisade_core::system::time::Timestamp;
use palisade_core::utils::logger::Captured;
use palisade_modules::{Background, Services, Upkeep};
use tempfile::TempDir;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::client::Client;
use crate::database::Database;
use crate::diagnostics;
use opening::Opening;

/// The password of all users of a world.
pub const PASSWORD: &str = "a long enough passphrase";

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

    /// This database, and a folder that stays as long as it is used.
    pub fn of(folder: TempDir, database: Database) -> Self {
        Self { folder, database }
    }

    /// The same database, for another server beside the one that has it.
    #[must_use]
    pub fn shared(&self) -> Self {
        Self::of(tempfile::tempdir().unwrap(), self.database.clone())
    }

    /// Its database.
    pub fn database(&self) -> &Database {
        &self.database
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
    upkeep: Upkeep,
    is_suspended: bool,
}

impl World {
    /// The development server of this product with generous limits: `World::of(&PRODUCT).await`. What is to be different is
    /// said before the `await`, as in `World::of(&PRODUCT).set(&[("NOTES_MAX", "2")]).await`.
    ///
    /// # Panics
    /// When it does not start; the message says why.
    pub fn of(product: &'static Product) -> Opening {
        Opening::of(product)
    }

    /// Its database, for another instance beside it.
    pub fn shared(&self) -> Kept {
        Kept::of(tempfile::tempdir().unwrap(), self.database.clone())
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

    /// Moves the clock.
    pub fn advance(&self, by: Duration) {
        self.clock.advance(by);
    }

    /// A browser without a session.
    pub fn browser(&self) -> Client {
        self.program().from_origin("http://localhost:8080")
    }

    /// A program: no cookies, no origin.
    pub fn program(&self) -> Client {
        Client::new(self.address, "localhost:8080")
    }
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
        }
        // The runtime of the test ends the tasks; this stops listening at once.
        if let Some(serving) = self.serving.take() {
            serving.abort();
        }
    }
}
