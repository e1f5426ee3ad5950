//! Password storage and lifetimes. The time is the world's clock, which these tests control.

use std::time::Duration;

use palisade_api_tests::binary::make_super_admin;
use palisade_api_tests::world::{PASSWORD, token_of};
use palisade_api_tests::{Database, World};
use palisade_core::identity::Operator;
use serde_json::json;
use tokio::task::JoinHandle;

use super::{DAY, ME, REGISTER, VERIFY, refresh, register, sign_in};

const HOUR: Duration = Duration::from_hours(1);

#[test]
fn bcrypt_cost_is_the_work_of_a_hash() {
    for cost in ["12", "13"] {
        let folder = tempfile::tempdir().unwrap();
        make_super_admin(folder.path(), "root@example.org", PASSWORD, &[("BCRYPT_COST", cost)]);
        let file = folder.path().join("data/palisade.db");
        let people = Database::sqlite(&file).values("users");
        let hash = people[0]["password"].to_string();
        assert!(hash.contains(&format!("$2b${cost}$")), "{hash}");
    }
}

#[tokio::test]
async fn password_min_length_is_the_fewest_characters_of_a_password() {
    for (least, status) in [("10", 202), ("14", 400)] {
        let world = World::set(&[("PASSWORD_MIN_LENGTH", least)]).await;
        let body = json!({"email": "ada@example.org", "password": "tram depot 7"});
        let answer = world.program().post(REGISTER, body).await;
        assert_eq!(answer.status, status, "{least}: {}", answer.body);
    }
}

/// How many passwords are hashed or wait at once before the server refuses one more. At this cost none is done before all
/// have begun.
async fn under_way(variables: &[(&str, &str)]) -> usize {
    const COST: u32 = 15;
    const MOMENT: Duration = Duration::from_millis(60);
    let mut all = vec![
        ("HASHING_THREADS", "1"),
        ("HASHING_LANES", "1"),
        ("HASHING_QUEUE", "2"),
        ("HANDLER_TIMEOUT", "60s"),
        ("DRAIN_TIMEOUT", "60s"),
    ];
    all.retain(|(name, _)| variables.iter().all(|(other, _)| other != name));
    all.extend_from_slice(variables);
    let world = World::hashing_with(COST, &all).await;
    let mut attempts = Vec::new();
    let is_refused = |attempt: &JoinHandle<u16>| attempt.is_finished();
    // A place in the queue is free again once a thread has looked there, which it does many times a second.
    while attempts.iter().filter(|attempt| is_refused(attempt)).count() < 5 {
        let (mut browser, email) = (world.browser(), format!("nobody{}@example.org", attempts.len()));
        attempts.push(tokio::spawn(async move { sign_in(&mut browser, &email, "wrong").await.status }));
        tokio::time::sleep(MOMENT).await;
    }
    let (refused, under_way): (Vec<_>, Vec<_>) = attempts.into_iter().partition(is_refused);
    for attempt in refused {
        assert_eq!(attempt.await.unwrap(), 503);
    }
    under_way.len()
}

#[tokio::test]
async fn password_hasher_is_what_computes_bcrypt() {
    let with = async |hasher: &str| under_way(&[("PASSWORD_HASHER", hasher), ("HASHING_LANES", "4")]).await;
    // One waits of those that nobody knows.
    assert_eq!((with("lanes").await, with("library").await), (4 + 1, 1 + 1));
}

#[tokio::test]
async fn hashing_lanes_is_how_many_passwords_a_thread_hashes_at_once() {
    assert_eq!(under_way(&[("HASHING_LANES", "3")]).await, 3 + 1);
    assert_eq!(under_way(&[("HASHING_LANES", "6")]).await, 6 + 1);
}

#[tokio::test]
async fn hashing_threads_is_how_many_threads_hash() {
    assert_eq!(under_way(&[("HASHING_THREADS", "2")]).await, 2 + 1);
    assert_eq!(under_way(&[("HASHING_THREADS", "4")]).await, 4 + 1);
}

#[tokio::test]
async fn hashing_queue_is_how_many_passwords_may_wait() {
    // Half of it is for known devices.
    assert_eq!(under_way(&[("HASHING_QUEUE", "4")]).await, 1 + 2);
    assert_eq!(under_way(&[("HASHING_QUEUE", "10")]).await, 1 + 5);
}

#[tokio::test]
async fn access_token_ttl_is_how_long_an_access_token_is_valid() {
    for (ttl, status) in [("10m", 200), ("2m", 401)] {
        let world = World::set(&[("ACCESS_TOKEN_TTL", ttl)]).await;
        let mut ada = world.user("ada@example.org").await;
        world.advance(Duration::from_mins(5));
        assert_eq!(ada.get(ME).await.status, status, "{ttl}");
    }
}

#[tokio::test]
async fn refresh_grace_is_how_long_the_token_before_gets_the_same_answer() {
    for (grace, same) in [("2m", true), ("30s", false)] {
        let world = World::set(&[("REFRESH_GRACE", grace)]).await;
        let mut ada = world.user("ada@example.org").await;
        let token = ada.cookie("palisade-refresh").unwrap().to_owned();
        world.advance(Duration::from_mins(1));
        assert_eq!(refresh(&mut ada).await.status, 200);
        assert_eq!(ada.cookie("palisade-refresh") == Some(token.as_str()), same, "{grace}");
    }
}

#[tokio::test]
async fn session_idle_ttl_ends_a_session_that_nobody_refreshes() {
    for (ttl, status) in [("3d", 200), ("1d", 401)] {
        let world = World::set(&[("SESSION_IDLE_TTL", ttl)]).await;
        let mut ada = world.user("ada@example.org").await;
        world.advance(DAY * 2);
        assert_eq!(refresh(&mut ada).await.status, status, "{ttl}");
    }
}

#[tokio::test]
async fn session_max_ttl_ends_every_session() {
    for (ttl, status) in [("10d", 200), ("2d", 401)] {
        let world = World::set(&[("SESSION_IDLE_TTL", "2d"), ("SESSION_MAX_TTL", ttl)]).await;
        let mut ada = world.user("ada@example.org").await;
        world.advance(DAY);
        assert_eq!(refresh(&mut ada).await.status, 200, "{ttl}");
        world.advance(DAY);
        assert_eq!(refresh(&mut ada).await.status, status, "{ttl}");
    }
}

#[tokio::test]
async fn registration_ttl_is_how_long_a_registration_and_its_link_live() {
    for (ttl, code) in [("4h", "PASSWORD_REQUIRED"), ("1h", "TOKEN_INVALID")] {
        let world = World::set(&[("REGISTRATION_TTL", ttl)]).await;
        register(&world, "ada@example.org").await;
        let token = world.mailed_token("ada@example.org").await;
        world.advance(HOUR * 2);
        // The link is good, and asks another browser for a password.
        assert_eq!(world.browser().post(VERIFY, json!({"token": token})).await.code(), code, "{ttl}");
    }
}

#[tokio::test]
async fn setup_ttl_is_how_long_the_link_of_the_first_administrator_lives() {
    for (ttl, status) in [("4h", 201), ("1h", 400)] {
        let world = World::set(&[("SETUP_TTL", ttl)]).await;
        let operator = Operator::for_tests("test");
        let link = world.services.auth.setup.first_link(&operator).await.unwrap().unwrap();
        let token = link.split_once("#token=").unwrap().1;
        world.advance(HOUR * 2);
        let body = json!({"token": token, "email": "root@example.org", "password": PASSWORD});
        assert_eq!(world.browser().post("/api/v1/auth/setup", body).await.status, status, "{ttl}");
    }
}

#[tokio::test]
async fn password_reset_ttl_is_how_long_a_link_that_resets_a_password_lives() {
    for (ttl, status) in [("2h", 200), ("30m", 400)] {
        let world = World::set(&[("PASSWORD_RESET_TTL", ttl)]).await;
        world.user("ada@example.org").await;
        world.advance(Duration::from_secs(1));
        let asked = json!({"email": "ada@example.org"});
        assert_eq!(world.browser().post("/api/v1/auth/forgot-password", asked).await.status, 202);
        let token = token_of(&world.settled_mails_to("ada@example.org").await[0]);
        world.advance(HOUR);
        let body = json!({"token": token, "newPassword": "a bridge made of starlings"});
        assert_eq!(world.browser().post("/api/v1/auth/reset-password", body).await.status, status, "{ttl}");
    }
}

#[tokio::test]
async fn email_change_ttl_is_how_long_a_link_that_confirms_another_address_lives() {
    for (ttl, status) in [("2h", 200), ("1h", 400)] {
        let world = World::set(&[("EMAIL_CHANGE_TTL", ttl)]).await;
        let mut ada = world.user("ada@example.org").await;
        let asked = json!({"newEmail": "ada@example.com"});
        assert_eq!(ada.post("/api/v1/auth/change-email", asked).await.status, 202);
        let token = token_of(&world.settled_mails_to("ada@example.com").await[0]);
        world.advance(HOUR);
        assert_eq!(refresh(&mut ada).await.status, 200);
        let confirmed = ada.post("/api/v1/auth/confirm-email", json!({ "token": token })).await;
        assert_eq!(confirmed.status, status, "{ttl}");
    }
}

#[tokio::test]
async fn fresh_ttl_is_how_long_a_sign_in_is_enough_to_delete_the_account() {
    for (ttl, status) in [("10m", 200), ("2m", 403)] {
        let world = World::set(&[("FRESH_TTL", ttl)]).await;
        let mut ada = world.user("ada@example.org").await;
        world.advance(Duration::from_mins(5));
        assert_eq!(ada.json("DELETE", ME, json!({})).await.status, status, "{ttl}");
    }
}

#[tokio::test]
async fn impersonation_ttl_is_how_long_an_administrator_acts_as_somebody_else() {
    for (ttl, status) in [("20m", 200), ("5m", 401)] {
        let world = World::set(&[("IMPERSONATION_TTL", ttl)]).await;
        let mut root = world.super_admin("root@example.org").await;
        let ada = world.user("ada@example.org").await.get(ME).await.at("/data/id");
        let path = format!("/api/v1/users/{}/impersonate", ada.as_str().unwrap());
        assert_eq!(root.post(&path, json!({})).await.status, 200);
        world.advance(Duration::from_mins(10));
        assert_eq!(root.get(ME).await.status, status, "{ttl}");
    }
}

#[tokio::test]
async fn invitation_ttl_is_how_long_an_invitation_and_its_link_live() {
    for (ttl, status) in [("2h", 200), ("30m", 400)] {
        let world = World::set(&[("INVITATION_TTL", ttl)]).await;
        let mut root = world.super_admin("root@example.org").await;
        let asked = json!({"email": "ada@example.org"});
        assert_eq!(root.post("/api/v1/users", asked).await.status, 201);
        let token = world.mailed_token("ada@example.org").await;
        world.advance(HOUR);
        let body = json!({"token": token, "password": "a bridge made of starlings"});
        assert_eq!(
            world.browser().post("/api/v1/auth/accept-invitation", body).await.status,
            status,
            "{ttl}"
        );
    }
}

#[tokio::test]
async fn device_ttl_is_how_long_a_browser_is_known_to_an_account() {
    for (ttl, status) in [("3d", 200), ("1d", 429)] {
        let world = World::set(&[("DEVICE_TTL", ttl), ("RATE_LIMIT_LOGIN_ACCOUNT", "1/15m")]).await;
        let mut ada = world.super_admin("ada@example.org").await;
        world.advance(DAY * 2);
        // A stranger uses up what unknown devices have.
        assert_eq!(sign_in(&mut world.browser(), "ada@example.org", "wrong").await.status, 401);
        assert_eq!(sign_in(&mut ada, "ada@example.org", PASSWORD).await.status, status, "{ttl}");
    }
}

#[tokio::test]
async fn admin_email_is_mailed_a_link_that_makes_the_first_administrator() {
    let nobody = World::new().await;
    assert_eq!(nobody.database.values("mails").len(), 0);
    let world = World::set(&[("ADMIN_EMAIL", "root@example.org")]).await;
    let token = world.mailed_token("root@example.org").await;
    let body = json!({"token": token, "email": "root@example.org", "password": PASSWORD});
    let made = world.browser().post("/api/v1/auth/setup", body).await;
    assert_eq!(made.at("/data/user/role"), "super_admin", "{}", made.body);
}

#[tokio::test]
async fn admin_password_makes_the_account_of_the_first_administrator() {
    let world = World::set(&[("ADMIN_EMAIL", "root@example.org"), ("ADMIN_PASSWORD", PASSWORD)]).await;
    let mut root = world.browser();
    let signed_in = sign_in(&mut root, "root@example.org", PASSWORD).await;
    assert_eq!(signed_in.at("/data/user/role"), "super_admin", "{}", signed_in.body);
    assert_eq!(world.database.values("mails").len(), 0, "nothing is mailed");
}
