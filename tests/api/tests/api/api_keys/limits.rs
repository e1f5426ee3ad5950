//! What requests with keys cost, and how many there may be.

use super::*;

#[tokio::test]
async fn a_known_key_asks_the_store_for_nothing() {
    let world = World::new().await;
    let root = world.super_admin(ROOT).await;
    let ada = maker(&world, ADA, Role::Admin).await;
    let (key, of_root) = (Key::new(&ada, &["AUDIT_READ"]).await, Key::new(&root, &["AUDIT_READ"]).await);
    let spent = async |key: &Key, times: u64| {
        let before = world.services.calls();
        for _ in 0..times {
            assert_eq!(status(&key.program(&world), EVENTS).await, 200);
        }
        let spent = world.services.calls().since(&before);
        (spent.of("api_keys").reads, spent.of("users").reads, spent.of("audit").reads)
    };
    assert_eq!(spent(&key, 1).await, (1, 1, 1), "the first time key and owner are read");
    assert_eq!(spent(&key, 50).await, (0, 0, 50));
    let used = async |key: &Key, at: &str| {
        let (operator, page) = (Operator::for_tests("test"), PageRequest::largest());
        let page = world.services.auth.api_keys.list_as_operator(&operator, None, &page);
        let found = page.await.unwrap().items.into_iter().find(|one| one.id.to_string() == key.id);
        found.unwrap().last_used_at.is_some_and(|last| last.to_string() == at)
    };
    let first_use = palisade_core::ports::Clock::now(world.clock.as_ref()).to_string();
    until("the first use is noted", async || used(&key, &first_use).await).await;
    // Sooner or later it is read again, whatever nobody announced; the use is noted once an hour at most.
    world.advance(Duration::from_mins(30));
    let before = world.services.calls();
    assert_eq!((spent(&key, 1).await, spent(&key, 9).await), ((1, 1, 1), (0, 0, 9)));
    assert_eq!(world.services.calls().since(&before).of("api_keys").writes, 0);
    assert!(used(&key, &first_use).await);
    world.advance(Duration::from_mins(30));
    assert_eq!(spent(&key, 1).await, (1, 1, 1));
    let later = palisade_core::ports::Clock::now(world.clock.as_ref()).to_string();
    until("a later use is noted", async || used(&key, &later).await).await;
    // The exception: a super-admin is confirmed on each request.
    assert_eq!(spent(&of_root, 1).await, (1, 2, 1));
    assert_eq!(spent(&of_root, 20).await, (0, 20, 20));
}

#[tokio::test]
async fn requests_that_wait_for_a_key_share_one_read() {
    let world = World::new().await;
    let root = world.super_admin(ROOT).await;
    let ada = maker(&world, ADA, Role::Admin).await;
    let key = Key::new(&ada, &["AUDIT_READ"]).await;
    let (path, mut before) = path_of(&root, ADA).await;
    for _ in 0..2 {
        let counted = world.services.calls();
        let asked = futures_util::future::join_all((0..20).map(|_| {
            let program = key.program(&world);
            async move { status(&program, EVENTS).await }
        }));
        assert_eq!(asked.await, [200; 20]);
        let spent = world.services.calls().since(&counted);
        assert_eq!((spent.of("api_keys").reads, spent.of("users").reads), (1, 1));
        // And once again after a change of the owner.
        let given = json!({"permissions": ["API_KEY_MANAGE"], "revision": before["revision"]});
        before = root.clone().json("PUT", &format!("{path}/permissions"), given).await.at("/data");
    }
}

#[tokio::test]
async fn each_key_has_a_limit_of_its_own() {
    let world = World::set(&[("RATE_LIMIT_API_KEY", "2/60s"), ("RATE_LIMIT_NORMAL", "20/60s")]).await;
    let root = world.super_admin(ROOT).await;
    let (one, other) = (Key::new(&root, &["USER_READ"]).await, Key::new(&root, &["USER_READ"]).await);
    for key in [&one, &other] {
        assert_eq!(
            (status(&key.program(&world), USERS).await, status(&key.program(&world), USERS).await),
            (200, 200)
        );
        let limited = key.program(&world).get(USERS).await;
        assert_eq!(code(&limited), refused_as(429, "RATE_LIMITED"));
        assert!(limited.header("ratelimit").unwrap().contains("\"api-key\";r=0"), "{limited:?}");
    }
    assert_eq!(status(&root, USERS).await, 200, "the programs of a person keep nobody out");
}

#[tokio::test]
async fn guesses_count_against_their_network() {
    let world = World::set(&[("RATE_LIMIT_NORMAL_NETWORK", "5/60s")]).await;
    let key = ApiKey::generate(
        palisade_core::values::Id::parse("psk_0190a1b2c3d4e5f60718293a4b5c6d7e").unwrap(),
        &palisade_core::ports::SystemRng,
    );
    let program = presenting(&world, &key.expose_secret());
    let before = world.services.calls();
    let mut asked = Vec::new();
    for _ in 0..8 {
        asked.push(status(&program, USERS).await);
    }
    assert_eq!(asked, [401, 401, 401, 401, 401, 429, 429, 429]);
    assert_eq!(world.services.calls().since(&before).of("api_keys").reads, 5, "a refused one reads nothing");
}
