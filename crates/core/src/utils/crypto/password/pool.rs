//! The threads that hash, and the bounded queue before them. They are not the runtime's: a storm of sign-ins fills this
//! queue and nothing else.

use std::collections::VecDeque;
use std::io;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;

use parking_lot::{Condvar, Mutex};
use tokio::sync::oneshot;

use super::batch::{HashBatch, Job};
use super::stored::BcryptCost;
use crate::utils::crypto::secret::constant_time_eq;

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

/// What is asked of a computation.
pub(super) enum Question {
    /// The digest, for a new hash.
    Digest,
    /// Whether it is this digest.
    Is([u8; 23]),
    /// Nothing: the answer is no, and has to take as long.
    Nothing,
}

/// The answer to a [`Question`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Digest([u8; 23]),
    Yes,
    No,
}

/// A computation that waits for a thread, and who waits for it.
pub(super) struct Task {
    pub(super) job: Job,
    pub(super) question: Question,
    pub(super) answer: oneshot::Sender<Answer>,
}

impl Task {
    fn abandoned(&self) -> bool {
        self.answer.is_closed()
    }
}

/// The bounded queue.
pub(super) struct Queue {
    state: Mutex<State>,
    ready: Condvar,
    capacity: usize,
}

#[derive(Default)]
struct State {
    known: VecDeque<Task>,
    unknown: VecDeque<Task>,
    unknown_is_next: bool,
    closed: bool,
}

impl Queue {
    /// A queue of at most `capacity` tasks, rounded up to an even number.
    pub(super) fn new(capacity: usize) -> Self {
        let capacity = capacity.max(1).next_multiple_of(2);
        Self { state: Mutex::default(), ready: Condvar::new(), capacity }
    }

    /// Adds a task, or says at once that there is no room.
    pub(super) fn push(&self, priority: Priority, task: Task) -> Result<(), Full> {
        let mut state = self.state.lock();
        if !state.has_room(priority, self.capacity) {
            state.drop_abandoned();
            if !state.has_room(priority, self.capacity) {
                return Err(Full { waiting: state.waiting() });
            }
        }
        match priority {
            Priority::KnownDevice => state.known.push_back(task),
            Priority::Unknown => state.unknown.push_back(task),
        }
        drop(state);
        self.ready.notify_one();
        Ok(())
    }

    /// Waits for work and takes at most `width` tasks somebody still waits for. `None` once the queue is closed.
    pub(super) fn take(&self, width: usize) -> Option<Vec<Task>> {
        let mut state = self.state.lock();
        loop {
            if state.closed {
                return None;
            }
            let tasks: Vec<Task> = std::iter::from_fn(|| state.next()).take(width).collect();
            if !tasks.is_empty() {
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

    /// How many tasks wait.
    pub(super) fn waiting(&self) -> usize {
        self.state.lock().waiting()
    }
}

impl State {
    fn waiting(&self) -> usize {
        self.known.len() + self.unknown.len()
    }

    fn has_room(&self, priority: Priority, capacity: usize) -> bool {
        let open = priority == Priority::KnownDevice || self.unknown.len() < capacity / 2;
        open && self.waiting() < capacity
    }

    fn drop_abandoned(&mut self) {
        self.known.retain(|task| !task.abandoned());
        self.unknown.retain(|task| !task.abandoned());
    }

    /// The next task that somebody waits for, from the two lanes in turn.
    fn next(&mut self) -> Option<Task> {
        for lane in [&mut self.known, &mut self.unknown] {
            while lane.front().is_some_and(Task::abandoned) {
                lane.pop_front();
            }
        }
        let take_unknown = self.known.is_empty() || (self.unknown_is_next && !self.unknown.is_empty());
        self.unknown_is_next = !take_unknown;
        if take_unknown { self.unknown.pop_front() } else { self.known.pop_front() }
    }
}

/// Starts the threads. They end when the queue is closed.
pub(super) fn start(
    queue: &Arc<Queue>,
    workers: NonZeroUsize,
    cost: BcryptCost,
    batch: &Arc<dyn HashBatch>,
) -> io::Result<()> {
    for number in 0..workers.get() {
        let (queue, batch) = (Arc::clone(queue), Arc::clone(batch));
        thread::Builder::new().name(format!("password-{number}")).spawn(move || {
            give_way();
            while let Some(tasks) = queue.take(batch.width().max(1)) {
                // A thread lost to a defect would be missing until the next start; its callers see their answer gone.
                let _ = catch_unwind(AssertUnwindSafe(|| work(&*batch, cost, tasks)));
            }
        })?;
    }
    Ok(())
}

/// How far the hashing threads stand back (nice(2)): where everything wants the processor, each of them gets about a tenth
/// of what a thread of the runtime gets. Whoever waits for a hash waits for hundreds of milliseconds anyway; whoever waits
/// for anything else is answered as if nobody were signing in. Not the lowest: a machine that is busy with something else
/// must not stop all sign-ins.
#[cfg(target_os = "linux")]
const NICE: i32 = 10;

/// Lowers the priority of the calling thread. On Linux it is a property of the thread; elsewhere it would be the whole
/// process's, so nothing is done there. Failing is no reason not to hash.
fn give_way() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(None, NICE) {
        tracing::debug!(%error, "the hashing threads keep their priority");
    }
}

/// Computes and answers. A "no" is given only after exactly `2^cost` rounds: after a stored hash of a lower cost c the
/// rest is made up by decoys of c, c+1, … cost−1, as 2^c + 2^c + 2^(c+1) + … + 2^(cost−1) = 2^cost.
pub(super) fn work(batch: &dyn HashBatch, cost: BcryptCost, tasks: Vec<Task>) {
    let (mut jobs, asked): (Vec<Job>, Vec<_>) =
        tasks.into_iter().map(|task| (task.job, (task.question, task.answer))).unzip();
    batch.run(&mut jobs);

    let (mut refused, mut decoys) = (Vec::new(), Vec::new());
    for (job, (question, answer)) in jobs.iter().zip(asked) {
        let digest = job.stored_digest();
        let given = match question {
            Question::Digest => Answer::Digest(digest),
            Question::Is(expected) if constant_time_eq(&expected, &digest) => Answer::Yes,
            Question::Is(_) | Question::Nothing => {
                decoys.extend((job.cost()..cost.get()).map(Job::decoy));
                refused.push(answer);
                continue;
            }
        };
        // A caller who has gone needs no answer.
        let _ = answer.send(given);
    }
    for decoys in decoys.chunks_mut(batch.width().max(1)) {
        batch.run(decoys);
    }
    for answer in refused {
        let _ = answer.send(Answer::No);
    }
}

#[cfg(test)]
impl Queue {
    pub(super) fn next_now(&self) -> Option<Task> {
        self.state.lock().next()
    }
}
