//! The jobs, by name, and what an answer says about one.

use palisade_core::{input, view};

palisade_core::string_enum! {
    /// A job.
    pub Job {
        /// All others, one after the other.
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

impl Job {
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
}

input! {
    /// Runs a job for a bounded time.
    pub struct RunJob {
        path { job: Job }
    }
}

view! {
    /// The end of one run of a job.
    pub struct JobView = "JobRun" {
        /// The job.
        job: Job,
        /// Whether work is left because the time was over: start the job again.
        more: bool,
    }
}
