//! The store that counts requests, as configured.

use std::sync::Arc;

use palisade_core::config::{Config, DatabaseUrl, LimitStoreChoice};
use palisade_core::limits::{Fallback, MemoryLimiter};
use palisade_core::ports::LimitStore;
use palisade_lib::mongodb::{MongoLimiter, MongoOpenError};
use palisade_lib::redis::{RedisLimiter, RedisOpenError};
use palisade_lib::upstash::{UpstashLimiter, UpstashOpenError};

use crate::system::System;

/// Why a limit store cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum LimiterError {
    /// The limiter in Redis.
    #[error("{0}: {source}", source = std::error::Error::source(.0).map(ToString::to_string).unwrap_or_default())]
    Redis(#[from] RedisOpenError),
    /// The limiter in MongoDB.
    #[error("opening the limit store in MongoDB: {0}")]
    MongoDb(#[from] MongoOpenError),
    /// The limiter in Upstash.
    #[error("opening the limit store at Upstash: {0}")]
    Upstash(#[from] UpstashOpenError),
}

/// The store that counts requests.
#[derive(Clone, Debug)]
pub(crate) enum Limiter {
    /// In this process alone.
    Local(Arc<MemoryLimiter>),
    /// In a store that instances share, and in this process while that is down.
    Shared(Fallback),
}

impl Limiter {
    /// Connects on first use, or at the first check. Within a runtime.
    ///
    /// # Errors
    /// An address that no store can have.
    pub(crate) fn open(config: &Config, system: &System) -> Result<Self, LimiterError> {
        let local = Arc::new(local(config, system));
        let Some(shared) = shared(config)? else { return Ok(Self::Local(local)) };
        let timeout = config.rate_limit.timeout.get();
        let fallback = Fallback::new(shared, second(config)?, &local, &system.clock, timeout);
        fallback.watch();
        Ok(Self::Shared(fallback))
    }

    /// The store for all requests.
    pub(crate) fn store(&self) -> Arc<dyn LimitStore> {
        match self {
            Self::Local(local) => Arc::clone(local) as _,
            Self::Shared(fallback) => Arc::new(fallback.clone()),
        }
    }
}

/// The store itself, without a fallback: to see whether it answers.
pub(crate) struct Alone {
    /// The store.
    pub(crate) store: Arc<dyn LimitStore>,
    /// The same, if it is a Redis.
    pub(crate) redis: Option<RedisLimiter>,
}

/// # Errors
/// An address that no store can have.
pub(crate) fn alone(config: &Config, system: &System) -> Result<Alone, LimiterError> {
    if let LimitStoreChoice::Redis(url) = config.limit_store() {
        let redis = RedisLimiter::open(&url, config.rate_limit.prefix.as_str())?;
        return Ok(Alone { store: Arc::new(redis.clone()), redis: Some(redis) });
    }
    let store = shared(config)?.unwrap_or_else(|| Arc::new(local(config, system)));
    Ok(Alone { store, redis: None })
}

fn local(config: &Config, system: &System) -> MemoryLimiter {
    MemoryLimiter::new(Arc::clone(&system.clock), system.rng.as_ref(), config.rate_limit.memory.bytes())
}

/// The store for attempts on accounts while the shared store is down: the document store, if that is another server
/// that instances share. The embedded store belongs to one machine, and a flooding client would gladly cause a disk
/// write for each attempt.
fn second(config: &Config) -> Result<Option<Arc<dyn LimitStore>>, LimiterError> {
    let DatabaseUrl::MongoDb(documents) = &config.store.database else { return Ok(None) };
    if matches!(config.limit_store(), LimitStoreChoice::MongoDb(url) if url == *documents) {
        return Ok(None);
    }
    Ok(Some(Arc::new(MongoLimiter::open(documents, config.rate_limit.prefix.as_str())?)))
}

fn shared(config: &Config) -> Result<Option<Arc<dyn LimitStore>>, LimiterError> {
    let prefix = config.rate_limit.prefix.as_str();
    Ok(match config.limit_store() {
        LimitStoreChoice::Redis(url) => Some(Arc::new(RedisLimiter::open(&url, prefix)?)),
        LimitStoreChoice::MongoDb(url) => Some(Arc::new(MongoLimiter::open(&url, prefix)?)),
        LimitStoreChoice::Upstash(rest) => Some(Arc::new(UpstashLimiter::open(&rest, prefix)?)),
        LimitStoreChoice::Memory | _ => None,
    })
}
