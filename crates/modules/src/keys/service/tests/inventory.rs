//! The operator's options when a secret is lost for good.

use palisade_core::identity::Operator;

use super::*;
use crate::keys::types::{KeyKind, Lost};

#[tokio::test]
async fn where_nothing_is_lost_nothing_is_replaced() {
    let world = World::new().await;
    let by = Operator::for_tests("keys reset --lost");
    assert_eq!(Service::reset_lost(&by, &world.setup("a")).await.unwrap(), []);
    assert_eq!(world.list().await, []);
    world.open("a").await;
    let before = world.list().await;
    assert_eq!(Service::reset_lost(&by, &world.setup("a")).await.unwrap(), []);
    assert_eq!(world.list().await, before);
}

#[tokio::test]
async fn lost_keys_are_replaced_only_by_the_operators_hand() {
    let world = World::new().await;
    let before = world.open("a").await;
    let token = world.sign(&before);
    let (setup, by) = (world.setup("b"), Operator::for_tests("keys reset --lost"));

    let lost = Service::lost(&setup).await.unwrap();
    assert_eq!(lost.len(), 3);
    assert!(Service::open(setup.clone()).await.is_err(), "looking changes nothing");
    assert_eq!(Service::reset_lost(&by, &setup).await.unwrap(), lost);
    let mut names: Vec<_> = lost.iter().map(|key| key.name.clone()).collect();
    let mut told = world.told(EventType::KeyReplaced).await;
    names.sort();
    told.sort();
    assert_eq!(told, names, "one event for each");
    assert_eq!(Service::lost(&setup).await.unwrap(), []);
    assert_eq!(Service::reset_lost(&by, &setup).await.unwrap(), []);
    assert_eq!(world.told(EventType::KeyReplaced).await.len(), names.len(), "no event without a loss");

    let after = Service::open(setup).await.unwrap();
    assert_ne!(root_of(&after), root_of(&before));
    assert_eq!(world.verify(&after, &token), Err(TokenError::UnknownKey));
    assert!(world.verify(&after, &world.sign(&after)).is_ok());
    // A number is never reused: a hash that names the lost pepper must be recognized as lost.
    let mut names: Vec<_> = world.list().await.into_iter().map(|key| key.name).collect();
    names.retain(|name| !name.starts_with("signing-"));
    names.sort();
    assert_eq!(names, ["pepper-2", "root"]);
}

#[tokio::test]
async fn what_can_be_used_stays() {
    let world = World::new().await;
    let before = world.open("a").await;
    let by = Operator::for_tests("keys reset --lost");
    // The successor was sealed by a lost secret.
    let stranger = Service::open(world.setup("ab")).await.unwrap();
    stranger.rotate(&by).await.unwrap();
    let stored = world.stored().await;
    let next =
        stored.iter().find(|key| key.value().signing.as_ref().is_some_and(|key| key.retires_at.is_none()));
    let next = next.unwrap();
    let resealed = world.setup("b").secrets.seal(&SystemRng, &next.id().context(), b"whatever");
    let key = Key { sealed: resealed, ..next.value().clone() };
    world.change(Change::Replace(next, key)).await;

    let lost = Service::reset_lost(&by, &world.setup("a")).await.unwrap();
    assert!(
        matches!(&lost[..], [key] if key.kind == KeyKind::Signing && matches!(key.why, Lost::Sealed(_))),
        "{lost:?}"
    );
    let after = world.open("a").await;
    assert_eq!(root_of(&after), root_of(&before));
    world.clock.advance(LEAD * 2);
    assert_eq!(world.signer(&after), world.signer(&before), "the current key goes on");
    assert_eq!(published(&after).len(), 1);
}
