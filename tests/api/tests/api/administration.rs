//! Administration of one user: by the service next to a running server, and by the command line.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use std::path::Path;
use std::time::Duration;

use palisade_api_tests::binary::{make_super_admin, run, succeed};
use palisade_api_tests::world::PASSWORD;
use palisade_api_tests::{Client, World};
use palisade_core::identity::Operator;
use palisade_modules::user::types::{Email, Role};
use serde_json::{Value, json};

const LOGIN: &str = "/api/v1/auth/login";
const REFRESH: &str = "/api/v1/auth/refresh";
const RESET: &str = "/api/v1/auth/reset-password";
const ME: &str = "/api/v1/users/me";
const PEOPLE: &str = "/api/v1/users";
const ADA: &str = "ada@example.org";
const ROOT: &str = "root@example.org";

fn email(text: &str) -> Email {
    Email::parse(text).unwrap()
}

async fn sign_in(world: &World) -> (Client, String) {
    let mut browser = world.browser();
    let answer = browser.post(LOGIN, json!({"email": ADA, "password": PASSWORD})).await;
    let code = if answer.status == 200 { "200".to_owned() } else { answer.code() };
    (browser, code)
}

async fn status(browser: &Client, path: &str) -> u16 {
    browser.clone().get(path).await.status
}

#[tokio::test]
async fn a_suspension_holds_at_once_everywhere_and_can_be_lifted() {
    let world = World::new().await;
    let elsewhere = world.beside().await;
    let ada = world.user(ADA).await;
    let mut there = elsewhere.browser();
    there.set_cookie("palisade-access", ada.cookie("palisade-access").unwrap());
    assert_eq!(status(&there, ME).await, 200);
    let (users, operator) = (&world.services.auth.administration, Operator::for_tests("test"));

    let suspended = users.suspend(&operator, &email(ADA)).await.unwrap();
    assert_eq!((suspended.view.status.to_string().as_str(), suspended.sessions), ("suspended", 0));
    assert_eq!(status(&ada, ME).await, 401);
    assert_eq!(ada.clone().post(REFRESH, Value::Null).await.code(), "SESSION_REVOKED");
    let refused = async {
        while status(&there, ME).await != 401 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(1), refused).await.expect("the other instance follows");
    assert_eq!(sign_in(&world).await.1, "ACCOUNT_SUSPENDED");
    // Once more changes nothing.
    let again = users.suspend(&operator, &email(ADA)).await.unwrap();
    assert_eq!(again.view.revision, suspended.view.revision);

    let active = users.reactivate(&operator, &email(ADA)).await.unwrap();
    assert_eq!(active.view.status.to_string(), "active");
    assert_eq!(sign_in(&world).await.1, "200");
    assert_eq!(
        ada.clone().post(REFRESH, Value::Null).await.code(),
        "SESSION_REVOKED",
        "what ended stays ended"
    );
}

#[tokio::test]
async fn a_role_holds_from_the_next_refresh_and_the_last_super_admin_stays() {
    let world = World::new().await;
    let mut root = world.super_admin(ROOT).await;
    let mut ada = world.user(ADA).await;
    assert_eq!(status(&ada, PEOPLE).await, 403);
    let (users, operator) = (&world.services.auth.administration, Operator::for_tests("test"));

    users.set_role(&operator, &email(ADA), Role::Support).await.unwrap();
    assert_eq!(status(&ada, PEOPLE).await, 401, "the token of before says another role");
    assert_eq!(ada.post(REFRESH, Value::Null).await.status, 200, "the session goes on");
    assert_eq!(status(&ada, PEOPLE).await, 200);

    let last = users.set_role(&operator, &email(ROOT), Role::Admin).await.unwrap_err();
    assert_eq!(
        (last.status_code(), last.message()),
        (409, "This is the last super-admin: make another one first")
    );
    assert_eq!(root.get(PEOPLE).await.status, 200, "nothing has changed");
    users.set_role(&operator, &email(ADA), Role::SuperAdmin).await.unwrap();
    users.set_role(&operator, &email(ROOT), Role::Admin).await.unwrap();
    let last = users.set_role(&operator, &email(ADA), Role::User).await.unwrap_err();
    assert_eq!(last.status_code(), 409, "two became one");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_concurrent_demotions_of_super_admins_one_fails() {
    let world = World::new().await;
    world.super_admin(ROOT).await;
    world.super_admin(ADA).await;
    let users = &world.services.auth.administration;
    let demote = async |who: &str| {
        users.set_role(&Operator::for_tests("test"), &email(who), Role::User).await.map(drop)
    };
    let (one, other) = tokio::join!(demote(ROOT), demote(ADA));
    assert_eq!(u8::from(one.is_ok()) + u8::from(other.is_ok()), 1, "{one:?} {other:?}");
    let left = world.database.values("users");
    assert_eq!(left.iter().filter(|user| user["role"] == "super_admin").count(), 1);
}

#[tokio::test]
async fn a_reset_link_from_the_operator_works() {
    let world = World::new().await;
    let ada = world.user(ADA).await;
    let (users, operator) = (&world.services.auth.administration, Operator::for_tests("test"));
    let link = users.reset_link(&operator, &email(ADA)).await.unwrap();
    let (page, token) = link.split_once("#token=").unwrap();
    assert!(page.ends_with("/account/reset"), "{link}");
    let body = json!({"token": token, "newPassword": "a bridge made of starlings"});
    assert_eq!(world.browser().post(RESET, body).await.status, 200);
    assert_eq!((status(&ada, ME).await, sign_in(&world).await.1), (401, "INVALID_CREDENTIALS".to_owned()));
    users.suspend(&operator, &email(ADA)).await.unwrap();
    assert_eq!(users.reset_link(&operator, &email(ADA)).await.unwrap_err().status_code(), 409);
    let nobody = users.reset_link(&operator, &email("nobody@example.org")).await.unwrap_err();
    assert_eq!((nobody.status_code(), nobody.message()), (404, "No user has this address"));
}

fn user(folder: &Path, arguments: &[&str]) -> Value {
    let all = [&["user"], arguments, &["--json"]].concat();
    serde_json::from_str(&succeed(folder, &all, &[]).printed).unwrap()
}

#[test]
fn the_command_line_administers_users_by_address() {
    let folder = tempfile::tempdir().unwrap();
    let nothing = run(folder.path(), &["user", "show", ROOT], &[]);
    assert_eq!(nothing.status, Some(1), "{}", nothing.complained);
    assert!(!folder.path().join("data").exists(), "looking makes nothing");

    make_super_admin(folder.path(), ROOT, PASSWORD, &[]);
    make_super_admin(folder.path(), ADA, PASSWORD, &[]);
    let shown = user(folder.path(), &["show", ADA]);
    assert_eq!(
        (&shown["role"], &shown["sessions"], &shown["hasPassword"]),
        (&json!("super_admin"), &json!(0), &json!(true))
    );
    assert_eq!(user(folder.path(), &["set-role", ADA, "support"])["role"], "support");
    assert_eq!(user(folder.path(), &["suspend", ADA])["status"], "suspended");
    assert_eq!(user(folder.path(), &["reactivate", ADA])["status"], "active");
    assert_eq!(user(folder.path(), &["end-sessions", ADA])["sessions"], 0);
    let printed = succeed(folder.path(), &["user", "show", ADA], &[]).printed;
    assert!(printed.lines().any(|line| line.starts_with("role") && line.ends_with("support")), "{printed}");
    let link = succeed(folder.path(), &["user", "reset-link", ADA], &[]).printed;
    assert!(link.contains("within 30m") && link.contains("/account/reset#token="), "{link}");

    for (arguments, why) in [
        (&["user", "show", "nobody@example.org"][..], "No user has this address"),
        (&["user", "show", "no address"], "EMAIL must be an email address"),
        (&["user", "set-role", ADA, "king"], "ROLE must be one of: user support admin super_admin"),
        (&["user", "set-role", ROOT, "user"], "This is the last super-admin: make another one first"),
    ] {
        let refused = run(folder.path(), arguments, &[]);
        assert_eq!(refused.status, Some(1), "{arguments:?}");
        assert!(refused.complained.contains(why), "{arguments:?}: {}", refused.complained);
    }
}
