//! The product of `examples/notes`: how Palisade treats what a product adds. Its own tests are about the notes.
#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "a test that cannot go on stops")]

use std::time::Duration;

use palisade_api_tests::{Client, World, until};
use palisade_core::identity::Operator;
use palisade_core::values::Id as _;
use palisade_modules::user::types::{Email, Role};
use palisade_notes_example::PRODUCT;
use palisade_notes_example::notes::Note;
use palisade_notes_example::notes::types::NoteId;
use serde_json::{Value, json};

const NOTES: &str = "/api/v1/notes";

const ADA: &str = "ada@example.org";
const EVE: &str = "eve@example.org";

async fn world(variables: &[(&str, &str)]) -> World {
    World::of(&PRODUCT, variables).await
}

async fn write(client: &mut Client, text: &str) -> Value {
    let written = client.post(NOTES, json!({"text": text})).await;
    assert_eq!(written.status, 201, "{}", written.body);
    written.at("/data")
}

/// The page of notes at this path: their texts, and the whole answer.
async fn page(client: &mut Client, path: &str) -> (Vec<String>, Value) {
    let answer = client.get(path).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    let page = answer.json();
    let notes = page["data"]["items"].as_array().expect("a list");
    let texts = notes.iter().map(|note| note["text"].as_str().expect("a text").to_owned()).collect();
    (texts, page)
}

/// Signed in, of this role, with the id.
async fn somebody(world: &World, email: &str, role: Role) -> (Client, String) {
    world.registered(&mut world.browser(), email).await;
    let (operator, address) = (Operator::for_tests("test"), Email::parse(email).expect("an address"));
    world.services.auth.administration.set_role(&operator, &address, role).await.expect("a role");
    let mut browser = world.sign_in(email).await;
    let id = browser.get("/api/v1/users/me").await.at("/data/id");
    (browser, id.as_str().expect("an id").to_owned())
}

fn words(value: &Value) -> Vec<&str> {
    value.as_array().expect("a list").iter().filter_map(Value::as_str).collect()
}

#[tokio::test]
async fn a_permission_of_the_product_is_that_of_its_roles() {
    let world = world(&[]).await;
    let (mut ada, id) = somebody(&world, ADA, Role::User).await;
    write(&mut ada, "mine").await;
    let path = format!("/api/v1/users/{id}/notes");
    for role in Role::ALL {
        let (mut other, _) = somebody(&world, &format!("{role}@example.org"), *role).await;
        let (status, expected) = (other.get(&path).await.status, if *role == Role::User { 403 } else { 200 });
        assert_eq!(status, expected, "{role}");
        let effective = other.get("/api/v1/users/me").await.at("/data/effectivePermissions");
        assert_eq!(words(&effective).contains(&"NOTE_READ_ANY"), expected == 200, "{role}: {effective}");
    }
    let mut root = world.sign_in("super_admin@example.org").await;
    let catalogue = root.get("/api/v1/permissions?limit=100").await.at("/data/items");
    let own = catalogue.as_array().expect("a list").iter().find(|entry| entry["name"] == "NOTE_READ_ANY");
    let own = own.expect("in the catalogue");
    assert_eq!(own["description"], "read the notes of other users");
    assert_eq!(words(&own["roles"]), ["support", "admin", "super_admin"]);
    let described = world.program().get("/api/v1/openapi.json").await.json();
    assert!(described.to_string().contains("\"NOTE_READ_ANY\""));
}

#[tokio::test]
async fn a_permission_of_the_product_is_given_to_a_user_and_to_a_key() {
    let world = world(&[]).await;
    let (mut root, _) = somebody(&world, "root@example.org", Role::SuperAdmin).await;
    let (mut ada, of_ada) = somebody(&world, ADA, Role::User).await;
    let (mut eve, of_eve) = somebody(&world, EVE, Role::User).await;
    write(&mut ada, "mine").await;
    let path = format!("/api/v1/users/{of_ada}/notes");
    assert_eq!(eve.get(&path).await.status, 403);

    let give = format!("/api/v1/users/{of_eve}/permissions");
    let revision = root.get(&format!("/api/v1/users/{of_eve}")).await.at("/data/revision");
    let given = json!({"permissions": ["NOTE_READ_ANY", "API_KEY_CREATE"], "revision": revision});
    let answer = root.json("PUT", &give, given).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let unknown = json!({"permissions": ["NOTE_READ_ALL"], "revision": answer.at("/data/revision")});
    let refused = root.json("PUT", &give, unknown).await;
    assert_eq!((refused.status, refused.details()), (400, vec!["permissions[0]:not_allowed".to_owned()]));

    let mut eve = world.sign_in(EVE).await;
    assert_eq!(page(&mut eve, &path).await.0, ["mine"]);
    let wish = json!({"name": "Reader", "permissions": ["NOTE_READ_ANY"], "expiresIn": 86_400});
    let key = eve.post("/api/v1/api-keys", wish).await;
    assert_eq!(key.status, 201, "{}", key.body);
    let secret = key.at("/data/secret");
    let header = format!("Bearer {}", secret.as_str().expect("a key"));
    let mut program = world.program().with_header("Authorization", &header);
    assert_eq!(page(&mut program, &path).await.0, ["mine"]);
}

/// Words of an earlier release count, because on its instances they permit something.
#[tokio::test]
async fn nobody_is_given_more_than_an_access_cookie_has_room_for() {
    let world = world(&[]).await;
    let (mut root, _) = somebody(&world, "root@example.org", Role::SuperAdmin).await;
    let (_, of_eve) = somebody(&world, EVE, Role::User).await;
    let words: Vec<String> = (0..34).map(|n| format!("W{n:0>39}")).collect();
    world.alter_person(EVE, "permissions", &json!(words));
    let role = |revision: Value| json!({"role": "support", "revision": revision});
    let person = format!("/api/v1/users/{of_eve}");
    let revision = root.get(&person).await.at("/data/revision");
    let refused = root.json("PUT", &format!("{person}/role"), role(revision.clone())).await;
    assert_eq!(
        (refused.status, refused.details()),
        (400, vec!["role:too_long".to_owned()]),
        "{}",
        refused.body
    );
    assert_eq!(root.get(&person).await.at("/data/role"), "user");

    let none = json!({"permissions": [], "revision": revision});
    let taken = root.json("PUT", &format!("{person}/permissions"), none).await;
    assert_eq!(taken.status, 200, "{}", taken.body);
    let raised = root.json("PUT", &format!("{person}/role"), role(taken.at("/data/revision"))).await;
    assert_eq!(raised.status, 200, "{}", raised.body);
}

#[tokio::test]
async fn a_scheduler_starts_the_job_of_the_product() {
    const DAY: Duration = Duration::from_hours(24);
    let world = World::of_suspended(&PRODUCT, &[("NOTES_KEPT", "1d")]).await;
    // Nobody mails a link here.
    let mut ada = world.super_admin(ADA).await;
    let old = write(&mut ada, "old").await["id"].as_str().expect("an id").to_owned();
    let pinned = ada.post(NOTES, json!({"text": "pinned", "pinned": true})).await;
    let pinned = pinned.at("/data/id").as_str().expect("an id").to_owned();
    let mut scheduler = world.scheduler();
    for job in ["notes-tidy", "all"] {
        let run = scheduler.post(&format!("/api/v1/cron/{job}"), Value::Null).await;
        assert_eq!((run.status, run.at("/data")), (200, json!({"job": job, "more": false})), "{}", run.body);
    }
    let notes = world.services.resources().documents().collection::<Note>().expect("declared");
    let id = |text: &str| NoteId::parse(text).expect("an id");
    let (old, pinned) = (id(&old), id(&pinned));
    assert!(notes.get(&old).await.expect("it is read").is_some(), "it was written a moment ago");
    world.advance(DAY + Duration::from_millis(1));
    let run = scheduler.post("/api/v1/cron/notes-tidy", Value::Null).await;
    assert_eq!(run.status, 200, "{}", run.body);
    assert!(notes.get(&old).await.expect("it is read").is_none());
    assert!(notes.get(&pinned).await.expect("it is read").is_some());

    // The store removes it for good, once it has been deleted for long enough.
    let is_kept = async || notes.including_deleted().get(&old).await.expect("it is read").is_some();
    for (wait, kept) in [(DAY * 29, true), (DAY * 2, false)] {
        world.advance(wait);
        assert_eq!(scheduler.post("/api/v1/cron/purge", Value::Null).await.status, 200);
        assert_eq!(is_kept().await, kept);
    }

    let unknown = scheduler.post("/api/v1/cron/notes", Value::Null).await;
    assert_eq!((unknown.status, unknown.details()), (400, vec!["job:not_allowed".to_owned()]));
    assert!(unknown.body.contains("notes-tidy"), "{}", unknown.body);
    assert_eq!(world.program().post("/api/v1/cron/notes-tidy", Value::Null).await.status, 401);
    let described = world.program().get("/api/v1/openapi.json").await.json();
    assert!(described.to_string().contains("\"notes-tidy\""));
}

#[tokio::test]
async fn the_health_of_the_server_has_the_jobs_of_the_product() {
    let world = World::of_suspended(&PRODUCT, &[]).await;
    let state = async || {
        let health = world.program().get("/api/v1/health").await.at("/data/dependencies");
        let dependencies = health.as_array().expect("a list").clone();
        let jobs = dependencies.iter().find(|one| one["name"] == "jobs").expect("the jobs are in it");
        jobs["state"].as_str().expect("a state").to_owned()
    };
    assert_eq!(state().await, "up");
    let run = world.scheduler().post("/api/v1/cron/notes-tidy", Value::Null).await;
    assert_eq!(run.status, 200, "{}", run.body);
    // Nobody starts it again.
    world.advance(Duration::from_hours(3));
    until("it is overdue", async || state().await == "degraded").await;
}
