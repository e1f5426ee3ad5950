//! The limiter that lives in this process: exact within one instance, gone with it. Also what others fall
//! back to.
//!
//! A bounded table of windows in shards, each under its own lock. What a full shard forgets is decided in one
//! place, `Shard::make_room`; who can make it forget what, in another, `Class`.

use std::fmt;
use std::hash::Hash;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use hashbrown::HashTable;
use parking_lot::{Mutex, MutexGuard};
use siphasher::sip128::{Hasher128, SipHasher13};

use super::window::{Verdict, Window, nanos};
use super::{Charge, Decision, LimitStore, LimitStoreError, Quota, QuotaStatus, SubjectKind};
use crate::system::{Clock, Pending, Rng};

/// Enough that threads seldom meet; more would only make a decision about several charges take more locks.
const MAX_SHARDS: usize = 16;
/// With less in a shard, luck would fill one long before the others.
const MIN_SHARD_BYTES: usize = 64 * 1024;
/// How many slots each decision looks at to drop what is idle; and each new counter looks at as many again, so that the
/// sweep gains on what comes.
const SWEEP: usize = 1;
/// How many slots are compared when a full shard must forget one.
const SAMPLE: usize = 16;
/// How many a decision forgets at most: a new counter takes the room of one, a window that grows that of a few.
const FORGETS: usize = 4;
/// A slot, the room its shard keeps to grow by an eighth, and its place in the index at the least load that has.
const SLOT_BYTES: usize = size_of::<Slot>() + size_of::<Slot>() / 8 + 2 * (size_of::<u32>() + 1);

/// The name of a window: 128 bits of SipHash-1-3 under a random seed, so nobody outside can make two of them
/// collide. The shard comes from one half; the table inside hashes by the other, which is all it needs.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Digest {
    shard: u64,
    place: u64,
}

/// Who can bring new counters into being. Each class has memory of its own, so that what is free to make never
/// displaces what is not: addresses cost an attacker nothing, names of accounts a request that passes the limit of
/// its network, and a session or a known device the owner's password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    Networks,
    Accounts,
    Owners,
}

impl Class {
    const ALL: [Self; 3] = [Self::Networks, Self::Accounts, Self::Owners];

    const fn of(kind: SubjectKind) -> Self {
        match kind {
            SubjectKind::Network => Self::Networks,
            SubjectKind::Account | SubjectKind::FailingNetwork | SubjectKind::SprayingNetwork => {
                Self::Accounts
            }
            SubjectKind::User | SubjectKind::Device | SubjectKind::FailingDevice => Self::Owners,
        }
    }

    /// Its part of all memory, in quarters.
    const fn quarters(self) -> usize {
        match self {
            Self::Networks => 2,
            Self::Accounts | Self::Owners => 1,
        }
    }
}

/// Counts in the memory of this process.
///
/// A counter belongs to a [`LimitKey`](super::LimitKey) *and* a quota: asked for with another quota, it is
/// another counter.
pub struct MemoryLimiter {
    clock: Arc<dyn Clock>,
    seed: [u8; 16],
    shards: Box<[Mutex<Shard>]>,
    /// How many shards a quarter of the memory has.
    quarter: usize,
}

impl MemoryLimiter {
    /// A limiter that takes at most so many bytes (at least 256 KiB): half of them for networks, a quarter for
    /// accounts, a quarter for users and known devices.
    ///
    /// A counter takes about 90 bytes while it holds one request, and 16 more for each moment at which it was
    /// charged, which is up to 2 KiB.
    pub fn new(clock: Arc<dyn Clock>, rng: &dyn Rng, bytes: usize) -> Self {
        let quarter = (bytes / 4 / MIN_SHARD_BYTES).clamp(1, MAX_SHARDS);
        Self::with_quarters(clock, rng, quarter, (bytes / 4 / quarter).max(MIN_SHARD_BYTES))
    }

    fn with_quarters(clock: Arc<dyn Clock>, rng: &dyn Rng, quarter: usize, shard_bytes: usize) -> Self {
        let mut seed = [0; 16];
        rng.fill(&mut seed);
        let shards = (0..4 * quarter).map(|_| Mutex::new(Shard::new(shard_bytes))).collect();
        Self { clock, seed, shards, quarter }
    }

    /// Decides at once: [`LimitStore::take`] without the future.
    pub fn decide(&self, charges: &[Charge]) -> Decision {
        if let [charge] = charges {
            return self.decide_one(charge);
        }
        self.decide_all(charges, true)
    }

    /// What would be decided. Charges nothing.
    pub(super) fn look(&self, charges: &[Charge]) -> Decision {
        self.decide_all(charges, false)
    }

    fn decide_all(&self, charges: &[Charge], is_charging: bool) -> Decision {
        let (steps, step_of) = self.steps(charges);
        let mut shards = self.lock(&steps);
        // Read under the locks: charges to one window are then in the order of their moments.
        let at = self.clock.monotonic();
        let now = nanos(at);
        for (_, shard) in &mut shards.0 {
            shard.sweep(now);
        }
        let verdicts: Vec<Verdict> = steps.iter().map(|step| shards.of(step).check(step, now)).collect();
        if is_charging && verdicts.iter().all(|verdict| verdict.wait.is_none()) {
            for step in &steps {
                shards.of(step).charge(step, now);
            }
        }
        let statuses: Vec<QuotaStatus> = steps
            .iter()
            .zip(verdicts)
            .map(|(step, verdict)| shards.of(step).status(step, verdict, now))
            .collect();
        Decision::new(at, step_of.into_iter().filter_map(|step| statuses.get(step).copied()).collect())
    }

    /// The same for a single charge, which most decisions are, without the lists.
    fn decide_one(&self, charge: &Charge) -> Decision {
        let step = self.step(charge);
        let Some(shard) = self.shards.get(step.shard) else {
            return Decision::new(self.clock.monotonic(), vec![]);
        };
        let mut shard = shard.lock();
        let at = self.clock.monotonic();
        let now = nanos(at);
        shard.sweep(now);
        let status = if let Some(place) = shard.place(step.digest) {
            shard.decide_at(place, &step, now)
        } else {
            let verdict = shard.check(&step, now);
            shard.charge(&step, now);
            shard.status(&step, verdict, now)
        };
        Decision::about_one(at, status)
    }

    /// Charges without asking: what another store has let through. A window can then hold more than its limit, and
    /// refuses until that has left.
    ///
    /// Gives back the moment at which they are charged.
    pub fn record(&self, charges: &[Charge]) -> Duration {
        let at = self.clock.monotonic();
        let now = nanos(at);
        for charge in charges {
            let step = self.step(charge);
            if let Some(shard) = self.shards.get(step.shard) {
                let mut shard = shard.lock();
                shard.sweep(now);
                shard.charge(&step, now);
            }
        }
        at
    }

    /// Gives back what was charged at this moment, as far as it still counts.
    pub fn return_units(&self, charges: &[Charge], at: Duration) {
        for charge in charges {
            let step = self.step(charge);
            if let Some(shard) = self.shards.get(step.shard) {
                let mut shard = shard.lock();
                let now = nanos(self.clock.monotonic());
                if let Some(place) = shard.place(step.digest) {
                    shard.with(place, |window| window.give_back(step.cost, nanos(at), now));
                }
            }
        }
    }

    /// Counters held right now, with idle ones that nothing has come across yet.
    pub fn counters(&self) -> usize {
        self.shards.iter().map(|shard| shard.lock().slots.len()).sum()
    }

    /// Bytes the counters take, as they are counted against the bound.
    pub fn bytes(&self) -> usize {
        self.shards.iter().map(|shard| shard.lock().bytes()).sum()
    }

    /// The distinct counters these charges name, and for each charge which of them it is. One counter named
    /// twice is charged once with both costs: checked one by one, each would see room that the other is about
    /// to take.
    fn steps(&self, charges: &[Charge]) -> (Vec<Step>, Vec<usize>) {
        let mut steps: Vec<Step> = Vec::with_capacity(charges.len());
        let mut step_of = Vec::with_capacity(charges.len());
        for charge in charges {
            let step = self.step(charge);
            if let Some((at, known)) =
                steps.iter_mut().enumerate().find(|(_, known)| known.digest == step.digest)
            {
                known.cost = known.cost.saturating_add(step.cost).min(step.quota.limit().get());
                step_of.push(at);
            } else {
                step_of.push(steps.len());
                steps.push(step);
            }
        }
        (steps, step_of)
    }

    fn step(&self, charge: &Charge) -> Step {
        let mut hasher = SipHasher13::new_with_key(&self.seed);
        charge.key().hash(&mut hasher);
        charge.quota().hash(&mut hasher);
        let (shard, place) = hasher.finish128().as_u64();
        let digest = Digest { shard, place };
        let class = Class::of(charge.key().subject().kind());
        Step { digest, shard: self.shard(class, digest), quota: charge.quota(), cost: charge.cost() }
    }

    fn shard(&self, class: Class, digest: Digest) -> usize {
        let Range { start, end } = self.range(class);
        let place = usize::try_from(digest.shard).unwrap_or(usize::MAX);
        start + place.checked_rem(end - start).unwrap_or(0)
    }

    fn range(&self, class: Class) -> Range<usize> {
        let before = Class::ALL.iter().take_while(|other| **other != class);
        let start = before.map(|other| other.quarters()).sum::<usize>() * self.quarter;
        start..start + class.quarters() * self.quarter
    }

    /// Takes the locks of all steps in ascending order, so that two decisions can never wait for each other.
    fn lock(&self, steps: &[Step]) -> Locked<'_> {
        let mut wanted: Vec<usize> = steps.iter().map(|step| step.shard).collect();
        wanted.sort_unstable();
        wanted.dedup();
        Locked(wanted.into_iter().filter_map(|at| Some((at, self.shards.get(at)?.lock()))).collect())
    }
}

/// One counter on its way through a decision.
struct Step {
    digest: Digest,
    shard: usize,
    quota: Quota,
    cost: u32,
}

/// The shards one decision holds.
struct Locked<'a>(Vec<(usize, MutexGuard<'a, Shard>)>);

impl Locked<'_> {
    #[expect(clippy::expect_used, reason = "the locks taken are those of the very steps that are looked up")]
    fn of(&mut self, step: &Step) -> &mut Shard {
        let found = self.0.iter_mut().find(|(at, _)| *at == step.shard);
        &mut found.expect("the shard of every step is locked").1
    }
}

struct Slot {
    digest: Digest,
    window: Window,
}

struct Shard {
    max_bytes: usize,
    slots: Vec<Slot>,
    /// Which slot a digest has.
    places: HashTable<u32>,
    /// What the windows keep outside their slots.
    heap: usize,
    /// Where the sweep goes on.
    hand: usize,
}

impl Shard {
    fn new(max_bytes: usize) -> Self {
        Self { max_bytes, slots: Vec::new(), places: HashTable::new(), heap: 0, hand: 0 }
    }

    fn bytes(&self) -> usize {
        self.slots.len() * SLOT_BYTES + self.heap
    }

    fn place(&self, digest: Digest) -> Option<usize> {
        let same = |place: &u32| slot(&self.slots, *place).is_some_and(|slot| slot.digest == digest);
        self.places.find(digest.place, same).map(|place| index(*place))
    }

    /// Works on a window and keeps count of its memory.
    fn with<T>(&mut self, place: usize, work: impl FnOnce(&mut Window) -> T) -> Option<T> {
        let window = &mut self.slots.get_mut(place)?.window;
        let before = window.heap();
        let done = work(window);
        self.heap = (self.heap + window.heap()).saturating_sub(before);
        Some(done)
    }

    fn check(&mut self, step: &Step, now: u64) -> Verdict {
        let fresh = Verdict { free: step.quota.limit().get(), wait: None };
        let place = self.place(step.digest);
        place.and_then(|place| self.with(place, |window| window.check(step.cost, now))).unwrap_or(fresh)
    }

    /// Check, charge and standing of a counter that is there, looked up once.
    fn decide_at(&mut self, place: usize, step: &Step, now: u64) -> QuotaStatus {
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
        // Not reached: the place was found a moment ago, under the same lock. Were it, nothing would be open.
        let window = step.quota.window();
        decided.unwrap_or(QuotaStatus { remaining: 0, until_more: window, retry_after: Some(window) })
    }

    fn charge(&mut self, step: &Step, now: u64) {
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
            // By an eighth and not to the double: what is reserved is memory, too.
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

    /// How a counter stands after the decision that gave this verdict.
    fn status(&mut self, step: &Step, verdict: Verdict, now: u64) -> QuotaStatus {
        let place = self.place(step.digest);
        let (remaining, until_more) = place
            .and_then(|place| self.with(place, |window| (window.check(0, now).free, window.until_more(now))))
            .unwrap_or((step.quota.limit().get(), Duration::ZERO));
        QuotaStatus { remaining, until_more, retry_after: verdict.wait }
    }

    /// Drops what is idle among the next few slots. A call pays for a few slots only, and a whole round is
    /// made long before as many new counters have come as there are slots.
    fn sweep(&mut self, now: u64) {
        for _ in 0..SWEEP.min(self.slots.len()) {
            if self.hand >= self.slots.len() {
                self.hand = 0;
            }
            match self.slots.get(self.hand) {
                Some(slot) if slot.window.is_idle(now) => self.remove(self.hand),
                _ => self.hand += 1,
            }
        }
    }

    /// Forgets one of the next [`SAMPLE`] slots to make room for a new counter.
    ///
    /// The rule: an idle window if there is one, since that changes no answer. Else the one that gives away the
    /// least (see [`Window::weight`]), and of equals the one charged longest ago. Whoever floods the table with
    /// new keys so displaces the flood, and not the counter of an account that is under attack: to have a window
    /// of `n` requests forgotten, a flood must hold as many windows of that weight as the table has room for.
    fn make_room(&mut self, kept: Digest, now: u64) {
        let start = if self.hand >= self.slots.len() { 0 } else { self.hand };
        let places = (start..self.slots.len()).chain(0..start);
        let others = places.filter(|place| self.slots.get(*place).is_some_and(|slot| slot.digest != kept));
        let sampled: Vec<usize> = others.take(SAMPLE).collect();
        // Looked at as they are now: what has left a window makes it no heavier than its neighbors.
        let weigh = |window: &mut Window| {
            let (given_away, age) = window.weight(now);
            if window.is_idle(now) { (0, u64::MIN) } else { (1 + given_away, u64::MAX - age) }
        };
        let weighed: Vec<_> =
            sampled.into_iter().filter_map(|place| Some((self.with(place, weigh)?, place))).collect();
        if let Some((_, place)) = weighed.into_iter().min() {
            self.remove(place);
            self.hand = start + SAMPLE;
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

impl LimitStore for MemoryLimiter {
    fn take<'a>(&'a self, charges: &'a [Charge]) -> Pending<'a, Result<Decision, LimitStoreError>> {
        Box::pin(async move { Ok(self.decide(charges)) })
    }

    fn try_take(&self, charges: &[Charge]) -> Option<Decision> {
        Some(self.decide(charges))
    }

    fn give_back<'a>(
        &'a self,
        charges: &'a [Charge],
        decision: &'a Decision,
    ) -> Pending<'a, Result<(), LimitStoreError>> {
        Box::pin(async move {
            self.return_units(charges, decision.at());
            Ok(())
        })
    }
}

impl fmt::Debug for MemoryLimiter {
    /// Without the seed: who knows it can make counters collide.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryLimiter").field("shards", &self.shards.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
#[path = "memory_tests.rs"]
mod tests;
