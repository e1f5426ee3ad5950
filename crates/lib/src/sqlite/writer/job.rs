//! A batch on its way through the writer.

use std::time::Duration;

use rusqlite::Connection;
use tokio::sync::oneshot;

use crate::engine::StoreError;
use crate::engine::plan::WriteTime;
use crate::sqlite::failure::unavailable;

/// A batch of any kind, with the caller that waits for its result.
pub(super) trait Job: Send {
    /// Monotonic: after this time it is not executed any more.
    fn deadline(&self) -> Duration;

    /// Executes it, and returns whether it succeeded. The work of a failed one has to be undone.
    fn perform(&mut self, connection: &Connection, time: WriteTime) -> bool;

    /// Sends the result, given whether its group is on the disk.
    fn answer(self: Box<Self>, written: Result<(), StoreError>);
}

/// A job, and the channel for its result.
pub(super) struct QueuedJob<T, F> {
    deadline: Duration,
    work: Option<F>,
    outcome: Result<T, StoreError>,
    answer: oneshot::Sender<Result<T, StoreError>>,
}

impl<T, F> QueuedJob<T, F> {
    pub(super) fn new(work: F, deadline: Duration) -> (Self, oneshot::Receiver<Result<T, StoreError>>) {
        let (answer, answered) = oneshot::channel();
        let outcome = Err(unavailable("writing: the batch waited too long and was not written"));
        (Self { deadline, work: Some(work), outcome, answer }, answered)
    }
}

impl<T, F> Job for QueuedJob<T, F>
where
    T: Send,
    F: FnOnce(&Connection, WriteTime) -> Result<T, StoreError> + Send,
{
    fn deadline(&self) -> Duration {
        self.deadline
    }

    fn perform(&mut self, connection: &Connection, time: WriteTime) -> bool {
        if let Some(work) = self.work.take() {
            self.outcome = work(connection, time);
        }
        self.outcome.is_ok()
    }

    fn answer(self: Box<Self>, written: Result<(), StoreError>) {
        // A caller who no longer waits is no failure: the write stands.
        drop(self.answer.send(written.and(self.outcome)));
    }
}

pub(super) type Group = [Box<dyn Job>];
