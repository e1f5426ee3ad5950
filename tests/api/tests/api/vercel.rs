//! The function of `examples/vercel` on a stand-in for its platform: the real binary, over the platform's protocol.

mod suspended;
mod way;

use std::time::Duration;

use palisade_api_tests::function::{CRON_SECRET, Deployment};
use palisade_api_tests::{Client, until};
use palisade_core::ports::{Clock as _, SystemClock};
use serde_json::{Value, json};

const ADA: &str = "ada@example.org";
const HOME: &str = "203.0.113.7";
const PASSWORD: &str = "a long enough passphrase";
const ME: &str = "/api/v1/users/me";

async fn sign_up(deployment: &Deployment, mut browser: Client, email: &str) -> Client {
    let registered = json!({"email": email, "password": PASSWORD, "name": "Ada"});
    assert_eq!(browser.post("/api/v1/auth/register", registered).await.status, 202);
    let token = deployment.mailed_token(email).await;
    let verified = browser.post("/api/v1/auth/verify-email", json!({"token": token})).await;
    assert_eq!(verified.status, 200, "{}", verified.body);
    sign_in(&mut browser, email).await;
    browser
}

async fn sign_in(browser: &mut Client, email: &str) {
    let answer = browser.post("/api/v1/auth/login", json!({"email": email, "password": PASSWORD})).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
}

#[tokio::test]
async fn each_request_ends_with_one_frame_and_the_function_with_status_0() {
    let deployment = Deployment::new();
    let mut function = deployment.start(&[]).await;
    let frames = function.frames();
    assert_eq!(frames[0]["type"], "server-started", "{frames:?}");
    assert!(frames[0]["payload"]["httpPort"].is_u64(), "{frames:?}");

    let mut program = function.program(HOME);
    let origin = [("Origin", "https://app.example.org")];
    for (method, path, body, status) in [
        ("GET", "/api/v1/health/live", "", 200),
        ("HEAD", "/api/v1/health/live", "", 200),
        ("GET", "/nowhere", "", 404),
        ("PUT", "/api/v1/health/live", "", 405),
        ("GET", ME, "", 401),
        ("POST", "/api/v1/auth/login", "{", 415),
        ("POST", "/api/v1/auth/login", "", 400),
        ("GET", "/account/sign-in", "", 200),
        ("GET", "/docs", "", 200),
        ("GET", "/api/v1/openapi.json", "", 200),
    ] {
        let answer = program.send(method, path, &origin, body.as_bytes()).await;
        assert_eq!(answer.status, status, "{method} {path}: {}", answer.body);
        assert!(answer.header("x-request-id").is_some(), "{method} {path}");
    }
    let too_large = vec![b' '; 70_000];
    let json = [("Content-Type", "application/json"), origin[0]];
    let refused = program.send("POST", "/api/v1/auth/login", &json, &too_large).await;
    assert!(refused.is_refusal(413, "PAYLOAD_TOO_LARGE"), "{}", refused.body);
    // The platform answers this one itself.
    let refused = program.send("POST", "/api/v1/auth/login", &json, &vec![b' '; 4_600_000]).await;
    assert_eq!((refused.status, refused.body.as_str()), (413, "FUNCTION_PAYLOAD_TOO_LARGE"));

    let passed_on: Vec<u64> = (0..function.passed_on()).collect();
    assert_eq!(passed_on.len(), 11);
    until("every request has ended", async || function.ended() == passed_on).await;
    assert!(function.frames().iter().all(|frame| frame["payload"]["error"].is_null()));
    assert_eq!(function.stop().await, Some(0));
    assert_eq!(function.ended(), passed_on, "once each");
    assert_eq!(function.answered(), passed_on, "and answered");
}

#[tokio::test]
async fn an_answer_before_the_end_of_a_body_arrives() {
    let deployment = Deployment::new();
    let function = deployment.start(&[]).await;
    let mut browser = function.browser(HOME);
    let json = [("Content-Type", "application/json")];
    for _ in 0..8 {
        let refused = browser.send("POST", "/api/v1/auth/login", &json, &vec![b' '; 4_000_000]).await;
        assert!(refused.is_refusal(413, "PAYLOAD_TOO_LARGE"), "{}", refused.body);
    }
}

#[tokio::test]
async fn a_person_registers_signs_in_and_out() {
    let deployment = Deployment::new();
    let function = deployment.start(&[]).await;
    let mut ada = sign_up(&deployment, function.browser(HOME), ADA).await;
    assert!(
        ada.cookie("__Host-palisade-access").is_some() && ada.cookie("__Host-palisade-refresh").is_some()
    );
    assert_eq!(ada.get(ME).await.at("/data/email"), json!(ADA));
    let renamed = ada.patch(ME, json!({"name": "Ada Lovelace"})).await;
    assert_eq!(renamed.at("/data/name"), json!("Ada Lovelace"), "{}", renamed.body);
    assert_eq!(ada.post("/api/v1/auth/refresh", Value::Null).await.status, 200);
    let stolen = ada.clone();
    assert_eq!(ada.post("/api/v1/auth/logout", Value::Null).await.status, 200);
    assert!(stolen.clone().get(ME).await.is_refusal(401, "AUTH_401"));
    let foreign = function.program(HOME).from_origin("https://evil.example");
    let refused = foreign.clone().post("/api/v1/auth/login", json!({})).await;
    assert!(refused.is_refusal(403, "CSRF_REJECTED"), "{}", refused.body);
}

#[tokio::test]
async fn clients_are_who_the_platform_says_they_are() {
    let deployment = Deployment::new();
    let function = deployment.start(&[("RATE_LIMIT_LOGIN", "2/60s")]).await;
    let attempt = |client: &str, forged: Option<&str>| {
        let mut browser = function.browser(client);
        for name in ["X-Forwarded-For", "X-Real-IP", "X-Vercel-Forwarded-For", "Forwarded"] {
            if let Some(forged) = forged {
                let value = if name == "Forwarded" { format!("for={forged}") } else { forged.to_owned() };
                browser = browser.with_header(name, &value);
            }
        }
        let credentials = json!({"email": ADA, "password": "not the password"});
        async move { browser.post("/api/v1/auth/login", credentials).await.status }
    };
    let mut statuses = Vec::new();
    for forged in [None, Some("198.51.100.1"), Some("198.51.100.2")] {
        statuses.push(attempt(HOME, forged).await);
    }
    statuses.push(attempt("203.0.113.8", Some(HOME)).await);
    assert_eq!(statuses, [401, 401, 429, 401]);
}

#[tokio::test]
async fn after_a_suspension_the_first_request_is_right() {
    let deployment = Deployment::new();
    let asleep = deployment.start(&[]).await;
    let awake = deployment.start(&[]).await;
    let ended = sign_up(&deployment, asleep.browser(HOME), ADA).await;
    let kept = sign_up(&deployment, asleep.browser(HOME), "bob@example.org").await;

    asleep.suspend();
    // Past the five seconds for which an instance trusts what it knows of revocations.
    tokio::time::sleep(Duration::from_secs(7)).await;
    let mut elsewhere = awake.browser("198.51.100.9");
    sign_in(&mut elsewhere, ADA).await;
    assert_eq!(elsewhere.post("/api/v1/auth/logout-all", Value::Null).await.status, 200);
    asleep.resume();

    let (mut ended, mut kept) = (ended, kept);
    let (refused, admitted) = tokio::join!(ended.get(ME), kept.get(ME));
    assert!(refused.is_refusal(401, "AUTH_401"), "{}", refused.body);
    assert_eq!(admitted.status, 200, "{}", admitted.body);
}

#[tokio::test]
async fn a_request_under_way_is_answered_when_the_function_stops() {
    let deployment = Deployment::new();
    let mut function = deployment.start(&[]).await;
    sign_up(&deployment, function.browser(HOME), ADA).await;
    let mut slow = function.browser(HOME);
    let hashing = tokio::spawn(async move {
        // Several at once: the last one still waits for a thread when the signal comes.
        let attempts = (0..4).map(|_| {
            let mut browser = slow.clone();
            tokio::spawn(async move {
                browser.post("/api/v1/auth/login", json!({"email": ADA, "password": PASSWORD})).await.status
            })
        });
        let mut statuses = Vec::new();
        for attempt in attempts.collect::<Vec<_>>() {
            statuses.push(attempt.await.expect("an answer"));
        }
        slow.get("/").await;
        statuses
    });
    let before = function.passed_on();
    until("they are under way", async || function.passed_on() >= before + 4).await;
    let status = function.stop().await;
    hashing.abort();
    assert_eq!(status, Some(0));
    let ended = function.ended().len() as u64;
    assert!(ended >= before + 4, "{ended} of {}", before + 4);
}

#[tokio::test]
async fn the_platform_starts_jobs() {
    let deployment = Deployment::new();
    let function = deployment.start(&[]).await;
    let mut cron = function.program(HOME).with_header("Authorization", &format!("Bearer {CRON_SECRET}"));
    let answer = cron.get("/api/v1/cron/all").await;
    assert_eq!((answer.status, answer.at("/data/more")), (200, json!(false)), "{}", answer.body);
    let nobody = function.program(HOME).get("/api/v1/cron/all").await;
    assert!(nobody.is_refusal(401, "AUTH_401"), "{}", nobody.body);
}

#[tokio::test]
async fn what_cannot_work_there_is_said_at_the_start() {
    let deployment = Deployment::new();
    for (variable, value) in [
        ("DATABASE_URL", "sqlite:///tmp/palisade.db"),
        ("RATE_LIMIT_URL", "memory://"),
        ("TRUSTED_PROXIES", "loopback"),
    ] {
        let said = deployment.refusal(&[(variable, value)]);
        assert!(said.contains(&format!("{variable}: ")), "{said}");
    }
}

/// With `PALISADE_TEST_FUNCTION` as the path of a function that was built for release.
#[tokio::test]
#[ignore = "measures"]
async fn how_long_a_start_takes_until_the_first_answer() {
    let deployment = Deployment::new();
    drop(deployment.start(&[]).await);
    let mut took = Vec::new();
    for _ in 0..20 {
        let clock = SystemClock::new();
        let function = deployment.start(&[]).await;
        assert_eq!(function.program(HOME).get("/api/v1/health/live").await.status, 200);
        took.push(clock.monotonic().as_millis());
    }
    took.sort_unstable();
    println!("start to first answer: median {} ms, slowest {} ms of {}", took[10], took[19], took.len());
}
