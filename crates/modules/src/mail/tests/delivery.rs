//! Once rendered, at least once delivered.

use super::*;

#[tokio::test]
async fn an_intent_is_rendered_once_and_delivered_once() {
    let world = World::new().await;
    let script = Script::new([]);
    world.intend("invitation", "ada@example.org").await;
    assert_eq!(work(&world.worker(&script)).await, [Some(Outcome::Sent)]);

    world.clock.advance(DAY / 2);
    assert!(work(&world.worker(&script)).await.is_empty());
    let delivered = script.delivered();
    assert_eq!((delivered.len(), world.rendered(), world.tickets().await), (1, 1, 1));
    assert_eq!(delivered[0].1.to.as_str(), "ada@example.org");
    assert_eq!(delivered[0].1.subject, "Invitation 1");

    let sent = world.in_state(MailState::Sent).await;
    assert!(sent[0].value().sealed.is_none(), "what left through a server is not kept");
    world.clock.advance(DAY);
    assert!(world.in_state(MailState::Sent).await.is_empty());
}

#[tokio::test]
async fn a_message_that_was_not_taken_is_delivered_again_and_not_rendered_again() {
    let world = World::new().await;
    let script = Script::new([Fate::NotTaken, Fate::NotTaken]);
    let worker = world.worker(&script);
    world.intend("invitation", "ada@example.org").await;
    assert_eq!(work(&worker).await, [Some(Outcome::Postponed)]);
    let waiting = world.in_state(MailState::Composed).await;
    world.clock.advance(DAY / 24);
    assert_eq!(work(&worker).await, [Some(Outcome::Postponed)]);
    world.clock.advance(DAY / 24);
    assert_eq!(work(&worker).await, [Some(Outcome::Sent)]);

    let delivered = script.delivered();
    assert_eq!((delivered.len(), world.rendered(), world.tickets().await), (1, 1, 1));
    assert_eq!(delivered[0].0, *waiting[0].id(), "the Message-ID stays the same");
    assert_eq!(delivered[0].1.links, ["https://shop.example/#token=secret-1"]);
}

#[tokio::test]
async fn when_a_worker_dies_between_rendering_and_delivering_another_delivers_the_same_message() {
    let world = World::new().await;
    let script = Script::new([Fate::Death]);
    world.intend("invitation", "ada@example.org").await;
    assert_eq!(work(&world.worker(&script)).await, [None]);
    assert!(world.worker(&script).due_mails().await.expect("a look").is_empty(), "it is still taken");

    world.clock.advance(TAKEN);
    assert_eq!(work(&world.worker(&script)).await, [Some(Outcome::Sent)]);
    assert_eq!((script.delivered().len(), world.rendered(), world.tickets().await), (1, 1, 1));
    assert_eq!(script.delivered()[0].1.subject, "Invitation 1");
}

#[tokio::test]
async fn when_a_worker_dies_while_rendering_another_renders() {
    let world = World::new().await;
    let script = Script::new([]);
    world.fail_rendering([Failure::Death]);
    world.intend("invitation", "ada@example.org").await;
    assert_eq!(work(&world.worker(&script)).await, [None]);
    world.clock.advance(TAKEN);
    assert_eq!(work(&world.worker(&script)).await, [Some(Outcome::Sent)]);
    assert_eq!(world.tickets().await, 1);
}

#[tokio::test]
async fn a_mail_that_kills_every_worker_is_given_up() {
    let world = World::new().await;
    let script = Script::new((0..100).map(|_| Fate::Death));
    world.intend("invitation", "ada@example.org").await;
    for _ in 0..super::super::delivery::UNFINISHED {
        assert_eq!(work(&world.worker(&script)).await, [None]);
        world.clock.advance(TAKEN);
    }
    assert_eq!(work(&world.worker(&script)).await, [Some(Outcome::Failed)]);
}

#[tokio::test]
async fn writes_that_lost_a_race_leave_nothing_and_are_decided_anew() {
    let world = World::new().await;
    let script = Script::new([]);
    world.fail_rendering([Failure::Race]);
    world.intend("invitation", "ada@example.org").await;
    assert_eq!(work(&world.worker(&script)).await, [Some(Outcome::Postponed)]);
    assert_eq!((script.delivered().len(), world.tickets().await), (0, 0));
    assert_eq!(world.in_state(MailState::Intended).await.len(), 1);

    world.clock.advance(DAY / 24);
    assert_eq!(work(&world.worker(&script)).await, [Some(Outcome::Sent)]);
    assert_eq!(world.tickets().await, 1);
}

#[tokio::test]
async fn where_there_is_nothing_to_mail_the_writes_are_done_and_the_intent_is_gone() {
    let world = World::new().await;
    let script = Script::new([]);
    world.intend("nothing", "ada@example.org").await;
    assert_eq!(work(&world.worker(&script)).await, [Some(Outcome::Dropped)]);
    assert_eq!((script.delivered().len(), world.tickets().await), (0, 1));
    assert!(world.in_state(MailState::Dropped).await[0].value().sealed.is_none());
}

#[tokio::test]
async fn an_unknown_purpose_is_kept_for_whoever_knows_it() {
    let world = World::new().await;
    let script = Script::new([]);
    world.fail_rendering([Failure::Error]);
    world.intend("invitation", "ada@example.org").await;
    assert_eq!(work(&world.worker(&script)).await, [Some(Outcome::Postponed)]);
    world.clock.advance(DAY / 24);
    assert_eq!(work(&world.worker(&script)).await, [Some(Outcome::Sent)]);
}

#[tokio::test]
async fn a_refused_recipient_is_given_up_at_once() {
    let world = World::new().await;
    let script = Script::new([Fate::Refused]);
    world.intend("invitation", "ada@example.org").await;
    assert_eq!(work(&world.worker(&script)).await, [Some(Outcome::Failed)]);
    world.clock.advance(DAY);
    assert!(work(&world.worker(&script)).await.is_empty());
}

#[tokio::test]
async fn mail_that_nobody_takes_is_tried_until_its_link_ends_and_then_kept_a_week() {
    let world = World::new().await;
    let script = Script::new((0..1_000).map(|_| Fate::NotTaken));
    let worker = world.worker(&script);
    let link_ends = world.store.now().plus(DAY);
    *world.renderer.link_ends.lock() = Some(link_ends);
    world.intend_now("invitation", "ada@example.org").await;

    let mut attempts = 0;
    loop {
        attempts += 1;
        let outcome = work(&worker).await;
        if outcome != [Some(Outcome::Postponed)] {
            assert_eq!(outcome, [Some(Outcome::Failed)]);
            break;
        }
        let waiting = world.in_state(MailState::Composed).await.remove(0);
        let reason = waiting.value().reason.as_deref().unwrap_or_default();
        assert!(reason.ends_with("RCPT TO was answered 451 4.7.1"), "{reason}");
        let wait = waiting.value().due_at.since(world.store.now());
        assert!(
            wait <= DAY / 96,
            "whoever mends the server waits no longer than a quarter of an hour: {wait:?}"
        );
        world.clock.advance(wait.checked_sub(Duration::from_millis(1)).expect("a wait"));
        assert!(work(&worker).await.is_empty(), "not before it is due");
        world.clock.advance(Duration::from_millis(1));
    }
    assert_eq!(world.store.now(), link_ends);
    assert!(attempts > 90, "{attempts}");

    let failed = world.in_state(MailState::Failed).await.remove(0);
    let reason = failed.value().reason.clone().unwrap_or_default();
    assert!(reason.starts_with("it expired") && reason.contains("451"), "{reason}");
    world.clock.advance(DAY * 6);
    assert_eq!(world.in_state(MailState::Failed).await.len(), 1);
    world.clock.advance(DAY);
    assert!(world.in_state(MailState::Failed).await.is_empty());
}

#[tokio::test]
async fn a_notice_and_an_intent_that_cannot_be_rendered_wait_for_a_week() {
    let world = World::new().await;
    let script = Script::new((0..10_000).map(|_| Fate::NotTaken));
    let worker = world.worker(&script);
    world.intend_now("invitation", "ada@example.org").await;
    assert_eq!(work(&worker).await, [Some(Outcome::Postponed)]);
    world.fail_rendering((0..1_000).map(|_| Failure::Error));
    world.intend_now("invitation", "bob@example.org").await;
    for _ in 0..27 {
        work(&worker).await;
        world.clock.advance(DAY / 4);
    }
    assert_eq!(world.in_state(MailState::Composed).await.len(), 1);
    assert_eq!(world.in_state(MailState::Intended).await.len(), 1);
    world.clock.advance(DAY);
    assert_eq!(work(&worker).await, [Some(Outcome::Failed), Some(Outcome::Failed)]);
}

#[tokio::test]
async fn a_mail_that_a_budget_holds_back_is_asked_about_as_if_for_the_first_time() {
    let world = World::new().await;
    let script = Script::new([]);
    let worker = world.worker(&script);
    world.fail_rendering([Failure::Budget, Failure::Budget]);
    world.intend("invitation", "ada@example.org").await;
    assert_eq!(work(&worker).await, [Some(Outcome::Held)]);
    let held = world.in_state(MailState::Intended).await.remove(0);
    assert_eq!((held.value().attempts, held.value().reason.as_deref()), (0, Some("the budget is used up")));
    for expected in [Outcome::Held, Outcome::Sent] {
        world.clock.advance(DAY / 24);
        assert_eq!(work(&worker).await, [Some(expected)]);
    }
    assert_eq!(*world.renderer.asked.lock(), [true, true, true]);
}
