//! The outbox for the operator, and for health.

use palisade_core::identity::Operator;
use palisade_core::ports::Probe as _;

use super::super::OutboxState;
use super::super::types::{DropError, OutboxEntry, RetryError};
use super::*;
use crate::audit::types::EventType;

impl World {
    async fn listed(&self, state: OutboxState, show: bool) -> Vec<OutboxEntry> {
        let page = PageRequest::largest();
        self.mails.outbox(&Operator::for_tests("test"), state, &page, show).await.expect("a page").items
    }

    async fn retried(&self, id: &str) -> Result<(), RetryError> {
        self.mails.retry(&Operator::for_tests("test"), id).await
    }

    /// The targets of the events of a type; nothing for an event without one.
    async fn told(&self, kind: EventType) -> Vec<String> {
        let (operator, page) = (Operator::for_tests("test"), PageRequest::largest());
        let events = self.audit.export(&operator, (None, Some(kind)), &page).await.expect("a page").items;
        events.into_iter().map(|event| event.target.unwrap_or_default()).collect()
    }

    async fn health(&self) -> Result<(), String> {
        self.mails.probe().probe().await
    }
}

#[tokio::test]
async fn what_waits_is_listed_with_its_reason_and_its_recipient_only_where_that_is_asked_for() {
    let world = World::new().await;
    let script = Script::new([Fate::NotTaken, Fate::Refused]);
    world.intend("invitation", "ada@example.org").await;
    work(&world.worker(&script)).await;
    world.intend_now("invitation", "bob@example.org").await;
    work(&world.worker(&script)).await;
    world.intend_now("invitation", "cyd@example.org").await;

    let [waiting, failed, intended] = [OutboxState::Composed, OutboxState::Failed, OutboxState::Intended];
    let ada = world.listed(waiting, false).await.remove(0);
    assert_eq!((ada.purpose.as_str(), ada.attempts, ada.to), ("invitation", 1, None));
    assert!(ada.due_at > world.store.now(), "it is tried again");
    let reason = ada.reason.expect("a reason");
    assert!(reason.ends_with("RCPT TO was answered 451 4.7.1"), "{reason}");
    let bob = world.listed(failed, false).await.remove(0);
    assert!(bob.reason.is_some_and(|reason| reason.ends_with("550 5.1.1")));
    for (state, to) in [(waiting, "ada"), (failed, "bob"), (intended, "cyd")] {
        let shown = world.listed(state, true).await.remove(0).to;
        assert_eq!(shown, Some(format!("{to}@example.org")));
    }
}

#[tokio::test]
async fn what_was_given_up_is_tried_again_by_hand_and_only_while_it_is_worth_something() {
    let world = World::new().await;
    let script = Script::new([Fate::Refused, Fate::NotTaken]);
    let worker = world.worker(&script);
    *world.renderer.link_ends.lock() = Some(world.store.now().plus(DAY));
    world.intend_now("invitation", "ada@example.org").await;
    assert_eq!(work(&worker).await, [Some(Outcome::Failed)]);

    let id = world.listed(OutboxState::Failed, false).await.remove(0).id;
    world.retried(&id).await.expect("due");
    assert_eq!(world.told(EventType::MailRetried).await, [&*id]);
    assert_eq!(work(&worker).await, [Some(Outcome::Postponed)]);
    // It no longer waits for its next attempt.
    let before = world.told(EventType::MailRetried).await.len();
    let (due, worthless) = world.mails.retry_all(&Operator::for_tests("test")).await.expect("due");
    assert_eq!(world.told(EventType::MailRetried).await.len(), before + 1, "one for all of them");
    assert_eq!((due, worthless), (1, 0));
    assert_eq!(work(&worker).await, [Some(Outcome::Sent)]);
    assert_eq!((script.delivered().len(), world.rendered()), (1, 1), "the same message");
    assert!(matches!(world.retried(&id).await, Err(RetryError::Done)));
    assert!(matches!(world.retried("mal_nonsense").await, Err(RetryError::Unknown)));

    let script = Script::new([Fate::Refused]);
    world.intend_now("invitation", "bob@example.org").await;
    work(&world.worker(&script)).await;
    world.clock.advance(DAY);
    let id = world.listed(OutboxState::Failed, false).await.remove(0).id;
    assert!(matches!(world.retried(&id).await, Err(RetryError::Worthless)));
}

#[tokio::test]
async fn a_mail_in_hand_is_not_taken_out_of_it() {
    let world = World::new().await;
    let script = Script::new([Fate::Death]);
    world.intend_now("invitation", "ada@example.org").await;
    assert_eq!(work(&world.worker(&script)).await, [None]);
    let id = world.listed(OutboxState::Composed, false).await.remove(0).id;
    assert!(matches!(world.retried(&id).await, Err(RetryError::Moved)));
    assert_eq!(world.mails.retry_all(&Operator::for_tests("test")).await.expect("a look"), (0, 0));
    // Its worker died.
    world.clock.advance(LEASE);
    world.retried(&id).await.expect("due");
    assert_eq!(work(&world.worker(&script)).await, [Some(Outcome::Sent)]);
}

#[tokio::test]
async fn what_is_taken_away_is_sent_to_nobody() {
    let world = World::new().await;
    let script = Script::new([Fate::NotTaken]);
    let worker = world.worker(&script);
    world.intend("invitation", "ada@example.org").await;
    work(&worker).await;
    let id = world.listed(OutboxState::Composed, false).await.remove(0).id;
    let operator = Operator::for_tests("test");
    world.mails.discard(&operator, &id).await.expect("taken away");
    assert_eq!(world.told(EventType::MailDropped).await, [&*id]);
    assert!(matches!(world.mails.discard(&operator, &id).await, Err(DropError::Done)));
    world.clock.advance(DAY / 24);
    assert!(work(&worker).await.is_empty() && script.delivered().is_empty());
    assert!(world.in_state(MailState::Dropped).await[0].value().sealed.is_none());
}

#[tokio::test]
async fn health_says_what_waits_for_long_and_why_until_it_has_left() {
    let world = World::new().await;
    let script = Script::new([Fate::NotTaken, Fate::NotTaken]);
    let worker = world.worker(&script);
    for to in ["ada@example.org", "bob@example.org"] {
        world.intend_now("invitation", to).await;
    }
    work(&worker).await;
    assert_eq!(world.health().await, Ok(()), "greylisting passes in less");
    world.clock.advance(Duration::from_mins(11));
    let said = world.health().await.expect_err("degraded");
    for word in ["2 mails wait", "invitation: 2", "the oldest for 11 min", "RCPT TO was answered 451 4.7.1"] {
        assert!(said.contains(word), "{word} in {said}");
    }
    assert!(!said.contains('@') && !world.mails.probe().is_vital(), "{said}");
    work(&worker).await;
    assert_eq!(world.health().await, Ok(()));
    let tally = world.mails.tally();
    assert_eq!((tally.postponed, tally.sent, tally.failed), (2, 2, 0));
}
