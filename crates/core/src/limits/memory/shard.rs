//! A part of the table: windows under one lock, and the choice of the one to forget when there is no more room.

use std::time::Duration;

use hashbrown::HashTable;

use crate::limits::window::{Verdict, Window};
use crate::limits::{Quota, QuotaStatus};

/// The number of slots that each decision checks for idle counters. Each new counter checks as many again, so that
/// the sweep is faster than the growth.
pub(super) const SWEEP: usize = 1;

/// The number of slots that are compared when a full shard must forget one.
pub(super) const SAMPLE: usize = 16;

/// The maximum number of counters that a decision forgets: a new counter takes the room of one, a growing window
/// that of a few.
const FORGETS: usize = 4;

/// A slot, the room that its shard reserves to grow by an eighth, and its place in the index at the index's lowest
/// load.
pub(super) const SLOT_BYTES: usize = size_of::<Slot>() + size_of::<Slot>() / 8 + 2 * (size_of::<u32>() + 1);

/// The name of a window: 128 bits of SipHash-1-3 under a random seed, so no outsider can make two of them collide.
/// One half selects the shard; the table inside hashes by the other, which is enough.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Digest {
    pub(super) shard: u64,
    pub(super) place: u64,
}

/// One counter during a decision.
pub(super) struct Step {
    pub(super) digest: Digest,
    pub(super) shard: usize,
    pub(super) quota: Quota,
    pub(super) cost: u32,
}

struct Slot {
    digest: Digest,
    window: Window,
}

pub(super) struct Shard {
    max_bytes: usize,
    slots: Vec<Slot>,
    /// The slot of each digest.
    places: HashTable<u32>,
    /// The bytes that the windows keep outside their slots.
    heap: usize,
    /// Where the sweep continues.
    clock_hand: usize,
}

impl Shard {
    pub(super) fn new(max_bytes: usize) -> Self {
        Self { max_bytes, slots: Vec::new(), places: HashTable::new(), heap: 0, clock_hand: 0 }
    }

    /// The number of its counters, including idle ones.
    pub(super) fn counters(&self) -> usize {
        self.slots.len()
    }

    pub(super) fn bytes(&self) -> usize {
        self.slots.len() * SLOT_BYTES + self.heap
    }

    pub(super) fn place(&self, digest: Digest) -> Option<usize> {
        let same = |place: &u32| slot(&self.slots, *place).is_some_and(|slot| slot.digest == digest);
        self.places.find(digest.place, same).map(|place| index(*place))
    }

    /// Works on a window and keeps the memory count up to date.
    pub(super) fn with<T>(&mut self, place: usize, work: impl FnOnce(&mut Window) -> T) -> Option<T> {
        let window = &mut self.slots.get_mut(place)?.window;
        let before = window.heap();
        let done = work(window);
        self.heap = (self.heap + window.heap()).saturating_sub(before);
        Some(done)
    }

    pub(super) fn check(&mut self, step: &Step, now: u64) -> Verdict {
        let fresh = Verdict { free: step.quota.limit().get(), wait: None };
        let place = self.place(step.digest);
        place.and_then(|place| self.with(place, |window| window.check(step.cost, now))).unwrap_or(fresh)
    }

    /// Check, charge and status of an existing counter, with one lookup.
    pub(super) fn decide_at(&mut self, place: usize, step: &Step, now: u64) -> QuotaStatus {
        let decide = |window: &mut Window| {
            let Verdict { mut free, wait } = window.check(step.cost, now);
            if wait.is_none() {
                window.charge(step.cost, now);
                free = free.saturating_sub(step.cost);
            }
            QuotaStatus { remaining: free, until_more: window.until_more(now), retry_after: wait }
        };
        let decided = self.with(place, decide);
        self.keep_bound(step.digest, now);
        // Not reached: the place was found under the same lock. If it were reached, nothing would be admitted.
        let window = step.quota.window();
        decided.unwrap_or(QuotaStatus { remaining: 0, until_more: window, retry_after: Some(window) })
    }

    pub(super) fn charge(&mut self, step: &Step, now: u64) {
        if step.cost == 0 {
            return;
        }
        if let Some(place) = self.place(step.digest) {
            self.with(place, |window| window.charge(step.cost, now));
            self.keep_bound(step.digest, now);
            return;
        }
        self.sweep(now);
        let mut window = Window::new(step.quota);
        window.charge(step.cost, now);
        if self.slots.len() == self.slots.capacity() {
            // By an eighth and not to the double: reserved memory counts too.
            self.slots.reserve_exact((self.slots.len() / 8).max(16));
        }
        let place = u32::try_from(self.slots.len()).unwrap_or(u32::MAX);
        self.slots.push(Slot { digest: step.digest, window });
        let slots = &self.slots;
        let rehash = |place: &u32| slot(slots, *place).map_or(0, |slot| slot.digest.place);
        self.places.insert_unique(step.digest.place, place, rehash);
        self.keep_bound(step.digest, now);
    }

    fn keep_bound(&mut self, kept: Digest, now: u64) {
        for _ in 0..FORGETS {
            if self.bytes() <= self.max_bytes {
                return;
            }
            self.make_room(kept, now);
        }
    }

    /// The status of a counter after the decision with this verdict.
    pub(super) fn status(&mut self, step: &Step, verdict: Verdict, now: u64) -> QuotaStatus {
        let place = self.place(step.digest);
        let (remaining, until_more) = place
            .and_then(|place| self.with(place, |window| (window.check(0, now).free, window.until_more(now))))
            .unwrap_or((step.quota.limit().get(), Duration::ZERO));
        QuotaStatus { remaining, until_more, retry_after: verdict.wait }
    }

    /// Drops idle counters among the next few slots. Each call pays for a few slots only, and a full round
    /// completes long before as many new counters have come as there are slots.
    pub(super) fn sweep(&mut self, now: u64) {
        for _ in 0..SWEEP.min(self.slots.len()) {
            if self.clock_hand >= self.slots.len() {
                self.clock_hand = 0;
            }
            match self.slots.get(self.clock_hand) {
                Some(slot) if slot.window.is_idle(now) => self.remove(self.clock_hand),
                _ => self.clock_hand += 1,
            }
        }
    }

    /// Forgets one of the next [`SAMPLE`] slots to make room for a new counter.
    ///
    /// The rule: an idle window if there is one, since that changes no answer. Otherwise the one that gives away
    /// the least (see [`Window::weight`]), and among equals the one charged longest ago. So a client that floods
    /// the table with new keys displaces its own flood, and not the counter of an account under attack: to have a
    /// window of `n` requests forgotten, a flood must hold as many windows of that weight as the table has room
    /// for.
    pub(super) fn make_room(&mut self, kept: Digest, now: u64) {
        let start = if self.clock_hand >= self.slots.len() { 0 } else { self.clock_hand };
        let places = (start..self.slots.len()).chain(0..start);
        let others = places.filter(|place| self.slots.get(*place).is_some_and(|slot| slot.digest != kept));
        let sampled: Vec<usize> = others.take(SAMPLE).collect();
        // Weighed as of now: entries that have left a window add no weight.
        let weigh = |window: &mut Window| {
            let (given_away, age) = window.weight(now);
            if window.is_idle(now) { (0, u64::MIN) } else { (1 + given_away, u64::MAX - age) }
        };
        let weighed: Vec<_> =
            sampled.into_iter().filter_map(|place| Some((self.with(place, weigh)?, place))).collect();
        if let Some((_, place)) = weighed.into_iter().min() {
            self.remove(place);
            self.clock_hand = start + SAMPLE;
        }
    }

    fn remove(&mut self, place: usize) {
        let last = self.slots.len().saturating_sub(1);
        self.unlink(place);
        let gone = self.slots.swap_remove(place);
        self.heap = self.heap.saturating_sub(gone.window.heap());
        if let Some(moved) = self.slots.get(place) {
            let of_moved = |known: &u32| index(*known) == last;
            if let Some(known) = self.places.find_mut(moved.digest.place, of_moved) {
                *known = u32::try_from(place).unwrap_or(u32::MAX);
            }
        }
    }

    fn unlink(&mut self, place: usize) {
        let Some(slot) = self.slots.get(place) else { return };
        if let Ok(entry) = self.places.find_entry(slot.digest.place, |known| index(*known) == place) {
            entry.remove();
        }
    }
}

fn slot(slots: &[Slot], place: u32) -> Option<&Slot> {
    slots.get(index(place))
}

fn index(place: u32) -> usize {
    usize::try_from(place).unwrap_or(usize::MAX)
}
