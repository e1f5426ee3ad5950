//! The life of the worker, and the content of the mailbox.

use super::*;

#[tokio::test]
async fn a_woken_worker_delivers_and_when_stopped_finishes_what_it_has_in_hand() {
    let world = World::new().await;
    let script = Script::new([]);
    script.gate.forget_permits(Semaphore::MAX_PERMITS);
    let (stop, stopped) = oneshot::channel::<()>();
    let running = tokio::spawn(world.worker_of(&script, 1).run(async {
        let _ = stopped.await;
    }));

    world.intend_now("invitation", "ada@example.org").await;
    world.intend_now("invitation", "bob@example.org").await;
    world.mails.wake();
    script.begun.acquire().await.expect("never closed").forget();
    stop.send(()).expect("it runs");
    assert!(!running.is_finished());
    script.gate.add_permits(1);
    running.await.expect("it ends well");

    assert_eq!(script.delivered().len(), 1);
    assert_eq!(world.in_state(MailState::Sent).await.len(), 1);
    assert_eq!(world.in_state(MailState::Intended).await.len(), 1, "the other is left to the next worker");
}

#[tokio::test]
async fn the_end_does_not_wait_for_a_server_that_takes_its_time_and_the_mail_comes_again() {
    let world = World::new().await;
    let script = Script::new([]);
    script.gate.forget_permits(Semaphore::MAX_PERMITS);
    let (stop, stopped) = oneshot::channel::<()>();
    let running = tokio::spawn(world.worker(&script).run(async {
        let _ = stopped.await;
    }));
    world.intend_now("invitation", "ada@example.org").await;
    world.mails.wake();
    script.begun.acquire().await.expect("never closed").forget();

    stop.send(()).expect("it runs");
    let ended = tokio::time::timeout(Duration::from_mins(2), running).await;
    ended.expect("it ends although its delivery does not").expect("it ends well");
    let waiting = world.in_state(MailState::Composed).await.remove(0);
    assert_eq!((waiting.value().unfinished, waiting.value().due_at), (0, world.store.now()), "handed back");

    script.gate.add_permits(1);
    assert_eq!(work(&world.worker(&script)).await, [Some(Outcome::Sent)]);
    let delivered = script.delivered();
    assert_eq!((delivered.len(), delivered[0].0), (1, *waiting.id()), "with the same Message-ID");
}

/// A server may take ten minutes for a message. A worker that considers the mail abandoned meanwhile would send it
/// a second time.
#[tokio::test]
async fn a_mail_stays_taken_as_long_as_its_server_works_on_it() {
    let world = World::new().await;
    let script = Script::new([]);
    script.gate.forget_permits(Semaphore::MAX_PERMITS);
    world.intend_now("invitation", "ada@example.org").await;
    let worker = world.worker(&script).with_heartbeat(Duration::from_millis(10));
    let mail = worker.due_mails().await.expect("a look").pop_front().expect("a mail");
    let attending = tokio::spawn(async move { worker.process(mail).await });
    script.begun.acquire().await.expect("never closed").forget();

    // Twenty minutes, in steps shorter than the lease.
    for _ in 0..20 {
        world.clock.advance(LEASE / 2);
        let whole_lease = world.store.now().plus(LEASE);
        let mut beats = 0;
        while world.in_state(MailState::Composed).await[0].value().due_at < whole_lease {
            beats += 1;
            assert!(beats < 2_000, "nobody says that it is at work");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert!(
            world.worker(&script).due_mails().await.expect("a look").is_empty(),
            "nobody else may take it"
        );
    }
    script.gate.add_permits(1);
    assert_eq!(attending.await.expect("it ends"), Some(Outcome::Sent));
    assert_eq!(script.delivered().len(), 1);
}

#[tokio::test]
async fn one_slow_delivery_delays_no_other() {
    let world = World::new().await;
    let script = Script::new([Fate::Slow]);
    let running = tokio::spawn(world.worker_of(&script, 2).run(std::future::pending()));
    world.intend_now("invitation", "slow@example.org").await;
    world.mails.wake();
    script.begun.acquire().await.expect("never closed").forget();
    for number in 0..10 {
        world.intend_now("invitation", &format!("quick-{number}@example.org")).await;
    }
    world.mails.wake();
    let others = tokio::time::timeout(Duration::from_mins(1), script.begun.acquire_many(10)).await;
    others.expect("they do not wait for the slow one").expect("never closed").forget();
    while world.in_state(MailState::Sent).await.len() < 10 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(world.in_state(MailState::Composed).await.len(), 1, "the slow one is still under way");
    running.abort();
}

#[tokio::test]
async fn letters_that_wait_again_and_intents_are_taken_by_turns() {
    let world = World::new().await;
    let script = Script::new((0..30).map(|_| Fate::NotTaken));
    for number in 0..30 {
        world.intend_now("invitation", &format!("old-{number}@example.org")).await;
    }
    work(&world.worker(&script)).await;
    world.clock.advance(DAY / 24);
    for number in 0..30 {
        world.intend_now("invitation", &format!("new-{number}@example.org")).await;
    }
    let found = world.worker(&script).due_mails().await.expect("a look");
    let states: Vec<_> = found.iter().take(4).map(|mail| mail.value().state).collect();
    use MailState::{Composed, Intended};
    assert_eq!(states, [Composed, Intended, Composed, Intended]);
}

#[tokio::test]
async fn a_worker_that_nobody_wakes_looks_by_itself() {
    let world = World::new().await;
    let script = Script::new([]);
    let running = tokio::spawn(world.worker(&script).run(std::future::pending()));
    // The worker has looked and found nothing when it goes to sleep; the next mail it must find without a wake.
    tokio::task::yield_now().await;
    world.intend_now("invitation", "ada@example.org").await;
    script.begun.acquire().await.expect("never closed").forget();
    running.abort();
}

#[tokio::test]
async fn the_mailbox_shows_what_was_delivered_newest_first_page_by_page() {
    let world = World::new().await;
    for name in ["a", "b", "c", "d", "e"] {
        world.intend("invitation", &format!("{name}@example.org")).await;
    }
    world.clock.advance(DAY / 24);
    assert_eq!(work(&world.mailbox_worker()).await.len(), 5);
    world.intend("invitation", "last@example.org").await;
    world.fail_rendering([Failure::Error]);
    work(&world.mailbox_worker()).await;

    let (mut seen, mut cursor, mut pages) = (Vec::new(), None, 0);
    loop {
        let page = world.mailbox("2", cursor).await;
        assert!(page.items.len() <= 2);
        pages += 1;
        seen.extend(page.items);
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!((seen.len(), pages), (5, 3), "the one that waits is not shown");
    assert!(seen.windows(2).all(|pair| pair[0].sent_at >= pair[1].sent_at));

    world.clock.advance(DAY / 24);
    work(&world.mailbox_worker()).await;
    let newest = world.mailbox("1", None).await.items.remove(0);
    assert_eq!(newest.to.as_str(), "last@example.org");
    assert_eq!(newest.sent_at, world.store.now());
    assert_eq!(newest.links.len(), 1);
    assert!(newest.text.contains(&newest.links[0]));

    world.clock.advance(DAY);
    assert!(world.mailbox("20", None).await.items.is_empty(), "the mailbox keeps a day");
}

#[tokio::test]
async fn an_intent_of_a_batch_that_was_not_written_mails_nothing() {
    let world = World::new().await;
    let intent = Invitation { to: Email::parse("ada@example.org").expect("an address") };
    let id = TicketId::generate(world.clock.as_ref(), &SystemRng);
    let ticket = Ticket { ends_at: Timestamp::FAR_FUTURE };
    let batch = Batch::new().insert(&id, ticket.clone()).insert(&id, ticket);
    let batch = batch.merge(world.mails.stage("invitation", &intent.to, &intent).expect("an intent").into());
    world.store.commit(batch).await.expect_err("the id is taken");
    assert!(work(&world.mailbox_worker()).await.is_empty());
}
