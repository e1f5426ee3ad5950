//! The jobs, by name, and what an answer says about one.

use palisade_core::values::{Configured, Field, ResponseField, Schema, Violation};
use palisade_core::{input, view};
use serde::Serializer;

use crate::product::Job;

palisade_core::string_enum! {
    /// A built-in job.
    pub BuiltIn {
        /// All others, one after the other; of a product those that are due.
        All = "all",
        /// Reads the signing keys again, publishes the next one and forgets expired ones.
        Keys = "keys",
        /// Delivers the mails that are due.
        Outbox = "outbox",
        /// Sends the events that happened to the webhooks.
        Webhooks = "webhooks",
        /// Removes for good what was deleted longer ago than `DELETED_RETENTION`.
        Purge = "purge",
        /// Removes documents that have ended: links, sessions, counters.
        Sweep = "sweep",
    }
}

/// One kind of work.
#[derive(Clone, Copy, Debug)]
pub(super) enum Part {
    Keys,
    Outbox,
    Webhooks,
    Purge,
    Sweep,
}

impl BuiltIn {
    /// The work that it consists of, the most urgent first.
    pub(super) fn parts(self) -> &'static [Part] {
        match self {
            Self::All => &[Part::Keys, Part::Outbox, Part::Webhooks, Part::Sweep, Part::Purge],
            Self::Keys => &[Part::Keys],
            Self::Outbox => &[Part::Outbox],
            Self::Webhooks => &[Part::Webhooks],
            Self::Purge => &[Part::Purge],
            Self::Sweep => &[Part::Sweep],
        }
    }

    fn words() -> impl Iterator<Item = &'static str> {
        Self::ALL.iter().map(|job| job.as_str())
    }
}

/// Every name of a job, those of Palisade first.
pub fn names(own: &[Job]) -> Vec<&'static str> {
    BuiltIn::words().chain(own.iter().map(|job| job.name)).collect()
}

/// What is wrong with the jobs of a product, each as a sentence.
pub fn mistakes(own: &[Job]) -> Vec<String> {
    Job::mistakes(own, &BuiltIn::words().collect::<Vec<_>>())
}

/// The name of a job, as a request gives it: there may be no such job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobName(Box<str>);

impl JobName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Field for JobName {
    fn schema() -> Schema {
        Schema::one_of(BuiltIn::words()).configured(Configured::Jobs)
    }

    fn from_text(text: String) -> Result<Self, Violation> {
        Ok(Self(text.into()))
    }
}

impl ResponseField for JobName {
    fn schema() -> Schema {
        <Self as Field>::schema()
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

input! {
    /// Runs a job for a bounded time.
    pub struct RunJob {
        path { job: JobName }
    }
}

view! {
    /// The end of one run of a job.
    pub struct JobView = "JobRun" {
        /// The job.
        job: JobName,
        /// Whether work is left because the time was over: start the job again.
        more: bool,
    }
}
