//! The database of a world: on the engine of this run.

use std::path::Path;
use std::sync::{Arc, LazyLock};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use palisade_core::ports::{Rng as _, SystemRng};
use palisade_test_servers::MongoDatabase;

/// The variable with the engine of this run: `sqlite` (the default) or `mongodb`.
pub const ENGINE: &str = "PALISADE_TEST_ENGINE";

/// The database of one or several servers. The last clone drops a MongoDB database; a file goes with its folder.
#[derive(Clone, Debug)]
pub enum Database {
    /// A file of the embedded engine, as a URL.
    Sqlite(String),
    /// A database of the replica set of this run.
    MongoDb(Arc<MongoDatabase>),
}

/// Whether this run is on MongoDB: what [`ENGINE`] says.
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
    /// An empty database on the engine of this run: a file in this folder, or a database of the replica set.
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

    /// The variables for a server: the URL, and the secret that seals the keys. (Next to a file, development keeps a
    /// secret by itself.)
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
