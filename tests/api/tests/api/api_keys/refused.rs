//! What no key opens, and where none counts.

use std::collections::BTreeSet;

use palisade_api_tests::Route;
use palisade_api_tests::routes::Gate;

use super::*;

/// Everything that a program can do. A route that takes keys comes here deliberately: none changes roles, permissions, keys or
/// sessions.
const TAKEN: [&str; 13] = [
    "DELETE /api/v1/invitations/{id}",
    "DELETE /api/v1/users/{id}",
    "GET /api/v1/audit-events",
    "GET /api/v1/events",
    "GET /api/v1/invitations",
    "GET /api/v1/users",
    "GET /api/v1/users/{id}",
    "PATCH /api/v1/users/{id}",
    "POST /api/v1/invitations/{id}/resend",
    "POST /api/v1/users",
    "POST /api/v1/users/{id}/reactivate",
    "POST /api/v1/users/{id}/restore",
    "POST /api/v1/users/{id}/suspend",
];

/// A well-formed key that nobody was given.
fn stranger(key: &str) -> String {
    let other = ApiKey::generate(ApiKey::parse(key).unwrap().id(), &palisade_core::ports::SystemRng);
    other.expose_secret().to_string()
}

#[tokio::test]
async fn a_route_that_has_not_opted_in_refuses_every_key() {
    let world = World::new().await;
    let mut root = world.super_admin(ROOT).await;
    let catalogue = root.get("/api/v1/permissions?limit=100").await.at("/data/items");
    let all: Vec<String> =
        catalogue.as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap().to_owned()).collect();
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    let key = Key::new(&root, &all).await;
    let mut taken = BTreeSet::new();
    for route in Route::all(&world) {
        let ask = async |key: &str| route.request().send(&mut presenting(&world, key)).await;
        if route.declared.takes_keys {
            taken.insert(route.to_string());
            let answer = ask(&key.secret).await;
            assert!(![401, 403].contains(&answer.status), "{route}: {}", answer.body);
            assert_eq!(code(&ask(&stranger(&key.secret)).await), refused_as(401, "AUTH_401"), "{route}");
        } else if matches!(route.gate(), Gate::SignedIn | Gate::Permitted) {
            // Whatever the key: the answer is the same, so nobody tries keys here.
            for key in [&key.secret, &stranger(&key.secret), "psk_nonsense"] {
                assert_eq!(code(&ask(key).await), refused_as(403, "KEY_NOT_ALLOWED"), "{route}");
            }
        }
    }
    assert_eq!(taken, TAKEN.map(str::to_owned).into());
    let session = key.program(&world).get("/api/v1/auth/session").await;
    assert_eq!(session.at("/data/user"), Value::Null, "a key is nobody's session");
}

#[tokio::test]
async fn a_key_counts_in_the_header_alone() {
    let world = World::new().await;
    let root = world.super_admin(ROOT).await;
    let key = Key::new(&root, &["USER_READ"]).await;
    let mut browser = world.browser();
    browser.set_cookie("palisade-access", &key.secret);
    assert_eq!(code(&browser.get(USERS).await), refused_as(401, "AUTH_401"));
    let named = world.program().get(&format!("{USERS}?access_token={}", key.secret)).await;
    assert_eq!(named.code(), "AUTH_401");
    let basic =
        world.program().with_header("Authorization", &format!("Basic {}", key.secret)).get(USERS).await;
    assert_eq!(basic.code(), "AUTH_401");
    let lower =
        world.program().with_header("Authorization", &format!("bearer {}", key.secret)).get(USERS).await;
    assert_eq!(lower.status, 200, "RFC 9110: the scheme has no case");
    // A bad key is not rescued by a good cookie, and a good key needs none.
    let header = format!("Bearer {}", stranger(&key.secret));
    assert_eq!(root.clone().with_header("Authorization", &header).get(USERS).await.code(), "AUTH_401");
}

#[tokio::test]
async fn noise_asks_the_store_for_nothing_and_a_guess_for_one_document() {
    let world = World::new().await;
    let root = world.super_admin(ROOT).await;
    let key = Key::new(&root, &["USER_READ"]).await;
    let mut mistyped = key.secret.clone();
    let last = if mistyped.pop() == Some('0') { '1' } else { '0' };
    mistyped.push(last);
    let cut = &key.secret[..80];
    let spaced = format!(" {}", key.secret);
    let before = world.services.calls();
    for noise in ["psk_", &key.id, cut, &mistyped, &key.secret.to_uppercase(), &spaced] {
        let answer = presenting(&world, noise).get(USERS).await;
        assert_eq!(answer.code(), "AUTH_401", "{noise}");
        assert!(answer.header("www-authenticate").is_some());
    }
    let spent = world.services.calls().since(&before);
    assert_eq!((spent.of("api_keys").reads, spent.of("users").reads), (0, 0));
    for guess in 1..4 {
        let before = world.services.calls();
        assert_eq!(status(&presenting(&world, &stranger(&key.secret)), USERS).await, 401);
        let spent = world.services.calls().since(&before);
        assert_eq!((spent.of("api_keys").reads, spent.of("users").reads), (1, 0), "{guess}");
    }
}
