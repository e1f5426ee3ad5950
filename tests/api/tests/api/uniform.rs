//! Neither an answer nor its time reveals whether an address has an account.
#![expect(clippy::indexing_slicing, reason = "a test that cannot go on stops")]

use std::time::Duration;

use palisade_api_tests::world::PASSWORD;
use palisade_api_tests::{Answer, Client, World};
use palisade_core::ports::{Clock as _, Rng as _, SystemClock, SystemRng};
use serde_json::{Value, json};

/// What an address may be: all of one length, so that sealed cookies are of one length as well.
const ADDRESSES: [(&str, &str); 5] = [
    ("an account", "ada@example.org"),
    ("nobody's", "bob@example.org"),
    ("without a password", "eva@example.org"),
    ("suspended", "sue@example.org"),
    ("deleted", "dan@example.org"),
];

/// The routes that take an address from anybody, and the one that takes it from a user.
const ROUTES: [&str; 5] = ["login", "register", "resend-verification", "forgot-password", "change-email"];

/// Accounts of all kinds in a world.
async fn populate(world: &World) -> Client {
    for (kind, email) in ADDRESSES {
        if kind != "nobody's" {
            world.user(email).await;
        }
    }
    world.alter_person("eva@example.org", "password", &Value::Null);
    world.alter_person("sue@example.org", "status", &json!("suspended"));
    let mut leaving = world.browser();
    let credentials = json!({"email": "dan@example.org", "password": PASSWORD});
    assert_eq!(leaving.post("/api/v1/auth/login", credentials).await.status, 200);
    assert_eq!(leaving.json("DELETE", "/api/v1/users/me", json!({})).await.status, 200);
    let user = world.user("who@example.org").await;
    world.mail_settled().await;
    user
}

async fn ask(world: &World, user: &Client, route: &str, email: &str) -> Answer {
    let path = format!("/api/v1/auth/{route}");
    match route {
        "login" => {
            world.browser().post(&path, json!({"email": email, "password": "not the passphrase"})).await
        }
        "register" => world.browser().post(&path, json!({"email": email, "password": PASSWORD})).await,
        "change-email" => user.clone().post(&path, json!({"newEmail": email, "password": PASSWORD})).await,
        _ => world.browser().post(&path, json!({ "email": email })).await,
    }
}

/// All that a client sees: without what differs from one answer to the next whoever asks.
fn seen(answer: &Answer) -> (u16, Value, Vec<(String, String)>) {
    let headers =
        answer.headers.iter().filter(|(name, _)| !["date", "x-request-id"].contains(&name.as_str()));
    let headers = headers.map(|(name, value)| match name.as_str() {
        // A sealed value is as good as random: its name, its length and its attributes remain.
        "set-cookie" => {
            let (pair, attributes) = value.split_once(';').unwrap_or((value, ""));
            let (cookie, sealed) = pair.split_once('=').unwrap_or((pair, ""));
            (name.clone(), format!("{cookie}={}; {attributes}", sealed.len()))
        }
        _ => (name.clone(), value.clone()),
    });
    (answer.status, answer.without_id(), headers.collect())
}

#[tokio::test]
async fn an_answer_is_the_same_for_every_address() {
    let world = World::limited().await;
    let user = populate(&world).await;
    for route in ROUTES {
        // Every window of a policy begins anew, except that of the hour, which all share.
        let mut first = None;
        for (kind, email) in ADDRESSES {
            world.advance(Duration::from_hours(25));
            let user = if route == "change-email" { again(&world).await } else { user.clone() };
            let answer = seen(&ask(&world, &user, route, email).await);
            let expected = first.get_or_insert_with(|| answer.clone());
            assert_eq!(answer, *expected, "{route}: {kind}");
        }
        let (status, body, headers) = first.unwrap_or_default();
        let expected =
            if route == "login" { (401, json!("INVALID_CREDENTIALS")) } else { (202, Value::Null) };
        assert_eq!((status, body["error"]["code"].clone()), expected, "{route}");
        assert!(headers.iter().any(|(name, _)| name == "ratelimit"), "{route}: {headers:?}");
    }
}

/// The user's browser, signed in again.
async fn again(world: &World) -> Client {
    let mut browser = world.browser();
    let credentials = json!({"email": "who@example.org", "password": PASSWORD});
    assert_eq!(browser.post("/api/v1/auth/login", credentials).await.status, 200);
    world.advance(Duration::from_mins(2));
    browser
}

/// The medians of 200 interleaved requests for each kind of address differ by less than 3 %. With the cost of bcrypt
/// that production has; where nothing is hashed, the store is what takes the time.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes: see CONTRIBUTING.md"]
async fn the_time_of_a_hashed_answer_says_nothing_about_the_address() {
    compare_times(&["login", "register"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a quiet machine: see CONTRIBUTING.md"]
async fn the_time_of_any_other_answer_says_nothing_about_the_address() {
    compare_times(&["resend-verification", "forgot-password", "change-email"]).await;
}

/// Compares the medians of interleaved samples.
#[expect(clippy::print_stdout, reason = "a person reads the measurement")]
async fn compare_times(routes: &[&str]) {
    const SAMPLES: usize = 200;
    let world = World::hashing_with(12, &[]).await;
    let user = populate(&world).await;
    let clock = SystemClock::new();
    let mut apart = Vec::new();
    for route in routes {
        let mut took: Vec<Vec<Duration>> = vec![Vec::new(); ADDRESSES.len()];
        for at in shuffled(SAMPLES) {
            let began = clock.monotonic();
            let answer = ask(&world, &user, route, ADDRESSES[at].1).await;
            took[at].push(clock.monotonic().saturating_sub(began));
            assert!(matches!(answer.status, 202 | 401), "{route}: {}", answer.body);
            // The worker would work on this mail while the next request is measured.
            while world.mails_under_way().await {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
        let medians: Vec<f64> = took.into_iter().map(median).collect();
        let (least, most) =
            medians.iter().fold((f64::MAX, 0.0_f64), |(l, m), took| (l.min(*took), m.max(*took)));
        let difference = (most / least - 1.0) * 100.0;
        let each: Vec<String> = ADDRESSES
            .iter()
            .zip(&medians)
            .map(|((kind, _), took)| format!("{kind} {:.3} ms", took * 1e3))
            .collect();
        println!("{route}: {difference:.2} % apart: {}", each.join(", "));
        if difference >= 3.0 {
            apart.push(format!("{route}: {difference:.2} %"));
        }
    }
    assert!(apart.is_empty(), "{apart:?}");
}

/// The places of the addresses, each so many times, in a random order. Of all samples and not round by round: the worker
/// still writes the mail of one request while the next one is measured, and within a round the next one is never of the
/// same kind.
fn shuffled(times: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..ADDRESSES.len()).cycle().take(ADDRESSES.len() * times).collect();
    for at in (1..order.len()).rev() {
        let mut random = [0; 4];
        SystemRng.fill(&mut random);
        order.swap(at, u32::from_le_bytes(random) as usize % (at + 1));
    }
    order
}

fn median(mut took: Vec<Duration>) -> f64 {
    took.sort_unstable();
    took[took.len() / 2].as_secs_f64()
}
