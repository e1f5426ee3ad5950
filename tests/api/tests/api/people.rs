//! Users: the signed-in user, the list in every combination of its filters, and a single user.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on stops")]

use std::collections::BTreeSet;
use std::time::Duration;

use palisade_api_tests::database::Copy;
use palisade_api_tests::world::PASSWORD;
use palisade_api_tests::{Answer, Client, World};
use serde_json::{Value, json};

const ME: &str = "/api/v1/users/me";
const PEOPLE: &str = "/api/v1/users";

const ROLES: [&str; 4] = ["user", "support", "admin", "super_admin"];

/// Person `n` of a crowd: their roles, statuses and deletions fall together in every way.
struct Person {
    n: usize,
}

impl Person {
    fn email(&self) -> String {
        format!("p{:04}@example.com", self.n)
    }

    fn role(&self) -> &'static str {
        ROLES[self.n % 4]
    }

    fn status(&self) -> &'static str {
        if self.n.is_multiple_of(3) { "suspended" } else { "active" }
    }

    /// What makes the first super-admin this person.
    fn copy(&self) -> Copy {
        let members = vec![
            ("email", json!(self.email())),
            ("role", json!(self.role())),
            ("status", json!(self.status())),
        ];
        Copy { number: self.n, deleted: self.is_deleted(), members }
    }

    fn is_deleted(&self) -> bool {
        self.n.is_multiple_of(5)
    }
}

/// Lets people `from..=to` exist, each a millisecond younger than the one before and all younger than who was there.
fn seed_users(world: &World, from: usize, to: usize) -> Vec<Person> {
    let people: Vec<Person> = (from..=to).map(|n| Person { n }).collect();
    let copies: Vec<Copy> = people.iter().map(Person::copy).collect();
    world.database.copy("users", ("email", "root@example.org"), &copies);
    people
}

fn emails(page: &Answer) -> Vec<String> {
    assert_eq!(page.status, 200, "{}", page.body);
    let items = page.at("/data/items");
    items.as_array().unwrap().iter().map(|person| person["email"].as_str().unwrap().to_owned()).collect()
}

async fn page(browser: &mut Client, query: &str, cursor: &Value) -> Answer {
    let cursor = cursor.as_str().map(|cursor| format!("&cursor={cursor}")).unwrap_or_default();
    browser.get(&format!("{PEOPLE}?{query}{cursor}")).await
}

/// All pages of a list, in order.
async fn walk(browser: &mut Client, query: &str, limit: usize) -> Vec<String> {
    let (mut found, mut cursor) = (Vec::new(), Value::Null);
    loop {
        let answer = page(browser, &format!("limit={limit}&{query}"), &cursor).await;
        let items = emails(&answer);
        cursor = answer.at("/meta/page/nextCursor");
        assert!(items.len() == limit || (items.len() < limit && cursor.is_null()), "{}", answer.body);
        found.extend(items);
        if cursor.is_null() {
            return found;
        }
    }
}

#[tokio::test]
async fn users_see_and_rename_themselves() {
    let world = World::new().await;
    let mut ada = world.user("ada@example.org").await;
    let before = ada.get(ME).await.at("/data");
    world.advance(Duration::from_secs(1));
    let renamed = ada.patch(ME, json!({"name": "  Ada Lovelace "})).await;
    assert_eq!((renamed.status, renamed.at("/data/name")), (200, json!("Ada Lovelace")));
    assert_eq!(ada.get(ME).await.at("/data"), renamed.at("/data"));

    let revision = |person: &Value| person["revision"].as_i64().unwrap();
    assert_eq!(revision(&renamed.at("/data")), revision(&before) + 1);
    assert_eq!(renamed.at("/data/createdAt"), before["createdAt"]);
    assert_ne!(renamed.at("/data/updatedAt"), before["updatedAt"]);
    let members: BTreeSet<&str> = before.as_object().unwrap().keys().map(String::as_str).collect();
    let shown = [
        "createdAt",
        "effectivePermissions",
        "email",
        "id",
        "name",
        "permissions",
        "revision",
        "role",
        "status",
        "updatedAt",
    ];
    assert_eq!(members, BTreeSet::from(shown), "and nothing of ours");
}

#[tokio::test]
async fn users_change_nothing_but_their_own_name() {
    let world = World::new().await;
    let mut ada = world.user("ada@example.org").await;
    let before = ada.get(ME).await.at("/data");
    for (body, detail) in [
        (json!({}), "name:required"),
        (json!({"name": null}), "name:invalid_type"),
        (json!({"name": "x".repeat(1000)}), "name:too_long"),
        (json!({"name": "Ada", "role": "super_admin"}), "role:unknown_field"),
        (json!({"name": "Ada", "permissions": ["USER_READ"]}), "permissions:unknown_field"),
        (json!({"name": "Ada", "sessionVersion": 1}), "sessionVersion:unknown_field"),
    ] {
        let answer = ada.patch(ME, body.clone()).await;
        assert_eq!((answer.status, answer.details()), (400, vec![detail.to_owned()]), "{body}");
    }
    assert_eq!(ada.get(ME).await.at("/data"), before);
    assert_eq!(world.browser().patch(ME, json!({"name": "Ada"})).await.code(), "AUTH_401");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_twenty_concurrent_renames_none_is_lost() {
    let world = World::new().await;
    let mut ada = world.user("ada@example.org").await;
    let before = ada.get(ME).await.at("/data/revision").as_i64().unwrap();
    let racing: Vec<_> = (0..20)
        .map(|number| {
            let mut browser = ada.clone();
            tokio::spawn(async move { browser.patch(ME, json!({"name": format!("Ada {number}")})).await })
        })
        .collect();
    let mut written = BTreeSet::new();
    for request in racing {
        let answer = request.await.unwrap();
        match answer.status {
            // Each answer shows the one write that was its own.
            200 => assert!(
                written.insert((answer.at("/data/revision").as_i64(), answer.at("/data/name").to_string()))
            ),
            409 => assert_eq!(answer.code(), "CONFLICT"),
            _ => panic!("{}", answer.body),
        }
    }
    let revisions: BTreeSet<i64> = written.iter().filter_map(|(revision, _)| *revision).collect();
    assert!(revisions.len() == written.len() && written.len() >= 8, "{written:?}");
    let after = ada.get(ME).await;
    assert_eq!(after.at("/data/revision").as_i64().unwrap(), before + i64::try_from(written.len()).unwrap());
    let last = written.last().unwrap();
    assert_eq!((after.at("/data/revision").as_i64(), after.at("/data/name").to_string()), *last);
}

#[tokio::test]
async fn every_combination_of_filters_lists_the_right_users() {
    let world = World::new().await;
    let mut root = world.super_admin("root@example.org").await;
    let seeded = seed_users(&world, 1, 120);
    for role in [None, Some(0), Some(1), Some(2), Some(3)] {
        for status in [None, Some("active"), Some("suspended")] {
            for deleted in [None, Some(false), Some(true)] {
                let role = role.map(|role: usize| ROLES[role]);
                let mut query: Vec<String> = Vec::new();
                query.extend(role.map(|role| format!("role={role}")));
                query.extend(status.map(|status| format!("status={status}")));
                query.extend(deleted.map(|deleted| format!("deleted={deleted}")));
                let fits = |person: &&Person| {
                    role.is_none_or(|role| person.role() == role)
                        && status.is_none_or(|status| person.status() == status)
                        && person.is_deleted() == deleted.unwrap_or(false)
                };
                let mut expected: Vec<String> = seeded.iter().rev().filter(fits).map(Person::email).collect();
                let with_root = role.is_none_or(|role| role == "super_admin")
                    && status.is_none_or(|status| status == "active")
                    && !deleted.unwrap_or(false);
                expected.extend(with_root.then(|| "root@example.org".to_owned()));
                assert_eq!(walk(&mut root, &query.join("&"), 7).await, expected, "{query:?}");
            }
        }
    }
    let deleted = root.get(&format!("{PEOPLE}?deleted=true&limit=100")).await;
    let deleted = deleted.at("/data/items");
    assert!(deleted.as_array().unwrap().iter().all(|person| person["deletedAt"].is_string()));
    assert!(root.get(&format!("{PEOPLE}?limit=100")).await.body.find("deletedAt").is_none());
}

#[tokio::test]
async fn paging_over_250_users_misses_and_repeats_nobody_during_inserts() {
    let world = World::new().await;
    let mut root = world.super_admin("root@example.org").await;
    let seeded_before = seed_users(&world, 1, 250);
    let (mut found, mut cursor, mut newcomers) = (Vec::new(), Value::Null, 250);
    loop {
        let answer = page(&mut root, "limit=20", &cursor).await;
        found.extend(emails(&answer));
        cursor = answer.at("/meta/page/nextCursor");
        if cursor.is_null() {
            break;
        }
        seed_users(&world, newcomers + 1, newcomers + 3);
        newcomers += 3;
    }
    let mut expected: Vec<String> =
        seeded_before.iter().rev().filter(|person| !person.is_deleted()).map(Person::email).collect();
    expected.push("root@example.org".to_owned());
    assert_eq!(found, expected);
}

#[tokio::test]
async fn a_search_reads_its_prefix_literally_and_orders_by_address() {
    let world = World::new().await;
    let mut root = world.super_admin("root@example.org").await;
    for (n, name) in ["a%b", "a%c", "a_b", "axb", "ab", "a*b", "b%a", "a-b"].iter().enumerate() {
        seed_users(&world, n + 1, n + 1);
        let email = Person { n: n + 1 }.email();
        world.database.undelete("users");
        world.alter_person(&email, "email", &json!(format!("{name}@example.net")));
    }
    for (q, expected) in [
        ("a%25", vec!["a%b", "a%c"]),
        ("a_", vec!["a_b"]),
        ("a*", vec!["a*b"]),
        ("A%25B", vec!["a%b"]),
        ("a", vec!["a%b", "a%c", "a*b", "a-b", "a_b", "ab", "axb"]),
        ("%25", vec![]),
        ("a%25b%40example.net", vec!["a%b"]),
        ("a%25b%40example.nets", vec![]),
    ] {
        let expected: Vec<String> = expected.iter().map(|name| format!("{name}@example.net")).collect();
        assert_eq!(walk(&mut root, &format!("q={q}"), 2).await, expected, "{q}");
    }
}

#[tokio::test]
async fn a_search_combines_only_with_deleted() {
    let world = World::new().await;
    let mut root = world.super_admin("root@example.org").await;
    let seeded = seed_users(&world, 1, 40);
    for deleted in [false, true] {
        let expected: Vec<String> =
            seeded.iter().filter(|person| person.is_deleted() == deleted).map(Person::email).collect();
        assert_eq!(walk(&mut root, &format!("q=p&deleted={deleted}"), 6).await, expected);
    }
    for (query, details) in [
        ("q=p&role=user", vec!["role:not_allowed"]),
        ("q=p&status=active", vec!["status:not_allowed"]),
        ("q=p&status=active&role=user", vec!["role:not_allowed", "status:not_allowed"]),
        ("role=emperor", vec!["role:not_allowed"]),
        ("status=asleep&deleted=maybe", vec!["deleted:invalid_type", "status:not_allowed"]),
        ("limit=0", vec!["limit:out_of_range"]),
        ("limit=101", vec!["limit:out_of_range"]),
        ("offset=20", vec!["offset:unknown_field"]),
        ("cursor=made-up", vec!["cursor:invalid_format"]),
    ] {
        let answer = root.get(&format!("{PEOPLE}?{query}")).await;
        assert_eq!(
            (answer.status, answer.details()),
            (400, details.iter().map(|d| (*d).to_owned()).collect()),
            "{query}"
        );
    }
    let cursor = root.get(&format!("{PEOPLE}?limit=2")).await.at("/meta/page/nextCursor");
    for other in ["role=user", "q=p", "deleted=true"] {
        let answer = page(&mut root, &format!("limit=2&{other}"), &cursor).await;
        assert_eq!(
            (answer.status, answer.details()),
            (400, vec!["cursor:invalid_format".to_owned()]),
            "{other}"
        );
    }
}

#[tokio::test]
async fn one_user_is_shown_or_not_found() {
    let world = World::new().await;
    let mut root = world.super_admin("root@example.org").await;
    let ada = world.user("ada@example.org").await.get(ME).await.at("/data");
    let id = ada["id"].as_str().unwrap();
    assert_eq!(root.get(&format!("{PEOPLE}/{id}")).await.at("/data"), ada);

    let mut missing = id.to_owned();
    let last = if missing.pop() == Some('0') { '1' } else { '0' };
    missing.push(last);
    let not_there = root.get(&format!("{PEOPLE}/{missing}")).await;
    assert_eq!((not_there.status, not_there.code().as_str()), (404, "NOT_FOUND"));
    for odd in ["nonsense", "ses_0", "usr_"] {
        let answer = root.get(&format!("{PEOPLE}/{odd}")).await;
        assert_eq!((answer.status, answer.details()), (400, vec!["id:invalid_format".to_owned()]), "{odd}");
    }
}

#[tokio::test]
async fn permissions_are_those_of_the_role_and_the_user() {
    let world = World::new().await;
    world.registered(&mut world.browser(), "ada@example.org").await;
    world.alter_person("ada@example.org", "permissions", &json!(["AUDIT_READ"]));
    for (role, effective) in [
        ("user", json!(["AUDIT_READ"])),
        ("support", json!(["AUDIT_READ", "SESSION_READ", "SESSION_REVOKE", "USER_READ"])),
    ] {
        world.alter_person("ada@example.org", "role", &json!(role));
        let mut ada = world.browser();
        let credentials = json!({"email": "ada@example.org", "password": PASSWORD});
        let signed_in = ada.post("/api/v1/auth/login", credentials).await;
        let mut shown: Vec<Value> =
            signed_in.at("/data/user/effectivePermissions").as_array().unwrap().clone();
        shown.sort_by_key(Value::to_string);
        assert_eq!(Value::Array(shown), effective, "{role}");
        assert_eq!(signed_in.at("/data/user/permissions"), json!(["AUDIT_READ"]));
    }
}

#[tokio::test]
async fn permission_is_checked_before_the_input() {
    let world = World::new().await;
    let mut root = world.super_admin("root@example.org").await;
    let mut ada = world.user("ada@example.org").await;
    let id = root.get(ME).await.at("/data/id");
    let own = ada.get(ME).await.at("/data/id");
    let paths = [
        PEOPLE.to_owned(),
        format!("{PEOPLE}?limit=999&offset=1&cursor=x"),
        format!("{PEOPLE}/nonsense"),
        format!("{PEOPLE}/{}", id.as_str().unwrap()),
        format!("{PEOPLE}/{}", own.as_str().unwrap()),
    ];
    for path in paths {
        assert_eq!(ada.get(&path).await.code(), "FORBIDDEN", "{path}");
        assert_eq!(world.browser().get(&path).await.code(), "AUTH_401", "{path}");
    }
}
