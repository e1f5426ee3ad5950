//! The limiter in this process: exact within one instance, and gone with it. It is also the fallback of the others.
//!
//! A bounded table of windows in shards, each under its own lock. `Shard::make_room` decides what a full shard
//! forgets; `Class` decides which subjects can displace which.

mod shard;
#[cfg(test)]
mod tests;

use std::fmt;
use std::hash::Hash;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use parking_lot::{Mutex, MutexGuard};
use siphasher::sip128::{Hasher128, SipHasher13};

use self::shard::{Digest, Shard, Step};
use super::window::{Verdict, nanos};
use super::{Charge, Decision, LimitStore, LimitStoreError, QuotaStatus, SubjectKind};
use crate::system::{Clock, Rng};

/// Enough that threads seldom contend for a lock. With more, a decision about several charges would only take more
/// locks.
const MAX_SHARDS: usize = 16;
/// With smaller shards, an uneven distribution would fill one long before the others.
const MIN_SHARD_BYTES: usize = 64 * 1024;

/// The subjects that can create new counters. Each class has its own memory, so that counters that are free to
/// create never displace the others: addresses cost an attacker nothing, names of accounts cost a request that
/// passes the limit of its network, and a session or a known device costs the owner's password.
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
            SubjectKind::User | SubjectKind::ApiKey | SubjectKind::Device | SubjectKind::FailingDevice => {
                Self::Owners
            }
        }
    }

    /// Its part of the memory, in quarters.
    const fn quarters(self) -> usize {
        match self {
            Self::Networks => 2,
            Self::Accounts | Self::Owners => 1,
        }
    }
}

/// Counts in the memory of this process.
///
/// A counter belongs to a [`LimitKey`](super::LimitKey) *and* a quota: with another quota it is another counter.
pub struct MemoryLimiter {
    clock: Arc<dyn Clock>,
    seed: [u8; 16],
    shards: Box<[Mutex<Shard>]>,
    /// The number of shards in a quarter of the memory.
    quarter: usize,
}

impl MemoryLimiter {
    /// A limiter that takes at most `bytes` (at least 256 KiB): half of them for networks, a quarter for accounts,
    /// a quarter for users and known devices.
    ///
    /// A counter takes about 90 bytes while it holds one request, and 16 more for each moment at which it was
    /// charged, up to 2 KiB.
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

    /// The decision that would be made. Charges nothing.
    pub(super) fn peek(&self, charges: &[Charge]) -> Decision {
        self.decide_all(charges, false)
    }

    fn decide_all(&self, charges: &[Charge], is_charging: bool) -> Decision {
        let (steps, step_of) = self.steps(charges);
        let mut shards = self.lock(&steps);
        // Read under the locks: charges to one window are then in the order of their times.
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

    /// The same for a single charge, the most frequent case, without the lists.
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

    /// Charges without a check, for requests that another store has admitted. A window can then hold more than its
    /// limit, and refuses until that has left.
    ///
    /// Returns the time of the charges.
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

    /// Gives back what was charged at this time, as far as it still counts.
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

    /// The number of counters, including idle ones that the sweep has not reached.
    pub fn counters(&self) -> usize {
        self.shards.iter().map(|shard| shard.lock().counters()).sum()
    }

    /// The bytes that the counters take, as counted against the bound.
    pub fn bytes(&self) -> usize {
        self.shards.iter().map(|shard| shard.lock().bytes()).sum()
    }

    /// The distinct counters of these charges, and for each charge its counter. A counter that is named twice is
    /// charged once with both costs: checked one by one, each would see room that the other is about to take.
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

    /// Takes the locks of all steps in ascending order, so that two decisions can never deadlock.
    fn lock(&self, steps: &[Step]) -> Locked<'_> {
        let mut wanted: Vec<usize> = steps.iter().map(|step| step.shard).collect();
        wanted.sort_unstable();
        wanted.dedup();
        Locked(wanted.into_iter().filter_map(|at| Some((at, self.shards.get(at)?.lock()))).collect())
    }
}

/// The shards that one decision has locked.
struct Locked<'a>(Vec<(usize, MutexGuard<'a, Shard>)>);

impl Locked<'_> {
    #[expect(clippy::expect_used, reason = "the locks taken are those of the very steps that are looked up")]
    fn of(&mut self, step: &Step) -> &mut Shard {
        let found = self.0.iter_mut().find(|(at, _)| *at == step.shard);
        &mut found.expect("the shard of every step is locked").1
    }
}

impl LimitStore for MemoryLimiter {
    fn take<'a>(&'a self, charges: &'a [Charge]) -> BoxFuture<'a, Result<Decision, LimitStoreError>> {
        Box::pin(async move { Ok(self.decide(charges)) })
    }

    fn try_take(&self, charges: &[Charge]) -> Option<Decision> {
        Some(self.decide(charges))
    }

    fn give_back<'a>(
        &'a self,
        charges: &'a [Charge],
        decision: &'a Decision,
    ) -> BoxFuture<'a, Result<(), LimitStoreError>> {
        Box::pin(async move {
            self.return_units(charges, decision.at());
            Ok(())
        })
    }
}

impl fmt::Debug for MemoryLimiter {
    /// Without the seed: an attacker who knows it could make counters collide.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryLimiter").field("shards", &self.shards.len()).finish_non_exhaustive()
    }
}
