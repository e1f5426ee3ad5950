//! The one writer: a thread that takes the waiting batches, writes them as one transaction with a savepoint each,
//! and answers all of them after the one fsync of its commit. Under load they share the cost of durability; a batch
//! whose precondition fails does not affect the others.

mod job;
mod thread;

use std::sync::Arc;
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;

use palisade_core::ports::Clock;
use palisade_core::system::time::Timestamp;
use rusqlite::Connection;

use self::job::{Job, QueuedJob};
use self::thread::State;
use super::clock::FileClock;
use super::failure::unavailable;
use super::log::Log;
use super::place::Place;
use super::readers::{Gate, PointReaders};
use crate::engine::plan::WriteTime;
use crate::engine::{BATCH_DEADLINE, StoreError};

/// The number of batches that may wait. The next one is refused at once: a longer queue would only answer later.
const QUEUE: usize = 1024;

/// The handle of the writer. Dropping it writes the waiting batches, then ends the thread and closes the file.
#[derive(Debug)]
pub(super) struct Writer {
    clock: Arc<FileClock>,
    queue: Option<SyncSender<Box<dyn Job>>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub(super) fn start(
        mut connection: Connection,
        clock: Arc<FileClock>,
        readers: Arc<PointReaders>,
        gate: Gate,
        place: Place,
    ) -> std::io::Result<Self> {
        let (queue, jobs) = sync_channel(QUEUE);
        let log = Log::install(&mut connection).map_err(std::io::Error::other)?;
        keep_undo_in_memory(&connection).map_err(std::io::Error::other)?;
        let state = State {
            connection,
            log,
            gate,
            clock: Arc::clone(&clock),
            last: Timestamp::EPOCH,
            commits: readers.commits(),
            place,
            advanced: clock.monotonic(),
        };
        let thread = std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || state.serve(&jobs, readers))?;
        Ok(Self { clock, queue: Some(queue), thread: Some(thread) })
    }

    /// Executes this together with concurrent calls, and returns its result once all of it is on the disk.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection, WriteTime) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let queue = self.queue.as_ref().ok_or_else(|| unavailable("writing: the writer has ended"))?;
        let (job, answered) = QueuedJob::new(work, self.clock.monotonic().saturating_add(BATCH_DEADLINE));
        queue.try_send(Box::new(job)).map_err(|error| match error {
            TrySendError::Full(_) => unavailable("writing: too many batches wait"),
            TrySendError::Disconnected(_) => unavailable("writing: the writer has ended"),
        })?;
        answered.await.map_err(|_| unavailable("writing: the writer has ended"))?
    }
}

/// For the savepoint of a batch SQLite keeps the former content of every page that the batch changes: above 64 KiB in a
/// temporary file, unless temporary things stay in memory (sqlite.org, "Temporary Files Used By SQLite"). They are
/// bounded by the largest batch; for the creation of indexes see [`sorting_on_disk`].
fn keep_undo_in_memory(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "temp_store", "MEMORY")
}

/// Executes work of the writer that sorts as much as there is, which memory does not bound: the creation of indexes.
/// SQLite allows the change inside a transaction as long as the connection has no temporary tables.
pub(super) fn sorting_on_disk<T>(
    connection: &Connection,
    work: impl FnOnce() -> rusqlite::Result<T>,
) -> rusqlite::Result<T> {
    connection.pragma_update(None, "temp_store", "FILE")?;
    let done = work();
    let restored = keep_undo_in_memory(connection);
    done.and_then(|done| restored.map(|()| done))
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.queue.take());
        if let Some(thread) = self.thread.take() {
            // The panic itself has reported a writer that panicked.
            drop(thread.join());
        }
    }
}
