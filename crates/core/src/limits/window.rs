//! The sliding window: the state of one bucket, and the arithmetic over it. No keys, no locks, no clock here.
//!
//! A request charged at `t` counts in `[t, t + W)`. A window is a queue of entries, each a number of units with the
//! time of the *latest* of them, so an entry counts in full until every unit in it is out. Up to [`EXACT_UP_TO`]
//! requests an entry holds the requests of one instant: an exact sliding-window log. Above that, requests within
//! one grain (`W / SUB_BUCKETS`) of an entry's first unit join it: memory is bounded by [`SUB_BUCKETS`] + 2
//! entries, and a unit is freed at most one grain late, and never early. Either way no window of length `W` ever
//! holds more than the limit, which the usual two-counter estimate and GCRA do not promise (both admit up to twice
//! the limit).

use std::collections::VecDeque;
use std::time::Duration;

use super::Quota;

/// The greatest limit that is kept as an exact log, one entry for each instant.
pub const EXACT_UP_TO: u32 = 128;

/// The number of parts of a window above [`EXACT_UP_TO`]: requests are freed at most `W / 50` late. 50 divides
/// every whole second into whole milliseconds, so stores that count in milliseconds agree with this one.
pub const SUB_BUCKETS: u32 = 50;

/// The maximum distance of requests that share an entry: zero for an exact log.
pub const fn grain(quota: Quota) -> Duration {
    if quota.limit().get() <= EXACT_UP_TO {
        Duration::ZERO
    } else {
        Duration::from_millis(quota.window_secs() as u64 * 1_000 / SUB_BUCKETS as u64)
    }
}

/// A time of the monotonic clock, in nanoseconds: enough for five centuries of uptime.
pub(super) fn nanos(monotonic: Duration) -> u64 {
    u64::try_from(monotonic.as_nanos()).unwrap_or(u64::MAX)
}

/// Units that leave the window together.
#[derive(Clone, Copy, Debug, Default)]
struct Entry {
    latest: u64,
    units: u32,
}

/// The answer of a bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Verdict {
    /// Units still free, before anything is charged.
    pub(super) free: u32,
    /// If the requested cost does not fit: how long until it does, if nothing else is charged meanwhile.
    pub(super) wait: Option<Duration>,
}

/// The state of one bucket. Small, because there is one for every client: a client with a single request takes
/// nothing on the heap.
#[derive(Debug)]
pub(super) struct Window {
    quota: Quota,
    used: u32,
    /// The oldest entry, in two fields that leave no gap; zero units if there is none.
    first_units: u32,
    first_latest: u64,
    /// When the newest entry was opened.
    opened: u64,
    /// The latest time of the newest entry. It is here because the search for idle windows reads it, and on the
    /// heap it would be outside the cache.
    newest: u64,
    /// The other entries.
    #[expect(
        clippy::box_collection,
        reason = "8 bytes instead of 32 in every window, and most have no others"
    )]
    rest: Option<Box<VecDeque<Entry>>>,
}

impl Window {
    /// A window without charges.
    pub(super) const fn new(quota: Quota) -> Self {
        Self { quota, used: 0, first_units: 0, first_latest: 0, opened: 0, newest: 0, rest: None }
    }

    /// Whether a request of this cost fits now. Charges nothing; forgets entries that have left the window.
    ///
    /// A cost of zero asks whether one unit would fit. A cost above the limit could never fit and counts as the
    /// limit.
    pub(super) fn check(&mut self, cost: u32, now: u64) -> Verdict {
        self.forget(now);
        let limit = self.limit();
        let free = limit.saturating_sub(self.used);
        // It may contain more than the limit, if another store decided.
        let missing = self.used.saturating_add(cost.clamp(1, limit)).saturating_sub(limit);
        Verdict { free, wait: (missing > 0).then(|| self.until_freed(missing, now)) }
    }

    /// Charges what [`check`](Self::check) has admitted at the same `now`, or what another store has. Forgets
    /// entries that have left the window: a counter that is only ever charged must not keep all entries.
    pub(super) fn charge(&mut self, cost: u32, now: u64) {
        let units = cost.min(self.limit());
        if units == 0 {
            return;
        }
        self.forget(now);
        let grain = nanos(grain(self.quota)).max(1);
        // Two threads can read the clock in one order and arrive here in the other; the queue must stay sorted.
        let now = if self.used == 0 { now } else { now.max(self.newest) };
        if self.used == 0 {
            self.opened = now;
            (self.first_latest, self.first_units) = (now, units);
        } else if now.saturating_sub(self.opened) >= grain {
            self.opened = now;
            self.rest.get_or_insert_default().push_back(Entry { latest: now, units });
        } else if let Some(newest) = self.rest.as_mut().and_then(|rest| rest.back_mut()) {
            newest.latest = now;
            newest.units = newest.units.saturating_add(units);
        } else {
            self.first_latest = now;
            self.first_units = self.first_units.saturating_add(units);
        }
        self.newest = now;
        self.used = self.used.saturating_add(units);
    }

    /// Gives back units that were charged at this time, while they count: from the entry that holds them, never
    /// more than it has.
    ///
    /// That is the first entry whose latest time is no earlier. Units that share it may stay longer than necessary.
    pub(super) fn give_back(&mut self, cost: u32, charged: u64, now: u64) {
        self.forget(now);
        if self.leaves(charged) <= now {
            return;
        }
        if self.first_units > 0 && self.first_latest >= charged {
            let given = cost.min(self.first_units);
            self.first_units -= given;
            self.used = self.used.saturating_sub(given);
            if self.first_units == 0 {
                self.drop_first();
            }
        } else if let Some(rest) = &mut self.rest {
            let place = rest.partition_point(|entry| entry.latest < charged);
            let Some(entry) = rest.get_mut(place) else { return };
            let given = cost.min(entry.units);
            entry.units -= given;
            self.used = self.used.saturating_sub(given);
            if entry.units == 0 {
                rest.remove(place);
            }
        }
        self.end_at_the_newest();
    }

    /// The newest entry may be gone: no unit joins the one before it, which is closed.
    fn end_at_the_newest(&mut self) {
        if self.rest.as_ref().is_some_and(|rest| rest.is_empty()) {
            self.rest = None;
        }
        let newest =
            self.rest.as_ref().and_then(|rest| rest.back()).map_or(self.first_latest, |last| last.latest);
        if newest != self.newest {
            (self.newest, self.opened) = (newest, 0);
        }
    }

    /// How long until one more unit would fit; zero if nothing is used.
    pub(super) fn until_more(&self, now: u64) -> Duration {
        let in_excess = self.used.saturating_sub(self.limit());
        if self.used == 0 { Duration::ZERO } else { self.until_freed(in_excess + 1, now) }
    }

    /// Whether all charges have left: forgetting this window then changes no answer.
    pub(super) fn is_idle(&self, now: u64) -> bool {
        self.used == 0 || self.leaves(self.newest) <= now
    }

    /// What forgetting this window would give away: the units that still count, times their share of the limit, in
    /// 1/1024; and the time since the last charge.
    pub(super) fn weight(&mut self, now: u64) -> (u64, u64) {
        self.forget(now);
        let used = u64::from(self.used);
        let limit = u64::from(self.limit());
        let held = (used * 1024).checked_div(limit).unwrap_or(0).saturating_mul(used);
        (held, now.saturating_sub(self.newest))
    }

    /// Bytes on the heap.
    pub(super) fn heap(&self) -> usize {
        let bytes = |rest: &VecDeque<Entry>| {
            size_of::<VecDeque<Entry>>() + rest.capacity() * size_of::<Entry>() + 2 * ALLOCATION
        };
        self.rest.as_deref().map_or(0, bytes)
    }

    fn limit(&self) -> u32 {
        self.quota.limit().get()
    }

    /// When a charge with this latest time leaves.
    fn leaves(&self, latest: u64) -> u64 {
        latest.saturating_add(u64::from(self.quota.window_secs()) * 1_000_000_000)
    }

    fn forget(&mut self, now: u64) {
        if self.first_units == 0 || self.leaves(self.first_latest) > now {
            return;
        }
        while self.first_units > 0 && self.leaves(self.first_latest) <= now {
            self.used = self.used.saturating_sub(self.first_units);
            self.drop_first();
        }
        match &mut self.rest {
            Some(rest) if rest.is_empty() => self.rest = None,
            Some(rest) if rest.len() < rest.capacity() / 4 => rest.shrink_to(rest.len() * 2),
            _ => {}
        }
    }

    fn drop_first(&mut self) {
        let next = self.rest.as_mut().and_then(|rest| rest.pop_front()).unwrap_or_default();
        (self.first_latest, self.first_units) = (next.latest, next.units);
    }

    fn entries(&self) -> impl Iterator<Item = Entry> {
        let first = Entry { latest: self.first_latest, units: self.first_units };
        std::iter::once(first).chain(self.rest.iter().flat_map(|rest| rest.iter().copied()))
    }

    fn until_freed(&self, mut units: u32, now: u64) -> Duration {
        for entry in self.entries() {
            if entry.units >= units {
                return Duration::from_nanos(self.leaves(entry.latest).saturating_sub(now));
            }
            units -= entry.units;
        }
        // Not reached while `used` is the sum of the entries; the whole window is the safe answer.
        self.quota.window()
    }
}

/// The approximate overhead of each allocation.
const ALLOCATION: usize = 16;

#[cfg(test)]
#[path = "window_tests.rs"]
mod tests;
