//! An engine that the test watches and stops between two steps.

use std::sync::Arc;

use parking_lot::{Condvar, Mutex};

use super::PATIENCE;
use crate::utils::crypto::password::HashBackend;
use crate::utils::crypto::password::engine::Engine;
use crate::utils::crypto::password::job::Job;
use crate::utils::crypto::password::pool::MakeEngine;
use crate::utils::crypto::password::task::Ticket;

/// Accompanies every engine that it watches.
#[derive(Clone, Default)]
pub(super) struct Probe(Arc<(Mutex<Seen>, Condvar)>);

#[derive(Default)]
struct Seen {
    made: usize,
    dropped: usize,
    /// The costs of the jobs that have begun.
    begun: Vec<u32>,
    /// The step at which each began.
    begun_at: Vec<usize>,
    given_up: usize,
    most_at_once: usize,
    steps: usize,
    /// A thread waits for permission to take a step.
    at_the_gate: bool,
    held: bool,
    may_step: usize,
    fails: bool,
    /// This many engines cannot be created.
    unmade: usize,
}

impl Probe {
    pub(super) fn watch(&self, method: HashBackend) -> MakeEngine {
        let probe = self.clone();
        Arc::new(move || {
            probe.make();
            Box::new(Watched { engine: method.engine(), probe: probe.clone() })
        })
    }

    /// The number of engines so far.
    pub(super) fn made(&self) -> usize {
        self.0.0.lock().made
    }

    /// The costs of the jobs that have begun since the last call.
    pub(super) fn begun(&self) -> Vec<u32> {
        std::mem::take(&mut self.0.0.lock().begun)
    }

    /// The step at which each began.
    pub(super) fn begun_at(&self) -> Vec<usize> {
        self.0.0.lock().begun_at.clone()
    }

    pub(super) fn most_at_once(&self) -> usize {
        self.0.0.lock().most_at_once
    }

    pub(super) fn steps(&self) -> usize {
        self.0.0.lock().steps
    }

    /// Stops all steps from now on.
    pub(super) fn hold(&self) {
        self.tell(|seen| seen.held = true);
    }

    pub(super) fn open(&self) {
        self.tell(|seen| seen.held = false);
    }

    /// Allows one step, and waits until the thread stands before the next.
    pub(super) fn one_step(&self) {
        self.tell(|seen| {
            seen.may_step += 1;
            seen.at_the_gate = false;
        });
        self.wait_for(|seen| seen.at_the_gate);
    }

    pub(super) fn wait_at_the_gate(&self) {
        self.wait_for(|seen| seen.at_the_gate);
    }

    pub(super) fn wait_until_given_up(&self, count: usize) {
        self.wait_for(|seen| seen.given_up == count);
    }

    /// Waits until this many engines are gone, each with its thread or after it failed.
    pub(super) fn wait_until_dropped(&self, count: usize) {
        self.wait_for(|seen| seen.dropped == count);
    }

    /// The next step panics.
    pub(super) fn fail(&self) {
        self.tell(|seen| seen.fails = true);
    }

    /// Neither the next step nor the creation of the following engines succeeds.
    pub(super) fn fail_with_those_to_come(&self, engines: usize) {
        self.tell(|seen| (seen.fails, seen.unmade) = (true, engines));
    }

    fn make(&self) {
        let mut fails = false;
        self.tell(|seen| {
            seen.made += 1;
            fails = seen.unmade > 0;
            seen.unmade = seen.unmade.saturating_sub(1);
        });
        assert!(!fails, "this engine cannot be created");
    }

    fn tell(&self, change: impl FnOnce(&mut Seen)) {
        change(&mut self.0.0.lock());
        self.0.1.notify_all();
    }

    fn wait_for(&self, holds: impl Fn(&Seen) -> bool) {
        let waited = self.0.1.wait_while_for(&mut self.0.0.lock(), |seen| !holds(seen), PATIENCE);
        assert!(!waited.timed_out(), "a thread came to this point");
    }
}

struct Watched {
    engine: Box<dyn Engine>,
    probe: Probe,
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.probe.tell(|seen| seen.dropped += 1);
    }
}

impl Engine for Watched {
    fn running(&self) -> usize {
        self.engine.running()
    }

    fn room(&self) -> usize {
        self.engine.room()
    }

    fn begin(&mut self, job: Job, ticket: Ticket) {
        let cost = job.cost();
        self.engine.begin(job, ticket);
        let running = self.engine.running();
        self.probe.tell(|seen| {
            seen.begun.push(cost);
            seen.begun_at.push(seen.steps);
            seen.most_at_once = seen.most_at_once.max(running);
        });
    }

    fn drop_abandoned(&mut self) {
        let before = self.engine.running();
        self.engine.drop_abandoned();
        let gone = before - self.engine.running();
        self.probe.tell(|seen| seen.given_up += gone);
    }

    fn step(&mut self) -> Vec<(Ticket, [u8; 23])> {
        let (seen, changed) = &*self.probe.0;
        let mut seen = seen.lock();
        // A thread that dropped everything goes on to wait for work.
        if self.engine.running() > 0 {
            seen.at_the_gate = true;
            changed.notify_all();
            changed.wait_while(&mut seen, |seen| seen.held && seen.may_step == 0);
            seen.may_step = seen.may_step.saturating_sub(1);
            seen.at_the_gate = false;
            seen.steps += 1;
        }
        let fails = std::mem::take(&mut seen.fails);
        drop(seen);
        assert!(!fails, "this step fails");
        self.engine.step()
    }
}
