//! The readers, separate from the writer: in WAL mode neither waits for the other.
//!
//! A point read happens in place, on the calling task. A hot one takes a few microseconds, less than passing it to
//! another thread and back, and requests mostly wait for such reads. A cold one waits for the disk in place: a few
//! pages, as many as a swapped-out process would wait for. Point reads in quick succession share a
//! [`snapshot`](super::snapshot). Pages of documents take longer, so they go to separate threads, and a bounded
//! number of them waits.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use parking_lot::{Mutex, RwLock, RwLockWriteGuard};
use rusqlite::Connection;
use tokio::sync::oneshot;

use super::failure::{failed, unavailable};
use super::snapshot::{Commits, SnapshotReader};
use super::{open, read};
use crate::engine::plan::RawDocument;
use crate::engine::{CollectionSpec, OpenError, StoreError};

/// The maximum number of connections for point reads.
const MOST_POINT_READERS: usize = 16;

/// How long a checkpoint waits for the end of a point read; usually it takes some microseconds.
const POINT_READ: Duration = Duration::from_millis(20);

/// Threads for pages.
const PAGE_READERS: usize = 2;

/// The number of pages that may wait.
const QUEUE: usize = 256;

/// Connections for point reads.
pub(super) struct PointReaders {
    connections: Vec<Mutex<SnapshotReader>>,
    commits: Arc<Commits>,
    queries: HashMap<&'static str, String>,
    turn: AtomicUsize,
}

impl std::fmt::Debug for PointReaders {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PointReaders({})", self.connections.len())
    }
}

impl PointReaders {
    pub(super) fn open(path: &Path, collections: &[&'static CollectionSpec]) -> Result<Self, OpenError> {
        let cores = std::thread::available_parallelism().map_or(4, std::num::NonZero::get);
        let connections = (0..cores.clamp(2, MOST_POINT_READERS))
            .map(|_| open::reader(path).map(SnapshotReader::new).map(Mutex::new))
            .collect::<Result<_, _>>()?;
        let queries = collections.iter().map(|spec| (spec.name, read::point_query(spec))).collect();
        Ok(Self { connections, commits: Arc::default(), queries, turn: AtomicUsize::new(0) })
    }

    /// The counter in which the writer reports its commits, so that no later read misses one.
    pub(super) fn commits(&self) -> Arc<Commits> {
        Arc::clone(&self.commits)
    }

    /// Ends the snapshots that nobody reads from: an old one would hold up a checkpoint.
    pub(super) fn release_idle(&self) {
        for mut reader in self.connections.iter().filter_map(Mutex::try_lock) {
            // The next read reports it, if the snapshot still cannot be ended then.
            drop(reader.release());
        }
    }

    /// The same for all, including those in use: a point read is short.
    pub(super) fn release_all(&self) {
        for mut reader in self.connections.iter().filter_map(|reader| reader.try_lock_for(POINT_READ)) {
            drop(reader.release());
        }
    }

    pub(super) fn get(
        &self,
        collection: &'static CollectionSpec,
        id: &str,
    ) -> Result<Option<RawDocument>, StoreError> {
        let undeclared = || StoreError::Undeclared { collection: collection.name };
        let query = self.queries.get(collection.name).ok_or_else(undeclared)?;
        // There are as many connections as cores and none is held across an await, so usually one is free: the
        // warmest one, at the front. Otherwise the wait is one point read long.
        for connection in &self.connections {
            if let Some(mut connection) = connection.try_lock()
                && let Ok(connection) = connection.current(&self.commits)
            {
                return read::get(connection, collection, query, id);
            }
        }
        let turn = self.turn.fetch_add(1, Ordering::Relaxed) % self.connections.len().max(1);
        let connection =
            self.connections.get(turn).ok_or_else(|| unavailable("reading: no reader is open"))?;
        let mut connection = connection.lock();
        let current = connection.current(&self.commits);
        read::get(current.map_err(|error| failed("ending the last read", error))?, collection, query, id)
    }
}

type Job = Box<dyn FnOnce(&mut Connection) + Send>;

/// Lets the writer wait until no page is being read. While it waits, no new one begins.
#[derive(Clone, Debug, Default)]
pub(super) struct Gate(Arc<RwLock<()>>);

impl Gate {
    /// Waits until no page is being read, at most this long. No page begins until the guard is dropped; `None` if
    /// one is still being read.
    pub(super) fn close(&self, patience: Duration) -> Option<RwLockWriteGuard<'_, ()>> {
        self.0.try_write_for(patience)
    }
}

/// Threads that read pages. Longer work has a connection of its own.
#[derive(Debug)]
pub(super) struct PageReaders {
    gate: Gate,
    queue: Option<SyncSender<Job>>,
    threads: Vec<JoinHandle<()>>,
}

impl PageReaders {
    pub(super) fn start(path: &Path) -> Result<Self, OpenError> {
        Self::over((0..PAGE_READERS).map(|_| open::reader(path)).collect::<Result<_, _>>()?)
    }

    /// A thread for each of these connections. One with an open transaction keeps it, and so reads one snapshot.
    pub(super) fn over(connections: Vec<Connection>) -> Result<Self, OpenError> {
        let (queue, jobs) = sync_channel::<Job>(QUEUE);
        let jobs = Arc::new(Mutex::new(jobs));
        let gate = Gate::default();
        let mut threads = Vec::with_capacity(connections.len());
        for (number, mut connection) in connections.into_iter().enumerate() {
            let (jobs, gate) = (Arc::clone(&jobs), gate.clone());
            let is_snapshot = !connection.is_autocommit();
            let thread = std::thread::Builder::new()
                .name(format!("store-reader-{number}"))
                .spawn(move || {
                    while let Some(job) = next(&jobs) {
                        let _page = gate.0.read();
                        job(&mut connection);
                        if !is_snapshot {
                            end(&connection);
                        }
                    }
                })
                .map_err(|error| OpenError::Engine { doing: "starting a reader", source: error.into() })?;
            threads.push(thread);
        }
        Ok(Self { gate, queue: Some(queue), threads })
    }

    pub(super) fn gate(&self) -> Gate {
        self.gate.clone()
    }

    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |connection| {
            // The caller may have left meanwhile.
            if !answer.is_closed() {
                drop(answer.send(work(connection)));
            }
        });
        let queue = self.queue.as_ref().ok_or_else(|| unavailable("reading: the readers have ended"))?;
        queue.try_send(job).map_err(|error| match error {
            TrySendError::Full(_) => unavailable("reading: too many pages wait"),
            TrySendError::Disconnected(_) => unavailable("reading: the readers have ended"),
        })?;
        answered.await.map_err(|_| unavailable("reading: the reader has ended"))?
    }
}

/// The idle readers take turns at the queue; the lock is held while waiting, never while reading.
fn next(jobs: &Mutex<Receiver<Job>>) -> Option<Job> {
    jobs.lock().recv().ok()
}

/// Ends what a job could not end; otherwise the next one could not begin.
fn end(connection: &Connection) {
    if !connection.is_autocommit() && connection.execute_batch("ROLLBACK").is_err() {
        tracing::error!("the read transaction of a page could not be ended");
    }
}

impl Drop for PageReaders {
    fn drop(&mut self) {
        drop(self.queue.take());
        for thread in self.threads.drain(..) {
            drop(thread.join());
        }
    }
}
