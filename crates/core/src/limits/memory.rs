//! The limiter that lives in this process: exact within one instance, gone with it. Also what others fall
//! back to.
//!
//! A bounded table of windows in shards, each under its own lock. What a full shard forgets is decided in one
//! place, `Shard::make_room`.

use std::collections::HashMap;
use std::fmt;
use std::hash::{BuildHasherDefault, Hash, Hasher};
use std::num::NonZeroU32;
use std::sync::Arc;

use parking_lot::{Mutex, MutexGuard};
use siphasher::sip128::{Hasher128, SipHasher13};

use super::window::{Verdict, Window, nanos};
use super::{Charge, Decision, LimitStoreError, Quota, Standing};
use crate::ports::{Clock, LimitStore, Pending, Rng};

/// Enough that threads seldom meet; more would only make a decision about several charges take more locks.
const MAX_SHARDS: usize = 64;
/// With fewer slots in a shard, luck would fill one long before the others.
const MIN_SHARD_CAPACITY: usize = 256;
/// How many slots each decision looks at to drop what is idle. More than it can insert in a shard: the sweep
/// gains.
const SWEEP: usize = 4;
/// How many slots are compared when a full shard must forget one.
const SAMPLE: usize = 16;

/// The name of a window: 128 bits of SipHash-1-3 under a random seed, so nobody outside can make two of them
/// collide.
type Digest = u128;

/// Counts in the memory of this process.
///
/// A counter belongs to a [`LimitKey`](super::LimitKey) *and* a quota: asked for with another quota, it is
/// another counter.
pub struct MemoryLimiter {
    clock: Arc<dyn Clock>,
    seed: [u8; 16],
    shards: Box<[Mutex<Shard>]>,
}

impl MemoryLimiter {
    /// A limiter for at most so many counters at a time (at least 256; rounded down to a multiple of the
    /// shards).
    ///
    /// A counter takes about 250 bytes, and up to 2 KiB more while its window is full of single requests.
    pub fn new(clock: Arc<dyn Clock>, rng: &dyn Rng, max_keys: usize) -> Self {
        let max_keys = max_keys.max(MIN_SHARD_CAPACITY);
        let shards = (max_keys / MIN_SHARD_CAPACITY).min(MAX_SHARDS);
        Self::with_shards(clock, rng, shards, max_keys / shards)
    }

    fn with_shards(clock: Arc<dyn Clock>, rng: &dyn Rng, shards: usize, capacity: usize) -> Self {
        let mut seed = [0; 16];
        rng.fill(&mut seed);
        Self { clock, seed, shards: (0..shards).map(|_| Mutex::new(Shard::new(capacity))).collect() }
    }

    /// Decides at once: [`LimitStore::take`] without the future.
    pub fn decide(&self, charges: &[Charge]) -> Decision {
        let (steps, step_of) = self.steps(charges);
        let mut shards = self.lock(&steps);
        // Read under the locks: charges to one window are then in the order of their moments.
        let now = nanos(self.clock.monotonic());
        for (_, shard) in &mut shards.0 {
            shard.sweep(now);
        }

        let verdicts: Vec<Verdict> = steps.iter().map(|step| shards.of(step).check(step, now)).collect();
        if verdicts.iter().all(|verdict| verdict.wait.is_none()) {
            for step in &steps {
                shards.of(step).charge(step, now);
            }
        }
        let standings: Vec<Standing> = steps
            .iter()
            .zip(verdicts)
            .map(|(step, verdict)| Standing {
                retry_after: verdict.wait,
                ..shards.of(step).standing(step, now)
            })
            .collect();
        Decision::new(step_of.into_iter().filter_map(|at| standings.get(at).copied()).collect())
    }

    /// Counters held right now, with idle ones that nothing has come across yet.
    pub fn counters(&self) -> usize {
        self.shards.iter().map(|shard| shard.lock().slots.len()).sum()
    }

    /// The distinct counters these charges name, and for each charge which of them it is. One counter named
    /// twice is charged once with both costs: checked one by one, each would see room that the other is about
    /// to take.
    fn steps(&self, charges: &[Charge]) -> (Vec<Step>, Vec<usize>) {
        let mut steps: Vec<Step> = Vec::with_capacity(charges.len());
        let mut step_of = Vec::with_capacity(charges.len());
        for charge in charges {
            let digest = self.digest(charge);
            if let Some((at, step)) = steps.iter_mut().enumerate().find(|(_, step)| step.digest == digest) {
                step.cost = step.cost.saturating_add(charge.cost().get()).min(step.quota.limit());
                step_of.push(at);
            } else {
                step_of.push(steps.len());
                let shard = shard_index(digest, self.shards.len());
                steps.push(Step { digest, shard, quota: charge.quota(), cost: charge.cost() });
            }
        }
        (steps, step_of)
    }

    fn digest(&self, charge: &Charge) -> Digest {
        let mut hasher = SipHasher13::new_with_key(&self.seed);
        charge.key().hash(&mut hasher);
        charge.quota().hash(&mut hasher);
        hasher.finish128().as_u128()
    }

    /// Takes the locks of all steps in ascending order, so that two decisions can never wait for each other.
    fn lock(&self, steps: &[Step]) -> Locked<'_> {
        let mut wanted: Vec<usize> = steps.iter().map(|step| step.shard).collect();
        wanted.sort_unstable();
        wanted.dedup();
        Locked(wanted.into_iter().filter_map(|at| Some((at, self.shards.get(at)?.lock()))).collect())
    }
}

/// The shard comes from the upper half of the digest; the table inside hashes by the lower.
fn shard_index(digest: Digest, shards: usize) -> usize {
    let upper = usize::try_from(digest >> 64).unwrap_or(usize::MAX);
    upper.checked_rem(shards).unwrap_or(0)
}

/// One counter on its way through a decision.
struct Step {
    digest: Digest,
    shard: usize,
    quota: Quota,
    cost: NonZeroU32,
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
    capacity: usize,
    slots: Vec<Slot>,
    places: HashMap<Digest, usize, BuildHasherDefault<LowerHalf>>,
    /// Where the sweep goes on.
    hand: usize,
}

impl Shard {
    fn new(capacity: usize) -> Self {
        Self { capacity, slots: Vec::new(), places: HashMap::default(), hand: 0 }
    }

    fn find(&mut self, digest: Digest) -> Option<&mut Window> {
        let place = *self.places.get(&digest)?;
        self.slots.get_mut(place).map(|slot| &mut slot.window)
    }

    fn check(&mut self, step: &Step, now: u64) -> Verdict {
        let fresh = Verdict { free: step.quota.limit().get(), wait: None };
        self.find(step.digest).map_or(fresh, |window| window.check(step.cost, now))
    }

    fn charge(&mut self, step: &Step, now: u64) {
        if let Some(window) = self.find(step.digest) {
            window.charge(step.cost, now);
            return;
        }
        if self.slots.len() >= self.capacity {
            self.make_room(now);
        }
        let mut window = Window::new(step.quota);
        window.charge(step.cost, now);
        self.places.insert(step.digest, self.slots.len());
        self.slots.push(Slot { digest: step.digest, window });
    }

    fn standing(&mut self, step: &Step, now: u64) -> Standing {
        let (remaining, until_more) =
            self.find(step.digest).map_or((step.quota.limit().get(), std::time::Duration::ZERO), |window| {
                (window.check(NonZeroU32::MIN, now).free, window.until_more(now))
            });
        Standing { remaining, until_more, retry_after: None }
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
    /// The rule: an idle window if there is one, since that changes no answer. Else the one with the least of
    /// its quota in use, and of equals the one charged longest ago. Whoever floods the table with new keys so
    /// displaces the flood, and not the counter of an account that is under attack; and what is forgotten
    /// lets through the least.
    fn make_room(&mut self, now: u64) {
        let start = if self.hand >= self.slots.len() { 0 } else { self.hand };
        let places = (start..self.slots.len()).chain(0..start).take(SAMPLE);
        let least = places
            .filter_map(|place| self.slots.get(place).map(|slot| (place, &slot.window)))
            .min_by_key(|(_, window)| {
                let (in_use, age) = window.weight(now);
                if window.is_idle(now) { (0, u64::MIN) } else { (1 + in_use, u64::MAX - age) }
            })
            .map(|(place, _)| place);
        if let Some(place) = least {
            self.remove(place);
            self.hand = start + SAMPLE;
        }
    }

    fn remove(&mut self, place: usize) {
        let gone = self.slots.swap_remove(place);
        self.places.remove(&gone.digest);
        if let Some(moved) = self.slots.get(place) {
            self.places.insert(moved.digest, place);
        }
    }
}

/// The digest is a keyed hash already: its lower half is all the table needs.
#[derive(Default)]
struct LowerHalf(u64);

impl Hasher for LowerHalf {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u128(&mut self, digest: u128) {
        self.0 = u64::try_from(digest & u128::from(u64::MAX)).unwrap_or(0);
    }
}

impl LimitStore for MemoryLimiter {
    fn take<'a>(&'a self, charges: &'a [Charge]) -> Pending<'a, Result<Decision, LimitStoreError>> {
        Box::pin(async move { Ok(self.decide(charges)) })
    }

    fn take_now(&self, charges: &[Charge]) -> Option<Decision> {
        Some(self.decide(charges))
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
