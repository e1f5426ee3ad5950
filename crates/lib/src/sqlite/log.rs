//! Checkpoints: copying the write-ahead log into the database, so that the log stays short.
//!
//! SQLite restarts a log only when all of it is in the database and nobody reads from it. Its automatic checkpoint runs
//! after each commit of a long log, when a [kept snapshot](super::snapshot) is always one commit behind: so no
//! checkpoint would ever be complete, the log would grow without end, and every commit would sync twice. Here the
//! writer runs a checkpoint between two groups, when nothing is being committed, and readers give way:
//!
//! - point readers end their snapshots, and begin at the last commit;
//! - pages under way are waited for, [longer](PAGE_WAIT) the longer the log is, and no new one begins meanwhile.
//!
//! Then the writer copies all committed pages, and ends snapshots once more: new ones read the database alone, so the
//! next commit restarts the log. It does not wait for a long read in another process. The log grows until that read
//! ends; each [`FULL`] pages of it cost one attempt.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use rusqlite::Connection;

use super::readers::{Gate, PointReaders};

/// The length of the log, in pages of 4 KiB, after which a checkpoint runs. A page that many commits change is copied once
/// for each checkpoint, so a long log is worth much: at four times the thousand pages of SQLite's own, renames by 32 users
/// went twice as fast. A start after a kill reads all of it.
pub(super) const FULL: u32 = 4000;

/// How long a checkpoint waits for pages under way, for each [`FULL`] pages of the log.
const PAGE_WAIT: Duration = Duration::from_millis(250);
const MAX_PAGE_WAIT: Duration = Duration::from_secs(4);

/// From this length on (64 MiB) a warning says that a reader holds the log, and again whenever it has doubled.
const WARN_PAGES: u32 = 4 * FULL;

/// The length of the log, and when to try the next checkpoint.
#[derive(Debug)]
pub(super) struct Log {
    /// Its pages after the last commit.
    pages: Arc<AtomicU32>,
    /// The number of pages at the last attempt.
    tried_at: u32,
    warn_at: u32,
    #[cfg(test)]
    pub tries: usize,
}

impl Log {
    /// Replaces SQLite's automatic checkpoint: it is the one hook that is called after a commit.
    pub(super) fn install(connection: &mut Connection) -> rusqlite::Result<Self> {
        let pages = Arc::new(AtomicU32::new(0));
        let length = Arc::clone(&pages);
        connection.wal_hook(Some(move |_: &mut rusqlite::hooks::Wal, pages| {
            length.store(u32::try_from(pages).unwrap_or(0), Ordering::Relaxed);
            Ok(())
        }))?;
        Ok(Self {
            pages,
            tried_at: 0,
            warn_at: WARN_PAGES,
            #[cfg(test)]
            tries: 0,
        })
    }

    /// Runs a checkpoint if the log is long. Only between two groups.
    pub(super) fn checkpoint_if_long(
        &mut self,
        connection: &Connection,
        readers: &PointReaders,
        gate: &Gate,
    ) {
        let pages = self.pages.load(Ordering::Relaxed);
        if pages < self.tried_at {
            // It was restarted since.
            (self.tried_at, self.warn_at) = (0, WARN_PAGES);
        }
        if pages.saturating_sub(self.tried_at) < FULL {
            return;
        }
        self.tried_at = pages;
        let patience = PAGE_WAIT.saturating_mul(pages / FULL).min(MAX_PAGE_WAIT);
        // Also if a page is still being read: commits from before it began can be copied.
        let _closed = gate.close(patience);
        readers.release_all();
        let completed = checkpoint(connection);
        readers.release_all();
        #[cfg(test)]
        {
            self.tries += 1;
        }
        match completed {
            Ok(true) => {}
            Ok(false) if pages >= self.warn_at => {
                self.warn_at = pages.saturating_mul(2);
                tracing::warn!(
                    pages,
                    "the write-ahead log grows: a long read keeps it from being emptied into the database"
                );
            }
            Ok(false) => tracing::debug!(pages, "the write-ahead log is still read from"),
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "the write-ahead log could not be emptied"
                );
            }
        }
    }
}

/// Copies what it can into the database, and returns whether that was everything.
fn checkpoint(connection: &Connection) -> rusqlite::Result<bool> {
    connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| {
        let [pages, copied]: [i64; 2] = [row.get(1)?, row.get(2)?];
        Ok(pages == copied)
    })
}

#[cfg(test)]
mod tests;
