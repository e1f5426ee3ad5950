//! Where lines go: whole lines, each written at once, but for access lines where the writer was told that they may wait for
//! the next pause of their thread.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;

/// As many bytes of lines are left to wait for a pause, and about as many are written at once.
const AT_ONCE: usize = 8 * 1024;

/// Takes whole lines.
pub trait Sink: Send + Sync + fmt::Debug {
    /// Takes one line; its newline is the last byte. Cannot fail: a log that nobody takes must not fail a request.
    fn write_line(&self, line: &[u8]);

    /// Takes one line that may wait for [`flush`](Self::flush). By default none does.
    fn leave_line(&self, line: &[u8]) {
        self.write_line(line);
    }

    /// Writes what waits.
    fn flush(&self) {}
}

/// Standard output, or what stands for it.
///
/// Whoever finds it free writes directly: one line, one system call. Whoever finds it busy leaves the line with the
/// thread that is writing and goes on. So a reader that stops (a full pipe) holds up one thread, not all of them; when
/// the lines left behind pass [`MAX_WAITING`](Self::MAX_WAITING), further ones are dropped and counted, and the log says so.
pub struct Stdout<W = std::io::Stdout> {
    out: Mutex<W>,
    waiting: Mutex<Vec<u8>>,
    grouped: bool,
    dropped: AtomicU64,
    /// How many of the dropped the log has said. Changed only by who holds `out`.
    announced: AtomicU64,
}

impl Stdout {
    /// The standard output of this process.
    pub fn new() -> Self {
        Self::to(std::io::stdout())
    }
}

impl Default for Stdout {
    fn default() -> Self {
        Self::new()
    }
}

impl<W: std::io::Write + Send> Stdout<W> {
    /// How many bytes may wait for a reader that stopped: 4 MiB.
    pub const MAX_WAITING: usize = 4 * 1024 * 1024;

    /// Another output.
    pub fn to(out: W) -> Self {
        Self {
            out: Mutex::new(out),
            waiting: Mutex::default(),
            grouped: false,
            dropped: AtomicU64::new(0),
            announced: AtomicU64::new(0),
        }
    }

    /// Lets access lines wait until somebody calls [`flush`](Sink::flush), 8 KiB of them at most. Whoever asks for this sees
    /// to it that every thread that answers requests flushes before it goes to sleep: then a line is late only while its
    /// thread is busy with further requests, and what a killed process had not written yet is less than 8 KiB.
    #[must_use]
    pub fn grouped(mut self) -> Self {
        self.grouped = true;
        self
    }

    /// How many lines were dropped so far.
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    #[cfg(test)]
    pub(super) fn into_inner(self) -> W {
        self.out.into_inner()
    }

    /// Leaves a line; says how many bytes wait now.
    fn leave(&self, line: &[u8]) -> usize {
        let mut waiting = self.waiting.lock();
        if waiting.len().saturating_add(line.len()) > Self::MAX_WAITING {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        } else {
            waiting.extend_from_slice(line);
        }
        waiting.len()
    }

    /// Writes what waits, then `last`.
    fn write_waiting(&self, out: &mut W, last: &[u8]) {
        let mut lines = std::mem::take(&mut *self.waiting.lock());
        let dropped = self.dropped();
        if self.announced.swap(dropped, Ordering::Relaxed) < dropped {
            let line = format!(
                "{{\"level\":\"warn\",\"target\":\"logger\",\"message\":\"the reader of the log was too slow\",\"dropped_in_total\":{dropped}}}\n"
            );
            lines.extend_from_slice(line.as_bytes());
        }
        if lines.is_empty() {
            write(out, last);
            return;
        }
        lines.extend_from_slice(last);
        write(out, &lines);
        // The memory is used again, unless a reader that stopped has made it large.
        if lines.capacity() <= 2 * AT_ONCE {
            lines.clear();
            let mut waiting = self.waiting.lock();
            if waiting.is_empty() {
                *waiting = lines;
            }
        }
    }
}

impl<W: std::io::Write + Send> Sink for Stdout<W> {
    fn write_line(&self, line: &[u8]) {
        if let Some(mut out) = self.out.try_lock() {
            self.write_waiting(&mut out, line);
        } else {
            self.leave(line);
        }
        self.flush();
    }

    fn leave_line(&self, line: &[u8]) {
        if !self.grouped {
            self.write_line(line);
        } else if self.leave(line) >= AT_ONCE {
            self.flush();
        }
    }

    fn flush(&self) {
        // A line left just before a writing thread let go would wait for the next one: whoever comes last looks once more.
        while !self.waiting.lock().is_empty() {
            let Some(mut out) = self.out.try_lock() else { break };
            self.write_waiting(&mut out, &[]);
        }
    }
}

impl<W> fmt::Debug for Stdout<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stdout").field("dropped", &self.dropped).finish_non_exhaustive()
    }
}

/// `Stdout` is line buffered, but passes whole lines through when its buffer is empty, as ours always leave it.
fn write(out: &mut impl std::io::Write, lines: &[u8]) {
    // Nobody reads any more: there is no place left to say so.
    let _ = out.write_all(lines);
}

/// Keeps lines in memory, for tests.
#[derive(Debug, Default)]
pub struct Captured(Mutex<Vec<Vec<u8>>>);

impl Captured {
    /// All writes so far, one entry each.
    pub fn writes(&self) -> Vec<Vec<u8>> {
        self.0.lock().clone()
    }
}

impl Sink for Captured {
    fn write_line(&self, line: &[u8]) {
        self.0.lock().push(line.to_vec());
    }
}
