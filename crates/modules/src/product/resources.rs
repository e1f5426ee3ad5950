//! What the code of a product works with.

use std::sync::Arc;

use palisade_core::config::{Config, Settings};
use palisade_core::ports::{Clock, Rng};
use palisade_lib::store::Documents;

/// Settings that the product does not list.
#[derive(Debug, thiserror::Error)]
#[error("the settings `{0}` are not read: add their `OWN` to `Product::settings`")]
pub struct UnlistedSettings(&'static str);

/// What the code of a product works with: the configuration, the store, and the machine. Clones share everything.
#[derive(Clone, Debug)]
pub struct Resources(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    config: Config,
    documents: Documents,
    clock: Arc<dyn Clock>,
    rng: Arc<dyn Rng>,
}

impl Resources {
    pub(crate) fn new(
        config: &Config,
        documents: Documents,
        (clock, rng): (Arc<dyn Clock>, Arc<dyn Rng>),
    ) -> Self {
        Self(Arc::new(Parts { config: config.clone(), documents, clock, rng }))
    }

    /// The settings of this type.
    ///
    /// # Errors
    /// When the product does not list them.
    pub fn settings<T: Settings>(&self) -> Result<&T, UnlistedSettings> {
        self.0.config.own().ok_or(UnlistedSettings(std::any::type_name::<T>()))
    }

    /// The configuration.
    pub fn config(&self) -> &Config {
        &self.0.config
    }

    /// The store, with the collections of the product: whose type a product cannot name, it cannot open.
    pub fn documents(&self) -> &Documents {
        &self.0.documents
    }

    /// The clock. It is the store's, so that its time agrees with the dates of documents.
    pub fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.0.clock)
    }

    /// The randomness, for ids.
    pub fn rng(&self) -> Arc<dyn Rng> {
        Arc::clone(&self.0.rng)
    }
}
