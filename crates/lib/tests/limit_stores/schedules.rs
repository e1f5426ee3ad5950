//! The schedules for every store: several instances, and demand that tries to break a window.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use palisade_core::limits::{
    AccountHasher, Charge, Decision, LimitKey, MemoryLimiter, Quota, Subject, grain,
};
use palisade_core::net::NetworkKey;
use palisade_core::ports::{Clock, LimitStore, Rng as _, SystemRng};
use palisade_core::system::time::Timestamp;
use parking_lot::Mutex;

use crate::judge::{Decided, judge};

/// Instances that share one store.
pub(crate) struct Instances {
    stores: Vec<Arc<dyn LimitStore>>,
    /// The tolerance of the [judge] for this store.
    apart: Duration,
}

impl Instances {
    /// For a store that reports times in the order of its decisions.
    pub(crate) fn of(stores: Vec<Arc<dyn LimitStore>>) -> Self {
        Self { stores, apart: Duration::ZERO }
    }

    /// For a store that reports the times of requests, which may be out of order by so much.
    pub(crate) fn apart(self, apart: Duration) -> Self {
        Self { apart, ..self }
    }

    /// The one whose turn it is.
    fn turn(&self, turn: usize) -> &dyn LimitStore {
        self.stores[turn % self.stores.len()].as_ref()
    }
}

/// A stream of numbers that differ from run to run; printed with a failure.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new() -> Self {
        let mut seed = [0; 8];
        SystemRng.fill(&mut seed);
        Self(u64::from_be_bytes(seed) | 1)
    }

    /// Below `bound` (xorshift64*).
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % bound
    }
}

pub(crate) fn key(bucket: &str, client: u32) -> LimitKey {
    let network = NetworkKey::of(IpAddr::from(client.to_be_bytes()));
    LimitKey::new(bucket.into(), Subject::Network(network))
}

pub(crate) fn charge(bucket: &str, client: u32, quota: Quota) -> Charge {
    Charge::new(key(bucket, client), quota)
}

async fn take(store: &dyn LimitStore, charges: Vec<Charge>) -> Decided {
    let decision = store.take(&charges).await.unwrap_or_else(|error| panic!("{error}: {error:?}"));
    Decided { charges, decision }
}

/// Quotas on both sides of the limit up to which a store keeps every entry, with windows that a test can wait for.
const QUOTAS: [(u32, u32); 5] = [(1, 1), (5, 1), (128, 2), (129, 1), (400, 2)];

fn quota(number: u64) -> Quota {
    let (limit, secs) = QUOTAS[usize::try_from(number).unwrap() % QUOTAS.len()];
    Quota::of(limit, secs)
}

/// Concurrent clients, each on one of the instances: bursts, drips, costs above one, several counters at once, and
/// pauses that end just before and just after a window does.
pub(crate) async fn concurrent_demand(instances: Instances, decisions: usize) {
    const CLIENTS: usize = 8;
    let log = Arc::new(Mutex::new(Vec::new()));
    let mut clients = tokio::task::JoinSet::new();
    for client in 0..CLIENTS {
        let store = Arc::clone(&instances.stores[client % instances.stores.len()]);
        let log = Arc::clone(&log);
        clients.spawn(async move {
            let mut dice = Dice::new();
            let mut own = Vec::new();
            while own.len() < decisions.div_ceil(CLIENTS) {
                let (subject, first) = (u32::try_from(dice.below(6)).unwrap(), dice.below(5));
                let burst = [1, 3, 40, 300][usize::try_from(dice.below(4)).unwrap()];
                for _ in 0..burst {
                    let cost = NonZeroU32::new(1 + u32::try_from(dice.below(8) / 7 * dice.below(9)).unwrap());
                    let mut charges = vec![charge("a", subject, quota(first)).costing(cost.unwrap())];
                    if dice.below(3) == 0 {
                        charges.push(charge("b", subject, quota(first + 1)));
                    }
                    own.push(take(store.as_ref(), charges).await);
                }
                let pause = match dice.below(6) {
                    0 => 995 + dice.below(10),
                    1 => 1_995 + dice.below(10),
                    2 => dice.below(60),
                    _ => 0,
                };
                tokio::time::sleep(Duration::from_millis(pause)).await;
            }
            log.lock().extend(own);
        });
    }
    while let Some(ended) = clients.join_next().await {
        ended.unwrap();
    }
    let log = std::mem::take(&mut *log.lock());
    let (all, passed) = (log.len(), judge(log, instances.apart));
    assert!(passed > 0 && passed < all, "{passed} of {all} passed: that proves nothing");
}

/// A burst at the end of a window and a drip after it: approximations of a sliding window admit twice the limit.
pub(crate) async fn a_burst_and_a_drip_never_pass_the_limit(instances: Instances) {
    let quotas = [Quota::of(10, 1), Quota::of(200, 1)];
    let mut log = Vec::new();
    let mut turn = 0;
    let mut next = || {
        turn += 1;
        instances.turn(turn)
    };
    for _ in 0..2 {
        tokio::time::sleep(Duration::from_millis(950)).await;
        for quota in quotas {
            for _ in 0..quota.limit().get() + 20 {
                log.push(take(next(), vec![charge("burst", 1, quota)]).await);
            }
        }
        for _ in 0..60 {
            tokio::time::sleep(Duration::from_millis(18)).await;
            for quota in quotas {
                log.push(take(next(), vec![charge("burst", 1, quota)]).await);
                log.push(take(next(), vec![charge("burst", 1, quota)]).await);
            }
        }
    }
    judge(log, instances.apart);
}

/// With constant excess demand the whole window is used, or with sub-buckets nearly all of it.
pub(crate) async fn steady_demand_uses_the_whole_window(instances: Instances) {
    // Few enough that a busy machine asks for more.
    let [log, buckets] = [Quota::of(20, 1), Quota::of(140, 3)];
    tokio::join!(steady_demand(&instances, log), steady_demand(&instances, buckets));
}

async fn steady_demand(instances: &Instances, quota: Quota) {
    let mut log = Vec::new();
    let store = instances.turn(0);
    let begun = take(store, vec![charge("steady", 2, quota)]).await;
    let first = begun.decision.at();
    let mut last = first;
    log.push(begun);
    while last < first + quota.window() * 5 / 2 {
        let decided = take(store, vec![charge("steady", 2, quota)]).await;
        last = decided.decision.at();
        if let Some(wait) = decided.decision.retry_after() {
            tokio::time::sleep(wait.min(Duration::from_millis(2))).await;
        }
        log.push(decided);
    }
    // What an exact window would have admitted of the same requests.
    let mut exact: VecDeque<Duration> = VecDeque::new();
    let mut due = 0;
    for at in log.iter().map(|decided| decided.decision.at()) {
        while exact.front().is_some_and(|first| *first + quota.window() <= at) {
            exact.pop_front();
        }
        if exact.len() < usize::try_from(quota.limit().get()).unwrap() {
            exact.push_back(at);
            due += 1;
        }
    }
    let (asked, passed) = (log.len(), judge(log, instances.apart));
    assert!(passed < asked, "{quota}: nothing was refused, which proves nothing");
    let wanted = if grain(quota).is_zero() { due } else { due * 49 / 50 - 6 };
    assert!(passed >= wanted, "{quota}: {passed} of at least {wanted}");
}

/// A clock that shows the time of the decision that is replayed.
#[derive(Debug, Default)]
struct Replayed(Mutex<Duration>);

impl Clock for Replayed {
    fn now(&self) -> Timestamp {
        Timestamp::EPOCH
    }

    fn monotonic(&self) -> Duration {
        *self.0.lock()
    }
}

/// Every decision equals, in every number, the one of the limiter in memory at the same time.
pub(crate) async fn decides_like_the_memory_limiter(instances: Instances, decisions: usize) {
    let clock = Arc::new(Replayed::default());
    let memory = MemoryLimiter::new(Arc::clone(&clock) as Arc<dyn Clock>, &SystemRng, 16 << 20);
    let mut dice = Dice::new();
    let mut returned = VecDeque::new();
    for turn in 0..decisions {
        let subject = u32::try_from(dice.below(4)).unwrap();
        let mut charges = Vec::new();
        for _ in 0..=dice.below(3) {
            let cost =
                NonZeroU32::new(1 + u32::try_from(dice.below(6) / 5 * dice.below(7)).unwrap()).unwrap();
            let quota = quota(dice.below(5));
            charges.push(match dice.below(8) {
                0 => Charge::asking(key("a", subject), quota),
                _ => {
                    charge(["a", "b"][usize::try_from(dice.below(2)).unwrap()], subject, quota).costing(cost)
                }
            });
        }
        let Decided { charges, decision } = take(instances.turn(turn), charges).await;
        *clock.0.lock() = decision.at();
        let expected: Decision = memory.decide(&charges);
        assert_eq!(decision, expected, "decision {turn} about {charges:#?}");
        if decision.passed() && dice.below(4) == 0 {
            returned.push_back((charges, decision));
        }
        // Some are returned at once, some after others were charged, and some after their window.
        if dice.below(5) == 0
            && let Some((charges, decision)) = returned.pop_front()
        {
            instances.turn(turn + 1).give_back(&charges, &decision).await.unwrap();
            memory.return_units(&charges, decision.at());
        }
        if dice.below(40) == 0 {
            tokio::time::sleep(Duration::from_millis(dice.below(250))).await;
        }
    }
}

/// A refusal charges nothing, not even counters with room; nor does a question.
pub(crate) async fn refused_charges_cost_nothing(instances: Instances) {
    let (tight, loose) = (Quota::of(1, 60), Quota::of(3, 60));
    let both = || vec![charge("tight", 3, tight), charge("loose", 3, loose)];
    let store = instances.turn(0);
    assert!(take(store, both()).await.decision.passed());
    for _ in 0..5 {
        let refused = take(store, both()).await.decision;
        assert!(!refused.passed() && refused.statuses()[1].remaining == 2, "{refused:?}");
        let asked = take(store, vec![Charge::asking(key("loose", 3), loose)]).await.decision;
        assert!(asked.passed() && asked.statuses()[0].remaining == 2, "{asked:?}");
    }
    for _ in 0..2 {
        assert!(take(store, vec![charge("loose", 3, loose)]).await.decision.passed());
    }
    assert!(!take(store, vec![Charge::asking(key("loose", 3), loose)]).await.decision.passed());
    assert!(take(store, vec![]).await.decision.passed(), "nothing to charge passes");
    // One counter named twice is charged with both costs at once, or not at all.
    let twice = || vec![charge("twice", 3, loose), charge("twice", 3, loose)];
    assert!(take(store, twice()).await.decision.passed());
    assert!(!take(store, twice()).await.decision.passed());
    assert!(take(store, vec![charge("twice", 3, loose)]).await.decision.passed());
}

/// Returned units are free again, as many as were charged, and only in their counter.
pub(crate) async fn returned_units_are_free_again(instances: Instances) {
    for (number, quota) in [Quota::of(3, 60), Quota::of(300, 60)].into_iter().enumerate() {
        let client = 40 + u32::try_from(number).unwrap();
        let limit = quota.limit();
        let third = NonZeroU32::new(limit.get() / 3).unwrap();
        let both = |cost| {
            vec![
                charge("a", client, quota).costing(cost),
                charge("b", client, Quota::of(900, 60)).costing(cost),
            ]
        };
        let store = instances.turn(0);
        let mut decisions = Vec::new();
        for turn in 0..3 {
            decisions.push(take(instances.turn(turn), both(third)).await.decision);
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert!(!take(store, both(third)).await.decision.passed());
        instances.turn(1).give_back(&both(third), &decisions[1]).await.unwrap();
        let left = take(store, vec![Charge::asking(key("a", client), quota)]).await.decision;
        assert_eq!(left.statuses()[0].remaining, third.get());
        assert!(take(instances.turn(2), both(third)).await.decision.passed());
        assert!(!take(store, both(third)).await.decision.passed(), "{quota}");
        // Charges that were never made.
        let nobody = vec![charge("a", client + 20, quota)];
        store.give_back(&nobody, &decisions[0]).await.unwrap();
        store.give_back(&[], &decisions[0]).await.unwrap();
        assert!(take(store, nobody).await.decision.passed());
    }
    // Units are returned in the window in which they were charged, or not at all.
    let short = || vec![charge("short", 40, Quota::of(2, 1))];
    let store = instances.turn(0);
    let old = take(store, short()).await.decision;
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    let twice = vec![charge("short", 40, Quota::of(2, 1)).costing(NonZeroU32::new(2).unwrap())];
    let new = take(store, twice).await.decision;
    store.give_back(&short(), &old).await.unwrap();
    let next = take(store, short()).await.decision;
    assert!(!next.passed() || next.at() >= new.at() + Duration::from_secs(1), "given back out of another's");
}

/// Two subjects of one group are decided together: an account counts once for its network, and if the network is full
/// the account is not charged either.
pub(crate) async fn an_account_counts_once_for_its_network(instances: Instances) {
    let network = NetworkKey::of([192, 0, 2, 1].into()).wide();
    let hasher = AccountHasher::new(&[7; 32]);
    let (once, few) = (Quota::of(1, 60), Quota::of(3, 60));
    let full = |subject, quota| Charge::new(LimitKey::new("spray".into(), subject), quota);
    let account = |name: &str| full(Subject::Tried(network, hasher.account(name)), once);
    let mut turn = 0;
    let mut passes = async |charges: Vec<Charge>| {
        turn += 1;
        take(instances.turn(turn), charges).await.decision.passed()
    };
    let all = full(Subject::FailingNetwork(network), few);
    for name in ["ada", "bob", "cleo"] {
        assert!(passes(vec![account(name), all.clone()]).await, "{name}");
        assert!(!passes(vec![account(name), all.clone()]).await, "{name} again");
    }
    assert!(!passes(vec![all.to_question()]).await);
    assert!(!passes(vec![account("dan"), all.clone()]).await);
    assert!(passes(vec![account("dan").to_question()]).await, "not charged for what was refused");
}

/// The number of decisions: `ordinary`, or a million in a long run.
pub(crate) fn decisions(ordinary: usize) -> usize {
    if std::env::var_os("PALISADE_LONG").is_some() { 1_000_000 } else { ordinary }
}
