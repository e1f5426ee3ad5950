//! Passwords hashed and verified: every failing answer costs the same, and a full queue says so at once.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::task::Poll;

use parking_lot::{Condvar, Mutex};
use proptest::prelude::*;
use tokio::runtime::Runtime;

use super::pool::work;
use super::*;
use crate::ports::SystemRng;
use crate::utils::crypto::secret::Key256;

const COST: u32 = 4;

/// Computes what it is given and writes down the costs.
#[derive(Clone, Debug, Default)]
struct Counting(Arc<Mutex<Vec<u32>>>);

impl Counting {
    fn rounds(&self) -> u64 {
        self.0.lock().drain(..).map(|cost| 1_u64 << cost).sum()
    }
}

impl HashBatch for Counting {
    fn run(&self, jobs: &mut [Job]) {
        self.0.lock().extend(jobs.iter().map(Job::cost));
        OneByOne.run(jobs);
    }
}

/// Lets nothing through until it is opened, and counts.
#[derive(Clone, Debug, Default)]
struct Gate(Arc<(Mutex<(bool, usize)>, Condvar)>);

impl Gate {
    fn open(&self) {
        self.0.0.lock().0 = true;
        self.0.1.notify_all();
    }

    fn arrived(&self) -> usize {
        self.0.0.lock().1
    }

    fn wait_for_arrival(&self) {
        let mut state = self.0.0.lock();
        while state.1 == 0 {
            self.0.1.wait(&mut state);
        }
    }
}

impl HashBatch for Gate {
    fn run(&self, jobs: &mut [Job]) {
        let (state, changed) = &*self.0;
        let mut state = state.lock();
        state.1 += jobs.len();
        changed.notify_all();
        while !state.0 {
            changed.wait(&mut state);
        }
    }
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().build().unwrap()
}

fn peppers(current: &str) -> Peppers {
    Peppers::new(current, [("p1".to_owned(), Key256::new([1; 32])), ("p2".to_owned(), Key256::new([2; 32]))])
        .unwrap()
}

fn config(cost: u32) -> HasherConfig {
    let one = NonZeroUsize::MIN;
    HasherConfig { cost: BcryptCost::for_tests(cost), workers: one, queue_per_worker: one.saturating_add(3) }
}

fn hasher(cost: u32) -> (PasswordHasher, Counting) {
    let counting = Counting::default();
    let hasher =
        PasswordHasher::start_with(counting.clone(), config(cost), peppers("p1"), Arc::new(SystemRng))
            .unwrap();
    (hasher, counting)
}

fn password(text: &str) -> SecretString {
    SecretString::new(text.to_owned())
}

fn hash(hasher: &PasswordHasher, text: &str) -> PasswordHash {
    runtime().block_on(hasher.hash(&password(text), Priority::Unknown)).unwrap()
}

fn verify(hasher: &PasswordHasher, text: &str, stored: Option<&PasswordHash>) -> Verdict {
    runtime().block_on(hasher.verify(&password(text), stored, Priority::Unknown)).unwrap()
}

const MATCH: Verdict = Verdict { matches: true, needs_upgrade: false, defect: None };
const UPGRADE: Verdict = Verdict { matches: true, needs_upgrade: true, defect: None };
const MISMATCH: Verdict = Verdict { matches: false, needs_upgrade: false, defect: None };

#[test]
fn the_password_and_only_it_verifies() {
    let (hasher, _) = hasher(COST);
    let stored = hash(&hasher, "correct horse");
    assert_eq!(verify(&hasher, "correct horse", Some(&stored)), MATCH);
    for other in ["", "correct hors", "correct horse ", " correct horse", "Correct horse", "correct horse\0"]
    {
        assert_eq!(verify(&hasher, other, Some(&stored)), MISMATCH, "{other:?}");
    }
    assert_ne!(stored, hash(&hasher, "correct horse"), "each hash has a salt of its own");
}

#[test]
fn a_hash_has_the_configured_cost_and_is_what_bcrypt_says() {
    let (hasher, counting) = hasher(5);
    let Scheme::Peppered { pepper_id, bcrypt } = hash(&hasher, "secret").0 else { panic!("not peppered") };
    assert_eq!((pepper_id.as_str(), &bcrypt[..7], counting.rounds()), ("p1", "$2b$05$", 32));
    let prehash = peppers("p1").apply("p1", &password("secret")).unwrap();
    assert!(bcrypt::verify(prehash.as_bytes(), &bcrypt).unwrap());
}

#[test]
fn bytes_beyond_the_seventy_second_and_after_a_nul_count() {
    let (hasher, _) = hasher(COST);
    let long = "x".repeat(72);
    for (one, two) in [
        (format!("{long}A"), format!("{long}B")),
        ("ab\0A".to_owned(), "ab\0B".to_owned()),
        ("😀".repeat(63) + "😁", "😀".repeat(64)),
        ("e\u{301}".to_owned(), "é".to_owned()),
    ] {
        let stored = hash(&hasher, &one);
        assert_eq!(verify(&hasher, &one, Some(&stored)), MATCH);
        assert_eq!(verify(&hasher, &two, Some(&stored)), MISMATCH, "{two:?}");
    }
}

#[test]
fn every_refusal_takes_exactly_the_configured_work() {
    let (cheap, _) = hasher(4);
    let (hasher, counting) = hasher(8);
    let full = 1 << 8;
    let stored_at = |cost: u32, pepper: &str| {
        let text =
            bcrypt::hash(peppers("p1").apply("p1", &password("right")).unwrap().as_bytes(), cost).unwrap();
        PasswordHash(Scheme::Peppered { pepper_id: pepper.to_owned(), bcrypt: text })
    };
    let plain = PasswordHash::import(bcrypt::hash("right", 5).unwrap(), BcryptCost::for_tests(8)).unwrap();
    let torn = PasswordHash(Scheme::PlainBcrypt { bcrypt: "$2b$05$torn".to_owned() });
    let cases = [
        ("no account", None, None),
        ("own hash", Some(hash(&hasher, "right")), None),
        ("hash of another instance", Some(hash(&cheap, "right")), None),
        ("cost 5", Some(stored_at(5, "p1")), None),
        ("cost 7", Some(stored_at(7, "p1")), None),
        ("imported", Some(plain), None),
        ("torn", Some(torn), Some(Defect::Malformed)),
        ("lost pepper", Some(stored_at(8, "p9")), Some(Defect::MissingPepper { id: "p9".to_owned() })),
    ];
    counting.rounds();
    for (name, stored, defect) in cases {
        let verdict = verify(&hasher, "wrong", stored.as_ref());
        assert_eq!(verdict, Verdict { matches: false, needs_upgrade: false, defect }, "{name}");
        assert_eq!(counting.rounds(), full, "{name}");
    }
}

#[test]
fn the_top_up_from_ten_to_twelve_is_ten_ten_eleven() {
    #[derive(Debug, Default)]
    struct Costs(Mutex<Vec<u32>>);
    impl HashBatch for Costs {
        fn run(&self, jobs: &mut [Job]) {
            self.0.lock().extend(jobs.iter().map(Job::cost));
        }
    }
    let (answer, _waiting) = oneshot::channel();
    let costs = Costs::default();
    work(
        &costs,
        BcryptCost::MIN,
        vec![Task { job: Job::decoy(10), question: Question::Is([1; 23]), answer }],
    );
    assert_eq!(*costs.0.lock(), [10, 10, 11]);
}

#[test]
fn the_dummy_hash_has_no_password() {
    let (hasher, _) = hasher(COST);
    for guess in ["", "palisade", "password"] {
        assert_eq!(verify(&hasher, guess, None), MISMATCH);
    }
    let (answer, mut given) = oneshot::channel();
    // Even a digest that happens to be the right one is refused.
    work(
        &OneByOne,
        BcryptCost::for_tests(4),
        vec![Task { job: Job::decoy(4), question: Question::Nothing, answer }],
    );
    assert_eq!(given.try_recv(), Ok(Answer::No));
}

#[test]
fn what_is_older_than_the_configuration_asks_to_be_replaced() {
    let (old, _) = hasher(4);
    let (hasher, _) = hasher(5);
    let cheaper = hash(&old, "secret");
    let imported =
        PasswordHash::import(bcrypt::hash("secret", 5).unwrap(), BcryptCost::for_tests(5)).unwrap();
    let current = hash(&hasher, "secret");
    assert_eq!(verify(&hasher, "secret", Some(&cheaper)), UPGRADE);
    assert_eq!(verify(&hasher, "secret", Some(&imported)), UPGRADE);
    assert_eq!(verify(&hasher, "secret", Some(&current)), MATCH);
    hasher.set_peppers(peppers("p2"));
    assert_eq!(verify(&hasher, "secret", Some(&current)), UPGRADE);
    assert_eq!(verify(&hasher, "secret", Some(&hash(&hasher, "secret"))), MATCH);
}

#[test]
fn hashes_of_other_libraries_verify() {
    let (hasher, _) = hasher(8);
    // From jBCrypt's and crypt_blowfish's published tests.
    for (text, plain) in [
        ("$2a$06$DCq7YPn5Rq63x1Lad4cll.TV4S6ytwfsfvkgY8jIucDrjc8deX1s.", ""),
        ("$2a$06$m0CrhHm10qJ3lXRY.5zDGO3rS2KdeeWLuGmsfGlMfOxih58VYVfxe", "a"),
        ("$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U"),
        ("$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U"),
    ] {
        let stored = PasswordHash::import(text.to_owned(), BcryptCost::for_tests(8)).unwrap();
        assert_eq!(verify(&hasher, plain, Some(&stored)), UPGRADE, "{text}");
        assert_eq!(verify(&hasher, "other", Some(&stored)), MISMATCH, "{text}");
    }
}

fn queued(queue: &Queue, priority: Priority) -> Result<oneshot::Receiver<Answer>, Full> {
    let (answer, answered) = oneshot::channel();
    queue.push(priority, Task { job: Job::decoy(4), question: Question::Nothing, answer }).map(|()| answered)
}

#[test]
fn half_of_the_queue_is_kept_for_known_devices() {
    let queue = Queue::new(8);
    let strangers: Vec<_> = std::iter::from_fn(|| queued(&queue, Priority::Unknown).ok()).collect();
    assert_eq!(strangers.len(), 4);
    let known: Vec<_> = std::iter::from_fn(|| queued(&queue, Priority::KnownDevice).ok()).collect();
    assert_eq!(known.len(), 4);
    assert_eq!(queued(&queue, Priority::KnownDevice).unwrap_err(), Full { waiting: 8 });
    assert_eq!(queued(&queue, Priority::Unknown).unwrap_err(), Full { waiting: 8 });
}

#[test]
fn callers_who_have_gone_take_no_room() {
    let queue = Queue::new(8);
    let strangers: Vec<_> = std::iter::from_fn(|| queued(&queue, Priority::Unknown).ok()).collect();
    assert!(queued(&queue, Priority::Unknown).is_err());
    drop(strangers);
    let _waiting = queued(&queue, Priority::Unknown).unwrap();
    assert_eq!(queue.waiting(), 1);
}

#[test]
fn the_two_lanes_take_turns_and_skip_who_has_gone() {
    let queue = Queue::new(16);
    let mut strangers: Vec<_> = (0..3).map(|_| queued(&queue, Priority::Unknown).unwrap()).collect();
    let mut known: Vec<_> = (0..2).map(|_| queued(&queue, Priority::KnownDevice).unwrap()).collect();
    drop(strangers.remove(0));
    let mut order = Vec::new();
    while let Some(task) = queue.next_now() {
        let _ = task.answer.send(Answer::No);
        let served = |lane: &mut Vec<oneshot::Receiver<Answer>>| {
            let before = lane.len();
            lane.retain_mut(|answered| answered.try_recv().is_err());
            before - lane.len()
        };
        order.push((served(&mut known), served(&mut strangers)));
    }
    assert_eq!(order.len(), 4);
    assert!(order.windows(2).take(2).all(|pair| pair[0] != pair[1]), "{order:?}");
}

#[test]
fn when_the_queue_is_full_the_answer_comes_at_once() {
    let gate = Gate::default();
    let hasher =
        PasswordHasher::start_with(gate.clone(), config(COST), peppers("p1"), Arc::new(SystemRng)).unwrap();
    let password = password("secret");
    runtime().block_on(async {
        let hash = |priority| hasher.hash(&password, priority);
        let mut waiting = Vec::new();
        let mut start = async |priority| {
            let mut future = Box::pin(hash(priority));
            let polled = std::future::poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx))).await;
            waiting.push(future);
            polled
        };
        assert!(start(Priority::Unknown).await.is_pending());
        gate.wait_for_arrival();
        // One is at work; four may wait, two of them from unknown devices.
        assert!(start(Priority::Unknown).await.is_pending());
        assert!(start(Priority::Unknown).await.is_pending());
        let overloaded = |seconds| Err(HashError::Overloaded { retry_after: Duration::from_secs(seconds) });
        assert_eq!(hash(Priority::Unknown).await, overloaded(1));
        assert!(start(Priority::KnownDevice).await.is_pending());
        assert!(start(Priority::KnownDevice).await.is_pending());
        assert_eq!(hash(Priority::KnownDevice).await, overloaded(2));

        // Two callers go away; their work is not done.
        waiting.truncate(3);
        gate.open();
        for future in waiting {
            assert!(future.await.is_ok());
        }
    });
    drop(hasher);
    assert_eq!(gate.arrived(), 3);
}

#[test]
fn a_handler_may_wait_for_it_on_any_thread() {
    fn sendable<T: Send>(_: &T) {}
    let (hasher, _) = hasher(COST);
    let password = password("secret");
    sendable(&hasher.hash(&password, Priority::Unknown));
    sendable(&hasher.verify(&password, None, Priority::Unknown));
}

#[test]
fn a_worker_survives_a_batch_that_fails() {
    #[derive(Debug, Default)]
    struct FailsOnce(std::sync::atomic::AtomicBool);
    impl HashBatch for FailsOnce {
        fn run(&self, jobs: &mut [Job]) {
            assert!(self.0.swap(true, std::sync::atomic::Ordering::SeqCst), "the first batch fails");
            OneByOne.run(jobs);
        }
    }
    let hasher =
        PasswordHasher::start_with(FailsOnce::default(), config(COST), peppers("p1"), Arc::new(SystemRng))
            .unwrap();
    let first = runtime().block_on(hasher.hash(&password("secret"), Priority::Unknown));
    assert_eq!(first, Err(HashError::Stopped));
    let stored = hash(&hasher, "secret");
    assert_eq!(verify(&hasher, "secret", Some(&stored)), MATCH);
}

#[test]
fn a_wide_batch_is_given_no_more_than_it_takes() {
    #[derive(Clone, Debug, Default)]
    struct Wide(Arc<Mutex<Vec<usize>>>);
    impl HashBatch for Wide {
        fn width(&self) -> usize {
            4
        }
        fn run(&self, jobs: &mut [Job]) {
            self.0.lock().push(jobs.len());
            OneByOne.run(jobs);
        }
    }
    let wide = Wide::default();
    let tasks = (0..4).map(|_| {
        let (answer, _) = oneshot::channel();
        Task { job: Job::decoy(4), question: Question::Is([0; 23]), answer }
    });
    // Each of the four is three costs short: four, five, six.
    work(&wide, BcryptCost::for_tests(7), tasks.collect());
    assert_eq!(*wide.0.lock(), [4, 4, 4, 4]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn any_password_is_told_apart_by_its_last_character(start in "\\PC{0,130}|(\\x00|[a-z]){0,130}", a: char, b: char) {
        prop_assume!(a != b);
        let (hasher, _) = hasher(COST);
        let (one, two) = (format!("{start}{a}"), format!("{start}{b}"));
        let stored = hash(&hasher, &one);
        prop_assert_eq!(verify(&hasher, &one, Some(&stored)), MATCH);
        prop_assert_eq!(verify(&hasher, &two, Some(&stored)), MISMATCH);
    }
}
