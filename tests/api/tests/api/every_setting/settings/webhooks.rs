//! The receiver of events that the operator names.

use palisade_api_tests::receiver::Received;
use palisade_api_tests::{Receiver, World, until};
use serde_json::json;

use super::{DAY, ME};

const SECRET: &str = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";
const OTHER_SECRET: &str = "whsec_OTg3NjU0MzIxMDk4NzY1NDMyMTA5ODc2NTQzMjEwOTg=";

/// What a receiver gets when a user is renamed.
async fn renamed(settings: &[(&str, &str)]) -> Vec<Received> {
    let receiver = Receiver::start().await;
    let url = receiver.url();
    let named = [("WEBHOOK_URL", url.as_str()), ("OUTBOUND_ALLOW", "127.0.0.1")];
    let world = World::set(&[settings, &named].concat()).await;
    let mut root = world.super_admin("root@example.org").await;
    assert_eq!(root.patch(ME, json!({"name": "Grace"})).await.status, 200);
    world.advance(DAY / 24);
    let has_come = |received: &Received| received.kind() == "user.renamed";
    until("it arrives", async || receiver.taken().iter().any(has_come)).await;
    receiver.taken()
}

#[tokio::test]
async fn webhook_url_is_where_events_are_posted() {
    let received = renamed(&[("WEBHOOK_SECRET", SECRET)]).await;
    assert!(received.iter().any(|received| received.kind() == "session.started"), "every event");
}

#[tokio::test]
async fn webhook_secret_signs_them_and_so_do_two() {
    let received = renamed(&[("WEBHOOK_SECRET", &format!("{SECRET}, {OTHER_SECRET}"))]).await;
    assert!(
        received
            .iter()
            .all(|received| { received.is_signed_with(SECRET) && received.is_signed_with(OTHER_SECRET) })
    );
}

#[tokio::test]
async fn webhook_events_are_the_only_ones_that_are_sent() {
    let settings = [("WEBHOOK_SECRET", SECRET), ("WEBHOOK_EVENTS", "user.renamed,invitation.*")];
    let received = renamed(&settings).await;
    assert!(received.iter().all(|received| received.kind() == "user.renamed"), "{}", received.len());
}
