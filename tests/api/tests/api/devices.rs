//! The sessions of a user on all devices: their list, and ending one of them.

use std::time::Duration;

use palisade_api_tests::world::PASSWORD;
use palisade_api_tests::{Client, World};
use serde_json::{Value, json};

const SESSIONS: &str = "/api/v1/auth/sessions";
const LOGIN: &str = "/api/v1/auth/login";
const REFRESH: &str = "/api/v1/auth/refresh";
const ME: &str = "/api/v1/users/me";
const ADA: &str = "ada@example.org";
const FIREFOX: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0";

async fn sign_in(world: &World, user_agent: &str) -> Client {
    let mut browser = world.browser().with_header("User-Agent", user_agent);
    let signed_in = browser.post(LOGIN, json!({"email": ADA, "password": PASSWORD})).await;
    assert_eq!(signed_in.status, 200, "{}", signed_in.body);
    browser
}

async fn listed(browser: &Client) -> Vec<Value> {
    let answer = browser.clone().get(SESSIONS).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.at("/data/items").as_array().cloned().unwrap_or_default()
}

#[tokio::test]
async fn devices_are_listed_and_can_be_ended() {
    let world = World::new().await;
    let here = world.user(ADA).await;
    world.advance(Duration::from_secs(1));
    let there = sign_in(&world, FIREFOX).await;

    let sessions = listed(&here).await;
    assert_eq!(sessions.len(), 2, "{sessions:?}");
    let current: Vec<bool> = sessions.iter().map(|session| session["current"] == true).collect();
    assert_eq!(current, [false, true], "the newest first");
    assert_eq!(sessions[0]["device"], "Firefox on Windows");
    assert_eq!(sessions[0]["ip"], "127.0.0.1");
    for time in ["signedInAt", "lastUsedAt", "expiresAt"] {
        assert!(sessions[0][time].is_string(), "{time}: {}", sessions[0]);
    }

    let id = sessions[0]["id"].as_str().unwrap_or_default().to_owned();
    let ended = here.clone().delete(&format!("{SESSIONS}/{id}")).await;
    assert_eq!((ended.status, ended.at("/data")), (200, json!({})), "{}", ended.body);
    assert_eq!(ended.all("set-cookie").count(), 0, "this browser goes on");
    assert_eq!(there.clone().get(ME).await.status, 401);
    assert_eq!(there.clone().post(REFRESH, Value::Null).await.code(), "SESSION_REVOKED");
    assert_eq!(here.clone().get(ME).await.status, 200);
    assert_eq!(listed(&here).await.len(), 1);
    let again = here.clone().delete(&format!("{SESSIONS}/{id}")).await;
    assert!(again.is_refusal(404, "NOT_FOUND"), "{}", again.body);
}

#[tokio::test]
async fn the_list_comes_a_page_at_a_time_and_without_what_has_ended() {
    let world = World::new().await;
    let mut first = world.user(ADA).await;
    assert_eq!(first.post("/api/v1/auth/logout-all", Value::Null).await.status, 200);
    let mut devices = Vec::new();
    for _ in 0..3 {
        world.advance(Duration::from_secs(1));
        devices.push(sign_in(&world, FIREFOX).await);
    }
    let mut here = devices.remove(2);
    let page = here.get(&format!("{SESSIONS}?limit=2")).await;
    assert_eq!(page.at("/data/items").as_array().map(Vec::len), Some(2), "{}", page.body);
    let cursor = page.at("/meta/page/nextCursor").as_str().unwrap_or_default().to_owned();
    let rest = here.get(&format!("{SESSIONS}?limit=2&cursor={cursor}")).await;
    assert_eq!(rest.at("/data/items").as_array().map(Vec::len), Some(1), "{}", rest.body);
    assert_eq!(rest.at("/meta/page/nextCursor"), Value::Null);
    let mut others = world.user("eve@example.org").await;
    let foreign = others.get(&format!("{SESSIONS}?cursor={cursor}")).await;
    assert!(foreign.is_refusal(400, "VALIDATION_FAILED"), "{}", foreign.body);
}

#[tokio::test]
async fn ending_the_own_session_equals_a_sign_out() {
    let world = World::new().await;
    let here = world.user(ADA).await;
    let own = listed(&here).await.remove(0);
    let ended = here.clone().delete(&format!("{SESSIONS}/{}", own["id"].as_str().unwrap_or_default())).await;
    assert_eq!(ended.status, 200, "{}", ended.body);
    assert_eq!(ended.all("set-cookie").filter(|cookie| cookie.contains("Max-Age=0")).count(), 2);
    assert_eq!(here.clone().get(ME).await.status, 401);
}

#[tokio::test]
async fn nobody_sees_or_ends_the_sessions_of_others() {
    let world = World::new().await;
    let ada = world.user(ADA).await;
    let eve = world.user("eve@example.org").await;
    let id = listed(&ada).await.remove(0)["id"].as_str().unwrap_or_default().to_owned();
    assert_eq!(listed(&eve).await.len(), 1);
    let refused = eve.clone().delete(&format!("{SESSIONS}/{id}")).await;
    assert!(refused.is_refusal(404, "NOT_FOUND"), "{}", refused.body);
    assert_eq!(ada.clone().get(ME).await.status, 200);
    for (method, path) in [("GET", SESSIONS.to_owned()), ("DELETE", format!("{SESSIONS}/{id}"))] {
        let mut nobody = world.browser();
        let answer = if method == "GET" { nobody.get(&path).await } else { nobody.delete(&path).await };
        assert!(answer.is_refusal(401, "AUTH_401"), "{method}: {}", answer.body);
    }
}
