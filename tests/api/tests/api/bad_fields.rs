//! Every field of every body, wrong in every way: the answer names each mistake, and nothing changes.
#![expect(clippy::indexing_slicing, reason = "a test that cannot go on stops")]

use palisade_api_tests::Answer;
use palisade_api_tests::world::PASSWORD;
use palisade_api_tests::{Client, World};
use serde_json::{Value, json};

/// A route with a body, and a body it would understand.
type Route = (&'static str, &'static str, Value);

fn routes() -> Vec<Route> {
    vec![
        (
            "POST",
            "/api/v1/auth/register",
            json!({"email": "eve@example.org", "password": PASSWORD, "name": "Eve"}),
        ),
        ("POST", "/api/v1/auth/resend-verification", json!({"email": "eve@example.org"})),
        ("POST", "/api/v1/auth/verify-email", json!({"token": "A".repeat(43), "password": PASSWORD})),
        ("POST", "/api/v1/auth/login", json!({"email": "eve@example.org", "password": PASSWORD})),
        (
            "POST",
            "/api/v1/auth/setup",
            json!({"token": "A".repeat(43), "email": "eve@example.org", "password": PASSWORD, "name": "Eve"}),
        ),
        ("PATCH", "/api/v1/users/me", json!({"name": "Eve"})),
    ]
}

/// Fields that may be left out.
fn is_optional(path: &str, field: &str) -> bool {
    matches!((path, field), (_, "name") if !path.ends_with("/me"))
        || (path.ends_with("/verify-email") && field == "password")
}

fn with(body: &Value, field: &str, value: Value) -> Value {
    let mut body = body.clone();
    body[field] = value;
    body
}

#[track_caller]
fn invalid(answer: &Answer, expected: &[&str], about: &str) {
    assert!(answer.is_refusal(400, "VALIDATION_FAILED"), "{about}: {} {}", answer.status, answer.body);
    assert_eq!(answer.details(), expected, "{about}");
    assert_eq!(answer.all("set-cookie").count(), 0, "{about}");
}

/// Nobody was registered, mailed or renamed by what came before.
async fn nothing_happened(world: &World, ada: &mut Client, before: &Answer) {
    assert_eq!(ada.get("/api/v1/users/me").await.at("/data"), before.at("/data"));
    // Mail leaves in order: once the mail of somebody later is there, none came from before.
    world.registered(&mut world.browser(), "later@example.org").await;
    let mut to: Vec<Value> = world.mails().await.iter().map(|mail| mail["to"].clone()).collect();
    to.sort_by_key(ToString::to_string);
    assert_eq!(to, ["ada@example.org", "later@example.org"]);
}

#[tokio::test]
async fn invalid_fields_are_named_and_change_nothing() {
    let world = World::new().await;
    let mut ada = world.user("ada@example.org").await;
    let before = ada.get("/api/v1/users/me").await;
    let wrong_types = [
        json!(null),
        json!(true),
        json!(1),
        json!(-1.5),
        json!([]),
        json!(["eve@example.org"]),
        json!({}),
        json!({"$ne": null}),
        json!({"$gt": ""}),
        json!({"$regex": "^a"}),
        json!({"$where": "sleep(1000)"}),
    ];
    for (method, path, good) in routes() {
        for field in good.as_object().unwrap().keys() {
            let about = format!("{method} {path} {field}");
            if !is_optional(path, field) {
                let mut missing = good.clone();
                missing.as_object_mut().unwrap().remove(field);
                invalid(&ada.json(method, path, missing).await, &[&format!("{field}:required")], &about);
            }
            for wrong in &wrong_types {
                let answer = ada.json(method, path, with(&good, field, wrong.clone())).await;
                invalid(&answer, &[&format!("{field}:invalid_type")], &format!("{about} = {wrong}"));
            }
            let endless = ada.json(method, path, with(&good, field, json!("e".repeat(5000)))).await;
            invalid(&endless, &[&format!("{field}:too_long")], &about);
            let empty = ada.json(method, path, with(&good, field, json!(""))).await;
            let code = if field == "email" { "invalid_format" } else { "too_short" };
            invalid(&empty, &[&format!("{field}:{code}")], &about);
            let answer = ada.json(method, &format!("{path}?{field}=x"), good.clone()).await;
            invalid(&answer, &[&format!("{field}:unknown_field")], &format!("{about} in the query"));
        }
    }
    nothing_happened(&world, &mut ada, &before).await;
}

#[tokio::test]
async fn all_mistakes_of_a_request_are_reported_at_once() {
    let world = World::new().await;
    let mut eve = world.browser();
    let empty = eve.post("/api/v1/auth/register", json!({})).await;
    invalid(&empty, &["email:required", "password:required"], "nothing sent");
    let body =
        json!({"email": "no address", "password": "tiny1", "name": ["Eve"], "role": "admin", "zzz": 1});
    let answer = eve.post("/api/v1/auth/register?debug=1", body).await;
    let expected = [
        "debug:unknown_field",
        "email:invalid_format",
        "name:invalid_type",
        "password:too_short",
        "role:unknown_field",
        "zzz:unknown_field",
    ];
    invalid(&answer, &expected, "everything wrong");
    assert!(!answer.body.contains("no address") && !answer.body.contains("tiny1"), "{}", answer.body);

    for common in ["passwordpassword", "eve@example.org", "my palisade 2000"] {
        let body = json!({"email": "eve@example.org", "password": common});
        let answer = eve.post("/api/v1/auth/register", body).await;
        invalid(&answer, &["password:not_allowed"], common);
    }
    let mut ada = world.super_admin("ada@example.org").await;
    let answer = ada.get("/api/v1/users?limit=0&deleted=maybe&role=emperor&cursor=*").await;
    let expected =
        ["cursor:invalid_format", "deleted:invalid_type", "limit:out_of_range", "role:not_allowed"];
    invalid(&answer, &expected, "everything wrong in the query");
}

#[tokio::test]
async fn mass_assignment_is_refused() {
    const NOT_THEIRS: [&str; 16] = [
        "role",
        "roles",
        "permissions",
        "effectivePermissions",
        "emailVerified",
        "sessionVersion",
        "sessionEpoch",
        "_id",
        "id",
        "passwordHash",
        "deletedAt",
        "createdAt",
        "revision",
        "status",
        "__proto__",
        "constructor",
    ];
    let world = World::new().await;
    let mut ada = world.user("ada@example.org").await;
    let before = ada.get("/api/v1/users/me").await;
    for field in NOT_THEIRS {
        for (method, path, good) in routes() {
            for value in [json!("super_admin"), json!(["USER_GRANT"]), json!({"role": "admin"}), json!(true)]
            {
                let answer = ada.json(method, path, with(&good, field, value)).await;
                invalid(&answer, &[&format!("{field}:unknown_field")], &format!("{method} {path} {field}"));
            }
        }
    }
    nothing_happened(&world, &mut ada, &before).await;
}

#[tokio::test]
async fn a_name_is_one_line_of_text_and_comes_back_as_it_was() {
    let world = World::new().await;
    let mut ada = world.user("ada@example.org").await;
    for wrong in ["Ada\r\nSet-Cookie: a=b", "Ada\u{0}", "Ada\u{1b}[31m", "Ada\u{2028}Lovelace", "Ada\u{202e}"]
    {
        let answer = ada.patch("/api/v1/users/me", json!({"name": wrong})).await;
        invalid(&answer, &["name:invalid_format"], wrong);
    }
    for fine in
        [r#"","role":"admin"#, "<img src=x>", "{{7*7}}", "</script>", "Robert'); DROP TABLE users;--", "🦀"]
    {
        let answer = ada.patch("/api/v1/users/me", json!({"name": fine})).await;
        assert_eq!((answer.status, answer.at("/data/name")), (200, json!(fine)), "{}", answer.body);
        assert_eq!(answer.at("/data/role"), "user");
    }
}
