//! A key and its owner: it never has more than they have, and stops when they stop.

use super::*;

#[tokio::test]
async fn nobody_gives_a_key_more_than_they_have() {
    let world = World::new().await;
    let root = world.super_admin(ROOT).await;
    let mut ada = maker(&world, ADA, Role::Support).await;
    let refused = ada.post(KEYS, wish(&["USER_READ", "USER_GRANT"])).await;
    assert_eq!(code(&refused), refused_as(403, "FORBIDDEN"));
    assert!(refused.at("/error/message").as_str().unwrap().contains("`USER_GRANT`"), "{}", refused.body);
    world.advance(Duration::from_secs(1));
    assert_eq!(ada.post(KEYS, wish(&["USER_READ"])).await.status, 201);
    for odd in [json!([]), json!(["*"]), json!("USER_READ")] {
        let mut wish = wish(&[]);
        wish["permissions"] = odd.clone();
        assert_eq!(ada.post(KEYS, wish).await.code(), "VALIDATION_FAILED", "{odd}");
    }
    let told = events(&root, "api_key.created").await;
    let outcomes: Vec<_> = told.iter().map(|event| &event["outcome"]).collect();
    assert_eq!(outcomes, ["succeeded", "refused"]);
    assert_eq!(told[1]["changes"][0]["after"], json!("USER_GRANT USER_READ"));
}

/// What is decided about keys stays, so what the access token says is not enough.
#[tokio::test]
async fn who_decides_about_keys_is_read_again() {
    let world = World::new().await;
    let root = world.super_admin(ROOT).await;
    let ada = maker(&world, ADA, Role::Admin).await;
    let _ = maker(&world, "bob@example.org", Role::User).await;
    world.alter_person("bob@example.org", "permissions", &json!(["API_KEY_CREATE", "USER_READ"]));
    let bob = world.sign_in("bob@example.org").await;
    let key = Key::new(&bob, &["USER_READ"]).await;
    let (path, _) = path_of(&root, "bob@example.org").await;
    world.alter_person(ADA, "permissions", &json!(["API_KEY_MANAGE"]));
    let manager = world.sign_in(ADA).await;
    // Past all rules, so no token is revoked.
    world.alter_person(ADA, "permissions", &json!([]));
    assert_eq!(code(&ada.clone().post(KEYS, wish(&["USER_READ"])).await), refused_as(403, "FORBIDDEN"));
    let revoke = format!("{path}/api-keys/{}", key.id);
    assert_eq!(code(&manager.clone().delete(&revoke).await), refused_as(403, "FORBIDDEN"));
    world.alter_person(ADA, "permissions", &json!(["API_KEY_CREATE", "API_KEY_MANAGE"]));
    world.alter_person(ADA, "status", &json!("suspended"));
    assert_eq!(code(&ada.clone().post(KEYS, wish(&["USER_READ"])).await), refused_as(401, "AUTH_401"));
    assert_eq!(code(&manager.clone().delete(&revoke).await), refused_as(401, "AUTH_401"));
    world.alter_person(ADA, "status", &json!("active"));
    assert_eq!(manager.clone().delete(&revoke).await.status, 200);
}

#[tokio::test]
async fn the_key_of_a_super_admin_has_only_what_was_named() {
    let world = World::new().await;
    let root = world.super_admin(ROOT).await;
    let program = Key::new(&root, &["AUDIT_READ"]).await.program(&world);
    assert_eq!((status(&program, EVENTS).await, status(&program, USERS).await), (200, 403));
    // Role, version and status of a super-admin are read on each request: past all rules, with no revocation.
    world.alter_person(ROOT, "role", &json!("user"));
    assert_eq!(status(&program, EVENTS).await, 403);
    world.alter_person(ROOT, "role", &json!("super_admin"));
    world.alter_person(ROOT, "status", &json!("suspended"));
    assert_eq!(status(&program, EVENTS).await, 401);
}

#[tokio::test]
async fn a_demoted_owner_demotes_the_key_at_once_and_everywhere() {
    let world = World::new().await;
    let elsewhere = world.beside().await;
    let mut root = world.super_admin(ROOT).await;
    let ada = maker(&world, ADA, Role::Admin).await;
    let key = Key::new(&ada, &["AUDIT_READ", "USER_READ"]).await;
    let (here, there) = (key.program(&world), key.program(&elsewhere));
    assert_eq!((status(&here, EVENTS).await, status(&there, EVENTS).await), (200, 200));
    let (path, before) = path_of(&root, ADA).await;
    let role = json!({"role": "support", "revision": before["revision"]});
    let after = root.json("PUT", &format!("{path}/role"), role).await;
    assert_eq!(after.status, 200, "{}", after.body);
    assert_eq!((status(&here, EVENTS).await, status(&here, USERS).await), (403, 200));
    becomes(&there, EVENTS, 403).await;
    assert_eq!(status(&there, USERS).await, 200);
    let given = json!({"permissions": ["AUDIT_READ"], "revision": after.at("/data/revision")});
    assert_eq!(root.json("PUT", &format!("{path}/permissions"), given).await.status, 200);
    assert_eq!(status(&here, EVENTS).await, 200, "what both have again, it may again");
}

#[tokio::test]
async fn the_key_of_a_suspended_or_deleted_owner_rests_until_they_are_back() {
    let world = World::new().await;
    let elsewhere = world.beside().await;
    let mut root = world.super_admin(ROOT).await;
    let ada = maker(&world, ADA, Role::Admin).await;
    let key = Key::new(&ada, &["USER_READ"]).await;
    let (here, there) = (key.program(&world), key.program(&elsewhere));
    let (path, _) = path_of(&root, ADA).await;
    for (method, end, back) in [("POST", "/suspend", "/reactivate"), ("DELETE", "", "/restore")] {
        assert_eq!((status(&here, USERS).await, status(&there, USERS).await), (200, 200));
        assert_eq!(root.json(method, &format!("{path}{end}"), Value::Null).await.status, 200);
        assert_eq!(status(&here, USERS).await, 401, "{method} {end}");
        becomes(&there, USERS, 401).await;
        assert_eq!(root.post(&format!("{path}{back}"), Value::Null).await.status, 200);
        assert_eq!(status(&here, USERS).await, 200, "{back}");
        becomes(&there, USERS, 200).await;
    }
}

#[tokio::test]
async fn the_end_of_sessions_ends_no_key() {
    let world = World::new().await;
    let ada = maker(&world, ADA, Role::Admin).await;
    let program = Key::new(&ada, &["USER_READ"]).await.program(&world);
    assert_eq!(status(&program, USERS).await, 200);
    let change = json!({"currentPassword": PASSWORD, "newPassword": "a bridge made of starlings"});
    assert_eq!(ada.clone().post("/api/v1/auth/change-password", change).await.status, 200);
    assert_eq!((status(&ada, ME).await, status(&program, USERS).await), (401, 200));
}

#[tokio::test]
async fn a_purged_user_leaves_no_key() {
    let world = World::new().await;
    let root = world.super_admin(ROOT).await;
    let ada = maker(&world, ADA, Role::Admin).await;
    let mut wish = wish(&["USER_READ"]);
    wish["expiresIn"] = json!(365 * 24 * HOUR);
    let _ = Key::of(&ada.clone().post(KEYS, wish).await);
    let (path, _) = path_of(&root, ADA).await;
    assert_eq!(root.clone().delete(&path).await.status, 200);
    let (operator, keys) = (Operator::for_tests("test"), &world.services.auth.api_keys);
    let left = async || {
        world.services.purge(&operator).await.unwrap();
        keys.list_as_operator(&operator, None, &PageRequest::largest()).await.unwrap().items.len()
    };
    assert_eq!(left().await, 1, "a restored user would have it back");
    world.advance(Duration::from_hours(31 * 24));
    assert_eq!(left().await, 0);
}

#[tokio::test]
async fn a_key_invites_to_no_more_than_it_may_itself() {
    let world = World::new().await;
    let mut root = world.super_admin(ROOT).await;
    let few = Key::new(&root, &["USER_CREATE"]).await;
    let supporting = Key::new(&root, &["USER_CREATE", "USER_READ", "SESSION_READ", "SESSION_REVOKE"]).await;
    let invite = async |key: &Key, number: usize, role: &str| {
        let body = json!({"email": format!("{role}{number}@example.net"), "role": role});
        key.program(&world).post(USERS, body).await
    };
    for (key, number, expected) in [(&few, 1, [201, 403, 403]), (&supporting, 2, [201, 201, 403])] {
        for (role, expected) in ["user", "support", "admin"].into_iter().zip(expected) {
            let answer = invite(key, number, role).await;
            assert_eq!(answer.status, expected, "{role}: {}", answer.body);
        }
    }
    // Nor does it send again what its owner offered.
    let admin = root.post(USERS, json!({"email": "admin@example.net", "role": "admin"})).await;
    let id = admin.at("/data/invitation/id");
    let resend = format!("/api/v1/invitations/{}/resend", id.as_str().unwrap());
    assert_eq!(few.program(&world).post(&resend, Value::Null).await.status, 403);
    assert_eq!(root.post(&resend, Value::Null).await.status, 202);
}
