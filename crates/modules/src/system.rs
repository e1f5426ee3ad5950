//! What all modules stand on: the machine, and where the configuration says the store is.

use std::sync::Arc;

use palisade_core::config::Config;
use palisade_core::config::store::DatabaseUrl;
use palisade_core::ports::{Clock, Rng};
use palisade_core::utils::crypto::password::BcryptCost;
use palisade_lib::store::Location;

/// What comes from the machine.
#[derive(Clone, Debug)]
pub struct System {
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The randomness.
    pub rng: Arc<dyn Rng>,
    /// A cost of bcrypt other than the configured one. A cost that is too low cannot be made outside tests.
    pub hash_cost: Option<BcryptCost>,
}

/// Where the configuration says the store is.
pub(crate) fn location(config: &Config) -> Result<Location, palisade_lib::store::OpenError> {
    match &config.store.database {
        DatabaseUrl::Sqlite(file) => Ok(Location::Sqlite(file.path().to_owned())),
        DatabaseUrl::MongoDb(url) => Location::parse(url.expose()),
        _ => Err(palisade_lib::store::OpenError::UnknownEngine),
    }
}
