//! Clocks that differ, with real parts: a real `mongod` and the real binary, each with its own clock
//! (`libfaketime`). The clock that dated something also judges it, on every instance, for as long as it lives.
//!
//! Takes minutes, so it runs only with `-- --ignored`. The test advances every clock; monotonic time passes at its
//! real speed. A run prints a line for each of its rows.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test that cannot go on stops, and a run says what it saw"
)]

mod findings;
mod story;

use std::time::Duration;

use findings::Findings;
use palisade_api_tests::Client;
use palisade_api_tests::machines::{Deployment, Machine};
use palisade_api_tests::world::{GENEROUS, PASSWORD};
use palisade_core::ports::{Clock as _, SystemClock};
use palisade_test_servers::WrongClock;
use serde_json::{Value, json};
use story::{
    ADA, LOGIN, LOGOUT, LOOKS, ME, Story, person, posted, refreshed, settled, status, stay_out, until,
};

const HEALTH: &str = "/api/v1/health";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes: see CONTRIBUTING.md"]
async fn a_database_5_minutes_behind_changes_no_decision() {
    Story::begin("the database 5 minutes behind", -5 * 60, [0, 0]).await.tell().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes: see CONTRIBUTING.md"]
async fn a_database_12_minutes_behind_changes_no_decision() {
    Story::begin("the database 12 minutes behind", -12 * 60, [0, 0]).await.tell().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes: see CONTRIBUTING.md"]
async fn instances_20_minutes_apart_decide_alike() {
    Story::begin("an instance 10 minutes ahead, another 10 behind", 0, [10 * 60, -10 * 60])
        .await
        .tell()
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes: see CONTRIBUTING.md"]
async fn a_sign_out_survives_a_change_of_the_primary() {
    let settings = GENEROUS.to_vec();
    let mut deployment = Deployment::start(&[0, 8 * 60, -8 * 60], [3 * 60, -3 * 60], &settings).await;
    let mut found = Findings::of("members of a set 8 minutes ahead and behind, instances 3");
    let (here, there) = (&deployment.here, &deployment.there);
    person(&deployment, here, there, "ada@example.org", &mut found).await;
    let mut lasting = here.sign_in(&here.browser(), "ada@example.org").await.unwrap();
    let mut ended = Vec::new();
    let mut primaries = Vec::new();
    for _ in 0..3 {
        for (machine, other) in deployment.both_ways() {
            let browser = machine.sign_in(&machine.browser(), "ada@example.org").await.unwrap();
            found.same("signing out", posted(&browser, LOGOUT, Value::Null).await, 200);
            found.same("at the other", until(&other.with_cookies_of(&browser), ME, 401).await, 401);
            ended.push(browser);
        }
        let primary = deployment.set.primary().await.unwrap();
        primaries.push(primary);
        deployment.set.kill(primary);
        deployment.set.primary().await.unwrap();
        for (machine, _) in deployment.both_ways() {
            found.same("ready again", until(&machine.browser(), HEALTH, 200).await, 200);
        }
        for _ in 0..4 {
            stay_out(&deployment, &ended, 0, &mut found).await;
            tokio::time::sleep(LOOKS / 2).await;
        }
        // A token from a clock that was ahead is refused until its time comes, which refreshing cures.
        lasting = deployment.there.with_cookies_of(&lasting);
        found.same("who stays refreshes", refreshed(&mut lasting).await, 200);
        found.same("who stays", until(&deployment.here.with_cookies_of(&lasting), ME, 200).await, 200);
        deployment.set.restart(primary).await.unwrap();
        deployment.set.complete().await.unwrap();
    }
    primaries.push(deployment.set.primary().await.unwrap());
    println!("the primaries were the members {primaries:?}");
    found.end();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes: see CONTRIBUTING.md"]
async fn clocks_too_far_apart_are_refused_with_a_message() {
    let mut found = Findings::of("an instance 20 minutes off");
    let mut deployment = Deployment::start(&[0], [0, 0], &GENEROUS).await;
    person(&deployment, &deployment.here, &deployment.there, "ada@example.org", &mut found).await;
    let browser = deployment.here.sign_in(&deployment.here.browser(), "ada@example.org").await.unwrap();
    for (minutes, words) in [(20, "behind"), (-20, "ahead of")] {
        deployment.there.set_clock(minutes * 60);
        let there = deployment.there.with_cookies_of(&browser);
        found.same("known by a token", until(&there, ME, 503).await, 503);
        found.same("health", until(&there, HEALTH, 503).await, 503);
        found.same("alive", status(&there, "/api/v1/health/live").await, 200);
        let body = json!({"email": "ada@example.org", "password": PASSWORD});
        found.same("signing in", posted(&deployment.there.browser(), LOGIN, body).await, 503);
        found.same("the other instance", status(&browser, ME).await, 200);
        let ran = deployment.there.command(&["check", "--connect"]);
        let said = format!("{}{}", ran.printed, ran.complained);
        let expected = format!("minutes {words} that of this machine; the limit is 15 minutes");
        found.same("check --connect", (ran.status, said.contains(&expected)), (Some(1), true));
        let ran = deployment.there.command(&[]);
        let said = format!("{}{}", ran.printed, ran.complained);
        found.same("a start", (ran.status, said.contains(&expected)), (Some(1), true));
        deployment.there.set_clock(0);
        found.same("set right", until(&there, ME, 200).await, 200);
        found.same("healthy", until(&there, HEALTH, 200).await, 200);
    }
    found.end();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes: see CONTRIBUTING.md"]
async fn an_embedded_store_that_was_two_hours_ahead_brings_nothing_back() {
    let mut found = Findings::of("an embedded store, two hours ahead, set right at a restart");
    let mut variables: Vec<(String, String)> =
        GENEROUS.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    variables.push(("DATABASE_URL".to_owned(), "sqlite://data/palisade.db".to_owned()));
    let mut machine = Machine::start(0, &variables).await;
    std::fs::write(machine.server.folder().join("password"), PASSWORD).unwrap();
    let made = machine.command(&["admin", "create", "--email", ADA, "--password-file", "password"]);
    found.same("admin create", made.status, Some(0));
    let mut ended = vec![signed_out(&machine, &mut found).await];

    // Two hours later, as it says, that sign-out is forgotten.
    machine.server.die();
    machine.set_clock(120 * 60);
    machine.start_again().await;
    let clock = SystemClock::new();
    let began = clock.monotonic();
    while !machine.server.database().values("revocations").is_empty() {
        assert!(clock.monotonic() < began + Duration::from_mins(2), "revocations are swept");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    found.same("its token", settled(&ended[0], ME).await, 401);
    ended.push(signed_out(&machine, &mut found).await);
    let mut lasting = machine.sign_in(&machine.browser(), ADA).await.unwrap();

    for (minute, restart) in
        [(0, true), (5, false), (9, true), (30, false), (110, true), (122, false), (135, true)]
    {
        if restart {
            machine.server.die();
        }
        machine.set_clock(minute * 60);
        if restart {
            machine.start_again().await;
        } else {
            tokio::time::sleep(WrongClock::HEARD_AFTER).await;
        }
        let (status, clock) = machine.clock_in_health().await;
        let behind = (120 - minute).max(0) * 60_000;
        found.same(
            &format!("health {clock} in minute {minute}"),
            (
                status,
                clock["state"].as_str(),
                clock["differenceMs"].as_i64().unwrap_or(i64::MAX).abs_diff(behind) < 100_000,
            ),
            (200, Some(if behind > 0 { "degraded" } else { "up" }), true),
        );
        for browser in &ended {
            found.same(&format!("signed out, in minute {minute}"), settled(browser, ME).await, 401);
        }
        found.same("who stays refreshes", refreshed(&mut lasting).await, 200);
        found.same("who stays", settled(&lasting, ME).await, 200);
    }
    found.end();
}

/// Signs in and out; gives what there was.
async fn signed_out(machine: &Machine, found: &mut Findings) -> Client {
    let browser = machine.sign_in(&machine.browser(), ADA).await.unwrap();
    found.same("signed in", settled(&browser, ME).await, 200);
    found.same("signing out", posted(&browser, LOGOUT, Value::Null).await, 200);
    found.same("signed out", settled(&browser, ME).await, 401);
    browser
}
