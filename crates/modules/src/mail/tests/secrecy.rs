//! The store contains nothing readable.

use super::*;

#[tokio::test]
async fn no_address_subject_text_or_link_is_readable_in_the_database_file() {
    let world = World::new().await;
    let script = Script::new([Fate::NotTaken, Fate::Refused]);
    // One mail of each state: failed, postponed, intended, readable in the mailbox.
    world.intend("invitation", "canary-one@example.org").await;
    work(&world.worker(&script)).await;
    world.intend("invitation", "canary-two@example.org").await;
    work(&world.worker(&script)).await;
    world.intend("invitation", "canary-three@example.org").await;
    work(&world.mailbox_worker()).await;
    world.intend("invitation", "canary-four@example.org").await;
    assert_eq!(world.mailbox("20", None).await.items[0].subject, "Invitation 3");

    let mut read = 0;
    for file in std::fs::read_dir(world.folder.path()).expect("the folder") {
        let raw = std::fs::read(file.expect("an entry").path()).expect("readable");
        let holds = |canary: &str| raw.windows(canary.len()).any(|window| window == canary.as_bytes());
        for canary in ["canary-", "example.org", "Invitation ", "Come in", "shop.example", "secret-"] {
            assert!(!holds(canary), "{canary} is readable");
        }
        read += usize::from(holds("invitation"));
    }
    assert!(read > 0, "the purpose, which is no secret, must be found where the canaries are not");
}

#[tokio::test]
async fn what_is_sealed_opens_only_in_its_own_mail() {
    let world = World::new().await;
    let script = Script::new([Fate::NotTaken]);
    world.intend("invitation", "ada@example.org").await;
    work(&world.worker(&script)).await;
    world.intend("invitation", "eve@example.org").await;
    let ada = world.in_state(MailState::Composed).await.remove(0);
    let eve = world.in_state(MailState::Intended).await.remove(0);

    let stolen = Mail { sealed: ada.value().sealed.clone(), ..eve.value().clone() };
    let composed = Mail { state: MailState::Composed, ..stolen.clone() };
    for forged in [stolen, composed] {
        let eve = world.documents.get(eve.id()).await.expect("a read").expect("a mail");
        let forged = Mail { due_at: world.store.now(), ..forged };
        world.store.commit(Batch::new().replace(&eve, forged)).await.expect("written");
        assert!(work(&world.worker(&script)).await.contains(&Some(Outcome::Failed)));
    }
    assert!(script.delivered().iter().all(|(id, _)| id != eve.id()));
}

#[test]
fn neither_messages_nor_what_is_rendered_show_themselves() {
    let message = EmailMessage {
        to: Email::parse("ada@example.org").expect("an address"),
        subject: "Invitation".to_owned(),
        text: "Come in".to_owned(),
        html: Some("<p>Come in".to_owned()),
        language: None,
        links: vec!["https://shop.example/#token=secret".to_owned()],
    };
    let shown = format!("{:?}", RenderedEmail::only(Some(message)));
    for canary in ["ada", "Invitation", "Come in", "secret"] {
        assert!(!shown.contains(canary), "{shown}");
    }
}
