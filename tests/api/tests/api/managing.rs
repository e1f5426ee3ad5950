//! Users who administer other users over the interface: what their changes do, at once and everywhere, and what they
//! cannot do.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test that cannot go on stops"
)]

use std::time::Duration;

use palisade_api_tests::database::Copy;
use palisade_api_tests::world::PASSWORD;
use palisade_api_tests::{Answer, Client, World};
use palisade_core::identity::Operator;
use palisade_modules::permissions::CATALOGUE;
use palisade_modules::user::types::{Email, Role};
use serde_json::{Value, json};

const USERS: &str = "/api/v1/users";
const ME: &str = "/api/v1/users/me";
const EVENTS: &str = "/api/v1/audit-events";
const REFRESH: &str = "/api/v1/auth/refresh";
const LOGIN: &str = "/api/v1/auth/login";
const ROOT: &str = "root@example.org";
const ADA: &str = "ada@example.org";

async fn sign_in(world: &World, email: &str) -> Answer {
    world.browser().post(LOGIN, json!({"email": email, "password": PASSWORD})).await
}

/// The path of a user, and the user as read.
async fn user(browser: &Client, email: &str) -> (String, Value) {
    let found = browser.clone().get(&format!("{USERS}?q={email}")).await.at("/data/items/0");
    (format!("{USERS}/{}", found["id"].as_str().unwrap()), found)
}

/// Somebody of this role who is signed in.
async fn somebody(world: &World, email: &str, role: Role) -> Client {
    world.registered(&mut world.browser(), email).await;
    let (operator, address) = (Operator::for_tests("test"), Email::parse(email).unwrap());
    world.services.auth.administration.set_role(&operator, &address, role).await.unwrap();
    let mut browser = world.browser();
    let answer = browser.post(LOGIN, json!({"email": email, "password": PASSWORD})).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    browser
}

fn code(answer: &Answer) -> (u16, String) {
    (answer.status, answer.code())
}

fn refused(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

/// Waits, less than the promised second, until a route answers so.
async fn becomes(browser: &Client, path: &str, status: u16) {
    let follows = async {
        while browser.clone().get(path).await.status != status {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(1), follows).await.expect("the other instance follows");
}

#[tokio::test]
async fn another_role_and_other_permissions_hold_from_the_next_request() {
    let world = World::new().await;
    let elsewhere = world.beside().await;
    let mut root = world.super_admin(ROOT).await;
    let mut ada = world.user(ADA).await;
    let mut there = elsewhere.browser();
    there.set_cookie("palisade-access", ada.cookie("palisade-access").unwrap());
    assert_eq!(there.clone().get(ME).await.status, 200);

    let (path, before) = user(&root, ADA).await;
    let given = json!({"role": "support", "revision": before["revision"]});
    let answer = root.json("PUT", &format!("{path}/role"), given).await;
    assert_eq!((answer.status, answer.at("/data/role")), (200, json!("support")), "{}", answer.body);
    assert_eq!(ada.get(USERS).await.code(), "AUTH_401", "the token of before says another role");
    becomes(&there, ME, 401).await;
    assert_eq!(ada.post(REFRESH, Value::Null).await.status, 200, "the session goes on");
    assert_eq!(ada.get(USERS).await.status, 200);
    assert_eq!(code(&ada.get(EVENTS).await), refused(403, "FORBIDDEN"));

    let given = json!({"permissions": ["AUDIT_READ"], "revision": answer.at("/data/revision")});
    let answer = root.json("PUT", &format!("{path}/permissions"), given).await;
    assert_eq!(answer.at("/data/permissions"), json!(["AUDIT_READ"]), "{}", answer.body);
    let all = json!(["AUDIT_READ", "SESSION_READ", "SESSION_REVOKE", "USER_READ"]);
    assert_eq!(answer.at("/data/effectivePermissions"), all);
    assert_eq!(ada.get(EVENTS).await.code(), "AUTH_401");
    assert_eq!(ada.post(REFRESH, Value::Null).await.status, 200);
    assert_eq!(ada.get(EVENTS).await.status, 200);

    let taken = json!({"permissions": [], "revision": answer.at("/data/revision")});
    assert_eq!(root.json("PUT", &format!("{path}/permissions"), taken).await.status, 200);
    assert_eq!(ada.post(REFRESH, Value::Null).await.status, 200);
    assert_eq!(code(&ada.get(EVENTS).await), refused(403, "FORBIDDEN"));
}

#[tokio::test]
async fn a_suspension_ends_every_session_until_it_is_lifted() {
    let world = World::new().await;
    let mut root = world.super_admin(ROOT).await;
    let ada = world.user(ADA).await;
    let (path, _) = user(&root, ADA).await;
    let suspended = root.post(&format!("{path}/suspend"), Value::Null).await;
    assert_eq!(suspended.at("/data/status"), json!("suspended"), "{}", suspended.body);
    assert_eq!(ada.clone().get(ME).await.status, 401);
    assert_eq!(ada.clone().post(REFRESH, Value::Null).await.code(), "SESSION_REVOKED");
    assert_eq!(code(&sign_in(&world, ADA).await), refused(403, "ACCOUNT_SUSPENDED"));
    let again = root.post(&format!("{path}/suspend"), Value::Null).await;
    assert_eq!(again.at("/data/revision"), suspended.at("/data/revision"), "once more changes nothing");
    let active = root.post(&format!("{path}/reactivate"), Value::Null).await;
    assert_eq!(active.at("/data/status"), json!("active"), "{}", active.body);
    assert_eq!(sign_in(&world, ADA).await.status, 200);
    assert_eq!(
        ada.clone().post(REFRESH, Value::Null).await.code(),
        "SESSION_REVOKED",
        "what ended stays ended"
    );
}

#[tokio::test]
async fn a_deleted_user_keeps_the_address_and_can_be_restored() {
    let world = World::new().await;
    let mut root = world.super_admin(ROOT).await;
    let ada = world.user(ADA).await;
    let (path, before) = user(&root, ADA).await;
    assert_eq!(root.delete(&path).await.at("/data"), json!({}));
    assert_eq!((ada.clone().get(ME).await.status, root.get(&path).await.status), (401, 404));
    assert_eq!(code(&sign_in(&world, ADA).await), refused(401, "INVALID_CREDENTIALS"));
    assert_eq!(code(&root.post(USERS, json!({"email": ADA})).await), refused(409, "EMAIL_TAKEN"));
    assert_eq!(code(&root.delete(&path).await), refused(404, "NOT_FOUND"));

    let restored = root.post(&format!("{path}/restore"), Value::Null).await;
    assert_eq!((restored.status, restored.at("/data/id")), (200, before["id"].clone()), "{}", restored.body);
    assert_eq!(restored.at("/data/deletedAt"), Value::Null);
    assert_eq!(code(&root.post(&format!("{path}/restore"), Value::Null).await), refused(409, "CONFLICT"));
    assert_eq!(ada.clone().post(REFRESH, Value::Null).await.code(), "SESSION_REVOKED");
    assert_eq!(sign_in(&world, ADA).await.status, 200, "with the password of before");
}

#[tokio::test]
async fn sessions_of_a_user_are_seen_and_ended() {
    let world = World::new().await;
    let mut support = somebody(&world, "support@example.org", Role::Support).await;
    let ada = world.user(ADA).await;
    let mut second = world.browser();
    assert_eq!(second.post(LOGIN, json!({"email": ADA, "password": PASSWORD})).await.status, 200);
    let (path, _) = user(&support, ADA).await;
    let sessions = support.get(&format!("{path}/sessions?limit=1")).await;
    assert_eq!(sessions.at("/data/items").as_array().unwrap().len(), 1, "{}", sessions.body);
    assert_eq!(sessions.at("/data/items/0/current"), json!(false));
    let cursor = sessions.at("/meta/page/nextCursor");
    let next = support.get(&format!("{path}/sessions?limit=1&cursor={}", cursor.as_str().unwrap())).await;
    assert_eq!(next.at("/data/items").as_array().unwrap().len(), 1);
    assert_ne!(next.at("/data/items/0/id"), sessions.at("/data/items/0/id"));

    assert_eq!(support.delete(&format!("{path}/sessions")).await.at("/data"), json!({}));
    for browser in [&ada, &second] {
        assert_eq!(browser.clone().get(ME).await.status, 401);
        assert_eq!(browser.clone().post(REFRESH, Value::Null).await.code(), "SESSION_REVOKED");
    }
    assert_eq!(support.get(&format!("{path}/sessions")).await.at("/data/items"), json!([]));
    assert_eq!(sign_in(&world, ADA).await.status, 200);
}

#[tokio::test]
async fn a_decision_about_an_earlier_revision_changes_nothing() {
    let world = World::new().await;
    let mut root = world.super_admin(ROOT).await;
    let mut ada = world.user(ADA).await;
    let (path, before) = user(&root, ADA).await;
    assert_eq!(ada.patch(ME, json!({"name": "Ada Lovelace"})).await.status, 200);
    let (stale, after) = (&before["revision"], root.get(&path).await.at("/data"));
    for (method, end, body) in [
        ("PATCH", "", json!({"name": "Other", "revision": stale})),
        ("PUT", "/role", json!({"role": "admin", "revision": stale})),
        ("PUT", "/permissions", json!({"permissions": ["USER_READ"], "revision": stale})),
        ("POST", "/suspend", json!({ "revision": stale })),
        ("POST", "/reactivate", json!({ "revision": stale })),
        ("DELETE", "", json!({ "revision": stale })),
    ] {
        let answer = root.json(method, &format!("{path}{end}"), body).await;
        assert_eq!(code(&answer), refused(409, "REVISION_MISMATCH"), "{method} {end}");
    }
    assert_eq!(root.get(&path).await.at("/data"), after);
    let only_created = root.get(&format!("{EVENTS}?type=user.role_changed")).await;
    assert_eq!(only_created.at("/data/items"), json!([]), "what did not happen has no event");
    let renamed = root.patch(&path, json!({"name": "Other", "revision": after["revision"]})).await;
    assert_eq!((renamed.status, renamed.at("/data/name")), (200, json!("Other")), "{}", renamed.body);
}

/// What each attempt is refused with, and what the audit says about those that the rules of rank refuse.
#[tokio::test]
async fn nobody_rises_above_what_they_have() {
    let world = World::new().await;
    let mut root = world.super_admin(ROOT).await;
    let mut admin = somebody(&world, "admin@example.org", Role::Admin).await;
    let peer = somebody(&world, "peer@example.org", Role::Admin).await;
    world.registered(&mut world.browser(), ADA).await;
    world.alter_person(ADA, "permissions", &json!(["SESSION_READ", "USER_UPDATE"]));
    // Somebody who may grant, and holds little beside it.
    world.registered(&mut world.browser(), "granter@example.org").await;
    world.alter_person("granter@example.org", "role", &json!("support"));
    world.alter_person("granter@example.org", "permissions", &json!(["USER_GRANT"]));
    let mut granter = world.browser();
    let signed_in = granter.post(LOGIN, json!({"email": "granter@example.org", "password": PASSWORD})).await;
    assert_eq!(signed_in.status, 200);
    drop(peer);

    let everybody = ["admin@example.org", "peer@example.org", "granter@example.org", ROOT, ADA];
    let mut before = Vec::new();
    for email in everybody {
        before.push(user(&root, email).await);
    }
    let path = |email: &str| before[everybody.iter().position(|other| *other == email).unwrap()].0.clone();
    let revision = |email: &str| {
        before[everybody.iter().position(|other| *other == email).unwrap()].1["revision"].clone()
    };
    let role = |email: &str, role: &str| {
        ("PUT", format!("{}/role", path(email)), json!({"role": role, "revision": revision(email)}))
    };
    let permissions = |email: &str, words: Value| {
        let body = json!({"permissions": words, "revision": revision(email)});
        ("PUT", format!("{}/permissions", path(email)), body)
    };
    let as_admin = [
        ("their own role", role("admin@example.org", "super_admin")),
        ("their own permissions", permissions("admin@example.org", json!(["AUDIT_READ"]))),
        ("a role of their own rank", role(ADA, "admin")),
        ("a higher role", role(ADA, "super_admin")),
        ("the role of a peer", role("peer@example.org", "user")),
        ("the role of a super-admin", role(ROOT, "user")),
        ("suspending a peer", ("POST", format!("{}/suspend", path("peer@example.org")), Value::Null)),
        ("suspending themselves", ("POST", format!("{}/suspend", path("admin@example.org")), Value::Null)),
        ("deleting a super-admin", ("DELETE", path(ROOT), Value::Null)),
        ("ending the sessions of a super-admin", ("DELETE", format!("{}/sessions", path(ROOT)), Value::Null)),
        ("restoring a super-admin", ("POST", format!("{}/restore", path(ROOT)), Value::Null)),
    ];
    let as_granter = [
        ("a permission that they lack", permissions(ADA, json!(["USER_DELETE"]))),
        ("one among others", permissions(ADA, json!(["SESSION_READ", "USER_UPDATE", "AUDIT_READ"]))),
        ("taking one that they lack", permissions(ADA, json!(["SESSION_READ"]))),
        ("themselves more", permissions("granter@example.org", json!(["USER_GRANT", "USER_DELETE"]))),
    ];
    let mut tried = 0;
    for (attempts, browser) in [(&as_admin[..], &mut admin), (&as_granter[..], &mut granter)] {
        for (what, (method, path, body)) in attempts {
            tried += 1;
            world.advance(Duration::from_millis(1));
            let answer = browser.json(method, path, body.clone()).await;
            assert_eq!(code(&answer), refused(403, "FORBIDDEN"), "{what}: {}", answer.body);
            let newest = root.get(&format!("{EVENTS}?limit=1")).await.at("/data/items/0");
            assert_eq!(newest["outcome"], json!("refused"), "{what}: {newest}");
            assert!(path.contains(newest["userId"].as_str().unwrap()), "{what}: {newest}");
        }
    }
    assert_eq!(tried, 15);

    // Others are refused before any rule of rank, because what they name is no field; an invitation by its own rule.
    let mass = json!({"name": "A", "role": "super_admin", "revision": revision(ADA)});
    assert_eq!(admin.patch(&path(ADA), mass).await.details(), ["role:unknown_field"]);
    let own = json!({"name": "A", "permissions": ["USER_READ"]});
    assert_eq!(admin.patch(ME, own).await.details(), ["permissions:unknown_field"]);
    let invited = json!({"email": "new@example.org", "role": "admin"});
    world.advance(Duration::from_millis(1));
    assert_eq!(code(&admin.post(USERS, invited).await), refused(403, "FORBIDDEN"));
    let newest = root.get(&format!("{EVENTS}?limit=1")).await.at("/data/items/0");
    assert_eq!((&newest["type"], &newest["outcome"]), (&json!("invitation.created"), &json!("refused")));

    for (path, was) in &before {
        let now = root.get(path).await.at("/data");
        for field in ["role", "permissions", "status", "email", "name"] {
            assert_eq!(now[field], was[field], "{path}");
        }
    }
}

/// Their access token still says so, on an instance that has not heard yet.
#[tokio::test]
async fn an_administrator_of_before_decides_nothing_any_more() {
    let world = World::new().await;
    let mut root = world.super_admin(ROOT).await;
    let mut admin = somebody(&world, "admin@example.org", Role::Admin).await;
    world.registered(&mut world.browser(), ADA).await;
    let (path, _) = user(&root, ADA).await;
    let suspend = format!("{path}/suspend");
    // Still of higher rank than Ada, but without the permission.
    world.alter_person("admin@example.org", "role", &json!("support"));
    let answer = admin.post(&suspend, Value::Null).await;
    assert_eq!(code(&answer), refused(403, "FORBIDDEN"), "{}", answer.body);
    world.alter_person("admin@example.org", "role", &json!("admin"));
    world.alter_person("admin@example.org", "status", &json!("suspended"));
    let answer = admin.post(&suspend, Value::Null).await;
    assert_eq!(code(&answer), refused(401, "AUTH_401"), "{}", answer.body);
    world.alter_person("admin@example.org", "status", &json!("active"));
    assert_eq!(admin.post(&suspend, Value::Null).await.status, 200);
    assert_eq!(root.get(&path).await.at("/data/status"), json!("suspended"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_super_admins_who_demote_each_other_one_stays() {
    let world = World::new().await;
    let mut root = world.super_admin(ROOT).await;
    let mut ada = world.super_admin(ADA).await;
    let ((root_path, of_root), (ada_path, of_ada)) = (user(&root, ROOT).await, user(&root, ADA).await);
    let demotion = |of: &Value| json!({"role": "user", "revision": of["revision"]});
    let (one, other) = {
        let (to_ada, to_root) = (format!("{ada_path}/role"), format!("{root_path}/role"));
        let (down_ada, down_root) = (demotion(&of_ada), demotion(&of_root));
        let first = tokio::spawn(async move { root.json("PUT", &to_ada, down_ada).await });
        let second = tokio::spawn(async move { ada.json("PUT", &to_root, down_root).await });
        (first.await.unwrap(), second.await.unwrap())
    };
    let statuses = [one.status, other.status];
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{} {}", one.body, other.body);
    let left = world.database.values("users");
    assert_eq!(left.iter().filter(|user| user["role"] == "super_admin").count(), 1);
}

/// Once a suspension is acknowledged, nothing that its subject began earlier is written any more.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_of_a_suspended_administrator_is_written_after_the_answer() {
    const SUBJECTS: usize = 40;
    let world = World::new().await;
    let mut root = world.super_admin(ROOT).await;
    let admin = somebody(&world, "admin@example.org", Role::Admin).await;
    let (path, _) = user(&root, "admin@example.org").await;
    let own = root.get(ME).await.at("/data/id").as_str().unwrap().to_owned();
    let copies: Vec<Copy> = (1..=SUBJECTS)
        .map(|number| {
            let members = vec![("role", json!("user")), ("email", json!(format!("p{number}@example.com")))];
            Copy { number, deleted: false, members }
        })
        .collect();
    world.database.copy("users", ("email", ROOT), &copies);
    let raised = || {
        let users = world.database.values("users");
        users.iter().filter(|user| user["status"] == "suspended").count()
    };
    let racing: Vec<_> = (1..=SUBJECTS)
        .map(|number| {
            let mut browser = admin.clone();
            let subject = format!("{USERS}/{}{number:012x}/suspend", &own[..own.len() - 12]);
            tokio::spawn(async move { browser.post(&subject, Value::Null).await.status })
        })
        .collect();
    let suspended = root.post(&format!("{path}/suspend"), Value::Null).await;
    let acknowledged = raised();
    let mut answers = Vec::new();
    for request in racing {
        answers.push(request.await.unwrap());
    }
    assert_eq!(suspended.status, 200, "{}", suspended.body);
    assert_eq!(raised(), acknowledged, "{answers:?}");
    let written = answers.iter().filter(|status| **status == 200).count();
    assert_eq!(written + 1, acknowledged, "{answers:?}");
}

#[tokio::test]
async fn the_catalogue_of_permissions_names_the_roles_that_have_them() {
    let world = World::new().await;
    let mut root = world.super_admin(ROOT).await;
    let (mut listed, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = root.get(&format!("/api/v1/permissions?limit=4{cursor}")).await;
        assert_eq!(page.status, 200, "{}", page.body);
        listed.extend(page.at("/data/items").as_array().unwrap().clone());
        let Some(next) = page.at("/meta/page/nextCursor").as_str().map(str::to_owned) else { break };
        cursor = format!("&cursor={next}");
    }
    let mut names: Vec<_> = listed.iter().map(|item| item["name"].as_str().unwrap()).collect();
    assert!(names.is_sorted() && names.len() == CATALOGUE.len(), "{names:?}");
    names.dedup();
    assert_eq!(names.len(), CATALOGUE.len());
    let of = |name: &str| listed.iter().find(|item| item["name"] == name).unwrap()["roles"].clone();
    assert_eq!(of("USER_READ"), json!(["support", "admin", "super_admin"]));
    assert_eq!(of("USER_DELETE"), json!(["admin", "super_admin"]));
    assert_eq!(of("WEBHOOK_MANAGE"), json!(["super_admin"]));
    assert_eq!(of("USER_IMPERSONATE"), json!(["super_admin"]));
    assert_eq!(of("API_KEY_CREATE"), json!(["super_admin"]));
    let unknown = root.get("/api/v1/permissions?cursor=NOBODYS").await;
    assert_eq!(unknown.details(), ["cursor:invalid_format"], "{}", unknown.body);
}
