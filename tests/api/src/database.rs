//! The database of a world: its engine, and ways to change and read it without the server, where no route does.

mod beside;
mod documents;
mod structure;

use std::path::Path;
use std::sync::{Arc, LazyLock};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use palisade_core::ports::{Rng as _, SystemRng};
use palisade_test_servers::MongoDatabase;

pub use documents::Copy;

/// Names the engine of this run: `sqlite` (when it is not set) or `mongodb`.
pub const ENGINE: &str = "PALISADE_TEST_ENGINE";

/// The database of a server, or of several that share it. With the last of them a database of MongoDB is dropped; a
/// file goes with its folder.
#[derive(Clone, Debug)]
pub enum Database {
    /// A file of the embedded engine, by its address.
    Sqlite(String),
    /// A database of the replica set of this run.
    MongoDb(Arc<MongoDatabase>),
}

/// Whether this run is on MongoDB.
#[expect(
    clippy::disallowed_methods,
    reason = "a run of the tests says so like this; no setting of the product"
)]
pub fn is_mongodb() -> bool {
    match std::env::var(ENGINE).as_deref() {
        Err(_) | Ok("" | "sqlite") => false,
        Ok("mongodb") => true,
        Ok(other) => panic!("{ENGINE} is sqlite or mongodb, not {other}"),
    }
}

impl Database {
    /// An empty database on the engine of this run: a file in this folder, or one of the replica set.
    pub fn of_this_run(folder: &Path) -> Self {
        if is_mongodb() {
            Self::MongoDb(Arc::new(MongoDatabase::new()))
        } else {
            Self::Sqlite(format!("sqlite://{}", folder.join("palisade.db").display()))
        }
    }

    /// Its `DATABASE_URL`.
    pub fn url(&self) -> String {
        match self {
            Self::Sqlite(url) => url.clone(),
            Self::MongoDb(database) => database.url(),
        }
    }

    /// What the environment of a server has to say: where it is, and the secret that sealed what is in it. (Beside a file
    /// development keeps one by itself.)
    pub fn variables(&self) -> Vec<(&'static str, String)> {
        static SECRET: LazyLock<String> = LazyLock::new(|| {
            let mut key = [0; 32];
            SystemRng.fill(&mut key);
            format!("test:{}", STANDARD.encode(key))
        });
        let mut variables = vec![("DATABASE_URL", self.url())];
        if matches!(self, Self::MongoDb(_)) {
            variables.push(("SECRET_KEYS", SECRET.clone()));
        }
        variables
    }
}
