//! Decisions about keys at the same moment, and on several instances.

use futures_util::future::join_all;

use super::*;

#[tokio::test]
async fn a_revoked_key_is_refused_by_every_instance_within_a_second() {
    let world = World::new().await;
    let elsewhere = world.beside().await;
    let ada = maker(&world, ADA, Role::Admin).await;
    let key = Key::new(&ada, &["USER_READ"]).await;
    let (here, there) = (key.program(&world), key.program(&elsewhere));
    assert_eq!((status(&here, USERS).await, status(&there, USERS).await), (200, 200));
    assert_eq!(ada.clone().delete(&key.path()).await.status, 200);
    assert_eq!(status(&here, USERS).await, 401);
    becomes(&there, USERS, 401).await;
}

/// An instance that slept through the revocation reads what it missed before it answers.
#[tokio::test]
async fn an_instance_that_slept_catches_up_first() {
    let world = World::new().await;
    let asleep = World::suspended(world.shared(), &world.clock).await;
    let ada = maker(&world, ADA, Role::Admin).await;
    let key = Key::new(&ada, &["USER_READ"]).await;
    let there = key.program(&asleep);
    assert_eq!(status(&there, USERS).await, 200);
    assert_eq!(ada.clone().delete(&key.path()).await.status, 200);
    world.advance(Duration::from_secs(6));
    assert_eq!(status(&there, USERS).await, 401);
}

#[tokio::test]
async fn of_two_revocations_at_once_one_happens() {
    let world = World::new().await;
    let root = world.super_admin(ROOT).await;
    let ada = maker(&world, ADA, Role::Admin).await;
    for round in 0..10 {
        let key = Key::new(&ada, &["USER_READ"]).await;
        let revoke = |browser: &Client| {
            let (mut browser, path) = (browser.clone(), key.path());
            async move { browser.delete(&path).await.status }
        };
        let mut asked = join_all([revoke(&ada), revoke(&ada), revoke(&ada)]).await;
        asked.sort_unstable();
        assert_eq!(asked, [200, 404, 404], "{round}");
        let told = events(&root, "api_key.revoked").await;
        assert_eq!(told.iter().filter(|event| event["target"] == json!(key.id)).count(), 1, "{round}");
    }
}

/// Whatever comes first, a key is made only by somebody who has its permissions at that moment: the audit has the demotion
/// after the creation, or the creation was refused.
#[tokio::test]
async fn no_key_is_made_with_what_was_taken_a_moment_ago() {
    let world = World::new().await;
    let root = world.super_admin(ROOT).await;
    for round in 0..20 {
        let email = format!("ada{round}@example.org");
        let ada = maker(&world, &email, Role::Admin).await;
        let (path, before) = path_of(&root, &email).await;
        let (mut maker, mut boss) = (ada.clone(), root.clone());
        let role = json!({"role": "user", "revision": before["revision"]});
        let at = format!("{path}/role");
        let (made, demoted) =
            tokio::join!(maker.post(KEYS, wish(&["USER_READ"])), boss.json("PUT", &at, role));
        // A new key touches its owner, so whoever decides on an earlier revision of the owner is told so.
        assert!([200, 409].contains(&demoted.status), "{}", demoted.body);
        assert!([201, 401, 403].contains(&made.status), "{}", made.body);
        if (made.status, demoted.status) != (201, 200) {
            continue;
        }
        let about = before["id"].as_str().unwrap();
        let told = root.clone().get(&format!("{EVENTS}?userId={about}&limit=100")).await.at("/data/items");
        let kinds: Vec<String> =
            told.as_array().unwrap().iter().map(|event| event["type"].as_str().unwrap().to_owned()).collect();
        let place = |kind: &str| kinds.iter().position(|one| one == kind).unwrap();
        assert!(place("user.role_changed") < place("api_key.created"), "{round}, newest first: {kinds:?}");
        assert_eq!(status(&Key::of(&made).program(&world), USERS).await, 403);
    }
}

#[tokio::test]
async fn nobody_has_more_than_fifty_keys() {
    let world = World::new().await;
    let ada = maker(&world, ADA, Role::Admin).await;
    let one_more = || {
        let mut browser = ada.clone();
        async move { browser.post(KEYS, wish(&["USER_READ"])).await.status }
    };
    for _ in 0..47 {
        assert_eq!(one_more().await, 201);
    }
    let mut made = join_all((0..8).map(|_| one_more())).await;
    made.sort_unstable();
    assert_eq!(made, [201, 201, 201, 409, 409, 409, 409, 409]);
}
