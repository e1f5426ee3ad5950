//! Notes, through the server's real routes and store. `PALISADE_TEST_ENGINE=mongodb` runs them on MongoDB.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on stops")]

use std::time::Duration;

use palisade_core::values::Id as _;
use palisade_modules::user::types::Role;
use palisade_notes_example::PRODUCT;
use palisade_notes_example::notes::Note;
use palisade_notes_example::notes::types::NoteId;
use palisade_test::{Client, World};
use serde_json::{Value, json};

const ADA: &str = "ada@example.org";
const EVE: &str = "eve@example.org";

/// Writes a note, and returns its id.
async fn write(client: &mut Client, text: &str) -> String {
    let note = client.post("/api/v1/notes", json!({"text": text})).await.succeeds(201);
    note["id"].as_str().unwrap().to_owned()
}

/// The texts of the notes of the page at this path.
async fn texts(client: &mut Client, path: &str) -> Vec<Value> {
    client.get(path).await.items().iter().map(|note| note["text"].clone()).collect()
}

#[tokio::test]
async fn users_see_their_own_notes_page_by_page() {
    let world = World::of(&PRODUCT).await;
    let (mut ada, mut eve) = (world.user(ADA).await, world.user(EVE).await);
    for text in ["one", "two", "three"] {
        write(&mut ada, text).await;
        // Notes of one millisecond have no order.
        world.advance(Duration::from_secs(1));
    }
    let first = ada.get("/api/v1/notes?limit=2").await;
    assert_eq!(first.items().len(), 2);
    let cursor = first.next_cursor().unwrap();
    assert_eq!(texts(&mut ada, &format!("/api/v1/notes?limit=2&cursor={cursor}")).await, ["one"]);
    assert!(texts(&mut eve, "/api/v1/notes").await.is_empty());
    world.program().get("/api/v1/notes").await.fails(401, "AUTH_401");
}

#[tokio::test]
async fn nobody_deletes_the_note_of_somebody_else() {
    let world = World::of(&PRODUCT).await;
    let (mut ada, mut eve) = (world.user(ADA).await, world.user(EVE).await);
    let note = format!("/api/v1/notes/{}", write(&mut ada, "mine").await);
    eve.delete(&note).await.fails(404, "NOT_FOUND");
    ada.delete(&note).await.succeeds(200);
    ada.delete(&note).await.fails(404, "NOT_FOUND");
}

#[tokio::test]
async fn a_text_is_not_blank_and_not_too_long() {
    let world = World::of(&PRODUCT).await;
    let mut ada = world.user(ADA).await;
    for (text, fault) in [("  ", "text:invalid_format"), (&*"a".repeat(2001), "text:too_long")] {
        ada.post("/api/v1/notes", json!({"text": text})).await.refuses(&[fault]);
    }
    assert!(texts(&mut ada, "/api/v1/notes").await.is_empty());
}

#[tokio::test]
async fn support_reads_the_notes_of_others() {
    let world = World::of(&PRODUCT).await;
    let mut ada = world.user(ADA).await;
    write(&mut ada, "mine").await;
    let path = format!("/api/v1/users/{}/notes", world.id_of(&ada).await);
    ada.get(&path).await.fails(403, "FORBIDDEN");
    let mut support = world.with_role(EVE, Role::Support).await;
    assert_eq!(texts(&mut support, &path).await, ["mine"]);
}

#[tokio::test]
async fn nobody_has_more_notes_than_the_setting_says() {
    let world = World::of(&PRODUCT).set(&[("NOTES_MAX", "2")]).await;
    let mut ada = world.user(ADA).await;
    let mut at_once = tokio::task::JoinSet::new();
    for n in 0..6 {
        let mut ada = ada.clone();
        at_once.spawn(
            async move { ada.post("/api/v1/notes", json!({"text": format!("note {n}")})).await.status },
        );
    }
    let mut statuses = at_once.join_all().await;
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 201, 409, 409, 409, 409]);
    ada.post("/api/v1/notes", json!({"text": "one more"})).await.fails(409, "SHELF_FULL");
}

#[tokio::test]
async fn writing_has_a_limit_for_each_user() {
    let world = World::of(&PRODUCT).set(&[("RATE_LIMIT_NOTES_WRITE_USER", "2/60s")]).await;
    let (mut ada, mut eve) = (world.user(ADA).await, world.user(EVE).await);
    write(&mut ada, "one").await;
    write(&mut ada, "two").await;
    ada.post("/api/v1/notes", json!({"text": "three"})).await.fails(429, "RATE_LIMITED");
    write(&mut eve, "mine").await;
    world.advance(Duration::from_secs(61));
    write(&mut ada, "three").await;
}

#[tokio::test]
async fn notes_that_were_deleted_long_ago_are_removed_for_good() {
    let world = World::of(&PRODUCT).suspended().await;
    let mut ada = world.user(ADA).await;
    let id = write(&mut ada, "mine").await;
    ada.delete(&format!("/api/v1/notes/{id}")).await.succeeds(200);
    let is_stored = async || {
        let notes = world.services.resources().documents().collection::<Note>().unwrap();
        notes.including_deleted().get(&NoteId::parse(&id).unwrap()).await.unwrap().is_some()
    };
    world.run_job("purge").await;
    assert!(is_stored().await, "it was deleted a moment ago");
    world.advance(Duration::from_hours(31 * 24));
    world.run_job("purge").await;
    assert!(!is_stored().await);
}

#[tokio::test]
async fn an_old_note_is_tidied_up_unless_it_is_pinned() {
    let world = World::of(&PRODUCT).set(&[("NOTES_KEPT", "1d")]).suspended().await;
    let mut ada = world.user(ADA).await;
    write(&mut ada, "old").await;
    ada.post("/api/v1/notes", json!({"text": "pinned", "pinned": true})).await.succeeds(201);
    world.advance(Duration::from_hours(25));
    let mut ada = world.sign_in(ADA).await;
    write(&mut ada, "new").await;
    world.run_job("notes-tidy").await;
    assert_eq!(texts(&mut ada, "/api/v1/notes").await, ["new", "pinned"]);
}

#[tokio::test]
async fn the_last_note_that_has_room_is_told_by_mail() {
    let world = World::of(&PRODUCT).set(&[("NOTES_MAX", "1")]).await;
    let mut ada = world.user(ADA).await;
    write(&mut ada, "the only one").await;
    world.mail_settled().await;
    let mail = world.mail_to(ADA).await;
    assert_eq!(mail["subject"], "Your shelf is full");
    assert!(mail["links"][0].as_str().unwrap().ends_with("/notes"));
}

#[tokio::test]
async fn a_server_with_a_wrong_setting_does_not_start() {
    let said = World::of(&PRODUCT).set(&[("NOTES_MAX", "none")]).refusal().await;
    assert!(said.contains("NOTES_MAX"), "{said}");
}
