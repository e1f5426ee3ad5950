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
    /// Writes the whole store as of one moment into a new file, verifies every document on both sides, and only
    /// then gives the file its name. Servers may run, and are not delayed. No server starts on such a file;
    /// [`prepare_restore`](Self::prepare_restore) puts it into a store.
    ///
    /// One moment means: one transaction of an embedded source; one cluster time of MongoDB, which the cluster
    /// keeps for five minutes unless `minSnapshotHistoryWindowInSeconds` says otherwise; a longer backup fails.
    ///
    /// # Errors
    /// The problem of the store or the file; other content of the store that the operator did not agree to leave
    /// out.
    pub async fn back_up(
        operator: &Operator<'_>,
        config: &Config,
        system: &System,
        to: &Path,
        leave: &[String],
        progress: Told<'_>,
    ) -> Result<BackupReport, DeploymentError> {
        let file = NewFile::begin(to, system.rng.as_ref())?;
        let source = Source::open_snapshot(
            operator.console(),
            &location(config)?,
            &collections(&system.additions),
            options(system),
        )
        .await?;
        repository::refuse_half(&source).await?;
        if source.is_empty(keys::COLLECTION).await? {
            return Err(DeploymentError::EmptySource);
        }
        let left = behind(&source, &[], leave).await?;
        let sealed_by = keys::sealed_by(&source).await?;

        let target = Store::open(
            operator.console(),
            &file.location(),
            &collections(&system.additions),
            options(system),
        )
        .await?;
        let repository = Repository::new(&target)?;
        repository.begin(None, source.name().to_owned()).await?;
        let mut report = CopyReport { collections: Vec::new(), left };
        for spec in copied(&target) {
            report.collections.push(fill(&source, &target, spec, progress).await?);
        }
        for (spec, collection) in copied(&target).zip(&mut report.collections) {
            (collection.documents, collection.checksum) = verify(&source, &target, spec, progress).await?;
        }
        let of = source.read_at();
        repository.finish_backup(of).await?;
        drop((repository, target));
        file.keep().await?;
        Ok(BackupReport { of, copied: report, sealed_by })
    }
}
