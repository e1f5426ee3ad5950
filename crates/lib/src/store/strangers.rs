//! What is in a database and is not the store's: whoever copies a store has to know that it stays behind.

use std::fmt;

use super::error::StoreError;
use super::location::{Location, OpenError};
use super::plan::Engine;
use super::spec::CollectionSpec;
use super::{Options, Store};
use crate::mongodb::MongoDb;
use crate::sqlite::Sqlite;

/// Something in the database that no declaration knows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stranger {
    /// What it is: `table`, `view`, `collection`, …
    pub what: &'static str,
    /// Its name: what lies within a known collection begins with that and a dot.
    pub name: String,
    /// Whether it holds or changes documents. An index does neither: the other side makes its own.
    pub holds: bool,
}

impl Stranger {
    pub(crate) fn new(what: &'static str, name: impl Into<String>) -> Self {
        Self { what, name: name.into(), holds: what != "index" }
    }

    /// Something within a collection of ours.
    pub(crate) fn within(what: &'static str, collection: &CollectionSpec, name: &str) -> Self {
        Self::new(what, format!("{}.{name}", collection.name))
    }
}

impl fmt::Display for Stranger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} `{}`", self.what, self.name)
    }
}

/// How closely to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Look {
    /// At names.
    Names,
    /// Also at each document, whether a walk over its collection would come by it.
    Documents,
}

impl Store {
    /// What is in the database and not declared, by name. Looks at no document.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn strangers(&self) -> Result<Vec<Stranger>, StoreError> {
        let mut found = match &self.inner.engine {
            Engine::Sqlite(engine) => engine.strangers().await?,
            Engine::MongoDb(engine) => Box::pin(engine.strangers(Look::Names)).await?,
        };
        found.sort();
        Ok(found)
    }

    /// The same of a place that may not hold a store yet, without making one there.
    ///
    /// # Errors
    /// As [`open`](Self::open), and [`StoreError::Unavailable`].
    pub async fn strangers_at(
        location: &Location,
        collections: &[&'static CollectionSpec],
        options: Options,
    ) -> Result<Result<Vec<Stranger>, StoreError>, OpenError> {
        let Options { clock, rng, .. } = options;
        Ok(match location {
            Location::Sqlite(path) => match Sqlite::open_as_it_is(path.clone(), collections, clock).await? {
                Some(engine) => engine.strangers().await,
                None => Ok(Vec::new()),
            },
            Location::MongoDb(address) => {
                let engine = MongoDb::connect(address, collections, clock, rng).await?;
                Box::pin(engine.strangers(Look::Names)).await
            }
        })
    }
}
