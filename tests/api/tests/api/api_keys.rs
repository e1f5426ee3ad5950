//! API keys: what one opens and for how long, and everything that it does not open.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test that cannot go on stops"
)]

mod limits;
mod owner;
mod races;
mod refused;

use std::time::Duration;

use palisade_api_tests::world::PASSWORD;
use palisade_api_tests::{Answer, Client, World, until};
use palisade_core::identity::{ApiKey, Operator};
use palisade_core::utils::pagination::PageRequest;
use palisade_modules::user::types::{Email, Role};
use serde_json::{Value, json};

const KEYS: &str = "/api/v1/api-keys";
const USERS: &str = "/api/v1/users";
const ME: &str = "/api/v1/users/me";
const EVENTS: &str = "/api/v1/audit-events";
const REFRESH: &str = "/api/v1/auth/refresh";
const ROOT: &str = "root@example.org";
const ADA: &str = "ada@example.org";
const HOUR: u64 = 3_600;

/// Somebody of this role who may also make keys, signed in.
async fn maker(world: &World, email: &str, role: Role) -> Client {
    world.registered(&mut world.browser(), email).await;
    let (operator, address) = (Operator::for_tests("test"), Email::parse(email).unwrap());
    world.services.auth.administration.set_role(&operator, &address, role).await.unwrap();
    world.alter_person(email, "permissions", &json!(["API_KEY_CREATE"]));
    world.sign_in(email).await
}

fn wish(permissions: &[&str]) -> Value {
    json!({"name": "Nightly export", "permissions": permissions, "expiresIn": 30 * 24 * HOUR})
}

/// A key: its id, and all of it.
struct Key {
    id: String,
    secret: String,
}

impl Key {
    async fn new(owner: &Client, permissions: &[&str]) -> Self {
        Self::of(&owner.clone().post(KEYS, wish(permissions)).await)
    }

    fn of(created: &Answer) -> Self {
        assert_eq!(created.status, 201, "{}", created.body);
        let text = |pointer| created.at(pointer).as_str().expect("text").to_owned();
        Self { id: text("/data/apiKey/id"), secret: text("/data/secret") }
    }

    /// A program that presents it.
    fn program(&self, world: &World) -> Client {
        presenting(world, &self.secret)
    }

    fn path(&self) -> String {
        format!("{KEYS}/{}", self.id)
    }
}

fn presenting(world: &World, key: &str) -> Client {
    world.program().with_header("Authorization", &format!("Bearer {key}"))
}

async fn status(client: &Client, path: &str) -> u16 {
    client.clone().get(path).await.status
}

fn code(answer: &Answer) -> (u16, String) {
    (answer.status, answer.code())
}

fn refused_as(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

/// The events of a type, the newest first.
async fn events(root: &Client, kind: &str) -> Vec<Value> {
    let read = root.clone().get(&format!("{EVENTS}?type={kind}&limit=100")).await;
    read.at("/data/items").as_array().expect("a list").clone()
}

/// The path of a user, by address.
async fn path_of(root: &Client, email: &str) -> (String, Value) {
    let found = root.clone().get(&format!("{USERS}?q={email}")).await.at("/data/items/0");
    (format!("{USERS}/{}", found["id"].as_str().unwrap()), found)
}

/// Waits, less than the promised second, until a program is answered so.
async fn becomes(program: &Client, path: &str, expected: u16) {
    let follows = async {
        while status(program, path).await != expected {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(1), follows).await.expect("the instance follows");
}

#[tokio::test]
async fn a_key_is_shown_once_used_and_revoked() {
    let world = World::new().await;
    let root = world.super_admin(ROOT).await;
    let mut ada = maker(&world, ADA, Role::Admin).await;
    let created = ada.post(KEYS, wish(&["USER_READ", "USER_READ"])).await;
    let key = Key::of(&created);
    assert!(ApiKey::parse(&key.secret).is_some(), "{}", key.secret);
    assert!(key.secret.starts_with(&format!("{}_", key.id)));
    let shown = created.at("/data/apiKey");
    assert_eq!(shown["permissions"], json!(["USER_READ"]));
    assert_eq!((&shown["name"], &shown["lastUsedAt"]), (&json!("Nightly export"), &Value::Null));
    assert_eq!(shown["userId"], ada.get(ME).await.at("/data/id"));

    let program = key.program(&world);
    assert_eq!(program.clone().get(USERS).await.status, 200);
    assert_eq!(
        code(&program.clone().get(EVENTS).await),
        refused_as(403, "FORBIDDEN"),
        "its owner may, it may not"
    );
    until("the use is noted", async || {
        ada.clone().get(KEYS).await.at("/data/items/0/lastUsedAt").is_string()
    })
    .await;
    let listed = ada.get(KEYS).await;
    assert_eq!(listed.at("/data/items/0/id"), json!(key.id));
    let hidden = &key.secret[key.id.len() + 1..][..32];
    assert!(!listed.body.contains(hidden), "{}", listed.body);
    let stored = world.database.everything();
    assert!(
        !stored.windows(hidden.len()).any(|part| part == hidden.as_bytes()),
        "no part of the secret is stored"
    );

    assert_eq!(ada.delete(&key.path()).await.at("/data"), json!({}));
    assert_eq!(code(&program.clone().get(USERS).await), refused_as(401, "AUTH_401"), "at once");
    assert_eq!(ada.get(KEYS).await.at("/data/items"), json!([]));
    assert_eq!(code(&ada.delete(&key.path()).await), refused_as(404, "NOT_FOUND"));
    for kind in ["api_key.created", "api_key.revoked"] {
        let told = events(&root, kind).await;
        assert_eq!(told.len(), 1, "{kind}: {told:?}");
        assert_eq!(told[0]["target"], json!(key.id));
        assert_eq!((&told[0]["userId"], &told[0]["actor"]["userId"]), (&shown["userId"], &shown["userId"]));
    }
}

#[tokio::test]
async fn a_key_ends_at_its_time() {
    let world = World::new().await;
    let ada = maker(&world, ADA, Role::Admin).await;
    for odd in [json!(HOUR - 1), json!(365 * 24 * HOUR + 1), json!(-1), json!("3600"), Value::Null] {
        let mut wish = wish(&["USER_READ"]);
        wish["expiresIn"] = odd.clone();
        assert_eq!(ada.clone().post(KEYS, wish).await.details().len(), 1, "{odd}");
    }
    let mut wish = wish(&["USER_READ"]);
    wish["expiresIn"] = json!(HOUR);
    let program = Key::of(&ada.clone().post(KEYS, wish).await).program(&world);
    assert_eq!(status(&program, USERS).await, 200);
    world.advance(Duration::from_secs(HOUR - 1));
    assert_eq!(status(&program, USERS).await, 200);
    world.advance(Duration::from_secs(1));
    assert_eq!(status(&program, USERS).await, 401);
}

#[tokio::test]
async fn making_a_key_takes_somebody_who_is_present_and_may() {
    let world = World::new().await;
    let mut ada = maker(&world, ADA, Role::Admin).await;
    let with = |password: &str| {
        let mut body = wish(&["USER_READ"]);
        body["password"] = json!(password);
        body
    };
    world.advance(Duration::from_mins(10));
    assert_eq!(ada.post(REFRESH, Value::Null).await.status, 200);
    for stale in [wish(&["USER_READ"]), with("not the password at all")] {
        assert_eq!(code(&ada.post(KEYS, stale).await), refused_as(403, "REAUTHENTICATION_REQUIRED"));
    }
    assert_eq!(ada.post(KEYS, with(PASSWORD)).await.status, 201);

    let mut bob = world.user("bob@example.org").await;
    assert_eq!(code(&bob.post(KEYS, with(PASSWORD)).await), refused_as(403, "FORBIDDEN"));
    assert_eq!(bob.get(KEYS).await.at("/data/items"), json!([]));
    let hers = ada.get(KEYS).await.at("/data/items/0/id");
    let foreign = bob.delete(&format!("{KEYS}/{}", hers.as_str().unwrap())).await;
    assert_eq!(code(&foreign), refused_as(404, "NOT_FOUND"), "of another is as if missing");
}

#[tokio::test]
async fn acts_of_a_program_name_its_owner_and_its_key() {
    let world = World::new().await;
    let root = world.super_admin(ROOT).await;
    let ada = maker(&world, ADA, Role::Admin).await;
    let _ = world.user("bob@example.org").await;
    let key = Key::new(&ada, &["USER_UPDATE", "USER_READ"]).await;
    let (path, bob) = path_of(&root, "bob@example.org").await;
    let renamed = key.program(&world).patch(&path, json!({"name": "Bob", "revision": bob["revision"]})).await;
    assert_eq!(renamed.status, 200, "{}", renamed.body);
    let told = events(&root, "user.renamed").await;
    let (_, owner) = path_of(&root, ADA).await;
    let expected = json!({"kind": "user", "userId": owner["id"], "keyId": key.id});
    assert_eq!(told[0]["actor"], expected);
    let fed = root.clone().get("/api/v1/audit-events?type=api_key.created").await.at("/data/items/0/actor");
    assert!(fed["sessionId"].is_string() && fed["keyId"].is_null(), "{fed}");

    // The access line, too.
    let log = String::from_utf8(world.log.writes().concat()).unwrap();
    assert!(log.contains(&format!("\"key_id\":\"{}\"", key.id)), "{log}");
}

#[tokio::test]
async fn others_see_and_revoke_keys_with_the_permission_and_the_rank() {
    let world = World::new().await;
    let mut root = world.super_admin(ROOT).await;
    let ada = maker(&world, ADA, Role::Admin).await;
    let key = Key::new(&ada, &["USER_READ"]).await;
    let own = Key::new(&root, &["USER_READ"]).await;
    let (path, _) = path_of(&root, ADA).await;
    assert_eq!(root.get(&format!("{path}/api-keys")).await.at("/data/items/0/id"), json!(key.id));
    let foreign = root.delete(&format!("{path}/api-keys/{}", own.id)).await;
    assert_eq!(code(&foreign), refused_as(404, "NOT_FOUND"), "a key belongs to its owner's path");

    world.alter_person(ADA, "permissions", &json!(["API_KEY_MANAGE"]));
    let mut manager = world.sign_in(ADA).await;
    let (of_root, _) = path_of(&root, ROOT).await;
    assert_eq!(manager.get(&format!("{of_root}/api-keys")).await.status, 200);
    let outranked = manager.delete(&format!("{of_root}/api-keys/{}", own.id)).await;
    assert_eq!(code(&outranked), refused_as(403, "FORBIDDEN"));
    let told = events(&root, "api_key.revoked").await;
    assert_eq!((told.len(), &told[0]["outcome"]), (1, &json!("refused")));
    assert_eq!(told[0]["target"], json!(own.id));
    assert_eq!(status(&own.program(&world), USERS).await, 200);

    assert_eq!(root.delete(&format!("{path}/api-keys/{}", key.id)).await.status, 200);
    assert_eq!(status(&key.program(&world), USERS).await, 401);
}

#[tokio::test]
async fn an_operator_lists_and_revokes_every_key() {
    let world = World::new().await;
    let root = world.super_admin(ROOT).await;
    let one = Key::new(&root, &["USER_READ"]).await;
    world.advance(Duration::from_secs(1));
    let other = Key::new(&root, &["AUDIT_READ"]).await;
    let (operator, keys) = (Operator::for_tests("api-keys revoke"), &world.services.auth.api_keys);
    let listed = keys.list_as_operator(&operator, None, &PageRequest::largest()).await.unwrap().items;
    assert_eq!(listed.iter().map(|key| key.id.to_string()).collect::<Vec<_>>(), [&*other.id, &*one.id]);
    let id = listed[1].id;
    keys.revoke_as_operator(&operator, id).await.unwrap();
    assert_eq!(keys.revoke_as_operator(&operator, id).await.unwrap_err().status_code(), 404);
    assert_eq!(
        (status(&one.program(&world), USERS).await, status(&other.program(&world), EVENTS).await),
        (401, 200)
    );
    let told = events(&root, "api_key.revoked").await;
    assert_eq!(told[0]["actor"], json!({"kind": "operator", "command": "api-keys revoke"}));
}
