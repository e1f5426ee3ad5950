//! The sliding window: what one bucket remembers, and the arithmetic over it. No keys, no locks, no clock
//! here.
//!
//! A request charged at `t` counts in `[t, t + W)`. A window is a queue of entries, each some units under the
//! moment of the *latest* of them, so an entry is counted in full until every unit in it is out. Up to
//! [`EXACT_UP_TO`] requests an entry holds what came at one instant: an exact sliding-window log. Above that,
//! what comes within one grain (`W / SUB_BUCKETS`) of an entry's first unit joins it: memory is bounded by
//! [`SUB_BUCKETS`] + 2 entries, a unit is freed at most one grain late, and never early. Either way no window
//! of length `W` ever holds more than the limit, which the usual two-counter estimate and GCRA do not promise
//! (both admit up to twice the limit).

use std::collections::VecDeque;
use std::num::NonZeroU32;
use std::time::Duration;

use super::Quota;

/// The greatest limit that is kept as an exact log, one entry for each instant.
pub const EXACT_UP_TO: u32 = 128;

/// Above [`EXACT_UP_TO`], into how many parts the window is divided: requests are freed at most `W / 50`
/// late. 50 divides every whole second into whole milliseconds, so stores that count in those agree with this
/// one.
pub const SUB_BUCKETS: u32 = 50;

/// How far apart requests may be that share an entry: nothing for an exact log.
pub const fn grain(quota: Quota) -> Duration {
    if quota.limit().get() <= EXACT_UP_TO {
        Duration::ZERO
    } else {
        Duration::from_millis(quota.window_secs() as u64 * 1_000 / SUB_BUCKETS as u64)
    }
}

/// A moment of the monotonic clock, in nanoseconds: good for five centuries of uptime.
pub(super) fn nanos(monotonic: Duration) -> u64 {
    u64::try_from(monotonic.as_nanos()).unwrap_or(u64::MAX)
}

/// Units that leave the window together.
#[derive(Clone, Copy, Debug)]
struct Entry {
    latest: u64,
    units: u32,
}

/// What a bucket would answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Verdict {
    /// Units still free, before anything is charged.
    pub(super) free: u32,
    /// When the asked cost does not fit: how long until it does, if nothing else is charged meanwhile.
    pub(super) wait: Option<Duration>,
}

/// The state of one bucket.
#[derive(Debug)]
pub(super) struct Window {
    length: u64,
    grain: u64,
    limit: u32,
    used: u32,
    /// When the newest entry was opened.
    opened: u64,
    /// The latest moment seen in a charge.
    latest: u64,
    entries: VecDeque<Entry>,
}

impl Window {
    /// A window nothing was charged to.
    pub(super) fn new(quota: Quota) -> Self {
        Self {
            length: nanos(quota.window()),
            grain: nanos(grain(quota)),
            limit: quota.limit().get(),
            used: 0,
            opened: 0,
            latest: 0,
            entries: VecDeque::new(),
        }
    }

    /// Whether a request of this cost fits now. Charges nothing; forgets what has left the window.
    ///
    /// A cost above the limit would never fit and is taken for the limit.
    pub(super) fn check(&mut self, cost: NonZeroU32, now: u64) -> Verdict {
        self.forget(now);
        let free = self.limit.saturating_sub(self.used);
        let missing = cost.get().min(self.limit).saturating_sub(free);
        Verdict { free, wait: (missing > 0).then(|| self.until_freed(missing, now)) }
    }

    /// Charges what [`check`](Self::check) has let through at the same `now`.
    pub(super) fn charge(&mut self, cost: NonZeroU32, now: u64) {
        let units = cost.get().min(self.limit);
        // Two threads can read the clock in one order and come here in the other; the queue must stay sorted.
        let now = now.max(self.latest);
        let joins = now.saturating_sub(self.opened) < self.grain.max(1);
        match self.entries.back_mut() {
            Some(entry) if joins => {
                entry.latest = now;
                entry.units = entry.units.saturating_add(units);
            }
            _ => {
                self.opened = now;
                self.entries.push_back(Entry { latest: now, units });
            }
        }
        self.latest = now;
        self.used = self.used.saturating_add(units);
    }

    /// How long until something now counted is freed; zero when nothing is.
    pub(super) fn until_more(&self, now: u64) -> Duration {
        if self.used == 0 { Duration::ZERO } else { self.until_freed(1, now) }
    }

    /// Whether everything charged has left: forgetting this window then changes no answer.
    pub(super) fn is_idle(&self, now: u64) -> bool {
        self.entries.is_empty() || self.latest.saturating_add(self.length) <= now
    }

    /// The share of the limit in use as of the last look, in 1/1024, and how long ago the last charge was.
    /// For choosing what to forget; does not touch the queue.
    pub(super) fn weight(&self, now: u64) -> (u64, u64) {
        (u64::from(self.used) * 1024 / u64::from(self.limit.max(1)), now.saturating_sub(self.latest))
    }

    fn forget(&mut self, now: u64) {
        while let Some(entry) = self.entries.front()
            && entry.latest.saturating_add(self.length) <= now
        {
            self.used = self.used.saturating_sub(entry.units);
            self.entries.pop_front();
        }
    }

    fn until_freed(&self, mut units: u32, now: u64) -> Duration {
        for entry in &self.entries {
            if entry.units >= units {
                return Duration::from_nanos(entry.latest.saturating_add(self.length).saturating_sub(now));
            }
            units -= entry.units;
        }
        // Not reached while `used` is the sum of the entries; the whole window is the safe answer.
        Duration::from_nanos(self.length)
    }
}

#[cfg(test)]
#[path = "window_tests.rs"]
mod tests;
