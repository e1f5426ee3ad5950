//! The worker: takes each webhook that has something to send, and is alone with it while it works.
//!
//! A worker takes a webhook by moving the end of its lease ahead of the clock, by compare-and-swap: only one of several
//! workers succeeds. If it dies, another goes on within half a minute, where the last write left off: an event arrives at least
//! once, and those of one line in their order.

use std::sync::Arc;
use std::time::Duration;

use palisade_core::ports::{Clock, Rng};
use palisade_core::system::time::Timestamp;
use palisade_core::utils::pagination::{Cursor, PageRequest, PageSize};
use palisade_core::values::{Field as _, Id as _};
use palisade_lib::store::{BATCH_DEADLINE, StoreError, Stored};
use parking_lot::Mutex;
use tokio::sync::watch;

use super::receiver::{Calls, Outcome};
use super::repository::{Deliveries, Repository};
use super::round::{self, Report, Round, Work};
use super::schema::{Progress, Webhook};
use super::secrets::Secrets;
use super::tally::Tally;
use super::types::DeliveryId;
use crate::audit;
use crate::audit::types::EventView;

/// How often a worker looks for events.
const POLL: Duration = Duration::from_secs(1);
/// How long other workers leave a webhook alone after the last heartbeat of its worker.
const LEASE: Duration = Duration::from_secs(30);
/// How often the worker renews the lease.
const HEARTBEAT: Duration = Duration::from_secs(8);
const _: () = {
    let store = BATCH_DEADLINE.as_secs();
    assert!(LEASE.as_secs() > 2 * HEARTBEAT.as_secs() + store, "the lease outlasts a lost heartbeat");
};
/// The most deliveries that wait for one receiver: with so many it takes no further events, which wait in the audit.
const WAITING: u32 = 90;

/// Delivers events. Clones share everything.
#[derive(Clone, Debug)]
pub(crate) struct Worker(pub(super) Arc<Parts>);

/// What a worker works with.
#[derive(Debug)]
pub(super) struct Parts {
    pub(super) repository: Repository,
    pub(super) audit: audit::Service,
    pub(super) calls: Arc<Calls>,
    pub(super) secrets: Secrets,
    pub(super) tally: Arc<Tally>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) rng: Arc<dyn Rng>,
}

/// A webhook whose lease this worker has.
struct Held {
    webhook: Stored<Webhook>,
    progress: Stored<Progress>,
}

/// How a round ended.
struct Ended {
    /// Whether there may be more to send at once.
    is_more: bool,
    is_revived: bool,
}

impl Worker {
    /// Works until `stop` resolves. A delivery under way may then end.
    pub(crate) async fn run(self, stop: impl Future<Output = ()>) {
        let (stopping, stopped) = watch::channel(false);
        let work = async {
            // Once per outage, not once a second.
            let mut is_blind = false;
            while !*stopped.borrow() {
                match self.look(&stopped).await {
                    Ok(()) => is_blind = false,
                    Err(error) if !std::mem::replace(&mut is_blind, true) => {
                        tracing::warn!(%error, "webhooks cannot be read");
                    }
                    Err(_) => {}
                }
                wait(POLL, &stopped).await;
            }
        };
        let mut work = std::pin::pin!(work);
        tokio::select! {
            () = stop => {}
            () = &mut work => return,
        }
        // Without a listener the work has ended.
        let _ = stopping.send(true);
        if tokio::time::timeout(Duration::from_secs(5), work).await.is_err() {
            tracing::warn!("deliveries of events were cut off: they are repeated");
        }
    }

    /// Works until no webhook has anything to send, or until `stop` resolves: for a process that has no worker. Returns
    /// whether it was stopped.
    ///
    /// # Errors
    /// [`StoreError`] when the webhooks cannot be read.
    pub(crate) async fn drain(&self, stop: impl Future<Output = ()>) -> Result<bool, StoreError> {
        let (stopping, stopped) = watch::channel(false);
        let mut work = std::pin::pin!(self.look(&stopped));
        tokio::select! {
            () = stop => {}
            looked = &mut work => return looked.map(|()| false),
        }
        let _ = stopping.send(true);
        work.await.map(|()| true)
    }

    /// Works on every webhook that has something to send, all at once.
    async fn look(&self, stopped: &watch::Receiver<bool>) -> Result<(), StoreError> {
        let mut page = PageRequest::largest();
        loop {
            let found = self.0.repository.list(&page).await?;
            let turns = found.items.into_iter().filter(|webhook| webhook.value().is_enabled).map(|webhook| {
                let (id, stopped) = (*webhook.id(), stopped.clone());
                async move {
                    if let Err(error) = self.turn(webhook, &stopped).await {
                        tracing::warn!(webhook = %id, %error, "a webhook cannot be worked on");
                    }
                }
            });
            futures_util::future::join_all(turns).await;
            let Some(next) = found.next else { return Ok(()) };
            page = PageRequest::new(PageSize::MAX, Some(next));
        }
    }

    /// Works on one webhook until there is nothing to send, unless another worker does.
    async fn turn(
        &self,
        webhook: Stored<Webhook>,
        stopped: &watch::Receiver<bool>,
    ) -> Result<(), StoreError> {
        let Parts { repository, .. } = self.0.as_ref();
        let Some(progress) = self.progress(&webhook).await? else { return Ok(()) };
        let (now, state) = (repository.now(), progress.value());
        if now < state.leased_until
            || state.failure.as_ref().is_some_and(|failure| now < failure.paused_until)
        {
            return Ok(());
        }
        let Some(progress) = self.keep(progress).await? else { return Ok(()) };
        let mut is_all_due = progress.value().failure.is_some();
        let mut held = None;
        loop {
            let at = held.as_ref().map_or(&progress, |held: &Held| &held.progress);
            let Some(batch) = self.collect(&webhook, at, is_all_due).await? else { break };
            if held.is_none() {
                let leased = Progress { leased_until: self.lease(), ..progress.value().clone() };
                let Some(progress) = repository.advance(&progress, leased, Deliveries::default()).await?
                else {
                    return Ok(());
                };
                held = Some(Held { webhook: webhook.clone(), progress });
            }
            let Some(mut taken) = held.take() else { break };
            let more = self.round(&mut taken, batch, stopped).await?;
            let Some(outcome) = more else { return Ok(()) };
            is_all_due = outcome.is_revived;
            held = Some(taken);
            if !outcome.is_more {
                break;
            }
        }
        if let Some(Held { progress, .. }) = held {
            let free = Progress { leased_until: repository.now(), ..progress.value().clone() };
            repository.advance(&progress, free, Deliveries::default()).await?;
        }
        Ok(())
    }

    /// How far a webhook is. A webhook that was disabled for as long as the audit keeps events begins now.
    async fn progress(&self, webhook: &Stored<Webhook>) -> Result<Option<Stored<Progress>>, StoreError> {
        let Parts { repository, audit, .. } = self.0.as_ref();
        if let Some(progress) = repository.progress(*webhook.id()).await? {
            return Ok(Some(progress));
        }
        let first = begin_at(repository.now(), audit);
        match repository.begin(*webhook.id(), first).await {
            Ok(()) | Err(StoreError::Duplicate { .. }) => repository.progress(*webhook.id()).await,
            Err(error) => Err(error),
        }
    }

    /// Keeps the place of a webhook that has had nothing to send for half the time that events are kept: it must not end
    /// before the next event. `None` if somebody else has moved it.
    async fn keep(&self, progress: Stored<Progress>) -> Result<Option<Stored<Progress>>, StoreError> {
        let Parts { repository, audit, .. } = self.0.as_ref();
        let now = repository.now();
        let kept_until = audit.kept_until(now);
        if progress.value().expires_at.since(now) >= kept_until.since(now) / 2 {
            return Ok(Some(progress));
        }
        let renewed = Progress { expires_at: kept_until, ..progress.value().clone() };
        repository.advance(&progress, renewed, Deliveries::default()).await
    }

    /// What there is to send; `None` if that is nothing.
    async fn collect(
        &self,
        webhook: &Stored<Webhook>,
        progress: &Stored<Progress>,
        is_all_due: bool,
    ) -> Result<Option<Collected>, StoreError> {
        let Parts { repository, audit, .. } = self.0.as_ref();
        let waiting = repository.waiting(*webhook.id(), PageSize::nearest(WAITING)).await?;
        let room = WAITING.saturating_sub(u32::try_from(waiting.len()).unwrap_or(u32::MAX));
        let now = repository.now();
        let is_any_due = waiting.iter().any(|delivery| is_all_due || delivery.value().due_at <= now);
        let (page, events) = self.page(webhook, progress.value(), room).await?;
        if !is_any_due && page.is_none() {
            return Ok(None);
        }
        let mut work = Work::new(is_all_due);
        for delivery in waiting {
            let event = audit.event(delivery.value().event).await?;
            work.again(delivery, event);
        }
        for event in events {
            work.new_event(event);
        }
        Ok(Some(Collected { work, page }))
    }

    /// The next page of events, and those of it that the webhook chooses and that were not dealt with.
    async fn page(
        &self,
        webhook: &Stored<Webhook>,
        progress: &Progress,
        room: u32,
    ) -> Result<(Option<PageEnd>, Vec<EventView>), StoreError> {
        if room == 0 {
            return Ok((None, Vec::new()));
        }
        let Parts { audit, .. } = self.0.as_ref();
        let Progress { since, after, done, reached_at, .. } = progress;
        let after = after.as_ref().and_then(|text| Cursor::from_text(text.clone()).ok());
        let request = PageRequest::new(PageSize::nearest(room), after);
        let (since, page) = match audit.follow(*since, &request).await {
            // The root key was replaced: the cursor says nothing any more, the time does.
            Err(StoreError::InvalidCursor) => {
                let since = reached_at.unwrap_or(*since);
                let request = PageRequest::new(PageSize::nearest(room), None);
                (since, audit.follow(since, &request).await?)
            }
            page => (*since, page?),
        };
        let Some(last) = page.items.last() else { return Ok((None, Vec::new())) };
        let end = PageEnd { since, next: page.next, last: last.at };
        let mut events = round::without_done(page.items, done);
        events.retain(|event| webhook.value().events.chooses(event.kind));
        Ok((Some(end), events))
    }

    /// Delivers what was collected and writes what came of it. `None` if somebody else has the webhook now.
    async fn round(
        &self,
        held: &mut Held,
        batch: Collected,
        stopped: &watch::Receiver<bool>,
    ) -> Result<Option<Ended>, StoreError> {
        let Parts { repository, audit, rng, clock, .. } = self.0.as_ref();
        let last_id = Mutex::new(None);
        let webhook = held.webhook.clone();
        let round = Round {
            webhook: *webhook.id(),
            now: &|| repository.now(),
            ends: &|at| audit.kept_until(at),
            id: &|| {
                let mut last = last_id.lock();
                let next = DeliveryId::generate_after(*last, clock.as_ref(), rng.as_ref());
                *last.insert(next)
            },
            rng: rng.as_ref(),
        };
        let deliver = |event| self.deliver(&webhook, event);
        let report = {
            let mut running = std::pin::pin!(round.run(batch.work, deliver, until(stopped.clone())));
            loop {
                tokio::select! {
                    report = &mut running => break report,
                    () = tokio::time::sleep(HEARTBEAT) => {
                        let renewed = Progress { leased_until: self.lease(), ..held.progress.value().clone() };
                        match repository.advance(&held.progress, renewed, Deliveries::default()).await? {
                            Some(progress) => held.progress = progress,
                            None => return Ok(None),
                        }
                    }
                }
            }
        };
        let is_whole = report.failure.is_none() && !*stopped.borrow();
        let is_more = is_whole && (batch.page.is_some() || report.delivered > 0);
        let ended = Ended { is_more, is_revived: report.is_revived };
        let next = self.next(held.progress.value(), batch.page, &report, is_whole);
        let written = repository.advance(&held.progress, next, report.deliveries).await?;
        Ok(written.map(|progress| {
            held.progress = progress;
            ended
        }))
    }

    /// The progress after a round.
    fn next(&self, before: &Progress, page: Option<PageEnd>, report: &Report, is_whole: bool) -> Progress {
        let Parts { repository, audit, rng, .. } = self.0.as_ref();
        let now = repository.now();
        let failure = report.failure.clone();
        let failure =
            failure.map(|failed| round::failed_again(before.failure.as_ref(), failed, now, rng.as_ref()));
        if let Some(failure) = &failure {
            let (attempts, reason) = (failure.attempts, &failure.reason);
            tracing::warn!(attempts, reason, "a receiver of events cannot be reached: they wait");
        }
        let mut next = Progress {
            failure: failure.or_else(|| before.failure.clone().filter(|_| !report.was_reached)),
            leased_until: self.lease(),
            expires_at: audit.kept_until(now),
            ..before.clone()
        };
        match page {
            Some(PageEnd { since, next: cursor, last }) if is_whole => {
                next.since = since;
                next.after = cursor.map(|cursor| cursor.as_str().to_owned());
                next.reached_at = Some(last);
                next.done = Vec::new();
            }
            _ => next.done.extend(&report.done),
        }
        next
    }

    async fn deliver(&self, webhook: &Stored<Webhook>, event: EventView) -> Outcome {
        let Parts { calls, secrets, tally, repository, .. } = self.0.as_ref();
        let now = repository.now();
        let valid = secrets.valid(*webhook.id(), webhook.value(), now);
        let outcome = calls.post(&webhook.value().url, &valid, &event, now).await;
        match &outcome {
            Outcome::Delivered => tally.delivered(),
            Outcome::Refused(reason) => {
                tally.refused();
                tracing::info!(webhook = %webhook.id(), event = %event.id, reason, "an event was refused");
            }
            Outcome::Unreachable(..) => tally.unreachable(),
        }
        outcome
    }

    fn lease(&self) -> Timestamp {
        self.0.repository.now().plus(LEASE)
    }
}

/// What a round sends, and the end of the page of events in it.
struct Collected {
    work: Work,
    page: Option<PageEnd>,
}

struct PageEnd {
    since: Timestamp,
    next: Option<Cursor>,
    last: Timestamp,
}

/// The progress of a webhook that gets the events from now on.
pub(super) fn begin_at(now: Timestamp, audit: &audit::Service) -> Progress {
    Progress {
        since: now,
        after: None,
        done: Vec::new(),
        reached_at: None,
        leased_until: now,
        failure: None,
        expires_at: audit.kept_until(now),
    }
}

async fn until(mut stopped: watch::Receiver<bool>) {
    // A dropped sender is as good as a notification.
    let _ = stopped.wait_for(|stopped| *stopped).await;
}

async fn wait(time: Duration, stopped: &watch::Receiver<bool>) {
    tokio::select! {
        () = until(stopped.clone()) => {}
        () = tokio::time::sleep(time) => {}
    }
}
