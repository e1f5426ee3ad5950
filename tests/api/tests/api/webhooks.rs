//! Webhooks: every event arrives at least once, in order for each user, signed; nothing else does.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod managing;
mod processes;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use palisade_api_tests::receiver::Received;
use palisade_api_tests::{Client, Receiver, World, until};
use serde_json::{Value, json};

const WEBHOOKS: &str = "/api/v1/webhooks";
const ME: &str = "/api/v1/users/me";
const USERS: &str = "/api/v1/users";
const ROOT: &str = "root@example.org";
const ALLOWED: [(&str, &str); 1] = [("OUTBOUND_ALLOW", "127.0.0.1")];
/// After this long nothing can be listed before an event any more, on either engine.
const SETTLED: Duration = Duration::from_secs(11);

/// A webhook: its path and its secret.
async fn create(browser: &mut Client, receiver: &Receiver, events: &[&str]) -> (String, String) {
    let answer = browser.post(WEBHOOKS, json!({"url": receiver.url(), "events": events})).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    let text = |pointer| answer.at(pointer).as_str().unwrap().to_owned();
    (format!("{WEBHOOKS}/{}", text("/data/webhook/id")), text("/data/secret"))
}

async fn rename(browser: &mut Client, name: &str) {
    let answer = browser.patch(ME, json!({"name": name})).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
}

/// Moves the clock on until what happened is listed, and waits until so many arrived.
async fn arrive(world: &World, receiver: &Receiver, count: usize) -> Vec<Received> {
    world.advance(SETTLED);
    until(&format!("{count} deliveries"), async || receiver.taken().len() >= count).await;
    receiver.taken()
}

/// The same with so much time that everything that waits is tried again. Sessions have to be refreshed then.
async fn arrive_at_last(world: &World, receiver: &Receiver, count: usize) -> Vec<Received> {
    until(&format!("{count} deliveries"), async || {
        world.advance(Duration::from_mins(5));
        receiver.taken().len() >= count
    })
    .await;
    receiver.taken()
}

fn kinds(received: &[Received]) -> Vec<String> {
    received.iter().map(Received::kind).collect()
}

async fn state(browser: &mut Client, path: &str) -> Value {
    browser.get(path).await.at("/data/status/state")
}

#[tokio::test]
async fn an_event_arrives_signed_and_says_who_did_what_without_a_value() {
    let world = World::set(&ALLOWED).await;
    let receiver = Receiver::start().await;
    let mut root = world.super_admin(ROOT).await;
    let mut ada = world.user("ada@example.org").await;
    world.advance(Duration::from_millis(1));
    let (path, secret) = create(&mut root, &receiver, &["user.*"]).await;
    rename(&mut ada, "Ada Lovelace").await;
    let arrived = arrive(&world, &receiver, 1).await;
    assert_eq!(kinds(&arrived), ["user.renamed"], "what happened before it was created is not sent");
    let delivery = &arrived[0];
    assert!(delivery.is_signed_with(&secret));
    assert!(!delivery.is_signed_with("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="));
    assert_eq!(delivery.headers["content-type"], "application/json");
    let (payload, id) = (delivery.payload(), ada.get(ME).await.at("/data/id"));
    assert_eq!(payload["timestamp"], payload["data"]["at"]);
    assert_eq!(
        (&payload["data"]["id"], &payload["data"]["userId"], &payload["data"]["changed"]),
        (&json!(delivery.id()), &id, &json!(["name"]))
    );
    for personal in ["Lovelace", "ada@example.org", "127.0.0.1"] {
        assert!(!delivery.body.contains(personal), "{}", delivery.body);
    }
    let report = root.get(&path).await;
    assert_eq!(report.at("/data/status/state"), json!("delivering"), "{}", report.body);
    assert!(!report.body.contains("whsec_"), "the secret is shown once");
    let stored = json!(world.database.values("webhooks")).to_string();
    assert!(!stored.contains(secret.trim_start_matches("whsec_")), "it is stored nowhere");
}

#[tokio::test]
async fn only_chosen_events_are_sent_and_a_change_of_the_choice_holds_from_the_next_on() {
    let world = World::set(&ALLOWED).await;
    let receiver = Receiver::start().await;
    let mut root = world.super_admin(ROOT).await;
    let mut ada = world.user("ada@example.org").await;
    let (path, _) = create(&mut root, &receiver, &["session.ended"]).await;
    rename(&mut ada, "Ada").await;
    assert_eq!(ada.post("/api/v1/auth/logout", Value::Null).await.status, 200);
    assert_eq!(kinds(&arrive(&world, &receiver, 1).await), ["session.ended"]);
    let revision = root.get(&path).await.at("/data/webhook/revision");
    let change = json!({"events": ["user.renamed"], "revision": revision});
    let changed = root.patch(&path, change.clone()).await;
    assert_eq!((changed.status, changed.at("/data/events")), (200, json!(["user.renamed"])));
    assert!(root.patch(&path, change).await.is_refusal(409, "REVISION_MISMATCH"));
    rename(&mut root, "Grace").await;
    assert_eq!(kinds(&arrive(&world, &receiver, 2).await), ["session.ended", "user.renamed"]);
}

#[tokio::test]
async fn what_was_rolled_back_or_refused_is_not_sent() {
    let world = World::set(&ALLOWED).await;
    let receiver = Receiver::start().await;
    let mut root = world.super_admin(ROOT).await;
    let ada = world.user("ada@example.org").await;
    let _ = create(&mut root, &receiver, &["user.role_changed"]).await;
    let id = ada.clone().get(ME).await.at("/data/id").as_str().unwrap().to_owned();
    let role = format!("{USERS}/{id}/role");
    // Twenty changes race with one revision: one is written.
    let revision = root.get(&format!("{USERS}/{id}")).await.at("/data/revision");
    let attempts = (0..20).map(|number| {
        let (mut root, role, revision) = (root.clone(), role.clone(), revision.clone());
        tokio::spawn(async move {
            let wanted = if number % 2 == 0 { "admin" } else { "support" };
            root.json("PUT", &role, json!({"role": wanted, "revision": revision})).await.status
        })
    });
    let mut written = 0;
    for attempt in attempts.collect::<Vec<_>>() {
        written += usize::from(attempt.await.unwrap() == 200);
    }
    assert_eq!(written, 1);
    assert_eq!(arrive(&world, &receiver, 1).await.len(), 1);
    world.advance(SETTLED);
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(receiver.received().len(), 1, "nothing of the batches that lost");
}

#[tokio::test]
async fn a_refused_event_holds_up_only_later_ones_of_the_same_user() {
    let world = World::set(&ALLOWED).await;
    let receiver = Receiver::start().await;
    let mut root = world.super_admin(ROOT).await;
    let (mut ada, mut grace) = (world.user("ada@example.org").await, world.user("grace@example.org").await);
    let ids = [ada.get(ME).await.at("/data/id"), grace.get(ME).await.at("/data/id")];
    let (path, _) = create(&mut root, &receiver, &["user.renamed"]).await;
    let held = ids[0].as_str().unwrap().to_owned();
    receiver.answer(move |delivery| (if delivery.user() == held { 500 } else { 200 }, Duration::ZERO));
    for round in 0..3 {
        world.advance(Duration::from_millis(5));
        rename(&mut ada, &format!("Ada {round}")).await;
        rename(&mut grace, &format!("Grace {round}")).await;
    }
    arrive(&world, &receiver, 3).await;
    assert!(receiver.taken().iter().all(|delivery| delivery.user() == ids[1]));
    let waiting = format!("{path}/deliveries");
    until("three wait", async || {
        root.clone().get(&waiting).await.at("/data/items").as_array().unwrap().len() == 3
    })
    .await;
    let answer = root.get(&waiting).await;
    assert_eq!(answer.at("/data/items/0/reason"), json!("the receiver answered with status 500"));
    assert_eq!(answer.at("/data/items/2/attempts"), json!(0), "it waits for the first");
    receiver.answer(|_| (200, Duration::ZERO));
    let taken = arrive_at_last(&world, &receiver, 6).await;
    let root = world.sign_in(ROOT).await;
    for id in ids {
        let times: Vec<_> =
            taken.iter().filter(|delivery| delivery.user() == id).map(Received::happened_at).collect();
        assert!(times.len() == 3 && times.is_sorted(), "{times:?}");
    }
    until("none waits", async || {
        root.clone().get(&waiting).await.at("/data/items").as_array().unwrap().is_empty()
    })
    .await;
}

#[tokio::test]
async fn a_delivery_is_given_up_after_a_day_and_can_be_replayed() {
    let world = World::set(&ALLOWED).await;
    let receiver = Receiver::start().await;
    let mut root = world.super_admin(ROOT).await;
    let mut ada = world.user("ada@example.org").await;
    let (path, _) = create(&mut root, &receiver, &["user.renamed"]).await;
    receiver.answer(|_| (422, Duration::ZERO));
    rename(&mut ada, "Ada").await;
    let dead = format!("{path}/deliveries?state=dead");
    world.advance(SETTLED);
    let waiting = format!("{path}/deliveries");
    for (attempts, hours) in [(1, 2), (2, 23)] {
        // Written, and not only tried: the clock must not move in between.
        until("an attempt", async || {
            root.clone().get(&waiting).await.at("/data/items/0/attempts") == json!(attempts)
        })
        .await;
        assert_eq!(root.get(&dead).await.at("/data/items"), json!([]), "{attempts}");
        world.advance(Duration::from_hours(hours));
        // A session ends meanwhile.
        root = world.sign_in(ROOT).await;
    }
    until("it is given up", async || {
        root.clone().get(&dead).await.at("/data/items").as_array().unwrap().len() == 1
    })
    .await;
    assert_eq!(receiver.received().len(), 3);
    receiver.answer(|_| (200, Duration::ZERO));
    let replayed = root.post(&format!("{path}/replay"), Value::Null).await;
    assert_eq!((replayed.status, replayed.at("/data/deliveries")), (200, json!(1)));
    arrive(&world, &receiver, 1).await;
    let mut root = world.sign_in(ROOT).await;
    assert_eq!(root.get(&dead).await.at("/data/items"), json!([]));
    assert_eq!(root.post(&format!("{path}/replay"), Value::Null).await.at("/data/deliveries"), json!(0));
}

#[tokio::test]
async fn events_wait_for_a_receiver_that_is_down_and_arrive_in_order() {
    let world = World::set(&ALLOWED).await;
    let mut receiver = Receiver::start().await;
    let mut root = world.super_admin(ROOT).await;
    let mut users = Vec::new();
    for name in ["ada", "grace", "mary"] {
        users.push(world.user(&format!("{name}@example.org")).await);
    }
    let (path, secret) = create(&mut root, &receiver, &["user.renamed"]).await;
    receiver.go_away().await;
    let mut count = 0;
    for round in 0..10 {
        for user in &mut users {
            world.advance(Duration::from_millis(1));
            rename(user, &format!("Name {round}")).await;
            count += 1;
        }
    }
    world.advance(SETTLED);
    until("it fails", async || state(&mut root.clone(), &path).await == "failing").await;
    let waiting = root.get(&format!("{path}/deliveries")).await;
    assert_eq!(waiting.at("/data/items"), json!([]), "they wait in the audit, and cost nothing");
    receiver.come_back().await;
    let taken = arrive_at_last(&world, &receiver, count).await;
    let root = world.sign_in(ROOT).await;
    let mut of_each: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for delivery in &taken {
        assert!(delivery.is_signed_with(&secret));
        let at = delivery.happened_at();
        of_each.entry(delivery.user()).or_default().push(at);
    }
    assert_eq!(of_each.len(), 3);
    for (user, times) in of_each {
        assert!(times.len() == 10 && times.is_sorted(), "{user}: {times:?}");
    }
    until("it delivers again", async || state(&mut root.clone(), &path).await == "delivering").await;
}

#[tokio::test]
async fn two_instances_share_the_work_and_one_goes_on_when_the_other_ends() {
    let world = World::set(&ALLOWED).await;
    let receiver = Receiver::start().await;
    let mut root = world.super_admin(ROOT).await;
    let mut ada = world.user("ada@example.org").await;
    let _ = create(&mut root, &receiver, &["user.renamed"]).await;
    let second = World::on_a_machine(world.shared(), &world.clock, &ALLOWED).await;
    // Long enough for the other one to look.
    receiver.answer(|_| (200, Duration::from_millis(100)));
    for number in 0..30 {
        world.advance(Duration::from_millis(1));
        rename(&mut ada, &format!("Ada {number}")).await;
    }
    let taken = arrive(&world, &receiver, 30).await;
    let ids: BTreeSet<String> = taken.iter().map(Received::id).collect();
    assert_eq!((ids.len(), taken.len()), (30, 30), "while both live, nothing arrives twice");
    second.stop().await;
    rename(&mut ada, "Ada at last").await;
    arrive(&world, &receiver, 31).await;
}

#[tokio::test]
async fn a_webhook_that_had_nothing_to_send_for_longer_than_events_are_kept_misses_none() {
    const DAY: Duration = Duration::from_hours(24);
    let world = World::set(&[ALLOWED[0], ("AUDIT_RETENTION", "10d")]).await;
    let receiver = Receiver::start().await;
    let mut root = world.super_admin(ROOT).await;
    let _ = create(&mut root, &receiver, &["user.renamed"]).await;
    for _ in 0..3 {
        world.advance(6 * DAY);
        // A worker looks once a second.
        tokio::time::sleep(Duration::from_secs(3)).await;
    }
    let mut root = world.sign_in(ROOT).await;
    rename(&mut root, "Grace").await;
    arrive(&world, &receiver, 1).await;
}

#[tokio::test]
async fn a_replaced_secret_signs_for_another_day() {
    let world = World::set(&ALLOWED).await;
    let receiver = Receiver::start().await;
    let mut root = world.super_admin(ROOT).await;
    let mut ada = world.user("ada@example.org").await;
    let (path, old) = create(&mut root, &receiver, &["user.renamed"]).await;
    let rotated = root.post(&format!("{path}/rotate-secret"), Value::Null).await;
    let new = rotated.at("/data/secret").as_str().unwrap().to_owned();
    assert_ne!(old, new);
    rename(&mut ada, "Ada").await;
    let first = arrive(&world, &receiver, 1).await.remove(0);
    assert!(first.is_signed_with(&old) && first.is_signed_with(&new));
    world.advance(Duration::from_hours(25));
    let mut ada = world.sign_in("ada@example.org").await;
    rename(&mut ada, "Ada Lovelace").await;
    let second = arrive(&world, &receiver, 2).await.remove(1);
    assert!(!second.is_signed_with(&old) && second.is_signed_with(&new));
}

#[tokio::test]
async fn what_happens_while_a_webhook_is_disabled_is_sent_later_and_nothing_after_its_deletion() {
    let world = World::set(&ALLOWED).await;
    let receiver = Receiver::start().await;
    let mut root = world.super_admin(ROOT).await;
    let mut ada = world.user("ada@example.org").await;
    let (path, _) = create(&mut root, &receiver, &["user.renamed"]).await;
    let toggle = async |root: &mut Client, enabled: bool| {
        let revision = root.get(&path).await.at("/data/webhook/revision");
        let answer = root.patch(&path, json!({"enabled": enabled, "revision": revision})).await;
        assert_eq!((answer.status, answer.at("/data/enabled")), (200, json!(enabled)));
    };
    toggle(&mut root, false).await;
    assert_eq!(state(&mut root, &path).await, "disabled");
    rename(&mut ada, "Ada").await;
    world.advance(SETTLED);
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert!(receiver.received().is_empty());
    toggle(&mut root, true).await;
    arrive(&world, &receiver, 1).await;
    assert_eq!(root.delete(&path).await.status, 200);
    assert!(root.get(&path).await.is_refusal(404, "NOT_FOUND"));
    rename(&mut ada, "Ada Lovelace").await;
    world.advance(SETTLED);
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(receiver.received().len(), 1);
}
