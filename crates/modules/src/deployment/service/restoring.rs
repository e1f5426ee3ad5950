//! A restore: a store becomes equal to a backup, without the data that were valid only at its time. Servers may run
//! on it.
//!
//! A restore brings back users and keys, but not what they held: a session, a mailed link or a mail of that day
//! would be a key in the hands of its holder at that time, and every signing key that was withdrawn since would
//! sign again. So sessions, tickets, registrations, mails and revocations are left out, both counters of every user
//! are raised beyond any value they have reached since, and every signing key is withdrawn and replaced by a new
//! one.
//!
//! A running server sees the note about the copy within a second and pauses until the note says that the copy is
//! complete; see [`Watch`](crate::deployment::Watch).

use std::path::Path;
use std::time::Duration;

use palisade_core::config::Config;
use palisade_core::identity::Operator;
use palisade_lib::store::{BATCH_DEADLINE, CollectionDef, Location, Source, Store, Stranger};

use super::copying::{Told, behind, copied, fill, occupied, verify};
use super::opened::Service;
use super::setup::{keys_setup, options};
use crate::audit::Act;
use crate::audit::types::EventType;
use crate::deployment::collections::collections;
use crate::deployment::repository::{self, Repository};
use crate::deployment::types::{CopiedCollection, DeploymentError, RestoreReport};
use crate::system::{System, location};
use crate::{auth, keys, mail, user};

/// How soon a running server sees the note, and how long its started work may take after that.
const STAND_ASIDE: Duration = BATCH_DEADLINE.saturating_add(Duration::from_secs(3));

/// A restore that was checked and not started.
#[derive(Debug)]
pub struct Restoring {
    source: Source,
    target: Store,
    keys: keys::Setup,
    place: Location,
    /// Whether servers may run on the target.
    may_be_served: bool,
    occupied: Option<&'static str>,
    left: Vec<Stranger>,
}

impl Service {
    /// Checks a backup and the store of the configuration. Changes nothing, except that it creates a missing store.
    ///
    /// The backup is a file of [`back_up`](Self::back_up), or any complete store: a file that was put aside, or a
    /// database into which a dump was loaded.
    ///
    /// # Errors
    /// The problem of either side; [`KeysError::Lost`](crate::keys::types::KeysError::Lost) when `SECRET_KEYS` do
    /// not open the keys in the backup.
    pub async fn prepare_restore(
        operator: &Operator<'_>,
        config: &Config,
        system: &System,
        from: &str,
        leave: &[String],
    ) -> Result<Restoring, DeploymentError> {
        let place = location(config)?;
        let from = if from.contains("://") {
            Location::parse(from)?
        } else {
            Location::Sqlite(Path::new(from).to_owned())
        };
        if from.is_same_place_as(&place) {
            return Err(DeploymentError::Itself);
        }
        let source =
            Source::open_backup(operator.console(), &from, &collections(&system.additions), options(system))
                .await?;
        repository::refuse_half_a_copy(&source).await?;
        let secrets = &config.security.secret_keys;
        keys::refuse_sealed(&source, secrets).await?;
        let beside = Store::strangers_at(&place, &collections(&system.additions), options(system)).await;
        let beside = match beside {
            // It is about to be replaced.
            Err(palisade_lib::store::OpenError::Behind { .. }) => Vec::new(),
            found => found??,
        };
        let left = behind(&source, &beside, leave).await?;
        let may_be_served = Store::is_in_use(&place).await?.unwrap_or(true);
        let target =
            Store::open_to_fill(operator.console(), &place, &collections(&system.additions), options(system))
                .await?;
        let keys = keys_setup(config, system, target.clone())?;
        let occupied = occupied(&target).await?;
        Ok(Restoring { source, target, keys, place, may_be_served, occupied, left })
    }
}

impl Restoring {
    /// Whether the store has content that will be removed.
    pub fn replaces(&self) -> bool {
        self.occupied.is_some()
    }

    /// The store that is being filled, without credentials.
    pub fn target(&self) -> String {
        format!("{:?}", self.place)
    }

    /// Makes the store equal to the backup. After an interruption it starts again; until it is complete no server
    /// uses the store, and a running one answers 503.
    ///
    /// # Errors
    /// [`DeploymentError::Store`]; [`DeploymentError::Different`] when another process wrote to the store
    /// meanwhile.
    pub async fn restore(
        self,
        operator: &Operator<'_>,
        progress: Told<'_>,
    ) -> Result<RestoreReport, DeploymentError> {
        let Self { source, target, keys: setup, may_be_served, occupied, left, .. } = self;
        let repository = Repository::new(&target)?;
        let earlier = repository.arrival().await?;
        repository.begin(earlier.as_ref(), source.name().to_owned()).await?;
        if may_be_served && occupied.is_some() {
            tokio::time::sleep(STAND_ASIDE).await;
        }
        // Also those that were created after the backup: nobody may accept their tokens.
        let mut kids = keys::signing_keys_ever(&setup).await?;

        let mut report = RestoreReport { left, ..RestoreReport::default() };
        for spec in copied(&target).filter(|spec| is_restored(spec)) {
            report.collections.push(fill(&source, &target, spec, progress).await?);
        }
        for (spec, collection) in
            copied(&target).filter(|spec| is_restored(spec)).zip(&mut report.collections)
        {
            (collection.documents, collection.checksum) = verify(&source, &target, spec, progress).await?;
        }
        for spec in copied(&target).filter(|spec| !is_restored(spec)) {
            let (in_backup, removed) = (source.count(spec).await?, target.clear(spec).await?);
            report.left_out.push(CopiedCollection {
                name: spec.name(),
                documents: in_backup,
                written: 0,
                removed,
                checksum: String::new(),
            });
        }
        report.users = user::Service::end_every_session(&target).await?;
        let withdrawn = keys::withdraw_all(operator, &setup).await?;
        report.withdrawn = withdrawn.len();
        kids.extend(withdrawn);
        kids.sort();
        kids.dedup();
        let until = target.now().plus(setup.rotation.verifies_for);
        auth::revoke_keys(&target, &setup, kids, until).await?;
        let event = Act::of_operator(operator).did(EventType::StoreRestored);
        repository.finish(setup.audit.stage(event)).await?;
        tracing::warn!(act = operator.name(), users = report.users, "restored the store from a backup");
        Ok(report)
    }
}

/// Whether the collection is restored as it was.
fn is_restored(spec: &CollectionDef) -> bool {
    let mut left_out = auth::COLLECTIONS.into_iter().chain([mail::COLLECTION]);
    left_out.all(|other| other.name() != spec.name())
}
