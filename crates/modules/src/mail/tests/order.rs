//! Mails of one purpose to one address keep their order, and wait for no other mails.

use super::super::sealing::OutboxSeal;
use super::*;

/// The subjects that were delivered to an address, in order.
fn delivered_to(script: &Script, to: &str) -> Vec<String> {
    let delivered = script.delivered().into_iter();
    delivered.filter(|(_, message)| message.to.as_str() == to).map(|(_, message)| message.subject).collect()
}

#[tokio::test]
async fn an_older_mail_never_arrives_after_a_newer_one_of_its_purpose_and_address() {
    let world = World::new().await;
    let script = Script::new([Fate::NotTaken]);
    let worker = world.worker(&script);
    world.intend("invitation", "ada@example.org").await;
    assert_eq!(work(&worker).await, [Some(Outcome::Postponed)]);
    // While the first waits for its next attempt two more come, and one for somebody else.
    for _ in 0..2 {
        world.clock.advance(Duration::from_millis(10));
        world.intend_now("invitation", "ada@example.org").await;
    }
    world.intend_now("invitation", "bob@example.org").await;
    let outcomes = work(&worker).await;
    assert_eq!(
        outcomes.iter().filter(|outcome| **outcome == Some(Outcome::InLine)).count(),
        2,
        "{outcomes:?}"
    );
    assert_eq!((delivered_to(&script, "bob@example.org").len(), script.delivered().len()), (1, 1));

    world.clock.advance(Duration::from_secs(30));
    work(&worker).await;
    let subjects = delivered_to(&script, "ada@example.org");
    assert_eq!(
        subjects,
        ["Invitation 1", "Invitation 3", "Invitation 4"],
        "called as soon as the one ahead is done"
    );
}

#[tokio::test]
async fn workers_of_several_instances_keep_the_order() {
    for _ in 0..20 {
        let world = World::new().await;
        let script = Script::new([]);
        for _ in 0..3 {
            world.clock.advance(Duration::from_millis(1));
            world.intend_now("invitation", "ada@example.org").await;
        }
        let attended = |worker: Worker| async move {
            for _ in 0..10 {
                for mail in worker.due_mails().await.expect("a look") {
                    worker.process(mail).await;
                }
            }
        };
        let run = |_| tokio::spawn(attended(world.worker(&script)));
        let runs: Vec<_> = (0..4).map(run).collect();
        for run in runs {
            run.await.expect("it ends");
        }
        world.clock.advance(LEASE);
        work(&world.worker(&script)).await;
        let ids: Vec<_> = script.delivered().iter().map(|(id, _)| *id).collect();
        let mut sorted = ids.clone();
        sorted.sort_by_key(ToString::to_string);
        assert_eq!((ids.len(), &ids), (3, &sorted));
    }
}

#[tokio::test]
async fn a_mail_that_is_given_up_calls_the_next_one() {
    let world = World::new().await;
    let script = Script::new([Fate::NotTaken, Fate::Refused]);
    let worker = world.worker(&script);
    world.intend("invitation", "ada@example.org").await;
    work(&worker).await;
    world.clock.advance(Duration::from_millis(10));
    world.intend_now("invitation", "ada@example.org").await;
    assert_eq!(work(&worker).await, [Some(Outcome::InLine)]);
    world.clock.advance(Duration::from_secs(10));
    let outcomes = work(&worker).await;
    assert!(
        outcomes.contains(&Some(Outcome::Failed)) && outcomes.contains(&Some(Outcome::Sent)),
        "{outcomes:?}"
    );
}

/// A mail as the first version of the outbox wrote it.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct OldMail {
    purpose: String,
    state: MailState,
    due_at: Timestamp,
    attempts: i64,
    sealed: Option<String>,
    expires_at: Timestamp,
}

collection! {
    OldMail in "mails" {
        id: MailId,
        version: 1,
        kind: ephemeral("a test", |mail| mail.expires_at),
        index DUE: (state: MailState) ascending due_at: Timestamp;
    }
}

#[tokio::test]
async fn a_mail_of_the_first_version_goes_out_and_ends_when_it_was_to() {
    let folder = tempfile::tempdir().expect("a folder");
    let clock = Arc::new(TestClock::at(Timestamp::from_secs(1_700_000_000)));
    let (location, options) = place(&folder, &clock);
    let store =
        Store::open(&Console::for_tests(), &location, collections![OldMail], options).await.expect("a store");
    let seal = OutboxSeal::new(&keyring(), Arc::new(SystemRng));
    for to in ["ada@example.org", "bob@example.org"] {
        let id = MailId::generate(clock.as_ref(), &SystemRng);
        let intent = Invitation { to: Email::parse(to).expect("an address") };
        let sealed = seal.seal(id, MailState::Intended, "invitation", &intent).expect("sealed");
        let mail = OldMail {
            purpose: "invitation".to_owned(),
            state: MailState::Intended,
            due_at: store.now(),
            attempts: 3,
            sealed: Some(sealed),
            expires_at: store.now().plus(DAY * 7),
        };
        store.commit(Batch::new().insert(&id, mail)).await.expect("written");
    }
    drop(store);

    let world = World::over(folder).await;
    let read = world.in_state(MailState::Intended).await.remove(0);
    assert_eq!(read.value().worthless_at, world.store.now().plus(DAY * 7));
    let script = Script::new([]);
    assert_eq!(work(&world.worker(&script)).await, [Some(Outcome::Sent), Some(Outcome::Sent)]);
}
