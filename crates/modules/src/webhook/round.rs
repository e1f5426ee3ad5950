//! One round of deliveries to one receiver: those that wait, then the next events, several at once, in order within each line.
//!
//! This file decides only; it calls a receiver through a function, and writes nothing.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use palisade_core::ports::Rng;
use palisade_core::system::time::Timestamp;
use palisade_lib::store::Stored;

use super::receiver::Outcome;
use super::repository::Deliveries;
use super::schema::{Delivery, Failure};
use super::types::{DeliveryId, DeliveryState, WebhookId};
use crate::audit::types::{AuditEventId, EventView};
use crate::backoff;

/// How many lines are in delivery at once.
const AT_ONCE: usize = 8;
/// A refused delivery is given up after this long.
pub(super) const GIVEN_UP_AFTER: Duration = Duration::from_hours(24);
/// The longest time between two attempts of a refused delivery.
const LONGEST: Duration = Duration::from_hours(1);
/// The longest time between two attempts to reach a receiver that cannot be reached: nobody waits longer than this for events
/// once it can be.
const LONGEST_PAUSE: Duration = Duration::from_mins(5);

/// What a line delivers next.
#[derive(Debug)]
pub(super) enum Item {
    /// A delivery that was refused, or waits behind one; its event, unless that has ended.
    Again(Box<Stored<Delivery>>, Option<EventView>),
    /// An event that was not tried yet.
    New(EventView),
}

/// The work of a round: by line, in order.
#[derive(Debug, Default)]
pub(super) struct Work {
    lines: BTreeMap<String, VecDeque<Item>>,
    /// Whether all that waits is due now, whatever it says: the receiver has just come back.
    is_all_due: bool,
}

/// What came of a round.
#[derive(Debug, Default)]
pub(super) struct Report {
    pub(super) deliveries: Deliveries,
    /// The new events that were dealt with: delivered, or waiting as deliveries now.
    pub(super) done: Vec<AuditEventId>,
    pub(super) delivered: usize,
    /// Whether the receiver took or refused anything.
    pub(super) was_reached: bool,
    /// Whether it took something that it had refused, so that it may take the rest of that, too.
    pub(super) is_revived: bool,
    /// The receiver as a whole failed.
    pub(super) failure: Option<(String, Option<Duration>)>,
}

/// The line of an event: what happens to one user arrives in order, and so does what concerns one thing.
pub(super) fn line_of(event: &EventView) -> String {
    let user = event.user_id.map(|user| user.to_string());
    user.or_else(|| event.target.clone()).unwrap_or_else(|| event.id.to_string())
}

impl Work {
    /// Nothing yet. With `is_all_due`, what waits is tried whatever it says.
    pub(super) fn new(is_all_due: bool) -> Self {
        Self { is_all_due, ..Self::default() }
    }

    /// Adds what waits.
    pub(super) fn again(&mut self, delivery: Stored<Delivery>, event: Option<EventView>) {
        let line = delivery.value().line.clone();
        self.lines.entry(line).or_default().push_back(Item::Again(Box::new(delivery), event));
    }

    /// Adds a new event.
    pub(super) fn new_event(&mut self, event: EventView) {
        self.lines.entry(line_of(&event)).or_default().push_back(Item::New(event));
    }
}

/// The parts of a round that it does not decide.
pub(super) struct Round<'a> {
    pub(super) webhook: WebhookId,
    pub(super) now: &'a (dyn Fn() -> Timestamp + Sync),
    /// When an event ends.
    pub(super) ends: &'a (dyn Fn(Timestamp) -> Timestamp + Sync),
    pub(super) id: &'a (dyn Fn() -> DeliveryId + Sync),
    pub(super) rng: &'a dyn Rng,
}

/// One line, while it is in delivery.
struct Line {
    items: VecDeque<Item>,
    result: LineResult,
}

#[derive(Default)]
struct LineResult {
    deliveries: Deliveries,
    done: Vec<AuditEventId>,
    delivered: usize,
    was_reached: bool,
    is_revived: bool,
    /// The event that was being delivered when the receiver as a whole failed.
    unreachable: Option<(Item, String, Option<Duration>)>,
    /// Whether what is left waits behind something that was refused.
    is_blocked: bool,
    left: VecDeque<Item>,
}

impl Round<'_> {
    /// Delivers until everything was tried once, the receiver as a whole fails, or `stop` resolves.
    pub(super) async fn run<F>(
        &self,
        work: Work,
        deliver: impl Fn(EventView) -> F,
        stop: impl Future<Output = ()>,
    ) -> Report
    where
        F: Future<Output = Outcome>,
    {
        let mut stop = std::pin::pin!(stop);
        let is_all_due = work.is_all_due;
        let mut lines: VecDeque<_> = work.lines.into_values().collect();
        let is_over = AtomicBool::new(false);
        let (mut under_way, mut finished) = (FuturesUnordered::new(), Vec::new());
        loop {
            while !is_over.load(Ordering::Relaxed)
                && under_way.len() < AT_ONCE
                && let Some(items) = lines.pop_front()
            {
                let line = Line { items, result: LineResult::default() };
                under_way.push(self.run_line(line, is_all_due, &deliver, &is_over));
            }
            tokio::select! {
                biased;
                () = &mut stop, if !is_over.load(Ordering::Relaxed) => is_over.store(true, Ordering::Relaxed),
                line = under_way.next() => match line {
                    Some(line) => {
                        is_over.fetch_or(line.unreachable.is_some(), Ordering::Relaxed);
                        finished.push(line);
                    }
                    None => break,
                },
            }
        }
        self.conclude(finished)
    }

    /// One line until its first failure, or until the round is over.
    async fn run_line<F>(
        &self,
        line: Line,
        is_all_due: bool,
        deliver: &impl Fn(EventView) -> F,
        is_over: &AtomicBool,
    ) -> LineResult
    where
        F: Future<Output = Outcome>,
    {
        let Line { mut items, mut result } = line;
        while !is_over.load(Ordering::Relaxed)
            && let Some(item) = items.pop_front()
        {
            let event = match &item {
                Item::Again(_, None) => {
                    // The event has ended: nobody can be told of it any more.
                    Self::finish(item, &mut result);
                    continue;
                }
                Item::Again(delivery, Some(event)) => {
                    if !is_all_due && (self.now)() < delivery.value().due_at {
                        items.push_front(item);
                        result.is_blocked = true;
                        break;
                    }
                    event.clone()
                }
                Item::New(event) => event.clone(),
            };
            match deliver(event).await {
                Outcome::Delivered => {
                    result.delivered += 1;
                    result.was_reached = true;
                    result.is_revived |= matches!(item, Item::Again(..));
                    Self::finish(item, &mut result);
                }
                Outcome::Refused(reason) => {
                    result.was_reached = true;
                    result.is_blocked = !self.refuse(item, reason, &mut result);
                    if result.is_blocked {
                        break;
                    }
                }
                Outcome::Unreachable(reason, wait) => {
                    result.unreachable = Some((item, reason, wait));
                    break;
                }
            }
        }
        result.left = items;
        result
    }

    fn finish(item: Item, result: &mut LineResult) {
        match item {
            Item::Again(delivery, _) => result.deliveries.finished.push(*delivery),
            Item::New(event) => result.done.push(event.id),
        }
    }

    /// Returns whether it was given up, so that the line goes on.
    fn refuse(&self, item: Item, reason: String, result: &mut LineResult) -> bool {
        let now = (self.now)();
        match item {
            Item::New(event) => {
                let first = Delivery {
                    attempts: 1,
                    due_at: now.plus(backoff::after(1, LONGEST, self.rng)),
                    failed_since: Some(now),
                    reason: Some(reason),
                    ..self.waiting(&event, now)
                };
                result.done.push(event.id);
                result.deliveries.added.push(((self.id)(), first));
                false
            }
            Item::Again(stored, _) => {
                let delivery = stored.value();
                let attempts = delivery.attempts.saturating_add(1);
                let failed_since = delivery.failed_since.unwrap_or(now);
                let is_dead = now.since(failed_since) >= GIVEN_UP_AFTER;
                let (state, due_at) = if is_dead {
                    (DeliveryState::Dead, now)
                } else {
                    (DeliveryState::Waiting, now.plus(backoff::after(attempts, LONGEST, self.rng)))
                };
                let changed = Delivery {
                    state,
                    attempts,
                    due_at,
                    failed_since: Some(failed_since),
                    reason: Some(reason),
                    ..delivery.clone()
                };
                result.deliveries.changed.push((*stored, changed));
                is_dead
            }
        }
    }

    /// A delivery that waits for its first attempt.
    fn waiting(&self, event: &EventView, now: Timestamp) -> Delivery {
        Delivery {
            webhook: self.webhook,
            line: line_of(event),
            event: event.id,
            happened_at: event.at,
            state: DeliveryState::Waiting,
            attempts: 0,
            due_at: now,
            failed_since: None,
            reason: None,
            expires_at: (self.ends)(event.at),
        }
    }

    /// A receiver that took something in this round can be reached: then a failure concerns the event.
    fn conclude(&self, lines: Vec<LineResult>) -> Report {
        let delivered: usize = lines.iter().map(|line| line.delivered).sum();
        let mut report = Report { delivered, ..Report::default() };
        for mut line in lines {
            match line.unreachable.take() {
                Some((item, reason, _)) if delivered > 0 => {
                    line.is_blocked = !self.refuse(item, reason, &mut line);
                }
                Some((_, reason, wait)) => {
                    report.failure.get_or_insert((reason, wait));
                }
                None => {}
            }
            if line.is_blocked {
                self.queue_up(&mut line);
            }
            report.was_reached |= line.was_reached;
            report.is_revived |= line.is_revived;
            report.done.append(&mut line.done);
            report.deliveries.added.append(&mut line.deliveries.added);
            report.deliveries.changed.append(&mut line.deliveries.changed);
            report.deliveries.finished.append(&mut line.deliveries.finished);
        }
        report
    }

    /// What is left of a line waits behind what failed.
    fn queue_up(&self, line: &mut LineResult) {
        let now = (self.now)();
        for item in std::mem::take(&mut line.left) {
            if let Item::New(event) = item {
                line.deliveries.added.push(((self.id)(), self.waiting(&event, now)));
                line.done.push(event.id);
            }
        }
    }
}

/// The failure of a receiver after one more attempt.
pub(super) fn failed_again(
    earlier: Option<&Failure>,
    (reason, wait): (String, Option<Duration>),
    now: Timestamp,
    rng: &dyn Rng,
) -> Failure {
    let attempts = earlier.map_or(1, |failure| failure.attempts.saturating_add(1));
    let pause = wait.unwrap_or_default().min(LONGEST_PAUSE).max(backoff::after(attempts, LONGEST_PAUSE, rng));
    let since = earlier.map_or(now, |failure| failure.since);
    Failure { since, attempts, paused_until: now.plus(pause), reason }
}

/// Events that a page gave again although they were dealt with.
pub(super) fn without_done(events: Vec<EventView>, done: &[AuditEventId]) -> Vec<EventView> {
    let done: HashSet<_> = done.iter().collect();
    events.into_iter().filter(|event| !done.contains(&event.id)).collect()
}
