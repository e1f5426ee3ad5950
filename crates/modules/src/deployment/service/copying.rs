//! Moving a deployment into another store, of any engine.

use palisade_core::identity::Operator;
use palisade_lib::store::{Checksum, CollectionDef, Location, Source, Store, StoreError, Stranger};

use super::opened::Service;
use super::setup::options;
use crate::deployment::collections::collections;
use crate::deployment::repository::{self, Repository};
use crate::deployment::types::{CopiedCollection, CopyReport, DeploymentError, Into, Progress};
use crate::staged::Staged;
use crate::system::System;

pub(super) type Told<'a> = &'a mut (dyn FnMut(Progress) + Send);

impl Service {
    /// Copies a whole deployment and verifies every document on both sides afterwards. Until that has succeeded, no
    /// server starts on the target. The keys are copied sealed: the copy needs the same `SECRET_KEYS`.
    ///
    /// Nobody may write to either side meanwhile. An embedded source is locked, so that no server can; the
    /// verification at the end finds later writes of a server elsewhere.
    ///
    /// Content of either side that this program does not know is skipped only if `leave` names it.
    ///
    /// # Errors
    /// The problem of either side, before anything is written; [`DeploymentError::Different`] at the end.
    pub async fn copy(
        operator: &Operator<'_>,
        system: &System,
        (from, to): (&str, &str),
        into: Into,
        leave: &[String],
        progress: Told<'_>,
    ) -> Result<CopyReport, DeploymentError> {
        let (from, to) = (Location::parse(from)?, Location::parse(to)?);
        if from.is_same_place_as(&to) {
            return Err(DeploymentError::SamePlace);
        }
        let source =
            Source::open(operator.console(), &from, &collections(&system.additions), options(system)).await?;
        repository::refuse_half(&source).await?;
        if source.is_empty(crate::keys::COLLECTION).await? {
            return Err(DeploymentError::EmptySource);
        }
        let left = agreed(&source, &to, leave, system).await?;
        let target =
            Store::open(operator.console(), &to, &collections(&system.additions), options(system)).await?;
        let repository = Repository::new(&target)?;
        claim(&repository, &target, into, source.name().to_owned()).await?;

        let mut report = CopyReport { collections: Vec::new(), left };
        for spec in copied(&target) {
            report.collections.push(fill(&source, &target, spec, progress).await?);
        }
        for (spec, collection) in copied(&target).zip(&mut report.collections) {
            (collection.documents, collection.checksum) = verify(&source, &target, spec, progress).await?;
        }
        // Another process may have created more of it since.
        report.left = agreed(&source, &to, leave, system).await?;
        // No event: the target is what the source is, and was verified to be.
        repository.finish(Staged::nothing()).await?;
        Ok(report)
    }
}

/// Everything that this store was opened with, except the note about the copy itself.
pub(super) fn copied(store: &Store) -> impl Iterator<Item = &'static CollectionDef> {
    let all = store.collections().iter().copied();
    all.filter(|spec| spec.name() != crate::deployment::COLLECTION.name())
}

/// The skipped content of either side, if the operator agreed to all of it.
async fn agreed(
    source: &Source,
    to: &Location,
    leave: &[String],
    system: &System,
) -> Result<Vec<Stranger>, DeploymentError> {
    behind(source, &Store::strangers_at(to, &collections(&system.additions), options(system)).await??, leave)
        .await
}

/// The same, for a target whose other content is known.
pub(super) async fn behind(
    source: &Source,
    beside: &[Stranger],
    leave: &[String],
) -> Result<Vec<Stranger>, DeploymentError> {
    let behind = source.strangers().await?;
    let said = |stranger: &Stranger| leave.contains(&stranger.name);
    for (side, there) in [("source", behind.as_slice()), ("target", beside)] {
        let found: Vec<_> = there.iter().filter(|found| found.holds && !said(found)).cloned().collect();
        if !found.is_empty() {
            return Err(DeploymentError::Strangers { side, found });
        }
    }
    let is_there = |name: &&String| behind.iter().chain(beside).any(|found| found.name == **name);
    match leave.iter().find(|name| !is_there(name)) {
        Some(name) => Err(DeploymentError::NothingToLeave { name: name.clone() }),
        None => Ok(behind),
    }
}

/// Claims the target for this copy, if it is free. A target in use is left alone; an empty one is claimed and then
/// checked once more. So a server that begins to use it either has left something to be found, or sees the claim.
async fn claim(
    repository: &Repository,
    target: &Store,
    into: Into,
    source: String,
) -> Result<(), DeploymentError> {
    let earlier = repository.arrival().await?;
    let unfinished = earlier.as_ref().filter(|earlier| earlier.value().finished_at.is_none());
    let unfinished = unfinished.map(|earlier| earlier.value().source.clone());
    match (into, unfinished) {
        (Into::Empty, Some(source_name)) => return Err(DeploymentError::Begun { source_name }),
        (Into::Resumed, None) => return Err(DeploymentError::NothingToResume),
        (Into::Resumed, Some(source_name)) if source_name != source => {
            return Err(DeploymentError::OtherSource { source_name });
        }
        (Into::Resumed, Some(_)) => return Ok(()),
        (Into::Replaced, _) => return Ok(repository.begin(earlier.as_ref(), source).await?),
        (Into::Empty, None) => {}
    }
    if let Some(collection) = occupied(target).await? {
        return Err(DeploymentError::NotEmpty { collection });
    }
    repository.begin(earlier.as_ref(), source).await?;
    if let Some(collection) = occupied(target).await? {
        repository.give_up().await?;
        return Err(DeploymentError::NotEmpty { collection });
    }
    Ok(())
}

/// A collection that is not empty.
pub(super) async fn occupied(target: &Store) -> Result<Option<&'static str>, StoreError> {
    for spec in copied(target) {
        if !target.is_empty(spec).await? {
            return Ok(Some(spec.name()));
        }
    }
    Ok(None)
}

pub(super) async fn fill(
    source: &Source,
    target: &Store,
    spec: &'static CollectionDef,
    progress: Told<'_>,
) -> Result<CopiedCollection, DeploymentError> {
    let (total, mut done, mut after) = (source.size(spec).await?, 0, None);
    let mut copied =
        CopiedCollection { name: spec.name(), documents: 0, written: 0, removed: 0, checksum: String::new() };
    loop {
        let step = source.mirror(target, spec, after.as_deref()).await?;
        done += step.examined;
        copied.written += step.written;
        copied.removed += step.removed;
        progress(Progress { doing: "copying", collection: spec.name(), done, total: total.max(done) });
        match step.next {
            Some(next) => after = Some(next),
            None => return Ok(copied),
        }
    }
}

pub(super) async fn verify(
    source: &Source,
    target: &Store,
    spec: &'static CollectionDef,
    progress: Told<'_>,
) -> Result<(u64, String), DeploymentError> {
    let (total, mut done, mut after) = (source.size(spec).await?, 0, None);
    let (mut sum, mut different, mut first) = (Checksum::default(), 0, None);
    loop {
        let step = source.compare(target, spec, after.as_deref()).await?;
        done += step.examined;
        different += step.different.len();
        sum.add(&step);
        first = first.or_else(|| step.different.into_iter().next());
        progress(Progress { doing: "verifying", collection: spec.name(), done, total: total.max(done) });
        match step.next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    if let Some(first) = first {
        // A claim contains an address.
        let first = first.split_once(':').map_or(first.clone(), |(kind, _)| format!("{kind}:…"));
        return Err(DeploymentError::Different { collection: spec.name(), different, first });
    }
    Ok((done, sum.to_hex()))
}
