//! The spans that wait to be sent, and what became of the others.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};

use palisade_core::traces::{RequestSpan, SpanSink};
use parking_lot::Mutex;
use tokio::sync::Notify;

/// The maximum number of spans that wait. One has about 300 bytes.
const MAX_WAITING: usize = 8192;
/// The number of spans in one request to the collector. As many are sent at once, without waiting for more.
const BATCH: usize = 512;

/// The number of spans by what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SpanTally {
    /// The collector has them.
    pub sent: u64,
    /// The collector did not want them.
    pub rejected: u64,
    /// The collector did not answer, or not in time, or with an error.
    pub failed: u64,
    /// There was no room in the queue.
    pub overflowed: u64,
}

#[derive(Debug, Default)]
pub(super) struct Queue {
    waiting: Mutex<VecDeque<RequestSpan>>,
    enough: Notify,
    sent: AtomicU64,
    rejected: AtomicU64,
    failed: AtomicU64,
    overflowed: AtomicU64,
}

impl SpanSink for Queue {
    fn take(&self, span: RequestSpan) {
        let mut waiting = self.waiting.lock();
        if waiting.len() >= MAX_WAITING {
            drop(waiting);
            self.overflowed.fetch_add(1, Ordering::Relaxed);
            return;
        }
        waiting.push_back(span);
        if waiting.len() == BATCH {
            self.enough.notify_one();
        }
    }
}

impl Queue {
    /// Resolves when a whole batch waits.
    pub(super) async fn is_full_enough(&self) {
        self.enough.notified().await;
    }

    /// The spans that have waited longest; `None` if none waits.
    pub(super) fn next_batch(&self) -> Option<Batch<'_>> {
        let mut waiting = self.waiting.lock();
        let spans: Vec<RequestSpan> = {
            let count = waiting.len().min(BATCH);
            waiting.drain(..count).collect()
        };
        drop(waiting);
        (!spans.is_empty()).then_some(Batch { queue: self, spans })
    }

    /// Drops all spans that wait, and returns their number.
    pub(super) fn give_up(&self) -> u64 {
        let left = std::mem::take(&mut *self.waiting.lock());
        add(&self.failed, left.len())
    }

    pub(super) fn tally(&self) -> SpanTally {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        SpanTally {
            sent: read(&self.sent),
            rejected: read(&self.rejected),
            failed: read(&self.failed),
            overflowed: read(&self.overflowed),
        }
    }
}

/// Adds a number of spans, and returns it.
fn add(count: &AtomicU64, spans: usize) -> u64 {
    let spans = u64::try_from(spans).unwrap_or(u64::MAX);
    count.fetch_add(spans, Ordering::Relaxed);
    spans
}

/// Spans on their way. If nobody says what became of them, they wait again, before all others.
#[must_use = "a batch that is dropped waits again"]
pub(super) struct Batch<'a> {
    queue: &'a Queue,
    spans: Vec<RequestSpan>,
}

impl Batch<'_> {
    pub(super) fn spans(&self) -> &[RequestSpan] {
        &self.spans
    }

    /// The collector has them, but for a number that it rejected.
    pub(super) fn arrive(mut self, rejected: u64) {
        let count = u64::try_from(std::mem::take(&mut self.spans).len()).unwrap_or(u64::MAX);
        let rejected = rejected.min(count);
        self.queue.rejected.fetch_add(rejected, Ordering::Relaxed);
        self.queue.sent.fetch_add(count.saturating_sub(rejected), Ordering::Relaxed);
    }

    /// They are lost.
    pub(super) fn fail(mut self) {
        add(&self.queue.failed, std::mem::take(&mut self.spans).len());
    }
}

impl Drop for Batch<'_> {
    fn drop(&mut self) {
        if self.spans.is_empty() {
            return;
        }
        let mut waiting = self.queue.waiting.lock();
        for span in self.spans.drain(..).rev() {
            waiting.push_front(span);
        }
    }
}
