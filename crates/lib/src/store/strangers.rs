//! Content of a database that does not belong to the store: a copy leaves it behind, and has to report it.

use super::engine::Engine;
use super::handle::{CollectionDef, Options, Store, specs};
use super::location::Location;
use crate::engine::{OpenError, SearchDepth, StoreError, Stranger};
use crate::mongodb::MongoDb;
use crate::sqlite::Sqlite;

impl Store {
    /// Undeclared content of the database, by name. Checks no document.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn strangers(&self) -> Result<Vec<Stranger>, StoreError> {
        let mut found = match &self.inner.engine {
            Engine::Sqlite(engine) => engine.strangers().await?,
            Engine::MongoDb(engine) => Box::pin(engine.strangers(SearchDepth::Names)).await?,
        };
        found.sort();
        Ok(found)
    }

    /// The same for a location that may not contain a store yet, without creating one there.
    ///
    /// # Errors
    /// Like [`open`](Self::open), and [`StoreError::Unavailable`].
    pub async fn strangers_at(
        location: &Location,
        collections: &[&'static CollectionDef],
        options: Options,
    ) -> Result<Result<Vec<Stranger>, StoreError>, OpenError> {
        let Options { clock, rng, .. } = options;
        Ok(match location {
            Location::Sqlite(path) => {
                match Sqlite::open_existing(path.clone(), &specs(collections), clock).await? {
                    Some(engine) => engine.strangers().await,
                    None => Ok(Vec::new()),
                }
            }
            Location::MongoDb(address) => {
                let engine = MongoDb::connect(address, &specs(collections), clock, rng).await?;
                Box::pin(engine.strangers(SearchDepth::Names)).await
            }
        })
    }
}
