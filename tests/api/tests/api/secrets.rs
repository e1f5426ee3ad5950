//! Places that must not contain secrets: the test plants secrets in every part of a request, and searches every log
//! line and every byte of the database for them.
#![expect(clippy::panic, clippy::indexing_slicing, reason = "a test that cannot go on stops")]

use palisade_api_tests::world::token_of;
use palisade_api_tests::{Binary, Client};
use serde_json::{Value, json};

/// Told apart from anything else that might stand in a file.
const EMAIL: &str = "canary-address@example.org";
const PASSWORD: &str = "canary-password-7f3a";
const WRONG: &str = "canary-wrong-9c1e";
const PLANTED: &str = "canary-planted-55d2";

async fn mailed(server: &Binary, to: &str) -> String {
    let mut reader = server.program().with_header("Accept", "application/json");
    for _ in 0..500 {
        let mails = reader.get("/dev/mailbox").await.at("/data/items");
        if let Some(mail) = mails.as_array().and_then(|mails| mails.iter().find(|mail| mail["to"] == to)) {
            return token_of(mail);
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("no mail came")
}

/// Says the secrets in every place that a request has.
async fn plant(client: &mut Client) {
    let fields = ["email", "password", "token", "name", "role", PLANTED];
    for path in
        ["login", "register", "verify-email", "resend-verification", "setup", "refresh", "logout", PLANTED]
    {
        for field in fields {
            let mut body = json!({"email": EMAIL, "password": WRONG, "token": PLANTED});
            body[field] = json!({PLANTED: PASSWORD});
            client.post(&format!("/api/v1/auth/{path}"), body).await;
        }
        let broken = format!(r#"{{"email":"{EMAIL}","password":"{PASSWORD}","#);
        client
            .send(
                "POST",
                &format!("/api/v1/auth/{path}"),
                &[("Content-Type", "application/json")],
                broken.as_bytes(),
            )
            .await;
    }
    let cookie =
        format!("palisade-access={PLANTED}; palisade-device={PLANTED}; palisade-registration={PLANTED}");
    let bearer = format!("Bearer {PLANTED}");
    let headers = [
        ("Authorization", bearer.as_str()),
        ("Cookie", cookie.as_str()),
        ("X-Forwarded-For", PLANTED),
        ("X-Request-Id", PLANTED),
        ("Referer", PLANTED),
        (PLANTED, PLANTED),
        ("Origin", PLANTED),
        ("Content-Type", PLANTED),
        ("Sec-Fetch-Site", PLANTED),
    ];
    let paths = [
        format!("/api/v1/users?q={EMAIL}&cursor={PLANTED}"),
        format!("/api/v1/users/{PLANTED}"),
        format!("/api/v1/auth/session?token={PLANTED}&email={EMAIL}"),
        format!("/api/v1/auth/login?password={PASSWORD}"),
        format!("/{PLANTED}?token={PASSWORD}"),
    ];
    for path in &paths {
        for (name, value) in headers {
            client.send("GET", path, &[(name, value)], b"").await;
            client.send("POST", path, &[(name, value)], PASSWORD.as_bytes()).await;
        }
    }
    for odd in [
        format!("GET /{PLANTED} HTTP/1.1\r\nHost: {PLANTED} x\r\nConnection: close\r\n\r\n"),
        format!("{PLANTED}\r\n\r\n"),
    ] {
        palisade_api_tests::client::raw_bytes(client.address(), odd.as_bytes()).await;
    }
}

/// The line without the path of a request that led nowhere, which is there to be read.
fn without_path(line: &str) -> String {
    let mut parsed: Value = serde_json::from_str(line).unwrap_or_default();
    match parsed.as_object_mut().and_then(|fields| fields.remove("path")) {
        Some(_) => parsed.to_string(),
        None => line.to_owned(),
    }
}

#[tokio::test]
async fn neither_the_trace_log_nor_the_database_contains_a_secret() {
    let server = Binary::start(&[
        ("LOG_LEVEL", "trace"),
        ("HEADER_TIMEOUT", "1s"),
        ("RATE_LIMIT_STRICT", "100000/60s"),
        ("RATE_LIMIT_LOGIN_NETWORK", "100000/1h"),
        ("RATE_LIMIT_LOGIN_ACCOUNT", "100000/15m"),
    ])
    .await;
    let mut secrets: Vec<(String, String)> = [("password", PASSWORD), ("wrong password", WRONG)]
        .map(|(what, text)| (what.into(), text.into()))
        .into();
    let mut ada = server.browser();
    let registration = json!({"email": EMAIL, "password": PASSWORD, "name": "Canary"});
    assert_eq!(ada.post("/api/v1/auth/register", registration.clone()).await.status, 202);
    let keep = |client: &Client, secrets: &mut Vec<(String, String)>| {
        for name in ["palisade-access", "palisade-refresh", "palisade-device", "palisade-registration"] {
            let value = client.cookie(name).map(|value| (name.to_owned(), value.to_owned()));
            secrets.extend(value);
        }
    };
    keep(&ada, &mut secrets);
    let token = mailed(&server, EMAIL).await;
    secrets.push(("mailed token".into(), token.clone()));
    let waiting = server.stored();
    assert_eq!(ada.post("/api/v1/auth/verify-email", json!({"token": token})).await.status, 200);
    assert_eq!(ada.post("/api/v1/auth/login", json!({"email": EMAIL, "password": WRONG})).await.status, 401);
    assert_eq!(
        ada.post("/api/v1/auth/login", json!({"email": EMAIL, "password": PASSWORD})).await.status,
        200
    );
    keep(&ada, &mut secrets);
    assert_eq!(ada.post("/api/v1/auth/refresh", Value::Null).await.status, 200);
    keep(&ada, &mut secrets);
    assert_eq!(ada.post("/api/v1/auth/register", registration).await.status, 202);
    plant(&mut server.browser()).await;
    plant(&mut ada).await;

    // All that came before it is in the log when this is.
    let last = server.program().get("/api/v1/health").await;
    server.says(last.at("/meta/requestId").as_str().unwrap()).await;
    let log = format!("{}{}", server.output("stdout.log"), server.output("stderr.log"));
    assert!(log.contains("/api/v1/auth/login"), "it was logged at all");
    let stored = [waiting, server.stored()].concat();
    let stored = String::from_utf8_lossy(&stored);
    assert!(stored.contains(EMAIL), "the search finds what is there");
    for (what, secret) in &secrets {
        assert!(!log.contains(secret), "the log knows a {what}");
        assert!(!stored.contains(secret), "the database knows a {what}");
    }
    // A token is as secret when its signature alone is known, or what was sealed into it.
    for (what, secret) in &secrets {
        let tail = secret.rsplit('.').next().unwrap();
        assert!(tail.len() < 16 || !stored.contains(tail) && !log.contains(tail), "a part of a {what}");
    }
    for line in log.lines() {
        let about = line.chars().take(300).collect::<String>();
        assert!(!line.contains("canary-address"), "an address is in the log: {about}");
        assert!(!without_path(line).contains(PLANTED), "what a stranger sent is in the log: {about}");
    }
    for line in server.output("stdout.log").lines() {
        assert!(serde_json::from_str::<Value>(line).is_ok(), "one JSON object a line: {line}");
    }
}
