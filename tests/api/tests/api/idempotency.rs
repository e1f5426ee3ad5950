//! A request that is repeated with its `Idempotency-Key` is carried out once: notes of `examples/notes`.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::future::join_all;
use palisade_api_tests::{Answer, Client, World};
use palisade_notes_example::PRODUCT;
use serde_json::{Value, json};

const NOTES: &str = "/api/v1/notes";
const ADA: &str = "ada@example.org";
const KEY: &str = "\"8e03978e-40d5-43dd-bc93-6894a57f9324\"";

async fn world() -> World {
    World::of(&PRODUCT, &[]).await
}

async fn write(client: &mut Client, key: &str, text: &str) -> Answer {
    let headers = [("Content-Type", "application/json"), ("Idempotency-Key", key)];
    client.send("POST", NOTES, &headers, json!({"text": text}).to_string().as_bytes()).await
}

async fn count(client: &mut Client) -> usize {
    client.get(NOTES).await.at("/data/items").as_array().unwrap().len()
}

#[tokio::test]
async fn a_repeated_request_is_carried_out_once_and_answered_the_same() {
    let world = world().await;
    let mut ada = world.user(ADA).await;
    let first = write(&mut ada, KEY, "one").await;
    assert_eq!(first.status, 201, "{}", first.body);
    world.advance(Duration::from_mins(1));
    for key in [KEY, "8e03978e-40d5-43dd-bc93-6894a57f9324"] {
        let again = write(&mut ada, key, "one").await;
        assert_eq!((again.status, again.without_id()), (201, first.without_id()));
    }
    assert_eq!(count(&mut ada).await, 1);
    assert_eq!(write(&mut ada, "another", "one").await.status, 201);
    assert_eq!(ada.post(NOTES, json!({"text": "one"})).await.status, 201);
    assert_eq!(count(&mut ada).await, 3, "another key, and none");
}

#[tokio::test]
async fn a_key_names_one_request() {
    let world = world().await;
    let mut ada = world.user(ADA).await;
    assert_eq!(write(&mut ada, KEY, "one").await.status, 201);
    let reused = write(&mut ada, KEY, "two").await;
    assert!(reused.is_refusal(422, "IDEMPOTENCY_KEY_REUSED"), "{}", reused.body);
    assert_eq!(count(&mut ada).await, 1);
    let mut eve = world.user("eve@example.org").await;
    let of_eve = write(&mut eve, KEY, "one").await;
    assert_eq!(
        (of_eve.status, count(&mut eve).await, count(&mut ada).await),
        (201, 1, 1),
        "that of somebody else"
    );
}

#[tokio::test]
async fn of_several_at_once_one_is_carried_out() {
    let world = world().await;
    let ada = world.user(ADA).await;
    let requests = (0..8).map(|_| {
        let mut ada = ada.clone();
        async move { write(&mut ada, KEY, "one").await }
    });
    let answers = join_all(requests).await;
    assert!(answers.iter().all(|answer| answer.status == 201), "{answers:?}");
    let ids: BTreeSet<String> = answers.iter().map(|answer| answer.at("/data/id").to_string()).collect();
    assert_eq!(ids.len(), 1, "{ids:?}");
    assert_eq!(count(&mut ada.clone()).await, 1);
}

#[tokio::test]
async fn a_request_that_was_refused_is_not_remembered() {
    let world = World::of(&PRODUCT, &[("NOTES_MAX", "1")]).await;
    let mut ada = world.user(ADA).await;
    assert_eq!(write(&mut ada, "first", "one").await.status, 201);
    assert_eq!(write(&mut ada, KEY, "two").await.code(), "SHELF_FULL");
    let id = ada.get(NOTES).await.at("/data/items/0/id");
    let path = format!("{NOTES}/{}", id.as_str().unwrap());
    assert_eq!(ada.delete(&path).await.status, 200);
    assert_eq!(write(&mut ada, KEY, "two").await.status, 201, "now there is room");
    let gone = write(&mut ada, "first", "one").await;
    assert!(gone.is_refusal(409, "CONFLICT"), "{}", gone.body);
    assert_eq!(count(&mut ada).await, 1);
}

#[tokio::test]
async fn a_request_is_remembered_for_a_day() {
    let world = world().await;
    let mut ada = world.user(ADA).await;
    let first = write(&mut ada, KEY, "one").await.at("/data/id");
    world.advance(Duration::from_hours(24) - Duration::from_secs(1));
    let mut ada = world.sign_in(ADA).await;
    assert_eq!(write(&mut ada, KEY, "one").await.at("/data/id"), first);
    world.advance(Duration::from_secs(2));
    let other = write(&mut ada, KEY, "two").await;
    assert_eq!(other.status, 201, "{}", other.body);
    assert_ne!(other.at("/data/id"), first);
}

#[tokio::test]
async fn nobody_gets_the_answer_of_somebody_whom_they_may_act_as() {
    let world = world().await;
    let mut ada = world.user(ADA).await;
    let of_ada = ada.get("/api/v1/users/me").await.at("/data/id");
    let mut root = world.super_admin("root@example.org").await;
    let own = write(&mut root, KEY, "one").await;
    assert_eq!(own.status, 201, "{}", own.body);
    let path = format!("/api/v1/users/{}/impersonate", of_ada.as_str().unwrap());
    assert_eq!(root.post(&path, json!({})).await.status, 200);
    let as_ada = write(&mut root, KEY, "one").await;
    assert_eq!(as_ada.status, 201, "{}", as_ada.body);
    assert_ne!(as_ada.at("/data/id"), own.at("/data/id"));
    assert_eq!(count(&mut ada).await, 1);
}

#[tokio::test]
async fn a_malformed_key_changes_nothing() {
    let world = world().await;
    let mut ada = world.user(ADA).await;
    for (key, code) in [
        ("\"open", "invalid_format"),
        ("a b", "invalid_format"),
        ("", "invalid_format"),
        (&*"x".repeat(256), "invalid_format"),
    ] {
        let answer = write(&mut ada, key, "one").await;
        assert_eq!(
            (answer.status, answer.details()),
            (400, vec![format!("Idempotency-Key:{code}")]),
            "{key}"
        );
    }
    let twice = [("Content-Type", "application/json"), ("Idempotency-Key", "a"), ("Idempotency-Key", "a")];
    let answer = ada.send("POST", NOTES, &twice, br#"{"text":"one"}"#).await;
    assert_eq!(answer.details(), ["Idempotency-Key:not_allowed"]);
    assert_eq!(count(&mut ada).await, 0);
    let document = world.program().get("/api/v1/openapi.json").await.json();
    let post = &document["paths"][NOTES]["post"];
    let named = |parameter: &Value| parameter["name"] == "Idempotency-Key" && parameter["required"] != true;
    assert!(post["parameters"].as_array().unwrap().iter().any(named), "{post}");
    assert!(post["responses"]["422"].is_object());
}
