//! Standard output for the log, written by one thread that does nothing else.
//!
//! A thread passes its line to the writer and continues. A reader that stops (a full pipe, a terminal on hold, a disk
//! that does not answer) delays only the writer thread: no answer, and not the end of the process either, which waits
//! for the writer for a bounded time and then ends in the middle of its write.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsFd as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use std::{fmt, mem, thread};

use futures_util::future::BoxFuture;
use parking_lot::{Condvar, Mutex};

use super::sink::Sink;
use crate::system::Probe;

/// A resting writer is woken when this many bytes wait.
const WAKE_BYTES: usize = 256 * 1024;

/// After each write the writer rests for this long, unless something urgent comes. On a busy server it wakes by
/// itself two hundred times a second, and no thread that answers requests makes a system call for the log.
const FLUSH_INTERVAL: Duration = Duration::from_millis(5);

/// The pause between two attempts when the output accepts nothing right now.
const RETRY_PAUSE: Duration = Duration::from_millis(10);

/// Standard output, or a substitute for it.
///
/// At most [`MAX_WAITING`](Self::MAX_WAITING) bytes wait for the writer. Further lines are dropped and counted, and
/// so are lines that could not be written (a full disk, a reader that is gone). The log reports them as soon as it
/// can be written again; until then the health of the server does. A killed process loses the lines of its last 5
/// ms, or its last 256 KiB, and more only if its reader was slow.
pub struct Stdout {
    queue: Arc<Queue>,
}

/// The lines that wait for the writer.
#[derive(Default)]
struct Queue {
    state: Mutex<State>,
    /// Wakes the writer.
    wake: Condvar,
    /// Notified after each write.
    written: Condvar,
    dropped: AtomicU64,
    /// The number of dropped lines that the log has reported.
    reported_drops: AtomicU64,
}

#[derive(Default)]
struct State {
    waiting: Vec<u8>,
    /// Bytes that the writer has taken but not written yet.
    under_way: usize,
    writer: Writer,
    closed: bool,
}

/// The state of the writer.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Writer {
    /// It writes, or was woken, and checks for lines again before it rests.
    #[default]
    Awake,
    /// It checks again within [`FLUSH_INTERVAL`].
    Resting,
    /// It sleeps until it is woken.
    Asleep,
}

impl Stdout {
    /// The number of bytes that may wait for a reader that stopped: 4 MiB.
    pub const MAX_WAITING: usize = 4 * 1024 * 1024;

    /// The standard output of this process, bypassing the buffer and the lock of `std`: a writer that hangs there
    /// would block every other user of it.
    ///
    /// # Errors
    /// When the operating system provides no further descriptor or no thread.
    pub fn new() -> io::Result<Self> {
        Self::to(File::from(io::stdout().as_fd().try_clone_to_owned()?))
    }

    /// Another output.
    ///
    /// # Errors
    /// When the operating system cannot start a thread.
    pub fn to(out: impl Write + Send + 'static) -> io::Result<Self> {
        let queue = Arc::new(Queue::default());
        let writer = Arc::clone(&queue);
        thread::Builder::new().name("palisade-log".to_owned()).spawn(move || writer.write_all_to(out))?;
        Ok(Self { queue })
    }

    /// The number of lines dropped so far.
    pub fn dropped(&self) -> u64 {
        self.queue.dropped.load(Ordering::Relaxed)
    }

    /// Waits until everything handed over is written, but no longer than this. Returns whether it is.
    pub fn finish(&self, patience: Duration) -> bool {
        let mut state = self.queue.state.lock();
        state.writer = Writer::Awake;
        self.queue.wake.notify_one();
        let waited = self.queue.written.wait_while_for(&mut state, |state| !state.is_done(), patience);
        !waited.timed_out()
    }

    fn enqueue(&self, line: &[u8], urgent: bool) {
        let mut state = self.queue.state.lock();
        if state.held().saturating_add(line.len()) > Self::MAX_WAITING {
            drop(state);
            self.queue.dropped.fetch_add(1, Ordering::Relaxed);
            return;
        }
        state.waiting.extend_from_slice(line);
        let wakes = match state.writer {
            Writer::Awake => false,
            Writer::Resting => urgent || state.waiting.len() >= WAKE_BYTES,
            Writer::Asleep => true,
        };
        if wakes {
            // It is about to run: the next line need not wake it again.
            state.writer = Writer::Awake;
            drop(state);
            self.queue.wake.notify_one();
        }
    }
}

impl Drop for Stdout {
    /// The writer ends after it has written the waiting lines.
    fn drop(&mut self) {
        self.queue.state.lock().closed = true;
        self.queue.wake.notify_one();
    }
}

impl Sink for Stdout {
    fn write_line(&self, line: &[u8]) {
        self.enqueue(line, true);
    }

    fn leave_line(&self, line: &[u8]) {
        self.enqueue(line, false);
    }
}

impl Probe for Stdout {
    /// A server whose log is lost continues.
    fn is_vital(&self) -> bool {
        false
    }

    fn probe(&self) -> BoxFuture<'_, Result<(), String>> {
        let lost = self.dropped().saturating_sub(self.queue.reported_drops.load(Ordering::Relaxed));
        Box::pin(std::future::ready(match lost {
            0 => Ok(()),
            lost => Err(format!(
                "{lost} lines of the log are lost: nobody reads standard output, or it cannot be written"
            )),
        }))
    }
}

impl fmt::Debug for Stdout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stdout").field("dropped", &self.queue.dropped).finish_non_exhaustive()
    }
}

impl State {
    fn held(&self) -> usize {
        self.waiting.len().saturating_add(self.under_way)
    }

    fn is_done(&self) -> bool {
        self.held() == 0
    }
}

impl Queue {
    /// The main loop of the writer.
    fn write_all_to(&self, out: impl Write) {
        let (mut lines_out, mut lines, mut works) = (LineWriter { out, torn: false }, Vec::new(), true);
        while self.take(&mut lines, works) {
            let dropped = self.dropped.load(Ordering::Relaxed);
            let reported = self.reported_drops.load(Ordering::Relaxed) == dropped
                || lines_out.write(report(dropped).as_bytes()).is_ok();
            let lost = if reported { lines_out.write(&lines).err() } else { Some(count(&lines)) };
            works = lost.is_none();
            match lost {
                None => self.reported_drops.store(dropped, Ordering::Relaxed),
                Some(lines) => self.lose(lines),
            }
        }
    }

    fn lose(&self, lines: usize) {
        self.dropped.fetch_add(u64::try_from(lines).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// Waits for lines and takes them all; false when there will be no more. `works` says whether the last write
    /// succeeded: then dropped lines are worth a report.
    fn take(&self, lines: &mut Vec<u8>, works: bool) -> bool {
        lines.clear();
        lines.shrink_to(2 * WAKE_BYTES);
        let mut state = self.state.lock();
        if mem::take(&mut state.under_way) > 0 {
            self.written.notify_all();
            if state.writer == Writer::Awake && state.waiting.len() < WAKE_BYTES && !state.closed {
                state.writer = Writer::Resting;
                self.wake.wait_for(&mut state, FLUSH_INTERVAL);
            }
        }
        let must_report =
            || works && self.reported_drops.load(Ordering::Relaxed) < self.dropped.load(Ordering::Relaxed);
        while state.waiting.is_empty() && !must_report() {
            if state.closed {
                return false;
            }
            state.writer = Writer::Asleep;
            self.wake.wait(&mut state);
        }
        state.writer = Writer::Awake;
        mem::swap(&mut state.waiting, lines);
        state.under_way = lines.len();
        true
    }
}

fn report(dropped: u64) -> String {
    format!(
        "{{\"level\":\"warn\",\"target\":\"logger\",\"message\":\"lines of the log were lost: its reader was too slow, or it could not be written\",\"dropped_in_total\":{dropped}}}\n"
    )
}

fn count(lines: &[u8]) -> usize {
    lines.split_inclusive(|byte| *byte == b'\n').count()
}

/// Writes whole lines, also after a partial one.
struct LineWriter<W> {
    out: W,
    /// Whether the output ends in the middle of a line.
    torn: bool,
}

impl<W: Write> LineWriter<W> {
    /// Writes lines, or returns how many of them are lost.
    fn write(&mut self, lines: &[u8]) -> Result<(), usize> {
        if lines.is_empty() {
            return Ok(());
        }
        if self.torn && self.write_all(b"\n").is_err() {
            return Err(count(lines));
        }
        self.write_all(lines).map_err(count)
    }

    /// Writes all of it, or returns the rest.
    fn write_all<'a>(&mut self, text: &'a [u8]) -> Result<(), &'a [u8]> {
        let mut rest = text;
        while !rest.is_empty() {
            match self.out.write(rest) {
                Ok(written) if written > 0 => {
                    self.torn = rest.get(written - 1) != Some(&b'\n');
                    rest = rest.get(written..).unwrap_or_default();
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // Another process that shares the pipe or the terminal made it non-blocking.
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => thread::sleep(RETRY_PAUSE),
                _ => return Err(rest),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
#[path = "stdout_tests.rs"]
mod tests;
