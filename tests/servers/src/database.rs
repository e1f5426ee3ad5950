//! A database for one test.

use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU32, Ordering};

use mongodb::Client;

use crate::error::ServerError;
use crate::shared::{apart, mongodb_url};

/// A database of its own. Dropping this value drops the database, and waits for that.
#[derive(Debug)]
pub struct MongoDatabase {
    server: String,
    name: String,
}

impl MongoDatabase {
    /// A database on the replica set of this run: [`mongodb_url`].
    ///
    /// # Panics
    ///
    /// When there is no replica set and none can be started. The message says how to install it.
    #[expect(clippy::new_without_default, reason = "starting a server is nothing a default does")]
    pub fn new() -> Self {
        Self::on(&mongodb_url())
    }

    /// A database on the servers of this URL, whatever database it names.
    pub fn on(server: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let random = RandomState::new().hash_one(number);
        let name = format!("test-{}-{number}-{random:x}", std::process::id());
        Self { server: server.to_owned(), name }
    }

    /// The URL of the servers with the name of this database.
    pub fn url(&self) -> String {
        let (hosts, options) = self.server.split_once('?').unwrap_or((&self.server, ""));
        let hosts = match hosts.strip_prefix("mongodb://").and_then(|rest| rest.split_once('/')) {
            Some((hosts, _)) => format!("mongodb://{hosts}"),
            None => hosts.to_owned(),
        };
        let question = if options.is_empty() { "" } else { "?" };
        format!("{hosts}/{}{question}{options}", self.name)
    }

    /// Its name, of at most 63 bytes.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Runs this with a separate connection, and blocks until it is done.
    ///
    /// # Panics
    ///
    /// When the server returns an error.
    #[expect(clippy::panic, reason = "a test that cannot go on stops")]
    pub fn run<T: Send, F: Future<Output = mongodb::error::Result<T>>>(
        &self,
        work: impl FnOnce(mongodb::Database) -> F + Send,
    ) -> T {
        let done = apart(|| async {
            let client =
                Client::with_uri_str(&self.server).await.map_err(ServerError::driver("connecting"))?;
            work(client.database(&self.name)).await.map_err(ServerError::driver("changing a database"))
        });
        done.unwrap_or_else(|error| panic!("{error}"))
    }
}

impl Drop for MongoDatabase {
    fn drop(&mut self) {
        let (server, name) = (&self.server, &self.name);
        // An error means that the server has ended.
        let _ = apart(|| async {
            let client = Client::with_uri_str(server).await.map_err(ServerError::driver("connecting"))?;
            client.database(name).drop().await.map_err(ServerError::driver("dropping a database"))
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_goes_between_the_hosts_and_the_options() {
        let urls = [
            ("mongodb://a:1,b:2/?replicaSet=rs0", "mongodb://a:1,b:2/NAME?replicaSet=rs0"),
            ("mongodb://a:1/other", "mongodb://a:1/NAME"),
            ("mongodb://a:1", "mongodb://a:1/NAME"),
            ("mongodb://u:p@a:1/?authSource=admin", "mongodb://u:p@a:1/NAME?authSource=admin"),
        ];
        for (server, expected) in urls {
            let database = std::mem::ManuallyDrop::new(MongoDatabase::on(server));
            assert_eq!(database.url(), expected.replace("NAME", database.name()));
            assert!(database.name().len() <= 63);
        }
    }
}
