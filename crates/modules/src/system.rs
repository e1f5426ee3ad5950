//! The foundation of all modules: the machine, the product, and the configured location of the store.

use std::sync::Arc;

use palisade_core::config::Config;
use palisade_core::metrics::Metrics;
use palisade_core::ports::{Clock, Rng};
use palisade_core::utils::crypto::password::BcryptCost;
use palisade_lib::store::Location;

use crate::product::Additions;

/// The machine, and the product that runs on it.
#[derive(Clone, Debug)]
pub struct System {
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The randomness.
    pub rng: Arc<dyn Rng>,
    /// Where this process counts what it does.
    pub metrics: Metrics,
    /// A cost of bcrypt other than the configured one. Too low a cost cannot be created outside tests.
    pub hash_cost: Option<BcryptCost>,
    /// What the product adds.
    pub additions: Additions,
}

/// The configured location of the store.
pub(crate) fn location(config: &Config) -> Result<Location, palisade_lib::store::OpenError> {
    Location::of(&config.store.database)
}
