//! The jobs, by name, and what an answer says about one.

use palisade_core::{input, view};

use crate::string_enum::string_enum;

string_enum! {
    /// A job.
    pub Job {
        /// All others, one after the other.
        All = "all",
        /// Reads the signing keys again, publishes the next one and forgets expired ones.
        Keys = "keys",
        /// Delivers the mails that are due.
        Outbox = "outbox",
        /// Removes for good what was deleted longer ago than `DELETED_RETENTION`.
        Purge = "purge",
        /// Removes documents that have ended: links, sessions, counters.
        Sweep = "sweep",
    }
}

impl Job {
    /// The jobs that this one consists of, the most urgent first.
    pub(super) fn parts(self) -> &'static [Self] {
        match self {
            Self::All => &[Self::Keys, Self::Outbox, Self::Sweep, Self::Purge],
            Self::Keys => &[Self::Keys],
            Self::Outbox => &[Self::Outbox],
            Self::Purge => &[Self::Purge],
            Self::Sweep => &[Self::Sweep],
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
