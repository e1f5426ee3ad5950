//! The receiver of the environment, and the addresses that are refused.

use palisade_api_tests::{Receiver, World};
use serde_json::{Value, json};

use super::{ROOT, WEBHOOKS, arrive, rename};

#[tokio::test]
async fn the_environment_names_a_receiver_that_the_api_cannot_change() {
    const SECRET: &str = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";
    let receiver = Receiver::start().await;
    let url = receiver.url();
    let settings = [
        ("OUTBOUND_ALLOW", "127.0.0.1"),
        ("WEBHOOK_URL", url.as_str()),
        ("WEBHOOK_SECRET", SECRET),
        ("WEBHOOK_EVENTS", "user.renamed"),
    ];
    let world = World::set(&settings).await;
    let mut root = world.super_admin(ROOT).await;
    rename(&mut root, "Grace").await;
    let arrived = arrive(&world, &receiver, 1).await;
    assert!(arrived[0].is_signed_with(SECRET));
    let listed = root.get(WEBHOOKS).await;
    assert_eq!(listed.at("/data/items/0/source"), json!("environment"), "{}", listed.body);
    let path = format!("{WEBHOOKS}/{}", listed.at("/data/items/0/id").as_str().unwrap());
    for refused in [
        root.patch(&path, json!({"enabled": false, "revision": 1})).await,
        root.delete(&path).await,
        root.post(&format!("{path}/rotate-secret"), Value::Null).await,
    ] {
        assert!(refused.is_refusal(409, "WEBHOOK_OF_ENVIRONMENT"), "{}", refused.body);
    }
    // Without the setting the next start deletes it.
    let kept = world.stop().await;
    let world = World::within(kept, &[]).await;
    let mut root = world.sign_in(ROOT).await;
    assert_eq!(root.get(WEBHOOKS).await.at("/data/items"), json!([]));
}

#[tokio::test]
async fn an_address_that_may_not_be_called_is_refused_at_once() {
    let world = World::new().await;
    let mut root = world.super_admin(ROOT).await;
    for (url, code) in [
        ("http://127.0.0.1:9/hook", "url:not_allowed"),
        ("https://10.0.0.1/hook", "url:not_allowed"),
        ("https://169.254.169.254/latest", "url:not_allowed"),
        ("https://[::1]/hook", "url:not_allowed"),
        ("http://app.example.org/hook", "url:invalid_format"),
        ("https://ada:secret@app.example.org/", "url:invalid_format"),
        ("/hook", "url:too_short"),
        ("not a url at all", "url:invalid_format"),
    ] {
        let refused = root.post(WEBHOOKS, json!({"url": url})).await;
        assert_eq!((refused.status, refused.details()), (400, vec![code.to_owned()]), "{url}");
    }
    let unknown = json!({"url": "https://app.example.org/", "events": ["user.exploded"]});
    assert_eq!(root.post(WEBHOOKS, unknown).await.details(), ["events[0]:not_allowed"]);
    for _ in 0..20 {
        let created = root.post(WEBHOOKS, json!({"url": "https://app.example.org/"})).await;
        assert_eq!(created.status, 201, "{}", created.body);
    }
    let refused = root.post(WEBHOOKS, json!({"url": "https://app.example.org/"})).await;
    assert!(refused.is_refusal(409, "TOO_MANY_WEBHOOKS"), "{}", refused.body);
}
