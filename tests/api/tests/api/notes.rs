//! The product of `examples/notes`: routes and data of one's own, under the rules of the house.
#![expect(clippy::expect_used, reason = "a test that cannot go on stops")]

use std::time::Duration;

use palisade_api_tests::{Client, World};
use palisade_notes_example::PRODUCT;
use serde_json::{Value, json};

const NOTES: &str = "/api/v1/notes";

const ADA: &str = "ada@example.org";
const EVE: &str = "eve@example.org";

async fn world(variables: &[(&str, &str)]) -> World {
    World::of(&PRODUCT, variables).await
}

async fn write(client: &mut Client, text: &str) -> Value {
    let written = client.post(NOTES, json!({"text": text})).await;
    assert_eq!(written.status, 201, "{}", written.body);
    written.at("/data")
}

/// The page of notes at this path: their texts, and the whole answer.
async fn page(client: &mut Client, path: &str) -> (Vec<String>, Value) {
    let answer = client.get(path).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    let page = answer.json();
    let notes = page["data"]["items"].as_array().expect("a list");
    let texts = notes.iter().map(|note| note["text"].as_str().expect("a text").to_owned()).collect();
    (texts, page)
}

#[tokio::test]
async fn a_user_sees_and_deletes_their_own_notes_page_by_page() {
    let world = world(&[]).await;
    let (mut ada, mut eve) = (world.user(ADA).await, world.user(EVE).await);
    for text in ["one", "two", "three"] {
        write(&mut ada, text).await;
        // Notes of one millisecond have no order.
        world.advance(Duration::from_secs(1));
    }
    let (texts, first) = page(&mut ada, "/api/v1/notes?limit=2").await;
    assert_eq!(texts, ["three", "two"]);
    let next = first["meta"]["page"]["nextCursor"].as_str().expect("a next page");
    let (texts, second) = page(&mut ada, &format!("/api/v1/notes?limit=2&cursor={next}")).await;
    assert_eq!(texts, ["one"]);
    assert!(page(&mut eve, NOTES).await.0.is_empty());

    let id = second["data"]["items"][0]["id"].as_str().expect("an id");
    assert_eq!(eve.delete(&format!("/api/v1/notes/{id}")).await.status, 404);
    assert_eq!(ada.delete(&format!("/api/v1/notes/{id}")).await.status, 200);
    assert_eq!(ada.delete(&format!("/api/v1/notes/{id}")).await.status, 404);
    assert_eq!(page(&mut ada, NOTES).await.0, ["three", "two"]);
    assert_eq!(world.program().get(NOTES).await.status, 401);
}
