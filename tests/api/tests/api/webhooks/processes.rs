//! Webhooks of servers that are killed, and of one with much to send.
#![expect(clippy::disallowed_methods, reason = "a run says what it measured, by the clock of the machine")]

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use palisade_api_tests::binary::{make_super_admin, run, succeed};
use palisade_api_tests::world::{GENEROUS, PASSWORD};
use palisade_api_tests::{Binary, Client, Receiver};
use serde_json::json;

use super::{ROOT, create, rename};

fn variables() -> Vec<(&'static str, &'static str)> {
    [&GENEROUS[..], &[("OUTBOUND_ALLOW", "127.0.0.1")]].concat()
}

async fn signed_in(server: &Binary, email: &str) -> Client {
    let mut root = server.browser();
    let answer = root.post("/api/v1/auth/login", json!({"email": email, "password": PASSWORD})).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    root
}

async fn within(what: &str, longest: Duration, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < longest, "it did not come to this: {what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Each event once, in the order of its first arrival.
fn first_arrivals(receiver: &Receiver) -> Vec<(String, String)> {
    let mut seen = BTreeSet::new();
    let taken = receiver.taken().into_iter().filter(|delivery| seen.insert(delivery.id()));
    taken.map(|delivery| (delivery.user(), delivery.happened_at())).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_killed_goes_on_and_every_acknowledged_event_arrives_in_order() {
    const RENAMES: usize = 60;
    let variables = variables();
    let mut receiver = Receiver::start().await;
    receiver.answer(|_| (200, Duration::from_millis(100)));
    let mut server = Binary::start(&variables).await;
    make_super_admin(server.folder(), ROOT, PASSWORD, &variables);
    let mut root = signed_in(&server, ROOT).await;
    let _ = create(&mut root, &receiver, &["user.renamed"]).await;
    for number in 0..RENAMES {
        rename(&mut root, &format!("Name {number}")).await;
    }
    // One line is in delivery, one event after the other.
    within("some arrived", Duration::from_mins(1), || receiver.taken().len() >= 3).await;
    server.die();
    receiver.go_away().await;
    let before = receiver.taken().len();
    assert!(before < RENAMES, "it was killed in between");
    server.start_again(&variables).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    receiver.come_back().await;
    within("all arrived", Duration::from_mins(2), || first_arrivals(&receiver).len() >= RENAMES).await;
    let times: Vec<String> = first_arrivals(&receiver).into_iter().map(|(_, at)| at).collect();
    assert_eq!(times.len(), RENAMES);
    assert!(times.is_sorted(), "{times:?}");
    println!("{before} before the kill, {} deliveries of {RENAMES} events in all", receiver.taken().len());
}

#[tokio::test]
async fn the_operator_sees_webhooks_and_sends_events_again() {
    let variables = variables();
    let receiver = Receiver::start().await;
    let server = Binary::start(&variables).await;
    make_super_admin(server.folder(), ROOT, PASSWORD, &variables);
    let mut root = signed_in(&server, ROOT).await;
    let (path, _) = create(&mut root, &receiver, &["user.renamed"]).await;
    let id = path.rsplit('/').next().unwrap().to_owned();
    rename(&mut root, "Grace").await;
    within("it arrived", Duration::from_mins(1), || receiver.taken().len() == 1).await;
    let since = receiver.taken()[0].happened_at();
    let folder = server.folder();
    let listed = succeed(folder, &["webhooks", "list"], &variables);
    assert!(listed.printed.contains(&id) && listed.printed.contains("delivering"), "{}", listed.printed);
    let listed = succeed(folder, &["webhooks", "list", "--json"], &variables).printed;
    let report: serde_json::Value = serde_json::from_str(listed.trim()).unwrap();
    assert_eq!(report["webhook"]["id"], json!(id));
    assert_eq!(succeed(folder, &["webhooks", "deliveries", &id], &variables).printed, "There are none.\n");
    let none = succeed(folder, &["webhooks", "replay", &id], &variables).printed;
    assert!(none.starts_with("Due now: 0 deliveries."), "{none}");
    let again = succeed(folder, &["webhooks", "replay", &id, "--since", &since], &variables).printed;
    assert!(again.contains("sends every event since"), "{again}");
    within("it arrived again", Duration::from_mins(1), || receiver.taken().len() == 2).await;
    let taken = receiver.taken();
    assert_eq!(taken[0].id(), taken[1].id(), "the same event has the same id");
    for (arguments, said) in [
        (&["webhooks", "replay", "whk_1"][..], "ID must be the id of a webhook"),
        (&["webhooks", "replay", &id, "--since", "yesterday"], "--since must be a time"),
        (&["webhooks", "deliveries", "whk_01890000000070008000000000000001"], "Not found"),
    ] {
        let refused = run(folder, arguments, &variables);
        assert_eq!(refused.status, Some(1));
        assert!(refused.complained.to_lowercase().contains(&said.to_lowercase()), "{}", refused.complained);
    }
    let kinds = succeed(folder, &["audit", "export", "--type", "webhook.replayed"], &variables).printed;
    assert_eq!(kinds.lines().count(), 1, "{kinds}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes: see CONTRIBUTING.md"]
async fn ten_thousand_events_arrive_within_a_minute_in_flat_memory() {
    const EVENTS: usize = 10_000;
    const WRITERS: usize = 20;
    let variables = variables();
    let mut receiver = Receiver::start().await;
    let address = |writer: usize| format!("writer-{writer}@example.org");
    let server = Binary::start(&variables).await;
    for email in (0..WRITERS).map(address).chain([ROOT.to_owned()]) {
        make_super_admin(server.folder(), &email, PASSWORD, &variables);
    }
    let mut root = signed_in(&server, ROOT).await;
    let _ = create(&mut root, &receiver, &["user.renamed"]).await;
    receiver.go_away().await;
    let mut writers = Vec::new();
    for writer in 0..WRITERS {
        let mut user = signed_in(&server, &address(writer)).await;
        writers.push(tokio::spawn(async move {
            for number in 0..EVENTS / WRITERS {
                rename(&mut user, &format!("Name {number}")).await;
            }
        }));
    }
    for writer in writers {
        writer.await.unwrap();
    }
    let before = resident(&server);
    receiver.come_back().await;
    let (mut begun, mut most) = (None, before);
    within("all arrived", Duration::from_mins(15), || {
        most = most.max(resident(&server));
        let taken = receiver.received().len();
        if taken > 0 && begun.is_none() {
            begun = Some(Instant::now());
        }
        taken >= EVENTS
    })
    .await;
    let took = begun.unwrap().elapsed();
    let arrivals = first_arrivals(&receiver);
    assert_eq!(arrivals.len(), EVENTS);
    let mut lines: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (user, at) in arrivals {
        lines.entry(user).or_default().push(at);
    }
    assert!(lines.values().all(|times| times.is_sorted()));
    let a_minute = 60.0 * f64::from(u32::try_from(EVENTS).unwrap()) / took.as_secs_f64();
    println!(
        "{EVENTS} events in {took:?}: {a_minute:.0} a minute; resident {before} KiB before, {most} KiB at most"
    );
    assert!(most < before + 32 * 1024, "memory grew from {before} KiB to {most} KiB");
}

/// The resident memory of a server in KiB.
fn resident(server: &Binary) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.id())).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}
