//! Sending again what was given up, or everything since a time.

use palisade_core::errors::AppError;
use palisade_core::identity::{GrantedInPerson, Operator};
use palisade_core::system::time::Timestamp;
use palisade_core::utils::pagination::{PageRequest, PageSize};
use palisade_lib::store::Stored;

use super::{Inner, Service, contended};
use crate::audit::Act;
use crate::audit::types::EventType;
use crate::permissions::WebhookManage;
use crate::retry::{Attempt, retry_on_stale};
use crate::webhook::schema::{Delivery, Progress};
use crate::webhook::types::{DeliveryState, ReplayView, WebhookId, WebhookPath};
use crate::webhook::worker::begin_at;

/// How many deliveries are made to wait again in one write.
const WOKEN: u32 = 50;

impl Service {
    /// Tries the deliveries again that were given up, and at once those that wait.
    ///
    /// # Errors
    /// 404; 503; what was woken until then stays so.
    pub async fn replay(
        &self,
        by: GrantedInPerson<WebhookManage>,
        input: WebhookPath,
    ) -> Result<ReplayView, AppError> {
        self.find(input.id).await?;
        let deliveries = self.wake(input.id, &Act::of(by.user())).await?;
        Ok(ReplayView { deliveries })
    }

    async fn wake(&self, id: WebhookId, act: &Act) -> Result<i64, AppError> {
        let Inner { repository, audit, rng, .. } = self.0.as_ref();
        let page = PageRequest::new(PageSize::nearest(WOKEN), None);
        let mut woken = 0;
        loop {
            let some = retry_on_stale(rng.as_ref(), || async {
                let dead = repository.deliveries(id, DeliveryState::Dead, &page).await?.items;
                if dead.is_empty() {
                    return Ok::<_, AppError>(Attempt::Done(0));
                }
                let now = repository.now();
                let again: Vec<_> = dead.into_iter().map(|stored| wake_one(stored, now)).collect();
                let number = again.len();
                let event = audit.stage(act.clone().did(EventType::WebhookReplayed).about(&id));
                let written = repository.wake(again, event).await;
                written.map_or_else(Attempt::unless_stale, |()| Ok(Attempt::Done(number)))
            });
            match some.await?.ok_or_else(contended)? {
                0 => return Ok(woken),
                some => woken += i64::try_from(some).unwrap_or(i64::MAX),
            }
        }
    }

    /// What [`replay`](Self::replay) does, for an operator. With a time, every event since then is sent again instead.
    ///
    /// # Errors
    /// 404; 503.
    pub async fn replay_as_operator(
        &self,
        operator: &Operator<'_>,
        id: WebhookId,
        since: Option<Timestamp>,
    ) -> Result<Option<i64>, AppError> {
        self.find(id).await?;
        let act = Act::of_operator(operator);
        match since {
            None => self.wake(id, &act).await.map(Some),
            Some(since) => self.rewind(id, since, &act).await.map(|()| None),
        }
    }

    async fn rewind(&self, id: WebhookId, since: Timestamp, act: &Act) -> Result<(), AppError> {
        let Inner { repository, audit, rng, .. } = self.0.as_ref();
        let rewound = retry_on_stale(rng.as_ref(), || async {
            let first = Progress { since, ..begin_at(repository.now(), audit) };
            let event = audit.stage(act.clone().did(EventType::WebhookReplayed).about(&id));
            let written = match repository.progress(id).await? {
                Some(read) => repository.rewind(&read, first, event).await,
                None => repository.begin(id, first).await,
            };
            written.map_or_else(Attempt::unless_raced, |()| Ok::<_, AppError>(Attempt::Done(())))
        });
        rewound.await?.ok_or_else(contended)
    }
}

fn wake_one(stored: Stored<Delivery>, now: Timestamp) -> (Stored<Delivery>, Delivery) {
    let again = Delivery {
        state: DeliveryState::Waiting,
        attempts: 0,
        due_at: now,
        failed_since: None,
        ..stored.value().clone()
    };
    (stored, again)
}
