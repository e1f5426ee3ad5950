//! The threads that hash, and the bounded queue before them. They are not the runtime's: a storm of sign-ins fills this
//! queue and nothing else.

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

/// Before a thread goes on whose engine panicked: what fails every time must not take the whole processor to do so.
const AFTER_A_PANIC: Duration = Duration::from_millis(10);

/// Whose password it is. Half of the queue is kept for those who have signed in on this device before, and when both
/// wait, they take turns.
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
    /// How many wait.
    pub(super) waiting: usize,
}

/// What was computed, and what every "no" costs.
pub(super) struct Work {
    rounds: AtomicU64,
    highest_cost: AtomicU32,
}

impl Work {
    pub(super) fn new(configured: BcryptCost) -> Self {
        Self { rounds: AtomicU64::new(0), highest_cost: AtomicU32::new(configured.get()) }
    }

    /// A stored hash of this cost has to be computed. Where it is above the configured one, which was lowered since, every
    /// "no" costs as much from now on: or its time would tell whose hash is still the old one, and that there is one.
    pub(super) fn meet(&self, cost: u32) {
        self.highest_cost.fetch_max(cost, Ordering::Relaxed);
    }

    /// The cost of a "no": that of the dearest hash there was, and the configured one at least.
    pub(super) fn highest_cost(&self) -> u32 {
        self.highest_cost.load(Ordering::Relaxed)
    }

    pub(super) fn rounds(&self) -> u64 {
        self.rounds.load(Ordering::Relaxed)
    }
}

/// How the threads take from the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stagger {
    /// How many tasks a thread computes at once.
    pub(super) width: usize,
    /// How often the threads look at the queue, all together, from one task that had to stand in line to the next.
    pub(super) apart: u32,
}

/// The bounded queue.
pub(super) struct Queue {
    state: Mutex<State>,
    ready: Condvar,
    capacity: usize,
    pace: Stagger,
    /// Whether a caller has left since the last time those that nobody waits for were dropped.
    left: AtomicBool,
}

/// That a caller waits. Dropped after the receiver of the answer.
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
    /// How many tasks each thread was computing when it last looked here.
    at_work: Vec<usize>,
    /// How often the threads have looked here since one of them took something.
    looks: u32,
    closed: bool,
}

struct Waiting {
    task: Task,
    /// Whether it came when all that may run at once did.
    in_line: bool,
}

impl Queue {
    /// A queue of at most `capacity` tasks, rounded up to an even number, before so many threads.
    pub(super) fn new(capacity: NonZeroUsize, workers: NonZeroUsize, pace: Stagger) -> Self {
        let capacity = capacity.get().next_multiple_of(2);
        let state = State { at_work: vec![0; workers.get()], ..State::default() };
        Self { state: Mutex::new(state), ready: Condvar::new(), capacity, pace, left: AtomicBool::new(false) }
    }

    /// Adds a task, or says at once that there is no room.
    pub(super) fn push(&self, priority: Priority, task: Task) -> Result<Caller<'_>, Full> {
        let mut state = self.state.lock();
        if !state.has_room(priority, self.capacity) {
            // Not for every refusal of a storm: it looks at all that wait, while nobody else can.
            if self.left.swap(false, Ordering::Acquire) {
                state.drop_abandoned();
            }
            if !state.has_room(priority, self.capacity) {
                return Err(Full { waiting: state.waiting() });
            }
        }
        let at_once = state.at_work.len().saturating_mul(self.pace.width);
        let in_line = state.all() >= at_once;
        let waiting = Waiting { task, in_line };
        match priority {
            Priority::KnownDevice => state.known.push_back(waiting),
            Priority::Unknown => state.unknown.push_back(waiting),
        }
        drop(state);
        self.ready.notify_one();
        Ok(Caller(self))
    }

    /// What the thread of this number should begin, of which `running` tasks are under way and `room` more could be:
    /// at most its share of all there is to do, so that no thread interleaves what another could do alone. Waits only
    /// if nothing is under way. `None` once the queue is closed.
    ///
    /// What had to stand in line begins one by one, the [pace](Stagger) apart. Hashes that begin together end together, over
    /// and over while a storm lasts, and what each of them leads to would come all at once, before whatever else the
    /// server is asked.
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

    /// Ends the threads; what waits is dropped, and its callers see it.
    pub(super) fn close(&self) {
        let mut state = self.state.lock();
        *state = State { closed: true, ..State::default() };
        drop(state);
        self.ready.notify_all();
    }

    /// How many tasks wait whose callers do, too.
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

    /// How many tasks there are, under way and waiting.
    fn all(&self) -> usize {
        self.at_work.iter().sum::<usize>() + self.waiting()
    }

    /// How many tasks each thread has when all have as many. While one waits, some thread has fewer.
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

    /// At most so many, of which those in line are so many looks `apart`; the first is due at once for a thread that has
    /// nothing to do.
    fn next_few(&mut self, most: usize, has_nothing_to_do: bool, apart: u32) -> Vec<Task> {
        self.looks = self.looks.saturating_add(1);
        let mut is_due = has_nothing_to_do || self.looks >= apart;
        let mut tasks = Vec::new();
        while tasks.len() < most
            && let Some(task) = self.next(is_due)
        {
            tasks.push(task);
            self.looks = 0;
            is_due = apart == 0;
        }
        tasks
    }

    /// The next task that somebody waits for, from the two lanes in turn; one that stands in line only when it `is_due`.
    fn next(&mut self, is_due: bool) -> Option<Task> {
        for lane in [&mut self.known, &mut self.unknown] {
            while lane.front().is_some_and(|waiting| waiting.task.abandoned()) {
                lane.pop_front();
            }
        }
        let take_unknown = self.known.is_empty() || (self.unknown_is_next && !self.unknown.is_empty());
        let lane = if take_unknown { &mut self.unknown } else { &mut self.known };
        let next = lane.pop_front_if(|waiting| is_due || !waiting.in_line)?;
        self.unknown_is_next = !take_unknown;
        Some(next.task)
    }
}

/// Makes the engine of a thread.
pub(super) type MakeEngine = Arc<dyn Fn() -> Box<dyn Engine> + Send + Sync>;

/// Starts the threads. They end when the queue is closed, and by nothing else: a thread lost to a defect would be missing
/// until the next start, and nobody would see it until no password is hashed any more.
pub(super) fn start(
    queue: &Arc<Queue>,
    workers: NonZeroUsize,
    work: &Arc<Work>,
    engine: &MakeEngine,
) -> io::Result<()> {
    for number in 0..workers.get() {
        let (queue, work, make) = (Arc::clone(queue), Arc::clone(work), Arc::clone(engine));
        thread::Builder::new().name(format!("password-{number}")).spawn(move || {
            scheduling::lower_priority();
            // Those whose hash was under way see their answer gone; whoever waits is served by the next engine.
            while catch_unwind(AssertUnwindSafe(|| live(number, &queue, &work, &*make))).is_err() {
                thread::sleep(AFTER_A_PANIC);
            }
        })?;
    }
    Ok(())
}

/// What a thread does with one engine, until the queue is closed.
fn live(number: usize, queue: &Queue, work: &Work, make: &dyn Fn() -> Box<dyn Engine>) {
    let mut courtesy = Courtesy::new();
    let mut engine = make();
    while let Some(tasks) = queue.take(number, engine.running(), engine.room()) {
        turn(&mut *engine, work, tasks);
        courtesy.step_aside();
        if engine.running() == 0 {
            courtesy.pause();
        }
    }
}

/// Begins these, computes on, and answers who can be answered.
fn turn(engine: &mut dyn Engine, work: &Work, tasks: Vec<Task>) {
    for task in tasks {
        let (job, ticket) = task.begin(work.highest_cost());
        engine.begin(job, ticket);
    }
    engine.drop_abandoned();
    for (ticket, digest) in engine.step() {
        work.rounds.fetch_add(1 << ticket.cost, Ordering::Relaxed);
        // The lane that has just become free is its own.
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
