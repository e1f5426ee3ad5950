//! Administrators who act as other users: what the token is and how one returns, who may act as whom, what is refused
//! meanwhile, and what ends it everywhere.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test that cannot go on stops"
)]

mod ends;
mod rules;

use std::time::Duration;

use palisade_api_tests::world::PASSWORD;
use palisade_api_tests::{Answer, Client, World};
use palisade_core::identity::Operator;
use palisade_modules::user::types::{Email, Role};
use serde_json::{Value, json};

const USERS: &str = "/api/v1/users";
const ME: &str = "/api/v1/users/me";
const EVENTS: &str = "/api/v1/audit-events";
const SESSION: &str = "/api/v1/auth/session";
const REFRESH: &str = "/api/v1/auth/refresh";
const LOGIN: &str = "/api/v1/auth/login";
const LOGOUT: &str = "/api/v1/auth/logout";
const END: &str = "/api/v1/auth/impersonation";
const ROOT: &str = "root@example.org";
const ADA: &str = "ada@example.org";
const ACCESS: &str = "palisade-access";
const COOKIE_OF_REFRESH: &str = "palisade-refresh";

async fn id_of(browser: &Client) -> String {
    browser.clone().get(ME).await.at("/data/id").as_str().unwrap().to_owned()
}

/// Somebody of this role, with these permissions beside those of the role, who is signed in.
async fn somebody(world: &World, email: &str, role: Role, permissions: &[&str]) -> Client {
    if role == Role::SuperAdmin {
        world.made_super_admin(email).await;
    } else {
        world.registered(&mut world.browser(), email).await;
        let (operator, address) = (Operator::for_tests("test"), Email::parse(email).unwrap());
        world.services.auth.administration.set_role(&operator, &address, role).await.unwrap();
    }
    world.alter_person(email, "permissions", &json!(permissions));
    world.sign_in(email).await
}

/// Asks to act as the user of this id.
async fn act_as(browser: &mut Client, id: &str) -> Answer {
    browser.post(&format!("{USERS}/{id}/impersonate"), json!({})).await
}

/// The browser of a super-admin, and the same acting as Ada, with her id.
async fn acting_as_ada(world: &World) -> (Client, Client, String) {
    let root = world.super_admin(ROOT).await;
    let ada = id_of(&world.user(ADA).await).await;
    let mut acting = root.clone();
    let answer = act_as(&mut acting, &ada).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    (root, acting, ada)
}

fn code(answer: &Answer) -> (u16, String) {
    (answer.status, answer.code())
}

fn refused(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

async fn status(browser: &Client, path: &str) -> u16 {
    browser.clone().get(path).await.status
}

/// The events of a type, as a super-admin who signs in for it sees them.
async fn events(world: &World, kind: &str) -> Vec<Value> {
    let answer = world.sign_in(ROOT).await.get(&format!("{EVENTS}?limit=100&type={kind}")).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.at("/data/items").as_array().unwrap().clone()
}

#[tokio::test]
async fn one_is_the_other_until_one_returns() {
    let world = World::new().await;
    let mut root = world.super_admin(ROOT).await;
    let own = id_of(&root).await;
    let ada = id_of(&world.user(ADA).await).await;
    assert_eq!(root.get(SESSION).await.at("/data/impersonator"), Value::Null);

    let mut acting = root.clone();
    let answer = act_as(&mut acting, &ada).await;
    assert_eq!((answer.status, answer.at("/data/user/id")), (200, json!(ada)), "{}", answer.body);
    let set: Vec<&str> = answer.all("set-cookie").collect();
    assert!(matches!(set[..], [access] if access.starts_with("palisade-access=")), "{set:?}");
    assert!(set[0].contains("Max-Age=1800"), "half an hour: {set:?}");

    assert_eq!(id_of(&acting).await, ada);
    let session = acting.get(SESSION).await;
    assert_eq!(session.at("/data/user/id"), json!(ada));
    assert_eq!(session.at("/data/impersonator"), json!({"id": own}), "{}", session.body);
    assert_eq!(session.at("/data/expiresAt"), answer.at("/data/expiresAt"));
    assert_eq!(code(&acting.get(USERS).await), refused(403, "FORBIDDEN"), "with her permissions");

    let theirs = acting.cookie(ACCESS).unwrap().to_owned();
    let back = acting.delete(END).await;
    assert_eq!((back.status, back.at("/data/user/id")), (200, json!(own)), "{}", back.body);
    assert_eq!(acting.get(USERS).await.status, 200);
    assert_eq!(acting.get(SESSION).await.at("/data/impersonator"), Value::Null);
    let bearer = world.program().with_header("Authorization", &format!("Bearer {theirs}"));
    assert_eq!(status(&bearer, ME).await, 401, "its token is refused at once");
    assert_eq!(acting.post(REFRESH, Value::Null).await.status, 200);
    assert_eq!(acting.delete(END).await.at("/data/user/id"), json!(own), "once more changes nothing");
    assert_eq!(act_as(&mut acting, &ada).await.status, 200, "and it can begin again");
}

#[tokio::test]
async fn the_token_says_for_whom_it_is_and_who_acts() {
    let world = World::new().await;
    let (root, acting, ada) = acting_as_ada(&world).await;
    let claims = |browser: &Client| -> Value {
        use base64::Engine as _;
        let token = browser.cookie(ACCESS).unwrap().split('.').nth(1).unwrap().to_owned();
        let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(token).unwrap();
        serde_json::from_slice(&bytes).unwrap()
    };
    let (own, theirs) = (claims(&root), claims(&acting));
    assert_eq!((&theirs["sub"], &theirs["userId"]), (&json!(ada), &json!(ada)));
    assert_eq!((&theirs["role"], &theirs["permissions"]), (&json!("user"), &json!([])));
    assert_eq!((&theirs["act"]["sub"], &theirs["act"]["sid"]), (&own["sub"], &own["sid"]));
    assert_ne!(theirs["sid"], own["sid"], "it is no session of the administrator, nor of hers");
    assert_eq!(own.get("act"), None);
}

#[tokio::test]
async fn refreshing_does_not_make_one_the_administrator_again() {
    let world = World::new().await;
    let (_, mut acting, ada) = acting_as_ada(&world).await;
    for waited in [Duration::ZERO, Duration::from_mins(1), Duration::from_mins(30)] {
        world.advance(waited);
        let before =
            (acting.cookie(ACCESS).map(str::to_owned), acting.cookie(COOKIE_OF_REFRESH).map(str::to_owned));
        let answer = acting.post(REFRESH, Value::Null).await;
        assert_eq!(code(&answer), refused(403, "IMPERSONATING"), "{}", answer.body);
        assert_eq!(answer.all("set-cookie").count(), 0, "nothing changes in the browser");
        let after =
            (acting.cookie(ACCESS).map(str::to_owned), acting.cookie(COOKIE_OF_REFRESH).map(str::to_owned));
        assert_eq!(before, after);
        let me = acting.clone().get(ME).await;
        assert!(me.status == 401 || me.at("/data/id") == json!(ada), "{}", me.body);
    }
    assert_eq!(acting.delete(END).await.status, 200, "also after the token has expired");
    assert_eq!(acting.get(USERS).await.status, 200);
}

#[tokio::test]
async fn it_ends_by_itself_and_cannot_be_prolonged() {
    for (ttl, lives, over) in [("5m", 4, 6), ("30m", 29, 31)] {
        let world = World::set(&[("IMPERSONATION_TTL", ttl)]).await;
        let (_, mut acting, ada) = acting_as_ada(&world).await;
        world.advance(Duration::from_mins(lives));
        assert_eq!(status(&acting, ME).await, 200, "{ttl}");
        assert_eq!(code(&act_as(&mut acting, &ada).await), refused(403, "IMPERSONATING"), "{ttl}");
        world.advance(Duration::from_mins(over - lives));
        assert_eq!(code(&acting.clone().get(ME).await), refused(401, "AUTH_401"), "{ttl}");
    }
}

#[tokio::test]
async fn a_token_of_a_longer_setting_ends_like_one_of_today() {
    let world = World::set(&[("IMPERSONATION_TTL", "1h")]).await;
    let (_, acting, _) = acting_as_ada(&world).await;
    let token = acting.cookie(ACCESS).unwrap().to_owned();
    let clock = std::sync::Arc::clone(&world.clock);
    let today = World::on_a_machine(world.stop().await, &clock, &[("IMPERSONATION_TTL", "5m")]).await;
    let there = today.program().with_header("Authorization", &format!("Bearer {token}"));
    today.advance(Duration::from_mins(4));
    assert_eq!(status(&there, ME).await, 200);
    today.advance(Duration::from_mins(2));
    assert_eq!(status(&there, ME).await, 401);
}

#[tokio::test]
async fn it_never_outlives_the_session_to_which_one_returns() {
    let world = World::set(&[("SESSION_IDLE_TTL", "15m")]).await;
    let (_, mut acting, _) = acting_as_ada(&world).await;
    world.advance(Duration::from_mins(14));
    assert_eq!(status(&acting, ME).await, 200);
    world.advance(Duration::from_mins(2));
    assert_eq!(status(&acting, ME).await, 401);
    let answer = acting.delete(END).await;
    assert_eq!(code(&answer), refused(401, "SESSION_REVOKED"));
    assert_eq!((acting.cookie(ACCESS), acting.cookie(COOKIE_OF_REFRESH)), (None, None), "nobody is left");
}

#[tokio::test]
async fn the_administrator_is_the_actor_of_everything() {
    let world = World::new().await;
    let (root, mut acting, ada) = acting_as_ada(&world).await;
    let own = id_of(&root).await;
    assert_eq!(acting.patch(ME, json!({"name": "Ada Lovelace"})).await.status, 200);
    assert_eq!(acting.delete(END).await.status, 200);

    let [started] = &events(&world, "impersonation.started").await[..] else { panic!("one begins") };
    let [renamed] = &events(&world, "user.renamed").await[..] else { panic!("one is renamed") };
    let [ended] = &events(&world, "impersonation.ended").await[..] else { panic!("one ends") };
    for event in [started, renamed, ended] {
        assert_eq!(event["actor"]["userId"], json!(own), "{event}");
        assert_eq!((&event["userId"], &event["outcome"]), (&json!(ada), &json!("succeeded")), "{event}");
    }
    assert_eq!(renamed["actor"]["onBehalfOf"], json!(ada), "{renamed}");
    assert_eq!(renamed["actor"]["sessionId"], started["target"], "by the impersonation");
    assert_eq!(ended["target"], started["target"]);
    for own in [started, ended] {
        assert_eq!(own["actor"].get("onBehalfOf"), None, "{own}");
    }
    // By the person who is not the actor, too.
    let of_ada = format!("{EVENTS}?actorId={ada}&type=user.renamed");
    assert_eq!(world.sign_in(ROOT).await.get(&of_ada).await.at("/data/items"), json!([]));
    // What another system follows says so as well.
    world.advance(Duration::from_secs(11));
    let feed = world.sign_in(ROOT).await.get("/api/v1/events?limit=100").await;
    let items = feed.at("/data/items");
    let told = items.as_array().unwrap().iter().find(|event| event["type"] == "user.renamed").unwrap();
    assert_eq!(told["actor"]["onBehalfOf"], json!(ada));
}

#[tokio::test]
async fn a_request_asks_the_store_for_nothing_more() {
    let world = World::new().await;
    let (_, acting, _) = acting_as_ada(&world).await;
    let before = world.services.calls();
    for _ in 0..5 {
        assert_eq!(status(&acting, ME).await, 200);
    }
    let spent = world.services.calls().since(&before);
    assert_eq!(
        (spent.of("users").reads, spent.of("sessions").reads),
        (5, 0),
        "the one read is what was asked for"
    );
}

#[tokio::test]
async fn who_acts_uses_up_their_own_limits() {
    let world = World::set(&[("RATE_LIMIT_NORMAL", "6/60s")]).await;
    let (root, acting, _) = acting_as_ada(&world).await;
    let own = id_of(&root).await;
    let mut ada = world.sign_in(ADA).await;
    while status(&acting, ME).await != 429 {}
    assert_eq!(ada.get(ME).await.status, 200, "hers are untouched");
    let log = String::from_utf8(world.log.writes().concat()).unwrap();
    let limited = log.lines().rev().find(|line| line.contains("\"status\":429")).unwrap();
    assert!(limited.contains(&format!("\"user_id\":\"{own}\"")), "{limited}");
}
