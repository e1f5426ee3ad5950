//! What the code of a product works with.

use std::sync::Arc;
use std::time::Duration;

use palisade_core::config::{AppConfig, Config, OwnValues, Settings};
use palisade_core::errors::AppError;
use palisade_core::ports::{Clock, Rng};
use palisade_core::utils::languages::Languages;
use palisade_lib::store::Documents;

use super::mails::Mails;
use crate::retry::{Attempt, lost_every_race, retry_on_stale};

/// Settings that the product does not list.
#[derive(Debug, thiserror::Error)]
#[error("the settings `{0}` are not read: add their `OWN` to `Product::settings`")]
pub struct UnlistedSettings(&'static str);

/// What the code of a product works with: its settings, the store, and the machine. Clones share everything.
///
/// The rest of the configuration is not in it: the secrets of the deployment are no business of code that serves requests.
#[derive(Clone, Debug)]
pub struct Resources(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    app: AppConfig,
    own: OwnValues,
    deleted_retention: Duration,
    documents: Documents,
    clock: Arc<dyn Clock>,
    rng: Arc<dyn Rng>,
    mails: Mails,
    languages: Languages,
}

impl Resources {
    pub(crate) fn new(
        config: &Config,
        documents: Documents,
        mails: Mails,
        (clock, rng): (Arc<dyn Clock>, Arc<dyn Rng>),
    ) -> Self {
        Self(Arc::new(Parts {
            app: config.app.clone(),
            own: config.own().clone(),
            deleted_retention: config.store.deleted_retention.get(),
            documents,
            clock,
            rng,
            mails,
            languages: config.languages.clone(),
        }))
    }

    /// The settings of this type.
    ///
    /// # Errors
    /// When the product does not list them.
    pub fn settings<T: Settings>(&self) -> Result<&T, UnlistedSettings> {
        self.0.own.get().ok_or(UnlistedSettings(std::any::type_name::<T>()))
    }

    /// The settings of the whole program: its name, its address, whether it is in development.
    pub fn app(&self) -> &AppConfig {
        &self.0.app
    }

    /// How long what was deleted can be restored (`DELETED_RETENTION`). After that it is to be removed for good.
    pub fn deleted_retention(&self) -> Duration {
        self.0.deleted_retention
    }

    /// The store, with the collections of the product: whose type a product cannot name, it cannot open.
    pub fn documents(&self) -> &Documents {
        &self.0.documents
    }

    /// Makes a decision that several may make at once, until it comes through: an attempt that was not [`Attempt::Done`] begins
    /// anew on what the winner wrote, up to 32 times, after a random wait of at most 32 ms. An attempt reads what it rests on and
    /// writes one batch that says so.
    ///
    /// # Errors
    /// The first error of an attempt; 503 when it lost every race.
    pub async fn decide<T, F>(&self, attempt: impl FnMut() -> F) -> Result<T, AppError>
    where
        F: Future<Output = Result<Attempt<T>, AppError>>,
    {
        let decided = retry_on_stale(self.0.rng.as_ref(), attempt).await?;
        decided.ok_or_else(|| lost_every_race("other requests were always faster"))
    }

    /// Mails to users.
    pub fn mails(&self) -> &Mails {
        &self.0.mails
    }

    /// The languages, with the texts of the product.
    pub fn languages(&self) -> &Languages {
        &self.0.languages
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
