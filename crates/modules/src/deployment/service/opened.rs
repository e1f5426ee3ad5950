//! A deployment whose store is open: what is in it, in which state, and which keys.

use palisade_core::config::Config;
use palisade_core::identity::{Console, Operator};
use palisade_lib::store::Store;

use super::copy_state::copy_state;
use super::setup::{keys_setup, options, with_named};
use crate::deployment::collections::collections;
use crate::deployment::types::{CollectionStatus, DeploymentError, Migrated, Progress, Status};
use crate::keys;
use crate::keys::types::{KeySummary, LostKey};
use crate::system::{System, location};

/// A deployment whose store is open, and nothing else.
#[derive(Debug)]
pub struct Service {
    pub(super) store: Store,
    pub(super) keys: keys::Setup,
}

impl Service {
    /// Opens the store as it is, and creates nothing.
    ///
    /// # Errors
    /// [`DeploymentError::Nothing`] when there is none; [`DeploymentError::Open`].
    pub async fn open_existing(
        console: &Console,
        config: &Config,
        system: &System,
    ) -> Result<Self, DeploymentError> {
        let (place, all) = (location(config)?, collections(&system.additions));
        let store = Box::pin(Store::open_existing(console, &place, &all, options(system))).await?;
        Self::over(store.ok_or(DeploymentError::Nothing)?, config, system)
    }

    /// Opens the store and creates missing collections and indexes, as a start of the server does.
    ///
    /// # Errors
    /// [`DeploymentError::Open`].
    pub async fn open(console: &Console, config: &Config, system: &System) -> Result<Self, DeploymentError> {
        let store = Box::pin(Store::open(
            console,
            &location(config)?,
            &collections(&system.additions),
            options(system),
        ))
        .await?;
        Self::over(store, config, system)
    }

    pub(super) fn over(store: Store, config: &Config, system: &System) -> Result<Self, DeploymentError> {
        let keys = keys_setup(config, system, store.clone())?;
        Ok(Self { store, keys })
    }

    /// All keys, the oldest first. None is opened, so this works also if the secrets are lost.
    ///
    /// # Errors
    /// [`DeploymentError::Keys`].
    pub async fn keys(&self, _operator: &Operator<'_>) -> Result<Vec<KeySummary>, DeploymentError> {
        Ok(keys::Service::list(&self.keys).await?)
    }

    /// The keys that are needed and cannot be used.
    ///
    /// # Errors
    /// [`DeploymentError::Keys`].
    pub async fn lost_keys(&self, _operator: &Operator<'_>) -> Result<Vec<LostKey>, DeploymentError> {
        Ok(keys::Service::lost(&with_named(&self.keys).await?).await?)
    }

    /// Whether another process has the store open; `None` if that cannot be detected. Called before it is opened
    /// here.
    ///
    /// # Errors
    /// [`DeploymentError::Open`].
    pub async fn is_in_use(config: &Config) -> Result<Option<bool>, DeploymentError> {
        Ok(Store::is_in_use(&location(config)?).await?)
    }

    /// Why it may be a mistake to give up lost keys, and the name of the store, which the operator must type then.
    /// `None` if every key is lost and nobody has the store open.
    ///
    /// # Errors
    /// [`DeploymentError::Keys`].
    pub async fn doubts(
        &self,
        config: &Config,
        in_use: Option<bool>,
    ) -> Result<Option<(String, &'static str)>, DeploymentError> {
        let why = if keys::Service::any_opens(&self.keys).await? {
            "Some keys still open: perhaps one secret of several is missing, or this is the wrong store."
        } else {
            match in_use {
                Some(true) => {
                    "Another process has the store open: a server would continue to use the old keys."
                }
                // This process cannot know who else is connected to a database server.
                None => {
                    "A server that runs on this database would continue to use the old keys, and cannot be detected from here."
                }
                Some(false) => return Ok(None),
            }
        };
        Ok(Some((location(config)?.short_name(), why)))
    }

    /// Gives up the unusable keys and creates new ones, all in one write. This cannot be undone:
    ///
    /// - a lost **root** key ends every session and makes mailed links, waiting mails and sealed cookies worthless;
    /// - passwords hashed with a lost **pepper** can never be verified again: their owners must reset them by mail;
    /// - access tokens of a lost **signing** key are refused; a refresh replaces them where the session lives on.
    ///
    /// Stop every server first.
    ///
    /// # Errors
    /// [`DeploymentError::Keys`].
    pub async fn reset_lost_keys(&self, operator: &Operator<'_>) -> Result<Vec<LostKey>, DeploymentError> {
        Ok(keys::Service::reset_lost(operator, &with_named(&self.keys).await?).await?)
    }

    /// The content of the store, counting at most `most` documents of each collection.
    ///
    /// # Errors
    /// [`DeploymentError::Store`].
    pub async fn status(&self, _operator: &Operator<'_>, most: u64) -> Result<Status, DeploymentError> {
        let drift = self.store.drift().await?;
        let mut collections = Vec::new();
        for spec in self.store.collections() {
            let counts = self.store.count(spec, most).await?;
            collections.push(CollectionStatus { name: spec.name(), version: spec.schema_version(), counts });
        }
        let copy = copy_state(&self.store).await?;
        let mut strangers = self.store.strangers().await?;
        // Those are reported with the other indexes.
        strangers.retain(|stranger| stranger.holds);
        Ok(Status { declared_indexes: self.store.declared_indexes(), drift, collections, strangers, copy })
    }

    /// Rewrites every document of an older schema version. After an interruption, the next run continues: rewritten
    /// documents are only checked.
    ///
    /// # Errors
    /// [`DeploymentError::Store`], also for an unreadable document, by name.
    pub async fn migrate(
        &self,
        _operator: &Operator<'_>,
        progress: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<Vec<Migrated>, DeploymentError> {
        let mut all = Vec::new();
        for spec in self.store.collections() {
            let total = self.store.size(spec).await?;
            let mut migrated = Migrated { name: spec.name(), examined: 0, rewritten: 0 };
            let mut after = None;
            loop {
                let step = self.store.rewrite_step(spec, after.as_deref()).await?;
                migrated.examined += step.examined as u64;
                migrated.rewritten += step.rewritten as u64;
                let (collection, done) = (spec.name(), migrated.examined);
                progress(Progress { doing: "rewriting", collection, done, total: total.max(done) });
                match step.next {
                    Some(next) => after = Some(next),
                    None => break,
                }
            }
            all.push(migrated);
        }
        Ok(all)
    }
}
