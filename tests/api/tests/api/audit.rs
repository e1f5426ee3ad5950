//! The audit: every act leaves its event, with the write that it reports and nowhere else.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use std::time::Duration;

use palisade_api_tests::binary::{make_super_admin, run, succeed};
use palisade_api_tests::world::PASSWORD;
use palisade_api_tests::{Client, World};
use palisade_core::identity::Operator;
use palisade_modules::user::types::{Email, Role};
use serde_json::{Value, json};

const USERS: &str = "/api/v1/users";
const ME: &str = "/api/v1/users/me";
const EVENTS: &str = "/api/v1/audit-events";
const LOGIN: &str = "/api/v1/auth/login";
const ROOT: &str = "root@example.org";
const ADA: &str = "ada@example.org";
const CHOSEN: &str = "a bridge made of starlings";

async fn events(browser: &Client, query: &str) -> Vec<Value> {
    let answer = browser.clone().get(&format!("{EVENTS}?limit=100&{query}")).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.at("/data/items").as_array().unwrap().clone()
}

/// The types of events, sorted: several may happen in one millisecond of the test clock.
fn types(events: &[Value]) -> Vec<&str> {
    let mut types: Vec<&str> = events.iter().map(|event| event["type"].as_str().unwrap()).collect();
    types.sort_unstable();
    types
}

async fn id_of(browser: &Client) -> String {
    browser.clone().get(ME).await.at("/data/id").as_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_life_of_an_account_is_in_its_events() {
    let world = World::new().await;
    let mut root = world.super_admin(ROOT).await;
    let mut ada = world.user(ADA).await;
    let id = id_of(&ada).await;
    let step = || world.advance(Duration::from_secs(1));
    step();
    assert_eq!(ada.patch(ME, json!({"name": "Ada Lovelace"})).await.status, 200);
    step();
    let change = json!({"currentPassword": PASSWORD, "newPassword": CHOSEN});
    assert_eq!(ada.post("/api/v1/auth/change-password", change).await.status, 200);
    step();
    let mut there = world.browser();
    assert_eq!(there.post(LOGIN, json!({"email": ADA, "password": CHOSEN})).await.status, 200);
    step();
    assert_eq!(there.post("/api/v1/auth/logout", Value::Null).await.status, 200);
    step();
    assert_eq!(ada.post("/api/v1/auth/logout-all", Value::Null).await.status, 200);
    for end in ["/suspend", "/reactivate"] {
        step();
        assert_eq!(root.post(&format!("{USERS}/{id}{end}"), Value::Null).await.status, 200);
    }
    let revision = root.get(&format!("{USERS}/{id}")).await.at("/data/revision");
    step();
    let role = json!({"role": "admin", "revision": revision});
    let answer = root.json("PUT", &format!("{USERS}/{id}/role"), role).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    step();
    let given = json!({"permissions": ["AUDIT_READ", "USER_READ"], "revision": answer.at("/data/revision")});
    assert_eq!(root.json("PUT", &format!("{USERS}/{id}/permissions"), given).await.status, 200);
    step();
    assert_eq!(root.delete(&format!("{USERS}/{id}")).await.status, 200);
    step();
    assert_eq!(root.post(&format!("{USERS}/{id}/restore"), Value::Null).await.status, 200);

    let found = events(&root, &format!("userId={id}")).await;
    let expected = [
        "session.ended",
        "session.started",
        "session.started",
        "session.started",
        "user.created",
        "user.deleted",
        "user.password_changed",
        "user.permissions_changed",
        "user.reactivated",
        "user.renamed",
        "user.restored",
        "user.role_changed",
        "user.sessions_ended",
        "user.suspended",
    ];
    assert_eq!(types(&found), expected);
    assert!(found.iter().rev().map(|event| event["at"].as_str()).is_sorted(), "the newest first");
    assert_eq!(
        (&found[0]["type"], &found[2]["type"]),
        (&json!("user.restored"), &json!("user.permissions_changed"))
    );
    let of = |kind: &str| found.iter().find(|event| event["type"] == kind).unwrap();
    for event in &found {
        assert_eq!((&event["userId"], &event["outcome"]), (&json!(id), &json!("succeeded")), "{event}");
        assert_eq!(event["network"], json!("127.0.0.1"), "{event}");
        assert!(event["requestId"].is_string(), "{event}");
        let members: Vec<_> = event["changes"].as_array().unwrap().iter().collect();
        assert!(members.iter().all(|change| change["field"].is_string()), "{event}");
    }
    assert_eq!(of("user.renamed")["changes"], json!([{"field": "name"}]), "only the fact");
    let changes = &of("user.role_changed")["changes"];
    assert_eq!(*changes, json!([{"field": "role", "before": "user", "after": "admin"}]));
    let changes = &of("user.permissions_changed")["changes"];
    assert_eq!(*changes, json!([{"field": "permissions", "before": "", "after": "AUDIT_READ USER_READ"}]));
    let changes = &of("user.suspended")["changes"];
    assert_eq!(*changes, json!([{"field": "status", "before": "active", "after": "suspended"}]));
    let actor = &of("user.suspended")["actor"];
    assert_eq!((&actor["kind"], &actor["userId"]), (&json!("user"), &json!(id_of(&root).await)));
    assert!(actor["sessionId"].as_str().unwrap().starts_with("ses_"), "{actor}");
    let signed_in = of("session.started");
    assert_eq!((&signed_in["actor"]["userId"], &signed_in["actor"]["sessionId"]), (&json!(id), &Value::Null));
    assert!(signed_in["target"].as_str().unwrap().starts_with("ses_"));

    // Neither a name nor an address nor a secret is in any of them.
    let kept = json!(world.database.values("audit")).to_string();
    for personal in ["Lovelace", "Somebody", "example.org", CHOSEN, PASSWORD] {
        assert!(!kept.contains(personal), "{personal}");
    }
}

#[tokio::test]
async fn events_are_found_by_subject_by_actor_and_by_type() {
    let world = World::new().await;
    let mut root = world.super_admin(ROOT).await;
    let ada = world.user(ADA).await;
    world.user("bob@example.org").await;
    let (own, id) = (id_of(&root).await, id_of(&ada).await);
    assert_eq!(root.delete(&format!("{USERS}/{id}/sessions")).await.status, 200);

    let by_root = events(&root, &format!("actorId={own}")).await;
    assert_eq!(
        types(&by_root),
        ["user.sessions_ended"],
        "what was done to the own account is under `userId`"
    );
    assert_eq!(types(&events(&root, &format!("userId={own}")).await), ["session.started", "user.created"]);
    let of_type = events(&root, &format!("actorId={own}&type=user.sessions_ended")).await;
    assert_eq!((of_type.len(), &of_type[0]["userId"]), (1, &json!(id)));
    let created = events(&root, "type=user.created").await;
    assert_eq!(created.len(), 3, "{created:?}");
    let first = created.iter().find(|event| event["userId"] == json!(own)).unwrap();
    assert_eq!(first["actor"], json!({"kind": "operator", "command": "test world"}));
    let one = events(&root, &format!("userId={id}&type=user.created")).await;
    assert_eq!((one.len(), &one[0]["actor"]["userId"]), (1, &json!(id)));
    assert!(events(&root, &format!("userId={own}&type=user.purged")).await.is_empty());

    let both = root.get(&format!("{EVENTS}?userId={own}&actorId={id}")).await;
    assert_eq!(both.details(), ["actorId:not_allowed"], "{}", both.body);
    let unknown = root.get(&format!("{EVENTS}?type=user.vanished")).await;
    assert_eq!(unknown.details(), ["type:not_allowed"], "{}", unknown.body);

    let (mut walked, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = root.get(&format!("{EVENTS}?limit=2{cursor}")).await;
        walked.extend(page.at("/data/items").as_array().unwrap().clone());
        let Some(next) = page.at("/meta/page/nextCursor").as_str().map(str::to_owned) else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(walked, events(&root, "").await);
}

#[tokio::test]
async fn operator_acts_are_recorded_with_their_command() {
    let world = World::new().await;
    let root = world.super_admin(ROOT).await;
    let ada = world.user(ADA).await;
    let id = id_of(&ada).await;
    let (users, operator) = (&world.services.auth.administration, Operator::for_tests("user something"));
    let email = Email::parse(ADA).unwrap();
    world.advance(Duration::from_secs(1));
    users.set_role(&operator, &email, Role::Support).await.unwrap();
    users.suspend(&operator, &email).await.unwrap();
    users.reactivate(&operator, &email).await.unwrap();
    users.end_sessions(&operator, &email).await.unwrap();
    users.reset_link(&operator, &email).await.unwrap();
    let invited = (Email::parse("new@example.org").unwrap(), None);
    world.services.auth.invitations.invite_as_operator(&operator, invited, Role::User).await.unwrap();
    world.services.auth.setup.link_for(&operator, Email::parse("second@example.org").unwrap()).await.unwrap();

    let acts: Vec<Value> = events(&root, "")
        .await
        .into_iter()
        .filter(|event| event["actor"]["command"] == "user something")
        .collect();
    let kinds = types(&acts);
    let expected = [
        "invitation.created",
        "password_link.created",
        "setup_link.created",
        "user.reactivated",
        "user.role_changed",
        "user.sessions_ended",
        "user.suspended",
    ];
    assert_eq!(kinds, expected);
    for act in acts {
        let about_ada = !matches!(act["type"].as_str().unwrap(), "invitation.created" | "setup_link.created");
        assert_eq!(act["userId"], if about_ada { json!(id) } else { Value::Null }, "{act}");
        assert_eq!((&act["network"], &act["requestId"]), (&Value::Null, &Value::Null), "{act}");
    }
}

/// Another system follows the events: it keeps the last cursor, and misses and repeats nothing.
#[tokio::test]
async fn another_system_follows_the_events_with_a_cursor_that_stays_valid() {
    const FEED: &str = "/api/v1/events?limit=3";
    let world = World::new().await;
    let mut root = world.super_admin(ROOT).await;
    let mut ada = world.user(ADA).await;
    assert_eq!(root.get(FEED).await.at("/data/items"), json!([]), "they are not settled yet");

    let (mut read, mut cursor) = (Vec::new(), String::new());
    for turn in 0..3 {
        assert_eq!(ada.patch(ME, json!({"name": format!("Ada {turn}")})).await.status, 200);
        world.advance(Duration::from_secs(11));
        loop {
            let page = root.get(&format!("{FEED}{cursor}")).await;
            assert_eq!(page.status, 200, "{}", page.body);
            let items = page.at("/data/items").as_array().unwrap().clone();
            cursor = format!("&after={}", page.at("/meta/page/nextCursor").as_str().unwrap());
            if items.is_empty() {
                break;
            }
            read.extend(items);
        }
    }
    let mut all = events(&root, "").await;
    all.reverse();
    let ids = |events: &[Value]| events.iter().map(|event| event["id"].clone()).collect::<Vec<_>>();
    assert_eq!(ids(&read), ids(&all));
    let renamed = read.last().unwrap();
    assert_eq!((&renamed["type"], &renamed["changed"]), (&json!("user.renamed"), &json!(["name"])));
    for hidden in ["network", "device", "requestId", "changes"] {
        assert!(renamed.get(hidden).is_none(), "{renamed}");
    }
    let nobodys = root.get("/api/v1/events?after=0").await;
    assert_eq!(nobodys.details(), ["after:invalid_format"], "{}", nobodys.body);
    let foreign = root.get(&format!("{EVENTS}?{}", cursor.replace("&after=", "cursor="))).await;
    assert_eq!(foreign.details(), ["cursor:invalid_format"], "{}", foreign.body);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_was_written_has_one_event_and_what_was_not_has_none() {
    let world = World::new().await;
    let root = world.super_admin(ROOT).await;
    let ada = world.user(ADA).await;
    let racing: Vec<_> = (0..20)
        .map(|number| {
            let mut browser = ada.clone();
            tokio::spawn(
                async move { browser.patch(ME, json!({"name": format!("Ada {number}")})).await.status },
            )
        })
        .collect();
    let mut written = 0;
    for request in racing {
        written += usize::from(request.await.unwrap() == 200);
    }
    let found = events(&root, &format!("userId={}&type=user.renamed", id_of(&ada).await)).await;
    assert!(written > 0 && found.len() == written, "{written} and {}", found.len());
}

#[tokio::test]
async fn a_used_refresh_token_is_recorded_when_it_comes_again() {
    let world = World::new().await;
    let root = world.super_admin(ROOT).await;
    let mut ada = world.user(ADA).await;
    let id = id_of(&ada).await;
    let thief = ada.clone();
    for _ in 0..3 {
        world.advance(Duration::from_secs(40));
        assert_eq!(ada.post("/api/v1/auth/refresh", Value::Null).await.status, 200);
    }
    assert_eq!(thief.clone().post("/api/v1/auth/refresh", Value::Null).await.code(), "SESSION_REVOKED");
    let replayed = events(&root, &format!("userId={id}&type=session.replayed")).await;
    assert_eq!(replayed.len(), 1);
    assert_eq!(replayed[0]["actor"], json!({"kind": "anonymous"}), "nobody knows who it was");
}

#[tokio::test]
async fn events_of_a_removed_user_name_nobody() {
    let world = World::new().await;
    let mut root = world.super_admin(ROOT).await;
    let ada = world.user(ADA).await;
    let id = id_of(&ada).await;
    assert_eq!(root.delete(&format!("{USERS}/{id}")).await.status, 200);
    world.advance(Duration::from_hours(24 * 31));
    let operator = Operator::for_tests("db purge");
    assert_eq!(world.services.purge(&operator).await.unwrap().users, 1);

    let mut again = world.browser();
    assert_eq!(again.post(LOGIN, json!({"email": ROOT, "password": PASSWORD})).await.status, 200);
    let found = events(&again, &format!("userId={id}")).await;
    assert_eq!(types(&found), ["session.started", "user.created", "user.deleted", "user.purged"]);
    for event in &found {
        let is_their_own = event["actor"]["userId"] == json!(id);
        assert_eq!(event["network"].is_null(), is_their_own || event["type"] == "user.purged", "{event}");
    }
    assert_eq!(found[0]["actor"], json!({"kind": "system", "command": "purge"}));

    // When their time has passed they are gone as well.
    world.advance(Duration::from_hours(24 * 401));
    let mut later = world.browser();
    assert_eq!(later.post(LOGIN, json!({"email": ROOT, "password": PASSWORD})).await.status, 200);
    assert!(events(&later, &format!("userId={id}")).await.is_empty());
}

#[tokio::test]
async fn what_a_removed_administrator_did_to_others_keeps_no_origin() {
    let world = World::new().await;
    let mut root = world.super_admin(ROOT).await;
    let mut eve = world.super_admin("eve@example.org").await;
    let ada = world.user(ADA).await;
    let (own, id) = (id_of(&eve).await, id_of(&ada).await);
    for browser in [&mut eve, &mut root] {
        assert_eq!(browser.delete(&format!("{USERS}/{id}/sessions")).await.status, 200);
    }
    assert_eq!(eve.post("/api/v1/webhooks", json!({"url": "https://app.example.org/"})).await.status, 201);
    let by_eve = events(&root, &format!("actorId={own}")).await;
    assert_eq!(types(&by_eve), ["user.sessions_ended", "webhook.created"], "on another and on nobody");
    assert!(by_eve.iter().all(|event| event["network"].is_string()), "{by_eve:?}");

    assert_eq!(root.delete(&format!("{USERS}/{own}")).await.status, 200);
    world.advance(Duration::from_hours(24 * 31));
    let operator = Operator::for_tests("db purge");
    assert_eq!(world.services.purge(&operator).await.unwrap().users, 1);
    let mut again = world.browser();
    assert_eq!(again.post(LOGIN, json!({"email": ROOT, "password": PASSWORD})).await.status, 200);
    let left = events(&again, &format!("actorId={own}")).await;
    assert_eq!(types(&left), types(&by_eve), "the events stay");
    for event in events(&again, "").await {
        let is_hers = event["actor"]["userId"] == json!(own);
        assert_eq!(event["network"].is_string(), !is_hers && event["actor"]["kind"] == "user", "{event}");
    }
}

#[test]
fn the_command_line_exports_events_as_lines_of_json() {
    let folder = tempfile::tempdir().unwrap();
    for email in [ROOT, ADA] {
        make_super_admin(folder.path(), email, PASSWORD, &[]);
    }
    succeed(folder.path(), &["user", "set-role", ADA, "admin"], &[]);
    let exported = |arguments: &[&str]| -> Vec<Value> {
        let printed = succeed(folder.path(), &[&["audit", "export"], arguments].concat(), &[]).printed;
        printed.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let all = exported(&[]);
    assert_eq!(types(&all), ["user.created", "user.created", "user.role_changed"]);
    assert_eq!(all[0]["actor"], json!({"kind": "operator", "command": "user set-role"}));
    let of_ada = exported(&["--user", ADA]);
    assert_eq!(types(&of_ada), ["user.created", "user.role_changed"]);
    assert_eq!(exported(&["--user", of_ada[0]["userId"].as_str().unwrap()]), of_ada);
    assert_eq!(exported(&["--type", "user.role_changed"]), all[..1]);
    for (arguments, complaint) in [
        (["--type", "user.vanished"], "--type must be one of"),
        (["--user", "nobody@example.org"], "No user has this address"),
        (["--user", "nonsense"], "EMAIL"),
    ] {
        let refused = run(folder.path(), &[&["audit", "export"], &arguments[..]].concat(), &[]);
        assert_eq!(refused.status, Some(1));
        assert!(refused.complained.contains(complaint), "{}", refused.complained);
    }
}
