//! An account that its user deletes: its sessions, its address afterwards, and its mails.

use std::time::Duration;

use palisade_api_tests::world::PASSWORD;
use palisade_api_tests::{Answer, Client, World};
use palisade_core::identity::Operator;
use palisade_modules::user::types::Email;
use serde_json::{Value, json};

const LOGIN: &str = "/api/v1/auth/login";
const FORGOT: &str = "/api/v1/auth/forgot-password";
const REGISTER: &str = "/api/v1/auth/register";
const REFRESH: &str = "/api/v1/auth/refresh";
const ME: &str = "/api/v1/users/me";
const ADA: &str = "ada@example.org";

async fn delete(browser: &mut Client) -> Answer {
    browser.json("DELETE", ME, json!({"password": PASSWORD})).await
}

fn subject(mail: &Value) -> String {
    mail["subject"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_deleted_account_ends_at_once_and_keeps_its_address() {
    let world = World::new().await;
    let mut here = world.user(ADA).await;
    let mut there = world.browser();
    assert_eq!(there.post(LOGIN, json!({"email": ADA, "password": PASSWORD})).await.status, 200);

    let as_it_was = here.clone();
    world.advance(Duration::from_secs(1));
    let deleted = delete(&mut here).await;
    assert_eq!((deleted.status, deleted.at("/data")), (200, json!({})), "{}", deleted.body);
    assert_eq!(deleted.all("set-cookie").filter(|cookie| cookie.contains("Max-Age=0")).count(), 3);
    for browser in [&as_it_was, &there] {
        assert_eq!(browser.clone().get(ME).await.status, 401);
        assert_eq!(browser.clone().post(REFRESH, Value::Null).await.code(), "SESSION_REVOKED");
    }
    let back = world.browser().post(LOGIN, json!({"email": ADA, "password": PASSWORD})).await;
    assert!(back.is_refusal(401, "INVALID_CREDENTIALS"), "{}", back.body);
    let notice = world.settled_mails_to(ADA).await.remove(0);
    assert!(subject(&notice).contains("was deleted"), "{notice}");
    assert!(notice["text"].as_str().expect("a text").contains("Until 20"), "it says until when: {notice}");

    // Whoever asks hears what they always hear; the mailbox is told, without a link.
    for (path, body) in
        [(FORGOT, json!({"email": ADA})), (REGISTER, json!({"email": ADA, "password": PASSWORD}))]
    {
        let before = world.settled_mails_to(ADA).await.len();
        world.advance(Duration::from_secs(1));
        let asked = world.browser().post(path, body).await;
        assert_eq!((asked.status, asked.at("/data")), (202, json!({})), "{}", asked.body);
        let mails = world.settled_mails_to(ADA).await;
        assert_eq!(mails.len(), before + 1, "{path}");
        assert_eq!(mails[0]["links"], json!([]), "{path}");
        assert!(subject(&mails[0]).contains("was deleted"), "{path}: {}", mails[0]);
    }

    let mut root = world.super_admin("root@example.org").await;
    let listed = root.get("/api/v1/users?deleted=true").await;
    assert_eq!(listed.at("/data/items/0/email"), json!(ADA), "{}", listed.body);

    // An operator restores it: the password is the old one, and nothing of before lives again.
    let (operator, users) = (Operator::for_tests("test"), &world.services.auth.administration);
    let email = Email::parse(ADA).expect("an address");
    let gone = users.show(&operator, &email).await.expect("it is there");
    assert!(gone.view.deleted_at.is_some());
    let back = users.restore(&operator, &email).await.expect("it is restored");
    assert_eq!((back.view.deleted_at, back.sessions), (None, 0));
    assert_eq!(users.restore(&operator, &email).await.expect_err("it is there").status_code(), 409);
    assert_eq!(as_it_was.clone().get(ME).await.status, 401);
    assert_eq!(as_it_was.clone().post(REFRESH, Value::Null).await.code(), "SESSION_REVOKED");
    let mut again = world.browser();
    assert_eq!(again.post(LOGIN, json!({"email": ADA, "password": PASSWORD})).await.status, 200);
    assert_eq!(delete(&mut again).await.status, 200);
    world.advance(Duration::from_hours(24 * 30 + 1));
    assert_eq!(world.services.purge(&operator).await.expect("a store").users, 1);
    world.user(ADA).await;
}

#[tokio::test]
async fn the_last_super_admin_stays() {
    let world = World::new().await;
    let mut root = world.super_admin("root@example.org").await;
    let kept = delete(&mut root).await;
    assert!(kept.is_refusal(409, "LAST_SUPER_ADMIN"), "{}", kept.body);
    assert_eq!(root.get(ME).await.status, 200);

    let mut second = world.super_admin("second@example.org").await;
    let (one, two) = tokio::join!(delete(&mut root), delete(&mut second));
    let mut statuses = [one.status, two.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409], "{} {}", one.body, two.body);
    let left = if one.status == 409 { root } else { second };
    assert_eq!(left.clone().get(ME).await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_concurrent_refresh_survives_a_deletion() {
    let world = World::new().await;
    for round in 0..10 {
        let email = format!("user{round}@example.org");
        let here = world.user(&email).await;
        world.advance(Duration::from_mins(1));
        let mut refreshing = Vec::new();
        for _ in 0..5 {
            let mut browser = here.clone();
            refreshing.push(tokio::spawn(async move {
                let answer = browser.post(REFRESH, Value::Null).await;
                (answer.status, browser)
            }));
        }
        let mut deleting = here.clone();
        let deleted = tokio::spawn(async move { delete(&mut deleting).await }).await.expect("no panic");
        assert_eq!(deleted.status, 200, "{}", deleted.body);
        for refreshed in refreshing {
            let (status, browser) = refreshed.await.expect("no panic");
            assert!(matches!(status, 200 | 401), "{status}");
            assert_eq!(browser.clone().get(ME).await.status, 401, "round {round}");
            assert_eq!(browser.clone().post(REFRESH, Value::Null).await.code(), "SESSION_REVOKED");
        }
    }
}

#[tokio::test]
async fn other_instances_refuse_a_deleted_user_within_a_second() {
    let world = World::new().await;
    let elsewhere = world.beside().await;
    let mut ada = world.user(ADA).await;
    let mut there = elsewhere.browser();
    there.set_cookie("palisade-access", ada.cookie("palisade-access").expect("signed in"));
    assert_eq!(there.get(ME).await.status, 200);
    assert_eq!(delete(&mut ada).await.status, 200);
    let refused = async {
        while there.clone().get(ME).await.status != 401 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(1), refused).await.expect("the other instance follows");
}
