//! Where lines go. Each is written at once and in one piece; nothing waits for a fuller buffer.

use std::collections::VecDeque;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;

/// Takes whole lines.
pub trait Sink: Send + Sync + fmt::Debug {
    /// Takes one line; its newline is the last byte. Cannot fail: a log that nobody takes must not fail a request.
    fn write_line(&self, line: &[u8]);
}

/// Standard output, or what stands for it.
///
/// Whoever finds it free writes directly: one line, one system call. Whoever finds it busy leaves the line with the
/// thread that is writing and goes on. So a reader that stops (a full pipe) holds up one thread, not all of them; when
/// the lines left behind pass [`MAX_WAITING`](Self::MAX_WAITING), further ones are dropped and counted, and the log says so.
pub struct Stdout<W = std::io::Stdout> {
    out: Mutex<W>,
    waiting: Mutex<Waiting>,
    dropped: AtomicU64,
    /// How many of the dropped the log has said. Changed only by who holds `out`.
    announced: AtomicU64,
}

#[derive(Default)]
struct Waiting {
    lines: VecDeque<Vec<u8>>,
    bytes: usize,
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
            dropped: AtomicU64::new(0),
            announced: AtomicU64::new(0),
        }
    }

    /// How many lines were dropped so far.
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    #[cfg(test)]
    pub(super) fn into_inner(self) -> W {
        self.out.into_inner()
    }

    fn leave(&self, line: &[u8]) {
        let mut waiting = self.waiting.lock();
        if waiting.bytes.saturating_add(line.len()) > Self::MAX_WAITING {
            self.dropped.fetch_add(1, Ordering::Relaxed);
            return;
        }
        waiting.bytes += line.len();
        waiting.lines.push_back(line.to_vec());
    }

    fn take(&self) -> Option<Vec<u8>> {
        let mut waiting = self.waiting.lock();
        let line = waiting.lines.pop_front()?;
        waiting.bytes -= line.len();
        Some(line)
    }

    fn write_waiting(&self, out: &mut W) {
        while let Some(line) = self.take() {
            write(out, &line);
        }
        let dropped = self.dropped();
        if self.announced.swap(dropped, Ordering::Relaxed) < dropped {
            let line = format!(
                "{{\"level\":\"warn\",\"target\":\"logger\",\"message\":\"the reader of the log was too slow\",\"dropped_in_total\":{dropped}}}\n"
            );
            write(out, line.as_bytes());
        }
    }
}

impl<W: std::io::Write + Send> Sink for Stdout<W> {
    fn write_line(&self, line: &[u8]) {
        if let Some(mut out) = self.out.try_lock() {
            self.write_waiting(&mut out);
            write(&mut *out, line);
        } else {
            self.leave(line);
        }
        // A line left just before its thread let go would wait for the next one: whoever comes last looks once more.
        while !self.waiting.lock().lines.is_empty() {
            let Some(mut out) = self.out.try_lock() else { break };
            self.write_waiting(&mut out);
        }
    }
}

impl<W> fmt::Debug for Stdout<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stdout").field("dropped", &self.dropped).finish_non_exhaustive()
    }
}

/// `Stdout` is line buffered, but passes a whole line through when its buffer is empty, as ours always leaves it.
fn write(out: &mut impl std::io::Write, line: &[u8]) {
    // Nobody reads any more: there is no place left to say so.
    let _ = out.write_all(line);
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
