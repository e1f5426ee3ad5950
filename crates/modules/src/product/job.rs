//! The work of a product beside the requests.

use std::time::Duration;

use palisade_core::errors::AppError;
use palisade_core::ports::BoxFuture;

use super::names::{MAX_NAME, is_name};
use super::resources::Resources;

/// One run of a job, which says what is left.
pub type JobRun = BoxFuture<'static, Result<Progress, AppError>>;

/// What a run of a job leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Nothing: the next run is due after `every`.
    Done,
    /// More work: the next run is due at once.
    More,
}

/// Work that goes on beside the requests.
///
/// One instance at a time runs it: a lease in the store says which one. An instance that dies keeps its lease for a minute; then
/// another takes the job over, so a run may happen twice, and half of one may have happened before. A run is cut off after
/// [`Job::LONGEST`]: work that takes longer goes in steps.
#[derive(Clone, Copy, Debug)]
pub struct Job {
    /// Its name in the address that starts it, in logs and in metrics: lower-case words with hyphens between them, at most 40
    /// characters.
    pub name: &'static str,
    /// The time from the start of a run to the next one: [`Job::SHORTEST_PAUSE`] to [`Job::LONGEST_PAUSE`].
    pub every: Duration,
    /// One run: `|resources| Box::pin(purge(resources))`.
    pub run: fn(Resources) -> JobRun,
}

impl Job {
    /// How long one run may take. A scheduler that starts a job by a request waits for less.
    pub const LONGEST: Duration = Duration::from_secs(30);
    /// The shortest time between the starts of two runs.
    pub const SHORTEST_PAUSE: Duration = Duration::from_secs(1);
    /// The longest time between the starts of two runs.
    pub const LONGEST_PAUSE: Duration = Duration::from_hours(31 * 24);

    /// What is wrong with these jobs, each as a sentence. The built-in ones have these names.
    pub(crate) fn mistakes(jobs: &[Self], built_in: &[&str]) -> Vec<String> {
        let mut mistakes = Vec::new();
        for (position, job) in jobs.iter().enumerate() {
            let name = job.name;
            if !is_name(name) {
                mistakes.push(format!(
                    "the job `{name}` needs a name of lower-case words with hyphens between them, at most {MAX_NAME} characters"
                ));
            }
            if built_in.contains(&name) || jobs.iter().take(position).any(|earlier| earlier.name == name) {
                mistakes.push(format!("the job `{name}` is declared twice"));
            }
            if !(Self::SHORTEST_PAUSE..=Self::LONGEST_PAUSE).contains(&job.every) {
                mistakes.push(format!(
                    "the job `{name}` must run every 1 s to 31 days, not every {:?}",
                    job.every
                ));
            }
        }
        mistakes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn job(name: &'static str, every: Duration) -> Job {
        Job { name, every, run: |_| Box::pin(async { Ok(Progress::Done) }) }
    }

    #[test]
    fn a_job_has_a_name_of_its_own_and_a_sane_pause() {
        let minute = Duration::from_mins(1);
        let fine =
            [job("notes-purge", minute), job("notes2", Job::SHORTEST_PAUSE), job("n", Job::LONGEST_PAUSE)];
        assert_eq!(Job::mistakes(&fine, &["purge"]), [""; 0]);
        let long = "n".repeat(41).leak();
        for name in
            ["", "Notes", "notes purge", "notes--purge", "-notes", "notes-", "notes_purge", "2notes", long]
        {
            assert_eq!(Job::mistakes(&[job(name, minute)], &[]).len(), 1, "{name:?}");
        }
        for every in
            [Duration::ZERO, Duration::from_millis(999), Job::LONGEST_PAUSE + Duration::from_nanos(1)]
        {
            assert_eq!(Job::mistakes(&[job("notes", every)], &[]).len(), 1, "{every:?}");
        }
        let twice =
            Job::mistakes(&[job("purge", minute), job("notes", minute), job("notes", minute)], &["purge"]);
        assert_eq!(twice, ["the job `purge` is declared twice", "the job `notes` is declared twice"]);
    }
}
