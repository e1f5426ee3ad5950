//! What the product of `examples/notes` keeps and says about people: their mails, a copy of their data, and the end of both.
#![expect(clippy::expect_used, reason = "a test that cannot go on stops")]

use std::time::Duration;

use palisade_api_tests::world::PASSWORD;
use palisade_api_tests::{Client, World};
use palisade_core::identity::{Operator, UserId};
use palisade_core::values::{Field as _, Id as _};
use palisade_modules::user::types::Email;
use palisade_notes_example::PRODUCT;
use serde_json::{Value, json};

const NOTES: &str = "/api/v1/notes";
const ADA: &str = "ada@example.org";
const EVE: &str = "eve@example.org";

async fn write(client: &mut Client, text: &str) -> String {
    let written = client.post(NOTES, json!({"text": text})).await;
    assert_eq!(written.status, 201, "{}", written.body);
    written.at("/data/id").as_str().expect("an id").to_owned()
}

/// The mails of the product to an address, once nothing is under way.
async fn mails_of_the_product(world: &World, email: &str) -> Vec<Value> {
    let mut mails = world.settled_mails_to(email).await;
    mails.retain(|mail| mail["links"].to_string().contains("/notes"));
    mails
}

#[tokio::test]
async fn the_last_note_that_has_room_causes_one_mail_in_the_language_of_its_owner() {
    let world = World::of(&PRODUCT, &[("NOTES_MAX", "2")]).await;
    for (email, language, subject) in [
        (ADA, "en", "Your shelf is full"),
        (EVE, "de-AT", "Ihr Regal ist voll"),
        ("li@example.org", "tr", "Your shelf is full"),
    ] {
        let mut browser = world.browser().with_header("Accept-Language", language);
        world.registered(&mut browser, email).await;
        let mut browser = world.sign_in(email).await;
        write(&mut browser, "one").await;
        assert!(mails_of_the_product(&world, email).await.is_empty(), "it was caused too early");
        let mut at_once = tokio::task::JoinSet::new();
        for _ in 0..4 {
            let mut browser = browser.clone();
            at_once.spawn(async move { browser.post(NOTES, json!({"text": "two"})).await.status });
        }
        let mut statuses = at_once.join_all().await;
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 409, 409, 409]);
        let mails = mails_of_the_product(&world, email).await;
        let [mail] = &mails[..] else { panic!("{mails:?}") };
        assert_eq!(mail["subject"], subject);
        let (text, links) = (mail["text"].as_str().expect("a text"), &mail["links"]);
        assert!(text.contains('2') && text.contains("Notes"), "{text}");
        assert!(links[0].as_str().expect("a link").ends_with("/notes"), "{links}");
        assert!(mail["html"].as_str().expect("HTML").contains(links[0].as_str().expect("a link")));
    }
}

#[tokio::test]
async fn a_user_who_is_suspended_or_deleted_by_then_gets_no_mail() {
    let world = World::of_suspended(&PRODUCT, &[("NOTES_MAX", "1")]).await;
    let mut ada = world.super_admin(ADA).await;
    let mut scheduler = world.scheduler();
    assert_eq!(scheduler.post("/api/v1/cron/outbox", Value::Null).await.status, 200);
    write(&mut ada, "the only one").await;
    world.made_super_admin(EVE).await;
    let operator = Operator::for_tests("test");
    let address = Email::from_text(ADA.to_owned()).expect("an address");
    world.services.auth.administration.suspend(&operator, &address).await.expect("suspended");
    assert_eq!(scheduler.post("/api/v1/cron/outbox", Value::Null).await.status, 200);
    let subjects: Vec<Value> = world.mails().await.into_iter().map(|mail| mail["subject"].clone()).collect();
    assert!(!subjects.contains(&json!("Your shelf is full")), "{subjects:?}");
}

async fn exported(world: &World, user: UserId) -> Vec<Value> {
    let operator = Operator::for_tests("test");
    let mut export = world.services.auth.exports.begin(&operator, user).await.expect("a user");
    let mut records = Vec::new();
    while let Some(page) = export.next_page().await.expect("a page") {
        records.extend(page.iter().map(|record| serde_json::from_str::<Value>(record).expect("JSON")));
    }
    records
}

fn id_of(records: &Value) -> UserId {
    UserId::parse(records.as_str().expect("an id")).expect("an id")
}

#[tokio::test]
async fn what_a_user_wrote_is_in_the_copy_of_their_data_and_goes_with_them() {
    let world = World::of(&PRODUCT, &[]).await;
    let (mut ada, mut eve) = (world.user(ADA).await, world.user(EVE).await);
    for text in ["one", "two", "three"] {
        write(&mut ada, text).await;
    }
    let gone = write(&mut ada, "gone").await;
    assert_eq!(ada.delete(&format!("{NOTES}/{gone}")).await.status, 200);
    write(&mut eve, "hers").await;
    let (of_ada, of_eve) = (ada.get("/api/v1/users/me").await, eve.get("/api/v1/users/me").await);
    let (of_ada, of_eve) = (id_of(&of_ada.at("/data/id")), id_of(&of_eve.at("/data/id")));

    let records = exported(&world, of_ada).await;
    let of_kind = |kind: &str| records.iter().filter(|one| one["kind"] == kind).collect::<Vec<_>>();
    assert_eq!(of_kind("user")[0]["data"]["email"], ADA);
    assert_eq!(of_kind("session").len(), 1);
    assert!(of_kind("event").iter().any(|event| event["data"]["type"] == "user.exported"), "it is recorded");
    let mut texts: Vec<_> = of_kind("notes").iter().map(|note| note["data"]["text"].clone()).collect();
    texts.sort_by_key(ToString::to_string);
    assert_eq!(texts, ["gone", "one", "three", "two"]);
    let deleted = of_kind("notes").iter().filter(|note| note["document"]["deletedAt"].is_string()).count();
    assert_eq!((deleted, of_kind("shelves").len()), (1, 1));
    let all = Value::from(records.clone()).to_string();
    assert!(!all.contains("hers") && !all.contains("$2b$") && !all.contains(PASSWORD), "{all}");

    let sent = json!({"password": PASSWORD});
    assert_eq!(ada.json("DELETE", "/api/v1/users/me", sent).await.status, 200);
    let operator = Operator::for_tests("test");
    assert_eq!(world.services.purge(&operator).await.expect("a store").documents, 0, "it can be restored");
    assert_eq!(exported(&world, of_ada).await.iter().filter(|one| one["kind"] == "notes").count(), 4);
    world.advance(Duration::from_hours(31 * 24));
    let report = world.services.purge(&operator).await.expect("a store");
    assert_eq!((report.users, report.documents), (1, 5), "four notes and a shelf");
    assert_eq!(world.database.values("notes").len(), 1);
    assert_eq!(exported(&world, of_eve).await.iter().filter(|one| one["kind"] == "notes").count(), 1);
    let nobody = world.services.auth.exports.begin(&operator, of_ada).await;
    assert_eq!(nobody.expect_err("nobody").status_code(), 404);
}

#[tokio::test]
async fn a_note_of_the_first_version_is_read() {
    let world = World::of(&PRODUCT, &[]).await;
    let mut ada = world.user(ADA).await;
    write(&mut ada, "old").await;
    assert_eq!(world.database.set_schema_version("notes", ("text", "old"), 1), 1);
    let page = ada.get(NOTES).await;
    assert_eq!(
        (page.at("/data/items/0/text"), page.at("/data/items/0/pinned")),
        (json!("old"), json!(false))
    );
}
