//! The threads that hash, and their bounded queue. They are separate from the runtime: a storm of sign-ins fills
//! only this queue.

use std::collections::VecDeque;
use std::io;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use parking_lot::{Condvar, Mutex};

use super::engine::Engine;
use super::scheduling::{self, Courtesy};
use super::stored::BcryptCost;
use super::task::Task;

/// The pause of a thread after its engine panicked: a failure that repeats must not use the whole processor.
const AFTER_A_PANIC: Duration = Duration::from_millis(10);

/// The origin of a password. Half of the queue is kept for browsers that have signed in to the account before, and
/// when both kinds wait, they take turns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Priority {
    /// From a device that has signed in to this account before.
    KnownDevice,
    /// From anywhere.
    Unknown,
}

/// The queue is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Full {
    /// The number of waiting tasks.
    pub(super) waiting: usize,
}

/// The work done so far, and the cost of every "no".
pub(super) struct CostLedger {
    rounds: AtomicU64,
    highest_cost: AtomicU32,
}

impl CostLedger {
    pub(super) fn new(configured: BcryptCost) -> Self {
        Self { rounds: AtomicU64::new(0), highest_cost: AtomicU32::new(configured.get()) }
    }

    /// A stored hash of this cost has to be computed. If it is above the configured cost, which was lowered since,
    /// every "no" costs as much from now on. Otherwise its time would reveal which hashes are old, and that they
    /// exist.
    pub(super) fn meet(&self, cost: u32) {
        self.highest_cost.fetch_max(cost, Ordering::Relaxed);
    }

    /// The cost of a "no": that of the most expensive hash so far, and at least the configured one.
    pub(super) fn highest_cost(&self) -> u32 {
        self.highest_cost.load(Ordering::Relaxed)
    }

    pub(super) fn rounds(&self) -> u64 {
        self.rounds.load(Ordering::Relaxed)
    }
}

/// How the threads take tasks from the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stagger {
    /// The number of tasks that a thread computes at once.
    pub(super) width: usize,
    /// How often the threads check the queue, all together, between two tasks that had to queue.
    pub(super) apart: u32,
}

/// The bounded queue.
pub(super) struct Queue {
    state: Mutex<State>,
    ready: Condvar,
    capacity: usize,
    pace: Stagger,
    /// Whether a caller has left since abandoned tasks were last dropped.
    left: AtomicBool,
}

/// A waiting caller. Dropped after the receiver of the answer.
pub(super) struct Caller<'a>(&'a Queue);

impl Drop for Caller<'_> {
    fn drop(&mut self) {
        self.0.left.store(true, Ordering::Release);
    }
}

#[derive(Default)]
struct State {
    known: VecDeque<Waiting>,
    unknown: VecDeque<Waiting>,
    unknown_is_next: bool,
    /// The number of tasks that each thread was computing at its last check.
    at_work: Vec<usize>,
    /// The number of checks since a thread last took a task.
    checks: u32,
    closed: bool,
}

struct Waiting {
    task: Task,
    /// Whether it came when all lanes were in use.
    was_queued: bool,
}

impl Queue {
    /// A queue of at most `capacity` tasks, rounded up to an even number, for this many threads.
    pub(super) fn new(capacity: NonZeroUsize, workers: NonZeroUsize, pace: Stagger) -> Self {
        let capacity = capacity.get().next_multiple_of(2);
        let state = State { at_work: vec![0; workers.get()], ..State::default() };
        Self { state: Mutex::new(state), ready: Condvar::new(), capacity, pace, left: AtomicBool::new(false) }
    }

    /// Adds a task, or returns at once that there is no room.
    pub(super) fn push(&self, priority: Priority, task: Task) -> Result<Caller<'_>, Full> {
        let mut state = self.state.lock();
        if !state.has_room(priority, self.capacity) {
            // Not for every rejection in a storm: it walks all waiting tasks under the lock.
            if self.left.swap(false, Ordering::Acquire) {
                state.drop_abandoned();
            }
            if !state.has_room(priority, self.capacity) {
                return Err(Full { waiting: state.waiting() });
            }
        }
        let at_once = state.at_work.len().saturating_mul(self.pace.width);
        let was_queued = state.all() >= at_once;
        let waiting = Waiting { task, was_queued };
        match priority {
            Priority::KnownDevice => state.known.push_back(waiting),
            Priority::Unknown => state.unknown.push_back(waiting),
        }
        drop(state);
        self.ready.notify_one();
        Ok(Caller(self))
    }

    /// The tasks that the thread with this number should begin, when `running` of its tasks are under way and it
    /// has room for `room` more: at most its share of all tasks, so that no thread interleaves work that another
    /// could do alone. Waits only if the thread has nothing under way. `None` once the queue is closed.
    ///
    /// Queued tasks begin one by one, [spaced out](Stagger). Hashes that begin together end together, again and
    /// again while a storm lasts, and the work after them would come all at once, ahead of other requests.
    pub(super) fn take(&self, worker: usize, running: usize, room: usize) -> Option<Vec<Task>> {
        let mut state = self.state.lock();
        loop {
            if state.closed {
                return None;
            }
            state.note(worker, running);
            let most = state.share().saturating_sub(running).min(room);
            let tasks = state.next_few(most, running == 0, self.pace.apart);
            if running > 0 || !tasks.is_empty() {
                state.note(worker, running + tasks.len());
                return Some(tasks);
            }
            self.ready.wait(&mut state);
        }
    }

    /// Ends the threads; waiting tasks are dropped, and their callers notice.
    pub(super) fn close(&self) {
        let mut state = self.state.lock();
        *state = State { closed: true, ..State::default() };
        drop(state);
        self.ready.notify_all();
    }

    /// The number of waiting tasks whose callers still wait.
    pub(super) fn waiting(&self) -> usize {
        let mut state = self.state.lock();
        state.drop_abandoned();
        state.waiting()
    }
}

impl State {
    fn waiting(&self) -> usize {
        self.known.len() + self.unknown.len()
    }

    fn note(&mut self, worker: usize, running: usize) {
        if let Some(at_work) = self.at_work.get_mut(worker) {
            *at_work = running;
        }
    }

    /// The number of tasks, under way and waiting.
    fn all(&self) -> usize {
        self.at_work.iter().sum::<usize>() + self.waiting()
    }

    /// The number of tasks of each thread in an even distribution. While one waits, some thread has fewer.
    fn share(&self) -> usize {
        self.all().div_ceil(self.at_work.len().max(1))
    }

    fn has_room(&self, priority: Priority, capacity: usize) -> bool {
        let open = priority == Priority::KnownDevice || self.unknown.len() < capacity / 2;
        open && self.waiting() < capacity
    }

    fn drop_abandoned(&mut self) {
        self.known.retain(|waiting| !waiting.task.abandoned());
        self.unknown.retain(|waiting| !waiting.task.abandoned());
    }

    /// At most `most` tasks, of which queued ones are `apart` checks apart; the first is due at once for an idle
    /// thread.
    fn next_few(&mut self, most: usize, has_nothing_to_do: bool, apart: u32) -> Vec<Task> {
        self.checks = self.checks.saturating_add(1);
        let mut is_due = has_nothing_to_do || self.checks >= apart;
        let mut tasks = Vec::new();
        while tasks.len() < most
            && let Some(task) = self.next(is_due)
        {
            tasks.push(task);
            self.checks = 0;
            is_due = apart == 0;
        }
        tasks
    }

    /// The next task with a waiting caller, from the two lanes in turn; a queued one only if it `is_due`.
    fn next(&mut self, is_due: bool) -> Option<Task> {
        for lane in [&mut self.known, &mut self.unknown] {
            while lane.front().is_some_and(|waiting| waiting.task.abandoned()) {
                lane.pop_front();
            }
        }
        let take_unknown = self.known.is_empty() || (self.unknown_is_next && !self.unknown.is_empty());
        let lane = if take_unknown { &mut self.unknown } else { &mut self.known };
        let next = lane.pop_front_if(|waiting| is_due || !waiting.was_queued)?;
        self.unknown_is_next = !take_unknown;
        Some(next.task)
    }
}

/// Creates the engine of a thread.
pub(super) type MakeEngine = Arc<dyn Fn() -> Box<dyn Engine> + Send + Sync>;

/// Starts the threads. They end only when the queue is closed: a thread lost to a bug would be missing until the
/// next start, and nobody would notice until no password is hashed any more.
pub(super) fn start(
    queue: &Arc<Queue>,
    workers: NonZeroUsize,
    costs: &Arc<CostLedger>,
    engine: &MakeEngine,
) -> io::Result<()> {
    for number in 0..workers.get() {
        let (queue, costs, make) = (Arc::clone(queue), Arc::clone(costs), Arc::clone(engine));
        thread::Builder::new().name(format!("password-{number}")).spawn(move || {
            scheduling::lower_priority();
            // Callers whose hash was under way lose their answer; the next engine serves the waiting ones.
            while catch_unwind(AssertUnwindSafe(|| run_engine(number, &queue, &costs, &*make))).is_err() {
                thread::sleep(AFTER_A_PANIC);
            }
        })?;
    }
    Ok(())
}

/// The work of a thread with one engine, until the queue is closed.
fn run_engine(number: usize, queue: &Queue, costs: &CostLedger, make: &dyn Fn() -> Box<dyn Engine>) {
    let mut courtesy = Courtesy::new();
    let mut engine = make();
    while let Some(tasks) = queue.take(number, engine.running(), engine.room()) {
        run_step(&mut *engine, costs, tasks);
        courtesy.step_aside();
        if engine.running() == 0 {
            courtesy.pause();
        }
    }
}

/// Begins these tasks, continues the computation, and sends finished answers.
fn run_step(engine: &mut dyn Engine, costs: &CostLedger, tasks: Vec<Task>) {
    for task in tasks {
        let (job, ticket) = task.begin(costs.highest_cost());
        engine.begin(job, ticket);
    }
    engine.drop_abandoned();
    for (ticket, digest) in engine.step() {
        costs.rounds.fetch_add(1 << ticket.cost, Ordering::Relaxed);
        // It takes the lane that has just become free.
        if let Some((job, ticket)) = ticket.go_on(&digest) {
            engine.begin(job, ticket);
        }
    }
}

#[cfg(test)]
impl Queue {
    pub(super) fn next_now(&self) -> Option<Task> {
        self.state.lock().next(true)
    }
}
