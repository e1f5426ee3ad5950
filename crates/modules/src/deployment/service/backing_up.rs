//! A backup: all documents of one moment in one file, while servers run.

use std::path::Path;

use palisade_core::config::Config;
use palisade_core::identity::Operator;
use palisade_lib::store::{NewFile, Source, Store};

use super::copying::{Told, behind, copied, fill, verify};
use super::opened::Service;
use super::setup::options;
use crate::deployment::collections::collections;
use crate::deployment::repository::{self, Repository};
use crate::deployment::types::{BackupReport, CopyReport, DeploymentError};
use crate::keys;
use crate::system::{System, location};

impl Service {
    /// Writes everything that is in the store at one moment into a new file, looks at every document on both sides, and
    /// only then gives the file its name. Servers may run, and are not held up. No server starts on such a file; it is put
    /// into a store by [`prepare_restore`](Self::prepare_restore).
    ///
    /// Of one moment: an embedded source is read in one transaction; MongoDB at one time of the cluster, which it keeps
    /// reachable for five minutes unless `minSnapshotHistoryWindowInSeconds` says otherwise, and what takes longer fails.
    ///
    /// # Errors
    /// What is wrong with the store or the file; what the store holds besides and nobody agreed to leave.
    pub async fn back_up(
        operator: &Operator<'_>,
        config: &Config,
        system: &System,
        to: &Path,
        leave: &[String],
        progress: Told<'_>,
    ) -> Result<BackupReport, DeploymentError> {
        let file = NewFile::begin(to, system.rng.as_ref())?;
        let source =
            Source::open_beside(operator.console(), &location(config)?, &collections(), options(system))
                .await?;
        repository::refuse_half(&source).await?;
        if source.is_empty(keys::COLLECTION).await? {
            return Err(DeploymentError::EmptySource);
        }
        let left = behind(&source, &[], leave).await?;
        let sealed_by = keys::sealed_by(&source).await?;

        let target =
            Store::open(operator.console(), &file.location(), &collections(), options(system)).await?;
        let repository = Repository::new(&target)?;
        repository.begin(None, source.name().to_owned()).await?;
        let mut report = CopyReport { collections: Vec::new(), left };
        for spec in copied() {
            report.collections.push(fill(&source, &target, spec, progress).await?);
        }
        for (spec, collection) in copied().zip(&mut report.collections) {
            (collection.documents, collection.checksum) = verify(&source, &target, spec, progress).await?;
        }
        let of = source.moment();
        repository.finish_backup(of).await?;
        drop((repository, target));
        file.keep().await?;
        Ok(BackupReport { of, copied: report, sealed_by })
    }
}
