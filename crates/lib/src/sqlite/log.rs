//! The write-ahead log, kept short.
//!
//! SQLite restarts a log only when all of it is in the database and nobody reads from it. It tries the first after
//! each commit of a long log, at a moment when a [kept snapshot](super::snapshot) is always one commit behind: so
//! the log would never be completely in the database, would never end, and every commit would sync twice. Here the
//! writer does it between two groups, when nothing is being committed, and readers give way:
//!
//! - point readers end their snapshots, and begin at the last commit;
//! - pages under way are waited for, [longer](PATIENCE) the longer the log is, and no new one begins meanwhile.
//!
//! Then the writer copies all committed pages, and ends snapshots once more: new ones read the database alone, so
//! the next commit restarts the log. A long read in another process is not waited for. The log grows until that
//! read ends; each [`FULL`] pages of it cost one attempt.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use rusqlite::Connection;

use super::readers::{Gate, PointReaders};

/// Pages after which the log is emptied: 4 MiB of them.
pub(super) const FULL: u32 = 1000;

/// How long to wait for pages under way, for each [`FULL`] pages of the log.
const PATIENCE: Duration = Duration::from_millis(250);
const MOST_PATIENCE: Duration = Duration::from_secs(4);

/// From this length on (64 MiB) a warning says that a reader holds the log, and again whenever it has doubled.
const REMARKABLE: u32 = 16 * FULL;

/// The length of the log, and the next attempt to empty it.
#[derive(Debug)]
pub(super) struct Log {
    /// Its pages after the last commit.
    pages: Arc<AtomicU32>,
    /// The number of pages at the last attempt.
    tried_at: u32,
    remarkable: u32,
    #[cfg(test)]
    pub tries: usize,
}

impl Log {
    /// Takes the emptying over from SQLite: one hook is called after a commit, and SQLite's own is that hook.
    pub(super) fn take_over(connection: &mut Connection) -> rusqlite::Result<Self> {
        let pages = Arc::new(AtomicU32::new(0));
        let length = Arc::clone(&pages);
        connection.wal_hook(Some(move |_: &mut rusqlite::hooks::Wal, pages| {
            length.store(u32::try_from(pages).unwrap_or(0), Ordering::Relaxed);
            Ok(())
        }))?;
        Ok(Self {
            pages,
            tried_at: 0,
            remarkable: REMARKABLE,
            #[cfg(test)]
            tries: 0,
        })
    }

    /// Empties a long log. Only between two groups.
    pub(super) fn keep_short(&mut self, connection: &Connection, readers: &PointReaders, gate: &Gate) {
        let pages = self.pages.load(Ordering::Relaxed);
        if pages < self.tried_at {
            // It was restarted since.
            (self.tried_at, self.remarkable) = (0, REMARKABLE);
        }
        if pages.saturating_sub(self.tried_at) < FULL {
            return;
        }
        self.tried_at = pages;
        let patience = PATIENCE.saturating_mul(pages / FULL).min(MOST_PATIENCE);
        // Also while a page continues: commits from before it began can be copied.
        let _closed = gate.close(patience);
        readers.let_all_go();
        let emptied = empty(connection);
        readers.let_all_go();
        #[cfg(test)]
        {
            self.tries += 1;
        }
        match emptied {
            Ok(true) => {}
            Ok(false) if pages >= self.remarkable => {
                self.remarkable = pages.saturating_mul(2);
                tracing::warn!(
                    pages,
                    "the write-ahead log grows: another program has been reading the database for long; it is emptied when \
                     that ends"
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
fn empty(connection: &Connection) -> rusqlite::Result<bool> {
    connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| {
        let [pages, copied]: [i64; 2] = [row.get(1)?, row.get(2)?];
        Ok(pages == copied)
    })
}

#[cfg(test)]
mod tests;
