//! Who may do what to whom: every route that requires a permission, for every role and for a user with that permission
//! alone, on every kind of user.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use std::collections::BTreeSet;

use palisade_api_tests::database::Copy;
use palisade_api_tests::routes::Gate;
use palisade_api_tests::{Answer, Client, Route, World};
use palisade_core::identity::Operator;
use palisade_modules::user::types::{Email, Role};
use serde_json::{Value, json};

const V1: &str = "/api/v1";
const ROOT: &str = "root@example.org";

/// Who asks: the roles, and a user to whom the permission of the route was given.
const ACTORS: [&str; 5] = ["user", "support", "admin", "super_admin", "user with it"];

/// Whom it is about.
const SUBJECTS: [&str; 7] = ["own", "user", "support", "admin", "super_admin", "deleted", "missing"];

/// What each actor is answered about each subject.
struct OnUsers {
    route: &'static str,
    permission: &'static str,
    body: fn(revision: i64) -> Value,
    /// Rows in the order of `ACTORS`, columns in that of `SUBJECTS`.
    statuses: [&'static str; 5],
}

const NOTHING: &str = "403 403 403 403 403 403 403";
/// What administrators may do: to users of a lower rank, super-admins also to each other, and never to themselves.
const ADMINISTERS: [&str; 5] = [
    NOTHING,
    NOTHING,
    "403 200 200 403 403 404 404",
    "403 200 200 200 200 404 404",
    "403 403 403 403 403 404 404",
];
const IMPERSONATE: &str = "POST /users/{id}/impersonate";
const READS: &str = "200 200 200 200 200 404 404";
/// What the role `admin` has no permission for: super-admins and those to whom it was given.
const MANAGES_KEYS: [&str; 5] =
    [NOTHING, NOTHING, NOTHING, "403 200 200 200 200 404 404", "403 403 403 403 403 404 404"];

/// The routes about one user, and their answers.
const ON_USERS: &[OnUsers] = &[
    OnUsers {
        route: "GET /users/{id}",
        permission: "USER_READ",
        body: |_| Value::Null,
        statuses: [NOTHING, READS, READS, READS, READS],
    },
    OnUsers {
        route: "GET /users/{id}/sessions",
        permission: "SESSION_READ",
        body: |_| Value::Null,
        statuses: [NOTHING, READS, READS, READS, READS],
    },
    OnUsers {
        route: "DELETE /users/{id}/sessions",
        permission: "SESSION_REVOKE",
        body: |_| Value::Null,
        statuses: [
            NOTHING,
            "403 200 403 403 403 404 404",
            "403 200 200 403 403 404 404",
            "403 200 200 200 200 404 404",
            "403 403 403 403 403 404 404",
        ],
    },
    OnUsers {
        route: "PATCH /users/{id}",
        permission: "USER_UPDATE",
        body: |revision| json!({"name": "Another", "revision": revision}),
        statuses: ADMINISTERS,
    },
    OnUsers {
        route: "PUT /users/{id}/role",
        permission: "USER_GRANT",
        body: |revision| json!({"role": "support", "revision": revision}),
        statuses: ADMINISTERS,
    },
    OnUsers {
        route: "PUT /users/{id}/permissions",
        permission: "USER_GRANT",
        body: |revision| json!({"permissions": ["USER_GRANT"], "revision": revision}),
        statuses: ADMINISTERS,
    },
    OnUsers {
        route: "POST /users/{id}/suspend",
        permission: "USER_SUSPEND",
        body: |revision| json!({"revision": revision}),
        statuses: ADMINISTERS,
    },
    OnUsers {
        route: "POST /users/{id}/reactivate",
        permission: "USER_SUSPEND",
        body: |_| Value::Null,
        statuses: ADMINISTERS,
    },
    OnUsers {
        route: "DELETE /users/{id}",
        permission: "USER_DELETE",
        body: |_| Value::Null,
        statuses: ADMINISTERS,
    },
    OnUsers {
        route: "POST /users/{id}/restore",
        permission: "USER_DELETE",
        body: |_| Value::Null,
        statuses: [
            NOTHING,
            NOTHING,
            "403 409 409 403 403 200 404",
            "403 409 409 409 409 200 404",
            "403 403 403 403 403 403 404",
        ],
    },
    // After each success the actor returns: see `ask`.
    OnUsers {
        route: IMPERSONATE,
        permission: "USER_IMPERSONATE",
        body: |_| json!({}),
        statuses: [NOTHING, NOTHING, NOTHING, "403 200 200 200 403 404 404", "403 403 403 403 403 404 404"],
    },
    OnUsers {
        route: "GET /users/{id}/api-keys",
        permission: "API_KEY_MANAGE",
        body: |_| Value::Null,
        statuses: [NOTHING, NOTHING, NOTHING, READS, READS],
    },
    OnUsers {
        route: "DELETE /users/{id}/api-keys/{keyId}",
        permission: "API_KEY_MANAGE",
        body: |_| Value::Null,
        statuses: MANAGES_KEYS,
    },
];

/// The other routes that require a permission, and what the actors are answered.
const OTHERS: &[(&str, &str, [u16; 5])] = &[
    ("GET /users", "USER_READ", [403, 200, 200, 200, 200]),
    ("GET /invitations", "USER_READ", [403, 200, 200, 200, 200]),
    // A user can give no role.
    ("POST /users", "USER_CREATE", [403, 403, 201, 201, 403]),
    ("DELETE /invitations/{id}", "USER_CREATE", [403, 403, 404, 404, 404]),
    ("POST /invitations/{id}/resend", "USER_CREATE", [403, 403, 404, 404, 404]),
    ("GET /permissions", "USER_GRANT", [403, 403, 200, 200, 200]),
    ("GET /audit-events", "AUDIT_READ", [403, 403, 200, 200, 200]),
    ("GET /events", "AUDIT_READ", [403, 403, 200, 200, 200]),
    // Where events go is no matter of rank: no role but the highest decides it.
    ("GET /webhooks", "WEBHOOK_MANAGE", [403, 403, 403, 200, 200]),
    ("POST /webhooks", "WEBHOOK_MANAGE", [403, 403, 403, 201, 201]),
    ("GET /webhooks/{id}", "WEBHOOK_MANAGE", [403, 403, 403, 404, 404]),
    ("PATCH /webhooks/{id}", "WEBHOOK_MANAGE", [403, 403, 403, 404, 404]),
    ("DELETE /webhooks/{id}", "WEBHOOK_MANAGE", [403, 403, 403, 404, 404]),
    ("GET /webhooks/{id}/deliveries", "WEBHOOK_MANAGE", [403, 403, 403, 404, 404]),
    ("POST /webhooks/{id}/replay", "WEBHOOK_MANAGE", [403, 403, 403, 404, 404]),
    ("POST /webhooks/{id}/rotate-secret", "WEBHOOK_MANAGE", [403, 403, 403, 404, 404]),
    // The permission does not help with a key that permits more than its owner has.
    ("POST /api-keys", "API_KEY_CREATE", [403, 403, 403, 201, 403]),
];

/// A user of this role who is signed in; the last actor has this permission beside the role. Each row has its own: what
/// one row changes about its actor is of no concern to another.
async fn actor(world: &World, (actor, row): (&str, usize), permission: &str) -> Client {
    let email = format!("{}.{row}.{}@example.org", actor.replace(' ', "-"), permission.to_lowercase());
    if actor == "super_admin" {
        return world.super_admin(&email).await;
    }
    world.registered(&mut world.browser(), &email).await;
    match Role::from_word(actor) {
        Some(role) => {
            let address = Email::parse(&email).unwrap();
            let operator = Operator::for_tests("test");
            world.services.auth.administration.set_role(&operator, &address, role).await.unwrap();
        }
        None => world.alter_person(&email, "permissions", &json!([permission])),
    }
    world.sign_in(&email).await
}

async fn own_id(browser: &mut Client) -> String {
    browser.get("/api/v1/users/me").await.at("/data/id").as_str().unwrap().to_owned()
}

/// The users that a row is tried on: fresh ones, which nobody has changed yet.
struct Crowd {
    root: Client,
    like: String,
    /// A key of the super-admin, of which each subject has a copy.
    key: String,
    made: usize,
}

/// A key of the caller's own with this permission.
async fn key_of(browser: &mut Client, name: &str, permission: &str) -> Answer {
    let wish = json!({"name": name, "permissions": [permission], "expiresIn": 3600});
    browser.post(&format!("{V1}/api-keys"), wish).await
}

impl Crowd {
    async fn new(world: &World) -> Self {
        let mut root = world.super_admin(ROOT).await;
        let like = own_id(&mut root).await;
        let key = key_of(&mut root, "The original", "USER_READ")
            .await
            .at("/data/apiKey/id")
            .as_str()
            .unwrap()
            .to_owned();
        Self { root, like, key, made: 0 }
    }

    /// The id of a new user of this role.
    fn user(&mut self, world: &World, role: &str, deleted: bool) -> String {
        self.made += 1;
        let email = format!("p{}@example.com", self.made);
        let members = vec![("role", json!(role)), ("email", json!(email))];
        world.database.copy("users", ("email", ROOT), &[Copy { number: self.made, deleted, members }]);
        format!("{}{:012x}", &self.like[..self.like.len() - 12], self.made)
    }

    /// A key of this user.
    fn key(&mut self, world: &World, user: &str) -> String {
        self.made += 1;
        let members = vec![("user", json!(user)), ("name", json!("A copy"))];
        world.database.copy(
            "api_keys",
            ("name", "The original"),
            &[Copy { number: self.made, deleted: false, members }],
        );
        format!("{}{:012x}", &self.key[..self.key.len() - 12], self.made)
    }

    async fn subject(&mut self, world: &World, browser: &mut Client, subject: &str) -> (String, i64) {
        let id = match subject {
            "own" => own_id(browser).await,
            "deleted" => self.user(world, "user", true),
            "missing" => format!("{}{:012x}", &self.like[..self.like.len() - 12], 0xffff_ffff_ffff_u64),
            role => self.user(world, role, false),
        };
        let found = self.root.get(&format!("{V1}/users/{id}")).await;
        let revision = if found.status == 200 { found.at("/data/revision").as_i64().unwrap() } else { 1 };
        (id, revision)
    }
}

async fn ask(browser: &mut Client, route: &str, id: &str, body: Value) -> Answer {
    let (method, template) = route.split_once(' ').unwrap();
    let answer = browser.json(method, &format!("{V1}{}", template.replace("{id}", id)), body).await;
    if route == IMPERSONATE && answer.status == 200 {
        // Whoever asks next is the actor again.
        assert_eq!(browser.delete(&format!("{V1}/auth/impersonation")).await.status, 200);
    }
    answer
}

/// The same where the route also names a key of that user.
async fn ask_about(
    (world, crowd): (&World, &mut Crowd),
    (owner, caller): (&Client, &mut Client),
    row: &OnUsers,
    subject: &str,
) -> Answer {
    let (id, revision) = crowd.subject(world, &mut owner.clone(), subject).await;
    let route = row.route.replace("{keyId}", &crowd.key(world, &id));
    ask(caller, &route, &id, (row.body)(revision)).await
}

#[tokio::test]
async fn every_route_with_a_permission_has_its_row() {
    let world = World::new().await;
    let routes = Route::all(&world).into_iter().filter(|route| route.gate() == Gate::Permitted);
    let gated: BTreeSet<String> = routes
        .map(|route| format!("{} {}", route.declared.method.as_str(), route.template.replacen(V1, "", 1)))
        .collect();
    let listed = ON_USERS.iter().map(|row| row.route).chain(OTHERS.iter().map(|row| row.0));
    assert_eq!(gated, listed.map(str::to_owned).collect(), "add what each role may do with a new route");
}

#[tokio::test]
async fn on_whom_somebody_may_act_follows_from_rank_and_permission() {
    let world = World::new().await;
    let mut crowd = Crowd::new(&world).await;
    for (number, row) in ON_USERS.iter().enumerate() {
        for (name, statuses) in ACTORS.iter().zip(row.statuses) {
            let mut asked = Vec::new();
            let mut browser = actor(&world, (name, number), row.permission).await;
            for subject in SUBJECTS {
                let owner = browser.clone();
                let answer = ask_about((&world, &mut crowd), (&owner, &mut browser), row, subject).await;
                asked.push(answer.status.to_string());
            }
            assert_eq!(asked.join(" "), statuses, "{} as {name} on {SUBJECTS:?}", row.route);
        }
    }
}

#[tokio::test]
async fn who_may_use_the_other_routes_follows_from_the_role() {
    let world = World::new().await;
    for (number, (route, permission, statuses)) in OTHERS.iter().enumerate() {
        for (name, status) in ACTORS.iter().zip(statuses) {
            let mut browser = actor(&world, (name, number), permission).await;
            let body = match *route {
                "POST /users" => json!({"email": format!("{}@example.net", name.replace(' ', "-"))}),
                "POST /webhooks" => json!({"url": "https://app.example.org/hook"}),
                "PATCH /webhooks/{id}" => json!({"revision": 1}),
                "POST /api-keys" => json!({"name": "One", "permissions": ["USER_GRANT"], "expiresIn": 3600}),
                _ => Value::Null,
            };
            let kind = if route.contains("/webhooks") { "whk" } else { "inv" };
            let missing = format!("{kind}_0190a1b2c3d4e5f60718293a4b5c6d7e");
            let answer = ask(&mut browser, route, &missing, body).await;
            assert_eq!(answer.status, *status, "{route} as {name}: {}", answer.body);
        }
    }
}

/// What a program is answered about each subject.
async fn answers(
    (world, crowd): (&World, &mut Crowd),
    (owner, key): (&Client, &str),
    row: &OnUsers,
) -> (String, BTreeSet<String>) {
    let mut program = world.program().with_header("Authorization", &format!("Bearer {key}"));
    let (mut statuses, mut codes) = (Vec::new(), BTreeSet::new());
    for subject in SUBJECTS {
        let answer = ask_about((world, &mut *crowd), (owner, &mut program), row, subject).await;
        statuses.push(answer.status.to_string());
        codes.extend((answer.status == 403).then(|| answer.code()));
    }
    (statuses.join(" "), codes)
}

#[tokio::test]
async fn an_api_key_may_do_to_others_what_its_owner_may_and_only_where_keys_are_taken() {
    let world = World::new().await;
    let mut crowd = Crowd::new(&world).await;
    let takes: BTreeSet<String> = Route::all(&world)
        .into_iter()
        .filter(|route| route.declared.takes_keys)
        .map(|route| format!("{} {}", route.declared.method.as_str(), route.template.replacen(V1, "", 1)))
        .collect();
    for (number, row) in ON_USERS.iter().enumerate() {
        let email = format!("owner{number}@example.org");
        world.registered(&mut world.browser(), &email).await;
        let (operator, address) = (Operator::for_tests("test"), Email::parse(&email).unwrap());
        world.services.auth.administration.set_role(&operator, &address, Role::Admin).await.unwrap();
        world.alter_person(
            &email,
            "permissions",
            &json!(["API_KEY_CREATE", "API_KEY_MANAGE", row.permission]),
        );
        let mut owner = world.sign_in(&email).await;
        let lacking = if row.permission == "AUDIT_READ" { "USER_READ" } else { "AUDIT_READ" };
        for (permission, may) in [(row.permission, true), (lacking, false)] {
            let key = key_of(&mut owner, "A key", permission).await.at("/data/secret");
            let asked = answers((&world, &mut crowd), (&owner, key.as_str().unwrap()), row).await;
            let (expected, code) = match (takes.contains(row.route), may) {
                (true, true) => (row.statuses[2], "FORBIDDEN"),
                (true, false) => (NOTHING, "FORBIDDEN"),
                (false, _) => (NOTHING, "KEY_NOT_ALLOWED"),
            };
            assert_eq!(asked.0, expected, "{} with a key for {permission} on {SUBJECTS:?}", row.route);
            assert!(asked.1.iter().all(|one| one == code), "{}: {:?}", row.route, asked.1);
        }
    }
}
