//! The queue and the threads: the order of tasks, the cost of a "no", and rejections.

use std::num::NonZeroUsize;
use std::pin::Pin;
use std::sync::{Arc, mpsc};
use std::task::Poll;
use std::thread;
use std::time::Duration;

use tokio::sync::oneshot;

use super::{COST, METHODS, PATIENCE, config, hash, hasher, password, watched, watched_as, within};
use crate::limits::Trial;
use crate::utils::crypto::password::job::Job;
use crate::utils::crypto::password::pool::{Full, Queue, Stagger};
use crate::utils::crypto::password::scheduling::{NICE, lower_priority};
use crate::utils::crypto::password::task::{Expectation, HashOutcome, Task};
use crate::utils::crypto::password::{HashBackend, HashError, HasherConfig, Priority, Width};

pub(super) const FOUR_LANES: HashBackend = HashBackend::Lanes(Width::FOUR);

fn task(job: Job, expectation: Expectation) -> (Task, oneshot::Receiver<HashOutcome>) {
    let ((outcome, answered), (begun, _)) = (oneshot::channel(), oneshot::channel());
    (Task { job, expectation, outcome, begun, trial: Trial::uncounted() }, answered)
}

fn queued(queue: &Queue, priority: Priority) -> Result<oneshot::Receiver<HashOutcome>, Full> {
    let (task, answered) = task(Job::decoy(4), Expectation::Nothing);
    queue.push(priority, task).map(|_caller| answered)
}

/// As many of a hundred as the queue takes.
fn as_many_as_fit(queue: &Queue, priority: Priority) -> Vec<oneshot::Receiver<HashOutcome>> {
    (0..100).map_while(|_| queued(queue, priority).ok()).collect()
}

fn queue(capacity: usize) -> Queue {
    Queue::new(NonZeroUsize::new(capacity).unwrap(), NonZeroUsize::MIN, Stagger { width: 4, apart: 0 })
}

/// The number of tasks, of two, that a thread takes with this many under way and room for this many more.
fn taken(queue: &Arc<Queue>, worker: usize, running: usize, room: usize) -> usize {
    let (queue, (tell, told)) = (Arc::clone(queue), mpsc::channel());
    // Nobody waits for the tasks that are left.
    thread::spawn(move || tell.send(queue.take(worker, running, room).map(|tasks| tasks.len())));
    told.recv_timeout(PATIENCE).expect("there is something to take").unwrap()
}

fn of_two_threads(pace: Stagger) -> Arc<Queue> {
    Arc::new(Queue::new(NonZeroUsize::new(64).unwrap(), NonZeroUsize::new(2).unwrap(), pace))
}

#[test]
fn the_top_up_from_ten_to_twelve_is_ten_ten_eleven() {
    let (task, mut answered) = task(Job::decoy(10), Expectation::Is([1; 23]));
    let mut costs = Vec::new();
    let mut next = Some(task.begin(12));
    while let Some((job, ticket)) = next {
        assert!(answered.try_recv().is_err(), "answered before {costs:?} were all");
        costs.push(job.cost());
        // The digest of a decoy is compared with nothing, not even if it were the right one.
        next = ticket.go_on(if costs.len() == 1 { &[2; 23] } else { &[1; 23] });
    }
    assert_eq!(costs, [10, 10, 11]);
    assert_eq!(answered.try_recv(), Ok(HashOutcome::No));
}

#[test]
fn half_of_the_queue_is_kept_for_known_devices() {
    let queue = queue(8);
    let strangers = as_many_as_fit(&queue, Priority::Unknown);
    assert_eq!(strangers.len(), 4);
    let known = as_many_as_fit(&queue, Priority::KnownDevice);
    assert_eq!(known.len(), 4);
    assert_eq!(queued(&queue, Priority::KnownDevice).unwrap_err(), Full { waiting: 8 });
    assert_eq!(queued(&queue, Priority::Unknown).unwrap_err(), Full { waiting: 8 });
}

#[test]
fn abandoned_tasks_take_no_room() {
    let queue = queue(8);
    let asked = || {
        let (task, answered) = task(Job::decoy(4), Expectation::Nothing);
        (answered, queue.push(Priority::Unknown, task).unwrap())
    };
    let (strangers, callers): (Vec<_>, Vec<_>) = (0..4).map(|_| asked()).unzip();
    assert!(queued(&queue, Priority::Unknown).is_err());
    drop(strangers);
    // Not every rejection checks whether callers have left, only the first one after a caller has.
    assert!(queued(&queue, Priority::Unknown).is_err());
    drop(callers);
    let _waiting = queued(&queue, Priority::Unknown).unwrap();
    assert_eq!(queue.waiting(), 1);
}

#[test]
fn known_and_unknown_alternate_and_abandoned_tasks_are_skipped() {
    let queue = queue(16);
    let mut strangers: Vec<_> = (0..3).map(|_| queued(&queue, Priority::Unknown).unwrap()).collect();
    let mut known: Vec<_> = (0..2).map(|_| queued(&queue, Priority::KnownDevice).unwrap()).collect();
    drop(strangers.remove(0));
    let mut order = Vec::new();
    while let Some(task) = queue.next_now() {
        let _ = task.outcome.send(HashOutcome::No);
        let served = |lane: &mut Vec<oneshot::Receiver<HashOutcome>>| {
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
fn tasks_are_shared_evenly_between_threads() {
    let queue = of_two_threads(Stagger { width: 4, apart: 0 });
    let ask = |count| (0..count).map(|_| queued(&queue, Priority::KnownDevice).unwrap()).collect::<Vec<_>>();
    let taken = |worker, running, room| taken(&queue, worker, running, room);
    let _three = ask(3);
    assert_eq!((taken(0, 0, 4), taken(1, 0, 4)), (2, 1));
    let _one = ask(1);
    assert_eq!((taken(0, 2, 2), taken(1, 1, 3)), (0, 1));
    // There is room for four of six, and the waiting ones go to the thread that has room first.
    let _six = ask(6);
    assert_eq!((taken(0, 2, 2), taken(1, 2, 2)), (2, 2));
    assert_eq!((taken(0, 4, 0), taken(1, 3, 1)), (0, 1));
}

#[test]
fn tasks_that_found_a_free_lane_start_at_once_and_queued_ones_spaced_out() {
    let queue = of_two_threads(Stagger { width: 2, apart: 3 });
    let ask = |count| (0..count).map(|_| queued(&queue, Priority::KnownDevice).unwrap()).collect::<Vec<_>>();
    let taken = |worker, running| taken(&queue, worker, running, 2 - running);
    let _found_room = ask(4);
    assert_eq!((taken(0, 0), taken(1, 0)), (2, 2));
    let _in_line = ask(5);
    // All four end at once. An idle thread waits for no turn.
    assert_eq!((taken(0, 0), taken(1, 0)), (1, 1));
    for _ in 0..2 {
        assert_eq!((taken(0, 1), taken(1, 1), taken(0, 1)), (0, 0, 1));
    }
    assert_eq!((taken(1, 1), taken(0, 1), taken(1, 1)), (0, 0, 1));
    // There is room again, and no queue.
    assert_eq!((taken(0, 1), taken(1, 1)), (0, 0));
    let _found_room = ask(2);
    assert_eq!((taken(0, 1), taken(1, 1)), (1, 1));
}

/// Polls the future until it waits.
pub(super) async fn begin<F: Future>(waiting: &mut Vec<Pin<Box<F>>>, future: F) -> Poll<F::Output> {
    let mut future = Box::pin(future);
    let polled = std::future::poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx))).await;
    waiting.push(future);
    polled
}

#[test]
fn a_full_queue_rejects_at_once() {
    for method in [HashBackend::Lanes(Width::ONE), HashBackend::Library] {
        let (hasher, probe) = watched(method, COST);
        probe.hold();
        let password = password("secret");
        within(async {
            let hash = |priority| hasher.hash(&password, priority);
            let mut waiting = Vec::new();
            assert!(begin(&mut waiting, hash(Priority::Unknown)).await.is_pending());
            probe.wait_at_the_gate();
            // One is at work; four may wait, two of them from unknown devices.
            assert!(begin(&mut waiting, hash(Priority::Unknown)).await.is_pending());
            assert!(begin(&mut waiting, hash(Priority::Unknown)).await.is_pending());
            let overloaded =
                |seconds| Err(HashError::Overloaded { retry_after: Duration::from_secs(seconds) });
            assert_eq!(hash(Priority::Unknown).await, overloaded(1));
            assert!(begin(&mut waiting, hash(Priority::KnownDevice)).await.is_pending());
            assert!(begin(&mut waiting, hash(Priority::KnownDevice)).await.is_pending());
            assert_eq!(hash(Priority::KnownDevice).await, overloaded(2));

            // Two callers leave; their work is not done, and others may wait in their place.
            waiting.truncate(3);
            assert!(begin(&mut waiting, hash(Priority::KnownDevice)).await.is_pending());
            probe.open();
            for future in waiting {
                assert!(future.await.is_ok());
            }
        });
        drop(hasher);
        assert_eq!(probe.begun(), [COST; 4]);
    }
}

#[test]
fn a_task_that_waited_too_long_is_rejected_and_takes_no_room() {
    for method in [HashBackend::Lanes(Width::ONE), HashBackend::Library] {
        let config = HasherConfig { longest_wait: Duration::from_millis(1), ..config(method, COST) };
        let (hasher, probe) = watched_as(config);
        probe.hold();
        // The only lane is taken, by a caller without a deadline.
        let (task, _answered) = task(Job::decoy(COST), Expectation::Nothing);
        assert!(hasher.queue.push(Priority::Unknown, task).is_ok());
        probe.wait_at_the_gate();
        for priority in [Priority::Unknown, Priority::KnownDevice] {
            for _ in 0..5 {
                let refused = within(hasher.hash(&password("secret"), priority));
                assert_eq!(refused, Err(HashError::Overloaded { retry_after: Duration::from_secs(1) }));
            }
        }
        probe.open();
        drop(hasher);
        assert_eq!(probe.begun(), [COST]);
    }
}

#[test]
fn a_hash_that_has_begun_is_awaited_past_the_longest_wait() {
    for method in METHODS {
        let wait = Duration::from_millis(1);
        let config = HasherConfig { longest_wait: wait, ..config(method, COST) };
        let (hasher, probe) = watched_as(config);
        probe.hold();
        let password = password("secret");
        within(async {
            let mut waiting = Vec::new();
            assert!(begin(&mut waiting, hasher.hash(&password, Priority::Unknown)).await.is_pending());
            probe.wait_at_the_gate();
            tokio::time::sleep(wait * 3).await;
            let mut hash = waiting.pop().unwrap();
            let polled = std::future::poll_fn(|cx| Poll::Ready(hash.as_mut().poll(cx))).await;
            assert!(polled.is_pending());
            probe.open();
            assert!(hash.await.is_ok());
        });
    }
}

#[cfg(target_os = "linux")]
#[test]
fn hashing_threads_have_a_lower_priority_than_the_process() {
    use rustix::process::{getpriority_process, setpriority_process};

    // A lower priority is always allowed, so the test starts from the current one and raises none.
    let stands = getpriority_process(None).unwrap();
    for lower in [0, 5, 15] {
        let process = (stands + lower).min(19);
        let hashing = thread::spawn(move || {
            setpriority_process(None, process).unwrap();
            lower_priority();
            getpriority_process(None).unwrap()
        });
        assert_eq!(hashing.join().unwrap(), (process + NICE).min(19), "{process}");
    }
}

#[test]
fn dropping_the_hasher_ends_its_threads() {
    for method in METHODS {
        let (hasher, probe) = watched(method, COST);
        hash(&hasher, "secret");
        drop(hasher);
        probe.wait_until_dropped(1);
    }
}

#[test]
fn a_comparison_records_its_result_and_nothing_before_it_begins() {
    use crate::limits::Outcome;

    for method in METHODS {
        let hasher = hasher(method, COST);
        let stored = hash(&hasher, "right");
        for (text, stored, expected) in [
            ("right", Some(&stored), Outcome::Succeeded),
            ("wrong", Some(&stored), Outcome::Failed),
            ("right", None, Outcome::Failed),
        ] {
            let trial = Trial::counted();
            let asked = password(text);
            let _ = within(hasher.verify(&asked, stored, Priority::Unknown, &trial));
            assert_eq!(trial.end(), expected, "{text}");
        }
    }
    // Nothing drains this queue: it is full at once, and its tasks never begin.
    let queue = Queue::new(NonZeroUsize::MIN, NonZeroUsize::MIN, Stagger { width: 1, apart: 0 });
    let trial = Trial::counted();
    let (mut waiting, _answered) = task(Job::decoy(4), Expectation::Nothing);
    waiting.trial = trial.clone();
    let _caller = queue.push(Priority::Unknown, waiting).unwrap();
    assert_eq!(trial.end(), Outcome::Untried);
    let begun = Trial::counted();
    let (mut taken, _answered) = task(Job::decoy(4), Expectation::Nothing);
    taken.trial = begun.clone();
    let _under_way = taken.begin(COST);
    assert_eq!(begun.end(), Outcome::Begun);
}
