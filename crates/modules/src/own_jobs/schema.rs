//! The stored state of the jobs of a product.

use std::fmt;

use palisade_core::system::time::Timestamp;
use palisade_lib::collection;
use palisade_lib::store::{CollectionDef, Declared as _, DocumentId};
use serde::{Deserialize, Serialize};

/// The name of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct JobKey(Box<str>);

impl JobKey {
    pub(super) fn of(name: &str) -> Self {
        Self(name.into())
    }
}

impl fmt::Display for JobKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl DocumentId for JobKey {
    fn parse(text: &str) -> Option<Self> {
        Some(Self::of(text))
    }
}

/// When a job runs next, and who runs it now. It exists since the first run.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct JobState {
    /// When the next run is due.
    pub(super) due_at: Timestamp,
    /// Until then only the instance that wrote this runs it; the past if nobody does.
    pub(super) leased_until: Timestamp,
    /// How many runs in a row have failed.
    pub(super) failures: u32,
}

collection! {
    JobState in "jobs" {
        id: JobKey,
        version: 1,
        kind: soft(purge: by("nobody: it is the state of a job, and never deleted")),
    }
}

/// The collection of this module, in the store of a product with jobs.
pub(crate) const COLLECTION: &CollectionDef = JobState::DEF;
