//! Opening a store, and the checks before that.

use std::sync::Arc;

use palisade_core::identity::Console;

use super::engine::Engine;
use super::handle::{CollectionDef, Options, Store, specs};
use super::location::Location;
use crate::engine::{CollectionSpec, OpenError, StoreError};
use crate::mongodb::MongoDb;
use crate::sqlite::Sqlite;

impl Store {
    /// Opens the store and creates missing collections and indexes. Only `main` can: code that serves a request has
    /// the store that was opened for it, and cannot open another.
    ///
    /// # Errors
    /// The problem of the location or of the declarations, with the remedy for an operator.
    pub async fn open(
        _console: &Console,
        location: &Location,
        collections: &[&'static CollectionDef],
        options: Options,
    ) -> Result<Self, OpenError> {
        CollectionSpec::check_all(&specs(collections)).map_err(OpenError::Declaration)?;
        let clock = Arc::clone(&options.clock);
        let engine = match location {
            Location::Sqlite(path) => {
                Engine::Sqlite(Box::new(Sqlite::open(path.clone(), &specs(collections), clock).await?))
            }
            Location::MongoDb(address) => {
                let opened =
                    Box::pin(MongoDb::open(address, &specs(collections), clock, Arc::clone(&options.rng)))
                        .await?;
                Engine::MongoDb(Box::new(opened))
            }
        };
        let store = Self::over(engine, collections, options);
        store.learn_contents().await.map_err(|error| match error {
            StoreError::Damaged { source, .. } => OpenError::Damaged { source },
            error @ StoreError::Unavailable { .. } => OpenError::Unreachable { source: error.into() },
            error => OpenError::Engine { doing: "reading its collections", source: error.into() },
        })?;
        Ok(store)
    }

    /// Opens the store like [`open`](Self::open), whatever happened to it before: for code that fills it with other
    /// content.
    ///
    /// # Errors
    /// Like [`open`](Self::open).
    pub async fn open_to_fill(
        console: &Console,
        location: &Location,
        collections: &[&'static CollectionDef],
        options: Options,
    ) -> Result<Self, OpenError> {
        let clock = Arc::clone(&options.clock);
        match location {
            Location::Sqlite(path) => {
                let engine = Sqlite::open_to_fill(path.clone(), &specs(collections), clock).await?;
                Ok(Self::over(Engine::Sqlite(Box::new(engine)), collections, options))
            }
            Location::MongoDb(_) => Self::open(console, location, collections, options).await,
        }
    }

    /// Opens an existing store as it is: creates no collection and no index. `None` if there is none.
    ///
    /// # Errors
    /// Like [`open`](Self::open).
    pub async fn open_existing(
        _console: &Console,
        location: &Location,
        collections: &[&'static CollectionDef],
        options: Options,
    ) -> Result<Option<Self>, OpenError> {
        CollectionSpec::check_all(&specs(collections)).map_err(OpenError::Declaration)?;
        let clock = Arc::clone(&options.clock);
        let engine = match location {
            Location::Sqlite(path) => {
                let opened = Sqlite::open_existing(path.clone(), &specs(collections), clock).await?;
                opened.map(|engine| Engine::Sqlite(Box::new(engine)))
            }
            Location::MongoDb(address) => {
                let rng = Arc::clone(&options.rng);
                let opened = MongoDb::open_existing(address, &specs(collections), clock, rng).await?;
                opened.map(|engine| Engine::MongoDb(Box::new(engine)))
            }
        };
        Ok(engine.map(|engine| Self::over(engine, collections, options)))
    }

    /// Whether [`open`](Self::open) could create a store where there is none. Creates nothing permanent.
    ///
    /// # Errors
    /// The error that opening would return.
    pub async fn can_be_made(
        _console: &Console,
        location: &Location,
        collections: &[&'static CollectionDef],
        options: Options,
    ) -> Result<(), OpenError> {
        match location {
            Location::Sqlite(path) => crate::sqlite::can_be_made(path.clone()).await,
            Location::MongoDb(address) => {
                let Options { clock, rng, .. } = options;
                Box::pin(MongoDb::can_be_made(address, &specs(collections), clock, rng)).await
            }
        }
    }

    /// Whether opening would succeed, and the store can be written as requests write it: newer writers, the rights
    /// of its user, if any, and room. Leaves nothing behind.
    ///
    /// # Errors
    /// The error that opening would return, or a request that writes.
    pub async fn try_writing(&self) -> Result<(), OpenError> {
        match &self.inner.engine {
            Engine::Sqlite(engine) => engine.try_all().await,
            Engine::MongoDb(engine) => Box::pin(engine.try_all()).await,
        }
    }
}
